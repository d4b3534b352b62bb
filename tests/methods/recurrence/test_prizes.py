"""Two prizes: by hand, and against customers drawn again."""

from __future__ import annotations

import numpy as np
import pytest

from cs_lib.methods.recurrence.prizes import Effort, prizes


def effort(first, repeat):
    """Seconds by customer."""
    return Effort(
        first.sum(), repeat.sum(), (first**2).sum(), (repeat**2).sum(), (first * repeat).sum()
    )


def test_by_hand():
    found = prizes(Effort(3_600, 1_200, 0, 0, 0), (0.5, 0), days=73, minute_price=2.0)
    assert found.for_good.minutes == 50 == found.for_good.low and found.for_good.price == 100
    assert (found.cause.minutes, found.cause.price_high) == (400, 800)


def test_without_a_price_there_are_minutes_alone():
    found = prizes(Effort(60, 0, 3_600, 0, 0), None, days=365)
    assert found.cause.minutes == 1 and found.cause.price is None
    assert found.for_good is not None and found.for_good.price is None


def test_a_need_without_repeats_has_nothing_to_win_for_good():
    found = prizes(Effort(6_000, 0, 100, 0, 0), (float("nan"), float("nan")), days=365)
    assert (found.for_good.minutes, found.for_good.low, found.for_good.high) == (0, 0, 0)


def test_where_chance_is_not_known_there_is_no_prize_for_good():
    found = prizes(Effort(6_000, 600, 100, 0, 0), None, days=365)
    assert found.for_good is None and found.cause.minutes == 110


def test_the_errors_are_those_of_customers_drawn_again():
    rng = np.random.default_rng(1)
    first = rng.poisson(0.5, 4_000) * 400.0
    repeat = first * (rng.random(4_000) < 0.3)
    found = prizes(effort(first, repeat), (0.8, 0.05), days=365)
    weights = rng.poisson(1, (3_000, 4_000))
    again = weights @ repeat * rng.normal(0.8, 0.05, 3_000) / 60
    whole = weights @ (first + repeat) / 60
    for one, drawn in ((found.for_good, again), (found.cause, whole)):
        assert (one.high - one.minutes) / 1.959964 == pytest.approx(drawn.std(), rel=0.05)
        assert one.minutes == pytest.approx(drawn.mean(), rel=0.01)


def test_a_share_beyond_chance_below_nothing_wins_nothing():
    found = prizes(Effort(600, 600, 0, 3_600, 0), (-0.2, 0.3), days=365)
    assert found.for_good.minutes == 0 and found.for_good.high > 0
