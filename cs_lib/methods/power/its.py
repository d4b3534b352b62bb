"""What a before/after study would find: by formula from the errors of the past, and by simulation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import expm1, inf, log1p, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy import special

from cs_lib.methods.its.ar1 import Bounds, fit_ar1, whiten
from cs_lib.methods.its.days_or_weeks import residual_checks
from cs_lib.methods.its.fit import RHO_BOUNDS_OF_UNIT
from cs_lib.methods.its.noise import Noise
from cs_lib.methods.its.periods import DAYS_PER_WEEK, Periods, carries_drift
from cs_lib.methods.its.season import Waves, beside_season, season_columns
from cs_lib.methods.its.wander import (
    LARGEST_DRIFT_SHIFT,
    drift_shift,
    drifting,
    wander_p,
    wandering,
)
from cs_lib.methods.power.timeline import Past, Timeline
from cs_lib.methods.tails import t_quantile, t_two_sided
from cs_lib.results import Good, Record

Floats = NDArray[np.float64]

# Steps beyond so many standard deviations of the estimate are not looked for.
LARGEST_STEP_IN_SD = 60.0
BISECTION_STEPS = 34


@dataclass(frozen=True, slots=True)
class Precision:
    """How a step is estimated: its true spread, the standard error that is stated, its freedom."""

    sd: float
    se: float
    df: float

    def power(self, step: float, alpha: float) -> float:
        """How often a step of this size has p < alpha, two-sided."""
        limit = t_quantile(1 - alpha / 2, self.df) * self.se / self.sd
        drift = step / self.sd
        inside, below = np.nan_to_num(special.nctdtr(self.df, drift, [limit, -limit]))
        return float(1 - inside + below)


@dataclass(frozen=True, slots=True)
class Shares(Record):
    """How often weeks are read, how often because the level seems to wander, how often beside a drift."""

    by_week: float
    wandering: float = 0.0
    drifting: float = 0.0


@dataclass(frozen=True, slots=True)
class Expected:
    """What the formula says of a study: by days, by weeks, beside curves, and how often each is read."""

    day: Precision
    week: Precision | None
    curve: Precision | None  # of weeks beside slow waves
    drift_day: Precision | None
    drift_week: Precision | None
    shares: Shares

    def power(self, step: float, alpha: float) -> float:
        """How often a step of this size on the model's scale is found.

        Beside a curve both readings must find it; that is taken to be as often as the one
        with the curve does, which is the wider.
        """
        curved = self.shares.wandering if self.curve else 0.0
        by_week = self.shares.by_week - curved if self.week else 0.0
        moved = self.drifting
        read = [(self.curve, curved)]
        for line, beside, share in (
            (self.day, self.drift_day, 1 - by_week - curved),
            (self.week, self.drift_week, by_week),
        ):
            read += [(line, share * (1 - moved)), (beside or line, share * moved)]
        return sum(share * p.power(step, alpha) for p, share in read if p and share > 0)

    @property
    def drifting(self) -> float:
        """How often a drift moves the step by more than its error, where there is none.

        By how much it does, in standard errors, is normal with the variance that the drift adds to the
        step's, as a share of it.
        """
        if self.drift_day is None:
            return 0.0
        added = (self.drift_day.sd / self.day.sd) ** 2 - 1
        return float(2 * special.ndtr(-LARGEST_DRIFT_SHIFT / sqrt(added))) if added > 0 else 0.0

    def smallest(self, power: float, alpha: float) -> float:
        """The step found with this power, on the model's scale; infinite when none is."""
        every = (self.day, self.week, self.curve, self.drift_day, self.drift_week)
        widest = max(p.sd for p in every if p)
        return smallest_step(
            lambda step: self.power(step, alpha), power, LARGEST_STEP_IN_SD * widest
        )


