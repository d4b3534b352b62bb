"""How a table was filled, by local day of its rows' own time: one reading of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cs_lib.data.contracts import TABLES
from cs_lib.data.desk import Desk
from cs_lib.metrics.definition import MICROS_A_DAY
from cs_lib.metrics.queries.sql import last_followed

Days = NDArray[np.datetime64]
Counts = NDArray[np.int64]

AGE = 28  # days after which what usually follows a row has followed; before, "not yet" is not "not recorded"
# What of a row stays as it is: not how far the work has come, nor who has it.
PRINTED = {
    "contacts": ("contact_id", "customer_id", "opened_at", "channel", "is_complaint", "need_code", "order_id"),
    "orders": ("order_id", "customer_id", "ordered_at", "amount", "margin", "product_id"),
    "events": ("contact_id", "ts", "stage", "raw_stage", "actor"),
    "surveys": ("survey_id", "contact_id", "customer_id", "kind", "offered_at"),
    "visits": ("customer_id", "visited_at"),
    "exposure": ("date", "segment", "orders", "active_users"),
    "perk_assignments": ("assignment_id", "experiment_id", "customer_id", "variant", "perk_kind", "assigned_at"),
    "perk_redemptions": ("assignment_id", "redeemed_at", "order_id", "discount_amount"),
}  # fmt: skip
PRINT_SIZE = 2**31
MOST_DAYS = 3_660  # before the cut that are kept apart; a few stray stamps of long ago are counted as `earlier`


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
        earlier: rows so old that their days are not kept.
        printed: the delivered columns of which rows are told apart, those that nobody has a reason to write later.
        prints: for each day a number made of them in all its rows, in whatever order; other rows make another one.
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
    earlier: int = 0
    printed: tuple[str, ...] = ()
    prints: Counts = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    @property
    def first(self) -> date | None:
        """The first day that has a row."""
        return self.days[0].item() if len(self.days) else None

    @property
    def last(self) -> date | None:
        """The last day that has a row."""
        return self.days[-1].item() if len(self.days) else None

    def has(self, *columns: str) -> bool:
        """Whether each of these columns has a value in some row."""
        return all(self.totals.get(column) for column in columns)

    def marked(self, mark: str) -> int:
        """Rows that show a fault."""
        return int(self.marks[mark].sum()) if mark in self.marks else 0


def table_days(desk: Desk, name: str, marks: Mapping[str, str]) -> TableDays:
    """A table by day, from one statement; `marks` are conditions over its columns, by code."""
    table, columns = TABLES[name], list(desk.facts[name].columns)
    stamp = table.row_time
    if stamp is None and table.row_day is None:
        return _undated(desk, name, columns)
    later = [c.name for c in table.columns if c.later and c.name in columns]
    asked = ["count(*)", *(f"count({column})" for column in columns)]
    asked += [_number_of(f"{micros_of(desk, c)} <= t + {AGE * MICROS_A_DAY}") for c in later]
    asked += [_number_of(sql) for sql in marks.values()]
    printed = [c for c in PRINTED.get(name, ()) if c in columns]
    asked.append(_print_of(desk, printed))
    own = (
        f"{desk.day_of(stamp)} AS d, {micros_of(desk, stamp)} AS t"
        if stamp
        else f"{table.row_day} AS d"
    )
    rows = desk.engine.rows(
        f"SELECT d, {', '.join(asked)} FROM (SELECT *, {own} FROM {name}) r GROUP BY 1 ORDER BY 1"
    )
    first = desk.observed_until - timedelta(days=MOST_DAYS)
    kept = [row for row in rows if row[0] >= first]
    earlier = sum(row[1] for row in rows[: len(rows) - len(kept)])
    days, found = _dense(kept, len(asked))
    parts = iter(found)
    counts = next(parts)
    filled = _named(columns, parts)
    return TableDays(
        name, desk.rows[name], days, counts, filled, _named(later, parts), _named(marks, parts),
        {c: sum(row[2 + i] for row in rows) for i, c in enumerate(columns)},
        last_followed(desk, AGE) if len(days) else None, earlier, tuple(printed), next(parts),
    )  # fmt: skip


def _undated(desk: Desk, name: str, columns: list[str]) -> TableDays:
    """A table whose rows have no time: what is filled, and no day."""
    asked = ", ".join(f"count({column})" for column in columns)
    values = desk.engine.rows(f"SELECT {asked} FROM {name}")[0] if columns else ()
    none = np.empty(0, dtype="datetime64[D]")
    totals = dict(zip(columns, values, strict=True))
    return TableDays(name, desk.rows[name], none, np.empty(0, dtype=np.int64), totals=totals)


def _dense(rows: list[tuple[Any, ...]], width: int) -> tuple[Days, list[Counts]]:
    """Every day from the first to the last, and each column of whole numbers on them."""
    if not rows:
        none = np.empty(0, dtype="datetime64[D]")
        return none, [np.empty(0, dtype=np.int64) for _ in range(width)]
    known = np.array([row[0] for row in rows], dtype="datetime64[D]")
    days = np.arange(known[0], known[-1] + 1)
    values = np.zeros((len(days), width), dtype=np.int64)
    values[(known - known[0]).astype(int)] = np.array([row[1:] for row in rows], dtype=np.int64)
    return days, [values[:, i] for i in range(width)]


def _named(names: Any, parts: Iterator[Counts]) -> dict[str, Counts]:
    return {name: next(parts) for name in names}


def micros_of(desk: Desk, stamp: str) -> str:
    """A UTC instant as whole microseconds, as SQL."""
    return desk.engine.dialect.micros(stamp)


def _print_of(desk: Desk, columns: Sequence[str]) -> str:
    """A whole number made of some columns of all rows; the numbers of rows are cut so that no sum overflows."""
    if not columns:
        return "0"
    return f"CAST(sum({desk.engine.dialect.number_of(columns)} % {PRINT_SIZE}) AS BIGINT)"


def _number_of(condition: str) -> str:
    return f"count(CASE WHEN {condition} THEN 1 END)"
