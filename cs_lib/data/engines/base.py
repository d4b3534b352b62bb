"""The engine boundary: tables stay where they are, small results come out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import pandas as pd


class EngineError(RuntimeError):
    """The engine refused a statement; the message is its first line, `detail` all of it."""

    def __init__(self, detail: str) -> None:
        self.detail = detail
        super().__init__(detail.splitlines()[0] if detail else "unknown")

    def _render_traceback_(self) -> list[str]:
        """In a notebook the engine's own words are the message; the stack only hides them."""
        return [self.detail or str(self)]


class NotAllowed(EngineError):
    """A text of a source that would do more than read the source's own tables; it was not run."""


class NoRoom(EngineError):
    """A statement that needs more memory or disk than it may have; the message is a sentence of ours."""


class Dialect(Protocol):
    """The fragments in which SQL engines differ; everything else in our templates is common SQL."""

    @property
    def name(self) -> str:
        """What the engine is called in a source."""
        ...

    def micros(self, instant: str) -> str:
        """A UTC instant as whole microseconds since 1970."""
        ...

    def fixed(self, value: str, steps: int) -> str:
        """A number as the nearest whole number of steps (so many are one unit), half up; no rounding but this one."""
        ...

    def divided(self, above: str, below: str) -> str:
        """How often one whole number goes into another; neither is negative."""
        ...

    def day_of(self, instant: str, zone: str) -> str:
        """The local calendar day of a UTC instant."""
        ...

    def to_utc(self, local: str, zone: str) -> str:
        """The UTC instant of a local stamp."""
        ...

    def is_midnight(self, instant: str, zone: str) -> str:
        """Whether a UTC instant is the first moment of a local day."""
        ...

    def without_zone(self, zoned: str) -> str:
        """The UTC instant of a stamp that carries its zone."""
        ...

    def number_of(self, columns: Sequence[str]) -> str:
        """A number of 64 bits made of a row's values: equal values, and empty ones, have equal numbers."""
        ...

    def matches(self, text: str, pattern: str) -> str:
        """Whether a text holds a match of a regular expression."""
        ...

    def parsed(self, text: str, form: str) -> str:
        """A text in a form of strptime as a stamp without zone, in `epoch_s` or `epoch_ms` as one with; else NULL."""
        ...

    def reading(self, column: str, form: str) -> str:
        """What a source's query may say for a column in such a form."""
        ...

    def instant(self, micros: str) -> str:
        """The UTC instant of whole microseconds since 1970."""
        ...

    def wide(self, whole: str) -> str:
        """A whole number whose products and sums may have 127 bits; beyond them the engine raises."""
        ...

    def coded(self, text: str, values: Sequence[str]) -> str:
        """A text that is one of some values, in little room; it compares and sorts (values in order) as before."""
        ...

    def last_before(self, value: str, partition: str, order: str) -> str:
        """The last value before a row that is not NULL, in an order within a partition."""
        ...

    def beside(self, value: str, steps: int, part: str, order: str) -> str:
        """The value so many rows further on (back when negative) in the same part, NULL beyond it.

        Over rows that come in the order of `part` and within it of `order`: from a query that ends with that order, or
        from a table made by one.
        """
        ...

    def highest_yet(self, value: str, part: str, order: str) -> str:
        """The highest value up to a row, over rows as in `beside`; every part begins higher than the last."""
        ...

    def row_of(self, table: str) -> str:
        """A whole number that tells the rows of a table made by us apart, rising in the order they were made in."""
        ...


class Engine(Protocol):
    """What the layers above may ask of an engine."""

    @property
    def dialect(self) -> Dialect:
        """How the engine spells what engines spell differently."""
        ...

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """All rows of a small result."""
        ...

    def frame(self, sql: str) -> pd.DataFrame:
        """A small result as a frame."""
        ...

    def run(self, sql: str) -> None:
        """A statement without a result."""
        ...

    def statements(self, sql: str) -> list[str]:
        """The statements of a text, apart."""
        ...

    def require_query(self, sql: str) -> None:
        """Raises NotAllowed unless a source's text is exactly one query that only reads its tables."""
        ...

    def require_condition(self, sql: str) -> None:
        """Raises NotAllowed unless a source's text is exactly one expression that only reads its tables."""
        ...

    def names(self, sql: str) -> tuple[frozenset[str], frozenset[str]]:
        """The tables and the columns that a query names, in small letters; among the columns `*` where it takes all."""
        ...

    def seal(self) -> None:
        """From here on no file but the registered ones, no network, no extension, no other setting, for good.

        Called once, after the files of a source are registered and before any of its SQL runs.
        """
        ...

    def know_zone(self, zone: str, first: datetime, last: datetime) -> None:
        """From here on move stamps of a zone by plain offsets around a range of UTC instants, if none changes."""
        ...

    def columns(self, relation: str) -> dict[str, str]:
        """Column names and engine types of a relation or parenthesised query."""
        ...

    def add_frame(self, name: str, frame: pd.DataFrame) -> None:
        """A frame as a table of the engine."""
        ...

    def add_csv(
        self,
        name: str,
        path: Path,
        *,
        columns: Sequence[str],
        above: int,
        delimiter: str,
        missing: tuple[str, ...],
    ) -> None:
        """A UTF-8 CSV file as a table of text columns, in the file's row order; nothing is guessed.

        The first `above` lines are left out, the line of column names being the last of them.
        """
        ...

    def add_parquet(self, name: str, paths: Sequence[Path]) -> None:
        """Parquet files of the same columns as one relation; a path is a name and never a pattern."""
        ...

    def add_kept(self, name: str, path: Path) -> None:
        """A Parquet file that `save` wrote as a table, read at once, in its row order."""
        ...

    def save(self, relation: str, path: Path) -> None:
        """A relation as a Parquet file of ours; not by the engine, which may be sealed. Raises OSError, ImportError."""
        ...

    def close(self) -> None:
        """Free what the engine holds."""
        ...


def quote(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A name of a table or column as SQL takes it, whatever letters it has."""
    return '"' + name.replace('"', '""') + '"'
