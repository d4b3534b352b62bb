"""Days of a table that hold far less or far more than usual, on weeks that can be counted by hand."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from cs_lib.methods.monitoring.fillings import Filling, Spell
from cs_lib.methods.monitoring.volume_runs import ended, holes, inside, surges

FIRST = date(2024, 9, 2)  # a Monday


def filling(change=lambda day: 1.0, *, days=600, holidays=(), noise=False):
    """A table with 20 rows on weekdays, 6 on weekends, times a factor of the day."""
    when = [FIRST + timedelta(days=i) for i in range(days)]
    rows = np.array([(20 if d.weekday() < 5 else 6) * change(d) for d in when])
    if noise:
        rows = np.random.default_rng(11).poisson(rows).astype(float)
    return Filling(np.array(when, dtype="datetime64[D]"), rows, holidays=holidays)


def between(first, last, factor):
    return lambda day: (
        factor if date.fromisoformat(first) <= day <= date.fromisoformat(last) else 1.0
    )


def named(spells):
    return [(str(s.first), str(s.last)) for s in spells]


@pytest.mark.parametrize("noise", [False, True])
@pytest.mark.parametrize(
    ("first", "last", "left"),
    [
        ("2026-02-02", "2026-02-22", 0.0),
        ("2025-06-02", "2025-06-08", 0.0),
        ("2025-03-03", "2025-08-31", 0.0),  # half a year
        ("2025-06-02", "2025-06-22", 0.15),
    ],
)
def test_a_hole_is_named_with_its_days(noise, first, last, left):
    (hole,) = holes(filling(between(first, last, left), noise=noise))
    if left == 0.0:
        assert named([hole]) == [(first, last)]
        assert hole.found == 0.0
    weeks = (hole.last - hole.first).days / 7
    assert hole.usual == pytest.approx(112 * weeks, rel=0.25)


def test_rows_of_a_hole_are_counted_by_hand():
    (hole,) = holes(filling(between("2025-06-03", "2025-06-06", 0.1)))
    assert hole.found == 8.0 and hole.usual == pytest.approx(80, abs=0.5)
    assert filling().share(hole) == 1.0


@pytest.mark.parametrize(
    "change",
    [
        lambda day: 0.5 if day >= date(2025, 6, 2) else 1.0,  # a lasting change of level
        lambda day: 3.0 if day >= date(2025, 6, 2) else 1.0,
        lambda day: 1.0 + 0.5 * np.sin(day.timetuple().tm_yday / 365 * 2 * np.pi),  # a season
        between("2025-06-02", "2025-06-22", 0.5),  # a quiet month
        between("2025-06-03", "2025-06-04", 0.0),  # two days
        lambda day: 0.0 if day.weekday() >= 5 else 1.0,  # closed on weekends
    ],
)
def test_what_is_no_hole(change):
    assert inside(filling(change)) == ()
    assert inside(filling(change, noise=True)) == ()


def test_named_holidays_are_no_hole():
    days = [date(2025, 6, 2) + timedelta(days=i) for i in range(10)]
    closed = between("2025-06-02", "2025-06-11", 0.0)
    assert len(holes(filling(closed))) == 1
    assert holes(filling(closed, holidays=days)) == ()


def test_the_same_weeks_a_year_ago_are_found_though_the_feast_moved():
    def feast(day):
        again = date(2025, 1, 27) <= day <= date(2025, 2, 5) or date(2026, 2, 9) <= day <= date(
            2026, 2, 18
        )
        return 0.2 if again else 1.0

    table = filling(feast)
    (first,) = holes(table)  # the second has one like it in the year before
    assert first.first == date(2025, 1, 27)
    second = Spell(date(2026, 2, 9), date(2026, 2, 18), 32.0, 160.0)
    assert table.a_year_ago(second, down=True) == pytest.approx(0.2, abs=0.05)
    assert table.a_year_ago(first, down=True) is None  # it has no year before it
    quiet = filling(between("2026-02-09", "2026-02-18", 0.2))
    assert quiet.a_year_ago(second, down=True) == pytest.approx(1.0)


@pytest.mark.parametrize("noise", [False, True])
@pytest.mark.parametrize(
    ("first", "last", "times"),
    [
        ("2025-06-02", "2025-06-22", 3.0),
        ("2025-06-02", "2025-06-08", 2.6),
        ("2025-06-04", "2025-06-04", 9.0),
    ],
)
def test_a_surge_is_named_with_its_days(noise, first, last, times):
    (surge,) = surges(filling(between(first, last, times), noise=noise))
    assert named([surge]) == [(first, last)]
    assert surge.share == pytest.approx(times, rel=0.25)


def test_a_surge_at_the_end_of_the_data_is_one_too():
    (surge,) = surges(filling(lambda day: 3.0 if day >= date(2026, 4, 10) else 1.0))
    assert surge.first == date(2026, 4, 10)


@pytest.mark.parametrize(
    "change",
    [
        lambda day: 3.0 if day >= date(2025, 6, 2) else 1.0,  # a lasting change of level
        lambda day: 0.3 if day >= date(2025, 6, 2) else 1.0,
        between("2025-06-02", "2025-06-22", 1.6),
        between("2025-06-03", "2025-06-03", 2.5),  # one busy day
    ],
)
def test_what_is_no_surge(change):
    assert surges(filling(change)) == ()
    assert surges(filling(change, noise=True)) == ()


@pytest.mark.parametrize("left", [0.0, 0.05])
def test_a_table_that_ends_early_is_told_with_its_last_day(left):
    table = filling(lambda day: left if day > date(2026, 3, 12) else 1.0)
    assert ended(table) == date(2026, 3, 12)


@pytest.mark.parametrize("noise", [False, True])
def test_a_table_that_goes_on_does_not_end(noise):
    assert ended(filling(noise=noise)) is None
    assert ended(filling(lambda day: 0.6 if day > date(2026, 3, 12) else 1.0, noise=noise)) is None
    assert ended(filling(lambda day: 0.01, noise=noise)) is None  # too few rows to tell


def test_small_clean_tables_seldom_show_anything():
    alarms = 0
    for seed in range(60):
        rng = np.random.default_rng([5, seed])
        level = rng.choice([0.3, 2.0, 8.0]) * np.exp(np.cumsum(rng.normal(0, 0.01, 400)))
        rows = rng.poisson(level * rng.gamma(10, 0.1, 400)).astype(float)
        days = np.datetime64(FIRST) + np.arange(400)
        table = Filling(days, rows)
        alarms += bool(holes(table) or surges(table) or ended(table))
    assert alarms <= 1
