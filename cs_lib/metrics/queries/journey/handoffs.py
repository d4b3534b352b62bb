"""From team to team and from person to person, and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cs_lib.metrics.queries.journey.pain_hits import moves
from cs_lib.metrics.queries.journey.read import Read
from cs_lib.metrics.queries.journey.walk import WALK
from cs_lib.metrics.queries.sql import not_available
from cs_lib.sentences import say

MOST_NAMES = 30
REST, REST_NUMBER = "other", -1
HELD = "cs_journey_held"


@dataclass(frozen=True, slots=True)
class Handoffs:
    """Moves between holders (teams, or people), from one step that names one to the next that does.

    Attributes:
        names: those with most moves to and from them, at most 30; the rest are `other`.
        moves: how often from the first to the second, by names.
        cases, moved: contacts with a named holder, and those that changed it at least once.
        changes: all changes.
        returning, returns: contacts in which an earlier holder got it back directly (A-B-A), and how often.
    """

    names: tuple[str, ...]
    moves: dict[tuple[str, str], int]
    cases: int
    moved: int
    changes: int
    returning: int
    returns: int


def handoffs(read: Read, by: Literal["team", "person"]) -> Handoffs:
    """Moves between teams or between people.

    Raises NotAvailable where no step names one.
    """
    [(cases,)] = read.rows(f"SELECT count(DISTINCT number) FROM {WALK} WHERE {by} IS NOT NULL")
    if not cases:
        if by == "team":
            raise not_available("teams", say("no step names a team"))
        raise not_available("people", say("no step names a person"))
    engine = read.desk.engine
    engine.run(f"CREATE TEMP TABLE {HELD} AS {moves(by)}")
    try:
        kept = _busiest(read)
        ends = ", ".join(_known(column, kept) for column in ("before", "holder"))
        pairs = read.rows(f"SELECT {ends}, count(*) FROM {HELD} GROUP BY 1, 2 ORDER BY 1, 2")
        [(moved, changes)] = read.rows(f"SELECT count(DISTINCT number), count(*) FROM {HELD}")
        again = (
            "SELECT number, holder, lag(before) OVER (PARTITION BY number ORDER BY place) AS earlier"
            f" FROM {HELD}"
        )
        [(returning, returns)] = read.rows(
            f"SELECT count(DISTINCT number), count(*) FROM ({again}) a WHERE holder = earlier"
        )
    finally:
        engine.run(f"DROP TABLE {HELD}")
    own = read.teams if by == "team" else read.people
    names = {REST_NUMBER: REST, **{number: own[number] for number in kept}}
    counts = {(names[before], names[after]): n for before, after, n in pairs}
    listed = tuple(own[number] for number in kept)
    return Handoffs(listed, counts, cases, moved, changes, returning, returns)


def _busiest(read: Read) -> tuple[int, ...]:
    """The numbers of those with most moves to and from them; names have numbers in their own order."""
    each = f"SELECT before AS holder FROM {HELD} UNION ALL SELECT holder FROM {HELD}"
    rows = read.rows(
        f"SELECT holder, count(*) AS n FROM ({each}) h GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {MOST_NAMES}"
    )
    return tuple(number for number, _ in rows)


def _known(column: str, kept: tuple[int, ...]) -> str:
    """A holder as long as it is kept, as SQL."""
    listed = ", ".join(map(str, kept)) or "NULL"
    return f"CASE WHEN {column} IN ({listed}) THEN {column} ELSE {REST_NUMBER} END"
