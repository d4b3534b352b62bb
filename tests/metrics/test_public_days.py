"""What a page says of its calendar, and weekends worked in exchange that a series leaves out."""

from datetime import date

import numpy as np

from cs_lib.aggregates import Series
from cs_lib.language import speaking
from cs_lib.metrics.public_days import calendar_checks, without_days
from cs_lib.params.days.public_days import PublicDays, public_days

SPRING = (date(2026, 2, 1), date(2026, 3, 1))


def test_the_calendar_its_version_and_its_days_are_named():
    (check,) = calendar_checks(public_days("CN", 2025, 2026), SPRING)
    version = public_days("CN", 2025, 2026).version
    assert check.passed and check.name == "Public holidays by the calendar"
    assert check.finding == (
        f"Holidays by the calendar CN (library holidays {version}): 16 February to 23 February 2026. "
        "Days of a weekend that were worked in exchange, left out: 14 February 2026 and 28 February 2026."
    )


def test_what_a_calendar_cannot_know_is_said_not_guessed():
    (check,) = calendar_checks(public_days("CN", 2026, 2027), (date(2027, 2, 1), date(2027, 3, 1)))
    assert check.passed is None and check.name == "Public holidays not all known"
    assert "Which days are moved in 2027 is announced year by year" in check.finding
    moon = PublicDays(
        "ID", "1", (date(2027, 3, 10),), (), estimated=(date(2027, 3, 10),), uncovered=(2027,)
    )
    (check,) = calendar_checks(moon, (date(2027, 1, 1), date(2027, 12, 31)))
    assert "Reckoned in advance, and perhaps a day off: 10 March 2027." in check.finding
    assert check.finding.endswith("The calendar does not cover 2027.")


def test_a_page_in_chinese_says_it_in_chinese():
    (check,) = calendar_checks(public_days("CN", 2025, 2026), SPRING)
    with speaking("zh"):
        assert check.finding.startswith("按日历 CN（程序库 holidays") and "调休" in check.finding


def test_without_a_calendar_nothing_is_said():
    assert calendar_checks(None, SPRING) == []
    quiet = calendar_checks(public_days("DE", 2026, 2026), (date(2026, 2, 1), date(2026, 3, 1)))
    assert "has no holiday in these periods" in quiet[0].finding


def test_many_years_are_counted_not_listed():
    (check,) = calendar_checks(
        public_days("DE", 2020, 2026), (date(2020, 1, 1), date(2026, 12, 31))
    )
    assert "days, from 1 January 2020 to 26 December 2026" in check.finding


def test_days_left_out_carry_no_value_and_the_others_stay():
    days = np.arange(np.datetime64("2026-02-13"), np.datetime64("2026-02-17"))
    series = Series("wait", days, np.array([5.0, 6, 7, 8]), np.ones(4))
    left = without_days(series, [date(2026, 2, 14)])
    assert left.numerator.tolist() == [5, 0, 7, 8] and left.denominator.tolist() == [1, 0, 1, 1]
