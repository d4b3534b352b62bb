"""Whole weeks that end with a period, and where a table's rows really begin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

import numpy as np
from numpy.typing import NDArray

from cs_lib.data.desk import Desk
from cs_lib.data.engines.base import quote
from cs_lib.metrics.queries.sql import moment, stamp

WEEK = 7
# A week with less than this part of the usual rows is not yet the table's beginning: some rows stray before it.
FEW_OF_USUAL = 0.1


@dataclass(frozen=True, slots=True)
class Weeks:
    """Weeks of seven local days, the first of which begins on `first`."""

    first: date
    number: int

    @property
    def starts(self) -> NDArray[np.datetime64]:
        """The first day of each."""
        return np.datetime64(self.first) + WEEK * np.arange(self.number)

    @property
    def last_days(self) -> NDArray[np.datetime64]:
        """The last day of each."""
        return self.starts + (WEEK - 1)

    @property
    def end(self) -> date:
        """The last day of the last one."""
        return self.first + timedelta(days=WEEK * self.number - 1)

    def of(self, desk: Desk, day: str, *, before: int = 0) -> str:
        """SQL of the number of the week that holds a local day, not more than `before` weeks ahead of the first."""
        first = self.first - timedelta(weeks=before)
        days = f"CAST({day} - DATE {quote(first.isoformat())} AS BIGINT)"
        return f"{desk.engine.dialect.divided(days, str(WEEK))} - {before}"

    def place(self, days: NDArray[np.datetime64]) -> NDArray[np.int64]:
        """The number of the week that holds each day: negative before the first."""
        since = (days - np.datetime64(self.first)).astype(np.int64)
        return np.asarray(np.floor_divide(since, WEEK))


def within(desk: Desk, column: str, first: date, last: date) -> str:
    """SQL of whether a stamp lies in some local days, both included: by instants, since days are dear to compute."""
    start, end = (moment(desk, day) for day in (first, last + timedelta(days=1)))
    return f"{column} >= {stamp(start)} AND {column} < {stamp(end)}"


def whole_weeks(start: date, end: date) -> Weeks:
    """The whole weeks of a period, counted backwards from its last day; a first part of a week is left out.

    Raises:
        ValueError: the period is shorter than a week.
    """
    number = ((end - start).days + 1) // WEEK
    if number < 1:
        raise ValueError(f"{start} to {end} is less than a week.")
    return Weeks(end - timedelta(days=WEEK * number - 1), number)


def beginning(rows: Mapping[date, int], end: date) -> date | None:
    """The first day from which rows come as they usually do, from rows by day; None without any.

    It is the first day with rows of the first week with at least a tenth of the median week's: single rows long
    before the others say nothing of what is missing between them.
    """
    by_week: dict[int, int] = {}
    for day, n in rows.items():
        if n and day <= end:
            week = (end - day).days // WEEK
            by_week[week] = by_week.get(week, 0) + n
    if not by_week:
        return None
    least = FEW_OF_USUAL * median(by_week.values())
    first = max(week for week, n in by_week.items() if n >= least)
    return min(day for day, n in rows.items() if n and (end - day).days // WEEK == first)
