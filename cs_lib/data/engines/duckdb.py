"""DuckDB, the embedded engine."""

from __future__ import annotations

import glob
import os
import re
import shutil
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cs_lib.data.engines import readonly, zones
from cs_lib.data.engines.base import EngineError, NoRoom, identifier, quote
from cs_lib.language import say

if TYPE_CHECKING:
    import pandas as pd


# A path that begins at the root: in quotes it may hold blanks, else it ends at the first one.
ROOT = r"(?:[A-Za-z]:[/\\]|[a-z0-9]+:/+|~?/)"
QUOTED = re.compile(
    rf"""(")(?={ROOT})[^"\n]*[/\\]([^"/\\\n]*)"|(')(?={ROOT})[^'\n]*[/\\]([^'/\\\n]*)'"""
)
BARE = re.compile(rf"""(?<![\w./\\]){ROOT}(?:[^\s"'/\\:]+[/\\])+(?=[^\s"'/\\:])""")
EPOCHS = {"epoch_s": 1_000_000, "epoch_ms": 1_000}  # microseconds in one of each
YEARS = (1000, 10_000)  # a stamp before or after them has another form
BATCH = 100_000  # rows held at a time when a relation is written


def spill(memory_limit_gb: float) -> float:
    """Gigabytes of temporary files an engine may write.

    A sort needs about twice its data and our own tables are a few times the memory at most: four times the memory is
    room for every query that ends, and at least four gigabytes so that a small memory limit is no trap.
    """
    return max(4.0, 4 * memory_limit_gb)


def usual_threads(memory_limit_gb: float) -> int:
    """All cores that this process may use, as long as each has a quarter of a gigabyte."""
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:  # not every system can say
        cores = os.cpu_count() or 1
    return max(1, min(cores, int(4 * memory_limit_gb)))


def without_folders(text: str) -> str:
    """A text of the engine in which a file is called by its name alone."""
    return BARE.sub("", QUOTED.sub(r"\1\2\1\3\4\3", text))


