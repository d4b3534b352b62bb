"""Holes and surges: found where they were made, silent on years that only vary."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from cs_lib.methods.monitoring.fillings import Filling
from cs_lib.methods.monitoring.volume_runs import holes, surges

FIRST = date(2024, 1, 1)  # a Monday
WEEKDAYS = np.array([1.2, 1.1, 1.0, 1.0, 0.9, 0.5, 0.3])


def days(count):
    return np.arange(np.datetime64(FIRST), np.datetime64(FIRST) + count)


def steady(count=364, level=20.0):
    """The same week again and again, in whole rows."""
    return np.rint(level * WEEKDAYS[np.arange(count) % 7])


def shaky(seed, count=364, level=20.0, spread=0.15, rho=0.5):
    """Days of a desk: weekdays, a shock that lasts some days, counting noise."""
    rng = np.random.default_rng(seed)
    shock = np.zeros(count)
    for i in range(1, count):
        shock[i] = rho * shock[i - 1] + rng.normal(0, spread * np.sqrt(1 - rho**2))
    return rng.poisson(level * WEEKDAYS[np.arange(count) % 7] * np.exp(shock)).astype(float)


def span(run):
    return run.first, run.last


def on(day):
    return FIRST + timedelta(days=day)


def test_weeks_without_a_row_are_one_hole_with_their_days_and_rows():
    counts = steady()
    counts[140:161] = 0
    [run] = holes(Filling(days(364), counts))
    assert span(run) == (on(140), on(160)) and (run.found, run.days) == (0, 21)
    assert run.usual == pytest.approx(3 * steady(7).sum())


def test_a_hole_that_lasts_to_the_end_is_a_run_to_the_end():
    counts = steady()
    counts[330:] = np.rint(0.1 * counts[330:])
    [run] = holes(Filling(days(364), counts))
    assert abs((run.first - on(330)).days) <= 2 and run.last == on(363)


def test_a_first_week_that_is_thin_is_a_run_from_the_start():
    counts = steady()
    counts[:14] = 0
    counts[0] = 1
    [run] = holes(Filling(days(364), counts))
    assert span(run) == (on(0), on(13))


def test_sundays_without_work_are_no_hole():
    counts = steady()
    counts[6::7] = 0
    assert holes(Filling(days(364), counts)) == ()


def test_half_the_usual_rows_for_two_weeks_are_a_holiday():
    counts = steady()
    counts[200:214] = np.rint(counts[200:214] / 2)
    assert holes(Filling(days(364), counts)) == ()


def test_a_silence_that_another_table_shares_is_a_holiday_until_it_is_too_long():
    for length, found in ((8, 0), (30, 1)):
        counts, orders = steady(), steady(level=80.0)
        counts[200 : 200 + length] = 0
        orders[200 : 200 + length] = 0
        assert len(holes(Filling(days(364), counts, beside=orders))) == found
        assert len(holes(Filling(days(364), counts, beside=steady(level=80.0)))) == 1


def test_a_silence_on_named_days_is_a_holiday():
    counts = steady()
    counts[200:205] = 0
    assert len(holes(Filling(days(364), counts))) == 1
    assert holes(Filling(days(364), counts, holidays=[on(i) for i in range(200, 205)])) == ()


def test_a_silence_as_in_the_year_before_is_a_holiday_and_a_longer_one_is_not():
    counts = steady(800)
    counts[300:308] = 0
    counts[300 + 355 : 308 + 355] = 0  # by the moon: ten days earlier
    assert [span(run) for run in holes(Filling(days(800), counts))] == [(on(300), on(307))]
    counts[300 + 355 : 330 + 355] = 0
    assert [run.days for run in holes(Filling(days(800), counts))] == [8, 30]


def test_growth_is_no_hole():
    counts = np.rint(5 * np.exp(np.arange(364) / 150) * WEEKDAYS[np.arange(364) % 7])
    assert holes(Filling(days(364), counts)) == () and surges(Filling(days(364), counts)) == ()


def test_months_without_a_row_are_a_hole_though_they_set_their_own_pace():
    counts = steady(728)
    counts[28:120] = 0
    [run] = holes(Filling(days(728), counts))
    assert span(run) == (on(28), on(119))


def test_an_import_is_a_surge_with_its_days():
    counts = steady()
    counts[200:221] *= 4
    [run] = surges(Filling(days(364), counts))
    assert span(run) == (on(200), on(220)) and run.found == counts[200:221].sum()
    assert holes(Filling(days(364), counts)) == ()


def test_a_surge_that_orders_share_is_a_sale():
    counts, orders = steady(), steady(level=80.0)
    counts[200:207] *= 3
    orders[195:202] *= 3
    assert surges(Filling(days(364), counts, beside=orders)) == ()
    assert len(surges(Filling(days(364), counts, beside=steady(level=80.0)))) == 1


def test_a_sales_day_is_no_import():
    counts = steady()
    counts[200] *= 3
    assert surges(Filling(days(364), counts)) == ()


def test_few_weeks_or_few_busy_days_have_no_pace():
    assert holes(Filling(days(50), steady(50))) == ()
    rare = np.zeros(364)
    rare[::10] = 100
    assert holes(Filling(days(364), rare)) == () and surges(Filling(days(364), rare)) == ()


@pytest.mark.parametrize(("level", "spread"), [(5.0, 0.15), (20.0, 0.25), (200.0, 0.35)])
def test_years_that_only_vary_raise_no_alarm(level, spread):
    found = [
        run
        for seed in range(30)
        for look in (holes, surges)
        for run in look(Filling(days(364), shaky(seed, level=level, spread=spread)))
    ]
    assert found == []


@pytest.mark.parametrize("level", [8.0, 50.0])
def test_three_weeks_are_found_in_years_that_vary(level):
    found = 0
    for seed in range(12):
        counts = shaky(seed, level=level)
        counts[150:171] = 0
        runs = holes(Filling(days(364), counts))
        if len(runs) == 1:  # quiet days beside the hole may join it
            found += (
                abs((runs[0].first - on(150)).days) <= 4 and abs((runs[0].last - on(170)).days) <= 4
            )
    assert found == 12
