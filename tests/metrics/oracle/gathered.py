"""The evidence of before/after studies and plans, gathered with the queries from before whole numbers."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from cs_lib.aggregates import DayDurations, Durations, Series
from cs_lib.data.desk import Desk
from cs_lib.metrics.before_after import MIX, USUAL_GUARDRAILS, USUAL_SHARES, BeforeAfterEvidence
from cs_lib.metrics.catalogue import in_currency
from cs_lib.metrics.experiment_plan import BeforeAfterPlanEvidence
from cs_lib.metrics.queries import sql
from cs_lib.metrics.queries.per_stage import StageEvidence
from cs_lib.params import BeforeAfter, BeforeAfterPlan
from cs_lib.sentences import Text
from tests.metrics.oracle import per_day, per_stage
from tests.metrics.oracle.definitions import OLD, Old
from tests.metrics.oracle.recorded import recorded

T = TypeVar("T")


def gather(desk: Desk, study: BeforeAfter) -> BeforeAfterEvidence:
    """The evidence of a before/after study. Raises NotAvailable when its primary metric cannot be had."""
    design, measure = study.design, study.measure
    start, end = design.pre_period[0], design.post_period[1]
    primary = OLD[measure.primary_metric]
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
            found = per_day.daily(desk, OLD[name], **_plan(study))
        except sql.NotAvailable as error:
            if name == primary.name:
                raise
            absent[name] = error.reason
        else:
            if name != primary.name and (reason := _one_sided(name, _only(found, study), study)):
                absent[name] = reason
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
        others_by_team=_others(desk, study, [n for n in series if n != primary.name]),
        stages=_stages(desk, study, primary),
        waits=_waits(desk, study, primary),
        recorded=recorded(desk, primary, study),
    )


def _one_sided(name: str, series: Series, study: BeforeAfter) -> str:
    """Why a metric has no case on a side of the change."""
    days = [d.item() for d, n in zip(series.days, series.denominator, strict=True) if n > 0]
    early = [day < study.design.intervention_date for day in days]
    if any(early) and not all(early):
        return ""
    where = (
        "after the change" if any(early) else "before the change" if early else "in these periods"
    )
    return f"'{name}' is not available because it has no case {where}."


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


def _stages(desk: Desk, study: BeforeAfter, primary: Old) -> StageEvidence | None:
    """A time to an event by the stages it is spent in, where steps are recorded."""
    if primary.duration is None or not desk.has("events"):
        return None
    try:
        found = per_stage.stage_times(desk, primary, **_plan(study))
    except sql.NotAvailable:
        return None
    stages = {name: _only(series, study) for name, series in found.stages.items()}
    return replace(found, stages=stages, total=_only(found.total, study))


def _teams(desk: Desk, study: BeforeAfter, primary: Old) -> dict[str, Series]:
    """The primary metric of every team of a roll-out."""
    teams = study.design.teams
    if teams is None:
        return {}
    plan = {**_plan(study), "scope": study.design.scope}
    found = per_day.daily_by(desk, primary, "team_id", **plan)
    return {team: _only(found[team], study) for team in teams if team in found}


def _others(desk: Desk, study: BeforeAfter, names: list[str]) -> dict[str, dict[str, Series]]:
    """The other metrics by team where dates differ, those that can be had by team."""
    if len({day for day in (study.design.teams or {}).values() if day is not None}) < 2:
        return {}
    found = {}
    for name in names:
        with suppress(sql.NotAvailable):
            if not OLD[name].per:
                found[name] = _teams(desk, study, OLD[name])
    return found


def _comparison(desk: Desk, study: BeforeAfter, primary: Old) -> Series | None:
    """The primary metric of the queue that was not changed."""
    if study.design.comparison is None:
        return None
    plan = {**_plan(study), "scope": study.design.comparison}
    return _only(per_day.daily(desk, primary, **plan), study)


def _parts(desk: Desk, study: BeforeAfter, primary: Old) -> dict[str, dict[str, Series]]:
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


def _durations(desk: Desk, study: BeforeAfter, primary: Old, horizon: int) -> tuple[Durations, ...]:
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


def _waits(desk: Desk, study: BeforeAfter, primary: Old) -> DayDurations | None:
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


def gather_plan(desk: Desk, study: BeforeAfterPlan) -> BeforeAfterPlanEvidence:
    """The evidence of a plan. Raises NotAvailable when its primary metric cannot be had."""
    measure, (start, end) = study.measure, study.design.history
    name = measure.primary_metric
    usual = USUAL_GUARDRAILS if measure.usual_guardrails else {}
    margins = {**{k: v for k, v in usual.items() if k != name}, **measure.guardrails}
    plan: dict[str, Any] = {"start": start, "end": end, "horizon": measure.horizon_days}
    series, teams = {name: per_day.daily(desk, OLD[name], scope=study.scope, **plan)}, {}
    absent: dict[str, Text] = {}
    if study.design.rollout is not None:
        teams[name] = _by_team(desk, study, name, plan)
    for guard in margins:
        found, why = _maybe(partial(per_day.daily, desk, OLD[guard], scope=study.scope, **plan))
        if found is None:
            if guard in measure.guardrails:
                absent[guard] = why
            continue
        series[guard] = found
        if study.design.rollout is not None:
            parts, _ = _maybe(partial(_by_team, desk, study, guard, plan))
            teams[guard] = parts or {}
    return BeforeAfterPlanEvidence(
        metrics=in_currency([*series, *absent, *measure.secondary], desk.currency),
        series=series,
        teams=teams,
        volume=per_day.volume(desk, start=start, end=end),
        changes=tuple(per_day.logged_changes(desk, start=start, end=end)),
        horizon=per_day.follow_up(OLD[name], measure.horizon_days),
        observed_until=desk.observed_until,
        currency=desk.currency,
        guardrails={guard: margin for guard, margin in margins.items() if guard in series},
        absent=absent,
    )


def _by_team(
    desk: Desk, study: BeforeAfterPlan, name: str, plan: dict[str, Any]
) -> dict[str, Series]:
    """One metric of every team of the roll-out that has cases, in the order of the settings."""
    assert study.design.rollout is not None
    found = per_day.daily_by(desk, OLD[name], "team_id", scope=study.design.scope, **plan)
    return {team: found[team] for team in study.design.rollout.teams if team in found}


def _maybe(make: Callable[[], T]) -> tuple[T | None, Text]:
    """What can be had, or why it cannot."""
    try:
        return make(), ""
    except sql.NotAvailable as error:
        return None, error.reason
