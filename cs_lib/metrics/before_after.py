"""What a before/after study reads: series by day, duration counts, logged changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, ClassVar

import numpy as np

from cs_lib.aggregates import DayDurations, Durations, LoggedChange, Series
from cs_lib.data.desk import Desk
from cs_lib.metrics import own_days
from cs_lib.metrics.by_team import by_team, days_inside, only
from cs_lib.metrics.catalogue import DAILY
from cs_lib.metrics.changes_logged import changes_logged, logged_until, moved_within
from cs_lib.metrics.definition import DailyMetric, Metric
from cs_lib.metrics.definitions.contacts import HANDOFFS
from cs_lib.metrics.earlier import Earlier, before_study
from cs_lib.metrics.fitted import fitted_by_day
from cs_lib.metrics.frames import ByDay
from cs_lib.metrics.of_columns import is_own
from cs_lib.metrics.own_days import DaysRead
from cs_lib.metrics.queries import per_day, per_stage
from cs_lib.metrics.queries.cases import Cases, opened
from cs_lib.metrics.queries.filled import Filled, filled
from cs_lib.metrics.queries.nobody import Nobodies, nobodies
from cs_lib.metrics.queries.per_stage import StageEvidence
from cs_lib.metrics.queries.recorded import CODES, Recorded, recorded, watch
from cs_lib.metrics.queries.spellings import Spellings, customers_spelt, require_whole, spelt
from cs_lib.metrics.queries.sql import NotAvailable, named
from cs_lib.metrics.queries.tables import Window
from cs_lib.metrics.queries.times import Times, hours_of, times_of
from cs_lib.metrics.queries.told import (
    Turned,
    scores_by_side,
    silence,
    turned,
    unrecorded,
    unscored,
    without_cases,
)
from cs_lib.metrics.queries.trust.whose import Whose, whose
from cs_lib.params import BeforeAfter, Scope
from cs_lib.sentences import Text, say

USUAL_GUARDRAILS = {"csat": 0.10, "reopen_rate": 0.05, "repeat_contact_rate_7d": 0.05}
# Of the level before the change: what is much in minutes or money differs from desk to desk. A tenth is more than
# a desk's mix moves from month to month, and less than what anybody would pay for speed without asking.
USUAL_SHARES = {"cost_per_contact": 0.10, "handle_minutes": 0.10}
MIX = ("channel", "need_code")  # what comes in, not what we do with it


@dataclass(frozen=True, slots=True)
class BeforeAfterEvidence(ByDay):
    """Before/after: series by day over both periods; days outside them carry no value."""

    room: ClassVar[str] = "before_after"

    metrics: dict[str, Metric]
    series: dict[str, Series]
    volume: Series
    scoped_volume: Series
    durations: tuple[Durations, ...]
    changes: tuple[LoggedChange, ...]  # that went live, grew or ended on the study's days
    horizon: int
    observed_until: date
    currency: str
    absent: dict[str, Text] = field(default_factory=dict)
    usual: dict[str, float] = field(default_factory=dict)  # margins of guardrails nobody named
    unmeasured: tuple[Text, ...] = ()  # why others of them cannot be had
    teams: dict[str, Series] = field(default_factory=dict)  # primary, by team of the roll-out
    # Other metrics by team, of a roll-out in waves and where they can be had by team.
    others_by_team: dict[str, dict[str, Series]] = field(default_factory=dict)
    # Of rates by team: whether the orders of every team are counted, else all have those of the desk.
    orders_by_team: bool = False
    stages: StageEvidence | None = None  # a time to an event, by stage
    waits: DayDurations | None = None  # the primary metric, when it is a time to an event
    comparison: Series | None = None  # the primary metric of the unchanged queue
    parts: dict[str, dict[str, Series]] = field(
        default_factory=dict
    )  # primary, by column and value
    recorded: Recorded | None = None  # how the columns behind the primary metric were filled
    filled: Filled = field(default_factory=Filled)  # how the tables are filled, by day
    nobodies: Nobodies | None = None  # customers that are none, where a metric follows customers
    whose: tuple[Whose, ...] = ()  # there too: contacts of customers whom nobody knows
    spellings: tuple[Spellings, ...] = ()  # values written in several ways
    turned: tuple[Turned, ...] = ()  # values of the scope that end or begin at the change
    unscored: tuple[tuple[float, bool], ...] = ()  # scores given on one side only: before it?
    scores: tuple[dict[float, int], dict[float, int]] = (
        {},
        {},
    )  # how often given, before and after
    times: dict[str, Times] = field(default_factory=dict)  # of metrics that are times, by length
    days: DaysRead | None = None  # of a study of a table of days
    earlier: Earlier | None = None  # the primary metric before the study's days
    logged_until: date | None = None  # the latest entry of the change log; None without any


def gather(desk: Desk, study: BeforeAfter) -> BeforeAfterEvidence:
    """The evidence of a before/after study. Raises NotAvailable when its primary metric cannot be had."""
    if is_own(study.measure.primary_metric):
        return _of_days(desk, study)
    evidence = _of_tables(desk, study)
    return replace(evidence, earlier=before_study(desk, study, evidence.nobodies))


def _of_tables(desk: Desk, study: BeforeAfter) -> BeforeAfterEvidence:
    """The evidence of a study whose metrics are counted from the tables of a desk, of the study's days alone."""
    primary = DAILY[study.measure.primary_metric]
    names, usual = _names(study)
    absent = _absent(desk, study, names)
    found = [DAILY[name] for name in names if name not in absent]
    staged = primary if primary.duration is not None and desk.has("events") else None
    handoffs = staged is not None and per_stage.names_teams(desk)
    window = _window(study)
    spellings = _spellings(desk, study, found, window)
    nobody = nobodies(desk, window) if any(m.follows_customers for m in found) else None
    watched = watch(desk, primary, window, study.design.changed)
    with opened(
        desk,
        window,
        list(dict.fromkeys([*found, *([HANDOFFS] if handoffs else [])])),
        scopes=_scopes(study),
        parts=("team_id", *MIX, CODES),
        marks=watched.marks,
        staged=staged,
        nobody=[one.value for one in nobody.values] if nobody else (),
    ) as cases:
        absent |= _unrecorded(cases, study, found)
        had = [metric for metric in found if metric.name not in absent]
        teams = by_team(cases, study, primary, had)
        series = {m.name: only(cases.series(m, study.design.changed), study) for m in had}
        series |= teams.pop("rates")
        shown = [name for name in names if name not in absent or name not in usual]
        return BeforeAfterEvidence(
            metrics=fitted_by_day(shown, desk, window.start, window.end),
            series=series,
            volume=cases.volume(),
            scoped_volume=cases.volume(study.design.changed),
            **_of_log(desk, study),
            horizon=cases.tables.follow(primary),
            observed_until=desk.observed_until,
            currency=desk.currency,
            **_not_had(absent, usual),
            usual=_margins(usual, series, study.design.intervention_date),
            **teams,
            stages=_stages(cases, study, primary, handoffs=handoffs) if staged else None,
            recorded=recorded(cases, watched),
            filled=filled(desk, start=window.start),
            **_customers(desk, window, nobody),
            spellings=spellings,
            **_of_primary(cases, study, primary),
            **_ending(desk, study, window),
            times={m.name: _times(cases, study, m) for m in had if m.duration},
        )


