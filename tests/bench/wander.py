"""How often a step is seen where none is, on processes that the days-or-weeks choice was not set on.

    python -m tests.bench --only wander [--runs 1500]

Daily noise of variance one and a weekday pattern unless the row says otherwise; the change falls
half-way in the first table, elsewhere in the second. "days or weeks" is the choice that `level_change` made before it
looked for a level that wanders; "now" is the one it makes. "waves" is how often slow waves explain
more than chance would, so that weeks are read beside a line and beside a curve; "drift" how often, of the
rest, a slow drift would move the step by more than its standard error, so that it is read without
and with one. The bar is .08 for false alarms of "now" at 90, 180 and 365 days; longer rows are shown and not
held to it. Power is that of a step of one standard deviation of the AR(1), where there is one. A wave has a
phase drawn by lot. Where no trend fits, because a side has fewer than 28 days, the drift is a straight line.
"""

from __future__ import annotations

import platform
from collections.abc import Callable
from itertools import product

import numpy as np
import scipy
from scipy.signal import lfilter
from scipy.special import gamma

from tests.bench.steps import Stepped, autocorrelated, stepped

WEEKDAY = np.array([0.8, 0.3, 0.0, 0.0, -0.2, -0.9, -0.6])
LENGTHS = (90, 180, 365)
BAR = 0.08
BURN_IN = 2000
Draw = Callable[[np.random.Generator, int, int], np.ndarray]


def regression(*weights: float) -> Draw:
    """An autoregression with these weights of the days before, of variance one."""
    past = np.r_[1.0, -np.array(weights)]
    spread = np.sqrt((lfilter([1.0], past, np.eye(1, 20_000)[0]) ** 2).sum())

    def draw(rng: np.random.Generator, n: int, runs: int) -> np.ndarray:
        shocks = rng.normal(size=(n + BURN_IN, runs))
        return lfilter([1.0], past, shocks, axis=0)[BURN_IN:] / spread

    return draw


def plus_noise(rho: float, share: float = 0.5, size: float = 2.0) -> Draw:
    """AR(1) with noise on top: variance `size`, of which `share` is AR(1)."""
    slow = regression(rho)

    def draw(rng: np.random.Generator, n: int, runs: int) -> np.ndarray:
        noise = rng.normal(size=(n, runs))
        return np.sqrt(size * share) * slow(rng, n, runs) + np.sqrt(size * (1 - share)) * noise

    return draw


def year(size: float) -> Draw:
    """AR(1) .3 on a wave of one year with this amplitude."""

    def draw(rng: np.random.Generator, n: int, runs: int) -> np.ndarray:
        phase = rng.uniform(0, 2 * np.pi, runs)
        wave = size * np.sin(2 * np.pi * np.arange(n)[:, None] / 365.25 + phase)
        return wave + autocorrelated(rng, (n, runs), 0.3)

    return draw


def walk(size: float) -> Draw:
    """AR(1) .3 on a level that moves by this much a day, up or down."""

    def draw(rng: np.random.Generator, n: int, runs: int) -> np.ndarray:
        return np.cumsum(size * rng.normal(size=(n, runs)), 0) + regression(0.3)(rng, n, runs)

    return draw


def long_memory(d: float) -> Draw:
    """Fractionally integrated noise of variance one."""
    past = np.arange(1, BURN_IN)
    weights = np.r_[1.0, np.cumprod((past - 1 + d) / past)]
    spread = np.sqrt(gamma(1 - 2 * d)) / gamma(1 - d)

    def draw(rng: np.random.Generator, n: int, runs: int) -> np.ndarray:
        shocks = rng.normal(size=(n + BURN_IN, runs))
        mixed = scipy.signal.fftconvolve(shocks, weights[:, None], axes=0)
        return mixed[BURN_IN : BURN_IN + n] / spread

    return draw


