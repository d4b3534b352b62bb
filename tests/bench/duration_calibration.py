"""How often times to resolution are said to have changed when they have not, by what is done about open tickets.

Tickets a day Poisson with a weekday pattern, the number level or growing by 60 % over the period;
times lognormal (spread one, median 40 hours), with a weekday pattern and an AR(1) day effect with
standard deviation 0.25 on the log scale, because tickets of one day share its queue and staff. The
change falls in the middle. Each row is one cell. "auto" is what a page shows: the mean up to the
horizon of 14 days by opening day, every day followed that long, by `level_change`. Beside it stand
what is commonly done: Welch's t test on the tickets closed by the last day, the same where all
tickets were followed for 14 days, the log-rank test on tickets with those still open on the last day
censored, and the difference of restricted means with Greenwood's errors, which a page shows as a
description. All four take tickets as independent. Coverage is that of planted times shorter by a
quarter and comes from fresh draws; power is the share of those draws that reject.
"""

from __future__ import annotations

import platform
from dataclasses import dataclass
from itertools import product

import numpy as np
import scipy
from scipy import stats

from cs_lib.aggregates import Durations
from cs_lib.methods.survival.kaplan_meier import kaplan_meier, log_rank, restricted_mean
from tests.bench.steps import autocorrelated, stepped

HORIZON = 14 * 24.0  # hours
MEDIAN = np.log(40.0)
SPREAD, SHARED = 1.0, 0.25
VOLUME = np.array([1.3, 1.15, 1.1, 1.05, 1.1, 0.75, 0.55])
WEEKDAY = np.array([0.0, -0.05, 0.0, 0.05, 0.15, 0.1, 0.0])
GROWTH = 0.6
SHORTER = np.log(0.75)
BAR, COVERS = (0.03, 0.09), (0.93, 0.97)


@dataclass(frozen=True)
class Cell:
    """One kind of data."""

    volume: float  # tickets a day, about
    grows: bool
    n: int
    rho: float


@dataclass(frozen=True)
class Tickets:
    """One run: opening day (fractional) and hours to resolution of every ticket, in order of day."""

    n: int
    opened: np.ndarray
    hours: np.ndarray

    @property
    def day(self) -> np.ndarray:
        """Whole opening day."""
        return self.opened.astype(np.int64)

    @property
    def after(self) -> np.ndarray:
        """Whether opened from the change on."""
        return self.day >= self.n // 2


