"""Whose hours are whose: settings before the source, holidays, and words for the clock in both languages."""

from __future__ import annotations

from datetime import date

import pytest

from cs_lib.language import speaking
from cs_lib.metrics.opening_hours import clock, opening_hours, said_hours, said_week
from cs_lib.metrics.queries.business_hours import open_time
from cs_lib.metrics.queries.sql import NotAvailable, micros
from cs_lib.params.hours import Hours, week_of

CONTACTS = """
contact_id opened_at status team_id
K1 2026-01-05T08:00 open front
K2 2026-02-20T08:00 open night
K3 2026-02-20T08:00 open berlin
K4 2026-02-20T08:00 open -
"""
OFFICE = {"mon-fri": ("09:00-12:30", "13:30-18:00"), "sat": ("10:00-14:00",)}
CALENDARS = """
calendar_id weekday open close
day 0 09:00 12:30
day 0 13:30:00 18:00:00
day 1 9:00 18:00
day 6 - -
late 0 22:00 06:00
late 4 00:00 24:00
late 5 00:00 23:59:59
"""
TEAMS = """
team_id timezone calendar_id
front - day
night Asia/Shanghai late
berlin Europe/Berlin -
"""


@pytest.fixture
def desk(source):
    def made(**tables):
        source.settings |= {"timezone": "Asia/Shanghai", "observed_until": "2026-03-01T00:00:00"}
        for name, rows in {"contacts": CONTACTS, **tables}.items():
            source.table(name, rows)
        return source.desk("2026-03-01")

    return made


def hours(**block):
    return Hours.model_validate(block)


def refused(*args, **kwargs):
    with pytest.raises(NotAvailable) as fault:
        opening_hours(*args, **kwargs)
    return str(fault.value)


def test_without_hours_there_is_no_such_clock(desk):
    assert opening_hours(desk(), None) is None
    assert opening_hours(desk(), hours(open_on_holidays=["front"])) is None


def test_settings_give_hours_zones_and_holidays_by_team(desk):
    block = hours(
        standard=OFFICE,
        teams={"night": {"all": ["22:00-06:00"]}},
        timezones={"berlin": "Europe/Berlin"},
        calendars={"berlin": "DE-BE"},
        open_on_holidays=["night"],
    )
    found = opening_hours(desk(), block, calendar="CN", holidays=[date(2026, 1, 9)])
    usual, berlin, night = (
        found.schedules[n] for n in (found.standard, *map(found.teams.get, ("berlin", "night")))
    )
    assert set(found.teams) == {"berlin", "night"}
    assert (usual.zone, berlin.zone, night.zone) == (
        "Asia/Shanghai",
        "Europe/Berlin",
        "Asia/Shanghai",
    )
    assert {date(2026, 2, 17), date(2026, 1, 9)} < usual.off and date(2026, 2, 14) in usual.worked
    assert {date(2026, 1, 1), date(2026, 1, 9)} < berlin.off and date(2026, 2, 17) not in berlin.off
    assert not berlin.worked and not night.off and not night.worked
    assert set(found.public) == {"CN", "DE-BE"}


def test_teams_with_the_same_hours_share_a_schedule(desk):
    every = {team: OFFICE for team in ("night", "berlin")}
    found = opening_hours(desk(), hours(standard=OFFICE, teams=every))
    assert len(found.schedules) == 1 and found.teams == {}


def test_a_source_with_calendars_needs_no_settings(desk):
    found = opening_hours(desk(teams=TEAMS, calendars=CALENDARS))
    weeks = {team: found.schedules[n].week for team, n in found.teams.items()}
    assert weeks == {
        "front": week_of({"mon": ("09:00-12:30", "13:30-18:00"), "tue": ("09:00-18:00",)}),
        "night": week_of({"mon": ("22:00-06:00",), "fri-sat": ("00:00-24:00",)}),
    }
    assert found.standard is None  # two calendars, and nobody says whose are the others'


def test_the_source_replaces_the_block_wholly(desk):
    """The same hours typed and in tables give the same schedules."""
    tables = {
        "teams": TEAMS.replace("berlin Europe/Berlin -", "berlin Europe/Berlin day"),
        "calendars": CALENDARS,
    }
    days = {"mon": ("09:00-12:30", "13:30-18:00"), "tue": ("09:00-18:00",)}
    nights = {"mon": ("22:00-06:00",), "fri-sat": ("00:00-24:00",)}
    typed = hours(
        teams={"front": days, "berlin": days, "night": nights},
        timezones={"berlin": "Europe/Berlin"},
    )
    of_source, of_block = opening_hours(desk(**tables), None), opening_hours(desk(), typed)
    both = [
        {team: one.schedules[n] for team, n in one.teams.items()} for one in (of_source, of_block)
    ]
    assert both[0] == both[1] and len(both[0]) == 3


def test_settings_override_the_source(desk):
    tables = {"teams": TEAMS, "calendars": CALENDARS}
    whole = opening_hours(desk(**tables), hours(standard=OFFICE))
    assert {whole.schedules[n].week for n in (whole.standard, *whole.teams.values())} == {
        week_of(OFFICE)
    }
    assert set(whole.teams) == {"berlin"}  # its zone is still the source's
    one = opening_hours(desk(**tables), hours(teams={"night": OFFICE}))
    assert one.schedules[one.teams["night"]].week == week_of(OFFICE)
    assert one.schedules[one.teams["front"]].week[1] == ((540, 1080),)


def test_one_calendar_is_everybodys(desk):
    alone = "calendar_id weekday open close\nday 0 09:00 18:00\n"
    found = opening_hours(desk(calendars=alone))
    assert found.teams == {} and found.schedules[found.standard].week == week_of(
        {"mon": ("09:00-18:00",)}
    )


