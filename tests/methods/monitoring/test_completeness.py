"""The coverage check refuses extracts that were cut."""

from datetime import date, timedelta

import numpy as np

from cs_lib.aggregates import Series
from cs_lib.methods.monitoring.completeness import coverage

PRE = (date(2026, 1, 1), date(2026, 3, 4))
POST = (date(2026, 3, 5), date(2026, 5, 6))


def volume(change=lambda day: 1.0):
    days = np.arange(np.datetime64(PRE[0]), np.datetime64(POST[1]) + 1)
    counts = np.array([round(20 * change(d.item())) for d in days], dtype=float)
    return Series("volume", days, counts, np.ones(len(days)))


def found(change=lambda day: 1.0):
    return coverage(volume(change), pre=PRE, post=POST)


def test_steady_volume_is_whole():
    c = found()
    assert (c.cut_off, c.collapsed, c.moved, c.before, c.after) == (False, False, False, 140, 140)


def test_an_extract_that_ends_early_is_cut_off_and_names_the_week():
    c = found(lambda day: 0.02 if day > POST[1] - timedelta(days=9) else 1.0)
    assert c.cut_off
    assert POST[1] - timedelta(days=20) < c.weakest_week <= POST[1]


def test_every_edge_week_that_looks_cut_is_named_in_order():
    c = found(lambda day: 0.1 if day > POST[1] - timedelta(days=14) else 1.0)
    assert c.thin_weeks == (POST[1] - timedelta(days=13), POST[1] - timedelta(days=6))
    assert found().thin_weeks == ()


def test_an_extract_that_ends_four_days_early_is_cut_off_though_its_last_week_is_half_full():
    c = found(lambda day: 0.0 if day > POST[1] - timedelta(days=4) else 1.0)
    assert c.silent == (POST[1] - timedelta(days=3), POST[1])
    assert c.cut_off


def test_an_extract_that_starts_thin_is_cut_off():
    assert found(lambda day: 0.1 if day < PRE[0] + timedelta(days=7) else 1.0).cut_off


def test_a_volume_that_falls_to_a_fifth_has_collapsed():
    c = found(lambda day: 0.2 if day >= POST[0] else 1.0)
    assert (c.collapsed, c.cut_off) == (True, False)


def test_a_volume_that_falls_by_a_third_is_a_change_one_may_study():
    c = found(lambda day: 0.66 if day >= POST[0] else 1.0)
    assert (c.collapsed, c.moved) == (False, False)


def test_a_volume_that_triples_has_changed_its_population():
    assert found(lambda day: 3.2 if day >= POST[0] else 1.0).collapsed


def test_weekends_without_contacts_are_no_gap():
    assert not found(lambda day: 0.0 if day.weekday() >= 5 else 1.0).cut_off


def test_short_periods_have_no_edges_to_judge():
    short = (date(2026, 1, 1), date(2026, 1, 10)), (date(2026, 1, 11), date(2026, 1, 20))
    days = np.arange(np.datetime64("2026-01-01"), np.datetime64("2026-01-21"))
    c = coverage(Series("volume", days, np.ones(20), np.ones(20)), pre=short[0], post=short[1])
    assert (c.cut_off, c.weakest_week) == (False, None)
