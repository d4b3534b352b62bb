"""Two checks of a before/after study: first days that carry the effect alone, and placebo dates as a test.

Daily series with a weekday pattern and AR(1) errors of correlation .3 and variance one unless another is
named, changed half-way; days or weeks as `level_change` chooses. First table: the share of runs with a
step at the 5 % level, and the share left when the first two weeks carry it alone (`first_days`). A bump is
two standard deviations low on the first days after the change; real steps stay. Second table: how often the
model is refused by what came before the change (`placebo_test`), how often a step is found, and what is
left of these with both checks. The limit of the placebo test is there that of 995 series at the nearest of 17
values of rho, so that many runs can be tested at once; a study draws its own 199.
"""

from __future__ import annotations

import platform
from dataclasses import replace
from itertools import product
from types import SimpleNamespace

import numpy as np
import scipy

from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.its import placebo_test as tested
from cs_lib.methods.its.ar1 import Bounds, fit_ar1
from cs_lib.methods.its.first_days import FIRST_DAYS, Steps, carried_alone, first_days
from cs_lib.methods.its.fit import RHO_BOUNDS_OF_UNIT
from cs_lib.methods.its.level_change import LevelChange, level_change
from cs_lib.methods.its.periods import (
    TREND_DAYS,
    Periods,
    Window,
    daily_periods,
    design_matrix,
    weekly_periods,
)
from tests.bench.false_positives import series_of, simulate, weekly_means
from tests.bench.steps import Grid, Stepped, intervention, stepped

RHO_GRID = 17
DRAWS = 5  # of 199 series each
LIMITS: dict[tuple[object, ...], float] = {}
LENGTHS = (90, 180, 365)
AFTER = {
    "none": lambda since, n: 0.0,
    "eight low days": lambda since, n: -2.0 * ((since >= 0) & (since < 8)),
    "fourteen low days": lambda since, n: -2.0 * ((since >= 0) & (since < 14)),
    "three low weeks": lambda since, n: -2.0 * ((since >= 0) & (since < 21)),
    "step of .6 sd": lambda since, n: 0.6 * (since >= 0),
    "step of 1 sd": lambda since, n: 1.0 * (since >= 0),
}
PROCESSES = (
    "AR(1) 0", "AR(1) .3", "AR(1) .7", "AR(1) .3 + noise", "wave of .5 sd", "wave of 1 sd",
    "level wanders by .03 a day", "level wanders by .1 a day", "eight low days", "step of 1 sd",
)  # fmt: skip


