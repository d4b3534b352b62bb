"""Weekends worked in exchange for a holiday: what to do with them.

A year of daily values, AR(1) errors of correlation .3 and variance one, changed half-way on 16 February
2026. China's calendar of 2025 and 2026: on public holidays values are two standard deviations low, and on
weekends worked in exchange they are those of a weekday instead of 1.5 below it. Holidays have their term in
the model. A row says how the worked weekends were read: as weekends like others, as holidays (one term for
both), as days without a value (`left out`, as a study with `design.calendar` reads them), or as if there
were none. Bias is
the mean of the step found where there is none, in standard deviations; false is the share of steps found at
the 5 % level.
"""

from __future__ import annotations

import platform

import numpy as np
import scipy

from cs_lib.aggregates import Series
from cs_lib.methods.its.ar1 import fit_ar1
from cs_lib.methods.its.periods import Window, daily_periods, design_matrix
from cs_lib.methods.tails import t_two_sided
from cs_lib.params.days.public_days import public_days
from tests.bench.steps import autocorrelated

CHANGE = np.datetime64("2026-02-16")
SIDES = (45, 90, 182)
PATTERN = np.array([0.0, 0.0, 0.0, 0.0, 0.0, -1.5, -1.5])  # Monday first
LOW = -2.0
WAYS = ("as weekends", "as holidays", "left out", "there are none")


def cell(side: int, way: str, runs: int, *, seed: int = 0) -> tuple[float, float]:
    """Bias of the step and share of false alarms, so many days on a side."""
    days = CHANGE + np.arange(-side, side)
    found = public_days("CN", 2025, 2026)
    off, worked = (np.isin(days, np.array(d, "datetime64[D]")) for d in (found.off, found.worked))
    weekday = (days.astype(np.int64) + 3) % 7
    level = PATTERN[weekday] + LOW * off
    if way != "there are none":
        level[worked] = 0.0
    values = level[:, None] + autocorrelated(
        np.random.default_rng([seed, side]), (2 * side, runs), 0.3
    )
    named = off | worked if way == "as holidays" else off
    window = Window(CHANGE, 0, tuple(days[named]))
    periods = daily_periods(Series("simulated", days, values[:, 0], np.ones(len(days))), window)
    used = ~worked if way == "left out" else np.ones(len(days), dtype=bool)
    design = design_matrix(periods, trend=True)[used]
    fit = fit_ar1(values[used], design, periods.time[used])
    step, se, df = fit.contrast(np.eye(design.shape[1])[0])
    return float(step.mean()), float((t_two_sided(step / se, df) < 0.05).mean())


def table(runs: int, day: str) -> str:
    """The Markdown page."""
    title, text = __doc__.split("\n\n", 1)
    versions = (
        f"Python {platform.python_version()}, numpy {np.__version__}, scipy {scipy.__version__}"
    )
    lines = ["# Holidays", "", title, "", text.strip(), ""]
    lines += [
        f"{runs} runs a cell; {day}; {versions}, holidays {public_days('CN', 2026, 2026).version}."
    ]
    lines += ["", "| days a side | worked weekends | bias | false |", "|---" * 4 + "|"]
    for side in SIDES:
        for way in WAYS:
            bias, false = cell(side, way, runs)
            lines.append(f"| {side} | {way} | {bias:+.3f} | {false:.3f} |")
    return "\n".join(lines) + "\n"
