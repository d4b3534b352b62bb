"""A metric by weeks: its points, the limits that they are held against, and which weeks stand out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cs_lib.report.drawing.axes import Floats

Flags = NDArray[np.bool_]
# An axis begins at zero when the lowest point is no higher than this share of the highest.
FROM_ZERO = 0.35
HALF_A_WEEK = np.timedelta64(84, "h")


def in_a_row(flags: Flags) -> list[NDArray[np.intp]]:
    """Where flags are set, a piece for each stretch of neighbours."""
    at = np.flatnonzero(flags)
    return np.split(at, np.flatnonzero(np.diff(at) > 1) + 1) if len(at) else []


@dataclass(frozen=True, slots=True)
class Held:
    """Weeks from number `first` up to before `after` on one centre line; a rebase begins the next.

    `lower` and `upper` have one entry a week; not a number where no limit is drawn.
    """

    first: int
    after: int
    centre: float
    lower: Floats
    upper: Floats


@dataclass(frozen=True, slots=True)
class Weekly:
    """Consecutive weeks in the units shown. `value` is not a number where a week has no point.

    `outside` are points beyond their limits, `run` points of a long run on one side of the centre.
    Raises ValueError when lengths differ, a week is missing or limits overlap.
    """

    start: NDArray[np.datetime64]  # The first day of each week.
    value: Floats
    outside: Flags
    run: Flags
    held: Sequence[Held] = ()

    def __post_init__(self) -> None:
        if {len(self.value), len(self.outside), len(self.run)} != {len(self.start)}:
            raise ValueError("weeks, points and flags of a series differ in number")
        days = self.start.astype("datetime64[D]")
        if (np.diff(days) != np.timedelta64(7, "D")).any():
            raise ValueError("a week is missing between others; it has a place and no point")
        at = 0
        for part in self.held:
            if not at <= part.first < part.after <= len(self.start):
                raise ValueError("limits overlap or leave the weeks")
            if {len(part.lower), len(part.upper)} != {part.after - part.first}:
                raise ValueError("limits have one entry for each of their weeks")
            at = part.after

    @property
    def middle(self) -> NDArray[np.datetime64]:
        """The middle of each week."""
        middle: NDArray[np.datetime64] = self.start.astype("datetime64[h]")
        middle += HALF_A_WEEK
        return middle

    @property
    def there(self) -> Flags:
        """Which weeks have a point."""
        return np.isfinite(self.value)

    @property
    def pieces(self) -> list[NDArray[np.intp]]:
        """Weeks with points, a piece for each stretch without a gap."""
        return in_a_row(self.there)

    @property
    def runs(self) -> list[NDArray[np.intp]]:
        """Weeks with points in a long run, a piece for each stretch without a gap."""
        return in_a_row(self.there & self.run)

    def span(self, *more: float) -> tuple[float, float]:
        """Lowest and highest place of points, limits and `more`; from zero where that costs little room."""
        every = [self.value, np.array(more, dtype=float)]
        for part in self.held:
            every += [part.lower, part.upper, np.array([part.centre])]
        seen = np.concatenate(every)
        seen = seen[np.isfinite(seen)]
        if not len(seen):
            return 0.0, 1.0
        low, high = float(seen.min()), float(seen.max())
        if 0 <= low <= FROM_ZERO * high:
            return 0.0, high or 1.0
        return (low, high) if low < high else (low - 0.5 * abs(low), high + 0.5 * abs(high))
