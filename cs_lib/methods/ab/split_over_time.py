"""Did every variant keep its share of units from the first day to the last?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from cs_lib.methods.ab.sample_ratio import ALARM_P, ATTENTION_P, Level
from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.tails import chi2_tail
from cs_lib.results import Record
from cs_lib.sentences import say

# Days are put together into so many parts of the intake at most.
MOST_PARTS = 10
# A part is large enough when every variant expects so many units in it (Cochran 1954).
SMALLEST_EXPECTED_COUNT = 5
# After so many phases the split is not changed now and then but never kept.
MOST_PHASES = 4
Counts = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Phase(Record):
    """Days in a row with one split: the first and the last day that has units, and units by variant."""

    first: str
    last: str
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class SplitOverTime(Record):
    """Whether the split stayed the same; `phases` are those between the changes, one when there is none.

    `chi2` with `df` is of all parts, `step_chi2` the largest of two sides, with `step_df`.
    """

    pvalue: float
    chi2: float
    df: int
    step_chi2: float
    step_df: int
    parts: int
    phases: tuple[Phase, ...]
    level: Level


def split_over_time(arrivals: Mapping[str, Mapping[str, int]]) -> SplitOverTime:
    """Chi-square tests of homogeneity of units by variant over parts of the intake, in order of time.

    Days are merged into at most `MOST_PARTS` parts with about as many units each, fewer where a
    variant would expect fewer than `SMALLEST_EXPECTED_COUNT`. One test is of all parts; the other, for a
    single change, of the two sides of every border between parts, the largest, its p times the
    number of borders (Bonferroni). `pvalue` is twice the smaller of both. It is conditional on the
    units of each part and variant: an intake that rises or falls is no change, and whether the
    whole keeps to the plan is another question (`sample_ratio`). Below
    `ATTENTION_P` the days of the changes are found by binary segmentation: the cut with the largest
    chi-square of the two sides, and the same again within a side while that side alone alarms.

    Args:
        arrivals: units per variant by day (ISO).

    Raises:
        CannotEstimate: too few units for two parts, or one variant.
    """
    days = sorted(day for day, units in arrivals.items() if sum(units.values()))
    variants = sorted({v for day in days for v, n in arrivals[day].items() if n})
    counts = np.array([[arrivals[day].get(v, 0) for v in variants] for day in days], dtype=float)
    tested = _homogeneity(counts) if len(variants) > 1 else None
    if tested is None:
        raise CannotEstimate(say("There are too few units to test the split over time."))
    level: Level = "ok" if tested.pvalue >= ATTENTION_P else "attention"
    level = "alarm" if tested.pvalue < ALARM_P else level
    cuts = [0, *(_changes(counts, ATTENTION_P) if level != "ok" else []), len(days)]
    phases = tuple(
        Phase(days[a], days[b - 1], _totals(counts[a:b], variants)) for a, b in pairwise(cuts)
    )
    return replace(tested, phases=phases, level=level)


def _totals(counts: Counts, variants: Sequence[str]) -> dict[str, int]:
    return dict(zip(variants, (int(n) for n in counts.sum(axis=0)), strict=True))


def _homogeneity(counts: Counts) -> SplitOverTime | None:
    """The tests of days by variants, without phases; None where there are no two parts."""
    table = _parts(counts)
    if len(table) < 2:
        return None
    table = table[:, table.sum(axis=0) > 0]
    borders, step_df = len(table) - 1, table.shape[1] - 1
    if step_df < 1:
        return None
    before, whole = np.cumsum(table, axis=0)[:-1], table.sum(axis=0)
    chi2 = _chi2(table)
    step = max(_chi2(np.array([first, whole - first])) for first in before)
    every, one = chi2_tail(chi2, borders * step_df), chi2_tail(step, step_df) * borders
    pvalue = min(1.0, 2 * float(min(every, one)))
    return SplitOverTime(pvalue, chi2, borders * step_df, step, step_df, len(table), (), "ok")


def _chi2(table: Counts) -> float:
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    return float(((table - expected) ** 2 / expected).sum())


def _parts(counts: Counts) -> Counts:
    """Days put together in order, so that every variant expects enough units in each part."""
    by_variant, sizes = counts.sum(axis=0), counts.sum(axis=1)
    total = sizes.sum()
    least = SMALLEST_EXPECTED_COUNT * total / by_variant[by_variant > 0].min()
    most = int(min(MOST_PARTS, total // least))
    ends: list[int] = []
    closed = 0.0
    for day, reached in enumerate(np.cumsum(sizes).tolist(), start=1):
        target = total * (len(ends) + 1) / max(most, 1)
        if reached - closed >= least and reached >= target - 1e-9:
            ends.append(day)
            closed = reached
    if not ends:
        ends = [len(sizes)]
    if ends[-1] < len(sizes):  # the rest is too small for a part of its own
        ends[-1] = len(sizes)
    starts = [0, *ends[:-1]]
    return np.array([counts[a:b].sum(axis=0) for a, b in zip(starts, ends, strict=True)])


def _changes(counts: Counts, threshold: float) -> list[int]:
    """The days (by place) on which another split begins, rising; the first cut needs `threshold`, others an alarm."""
    cuts: list[int] = []
    todo = [(0, len(counts), threshold)]
    while todo and len(cuts) < MOST_PHASES - 1:
        start, end, below = todo.pop(0)
        tested = _homogeneity(counts[start:end])
        if tested is None or tested.pvalue >= below:
            continue
        cut = start + _best_cut(counts[start:end])
        if start < cut < end:
            cuts.append(cut)
            todo += [(start, cut, ALARM_P), (cut, end, ALARM_P)]
    return sorted(cuts)


def _best_cut(counts: Counts) -> int:
    """The place that parts days into the two sides that differ most; 0 where no side may be so small."""
    before = np.cumsum(counts, axis=0)[:-1]
    whole = counts.sum(axis=0)
    found, largest = 0, 0.0
    for place, first in enumerate(before, start=1):
        smaller = min(first.sum(), whole.sum() - first.sum())
        if smaller * whole[whole > 0].min() < SMALLEST_EXPECTED_COUNT * whole.sum():
            continue
        chi2 = _chi2(np.array([first, whole - first])[:, whole > 0])
        if chi2 > largest:
            found, largest = place, chi2
    return found
