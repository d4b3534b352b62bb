"""Steps of a share: the day they were made on, and none in shares that only vary."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from cs_lib.methods.monitoring.share_steps import share_steps

FIRST = date(2025, 1, 1)


def days(count):
    return np.arange(np.datetime64(FIRST), np.datetime64(FIRST) + count)


def test_a_column_that_stops_is_one_step_on_its_day():
    above, below = np.full(200, 10.0), np.full(200, 10.0)
    above[120:] = 0
    [step] = share_steps(days(200), above, below)
    assert (step.day, step.before, step.after) == (FIRST + timedelta(days=120), 1.0, 0.0)


def test_off_and_on_again_are_two_steps_in_order():
    above, below = np.full(300, 9.0), np.full(300, 10.0)
    above[100:200] = 2
    steps = share_steps(days(300), above, below)
    assert [(s.day - FIRST).days for s in steps] == [100, 200]
    assert [(s.before, s.after) for s in steps] == [
        pytest.approx((0.9, 0.2)),
        pytest.approx((0.2, 0.9)),
    ]


def test_days_without_rows_say_nothing():
    above, below = np.full(200, 10.0), np.full(200, 10.0)
    above[120:] = 0
    for i in range(0, 200, 7):
        above[i] = below[i] = 0
    [step] = share_steps(days(200), above, below)
    assert abs((step.day - FIRST).days - 120) <= 1


def test_a_small_step_and_a_slow_drift_are_none():
    below = np.full(300, 1000.0)
    small = np.where(np.arange(300) < 150, 900.0, 850.0)
    assert share_steps(days(300), small, below) == ()
    drift = np.rint(np.linspace(900, 700, 300))
    assert share_steps(days(300), drift, below) == ()


def test_too_few_rows_or_days_are_no_step():
    above, below = np.full(200, 1.0), np.full(200, 1.0)
    above[190:] = 0
    assert share_steps(days(200), above, below) == ()
    assert share_steps(days(20), above[:20], below[:20]) == ()


@pytest.mark.parametrize(
    ("share", "rows", "spread"), [(0.3, 7, 0.0), (0.95, 50, 0.1), (0.5, 300, 0.15)]
)
def test_shares_that_only_vary_have_no_step(share, rows, spread):
    """Weeks whose share moves by itself: logits with a spread of their own, 60 years of each."""
    found = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        logit = np.log(share / (1 - share)) + np.repeat(rng.normal(0, spread, 53), 7)[:364]
        below = rng.poisson(rows, 364)
        above = rng.binomial(below, 1 / (1 + np.exp(-logit)))
        found += bool(share_steps(days(364), above.astype(float), below.astype(float)))
    assert found == 0


def test_a_step_of_thirty_points_is_found_on_few_rows():
    found = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        below = rng.poisson(10, 364)
        above = rng.binomial(below, np.where(np.arange(364) < 180, 0.95, 0.65))
        steps = share_steps(days(364), above.astype(float), below.astype(float))
        found += len(steps) == 1 and abs((steps[0].day - FIRST).days - 180) <= 7
    assert found >= 95