def drawn(n: int, process: str, runs: int, *, seed: int = 0) -> np.ndarray:
    """Days x runs of one process."""
    rng = np.random.default_rng([seed, n, 1])
    day = np.arange(n)[:, None]
    rho = {"AR(1) 0": 0.0, "AR(1) .7": 0.7}.get(process, 0.3)
    values = simulate(n, rho, process.endswith("noise"), runs, seed=seed)
    size = float(process.split("by ")[1].split()[0]) if "wanders" in process else 0.0
    values = values + np.cumsum(size * rng.normal(size=(n, runs)), axis=0)
    if process.startswith("wave"):
        height = float(process.split("of ")[1].split()[0])
        values += height * np.sin(2 * np.pi * (day / 365.25 + rng.uniform(size=runs)))
    return values + (AFTER[process](day - n // 2, n) if process in AFTER else 0.0)


def _read(values: np.ndarray, first: int = 0, like: LevelChange | None = None) -> LevelChange:
    """The change half-way as a study reads it; without the first days as the study reads these."""
    n, series = len(values), series_of(values)
    since = np.arange(n) - n // 2
    kept = np.where((since >= 0) & (since < first), 0.0, series.denominator)
    same = {"by": like.unit, "trend": "linear" if like.trend else "none"} if like else {}
    day = str(intervention(n))
    return level_change(replace(series, denominator=kept), intervention_date=day, **same)


def _alone(values: np.ndarray, change: LevelChange) -> bool:
    try:
        return first_days(change.straight, _read(values, FIRST_DAYS, change).effect).alone
    except CannotEstimate:
        return False


def first_days_cell(n: int, after: str, runs: int, *, seed: int = 0) -> dict[str, float]:
    """Shares of runs with a step, with the check failing, and with a step that is left."""
    values = drawn(n, after, runs, seed=seed)
    found, alone, _ = verdicts(values)
    shares = {"verdicts": found, "check": alone, "left": found & ~alone}
    return {name: float(share.mean()) for name, share in shares.items()}


def verdicts(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of every run (days x runs): a step at 5 %, the first days carry it alone, and which reading counts."""
    read = stepped(values, np.ones_like(values))
    chosen = which(read)
    whole, later = (steps(values, chosen == 0, first) for first in (0, FIRST_DAYS))
    return read.auto() < 0.05, carried_alone(whole, later, alpha=0.05), chosen


def which(read: Stepped) -> np.ndarray:
    """The reading of every run that counts: 0 by days, 1 by weeks, 2 by weeks beside a curve."""
    bent = read.curve.pvalue() >= read.week.pvalue()
    curved = 1 + (bent & (read.curve.estimate != read.week.estimate))
    return np.where(read.wanders, curved, np.where(read.clean, 0, 1))


def steps(values: np.ndarray, by_day: np.ndarray, first: int = 0) -> Steps:
    """The steps of every run (days x runs) beside a straight line, by days or weeks, without the first days.

    The same pieces as `level_change`, over many series at once (a test compares the two).
    """
    window = Window(intervention(len(values)))
    days = daily_periods(series_of(values[:, 0]), window)
    weeks = weekly_periods(days, window)
    trend = min(days.sides()) >= TREND_DAYS
    found = []
    for periods, y, length in ((days, values, 1), (weeks, weekly_means(values, days, weeks), 7)):
        used = (periods.time < 0) | (periods.time * length >= first)
        design, bounds = design_matrix(periods, trend=trend)[used], RHO_BOUNDS_OF_UNIT[periods.unit]
        fit = fit_ar1(y[used], design, periods.time[used], bounds=bounds)
        found.append(fit.contrast(np.eye(design.shape[1])[0]))
    return Steps(*(np.where(by_day, day, week) for day, week in zip(*found, strict=True)))


def placebo_cell(n: int, process: str, runs: int, *, seed: int = 0) -> dict[str, float]:
    """Shares of runs in which the model is refused, a step is found, and one is left with either check."""
    values = drawn(n, process, runs, seed=seed)
    found, alone, chosen = verdicts(values)
    fails = refused(values, chosen)
    left = found & ~fails & ~alone
    return {
        "fires": float(fails.mean()),
        "verdicts": float(found.mean()),
        "left": float(left.mean()),
    }


def refused(values: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Whether `placebo_test` refuses the model of each run, read as `which` says.

    Over many series at once: the critical value is that of series drawn at the nearest rho of a grid.
    """
    grid = Grid.of(len(values))
    means = weekly_means(values, grid.days, grid.weeks)
    readings = [(grid.days, values, grid.by_day), (grid.weeks, means, grid.by_week)]
    readings += [(grid.weeks, means, grid.by_curve if grid.by_curve is not None else grid.by_week)]
    found = [_refused(periods, y, design, grid.trend) for periods, y, design in readings]
    return np.choose(chosen, found)


def _refused(periods: Periods, y: np.ndarray, design: np.ndarray, trend: bool) -> np.ndarray:
    """The same of one reading of every run: what its model leaves is tested beside a straight line."""
    bounds = RHO_BOUNDS_OF_UNIT[periods.unit]
    left = y - design @ fit_ar1(y, design, periods.time, bounds=bounds).beta.T
    pre = periods.time < 0
    times = periods.time[pre] - periods.time[0]
    dates = tested._dates(times, periods.unit)
    if len(times) < tested.LEAST_PERIODS[periods.unit] or len(dates) < tested.LEAST_DATES:
        return np.zeros(y.shape[1], dtype=bool)
    line = design_matrix(periods, trend=trend)[pre][:, 1:]
    given = (line, (times[:, None] >= dates).astype(float), times, bounds)
    rho = fit_ar1(left[pre], given[0], times, bounds=bounds).rho
    grid = np.linspace(*bounds, RHO_GRID)
    nearest = np.abs(rho[:, None] - grid).argmin(axis=1)
    limits = np.full(RHO_GRID, np.inf)
    for k in np.unique(nearest):
        limits[k] = _limit(float(grid[k]), *given)
    return tested._mean_squares(left[pre], *given) >= limits[nearest]


def _limit(
    rho: float, design: np.ndarray, steps_: np.ndarray, times: np.ndarray, bounds: Bounds
) -> float:
    """What the statistic of a share `LEVEL` of series exceeds that are drawn at this rho."""
    key = (rho, design.shape, steps_.shape, bounds)
    if key not in LIMITS:
        fitted = SimpleNamespace(rho=rho, curvature=len(times) / (1 - min(rho**2, 0.99)))
        many = [tested._drawn(fitted, times, bounds, seed) for seed in range(DRAWS)]
        squares = tested._mean_squares(np.hstack(many), design, steps_, times, bounds)
        LIMITS[key] = float(np.quantile(squares, 1 - tested.LEVEL))
    return LIMITS[key]


def table(runs: int, day: str) -> str:
    """The Markdown page."""
    title, text = __doc__.split("\n\n", 1)
    versions = (
        f"Python {platform.python_version()}, numpy {np.__version__}, scipy {scipy.__version__}"
    )
    lines = ["# First days and placebo dates", "", f"{title}", "", text.strip(), ""]
    lines += [
        f"{runs} runs a cell of the first table, {runs // 2} of the second; {day}; {versions}.",
        "",
    ]
    lines += ["| after the change | n | step found | first days alone | left |", "|---" * 5 + "|"]
    for after, n in product(AFTER, LENGTHS):
        row = first_days_cell(n, after, runs)
        lines.append("| " + " | ".join([after, str(n), *(f"{v:.3f}" for v in row.values())]) + " |")
    lines += [
        "",
        "| process | n | model refused | step found | left with both checks |",
        "|---" * 5 + "|",
    ]
    for process, n in product(PROCESSES, LENGTHS):
        row = placebo_cell(n, process, runs // 2)
        lines.append(
            "| " + " | ".join([process, str(n), *(f"{v:.3f}" for v in row.values())]) + " |"
        )
    return "\n".join(lines) + "\n"
