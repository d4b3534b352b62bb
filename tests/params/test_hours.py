"""Opening hours as they are typed: what each text means, and one sentence for each fault, all at once."""

from __future__ import annotations

import pytest

from cs_lib.params import strict_yaml
from cs_lib.params.hours import A_DAY, Hours, pieces, span, week_of, weekdays
from cs_lib.params.load import check_block

TYPED = """\
standard:
  mon-fri: ["09:00-12:30", "13:30-18:00"]
  sat: 10:00-14:00
  sun: []
teams:
  night: {all: ["22:00-06:00"]}
timezones: {berlin: Europe/Berlin}
calendars: {berlin: DE-BE}
open_on_holidays: [night, standard]
"""


def read(text):
    raw, lines = strict_yaml.parse(text, shown="x")
    return check_block(Hours, raw, file="x", lines=lines)


def faults(**block):
    _, problems = check_block(Hours, block, file="x", lines={})
    return [str(problem) for problem in problems]


def test_hours_are_typed_by_day_and_team_and_stay_what_they_are_in_a_cell():
    hours, problems = read(TYPED)
    assert problems == []
    week = week_of(hours.standard)
    assert week[0] == week[4] == ((540, 750), (810, 1080))
    assert week[5:] == (((600, 840),), ())
    assert hours.named == {
        "night": ("teams", "open_on_holidays"),
        "berlin": ("timezones", "calendars"),
    }
    assert Hours.model_validate(hours.model_dump(mode="json")) == hours


@pytest.mark.parametrize(
    ("key", "days"),
    [
        ("mon", (0,)),
        ("mon-fri", (0, 1, 2, 3, 4)),
        ("fri-mon", (4, 5, 6, 0)),
        ("mon, wed-thu", (0, 2, 3)),
        ("all", (0, 1, 2, 3, 4, 5, 6)),
    ],
)
def test_days_are_named_alone_in_stretches_or_all(key, days):
    assert weekdays(key) == days


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("9:00-18:30", (540, 1110)),
        ("00:00 - 24:00", (0, A_DAY)),
        ("22:00-06:00", (1320, A_DAY + 360)),
        ("16:00-00:00", (960, A_DAY)),
        ("08:00-23:59", (480, A_DAY)),  # nobody closes for a minute
    ],
)
def test_a_span_is_from_minute_to_minute(text, minutes):
    assert span(text) == minutes


def test_a_night_is_parted_at_midnight_and_the_week_goes_round():
    nights = week_of({"sat-sun": ("22:00-06:00",), "mon": ("06:00-10:00",)})
    found = pieces(nights)
    assert found[5] == ((1320, A_DAY),)
    assert found[6] == ((0, 360), (1320, A_DAY))
    assert found[0] == ((0, 600),)  # Sunday's night, and what begins as it ends


@pytest.mark.parametrize(
    ("week", "said"),
    [
        ({}, 'standard: is never open; name at least one day with hours, like mon-fri: ["09:00-18:00"]'),
        ({"mon": []}, 'standard: is never open; name at least one day with hours, like mon-fri: ["09:00-18:00"]'),
        ("always", "standard: must be days and their hours, like mon-fri: [\"09:00-18:00\"], got 'always'"),
        ({"mon": None}, 'standard.mon: must be a list of spans like mon-fri: ["09:00-18:00"], [] for a day off'),
        ({"mon": [9]}, 'standard.mon.0: must be a span like "09:00-18:00", got 9'),
        ({"mon": ["9-18"]}, "standard.mon.0: must be a span like \"09:00-18:00\", got '9-18'"),
        ({"mon": ["09:00-24:30"]}, "standard.mon.0: times of day go from 00:00 to 23:59, and 24:00 where a span "
         "ends, got '09:00-24:30'"),
        ({"mon": ["09:00-09:00"]}, "standard.mon.0: '09:00-09:00' has no length; a whole day is \"00:00-24:00\""),
        ({"mon": ["18:00-09:30"]}, "standard.mon.0: '18:00-09:30' ends before it starts; if a span of 15 hours 30 "
         'minutes over midnight is meant, write two: "18:00-24:00", and "00:00-09:30" on the next day'),
        ({"montag": ["09:00-18:00"]}, "standard.montag: no such day: 'montag'; did you mean 'mon'?"),
        ({"x": ["09:00-18:00"]}, "standard.x: no such day: 'x'; use mon, tue, wed, thu, fri, sat, sun, a stretch "
         "like mon-fri, or all"),
        ({"mon-fri": ["09:00-18:00"], "fri": ["09:00-15:00"]}, "standard.fri: fri has hours already; name each day "
         "once"),
        ({"mon-fri": ["09:00-13:00", "12:00-18:00"]}, "standard.mon-fri: mon 09:00-13:00 and mon 12:00-18:00 "
         "overlap; make them one span, or part them"),
        ({"sun": ["22:00-06:00"], "mon": ["05:00-09:00"]}, "standard.mon: sun 22:00-06:00 and mon 05:00-09:00 "
         "overlap; make them one span, or part them"),
        ({"mon": ["09:00-18:00", "09:00-18:00"]}, "standard.mon: '09:00-18:00' stands twice; keep one"),
    ],
)  # fmt: skip
def test_a_week_that_cannot_be_meant_is_refused(week, said):
    assert faults(standard=week) == [said]


def test_every_fault_is_told_at_once_with_its_line():
    typed = TYPED.replace("10:00-14:00", "14:00-10:00").replace("22:00-06:00", "22-06")
    typed = typed.replace("Europe/Berlin", "Berlin").replace("DE-BE", "DE-XX")
    typed = typed.replace("night: {", "standard: {all: []}\n  night: {")
    _, problems = read(typed)
    assert sorted((problem.key, problem.line) for problem in problems) == [
        ("calendars.berlin", 9),
        ("standard.sat.0", 3),
        ("teams.night.all.0", 7),
        ("teams.standard", 6),
        ("teams.standard", 6),  # it is never open besides
        ("timezones.berlin", 8),
    ]
