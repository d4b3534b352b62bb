"""Conditions that a file states as SQL over a row: of cases (`c`, stamps are microseconds) or of a term (`t`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from cs_lib.data.contracts import TABLES, Column, Table
from cs_lib.data.engines.base import quote
from cs_lib.params import Condition, micros_of

# What the queries look for in the SQL of a metric; a value must not be taken for it.
WORDS = re.compile(r"HORIZON|DAY|AGAIN|MOVES|\b[ctu]\.\w|SELECT")
NEEDING = ("one_of", "at_least", "at_most", "above", "below", "within", "later_than")
SIGNS = {"at_least": ">=", "at_most": "<=", "above": ">", "below": "<"}


def later_stamps(table: Table, stamp: str) -> frozenset[str]:
    """Stamps of a row that may be unknown when the one that dates it is there; they stand in the order of a life."""
    names = [column.name for column in table.columns]
    return frozenset(
        column.name
        for column in table.columns
        if column.later and names.index(column.name) > names.index(stamp)
    )


def sql_of(table: str, stamp: str, conditions: Mapping[str, Condition], row: str) -> list[str]:
    """One condition of SQL for each thing asked, in the order of the file."""
    columns = TABLES[table]
    return [
        _one(columns.column(name), row, stamp, how, what)
        for name, condition in conditions.items()
        for how, what in condition.asked.items()
    ]


def needed(table: str, conditions: Mapping[str, Condition]) -> list[str]:
    """The optional columns without which a row can only fail."""
    required = TABLES[table].required
    return [
        name
        for name, condition in conditions.items()
        if name not in required
        and (condition.empty is False or any(how in NEEDING for how in condition.asked))
    ]


def _one(column: Column, row: str, stamp: str, how: str, what: Any) -> str:
    name = f"{row}.{column.name}"
    asked: dict[str, Callable[[], str]] = {
        "one_of": lambda: f"{name} IN ({_listed(what)})",
        "none_of": lambda: _none_of(column, name, what),
        "empty": lambda: f"{name} IS {'' if what else 'NOT '}NULL",
        "within": lambda: f"{name} <= {row}.{stamp} + {micros_of(what)}",
        "later_than": lambda: f"{name} > {row}.{stamp} + {micros_of(what)}",
    }
    return asked[how]() if how in asked else f"{name} {SIGNS[how]} {what!r}"


def _none_of(column: Column, name: str, values: Iterable[Any]) -> str:
    plain = f"{name} NOT IN ({_listed(values)})"
    return plain if column.required else f"coalesce({plain}, TRUE)"


def _listed(values: Iterable[Any]) -> str:
    return ", ".join(map(literal, values))


def literal(value: str | bool | int | float) -> str:
    """A value as SQL. A text that holds a word of ours is put together from its letters: it stays what it is."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if not isinstance(value, str):
        return repr(value)
    return f"({' || '.join(map(quote, value))})" if WORDS.search(value) else quote(value)
