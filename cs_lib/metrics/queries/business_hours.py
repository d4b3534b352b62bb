"""Time while a team is open, as whole microseconds in the engine: a small table of open time by schedule and day.

Open time before an instant is what was open before its day and, of each span of that day, what lies before the
instant; between two instants it is the difference. So a row needs two lookups by equal keys, whatever its length.
The days are those of UTC, and daylight saving is settled when the table is made: no zone is asked for a row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from cs_lib import sentences as w
from cs_lib.data.desk import Desk
from cs_lib.data.engines import zones
from cs_lib.metrics.definition import MICROS_A_DAY
from cs_lib.metrics.opening_hours import OpeningHours, Schedule
from cs_lib.metrics.queries.sql import EPOCH, NotAvailable, after, micros
from cs_lib.params.days.hours import pieces
from cs_lib.sentences import Text, say

OPEN, TEAMS = "cs_open_time", "cs_open_teams"
MICROS_A_MINUTE = 60_000_000
MONDAY = 3  # 1 January 1970 was a Thursday
BESIDE = {5: 4, 6: 0}  # whose hours a Saturday and a Sunday have that are worked in exchange
Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class OpenTime:
    """Open time in the engine, from the start of a UTC day (`first`, microseconds since 1970), over `days` days.

    `OPEN` holds a row for each schedule and day: `slot` (schedule times `days` plus day), `past` (microseconds open
    before that day) and `from_i`, `long_i` of each span in it. `TEAMS` holds the schedule of teams with their own.
    """

    desk: Desk
    opening: OpeningHours
    first: int
    days: int
    spans: int  # on the fullest day

    @property
    def last(self) -> int:
        """The instant up to which it reaches."""
        return self.first + self.days * MICROS_A_DAY

    def joins(self, since: str, till: str, team: str = "") -> str:
        """What a query joins, after its own FROM, before it may ask for `micros` of the same two instants.

        Args:
            since, till: instants as SQL over what stands before, whole microseconds since 1970 (UTC).
            team: the id of the team whose hours count; without it, or where it is NULL, those of all others.
        """
        return self.joins_of({"cs_since": since, "cs_till": till}, team)

    def joins_of(self, instants: Mapping[str, str], team: str = "") -> str:
        """The same before a query asks for `between` of any two of more instants, by the alias of each."""
        schedule = "NULL" if self.opening.standard is None else f"{self.opening.standard}"
        joined = ""
        if team and self.opening.teams:
            joined = f" LEFT JOIN {TEAMS} cs_whose ON cs_whose.team_id = {team}"
            schedule = f"coalesce(cs_whose.schedule, {schedule})"
        lookup = " LEFT JOIN {table} {alias} ON {alias}.slot = {slot}"
        return joined + "".join(
            lookup.format(table=OPEN, alias=alias, slot=self._slot(at, schedule))
            for alias, at in instants.items()
        )

    def micros(self, since: str, till: str) -> str:
        """Microseconds of open time from one instant to another, as SQL in a query with their `joins`.

        NULL where an instant is, and NULL, never zero, for instants outside this table and hours that nobody knows.
        A row that ends before it begins has the time of the other way round, negative.
        """
        return self.between(("cs_since", since), ("cs_till", till))

    def between(self, since: tuple[str, str], till: tuple[str, str]) -> str:
        """The same of two instants, alias and SQL of each, in a query with `joins_of` them."""
        return f"(({self._before(*till)}) - ({self._before(*since)}))"

    def table(
        self, name: str, source: str, since: str, till: str, *, team: str = "", keep: str = ""
    ) -> None:
        """A table of a source's rows: what is kept of them, `calendar_micros` and `open_micros`.

        `source` is what stands after FROM, `keep` a list of columns; whoever asks drops the table.

        Raises NotAvailable, and leaves no table, when a row ends before it begins, lies outside the days that
        are known, or is of a team whose hours nobody knows; all faults at once, with how many rows.
        """
        kept = f"{keep}, " if keep else ""
        run = self.desk.engine.run
        run(
            f"CREATE TABLE {name} AS SELECT {kept}{till} - ({since}) AS calendar_micros,"
            f" {self.micros(since, till)} AS open_micros FROM {source}{self.joins(since, till, team)}"
        )
        try:
            self._require(name, (source, since, till))
        except NotAvailable:
            run(f"DROP TABLE {name}")
            raise

    def require(self, source: str, since: str, till: str, *, team: str = "") -> None:
        """Raises NotAvailable where `table` would, without making one."""
        spent = (
            f"(SELECT {till} - ({since}) AS calendar_micros, {self.micros(since, till)} AS open_micros"
            f" FROM {source}{self.joins(since, till, team)}) cs_spent"
        )
        self._require(spent, (source, since, till))

    def _require(self, spent: str, of: tuple[str, str, str]) -> None:
        """Raises NotAvailable for rows of calendar and open time, from a source between two instants, that are none."""
        lost = "calendar_micros IS NOT NULL AND open_micros IS NULL"
        [(turned, unknown)] = self.desk.engine.rows(
            f"SELECT count(CASE WHEN calendar_micros < 0 THEN 1 END), count(CASE WHEN {lost} THEN 1 END) FROM {spent}"
        )
        if turned or unknown:
            outside = self._outside(*of) if unknown else 0
            raise NotAvailable(w.together(*self._faults(turned, outside, unknown - outside)))

    def _slot(self, instant: str, schedule: str) -> str:
        """The row of a schedule and an instant's day, NULL outside the days of the table."""
        day = self.desk.engine.dialect.divided(f"({instant}) - {self.first}", str(MICROS_A_DAY))
        inside = f"({instant}) >= {self.first} AND ({instant}) < {self.last}"
        return f"CASE WHEN {inside} THEN {schedule} * {self.days} + ({day}) END"

    def _before(self, alias: str, instant: str) -> str:
        """Open time before an instant."""
        parts = [
            f"least(greatest(({instant}) - {alias}.from_{i}, 0), {alias}.long_{i})"
            for i in range(self.spans)
        ]
        return " + ".join([f"{alias}.past", *parts])

    def _outside(self, source: str, since: str, till: str) -> int:
        beyond = " OR ".join(
            f"({at}) < {self.first} OR ({at}) >= {self.last}" for at in (since, till)
        )
        whole = f"({since}) IS NOT NULL AND ({till}) IS NOT NULL"
        [(count,)] = self.desk.engine.rows(
            f"SELECT count(*) FROM {source} WHERE {whole} AND ({beyond})"
        )
        return int(count)

    def _faults(self, turned: int, outside: int, nobody: int) -> list[Text]:
        """What was found of rows that cannot be counted, as sentences."""
        found: list[Text] = []
        if turned:
            found.append(
                say("in {rows} the end lies before the start", rows=w.counted(turned, "row"))
            )
        if outside:
            found.append(
                say(
                    "in {rows} a stamp lies outside {days}, for which opening hours were worked out",
                    rows=w.counted(outside, "row"),
                    days=w.days(after(self.first).date(), after(self.last - 1).date()),
                )
            )
        if nobody:
            found.append(
                say("in {rows} the hours of the team are not known", rows=w.counted(nobody, "row"))
            )
        refused = say(
            "Time while the team is open is not counted because {reasons}.", reasons=w.listed(found)
        )
        remedy = say("Give the hours of all other teams in hours.standard of the settings.")
        return [refused, *([remedy] if nobody else [])]


