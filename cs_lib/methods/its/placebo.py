"""Placebo dates: how often the same method sees a change where none was made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cs_lib.aggregates import Series
from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.its.changes import SLOPE_WEEKS, Change
from cs_lib.methods.its.days_or_weeks import By
from cs_lib.methods.its.joint_changes import changes_in
from cs_lib.methods.its.level_change import Trend, level_change
from cs_lib.methods.its.season import Season
from cs_lib.results import Effect

Floats = NDArray[np.float64]

# The model knows the placebo change by this name, which is never shown.
PLACEBO_NAME = "a date without a change"
# A placebo date keeps so many days on each side; the first number that gives enough dates is used.
DAYS_LEFT_EACH_SIDE = (28, 14)
DAYS_LEFT_EACH_SIDE_OF_SLOPE = (7 * SLOPE_WEEKS,)
LEAST_PLACEBO_DATES = 3
DAYS_BETWEEN_PLACEBO_DATES = 7


@dataclass(frozen=True, slots=True)
class Placebo:
    """Step changes at dates before the intervention, where nothing was changed."""

    n_dates: int
    n_alarms: int  # dates where p < alpha
    share: float
    dates: NDArray[np.datetime64]
    effects: Floats
    lows: Floats
    highs: Floats


def placebo_dates(
    series: Series,
    *,
    intervention_date: str | date,
    alpha: float = 0.05,
    washout_days: int = 0,
    holidays: Sequence[date] = (),
    log_scale: bool = False,
    by: By = "automatic",
    trend: Trend = "automatic",
    others: Sequence[Change] = (),
    slope: bool = False,
    season: Season | None = None,
) -> Placebo | None:
    """Share of dates in the pre-period at which `level_change` would have cried wolf.

    One date a week, with at least 28 days before and after it inside the pre-period (14 when that leaves
    fewer than 3 dates). The windows overlap, so the dates are not independent: with one real disturbance
    several neighbours alarm together. None when fewer than 3 dates can be analysed. Options are those of
    `level_change`.

    Other changes before the intervention are in the model, as in `changes_in`; dates that cannot be told
    from them are not tried. With a slope it is the mean effect that is tried, twelve weeks a side.
    """
    before = series.days.astype("datetime64[D]") < np.datetime64(intervention_date, "D")
    pre = Series(
        series.metric, series.days[before], series.numerator[before], series.denominator[before]
    )
    plan: dict[str, Any] = {
        "alpha": alpha,
        "washout_days": washout_days,
        "holidays": holidays,
        "log_scale": log_scale,
        "by": by,
        "trend": trend,
    }
    known = _begun(others, pre.days)
    effects_by_date: list[tuple[np.datetime64, Effect]] = []
    sides = DAYS_LEFT_EACH_SIDE_OF_SLOPE if slope else DAYS_LEFT_EACH_SIDE
    for day in _candidates(pre.days, washout_days, sides):
        try:
            if known or slope:
                tried = Change.of(PLACEBO_NAME, str(day), slope=slope)
                effect = changes_in(pre, [tried, *known], **plan).effects[PLACEBO_NAME]
            else:
                effect = level_change(pre, intervention_date=str(day), season=season, **plan).effect
        except CannotEstimate:
            continue
        effects_by_date.append((day, effect))
    return _summary(effects_by_date, alpha) if len(effects_by_date) >= LEAST_PLACEBO_DATES else None


def _begun(others: Sequence[Change], days: NDArray[np.datetime64]) -> list[Change]:
    """Changes that began on these days, with what of them lies there."""
    kept = (
        replace(change, spans=tuple(s for s in change.spans if days[0] < s[0] <= days[-1]))
        for change in others
        if len(days)
    )
    return [change for change in kept if change.spans]


def _candidates(
    days: NDArray[np.datetime64], washout_days: int, sides: Sequence[int]
) -> list[np.datetime64]:
    """Dates a week apart, the last as late as it can be, oldest first."""
    if len(days) == 0:
        return []
    first, last = days[0].astype("datetime64[D]"), days[-1].astype("datetime64[D]")
    dates: list[np.datetime64] = []
    for side in sides:
        latest = last + 1 - side - washout_days
        room = int((latest - (first + side)).astype(int))
        dates = [latest - back for back in range(0, room + 1, DAYS_BETWEEN_PLACEBO_DATES)][::-1]
        if len(dates) >= LEAST_PLACEBO_DATES:
            return dates
    return dates


def _summary(effects_by_date: list[tuple[np.datetime64, Effect]], alpha: float) -> Placebo:
    effects = [effect for _, effect in effects_by_date]
    alarms = sum(effect.pvalue < alpha for effect in effects)
    return Placebo(
        n_dates=len(effects_by_date),
        n_alarms=alarms,
        share=alarms / len(effects_by_date),
        dates=np.array([day for day, _ in effects_by_date]),
        effects=np.array([effect.effect for effect in effects]),
        lows=np.array([effect.effect_ci_low for effect in effects]),
        highs=np.array([effect.effect_ci_high for effect in effects]),
    )
