"""What the years before a study's days are worth to a step, and whether it is seen where none is.

    python -m tests.bench --only history [--runs 300]

The processes of wander.md, and histories with a fault or a season that does not keep: three years are drawn before
a study of n days, and the last two or all three of them are handed to `season_of`. "told" is how often they tell a
season, which is then taken out; elsewhere nothing differs. "without" is the choice of `level_change` without the
history, "with" the one with it: false alarms, and power for a step of one standard deviation of the AR(1). The bar is
.08 for false alarms of "with". Less than two years tell no season and change nothing.

A wave has a phase drawn by lot. "size", "phase": the wave of each year has a size of its own, from none to twice, or a
shift of its own, about a month; "fades", "grows": it goes from full to nothing over all days, or the other way;
"peak": six weeks a year; "half-years": a wave of half a year on top; "stops", "begins": the season ends, or begins,
with the study. A step, or an outage of two weeks four standard deviations low, has a day by lot in the history; a gap
has 45 days.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Sequence
from itertools import product

import numpy as np
import scipy

from cs_lib.methods.its.periods import Periods
from cs_lib.methods.its.season import Waves, read_waves
from tests.bench.steps import START, Stepped, autocorrelated, stepped
from tests.bench.wander import BAR, LENGTHS, PROCESSES, UNEVEN, WEEKDAY, Draw

YEARS = (730, 1095)
# Days with the day of a change at a quarter or at three.
NEAR_AN_END = ((365, 91), (365, 274))
LONGEST = 1095
# A wave and what it does in each year; the days before the study, the study from day LONGEST on.
Shape = Callable[[np.random.Generator, np.ndarray, np.ndarray], np.ndarray]


def _size(rng: np.random.Generator, days: np.ndarray, phase: np.ndarray) -> np.ndarray:
    sizes = rng.uniform(0, 2, size=(int(days.max()) // 365 + 1, len(phase)))
    return sizes[days[:, 0] // 365] * np.sin(_turn(days) + phase)


def _phase(rng: np.random.Generator, days: np.ndarray, phase: np.ndarray) -> np.ndarray:
    shifts = rng.normal(0, 0.5, size=(int(days.max()) // 365 + 1, len(phase)))
    return np.sin(_turn(days) + phase + shifts[days[:, 0] // 365])


def _peak(rng: np.random.Generator, days: np.ndarray, phase: np.ndarray) -> np.ndarray:
    place = (days + phase / (2 * np.pi) * 365.25) % 365.25
    return 2 * np.exp(-0.5 * ((place - 180) / 15) ** 2)


def _turn(days: np.ndarray) -> np.ndarray:
    return 2 * np.pi * days / 365.25


SHAPES: dict[str, Shape] = {
    "size": _size,
    "phase": _phase,
    "fades": lambda rng, days, phase: (1 - days / days.max()) * np.sin(_turn(days) + phase),
    "grows": lambda rng, days, phase: days / days.max() * np.sin(_turn(days) + phase),
    "peak": _peak,
    "half-years": lambda rng, days, phase: (
        np.sin(_turn(days) + phase) + 0.5 * np.sin(2 * _turn(days) + 3 * phase)
    ),
    "stops": lambda rng, days, phase: (days < LONGEST) * np.sin(_turn(days) + phase),
    "begins": lambda rng, days, phase: (days >= LONGEST) * np.sin(_turn(days) + phase),
}


def waved(size: float, shape: str, errors: str = "AR(1) 0.3") -> Draw:
    """Errors on a wave of one year that does not keep."""

    def draw(rng: np.random.Generator, n: int, runs: int) -> np.ndarray:
        phase = rng.uniform(0, 2 * np.pi, runs)
        return size * SHAPES[shape](rng, np.arange(n)[:, None], phase) + PROCESSES[errors](
            rng, n, runs
        )

    return draw


def on(errors: str) -> Draw:
    """Errors on a wave of one standard deviation that keeps."""

    def draw(rng: np.random.Generator, n: int, runs: int) -> np.ndarray:
        wave = np.sin(_turn(np.arange(n)[:, None]) + rng.uniform(0, 2 * np.pi, runs))
        return wave + PROCESSES[errors](rng, n, runs)

    return draw


def faulty(fault: str, errors: str) -> Draw:
    """A history with a fault in its last two years: a step, an outage, or rougher days."""

    def draw(rng: np.random.Generator, n: int, runs: int) -> np.ndarray:
        days, values = np.arange(n)[:, None], PROCESSES[errors](rng, n, runs)
        first = rng.integers(LONGEST - 700, LONGEST - 30, runs)
        if fault == "step":
            return values + (days >= first)
        if fault == "outage":
            return values - 4.0 * ((days >= first) & (days < first + 14))
        values[:LONGEST] += autocorrelated(rng, (LONGEST, runs), 0.8)
        return values

    return draw


WAVE = "a year's wave of 1 sd"
MORE: dict[str, Draw] = {
    **{f"wave of 1 sd, {shape}": waved(1.0, shape) for shape in SHAPES},
    **{f"wave of 0.5 sd, {shape}": waved(0.5, shape) for shape in ("size", "phase")},
    **{
        f"wave of 1 sd on {errors}": on(errors)
        for errors in (
            "AR(1) 0.7",
            "AR(1) 0.9",
            "AR(1) 0.5 + noise",
            "level moves by 0.03 a day",
            "level moves by 0.1 a day",
            "long memory, d 0.3",
            "noise on a slow AR(1) .98",
        )
    },
    "a step in the history": faulty("step", "AR(1) 0.3"),
    "a step in the history, wave of 1 sd": faulty("step", WAVE),
    "an outage in the history, wave of 1 sd": faulty("outage", WAVE),
    "a rougher history, wave of 1 sd": faulty("rougher", WAVE),
    "a gap in the history, wave of 1 sd": PROCESSES[WAVE],
}
EVERY = {**PROCESSES, **MORE}


def draw(process: str, n: int, runs: int, *, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Three years and a study of n days, days x runs, and which days of the history have a value."""
    rng = np.random.default_rng([seed, n, list(EVERY).index(process), 17])
    values = EVERY[process](rng, LONGEST + n, runs)
    used = np.ones(LONGEST, dtype=bool)
    if "gap" in process:
        first = int(rng.integers(LONGEST - 700, LONGEST - 80))
        used[first : first + 45] = False
    return values + WEEKDAY[np.arange(LONGEST + n) % 7][:, None], used


