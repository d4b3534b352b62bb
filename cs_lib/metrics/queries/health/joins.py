"""Do keys find their rows in the other table? Counted where a metric would join, and again by normal form."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from cs_lib.data.contracts import TABLES
from cs_lib.data.desk import Desk
from cs_lib.metrics.queries.forms import key_form, means_nothing
from cs_lib.metrics.queries.health.by_day import Counts, Days
from cs_lib.metrics.queries.sql import stamp

# A row may be about what happened so many days before the other table begins.
LEAD_DAYS = 60
EXAMPLES = 2


@dataclass(frozen=True, slots=True)
class Pair:
    """A key and where it should stand; `whole` when every key should, else only that some do is expected."""

    table: str
    column: str
    other: str
    key: str
    whole: bool = True


PAIRS = (
    Pair("contacts", "customer_id", "customers", "customer_id"),
    Pair("contacts", "customer_id", "orders", "customer_id", whole=False),
    Pair("contacts", "order_id", "orders", "order_id"),
    Pair("contacts", "agent_id", "agents", "agent_id"),
    Pair("contacts", "team_id", "teams", "team_id"),
    Pair("contacts", "merged_into", "contacts", "contact_id"),
    Pair("contacts", "parent_contact_id", "contacts", "contact_id"),
    Pair("events", "contact_id", "contacts", "contact_id"),
    Pair("events", "agent_id", "agents", "agent_id"),
    Pair("surveys", "contact_id", "contacts", "contact_id"),
    Pair("surveys", "customer_id", "customers", "customer_id"),
    Pair("orders", "customer_id", "customers", "customer_id"),
    Pair("visits", "customer_id", "customers", "customer_id"),
    Pair("perk_assignments", "customer_id", "customers", "customer_id"),
    Pair("perk_assignments", "customer_id", "orders", "customer_id", whole=False),
    Pair("perk_assignments", "customer_id", "contacts", "customer_id", whole=False),
    Pair("perk_assignments", "contact_id", "contacts", "contact_id"),
    Pair("perk_redemptions", "assignment_id", "perk_assignments", "assignment_id"),
    Pair("perk_redemptions", "order_id", "orders", "order_id"),
    Pair("customers", "referred_by", "customers", "customer_id"),
)


@dataclass(frozen=True, slots=True)
class Join:
    """One key pair: rows of `table` whose `column` should stand in `other` as `key`.

    Attributes:
        whole: whether every key should be there; else it is enough that some are.
        filled: rows that name a key; words for nobody (`anonymous`) are none.
        matched: those whose key is there as it is written.
        by_form: those whose key is there only in its normal form (other zeros, blanks, cases).
        lead_in: unmatched rows that may be about a time before `other` begins; they are no orphans.
        examples: up to two pairs of a key and what it was meant to be, both as written.
        orphans: up to two keys that are nowhere, as written.
        days, filled_by_day, matched_by_day: the same by the local day of the row's time, where it has one.
    """

    table: str
    column: str
    other: str
    key: str
    whole: bool
    filled: int
    matched: int
    by_form: int = 0
    lead_in: int = 0
    examples: tuple[tuple[str, str], ...] = ()
    orphans: tuple[str, ...] = ()
    days: Days | None = None
    filled_by_day: Counts | None = None
    matched_by_day: Counts | None = None

    @property
    def lost(self) -> int:
        """Rows whose key is nowhere, neither as written nor in another form, and that no lead-in explains."""
        return self.filled - self.matched - self.by_form - self.lead_in


def joins(desk: Desk) -> tuple[Join, ...]:
    """Every key pair whose two tables are there and whose key is filled."""
    return tuple(
        join(desk, pair)
        for pair in PAIRS
        if desk.has(pair.table, pair.other)
        and desk.facts[pair.table].of(pair.column).filled
        and desk.facts[pair.other].of(pair.key).filled
    )


def join(desk: Desk, pair: Pair) -> Join:
    """How the keys of one pair are found. Normal forms are made of keys that are not found as written."""
    by_day = _by_day(desk, pair)
    filled, matched = sum(row[1] for row in by_day), sum(row[2] for row in by_day)
    nothing: tuple[int, int, list[tuple[str, str]], list[str]] = (0, 0, [], [])
    empty, by_form, examples, orphans = _lost(desk, pair) if matched < filled else nothing
    lost = filled - empty - matched - by_form
    lead_in = min(lost, _lead_in(desk, pair, by_day)) if lost else 0
    dated = [row for row in by_day if row[0] is not None]
    days, found = _series(dated) if dated else (None, [None, None])
    return Join(
        pair.table, pair.column, pair.other, pair.key, pair.whole, filled - empty, matched, by_form, lead_in,
        tuple(examples), tuple(orphans), days, found[0], found[1],
    )  # fmt: skip


def _keys(pair: Pair) -> str:
    """Every key of the other table, once."""
    distinct = "" if TABLES[pair.other].key == (pair.key,) else "DISTINCT "
    return f"(SELECT {distinct}{pair.key} AS k FROM {pair.other} WHERE {pair.key} IS NOT NULL)"


def _by_day(desk: Desk, pair: Pair) -> list[tuple[object, int, int]]:
    """Local day, rows with a key, rows whose key is there as written; one row without a day where rows have none."""
    time = TABLES[pair.table].row_time
    day = desk.day_of(f"t.{time}") if time else "NULL"
    return desk.engine.rows(
        f"SELECT {day} AS d, count(*), count(o.k) FROM {pair.table} t"
        f" LEFT JOIN {_keys(pair)} o ON o.k = t.{pair.column}"
        f" WHERE t.{pair.column} IS NOT NULL GROUP BY 1 ORDER BY 1"
    )


def _lost(desk: Desk, pair: Pair) -> tuple[int, int, list[tuple[str, str]], list[str]]:
    """Rows whose key is a word for nobody, rows found by form, examples of these, and of what is nowhere."""
    missing = (
        f"SELECT t.{pair.column} AS v, count(*) AS n FROM {pair.table} t LEFT JOIN {_keys(pair)} o"
        f" ON o.k = t.{pair.column} WHERE t.{pair.column} IS NOT NULL AND o.k IS NULL GROUP BY 1"
    )
    known = f"SELECT {key_form('o.k')} AS f, min(o.k) AS k FROM {_keys(pair)} o GROUP BY 1"
    sorted_out = (
        f"SELECT m.v, m.n, m.nobody, CASE WHEN NOT m.nobody THEN o.k END AS k FROM (SELECT v, n,"
        f" {means_nothing('v')} AS nobody, {key_form('v')} AS f FROM ({missing}) l) m"
        f" LEFT JOIN ({known}) o ON o.f = m.f"
    )
    rows = desk.engine.rows(
        f"SELECT CASE WHEN nobody THEN 2 WHEN k IS NOT NULL THEN 1 ELSE 0 END AS kind, sum(n), min(v), max(v)"
        f" FROM ({sorted_out}) s GROUP BY 1"
    )
    sums = {kind: int(n) for kind, n, _, _ in rows}
    ends = {kind: list(dict.fromkeys((first, last))) for kind, _, first, last in rows}
    examples = desk.engine.rows(
        f"SELECT v, k FROM ({sorted_out}) s WHERE k IS NOT NULL ORDER BY 1 LIMIT {EXAMPLES}"
    ) if sums.get(1) else []  # fmt: skip
    return sums.get(2, 0), sums.get(1, 0), examples, ends.get(0, [])


def _lead_in(desk: Desk, pair: Pair, by_day: list[tuple[object, int, int]]) -> int:
    """Unmatched rows of the first weeks of the other table, and before; nothing where one of the two has no time."""
    time, theirs = TABLES[pair.table].row_time, TABLES[pair.other].row_time
    span = desk.facts[pair.other].span(theirs) if theirs else None
    if not time or not span:
        return 0
    until = span[0] + timedelta(days=LEAD_DAYS)
    [(count,)] = desk.engine.rows(
        f"SELECT count(*) FROM {pair.table} t LEFT JOIN {_keys(pair)} o ON o.k = t.{pair.column}"
        f" WHERE t.{pair.column} IS NOT NULL AND o.k IS NULL AND t.{time} < {stamp(until)}"
    )
    return int(count)


def _series(rows: list[tuple[object, int, int]]) -> tuple[Days, list[Counts]]:
    known = np.array([row[0] for row in rows], dtype="datetime64[D]")
    return known, [np.array([row[i] for row in rows], dtype=np.int64) for i in (1, 2)]
