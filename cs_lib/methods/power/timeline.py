"""A before/after study that is still to come: its days and weeks, with the volumes of the past."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from cs_lib.aggregates import Series
from cs_lib.methods.errors import NotEnoughData
from cs_lib.methods.its.fit import MIN_WEEKS
from cs_lib.methods.its.noise import Noise, fit_noise
from cs_lib.methods.its.periods import (
    DAYS_PER_WEEK,
    TREND_DAYS,
    Curve,
    Periods,
    Window,
    background,
    carries_drift,
    daily_periods,
    design_matrix,
    spans_years,
    weekly_periods,
)
from cs_lib.methods.its.season import Season, Waves
from cs_lib.methods.its.wander import room_for_curve
from cs_lib.sentences import say

Floats = NDArray[np.float64]

# With fewer usable days the errors of a history are anybody's guess.
LEAST_DAYS = 28


@dataclass(frozen=True, slots=True)
class Past:
    """One metric's history on the scale of its model: level, weekday pattern, errors."""

    series: Series
    window: Window
    log_scale: bool
    noise: Noise
    level: float  # sum of numerators over sum of denominators, in the metric's unit
    pattern: Floats  # 7: level of each weekday on the model's scale, Thursday (1970-01-01) first
    usual: float  # The denominator of a day whose white noise is the usual one.
    usable: int  # The number of usable days.
    season: Season | None = (
        None  # Told by the years before, and in none of the above but the level.
    )

    def spread(self, denominator: Floats) -> Floats:
        """White noise of days with these denominators, as a multiple of the usual."""
        return np.divide(
            self.usual, denominator, out=np.ones_like(denominator), where=denominator > 0
        )


def read_past(
    series: Series,
    *,
    holidays: Sequence[date] = (),
    log_scale: bool = False,
    season: Season | None = None,
) -> Past:
    """Level, weekday pattern and errors of a history; plain scale when a day is zero.

    Errors are AR(1), with white noise on top where it shows; a trend is taken out, and a `season` of that scale.

    Raises NotEnoughData for fewer than 28 usable days, CannotEstimate for no variation.
    """
    last = series.days[-1].item() if len(series.days) else date(1970, 1, 1)
    window = Window.of(last + timedelta(days=1), 0, holidays)
    days = daily_periods(series, window)
    usable, _ = days.sides()
    if usable < LEAST_DAYS:
        raise NotEnoughData(
            say(
                "The history has {usable} usable days; {LEAST_DAYS} are needed.",
                usable=usable,
                LEAST_DAYS=LEAST_DAYS,
            ),
            n_pre=usable,
            n_post=0,
            needed=LEAST_DAYS,
        )
    used = days.used
    log_scale = log_scale and bool(np.all(days.value[used] > 0))
    y = np.log(days.value[used]) if log_scale else days.value[used]
    season = season if season is not None and season.log_scale == log_scale else None
    if season is not None:
        y = np.asarray(y - season.of(days)[used])
    below = days.denominator[used]
    usual = 1 / float(np.mean(1 / below))
    design = background(days, trend=True)[used]
    noise = fit_noise(y, design, days.time[used], usual / below)
    return Past(
        series,
        window,
        log_scale,
        noise,
        level=float(days.numerator[used].sum() / below.sum()),
        pattern=_pattern(y, days.start[used]),
        usual=usual,
        usable=usable,
        season=season,
    )


def _pattern(y: Floats, days: NDArray[np.datetime64]) -> Floats:
    """Mean by weekday; the overall mean for a weekday that never has a value."""
    weekday = days.astype(np.int64) % DAYS_PER_WEEK
    means = [
        y[weekday == k].mean() if np.any(weekday == k) else y.mean() for k in range(DAYS_PER_WEEK)
    ]
    return np.array(means)


@dataclass(frozen=True, slots=True)
class Timeline:
    """The days of a study to come, its weeks where they can be read, and whether a trend is fitted."""

    days: Periods
    weeks: Periods | None
    trend: bool

    def design(self, periods: Periods, *, curve: Curve = "none") -> Floats:
        """The regression of the used periods, step first; with a curve on top if so."""
        season = self.trend and spans_years(self.days)
        design = design_matrix(periods, trend=self.trend, season=season, curve=curve)
        return design[periods.used]

    def known(self, past: Past) -> Waves | None:
        """The waves of a season that the study will take out; none where it is long enough to have its own."""
        own = self.trend and spans_years(self.days)
        return None if past.season is None or own else past.season.waves

    def curved(self, periods: Periods | None, curve: Curve) -> Floats | None:
        """The regression of these periods beside a curve; nothing when none would be fitted."""
        if periods is None or not (carries_drift(self.days) if curve == "drift" else self.trend):
            return None
        line = self.design(periods)
        if not room_for_curve(periods, line.shape[1], curve):
            return None
        return self.design(periods, curve=curve)

    @property
    def into_weeks(self) -> Floats:
        """Used weeks x days: what turns daily values into weekly ones, by volume."""
        assert self.weeks is not None
        week = np.floor_divide(self.days.time, DAYS_PER_WEEK)
        inside = (week[None, :] == self.weeks.time[:, None]) * self.days.denominator
        return np.asarray(inside / inside.sum(axis=1, keepdims=True))[self.weeks.used]


def timeline(
    past: Past,
    start: date,
    *,
    weeks_before: int,
    weeks_after: int,
    washout_days: int = 0,
    holidays: Sequence[date] = (),
    seed: int = 0,
) -> Timeline:
    """Whole weeks before and after a change on `start`, the wash-out in between left out.

    Days of the history keep their volumes; every other week gets those of a week of the history,
    drawn by lot from the seed, so that days without a case are as frequent as they were.
    """
    window = Window.of(start, washout_days, holidays)
    time = np.arange(-DAYS_PER_WEEK * weeks_before, washout_days + DAYS_PER_WEEK * weeks_after)
    volume = _volumes(past.series, window.intervention + time, window.intervention, seed)
    coming = Series(past.series.metric, window.intervention + time, volume, volume)
    days = daily_periods(coming, window)
    weeks = weekly_periods(days, window)
    readable = min(weeks.sides()) >= MIN_WEEKS
    return Timeline(days, weeks if readable else None, min(days.sides()) >= TREND_DAYS)


def _volumes(
    series: Series, days: NDArray[np.datetime64], start: np.datetime64, seed: int
) -> Floats:
    known = series.days.astype("datetime64[D]")
    place = (days - known[0]).astype(np.int64)
    inside = (place >= 0) & (place < len(known))
    block = np.floor_divide((days - start).astype(np.int64), DAYS_PER_WEEK)
    whole = len(known) // DAYS_PER_WEEK
    lots = np.random.default_rng(seed).integers(0, max(whole, 1), size=2048)
    same_weekday = np.mod(place, DAYS_PER_WEEK) + DAYS_PER_WEEK * lots[np.mod(block, 2048)]
    return np.asarray(series.denominator[np.where(inside, place, same_weekday)], dtype=float)
