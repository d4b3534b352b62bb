"""Is the extract whole, and is it the same work before and after? Volume says so before any effect is read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from cs_lib.results import Series

EDGE = 0.3  # a first or last week below this share of its period's median: the extract was cut
COLLAPSE = 1 / 3  # the whole desk's volume after against before
MOVED = 0.5  # the same for the contacts in scope, worth a look
WEEK = 7


@dataclass(frozen=True, slots=True)
class Coverage:
    """Median contacts a week before and after, and the weakest edge week against its period's median."""

    before: float
    after: float
    weakest_edge: float
    weakest_week: date | None

    @property
    def ratio(self) -> float:
        """After against before; not a number without contacts before."""
        return self.after / self.before if self.before > 0 else float("nan")

    @property
    def cut_off(self) -> bool:
        """An edge of a period is all but empty."""
        return self.weakest_edge < EDGE

    @property
    def collapsed(self) -> bool:
        """The whole volume changed by more than any service change explains."""
        return not COLLAPSE <= self.ratio <= 1 / COLLAPSE

    @property
    def moved(self) -> bool:
        """The volume changed by enough to ask whether the work is still the same."""
        return not MOVED <= self.ratio <= 1 / MOVED


def coverage(volume: Series, *, pre: tuple[date, date], post: tuple[date, date]) -> Coverage:
    """Weekly volume at the edges of both periods and across the change.

    Weeks are whole, counted from each period's first day; a period shorter than a week is one week.
    """
    weeks = {period: _weeks(volume, period) for period in (pre, post)}
    edges = [
        (
            totals[i] / np.median(totals) if np.median(totals) > 0 else 0.0,
            period[0].toordinal() + i % len(totals) * WEEK,
        )
        for period, totals in weeks.items()
        for i in (0, 1, -2, -1)
        if len(totals) >= 4
    ]
    worst = min(edges, default=(1.0, None))
    return Coverage(
        before=float(np.median(weeks[pre])),
        after=float(np.median(weeks[post])),
        weakest_edge=float(worst[0]),
        weakest_week=date.fromordinal(worst[1]) if worst[1] is not None else None,
    )


def _weeks(
    volume: Series, period: tuple[date, date]
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    inside = (volume.days >= np.datetime64(period[0])) & (volume.days <= np.datetime64(period[1]))
    counts = volume.numerator[inside]
    whole = max(len(counts) // WEEK, 1)
    totals: np.ndarray[tuple[int], np.dtype[np.float64]] = np.array(
        [counts[i * WEEK : (i + 1) * WEEK].sum() for i in range(whole)]
    )
    return totals
