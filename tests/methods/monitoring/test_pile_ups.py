"""Timers among times: named by their length, and none in work that only has rush hours."""

from __future__ import annotations

import numpy as np
import pytest

from cs_lib.methods.monitoring.pile_ups import pile_ups

A_DAY = 240


def piles(days, total=None):
    """Pile-ups of times in days."""
    bins, counts = np.unique((np.asarray(days) * A_DAY).astype(np.int64), return_counts=True)
    return pile_ups(bins, counts, total or len(days), bins_a_day=A_DAY)


def work(rng, count=2000, median=0.5, sigma=1.1):
    return rng.lognormal(np.log(median), sigma, count)


def test_a_timer_of_seven_days_is_named_with_its_rows():
    times = np.concatenate([np.full(300, 7.0), np.linspace(0.1, 20, 700)])
    [pile] = piles(times)
    assert pile.days == 7.0 and 300 <= pile.count <= 308 and pile.share == pile.count / 1000


def test_a_timer_that_runs_in_turns_keeps_its_hour():
    rng = np.random.default_rng(1)
    [pile] = piles(np.concatenate([15 + rng.uniform(0, 0.01, 400), work(rng, 600, 20.0)]))
    assert pile.days == 15.0 and pile.count >= 400


def test_two_timers_are_two_piles_the_fullest_first():
    rng = np.random.default_rng(2)
    found = piles(np.concatenate([np.full(200, 15.0), np.full(300, 30.0), work(rng, 500, 20.0)]))
    assert [pile.days for pile in found] == [30.0, 15.0]


def test_few_times_on_one_length_are_none():
    rng = np.random.default_rng(3)
    assert piles(np.concatenate([np.full(40, 7.0), work(rng, 2000)])) == ()
    assert piles(np.full(19, 7.0)) == ()


def test_short_times_pile_up_by_themselves():
    assert piles(np.full(1000, 0.01)) == ()


@pytest.mark.parametrize("median", [0.2, 0.5, 3.0])
def test_work_with_shifts_has_no_timer(median):
    """Work that ends in the day's busy hours, 40 desks."""
    found = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        opened = rng.uniform(0, 1, 3000)
        ended = opened + work(rng, 3000, median)
        hour = ended % 1
        kept = rng.uniform(0, 1, 3000) < np.where((hour > 0.35) & (hour < 0.75), 1.0, 0.3)
        found += piles((ended - opened)[kept])
    assert found == []
