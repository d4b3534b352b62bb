"""Pains of the way in order of what they take away: customers hit times what they lose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from cs_lib.methods.ab.multiplicity import benjamini_hochberg
from cs_lib.methods.process.adjusted_gap import AdjustedGap
from cs_lib.methods.tails import normal_quantile


@dataclass(frozen=True, slots=True)
class RankedPain:
    """One pain.

    Attributes:
        name: as given.
        customers: hit a month, each once in the time looked at.
        size, low, high: customers hit a month times the satisfaction they lack within strata: satisfied customers
            fewer a month, were the gap the pain's doing; None where the gap cannot be had. Below 0 where those hit
            are more satisfied.
        qvalue: the gap's p, adjusted for all pains that have one (Benjamini & Hochberg 1995); None without.
        found: whether those hit are less satisfied, by the smallest gap at least and beyond chance.
    """

    name: str
    customers: float
    size: float | None
    low: float | None
    high: float | None
    qvalue: float | None
    found: bool


def worst_pains(
    pains: Sequence[tuple[str, int, AdjustedGap | None]],
    months: float,
    *,
    rate: float = 0.10,
    smallest_gap: float = 0.02,
    alpha: float = 0.05,
) -> tuple[RankedPain, ...]:
    """Pains by size: those that are found first, then the others, each largest first; those without a gap last.

    The ends of a size recover the variance of the product from the ends of its gap and the error of its customers, a
    Poisson count (MOVER: Zou & Donner 2008), so that a gap whose interval is not symmetric keeps its shape. Satisfied
    customers, all of those hit: as many as answered are taken to stand for those who did not.

    The first of a list was picked because it is the largest, so its own size is too large on average.

    Args:
        pains: name, customers hit, and the gap of each, None where it cannot be had.
        months: of the time in which they were hit.
        rate: false discoveries allowed among what is found, as a share.
        smallest_gap: below it (as a share) nothing is found.
        alpha: one minus the level of the intervals; that of the gaps.

    Raises:
        ValueError: no time.
    """
    if not months > 0:
        raise ValueError("Customers a month need some time.")
    gaps = [gap for *_, gap in pains if gap is not None]
    adjusted = iter(benjamini_hochberg([gap.pvalue for gap in gaps]).tolist())
    z = normal_quantile(1 - alpha / 2)
    ranked = []
    for name, customers, gap in pains:
        if gap is None:
            ranked.append(RankedPain(name, customers / months, None, None, None, None, False))
            continue
        qvalue = next(adjusted)
        found = qvalue <= rate and gap.gap <= -smallest_gap
        size = _size(customers, gap, z)
        low, middle, high = (one / months for one in size)
        ranked.append(RankedPain(name, customers / months, middle, low, high, qvalue, found))
    return tuple(sorted(ranked, key=_place))


def _size(customers: int, gap: AdjustedGap, z: float) -> tuple[float, float, float]:
    """Low end, size and high end of customers times what they lack."""
    lacks = -gap.gap
    size, of_count = customers * lacks, lacks * z * sqrt(customers)
    below = sqrt((customers * (gap.high - gap.gap)) ** 2 + of_count**2)
    above = sqrt((customers * (gap.gap - gap.low)) ** 2 + of_count**2)
    return size - below, size, size + above


def _place(pain: RankedPain) -> tuple[bool, bool, float, float, str]:
    lost = 0.0 if pain.size is None else pain.size
    return not pain.found, pain.size is None, -lost, -pain.customers, pain.name
