"""Is the extract whole, and is it the same work before and after? Volume says so before any effect is read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from cs_lib.aggregates import Series

EDGE = 0.4  # a first or last week below this share of its period's median: the extract was cut
SILENCE = 3  # empty days in a row at an edge, more than anywhere inside: cut as well
COLLAPSE = 1 / 3  # the whole desk's volume after against before
MOVED = 0.5  # the same for the contacts in scope, worth a look
WEEK = 7

Period = tuple[date, date]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Coverage:
    """Median contacts a week before and after, and what looks cut off at an edge."""

    before: float
    after: float
    weakest_edge: float  # the thinnest first or last week against its period's median
    weakest_week: date | None  # its first day
    thin_weeks: tuple[date, ...]  # first days of all edge weeks that look cut, in order
    silent: tuple[date, date] | None  # empty days at an edge

    @property
    def ratio(self) -> float:
        """After against before; not a number without contacts before."""
        return self.after / self.before if self.before > 0 else float("nan")

    @property
    def cut_off(self) -> bool:
        """An edge of a period is all but empty."""
        return self.weakest_edge < EDGE or self.silent is not None

    @property
    def collapsed(self) -> bool:
        """The whole volume changed by more than any service change explains."""
        return not COLLAPSE <= self.ratio <= 1 / COLLAPSE

    @property
    def moved(self) -> bool:
        """The volume changed by enough to ask whether the work is still the same."""
        return not MOVED <= self.ratio <= 1 / MOVED


def coverage(volume: Series, *, pre: Period, post: Period) -> Coverage:
    """Volume at the edges of both periods and across the change.

    Weeks are whole, counted from a period's first day for its start and from its last day for its
    end, so that no edge day escapes. Periods under four weeks have no edges to judge.
    """
    counts = {period: _counts(volume, period) for period in (pre, post)}
    edges = [edge for period in (pre, post) for edge in _edges(counts[period], period)]
    share, first = min(edges, default=(1.0, None), key=lambda edge: edge[0])
    silent = [gap for period in (pre, post) if (gap := _silence(counts[period], period))]
    return Coverage(
        before=_median_week(counts[pre]),
        after=_median_week(counts[post]),
        weakest_edge=share,
        weakest_week=first,
        thin_weeks=tuple(sorted({day for part, day in edges if part < EDGE})),
        silent=silent[0] if silent else None,
    )


def _counts(volume: Series, period: Period) -> Floats:
    first, last = (np.datetime64(day) for day in period)
    return volume.numerator[(volume.days >= first) & (volume.days <= last)]


def _weeks(counts: Floats) -> Floats:
    """Sums of whole weeks from the first day on."""
    whole = len(counts) // WEEK
    weeks: Floats = counts[: whole * WEEK].reshape(whole, WEEK).sum(axis=1)
    return weeks


def _median_week(counts: Floats) -> float:
    weeks = _weeks(counts)
    return float(np.median(weeks)) if len(weeks) else float(counts.sum())


def _edges(counts: Floats, period: Period) -> list[tuple[float, date]]:
    """First two and last two weeks as shares of the median, with the first day of each."""
    if len(counts) < 4 * WEEK:
        return []
    usual = _median_week(counts) or 1.0
    start = [(float(counts[i : i + WEEK].sum()) / usual, i) for i in (0, WEEK)]
    tail = [len(counts) - WEEK, len(counts) - 2 * WEEK]
    end = [(float(counts[i : i + WEEK].sum()) / usual, i) for i in tail]
    return [(share, period[0] + timedelta(days=i)) for share, i in start + end]


def _silence(counts: Floats, period: Period) -> tuple[date, date] | None:
    """Empty days at an edge that are longer than any silence inside."""
    busy = np.flatnonzero(counts > 0)
    if len(counts) < 4 * WEEK or len(busy) < 2:
        return None
    inside = int(np.diff(busy).max()) - 1
    lead, trail = int(busy[0]), len(counts) - 1 - int(busy[-1])
    if trail >= SILENCE and trail > inside:
        return period[1] - timedelta(days=trail - 1), period[1]
    if lead >= SILENCE and lead > inside:
        return period[0], period[0] + timedelta(days=lead - 1)
    return None
