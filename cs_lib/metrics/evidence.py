"""What one study's analysis reads, gathered in one place: small, and all of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import numpy as np

from cs_lib.data.desk import Desk
from cs_lib.metrics import per_customer, per_day, sql
from cs_lib.metrics.catalogue import CATALOGUE, DAILY
from cs_lib.metrics.definition import DailyMetric, Metric
from cs_lib.params import BeforeAfter, PerkAbTest
from cs_lib.results import Durations, Moments, Series


@dataclass(frozen=True, slots=True)
class PerkEvidence:
    """A/B test: counts and moments per variant."""

    metrics: dict[str, Metric]
    moments: dict[str, dict[str, Moments]]
    assigned: dict[str, int]
    redeemed: dict[str, int]
    spent_before: dict[str, Moments]
    counts_redemptions: bool
    observed_until: date
    currency: str
    unused: dict[str, float] = field(default_factory=dict)  # face value still redeemable
    looks: tuple[tuple[date, dict[str, dict[str, Moments]]], ...] = ()  # day, then as `moments`


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


def gather(desk: Desk, study: PerkAbTest | BeforeAfter) -> PerkEvidence | SeriesEvidence:
    """The evidence of a study. Raises NotAvailable when its primary metric cannot be had."""
    return _perk(desk, study) if isinstance(study, PerkAbTest) else _series(desk, study)


def perk_metrics(study: PerkAbTest) -> list[str]:
    """Every metric of an A/B study: primary, net value when money counts, guardrails, secondary."""
    days = study.money.window_days if study.money else 0
    money = [f"{name}_{days}d" for name in ("net_value", "margin", "perk_cost")] if days else []
    measure = study.measure
    return list(
        dict.fromkeys([measure.primary_metric, *money, *measure.guardrails, *measure.secondary])
    )


def _perk(desk: Desk, study: PerkAbTest) -> PerkEvidence:
    names = perk_metrics(study)
    return PerkEvidence(
        metrics={name: CATALOGUE[name] for name in (*names, *study.measure.covariates)},
        moments=per_customer.moments(desk, study, names, covariates=study.measure.covariates),
        assigned=per_customer.arm_counts(desk, study),
        redeemed=per_customer.redeemed(desk, study),
        spent_before=per_customer.spent_before(desk, study),
        counts_redemptions=desk.has("perk_redemptions"),
        observed_until=desk.observed_until,
        currency=desk.currency,
        unused=per_customer.unused_perks(desk, study),
        looks=_looks(desk, study),
    )


def _looks(desk: Desk, study: PerkAbTest) -> tuple[tuple[date, dict[str, dict[str, Moments]]], ...]:
    """What was known at every planned look that is past; each run takes them all anew."""
    if study.looks is None:
        return ()
    names = [study.measure.primary_metric]
    names += [f"net_value_{study.money.window_days}d"] if study.money else []
    past = [day for day in study.looks.dates if day <= desk.observed_until]
    covariates = study.measure.covariates
    return tuple(
        (day, per_customer.moments(desk, study, names, covariates=covariates, until=day))
        for day in past
    )


def _series(desk: Desk, study: BeforeAfter) -> SeriesEvidence:
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
