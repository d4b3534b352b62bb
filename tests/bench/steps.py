"""The page's step over many simulated series at once: the same pieces as `level_change`, for speed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from cs_lib.aggregates import Series
from cs_lib.methods.its.ar1 import Ar1Fit, fit_ar1
from cs_lib.methods.its.days_or_weeks import residual_checks
from cs_lib.methods.its.fit import RHO_BOUNDS_OF_UNIT
from cs_lib.methods.its.periods import (
    TREND_DAYS,
    Periods,
    Window,
    carries_drift,
    daily_periods,
    design_matrix,
    spans_years,
    weekly_periods,
)
from cs_lib.methods.its.season import Waves, beside_season, season_columns
from cs_lib.methods.its.wander import drift_shift, drifting, room_for_curve, wander_p, wandering
from cs_lib.methods.tails import t_two_sided

START = np.datetime64("2024-01-01")


@dataclass(frozen=True)
class Grid:
    """Days and weeks of series of one length with one change, and their designs."""

    n: int
    days: Periods
    weeks: Periods
    by_day: np.ndarray
    by_week: np.ndarray
    by_curve: np.ndarray | None  # of weeks beside slow waves; nothing when they are too few
    by_day_drift: np.ndarray | None  # with a slow drift; nothing where too few days carry one
    by_week_drift: np.ndarray | None
    trend: bool

    @classmethod
    def of(cls, n: int, at: int | None = None) -> Grid:
        """The grid of n days, all with a value, the change half-way or on day `at`."""
        window = Window(intervention(n) if at is None else START + at)
        days = daily_periods(series_of("grid", np.ones(n), np.ones(n)), window)
        weeks = weekly_periods(days, window)
        trend = min(days.sides()) >= TREND_DAYS
        plan = {"trend": trend, "season": trend and spans_years(days)}
        by_day, by_week = (design_matrix(periods, **plan) for periods in (days, weeks))
        room = trend and room_for_curve(weeks, by_week.shape[1])
        curve = design_matrix(weeks, **plan, curve="waves") if room else None
        drifts = [
            design_matrix(periods, **plan, curve="drift")
            if carries_drift(days) and room_for_curve(periods, design.shape[1], "drift")
            else None
            for periods, design in ((days, by_day), (weeks, by_week))
        ]
        return cls(n, days, weeks, by_day, by_week, curve, *drifts, trend)

    def weekly(self, values: np.ndarray) -> np.ndarray:
        """Sums over whole weeks, weeks x runs."""
        week = np.floor_divide(self.days.time, 7)
        return np.stack([values[week == number].sum(axis=0) for number in self.weeks.time])


@dataclass(frozen=True)
class Contrasts:
    """Estimates of one step with their errors and degrees of freedom; not a number where there is none."""

    estimate: np.ndarray
    se: np.ndarray
    df: np.ndarray

    @classmethod
    def of(cls, fit: Ar1Fit, there: np.ndarray | None = None, column: int = 0) -> Contrasts:
        """One coefficient of every series; `there` says which runs these are."""
        parts = fit.contrast(np.eye(fit.beta.shape[1])[column])
        if there is None:
            return cls(*parts)
        spread = np.full((3, len(there)), np.nan)
        spread[:, there] = parts
        return cls(*spread)

    def pvalue(self, null: float = 0.0) -> np.ndarray:
        """Two-sided p-values against a null."""
        return t_two_sided((self.estimate - null) / self.se, self.df)


@dataclass(frozen=True)
class Stepped:
    """The step of every run by days, by weeks and beside curves, and what chooses."""

    day: Contrasts
    week: Contrasts
    curve: Contrasts  # of weeks beside slow waves, or the weeks where they are too few
    drift_day: Contrasts
    drift_week: Contrasts
    clean: np.ndarray
    wanders: np.ndarray
    drifts: np.ndarray

    def moved(self, step: float) -> Stepped:
        """The same series with a step planted, which moves the estimates and nothing else."""
        names = ("day", "week", "curve", "drift_day", "drift_week")
        read = {name: getattr(self, name) for name in names}
        return replace(self, **{k: replace(c, estimate=c.estimate + step) for k, c in read.items()})

    def steady(self, null: float = 0.0) -> np.ndarray:
        """p-values by days when clean, else weeks; by what can be had when one cannot."""
        return self._by_unit(self.day.pvalue(null), self.week.pvalue(null))

    def straight(self, null: float = 0.0) -> np.ndarray:
        """The same, but by weeks where the level wanders."""
        by_weeks = self.wanders & ~np.isnan(self.week.pvalue())
        return np.where(by_weeks, self.week.pvalue(null), self.steady(null))

    def beside(self, null: float = 0.0) -> np.ndarray:
        """p-values beside a curve where the level wanders or may drift; else as `straight`."""
        moved = self._by_unit(self.drift_day.pvalue(null), self.drift_week.pvalue(null))
        moved = np.where(self.wanders, self.drift_week.pvalue(null), moved)
        moved = np.where(self.drifts & ~np.isnan(moved), moved, self.straight(null))
        waves = self.wanders & (self.curve.estimate != self.week.estimate)
        return np.where(waves, self.curve.pvalue(null), moved)

    def auto(self, null: float = 0.0) -> np.ndarray:
        """The less certain of `straight` and `beside`, which is what `level_change` takes."""
        curved = self.beside() >= self.straight()
        return np.where(curved, self.beside(null), self.straight(null))

    def _by_unit(self, day: np.ndarray, week: np.ndarray) -> np.ndarray:
        chosen = np.where(self.clean & ~np.isnan(day), day, week)
        return np.where(np.isnan(chosen), day, chosen)


def intervention(n: int) -> np.datetime64:
    """The date half-way."""
    return START + n // 2


def series_of(name: str, numerator: np.ndarray, denominator: np.ndarray) -> Series:
    """One run as the series that `level_change` takes."""
    return Series(name, START + np.arange(len(numerator)), numerator, denominator)


def stepped(
    numerator: np.ndarray,
    denominator: np.ndarray,
    *,
    log: bool = False,
    at: int | None = None,
    waves: Waves | None = None,
) -> Stepped:
    """The step, of the logarithm if so, in every run (days x runs); half-way, or on day `at`.

    `waves` are seasons told by the days before, one a run, and are taken out.
    """
    grid = Grid.of(len(numerator), at)
    weekly = grid.weekly(numerator) / grid.weekly(denominator)
    daily = numerator / denominator
    plan = {"log": log, "waves": waves}
    day, clean, *by_day = _fitted(daily, grid.by_day, grid.days, trend=grid.trend, **plan)
    week, _, *by_week = _fitted(weekly, grid.by_week, grid.weeks, trend=grid.trend, **plan)
    p, shift = (np.where(np.isnan(d), w, d) for d, w in zip(by_day, by_week, strict=True))
    wanders = wandering(p) & grid.trend
    drifts = drifting(shift) & (grid.by_day_drift is not None)
    curve, drift_day, drift_week = (
        line if design is None else _fitted(y, design, periods, **plan)[0]
        for y, design, periods, line in (
            (weekly, grid.by_curve, grid.weeks, week),
            (daily, grid.by_day_drift, grid.days, day),
            (weekly, grid.by_week_drift, grid.weeks, week),
        )
    )
    return Stepped(day, week, curve, drift_day, drift_week, clean, wanders, drifts)


def _fitted(
    values: np.ndarray,
    design: np.ndarray,
    periods: Periods,
    *,
    log: bool,
    trend: bool = True,
    waves: Waves | None = None,
) -> tuple[Contrasts, np.ndarray, np.ndarray, np.ndarray]:
    """The step, whether residuals are clean, the p-value of slow waves, what a drift moves; not of a log of zero."""
    runs = values.shape[1]
    there = (values > 0).all(axis=0) if log else np.ones(runs, dtype=bool)
    clean, (p, shift) = np.zeros(runs, dtype=bool), np.full((2, runs), np.nan)
    if not there.any():
        return Contrasts(*np.full((3, runs), np.nan)), clean, p, shift
    y = np.log(values[:, there]) if log else values[:, there]
    if waves is not None:
        y = y - season_columns(periods) @ waves.sizes[there].T
    fit = fit_ar1(y, design, periods.time, bounds=RHO_BOUNDS_OF_UNIT[periods.unit])
    if waves is not None:
        fit = beside_season(fit, periods, design, waves.some(there))
    if periods.unit == "day":
        clean[there] = residual_checks(fit).clean
    p[there] = wander_p(y, design, periods, fit)
    shift[there] = drift_shift(y, design, periods, fit, np.eye(design.shape[1])[0], trend=trend)
    return Contrasts.of(fit, there), clean, p, shift


def autocorrelated(rng: np.random.Generator, shape: tuple[int, ...], rho: float) -> np.ndarray:
    """AR(1) along the first axis, variance one."""
    part = rng.normal(size=shape)
    for day in range(1, shape[0]):
        part[day] = rho * part[day - 1] + np.sqrt(1 - rho**2) * part[day]
    return part
