"""Several, reversible and growing changes: one model against a plain step.

A year of days, AR(1) errors with rho 0.4 and shocks of standard deviation 1.5, the studied change in
the middle. Each series is read twice by the settings of a study, days or weeks chosen as ever: as a
plain step, and by the model that says what happened. `covered` is the share of 95 % intervals that
hold the planted mean effect while it was on, `better` the share that find an improvement.
"""

from __future__ import annotations

import platform
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy

from cs_lib.aggregates import Series
from cs_lib.experiment.before_after.series import step
from cs_lib.metrics import CATALOGUE
from cs_lib.params import BeforeAfter
from cs_lib.results import Effect

METRIC, CHANGE = "resolution_hours", np.datetime64("2026-03-02")
DAYS = np.arange(CHANGE - 182, CHANGE + 182)
RHO, SPREAD, CASES, LEVEL = 0.4, 1.5, 40.0, 30.0


@dataclass(frozen=True, slots=True)
class Cell:
    """What happened: the course without noise, the studied change's mean effect, and the settings."""

    name: str
    course: np.ndarray
    truth: float
    design: dict[str, Any] = field(default_factory=dict)


def on(first: str, last: str = "9999-01-01") -> np.ndarray:
    """1 on the days between two days, 0 otherwise."""
    return ((np.datetime64(first) <= DAYS) & (np.datetime64(last) >= DAYS)).astype(float)


def cells() -> list[Cell]:
    """The rows of the table."""
    ours = on(str(CHANGE))
    before = {"also": [{"name": "other", "day": "2026-02-16"}]}
    after = {"also": [{"name": "other", "day": "2026-03-16"}]}
    off = ["2026-04-27", "2026-06-21"]
    weeks = np.maximum((DAYS - CHANGE).astype(float), 0) / 7
    grows = -ours - 0.1 * weeks
    return [
        Cell("nothing; another, −4, two weeks before", -4 * on("2026-02-16"), 0.0, before),
        Cell("−4; another, +6, two weeks after", -4 * ours + 6 * on("2026-03-16"), -4.0, after),
        Cell("−2, off for eight weeks", -2 * (ours - on(*off)), -2.0, {"off_periods": [off]}),
        Cell("nothing, off for eight weeks", 0 * ours, 0.0, {"off_periods": [off]}),
        Cell("−1 and −0.1 a week", grows, float(grows[ours > 0].mean()), {"shape": "slope"}),
    ]


def measure(cell: Cell, runs: int, *, seed: int) -> tuple[float, float, float, float]:
    """Covered and better, as a plain step and by the model of the settings."""
    plans, rng = (_study({}), _study(cell.design)), np.random.default_rng(seed)
    found = []
    for _ in range(runs):
        series = _series(cell.course, rng)
        effects = [step(series, plan, {METRIC: CATALOGUE[METRIC]}).effect for plan in plans]
        found.append(
            [share for e in effects for share in (_holds(e, cell.truth), e.effect_ci_high < 0)]
        )
    plain_covered, plain_better, covered, better = np.mean(found, axis=0).tolist()
    return plain_covered, plain_better, covered, better


def _holds(effect: Effect, truth: float) -> bool:
    return effect.effect_ci_low <= truth <= effect.effect_ci_high


def _series(course: np.ndarray, rng: np.random.Generator) -> Series:
    shocks = rng.normal(0, SPREAD, len(DAYS) + 100)
    noise = np.zeros(len(shocks))
    for i in range(1, len(shocks)):
        noise[i] = RHO * noise[i - 1] + shocks[i]
    below = np.full(len(DAYS), CASES)
    return Series(METRIC, DAYS, (LEVEL + noise[100:] + course) * below, below)


def _study(design: dict[str, Any]) -> BeforeAfter:
    return BeforeAfter.model_validate(
        {
            "study": "bench",
            "notebook": "before_after",
            "question": "Did the change do anything?",
            "as_of": "2027-01-01",
            "source": "demo",
            "design": {
                "intervention_date": str(CHANGE),
                "pre_period": [str(DAYS[0]), str(CHANGE - 1)],
                "post_period": [str(CHANGE), str(DAYS[-1])],
                **design,
            },
            "measure": {"primary_metric": METRIC},
            "rule": {"min_effect": 1},
        }
    )


def table(runs: int, day: str) -> str:
    """The Markdown page."""
    versions = f"Python {platform.python_version()}, numpy {np.__version__}, scipy"
    lines = ["# Several changes in one series", "", (__doc__ or "").split("\n\n", 1)[1].strip()]
    lines += ["", f"{runs} runs a row; {day}; {versions} {scipy.__version__}.", ""]
    lines += [
        "| planted | plain step: covered | better | its own model: covered | better |",
        "|---" * 5 + "|",
    ]
    for seed, cell in enumerate(cells()):
        shares = " | ".join(f"{share:.3f}" for share in measure(cell, runs, seed=seed))
        lines.append(f"| {cell.name} | {shares} |")
    return "\n".join(lines) + "\n"