@contextmanager
def open_time(desk: Desk, opening: OpeningHours) -> Iterator[OpenTime]:
    """The open time of a desk's schedules as a table of its engine, which is freed of it in the end."""
    first = micros(opening.first) // MICROS_A_DAY
    days = micros(opening.last) // MICROS_A_DAY + 1 - first
    columns, spans = _columns(opening, first, days)
    import pandas as pd

    teams = {"team_id": list(opening.teams), "schedule": list(opening.teams.values())}
    try:
        desk.engine.add_frame(OPEN, pd.DataFrame(columns))
        desk.engine.add_frame(
            TEAMS, pd.DataFrame(teams).astype({"team_id": "str", "schedule": "int64"})
        )
        yield OpenTime(desk, opening, first * MICROS_A_DAY, days, spans)
    finally:
        for table in (OPEN, TEAMS):
            desk.engine.run(f"DROP TABLE IF EXISTS {table}")


def _columns(opening: OpeningHours, first: int, days: int) -> tuple[dict[str, Whole], int]:
    """The columns of the table, and the spans of its fullest day."""
    parts = [_by_day(schedule, first, days) for schedule in opening.schedules]
    most = max(1, *(int(part.place.max(initial=-1)) + 1 for part in parts))
    rows = len(parts) * days
    columns = {"slot": np.arange(rows), "past": np.concatenate([part.past for part in parts])}
    for i in range(most):
        start, length = np.zeros(rows, dtype=np.int64), np.zeros(rows, dtype=np.int64)
        for n, part in enumerate(parts):
            mine = part.place == i
            at = n * days + part.day[mine]
            start[at], length[at] = part.start[mine], part.length[mine]
        columns |= {f"from_{i}": start, f"long_{i}": length}
    return columns, most


