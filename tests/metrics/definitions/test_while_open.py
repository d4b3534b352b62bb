"""Times and service levels while teams are open: tables to check by eye, and the clock on the wall minute by minute."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

import pytest

from cs_lib.metrics.definitions.targets import Target, service_level
from cs_lib.metrics.definitions.while_open import FIRST_RESPONSE_OPEN, RESOLUTION_OPEN
from cs_lib.metrics.opening_hours import opening_hours
from cs_lib.metrics.queries.business_hours import open_time
from cs_lib.metrics.queries.cases import opened
from cs_lib.metrics.queries.narrow.hours import require_hours
from cs_lib.metrics.queries.sql import NotAvailable
from cs_lib.metrics.queries.tables import Window
from cs_lib.params.days.hours import Hours

HEAD = "contact_id opened_at first_response_at resolved_at status team_id\n"
OFFICE = {"standard": {"mon-fri": ["09:00-12:00", "13:00-18:00"]}}
FEBRUARY = Window(date(2026, 2, 1), date(2026, 2, 28))
DAY_ONE = date(2026, 1, 1)


@pytest.fixture
def measure(source):
    """By day of February, (numerator, denominator) of a metric counted in some opening hours."""

    def of(metric, rows="", hours=OFFICE, *, as_of="2026-06-01", **days):
        if rows:
            source.table("contacts", HEAD + rows)
        source.settings["observed_until"] = f"{as_of}T00:00:00"
        desk = source.desk(as_of)
        opening = opening_hours(desk, Hours.model_validate(hours), **days)
        with open_time(desk, opening) as time:
            if metric.open_for:
                require_hours(metric, time, FEBRUARY)
            with opened(desk, FEBRUARY, [metric], open_time=time) as cases:
                found = cases.series(metric)
        parts = zip(found.days, found.numerator, found.denominator, strict=True)
        return {d.item().day: (n, m) for d, n, m in parts if m}

    return of


def test_lunch_evening_weekend_and_what_comes_outside_hours_do_not_count(measure):
    rows = """
C1 2026-02-02T11:30 2026-02-02T13:15 - open -
C2 2026-02-03T17:50 2026-02-04T09:05 - open -
C3 2026-02-06T17:00 2026-02-09T10:00 - open -
C4 2026-02-07T10:00 2026-02-07T15:00 - open -
C5 2026-02-10T20:00 2026-02-11T09:07 - open -
"""
    # Half an hour before lunch and a quarter after it; ten minutes and five; an hour on Friday and one on Monday;
    # asked and answered while closed; from the opening of the next day on.
    found = measure(FIRST_RESPONSE_OPEN, rows)
    assert found == {2: (45, 1), 3: (15, 1), 6: (120, 1), 7: (0, 1), 10: (7, 1)}


def test_holidays_do_not_count_and_a_weekend_day_that_is_worked_does(measure):
    rows = """
C1 2026-02-13T17:00 - 2026-02-14T10:00 resolved -
C2 2026-02-16T10:00 - 2026-02-24T09:30 resolved -
"""
    # In China Saturday the 14th was worked, and the 16th to the 23rd were off.
    assert measure(RESOLUTION_OPEN, rows, calendar="CN") == {13: (2, 1), 16: (0.5, 1)}
    assert measure(RESOLUTION_OPEN, hours=OFFICE) == {13: (1, 1), 16: (47.5, 1)}


@pytest.mark.parametrize(("zone", "waited"), [("Europe/Berlin", 60), ("UTC", 120)])
def test_the_hour_that_clocks_leave_out_does_not_count(source, zone, waited):
    source.settings["timezone"] = zone
    source.table(
        "contacts",
        HEAD + "C1 2026-03-28T22:30:00Z 2026-03-29T10:00:00Z - open -",
    )
    source.settings["observed_until"] = "2026-07-01T00:00:00"
    desk = source.desk("2026-07-01")
    hours = Hours.model_validate({"standard": {"all": ["01:00-03:00"]}})
    window = Window(date(2026, 3, 1), date(2026, 3, 31))
    with (
        open_time(desk, opening_hours(desk, hours)) as time,
        opened(desk, window, [FIRST_RESPONSE_OPEN], open_time=time) as cases,
    ):
        assert cases.series(FIRST_RESPONSE_OPEN).numerator.sum() == waited


def test_nobody_knows_nothing_before_the_team_has_been_open_for_so_long(measure):
    rows = """
