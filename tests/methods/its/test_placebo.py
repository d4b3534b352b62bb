from datetime import date

import numpy as np
import pytest

from cs_lib.aggregates import Series
from cs_lib.methods.its.level_change import level_change
from cs_lib.methods.its.placebo import placebo_dates


def make(n: int, change_at: int, size: float) -> Series:
    values = 20 + np.random.default_rng(1).normal(size=n) + size * (np.arange(n) >= change_at)
    return Series("wait", np.datetime64("2024-01-01") + np.arange(n), values, np.ones(n))


def test_placebo_stays_quiet_on_a_quiet_past_and_never_reads_the_change():
    placebo = placebo_dates(make(250, 150, 50.0), intervention_date=date(2024, 5, 30))
    assert placebo.n_dates == 14
    assert placebo.share <= 0.15
    assert np.abs(placebo.effects).max() < 5


def test_placebo_finds_an_earlier_disturbance():
    placebo = placebo_dates(make(250, 75, 4.0), intervention_date=date(2024, 5, 30))
    assert placebo.n_alarms >= 1
    assert placebo.share == placebo.n_alarms / placebo.n_dates


def test_placebo_repeats_level_change_on_the_pre_period():
    series = make(150, 150, 0.0)
    placebo = placebo_dates(series, intervention_date="2024-05-30")
    again = level_change(series, intervention_date=str(placebo.dates[3])).effect
    assert placebo.effects[3] == pytest.approx(again.effect)
    assert placebo.lows[3] == pytest.approx(again.effect_ci_low)


def test_placebo_dates_keep_28_days_a_side():
    placebo = placebo_dates(make(150, 150, 0.0), intervention_date="2024-05-30")
    assert placebo.dates[0] >= np.datetime64("2024-01-29")
    assert placebo.dates[-1] + 28 == np.datetime64("2024-05-30")


def test_placebo_comes_down_to_14_days_a_side_in_a_short_past():
    placebo = placebo_dates(make(90, 60, 0.0), intervention_date="2024-03-01")
    assert placebo.n_dates == 5
    assert placebo.dates[-1] + 14 == np.datetime64("2024-03-01")


def test_placebo_is_none_when_the_past_is_too_short():
    assert placebo_dates(make(90, 30, 0.0), intervention_date="2024-01-31") is None
