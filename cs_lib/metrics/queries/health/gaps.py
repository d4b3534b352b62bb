"""Times between two stamps of a row, and many rows on one stamp: what a clock or a timer did, not a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from cs_lib.data.desk import Desk
from cs_lib.metrics.queries.health.by_day import Counts
from cs_lib.metrics.queries.sql import after

BIN = 360_000_000  # microseconds of a bin: a tenth of an hour
BINS_A_DAY = 240
LONGEST = 400 * BINS_A_DAY  # longer times are no timer's
MINUTE = 60_000_000
LEAST_ON_ONE = 10  # rows on one instant that are looked at
MOST_INSTANTS = 50
MOST_MINUTES = 2_000  # the busiest of a table

PAIRS = (
    ("contacts", "opened_at", "first_response_at"),
    ("contacts", "opened_at", "resolved_at"),
    ("contacts", "resolved_at", "closed_at"),
    ("orders", "ordered_at", "delivered_at"),
)
# Orders and assignments may come in a batch.
STAMPS = {"contacts": ("opened_at", "resolved_at", "closed_at")}


@dataclass(frozen=True, slots=True)
class Gaps:
    """Times from one stamp to another over the rows of a table that have both.

    Attributes:
        rows: rows with both stamps.
        negative, zero: rows whose second stamp lies before the first, or on it.
        bins: start of each bin that holds a row, in tenths of an hour, in order; positive gaps up to 400 days.
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
    """Rows whose stamp is one and the same instant (UTC)."""

    instant: datetime
    count: int


@dataclass(frozen=True, slots=True)
class Bursts:
    """Instants that very many rows of a column share.

    Attributes:
        rows: rows that have the stamp.
        instants, held: instants with at least `LEAST_ON_ONE` rows, and the rows on them.
        top: the largest of them.
    """

    table: str
    column: str
    rows: int
    instants: int
    held: int
    top: tuple[Burst, ...]


def gaps(desk: Desk) -> tuple[Gaps, ...]:
    """The times of every pair of stamps that the tables have."""
    return tuple(
        _gaps(desk, *pair)
        for pair in PAIRS
        if desk.has(pair[0]) and all(desk.facts[pair[0]].of(column).filled for column in pair[1:])
    )


def _gaps(desk: Desk, table: str, start: str, end: str) -> Gaps:
    dialect = desk.engine.dialect
    gap = f"{dialect.micros(end)} - {dialect.micros(start)}"
    whole = dialect.divided("g", f"{BIN}")
    rows = desk.engine.rows(
        f"SELECT CASE WHEN g < 0 THEN -2 WHEN g = 0 THEN -1 WHEN {whole} > {LONGEST} THEN {LONGEST + 1}"
        f" ELSE {whole} END AS b, count(*)"
        f" FROM (SELECT {gap} AS g FROM {table}) s WHERE g IS NOT NULL GROUP BY 1 ORDER BY 1"
    )
    known = {int(b): int(n) for b, n in rows}
    kept = {b: n for b, n in known.items() if 0 <= b <= LONGEST}
    bins, counts = (np.array(list(each), dtype=np.int64) for each in (kept.keys(), kept.values()))
    total = sum(known.values())
    return Gaps(table, start, end, total, known.get(-2, 0), known.get(-1, 0), bins, counts)


def bursts(desk: Desk) -> tuple[Bursts, ...]:
    """The instants that many rows share, of every stamp a person or a customer makes."""
    return tuple(
        _bursts(desk, table, column)
        for table, columns in STAMPS.items()
        for column in columns
        if desk.has(table) and desk.facts[table].of(column).filled
    )


def _bursts(desk: Desk, table: str, column: str) -> Bursts:
    """By way of the busiest minutes, so that no group is made for every row."""
    dialect = desk.engine.dialect
    moment = dialect.micros(column)
    minute = dialect.divided("u", f"{MINUTE}")
    stamps = f"(SELECT {moment} AS u FROM {table} WHERE {column} IS NOT NULL) s"
    busy = (
        f"SELECT {minute} AS m, count(*) AS n FROM {stamps} GROUP BY 1 HAVING count(*) >= {LEAST_ON_ONE}"
        f" ORDER BY 2 DESC, 1 LIMIT {MOST_MINUTES}"
    )
    rows = desk.engine.rows(
        f"SELECT u, count(*) FROM {stamps} JOIN ({busy}) b ON {minute} = b.m GROUP BY 1"
        f" HAVING count(*) >= {LEAST_ON_ONE} ORDER BY 2 DESC, 1"
    )
    [(total,)] = desk.engine.rows(f"SELECT count({column}) FROM {table}")
    top = tuple(Burst(after(u), n) for u, n in rows[:MOST_INSTANTS])
    return Bursts(table, column, total, len(rows), sum(n for _, n in rows), top)
