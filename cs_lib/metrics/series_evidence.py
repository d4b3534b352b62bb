"""What a before/after study reads: series by day, duration counts, logged changes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import numpy as np

from cs_lib.data.desk import Desk
from cs_lib.metrics import per_day, per_stage, sql
from cs_lib.metrics.catalogue import CATALOGUE, DAILY
from cs_lib.metrics.definition import DailyMetric, Metric
from cs_lib.metrics.per_stage import StageEvidence
from cs_lib.params import BeforeAfter
from cs_lib.results import Durations, Series

USUAL_GUARDRAILS = {"csat": 0.10, "reopen_rate": 0.05, "repeat_contact_rate_7d": 0.05}
MIX = ("channel", "need_code")  # what comes in, not what we do with it


@dataclass(frozen=True, slots=True)
class SeriesEvidence:
    """Before/after: series by day over both periods; days outside them carry no value."""

    metrics: dict[str, Metric]
    series: dict[str, Series]
    volume: Series
    scoped_volume: Series
    durations: tuple[Durations, ...]
    changes: tuple[tuple[str, str, date, str], ...]
    horizon: int
    observed_until: date
    currency: str
    absent: dict[str, str] = field(default_factory=dict)
    usual: dict[str, float] = field(default_factory=dict)  # margins of guardrails nobody named
    teams: dict[str, Series] = field(default_factory=dict)  # primary, by team of the roll-out
    stages: StageEvidence | None = None  # a time to an event, by stage
    comparison: Series | None = None  # the primary metric of the unchanged queue
    parts: dict[str, dict[str, Series]] = field(
        default_factory=dict
    )  # primary, by column and value


def gather_series(desk: Desk, study: BeforeAfter) -> SeriesEvidence:
    """The evidence of a before/after study. Raises NotAvailable when its primary metric cannot be had."""
    design, measure = study.design, study.measure
    start, end = design.pre_period[0], design.post_period[1]
    primary = DAILY[measure.primary_metric]
    horizon = per_day.follow_up(primary, measure.horizon_days)
    named = [primary.name, *measure.guardrails, *measure.secondary]
    usual = {
        k: v for k, v in USUAL_GUARDRAILS.items() if measure.usual_guardrails and k not in named
    }
    names = list(dict.fromkeys([*named, *usual]))
    if "csat" in names:
        names.append("csat_response_rate")
    series: dict[str, Series] = {}
    absent: dict[str, str] = {}
    for name in names:
        try:
            found = per_day.daily(desk, DAILY[name], **_plan(study))
        except sql.NotAvailable as error:
            if name == primary.name:
                raise
            absent[name] = str(error)
        else:
            series[name] = _only(found, study)
    return SeriesEvidence(
        metrics={name: CATALOGUE[name] for name in names if name in series or name not in usual},
        series=series,
        volume=per_day.volume(desk, start=start, end=end),
        scoped_volume=per_day.volume(desk, start=start, end=end, scope=design.changed),
        durations=_durations(desk, study, primary, horizon),
        changes=tuple(per_day.logged_changes(desk, start=start, end=end)),
        horizon=horizon,
        observed_until=desk.observed_until,
        currency=desk.currency,
        absent={k: v for k, v in absent.items() if k not in usual},
        usual={k: v for k, v in usual.items() if k in series},
        comparison=_comparison(desk, study, primary),
        parts=_parts(desk, study, primary),
        teams=_teams(desk, study, primary),
        stages=_stages(desk, study, primary),
    )


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
    periods = {"before": design.pre_period, "after": (first, design.post_period[1])}
    return tuple(
        per_day.durations(desk, primary, periods=periods, scope=design.changed, horizon=horizon)
    )


def _only(series: Series, study: BeforeAfter) -> Series:
    """The series with nothing outside the study's two periods."""
    inside = np.zeros(len(series.days), dtype=bool)
    for first, last in (study.design.pre_period, study.design.post_period):
        inside |= (series.days >= np.datetime64(first)) & (series.days <= np.datetime64(last))
    return replace(
        series,
        numerator=np.where(inside, series.numerator, 0.0),
        denominator=np.where(inside, series.denominator, 0.0),
    )
