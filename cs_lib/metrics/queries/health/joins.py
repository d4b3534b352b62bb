"""Do keys find their rows in the other table? Counted where a metric would join, and again by normal form."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from cs_lib.data.contracts import TABLES
from cs_lib.data.desk import Desk
from cs_lib.metrics.queries.forms import ODD, quick_key_form, quick_means_nothing
from cs_lib.metrics.queries.health.by_day import Counts, Days

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
    Pair("codings", "contact_id", "contacts", "contact_id"),
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
        lead_in: unmatched rows of days that may be about a time before `other` begins; they are no orphans.
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
    """Every key of the other table."""
    return f"(SELECT {pair.key} AS k FROM {pair.other} WHERE {pair.key} IS NOT NULL)"


def _by_day(desk: Desk, pair: Pair) -> list[tuple[date | None, int, int]]:
    """Local day, rows with a key, rows whose key is there as written; one row without a day where rows have none."""
    time = TABLES[pair.table].row_time
    day = desk.day_of(time) if time else "NULL"
    return desk.engine.rows(
        f"SELECT d, count(*), count(CASE WHEN there THEN 1 END) FROM (SELECT {day} AS d,"
        f" {pair.column} IN {_keys(pair)} AS there FROM {pair.table} WHERE {pair.column} IS NOT NULL) t"
        " GROUP BY 1 ORDER BY 1"
    )


def _lost(desk: Desk, pair: Pair) -> tuple[int, int, list[tuple[str, str]], list[str]]:
    """Rows whose key is a word for nobody, rows found by form, examples of these, and of what is nowhere."""
    missing = (
        f"SELECT {pair.column} AS v, count(*) AS n FROM {pair.table}"
        f" WHERE {pair.column} IS NOT NULL AND {pair.column} NOT IN {_keys(pair)} GROUP BY 1"
    )
    dialect, may = desk.engine.dialect, "" if _may_differ(desk, pair) else " WHERE FALSE"
    known = f"SELECT {quick_key_form(dialect, 'k')} AS f, min(k) AS k FROM {_keys(pair)} o{may} GROUP BY 1"
    sorted_out = (
        f"SELECT m.v, m.n, m.nobody, CASE WHEN NOT m.nobody THEN o.k END AS k FROM (SELECT v, n,"
        f" {quick_means_nothing(dialect, 'v')} AS nobody, {quick_key_form(dialect, 'v')} AS f FROM ({missing}) l) m"
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


def _may_differ(desk: Desk, pair: Pair) -> bool:
    """Whether two keys that are not equal could have one normal form: not if all are plain and in one case."""
    own = _writing(
        desk, f"(SELECT {pair.column} AS k FROM {pair.table} WHERE {pair.column} IS NOT NULL)"
    )
    theirs = _writing(desk, _keys(pair))
    small, large = own[1] or theirs[1], own[2] or theirs[2]
    return bool(own[0] or theirs[0] or (small and large))


def _writing(desk: Desk, keys: str) -> tuple[int, int, int]:
    """Keys that are not written plainly, that have a small letter, and that have a large one."""
    odd = desk.engine.dialect.matches("k", ODD)
    asked = ", ".join(
        f"count(CASE WHEN {sql} THEN 1 END)" for sql in (odd, "k <> upper(k)", "k <> lower(k)")
    )
    [found] = desk.engine.rows(f"SELECT {asked} FROM {keys} o")
    return found[0], found[1], found[2]


def _lead_in(desk: Desk, pair: Pair, by_day: list[tuple[date | None, int, int]]) -> int:
    """Unmatched rows of the first weeks of the other table, and before; nothing where one of the two has no time."""
    theirs = TABLES[pair.other].row_time
    span = desk.facts[pair.other].span(theirs) if theirs else None
    if not span:
        return 0
    until = (
        (span[0] + timedelta(days=LEAD_DAYS))
        .replace(tzinfo=UTC)
        .astimezone(ZoneInfo(desk.zone))
        .date()
    )
    return sum(
        filled - matched for day, filled, matched in by_day if day is not None and day < until
    )


def _series(rows: list[tuple[date | None, int, int]]) -> tuple[Days, list[Counts]]:
    known = np.array([row[0] for row in rows], dtype="datetime64[D]")
    return known, [np.array([row[i] for row in rows], dtype=np.int64) for i in (1, 2)]
