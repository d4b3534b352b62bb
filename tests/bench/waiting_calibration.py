"""How often tests of waiting times see a change that is not there, when days and not contacts vary.

Contacts of a day share a factor on their waiting time: log-normal, AR(1) from day to day with the
rho and standard deviation given (0: contacts are independent). Times are exponential with a mean of
a day and a half, followed for 14 days. The change lies half-way. Each column is the share of runs
that reject at 5 % without any change: the log-rank test with contacts taken as independent and by
days (`waiting_by_day`), the plain step in the daily restricted mean, the interval of the hazard
ratio that leaves 1 out, with contacts as independent and by days; then how often the hazard ratio
is withheld though the hazards are proportional within every day, the mean design effect, and the
share of runs in which the log-rank test by days finds waiting times a third shorter.
"""

from __future__ import annotations

import platform
from collections.abc import Iterator

import numpy as np

from cs_lib.aggregates import DayDurations, Series
from cs_lib.methods.its.periods import DAYS_PER_WEEK
from cs_lib.methods.survival.by_day import cohorts, waiting_by_day
from cs_lib.methods.survival.hazards import hazard_ratio
from cs_lib.metrics.queries.per_day import STEPS

HORIZON = 14 * 86_400.0
MEAN = 1.5 * 86_400.0
FIRST = np.datetime64("2026-01-01")
OPEN = 10_000  # step of the grid for those still open
CELLS = [
    (days, rho, sd, cases)
    for days in (12 * DAYS_PER_WEEK, 26 * DAYS_PER_WEEK)
    for rho, sd in ((0.0, 0.0), (0.5, 0.3), (0.7, 0.3))
    for cases in (10, 60)
]
COLUMNS = (
    "log-rank, contacts", "log-rank, days", "mean, days", "hazard ratio, contacts", "hazard ratio, days",
    "withheld", "design effect", "power",
)  # fmt: skip


def draw(
    rng: np.random.Generator, days: int, rho: float, sd: float, cases: int, *, shorter: float = 1.0
) -> tuple[Series, DayDurations, str]:
    """A daily mean, its duration counts, and the day of the change, from which times are `shorter` as long."""
    shocks = rng.normal(size=days)
    course = shocks.copy()
    for t in range(1, days):
        course[t] = rho * course[t - 1] + np.sqrt(1 - rho**2) * shocks[t]
    day = np.repeat(np.arange(days), np.maximum(rng.poisson(cases, days), 1))
    seconds = np.exp(sd * course[day]) * rng.exponential(MEAN, len(day))
    seconds *= np.where(day >= days // 2, shorter, 1.0)
    ended = seconds < HORIZON
    step = np.where(ended, np.ceil(STEPS * np.log(np.maximum(seconds / 60, 1))), OPEN).astype(int)
    key, count = np.unique(day * (OPEN + 1) + step, return_counts=True)
    place, step = key // (OPEN + 1), key % (OPEN + 1)
    times = np.minimum(60 * np.exp(np.minimum(step, OPEN / 10) / STEPS), HORIZON)
    dates = FIRST + np.arange(days)
    waits = DayDurations(dates[place], np.where(step == OPEN, HORIZON, times), step != OPEN, count)
    above = np.bincount(day, np.minimum(seconds, HORIZON) / 3600, days)
    mean = Series("resolution_hours", dates, above, np.bincount(day, minlength=days).astype(float))
    return mean, waits, str(dates[days // 2])


def run(rng: np.random.Generator, cell: tuple[int, float, float, int]) -> Iterator[float]:
    """One simulated study: the columns of the table."""
    mean, waits, change = draw(rng, *cell)
    found = waiting_by_day(mean, waits, intervention_date=change)
    plain = hazard_ratio(*cohorts(waits, intervention_date=change))
    assert found.hazard is not None
    yield found.log_rank.pvalue < 0.05
    yield found.pvalue < 0.05
    yield found.restricted.pvalue < 0.05
    yield not plain.ci_low < 1 < plain.ci_high
    yield not found.hazard.ci_low < 1 < found.hazard.ci_high
    yield not plain.usable
    yield found.design_effect
    mean, waits, change = draw(rng, *cell, shorter=2 / 3)
    yield waiting_by_day(mean, waits, intervention_date=change).pvalue < 0.05


def measure(cell: tuple[int, float, float, int], runs: int, *, seed: int) -> np.ndarray:
    """Means of the columns over the runs."""
    rng = np.random.default_rng([seed, 3])
    return np.array([list(run(rng, cell)) for _ in range(runs)]).mean(axis=0)


def table(runs: int, day: str) -> str:
    """The Markdown page."""
    lines = ["# Calibration of waiting times", "", (__doc__ or "").split("\n\n", 1)[1].strip(), ""]
    lines += [
        f"{runs} runs a row; {day}; Python {platform.python_version()}, numpy {np.__version__}.",
        "",
    ]
    lines += [f"| days | rho | sd | cases a day | {' | '.join(COLUMNS)} |"]
    lines += ["|---" * (len(COLUMNS) + 4) + "|"]
    for seed, cell in enumerate(CELLS):
        found = measure(cell, runs, seed=seed)
        numbers = " | ".join(f"{value:.3f}" if value < 1.05 else f"{value:.1f}" for value in found)
        lines.append(f"| {' | '.join(str(part) for part in cell)} | {numbers} |")
    return "\n".join(lines) + "\n"
