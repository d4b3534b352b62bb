"""How often a rate per 1,000 orders is said to have changed when it has not, and what is found when it has.

Contacts a day, Poisson or negative binomial (Poisson times an independent day factor with coefficient
of variation 0.2), over orders that vary by weekday (from 0.55 to 1.25 of about 1,000) and by chance;
the log of the rate has a weekday pattern and an AR(1) part with standard deviation 0.2, and the
change falls in the middle. Each row is one cell. "auto" is what a page shows: the step of the log
rate, on the plain scale where some day has no contact, by days or weeks as `level_change` chooses.
Beside it stand the log scale alone (weeks where a day is zero), the plain scale alone, and the stock
regressions with the same terms and log orders as offset: Poisson with normal tails, and
quasi-Poisson (scaled by Pearson's chi-square) with t tails. Coverage is that of a planted fall by
30 % and comes from fresh draws; power is the share of those draws that reject.

The second table adds a year's wave to the log rate of negative binomial counts with rho 0.3, as sickness,
weather and feasts do. Nothing changed; shares that reject. "wave fitted" puts a sine and a cosine of a
year among the terms: of the log rate with AR(1) errors (restricted likelihood, Satterthwaite) and of
quasi-Poisson. The last column is the power of the former for a fall by 30 %. The change falls in the
middle, and the wave peaks a quarter of a year after the first day, rising and falling like a step where
the series is a year long or less.
"""

from __future__ import annotations

import platform
from dataclasses import dataclass
from itertools import product

import numpy as np
import scipy

from cs_lib.methods.its.ar1 import fit_ar1
from cs_lib.methods.its.periods import design_matrix
from cs_lib.methods.tails import t_two_sided
from tests.bench.steps import Contrasts, Grid, autocorrelated, stepped

LENGTHS = (60, 90, 180, 365)
RHOS = (0.0, 0.3, 0.5, 0.7)
LEVELS = (200.0, 5.0, 1.0)
ORDERS = 1000 * np.array([1.25, 1.15, 1.1, 1.05, 1.1, 0.8, 0.55])
WEEKDAY = np.array([0.15, 0.05, 0.0, 0.0, -0.05, -0.1, -0.05])
SPREAD = 0.2
EXTRA = 0.2
FALL = float(np.log(0.7))
CLEAR, NOISY, COVERS = (0.03, 0.08), (0.03, 0.09), (0.93, 0.97)
STEPS = 12  # of the reweighted fit
YEAR = 365.25
WAVES, WAVE_LENGTHS = (0.1, 0.2), (90, 180, 365, 730, 1095)
AT_ONCE = 250

Counts = tuple[np.ndarray, np.ndarray]  # contacts and orders, days x runs


@dataclass(frozen=True)
class Cell:
    """One kind of data."""

    family: str
    level: float  # contacts a day, about
    n: int
    rho: float
    wave: float = 0.0  # Amplitude of a year's wave in the log rate.

    @property
    def bar(self) -> tuple[float, float]:
        """Nearly pure AR(1) where counts are large and Poisson; else noise lies on top."""
        return CLEAR if self.family == "Poisson" and self.level >= 100 else NOISY

    @property
    def fall(self) -> float:
        """The planted change of the rate on the plain scale, over weekdays."""
        return float(self.level / 1000 * np.exp(WEEKDAY).mean() * np.expm1(FALL))


