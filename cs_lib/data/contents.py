"""What a desk holds, for whoever looks at it: its tables, their days, and what is not there."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from cs_lib import wording as w
from cs_lib.data.contracts import TABLES, Table
from cs_lib.data.engines.base import EngineError
from cs_lib.data.facts import ColumnFacts, Moment
from cs_lib.language import say

if TYPE_CHECKING:
    import pandas as pd

    from cs_lib.data.desk import Desk


MOST_NAMED = 5  # columns on a line of a terminal


@dataclass(frozen=True, slots=True)
class Contents:
    """One table of a desk: its rows known at the cut, their first and last local day, columns without any value."""

    table: str
    rows: int
    first_day: date | None  # none where its rows have no day
    last_day: date | None
    empty_columns: tuple[str, ...]

    @property
    def days(self) -> str:
        """From its first to its last day, in the language in use."""
        if self.first_day is None or self.last_day is None:
            return "–"
        return w.short_days(self.first_day, self.last_day)

    @property
    def empty(self) -> str:
        """The columns without any value, by name."""
        return w.separated(list(self.empty_columns)) or "–"


def contents(desk: Desk) -> tuple[Contents, ...]:
    """Every table that is there. Only where rows lie after the cut the engine is asked for the last one before it."""
    return tuple(_contents(desk, TABLES[name]) for name in desk.rows)


def _contents(desk: Desk, table: Table) -> Contents:
    facts = desk.facts[table.name]
    empty = tuple(c.name for c in table.columns if not facts.of(c.name).filled)
    stamp = table.row_time or table.row_day
    if stamp is None or not desk.rows[table.name]:
        return Contents(table.name, desk.rows[table.name], None, None, empty)
    ends = _ends(desk, table, stamp, facts.of(stamp))
    days = [local_day(one, desk.zone) if isinstance(one, datetime) else one for one in ends]
    return Contents(table.name, desk.rows[table.name], days[0], days[1], empty)


def _ends(
    desk: Desk, table: Table, stamp: str, facts: ColumnFacts
) -> tuple[Moment | None, Moment | None]:
    cut: Moment = desk.cut if table.row_time else desk.observed_until
    if facts.last is None or facts.last < cut:
        return facts.first, facts.last
    try:
        first, last = desk.engine.rows(f"SELECT min({stamp}), max({stamp}) FROM {table.name}")[0]
    except EngineError:  # closed
        return facts.first, None
    return first, last


def local_day(instant: datetime, zone: str) -> date:
    """The local calendar day of a UTC instant."""
    return instant.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(zone)).date()


def heading(desk: Desk) -> str:
    """What it is, until when it is known, and where its days begin."""
    return say(
        "{title}; known before {observed_until}, days in {zone}",
        title=say(desk.title),
        observed_until=w.day(desk.observed_until),
        zone=desk.zone,
    )


def not_there(desk: Desk) -> str:
    """The tables that it has not, by name; nothing when it has all."""
    names = [name for name in TABLES if name in desk.absent]
    return say("Not there: {tables}.", tables=w.listed(names)) if names else ""


def as_text(desk: Desk, found: tuple[Contents, ...]) -> str:
    """The desk in some lines, for a terminal."""
    rows = [
        (
            one.table,
            w.counted(one.rows, "row"),
            one.days,
            _some(one.empty_columns),
        )
        for one in found
    ]
    wide = [max(len(row[i]) for row in rows) for i in range(3)]
    lines = [
        f"  {row[0].ljust(wide[0])}  {row[1].rjust(wide[1])}  {row[2].ljust(wide[2])}  {row[3]}".rstrip()
        for row in rows
    ]
    return "\n".join([heading(desk), *lines, *filter(None, [not_there(desk)])])


def _some(columns: tuple[str, ...]) -> str:
    """Columns by name, the first few of many."""
    if not columns:
        return ""
    if len(columns) <= MOST_NAMED:
        return say("empty: {columns}", columns=w.separated(list(columns)))
    return say(
        "empty: {columns} and {more} more",
        columns=w.separated(list(columns[:MOST_NAMED])),
        more=len(columns) - MOST_NAMED,
    )


def as_frame(found: tuple[Contents, ...]) -> pd.DataFrame:
    """One row per table."""
    import pandas as pd

    return pd.DataFrame([asdict(one) for one in found])
