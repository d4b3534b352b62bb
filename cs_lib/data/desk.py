"""The service desk of a study: canonical tables in an engine, checked, as they were known at the data cut."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import MINYEAR, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from cs_lib.data.canonical import conform_all
from cs_lib.data.contents import Contents, as_frame, as_text, contents, local_day
from cs_lib.data.contracts import TABLES, Column, Table
from cs_lib.data.engines import connect
from cs_lib.data.engines.base import Engine, EngineError, quote
from cs_lib.data.exact import Scale, scale_for, scale_of
from cs_lib.data.facts import ColumnFacts, TableFacts
from cs_lib.data.sources.damage import reason
from cs_lib.data.sources.delivered import delivered
from cs_lib.data.sources.files import DataError
from cs_lib.data.sources.frames import framed
from cs_lib.data.sources.results import OWN, contract
from cs_lib.data.sources.simulated import simulated
from cs_lib.language import say
from cs_lib.params import Roles, Source, Study, UnknownName, load_source
from cs_lib.wording import counted

if TYPE_CHECKING:
    import pandas as pd


QUIET = timedelta(
    days=2
)  # a desk may have no contact on its last evening; longer means the data end earlier
OWN_DAYS = (("days", "day"), ("results", "assigned_on"))
YEARS = 6  # before its `as_of` in which a study's stamps usually lie


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
    facts: dict[str, TableFacts] = field(default_factory=dict)  # of all rows, by table
    roles: dict[str, Roles] = field(
        default_factory=dict
    )  # of tables with columns of the user's own

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
        query = f"SELECT * FROM {table_or_sql}" if table_or_sql in self.rows else table_or_sql
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
            found = self.facts[table].of(column) if table in self.facts else ColumnFacts()
            self.scales[key] = (
                scale_for(found.largest, found.beside)
                if found.beside
                else scale_of(self.engine, table, column)
            )
        return self.scales[key]

    @property
    def observed_until(self) -> date:
        """The first local day that is not wholly observed."""
        return local_day(self.cut, self.zone)

    def contents(self) -> tuple[Contents, ...]:
        """Every table: rows known at the cut, first and last local day, columns without any value."""
        return contents(self)

    def to_frame(self) -> pd.DataFrame:
        """The same, one row per table."""
        return as_frame(self.contents())

    def __repr__(self) -> str:
        return as_text(self, self.contents())

    def close(self) -> None:
        """Free the engine."""
        self.engine.close()


def open_desk(study: Study) -> Desk:
    """The desk of a study. Raises DataError listing every breach of every table."""
    return desk_of(load_source(study.source), study.as_of)


def desk_of(source: Source, as_of: date | None, frames: Mapping[str, Any] | None = None) -> Desk:
    """The desk of a source, or of frames by the names of its tables. Raises DataError listing every breach.

    Without `as_of` everything in the frames is known: the data end with the last day on which something happened.
    """
    engine = _engine(source)
    try:
        return _desk(engine, source, as_of, frames)
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
        [say("{title}: its tables cannot be read ({error}).", title=title, error=reason(error))]
    )


def _desk(
    engine: Engine, source: Source, as_of: date | None, frames: Mapping[str, Any] | None
) -> Desk:
    if frames is not None:
        found = framed(engine, source, frames)
    else:
        found = simulated(engine, source) if source.simulate else delivered(engine, source)
    zone = source.timezone or "UTC"
    if as_of:
        for one in sorted({zone, *_zones(source)}):
            engine.know_zone(one, *_usual_years(as_of))
    facts, notes = conform_all(engine, source, found)
    raw = found.tables
    _know_range(engine, zone, facts)
    cut, ending = _cut(source, as_of or _day_after(facts, zone), facts)
    rows = {name: _publish(engine, contract(source, name), facts[name], cut, zone) for name in raw}
    if not any(n for name, n in rows.items() if name in OWN or TABLES[name].row_time):
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
        for name, table in (TABLES | OWN).items()
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
        facts=facts,
        roles={name: table.columns for name, table in source.tables.items() if table.columns},
    )


def _zones(source: Source) -> Iterator[str]:
    """The zones of single tables and columns."""
    for table in source.tables.values():
        yield from filter(None, [table.timezone, *table.zones.values()])


def _usual_years(as_of: date) -> tuple[datetime, datetime]:
    """Where the stamps of a study lie, before any of them was read."""
    return datetime(max(as_of.year - YEARS, MINYEAR), 1, 1), datetime(as_of.year, 1, 1)


def _know_range(engine: Engine, zone: str, facts: Mapping[str, TableFacts]) -> None:
    """Local days by plain offsets over the range of the rows' own stamps."""
    if spans := _spans(facts):
        engine.know_zone(zone, min(first for first, _ in spans), max(last for _, last in spans))


