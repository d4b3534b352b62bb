"""Interrupted time series: the season of a metric, told from the years before a study's days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cs_lib.aggregates import Series
from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.its.ar1 import RHO_BOUNDS_NOT_NEGATIVE, Ar1Fit, Floats, fit_ar1, gls_at
from cs_lib.methods.its.periods import (
    DAYS_PER_WEEK,
    DAYS_PER_YEAR,
    Flags,
    Periods,
    Window,
    background,
    daily_periods,
    slow_waves,
    weekly_periods,
)
from cs_lib.methods.its.wander import added_terms_p, wandering
from cs_lib.results import Record

# A year's wave is believed when it has come back: two years, and hardly a week of them missing.
LEAST_WEEKS = 104
LEAST_SHARE_OF_WEEKS = 0.9
MOST_WEEKS = 156
# A wave of the year and its half; what comes back each year in another shape has shorter ones.
HARMONICS, SHORTER = (1, 2), (3, 4, 5, 6)
# The waves must be far from chance, and be the same in the older and in the newer half of the history.
CLEAR_LEVEL = 0.01
CHANGED_LEVEL = 0.15
# Shorter waves that are clearer than this make it a season of another shape.
SHAPE_LEVEL = 0.05


@dataclass(frozen=True, slots=True)
class Waves:
    """Year's waves of m series, each with the uncertainty that its history leaves; m is dropped for one."""

    sizes: Floats  # m x k: of the columns of `season_columns`
    cov: Floats  # m x k x k
    cov_slope: Floats  # m x k x k: derivative of cov in rho, as in `Ar1Fit`
    curvature: Floats  # m
    df_resid: int
    told: Flags  # m: whether it is clear, keeps coming back, and nothing else moves the level

    def some(self, index: int | Flags) -> Waves:
        """Those of some series, or of one."""
        return Waves(
            self.sizes[index],
            self.cov[index],
            self.cov_slope[index],
            self.curvature[index],
            self.df_resid,
            self.told[index],
        )


@dataclass(frozen=True, slots=True)
class Season(Record):
    """The year's wave of one series, and the history that told it."""

    waves: Waves  # of one series
    first: date  # first and last day of the history
    last: date
    weeks: int  # whole weeks that were used
    log_scale: bool

    def of(self, periods: Periods) -> Floats:
        """What it does to the level of every period, used or not, on the scale of the model."""
        return np.asarray(season_columns(periods) @ self.waves.sizes)

    @property
    def swing(self) -> float:
        """From the lowest day of a year to its highest, on the scale of the model."""
        days = np.arange(np.datetime64("2001-01-01"), np.datetime64("2002-01-01"))
        return float(np.ptp(_turns(days, 1, HARMONICS) @ self.waves.sizes))


@dataclass(frozen=True, slots=True)
class BesideSeason(Ar1Fit):
    """A fit of series from which a season was taken, the season's own uncertainty in every contrast."""

    carried: Floats  # m x p x k: how far the coefficients move with the sizes of the waves
    waves: Waves

    def contrast(self, weights: ArrayLike) -> tuple[Floats, Floats, Floats]:
        """Estimate, standard error and degrees of freedom of weights @ beta.

        The history and the study's days are taken as independent, so that variances add up; the degrees
        of freedom are those of a sum of two variances (Satterthwaite 1946; Welch 1947).
        """
        estimate, se, df = Ar1Fit.contrast(self, weights)
        moved = np.einsum("...pk,p->...k", self.carried, np.asarray(weights, dtype=float))
        waves = self.waves
        own, added = se**2, np.einsum("...i,...ij,...j->...", moved, waves.cov, moved)
        slope = np.einsum("...i,...ij,...j->...", moved, waves.cov_slope, moved) / added
        df_added = 2 / (2 / waves.df_resid + slope**2 / waves.curvature)
        total = own + added
        return estimate, np.sqrt(total), total**2 / (own**2 / df + added**2 / df_added)


def season_of(
    history: Series,
    *,
    until: str | date,
    holidays: Sequence[date] = (),
    log_scale: bool = False,
) -> Season | None:
    """The season that a history tells; None where it tells none.

    At least 104 whole weeks before `until`, the first day of the study, nine in ten of them with values, of a longer
    history the last 156, are fitted with a level, a trend, a wave of one year and one of half a year, a holiday
    term and AR(1) errors. The season is told when the waves are clear (p below .01), when they are the same in the
    older and in the newer half of the history (p above .15), when shorter ones do not come back each year (p above
    .05), as a short peak does, and when nothing else moves the level slowly (see `wander_p`). Measured in
    docs/bench/history.md.

    Args:
        history: days before `until`; a day without a denominator is missing.
        log_scale: whether the study reads the logarithm.

    Source: harmonic terms in interrupted time series: Bhaskaran et al. 2013.
    """
    weeks = _weeks(history, until, holidays)
    used = weeks.used
    if len(used) < LEAST_WEEKS or used.mean() < LEAST_SHARE_OF_WEEKS:
        return None
    y = weeks.value[used]
    if log_scale:
        if np.any(y <= 0):
            return None
        y = np.log(y)
    try:
        waves = read_waves(weeks, y[:, None]).some(0)
    except CannotEstimate:
        return None
    if not waves.told:
        return None
    first, last = weeks.start[used][[0, -1]].astype("datetime64[D]")
    return Season(
        waves, first.item(), (last + DAYS_PER_WEEK - 1).item(), int(used.sum()), log_scale
    )