def _of_log(desk: Desk, study: BeforeAfter) -> dict[str, Any]:
    """What the change log tells of the study's days, those between its periods too."""
    first, last = study.design.pre_period[0], study.design.post_period[1]
    changes = moved_within(changes_logged(desk), first, last)
    return {"changes": changes, "logged_until": logged_until(desk)}


def _not_had(absent: dict[str, Text], usual: dict[str, float]) -> dict[str, Any]:
    """Why metrics are not there: those that the study names, and those that are only usual."""
    return {
        "absent": {name: why for name, why in absent.items() if name not in usual},
        "unmeasured": tuple(why for name, why in absent.items() if name in usual),
    }


def _customers(desk: Desk, window: Window, nobody: Nobodies | None) -> dict[str, Any]:
    """Which customers are no single ones, and whose ids they are, where a metric reads customers."""
    return {"nobodies": nobody, "whose": _whose(desk, window) if nobody else ()}


def _of_days(desk: Desk, study: BeforeAfter) -> BeforeAfterEvidence:
    """The evidence of a study whose metrics are columns of a table of days."""
    measure = study.measure
    names = list(dict.fromkeys([measure.primary_metric, *measure.guardrails, *measure.secondary]))
    found = own_days.series_of(desk, study, names)
    primary = found[measure.primary_metric]
    return BeforeAfterEvidence(
        metrics=own_days.own_metrics(desk, study, names),
        series={name: only(series, study) for name, series in found.items()},
        volume=replace(primary, numerator=primary.denominator),
        scoped_volume=replace(primary, numerator=primary.denominator),
        durations=(),
        **_of_log(desk, study),
        horizon=0,
        observed_until=desk.observed_until,
        currency=desk.currency,
        days=own_days.days_read(desk, study, primary),
        earlier=own_days.before_study(desk, study),
    )


