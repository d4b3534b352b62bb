"""The contacts of a study of the journey and their steps, read once as narrow tables of whole numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from cs_lib.data.contracts import CHANNELS, OWNERS
from cs_lib.data.desk import Desk
from cs_lib.data.engines.base import quote
from cs_lib.metrics.definitions.contacts import REAL
from cs_lib.metrics.opening_hours import OpeningHours
from cs_lib.metrics.queries.journey import handoffs, in_hours, pain_hits, signs, walk
from cs_lib.metrics.queries.journey.pains import STRATA
from cs_lib.metrics.queries.journey.walk import CASES, TIMES, WALK
from cs_lib.metrics.queries.nobody import nobodies
from cs_lib.metrics.queries.sql import NotAvailable, between, matches, micros
from cs_lib.metrics.queries.tables import Window
from cs_lib.params import Scope
from cs_lib.sentences import say

KNOWN, DUE = "cs_journey_known", "follow_up_due_at"
MADE = (
    pain_hits.BACK, walk.SHAPES, walk.WAYS, walk.MESSAGES, walk.SURVEYS, walk.TIMES, walk.CELLS, walk.WALKED,
    walk.MARKS, walk.ORDERED, walk.CONTACTS, walk.NEEDS, signs.PEOPLE, signs.TEAMS, signs.PAIRS, signs.SIGNS,
    signs.HANDS, KNOWN, *walk.MOVES.values(),
)  # fmt: skip
AT_ONCE = 500_000  # contacts whose steps are counted by contact at a time


@dataclass(frozen=True, slots=True)
class Read:
    """A desk whose contacts of some days and their steps are read; times are microseconds after the opening.

    The engine holds these tables, and codes in them are places in the tuples here:

    - `CASES`, a row a contact of the study: number; contact_id; opened (since 1970); day (local, of the opening); need,
      team (the first that a step names, bots last, else its own), channel (`CHANNELS`), owner (`OWNERS`), NULL for
      none; customer (a number, NULL for nobody or one who is no single customer); complaint; due (follow-up promised);
      steps (how many); first (time of the first step that is not before the opening); first_resolved (first step
      `resolved`); resolved (the last resolution: the contact's own stamp, or, in a log without any, the last step
      `resolved` unless it was taken up again); closed (its stamp, else the last step); ended (resolved, else closed if
      nothing was done afterwards; NULL while it is under way); till (ended, else the data cut); answered_at, again_at,
      solved_at (places of the first step that ends the asking; of the first step `reopened` after the first
      resolution, or the first with which somebody took it up again before another resolution or without one; and of
      the last resolution); stratum (0 to 4, the fifth of the time to resolution, -1 while not resolved).
    - `WALK`, a row a step of theirs: number; place (0, 1, ...); since, till (its time, and where the time after it
      ends: see `walk.SPENT` for how much that is); activity; kind (`steps.KINDS`), actor (`signs.ACTORS`, -1 for
      none), team, person and told (see `signs`); phase (`PHASES`), holder (`HOLDERS`). It is a view that reads them
      from a step's number: only what is asked for costs anything.
    - `TIMES`, a row a contact with steps: number; answer, work, others, again: time in each phase, NULL where it never
      came there; solved, after: 1 where it came there, else 0; others_customer, others_third, again_customer,
      again_third: the parts held by the customer and by third parties; shape (contacts with equal steps, phases and
      holders have equal numbers);
      answer_till, work_till, others_till, again_till: when it was out of each phase for the last time; over, answered,
      resolved (1 where it is ended, where it is ended or its asking is, where it is resolved, else 0);
      day, team, owner, customer: as in `CASES`.
    - `CELLS`, a row for all steps alike in phase, activity, kind, actor, told, holder and the owner of their contact:
      n; micros (`walk.SPENT`, in all), early (steps before the opening), teams, people (steps that name one).
    - `SHAPES`, a row a shape: shape; number (a contact of it), n (contacts), way (the steps alone).
    - `WAYS`, a row a way: way; number (a contact that took it), n (contacts).
    - `SURVEYS`, a row a contact whose first survey of kind csat was offered early enough before the cut to be answered:
      number; answered, satisfied (1 or 0, as the metric `csat` has them); since (time of the answer, NULL without
      one); empty without surveys.

    - `walk.MOVES["team"]`, a row a change of the team that holds a contact, in the order of contacts and steps:
      number, place (one that rises over all contacts), since (the step that names the next); before, holder.
    - `walk.MESSAGES`, a row a message of a customer or a public reply of ours, in the same order: see there.

    - `pain_hits.BACK`, a row a contact that can be followed for 30 days after its resolution: number, back (1 or 0).

    A contact under way runs up to the data cut. The time until its first step is `answer` (a step `created`).
    """

    desk: Desk
    start: date
    end: date
    scope: Scope | None
    activities: tuple[str, ...]
    stages: tuple[str, ...]  # of each activity, the canonical stage most of its steps have
    teams: tuple[str, ...]
    people: tuple[str, ...]
    needs: tuple[str, ...]
    fifths: tuple[
        int, ...
    ]  # the four times to resolution that part the strata; empty with too few resolved
    # By team and by person: contacts with a step that names one, and the changes from one to the next.
    named: dict[str, tuple[int, handoffs.Changes]]
    between: dict[tuple[int, int], int]  # time from steps of a name to the next of another
    ties: tuple[int, ...]  # steps tied, unordered and repeated, see `walk.neighbours`
    inside: str  # whether a contact `c` belongs to the study, as SQL
    opening: OpeningHours | None = None

    @property
    def days(self) -> int:
        """Days of the study."""
        return (self.end - self.start).days + 1

    def forget_steps(self) -> None:
        """Gives back the room of `WALK`; from here on contacts alone can be asked."""
        self.desk.engine.run(f"DROP VIEW IF EXISTS {WALK}")
        self.desk.engine.run(f"DROP TABLE IF EXISTS {walk.WALKED}")

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """All rows of a small result."""
        return self.desk.engine.rows(sql)


@contextmanager
def journey_read(
    desk: Desk,
    start: date,
    end: date,
    *,
    scope: Scope | None = None,
    opening: OpeningHours | None = None,
) -> Iterator[Read]:
    """Contacts opened in some local days and all their steps, read once; the engine is freed of them in the end.

    Merged contacts, spam and cancelled ones are left out. Steps are named by `raw_stage` where the log fills it for at
    least half of its rows, else by their kind (`steps.KIND`).

    With `opening` time is counted in the opening hours of teams, too (`in_hours.OPEN`).

    Raises NotAvailable without contacts or events, where no step belongs to a contact of these days, or where the hours
    of a team are not known.
    """
    for table in ("contacts", "events"):
        if not desk.has(table):
            reason = say("The journey is not available because {why}.", why=desk.absent[table])
            raise NotAvailable(reason)
    try:
        read = _read(desk, start, end, scope, opening)
        desk.engine.run(f"CREATE TEMP TABLE {pain_hits.BACK} AS {pain_hits.back(read)}")
        with in_hours.counted(desk, opening):
            yield read
    finally:
        for view in (WALK, CASES):
            desk.engine.run(f"DROP VIEW IF EXISTS {view}")
        for table in MADE:
            desk.engine.run(f"DROP TABLE IF EXISTS {table}")


def _read(
    desk: Desk, start: date, end: date, scope: Scope | None, opening: OpeningHours | None
) -> Read:
    run, dialect = desk.engine.run, desk.engine.dialect
    packing = signs.pack(desk)
    signs.listed(desk, walk.NEEDS, "SELECT need_code AS name FROM contacts")
    run(f"CREATE TEMP TABLE {walk.CONTACTS} AS {_contacts(desk, (start, end), scope)}")
    named = _cases(desk, packing)
    fifths = _fifths(desk)
    above = " + ".join(f"CASE WHEN k.resolved > {edge} THEN 1 ELSE 0 END" for edge in fifths)
    stratum = f"CASE WHEN k.resolved IS NULL THEN -1 ELSE {above or '0'} END"
    run(
        f"CREATE TEMP VIEW {CASES} AS SELECT k.*, CAST({stratum} AS SMALLINT) AS stratum FROM {KNOWN} k"
    )
    pairs = desk.engine.rows(walk.neighbours(dialect, packing))
    run(f"CREATE TEMP TABLE {walk.WALKED} AS {walk.walked(dialect, packing)}")
    run(f"CREATE TEMP VIEW {WALK} AS {walk.walk(packing)}")
    run(f"DROP TABLE {walk.ORDERED}")
    run(f"CREATE TEMP TABLE {walk.CELLS} AS {walk.cells(dialect, packing)}")
    _in_parts(desk, TIMES, KNOWN, lambda some: walk.times(dialect, some))
    run(f"CREATE TEMP TABLE {walk.SHAPES} AS {walk.shapes(dialect)}")
    run(
        f"CREATE TEMP TABLE {walk.WAYS} AS SELECT way, min(number) AS number, CAST(sum(n) AS BIGINT) AS n"
        f" FROM {walk.SHAPES} GROUP BY 1"
    )
    _surveys(desk)
    names = desk.engine.rows(
        f"SELECT DISTINCT activity, called, usual FROM {signs.SIGNS} ORDER BY 1"
    )
    return Read(
        desk, start, end, scope,
        activities=tuple(name for _, name, _ in names),
        stages=tuple(stage for _, _, stage in names),
        teams=_listed(desk, signs.TEAMS),
        people=_listed(desk, signs.PEOPLE),
        needs=_listed(desk, walk.NEEDS),
        fifths=fifths,
        named=named,
        between={(before, after): int(micros) for before, after, micros, *_ in pairs},
        ties=tuple(sum(int(pair[i]) for pair in pairs) for i in (3, 4, 5)),
        inside=_inside(desk, (start, end), scope),
        opening=opening,
    )  # fmt: skip


def _cases(desk: Desk, packing: signs.Packing) -> dict[str, tuple[int, handoffs.Changes]]:
    """Steps in order, what is asked of them in order, and the cases; see `Read.named`."""
    run, dialect = desk.engine.run, desk.engine.dialect
    run(
        f"CREATE TEMP TABLE {walk.ORDERED} AS {walk.ordered(dialect, packing, signs.looked_up(desk))}"
    )
    if not desk.engine.rows(f"SELECT 1 FROM {walk.ORDERED} LIMIT 1"):
        raise NotAvailable(
            say("The journey is not available because no event belongs to a contact of these days.")
        )
    run(f"CREATE TEMP TABLE {walk.MESSAGES} AS {walk.messages(dialect, packing)}")
    moved = {}
    for by, table in walk.MOVES.items():
        run(f"CREATE TEMP TABLE {table} AS {walk.moves(dialect, packing, by)}")
        moved[by] = handoffs.counted(desk.engine, table)
    run(f"DROP TABLE {walk.MOVES['person']}")
    _in_parts(desk, walk.MARKS, walk.CONTACTS, lambda some: walk.marks(dialect, packing, some))
    stamps = desk.facts["contacts"].of("resolved_at").filled > 0
    run(f"CREATE TEMP TABLE {KNOWN} AS {walk.cases(dialect, packing, stamps, micros(desk.cut))}")
    [(team, person)] = desk.engine.rows(
        f"SELECT count(first_team), count(CASE WHEN person > 0 THEN 1 END) FROM {walk.MARKS}"
    )
    for table in (walk.MARKS, walk.CONTACTS):
        run(f"DROP TABLE {table}")
    return {"team": (team, moved["team"]), "person": (person, moved["person"])}


def _in_parts(desk: Desk, table: str, contacts: str, made: Callable[[str], str]) -> None:
    """A table of rows by contact, made for `AT_ONCE` contacts at a time: so what is being counted has bounded room."""
    [(n,)] = desk.engine.rows(f"SELECT count(*) FROM {contacts}")
    for first in range(0, n, AT_ONCE):
        into = f"INSERT INTO {table}" if first else f"CREATE TEMP TABLE {table} AS"
        desk.engine.run(f"{into} {made(f'BETWEEN {first} AND {first + AT_ONCE - 1}')}")


def _surveys(desk: Desk) -> None:
    """The surveys of the cases; no row without surveys."""
    run = desk.engine.run
    if desk.has("surveys"):
        run(
            f"CREATE TEMP TABLE {walk.SURVEYS} AS {walk.surveys(desk.engine.dialect, micros(desk.cut))}"
        )
    else:
        none = "CAST(0 AS INTEGER)"
        run(
            f"CREATE TEMP TABLE {walk.SURVEYS} AS SELECT {none} AS number, {none} AS answered, {none} AS satisfied,"
            f" CAST(NULL AS BIGINT) AS since FROM {CASES} WHERE 1 = 0"
        )


def _listed(desk: Desk, table: str) -> tuple[str, ...]:
    return tuple(row[0] for row in desk.engine.rows(f"SELECT name FROM {table} ORDER BY number"))


def _inside(desk: Desk, days: tuple[date, date], scope: Scope | None) -> str:
    """Whether a contact `c` belongs to the study, as SQL."""
    return f"{REAL} AND {between(desk.day_of('c.opened_at'), *days)} AND {matches(scope)}"


def _contacts(desk: Desk, days: tuple[date, date], scope: Scope | None) -> str:
    """The contacts of the study as whole numbers."""
    dialect, day = desk.engine.dialect, desk.day_of("c.opened_at")
    nobody = [one.value for one in nobodies(desk, Window(*days)).values]
    known = "c.customer_id IS NOT NULL"
    if nobody:
        known += f" AND c.customer_id NOT IN ({', '.join(map(quote, sorted(nobody)))})"
    opened = dialect.micros("c.opened_at")
    due = f"{dialect.micros(f'c.{DUE}')} - {opened}" if promises(desk) else "CAST(NULL AS BIGINT)"
    return (
        f"SELECT c.contact_id, {opened} AS opened, {dialect.micros('c.resolved_at')} - {opened} AS resolved_stamp,"
        f" {dialect.micros('c.closed_at')} - {opened} AS closed_stamp, {due} AS due, {day} AS day, n.number AS need,"
        f" CASE WHEN {known} THEN {dialect.number_of(['c.customer_id'])} END AS customer, t.number AS own_team,"
        f" {signs.numbered('c.channel', CHANNELS)} AS channel, {signs.numbered('c.owner', OWNERS)} AS owner,"
        " c.is_complaint AS complaint"
        f" FROM contacts c LEFT JOIN {walk.NEEDS} n ON n.name = c.need_code"
        f" LEFT JOIN {signs.TEAMS} t ON t.name = c.team_id"
        f" WHERE {_inside(desk, days, scope)}"
    )


def promises(desk: Desk) -> bool:
    """Whether the source tells of promised follow-ups: a column that is empty from end to end tells nothing."""
    contacts = desk.facts["contacts"]
    return DUE in contacts.columns and contacts.of(DUE).filled > 0


def _fifths(desk: Desk) -> tuple[int, ...]:
    """The times to resolution up to which the first, second, third and fourth fifth of resolved contacts go."""
    [(n,)] = desk.engine.rows(f"SELECT count(resolved) FROM {KNOWN}")
    if n < STRATA:
        return ()
    ranks = [-(-n * part // STRATA) for part in range(1, STRATA)]
    rows = desk.engine.rows(
        f"SELECT s.v FROM (SELECT resolved AS v, row_number() OVER (ORDER BY resolved) AS r FROM {KNOWN}"
        f" WHERE resolved IS NOT NULL) s WHERE s.r IN ({', '.join(map(str, ranks))}) ORDER BY s.r"
    )
    return tuple(row[0] for row in rows)
