"""The smallest step that a before/after study finds, by its length and autocorrelation.

Daily values with a weekday pattern and AR(1) errors of variance one; the change falls half-way.
Steps are in standard deviations of a day, found with 80 % power at the two-sided 5 % level. "known"
is generalised least squares with the errors known and normal quantiles: the least any method can do.
"days" is the daily model of `level_change`, "auto" its own choice between days and weeks, each by
formula and by simulation; above without a trend, below with the common trend that the notebook fits.
"""

from __future__ import annotations

import platform
from dataclasses import replace
from datetime import date
from itertools import product

import numpy as np
import scipy

from cs_lib.aggregates import Series, TeamPanel
from cs_lib.methods.its.noise import Noise, fit_noise
from cs_lib.methods.its.periods import Window
from cs_lib.methods.power.did import Schedule, placebo_rollouts, rollout_precision
from cs_lib.methods.power.its import Shares, expected, simulate_steps
from cs_lib.methods.power.timeline import Past, Timeline, timeline
from cs_lib.methods.tails import normal_quantile

# Days of a study, rho: step in daily standard deviations, as stated for known errors.
REFERENCE = {
    84: {0.0: 0.61, 0.3: 0.82, 0.5: 1.00, 0.7: 1.23},
    182: {0.0: 0.42, 0.3: 0.56, 0.5: 0.70, 0.7: 0.90},
    364: {0.0: 0.29, 0.3: 0.40, 0.5: 0.50, 0.7: 0.67},
}
START = date(2026, 1, 1)
POWER, ALPHA = 0.8, 0.05


