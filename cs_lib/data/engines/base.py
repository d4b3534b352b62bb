"""The engine boundary: tables stay where they are, small results come out. DuckDB is the embedded engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import pandas as pd


class EngineError(RuntimeError):
    """The engine refused a statement; the message is its first line, `detail` all of it."""

    def __init__(self, detail: str) -> None:
        self.detail = detail
        super().__init__(detail.splitlines()[0] if detail else "unknown")


@dataclass(frozen=True, slots=True)
class Dialect:
    """The fragments in which SQL engines differ; everything else in our templates is common SQL."""

    name: str

    def seconds_between(self, start: str, end: str) -> str:
        """Seconds from one instant to another, as a floating number."""
        return f"(epoch_us({end}) - epoch_us({start})) / 1e6"

    def plus_days(self, instant: str, days: int) -> str:
        """An instant moved by whole days of 24 hours."""
        return f"({instant} + INTERVAL ({int(days)}) DAY)"

    def day_of(self, instant: str, zone: str) -> str:
        """The local calendar day of a UTC instant."""
        return f"CAST(timezone({quote(zone)}, timezone('UTC', {instant})) AS DATE)"

    def to_utc(self, local: str, zone: str) -> str:
        """The UTC instant of a local stamp."""
        return f"timezone('UTC', timezone({quote(zone)}, {local}))"


class Engine(Protocol):
    """What the layers above may ask of an engine."""

    dialect: Dialect

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

    def columns(self, relation: str) -> dict[str, str]:
        """Column names and engine types of a relation or parenthesised query."""
        ...

    def close(self) -> None:
        """Free what the engine holds."""
        ...


def quote(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"
