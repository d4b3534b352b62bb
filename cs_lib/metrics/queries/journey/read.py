"""The contacts of a study of the journey and their steps, read once as narrow tables of whole numbers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from cs_lib.data.contracts import CHANNELS, OWNERS
from cs_lib.data.desk import Desk
from cs_lib.data.engines.base import quote
from cs_lib.metrics.definitions.contacts import REAL
from cs_lib.metrics.opening_hours import OpeningHours
from cs_lib.metrics.queries import steps
from cs_lib.metrics.queries.journey import in_hours, pain_hits, walk
from cs_lib.metrics.queries.journey.pains import STRATA
from cs_lib.metrics.queries.journey.walk import CASES, TIMES, WALK
from cs_lib.metrics.queries.nobody import nobodies
from cs_lib.metrics.queries.sql import NotAvailable, between, matches, micros
from cs_lib.metrics.queries.tables import Window
from cs_lib.params import Scope
from cs_lib.sentences import say

MOST_ACTIVITIES = 200  # names of steps kept apart; a step of a rarer name is called by its kind
KNOWN, DUE = "cs_journey_known", "follow_up_due_at"
MADE = (
    pain_hits.BACK, walk.SURVEYS, walk.TIMES, walk.WALK, walk.CASES, walk.MARKS, walk.ORDERED, walk.CONTACTS,
    walk.NEEDS, walk.PEOPLE, walk.TEAMS, walk.ACTIVITIES, KNOWN, *walk.MOVES.values(),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Read:
    """A desk whose contacts of some days and their steps are read; times are microseconds after the opening.

    The engine holds seven tables, and codes in them are places in the tuples here:

    - `CASES`, a row a contact of the study: number; contact_id; opened (since 1970); day (local, of the opening); need,
      team (the first that a step names, bots last, else its own), channel (`CHANNELS`), owner (`OWNERS`), NULL for
      none; customer (a number, NULL for nobody or one who is no single customer); complaint; due (follow-up promised);
      steps (how many); first (time of the first step that is not before the opening); first_resolved (first step
      `resolved`); resolved (the last resolution: the contact's own stamp, or, in a log without any, the last step
      `resolved` unless it was taken up again); closed (its stamp, else the last step); ended (resolved, else closed if
      nothing was done afterwards; NULL while it is under way); till (ended, else the data cut); reopened (the first
      step `reopened` after the first resolution, or the first with which somebody took it up again before another
      resolution or without one); answered_at, again_at, solved_at (places of the first step that ends the asking, of
      that reopening, and of the last resolution); way (contacts with equal ways have equal numbers); stratum (0 to 4,
      the fifth of the time to resolution, -1 while not resolved).
    - `WALK`, a row a step of theirs: number; place (0, 1, ...); since, till (its time, and where the time after it
      ends: see `walk.SPENT` for how much that is); kind (`steps.KINDS`); activity, before, after (names of this step
      and its neighbours; NULL at the ends); actor (`walk.ACTORS`), team, person; phase (`PHASES`), holder (`HOLDERS`);
      tie, repeated, told (see `walk.ordered`).
    - `TIMES`, a row a contact with steps: number; answer, work, others, solved, after, again: time in each phase,
      NULL where it never came there; others_customer, others_third, again_customer, again_third: the parts held by
      the customer and by third parties; shape (contacts with the same steps, phases and holders have equal numbers);
      answer_till, work_till, others_till, again_till: when it was out of each phase for the last time; over, answered,
      resolved (1 where it is ended, where it is ended or its asking is, where it is resolved, else 0);
      day, team, owner, customer: as in `CASES`.
    - `SURVEYS`, a row a contact whose first survey of kind csat was offered early enough before the cut to be answered:
      number; answered, satisfied (1 or 0, as the metric `csat` has them); since (time of the answer, NULL without
      one); empty without surveys.

    - `walk.MOVES`, by team and by person a row a change of who holds a contact, in the order of contacts and steps:
      number, place, since (the step that names the next); before, holder.

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
    named: dict[str, int]  # contacts with a step that names a team, and a person
    opening: OpeningHours | None = None

    @property
    def days(self) -> int:
        """Days of the study."""
        return (self.end - self.start).days + 1

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
        for table in MADE:
            desk.engine.run(f"DROP TABLE IF EXISTS {table}")


