"""Counts of days as counts of weeks: what figures of a source's health draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cs_lib.metrics.queries.health.by_day import TableDays

# A drawing holds so many steps of time; longer histories are drawn in steps of several weeks.
MOST_STEPS = 53
# Steps with fewer rows say nothing about a share; so many steps at each end are told in numbers.
LEAST_ROWS, STEPS_TOLD = 20, 4
MONDAY = np.datetime64("1970-01-05")
WEEK = np.timedelta64(7, "D")


@dataclass(frozen=True, slots=True)
class Weeks:
    """Steps of whole weeks from a Monday on, for several tables alike."""

    starts: NDArray[np.datetime64]
    each: int  # weeks a step

    def sums(self, days: NDArray[np.datetime64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
        """The counts of days as one number for each step."""
        sums = np.zeros(len(self.starts), dtype=np.int64)
        if len(days):
            step = (days.astype("datetime64[D]") - self.starts[0]) // (WEEK * self.each)
            np.add.at(sums, step.astype(np.int64), counts)
        return sums


def weeks_of(tables: Sequence[TableDays]) -> Weeks:
    """Steps that hold every day of these tables, one of which has days."""
    with_days = [t.days.astype("datetime64[D]") for t in tables if len(t.days)]
    first = min(days[0] for days in with_days)
    last = max(days[-1] for days in with_days)
    start = MONDAY + (first - MONDAY) // WEEK * WEEK
    count = int((last - start) // WEEK) + 1
    each = -(-count // MOST_STEPS)
    return Weeks(start + np.arange(-(-count // each)) * WEEK * each, each)


@dataclass(frozen=True, slots=True)
class Filled:
    """Step by step, how many rows of a table have a value in a column; or how many were answered."""

    name: str
    filled: NDArray[np.int64]
    rows: NDArray[np.int64]

    @property
    def shares(self) -> NDArray[np.float64]:
        """The share of each step; not a number without rows."""
        return np.where(self.rows > 0, self.filled / np.maximum(self.rows, 1), np.nan)

    @property
    def judged(self) -> NDArray[np.float64]:
        """Shares of the steps with rows enough, of all when none has."""
        enough = self.rows >= min(LEAST_ROWS, int(self.rows.max(initial=0)))
        return self.shares[enough & (self.rows > 0)]

    @property
    def whole(self) -> float:
        """The share over all steps; not a number without rows."""
        return _share(self.filled, self.rows)

    @property
    def ends(self) -> tuple[float, float]:
        """The share in the first and in the last steps that have rows."""
        use = np.flatnonzero(self.rows > 0)
        first, last = use[:STEPS_TOLD], use[-STEPS_TOLD:]
        return _share(self.filled[first], self.rows[first]), _share(
            self.filled[last], self.rows[last]
        )

    @property
    def spread(self) -> float:
        """From the lowest to the highest share of the steps with rows enough."""
        return float(np.ptp(self.judged)) if len(self.judged) else 0.0


def _share(filled: NDArray[np.int64], rows: NDArray[np.int64]) -> float:
    total = int(rows.sum())
    return int(filled.sum()) / total if total else float("nan")
