"""Counts of days as counts of weeks: what figures of a source's health draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cs_lib.metrics.queries.by_day import TableDays

# A drawing holds so many steps of time; longer histories are drawn in steps of several weeks.
MOST_STEPS = 53
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