class DuckDBDialect:
    """DuckDB's spelling of what engines spell differently.

    Stamps of a zone whose offsets are known are moved by plain arithmetic, which is many times faster than the
    engine's calendar and gives the same; stamps outside the known range go by the calendar.
    """

    name = "duckdb"

    def __init__(self) -> None:
        self.known: dict[str, zones.Offsets] = {}

    def micros(self, instant: str) -> str:
        """A UTC instant as whole microseconds since 1970."""
        return f"epoch_us({instant})"

    def fixed(self, value: str, steps: int) -> str:
        """A number as the nearest whole number of steps (so many are one unit), half up; no rounding but this one."""
        return f"CAST(floor(CAST({value} AS DOUBLE) * {steps}e0 + 5e-1) AS BIGINT)"

    def divided(self, above: str, below: str) -> str:
        """How often one whole number goes into another; neither is negative."""
        return f"({above}) // ({below})"

    def day_of(self, instant: str, zone: str) -> str:
        """The local calendar day of a UTC instant."""
        if zone in zones.UTC_NAMES:
            return f"CAST({instant} AS DATE)"
        local = f"timezone({quote(zone)}, timezone('UTC', {instant}))"
        known = self.known.get(zone)
        if known is None:
            return f"CAST({local} AS DATE)"
        ahead = zones.stepwise(instant, known.before, known.changes)
        moved = _moved(instant, f"+ ({ahead})", (known.first, known.last), local)
        return f"CAST({moved} AS DATE)"

    def to_utc(self, local: str, zone: str) -> str:
        """The UTC instant of a local stamp.

        A stamp in a gap counts with the offset before it, a stamp that comes twice with the later offset.
        """
        if zone in zones.UTC_NAMES:
            return f"({local})"
        utc = f"timezone('UTC', timezone({quote(zone)}, {local}))"
        known = self.known.get(zone)
        if known is None:
            return utc
        ahead = zones.stepwise(local, known.before, known.local_changes())
        return _moved(local, f"- ({ahead})", known.local_range(), utc)

    def is_midnight(self, instant: str, zone: str) -> str:
        """Whether a UTC instant is the first moment of a local day."""
        day = f"epoch_us({{}}) % {86_400 * 10**6} = 0"
        if zone in zones.UTC_NAMES:
            return day.format(instant)
        local = f"timezone({quote(zone)}, timezone('UTC', {instant}))"
        known = self.known.get(zone)
        if known is not None:
            ahead = zones.stepwise(instant, known.before, known.changes)
            local = _moved(instant, f"+ ({ahead})", (known.first, known.last), local)
        # Since 1972 zones are whole quarters of an hour ahead: that alone tells nearly every stamp apart.
        return f"epoch_us({instant}) % {900 * 10**6} = 0 AND {day.format(local)}"

    def without_zone(self, zoned: str) -> str:
        """The UTC instant of a stamp that carries its zone."""
        plain = f"make_timestamp(epoch_us({zoned}))"  # nothing for an infinite stamp
        return f"CASE WHEN isfinite({zoned}) THEN {plain} ELSE timezone('UTC', {zoned}) END"

    def number_of(self, columns: Sequence[str]) -> str:
        """A number of 64 bits made of a row's values: equal values, and empty ones, have equal numbers."""
        return f"hash({', '.join(columns)})"

    def matches(self, text: str, pattern: str) -> str:
        """Whether a text holds a match of a regular expression."""
        return f"regexp_matches({text}, {quote(pattern)})"

    def parsed(self, text: str, form: str) -> str:
        """A text in a form of strptime as a stamp without zone, in `epoch_s` or `epoch_ms` as one with; else NULL."""
        if form in EPOCHS:
            micros = f"TRY_CAST({text} AS DECIMAL(20, 6)) * {EPOCHS[form]}"
            found = f"make_timestamptz(CAST({micros} AS BIGINT))"
            first, last = (f"TIMESTAMPTZ '{year}-01-01 00:00:00+00'" for year in YEARS)
        else:
            found = f"try_strptime({text}, {quote(form)})"
            first, last = (f"TIMESTAMP '{year}-01-01'" for year in YEARS)
        return f"CASE WHEN {found} >= {first} AND {found} < {last} THEN {found} END"

    def reading(self, column: str, form: str) -> str:
        """What a source's query may say for a column in such a form."""
        if form in EPOCHS:
            return f"to_timestamp({column}::DOUBLE / {1_000_000 // EPOCHS[form]})"
        return f"strptime({column}, {quote(form)})"

    def instant(self, micros: str) -> str:
        """The UTC instant of whole microseconds since 1970."""
        return f"make_timestamp({micros})"

    def wide(self, whole: str) -> str:
        """A whole number whose products and sums may have 127 bits; beyond them the engine raises."""
        return f"CAST({whole} AS HUGEINT)"

    def coded(self, text: str, values: Sequence[str]) -> str:
        """A text that is one of some values, in little room; it compares and sorts (values in order) as before."""
        return f"CAST({text} AS ENUM({', '.join(map(quote, values))}))" if values else text

    def last_before(self, value: str, partition: str, order: str) -> str:
        """The last value before a row that is not NULL, in an order within a partition."""
        window = f"PARTITION BY {partition} ORDER BY {order}"
        return f"lag({value} IGNORE NULLS) OVER ({window})"

    def beside(self, value: str, steps: int, part: str, order: str) -> str:
        """The value so many rows on in the same part; a window without an order takes rows as they come."""
        far = f"{'lead' if steps > 0 else 'lag'}({{}}, {abs(steps)}) OVER ()"
        return f"CASE WHEN {far.format(part)} = {part} THEN {far.format(value)} END"

    def highest_yet(self, value: str, part: str, order: str) -> str:
        """The highest value up to a row, over rows as in `beside`; every part begins higher than the last."""
        return f"max({value}) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"

    def row_of(self, table: str) -> str:
        """A whole number that tells the rows of a table made by us apart, rising in the order they were made in."""
        return f"{table}.rowid"


def _moved(stamp: str, seconds: str, inside: tuple[datetime, datetime], otherwise: str) -> str:
    """A stamp moved by signed seconds where it lies inside a range; another expression for it elsewhere."""
    first, last = map(zones.literal, inside)
    plain = f"make_timestamp(epoch_us({stamp}) {seconds} * CAST(1000000 AS BIGINT))"
    return f"CASE WHEN {stamp} < {first} OR {stamp} >= {last} THEN {otherwise} ELSE {plain} END"


