"""DuckDB, the embedded engine."""

from __future__ import annotations

import glob
import re
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cs_lib.data.engines import readonly
from cs_lib.data.engines.base import EngineError, identifier, quote
from cs_lib.language import say

if TYPE_CHECKING:
    import pandas as pd


# A path that begins at the root: in quotes it may hold blanks, else it ends at the first one.
ROOT = r"(?:[A-Za-z]:[/\\]|[a-z0-9]+:/+|~?/)"
QUOTED = re.compile(
    rf"""(")(?={ROOT})[^"\n]*[/\\]([^"/\\\n]*)"|(')(?={ROOT})[^'\n]*[/\\]([^'/\\\n]*)'"""
)
BARE = re.compile(rf"""(?<![\w./\\]){ROOT}(?:[^\s"'/\\:]+[/\\])+(?=[^\s"'/\\:])""")


def spill(memory_limit_gb: float) -> float:
    """Gigabytes of temporary files an engine may write.

    A sort needs about twice its data and our own tables are a few times the memory at most: four times the memory is
    room for every query that ends, and at least four gigabytes so that a small memory limit is no trap.
    """
    return max(4.0, 4 * memory_limit_gb)


def without_folders(text: str) -> str:
    """A text of the engine in which a file is called by its name alone."""
    return BARE.sub("", QUOTED.sub(r"\1\2\1\3\4\3", text))


class DuckDBDialect:
    """DuckDB's spelling of what engines spell differently."""

    name = "duckdb"

    def seconds_between(self, start: str, end: str) -> str:
        """Seconds from one instant to another, as a floating number."""
        return f"(epoch_us({end}) - epoch_us({start})) / 1e6"

    def micros(self, instant: str) -> str:
        """A UTC instant as whole microseconds since 1970."""
        return f"epoch_us({instant})"

    def fixed(self, value: str, steps: int) -> str:
        """A number as the nearest whole number of steps (so many are one unit), half up; no rounding but this one."""
        return f"CAST(floor(CAST({value} AS DOUBLE) * {steps}e0 + 5e-1) AS BIGINT)"

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

    def instant(self, micros: str) -> str:
        """The UTC instant of whole microseconds since 1970."""
        return f"make_timestamp({micros})"

    def wide(self, whole: str) -> str:
        """A whole number whose products and sums may have 127 bits; beyond them the engine raises."""
        return f"CAST({whole} AS HUGEINT)"

    def last_before(self, value: str, partition: str, order: str) -> str:
        """The last value before a row that is not NULL, in an order within a partition."""
        window = f"PARTITION BY {partition} ORDER BY {order}"
        return f"lag({value} IGNORE NULLS) OVER ({window})"

    def row_of(self, table: str) -> str:
        """A whole number that tells the rows of a table made by us apart."""
        return f"{table}.rowid"


class DuckDB:
    """Embedded engine, in memory, spilling to a temporary folder beyond its limit."""

    dialect = DuckDBDialect()

    def __init__(
        self, *, memory_limit_gb: float = 2.0, spill_limit_gb: float | None = None
    ) -> None:
        import duckdb

        self._spill = tempfile.TemporaryDirectory(prefix="cs-lib-")
        self._memory_gb, self._spill_gb = memory_limit_gb, spill_limit_gb or spill(memory_limit_gb)
        self._registered: list[str] = []
        self._errors = (duckdb.Error,)
        config: Any = {
            "memory_limit": f"{round(memory_limit_gb * 1000)}MB",
            "temp_directory": self._spill.name,
            "threads": 1,  # sums in parallel differ in their last bits from run to run
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
            "allow_unsigned_extensions": "false",
            "allow_persistent_secrets": "false",
            "python_enable_replacements": "false",  # a name in SQL is never a Python variable of ours
        }
        try:
            self._connection = duckdb.connect(":memory:", config=config)
            self.run("SET TimeZone = 'UTC'")
            # As an option of `connect` this limit is forgotten once the folder is in use.
            self.run(f"SET max_temp_directory_size = '{self._spill_megabytes()}MB'")
        except BaseException:
            self._spill.cleanup()
            raise

    def _spill_megabytes(self) -> int:
        """The limit of the temporary folder, and never the last tenth of its disk."""
        free = shutil.disk_usage(self._spill.name).free * 0.9
        return max(1, int(min(self._spill_gb * 1e9, free) / 1e6))

    def _execute(self, sql: str, values: Sequence[str] | None = None) -> Any:
        try:
            return self._connection.execute(sql, values)
        except self._errors as error:
            raise self._told(error) from None  # its own words name folders

    def _told(self, error: Exception) -> EngineError:
        """The engine's refusal without any folder; a want of room in one sentence."""
        detail = str(error)
        for path in self._registered:
            detail = detail.replace(path, Path(path).name)
        detail = without_folders(detail)
        if not detail.startswith("Out of Memory Error"):
            return EngineError(detail)
        if "max_temp_directory_size" in detail:
            return EngineError(
                say(
                    "it needs more than {memory} GB of memory and {spill} GB of temporary files; make "
                    "it smaller or raise `memory_limit_gb` in the source",
                    memory=f"{self._memory_gb:g}",
                    spill=f"{self._spill_gb:g}",
                )
            )
        return EngineError(
            say(
                "it needs more than {memory} GB of memory; make it smaller or raise "
                "`memory_limit_gb` in the source",
                memory=f"{self._memory_gb:g}",
            )
        )

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
            raise self._told(error) from None  # its own words name folders

    def require_query(self, sql: str) -> None:
        """Raises NotAllowed unless a source's text is exactly one query that only reads its tables."""
        readonly.require_query(sql, self._parse, self._own())

    def require_condition(self, sql: str) -> None:
        """Raises NotAllowed unless a source's text is exactly one expression that only reads its tables."""
        readonly.require_condition(sql, self._parse, self._own())

    def _parse(self, sql: str) -> str:
        return str(self._execute("SELECT json_serialize_sql($1)", [sql]).fetchone()[0])

    def _own(self) -> frozenset[str]:
        tables = "SELECT table_name FROM duckdb_tables()"
        views = "SELECT view_name FROM duckdb_views() WHERE NOT internal"
        return frozenset(row[0].lower() for row in self.rows(f"{tables} UNION ALL {views}"))

    def seal(self) -> None:
        """From here on no file but the registered ones, no network, no extension, no other setting, for good."""
        self.run(f"SET allowed_paths = [{', '.join(map(quote, self._registered))}]")
        self.run("SET enable_external_access = false")
        self.run("SET lock_configuration = true")

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

    def add_parquet(self, name: str, paths: Sequence[Path]) -> None:
        """Parquet files of the same columns as one view: nothing is read yet, a path is never a pattern."""
        patterns = [glob.escape(str(path)) for path in paths]
        # The engine asks leave once for the pattern as it stands and once for the file behind it.
        self._registered += dict.fromkeys([*patterns, *map(str, paths)])
        listed = ", ".join(map(quote, patterns))
        self.run(f"CREATE VIEW {identifier(name)} AS SELECT * FROM read_parquet([{listed}])")

    def close(self) -> None:
        """Free what the engine holds."""
        self._connection.close()
        self._spill.cleanup()
