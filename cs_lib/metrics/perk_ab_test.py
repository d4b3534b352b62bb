"""What an A/B study reads: counts, moments, histograms and cluster sums per variant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import count, takewhile
from typing import Any, ClassVar

from cs_lib.aggregates import (
    Answers,
    ClusterMoments,
    ClusterSums,
    Histogram,
    LoggedChange,
    Sandwich,
)
from cs_lib.data.desk import Desk
from cs_lib.metrics import frames
from cs_lib.metrics.catalogue import PER_CUSTOMER, WINDOWS
from cs_lib.metrics.changes_logged import while_served
from cs_lib.metrics.definition import Metric, SurveyMetric, UnitMetric
from cs_lib.metrics.fitted import fitted, one_scale
from cs_lib.metrics.of_columns import as_stated
from cs_lib.metrics.plannable import units_of
from cs_lib.metrics.queries import beside, scales
from cs_lib.metrics.queries import per_customer as pc
from cs_lib.metrics.queries.cohort import COMPLAINED, assigned
from cs_lib.metrics.queries.own_results import (
    emptier,
    numbers_of,
    of_results,
    past,
    require_columns,
)
from cs_lib.metrics.queries.people import People, enter
from cs_lib.metrics.queries.per_customer import ByVariant, Measured
from cs_lib.metrics.queries.sandwich import sandwiches
from cs_lib.metrics.queries.sql import NotAvailable
from cs_lib.metrics.queries.trust.tables_read import TablesRead, tables_read
from cs_lib.params import PerkAbTest, PerkPlan
from cs_lib.params.study import window_days
from cs_lib.sentences import Text

USUAL_GUARDRAILS = {"complaint_rate": 0.05, "repeat_complaint": 0.05, "perks": 0.10}
SPENT = "spent_before_180d"  # compared between variants whether or not it adjusts
FIRST_LOOKS = 120  # of a test without end; after them every 60 looks are twice as far apart


@dataclass(frozen=True, slots=True)
class OwnTable:
    """What a table of results tells of itself: whether it names customers, and their day of assignment."""

    names_customers: bool
    dated: bool


@dataclass(frozen=True, slots=True)
class PerkEvidence(frames.ByVariant):
    """A/B test: what was assigned, what was observed, and what must be checked before it is read.

    Outer keys of nested counts and moments are parts (a day, a segment's value, a stretch of the
    period, another experiment), inner keys variants.
    """

    room: ClassVar[str] = "perk_ab_test"

    metrics: dict[str, Metric]
    moments: dict[str, ByVariant]
    assigned: dict[str, int]
    observed: dict[str, int]  # of them with a full window of the primary metric
    redeemed: dict[str, int]
    counts_redemptions: bool
    observed_until: date
    currency: str
    guardrails: dict[str, float] = field(default_factory=dict)  # margins, the usual ones included
    absent: dict[str, Text] = field(default_factory=dict)  # what cannot be had, and why
    before: ByVariant = field(default_factory=dict)
    delivered: dict[str, int] = field(default_factory=dict)
    too_early: int = 0  # redemptions dated before their assignment
    unused: dict[str, float] = field(default_factory=dict)  # face value still redeemable
    looks: tuple[tuple[date, dict[str, ByVariant]], ...] = ()  # day, then as `moments`
    arrivals: dict[str, dict[str, int]] = field(default_factory=dict)  # by local day
    split_by: dict[str, dict[str, dict[str, int]]] = field(default_factory=dict)  # by column
    overlaps: dict[str, dict[str, int]] = field(default_factory=dict)
    histograms: dict[str, dict[str, Histogram]] = field(default_factory=dict)
    clusters: dict[str, ClusterSums] = field(default_factory=dict)
    cluster_counts: dict[str, int] = field(default_factory=dict)
    cluster_moments: dict[str, ClusterMoments] = field(default_factory=dict)  # with the covariates
    sandwiches: dict[str, dict[str, Sandwich]] = field(default_factory=dict)  # of adjusted metrics
    answers: dict[str, dict[str, Answers]] = field(default_factory=dict)
    segments: dict[str, dict[str, ByVariant]] = field(default_factory=dict)  # by column
    stretches: dict[str, ByVariant] = field(default_factory=dict)  # by first/last day, ISO
    sooner: dict[str, ByVariant] = field(default_factory=dict)  # primary in shorter windows
    tables: TablesRead = field(default_factory=TablesRead)
    knows_costs: bool = True  # whether a price or a discount is recorded anywhere
    given: dict[str, int] = field(default_factory=dict)  # a perk, of a kind that is one, delivered
    of_others: tuple[int, int] = (0, 0)  # uses whose order is known, and those of another's order
    lost: tuple[str, ...] = ()  # usual guardrails whose tables are there, but tell nothing
    own: OwnTable | None = None  # of a study whose outcomes are columns of a table of results
    served: tuple[date, date] | None = None  # first and last day of the test's customers
    changes: tuple[LoggedChange, ...] = ()  # that went live, grew or ended on those days
    logged_until: date | None = None  # the latest entry of the change log; None without any


def perk_metrics(study: PerkAbTest | PerkPlan) -> list[str]:
    """Every metric an A/B study names: primary, money when it counts, guardrails, secondary."""
    days = study.money.window_days if study.money else 0
    parts = ("net_value", "margin", "perk_cost", "discount")
    money = [f"{name}_{days}d" for name in parts] if days else []
    measure = study.measure
    return list(
        dict.fromkeys([measure.primary_metric, *money, *measure.guardrails, *measure.secondary])
    )


def usual_guardrails(study: PerkAbTest | PerkPlan) -> dict[str, float]:
    """Guardrails against paying people to complain, in the primary window, unless the plan has its own."""
    days = window_days(study.measure.primary_metric)
    if not (study.measure.usual_guardrails and days):
        return {}
    measure = study.measure
    own = [name.rsplit("_", 1)[0] for name in (measure.primary_metric, *measure.guardrails)]
    return {
        name: margin
        for family, margin in USUAL_GUARDRAILS.items()
        if family not in own and (name := f"{family}_{days}d") not in measure.secondary
    }


def gather(desk: Desk, study: PerkAbTest) -> PerkEvidence:
    """The evidence of an A/B study. Raises NotAvailable when a metric it names cannot be had."""
    if study.reads_results:
        return _of_results(desk, study)
    return _gathered(desk, study, perk_metrics(study))


def _of_results(desk: Desk, study: PerkAbTest) -> PerkEvidence:
    """The evidence of a table of results; metrics that are empty where the deciding one is not are absent."""
    require_columns(desk, study)
    every, roles = perk_metrics(study), desk.roles["results"]
    missing = emptier(desk, study, every)
    found = _gathered(desk, study, [name for name in every if name not in missing])
    rails = {n: m for n, m in found.guardrails.items() if n not in missing}
    return replace(
        found,
        metrics={n: as_stated(m, study.measure.outcomes.get(n)) for n, m in found.metrics.items()},
        guardrails=rails,
        absent={**missing, **found.absent},
        arrivals=found.arrivals if roles.assigned else {},
        own=OwnTable(roles.customer is not None, roles.assigned is not None),
    )


def _gathered(desk: Desk, study: PerkAbTest, names: list[str]) -> PerkEvidence:
    """The evidence of some metrics of a study."""
    margins = usual_guardrails(study)
    described = _described(desk, study)
    looks = look_days(study, desk.observed_until)
    people = _people(desk, study, [*names, *margins, *described], looks)
    usual, absent = _available(people, list(margins))
    extra, more = _available(people, described)
    every = list(dict.fromkeys([*names, *usual, *extra]))
    days = PER_CUSTOMER[study.measure.primary_metric].window_days
    segments, cluster = study.measure.segments, study.design.cluster
    measured = _measured(people, study, every, days)
    moments = _by_metric(measured, every, pc.moments(measured))
    heavy = _heavy(study, [*names, *usual])
    looked = looks[-1] if looks else None  # what is asked of surveys is read at a look too
    redeemed, too_early = beside.redeemed(people)
    return PerkEvidence(
        metrics=_fitted(people, (*every, *study.measure.covariates)),
        moments=moments,
        assigned=people.assigned,
        observed=people.observed(days),
        redeemed=redeemed,
        counts_redemptions=desk.has("perk_redemptions"),
        observed_until=desk.observed_until,
        currency=desk.currency,
        guardrails={**study.measure.guardrails, **{n: margins[n] for n in usual}},
        absent={**absent, **more},
        before=pc.before(measured),
        delivered=people.delivered,
        too_early=too_early,
        unused=beside.unused_perks(people),
        looks=_at_looks(measured, [*names, *usual], looks),
        arrivals=people.arrivals,
        split_by={c: people.split_by(c, days) for c in segments},
        overlaps=beside.overlaps(people, study.design.experiment, days=days),
        histograms={n: pc.histograms(measured, n) for n in heavy} if not cluster else {},
        clusters=pc.cluster_sums(measured, _plain(every), cluster) if cluster else {},
        cluster_counts=people.clusters(cluster) if cluster else {},
        cluster_moments=_beside_covariates(measured, study, every),
        sandwiches=_sandwiches(measured, study, moments),
        answers={n: beside.answers(people, m, until=looked) for n in names if (m := _survey(n))},
        segments={
            c: pc.moments_by(measured, days, c) for c in segments if days in measured.metrics
        },
        stretches=pc.moments_by(measured, days, pc.STRETCH),
        sooner=_sooner(study, extra, moments),
        tables=tables_read(measured.values, [m for n in every for m in units_of(n)]),
        **_of_perks(people),
        **while_served(desk, study),
        lost=tuple(n for n in absent if n in margins and desk.has(*PER_CUSTOMER[n].needs)),
    )


def _of_perks(people: People) -> dict[str, Any]:
    """What the tables of perks tell of themselves: costs, who was given one, whose orders they were used on."""
    return {
        "knows_costs": _knows_costs(people.desk),
        "given": beside.given(people),
        "of_others": beside.of_others(people),
    }


def _knows_costs(desk: Desk) -> bool:
    """Whether any perk has a price, or any use of one a discount."""
    recorded = (("perk_assignments", "unit_cost"), ("perk_redemptions", "discount_amount"))
    return any(
        desk.has(table) and desk.facts[table].of(column).filled for table, column in recorded
    )


def _fitted(people: People, names: Sequence[str]) -> dict[str, Metric]:
    """The metrics as their words and scales fit these people. Raises NotAvailable for a score on several scales."""
    scores = {n: m for n in names if (m := _survey(n))}
    return fitted(
        names,
        people.desk.currency,
        after_complaint=beside.after_complaint(people),
        on_scale={n: one_scale(m, scales.of_people(people, m)) for n, m in scores.items()},
    )


def _people(desk: Desk, study: PerkAbTest, names: Sequence[str], looks: Sequence[date]) -> People:
    """The customers assigned in the study, with what its metrics and its splits need to know of them."""
    columns: list[str] = [*study.measure.segments]
    columns += [study.design.cluster] if study.design.cluster else []
    if study.reads_results:
        columns += numbers_of([*names, *study.measure.covariates, *past(desk)])
        return enter(desk, of_results(desk, study), windows=[0], columns=columns)
    columns += ["need_code"] if pc.reads_need(names) else []
    columns += [COMPLAINED] if desk.has("contacts") else []
    columns += ["assignment_id", *beside.PERKS] if desk.has("perk_redemptions") else []
    windows = pc.windows_of(names)
    return enter(desk, assigned(desk, study), windows=windows, looks=looks, columns=columns)


def _measured(people: People, study: PerkAbTest, names: Sequence[str], days: int) -> Measured:
    known = past(people.desk) if study.reads_results else [SPENT]
    return pc.measure(
        people,
        names,
        covariates=study.measure.covariates,
        past=list(dict.fromkeys([*known, *study.measure.covariates])),
        split_by=study.measure.segments,
        cluster=study.design.cluster,
        stretches=True,
        days=days,
    )


def _beside_covariates(
    measured: Measured, study: PerkAbTest, names: Sequence[str]
) -> dict[str, ClusterMoments]:
    """Every metric with the covariates by cluster; none where errors are not by cluster, or nothing adjusts."""
    cluster, covariates = study.design.cluster, study.measure.covariates
    if not (cluster and covariates):
        return {}
    return pc.cluster_moments(measured, _plain(names), covariates, cluster)


def _sandwiches(
    measured: Measured, study: PerkAbTest, moments: dict[str, ByVariant]
) -> dict[str, dict[str, Sandwich]]:
    """HC2 errors of every metric that is adjusted for the past; guardrails are not."""
    measure, found = study.measure, dict[str, dict[str, Sandwich]]()
    if not measure.covariates or study.design.cluster:
        return found
    net = [f"net_value_{study.money.window_days}d"] if study.money else []
    by_window: dict[int, list[str]] = {}
    for name in dict.fromkeys([measure.primary_metric, *net, *measure.secondary]):
        if name in moments:
            by_window.setdefault(measured.window(name), []).append(name)
    for days, names in by_window.items():
        stages = measured.values.people.stages(days)
        known = moments[names[0]]
        found |= sandwiches(measured.values, known, names, measure.covariates, stages)
    return found


def _heavy(study: PerkAbTest, names: Sequence[str]) -> list[str]:
    """Metrics of which single customers can have large values, and whose tails are looked at.

    What only takes the net value apart is not among them.
    """
    measure, days = study.measure, study.money.window_days if study.money else 0
    own = {measure.primary_metric, *measure.guardrails, *measure.secondary}
    parts = {f"{name}_{days}d" for name in ("perk_cost", "discount")} - own
    return [n for n in names if n not in parts and _has_values(n)]


def _described(desk: Desk, study: PerkAbTest) -> list[str]:
    """What explains the result and never decides: who used the perk, and the effect in shorter windows."""
    metric = PER_CUSTOMER[study.measure.primary_metric]
    if not isinstance(metric, UnitMetric):
        return []
    family, days = metric.name.rsplit("_", 1)[0], metric.window_days
    shorter = [f"{family}_{n}d" for n in WINDOWS if n < days]
    windows = [days, *([study.money.window_days] if study.money else [])]
    taken = [f"redeemed_{n}d" for n in dict.fromkeys(windows) if desk.has("perk_redemptions")]
    return [*shorter, *taken]


def _available(people: People, names: Sequence[str]) -> tuple[list[str], dict[str, Text]]:
    """The metrics that can be had, and why the others cannot."""
    there: list[str] = []
    absent: dict[str, Text] = {}
    for name in names:
        try:
            pc.check(people, name)
        except NotAvailable as reason:
            absent[name] = str(reason)
        else:
            there.append(name)
    return there, absent


def _by_metric(
    measured: Measured, names: Sequence[str], by_window: dict[int, ByVariant]
) -> dict[str, ByVariant]:
    """Moments by metric; those of one window are the same object."""
    return {n: by_window[measured.window(n)] for n in names if not _survey(n)}


def _at_looks(
    measured: Measured, names: Sequence[str], days: Sequence[date]
) -> tuple[tuple[date, dict[str, ByVariant]], ...]:
    """What was known at every look that is past; each run takes them all anew."""
    return tuple(
        (day, _by_metric(measured, names, pc.moments(measured, until=day))) for day in days
    )


def _survey(name: str) -> SurveyMetric | None:
    metric = PER_CUSTOMER.get(name)
    return metric if isinstance(metric, SurveyMetric) else None


def _has_values(name: str) -> bool:
    """Whether single customers have values that can be large."""
    metric = PER_CUSTOMER[name]
    return isinstance(metric, UnitMetric) and not metric.share


def look_days(study: PerkAbTest, until: date) -> list[date]:
    """The days of the looks up to a day: as planned, or one every so many days, later on rarer."""
    if study.looks is None:
        return []
    if not study.open_ended:
        return [day for day in study.looks.dates if day <= until]
    return list(takewhile(lambda day: day <= until, _open_looks(study)))


def next_look(study: PerkAbTest, after: date) -> date:
    """The first look of a test without end after a day."""
    return next(day for day in _open_looks(study) if day > after)


def _open_looks(study: PerkAbTest) -> Iterator[date]:
    """Every look of a test without end. Which they are never depends on the day of asking.

    A look that was taken stays one, so that what was decided at it stays decided.
    """
    assert study.looks is not None
    metric, step = PER_CUSTOMER[study.measure.primary_metric], study.looks.every_days or 7
    day = study.assigned_days[0] + timedelta(days=metric.window_days + 1)
    for number in count(1):
        yield day
        day += timedelta(days=step)
        if number >= FIRST_LOOKS and (number - FIRST_LOOKS) % (FIRST_LOOKS // 2) == 0:
            step *= 2


def _plain(names: Sequence[str]) -> list[str]:
    """Metrics that are one value of every customer."""
    return [n for n in names if isinstance(PER_CUSTOMER[n], UnitMetric)]


def _sooner(
    study: PerkAbTest, names: Sequence[str], moments: dict[str, ByVariant]
) -> dict[str, ByVariant]:
    """The primary metric in shorter windows, then its own: the effect by days since assignment."""
    if study.reads_results:
        return {}
    family = study.measure.primary_metric.rsplit("_", 1)[0]
    shorter = [n for n in names if n.rsplit("_", 1)[0] == family]
    return {n: moments[n] for n in (*shorter, study.measure.primary_metric) if n in moments}
