"""Calendars of public holidays in the settings: their days, typed ones on top, and codes that nobody has."""

import subprocess
import sys
from datetime import date
from importlib import metadata

import pytest

from cs_lib import metrics, params
from cs_lib.params.days.public_days import public_days

STUDY = {
    "study": "routing",
    "notebook": "before_after",
    "question": "Is routing by skill faster?",
    "as_of": "2026-07-01",
    "source": "demo",
    "measure": {"primary_metric": "resolution_hours"},
    "rule": {"alpha": 0.05, "min_effect": 2},
}
DESIGN = {
    "intervention_date": "2026-02-05",
    "pre_period": ["2025-09-04", "2026-02-04"],
    "post_period": ["2026-02-05", "2026-06-10"],
}


def checked(**design):
    raw = {**STUDY, "design": {**DESIGN, **design}}
    return params.check_study(raw, file="x", lines={}, also=metrics.problems)


def february(days):
    return [day.day for day in days if (day.year, day.month) == (2026, 2)]


def test_china_has_its_spring_festival_and_the_weekends_worked_for_it():
    found = public_days("CN", 2026, 2026)
    # The notice for 2026: off from 15 (a Sunday as others) to 23 February, worked on the 14th and the 28th.
    assert february(found.off) == [16, 17, 18, 19, 20, 21, 22, 23]
    assert february(found.worked) == [14, 28]
    assert found.version == metadata.version("holidays")
    assert found.unannounced == () and found.uncovered == ()


def test_a_region_has_holidays_that_the_country_has_not():
    epiphany = date(2026, 1, 6)
    assert epiphany in public_days("DE-BY", 2026, 2026).off
    assert epiphany not in public_days("DE", 2026, 2026).off


def test_a_weekend_between_two_holidays_counts_with_them():
    easter = [day.day for day in public_days("DE", 2026, 2026).off if day.month == 4]
    assert easter == [3, 4, 5, 6]  # Good Friday to Easter Monday
    assert (
        date(2026, 5, 16) not in public_days("DE", 2026, 2026).off
    )  # after Ascension Day, a Thursday


def test_moved_days_that_are_not_announced_yet_are_told_by_their_year():
    assert public_days("CN", 2025, 2027).unannounced == (2027,)
    assert public_days("DE", 2025, 2027).unannounced == ()


def test_days_that_the_moon_decides_are_told():
    found = public_days("ID", 2027, 2027)
    assert found.estimated and set(found.estimated) <= set(found.off)
    assert public_days("DE", 2027, 2027).estimated == ()


def test_only_the_periods_are_shown():
    found = public_days("CN", 2025, 2027).within((date(2026, 2, 10), date(2026, 2, 18)))
    assert february(found.off) == [16, 17, 18] == [day.day for day in found.off]
    assert february(found.worked) == [14] and found.unannounced == ()


def test_typed_days_stand_on_top_of_the_calendar():
    study, problems = checked(calendar="CN", holidays=["2026-02-15", "2026-02-17"])
    assert problems == []
    assert february(study.design.days_off) == [15, 16, 17, 18, 19, 20, 21, 22, 23]
    alone, _ = checked(holidays=["2026-02-15"])
    assert alone.design.days_off == (date(2026, 2, 15),) and alone.design.public is None


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("China", "got 'China'; did you mean 'CN'?"),
        ("cn", "got 'cn'; did you mean 'CN'?"),
        ("UK", "got 'UK'; did you mean 'GB'?"),
        ("DE_BY", "got 'DE_BY'; did you mean 'DE'?"),
        ("Germanny", "got 'Germanny'; did you mean 'DE'?"),
        ("DE-XX", "the calendar of DE has no region 'XX'; known are BB, BE, BW, BY, HB"),
        ("CN-BJ", "the calendar of CN has no region 'BJ'; leave the region out"),
        ("", 'must be a country like "CN"'),
        (7, "must be text, got 7"),
    ],
)
def test_a_code_that_nobody_has_is_one_sentence_with_the_nearest(code, said):
    _, problems = checked(calendar=code)
    assert [problem.key for problem in problems] == ["design.calendar"]
    assert said in problems[0].message and "Traceback" not in problems[0].message


def test_settings_without_a_calendar_never_load_the_library():
    code = "import sys, cs_lib.params, cs_lib.experiment; sys.exit('holidays' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
