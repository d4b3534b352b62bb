"""The contacts of a study of needs as one narrow table of whole numbers, and which of them are repeats."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta

from cs_lib.data.desk import Desk
from cs_lib.data.engines.base import quote
from cs_lib.metrics.definition import MICROS_A_DAY
from cs_lib.metrics.definitions.contacts import REAL
from cs_lib.metrics.queries.needs import codes
from cs_lib.metrics.queries.needs.codes import CELLS, CODED, CODES, KINDS, MOST_NEEDS, NEEDS
from cs_lib.metrics.queries.needs.rules import conditions, joins, spoken_for
from cs_lib.metrics.queries.sql import between, matches, micros
from cs_lib.params import Scope
from cs_lib.params.attribution import Rule

CONTACTS, COUNTED, BESIDE, BY_CUSTOMER, OFTEN, PAIRS, REPEATS = (
    "cs_need_contacts",
    "cs_need_counted",
    "cs_need_beside",
    "cs_need_by_customer",
    "cs_need_often",
    "cs_need_pairs",
    "cs_need_repeats",
)
SEEN = "cs_need_seen"
# Whether work on a contact is recorded; a bot alone needs no minute of anybody.
WORKED = "coalesce(c.handle_seconds > 0 OR c.handled_by = 'bot', FALSE)"
WINDOWS = (7, 30)  # days in which a customer may come back
REPEAT_DAYS = 30  # after a resolution, in which the same customer's same need is a repeat
LATER_DAYS = 90  # after a resolution, up to which chance is looked at
WEEKS_BACK = 28  # before the end, for what is new
FOLLOWED_DAYS = 30  # after an order, in which a contact about it is a problem of it


@dataclass(frozen=True, slots=True)
class Read:
    """A desk whose contacts are read, and the local days the study is about.

    The engine holds `CONTACTS`, a row for each: kind and cell (`codes`), need (a number, NULL where there is none),
    owned (its owner's number), customer (a number, NULL where nobody is named), who (0 for a customer, NULL for nobody
    named, else one of the values that are no single customer), opened and resolved (microseconds), day of opening,
    ended (1 when it was resolved in the study's days and scope and 7 days are observed since, 2 when 30 are, 3 when 90
    are, else 0), seconds of work, whether any work is recorded, whether it is in scope, team (a number), names (1 when
    it names an order, 2 when that is there) and about (its order's number, where it came within 30 days after an order
    of the study). Contacts of `before` stand in it too, for repeats and rates before the study.

    `COUNTED` counts those of the study by kind, `BESIDE` by team, channel, product and agent. `BY_CUSTOMER` has for
    each customer and need (-1 for none) all contacts read, those of the study and their seconds, and those that ended
    with 7, 30 and 90 days observed; `OFTEN` has the contacts of customers who had one need more than once.
    """

    desk: Desk
    start: date
    end: date
    needs: tuple[str, ...]  # by number, most contacts first
    scope: Scope | None
    rules: tuple[Rule, ...]  # those that can speak
    unable: tuple[Rule, ...]  # those that ask for a table that is absent

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
    rules: Sequence[Rule] = (),
) -> Iterator[Read]:
    """Contacts read once for every question about needs; the engine is freed of them in the end.

    Merged ones, spam and cancelled ones are left out. `nobody` are values of customer_id that are no single customer.
    `rules` speak where nobody named an owner; those that ask for a table that is absent are passed over. A customer
    may come back outside the scope, so the contacts outside stand there too, marked as such.
    """
    able = tuple(rule for rule in rules if spoken_for(desk, rule))
    unable = tuple(rule for rule in rules if rule not in able)
    try:
        codes.codes(desk, scope)
        codes.coded_by_people(desk)
        _contacts(desk, (start, end), _narrow(desk, (start, end), nobody, scope, able), able)
        read = Read(desk, start, end, _needs(desk), scope, able, unable)
        desk.engine.run(
            f"CREATE TEMP TABLE {COUNTED} AS SELECT c.kind, count(*) AS n FROM {CONTACTS} c"
            f" WHERE {read.inside()} GROUP BY 1"
        )
        _beside(read)
        _by_customer(read)
        _pairs(desk)
        yield read
    finally:
        made = (REPEATS, PAIRS, OFTEN, BY_CUSTOMER, BESIDE, COUNTED, CONTACTS, SEEN)
        for table in (*made, KINDS, CELLS, NEEDS, CODED, CODES):
            desk.engine.run(f"DROP TABLE IF EXISTS {table}")


def _before(start: date, end: date) -> date:
    return min(start - timedelta(days=LATER_DAYS), end - timedelta(weeks=WEEKS_BACK))


def _needs(desk: Desk) -> tuple[str, ...]:
    rows = desk.engine.rows(f"SELECT DISTINCT need, called FROM {NEEDS} ORDER BY 1")
    return tuple(row[1] for row in rows)


def _narrow(
    desk: Desk,
    days: tuple[date, date],
    nobody: Collection[str],
    scope: Scope | None,
    rules: Sequence[Rule],
) -> str:
    """A query of contacts as whole numbers: one scan for all that is asked of them."""
    dialect, values = desk.engine.dialect, sorted(nobody)
    day, opened = desk.day_of("c.opened_at"), dialect.micros("c.opened_at")
    known = "c.customer_id IS NOT NULL"
    cases = " ".join(f"WHEN c.customer_id = {quote(v)} THEN {i}" for i, v in enumerate(values, 1))
    if values:
        known += f" AND c.customer_id NOT IN ({', '.join(map(quote, values))})"
    said = " + ".join(
        f"CASE WHEN {sql} THEN {2**i} ELSE 0 END" for i, sql in enumerate(conditions(rules))
    )
    columns = [
        "r.own",
        f"CAST({said or '0'} AS INTEGER) AS said",
        "coalesce(h.coded, 0) AS coded" if desk.has("codings") else "0 AS coded",
        f"CASE WHEN {known} THEN {dialect.number_of(['c.customer_id'])} END AS customer",
        f"CAST(CASE WHEN c.customer_id IS NOT NULL THEN {f'CASE {cases} ELSE 0 END' if values else 0} END"
        " AS SMALLINT) AS who",
        f"{opened} AS opened",
        f"{dialect.micros('c.resolved_at')} AS resolved",
        f"{day} AS day",
        f"CAST({dialect.fixed('c.handle_seconds', 1)} AS BIGINT) AS seconds",
        f"{WORKED} AS worked",
        f"coalesce({matches(scope)}, FALSE) AS scoped",
        f"CAST({_ended(desk, days, scope)} AS TINYINT) AS ended",
        f"CASE WHEN c.team_id IS NOT NULL THEN {dialect.number_of(['c.team_id'])} END AS team",
    ]
    beside = joins(rules)
    if desk.has("orders"):
        soon = f"{opened} - {dialect.micros('o.ordered_at')} BETWEEN 0 AND {FOLLOWED_DAYS * MICROS_A_DAY}"
        columns += [
            "CAST(CASE WHEN o.order_id IS NOT NULL THEN 2 WHEN c.order_id IS NOT NULL THEN 1 ELSE 0 END AS TINYINT)"
            " AS names",
            f"CASE WHEN {placed(desk, *days)} AND {soon} THEN {dialect.number_of(['o.order_id'])} END AS about",
        ]
        if not any(rule.when.late_order for rule in rules):
            beside += " LEFT JOIN orders o ON o.order_id = c.order_id"
    if desk.has("codings"):
        beside += f" LEFT JOIN {CODED} h ON h.contact_id = c.contact_id"
    return (
        f"SELECT {', '.join(columns)} FROM contacts c JOIN {CODES} r ON r.k = {codes.code_number(desk)}{beside}"
        f" WHERE {REAL} AND {between(day, _before(*days), date.max)}"
    )


def _ended(desk: Desk, days: tuple[date, date], scope: Scope | None) -> str:
    """How long a contact that was resolved in the study's days and scope is observed since, as a number of steps."""
    stamp, cut = desk.engine.dialect.micros("c.resolved_at"), micros(desk.cut)
    steps = " ".join(
        f"WHEN {stamp} + {n * MICROS_A_DAY} <= {cut} THEN {step}"
        for step, n in ((3, LATER_DAYS), (2, WINDOWS[1]), (1, WINDOWS[0]))
    )
    mine = f"{between(desk.day_of('c.resolved_at'), *days)} AND {matches(scope)}"
    return f"CASE WHEN {mine} THEN CASE {steps} ELSE 0 END ELSE 0 END"


