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
    daily_periods,
    design_matrix,
    spans_years,
    weekly_periods,
)
from cs_lib.methods.its.wander import room_for_curve, wander_p, wandering
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
    by_curve: np.ndarray | None  # of weeks; nothing when they are too few for a curve
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
        curve = design_matrix(weeks, **plan, curve=True) if room else None
        return cls(n, days, weeks, by_day, by_week, curve, trend)

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
    """The step of every run by days, by weeks and by weeks beside a curve, and what chooses."""

    day: Contrasts
    week: Contrasts
    curve: Contrasts
    clean: np.ndarray
    wanders: np.ndarray

    def moved(self, step: float) -> Stepped:
        """The same series with a step planted, which moves the estimates and nothing else."""
        day, week, curve = (
            replace(c, estimate=c.estimate + step) for c in (self.day, self.week, self.curve)
        )
        return replace(self, day=day, week=week, curve=curve)

    def steady(self, null: float = 0.0) -> np.ndarray:
        """p-values by days when clean, else weeks; by what can be had when one cannot."""
        day, week = self.day.pvalue(null), self.week.pvalue(null)
        chosen = np.where(self.clean & ~np.isnan(day), day, week)
        return np.where(np.isnan(chosen), day, chosen)

    def auto(self, null: float = 0.0) -> np.ndarray:
        """The same, but by the less certain reading of weeks where the level wanders."""
        bent = self.curve.pvalue() >= self.week.pvalue()
        weeks = np.where(bent, self.curve.pvalue(null), self.week.pvalue(null))
        by_weeks = self.wanders & ~np.isnan(self.week.pvalue())
        return np.where(by_weeks, weeks, self.steady(null))


def intervention(n: int) -> np.datetime64:
    """The date half-way."""
    return START + n // 2


def series_of(name: str, numerator: np.ndarray, denominator: np.ndarray) -> Series:
    """One run as the series that `level_change` takes."""
    return Series(name, START + np.arange(len(numerator)), numerator, denominator)


def stepped(
    numerator: np.ndarray, denominator: np.ndarray, *, log: bool = False, at: int | None = None
) -> Stepped:
    """The step, of the logarithm if so, in every run (days x runs); half-way, or on day `at`."""
    grid = Grid.of(len(numerator), at)
    weekly = grid.weekly(numerator) / grid.weekly(denominator)
    day, clean, p_day = _fitted(numerator / denominator, grid.by_day, grid.days, log=log)
    week, _, p_week = _fitted(weekly, grid.by_week, grid.weeks, log=log)
    wanders = wandering(np.where(np.isnan(p_day), p_week, p_day)) & grid.trend
    curve = week
    if grid.by_curve is not None:
        curve, _, _ = _fitted(weekly, grid.by_curve, grid.weeks, log=log)
    return Stepped(day, week, curve, clean, wanders)


def _fitted(
    values: np.ndarray, design: np.ndarray, periods: Periods, *, log: bool
) -> tuple[Contrasts, np.ndarray, np.ndarray]:
    """The step, whether residuals are clean, and the p-value of slow waves; not of a log of zero."""
    runs = values.shape[1]
    there = (values > 0).all(axis=0) if log else np.ones(runs, dtype=bool)
    clean, p = np.zeros(runs, dtype=bool), np.full(runs, np.nan)
    if not there.any():
        return Contrasts(*np.full((3, runs), np.nan)), clean, p
    y = np.log(values[:, there]) if log else values[:, there]
    fit = fit_ar1(y, design, periods.time, bounds=RHO_BOUNDS_OF_UNIT[periods.unit])
    if periods.unit == "day":
        clean[there] = residual_checks(fit).clean
    p[there] = wander_p(y, design, periods, fit)
    return Contrasts.of(fit, there), clean, p


def autocorrelated(rng: np.random.Generator, shape: tuple[int, ...], rho: float) -> np.ndarray:
    """AR(1) along the first axis, variance one."""
    part = rng.normal(size=shape)
    for day in range(1, shape[0]):
        part[day] = rho * part[day - 1] + np.sqrt(1 - rho**2) * part[day]
    return part
