"""When each team is open: the settings' hours, else those of the source's calendars, and how a page calls them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import available_timezones

from cs_lib import sentences as w
from cs_lib.data.desk import Desk
from cs_lib.language import later
from cs_lib.metrics.queries.sql import NotAvailable
from cs_lib.params import nearest
from cs_lib.params.hours import A_DAY, STANDARD, Hours, Span, Week, span, week_of
from cs_lib.params.public_days import PublicDays, days_off, public_days
from cs_lib.sentences import Text, say

MOST_YEARS = 30  # of stamps; a longer range has a stamp that is none
MOST_SAID = 12  # schedules that a page lists
TIME = re.compile(r"(\d{1,2}:\d{2})(?::(\d{2}))?")
NAMES = (
    later("Mon"), later("Tue"), later("Wed"), later("Thu"), later("Fri"), later("Sat"), later("Sun"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a team is open by the clock on its wall; spans over midnight belong to the weekday they begin on.

    On the days `off` it is closed from midnight to midnight. Those `worked` have the hours of the working day
    beside them: a Saturday those of Friday, a Sunday those of Monday.
    """

    week: Week
    zone: str
    off: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """The schedules of a desk: of teams by number, and of whoever has none of its own.

    Attributes:
        schedules: each different one, by number.
        teams: number by team, of teams that have their own.
        standard: number of all others, and of time in which no team is named; None where nobody said.
        first, last: the UTC instants within which opening hours are known.
        public: calendars of public holidays by code.
    """

    schedules: tuple[Schedule, ...]
    teams: dict[str, int]
    standard: int | None
    first: datetime
    last: datetime
    public: dict[str, PublicDays] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Team:
    """What the source says of a team."""

    zone: str | None = None
    calendar: str | None = None


def opening_hours(
    desk: Desk,
    hours: Hours | None = None,
    *,
    calendar: str | None = None,
    holidays: Sequence[date] = (),
) -> OpeningHours | None:
    """When the teams of a desk are open; None where neither the settings nor the source say it.

    `hours` is the settings' block, `calendar` and `holidays` are the study's. `hours.standard` takes the place of
    all calendars of the source; without it these hold for teams that the block gives no hours.

    Raises NotAvailable with one sentence for each fault: a team that nobody has, a calendar or zone that is
    not there, stamps over too many years.
    """
    hours = hours or Hours()
    faults: list[Text] = []
    weeks = {} if hours.standard else _source_weeks(desk, faults)
    if not (hours.standard or hours.teams or weeks):
        _stop(faults)
        return None
    teams = _source_teams(desk)
    faults += _strangers(desk, hours, teams)
    faults += _source_faults(hours, teams, weeks)
    first, last = _range(desk)
    if last.year - first.year > MOST_YEARS:
        faults.append(_too_long(first, last))
    _stop(faults)
    made = _Made(desk, hours, weeks, (first, last), calendar, tuple(holidays))
    numbers = {
        team: number
        for team in sorted({*teams, *hours.named})
        if (number := made.of(team, teams.get(team, _Team()))) is not None
    }
    standard = made.of(None, _Team())
    own = {team: number for team, number in numbers.items() if number != standard}
    return OpeningHours(tuple(made.schedules), own, standard, first, last, made.public)


class _Made:
    """Schedules made so far, each different one once."""

    def __init__(
        self,
        desk: Desk,
        hours: Hours,
        weeks: Mapping[str, Week],
        span: tuple[datetime, datetime],
        calendar: str | None,
        holidays: tuple[date, ...],
    ) -> None:
        self.schedules: dict[Schedule, int] = {}
        self.public: dict[str, PublicDays] = {}
        self._zone, self._hours, self._weeks = desk.zone, hours, weeks
        self._years = (span[0].year - 1, span[1].year + 1)
        self._calendar, self._holidays = calendar, holidays
        sole = next(iter(weeks.values())) if len(weeks) == 1 else None
        self._standard = week_of(hours.standard) if hours.standard else sole

    def of(self, team: str | None, told: _Team) -> int | None:
        """The number of a team's schedule, of all others' for None; None where its hours are not known."""
        hours, name = self._hours, team or ""
        own = hours.teams.get(name)
        week = week_of(own) if own else self._weeks.get(told.calendar or "", self._standard)
        if week is None:
            return None
        works = (name if own else STANDARD) in hours.open_on_holidays or (
            name in hours.open_on_holidays
        )
        public = self._public(hours.calendars.get(name, self._calendar))
        schedule = Schedule(
            week,
            hours.timezones.get(name) or told.zone or self._zone,
            frozenset() if works else frozenset(days_off(public, self._holidays)),
            frozenset() if works or public is None else frozenset(public.worked),
        )
        return self.schedules.setdefault(schedule, len(self.schedules))

    def _public(self, code: str | None) -> PublicDays | None:
        if code is None:
            return None
        return self.public.setdefault(code, public_days(code, *self._years))


