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
# What is added for a level that does not keep to the model: nothing, its slowest drift, slow waves, or a wave of
# one year.
Curve = Literal["none", "drift", "waves", "season"]

# With fewer usable days on a side there is no analysis.
MIN_DAYS = 14
# With so many usable days on each side a common trend can be told from a step.
TREND_DAYS = 28
# A week in which fewer days have a value counts as missing.
MIN_DAYS_IN_WEEK = 4
DAYS_PER_WEEK = 7
# A level that wanders is followed by so many cosines; the first is nearly the straight line.
SLOW_WAVES = 3
DAYS_PER_YEAR = 365.25
# A wave of one year has any phase.
SEASON_TERMS = 2
# Three years tell a season from a step; with fewer a season costs too much (docs/bench/wander.md).
SEASON_DAYS = 1095


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


def spans_years(days: Periods) -> bool:
    """Whether the used days span the three years that tell a season from a step."""
    used = days.time[days.used]
    return len(used) > 0 and int(np.ptp(used)) + 1 >= SEASON_DAYS


def design_matrix(
    periods: Periods, *, trend: bool, season: bool = False, curve: Curve = "none"
) -> Floats:
    """One row per period, used or not. Columns: the step, then those of `background`.

    The step is 1 from the intervention on; all else is common to both sides.
    """
    rest = background(periods, trend=trend, season=season, curve=curve)
    return np.column_stack([periods.post.astype(float), rest])


def background(
    periods: Periods, *, trend: bool, season: bool = False, curve: Curve = "none"
) -> Floats:
    """What is in the model whatever was changed: level, trend, season, curve, weekdays, holidays.

    The season is a wave of one year, the curve three slow waves, a drift (see `drift`) or such a season. Weekdays and
    holidays get a column only when the used periods contain them.
    """
    columns = [np.ones(len(periods.time))]
    if trend:
        columns.append(_line(periods))
    if season or curve == "season":
        columns.extend(_yearly_wave(periods))
    if curve == "drift":
        columns.extend(drift(periods, trend=trend).T)
    if curve == "waves":
        columns.extend(slow_waves(periods).T)
    if periods.unit == "day":
        weekday = periods.start.astype(np.int64) % DAYS_PER_WEEK
        present = np.unique(weekday[periods.used])
        columns.extend((weekday == day).astype(float) for day in present[1:])
    if periods.holiday[periods.used].any():
        columns.append(periods.holiday)
    return np.column_stack(columns)


def slow_waves(periods: Periods) -> Floats:
    """Half a wave, a whole one and one and a half over all periods: one row per period, used or not.

    Cosines with their first and last day at a crest or trough; with a straight line they
    follow any level that turns slowly.
    """
    place = (periods.time - periods.time[0] + 0.5) / (np.ptp(periods.time) + 1)
    return np.cos(np.pi * np.outer(place, np.arange(1, SLOW_WAVES + 1)))


def drift(periods: Periods, *, trend: bool) -> Floats:
    """The slowest move that the model lacks: a straight line, or with a trend in it one whole slow wave.

    One row per period, one column.
    """
    return slow_waves(periods)[:, 1:2] if trend else _line(periods)[:, None]


def carries_drift(periods: Periods) -> bool:
    """Whether there are usable days enough for a trend, on however uneven sides."""
    length = 1 if periods.unit == "day" else DAYS_PER_WEEK
    return int(periods.used.sum()) * length >= 2 * TREND_DAYS


def _line(periods: Periods) -> Floats:
    return np.asarray(periods.time / (np.ptp(periods.time) or 1))


def _yearly_wave(periods: Periods) -> list[Floats]:
    """A wave of one year and any phase."""
    length = 1 if periods.unit == "day" else DAYS_PER_WEEK
    angle = 2 * np.pi * periods.time * length / DAYS_PER_YEAR
    return [np.sin(angle), np.cos(angle)]
