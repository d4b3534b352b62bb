"""What one reading of a table tells of it: how many rows, what is filled, the range of its stamps and numbers."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from cs_lib.data.contracts import Column, Table
from cs_lib.data.engines.base import Engine, quote
from cs_lib.data.exact import DIGITS, off_the_steps

Moment = datetime | date


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """One column over all rows of its table, those after the data cut too."""

    filled: int = 0  # rows that have a value
    first: Moment | None = None  # of stamps (UTC) and days
    last: Moment | None = None
    largest: float = 0.0  # of numbers, in absolute value
    beside: tuple[int, ...] = ()  # of numbers: how many lie beside the steps of `exact.DIGITS`
    midnight: int = (
        0  # of stamps: how many are exactly a local midnight, as days without a time are
    )
    unclear: int = 0  # of stamps without zone: how many its zone left out or had twice
    unclear_first: datetime | None = None  # the first of them, as it was delivered
    grouped: int = 0  # of numbers as text: how many have a dot, where each has three digits after it and no other form


@dataclass(frozen=True, slots=True)
class TableFacts:
    """A sound table over all its rows, those after the data cut too; columns that were delivered, by name."""

    rows: int
    columns: dict[str, ColumnFacts] = field(default_factory=dict)

    def of(self, column: str) -> ColumnFacts:
        """The facts of a column; those of an empty one where it was not delivered."""
        return self.columns.get(column, ColumnFacts())

    def span(self, column: str) -> tuple[datetime, datetime] | None:
        """The first and last instant of a stamp, nothing where it is empty."""
        found = self.of(column)
        if isinstance(found.first, datetime) and isinstance(found.last, datetime):
            return found.first, found.last
        return None

    def all_before(self, column: str, moment: Moment) -> bool:
        """Whether every value of a stamp or day lies before a moment."""
        last = self.of(column).last
        return last is None or last < moment


@dataclass(frozen=True, slots=True)
class Read:
    """Facts, what one reading found against the contract, and the text columns in which a blank stands."""

    facts: TableFacts
    faulty: bool
    blank: frozenset[str]


def read(
    engine: Engine,
    table: Table,
    relation: str,
    delivered: Collection[str],
    zones: Mapping[str, str],
) -> Read:
    """One statement over a relation with the canonical columns; `zones` are those whose midnights count, by stamp.

    `faulty` when it has no row or one that breaks a condition of the contract; the key is not looked at.
    """
    columns = [c for c in table.columns if c.name in delivered]
    asked = [
        "count(*)",
        *(text for c in columns for text in _asked(c, _midnight(engine, c, zones))),
    ]
    asked += [_number_of(rule.never) for rule in table.rules]
    answers = iter(engine.rows(f"SELECT {', '.join(asked)} FROM {relation}")[0])
    rows = next(answers)
    found, blank, faulty = dict[str, ColumnFacts](), set[str](), not rows
    for column in columns:
        facts, broken, blanks = _column(column, answers)
        found[column.name] = facts
        faulty |= broken or (column.required and facts.filled - blanks < rows)
        if blanks:
            blank.add(column.name)
    faulty |= any(answers)
    return Read(TableFacts(rows, found), faulty, frozenset(blank))


def _midnight(engine: Engine, column: Column, zones: Mapping[str, str]) -> str:
    if column.type != "time":
        return ""
    return engine.dialect.is_midnight(column.name, zones.get(column.name, "UTC"))


def _asked(column: Column, midnight: str) -> Iterator[str]:
    """The aggregates of a column, in the order in which `_column` takes their values."""
    name = column.name
    yield f"count({name})"
    if column.type in ("time", "date"):
        yield from (f"min({name})", f"max({name})")
    if column.type == "time":
        yield _number_of(midnight)
    if column.type == "number":
        yield from (_number_of(f"NOT isfinite({name})"), f"max(abs({name}))", *off_the_steps(name))
    if column.type == "text":
        yield _number_of(f"{name} = ''")
    if column.values:
        allowed = ", ".join(map(quote, ("", *column.values)))
        yield _number_of(f"{name} NOT IN ({allowed})")


def _number_of(condition: str) -> str:
    return f"count(CASE WHEN {condition} THEN 1 END)"


def _column(column: Column, answers: Iterator[Any]) -> tuple[ColumnFacts, bool, int]:
    """The facts of a column, whether a value of it breaks the contract, and its blank texts."""
    facts: dict[str, Any] = {"filled": next(answers)}
    broken, blanks = False, 0
    if column.type in ("time", "date"):
        kind = date if column.type == "date" else datetime
        facts |= {"first": _moment(next(answers), kind), "last": _moment(next(answers), kind)}
    if column.type == "time":
        facts["midnight"] = next(answers)
    if column.type == "number":
        broken = bool(next(answers))
        facts |= {"largest": next(answers) or 0.0, "beside": tuple(next(answers) for _ in DIGITS)}
    if column.type == "text":
        blanks = next(answers)
    if column.values:
        broken |= bool(next(answers))
    return ColumnFacts(**facts), broken, blanks


def _moment(value: Moment | str | None, kind: type[Moment]) -> Moment | None:
    """A stamp or day that no calendar of Python's holds is the first or last one that it does."""
    if not isinstance(value, str):
        return value
    return kind.min if "BC" in value else kind.max
