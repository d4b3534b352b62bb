"""What sums of winners are worth, how often their intervals hold the truth, and what follow-ups tell.

A folder has k studies whose true effects are normal with a mean and a spread, both in standard errors; those that are
significant in the good direction are shipped, and their effects are added up. `ratio` is the mean sum over the mean
planted sum of the shipped; `coverage` is the share of folders with anything shipped whose 95 % interval holds the
planted sum. `James-Stein` is the positive-part estimator towards none, `plug-in` empirical Bayes with the mean and
spread of DerSimonian and Laird, floored at none, `flat` the grid of `cs_lib.methods.meta_analysis` with a flat prior of
the mean, `ours` the same with its sceptical one. Rows marked `varied` have standard errors that differ by a factor of
1.65 up or down.

The second table follows up each winner of folders of 12 studies of mean .5 by a second study: `left` is what is left of
the true effect, `se` the follow-up's standard error over the first one's. `below half` is the rule without its second
condition, `smaller` how often the second estimate is smaller than the first, `significant` how often it is significant
again.
"""

from __future__ import annotations

import platform
from itertools import product

import numpy as np

from cs_lib.methods.meta_analysis.held_up import held_up
from cs_lib.methods.meta_analysis.shrinkage import ShrunkEffect
from cs_lib.methods.meta_analysis.spread_grid import SpreadGrid

EVEN = [(mean, k, tau, False) for mean, k, tau in product((0.0, 0.5), (6, 12, 30), (0.5, 1.0, 2.0))]
VARIED = [(mean, k, 1.0, True) for mean, k in product((0.0, 0.5), (6, 12, 30))]
OTHER = [(mean, 12, tau, False) for mean, tau in product((-0.5, 1.0), (0.5, 1.0, 2.0))]
CELLS = [*EVEN, *VARIED, *OTHER]
FOLLOWED = list(product((1.0, 2.0), (1.0, 0.5, 0.0), (1.0, 0.5, 0.25)))
Z = 1.959963984540054
WAYS = ("raw", "James-Stein", "plug-in", "flat", "ours")


def folder(
    rng: np.random.Generator, mean: float, k: int, tau: float, varied: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """True effects, estimates and standard errors."""
    se = np.exp(0.5 * rng.standard_normal(k)) if varied else np.ones(k)
    true = mean + tau * rng.standard_normal(k)
    return true, true + se * rng.standard_normal(k), se


def grid(effect: np.ndarray, se: np.ndarray, prior: str) -> SpreadGrid:
    """What `shrink` reads its answers from."""
    return SpreadGrid.of(effect, se, alpha=0.05, mean_prior=prior, spread_prior="half_normal")


def plug_in(effect: np.ndarray, se: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shrunk effects and their variances with mean and spread taken as known."""
    weight = se**-2.0
    mean = (weight * effect).sum() / weight.sum()
    freed = weight.sum() - (weight**2).sum() / weight.sum()
    tau2 = max(((weight * (effect - mean) ** 2).sum() - len(effect) + 1) / freed, 0.0)
    weight = 1 / (se**2 + tau2)
    mean = (weight * effect).sum() / weight.sum()
    kept = tau2 * weight
    return kept * effect + (1 - kept) * mean, se**2 * kept


def sums(effect: np.ndarray, se: np.ndarray, won: np.ndarray) -> list[tuple[float, float, float]]:
    """The sum of the winners with its interval by each way; James and Stein have none."""
    raw, half = effect[won].sum(), Z * (se[won] ** 2).sum() ** 0.5
    stein = max(1 - (len(effect) - 2) / ((effect / se) ** 2).sum(), 0.0) * raw
    shrunk, variance = plug_in(effect, se)
    middle, reach = shrunk[won].sum(), Z * variance[won].sum() ** 0.5
    found = [(raw, raw - half, raw + half), (stein, np.nan, np.nan)]
    found.append((middle, middle - reach, middle + reach))
    for prior in ("flat", "sceptical"):
        total = grid(effect, se, prior).sum(won.astype(float))
        found.append((total.mean, total.low, total.high))
    return found


def cell(
    setting: tuple[float, int, float, bool], runs: int
) -> tuple[np.ndarray, np.ndarray, float]:
    """Ratio and coverage by way, and the share of folders with a winner."""
    rng = np.random.default_rng([9, CELLS.index(setting)])
    total, planted, held, folders = np.zeros(len(WAYS)), 0.0, np.zeros(len(WAYS)), 0
    for _ in range(runs):
        true, effect, se = folder(rng, *setting)
        won = effect > Z * se
        if not won.any():
            continue
        truth = true[won].sum()
        found = np.array(sums(effect, se, won))
        total, planted, folders = total + found[:, 0], planted + truth, folders + 1
        held += (found[:, 1] <= truth) & (truth <= found[:, 2])
    return total / planted, held / folders, folders / runs


def followed(tau: float, left: float, se: float, runs: int) -> list[float]:
    """Shares of follow-ups by standing, of the rule by half alone, of smaller and of significant ones."""
    rng, seen = np.random.default_rng([10, int(2 * tau)]), []
    for _ in range(runs):
        true, effect, first = folder(rng, 0.5, 12, tau, False)
        again = left * true + se * rng.standard_normal(12)
        won = np.flatnonzero(effect > Z)
        whole = grid(effect, first, "sceptical") if len(won) else None
        for i in won:
            own = whole.sum((np.arange(12) == i).astype(float))
            if own.mean > 0:
                study = ShrunkEffect("", effect[i], 1.0, own.mean, own.sd, own.low, own.high)
                one = held_up(study, whole.estimate(int(i), se), float(again[i]), se, good="up")
                flags = [one.standing == code for code in ("holds", "faded", "not_shown")]
                seen.append([*flags, one.below_half, again[i] < effect[i], one.low > 0])
    return [len(seen), *np.mean(seen, axis=0)]


def table(runs: int, day: str) -> str:
    """Both tables as Markdown; `runs` folders a row, a quarter of them in the second."""
    lines = [
        f"# Sums of winners and follow-ups\n\n{__doc__}\n{day}, Python {platform.python_version()}, "
        f"{runs} folders a row, {runs // 4} in the second table.\n",
        f"| mean, k, spread | shipped any | ratio: {' | '.join(WAYS)} | coverage: raw | plug-in | flat | ours |",
        "|---" * (2 + len(WAYS) + 4) + "|",
    ]
    for setting in CELLS:
        ratio, coverage, any_won = cell(setting, runs)
        mean, k, tau, varied = setting
        named = f"{mean:g}, {k}, {tau:g}{', varied' if varied else ''}"
        numbers = [f"{one:.2f}" for one in (any_won, *ratio)]
        numbers += [f"{one:.3f}" for one in coverage[[0, 2, 3, 4]]]
        lines.append(f"| {named} | {' | '.join(numbers)} |")
    lines += [
        "",
        "| spread, left, se | winners | holds | faded | not shown | below half | smaller | significant |",
        "|---" * 8 + "|",
    ]
    for tau, left, se in FOLLOWED:
        n, *shares = followed(tau, left, se, runs // 4)
        numbers = " | ".join(f"{one:.3f}" for one in shares)
        lines.append(f"| {tau:g}, {left:g}, {se:g} | {n} | {numbers} |")
    return "\n".join([*lines, ""])
