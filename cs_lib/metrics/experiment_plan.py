"""What a plan reads: customers of the past, taken for those who will enter the test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from cs_lib.aggregates import ClusterMoments, ClusterSums, LoggedChange, Moments, Series
from cs_lib.data.desk import Desk
from cs_lib.data.engines.base import quote
from cs_lib.metrics.before_after import USUAL_GUARDRAILS
from cs_lib.metrics.catalogue import DAILY, PER_CUSTOMER
from cs_lib.metrics.changes_logged import (
    changes_logged,
    changes_planned,
    logged_until,
    moved_within,
)
from cs_lib.metrics.definition import DailyMetric, Metric
from cs_lib.metrics.definitions.contacts import REAL
from cs_lib.metrics.earlier import Earlier, earlier
from cs_lib.metrics.fitted import fitted, fitted_by_day
from cs_lib.metrics.frames import ByDay, ByVariant
from cs_lib.metrics.perk_ab_test import usual_guardrails
from cs_lib.metrics.plannable import after_the_perk, units_of
from cs_lib.metrics.public_days import without_days
from cs_lib.metrics.queries import beside, per_customer, per_day
from cs_lib.metrics.queries.cases import Cases, opened, orders_of
from cs_lib.metrics.queries.cohort import OF_ASSIGNMENT, OF_CONTACT, OF_CUSTOMER, Cohort
from cs_lib.metrics.queries.people import People, enter
from cs_lib.metrics.queries.per_customer import Measured
from cs_lib.metrics.queries.sql import NotAvailable, between, matches, not_available
from cs_lib.metrics.queries.tables import Window
from cs_lib.metrics.queries.trust.tables_read import tables_read, why_lost
from cs_lib.params import BeforeAfterPlan, PerkPlan
from cs_lib.sentences import Text, say

PAST = "history"  # the one variant that customers of the past are in
ASSIGNED = "perk_assignments"
MOST_AHEAD = timedelta(days=3 * 366)  # beyond it no plan looks for changes


@dataclass(frozen=True, slots=True)
class Entries:
    """When customers came, by local day of the history, every day of it known.

    `first` counts those whose first contact it was. For every contact, `day` and `previous` are
    days from the start of the history, the latter that of the customer's contact before, or -1;
    `count` says how many contacts had the two.
    """

    days: NDArray[np.datetime64]
    first: NDArray[np.int64]
    day: NDArray[np.int64]
    previous: NDArray[np.int64]
    count: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class PerkPlanEvidence(ByVariant):
    """A plan: how many customers come, and how the metrics of a test vary among them."""

    room: ClassVar[str] = "experiment_plan.perk_ab_test"

    metrics: dict[str, Metric]
    moments: dict[
        str, Moments
    ]  # by metric, its covariates beside it; absent when nobody was followed
    entries: Entries
    entered: int
    with_perk: int  # of them, given a perk from their entry to the end of the primary window
    clusters: ClusterSums | None
    observed_until: date
    currency: str
    guardrails: dict[str, float] = field(default_factory=dict)  # margins, the usual ones included
    absent: dict[str, Text] = field(
        default_factory=dict
    )  # what cannot be had from this source, why
    cluster_moments: ClusterMoments | None = None  # the primary metric with its covariates
    ahead: tuple[LoggedChange, ...] = ()  # changes that the log has from the planned start on


def gather(
    desk: Desk, study: PerkPlan | BeforeAfterPlan
) -> PerkPlanEvidence | BeforeAfterPlanEvidence:
    """The evidence of a plan. Raises NotAvailable when its primary metric or a covariate cannot be had."""
    return _of_perks(desk, study) if isinstance(study, PerkPlan) else _of_changes(desk, study)


def _of_perks(desk: Desk, study: PerkPlan) -> PerkPlanEvidence:
    """The evidence of a plan. Raises NotAvailable when its primary metric or a covariate cannot be had."""
    measure, cluster = study.measure, study.design.cluster
    wanted = _wanted(study)
    columns = [*([cluster] if cluster else []), "need_code"]
    columns += ["assignment_id"] if desk.has("perk_redemptions") else []
    people = enter(
        desk, entered(desk, study), windows=per_customer.windows_of(wanted), columns=columns
    )
    names, absent = _measurable(people, wanted)
    measured = per_customer.measure(people, names, covariates=measure.covariates, cluster=cluster)
    names, lost = _found(measured, names)
    absent |= lost
    by_window = per_customer.moments(measured)
    found = {name: by_window[measured.window(name)].get(PAST) for name in names}
    days = PER_CUSTOMER[measure.primary_metric].window_days
    named = (*names, *absent, *measure.secondary, *measure.covariates)
    return PerkPlanEvidence(
        metrics=fitted(named, desk.currency, after_complaint=study.population.complaints_only),
        moments={name: moments for name, moments in found.items() if moments is not None},
        entries=_entries(desk, study),
        entered=people.assigned.get(PAST, 0),
        with_perk=beside.given_a_perk(people, days=days) if desk.has(ASSIGNED) else 0,
        clusters=per_customer.cluster_sums(measured, [names[0]], cluster)[names[0]]
        if cluster
        else None,
        observed_until=desk.observed_until,
        currency=desk.currency,
        guardrails={**measure.guardrails, **usual_guardrails(study)},
        absent=absent,
        cluster_moments=per_customer.cluster_moments(
            measured, [names[0]], measure.covariates, cluster
        )[names[0]]
        if cluster and measure.covariates
        else None,
        ahead=_ahead(desk, after=study.design.start - timedelta(days=1)),
    )


def _ahead(desk: Desk, *, after: date) -> tuple[LoggedChange, ...]:
    """Changes of the log after a day, those that are only planned too, as far as any plan looks."""
    first, last = after + timedelta(days=1), after + MOST_AHEAD
    return (
        *moved_within(changes_logged(desk), first, last),
        *changes_planned(desk, start=first, end=last),
    )


def entered(desk: Desk, study: PerkPlan) -> Cohort:
    """The customers of the history, each from the moment its first contact was resolved.

    Raises NotAvailable when there are no contacts, or no complaints where only those enter.
    """
    if not desk.has("contacts"):
        raise NotAvailable(
            say("No plan can be made because {reason}.", reason=desk.absent["contacts"])
        )
    marked = "SELECT count(*) FROM contacts WHERE is_complaint"
    if study.population.complaints_only and not desk.engine.rows(marked)[0][0]:
        raise NotAvailable(
            say(
                "No plan can be made for complaints because no contact is marked as one "
                "(is_complaint)."
            )
        )
    columns = {
        "assignment_id": "a.contact_id",
        "variant": quote(PAST),
        "delivered_at": "CAST(NULL AS TIMESTAMP)",
        "unit_cost": "0",
        **{name: f"a.{name}" for name in ("customer_id", "assigned_at", "day", *OF_CONTACT)},
        **{name: "CAST(NULL AS VARCHAR)" for name in (*OF_CUSTOMER, *OF_ASSIGNMENT)},
    }
    joins = {}
    if desk.has("customers"):
        columns |= {name: f"p.{name}" for name in OF_CUSTOMER}
        joins["p"] = ("customers", "customer_id")
    rate = study.money.margin_rate if study.money else 0.0
    return Cohort(
        f"({_contacts(desk, study)}) a",
        "a.number = 1",
        columns,
        joins,
        rate,
        instead_of=(ASSIGNED,),
    )


def _contacts(desk: Desk, study: PerkPlan) -> str:
    """Every contact of the history that would lead into the test, numbered within its customer."""
    day = desk.day_of("c.resolved_at")
    inside = between(day, *study.design.history)
    complaint = "c.is_complaint" if study.population.complaints_only else "TRUE"
    order = "PARTITION BY c.customer_id ORDER BY c.resolved_at, c.contact_id"
    return (
        f"SELECT c.*, c.resolved_at AS assigned_at, {day} AS day, row_number() OVER ({order}) AS number"
        f" FROM contacts c WHERE {REAL} AND c.customer_id IS NOT NULL AND {inside}"
        f" AND {complaint} AND {matches(study.population)}"
    )


def _wanted(study: PerkPlan) -> list[str]:
    """The metrics to plan with, the primary one first."""
    measure, money = study.measure, study.money
    wanted = [measure.primary_metric, *([f"net_value_{money.window_days}d"] if money else [])]
    return list(dict.fromkeys([*wanted, *measure.guardrails, *usual_guardrails(study)]))


def _found(measured: Measured, names: Sequence[str]) -> tuple[list[str], dict[str, Text]]:
    """The metrics whose customers their tables know, and why not the others. Raises NotAvailable for the first."""
    units = [unit for name in names for unit in units_of(name)]
    read = tables_read(measured.values, units)
    why = {found.table: said for found in read.found if (said := why_lost(found))}
    lost: dict[str, Text] = {}
    for name in names:
        tables = {term.table for unit in units_of(name) for term in unit.terms} & {*why}
        if tables:
            lost[name] = not_available(name, why[min(tables)]).reason
    if names[0] in lost:
        raise NotAvailable(lost[names[0]])
    return [name for name in names if name not in lost], lost


def _measurable(people: People, wanted: Sequence[str]) -> tuple[list[str], dict[str, Text]]:
    """The metrics that can be had, and why the others cannot. Raises NotAvailable for the first."""
    names: list[str] = []
    absent: dict[str, Text] = {}
    for name in wanted:
        try:
            _check(people, name)
            names.append(name)
        except NotAvailable as error:
            if name == wanted[0]:
                raise
            absent[name] = error.reason
    return names, absent


def _check(people: People, name: str) -> None:
    if after_the_perk(name):
        raise not_available(name, say("it exists only once the perk does"))
    read = {term.table for unit in units_of(name) for term in unit.terms}
    if ASSIGNED in read and not people.desk.has(ASSIGNED):
        raise not_available(name, people.desk.absent[ASSIGNED])
    per_customer.check(people, name)


def _entries(desk: Desk, study: PerkPlan) -> Entries:
    start, end = study.design.history
    end = max(min(end, desk.observed_until - timedelta(days=1)), start)
    days = np.arange(np.datetime64(start), np.datetime64(end) + 1)
    before = "lag(day) OVER (PARTITION BY customer_id ORDER BY number)"
    rows = desk.engine.rows(
        f"SELECT day, previous, count(*) FROM (SELECT day, {before} AS previous"
        f" FROM ({_contacts(desk, study)}) a) b GROUP BY 1, 2 ORDER BY 1, 2"
    )
    day = _offsets([row[0] for row in rows], start)
    previous = _offsets([row[1] for row in rows], start)
    count = np.array([row[2] for row in rows], dtype=np.int64)
    new = previous < 0
    first = np.bincount(day[new], count[new], len(days)).astype(np.int64)[: len(days)]
    return Entries(days, first, day, previous, count)


def _offsets(days: Sequence[date | None], start: date) -> NDArray[np.int64]:
    return np.array([-1 if d is None else (d - start).days for d in days], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class BeforeAfterPlanEvidence(ByDay):
    """A plan of a before/after study: series by day over the history, days without follow-up left off."""

    room: ClassVar[str] = "experiment_plan.before_after"

    metrics: dict[str, Metric]
    series: dict[str, Series]  # of the contacts in scope; in a roll-out of its teams together
    teams: dict[str, dict[str, Series]]  # by metric and team, for a roll-out
    volume: Series  # contacts of the whole desk
    changes: tuple[LoggedChange, ...]  # that went live, grew or ended in the history
    horizon: int  # days a case of the primary metric is followed
    observed_until: date
    currency: str
    guardrails: dict[str, float] = field(default_factory=dict)  # margins, the usual ones included
    absent: dict[str, Text] = field(default_factory=dict)  # what cannot be had, and why
    orders_by_team: bool = False  # of rates by team: whether the orders of every team are counted
    earlier: Earlier | None = None  # the primary metric before the history
    logged_until: date | None = None  # the latest entry of the change log; None without any
    ahead: tuple[LoggedChange, ...] = ()  # after the history: known already, or planned


def _of_changes(desk: Desk, study: BeforeAfterPlan) -> BeforeAfterPlanEvidence:
    """The evidence of a plan. Raises NotAvailable when its primary metric cannot be had."""
    measure, (start, end) = study.measure, study.design.history
    name = measure.primary_metric
    usual = USUAL_GUARDRAILS if measure.usual_guardrails else {}
    margins = {**{k: v for k, v in usual.items() if k != name}, **measure.guardrails}
    rollout = study.design.rollout
    per_day.check(desk, DAILY[name], study.scope)
    if rollout is not None:
        per_day.check_by(desk, DAILY[name], "team_id", study.design.scope)
    why = {guard: _refusal(desk, study, guard) for guard in margins}
    found = [name, *(guard for guard in margins if why[guard] is None)]
    metrics = [DAILY[one] for one in dict.fromkeys(found)]
    absent = {guard: why[guard] or "" for guard in measure.guardrails if why[guard] is not None}
    window = Window(start, end, measure.horizon_days)
    scopes = [study.scope, study.design.scope]
    with opened(desk, window, metrics, scopes=scopes, parts=["team_id"]) as cases:
        series = {m.name: _kept(cases.series(m, study.scope), study) for m in metrics}
        teams = {} if rollout is None else {m.name: _by_team(cases, study, m) for m in metrics}
        own = bool(rollout and orders_of(desk, rollout.teams, window.holds))
        if (
            not own
        ):  # Over the desk's orders the teams together are in another unit than one by one.
            teams |= {m.name: {} for m in metrics if m.per and m.name != name and m.name in teams}
        evidence = BeforeAfterPlanEvidence(
            metrics=fitted_by_day([*series, *absent, *measure.secondary], desk, start, end),
            series=series,
            teams=teams,
            orders_by_team=own,
            volume=cases.volume(),
            changes=moved_within(changes_logged(desk), start, end),
            logged_until=logged_until(desk),
            ahead=_ahead(desk, after=end),
            horizon=cases.tables.follow(DAILY[name]),
            observed_until=desk.observed_until,
            currency=desk.currency,
            guardrails={guard: margin for guard, margin in margins.items() if guard in series},
            absent=absent,
        )
    if rollout is not None:
        return evidence
    public = study.design.public
    before = earlier(
        desk,
        DAILY[name],
        [study.scope],
        until=start,
        horizon=measure.horizon_days,
        worked=public.worked if public else (),
    )
    return replace(evidence, earlier=before)


def _by_team(cases: Cases, study: BeforeAfterPlan, metric: DailyMetric) -> dict[str, Series]:
    """One metric of every team of the roll-out that has cases, in the order of the settings."""
    assert study.design.rollout is not None
    teams, scope = study.design.rollout.teams, study.design.scope
    try:
        per_day.check_by(cases.desk, metric, "team_id", scope)
    except NotAvailable:
        return {}
    found = cases.by(metric, "team_id", scope, values=list(teams))
    return {team: _kept(found[team], study) for team in teams if team in found}


def _kept(series: Series, study: BeforeAfterPlan) -> Series:
    """The series without weekends that were worked in exchange, as the study will leave them out."""
    public = study.design.public
    return without_days(series, public.worked) if public else series


def _refusal(desk: Desk, study: BeforeAfterPlan, name: str) -> Text | None:
    """Why a metric cannot be had in the plan's scope."""
    try:
        per_day.check(desk, DAILY[name], study.scope)
    except NotAvailable as error:
        return error.reason
    return None
