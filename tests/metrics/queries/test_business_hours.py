"""Time while a team is open: hand-made cases, the clock on the wall minute by minute, and what is refused."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

import pytest

from cs_lib.metrics.opening_hours import OpeningHours, Schedule
from cs_lib.metrics.queries.business_hours import open_time
from cs_lib.metrics.queries.sql import NotAvailable, micros
from cs_lib.params.hours import week_of

HOUR, MINUTE = 3_600_000_000, 60_000_000
OFFICE = {"mon-fri": ("09:00-12:30", "13:30-18:00"), "sat": ("10:00-14:00",)}
ALWAYS = {"all": ("00:00-24:00",)}
NIGHT = {"mon-fri": ("22:00-06:00",)}
EARLY = {"all": ("01:00-05:00",)}
BERLIN, YORK, HOWE = "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"
SHANGHAI = "Asia/Shanghai"


def schedule(week, zone, off=(), worked=()):
    days = [frozenset(map(date.fromisoformat, days)) for days in (off, worked)]
    return Schedule(week_of(week), zone, *days)


def opening(*schedules, teams=None, standard=0, first="2025-01-01", last="2026-12-31T23:00"):
    span = (datetime.fromisoformat(first), datetime.fromisoformat(last))
    return OpeningHours(tuple(schedules), teams or {}, standard, *span)


@pytest.fixture
def desk(source):
    source.table("contacts", "contact_id opened_at status\nK1 2026-01-01T00:00 open\n")
    return source.desk("2026-01-02")


def utc(text, zone="UTC"):
    """Microseconds of a local stamp; `Z` at its end for one in UTC."""
    stamp = datetime.fromisoformat(text)
    stamp = stamp if stamp.tzinfo else stamp.replace(tzinfo=ZoneInfo(zone))
    return micros(stamp.astimezone(UTC).replace(tzinfo=None))


def enter(desk, rows):
    """A table `spells` of number, since, till and team."""
    cells = ", ".join(
        "({}, {}, {}, {})".format(n, *("NULL" if v is None else repr(v) for v in row))
        for n, row in enumerate(rows)
    )
    desk.engine.run("DROP TABLE IF EXISTS spells")
    desk.engine.run(
        "CREATE TABLE spells AS SELECT n, CAST(since AS BIGINT) AS since, CAST(till AS BIGINT) AS till, team"
        f" FROM (VALUES {cells}) v(n, since, till, team)"
    )


def spent(desk, hours, rows):
    """Open microseconds of (since, till, team) by the query that others join."""
    enter(desk, rows)
    with open_time(desk, hours) as time:
        found = desk.engine.rows(
            f"SELECT {time.micros('s.since', 's.till')} FROM spells s"
            f"{time.joins('s.since', 's.till', 's.team')} ORDER BY s.n"
        )
    return [row[0] for row in found]


CASES = [  # week, zone, holidays, worked weekend days, from and to by local clock, open hours by hand
    ("a morning", OFFICE, BERLIN, (), (), "2026-01-12T09:00", "2026-01-12T12:30", 3.5),
    ("over lunch", OFFICE, BERLIN, (), (), "2026-01-12T12:00", "2026-01-12T14:00", 1),
    ("within lunch", OFFICE, BERLIN, (), (), "2026-01-12T12:45", "2026-01-12T13:15", 0),
    ("before opening to after closing", OFFICE, BERLIN, (), (), "2026-01-12T07:00", "2026-01-12T23:00", 8),
    ("Friday evening to Monday morning", OFFICE, BERLIN, (), (), "2026-01-09T17:00", "2026-01-12T10:00", 6),
    ("a week, however long calendars make it", OFFICE, BERLIN, (), (), "2026-01-12T00:00", "2026-01-19T00:00", 44),
    ("over a holiday", OFFICE, BERLIN, ("2026-01-13",), (), "2026-01-12T17:00", "2026-01-14T10:00", 2),
    ("a whole holiday", OFFICE, BERLIN, ("2026-01-13",), (), "2026-01-13T00:00", "2026-01-14T00:00", 0),
    ("a Saturday worked in exchange", OFFICE, SHANGHAI, (), ("2026-02-14",), "2026-02-14T00:00", "2026-02-15T00:00", 8),
    ("a Sunday worked in exchange", OFFICE, SHANGHAI, (), ("2026-02-15",), "2026-02-15T00:00", "2026-02-16T00:00", 8),
    ("a night", NIGHT, BERLIN, (), (), "2026-01-12T20:00", "2026-01-13T08:00", 8),
    ("Friday's night on Saturday", NIGHT, BERLIN, (), (), "2026-01-17T00:00", "2026-01-17T23:00", 6),
    ("no night from Sunday to Monday", NIGHT, BERLIN, (), (), "2026-01-18T12:00", "2026-01-19T12:00", 0),
    ("a night before a holiday ends at midnight", NIGHT, BERLIN, ("2026-01-13",), (), "2026-01-12T20:00",
     "2026-01-13T20:00", 2),
    ("clocks go forward", EARLY, BERLIN, (), (), "2026-03-29T00:00", "2026-03-29T12:00", 3),
    ("clocks go back", EARLY, BERLIN, (), (), "2026-10-25T00:00", "2026-10-25T12:00", 5),
    ("clocks go forward, New York", EARLY, YORK, (), (), "2026-03-08T00:00", "2026-03-08T12:00", 3),
    ("clocks go back, New York", EARLY, YORK, (), (), "2026-11-01T00:00", "2026-11-01T12:00", 5),
    ("half an hour forward, Lord Howe", EARLY, HOWE, (), (), "2026-10-04T00:00", "2026-10-04T12:00", 3.5),
    ("half an hour back, Lord Howe", EARLY, HOWE, (), (), "2026-04-05T00:00", "2026-04-05T12:00", 4.5),
    ("no change where it was abolished", EARLY, SHANGHAI, (), (), "2026-03-29T00:00", "2026-03-29T12:00", 4),
    ("a day of 23 hours", ALWAYS, BERLIN, (), (), "2026-03-29T00:00", "2026-03-30T00:00", 23),
    ("a day of 25 hours", ALWAYS, BERLIN, (), (), "2026-10-25T00:00", "2026-10-26T00:00", 25),
    ("a span in the hour left out", {"sun": ("02:15-02:45",)}, BERLIN, (), (), "2026-03-29T00:00",
     "2026-03-29T12:00", 0),
    ("a span in the hour that comes twice", {"sun": ("02:15-02:45",)}, BERLIN, (), (), "2026-10-25T00:00",
     "2026-10-25T12:00", 1),
    ("the office hours of a day of change", OFFICE, BERLIN, (), (), "2026-03-27T17:00", "2026-03-30T10:00", 6),
]  # fmt: skip


def test_hours_that_one_can_count_by_hand(desk):
    schedules = [schedule(*case[1:5]) for case in CASES]
    teams = {f"T{n}": n for n in range(len(CASES))}
    rows = [(utc(case[5], case[2]), utc(case[6], case[2]), f"T{n}") for n, case in enumerate(CASES)]
    found = spent(desk, opening(*schedules, teams=teams), rows)
    named = [case[0] for case in CASES]
    assert dict(zip(named, found, strict=True)) == {
        case[0]: round(case[7] * HOUR) for case in CASES
    }


def is_open(typed, zone, off, worked, minute):
    """Whether the clock on the wall shows a time within the hours: spans as typed, by weekday and date."""
    local = datetime.fromtimestamp(minute * 60, UTC).astimezone(zone)

    def like(day):  # the weekday whose hours hold
        moved = {5: 4, 6: 0}.get(day.weekday(), day.weekday()) if day in worked else None
        return day.weekday() if moved is None else moved

    today, at = local.date(), local.strftime("%H:%M")
    if today in off:
        return False
    weekday = like(today)
    for text in typed.get(weekday, ()):
        since, till = text.split("-")
        if since <= at < till or (till < since <= at):
            return True
    night = [text.split("-") for text in typed.get((weekday - 1) % 7, ())]
    return any(till < since and at < till for since, till in night)


def any_week(rng):
    """Spans at odd minutes, apart from each other, one in three weeks with nights."""
    typed = {}
    for weekday in range(7):
        edges = sorted(rng.sample(range(7 * 60 + 1, 20 * 60), 2 * rng.randint(0, 3)))
        texts = ["{:02d}:{:02d}".format(*divmod(edge, 60)) for edge in edges]
        typed[weekday] = [f"{a}-{b}" for a, b in zip(texts[::2], texts[1::2], strict=True)]
    if rng.random() < 0.5:
        typed[rng.randrange(7)].append(
            f"2{rng.randint(0, 3)}:{rng.randint(10, 59)}-0{rng.randint(1, 6)}:07"
        )
    return typed if any(typed.values()) else any_week(rng)


def test_any_interval_has_the_minutes_at_which_the_wall_clock_shows_open_hours(desk):
    rng = random.Random(20261129)
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    turns = {  # zone, and days around which its clocks are moved
        SHANGHAI: ("2026-02-14",), BERLIN: ("2026-03-29", "2026-10-25"), YORK: ("2026-03-08", "2026-11-01"),
        HOWE: ("2026-04-05", "2026-10-04"), "Africa/Cairo": ("2026-04-24", "2026-10-29"),
    }  # fmt: skip
    schedules, rows, expected = [], [], []
    for zone, days in turns.items():
        for turn in days:
            typed, middle = any_week(rng), date.fromisoformat(turn)
            around = [middle + timedelta(days=k) for k in range(-4, 5)]
            off, worked = (
                {rng.choice(around)},
                {d for d in around[2:] if d.weekday() > 4 and rng.random() < 0.5},
            )
            week = {names[day]: tuple(texts) for day, texts in typed.items() if texts}
            schedules.append(Schedule(week_of(week), zone, frozenset(off), frozenset(worked)))
            first = utc(f"{around[0]}T00:00+00:00") // MINUTE
            minutes = range(first, first + 9 * 24 * 60)
            clock = ZoneInfo(zone)
            open_ = [is_open(typed, clock, off, worked, minute) for minute in minutes]
            before = [0, *accumulate(open_)]

            def micros_before(instant, first=first, open_=open_, before=before):
                minute, rest = divmod(instant, MINUTE)
                return before[minute - first] * MINUTE + rest * open_[minute - first]

            for _ in range(150):
                since, till = sorted(
                    rng.randrange(minutes[0] * MINUTE, minutes[-1] * MINUTE) for _ in "ab"
                )
                rows.append((since, till, f"T{len(schedules) - 1}"))
                expected.append(micros_before(till) - micros_before(since))
    hours = opening(*schedules, teams={f"T{n}": n for n in range(len(schedules))})
    assert sum(expected) > 0 and 0 in expected
    assert spent(desk, hours, rows) == expected


def test_teams_have_their_own_hours_and_everybody_else_the_usual_ones(desk):
    hours = opening(schedule(OFFICE, BERLIN), schedule(ALWAYS, BERLIN), teams={"night": 1})
    day = utc("2026-01-12T00:00", BERLIN), utc("2026-01-13T00:00", BERLIN)
    assert spent(desk, hours, [(*day, "night"), (*day, "day"), (*day, None)]) == [
        24 * HOUR, 8 * HOUR, 8 * HOUR,
    ]  # fmt: skip


def test_a_missing_stamp_stays_missing_and_backwards_is_negative(desk):
    since, till = utc("2026-01-12T10:00", BERLIN), utc("2026-01-12T11:00", BERLIN)
    rows = [(None, till, None), (since, None, None), (till, since, None), (since, since, None)]
    found = spent(desk, opening(schedule(OFFICE, BERLIN)), rows)
    assert found == [None, None, -HOUR, 0]


def test_a_closed_desk_never_lends_the_hours_of_the_next_one(desk):
    """The days after the last of one schedule are not the first of another."""
    closed = schedule(OFFICE, BERLIN, off=[f"2026-01-{day:02d}" for day in range(1, 32)])
    hours = opening(
        closed, schedule(ALWAYS, BERLIN), teams={"T": 1}, first="2026-01-05", last="2026-01-20"
    )
    inside, beyond = utc("2026-01-06T00:00+00:00"), utc("2026-01-21T00:00+00:00")
    rows = [
        (inside, beyond - 1, None),
        (inside, beyond, None),
        (inside - 2 * 24 * HOUR, inside, "T"),
    ]
    assert spent(desk, hours, rows) == [0, None, None]


def table(desk, hours, rows):
    enter(desk, rows)
    with open_time(desk, hours) as time:
        time.table("timed", "spells s", "s.since", "s.till", team="s.team", keep="s.n")
    found = desk.engine.rows("SELECT * FROM timed ORDER BY n")
    desk.engine.run("DROP TABLE timed")
    return found


def test_both_clocks_stand_side_by_side(desk):
    since, till = utc("2026-01-09T17:00", BERLIN), utc("2026-01-12T10:00", BERLIN)
    rows = [(since, till, None), (since, None, None)]
    assert table(desk, opening(schedule(OFFICE, BERLIN)), rows) == [
        (0, 65 * HOUR, 6 * HOUR),
        (1, None, None),
    ]


def test_rows_that_cannot_be_counted_are_refused_all_at_once(desk):
    since, till = utc("2026-01-12T10:00Z"), utc("2026-01-12T11:00Z")
    hours = opening(schedule(OFFICE, BERLIN), teams={"T1": 0}, standard=None)
    rows = [(since, till, "T1"), (till, since, "T1"), (since, till, "T2"), (since, till, None),
            (since, utc("2027-06-01T00:00Z"), "T1")]  # fmt: skip
    with pytest.raises(NotAvailable) as refused:
        table(desk, hours, rows)
    assert str(refused.value) == (
        "Time while the team is open is not counted because in 1 row the end lies before the start, in 1 row a stamp "
        "lies outside 1 January 2025 to 31 December 2026, for which opening hours were worked out and in 2 rows the "
        "hours of the team are not known. Give the hours of all other teams in hours.standard of the settings."
    )
    assert "timed" not in {row[0] for row in desk.engine.rows("SHOW TABLES")}


def test_the_engine_is_freed_of_the_table(desk):
    before = desk.engine.rows("SHOW TABLES")
    with open_time(desk, opening(schedule(OFFICE, BERLIN))):
        assert desk.engine.rows("SHOW TABLES") != before
    assert desk.engine.rows("SHOW TABLES") == before