def _read(
    desk: Desk, start: date, end: date, scope: Scope | None, opening: OpeningHours | None
) -> Read:
    run, dialect = desk.engine.run, desk.engine.dialect
    activity = _activity(desk)
    _activities(desk, activity)
    _names(desk, walk.TEAMS, "events.team_id", "contacts.team_id")
    _names(desk, walk.PEOPLE, "events.agent_id")
    _names(desk, walk.NEEDS, "contacts.need_code")
    run(f"CREATE TEMP TABLE {walk.CONTACTS} AS {_contacts(desk, (start, end), scope)}")
    run(f"CREATE TEMP TABLE {walk.ORDERED} AS {walk.ordered(dialect, activity)}")
    if not desk.engine.rows(f"SELECT 1 FROM {walk.ORDERED} LIMIT 1"):
        raise NotAvailable(
            say("The journey is not available because no event belongs to a contact of these days.")
        )
    for by, table in walk.MOVES.items():
        run(f"CREATE TEMP TABLE {table} AS {walk.moves(dialect, by)}")
    run(f"CREATE TEMP TABLE {walk.MARKS} AS {walk.marks(dialect)}")
    stamps = desk.facts["contacts"].of("resolved_at").filled > 0
    run(f"CREATE TEMP TABLE {KNOWN} AS {walk.cases(dialect, stamps, micros(desk.cut))}")
    [(team, person)] = desk.engine.rows(
        f"SELECT count(first_team), count(person) FROM {walk.MARKS}"
    )
    for table in (walk.MARKS, walk.CONTACTS):
        run(f"DROP TABLE {table}")
    fifths = _fifths(desk)
    above = " + ".join(f"CASE WHEN k.resolved > {edge} THEN 1 ELSE 0 END" for edge in fifths)
    stratum = f"CASE WHEN k.resolved IS NULL THEN -1 ELSE {above or '0'} END"
    run(
        f"CREATE TEMP TABLE {CASES} AS SELECT k.*, CAST({stratum} AS SMALLINT) AS stratum FROM {KNOWN} k"
    )
    run(f"DROP TABLE {KNOWN}")
    run(f"CREATE TEMP TABLE {WALK} AS {walk.walk()}")
    run(f"DROP TABLE {walk.ORDERED}")
    run(f"CREATE TEMP TABLE {TIMES} AS {walk.times(dialect)}")
    _surveys(desk)
    names = desk.engine.rows(
        f"SELECT DISTINCT number, called, stage FROM {walk.ACTIVITIES} ORDER BY 1"
    )
    return Read(
        desk, start, end, scope,
        activities=tuple(name for _, name, _ in names),
        stages=tuple(stage for _, _, stage in names),
        teams=_listed(desk, walk.TEAMS),
        people=_listed(desk, walk.PEOPLE),
        needs=_listed(desk, walk.NEEDS),
        fifths=fifths,
        named={"team": team, "person": person},
        opening=opening,
    )  # fmt: skip


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


def _activity(desk: Desk) -> str:
    """What a step `e` is called, as SQL."""
    named = desk.facts["events"].of("raw_stage").filled
    kind = f"({steps.KIND})"
    return f"coalesce(e.raw_stage, {kind})" if 2 * named >= desk.rows["events"] else kind


def _activities(desk: Desk, activity: str) -> None:
    """What steps are called: each name with its number, the rarest under the name of their commonest kind."""
    counted = f"SELECT {activity} AS name, {steps.KIND} AS kind, e.stage, count(*) AS n FROM events e GROUP BY 1, 2, 3"
    kinds = (
        "SELECT name, kind, sum(n) AS n, row_number() OVER (PARTITION BY name ORDER BY sum(n) DESC, kind) AS place"
        " FROM counted GROUP BY 1, 2"
    )
    sizes = "SELECT name, row_number() OVER (ORDER BY sum(n) DESC, name) AS place FROM counted GROUP BY 1"
    called = (
        f"SELECT s.name, CASE WHEN s.place <= {MOST_ACTIVITIES} THEN s.name ELSE k.kind END AS called"
        " FROM sizes s JOIN kinds k ON k.name = s.name AND k.place = 1"
    )
    stages = (
        "SELECT l.called, c.stage, row_number() OVER (PARTITION BY l.called ORDER BY sum(c.n) DESC, c.stage) AS place"
        " FROM counted c JOIN called l ON l.name = c.name GROUP BY 1, 2"
    )
    numbers = "SELECT called, stage, row_number() OVER (ORDER BY called) - 1 AS number FROM stages WHERE place = 1"
    desk.engine.run(
        f"CREATE TEMP TABLE {walk.ACTIVITIES} AS WITH counted AS ({counted}), kinds AS ({kinds}), sizes AS ({sizes}),"
        f" called AS ({called}), stages AS ({stages}), numbers AS ({numbers})"
        " SELECT l.name, CAST(n.number AS SMALLINT) AS number, n.called, n.stage"
        " FROM called l JOIN numbers n ON n.called = l.called"
    )


def _names(desk: Desk, table: str, *columns: str) -> None:
    """Every name in some columns (`table.column`) with its number, in order."""
    read = " UNION ".join(
        f"SELECT DISTINCT {name} AS name FROM {source} WHERE {name} IS NOT NULL"
        for source, name in (column.split(".") for column in columns)
    )
    desk.engine.run(
        f"CREATE TEMP TABLE {table} AS SELECT name, CAST(row_number() OVER (ORDER BY name) - 1 AS INTEGER) AS number"
        f" FROM ({read}) s"
    )


def _listed(desk: Desk, table: str) -> tuple[str, ...]:
    return tuple(row[0] for row in desk.engine.rows(f"SELECT name FROM {table} ORDER BY number"))


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
        f" {walk.numbered('c.channel', CHANNELS)} AS channel, {walk.numbered('c.owner', OWNERS)} AS owner,"
        " c.is_complaint AS complaint"
        f" FROM contacts c LEFT JOIN {walk.NEEDS} n ON n.name = c.need_code"
        f" LEFT JOIN {walk.TEAMS} t ON t.name = c.team_id"
        f" WHERE {REAL} AND {between(day, *days)} AND {matches(scope)}"
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