def _of_primary(cases: Cases, study: BeforeAfter, primary: DailyMetric) -> dict[str, Any]:
    """What stands beside the series of the primary metric."""
    return {
        "durations": _durations(cases, study, primary),
        "comparison": _comparison(cases, study, primary),
        "parts": _parts(cases, study, primary),
        "waits": _waits(cases, study, primary),
    }


def _names(study: BeforeAfter) -> tuple[list[str], dict[str, float]]:
    """The metrics of a study, the deciding one first, and the margins of usual guardrails that nobody named."""
    measure = study.measure
    asked = [measure.primary_metric, *measure.guardrails, *measure.secondary]
    margins = {**USUAL_GUARDRAILS, **USUAL_SHARES}
    usual = {k: v for k, v in margins.items() if measure.usual_guardrails and k not in asked}
    names = list(dict.fromkeys([*asked, *usual]))
    return [*names, *(["csat_response_rate"] if "csat" in names else [])], usual


def _absent(desk: Desk, study: BeforeAfter, names: list[str]) -> dict[str, Text]:
    """Which metrics cannot be had, and why. Raises NotAvailable when that is the primary one, in any of its parts."""
    design, primary = study.design, DAILY[study.measure.primary_metric]
    per_day.check(desk, primary, design.changed)
    if design.comparison is not None:
        per_day.check(desk, primary, design.comparison)
    if design.teams is not None:
        per_day.check_by(desk, primary, "team_id", design.scope)
    absent: dict[str, Text] = {}
    for name in names:
        try:
            per_day.check(desk, DAILY[name], design.changed)
        except NotAvailable as error:
            absent[name] = error.reason
    return absent


def _unrecorded(cases: Cases, study: BeforeAfter, found: Sequence[DailyMetric]) -> dict[str, Text]:
    """Metrics whose tables are there, but not what they look for, on a side of the change; and why.

    Raises NotAvailable when that is the primary one, of the changed contacts or of those it is compared
    with. A time whose end is there on one side only is told by the check of recording.
    """
    design, absent = study.design, dict[str, Text]()
    change, primary = design.intervention_date, DAILY[study.measure.primary_metric]
    for metric in found:
        told = cases.told(metric, design.changed)
        reason = unrecorded(metric, told and only(told, study), change)
        if metric.name == primary.name:
            never = told is not None and silence(only(told, study), change) == "never"
            if reason and (never or metric.duration is None):
                raise NotAvailable(reason)
            continue
        series = only(cases.series(metric, design.changed), study)
        reason = reason or without_cases(cases.desk, metric, series, change)
        if reason:
            absent[metric.name] = reason
    if design.comparison is not None:
        told = cases.told(primary, design.comparison)
        reason = unrecorded(primary, told and only(told, study), change)
        if reason:
            raise NotAvailable(say("Of the unchanged queue {reason}", reason=reason))
    return absent


def _spellings(
    desk: Desk, study: BeforeAfter, found: Sequence[DailyMetric], window: Window
) -> tuple[Spellings, ...]:
    """Values written in several ways. Raises NotAvailable when a scope names only some of them."""
    design = study.design
    lists = [
        (f"design.{place}.{column}", column, getattr(scope, column))
        for place, scope in (("scope", design.scope), ("comparison", design.comparison))
        for column in named(scope)
    ]
    if design.teams is not None:
        lists.append(("design.teams", "team_id", tuple(design.teams)))
    asked: dict[str, set[str]] = {}
    for _, column, values in lists:
        asked.setdefault(column, set()).update(values)
    again = any(m.follows_customers for m in found)
    needs = any(m.repeats for m in found)
    spellings = spelt(desk, window, [*asked, *([CODES] if needs else [])], asked)
    require_whole(desk, spellings, lists)
    customers = customers_spelt(desk, window) if again else ()
    return (*(one for one in spellings if len(one.written) > 1), *customers)


def _whose(desk: Desk, window: Window) -> tuple[Whose, ...]:
    """What other tables say of the customers of the contacts of a study's days."""
    return tuple(whose(desk, ["contacts"], {"contacts": window.holds(desk.day_of("t.opened_at"))}))