def study(days: int, rho: float, *, trend: bool = False) -> tuple[Timeline, Past]:
    """A study of so many days, half of them before the change, and the errors it has."""
    before = np.datetime64(START) - days // 2 + np.arange(days // 2)
    ones = np.ones(len(before))
    series = Series("simulated", before, ones, ones)
    noise = Noise(rho, 1.0, 1.0, len(before))
    past = Past(series, Window.of(START), False, noise, 0.0, np.zeros(7), 1.0, len(before))
    line = timeline(past, START, weeks_before=days // 14, weeks_after=days // 14)
    return replace(line, trend=trend), past


def known_errors(days: int, rho: float) -> float:
    """The smallest step when the errors are known."""
    line, past = study(days, rho)
    sd = expected(replace(line, weeks=None), past, shares=Shares(0.0)).day.sd
    return (normal_quantile(1 - ALPHA / 2) + normal_quantile(POWER)) * sd


def cell(days: int, rho: float, runs: int, *, trend: bool) -> dict[str, float]:
    """Every figure of one row."""
    line, past = study(days, rho, trend=trend)
    by_day = replace(line, weeks=None)
    auto = simulate_steps(line, past, runs=runs, seed=days)
    days_only = simulate_steps(by_day, past, runs=runs, seed=days + 1)
    return {
        "days, formula": expected(by_day, past, shares=Shares(0.0)).smallest(POWER, ALPHA),
        "days, simulated": days_only.smallest(POWER, ALPHA),
        "auto, formula": expected(line, past, shares=auto.shares).smallest(POWER, ALPHA),
        "auto, simulated": auto.smallest(POWER, ALPHA),
        "false alarms": auto.power(0.0, ALPHA),
        "by weeks": auto.shares.by_week,
        "level seen to wander": auto.shares.wandering,
    }


def rollout_cell(teams: int, way: Schedule, rho: float, runs: int) -> dict[str, float]:
    """Placebo roll-outs on simulated histories: what they find, beside the formula."""
    noise, weeks, known = Noise(rho, 1.0, 1.0, 1), 8, 26
    rng = np.random.default_rng([teams, int(10 * rho), len(way.sizes)])
    change = 2.8 * rollout_precision(noise, way, before=13, weeks=weeks).sd
    periods = np.datetime64("2025-07-03") + 7 * np.arange(known)
    none = np.full(teams, np.datetime64("NaT"), dtype="datetime64[D]")
    rates = []
    for _ in range(runs):
        value = noise.draw(np.ones(known), teams, rng).T
        panel = TeamPanel("m", np.arange(teams).astype(str), periods, value, np.ones_like(value), none)  # fmt: skip
        found = placebo_rollouts(panel, noise, way, change=change, alpha=ALPHA, weeks=weeks)
        assert found is not None
        rates.append((found.expected, found.found, found.false_alarms))
    mean, spread = np.mean(rates, axis=0), np.std(rates, axis=0)
    return {
        "found, formula": float(mean[0]),
        "found, placebos": float(mean[1]),
        "sd between histories": float(spread[1]),
        "false alarms": float(mean[2]),
    }


def error_cell(rho: float, share: float, days: int, runs: int) -> dict[str, float]:
    """How well a history tells its errors: medians of what is fitted."""
    rng, times = np.random.default_rng([days, int(100 * rho), int(100 * share)]), np.arange(days)
    design = np.column_stack([np.ones(days), times / days])
    truth = Noise(rho, share, 1.0, days)
    same = np.ones(days)
    drawn = (truth.draw(same, 1, rng) for _ in range(runs))
    found = [fit_noise(errors, design, times, same) for errors in drawn]
    return {
        "rho": float(np.median([f.rho for f in found])),
        "share": float(np.median([f.share for f in found])),
        "standard deviation": float(np.median([f.sd for f in found])),
        "noise taken in": float(np.mean([f.share < 1 for f in found])),
    }


def table(runs: int, day: str) -> str:
    """The Markdown page."""
    lines = ["# What a planned before/after study finds", "", __doc__.split("\n\n", 1)[1].strip()]
    versions = f"Python {platform.python_version()}, numpy {np.__version__}, scipy"
    lines += ["", f"{runs} runs a cell; {day}; {versions} {scipy.__version__}.", ""]
    for trend in (False, True):
        lines += ["## With a common trend" if trend else "## Without a trend", ""]
        rows = []
        for days, rho in product(REFERENCE, REFERENCE[84]):
            row = {"stated": REFERENCE[days][rho], "known": known_errors(days, rho)}
            row = {} if trend else row
            rows.append(([str(days), str(rho)], row | cell(days, rho, runs, trend=trend)))
        lines += _grid(["days", "rho"], rows)
    lines += ["## Roll-outs: placebo roll-outs on simulated histories of 26 weeks", ""]
    ways = [(8, Schedule((4,), (0,), 8)), (8, Schedule((2, 2), (0, 3), 8)),
            (12, Schedule((3,), (0,), 12)), (12, Schedule((3, 3, 3), (0, 2, 4), 12))]  # fmt: skip
    rows = [
        ([str(n), " + ".join(map(str, way.sizes)), str(rho)], rollout_cell(n, way, rho, runs // 5))
        for (n, way), rho in product(ways, (0.0, 0.5))
    ]
    lines += _grid(["teams", "changed", "rho"], rows)
    lines += ["## How well a history tells its errors", ""]
    errors = ((0.0, 1.0), (0.5, 1.0), (0.7, 0.5), (0.9, 0.4))
    rows = [
        ([str(days), str(rho), str(share)], error_cell(rho, share, days, runs // 5))
        for (rho, share), days in product(errors, (84, 182))
    ]
    lines += _grid(["days", "true rho", "true share"], rows)
    return "\n".join(lines).rstrip() + "\n"


def _grid(heads: list[str], rows: list[tuple[list[str], dict[str, float]]]) -> list[str]:
    names = [*heads, *rows[0][1]]
    lines = ["| " + " | ".join(names) + " |", "|---" * len(names) + "|"]
    for first, row in rows:
        figures = [f"{value:.3f}" if value < 0.1 else f"{value:.2f}" for value in row.values()]
        lines.append("| " + " | ".join([*first, *figures]) + " |")
    return [*lines, ""]
