"""Which rows of large tables are looked at, for what is a way of an export and not of a single row.

They are those of every so manieth second: no order of rows, no random numbers, the same on every engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cs_lib.metrics.queries.forms import ODD, key_shape
from cs_lib.metrics.queries.people import TABLE, People

SECOND = 1_000_000  # microseconds
LOOKED_AT = (
    200_000  # rows of a table, or customers, beyond which every second, fourth, ... is looked at
)
LEAST_LOOKED_AT = 10_000  # with fewer chosen, as when all have one stamp, all are looked at
MOST_SHAPES = 200
EVERY = "TRUE"


@dataclass(frozen=True, slots=True)
class Writing:
    """How keys are written: whether any is not plain, has small letters, has large ones."""

    odd: bool = False
    small: bool = False
    large: bool = False

    def may_differ(self, other: Writing) -> bool:
        """Whether keys of the two could be the same in another writing."""
        return self.odd or other.odd or (self.small, self.large) != (other.small, other.large)


def some_seconds(micros: str, rows: int) -> str:
    """SQL of whether a row is looked at: all of few, those of every so manieth second of many."""
    step = 1 << (rows // LOOKED_AT).bit_length()
    return f"{micros} % {step * SECOND} < {SECOND}" if step > 1 else EVERY


def some_customers(people: People) -> str:
    """SQL of whether a followed customer is looked at; everybody when hardly anybody was assigned in such a second."""
    if "" not in people.looked_at:
        some = some_seconds("u.since", sum(people.assigned.values()))
        counted = f"SELECT count(*) FROM {TABLE} u WHERE {some}"
        few = some != EVERY and people.desk.engine.rows(counted)[0][0] < LEAST_LOOKED_AT
        people.looked_at[""] = EVERY if few else some
    found: str = people.looked_at[""]
    return found


def writing_of(people: People, key: str) -> str:
    """SQL of three counts: keys that are not plain, that have small letters, that have large ones."""
    odd = f"count(CASE WHEN {people.desk.engine.dialect.matches(key, ODD)} THEN 1 END)"
    cases = (f"count(CASE WHEN {key} <> {case}({key}) THEN 1 END)" for case in ("upper", "lower"))
    return ", ".join([odd, *cases])


def shapes_of(people: People, column: str) -> tuple[Sequence[str], Writing]:
    """How a key of followed customers is written: its shapes, none when they are too many, and more."""
    if column not in people.looked_at:
        rows = people.desk.engine.rows(
            f"SELECT {key_shape(f'u.{column}')}, {writing_of(people, f'u.{column}')} FROM {TABLE} u"
            f" WHERE {some_customers(people)} AND u.{column} IS NOT NULL GROUP BY 1 ORDER BY 1 LIMIT {MOST_SHAPES}"
        )
        many = len(rows) == MOST_SHAPES
        counts = [any(row[i] for row in rows) for i in (1, 2, 3)]
        shapes = () if many else tuple(row[0] for row in rows)
        people.looked_at[column] = shapes, Writing(many or counts[0], *counts[1:])
    found: tuple[Sequence[str], Writing] = people.looked_at[column]
    return found