def placed(desk: Desk, start: date, end: date) -> str:
    """Whether an order `o` is of the study's days and could be followed."""
    day, stamp = desk.day_of("o.ordered_at"), desk.engine.dialect.micros("o.ordered_at")
    followed = f"{stamp} + {FOLLOWED_DAYS * MICROS_A_DAY} <= {micros(desk.cut)}"
    return f"{between(day, start, end)} AND {followed}"


def _contacts(desk: Desk, days: tuple[date, date], narrow: str, rules: Sequence[Rule]) -> None:
    """The narrow table, each contact with its kind; where only codes speak their kinds are known before it is read."""
    kept = "customer, who, opened, resolved, ended, day, seconds, worked, scoped, team"
    if desk.has("orders"):
        kept += ", names, about"
    columns = ", ".join(f"x.{name}" for name in kept.split(", "))
    if rules or desk.has("codings"):
        desk.engine.run(f"CREATE TEMP TABLE {SEEN} AS {narrow}")
        source = SEEN
        seen = f"SELECT own, said, coded, count(*) AS n FROM {SEEN} GROUP BY 1, 2, 3"
    else:
        source, seen = f"({narrow})", f"SELECT own, 0 AS said, 0 AS coded, n FROM {CODES}"
    codes.kinds(desk, rules, seen)
    desk.engine.run(
        f"CREATE TEMP TABLE {CONTACTS} AS SELECT g.kind, g.cell, g.need, g.owned, {columns} FROM {source} x"
        f" JOIN {KINDS} g ON g.own = x.own AND g.said = x.said AND g.coded = x.coded"
    )
    desk.engine.run(f"DROP TABLE IF EXISTS {SEEN}")


