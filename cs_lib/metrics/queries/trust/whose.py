"""Whose rows are they? Ids that no customer has, and rows that another table gives to another customer.

Ids of sessions or of guests in place of customers lose what these do, and nothing else tells of it: every id is there,
and written like the others.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from cs_lib.data.contracts import TABLES
from cs_lib.data.desk import Desk
from cs_lib.metrics.queries.health.by_day import Counts, Days
from cs_lib.metrics.queries.trust.looked_at import some_seconds

Fault = Literal["unknown", "another"]
# By table: the key that leads to another table, and that table. It has a customer too.
NAMING = (
    "contacts",
    "orders",
    "perk_assignments",
)  # tables whose customers a list of customers should know
MOST_UNKNOWN = 0.9
LED = {"contacts": ("order_id", "orders"), "perk_assignments": ("contact_id", "contacts")}


@dataclass(frozen=True, slots=True)
class Whose:
    """Rows of a table by local day, without gaps, and those at fault; of large tables, those that were looked at.

    `unknown`: rows that name a customer who is not in `other`, the table of customers; `another`: rows whose key
    `column` leads to a row of `other` with another customer, of those whose key leads to one with a customer.
    """

    fault: Fault
    table: str
    column: str
    other: str
    days: Days
    rows: Counts
    wrong: Counts

    @property
    def share(self) -> float:
        """Rows at fault over all."""
        return float(self.wrong.sum()) / max(int(self.rows.sum()), 1)


def whose(desk: Desk, tables: Collection[str], near: dict[str, str]) -> Iterator[Whose]:
    """What can be told of the customers of some tables; `near` are conditions over a table's rows `t`, by table."""
    yield from _strangers(desk, tables, near)
    for table in tables:
        if not desk.has(table) or not desk.facts[table].of("customer_id").filled:
            continue
        when = near.get(table, "TRUE")
        key, other = LED.get(table, ("", ""))
        if key and desk.has(other) and desk.facts[table].of(key).filled:
            yield from _counted(desk, ("another", table, key, other), when)


def _strangers(desk: Desk, tables: Collection[str], near: dict[str, str]) -> list[Whose]:
    """Rows of customers who are not in `customers`, where that table knows most customers of one table at least.

    One that knows hardly anybody of any table is a list of other customers, or of other ids, and tells nothing.
    """
    if not desk.has("customers"):
        return []
    asked = [
        table
        for table in dict.fromkeys((*tables, *NAMING))
        if desk.has(table) and desk.facts[table].of("customer_id").filled
    ]
    found = [
        one
        for table in asked
        for one in _counted(
            desk, ("unknown", table, "customer_id", "customers"), near.get(table, "TRUE")
        )
    ]
    if all(one.share > MOST_UNKNOWN for one in found):
        return []
    return [one for one in found if one.table in tables and one.table != "perk_assignments"]


def _counted(desk: Desk, asked: tuple[Fault, str, str, str], when: str) -> Iterator[Whose]:
    fault, table, column, other = asked
    time = TABLES[table].row_time
    if time is None:
        return
    some = some_seconds(desk.engine.dialect.micros(f"t.{time}"), desk.rows[table])
    own = (
        f"SELECT {desk.day_of(f't.{time}')} AS d, t.{column} AS k, t.customer_id AS c FROM {table} t"
        f" WHERE {some} AND t.{column} IS NOT NULL AND t.customer_id IS NOT NULL AND {when}"
    )
    theirs = (
        f"SELECT DISTINCT {column} AS k, customer_id AS c FROM {other}"
        f" WHERE customer_id IS NOT NULL AND {column} IN (SELECT k FROM ({own}) x)"
    )
    join, wrong = ("LEFT JOIN", "o.c IS NULL") if fault == "unknown" else ("JOIN", "o.c <> r.c")
    found = desk.engine.rows(
        f"SELECT r.d, count(*), count(CASE WHEN {wrong} THEN 1 END) FROM ({own}) r"
        f" {join} ({theirs}) o ON o.k = r.k GROUP BY 1 ORDER BY 1"
    )
    if not found:
        return
    known = np.array([row[0] for row in found], dtype="datetime64[D]")
    days = np.arange(known[0], known[-1] + 1)
    counts = np.zeros((2, len(days)), dtype=np.int64)
    counts[:, (known - known[0]).astype(int)] = np.array([row[1:] for row in found]).T
    yield Whose(fault, table, column, other, days, counts[0], counts[1])