def _stop(faults: Sequence[Text]) -> None:
    if faults:
        raise NotAvailable(w.together(*faults))


def _range(desk: Desk) -> tuple[datetime, datetime]:
    """The first stamp of a contact or a step, and the data cut: nothing later is known."""
    spans = [
        desk.facts[table].span(column)
        for table, column in (("contacts", "opened_at"), ("events", "ts"))
        if table in desk.facts
    ]
    return min([desk.cut, *(span[0] for span in spans if span)]), desk.cut


def _too_long(first: datetime, last: datetime) -> Text:
    return say(
        "Opening hours are not counted because stamps reach from {first} to {last}; one of them must be wrong.",
        first=w.day(first.date()),
        last=w.day(last.date()),
    )


def _strangers(desk: Desk, hours: Hours, teams: Collection[str]) -> list[Text]:
    """Teams of the settings that stand nowhere in the data: most likely another was meant."""
    if not hours.named:
        return []
    known = set(teams)
    for table in ("contacts", "events", "agents"):
        if desk.has(table):
            found = f"SELECT DISTINCT team_id FROM {table} WHERE team_id IS NOT NULL"
            known |= {row[0] for row in desk.engine.rows(found)}
    return [
        w.together(
            say(
                "The settings name the team '{team}' ({keys}), which stands nowhere in the data.",
                keys=w.listed([f"hours.{key}" for key in keys]),
                team=team,
            ),
            _hint(team, known),
        )
        for team, keys in hours.named.items()
        if team not in known
    ]


def _hint(name: str, known: Collection[str]) -> Text:
    near = nearest(name, known)
    return say("Did you mean '{near}'?", near=near) if near else ""


def _source_weeks(desk: Desk, faults: list[Text]) -> dict[str, Week]:
    """The weeks of the source's calendars by their id; what cannot be read is added to the faults."""
    if not desk.has("calendars"):
        return {}
    days: dict[str, list[list[Span]]] = {}
    for name, weekday, *times in desk.engine.rows(
        "SELECT calendar_id, weekday, open, close FROM calendars ORDER BY 1, 2, 3, 4"
    ):
        week = days.setdefault(name, [[] for _ in range(7)])
        if None in times:  # closed on this weekday
            continue
        try:
            week[weekday].append(span("-".join(map(_to_the_minute, times))))
        except ValueError:
            faults.append(
                say(
                    "The calendar '{name}' cannot be read on weekday {weekday}: from {open} to {close}.",
                    name=name,
                    weekday=weekday,
                    open=times[0],
                    close=times[1],
                )
            )
    weeks = {name: tuple(tuple(sorted(spans)) for spans in week) for name, week in days.items()}
    if not faults:
        faults += [
            say("The calendar '{name}' is never open.", name=name)
            for name, week in weeks.items()
            if not any(week)
        ]
    return weeks


def _to_the_minute(time: str) -> str:
    """A time of day without its seconds. Raises ValueError where it has any, but for the last second of a day."""
    match = TIME.fullmatch(time.strip())
    if match is None or (match[2] not in (None, "00") and match[0] != "23:59:59"):
        raise ValueError(time)
    return match[1]


def _source_teams(desk: Desk) -> dict[str, _Team]:
    if not desk.has("teams"):
        return {}
    rows = desk.engine.rows("SELECT team_id, timezone, calendar_id FROM teams ORDER BY 1")
    return {team: _Team(zone, calendar) for team, zone, calendar in rows}


