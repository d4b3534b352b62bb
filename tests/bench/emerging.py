"""How often a need is called rising that did not rise, and how often one that rose is found.

A desk has 24 needs of 2 to 60 contacts a week over 28 weeks; two of them, of 40 and 12 a week, come up 1.6 times as
often in the last four. Rates of weeks vary by `sd` on the logarithmic scale, week to week correlated by `rho`, each
need for itself; `shared` is a variation that all needs have in common, orders not. `FDR` is the mean share of false
ones among what is found at a nominal .10, nothing found being none; `quiet` is the share of desks on which anything is
found when nothing rose. Beside the test of `cs_lib.methods.emerging` stand the exact Poisson test, the quasi-Poisson
test by weeks, and the same test with each need's own six blocks and t of 5 degrees of freedom.
"""

from __future__ import annotations

import platform
from collections.abc import Callable

import numpy as np
from scipy import special, stats

from cs_lib.methods.ab.multiplicity import benjamini_hochberg
from cs_lib.methods.emerging.rising_counts import BLOCKS, NEEDED, WEEKS, in_blocks, rising_counts

SETTINGS = (
    (0.0, 0.0, 0.0),
    (0.15, 0.0, 0.0),
    (0.15, 0.5, 0.0),
    (0.25, 0.5, 0.0),
    (0.15, 0.5, 0.1),
    (0.25, 0.7, 0.1),
)
RISE, RATE = 1.6, 0.10
NEEDS = 24
RATES = np.append([40.0, 12.0], np.geomspace(2, 60, NEEDS - 2))
RISEN = np.arange(NEEDS) < 2
Test = Callable[[np.ndarray], np.ndarray]


def waves(rng: np.random.Generator, rows: int, sd: float, rho: float) -> np.ndarray:
    """Stationary first-order series of a standard deviation, one row each."""
    noise = rng.standard_normal((rows, NEEDED))
    found = np.empty_like(noise)
    found[:, 0] = noise[:, 0]
    for week in range(1, NEEDED):
        found[:, week] = rho * found[:, week - 1] + np.sqrt(1 - rho**2) * noise[:, week]
    return sd * found


def desk(
    rng: np.random.Generator, setting: tuple[float, float, float], rise: float = RISE
) -> np.ndarray:
    """Weekly contacts by need; with a rise the first two needs have it in the last block."""
    sd, rho, shared = setting
    logs = waves(rng, NEEDS, sd, rho) + waves(rng, 1, shared, rho)
    rates = RATES[:, None] * np.exp(logs - (sd**2 + shared**2) / 2)
    rates[:2, NEEDED - WEEKS :] *= rise
    return rng.poisson(rates)


def pooled(weekly: np.ndarray) -> np.ndarray:
    """The q values of our test."""
    found = rising_counts([""] * len(weekly), in_blocks(weekly), np.ones(BLOCKS + 1), rate=RATE)
    return np.array([need.qvalue for need in found.needs])


def poisson_exact(weekly: np.ndarray) -> np.ndarray:
    """Conditional binomial test of two Poisson rates."""
    blocks = in_blocks(weekly)
    recent, total = blocks[:, -1], blocks.sum(axis=1)
    return benjamini_hochberg(stats.binom.sf(recent - 1, total, 1 / (BLOCKS + 1)).clip(0, 1))


def quasi(weekly: np.ndarray) -> np.ndarray:
    """Two Poisson rates with the dispersion of each need's weeks."""
    first, last = weekly[:, : NEEDED - WEEKS], weekly[:, NEEDED - WEEKS :]
    a, b = last.mean(axis=1), first.mean(axis=1)
    fitted = np.hstack([np.repeat(b[:, None], NEEDED - WEEKS, 1), np.repeat(a[:, None], WEEKS, 1)])
    apart = ((weekly - fitted) ** 2 / np.maximum(fitted, 1e-9)).sum(axis=1) / (NEEDED - 2)
    scale = np.maximum(apart, 1.0)
    se = np.sqrt(scale * (1 / (WEEKS * a + 0.5) + 1 / ((NEEDED - WEEKS) * b + 0.5)))
    ratio = np.log((WEEKS * a + 0.5) / ((NEEDED - WEEKS) * b + 0.5) * BLOCKS)
    return benjamini_hochberg(special.stdtr(NEEDED - 2, -ratio / se))


def own_blocks(weekly: np.ndarray) -> np.ndarray:
    """Our test with each need alone: its own variation, t of five degrees of freedom."""
    blocks, one = in_blocks(weekly), np.ones(BLOCKS + 1)
    alone = [rising_counts([""], row[None, :], one) for row in blocks]
    t = [
        -np.log(each.needs[0].ratio)
        / (np.log(each.needs[0].high / each.needs[0].low) / 2 / special.stdtrit(each.df, 0.975))
        for each in alone
    ]
    return benjamini_hochberg(special.stdtr(5, np.array(t)))


TESTS: dict[str, Test] = {
    "Poisson, exact": poisson_exact,
    "quasi-Poisson by week": quasi,
    "own blocks": own_blocks,
    "**pooled blocks**": pooled,
}


def measured(
    test: Test, setting: tuple[float, float, float], runs: int, seed: int = 1
) -> tuple[float, float, float, float]:
    """False discoveries, the share of desks with the risen need of 40 and of 12 found, and alarms on quiet desks."""
    rng = np.random.default_rng([seed, SETTINGS.index(setting)])
    false, large, small, quiet = 0.0, 0, 0, 0
    for _ in range(runs):
        found = test(desk(rng, setting)) <= RATE
        false += (found & ~RISEN).sum() / max(found.sum(), 1)
        large, small = large + found[0], small + found[1]
        quiet += (test(desk(rng, setting, rise=1.0)) <= RATE).any()
    return false / runs, large / runs, small / runs, quiet / runs


def table(runs: int, day: str) -> str:
    """The table as Markdown; `runs` desks a row, and as many quiet ones."""
    lines = [
        f"# What is new\n\n{__doc__}\n{day}, Python {platform.python_version()}, {runs} desks a row.\n",
        "| sd, rho, shared | test | FDR | finds 40 a week | finds 12 a week | quiet |",
        "|---|---|---|---|---|---|",
    ]
    for setting in SETTINGS:
        for name, test in TESTS.items():
            numbers = " | ".join(f"{one:.2f}" for one in measured(test, setting, runs))
            lines.append(f"| {', '.join(f'{one:g}' for one in setting)} | {name} | {numbers} |")
    return "\n".join([*lines, ""])
