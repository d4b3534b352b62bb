"""Interrupted time series: the step in one metric at a known date, with honest uncertainty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cs_lib.aggregates import Series
from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.its.ar1 import Floats
from cs_lib.methods.its.days_or_weeks import CURVE_DECIDES, By, Reason, attempt
from cs_lib.methods.its.fit import Fitted, Plan, Row, fit_periods, sensitivity, smallest_detectable
from cs_lib.methods.its.periods import (
    TREND_DAYS,
    Curve,
    Window,
    daily_periods,
    require_days,
    weekly_periods,
)
from cs_lib.methods.its.season import Season
from cs_lib.methods.its.wander import Reading, read_change
from cs_lib.results import Effect

Trend = Literal["automatic", "none", "linear"]

FEW_WEEKS = 8


@dataclass(frozen=True, slots=True)
class LevelChange:
    """A step change by days and by weeks, the chosen one named, and what a figure needs."""

    effect: Effect  # The chosen one of the three below.
    daily: Effect | None
    weekly: Effect | None
    curved: Effect | None  # Beside a curve; only where the level wanders or may drift.
    unit: Literal["day", "week"]
    reason: Reason
    trend: bool  # whether a common linear trend is in the model
    few_weeks: bool  # Weeks were chosen with fewer than 8 on a side, which is fragile.
    smallest_detectable: float  # With 80 % power at the effect's level, in the metric's unit.
    sensitivity: tuple[Row, ...]  # error model, effect, low, high
    start: NDArray[np.datetime64]  # first day of each period of the chosen unit
    observed: Floats  # not a number where missing
    fitted: Floats
    counterfactual: Floats  # fitted without the step
    used: NDArray[np.bool_]
    # The other changes in the same model, each read with the rest held.
    others: tuple[Effect, ...] = ()
    season: Season | None = None  # Told by the years before, and taken out.

    def with_effect(self, effect: Effect, *, detectable: float) -> LevelChange:
        """The same change stated otherwise."""
        return replace(self, effect=effect, smallest_detectable=detectable)

    @property
    def straight(self) -> Effect:
        """The chosen reading, or the one beside a straight line where a curve was chosen."""
        if self.reason not in CURVE_DECIDES:
            return self.effect
        return (self.daily if self.unit == "day" else self.weekly) or self.effect


def level_change(
    series: Series,
    *,
    intervention_date: str | date,
    alpha: float = 0.05,
    washout_days: int = 0,
    holidays: Sequence[date] = (),
    log_scale: bool = False,
    by: By = "automatic",
    trend: Trend = "automatic",
    season: Season | None = None,
) -> LevelChange:
    """Step at the intervention: observed minus counterfactual, in the metric's own unit.

    Model: level, step, common linear trend, weekday terms (days only) and a holiday term, with AR(1) errors
    by REML and Satterthwaite degrees of freedom. Days in the wash-out are left out and stay a gap in time.
    Weeks are whole, counted from the intervention. "automatic" takes days if their whitened residuals are
    clean (see `residual_checks`), else weeks, because noise on top of the autocorrelation makes daily
    intervals too narrow. Where the level wanders, or a slow drift would move the step by more than its
    standard error, the step is read beside a curve too, and the less certain of the two counts (see
    `read_change`). The trend is in the model, for days and weeks alike so that both answer one question, from
    28 usable days a side; below that a drift cannot be told from a step, and none is fitted. From three years
    of usable days on, a wave of one year is in it too; in fewer, a `season` that the years before tell (see
    `season_of`) is taken out of the values first, and what is not known of it makes the interval wider.

    `treatment` is the sum of numerators over the sum of denominators after the change, and
    `control` is that minus the effect. On a log scale the step is a factor: control =
    treatment / factor, effect = control * (factor - 1), limits likewise with control held.

    Raises:
        NotEnoughData: fewer than 14 usable days, or with weeks declared fewer than 2, on a side.
        CannotEstimate: no variation, inseparable terms, or a log of zero.
        ValueError: days out of order, a negative wash-out, or a season of the other scale.
    Source: Wagner et al. 2002; Lopez Bernal, Cummins & Gasparrini 2017; for the errors `reml`.
    """
    window = Window.of(intervention_date, washout_days, holidays)
    days = daily_periods(series, window)
    require_days(days)
    sloped = trend == "linear" or (trend == "automatic" and min(days.sides()) >= TREND_DAYS)
    plan = Plan(series.metric, window, sloped, log_scale, alpha).with_season(days, season)
    faults: list[CannotEstimate] = []
    daily = weekly = None
    if by != "week":
        daily = attempt(lambda: fit_periods(days, plan), must=by == "day", faults=faults)
    if by != "day":
        weeks = weekly_periods(days, window)
        weekly = attempt(lambda: fit_periods(weeks, plan), must=by == "week", faults=faults)
    reading = read_change(daily, weekly, by, faults, _beside, drifts=trend != "none")
    return _record(reading, daily, weekly)


def _beside(fitted: Fitted, curve: Curve) -> Fitted:
    """The same periods with a curve in the model."""
    return fit_periods(fitted.periods, replace(fitted.plan, curve=curve))


def _record(reading: Reading[Fitted], daily: Fitted | None, weekly: Fitted | None) -> LevelChange:
    chosen, curved = reading.chosen, reading.curve
    periods, effect = chosen.periods, chosen.effect
    return LevelChange(
        effect=effect.with_(details={**effect.details, **reading.details}),
        daily=daily.effect if daily else None,
        weekly=weekly.effect if weekly else None,
        curved=curved.effect if curved else None,
        unit=periods.unit,
        reason=reading.reason,
        trend=chosen.plan.trend,
        few_weeks=periods.unit == "week" and min(periods.sides()) < FEW_WEEKS,
        smallest_detectable=max(smallest_detectable(fitted) for fitted in reading.every),
        sensitivity=sensitivity(daily, weekly, curved),
        start=periods.start,
        observed=periods.value,
        fitted=chosen.curve(with_step=True),
        counterfactual=chosen.curve(with_step=False),
        used=periods.used,
        season=chosen.plan.known,
    )
