"""Is the extract whole, and is it the same work before and after? Volume says so before any effect is read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from cs_lib.aggregates import Series

# The extract was cut when a first or last week holds less than this share of its period's median.
MIN_EDGE_WEEK_SHARE = 0.4
# It must lie so many standard errors of a plain count below it, too.
MIN_EDGE_IN_SE = 4.0
# It was cut as well when so many days in a row are empty at an edge, and no gap inside is as long.
MIN_SILENT_EDGE_DAYS = 3
# The whole desk's volume, after against before, has collapsed below this ratio or beyond its inverse.
COLLAPSED_VOLUME_RATIO = 1 / 3
# The volume of the contacts in scope is worth a look below this ratio or beyond its inverse.
MOVED_VOLUME_RATIO = 0.5
DAYS_PER_WEEK = 7

Period = tuple[date, date]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Coverage:
    """Median contacts a week before and after, and what looks cut off at an edge."""

    before: float
    after: float
    weakest_edge: float  # the thinnest first or last week against its period's median
    weakest_week: date | None  # The first day of that week.
    thin_weeks: tuple[date, ...]  # first days of all edge weeks that look cut, in order
    silent: tuple[date, date] | None  # The first and last of the empty days at an edge.

    @property
    def ratio(self) -> float:
        """After against before; not a number without contacts before."""
        return self.after / self.before if self.before > 0 else float("nan")

    @property
    def cut_off(self) -> bool:
        """An edge of a period is all but empty."""
        return self.weakest_edge < MIN_EDGE_WEEK_SHARE or self.silent is not None

    @property
    def collapsed(self) -> bool:
        """The whole volume changed by more than any service change explains."""
        return not COLLAPSED_VOLUME_RATIO <= self.ratio <= 1 / COLLAPSED_VOLUME_RATIO

    @property
    def moved(self) -> bool:
        """The volume changed by enough to ask whether the work is still the same."""
        return not MOVED_VOLUME_RATIO <= self.ratio <= 1 / MOVED_VOLUME_RATIO


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
        thin_weeks=tuple(sorted({day for part, day in edges if part < MIN_EDGE_WEEK_SHARE})),
        silent=silent[0] if silent else None,
    )


def _counts(volume: Series, period: Period) -> Floats:
    first, last = (np.datetime64(day) for day in period)
    return volume.numerator[(volume.days >= first) & (volume.days <= last)]


def _weeks(counts: Floats) -> Floats:
    """Sums of whole weeks from the first day on."""
    whole = len(counts) // DAYS_PER_WEEK
    weeks: Floats = counts[: whole * DAYS_PER_WEEK].reshape(whole, DAYS_PER_WEEK).sum(axis=1)
    return weeks


def _median_week(counts: Floats) -> float:
    weeks = _weeks(counts)
    return float(np.median(weeks)) if len(weeks) else float(counts.sum())


def _edges(counts: Floats, period: Period) -> list[tuple[float, date]]:
    """First two and last two weeks as shares of the median, with the first day of each.

    Weeks so small that chance alone can make them thin are left out.
    """
    if len(counts) < 4 * DAYS_PER_WEEK:
        return []
    usual = _median_week(counts) or 1.0
    last = len(counts) - DAYS_PER_WEEK
    weeks = {i: float(counts[i : i + DAYS_PER_WEEK].sum()) for i in (0, 7, last, last - 7)}
    return [
        (rows / usual, period[0] + timedelta(days=i))
        for i, rows in weeks.items()
        if rows >= MIN_EDGE_WEEK_SHARE * usual or (usual - rows) / np.sqrt(usual) >= MIN_EDGE_IN_SE
    ]


def _silence(counts: Floats, period: Period) -> tuple[date, date] | None:
    """Empty days at an edge that are longer than any silence inside."""
    busy = np.flatnonzero(counts > 0)
    if len(counts) < 4 * DAYS_PER_WEEK or len(busy) < 2:
        return None
    inside = int(np.diff(busy).max()) - 1
    lead, trail = int(busy[0]), len(counts) - 1 - int(busy[-1])
    if trail >= MIN_SILENT_EDGE_DAYS and trail > inside:
        return period[1] - timedelta(days=trail - 1), period[1]
    if lead >= MIN_SILENT_EDGE_DAYS and lead > inside:
        return period[0], period[0] + timedelta(days=lead - 1)
    return None
