"""Times on two sides of a change whose shape no work has: moved by whole half hours, cut off, or all of one length."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]

# Where a side should have had so many times and has none, chance is one in a million (e to the power -14).
LEAST_EXPECTED = 14.0
# "None" may be so few of those expected: a handful of rows is always odd.
HARDLY_ANY = 0.02
# Zones differ by whole half hours, as far as so many hours.
HALF_HOUR, MOST_HOURS = 2, 14  # quarters of an hour; hours
# Beside the edge there must be this share of what the other side has beside zero, or up to the same length: a service
# that became slower or faster has thinned out there too.
AT_THE_EDGE = 0.5
# The edge of a cut lies in the upper half of the lengths below it.
EDGE = 0.5
# Beyond the usual, so many of the times have one length to the second; whoever writes takes now more, now less.
LEAST_OF_ONE_LENGTH, LEAST_PILED = 0.05, 20
PILED_IN_SE = 5.0  # above the other side: thousands of lengths are looked at
MINUTE = 60
# Where nearly all short times are whole minutes, stamps are kept to the minute, and many times are of one length.
KEPT_TO_THE_MINUTE = 0.9


@dataclass(frozen=True, slots=True)
class Edge:
    """A length in quarters of an hour beyond which a side has hardly any times, and how many were to be expected."""

    side: int  # 0 or 1: the one that lacks them
    quarters: int
    expected: float
    share: float  # of the other side's times that lie there
    gathered: bool = False  # of a cut: as many more times lie just below it as are missing above


def moved(sides: Counts) -> Edge | None:
    """The whole half hours by which the times of one side are longer than those of the other.

    `sides` has a row for each side and a column for every quarter of an hour, the last one for times that have no end.
    Nothing is shorter than the length then, and what lies just above it is what lies just above nothing on the other
    side. A slower service stretches its times and leaves no such edge.
    """
    for side in (0, 1):
        mine, theirs = sides[side].astype(float), sides[1 - side].astype(float)
        if not mine.sum() or not theirs.sum():
            continue
        below, usual = np.cumsum(mine), np.cumsum(theirs) * mine.sum() / theirs.sum()
        first = (
            int(np.searchsorted(usual, LEAST_EXPECTED)) + 1
        )  # quarters that should hold that many
        longest = min(2 * HALF_HOUR * MOST_HOURS, len(mine) - 1 - first)
        start, found = np.diff(usual[:first], prepend=0.0), dict[int, float]()
        for length in range(-(-first // HALF_HOUR) * HALF_HOUR, longest + 1, HALF_HOUR):
            there = mine[length : length + first]
            few = below[length - 1] <= HARDLY_ANY * usual[length - 1]
            if few and there.sum() >= AT_THE_EDGE * start.sum():
                found[length] = float(np.abs(there - start).sum())
        if found:
            length = min(found, key=lambda one: found[one])
            share = float(theirs[:length].sum() / theirs.sum())
            return Edge(side, length, float(usual[length - 1]), share)
    return None


def cut_off(sides: Counts) -> Edge | None:
    """The shortest length above which one side has hardly any times, though up to it there are as many as ever.

    The last column, times that have no end, lies above every length; a length as long as all is that no time lacks
    its end. A faster service thins out its long times before they are gone.
    """
    for side in (0, 1):
        mine, theirs = sides[side].astype(float), sides[1 - side].astype(float)
        if not mine.sum() or not theirs.sum():
            continue
        scale = mine.sum() / theirs.sum()
        above, usual = (np.cumsum(v[::-1])[::-1] for v in (mine, theirs * scale))
        lengths = np.flatnonzero((usual >= LEAST_EXPECTED) & (above <= HARDLY_ANY * usual))
        for length in lengths[lengths > 0].tolist():
            # As often as ever: of those that are shorter, the same share lies next to the cut.
            ever = theirs[:length] * mine[:length].sum() / max(float(theirs[:length].sum()), 1.0)
            near = int(np.searchsorted(np.cumsum(ever[::-1]), LEAST_EXPECTED)) + 1
            start = max(int(EDGE * length), length - near)
            edge, as_ever = float(mine[start:length].sum()), float(ever[start:].sum())
            missing = float(usual[length] - above[length])
            if as_ever >= LEAST_EXPECTED and edge >= AT_THE_EDGE * as_ever:
                gathered = bool(edge - as_ever >= missing / 2)
                share = float(theirs[length:].sum() / theirs.sum())
                return Edge(side, length, float(usual[length]), share, gathered)
    return None


def of_one_length(sides: Counts, totals: tuple[int, int]) -> tuple[int, tuple[int, ...]] | None:
    """The side on which many times have one length, and these lengths in seconds.

    `sides` has a column for every second of short times; `totals` are all times of the sides. Times of nothing are
    not looked at.
    """
    short = sides[:, 1:]
    if not all(totals) or not short.any():
        return None
    whole = short[:, MINUTE - 1 :: MINUTE].sum() / short.sum()
    if whole >= KEPT_TO_THE_MINUTE:
        return None
    shares = short / np.array(totals, dtype=float)[:, None]
    pooled = short.sum(axis=0) / sum(totals)
    error = np.sqrt(pooled * (1 - pooled) * (1 / totals[0] + 1 / totals[1]))
    for side in (1, 0):
        more = shares[side] - shares[1 - side]
        piled = (more >= LEAST_OF_ONE_LENGTH) & (more >= PILED_IN_SE * error)
        piled &= short[side] >= LEAST_PILED
        if piled.any():
            return side, tuple(int(at) + 1 for at in np.flatnonzero(piled))
    return None
