"""Bounds under drifts, on blocks of weeks."""

import numpy as np
import pytest

from cs_lib.aggregates import TeamPanel
from cs_lib.methods.did.drift import drift_bounds, in_blocks, relative_bounds
from cs_lib.methods.errors import CannotEstimate

WEEKS = np.datetime64("2024-01-01") + 7 * np.arange(40)


def panel(first, *, periods=30, effect=0.0, drift=0.0, seed=1):
    rng = np.random.default_rng(seed)
    first = np.asarray(first)
    time = np.arange(periods)
    value = 20 + rng.normal(size=(len(first), 1)) + rng.normal(size=(len(first), periods))
    value += effect * (time >= first[:, None]) + drift * time * (first < periods)[:, None]
    start = np.where(first < periods, WEEKS[np.minimum(first, periods)], np.datetime64("NaT"))
    names = np.array([f"team {i}" for i in range(len(first))])
    return TeamPanel("minutes", names, WEEKS[:periods], value, np.ones_like(value), start)


@pytest.mark.parametrize(
    ("dates", "size"),
    [
        ([18, 18, 18, 99, 99, 99], 4),
        ([10, 10, 10, 99, 99, 99], 3),  # four weeks would leave two blocks before
        ([18, 18, 22, 22, 99, 99, 99], 4),
        ([18, 18, 21, 21, 99, 99, 99], 3),
        ([18, 18, 23, 23, 99, 99, 99], 1),
        ([18, 18, 28, 28, 99, 99, 99], 2),
    ],
)
def test_blocks_are_as_long_as_the_dates_allow(dates, size):
    assert drift_bounds(panel(dates)).block == size


def test_blocks_are_means_counted_from_the_change():
    given = panel([18, 18, 22, 99, 99], periods=30)
    found = in_blocks(given, 4)
    assert found.periods[0] == WEEKS[2] and len(found.periods) == 7
    assert found.value[1, 4] == pytest.approx(given.value[1, 18:22].mean())
    assert np.all(found.weight == 4) and np.array_equal(found.start, given.start, equal_nan=True)


def test_bounds_are_those_of_the_blocks():
    given = panel([16] * 5 + [99] * 5, effect=3.0)
    found = drift_bounds(given)
    by_hand = relative_bounds(in_blocks(given, 4), magnitudes=(1.0,))
    assert found.as_before == pytest.approx((by_hand.low[0], by_hand.high[0]))
    assert found.bounds.breakdown == pytest.approx(by_hand.breakdown)


def test_a_drift_that_goes_on_as_before_is_within_its_bounds():
    inside = []
    for seed in range(60):
        found = drift_bounds(panel([16] * 6 + [99] * 6, effect=1.0, drift=0.1, seed=seed))
        low, high = found.as_before
        inside.append(low <= 1.0 <= high)
    assert np.mean(inside) >= 0.95


def test_a_large_effect_survives_drifts_larger_than_those_before():
    found = drift_bounds(panel([16] * 10 + [99] * 10, effect=30.0))
    assert found.bounds.breakdown > 1 and found.as_before[0] > 0


@pytest.mark.parametrize("first", [2, 99])
def test_too_few_weeks_before_or_no_change_is_refused(first):
    with pytest.raises(CannotEstimate):
        drift_bounds(panel([first] * 3 + [99] * 3))
