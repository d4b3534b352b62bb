"""The contacts of a study of needs as one narrow table of whole numbers, and which of them are repeats."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta

from cs_lib.data.desk import Desk
from cs_lib.data.engines.base import quote
from cs_lib.metrics.definition import MICROS_A_DAY
from cs_lib.metrics.definitions.contacts import REAL
from cs_lib.metrics.queries.sql import between, matches
from cs_lib.params import Scope

CONTACTS, KINDS, PAIRS, REPEATS = (
    "cs_need_contacts",
    "cs_need_kinds",
    "cs_need_pairs",
    "cs_need_repeats",
)
MOST_NEEDS = 200  # kept apart; beyond them the rarest are one
REST = "other"
REPEAT_DAYS = 30  # after a resolution, in which the same customer's same need is a repeat
LATER_DAYS = 90  # after a resolution, up to which chance is looked at
WEEKS_BACK = 28  # before the end, for what is new


@dataclass(frozen=True, slots=True)
class Read:
    """A desk whose contacts are read, and the local days the study is about.

    The engine holds `CONTACTS`: number, kind, need (a number, NULL where the contact has no code), customer (a number,
    NULL where nobody is named), opened and resolved (microseconds), day of opening, seconds of work, and whether it is
    in scope. `KINDS` says of each kind its need, owner and cause. Contacts of `before` stand in it too, for repeats and
    rates before the study.
    """

    desk: Desk
    start: date
    end: date
    needs: tuple[str, ...]  # by number, most contacts first

    @property
    def days(self) -> int:
        """Days of the study."""
        return (self.end - self.start).days + 1

    @property
    def before(self) -> date:
        """The first day read."""
        return _before(self.start, self.end)

    def inside(self, day: str = "c.day") -> str:
        """Whether a contact is of the study's scope and a local day one of its days, as SQL."""
        return f"c.scoped AND {between(day, self.start, self.end)}"


@contextmanager
def contacts_read(
    desk: Desk,
    start: date,
    end: date,
    *,
    nobody: Collection[str] = (),
    scope: Scope | None = None,
    source: str = "contacts c",
) -> Iterator[Read]:
    """Contacts read once for every question about needs; the engine is freed of them in the end.

    Merged ones, spam and cancelled ones are left out. `nobody` are values of customer_id that are no single customer.
    `source` is what contacts are read from (`labelled`). A customer may come back outside the scope, so the contacts
    outside stand there too, marked as such.
    """
    try:
        _kinds(desk, source)
        _contacts(desk, (start, end), nobody, scope, source)
        _pairs(desk)
        yield Read(desk, start, end, _needs(desk))
    finally:
        for table in (REPEATS, PAIRS, CONTACTS, KINDS):
            desk.engine.run(f"DROP TABLE IF EXISTS {table}")


def _before(start: date, end: date) -> date:
    return min(start - timedelta(days=LATER_DAYS), end - timedelta(weeks=WEEKS_BACK))


def _key(desk: Desk) -> str:
    """A number of a contact's codes: those of one kind have the same."""
    return desk.engine.dialect.number_of(["c.issue", "c.need_code", "c.owner", "c.root_cause"])


def _kinds(desk: Desk, source: str) -> None:
    """Every combination of codes, numbered, its need numbered by its contacts."""
    counted = (
        f"SELECT {_key(desk)} AS k, min(c.issue) AS issue, min(c.need_code) AS need_code, min(c.owner) AS owner,"
        f" min(c.root_cause) AS root_cause, count(*) AS n FROM {source} WHERE {REAL} GROUP BY 1"
    )
    needs = (
        "SELECT need_code, row_number() OVER (ORDER BY sum(n) DESC, need_code) - 1 AS place"
        f" FROM ({counted}) g WHERE need_code IS NOT NULL GROUP BY 1"
    )
    place = f"CASE WHEN p.place < {MOST_NEEDS} THEN p.place WHEN p.place IS NOT NULL THEN {MOST_NEEDS} END"
    named = f"CASE WHEN p.place < {MOST_NEEDS} THEN k.need_code WHEN p.place IS NOT NULL THEN {quote(REST)} END"
    desk.engine.run(
        f"CREATE TEMP TABLE {KINDS} AS SELECT k.k, CAST(row_number() OVER (ORDER BY k.k) AS INTEGER) AS kind,"
        f" k.issue, {named} AS need_code, k.owner, k.root_cause, CAST({place} AS INTEGER) AS need"
        f" FROM ({counted}) k LEFT JOIN ({needs}) p ON p.need_code = k.need_code"
    )


def _needs(desk: Desk) -> tuple[str, ...]:
    rows = desk.engine.rows(
        f"SELECT DISTINCT need, need_code FROM {KINDS} WHERE need IS NOT NULL ORDER BY 1"
    )
    return tuple(row[1] for row in rows)


def _contacts(
    desk: Desk,
    days: tuple[date, date],
    nobody: Collection[str],
    scope: Scope | None,
    source: str,
) -> None:
    dialect = desk.engine.dialect
    known = "c.customer_id IS NOT NULL"
    if nobody:
        known += f" AND c.customer_id NOT IN ({', '.join(map(quote, sorted(nobody)))})"
    day = desk.day_of("c.opened_at")
    columns = (
        "g.kind, g.need",
        f"CASE WHEN {known} THEN {dialect.number_of(['c.customer_id'])} END AS customer",
        f"{dialect.micros('c.opened_at')} AS opened",
        f"{dialect.micros('c.resolved_at')} AS resolved",
        f"{day} AS day",
        f"CAST({dialect.fixed('c.handle_seconds', 1)} AS BIGINT) AS seconds",
        f"coalesce({matches(scope)}, FALSE) AS scoped",
    )
    desk.engine.run(
        f"CREATE TEMP TABLE {CONTACTS} AS SELECT {', '.join(columns)} FROM {source} JOIN {KINDS} g"
        f" ON g.k = {_key(desk)} WHERE {REAL} AND {between(day, _before(*days), date.max)}"
    )


def _pairs(desk: Desk) -> None:
    """A contact and one that follows it: the same customer with the same need, in the days after the resolution."""
    number = desk.engine.dialect.row_of
    keys = (
        f"SELECT customer, need FROM {CONTACTS} WHERE customer IS NOT NULL AND need < {MOST_NEEDS}"
        " GROUP BY 1, 2 HAVING count(*) > 1"
    )
    often = (
        f"SELECT {number('c')} AS number, c.customer, c.need, c.opened, c.resolved FROM {CONTACTS} c JOIN ({keys}) o"
        " ON o.customer = c.customer AND o.need = c.need"
    )
    desk.engine.run(
        f"CREATE TEMP TABLE {PAIRS} AS WITH often AS ({often}) SELECT a.number, b.number AS next,"
        " b.opened - a.resolved AS gap FROM often a JOIN often b ON a.customer = b.customer AND a.need = b.need"
        f" WHERE b.opened > a.resolved AND b.opened <= a.resolved + {LATER_DAYS * MICROS_A_DAY}"
        " AND a.number <> b.number"
    )
    desk.engine.run(
        f"CREATE TEMP TABLE {REPEATS} AS SELECT DISTINCT next AS number FROM {PAIRS}"
        f" WHERE gap <= {REPEAT_DAYS * MICROS_A_DAY}"
    )
