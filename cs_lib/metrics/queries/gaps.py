"""Times between two stamps of a row, and many rows on one stamp: what a clock or a timer did, not a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cs_lib.metrics.queries.by_day import Counts


@dataclass(frozen=True, slots=True)
class Gaps:
    """Times from one stamp to another over the rows of a table that have both.

    Attributes:
        rows: rows with both stamps.
        negative, zero: rows whose second stamp lies before the first, or on it.
        bins: start of each bin that holds a row, in tenths of an hour, in order; positive gaps only.
        counts: rows in each of these bins.
    """

    table: str
    start: str
    end: str
    rows: int
    negative: int
    zero: int
    bins: Counts
    counts: Counts


@dataclass(frozen=True, slots=True)
class Burst:
    """Rows of a table whose stamp is one and the same instant (UTC)."""

    table: str
    column: str
    instant: datetime
    count: int
