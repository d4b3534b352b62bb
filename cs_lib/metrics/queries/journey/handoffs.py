"""From team to team and from person to person, and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from cs_lib.metrics.queries.sql import not_available
from cs_lib.sentences import say

if TYPE_CHECKING:
    from cs_lib.data.engines.base import Engine
    from cs_lib.metrics.queries.journey.read import Read

MOST_NAMES = 30
REST, REST_NUMBER = "other", -1


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


@dataclass(frozen=True, slots=True)
class Changes:
    """What is counted of a table of moves, by the numbers of holders; see `Handoffs`."""

    kept: tuple[int, ...]
    pairs: tuple[tuple[int, int, int], ...]
    moved: int
    changes: int
    returning: int
    returns: int


def counted(engine: Engine, held: str) -> Changes:
    """Counts the moves of one table of `walk.MOVES`."""
    beside = engine.dialect.beside
    kept = _busiest(engine, held)
    ends = ", ".join(_known(column, kept) for column in ("before", "holder"))
    pairs = engine.rows(f"SELECT {ends}, count(*) FROM {held} GROUP BY 1, 2 ORDER BY 1, 2")
    earlier = beside("before", -1, "number", "place")
    again = f"SELECT number, place, holder, {earlier} AS earlier FROM {held}"
    [(changes, moved)] = engine.rows(
        f"SELECT count(*), count(CASE WHEN earlier IS NULL THEN 1 END) FROM ({again}) a"
    )
    back = (
        f"SELECT {beside('number', -1, 'number', 'place')} AS sooner FROM ({again}) a"
        " WHERE holder = earlier"
    )
    [(returns, returning)] = engine.rows(
        f"SELECT count(*), count(CASE WHEN sooner IS NULL THEN 1 END) FROM ({back}) b"
    )
    return Changes(kept, tuple((a, b, n) for a, b, n in pairs), moved, changes, returning, returns)


def handoffs(read: Read, by: Literal["team", "person"]) -> Handoffs:
    """Moves between teams or between people.

    Raises NotAvailable where no step names one.
    """
    cases, found = read.named[by]
    if not cases:
        if by == "team":
            raise not_available("teams", say("no step names a team"))
        raise not_available("people", say("no step names a person"))
    own = read.teams if by == "team" else read.people
    names = {REST_NUMBER: REST, **{number: own[number] for number in found.kept}}
    counts = {(names[before], names[after]): n for before, after, n in found.pairs}
    listed = tuple(own[number] for number in found.kept)
    return Handoffs(
        listed, counts, cases, found.moved, found.changes, found.returning, found.returns
    )


def _busiest(engine: Engine, held: str) -> tuple[int, ...]:
    """The numbers of those with most moves to and from them; names have numbers in their own order."""
    each = f"SELECT before AS holder FROM {held} UNION ALL SELECT holder FROM {held}"
    rows = engine.rows(
        f"SELECT holder, count(*) AS n FROM ({each}) h GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {MOST_NAMES}"
    )
    return tuple(number for number, _ in rows)


def _known(column: str, kept: tuple[int, ...]) -> str:
    """A holder as long as it is kept, as SQL."""
    listed = ", ".join(map(str, kept)) or "NULL"
    return f"CASE WHEN {column} IN ({listed}) THEN {column} ELSE {REST_NUMBER} END"
