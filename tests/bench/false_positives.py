"""How often the before/after method finds a step where there is none, and one that is there.

    python tests/bench/false_positives.py [--runs 5000] [--date 2024-07-01] [--out FILE.md]

Daily series with a weekday pattern and AR(1) errors of variance one, alone or with white noise of
the same variance on top; the change falls in the middle. Each row is one cell. "auto" is the
choice `level_change` makes; "steady" is the choice between days and weeks that it made before it
looked for a level that wanders. Days and weeks alone stand beside it, as does a daily model that also
lets the slope change. Coverage is that of a planted step and comes from fresh draws; power is for
a step of one standard deviation of a day.
"""

from __future__ import annotations

import argparse
import platform
from itertools import product
from pathlib import Path

import numpy as np
import scipy

from cs_lib.aggregates import Series
from cs_lib.methods.its.ar1 import fit_ar1
from cs_lib.methods.its.periods import Periods
from tests.bench.steps import START, Contrasts, Grid, stepped

LENGTHS = (60, 90, 180, 365)
RHOS = (0.0, 0.3, 0.5, 0.7)
WEEKDAY = np.array([0.8, 0.3, 0.0, 0.0, -0.2, -0.9, -0.6])
BARS = {False: (0.03, 0.08), True: (0.03, 0.09)}


def simulate(n: int, rho: float, noise: bool, runs: int, *, seed: int) -> np.ndarray:
    """Daily values, n x runs: weekday pattern, AR(1) of variance one, perhaps noise of one."""
    rng = np.random.default_rng([seed, n, int(100 * rho), noise])
    shocks = rng.normal(size=(n, runs))
    errors = np.empty_like(shocks)
    errors[0] = shocks[0]
    for day in range(1, n):
        errors[day] = rho * errors[day - 1] + np.sqrt(1 - rho**2) * shocks[day]
    extra = rng.normal(size=(n, runs)) if noise else 0.0
    return errors + extra + WEEKDAY[np.arange(n) % 7][:, None]


def series_of(values: np.ndarray) -> Series:
    """One run as the series that `level_change` takes."""
    return Series("simulated", START + np.arange(len(values)), values, np.ones(len(values)))


def weekly_means(values: np.ndarray, days: Periods, weeks: Periods) -> np.ndarray:
    """Means over whole weeks, weeks x runs."""
    week = np.floor_divide(days.time, 7)
    return np.stack([values[week == number].mean(axis=0) for number in weeks.time])


def pvalues(values: np.ndarray, step: float = 0.0, *, slope: bool = False) -> dict[str, np.ndarray]:
    """p-values of `step` as the null, for every run: automatic choice, days, weeks.

    The same pieces as `level_change`, over many series at once (a test compares the two).
    """
    found = stepped(values, np.ones_like(values))
    result = {"auto": found.auto(step), "day": found.day.pvalue(step)}
    result |= {"week": found.week.pvalue(step), "clean": found.clean & ~found.wanders}
    result["steady"] = found.steady(step)
    if slope:
        grid = Grid.of(len(values))
        bend = grid.days.post * grid.days.time / len(values)
        fit = fit_ar1(values, np.column_stack([grid.by_day, bend]), grid.days.time)
        result["slope"] = Contrasts.of(fit).pvalue(step)
    return result


def cell(n: int, rho: float, noise: bool, runs: int, *, seed: int = 0) -> dict[str, float]:
    """Every figure of one row of the table."""
    null = pvalues(simulate(n, rho, noise, runs, seed=seed), slope=True)
    fresh = simulate(n, rho, noise, runs, seed=seed + 1)
    size = np.sqrt(2.0) if noise else 1.0
    fresh[n // 2 :] += size
    covered, found = pvalues(fresh, size), pvalues(fresh)
    names = ("auto", "steady", "day", "week", "slope")
    row = {name: float((null[name] < 0.05).mean()) for name in names}
    row["chose_days"] = float(null["clean"].mean())
    row["coverage"] = float((covered["auto"] >= 0.05).mean())
    row |= {f"power_{name}": float((found[name] < 0.05).mean()) for name in names[:4]}
    return row


def holds(row: dict[str, float], noise: bool) -> bool:
    """Whether the automatic choice meets the bars."""
    low, high = BARS[noise]
    return low <= row["auto"] <= high and 0.93 <= row["coverage"] <= 0.97


def table(runs: int, day: str) -> str:
    """The Markdown page."""
    heads = [
        "errors",
        "n",
        "rho",
        "**auto**",
        "steady",
        "days",
        "weeks",
        "days, slope",
        "chose days",
    ]
    heads += ["coverage", "power auto", "power steady", "power days", "power weeks", "bars"]
    lines = ["# False positives of the before/after step", "", __doc__.split("\n\n", 2)[2].strip()]
    versions = f"Python {platform.python_version()}, numpy {np.__version__}, scipy"
    lines += ["", f"{runs} runs a cell; {day}; {versions} {scipy.__version__}.", ""]
    lines += ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    for noise, n, rho in product((False, True), LENGTHS, RHOS):
        row = cell(n, rho, noise, runs)
        label = "AR(1) + noise" if noise else "AR(1)"
        figures = [f"{value:.3f}" for value in row.values()]
        verdict = "hold" if holds(row, noise) else "MISSED"
        lines.append("| " + " | ".join([label, str(n), str(rho), *figures, verdict]) + " |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Print the table, or write it."""
    parser = argparse.ArgumentParser(description="False-positive table of the before/after step.")
    parser.add_argument("--runs", type=int, default=5000)
    parser.add_argument("--date", default="undated")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    page = table(options.runs, options.date)
    if options.out:
        options.out.write_text(page, encoding="utf-8")
    else:
        print(page)


if __name__ == "__main__":
    main()