def backlog(rng: np.random.Generator, n: int, runs: int) -> np.ndarray:
    """The log of what is left over each day when 97 contacts come and 100 can be answered."""
    left, rows = np.zeros(runs), []
    for come in rng.poisson(97.0, size=(n + BURN_IN // 2, runs)):
        left = np.maximum(left + come - 100, 0)
        rows.append(np.log1p(left / 20))
    values = np.array(rows[-n:])
    return (values - values.mean()) / values.std()


PROCESSES: dict[str, Draw] = {
    **{f"AR(1) {rho}": regression(rho) for rho in (0.0, 0.3, 0.5, 0.7, 0.9)},
    **{f"AR(1) {rho} + noise": plus_noise(rho) for rho in (0.3, 0.5, 0.7)},
    **{f"a year's wave of {size} sd": year(size) for size in (0.5, 1, 2)},
    **{f"level moves by {size} a day": walk(size) for size in (0.03, 0.1)},
    **{f"long memory, d {d}": long_memory(d) for d in (0.2, 0.3, 0.4)},
    "AR(2) .4, .3": regression(0.4, 0.3),
    "AR(2) .6, .25": regression(0.6, 0.25),
    "a backlog that is worked off": backlog,
    "a backlog that feeds itself": plus_noise(0.92, 0.7, 1.0),
    "lag 1 .3, lag 7 .4": regression(0.3, 0, 0, 0, 0, 0, 0.4),
    "lag 1 .2, lag 7 .6": regression(0.2, 0, 0, 0, 0, 0, 0.6),
    "noise on a slow AR(1) .95": plus_noise(0.95, 0.3, 1.0),
    "noise on a slow AR(1) .98": plus_noise(0.98, 0.3, 1.0),
}
# Processes off the middle; days with the day of the change there.
UNEVEN = (
    "AR(1) 0.3",
    "AR(1) 0.7",
    "a year's wave of 0.5 sd",
    "a year's wave of 1 sd",
    "a year's wave of 2 sd",
    "level moves by 0.1 a day",
)
AT = (
    *((90, 22), (90, 30), (90, 60), (90, 68), (180, 45), (180, 60), (180, 120), (180, 135)),
    *((365, 91), (365, 122), (365, 243), (365, 274), (730, 365), (1095, 548)),
)


def read(process: str, n: int, runs: int, *, seed: int = 0, at: int | None = None) -> Stepped:
    """So many series without a change, read every way."""
    rng = np.random.default_rng([seed, n, list(PROCESSES).index(process)])
    values = PROCESSES[process](rng, n, runs) + WEEKDAY[np.arange(n) % 7][:, None]
    return stepped(values, np.ones_like(values), at=at)


def measure(
    process: str, n: int, runs: int, *, seed: int = 0, at: int | None = None
) -> dict[str, float]:
    """Every figure of one row."""
    found = read(process, n, runs, seed=seed, at=at)
    row = {
        "before": float((found.steady() < 0.05).mean()),
        "now": float((found.auto() < 0.05).mean()),
        "waves": float(found.wanders.mean()),
        "drift": float((found.drifts & ~found.wanders).mean()),
    }
    planted = found.moved(1.0)
    row["covered"] = float((planted.auto(1.0) >= 0.05).mean())
    row["power before"] = float((planted.steady() < 0.05).mean())
    row["power now"] = float((planted.auto() < 0.05).mean())
    return row


def table(runs: int, day: str) -> str:
    """The Markdown page."""
    heads = [
        "process",
        "n",
        "changed on day",
        "days or weeks",
        "**now**",
        "waves",
        "drift",
        "coverage of one sd",
    ]
    heads += ["power, days or weeks", "power now", "bar"]
    versions = f"Python {platform.python_version()}, numpy {np.__version__}, scipy"
    lines = ["# Steps where the level moves by itself", ""]
    lines += [(__doc__ or "").split("\n\n", 2)[2].strip(), ""]
    fewer = max(1, 2 * runs // 5)
    lines += [
        f"{runs} runs a cell of the first table, {fewer} of the second; {day}; {versions} {scipy.__version__}.",
        "",
    ]
    head = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    lines += head
    for process, n in product(PROCESSES, LENGTHS):
        lines.append(_line(process, n, n // 2, measure(process, n, runs)))
    lines += ["", *head]
    for process, (n, at) in product(UNEVEN, AT):
        lines.append(_line(process, n, at, measure(process, n, fewer, at=at)))
    return "\n".join(lines) + "\n"


def _line(process: str, n: int, at: int, row: dict[str, float]) -> str:
    verdict = "holds" if row["now"] <= BAR else "MISSED"
    verdict = verdict if n in LENGTHS else "–"
    figures = [f"{value:.3f}" for value in row.values()]
    return "| " + " | ".join([process, str(n), str(at), *figures, verdict]) + " |"
