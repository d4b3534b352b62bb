"""The check that a metric was recorded in one way: jumps by day, and codes that come and go."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from cs_lib.aggregates import Series
from cs_lib.experiment.before_after.recording import (
    LEAST_DAYS_COMPARED,
    MIN_JUMP_OF_SHARE,
    MOST_DAYS_COMPARED,
    codes_turned,
    largest_jump,
)
from cs_lib.metrics.queries.recorded import Code, Recorded

START = date(2026, 1, 1)
DAYS = np.datetime64(START) + np.arange(120)


def shares(above, below):
    return Series("share", DAYS, np.asarray(above, float), np.asarray(below, float))


def binomial(share, *, per_day=20, seed=1):
    count = np.random.default_rng(seed).poisson(per_day, 120)
    hit = np.random.default_rng(seed + 1).binomial(count, share)
    return shares(hit, count)


@pytest.mark.parametrize(("before", "after"), [(0.05, 0.30), (0.30, 0.05), (0.0, 1.0)])
@pytest.mark.parametrize("at", [20, 60, 100])
def test_a_jump_is_found_within_days_of_where_it_is(before, after, at):
    found = largest_jump(binomial(np.where(np.arange(120) < at, before, after), per_day=60))
    assert abs((found.day - START).days - at) <= 3
    assert (found.before, found.after) == (
        pytest.approx(before, abs=0.05),
        pytest.approx(after, abs=0.05),
    )


def test_the_jump_is_the_one_that_a_search_over_every_date_finds():
    series = binomial(np.where(np.arange(120) < 70, 0.2, 0.45), seed=5)
    above, below = series.numerator, series.denominator
    sizes = {}
    for at in range(LEAST_DAYS_COMPARED, 120 - LEAST_DAYS_COMPARED + 1):
        sides = (
            slice(max(at - MOST_DAYS_COMPARED, 0), at),
            slice(at, min(at + MOST_DAYS_COMPARED, 120)),
        )
        a, b = (above[s].sum() / below[s].sum() for s in sides)
        pooled = sum(above[s].sum() for s in sides) / sum(below[s].sum() for s in sides)
        se = np.sqrt(pooled * (1 - pooled) * sum(1 / below[s].sum() for s in sides))
        sizes[at] = abs(a - b) / se if abs(a - b) >= MIN_JUMP_OF_SHARE else 0.0
    best = max(sizes, key=sizes.get)
    assert (largest_jump(series).day - START).days == best


def test_a_drift_a_weekly_pattern_and_an_empty_series_are_no_jump():
    days = np.arange(120)
    assert largest_jump(binomial(0.05 + 0.25 * days / 120, per_day=200)) is None
    assert largest_jump(binomial(0.1 + 0.4 * (days % 7 >= 5), per_day=200)) is None
    assert largest_jump(shares(np.zeros(120), np.zeros(120))) is None
    short = Series("share", DAYS[:20], np.zeros(20), np.ones(20))
    assert largest_jump(short) is None


def test_shares_that_go_up_and_down_by_chance_and_by_day_seldom_look_like_a_jump():
    alarms = 0
    for seed in range(300):
        rng = np.random.default_rng([9, seed])
        by_day = np.clip(0.3 + 0.08 * rng.normal(size=120), 0, 1)
        alarms += largest_jump(binomial(by_day, seed=seed)) is not None
    assert alarms <= 3


def coded(*codes, per_day=20.0):
    total = shares(np.full(120, per_day), np.ones(120))
    made = [
        Code(name, n, START + timedelta(days=a), START + timedelta(days=b))
        for name, n, a, b in codes
    ]
    return Recorded((), tuple(made), total)


def test_a_code_that_takes_over_from_another_is_told_with_both_days():
    told = codes_turned(
        coded(("late", 500, 0, 59), ("delivery_late", 500, 60, 119), ("lost", 1400, 0, 119))
    )
    assert "delivery_late first appears on 2 March 2026 and late is last seen on 1 March" in str(
        told
    )
    assert "42\u202f% of contacts" in str(told)


@pytest.mark.parametrize(
    "codes",
    [
        (("late", 1200, 0, 119), ("lost", 1200, 0, 119)),
        (("late", 2390, 0, 119), ("rare", 10, 60, 119)),  # too few to matter
        (("late", 2390, 0, 119), ("rare", 2, 90, 91)),  # and too few to tell
        (("late", 1200, 0, 119), ("lost", 1200, 5, 115)),  # a few days at the edges
        (),
    ],
)
def test_codes_that_live_on_or_hold_little_are_no_doubt(codes):
    assert codes_turned(coded(*codes)) == ""


def test_days_without_any_contact_are_no_absence_of_a_code():
    total = np.where(np.arange(120) < 80, 20.0, 0.0)  # later ones lack their follow-up
    found = Recorded(
        (), (Code("late", 1600, START, START + timedelta(days=79)),), shares(total, np.ones(120))
    )
    assert codes_turned(found) == ""
