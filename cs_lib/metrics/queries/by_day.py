"""How a table was filled, by local day of its rows' own time: one reading of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

Days = NDArray[np.datetime64]
Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TableDays:
    """One table by the local day of its row's time; every day from the first to the last is there.

    Attributes:
        table: its canonical name.
        rows: all rows known at the cut, those without a day too.
        days: `datetime64[D]`; empty for a table whose rows have no time.
        counts: rows of each day.
        filled: for each delivered column, rows of each day that have a value.
        within: for each stamp of a later event, rows of each day that have it within `AGE` days of the row's time.
        marks: for each fault by its code, rows of each day that show it.
        totals: rows with a value by delivered column, over the whole table.
        followed: the last day all of whose rows are `AGE` days old at the cut; None without days.
    """

    table: str
    rows: int
    days: Days
    counts: Counts
    filled: dict[str, Counts] = field(default_factory=dict)
    within: dict[str, Counts] = field(default_factory=dict)
    marks: dict[str, Counts] = field(default_factory=dict)
    totals: dict[str, int] = field(default_factory=dict)
    followed: date | None = None

    @property
    def first(self) -> date | None:
        """The first day that has a row."""
        return self.days[0].item() if len(self.days) else None

    @property
    def last(self) -> date | None:
        """The last day that has a row."""
        return self.days[-1].item() if len(self.days) else None


AGE = 28  # days after which what usually follows a row has followed; before, "not yet" is not "not recorded"