def _window(study: BeforeAfter) -> Window:
    """All days of the study, between its periods too."""
    design = study.design
    return Window(design.pre_period[0], design.post_period[1], study.measure.horizon_days)


def _scopes(study: BeforeAfter) -> list[Scope]:
    """In whose contacts metrics are asked for: the changed ones, those of the roll-out, those not changed."""
    design = study.design
    others = [design.scope] if design.teams is not None else []
    return [design.changed, *others, *([design.comparison] if design.comparison else [])]


def _margins(usual: dict[str, float], series: dict[str, Series], change: date) -> dict[str, float]:
    """Margins in each metric's unit, a share of the level before made an amount; none where there is no level."""
    found: dict[str, float] = {}
    for name, margin in usual.items():
        if name not in series:
            continue
        level = _level_before(series[name], change) if name in USUAL_SHARES else 1.0
        if level > 0:
            found[name] = margin * level
    return found


def _level_before(series: Series, change: date) -> float:
    """Numerator over denominator before the change; 0 without cases."""
    before = series.days < np.datetime64(change)
    below = float(series.denominator[before].sum())
    return float(series.numerator[before].sum()) / below if below > 0 else 0.0


def _stages(
    cases: Cases, study: BeforeAfter, primary: DailyMetric, *, handoffs: bool
) -> StageEvidence:
    """A time to an event by the stages it is spent in."""
    found = per_stage.stages_of(cases, primary, study.design.changed, handoffs=handoffs)
    stages = {name: only(series, study) for name, series in found.stages.items()}
    return replace(found, stages=stages, total=only(found.total, study))


def _comparison(cases: Cases, study: BeforeAfter, primary: DailyMetric) -> Series | None:
    """The primary metric of the queue that was not changed."""
    other = study.design.comparison
    return None if other is None else only(cases.series(primary, other), study)


def _parts(cases: Cases, study: BeforeAfter, primary: DailyMetric) -> dict[str, dict[str, Series]]:
    """The primary metric by what customers came with; nothing for rates per order, which have no such parts."""
    if primary.per:
        return {}
    changed = study.design.changed
    return {
        column: {
            name: only(found, study) for name, found in cases.by(primary, column, changed).items()
        }
        for column in MIX
        if len(getattr(changed, column, ())) != 1
        and (primary.scoped_by is None or column in primary.scoped_by)
    }


def _ending(desk: Desk, study: BeforeAfter, window: Window) -> dict[str, Any]:
    """Values of the scope, and scores, that end or begin at the change; teams of a roll-out come one by one."""
    design, change = study.design, study.design.intervention_date
    names = turned(desk, window, design.scope, change) if not design.teams else []
    asked = "csat" in _names(study)[0]
    scores = unscored(desk, "csat", window, change) if asked else []
    given = scores_by_side(desk, "csat", window, design.changed, change) if asked else ({}, {})
    return {"turned": tuple(names), "unscored": tuple(scores), "scores": given}


def _times(cases: Cases, study: BeforeAfter, metric: DailyMetric) -> Times:
    """How long contacts took before the change, and after it without its wash-out."""
    design = study.design
    since = design.intervention_date + timedelta(days=design.washout_days)
    after = max(design.post_period[0], since), design.post_period[1]
    periods = (design.pre_period, after)
    found = times_of(cases, metric, design.changed, periods)
    decides = metric.name == study.measure.primary_metric
    return (
        replace(found, hours=hours_of(cases, metric, design.changed, periods)) if decides else found
    )


def _durations(cases: Cases, study: BeforeAfter, primary: DailyMetric) -> tuple[Durations, ...]:
    if primary.duration is None:
        return ()
    design = study.design
    first = max(
        design.post_period[0], design.intervention_date + timedelta(days=design.washout_days)
    )
    off = design.spans[0][1]  # waiting times are shown until it was taken back
    last = design.post_period[1] if off is None else off - timedelta(days=1)
    periods = {"before": design.pre_period, "after": (first, last)}
    return tuple(per_day.durations_of(cases, primary, periods, design.changed))


def _waits(cases: Cases, study: BeforeAfter, primary: DailyMetric) -> DayDurations | None:
    """Times to the event by day of opening, both periods and nothing between them."""
    if primary.duration is None:
        return None
    found = per_day.durations_by_day_of(cases, primary, study.design.changed)
    inside = days_inside(found.days, study)
    return DayDurations(
        found.days[inside], found.seconds[inside], found.ended[inside], found.count[inside]
    )
