"""Shares of contacts that were hit by something and of those that were not, plain and within strata."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cs_lib.methods.ab.share_intervals import newcombe
from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.tails import normal_quantile, t_two_sided
from cs_lib.sentences import say

Floats = NDArray[np.float64]

LEAST_ANSWERS = 10  # on each side, compared within strata


@dataclass(frozen=True, slots=True)
class AdjustedGap:
    """Share of satisfied answers, hit minus not hit, as shares (-0.1 is ten points less).

    Attributes:
        hit, others: answers on either side.
        share_hit, share_others: satisfied of answered, of all answers.
        raw, raw_low, raw_high: their difference, with Newcombe's interval.
        gap, low, high: the difference within strata, each weighted by the answers of its hit contacts.
        se: its standard error.
        pvalue: two-sided, against no difference within strata; below alpha just where the interval leaves out 0.
        covered: share of the hit answers that stand in a stratum with answers of contacts not hit.
    """

    hit: int
    others: int
    share_hit: float
    share_others: float
    raw: float
    raw_low: float
    raw_high: float
    gap: float
    low: float
    high: float
    se: float
    pvalue: float
    covered: float


def adjusted_gap(
    hit: tuple[ArrayLike, ArrayLike],
    others: tuple[ArrayLike, ArrayLike],
    *,
    alpha: float = 0.05,
) -> AdjustedGap:
    """The gap in a share between contacts that were hit and those that were not, standardised to the hit ones.

    The gap is the mean over strata of the differences of shares, weighted by the answers of hit contacts; strata in
    which one side has no answer are left out. Strata may be many and hold an answer each: the variance of a stratum is
    taken from products across its two sides (Sato 1989), p q' + p' q for each side's p q, which needs no second answer
    on a side, and is linear in the difference that is supposed. The interval holds all differences that lie within so
    many of the errors that they suppose, as Klingenberg (2014, Statistics in Medicine 33, 2968) has it for
    Mantel-Haenszel weights; the weights here are others, which leaves the variance as it is. Where strata differ in
    their gap the variance errs by what they differ in alone. Coverage: docs/bench/journey_gaps.md.

    Answers count as independent, also those of one customer.

    Args:
        hit, others: answers and satisfied answers by stratum, of contacts hit and not hit.
        alpha: one minus the level of the intervals.

    Raises:
        CannotEstimate: too few answers that can be compared, or all of them alike.
        ValueError: lists of different lengths, or more satisfied than answered.
    """
    n1, x1, n0, x0 = _checked(hit, others)
    both = (n1 > 0) & (n0 > 0)
    _require_enough(n1[both], n0[both])
    z = normal_quantile(1 - alpha / 2)
    gap, fixed, slope = _parts(n1[both], x1[both], n0[both], x0[both])
    if fixed <= 0:
        raise CannotEstimate(say("All answers are alike, so there is no gap to judge."))
    middle = gap + z**2 * slope / 2
    half = sqrt(max(middle**2 - gap**2 + z**2 * fixed, 0.0))
    whole = int(x0.sum()), int(n0.sum()), int(x1.sum()), int(n1.sum())
    shares = whole[2] / whole[3], whole[0] / whole[1]
    return AdjustedGap(
        whole[3],
        whole[1],
        *shares,
        shares[0] - shares[1],
        *newcombe(*whole, z),
        gap,
        max(middle - half, -1.0),
        min(middle + half, 1.0),
        sqrt(max(fixed + gap * slope, 0.0)),
        float(t_two_sided(gap / sqrt(fixed), np.inf)),
        float(n1[both].sum() / n1.sum()),
    )


def _require_enough(n1: Floats, n0: Floats) -> None:
    if min(n1.sum(), n0.sum()) < LEAST_ANSWERS:
        raise CannotEstimate(
            say(
                "Only {hit} answers of those hit and {others} of the others can be compared within need and"
                " duration; {least} on each side are needed.",
                hit=int(n1.sum()),
                others=int(n0.sum()),
                least=LEAST_ANSWERS,
            )
        )


def _parts(n1: Floats, x1: Floats, n0: Floats, x0: Floats) -> tuple[float, float, float]:
    """The gap, its variance when there is none, and how that variance moves with the gap."""
    share1, share0 = x1 / n1, x0 / n0
    weight = n1 / n1.sum()
    across = (share1 * (1 - share0) + share0 * (1 - share1)) / 2
    fixed = (weight**2 * across * (1 / n1 + 1 / n0)).sum()
    slope = (weight**2 * ((0.5 - share1) / n1 - (0.5 - share0) / n0)).sum()
    return float((weight * (share1 - share0)).sum()), float(fixed), float(slope)


def _checked(
    hit: tuple[ArrayLike, ArrayLike], others: tuple[ArrayLike, ArrayLike]
) -> tuple[Floats, Floats, Floats, Floats]:
    n1, x1, n0, x0 = (np.asarray(one, dtype=float) for one in (*hit, *others))
    if not n1.shape == x1.shape == n0.shape == x0.shape or n1.ndim != 1:
        raise ValueError("Answers and satisfied answers need one number for each stratum.")
    if (x1 > n1).any() or (x0 > n0).any() or min(one.min(initial=0) for one in (x1, x0)) < 0:
        raise ValueError("There are more satisfied answers than answers.")
    return n1, x1, n0, x0
