"""Which values stand in a column: labels that come and go or look alike, and single ids that hold very much."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from cs_lib.data.contracts import TABLES
from cs_lib.data.desk import Desk
from cs_lib.metrics.queries.forms import label_form, quick_means_nothing
from cs_lib.metrics.queries.trust.looked_at import some_seconds

MOST_LABELS = 2_000  # a column with more values holds names or free text, no labels
MOST_HOLDERS = 20
LEAST_HELD = 3  # rows of one id that are looked at

COLUMNS = {
    "contacts": ("team_id", "need_code", "issue", "product_id", "priority", "root_cause"),
    "events": ("raw_stage", "team_id"),
    "orders": ("product_id", "category"),
    "customers": ("segment", "region"),
    "perk_assignments": ("variant", "stratum"),
}
IDS = {"contacts": ("customer_id", "order_id"), "orders": ("customer_id",)}


@dataclass(frozen=True, slots=True)
class Label:
    """One value of a column of labels: rows, and the first and last local day that has it."""

    value: str
    count: int
    first: date | None
    last: date | None


@dataclass(frozen=True, slots=True)
class Labels:
    """The values of a column of labels, largest first; `alike` are groups that differ only in form, largest first."""

    table: str
    column: str
    labels: tuple[Label, ...]
    alike: tuple[tuple[Label, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Holder:
    """One id and the rows that carry it; `means_nothing` when it is a word for nobody."""

    value: str
    count: int
    means_nothing: bool


@dataclass(frozen=True, slots=True)
class Holders:
    """The ids of a column with most rows, words for nobody first; `filled` are the rows with any id."""

    table: str
    column: str
    filled: int
    top: tuple[Holder, ...]

    @property
    def nobody(self) -> tuple[Holder, ...]:
        """The words for nobody among them."""
        return tuple(holder for holder in self.top if holder.means_nothing)


def labels(desk: Desk) -> tuple[Labels, ...]:
    """The columns of labels that the tables have; those with too many values for labels are left out."""
    found = [
        _labels(desk, table, column)
        for table, columns in COLUMNS.items()
        for column in columns
        if desk.has(table) and desk.facts[table].of(column).filled
    ]
    return tuple(each for each in found if each is not None)


def _labels(desk: Desk, table: str, column: str) -> Labels | None:
    time = TABLES[table].row_time
    ends = [desk.day_of(f"{end}({time})") if time else "NULL" for end in ("min", "max")]
    rows = desk.engine.rows(
        f"SELECT v, n, a, b, {label_form('v')} FROM (SELECT {column} AS v, count(*) AS n, {ends[0]} AS a,"
        f" {ends[1]} AS b FROM {table} WHERE {column} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1"
        f" LIMIT {MOST_LABELS + 1}) s ORDER BY 2 DESC, 1"
    )
    if len(rows) > MOST_LABELS:
        return None
    groups: dict[str, list[Label]] = defaultdict(list)
    for *row, form in rows:
        groups[form].append(Label(*row))
    alike = tuple(tuple(group) for group in groups.values() if len(group) > 1)
    return Labels(table, column, tuple(Label(*row[:4]) for row in rows), alike)


def holders(desk: Desk) -> tuple[Holders, ...]:
    """The ids of customers and orders that hold most rows, words for nobody first."""
    return tuple(
        _holders(desk, table, column)
        for table, columns in IDS.items()
        for column in columns
        if desk.has(table) and desk.facts[table].of(column).filled
    )


def _holders(desk: Desk, table: str, column: str) -> Holders:
    """Of a large table the ids that some of its seconds hold most of are counted in all of it."""
    nobody = quick_means_nothing(desk.engine.dialect, "v")
    time = TABLES[table].row_time
    some = some_seconds(desk.engine.dialect.micros(time), desk.rows[table]) if time else "TRUE"
    held = f"SELECT {column} AS v, count(*) AS n FROM {table} WHERE {column} IS NOT NULL AND {{}} GROUP BY 1"
    most = (
        f"SELECT v, n, {nobody} AS nobody FROM ({held.format(some)} HAVING count(*) >= {LEAST_HELD}) h"
        f" ORDER BY 3 DESC, 2 DESC, 1 LIMIT {MOST_HOLDERS}"
    )
    if some != "TRUE":
        counted = held.format(f"{column} IN (SELECT v FROM ({most}) m)")
        most = f"SELECT v, n, {nobody} AS nobody FROM ({counted}) h ORDER BY 3 DESC, 2 DESC, 1"
    [(filled,)] = desk.engine.rows(f"SELECT count({column}) FROM {table}")
    return Holders(table, column, filled, tuple(Holder(*row) for row in desk.engine.rows(most)))