def _weeks(history: Series, until: str | date, holidays: Sequence[date]) -> Periods:
    """Whole weeks back from the study's first day, from the first one with a value on and at most three years."""
    window = Window.of(until, 0, holidays)
    days = history.days.astype("datetime64[D]")
    there = (history.denominator > 0) & (days < window.intervention)
    oldest = window.intervention - DAYS_PER_WEEK * MOST_WEEKS
    if there.any():
        oldest = max(oldest, days[there][0])
    every = np.arange(oldest, window.intervention)
    parts, known = np.zeros((2, len(every))), np.isin(days, every)
    place = (days[known] - oldest).astype(np.int64)
    parts[0, place], parts[1, place] = history.numerator[known], history.denominator[known]
    return weekly_periods(daily_periods(Series(history.metric, every, *parts), window), window)


def season_columns(periods: Periods) -> Floats:
    """Sine and cosine of the year and of its half, by the calendar: one row per period, used or not.

    A week has the mean of its days.
    """
    return _turns(periods.start, 1 if periods.unit == "day" else DAYS_PER_WEEK, HARMONICS)


def _turns(start: NDArray[np.datetime64], length: int, a_year: Sequence[int]) -> Floats:
    """Waves that turn so often a year, for periods of so many days that start on these."""
    first = start.astype("datetime64[D]").astype(np.int64)
    angle = 2 * np.pi / DAYS_PER_YEAR * (first[:, None] + np.arange(length))
    turns = [wave(k * angle) for k in a_year for wave in (np.sin, np.cos)]
    return np.column_stack([turn.mean(axis=1) for turn in turns])


def beside_season(fit: Ar1Fit, periods: Periods, design: Floats, waves: Waves) -> BesideSeason:
    """A fit of values from which seasons were taken, with what their uncertainty does to every contrast.

    Args:
        fit: of one series or of m, `design` being the used periods' rows.
        waves: what was taken, of one series or of m.
    """
    times, rows = periods.time[periods.used], season_columns(periods)[periods.used]
    rho = np.atleast_1d(fit.rho)
    carried = np.stack(
        [gls_at(np.tile(row[:, None], (1, len(rho))), design, times, rho).beta for row in rows.T],
        axis=2,
    )
    parts = {name: getattr(fit, name) for name in Ar1Fit.__slots__}
    return BesideSeason(**parts, carried=carried[0] if fit.beta.ndim == 1 else carried, waves=waves)


def read_waves(periods: Periods, y: Floats) -> Waves:
    """The year's waves of m histories side by side (n x m, the used weeks), and which of them are told.

    Raises:
        CannotEstimate: too few weeks, or no variation.
    """
    used = periods.used
    line = background(periods, trend=True)[used]
    waves = season_columns(periods)[used]
    design = np.column_stack([waves, line])
    fit = fit_ar1(y, design, periods.time[used], bounds=RHO_BOUNDS_NOT_NEGATIVE)
    clear = added_terms_p(y, line, waves, periods, fit) < CLEAR_LEVEL
    older = periods.time < periods.time.mean()
    turned = waves * np.where(older, -0.5, 0.5)[used, None]
    same = added_terms_p(y, design, turned, periods, fit) >= CHANGED_LEVEL
    shorter = _turns(periods.start, DAYS_PER_WEEK, SHORTER)[used]
    same &= added_terms_p(y, design, shorter, periods, fit) >= SHAPE_LEVEL
    steady = ~wandering(added_terms_p(y, design, slow_waves(periods)[used], periods, fit))
    k = slice(waves.shape[1])
    return Waves(
        np.atleast_2d(fit.beta)[:, k],
        np.reshape(fit.cov, (-1, *fit.cov.shape[-2:]))[:, k, k],
        np.reshape(fit.cov_slope, (-1, *fit.cov.shape[-2:]))[:, k, k],
        np.atleast_1d(fit.curvature),
        fit.df_resid,
        clear & same & steady,
    )