def simulate(cell: Cell, rng: np.random.Generator, *, step: float = 0.0) -> Tickets:
    """One run; the log of times changes by `step` from the middle on."""
    days = np.arange(cell.n)
    growth = 1 + GROWTH * (days / cell.n - 0.5) if cell.grows else np.ones(cell.n)
    count = np.maximum(rng.poisson(cell.volume * VOLUME[days % 7] * growth), 1)
    shared = SHARED * autocorrelated(rng, (cell.n,), cell.rho)
    centre = MEDIAN + WEEKDAY[days % 7] + shared + step * (days >= cell.n // 2)
    day = np.repeat(days, count)
    hours = np.exp(np.repeat(centre, count) + SPREAD * rng.normal(size=len(day)))
    return Tickets(cell.n, day + rng.uniform(size=len(day)), hours)


def truth(step: float) -> float:
    """Difference of mean hours up to the horizon that the step makes, over weekdays."""
    spread = np.hypot(SPREAD, SHARED)

    def restricted(centre: np.ndarray) -> np.ndarray:
        z = (np.log(HORIZON) - centre) / spread
        inside = np.exp(centre + spread**2 / 2) * stats.norm.cdf(z - spread)
        return inside + HORIZON * stats.norm.sf(z)

    return float((restricted(MEDIAN + WEEKDAY + step) - restricted(MEDIAN + WEEKDAY)).mean())


def daily_sums(tickets: Tickets) -> tuple[np.ndarray, np.ndarray]:
    """Hours up to the horizon, and tickets, by opening day."""
    held = np.minimum(tickets.hours, HORIZON)
    return (
        np.bincount(tickets.day, held, tickets.n),
        np.bincount(tickets.day, minlength=tickets.n).astype(float),
    )


def closed_t(tickets: Tickets) -> float:
    """p-value of Welch's t test on tickets closed by the last day."""
    closed = tickets.opened + tickets.hours / 24 <= tickets.n
    return _welch(tickets.hours, tickets.after, closed)


def followed_t(tickets: Tickets) -> float:
    """The same where every ticket was followed for the horizon."""
    held = np.minimum(tickets.hours, HORIZON)
    return _welch(held, tickets.after, np.ones(len(held), dtype=bool))


def _welch(hours: np.ndarray, after: np.ndarray, used: np.ndarray) -> float:
    return float(stats.ttest_ind(hours[used & after], hours[used & ~after], equal_var=False).pvalue)


def censored(tickets: Tickets, *, at_horizon: bool) -> tuple[Durations, Durations]:
    """Hours rounded up, before and after, censored on the last day or after the horizon."""
    limit = HORIZON if at_horizon else np.maximum((tickets.n - tickets.opened) * 24, 0.0)
    ended = tickets.hours <= limit
    seconds = np.ceil(np.minimum(tickets.hours, limit))
    return tuple(
        _counted(name, seconds[side], ended[side])
        for name, side in (("before", ~tickets.after), ("after", tickets.after))
    )  # type: ignore[return-value]


def _counted(name: str, hours: np.ndarray, ended: np.ndarray) -> Durations:
    size = int(hours.max()) + 1
    parts = [np.bincount(hours[k].astype(np.int64), minlength=size) for k in (ended, ~ended)]
    times = np.tile(np.arange(size, dtype=float), 2)
    flags = np.repeat([True, False], size)
    count = np.concatenate(parts)
    some = count > 0
    return Durations(name, times[some], flags[some], count[some])


def restricted_p(tickets: Tickets) -> float:
    """p-value of the difference of restricted means with Greenwood's errors."""
    means = [restricted_mean(kaplan_meier(d), HORIZON) for d in censored(tickets, at_horizon=True)]
    away = (means[1].seconds - means[0].seconds) / np.hypot(means[0].se, means[1].se)
    return float(2 * stats.norm.sf(abs(away)))


STOCK = {
    "closed, t": closed_t,
    "followed, t": followed_t,
    "log-rank": lambda tickets: log_rank(*censored(tickets, at_horizon=False)).pvalue,
    "restricted, tickets": restricted_p,
}


def measure(cell: Cell, runs: int, *, seed: int = 0) -> dict[str, float]:
    """Every figure of one row."""
    key = [seed, cell.n, int(cell.volume), int(cell.grows), int(100 * cell.rho)]
    null, fresh = (np.random.default_rng([*key, planted]) for planted in (0, 1))
    plain = [simulate(cell, null) for _ in range(runs)]
    stock = {name: np.mean([way(t) < 0.05 for t in plain]) for name, way in STOCK.items()}
    step = stepped(*_stacked(plain))
    del plain
    shorter = stepped(*_stacked([simulate(cell, fresh, step=SHORTER) for _ in range(runs)]))
    return {
        "auto": float((step.auto() < 0.05).mean()),
        "chose days": float((step.clean & ~step.wanders).mean()),
        "coverage": float((shorter.auto(truth(SHORTER)) >= 0.05).mean()),
        "power": float((shorter.auto() < 0.05).mean()),
        **{name: float(share) for name, share in stock.items()},
    }


def _stacked(runs: list[Tickets]) -> tuple[np.ndarray, np.ndarray]:
    sums = [daily_sums(tickets) for tickets in runs]
    return np.stack([s[0] for s in sums], axis=1), np.stack([s[1] for s in sums], axis=1)


def cells() -> list[Cell]:
    """Every row's data."""
    large = [
        Cell(40, grows, n, rho)
        for n, grows, rho in product((90, 180), (False, True), (0.0, 0.5, 0.7))
    ]
    return [*large, *(Cell(8, True, 180, rho) for rho in (0.0, 0.5, 0.7))]


def holds(row: dict[str, float]) -> bool:
    """Whether the automatic choice meets the bars."""
    return BAR[0] <= row["auto"] <= BAR[1] and COVERS[0] <= row["coverage"] <= COVERS[1]


def table(runs: int, day: str) -> str:
    """The Markdown page."""
    names = ["**auto**", "chose days", "coverage", "power", *STOCK]
    heads = ["tickets a day", "volume", "n", "rho", *names, "bars"]
    lines = [
        "# Calibration of times to resolution",
        "",
        (__doc__ or "").split("\n\n", 1)[1].strip(),
    ]
    versions = f"Python {platform.python_version()}, numpy {np.__version__}, scipy"
    lines += ["", f"{runs} runs a cell; {day}; {versions} {scipy.__version__}.", ""]
    lines += ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    for cell in cells():
        row = measure(cell, runs)
        label = [
            f"{cell.volume:.0f}",
            "grows" if cell.grows else "level",
            str(cell.n),
            str(cell.rho),
        ]
        figures = [f"{value:.3f}" for value in row.values()]
        lines.append(
            "| " + " | ".join([*label, *figures, "hold" if holds(row) else "MISSED"]) + " |"
        )
    return "\n".join(lines) + "\n"