def _beside(read: Read) -> None:
    """Contacts of the study by what stands beside their codes: contacts in scope, those with work, all seconds."""
    desk = read.desk
    names = ("team_id", "channel", "product_id", "agent_id")
    seconds = f"CAST({desk.engine.dialect.fixed('c.handle_seconds', 1)} AS BIGINT)"
    sides = " ".join(f"WHEN GROUPING(c.{name}) = 0 THEN {quote(name)}" for name in names)
    own = ", ".join(f"c.{name}" for name in names)
    desk.engine.run(
        f"CREATE TEMP TABLE {BESIDE} AS SELECT g.side, g.value, {desk.engine.dialect.number_of(['g.value'])} AS number,"
        f" g.n, g.worked, g.seconds FROM (SELECT CASE {sides} END AS side, coalesce({own}) AS value,"
        f" count(CASE WHEN {matches(read.scope)} THEN 1 END) AS n,"
        f" count(CASE WHEN {matches(read.scope)} AND {WORKED} THEN 1 END) AS worked, sum({seconds}) AS seconds"
        f" FROM contacts c WHERE {REAL} AND {between(desk.day_of('c.opened_at'), read.start, read.end)}"
        f" GROUP BY GROUPING SETS ({', '.join(f'(c.{name})' for name in names)})) g WHERE g.value IS NOT NULL"
    )


def _by_customer(read: Read) -> None:
    """Contacts grouped once by customer and need; from here on only those with several of one need are looked at."""
    run, number = read.desk.engine.run, read.desk.engine.dialect.row_of("c")
    run(
        f"CREATE TEMP TABLE {BY_CUSTOMER} AS SELECT c.customer, coalesce(c.need, -1) AS need, count(*) AS read,"
        f" count(CASE WHEN {read.inside()} THEN 1 END) AS n,"
        f" coalesce(sum(CASE WHEN {read.inside()} THEN c.seconds END), 0) AS s,"
        " count(CASE WHEN c.ended >= 1 THEN 1 END) AS seen_7, count(CASE WHEN c.ended >= 2 THEN 1 END) AS seen_30,"
        " count(CASE WHEN c.ended >= 3 THEN 1 END) AS old"
        f" FROM {CONTACTS} c WHERE c.customer IS NOT NULL GROUP BY 1, 2"
    )
    run(
        f"CREATE TEMP TABLE {OFTEN} AS SELECT {number} AS number, c.customer, c.need, c.cell, c.owned, c.opened,"
        f" c.resolved, c.ended, c.day, c.scoped, c.seconds FROM {CONTACTS} c JOIN {BY_CUSTOMER} b"
        " ON b.customer = c.customer AND b.need = coalesce(c.need, -1) AND b.read > 1"
    )


def _pairs(desk: Desk) -> None:
    """A contact and one that follows it: the same customer with the same need, in the days after the resolution."""
    desk.engine.run(
        f"CREATE TEMP TABLE {PAIRS} AS SELECT a.number, b.number AS next, b.opened - a.resolved AS gap"
        f" FROM {OFTEN} a JOIN {OFTEN} b ON a.customer = b.customer AND a.need = b.need"
        f" WHERE a.need < {MOST_NEEDS} AND b.opened > a.resolved"
        f" AND b.opened <= a.resolved + {LATER_DAYS * MICROS_A_DAY} AND a.number <> b.number"
    )
    desk.engine.run(
        f"CREATE TEMP TABLE {REPEATS} AS SELECT DISTINCT next AS number FROM {PAIRS}"
        f" WHERE gap <= {REPEAT_DAYS * MICROS_A_DAY}"
    )
