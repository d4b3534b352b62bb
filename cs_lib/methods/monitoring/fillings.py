"""How a table is filled day by day, and what would be usual on each of its days, as its neighbours tell."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

WEEK = 7
# What a day usually holds is the median of the same weekday in so many weeks before it, and after it.
WEEKS_BESIDE = 12
# There must be so many of them on a side.
LEAST_WEEKS_BESIDE = 3
# So many days without any row in a row say nothing about what is usual.
LONG_SILENCE_DAYS = 14
# A year ago the same days are found up to so many days earlier or later: feasts move with the moon.
FEAST_MOVES_DAYS = 21
DAYS_A_YEAR = 364  # whole weeks

Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]


@dataclass(frozen=True, slots=True)
class Spell:
    """Days in a row on which a table holds far less, or far more, than in the weeks beside them."""

    first: date
    last: date
    found: float  # rows on these days
    usual: float  # rows that the weeks beside them would have led to expect

    @property
    def days(self) -> int:
        """How many days."""
        return (self.last - self.first).days + 1

    @property
    def share(self) -> float:
        """Rows found over rows expected."""
        return self.found / self.usual if self.usual > 0 else float("inf")

    def covers(self, days: Days) -> NDArray[np.bool_]:
        """Which days lie in it."""
        return (days >= np.datetime64(self.first)) & (days <= np.datetime64(self.last))


class Filling:
    """How a table is filled day by day: `days` without a gap between them, rows of each, days that never look usual.

    `beside` are the rows of another table on the same days, which may explain what happens in this one. `expected` are
    the rows of each day where the table's rows follow from another's. Else what is usual on a day is told by the same
    weekday in the weeks before, and in the weeks after it: two answers, so that a lasting change of level is neither a
    hole nor a surge.
    """

    def __init__(
        self,
        days: Days,
        counts: NDArray[np.float64] | NDArray[np.int64],
        *,
        beside: Floats | None = None,
        expected: Floats | None = None,
        holidays: Collection[date] = (),
    ) -> None:
        self.days, self.counts = days.astype("datetime64[D]"), counts.astype(float)
        self.beside, self.expected, self.holidays = beside, expected, tuple(sorted(holidays))
        self.holiday = np.isin(self.days, np.array(self.holidays, dtype="datetime64[D]"))
        busy = np.flatnonzero(self.counts > 0)
        self.life = (int(busy[0]), int(busy[-1])) if len(busy) else (0, -1)
        both = [self._neighbours(forward=False), self._neighbours(forward=True)]
        self.low, self.high = np.fmin(*both), np.fmax(*both)
        self.spread = self._spread()

    def _neighbours(self, *, forward: bool) -> Floats:
        """The median of the same weekday in the weeks on one side; not a number without enough of them."""
        n, (first, last) = len(self.days), self.life
        known = np.where(self.holiday | _long_silence(self.counts), np.nan, self.counts)
        known[:first], known[last + 1 :] = np.nan, np.nan
        weeks = np.full((WEEKS_BESIDE, n), np.nan)
        for k in range(1, WEEKS_BESIDE + 1):
            shift = k * WEEK
            if shift < n and forward:
                weeks[k - 1, : n - shift] = known[shift:]
            elif shift < n:
                weeks[k - 1, shift:] = known[: n - shift]
        enough = (~np.isnan(weeks)).sum(axis=0) >= LEAST_WEEKS_BESIDE
        usual = np.full(n, np.nan)
        usual[enough] = np.nanmedian(weeks[:, enough], axis=0)
        order = range(n) if not forward else range(n - 1, -1, -1)
        for i in order:  # In a silence longer than the weeks looked at, what was usual at its edge.
            from_edge = i + WEEK if forward else i - WEEK
            if np.isnan(usual[i]) and 0 <= from_edge < n and first <= i <= last:
                usual[i] = usual[from_edge]
        return usual

    def _spread(self) -> float:
        """Variance over mean of ordinary days, at least that of plain counts; by the median deviation."""
        usual = (self.low + self.high) / 2
        there = (usual >= 1) & ~self.holiday
        if not there.any():
            return 1.0
        off = np.abs(self.counts[there] - usual[there]) / np.sqrt(usual[there])
        return max(1.0, float((1.4826 * np.median(off)) ** 2))

    def share(self, spell: Spell) -> float | None:
        """Rows in a spell over the usual ones of this table; None where that cannot be told."""
        return self._share(spell.covers(self.days))

    def _share(self, inside: NDArray[np.bool_]) -> float | None:
        usual = (self.low + self.high) / 2
        told = inside & ~self.holiday & ~np.isnan(usual)
        if told.sum() < inside.sum() / 2 or not inside.any() or usual[told].sum() < 1:
            return None
        return float(self.counts[told].sum() / usual[told].sum())

    def a_year_ago(self, spell: Spell, *, down: bool) -> float | None:
        """The lowest (or highest) share of the usual rows in as many days about a year before; None when unknown."""
        shares = []
        for shift in range(-FEAST_MOVES_DAYS, FEAST_MOVES_DAYS + 1):
            back = np.timedelta64(DAYS_A_YEAR + shift, "D")
            first, last = (np.datetime64(day) - back for day in (spell.first, spell.last))
            if first < self.days[0]:
                continue
            share = self._share((self.days >= first) & (self.days <= last))
            if share is not None:
                shares.append(share)
        if not shares:
            return None
        return min(shares) if down else max(shares)


def runs_of(
    marked: NDArray[np.bool_], *, bridged: NDArray[np.bool_], apart: int = 0
) -> list[tuple[int, int]]:
    """First and last place of runs of marked days; bridged days, and so many others in a row, do not end one."""
    found: list[tuple[int, int]] = []
    for place in np.flatnonzero(marked).tolist():
        if found:
            between = slice(found[-1][1] + 1, place)
            if int((~bridged[between]).sum()) <= apart:
                found[-1] = (found[-1][0], place)
                continue
        found.append((place, place))
    return found


def _long_silence(counts: Floats) -> NDArray[np.bool_]:
    """Days of a long run without a row."""
    long = np.zeros(len(counts), dtype=bool)
    for first, last in runs_of(counts == 0, bridged=np.zeros(len(counts), dtype=bool)):
        long[first : last + 1] = last - first + 1 >= LONG_SILENCE_DAYS
    return long
