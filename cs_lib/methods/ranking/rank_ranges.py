"""Needs in order of size, each with the places it may truly have, and how far down the order can be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.tails import normal_quantile
from cs_lib.sentences import say

Floats = NDArray[np.float64]

DRAWS = 4_000
HELD = 0.90  # of resamples in which an order, or a group, must come again for it to be told


@dataclass(frozen=True, slots=True)
class RankedTotal:
    """One need: its total with an interval, its share of all, its place, and the range of places it may truly have."""

    name: str
    total: float
    low: float
    high: float
    se: float
    share: float
    share_low: float
    share_high: float
    rank: int
    rank_low: int
    rank_high: int


@dataclass(frozen=True, slots=True)
class Ranking:
    """Totals, largest first, and how they come out when other customers had written.

    Attributes:
        totals: largest first.
        order_held: for each m, the share of resamples in which the first m come in the same order.
        group_held: for each m, the share in which the first m are the same, in any order.
        ranked: how many can be put in order: the largest m whose order came again in nine of ten resamples.
        apart: every m at which the first m stand apart from the rest as a group in nine of ten resamples.
    """

    totals: tuple[RankedTotal, ...]
    order_held: tuple[float, ...]
    group_held: tuple[float, ...]
    ranked: int
    apart: tuple[int, ...]


def rank_ranges(
    names: Sequence[str],
    totals: ArrayLike,
    products: ArrayLike,
    *,
    alpha: float = 0.05,
    seed: int = 1,
    draws: int = DRAWS,
) -> Ranking:
    """Totals by need in order, with the doubt that comes from which customers wrote.

    Poisson weights over customers give a resampled total the variance sum_i t_ij t_ik over customers i, so that the
    totals of all needs are resampled as one normal draw from these sums and no customer is needed again; what one
    customer wrote stays together. The range of places of a need is the confidence set of Mogstad, Romano, Shaikh &
    Wilhelm (2024): above it are the needs that are surely larger, below it those that are surely smaller, at a level
    that holds for all comparisons with it together. Plain percentiles of resampled places are narrower and hold the
    true place too seldom where many totals are close.

    Args:
        names: the needs.
        totals: contacts, minutes or whatever is added up, by need.
        products: for each two needs the sum over customers of the product of their totals.
        alpha: one minus the level of intervals and of each need's range.
        seed: of the draws.
        draws: resamples.

    Raises:
        CannotEstimate: nothing to put in order.
        ValueError: products that do not fit the totals.
    """
    value, cov = np.asarray(totals, dtype=float), np.asarray(products, dtype=float)
    if value.shape != (len(names),) or cov.shape != (len(names), len(names)):
        raise ValueError("The totals and their products need one entry for each name.")
    if not (value > 0).any():
        raise CannotEstimate(say("There is nothing to put in order of size."))
    order = np.lexsort((np.arange(len(value)), -value))
    value, cov = value[order], cov[np.ix_(order, order)]
    noise = _noise(cov, seed, draws)
    low, high = _ranges(value, cov, noise, alpha)
    order_held, group_held = _held(value + noise)
    firm = [m for m, held in enumerate(order_held, start=1) if held >= HELD]
    return Ranking(
        _totals([names[i] for i in order], value, cov, (low, high), alpha),
        tuple(order_held),
        tuple(group_held),
        max(firm, default=0),
        tuple(m for m, held in enumerate(group_held[:-1], start=1) if held >= HELD),
    )


def _noise(cov: Floats, seed: int, draws: int) -> Floats:
    """Normal draws of a covariance, one row each; a need without spread has none.

    Products are summed one by one: a library may split a matrix product by threads, which changes last digits.
    """
    spread = np.sqrt(np.diag(cov))
    scale = np.where(spread > 0, spread, 1.0)
    correlation = cov / np.outer(scale, scale)
    np.fill_diagonal(correlation, 1.0 + 1e-9)
    factor = np.linalg.cholesky(correlation)
    normal = np.random.default_rng(seed).standard_normal((draws, len(cov)))
    return np.asarray(np.einsum("ij,kj->ik", normal, factor) * spread)


def _ranges(
    value: Floats, cov: Floats, noise: Floats, alpha: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The first and the last place that each need may have."""
    k = len(value)
    low, high = np.ones(k, dtype=np.int64), np.full(k, k, dtype=np.int64)
    spread = np.diag(cov)
    for j in range(k):
        se = np.sqrt(np.maximum(spread + spread[j] - 2 * cov[j], 0.0))
        others = (np.arange(k) != j) & (se > 0)
        same = (np.arange(k) != j) & (se == 0)
        apart = value - value[j]
        limit = 0.0
        if others.any():
            far = np.abs(noise[:, others] - noise[:, [j]]) / se[others]
            limit = float(np.quantile(far.max(axis=1), 1 - alpha, method="higher"))
        larger = (others & (apart > limit * se)) | (same & (apart > 0))
        smaller = (others & (apart < -limit * se)) | (same & (apart < 0))
        low[j], high[j] = 1 + larger.sum(), k - smaller.sum()
    return low, high


def _held(resampled: Floats) -> tuple[list[float], list[float]]:
    """For each m, how often the first m come in the same order, and how often they are the same ones."""
    k = resampled.shape[1]
    places = np.argsort(-resampled, axis=1, kind="stable")
    order = np.logical_and.accumulate(places == np.arange(k), axis=1)
    group = np.maximum.accumulate(places, axis=1) == np.arange(k)
    return order.mean(axis=0).tolist(), group.mean(axis=0).tolist()


def _totals(
    names: Sequence[str],
    value: Floats,
    cov: Floats,
    ranges: tuple[NDArray[np.int64], NDArray[np.int64]],
    alpha: float,
) -> tuple[RankedTotal, ...]:
    z, whole = normal_quantile(1 - alpha / 2), float(value.sum())
    share = value / whole
    # The variance of a share by the delta method: of t_j - share_j * (all a customer's totals).
    rows = cov.sum(axis=1)
    of_share = np.diag(cov) - 2 * share * rows + share**2 * cov.sum()
    found = []
    for j, name in enumerate(names):
        se, around = float(np.sqrt(cov[j, j])), z * float(np.sqrt(max(of_share[j], 0.0))) / whole
        total, part = float(value[j]), float(share[j])
        found.append(
            RankedTotal(
                name=name,
                total=total,
                low=max(total - z * se, 0.0),
                high=total + z * se,
                se=se,
                share=part,
                share_low=max(part - around, 0.0),
                share_high=min(part + around, 1.0),
                rank=j + 1,
                rank_low=int(ranges[0][j]),
                rank_high=int(ranges[1][j]),
            )
        )
    return tuple(found)
