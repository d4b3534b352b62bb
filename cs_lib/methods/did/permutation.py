"""Randomisation inference: who could have been changed instead, and intervals from that."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import factorial, prod

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Up to so many assignments all are listed; of more, some are drawn.
MOST_ASSIGNMENTS_LISTED = 20_000
RANDOM_ASSIGNMENTS = 9_999
# Statistics that differ by less than this share of the largest are equal.
TIE_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Assignments:
    """Labels in every order, or in many; the observed order comes first."""

    labels: Ints  # assignments x teams
    every: bool  # Whether these are all there are, not a sample.


def count_assignments(labels: Ints) -> int:
    """In how many different orders the labels can be given to the teams."""
    sizes = np.unique(labels, return_counts=True)[1]
    return factorial(len(labels)) // prod(factorial(int(size)) for size in sizes)


def assignments(
    labels: Ints, *, seed: int, most: int = MOST_ASSIGNMENTS_LISTED, draws: int = RANDOM_ASSIGNMENTS
) -> Assignments:
    """All orders of the labels when there are few, else the observed one and seeded draws."""
    if count_assignments(labels) > most:
        rng = np.random.default_rng(seed)
        drawn = rng.permuted(np.broadcast_to(labels, (draws, len(labels))), axis=1)
        return Assignments(np.vstack([labels, drawn]), every=False)
    listed = _orders(np.sort(labels))
    observed = (listed == labels).all(axis=1)
    return Assignments(np.vstack([labels, listed[~observed]]), every=True)


def _orders(labels: Ints) -> Ints:
    """Every different order of sorted labels, one a row."""
    n, size = len(labels), int((labels == labels[0]).sum())
    if size == n:
        return labels[None, :]
    inner = _orders(labels[size:])
    places = np.array(list(combinations(range(n), size)), dtype=np.int64)
    free = np.ones((len(places), n), dtype=bool)
    np.put_along_axis(free, places, False, axis=1)
    rest = np.nonzero(free)[1].reshape(len(places), 1, n - size)
    orders = np.full((len(places), len(inner), n), labels[0])
    np.put_along_axis(orders, np.broadcast_to(rest, (len(places), *inner.shape)), inner[None], 2)
    return orders.reshape(-1, n)


@dataclass(frozen=True, slots=True)
class Randomisation:
    """p-value, the smallest there could have been, and the interval of effects not rejected.

    Limits are infinite when even the smallest p-value exceeds alpha. `spread` is the standard
    deviation of the statistic over assignments.
    """

    pvalue: float
    smallest_p: float
    low: float
    high: float
    spread: float


def invert(statistic: Floats, shift: Floats, alpha: float) -> Randomisation:
    """Two-sided test of no effect, and the constant effects that the same test does not reject.

    Both arrays start with the observed assignment. Under a constant effect tau the statistic of an
    assignment is statistic - tau * shift, where shift is the statistic of the changes themselves:
    one for the observed assignment, between -1 and 1 for all. Each assignment is then at least as
    extreme as the observed one on a single interval of tau around the estimate, so the limits are
    order statistics of its ends and need no search.
    Source: Fisher 1935; Rosenbaum 2002 (inverting the test).
    """
    estimate, n = float(statistic[0]), len(statistic)
    tie = TIE_TOLERANCE * float(np.abs(statistic).max())
    reached = np.abs(statistic) >= abs(estimate) - tie
    alike, mirror = shift > 1 - TIE_TOLERANCE, shift < TIE_TOLERANCE - 1
    never_told_apart = alike | mirror
    with np.errstate(divide="ignore", invalid="ignore"):
        same = (estimate - statistic) / (1 - shift)
        opposite = (estimate + statistic) / (1 + shift)
    low = np.where(never_told_apart, -np.inf, np.fmin(same, opposite))
    high = np.where(never_told_apart, np.inf, np.fmax(same, opposite))
    # The test rejects while no more than so many are at least as extreme.
    needed = int(np.floor(alpha * n + TIE_TOLERANCE))
    return Randomisation(
        pvalue=float(reached.mean()),
        smallest_p=float(never_told_apart.mean()),
        low=float(np.sort(low)[needed]),
        high=float(np.sort(high)[::-1][needed]),
        spread=float(statistic.std()),
    )