def simulate(cell: Cell, runs: int, *, seed: int, step: float = 0.0) -> Counts:
    """Contacts and orders by day; the log rate changes by `step` from the middle on."""
    over = cell.family != "Poisson"
    rng = np.random.default_rng([seed, cell.n, int(100 * cell.rho), int(10 * cell.level), over])
    shape, weekday = (cell.n, runs), np.arange(cell.n) % 7
    orders = rng.poisson(ORDERS[weekday][:, None], shape).astype(float)
    log_rate = WEEKDAY[weekday][:, None] + SPREAD * autocorrelated(rng, shape, cell.rho)
    log_rate += cell.wave * np.sin(2 * np.pi * np.arange(cell.n) / YEAR)[:, None]
    log_rate[cell.n // 2 :] += step
    mean = cell.level * orders / 1000 * np.exp(log_rate - SPREAD**2 / 2)
    if over:
        mean = mean * rng.gamma(EXTRA**-2, EXTRA**2, shape)
    return rng.poisson(mean).astype(float), orders


@dataclass(frozen=True)
class Ways:
    """p-values by way, runs each, and which runs hold a day of zero."""

    auto: np.ndarray
    log: np.ndarray
    plain: np.ndarray
    poisson: np.ndarray
    quasi: np.ndarray
    chose_days: np.ndarray
    zeros: np.ndarray


def ways(counts: Counts, *nulls: tuple[float, float]) -> list[Ways]:
    """p-values of every run against each null: a change of the log rate, and of the rate itself."""
    zeros = (counts[0] == 0).any(axis=0)
    log, plain = stepped(*counts, log=True), stepped(*counts)
    regression = poisson_fit(*counts, Grid.of(len(counts[0])).by_day)
    found = []
    for factor, fall in nulls:
        by_log, by_plain = log.auto(factor), plain.auto(fall)
        auto = np.where(zeros, by_plain, by_log)
        days = np.where(zeros, plain.clean & ~plain.wanders, log.clean & ~log.wanders)
        found.append(Ways(auto, by_log, by_plain, *stock(regression, factor), days, zeros))
    return found


@dataclass(frozen=True)
class Regression:
    """Poisson regressions with offset, of runs that share a design."""

    beta: np.ndarray
    covariance: np.ndarray
    pearson: np.ndarray
    df: int


def stock(fit: Regression, null: float) -> tuple[np.ndarray, np.ndarray]:
    """p-values of the step: Poisson with normal tails, then scaled with t tails."""
    se, away = np.sqrt(fit.covariance[:, 0, 0]), fit.beta[:, 0] - null
    scaled = se * np.sqrt(fit.pearson / fit.df)
    return t_two_sided(away / se, np.inf), t_two_sided(away / scaled, fit.df)


def poisson_fit(contacts: np.ndarray, orders: np.ndarray, design: np.ndarray) -> Regression:
    """Maximum likelihood with log orders as offset, by reweighted least squares, every run."""
    offset, eta = np.log(orders), np.log(contacts + 0.5)
    for _ in range(STEPS):
        mean = np.exp(eta)
        working = eta - offset + (contacts - mean) / mean
        weighted = np.einsum("ip,im->mpi", design, mean)
        information = weighted @ design
        pull = np.einsum("mpi,im->mp", weighted, working)
        beta = np.linalg.solve(information, pull[..., None])[..., 0]
        eta = np.clip(design @ beta.T + offset, -30, 30)
    mean = np.exp(eta)
    pearson = ((contacts - mean) ** 2 / mean).sum(axis=0)
    return Regression(beta, np.linalg.inv(information), pearson, len(design) - design.shape[1])


def measure(cell: Cell, runs: int, *, seed: int = 0) -> dict[str, float]:
    """Every figure of one row."""
    (null,) = ways(simulate(cell, runs, seed=seed), (0.0, 0.0))
    fresh = simulate(cell, runs, seed=seed + 1, step=FALL)
    found, covered = ways(fresh, (0.0, 0.0), (FALL, cell.fall))
    names = ("auto", "log", "plain", "poisson", "quasi")
    row = {name: _rejects(getattr(null, name)) for name in names}
    row |= {"zeros": float(null.zeros.mean()), "chose days": float(null.chose_days.mean())}
    row |= {f"covered {name}": 1 - _rejects(getattr(covered, name)) for name in ("auto", "quasi")}
    return row | {f"power {name}": _rejects(getattr(found, name)) for name in ("auto", "log")}


def _rejects(pvalues: np.ndarray) -> float:
    """Share below 5 % among those that can be had."""
    there = pvalues[~np.isnan(pvalues)]
    return float((there < 0.05).mean()) if len(there) else float("nan")


def with_wave(design: np.ndarray) -> np.ndarray:
    """A daily design and a sine and a cosine of a year."""
    angle = 2 * np.pi * np.arange(len(design)) / YEAR
    return np.column_stack([design, np.sin(angle), np.cos(angle)])


def seasonal(cell: Cell, runs: int, *, seed: int = 0) -> dict[str, float]:
    """Shares that reject without a change, and the power of the log rate with the wave fitted."""
    grid = Grid.of(cell.n)
    plain = design_matrix(grid.days, trend=grid.trend)  # on three years the method's own has a wave
    fitted, times = with_wave(plain), np.arange(cell.n)
    counts = [simulate(cell, runs, seed=seed), simulate(cell, runs, seed=seed + 1, step=FALL)]
    p = {"auto": stepped(*counts[0], log=True).auto(0.0)}
    for name, design in (("quasi", plain), ("quasi, wave fitted", fitted)):
        p[name] = stock(poisson_fit(*counts[0], design), 0.0)[1]
    for name, (contacts, orders) in zip(("log, wave fitted", "power"), counts, strict=True):
        logs, parts = np.log(contacts / orders), range(0, runs, AT_ONCE)
        fits = [fit_ar1(logs[:, at : at + AT_ONCE], fitted, times) for at in parts]
        p[name] = np.concatenate([Contrasts.of(fit).pvalue(0.0) for fit in fits])
    return {name: _rejects(values) for name, values in p.items()}


def cells() -> list[Cell]:
    """Every row's data."""
    return [Cell(*c) for c in product(("Poisson", "neg. binomial"), LEVELS, LENGTHS, RHOS)]


def holds(cell: Cell, row: dict[str, float]) -> bool:
    """Whether the automatic choice meets the bars."""
    low, high = cell.bar
    return low <= row["auto"] <= high and COVERS[0] <= row["covered auto"] <= COVERS[1]


def table(runs: int, day: str) -> str:
    """The Markdown page."""
    heads = ["counts", "a day", "n", "rho", "**auto**", "log", "plain", "Poisson", "quasi-Poisson"]
    heads += ["with zero days", "chose days", "coverage", "coverage quasi", "power", "power log"]
    lines = ["# Calibration of rates per order", "", (__doc__ or "").split("\n\n", 1)[1].strip()]
    versions = f"Python {platform.python_version()}, numpy {np.__version__}, scipy"
    bars = "Bars: 3-8 % (Poisson counts of 200 a day) or 3-9 % rejected, 93-97 % covered."
    lines += ["", f"{runs} runs a cell; {day}; {versions} {scipy.__version__}. {bars}", ""]
    lines += [f"| {' | '.join([*heads, 'bars'])} |", "|---" * (len(heads) + 1) + "|"]
    for cell in cells():
        row = measure(cell, runs)
        label = [cell.family, f"{cell.level:.0f}", str(cell.n), str(cell.rho)]
        figures = [f"{value:.3f}" for value in row.values()]
        verdict = "hold" if holds(cell, row) else "MISSED"
        lines.append("| " + " | ".join([*label, *figures, verdict]) + " |")
    names = ["auto", "quasi", "log, wave fitted", "quasi, wave fitted", "power"]
    lines += ["", "| wave | n | " + " | ".join(names) + " |", "|---" * (len(names) + 2) + "|"]
    for wave, n in product(WAVES, WAVE_LENGTHS):
        row = seasonal(Cell("neg. binomial", 200.0, n, 0.3, wave), max(runs // 3, 100))
        figures = [f"{row[name]:.3f}" for name in names]
        lines.append("| " + " | ".join([str(wave), str(n), *figures]) + " |")
    lines += ["", f"{max(runs // 3, 100)} runs a row of the second table."]
    return "\n".join(lines) + "\n"
