"""Did the work change, or what came in? A difference split into mix and within-group change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from cs_lib import sentences as w
from cs_lib.aggregates import Series
from cs_lib.methods.errors import CannotEstimate
from cs_lib.results import Record
from cs_lib.sentences import say

Floats = NDArray[np.float64]
DAYS_PER_WEEK = 7


@dataclass(frozen=True, slots=True)
class MixPart(Record):
    """One group before and after: share of the cases, value, and what it adds to the difference."""

    group: str
    share_before: float
    share_after: float
    value_before: float
    value_after: float
    by_mix: float
    by_change: float


@dataclass(frozen=True, slots=True)
class MixSplit(Record):
    """A difference of means split exactly: `by_mix` + `by_change` = after - before (Kitagawa 1955).

    In the metric's unit, without an interval: it describes. The test is a step in the series that
    `standardised` gives.
    """

    column: str
    before: float
    after: float
    by_mix: float
    by_change: float
    parts: tuple[MixPart, ...]  # The largest share before the change comes first.


def split_mix(
    parts: Mapping[str, Series],
    column: str,
    *,
    intervention_date: str | date,
    washout_days: int = 0,
) -> MixSplit:
    """Kitagawa's (1955) symmetric split of the change between the periods.

    By its share a group adds what lies between its rate and that of all groups (means of both sides),
    so that one at the overall rate adds nothing. A group absent on one side has there the value of the
    other side: it can only change the mix.

    Raises:
        CannotEstimate: fewer than two groups, or no case on a side.
    """
    groups = [name for name, s in parts.items() if s.denominator.sum() > 0]
    if len(groups) < 2:
        raise CannotEstimate(
            say(
                "{column} has fewer than two groups, so there is no mix to change.",
                column=w.name(column),
            )
        )
    sums = np.array([_sides(parts[g], intervention_date, washout_days) for g in groups])
    above, below = sums[:, 0], sums[:, 1]  # groups x (before, after)
    total = below.sum(axis=0)
    if not np.all(total > 0):
        raise CannotEstimate(
            say("{column}: there is no case on one side of the change.", column=w.name(column))
        )
    share, value = below / total, _filled(above, below)
    by_change = share.mean(axis=1) * (value[:, 1] - value[:, 0])
    before, after = (float((share[:, k] * value[:, k]).sum()) for k in (0, 1))
    # Changes of shares add up to zero, so that the sum does not hang on the centre.
    by_mix = (share[:, 1] - share[:, 0]) * (value.mean(axis=1) - (before + after) / 2)
    rows = [
        MixPart(
            group=group,
            share_before=float(share[i, 0]),
            share_after=float(share[i, 1]),
            value_before=float(value[i, 0]),
            value_after=float(value[i, 1]),
            by_mix=float(by_mix[i]),
            by_change=float(by_change[i]),
        )
        for i, group in enumerate(groups)
    ]
    ordered = tuple(sorted(rows, key=lambda r: -r.share_before))
    return MixSplit(column, before, after, float(by_mix.sum()), float(by_change.sum()), ordered)


def standardised(
    parts: Mapping[str, Series],
    *,
    intervention_date: str | date,
    washout_days: int = 0,
    weeks_from: str | date | None = None,
) -> Series:
    """The metric as it would have run with every group's share of before the change.

    By weeks counted from `weeks_from` (the intervention when not said), spread over their days so
    that a weekly series of it is exact. A group without cases in a week has its mean of that side.

    Raises:
        CannotEstimate: no case before the change.
    """
    groups = [name for name, s in parts.items() if s.denominator.sum() > 0]
    if not groups:
        raise CannotEstimate(say("There is no case in any group."))
    first = parts[groups[0]]
    start = np.datetime64(str(weeks_from or intervention_date), "D")
    changed = (np.datetime64(str(intervention_date), "D") - start).astype(int) / DAYS_PER_WEEK
    week = np.floor_divide((first.days.astype("datetime64[D]") - start).astype(int), DAYS_PER_WEEK)
    place = week - week.min()
    size = int(place.max()) + 1
    above = np.array([np.bincount(place, parts[g].numerator, size) for g in groups])
    below = np.array([np.bincount(place, parts[g].denominator, size) for g in groups])
    sums = np.array([_sides(parts[g], intervention_date, washout_days) for g in groups])
    weight = sums[:, 1, 0]
    if not weight.sum() > 0:
        raise CannotEstimate(say("There is no case before the change to take the mix from."))
    usual = _filled(sums[:, 0], sums[:, 1])
    late = (np.arange(size) + week.min() >= changed).astype(int)
    value = np.divide(above, below, out=usual[:, late].copy(), where=below > 0)
    mixed = weight @ value / weight.sum()
    cases = sum((parts[g].denominator for g in groups), np.zeros(len(first.days)))
    return Series(first.metric, first.days, mixed[place] * cases, cases)


def _sides(series: Series, intervention_date: str | date, washout_days: int) -> Floats:
    """Numerator and denominator (rows) before the change and after the wash-out (columns)."""
    time = (
        series.days.astype("datetime64[D]") - np.datetime64(str(intervention_date), "D")
    ).astype(int)
    before, after = time < 0, time >= washout_days
    return np.array(
        [[v[before].sum(), v[after].sum()] for v in (series.numerator, series.denominator)]
    )


def _filled(above: Floats, below: Floats) -> Floats:
    """Values by group and side; where a side has no case, the other side's."""
    value = np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0)
    return np.asarray(np.where(np.isnan(value), value[:, ::-1], value))
