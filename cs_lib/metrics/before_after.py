"""What a before/after study reads: series by day, duration counts, logged changes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from cs_lib.aggregates import DayDurations, Durations, LoggedChange, Series
from cs_lib.data.desk import Desk
from cs_lib.metrics.catalogue import DAILY, in_currency
from cs_lib.metrics.definition import DailyMetric, Metric
from cs_lib.metrics.queries import per_day, per_stage, sql
from cs_lib.metrics.queries.per_stage import StageEvidence
from cs_lib.metrics.queries.recorded import Recorded, recorded
from cs_lib.params import BeforeAfter
from cs_lib.sentences import Text

USUAL_GUARDRAILS = {"csat": 0.10, "reopen_rate": 0.05, "repeat_contact_rate_7d": 0.05}
# Of the level before the change: what is much in minutes or money differs from desk to desk. A tenth is more than
# a desk's mix moves from month to month, and less than what anybody would pay for speed without asking.
USUAL_SHARES = {"cost_per_contact": 0.10, "handle_minutes": 0.10}
MIX = ("channel", "need_code")  # what comes in, not what we do with it


@dataclass(frozen=True, slots=True)
class BeforeAfterEvidence:
    """Before/after: series by day over both periods; days outside them carry no value."""

    room: ClassVar[str] = "before_after"

    metrics: dict[str, Metric]
    series: dict[str, Series]
    volume: Series
    scoped_volume: Series
    durations: tuple[Durations, ...]
    changes: tuple[LoggedChange, ...]
    horizon: int
    observed_until: date
    currency: str
    absent: dict[str, Text] = field(default_factory=dict)
    usual: dict[str, float] = field(default_factory=dict)  # margins of guardrails nobody named
    unmeasured: tuple[Text, ...] = ()  # why others of them cannot be had
    teams: dict[str, Series] = field(default_factory=dict)  # primary, by team of the roll-out
    stages: StageEvidence | None = None  # a time to an event, by stage
    waits: DayDurations | None = None  # the primary metric, when it is a time to an event
    comparison: Series | None = None  # the primary metric of the unchanged queue
    parts: dict[str, dict[str, Series]] = field(
        default_factory=dict
    )  # primary, by column and value
    recorded: Recorded | None = None  # how the columns behind the primary metric were filled


def gather(desk: Desk, study: BeforeAfter) -> BeforeAfterEvidence:
    """The evidence of a before/after study. Raises NotAvailable when its primary metric cannot be had."""
    design, measure = study.design, study.measure
    start, end = design.pre_period[0], design.post_period[1]
    primary = DAILY[measure.primary_metric]
    horizon = per_day.follow_up(primary, measure.horizon_days)
    named = [primary.name, *measure.guardrails, *measure.secondary]
    usual = {
        k: v
        for k, v in {**USUAL_GUARDRAILS, **USUAL_SHARES}.items()
        if measure.usual_guardrails and k not in named
    }
    names = list(dict.fromkeys([*named, *usual]))
    if "csat" in names:
        names.append("csat_response_rate")
    series: dict[str, Series] = {}
    absent: dict[str, Text] = {}
    for name in names:
        try:
            found = per_day.daily(desk, DAILY[name], **_plan(study))
        except sql.NotAvailable as error:
            if name == primary.name:
                raise
            absent[name] = error.reason
        else:
            series[name] = _only(found, study)
    return BeforeAfterEvidence(
        metrics=in_currency([n for n in names if n in series or n not in usual], desk.currency),
        series=series,
        volume=per_day.volume(desk, start=start, end=end),
        scoped_volume=per_day.volume(desk, start=start, end=end, scope=design.changed),
        durations=_durations(desk, study, primary, horizon),
        changes=tuple(per_day.logged_changes(desk, start=start, end=end)),
        horizon=horizon,
        observed_until=desk.observed_until,
        currency=desk.currency,
        absent={k: v for k, v in absent.items() if k not in usual},
        unmeasured=tuple(v for k, v in absent.items() if k in usual),
        usual=_margins(usual, series, design.intervention_date),
        comparison=_comparison(desk, study, primary),
        parts=_parts(desk, study, primary),
        teams=_teams(desk, study, primary),
        stages=_stages(desk, study, primary),
        waits=_waits(desk, study, primary),
        recorded=recorded(desk, primary, study),
    )


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


def _plan(study: BeforeAfter) -> dict[str, Any]:
    """What every query of the study shares: the days, the changed contacts, the follow-up."""
    design = study.design
    return {
        "start": design.pre_period[0],
        "end": design.post_period[1],
        "scope": design.changed,
        "horizon": study.measure.horizon_days,
    }


def _stages(desk: Desk, study: BeforeAfter, primary: DailyMetric) -> StageEvidence | None:
    """A time to an event by the stages it is spent in, where steps are recorded."""
    if primary.duration is None or not desk.has("events"):
        return None
    try:
        found = per_stage.stage_times(desk, primary, **_plan(study))
    except sql.NotAvailable:
        return None
    stages = {name: _only(series, study) for name, series in found.stages.items()}
    return replace(found, stages=stages, total=_only(found.total, study))


def _teams(desk: Desk, study: BeforeAfter, primary: DailyMetric) -> dict[str, Series]:
    """The primary metric of every team of a roll-out."""
    teams = study.design.teams
    if teams is None:
        return {}
    plan = {**_plan(study), "scope": study.design.scope}
    found = per_day.daily_by(desk, primary, "team_id", **plan)
    return {team: _only(found[team], study) for team in teams if team in found}


def _comparison(desk: Desk, study: BeforeAfter, primary: DailyMetric) -> Series | None:
    """The primary metric of the queue that was not changed."""
    if study.design.comparison is None:
        return None
    plan = {**_plan(study), "scope": study.design.comparison}
    return _only(per_day.daily(desk, primary, **plan), study)


def _parts(desk: Desk, study: BeforeAfter, primary: DailyMetric) -> dict[str, dict[str, Series]]:
    """The primary metric by what customers came with; nothing for rates per order, which have no such parts."""
    if primary.per:
        return {}
    return {
        column: {
            name: _only(found, study)
            for name, found in per_day.daily_by(desk, primary, column, **_plan(study)).items()
        }
        for column in MIX
        if len(getattr(study.design.changed, column, ())) != 1
        and (primary.scoped_by is None or column in primary.scoped_by)
    }


def _durations(
    desk: Desk, study: BeforeAfter, primary: DailyMetric, horizon: int
) -> tuple[Durations, ...]:
    if primary.duration is None:
        return ()
    design = study.design
    first = max(
        design.post_period[0], design.intervention_date + timedelta(days=design.washout_days)
    )
    off = design.spans[0][1]  # waiting times are shown until it was taken back
    last = design.post_period[1] if off is None else off - timedelta(days=1)
    periods = {"before": design.pre_period, "after": (first, last)}
    return tuple(
        per_day.durations(desk, primary, periods=periods, scope=design.changed, horizon=horizon)
    )


def _waits(desk: Desk, study: BeforeAfter, primary: DailyMetric) -> DayDurations | None:
    """Times to the event by day of opening, both periods and nothing between them."""
    if primary.duration is None:
        return None
    found = per_day.durations_by_day(desk, primary, **_plan(study))
    inside = _inside(found.days, study)
    return DayDurations(
        found.days[inside], found.seconds[inside], found.ended[inside], found.count[inside]
    )


def _inside(days: NDArray[np.datetime64], study: BeforeAfter) -> NDArray[np.bool_]:
    """Which days lie in one of the study's two periods."""
    inside = np.zeros(len(days), dtype=bool)
    for first, last in (study.design.pre_period, study.design.post_period):
        inside |= (days >= np.datetime64(first)) & (days <= np.datetime64(last))
    return inside


def _only(series: Series, study: BeforeAfter) -> Series:
    """The series with nothing outside the study's two periods."""
    inside = _inside(series.days, study)
    return replace(
        series,
        numerator=np.where(inside, series.numerator, 0.0),
        denominator=np.where(inside, series.denominator, 0.0),
    )
