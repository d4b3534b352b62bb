"""Interrupted time series: which days or weeks enter, and the terms of the regression."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cs_lib.aggregates import Series
from cs_lib.methods.errors import NotEnoughData
from cs_lib.sentences import counted, say

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

# With fewer usable days on a side there is no analysis.
MIN_DAYS = 14
# With so many usable days on each side a common trend can be told from a step.
TREND_DAYS = 28
# A week in which fewer days have a value counts as missing.
MIN_DAYS_IN_WEEK = 4
DAYS_PER_WEEK = 7


@dataclass(frozen=True, slots=True)
class Window:
    """When the change happened, what follows it closely and is left out, and days off."""

    intervention: np.datetime64
    washout_days: int = 0
    holidays: tuple[np.datetime64, ...] = ()

    @classmethod
    def of(
        cls, intervention_date: str | date, washout_days: int = 0, holidays: Sequence[date] = ()
    ) -> Window:
        """A window from dates as written in a study's settings.

        Raises:
            ValueError: a negative wash-out, or a date that is none.
        """
        if washout_days < 0:
            raise ValueError("The wash-out cannot be shorter than zero days.")
        days = tuple(np.datetime64(day, "D") for day in holidays)
        return cls(np.datetime64(intervention_date, "D"), washout_days, days)


@dataclass(frozen=True, slots=True)
class Periods:
    """Days or weeks in order, used or not; `time` counts them from the intervention (0)."""

    unit: Literal["day", "week"]
    start: NDArray[np.datetime64]
    time: NDArray[np.int64]
    numerator: Floats
    denominator: Floats
    holiday: Floats  # share of the period's days that are holidays
    used: Flags  # has a value and lies outside the wash-out

    @property
    def post(self) -> Flags:
        """At or after the intervention."""
        return self.time >= 0

    @property
    def value(self) -> Floats:
        """Numerator over denominator; not a number where there is no denominator."""
        there = self.denominator > 0
        return np.where(there, self.numerator / np.where(there, self.denominator, 1.0), np.nan)

    def sides(self) -> tuple[int, int]:
        """Used periods before and from the intervention."""
        return int((self.used & ~self.post).sum()), int((self.used & self.post).sum())


def daily_periods(series: Series, window: Window) -> Periods:
    """Every day of the series; a day without a denominator is missing, not zero.

    Raises:
        ValueError: days out of order or repeated.
    """
    days = series.days.astype("datetime64[D]")
    time = (days - window.intervention).astype(np.int64)
    if np.any(np.diff(time) <= 0):
        raise ValueError(f"{series.metric}: days must be in order, each once.")
    there = np.isfinite(series.numerator) & (series.denominator > 0)
    washed_out = (time >= 0) & (time < window.washout_days)
    return Periods(
        unit="day",
        start=days,
        time=time,
        numerator=np.where(there, series.numerator, 0.0),
        denominator=np.where(there, series.denominator, 0.0),
        holiday=np.isin(days, np.array(window.holidays, dtype="datetime64[D]")).astype(float),
        used=there & ~washed_out,
    )


def weekly_periods(days: Periods, window: Window) -> Periods:
    """Whole weeks counted from the intervention, so that none straddles it.

    Numerators and denominators are summed, so a week weighs its days by their volume. An
    incomplete first or last week is dropped; a week that touches the wash-out is not used.
    """
    week = np.floor_divide(days.time, DAYS_PER_WEEK)
    first, last = int(-(-days.time[0] // DAYS_PER_WEEK)), int((days.time[-1] + 1) // DAYS_PER_WEEK)
    time = np.arange(first, max(last, first))
    inside = (week >= first) & (week < last)
    place, size = week[inside] - first, len(time)

    def total(values: Floats) -> Floats:
        return np.bincount(place, values[inside], size).astype(float)

    with_value = total((days.denominator > 0).astype(float))
    washed_out = (time >= 0) & (time * DAYS_PER_WEEK < window.washout_days)
    return Periods(
        unit="week",
        start=window.intervention + time * DAYS_PER_WEEK,
        time=time,
        numerator=total(days.numerator),
        denominator=total(days.denominator),
        holiday=total(days.holiday) / DAYS_PER_WEEK,
        used=(with_value >= MIN_DAYS_IN_WEEK) & ~washed_out,
    )


def require_days(days: Periods) -> None:
    """Refuse a series with too few usable days on a side.

    Raises:
        NotEnoughData: fewer than 14 usable days before or after.
    """
    n_pre, n_post = days.sides()
    if min(n_pre, n_post) < MIN_DAYS:
        raise NotEnoughData(
            say(
                "{n_pre} before and {n_post} after the change; {MIN_DAYS} are needed.",
                n_pre=counted(n_pre, "usable day"),
                n_post=n_post,
                MIN_DAYS=MIN_DAYS,
            ),
            n_pre=n_pre,
            n_post=n_post,
            needed=MIN_DAYS,
        )


def design_matrix(periods: Periods, *, trend: bool) -> Floats:
    """One row per period, used or not. Columns: step, level, trend, weekdays, holidays.

    The step comes first: 1 from the intervention on. The trend is common to both sides.
    """
    return np.column_stack([periods.post.astype(float), background(periods, trend=trend)])


def background(periods: Periods, *, trend: bool) -> Floats:
    """What is in the model whatever was changed: level, trend, weekdays, holidays.

    Weekdays and holidays get a column only when the used periods contain them.
    """
    columns = [np.ones(len(periods.time))]
    if trend:
        columns.append(periods.time / (np.ptp(periods.time) or 1))
    if periods.unit == "day":
        weekday = periods.start.astype(np.int64) % DAYS_PER_WEEK
        present = np.unique(weekday[periods.used])
        columns.extend((weekday == day).astype(float) for day in present[1:])
    if periods.holiday[periods.used].any():
        columns.append(periods.holiday)
    return np.column_stack(columns)