def test_what_names_nothing_is_refused_all_at_once(desk):
    block = hours(teams={"nigth": OFFICE}, timezones={"nigth": "Europe/Rome"})
    bad = TEAMS.replace("Asia/Shanghai late", "Asia/Shangai lat")
    assert refused(desk(teams=bad, calendars=CALENDARS), block) == (
        "The settings name the team 'nigth' (hours.teams and hours.timezones), which stands nowhere in the data. Did "
        "you mean 'night'? The team 'night' has the time zone 'Asia/Shangai', which does not exist. Did you mean "
        "'Asia/Shanghai'? The team 'night' has the calendar 'lat', which is not in the table calendars. Did you mean "
        "'late'?"
    )


def test_calendars_that_cannot_be_meant_are_refused(desk):
    odd = "calendar_id weekday open close\na 0 18:00 09:00\nb 1 09:00:30 18:00\n"
    assert refused(desk(calendars=odd)) == (
        "The calendar 'a' cannot be read on weekday 0: from 18:00 to 09:00. "
        "The calendar 'b' cannot be read on weekday 1: from 09:00:30 to 18:00."
    )
    never = "calendar_id weekday open close\na 0 - -\n"
    assert refused(desk(calendars=never)) == "The calendar 'a' is never open."


def test_the_table_of_calendars_has_a_contract(source):
    source.table("contacts", CONTACTS)
    source.table("calendars", "calendar_id weekday open close\na 7 09:00 18:00\na 1 9h 18:00\na 2 09:00 -\n"
                 "a 3 09:00 12:00\na 3 09:00 13:00\n")  # fmt: skip
    assert source.breaches() == [
        "calendars: weekday is not 0 (Monday) to 6 (Sunday) in 1 row (first: calendar_id a with weekday 7).",
        "calendars: open is no time of day (like 09:00) in 1 row (first: calendar_id a with open 9h).",
        "calendars: one of open and close is empty without the other in 1 row (first: calendar_id a with open 09:00, "
        "close (empty)).",
        "calendars: rows share their key (calendar_id, weekday, open): 1 case (first: calendar_id a, weekday 3, open "
        "09:00, 2 times).",
    ]


def test_stamps_that_cannot_be_are_no_range(desk):
    early = CONTACTS + "K5 1970-01-01T00:00 open front\n"
    said = "Opening hours are not counted because stamps reach from 31 December 1969 to 28 February 2026; one of them "
    assert refused(desk(contacts=early), hours(standard=OFFICE)) == said + "must be wrong."


def test_hours_of_a_desk_are_counted_in_its_own_zone(desk):
    found, made = desk(), {}
    opening = opening_hours(
        found, hours(standard=OFFICE, timezones={"berlin": "Europe/Berlin"}), calendar="CN"
    )
    with open_time(found, opening) as time:
        at, cut = found.engine.dialect.micros("c.opened_at"), str(micros(found.cut))
        time.table("waits", "contacts c", at, cut, team="c.team_id", keep="c.contact_id")
        made = dict(found.engine.rows("SELECT contact_id, open_micros / 3600000000 FROM waits"))
    # Friday 20 February 2026 08:00 in Shanghai to 1 March: Spring Festival until Monday, Saturday 28 is worked.
    assert made["K2"] == made["K4"] == 5 * 8
    # By the clock of Berlin the same days are off, and it is Saturday 17:00 when Shanghai's month ends.
    assert made["K3"] == 4 * 8 + 7


@pytest.mark.parametrize(
    ("typed", "english", "chinese"),
    [
        ({"mon-fri": ["09:00-18:00"]}, "Mon–Fri 09:00–18:00", "周一至周五 09:00–18:00"),
        (OFFICE, "Mon–Fri 09:00–12:30 and 13:30–18:00, Sat 10:00–14:00",
         "周一至周五 09:00–12:30和13:30–18:00、周六 10:00–14:00"),
        ({"all": ["22:00-06:00"]}, "every day 22:00–06:00", "每天 22:00–06:00"),
        ({"all": ["00:00-24:00"]}, "around the clock", "全天"),
        ({"mon": ["09:00-18:00"], "wed": ["09:00-18:00"]}, "Mon 09:00–18:00, Wed 09:00–18:00",
         "周一 09:00–18:00、周三 09:00–18:00"),
    ],
)  # fmt: skip
def test_a_week_in_words(typed, english, chinese):
    week = week_of(hours(standard=typed).standard)
    assert str(said_week(week)) == english
    with speaking("zh"):
        assert str(said_week(week)) == chinese


def test_the_clock_has_a_name_and_every_schedule_a_sentence(desk):
    week = {"mon-fri": ["09:00-18:00"]}
    alone = opening_hours(desk(), hours(standard=week))
    assert str(clock(alone)) == "hours while the team is open (Mon–Fri 09:00–18:00)"
    assert list(map(str, said_hours(alone))) == ["All teams: Mon–Fri 09:00–18:00 (Asia/Shanghai)."]
    several = opening_hours(
        desk(),
        hours(standard=week, teams={"night": {"all": ["22:00-06:00"]}}, open_on_holidays=["night"]),
        calendar="CN",
    )
    assert str(clock(several)) == (
        "hours while the team in charge is open (Mon–Fri 09:00–18:00; other hours for 1 team)"
    )
    assert list(map(str, said_hours(several))) == [
        "All other teams: Mon–Fri 09:00–18:00 (Asia/Shanghai), closed on holidays.",
        "night: every day 22:00–06:00 (Asia/Shanghai).",
    ]
    with speaking("zh"):
        assert str(clock(alone)) == "团队开放时间内的小时数（周一至周五 09:00–18:00）"