def _source_faults(
    hours: Hours, teams: Mapping[str, _Team], weeks: Mapping[str, Week]
) -> list[Text]:
    """Zones and calendars that teams of the source name and nobody has, unless the settings say otherwise."""
    zones = available_timezones() if teams else set()
    found: list[Text] = []
    for team, told in teams.items():
        if told.zone is not None and told.zone not in zones and team not in hours.timezones:
            found.append(
                w.together(
                    say(
                        "The team '{team}' has the time zone '{zone}', which does not exist.",
                        team=team,
                        zone=told.zone,
                    ),
                    _hint(told.zone, zones),
                )
            )
        if weeks and told.calendar not in (None, *weeks) and team not in hours.teams:
            found.append(
                w.together(
                    say(
                        "The team '{team}' has the calendar '{name}', which is not in the table calendars.",
                        team=team,
                        name=told.calendar,
                    ),
                    _hint(str(told.calendar), weeks),
                )
            )
    return found


def clock(opening: OpeningHours) -> Text:
    """How a page calls this clock: `hours while the team is open (Mon–Fri 09:00–18:00)`."""
    if len(opening.schedules) == 1:
        return say(
            "hours while the team is open ({hours})", hours=said_week(opening.schedules[0].week)
        )
    if opening.standard is None:
        return say("hours while the team in charge is open")
    return say(
        "hours while the team in charge is open ({hours}; other hours for {teams})",
        hours=said_week(opening.schedules[opening.standard].week),
        teams=w.counted(len(opening.teams), "team"),
    )


def said_week(week: Week) -> Text:
    """A week in few words: `Mon–Fri 09:00–12:30 and 13:30–18:00, Sat 10:00–14:00`."""
    if all(spans == ((0, A_DAY),) for spans in week):
        return say("around the clock")
    return w.joined(", ", [_said_days(run, week[run[0]]) for run in _runs(week)])


def _runs(week: Week) -> list[tuple[int, int]]:
    """The first and last day of each stretch of open days with the same hours."""
    runs: list[tuple[int, int]] = []
    for day, spans in enumerate(week):
        if spans and runs and runs[-1][1] == day - 1 and week[day - 1] == spans:
            runs[-1] = (runs[-1][0], day)
        elif spans:
            runs.append((day, day))
    return runs


def _said_days(run: tuple[int, int], spans: Sequence[Span]) -> Text:
    hours = w.listed([f"{_time(first)}–{_time(last)}" for first, last in spans])
    first, last = (say(NAMES[day]) for day in run)
    if run == (0, 6):
        return say("every day {hours}", hours=hours)
    if run[0] == run[1]:
        return say("{day} {hours}", day=first, hours=hours)
    return say("{first}–{last} {hours}", first=first, last=last, hours=hours)


def _time(minutes: int) -> str:
    """A time of day, 24:00 for the end of one; after it those of the next day."""
    minutes = minutes - A_DAY if minutes > A_DAY else minutes
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def said_hours(opening: OpeningHours) -> list[Text]:
    """A sentence for each schedule: whose it is, when that team is open, in which zone, and on holidays."""
    whose: dict[int, list[str]] = {}
    for team, number in opening.teams.items():
        whose.setdefault(number, []).append(team)
    order = sorted(range(len(opening.schedules)), key=lambda n: (n != opening.standard, n))
    found = [_said_schedule(opening, n, whose.get(n, [])) for n in order[:MOST_SAID]]
    if len(order) > MOST_SAID:
        found.append(
            say(
                "{count} more are not shown here.",
                count=w.counted(len(order) - MOST_SAID, "schedule"),
            )
        )
    return found


def _said_schedule(opening: OpeningHours, number: int, teams: Sequence[str]) -> Text:
    schedule = opening.schedules[number]
    every = number == opening.standard
    who: Text = say("all teams") if not opening.teams else say("all other teams")
    parts = {
        "who": w.capital(who) if every else w.listed(teams),
        "hours": said_week(schedule.week),
        "zone": schedule.zone,
    }
    if schedule.off:
        return say("{who}: {hours} ({zone}), closed on holidays.", **parts)
    return say("{who}: {hours} ({zone}).", **parts)
