"""What a before/after study reads: series by day, duration counts, logged changes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import numpy as np

from cs_lib.data.desk import Desk
from cs_lib.metrics import per_day, sql
from cs_lib.metrics.catalogue import CATALOGUE, DAILY
from cs_lib.metrics.definition import DailyMetric, Metric
from cs_lib.params import BeforeAfter
from cs_lib.results import Durations, Series


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


def gather_series(desk: Desk, study: BeforeAfter) -> SeriesEvidence:
    """The evidence of a before/after study. Raises NotAvailable when its primary metric cannot be had."""
    design, measure = study.design, study.measure
    start, end = design.pre_period[0], design.post_period[1]
    primary = DAILY[measure.primary_metric]
    horizon = per_day.follow_up(primary, measure.horizon_days)
    names = list(dict.fromkeys([primary.name, *measure.guardrails, *measure.secondary]))
    if "csat" in names:
        names.append("csat_response_rate")
    series: dict[str, Series] = {}
    absent: dict[str, str] = {}
    for name in names:
        try:
            found = per_day.daily(
                desk,
                DAILY[name],
                start=start,
                end=end,
                scope=design.scope,
                horizon=measure.horizon_days,
            )
        except sql.NotAvailable as error:
            if name == primary.name:
                raise
            absent[name] = str(error)
        else:
            series[name] = _only(found, design.pre_period, design.post_period)
    return SeriesEvidence(
        metrics={name: CATALOGUE[name] for name in names},
        series=series,
        volume=per_day.volume(desk, start=start, end=end),
        scoped_volume=per_day.volume(desk, start=start, end=end, scope=design.scope),
        durations=_durations(desk, study, primary, horizon),
        changes=tuple(per_day.logged_changes(desk, start=start, end=end)),
        horizon=horizon,
        observed_until=desk.observed_until,
        currency=desk.currency,
        absent=absent,
    )


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
        per_day.durations(desk, primary, periods=periods, scope=design.scope, horizon=horizon)
    )


def _only(series: Series, *periods: tuple[date, date]) -> Series:
    """The series with nothing outside the periods."""
    inside = np.zeros(len(series.days), dtype=bool)
    for first, last in periods:
        inside |= (series.days >= np.datetime64(first)) & (series.days <= np.datetime64(last))
    return replace(
        series,
        numerator=np.where(inside, series.numerator, 0.0),
        denominator=np.where(inside, series.denominator, 0.0),
    )