def smallest_step(power_of: Callable[[float], float], power: float, most: float) -> float:
    """The smallest step that `power_of` gives at least this power, by halving; infinite beyond `most`."""
    if power_of(most) < power:
        return inf
    low, high = 0.0, most
    for _ in range(BISECTION_STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if power_of(middle) >= power else (middle, high)
    return high


def expected(line: Timeline, past: Past, *, shares: Shares) -> Expected:
    """The formula's answer for a study: the true covariance, read by the method's own model.

    Days are read as AR(1) with the correlation of neighbouring days, weeks with that of
    neighbouring weeks, both as if it were known; Satterthwaite's degrees of freedom come from the
    large-sample information about it.
    """
    days = line.days
    times, spread = days.time, past.spread(days.denominator)
    cov = past.noise.covariance(times, spread)
    used = days.used
    of_days = cov[np.ix_(used, used)]

    waves = line.known(past)

    def by_day(design: Floats) -> Precision:
        return _precision(design, days, of_days, RHO_BOUNDS_OF_UNIT["day"], waves)

    moved = line.curved(days, "drift")
    day, drift_day = by_day(line.design(days)), None if moved is None else by_day(moved)
    if line.weeks is None:
        return Expected(day, None, None, drift_day, None, Shares(0.0))
    into, weeks = line.into_weeks, line.weeks
    there = np.where(used, 1.0, 0.0)
    of_weeks = (into * there) @ cov @ (into * there).T
    week, curve, drift_week = (
        _precision(design, weeks, of_weeks, RHO_BOUNDS_OF_UNIT["week"], waves)
        if design is not None
        else None
        for design in (line.design(weeks), line.curved(weeks, "waves"), line.curved(weeks, "drift"))
    )
    return Expected(day, week, curve, drift_day, drift_week, shares)


def _precision(
    design: Floats, periods: Periods, cov: Floats, bounds: Bounds, waves: Waves | None
) -> Precision:
    """Spread and stated error of the first coefficient under AR(1) with the nearest correlation.

    What is not known of a season that is taken out is in both.
    """
    n, p = design.shape
    times = periods.time[periods.used]
    variance = float(np.mean(np.diag(cov)))
    near = np.flatnonzero(np.diff(times) == 1)
    rho = float(np.mean(cov[near, near + 1])) / variance if len(near) else 0.0
    rho = min(max(rho, bounds[0]), bounds[1] - 0.01)
    weights, part = _gls(design, times, rho)
    slope = (np.log(_gls(design, times, rho + 1e-4)[1]) - np.log(part)) / 1e-4
    slope += 2 * rho / (1 - rho**2)  # The variance is refitted along with rho.
    df = 2 / (2 / (n - p) + slope**2 * (1 - rho**2) / (n - p))
    spread, stated = float(weights @ cov @ weights), variance * part
    if waves is None:
        return Precision(sqrt(spread), sqrt(stated), float(df))
    moved = weights @ season_columns(periods)[periods.used]
    added = float(moved @ waves.cov @ moved)
    df = (stated + added) ** 2 / (stated**2 / df + added**2 / waves.df_resid)
    return Precision(sqrt(spread + added), sqrt(stated + added), float(df))


def _gls(design: Floats, times: NDArray[np.int64], rho: float) -> tuple[Floats, float]:
    """Weights of the first coefficient, and its variance when that of the errors is one."""
    flat = whiten(design.T, times, np.full(design.shape[1], rho))
    inverse = np.linalg.inv(flat @ flat.T)
    own = inverse[0] @ flat
    fade = rho ** np.diff(times)
    own[1:] /= np.sqrt(1 - fade**2)
    back = own.copy()
    back[:-1] -= fade * own[1:]
    return back, float(inverse[0, 0])


@dataclass(frozen=True, slots=True)
class Steps:
    """Simulated studies without any change: the step each found, its error, its freedom.

    Two readings of each, 2 x runs: the second is beside a curve where the level seems to wander or may
    drift, and the first once more elsewhere. What both find is found.
    """

    estimate: Floats
    se: Floats
    df: Floats
    by_week: NDArray[np.bool_]
    wandering: NDArray[np.bool_]
    drifting: NDArray[np.bool_]

    @property
    def shares(self) -> Shares:
        """How often weeks were read, how often because the level seemed to wander, how often beside a drift."""
        each = (self.by_week, self.wandering, self.drifting)
        return Shares(*(float(flags.mean()) for flags in each))

    def power(self, step: float, alpha: float) -> float:
        """Share in which a step of this size is found; a step moves the estimates and nothing else."""
        found = t_two_sided((self.estimate + step) / self.se, self.df) < alpha
        return float(found.all(axis=0).mean())

    def smallest(self, power: float, alpha: float) -> float:
        """The step found with this power, on the model's scale."""
        most = LARGEST_STEP_IN_SD * float(self.se.max())
        return smallest_step(lambda step: self.power(step, alpha), power, most)


def simulate_steps(line: Timeline, past: Past, *, runs: int, seed: int = 0) -> Steps:
    """So many studies without a change, each read as `level_change` would with its own choice.

    The errors are drawn from those of the past, the level and weekday pattern are the past's; all
    studies are fitted side by side, and miss the season by as much as it may be missed. `its.level_change`
    gives the same for each (a test compares).
    """
    days, rng = line.days, np.random.default_rng(seed)
    errors = past.noise.draw(past.spread(days.denominator), runs, rng)
    values = errors + past.pattern[days.start.astype(np.int64) % DAYS_PER_WEEK][:, None]
    used, weeks, known = days.used, line.weeks, line.known(past)
    if known is not None:
        values += season_columns(days) @ _missed(known, runs, rng)
    by_day = fit_ar1(values[used], line.design(days), days.time[used])
    if known is not None:
        by_day = beside_season(by_day, days, line.design(days), known)
    first = np.eye(by_day.beta.shape[1])[0]
    weekly, wanders, drifts = np.zeros((3, runs), dtype=bool)
    told = (values[used], line.design(days), days, by_day)
    if line.trend:
        wanders = wandering(wander_p(*told)) & (weeks is not None)
    if carries_drift(days):
        drifts = drifting(drift_shift(*told, first, trend=line.trend))
    if weeks is not None:
        weekly = ~residual_checks(by_day).clean | wanders
    waves = wanders & (line.curved(weeks, "waves") is not None)
    drifts &= ~waves
    read = np.array(by_day.contrast(first))[:, None].repeat(2, axis=1)
    enter = partial(_enter, known=known)
    enter(read[:, 1:], line.curved(days, "drift"), days, values[used], drifts & ~weekly)
    if weeks is not None and weekly.any():
        means = _weekly(line, values, log_scale=past.log_scale)
        enter(read, line.design(weeks), weeks, means, weekly)
        enter(read[:, 1:], line.curved(weeks, "waves"), weeks, means, waves)
        enter(read[:, 1:], line.curved(weeks, "drift"), weeks, means, drifts & weekly)
    estimate, se, df = read
    return Steps(estimate, se, df, weekly, wanders, drifts)


def _missed(known: Waves, runs: int, rng: np.random.Generator) -> Floats:
    """By how much the sizes of a season's waves may be missed, waves x runs."""
    root = np.linalg.cholesky(known.cov)
    return np.asarray(root @ rng.normal(size=(len(root), runs)))


def _weekly(line: Timeline, values: Floats, *, log_scale: bool) -> Floats:
    used = np.where(line.days.used[:, None], np.exp(values) if log_scale else values, 0.0)
    means = line.into_weeks @ used
    return np.log(means) if log_scale else means


def _enter(
    read: Floats,
    design: Floats | None,
    periods: Periods,
    values: Floats,
    those: NDArray[np.bool_],
    known: Waves | None,
) -> None:
    """Estimate, error and freedom of the step of those runs, written into `read` (3 x readings x runs)."""
    if design is None or not those.any():
        return
    bounds = RHO_BOUNDS_OF_UNIT[periods.unit]
    fit = fit_ar1(values[:, those], design, periods.time[periods.used], bounds=bounds)
    if known is not None:
        fit = beside_season(fit, periods, design, known)
    read[:, :, those] = np.array(fit.contrast(np.eye(fit.beta.shape[1])[0]))[:, None]


def in_unit(step: float, past: Past, good: Good) -> float:
    """A step on the model's scale as a gain in the metric's unit: its size, towards the good side."""
    if not past.log_scale:
        return step
    return past.level * (expm1(step) if good == "up" else -expm1(-step))


def on_scale(size: float, past: Past, good: Good) -> float:
    """A gain in the metric's unit as a step on the model's scale; infinite when it cannot be."""
    if not past.log_scale:
        return size
    share = size / past.level
    if good == "up":
        return log1p(share)
    return -log1p(-share) if share < 1 else inf


def noise_by_week(noise: Noise) -> float:
    """Correlation of the means of neighbouring weeks, the white noise alike on all days."""
    lags = np.abs(np.arange(2 * DAYS_PER_WEEK)[:, None] - np.arange(2 * DAYS_PER_WEEK)[None, :])
    cov = noise.share * noise.rho**lags + (1 - noise.share) * np.eye(2 * DAYS_PER_WEEK)
    return float(
        cov[:DAYS_PER_WEEK, DAYS_PER_WEEK:].sum() / cov[:DAYS_PER_WEEK, :DAYS_PER_WEEK].sum()
    )