def _spans(facts: Mapping[str, TableFacts]) -> list[tuple[datetime, datetime]]:
    """The first and last stamp of each table whose rows have one."""
    found = [
        table.span(TABLES[name].row_time or "") for name, table in facts.items() if name in TABLES
    ]
    return [span for span in found if span]


def _cut(
    source: Source, as_of: date, facts: Mapping[str, TableFacts]
) -> tuple[datetime, list[str]]:
    """The instant from which nothing is known, and a note when the data end before `as_of`."""
    zone = ZoneInfo(source.timezone or "UTC")
    cut = _midnight(as_of, zone)
    if source.observed_until is not None:
        stated = datetime.fromisoformat(source.observed_until)
        return min(cut, _utc(stated if stated.tzinfo else stated.replace(tzinfo=zone))), []
    last = max((last for _, last in _spans(facts)), default=None)
    if last is None:  # rows of days, or without any: they are known as they stand
        own = facts["days"].of("day").last if "days" in facts else None
        end = _midnight(own + timedelta(days=1), zone) if own else cut
        return min(cut, end), []
    if cut - last <= QUIET:
        return cut, []
    day = local_day(last, zone.key)
    return _midnight(day, zone), [
        say(
            "The data end on {day}, before as_of {as_of}; {day} may be partial, days before it "
            "count. If more was observed than the last row tells, say so in `observed_until` of the source.",
            day=day,
            as_of=as_of,
        )
    ]


def _day_after(facts: Mapping[str, TableFacts], zone: str) -> date:
    """The local day after the last one of which anything is told; the epoch's where nothing is."""
    days = [local_day(last, zone) for _, last in _spans(facts)]
    own = [facts[name].of(column).last for name, column in OWN_DAYS if name in facts]
    days += [day for day in own if isinstance(day, date)]
    return max(days, default=date(1970, 1, 1)) + timedelta(days=1)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return _utc(datetime.combine(day, datetime.min.time(), zone))


def _utc(instant: datetime) -> datetime:
    return instant.astimezone(ZoneInfo("UTC")).replace(tzinfo=None)


def _publish(engine: Engine, table: Table, facts: TableFacts, cut: datetime, zone: str) -> int:
    """The view a metric reads: rows, days and stamps known before the cut. Returns its number of rows."""
    instant = f"TIMESTAMP {quote(cut.isoformat(sep=' '))}"
    known = _known(table, facts, cut, zone)
    columns = ", ".join(
        name if text == name else f"{text} AS {name}"
        for name, text in (
            (c.name, _as_known(table, c, facts, cut, instant)) for c in table.columns
        )
    )
    engine.run(
        f"CREATE VIEW {table.name} AS SELECT {columns} FROM all_{table.name} WHERE {known or True}"
    )
    if not known:
        return facts.rows
    count: int = engine.rows(f"SELECT count(*) FROM all_{table.name} WHERE {known}")[0][0]
    return count


def _known(table: Table, facts: TableFacts, cut: datetime, zone: str) -> str:
    """The condition of rows known before the cut, nothing when all are."""
    if table.row_time and not facts.all_before(table.row_time, cut):
        return f"{table.row_time} < TIMESTAMP {quote(cut.isoformat(sep=' '))}"
    day = local_day(cut, zone)  # it is not wholly observed
    if table.row_day and not facts.all_before(table.row_day, day):
        return f"{table.row_day} < DATE {quote(day.isoformat())}"
    return ""


def _as_known(table: Table, column: Column, facts: TableFacts, cut: datetime, instant: str) -> str:
    """A column as it was known at the cut: the column itself where nothing in it came later."""
    name = column.name
    if column.later and not facts.all_before(name, cut):
        return f"CASE WHEN {name} < {instant} THEN {name} END"
    if table.name == "contacts" and name == "status":
        if facts.all_before("resolved_at", cut) and facts.all_before("closed_at", cut):
            return name
        undone = f"status IN ('resolved', 'closed') AND (resolved_at >= {instant} OR closed_at >= {instant})"
        still = f"CASE WHEN resolved_at < {instant} THEN 'resolved' ELSE 'open' END"
        return f"CASE WHEN {undone} THEN {still} ELSE status END"
    if table.name == "surveys" and name == "score":
        # An answer has its score by contract: as many of both means no score without an answer.
        paired = facts.of("score").filled == facts.of("answered_at").filled
        if paired and facts.all_before("answered_at", cut):
            return name
        return f"CASE WHEN answered_at < {instant} THEN score END"
    return name
