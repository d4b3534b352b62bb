"""Are there more changes before the change than the fitted model itself produces? A test with simulated series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cs_lib.aggregates import Series
from cs_lib.methods.its.ar1 import Ar1Fit, Bounds, Floats, fit_ar1, whiten
from cs_lib.methods.its.days_or_weeks import residual_checks
from cs_lib.methods.its.fit import RHO_BOUNDS_OF_UNIT
from cs_lib.methods.its.level_change import LevelChange
from cs_lib.methods.its.periods import (
    DAYS_PER_WEEK,
    Periods,
    Window,
    background,
    daily_periods,
    weekly_periods,
)
from cs_lib.methods.its.season import Season
from cs_lib.results import Record

Unit = Literal["day", "week"]

# A step is tried once a week, so many periods from both ends; the first that leaves enough dates.
LEFT_EACH_SIDE = {"day": (28, 14), "week": (4, 2)}
LEAST_DATES = 3
LEAST_PERIODS = {"day": 42, "week": 10}
SIMULATED = 199
# A little stricter than the 5 % of clean series that may fail: short series fail more often than they should.
LEVEL = 0.04


@dataclass(frozen=True, slots=True)
class PlaceboTest(Record):
    """Steps at dates before the change, against those of series that the fitted model makes."""

    n_dates: int
    mean_square: float  # mean of t squared over the dates
    pvalue: float  # share of series in which it is as large, this one counted among them
    n_simulated: int

    @property
    def failed(self) -> bool:
        """Whether the model does not allow for what came before the change."""
        return self.pvalue <= LEVEL


def placebo_test(
    change: LevelChange, *, from_day: np.datetime64, seed: int = 0
) -> PlaceboTest | None:
    """Test of the fitted model on the periods before the change, by parametric bootstrap.

    What the model leaves of the periods it used before `from_day` is fitted anew with a level, the
    trend if it has one, weekdays and AR(1) errors. At one date a week, with 28 days (4 weeks) on both
    sides or 14 (2) where that leaves fewer than 3 dates, a step is added; the mean of t squared is kept.
    The same is done to 199 series drawn from the fitted errors, rho estimated anew in each, so that the
    p-value allows for its uncertainty and for neighbouring dates that alarm together.

    None when there are too few periods or dates, or nothing varies.
    Source: Davison & Hinkley 1997, section 4.2; Andrews & Ploberger 1994 for the mean over many steps.
    """
    pre = change.used & (change.start.astype("datetime64[D]") < from_day)
    left = _residuals(change)[pre]
    return _tested(left, change.start[pre], change.unit, trend=change.trend, seed=seed)


def history_test(
    series: Series,
    *,
    holidays: Sequence[date] = (),
    log_scale: bool = False,
    season: Season | None = None,
    seed: int = 0,
) -> PlaceboTest | None:
    """The same test of a history in which nothing was changed, read as a study to come will be.

    By days when their whitened residuals are clean, else by weeks; with a trend, and without a season that is known.

    Raises:
        CannotEstimate: no variation, or too few days for the terms of the model.
    """
    if not len(series.days):
        return None
    last: date = series.days[-1].astype("datetime64[D]").item()
    window = Window.of(last + timedelta(days=1), 0, holidays)
    days = daily_periods(series, window)
    left, clean = _history(days, log_scale, season)
    if clean:
        return _tested(left, days.start[days.used], "day", trend=True, seed=seed)
    weeks = weekly_periods(days, window)
    left, _ = _history(weeks, log_scale, season)
    return _tested(left, weeks.start[weeks.used], "week", trend=True, seed=seed)


def _history(periods: Periods, log_scale: bool, season: Season | None) -> tuple[Floats, bool]:
    """What level, trend, weekdays and holidays leave of the used periods, and whether it is clean."""
    used = periods.used
    y = np.log(periods.value[used]) if log_scale else periods.value[used]
    if season is not None:
        y = np.asarray(y - season.of(periods)[used])
    design = background(periods, trend=True)[used]
    fit = fit_ar1(y, design, periods.time[used], bounds=RHO_BOUNDS_OF_UNIT[periods.unit])
    return np.asarray(y - design @ fit.beta), bool(residual_checks(fit).clean[0])


def _tested(
    y: Floats, start: NDArray[np.datetime64], unit: Unit, *, trend: bool, seed: int
) -> PlaceboTest | None:
    """The test of what a model leaves of these periods."""
    times = _times(start, unit)
    at = _dates(times, unit)
    if len(y) < LEAST_PERIODS[unit] or len(at) < LEAST_DATES or np.ptp(y) == 0:
        return None
    design = _background(start, unit, trend)
    steps = (times[:, None] >= at).astype(float)
    if np.linalg.matrix_rank(np.column_stack([design, steps[:, :1]])) <= design.shape[1]:
        return None
    bounds = RHO_BOUNDS_OF_UNIT[unit]
    drawn = _drawn(fit_ar1(y, design, times, bounds=bounds), times, bounds, seed)
    found = _mean_squares(np.column_stack([y, drawn]), design, steps, times, bounds)
    own, others = found[0], found[1:]
    alike = float((others >= own * (1 - 1e-9)).sum())
    return PlaceboTest(len(at), float(own), (1 + alike) / (1 + SIMULATED), SIMULATED)


def _times(start: NDArray[np.datetime64], unit: Unit) -> NDArray[np.int64]:
    """Days or weeks since the first period."""
    since = (start - start[:1]).astype("timedelta64[D]").astype(np.int64)
    return np.asarray(since if unit == "day" else since // DAYS_PER_WEEK)


def _residuals(change: LevelChange) -> Floats:
    """What the model leaves, on its own scale."""
    if change.effect.details.get("scale") != "log":
        return np.asarray(change.observed - change.fitted)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.log(change.observed) - np.log(change.fitted))


def _background(start: NDArray[np.datetime64], unit: Unit, trend: bool) -> Floats:
    """Level, trend and weekdays of the periods."""
    times = _times(start, unit)
    columns = [np.ones(len(times))]
    if trend:
        columns.append(times / max(int(times[-1]), 1))
    if unit == "day":
        weekday = start.astype("datetime64[D]").astype(np.int64) % DAYS_PER_WEEK
        columns += [(weekday == day).astype(float) for day in np.unique(weekday)[1:]]
    return np.column_stack(columns)


def _dates(times: NDArray[np.int64], unit: Unit) -> NDArray[np.int64]:
    """First periods of the steps that are tried, a week apart, the last as late as it can be."""
    if len(times) == 0:
        return times
    apart = DAYS_PER_WEEK if unit == "day" else 1
    dates = times[:0]
    for side in LEFT_EACH_SIDE[unit]:
        dates = np.arange(times[-1] + 1 - side, times[0] + side - 1, -apart)[::-1]
        if len(dates) >= LEAST_DATES:
            break
    return dates


def _drawn(fit: Ar1Fit, times: NDArray[np.int64], bounds: Bounds, seed: int) -> Floats:
    """Series of AR(1) errors of variance one at these times, periods x series.

    Each has a rho of its own, drawn around the fitted one by its standard error: short series do not know it.
    """
    rng = np.random.default_rng(seed)
    rho = np.clip(rng.normal(fit.rho, 1 / np.sqrt(fit.curvature), SIMULATED), *bounds)
    values = rng.normal(size=(len(times), SIMULATED))
    for i, gap in enumerate(np.diff(times), start=1):
        power = rho**gap
        values[i] = power * values[i - 1] + np.sqrt(1 - power**2) * values[i]
    return values


def _mean_squares(
    y: Floats,
    design: Floats,
    steps: Floats,
    times: NDArray[np.int64],
    bounds: Bounds,
) -> Floats:
    """The mean of t squared over the steps, each added alone, of every series (periods x series).

    Rho is that of the series without a step; what the background explains is taken out of series and
    steps in the whitened periods (Frisch-Waugh), so that no step needs a fit of its own.
    """
    rho = np.atleast_1d(fit_ar1(y, design, times, bounds=bounds).rho)
    own = whiten(y.T, times, rho)
    terms = _whitened(design, times, rho)
    tried = _whitened(steps, times, rho)
    q, _ = np.linalg.qr(terms)
    left = own - np.einsum("mnp,mp->mn", q, np.einsum("mnp,mn->mp", q, own))
    tried = tried - q @ (q.transpose(0, 2, 1) @ tried)
    size = (tried**2).sum(axis=1)
    pull = np.einsum("mnk,mn->mk", tried, left)
    explained = pull**2 / size
    df = y.shape[0] - design.shape[1] - 1
    rest = (left**2).sum(axis=1)[:, None] - explained
    return np.asarray((explained * df / rest).mean(axis=1))


def _whitened(x: Floats, times: NDArray[np.int64], rho: Floats) -> Floats:
    """Columns whitened by the rho of every series: series x periods x columns."""
    n, p = x.shape
    many = np.broadcast_to(x.T, (len(rho), p, n)).reshape(-1, n)
    white = whiten(many, times, np.repeat(rho, p))
    return white.reshape(len(rho), p, n).transpose(0, 2, 1)