@dataclass(frozen=True, slots=True)
class _Spans:
    """Open spans parted at UTC midnights: day from the first, place within it, start and length in microseconds."""

    day: Whole
    place: Whole
    start: Whole
    length: Whole
    past: Whole  # by day: all that was open before it


def _by_day(schedule: Schedule, first: int, days: int) -> _Spans:
    starts, ends = open_spans(schedule, first, first + days)
    touched = (ends - 1) // MICROS_A_DAY - starts // MICROS_A_DAY + 1
    which = np.repeat(np.arange(len(starts)), touched)
    nth = np.arange(len(which)) - np.repeat(np.cumsum(touched) - touched, touched)
    day = starts[which] // MICROS_A_DAY + nth
    start = np.maximum(starts[which], day * MICROS_A_DAY)
    length = np.minimum(ends[which], (day + 1) * MICROS_A_DAY) - start
    day = day - first
    bounds = np.searchsorted(day, np.arange(days))
    total = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(length)])
    place = np.arange(len(day)) - bounds[day]
    return _Spans(day, place, start, length, total[bounds])


def open_spans(schedule: Schedule, first: int, last: int) -> tuple[Whole, Whole]:
    """Starts and ends of a schedule's open spans, microseconds since 1970 (UTC), apart and in order.

    From the start of UTC day `first` to that of `last`, in days since 1970. A desk is open whenever the clock on
    its wall shows a time within its hours: a span in the hour that clocks leave out has no length, one in the hour
    that comes twice comes twice.
    """
    local = _local_spans(schedule, first - 2, last + 2)
    edge = first * MICROS_A_DAY, last * MICROS_A_DAY
    found: list[tuple[Whole, Whole]] = []
    for since, till, ahead in _stretches(schedule.zone, *edge):
        start, end = (np.clip(side - ahead, since, till) for side in local)
        found.append((start[end > start], end[end > start]))
    starts, ends = (np.concatenate(side) for side in zip(*found, strict=True))
    if not len(starts):
        return starts, ends
    apart = starts[1:] > ends[:-1]
    return starts[np.r_[True, apart]], ends[np.r_[apart, True]]


def _stretches(zone: str, first: int, last: int) -> list[tuple[int, int, int]]:
    """From one move of a zone's clocks to the next: since, till, and how far it is ahead of UTC, in microseconds."""
    known = zones.offsets(zone, after(first), after(last))
    assert known is not None  # `opening_hours` refuses such a range
    turns = [(first, known.before), *((micros(instant), ahead) for instant, ahead in known.changes)]
    ends = [since for since, _ in turns[1:]] + [last]
    return [
        (max(since, first), min(till, last), ahead * 1_000_000)
        for (since, ahead), till in zip(turns, ends, strict=True)
        if till > first and since < last
    ]


def _local_spans(schedule: Schedule, first: int, last: int) -> tuple[Whole, Whole]:
    """Starts and ends by local clock, as microseconds since 1970, of all days from one to before another."""
    days = np.arange(first, last)
    weekday = (days + MONDAY) % 7
    for weekend, like in BESIDE.items():
        weekday[np.isin(days, _numbers(schedule.worked)) & ((days + MONDAY) % 7 == weekend)] = like
    closed = np.isin(days, _numbers(schedule.off))
    starts, ends = [], []
    for number, spans in enumerate(pieces(schedule.week)):
        mine = days[(weekday == number) & ~closed] * MICROS_A_DAY
        for opens, closes in spans:
            starts.append(mine + opens * MICROS_A_MINUTE)
            ends.append(mine + closes * MICROS_A_MINUTE)
    start, end = (np.concatenate([np.zeros(0, dtype=np.int64), *side]) for side in (starts, ends))
    return np.sort(start), np.sort(end)


def _numbers(days: frozenset[date]) -> Whole:
    """Days as numbers since 1970."""
    return np.array(sorted((day - EPOCH.date()).days for day in days), dtype=np.int64)