C1 2026-02-02T09:00 - - open -
C2 2026-02-02T10:00 2026-02-02T10:30 - open -
C3 2026-02-03T09:00 2026-02-03T09:10 - open -
"""
    # 24 hours while open are three days of eight: those of the first are full as the third closes, those of the second
    # an hour after the fourth opens.
    assert measure(FIRST_RESPONSE_OPEN, rows, as_of="2026-02-05") == {}
    assert measure(FIRST_RESPONSE_OPEN, as_of="2026-02-06") == {2: (1440 + 30, 2), 3: (10, 1)}
    assert measure(FIRST_RESPONSE_OPEN, as_of="2026-02-06", holidays=[date(2026, 2, 4)]) == {}


def test_an_answer_that_comes_later_counts_as_none_so_far(measure):
    rows = "C1 2026-02-02T09:00 2026-02-27T09:00 - open -"
    assert measure(FIRST_RESPONSE_OPEN, rows) == {2: (1440, 1)}


def test_each_team_has_its_own_hours_and_whoever_has_none_the_standard(source, measure):
    source.table(
        "teams", "team_id name timezone calendar_id\nberlin B Europe/Berlin -\nshift S UTC -\n"
    )
    hours = {**OFFICE, "teams": {"shift": {"all": ["00:00-24:00"]}}}
    rows = """
C1 2026-02-02T08:00 2026-02-02T10:00 - open berlin
C2 2026-02-03T08:00 2026-02-03T10:00 - open shift
C3 2026-02-04T08:00 2026-02-04T10:00 - open -
C4 2026-02-05T08:00 2026-02-05T10:00 - open elsewhere
"""
    # Berlin is an hour ahead, so all of it; around the clock, so all of it; nobody's and strangers' from nine on.
    assert measure(FIRST_RESPONSE_OPEN, rows, hours) == {
        2: (120, 1),
        3: (120, 1),
        4: (60, 1),
        5: (60, 1),
    }


def test_hours_that_nobody_gave_are_not_made_up(measure):
    hours = {"teams": {"a": {"mon-fri": ["09:00-18:00"]}}}
    rows = """
C1 2026-02-02T10:00 2026-02-02T11:00 - open a
C2 2026-02-02T10:00 2026-02-02T11:00 - open b
C3 2026-02-02T10:00 - - open -
C4 2026-02-02T10:00 - - spam -
"""
    with pytest.raises(
        NotAvailable, match="in 2 rows the hours of the team are not known"
    ) as refusal:
        measure(FIRST_RESPONSE_OPEN, rows, hours)
    assert "hours.standard" in str(refusal.value)


def test_a_calendar_that_is_never_open_is_refused(source, measure):
    source.table("teams", "team_id name timezone calendar_id\na A UTC shut\n")
    source.table("calendars", "calendar_id weekday open close\nshut 0 - -\nshut 1 - -\n")
    with pytest.raises(NotAvailable, match="'shut' is never open"):
        measure(FIRST_RESPONSE_OPEN, "C1 2026-02-02T10:00 2026-02-02T11:00 - open a", {})


def test_the_calendars_of_the_source_count_where_settings_give_no_hours(source, measure):
    source.table("teams", "team_id name timezone calendar_id\na A UTC early\n")
    source.table(
        "calendars", "calendar_id weekday open close\nearly 0 06:00 08:00\nearly 0 10:00 12:00\n"
    )
    assert measure(FIRST_RESPONSE_OPEN, "C1 2026-02-02T07:30 2026-02-02T11:00 - open a", {}) == {
        2: (90, 1)
    }


def level(*targets, of="first_response"):
    return service_level(of, targets)


def test_a_target_runs_by_its_own_clock(measure):
    rows = """
C1 2026-02-02T17:30 2026-02-03T09:30 - open -
C2 2026-02-02T17:30 2026-02-03T09:31 - open -
C3 2026-02-02T20:00 2026-02-03T10:00 - open -
C4 2026-02-02T10:00 - - open -
"""
    assert measure(level(Target(DAY_ONE, 60, clock="open")), rows) == {2: (2, 4)}
    assert measure(level(Target(DAY_ONE, 60))) == {2: (0, 4)}
    assert measure(level(Target(DAY_ONE, 16 * 60))) == {2: (2, 4)}


def test_two_targets_may_run_by_two_clocks(measure):
    rows = """