class DuckDB:
    """Embedded engine, in memory, spilling to a temporary folder beyond its limit."""

    def __init__(
        self,
        *,
        memory_limit_gb: float = 2.0,
        spill_limit_gb: float | None = None,
        threads: int | None = None,
    ) -> None:
        import duckdb

        self.dialect = DuckDBDialect()
        self._spill = tempfile.TemporaryDirectory(prefix="cs-lib-")
        self._memory_gb, self._spill_gb = memory_limit_gb, spill_limit_gb or spill(memory_limit_gb)
        self._registered: list[str] = []
        self._errors = (duckdb.Error,)
        config: Any = {
            "memory_limit": f"{round(memory_limit_gb * 1000)}MB",
            "temp_directory": self._spill.name,
            "threads": threads or usual_threads(memory_limit_gb),
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
            return NoRoom(
                say(
                    "it needs more than {memory} GB of memory and {spill} GB of temporary files; make "
                    "it smaller or raise `memory_limit_gb` in the source",
                    memory=f"{self._memory_gb:g}",
                    spill=f"{self._spill_gb:g}",
                )
            )
        return NoRoom(
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

    def names(self, sql: str) -> tuple[frozenset[str], frozenset[str]]:
        """The tables and the columns that a query names, in small letters; among the columns `*` where it takes all."""
        return readonly.names(sql, self._parse)

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

    def know_zone(self, zone: str, first: datetime, last: datetime) -> None:
        """From here on move stamps of a zone by plain offsets around a range of UTC instants, if none changes."""
        known = None if zone in zones.UTC_NAMES else zones.offsets(zone, first, last)
        if known is None:
            return
        slow, fast = DuckDBDialect(), DuckDBDialect()
        fast.known[zone] = known
        differ = " OR ".join(
            f"{moved('x', zone)} IS DISTINCT FROM {exact('x', zone)}"
            for moved, exact in ((fast.day_of, slow.day_of), (fast.to_utc, slow.to_utc))
        )
        regular = f"generate_series({zones.literal(known.first)}, {zones.literal(known.last)}, INTERVAL 6 HOUR)"
        beside = ", ".join(f"({zones.literal(stamp)})" for stamp in zones.probes(known))
        stamps = f"SELECT * FROM {regular} AS t(x)" + (
            f" UNION ALL VALUES {beside}" if beside else ""
        )
        try:
            [(moved_otherwise,)] = self.rows(
                f"SELECT count(*) FROM ({stamps}) AS t(x) WHERE {differ}"
            )
        except EngineError:  # a zone that the engine does not have: told where a stamp needs it
            return
        if not moved_otherwise:
            self.dialect.known[zone] = known

    def columns(self, relation: str) -> dict[str, str]:
        """Column names and engine types of a relation or parenthesised query."""
        return {row[0]: row[1] for row in self.rows(f"DESCRIBE SELECT * FROM {relation}")}

    def add_frame(self, name: str, frame: Any) -> None:
        """A frame, an Arrow table or a relation as a table of the engine, in its row order."""
        if hasattr(frame, "to_arrow_table"):  # a relation belongs to a connection of its own
            frame = frame.to_arrow_table()
        try:
            self._connection.register("incoming", frame)
        except (*self._errors, ImportError, TypeError, ValueError) as error:
            raise EngineError(without_folders(str(error))) from None
        try:
            self.run(f"CREATE TABLE {identifier(name)} AS SELECT * FROM incoming")
        finally:
            self._connection.unregister("incoming")

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
        """A UTF-8 CSV file as a table of text columns, in the file's row order; nothing is guessed."""
        nulls = ", ".join(quote(text) for text in missing)
        types = ", ".join(f"{quote(column)}: 'VARCHAR'" for column in columns)
        options = (
            f"auto_detect = false, columns = {{{types}}}, header = false, skip = {above}, delim = {quote(delimiter)},"
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

    def add_kept(self, name: str, path: Path) -> None:
        """A Parquet file that `save` wrote as a table, read at once, in its row order."""
        read = f"read_parquet({quote(glob.escape(str(path)))})"
        self.run(f"CREATE TABLE {identifier(name)} AS SELECT * FROM {read}")

    def save(self, relation: str, path: Path) -> None:
        """A relation as a Parquet file of ours; not by the engine, which may be sealed. Raises OSError, ImportError."""
        from pyarrow import parquet

        try:
            batches = self._connection.sql(f"SELECT * FROM {relation}").to_arrow_reader(BATCH)
        except self._errors as error:
            raise self._told(error) from None
        plain = {"compression": "lz4", "use_dictionary": False}  # written in a third of the time
        with parquet.ParquetWriter(path, batches.schema, **plain) as out:
            for batch in batches:
                out.write_batch(batch)

    def close(self) -> None:
        """Free what the engine holds."""
        self._connection.close()
        self._spill.cleanup()
