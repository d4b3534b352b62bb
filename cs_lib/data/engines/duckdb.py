"""DuckDB, the embedded engine."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cs_lib.data.engines.base import EngineError, identifier, quote

if TYPE_CHECKING:
    import pandas as pd


class DuckDBDialect:
    """DuckDB's spelling of what engines spell differently."""

    name = "duckdb"

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

    def without_zone(self, zoned: str) -> str:
        """The UTC instant of a stamp that carries its zone."""
        return f"timezone('UTC', {zoned})"

    def matches(self, text: str, pattern: str) -> str:
        """Whether a text holds a match of a regular expression."""
        return f"regexp_matches({text}, {quote(pattern)})"


class DuckDB:
    """Embedded engine, in memory, spilling to a temporary folder beyond its limit."""

    dialect = DuckDBDialect()

    def __init__(self, *, memory_limit_gb: float = 2.0) -> None:
        import duckdb

        self._spill = tempfile.TemporaryDirectory(prefix="cs-lib-")
        self._errors = (duckdb.Error,)
        config: Any = {
            "memory_limit": f"{memory_limit_gb}GB",
            "temp_directory": self._spill.name,
            "TimeZone": "UTC",
            "threads": 1,  # sums in parallel differ in their last bits from run to run
            "autoinstall_known_extensions": "false",
        }
        self._connection = duckdb.connect(":memory:", config=config)

    def _execute(self, sql: str) -> Any:
        try:
            return self._connection.execute(sql)
        except self._errors as error:
            raise EngineError(str(error)) from error

    def run(self, sql: str) -> None:
        """A statement without a result."""
        self._execute(sql)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """All rows of a small result."""
        found: list[tuple[Any, ...]] = self._execute(sql).fetchall()
        return found

    def frame(self, sql: str) -> pd.DataFrame:
        """A small result as a frame."""
        found: pd.DataFrame = self._execute(sql).df()
        return found

    def statements(self, sql: str) -> list[str]:
        """The statements of a text, apart."""
        try:
            return [found.query for found in self._connection.extract_statements(sql)]
        except self._errors as error:
            raise EngineError(str(error)) from error

    def columns(self, relation: str) -> dict[str, str]:
        """Column names and engine types of a relation or parenthesised query."""
        return {row[0]: row[1] for row in self.rows(f"DESCRIBE SELECT * FROM {relation}")}

    def add_frame(self, name: str, frame: pd.DataFrame) -> None:
        """A frame as a table of the engine."""
        self._connection.register("incoming", frame)
        self.run(f"CREATE TABLE {identifier(name)} AS SELECT * FROM incoming")
        self._connection.unregister("incoming")

    def add_csv(
        self,
        name: str,
        path: Path,
        *,
        columns: Sequence[str],
        delimiter: str,
        missing: tuple[str, ...],
    ) -> None:
        """A UTF-8 CSV file as a table of text columns, in the file's row order; nothing is guessed."""
        nulls = ", ".join(quote(text) for text in missing)
        types = ", ".join(f"{quote(column)}: 'VARCHAR'" for column in columns)
        options = (
            f"auto_detect = false, columns = {{{types}}}, header = true, delim = {quote(delimiter)},"
            f" nullstr = [{nulls}], quote = '\"', escape = '\"', comment = ''"
        )
        self.run(
            f"CREATE TABLE {identifier(name)} AS SELECT * FROM read_csv({quote(str(path))}, {options})"
        )

    def add_parquet(self, name: str, path: Path) -> None:
        """A Parquet file, or a folder of them, as a view: nothing is read yet."""
        pattern = f"{path}/**/*.parquet" if path.is_dir() else str(path)
        self.run(f"CREATE VIEW {identifier(name)} AS SELECT * FROM read_parquet({quote(pattern)})")

    def close(self) -> None:
        """Free what the engine holds."""
        self._connection.close()
        self._spill.cleanup()