C1 2026-02-02T17:30 2026-02-03T09:30 - open -
C2 2026-02-04T17:30 2026-02-05T09:30 - open -
"""
    both = level(Target(DAY_ONE, 60), Target(date(2026, 2, 4), 60, clock="open"))
    assert measure(both, rows) == {2: (0, 1), 4: (1, 1)}
    titles = [
        level(Target(DAY_ONE, 60, clock="open")).title, both.title, level(Target(DAY_ONE, 60)).title
    ]  # fmt: skip
    assert [title.split("(")[1] for title in titles] == [
        "time while the team is open)", "by the clock of each target)", "calendar time)"
    ]  # fmt: skip


def test_a_target_that_ran_out_as_the_team_closed_can_still_be_met_until_it_opens(measure):
    hour = level(Target(DAY_ONE, 60, clock="open"))
    rows = "C1 2026-02-02T17:00 - - open -\nC2 2026-02-02T17:00 2026-02-02T19:00 - open -\n"
    assert measure(hour, rows, as_of="2026-02-03") == {}
    assert measure(hour, as_of="2026-02-04") == {2: (1, 2)}


# The clock on the wall, minute by minute: whether each team is open in it.
FIRST, CUT = datetime(2026, 2, 9, tzinfo=UTC), datetime(2026, 4, 13, tzinfo=UTC)
OFF = {date(2026, 2, day) for day in range(16, 24)} | {date(2026, 4, 5), date(2026, 4, 6)}
WORKED = {date(2026, 2, 14): 4, date(2026, 2, 28): 4}  # like that weekday
MADE_HOURS = {
    "standard": {"mon-fri": ["09:00-12:30", "13:30-18:00"]},
    "teams": {"night": {"mon-fri": ["22:00-06:00"]}, "berlin": {"mon-sat": ["01:30-11:00"]}},
    "timezones": {"berlin": "Europe/Berlin"},
    "open_on_holidays": ["berlin"],
}


def is_open(team, local):
    minute, day = 60 * local.hour + local.minute, local.date()
    weekday = WORKED.get(day, day.weekday())
    if team == "berlin":
        return day.weekday() < 6 and 90 <= minute < 660
    if day in OFF:
        return False
    if team == "night":
        return (weekday < 5 and minute >= 1320) or (1 <= weekday < 6 and minute < 360)
    return weekday < 5 and (540 <= minute < 750 or 810 <= minute < 1080)


def on_the_wall(zone):
    """Every minute of the local clock; clocks move on whole hours only."""
    for hour in range(int((CUT - FIRST).total_seconds()) // 3600):
        local = (FIRST + timedelta(hours=hour)).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        yield from (local + timedelta(minutes=n) for n in range(60))


@pytest.fixture(scope="module")
def walls():
    """Open minutes before each minute, by team."""
    zones = {"night": "Asia/Shanghai", "berlin": "Europe/Berlin", "-": "Asia/Shanghai"}
    return {
        team: [0, *accumulate(is_open(team, local) for local in on_the_wall(zone))]
        for team, zone in zones.items()
    }


def test_whole_tables_are_what_the_clock_on_the_wall_says_minute_by_minute(source, walls):
    draw = random.Random(26)
    last = len(walls["-"]) - 1
    contacts = []
    for n in range(500):
        since = draw.randrange(last - 60)
        took = int(draw.expovariate(1 / draw.choice([60, 3_000, 12_000])))
        end = since + took if since + took < last and draw.random() < 0.9 else None
        contacts.append((n, draw.choice(["night", "berlin", "-"]), since, end))
    stamp = lambda n: "-" if n is None else (FIRST + timedelta(minutes=n)).isoformat()[:16] + "Z"  # noqa: E731
    rows = [
        f"C{n} {stamp(a)} {stamp(b)} {stamp(b)} {'resolved' if b is not None else 'open'} {team}"
        for n, team, a, b in contacts
    ]
    source.settings["timezone"] = "Asia/Shanghai"
    source.table("contacts", HEAD + "\n".join(rows))
    source.settings["observed_until"] = "2026-04-13T08:00:00"
    desk = source.desk("2026-06-01")
    opening = opening_hours(desk, Hours.model_validate(MADE_HOURS), calendar="CN")
    metrics = [
        FIRST_RESPONSE_OPEN, RESOLUTION_OPEN, level(Target(DAY_ONE, 125, clock="open")),
    ]  # fmt: skip
    window = Window(date(2026, 2, 10), date(2026, 4, 12))
    with (
        open_time(desk, opening) as time,
        opened(desk, window, metrics, open_time=time) as cases,
    ):
        found = [cases.series(metric) for metric in metrics]
    most = (24 * 60, 80 * 60, 125)
    values = (min, lambda took, most: min(took, most), lambda took, most: took <= most)
    for series, limit, value, least, unit in zip(
        found, most, values, (0, 0, 1), (1, 60, 1), strict=True
    ):
        expected = by_the_wall(walls, contacts, limit, value, limit + least)
        got = {
            d.item(): (round(n * unit), m)
            for d, n, m in zip(series.days, series.numerator, series.denominator, strict=True)
            if m
        }
        days = [day for day in expected if window.start <= day <= window.end]
        assert got == {day: expected[day] for day in days}
        assert len(days) > 30


def by_the_wall(walls, contacts, limit, value, followed):
    """By local day of opening, what a metric sums to; up to the first day on which somebody is not followed so long."""
    found, running = {}, []
    for _, team, since, end in contacts:
        wall = walls[team]
        day = (FIRST + timedelta(minutes=since)).astimezone(ZoneInfo("Asia/Shanghai")).date()
        if wall[-1] - wall[since] < followed:
            running.append(day)
        took = wall[end] - wall[since] if end is not None else float("inf")
        above, below = found.get(day, (0, 0))
        found[day] = (above + value(took, limit), below + 1)
    return {day: found[day] for day in sorted(found) if day < min(running)}
