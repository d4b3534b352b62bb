"""The service desk of a study: canonical tables in an engine, checked, as they were known at the data cut."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from cs_lib.data.conform import Conformer, meant
from cs_lib.data.contracts import TABLES, Table
from cs_lib.data.engines import connect
from cs_lib.data.engines.base import Engine, EngineError, quote
from cs_lib.data.exact import Scale, scale_of
from cs_lib.data.sources.delivered import delivered
from cs_lib.data.sources.files import (
    DataError,
    is_csv,
    specs,
)
from cs_lib.data.sources.simulated import simulated
from cs_lib.language import later, say
from cs_lib.params import CleaningStep, Source, Study, UnknownName, load_source
from cs_lib.wording import counted

if TYPE_CHECKING:
    import pandas as pd


QUIET = timedelta(
    days=2
)  # a desk may have no contact on its last evening; longer means the data end earlier


@dataclass(frozen=True, slots=True)
class Desk:
    """Canonical tables by name. Everything after `cut` (a UTC instant) is unknown in them."""

    engine: Engine
    source: str
    title: str
    zone: str
    currency: str
    cut: datetime
    rows: dict[str, int]
    notes: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()
    absent: dict[str, str] = field(default_factory=dict)
    scales: dict[tuple[str, str], Scale] = field(
        default_factory=dict
    )  # of columns asked for so far

    def has(self, *tables: str) -> bool:
        """Whether all these tables are there."""
        return all(name in self.rows for name in tables)

    def frame(self, table_or_sql: str, *, limit: int = 10_000) -> pd.DataFrame:
        """A table or a query as a frame, at most `limit` rows: for exploring, the analyses never need it.

        Raises UnknownName for a single word that is no table of this desk.
        """
        if table_or_sql.isidentifier() and table_or_sql not in self.rows:
            what = f"table in '{self.source}' called"
            raise UnknownName(what, table_or_sql, self.rows)
        query = f"SELECT * FROM {table_or_sql}" if table_or_sql in TABLES else table_or_sql
        count = len(self.engine.statements(query))
        if count != 1:
            raise ValueError(f"desk.frame takes one query, this is {counted(count, 'statement')}.")
        plain = query.rstrip("; \n")
        return self.engine.frame(f"SELECT * FROM (\n{plain}\n) LIMIT {int(limit)}")

    def day_of(self, stamp: str) -> str:
        """SQL of the local calendar day of a UTC instant."""
        return self.engine.dialect.day_of(stamp, self.zone)

    def scale(self, table: str, column: str) -> Scale:
        """The whole numbers that a column of numbers is summed in."""
        key = (table, column)
        if key not in self.scales:
            self.scales[key] = scale_of(self.engine, table, column)
        return self.scales[key]

    @property
    def observed_until(self) -> date:
        """The first local day that is not wholly observed."""
        return _local_day(self.cut, self.zone)

    def close(self) -> None:
        """Free the engine."""
        self.engine.close()


def open_desk(study: Study) -> Desk:
    """The desk of a study. Raises DataError listing every breach of every table."""
    source = load_source(study.source)
    engine = _engine(source)
    try:
        return _desk(engine, source, study.as_of)
    except EngineError as error:
        engine.close()
        raise _unread(source, error) from error
    except BaseException:
        engine.close()
        raise


def _engine(source: Source) -> Engine:
    try:
        return connect(source)
    except EngineError as error:
        raise _unread(source, error) from error


def _unread(source: Source, error: EngineError) -> DataError:
    title = say(source.title)
    return DataError(
        [say("{title}: its tables cannot be read ({error}).", title=title, error=error)]
    )


def _desk(engine: Engine, source: Source, as_of: date) -> Desk:
    raw, faults = simulated(engine, source) if source.simulate else delivered(engine, source)
    notes = _conform_all(engine, source, raw, faults)
    cut, ending = _cut(engine, source, as_of, raw)
    zone = source.timezone or "UTC"
    rows = {name: _publish(engine, TABLES[name], cut, zone) for name in raw}
    if not any(n for name, n in rows.items() if TABLES[name].row_time):
        raise DataError(
            [
                say(
                    "{title}: nothing is known before {cut} UTC.",
                    title=say(source.title),
                    cut=f"{cut:%Y-%m-%d %H:%M}",
                )
            ]
        )
    absent = {
        name: say(
            "the source '{source}' has no table {name} ({grain})",
            source=source.source,
            name=name,
            grain=say(table.grain),
        )
        for name, table in TABLES.items()
        if name not in rows
    }
    return Desk(
        engine,
        source.source,
        say(source.title),
        zone,
        source.currency,
        cut,
        rows,
        (*notes, *ending),
        tuple(say(caveat) for caveat in source.caveats),
        absent,
    )


def _conform_all(engine: Engine, source: Source, tables: list[str], faults: list[str]) -> list[str]:
    """Make `all_<table>` relations with canonical columns. Raises DataError with every breach, `faults` first."""
    notes: list[str] = []
    stored = source.simulate is not None or any(
        is_csv(Path(spec.path)) for spec in specs(source).values()
    )
    named = tables if source.simulate else source.tables or tables
    breaches = faults + [
        say(
            "{table}: a cleaning step names this table, the source has none{hint}",
            table=step.table,
            hint=meant(step.table, named),
        )
        for step in source.cleaning
        if step.table not in named
    ]
    for name in tables:
        try:
            breaches += _conform(engine, source, TABLES[name], notes, stored=stored)
        except EngineError as error:
            breaches.append(say("{name}: cannot be read ({error}).", name=name, error=error))
    if breaches:
        raise DataError(breaches)
    return notes


def _conform(
    engine: Engine, source: Source, table: Table, notes: list[str], *, stored: bool
) -> list[str]:
    conformer = Conformer(engine, table, f"raw_{table.name}", zone=source.timezone)
    missing = conformer.missing_columns()
    if missing:
        return missing
    notes += conformer.misspelt()
    kind, faults = "TABLE" if stored else "VIEW", list[str]()
    engine.run(f"CREATE {kind} checked_{table.name} AS {conformer.select(with_raw=True)}")
    for step in source.cleaning:
        if step.table == table.name:
            try:
                notes.append(_clean(engine, conformer, step, stored=stored))
            except (EngineError, ValueError) as error:
                faults.append(
                    say(
                        "{table}: the cleaning step '{because}' cannot be done ({error}).",
                        table=table.name,
                        because=step.because,
                        error=error,
                    )
                )
    breaches = faults + conformer.breaches(f"checked_{table.name}")
    names = ", ".join(c.name for c in table.columns)
    engine.run(f"CREATE {kind} all_{table.name} AS SELECT {names} FROM checked_{table.name}")
    if stored:
        engine.run(f"DROP TABLE checked_{table.name}")
        engine.run(f"DROP TABLE raw_{table.name}")
    return breaches


def _clean(engine: Engine, conformer: Conformer, step: CleaningStep, *, stored: bool) -> str:
    """Apply one named step; the sentence says how many rows it touched. Raises ValueError when it cannot."""
    relation = f"checked_{step.table}"
    condition = (step.where if step.drop_where is None else step.drop_where) or ""
    if not stored:
        raise ValueError(say("Parquet is not copied; put it into the table's query"))
    if step.clear is not None and step.clear not in conformer.known():
        hint = meant(step.clear, conformer.known(), end=False)
        raise ValueError(say("there is no column {column}{hint}", column=step.clear, hint=hint))
    engine.require_condition(condition)
    condition = f"(\n{condition}\n)"
    kinds = list(engine.columns(f"(SELECT {condition} FROM {relation})").values())
    if kinds != ["BOOLEAN"]:
        kind = ", ".join(kinds)
        raise ValueError(say("it must be true or false of every row, this is {kind}", kind=kind))
    total, count = engine.rows(
        f"SELECT count(*), count(*) FILTER (WHERE {condition}) FROM {relation}"
    )[0]
    if step.drop_where is not None:
        engine.run(f"DELETE FROM {relation} WHERE {condition}")
        message = later("{table}: left out in {count} of {total} rows, because {because}.")
    else:
        columns = [f"{name} = NULL" for name in (step.clear, f"raw_{step.clear}")]
        engine.run(f"UPDATE {relation} SET {', '.join(columns)} WHERE {condition}")
        message = later("{table}: {column} emptied in {count} of {total} rows, because {because}.")
    return say(
        message,
        table=step.table,
        column=step.clear,
        count=f"{count:,}",
        total=f"{total:,}",
        because=say(step.because),
    )


def _cut(
    engine: Engine, source: Source, as_of: date, tables: list[str]
) -> tuple[datetime, list[str]]:
    """The instant from which nothing is known, and a note when the data end before `as_of`."""
    zone = ZoneInfo(source.timezone or "UTC")
    cut = _utc(datetime.combine(as_of, datetime.min.time(), zone))
    if source.observed_until is not None:
        stated = datetime.fromisoformat(source.observed_until)
        return min(cut, _utc(stated if stated.tzinfo else stated.replace(tzinfo=zone))), []
    stamps = [
        engine.rows(f"SELECT max({table.row_time}) FROM all_{name}")[0][0]
        for name in tables
        if (table := TABLES[name]).row_time
    ]
    last = max((s for s in stamps if s is not None), default=cut)
    if cut - last <= QUIET:
        return cut, []
    day = _local_day(last, zone.key)
    cut = _utc(datetime.combine(day, datetime.min.time(), zone))
    return cut, [
        say(
            "The data end on {day}, before as_of {as_of}; {day} may be partial, days before it "
            "count.",
            day=day,
            as_of=as_of,
        )
    ]


def _utc(instant: datetime) -> datetime:
    return instant.astimezone(ZoneInfo("UTC")).replace(tzinfo=None)


def _local_day(instant: datetime, zone: str) -> date:
    return instant.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(zone)).date()


def _publish(engine: Engine, table: Table, cut: datetime, zone: str) -> int:
    """The view a metric reads: rows, days and stamps known before the cut. Returns its number of rows."""
    instant = f"TIMESTAMP {quote(cut.isoformat(sep=' '))}"
    columns = []
    for c in table.columns:
        if c.later:
            columns.append(f"CASE WHEN {c.name} < {instant} THEN {c.name} END AS {c.name}")
        elif table.name == "contacts" and c.name == "status":
            undone = f"status IN ('resolved', 'closed') AND (resolved_at >= {instant} OR closed_at >= {instant})"
            still = f"CASE WHEN resolved_at < {instant} THEN 'resolved' ELSE 'open' END"
            columns.append(f"CASE WHEN {undone} THEN {still} ELSE status END AS status")
        elif table.name == "surveys" and c.name == "score":
            columns.append(f"CASE WHEN answered_at < {instant} THEN score END AS score")
        else:
            columns.append(c.name)
    known = "TRUE"
    if table.row_time:
        known = f"{table.row_time} < {instant}"
    elif table.row_day:  # the day of the cut is not wholly observed
        known = f"{table.row_day} < DATE {quote(_local_day(cut, zone).isoformat())}"
    engine.run(
        f"CREATE VIEW {table.name} AS SELECT {', '.join(columns)} FROM all_{table.name} WHERE {known}"
    )
    count: int = engine.rows(f"SELECT count(*) FROM {table.name}")[0][0]
    return count
