"""What slow contacts have more often than fast ones, or less often."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, inf, log, sqrt

import numpy as np
from numpy.typing import NDArray

from cs_lib.methods.ab.multiplicity import benjamini_hochberg
from cs_lib.methods.tails import normal_quantile, t_two_sided

Floats = NDArray[np.float64]

SMALL_EXPECTED_COUNT = 5.0
HALF = 0.5  # a contact added to each count, so that a trait that one side lacks has a ratio too


@dataclass(frozen=True, slots=True)
class Trait:
    """One trait in the order given.

    Attributes:
        name: its place in the list asked about.
        slow, fast: its share of slow and of fast contacts.
        ratio, low, high: of the two shares, slow over fast, with half a contact added, and the interval.
        pvalue: two-sided, against equal shares.
        qvalue: adjusted for all traits tested (Benjamini & Hochberg 1995).
        found: whether it differs at the rate of false discoveries asked for.
    """

    name: int
    slow: float
    fast: float
    ratio: float
    low: float
    high: float
    pvalue: float
    qvalue: float
    found: bool


def slow_and_fast(
    traits: Sequence[tuple[int, int]],
    slow: int,
    fast: int,
    *,
    rate: float = 0.10,
    alpha: float = 0.05,
    smallest_cell: int = 10,
) -> tuple[Trait, ...]:
    """Which traits differ between slow and fast contacts, at a rate of false discoveries.

    Each trait is tested by itself, pooled z, or Fisher's exact test where an expected count is below five. Ratios
    have the interval of the logarithm with half a contact added to each count (Walter 1975). Traits that both sides
    have in fewer than `smallest_cell` contacts are left out before any is tested, whatever their difference. Traits
    go together (a team and its channel), so that one of them may only stand for another.

    Args:
        traits: contacts with each trait, slow and fast.
        slow, fast: all slow and all fast contacts.
        rate: false discoveries allowed among what is found, as a share.
        alpha: one minus the level of the intervals.
        smallest_cell: see above.

    Raises:
        ValueError: more contacts with a trait than there are.
    """
    if any(not (0 <= a <= slow and 0 <= b <= fast) for a, b in traits):
        raise ValueError("More contacts have a trait than there are.")
    large = [i for i, pair in enumerate(traits) if max(pair) >= smallest_cell]
    if not large or not slow or not fast:
        return ()
    pvalues = [_pvalue(*traits[i], slow, fast) for i in large]
    z = normal_quantile(1 - alpha / 2)
    return tuple(
        Trait(
            i,
            traits[i][0] / slow,
            traits[i][1] / fast,
            *_ratio(*traits[i], slow, fast, z),
            pvalue,
            float(qvalue),
            bool(qvalue <= rate),
        )
        for i, pvalue, qvalue in zip(large, pvalues, benjamini_hochberg(pvalues), strict=True)
    )


def _ratio(a: int, b: int, slow: int, fast: int, z: float) -> tuple[float, float, float]:
    """Ratio of shares and its ends."""
    a1, b1, n1, n0 = a + HALF, b + HALF, slow + HALF, fast + HALF
    middle = log(a1 / n1) - log(b1 / n0)
    half = z * sqrt(max(1 / a1 - 1 / n1 + 1 / b1 - 1 / n0, 0.0))
    return exp(middle), exp(middle - half), exp(middle + half)


def _pvalue(a: int, b: int, slow: int, fast: int) -> float:
    pooled = (a + b) / (slow + fast)
    if min(slow, fast) * min(pooled, 1 - pooled) < SMALL_EXPECTED_COUNT:
        from scipy.stats import fisher_exact

        return min(float(fisher_exact([[a, slow - a], [b, fast - b]]).pvalue), 1.0)
    z = (a / slow - b / fast) / sqrt(pooled * (1 - pooled) * (1 / slow + 1 / fast))
    return float(t_two_sided(z, inf))