def waves_of(values: np.ndarray, used: np.ndarray, days: int) -> Waves:
    """What the last so many days of a history tell, run by run."""
    weeks = days // 7
    start = START + np.arange(-7 * weeks, 0, 7)
    last = slice(len(values) - 7 * weeks, None)
    there = used[last].reshape(weeks, 7).sum(axis=1)
    total = (values[last] * used[last, None]).reshape(weeks, 7, -1).sum(axis=1)
    kept, ones = there >= 4, np.ones(weeks)
    time = np.arange(-weeks, 0)
    periods = Periods("week", start, time, ones, ones, 0 * ones, kept)
    return read_waves(periods, total[kept] / there[kept, None])


def measure(process: str, n: int, days: int, runs: int, *, seed: int = 0) -> dict[str, float]:
    """Every figure of one row, the history of so many days, the study changed half-way."""
    return _rows(process, n, n // 2, runs, (days,), seed=seed)[days]


def _rows(
    process: str, n: int, at: int, runs: int, histories: Sequence[int] = YEARS, *, seed: int = 0
) -> dict[int, dict[str, float]]:
    """The rows of several histories before the same studies."""
    values, used = draw(process, n, runs, seed=seed)
    study = values[LONGEST:]
    plain = stepped(study, np.ones_like(study), at=at)
    told = {days: waves_of(values[:LONGEST], used, days) for days in histories}
    return {days: _row(plain, study, waves, at) for days, waves in told.items()}


def _row(plain: Stepped, study: np.ndarray, waves: Waves, at: int) -> dict[str, float]:
    told = waves.told
    p = {step: plain.moved(step).auto() for step in (0.0, 1.0)}
    held = plain.moved(1.0).auto(1.0)
    row = {"told": told.mean(), "without": _share(p[0.0]), "power without": _share(p[1.0])}
    if told.any():
        some = study[:, told]
        known = stepped(some, np.ones_like(some), at=at, waves=waves.some(told))
        for step, found in p.items():
            found[told] = known.moved(step).auto()
        held[told] = known.moved(1.0).auto(1.0)
    row |= {"with": _share(p[0.0]), "power with": _share(p[1.0]), "covered": 1 - _share(held)}
    return {name: float(value) for name, value in row.items()}


def _share(p: np.ndarray) -> float:
    return float((p < 0.05).mean())


def table(runs: int, day: str) -> str:
    """The Markdown page."""
    heads = [
        "process",
        "n",
        "changed on day",
        "history",
        "told",
        "without",
        "**with**",
        "coverage of one sd",
    ]
    heads += ["power without", "power with", "bar"]
    versions = (
        f"Python {platform.python_version()}, numpy {np.__version__}, scipy {scipy.__version__}"
    )
    lines = ["# The season that the years before tell", ""]
    lines += [(__doc__ or "").split("\n\n", 2)[2].strip(), ""]
    lines += [f"{runs} runs a cell; {day}; {versions}.", ""]
    head = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    lines += head
    for process, n in product(PROCESSES, LENGTHS):
        lines += _lines(process, n, n // 2, runs, YEARS)
    lines += ["", *head]
    others = [(process, n, n // 2) for process, n in product(MORE, LENGTHS[1:])]
    others += [(process, n, at) for process, (n, at) in product(UNEVEN[2:], NEAR_AN_END)]
    for process, n, at in others:
        lines += _lines(process, n, at, runs, YEARS[:1])
    return "\n".join(lines) + "\n"


def _lines(process: str, n: int, at: int, runs: int, histories: Sequence[int]) -> list[str]:
    """The rows of one process and study."""
    shown = ("told", "without", "with", "covered", "power without", "power with")
    lines = []
    for days, row in _rows(process, n, at, runs, histories).items():
        cells = [process, str(n), str(at), f"{days // 365} years"]
        cells += [f"{row[name]:.3f}" for name in shown]
        verdict = "holds" if row["with"] <= BAR else "MISSED"
        lines.append("| " + " | ".join([*cells, verdict]) + " |")
    return lines
