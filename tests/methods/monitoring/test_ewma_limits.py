"""The table of limits against diagnosis of known cells, a second simulation and its own order."""

from __future__ import annotations

import numpy as np
import pytest

from cs_lib.methods.monitoring.ewma_limits import (
    CORRELATIONS,
    LIMITS,
    PROBABILITIES,
    WEEKS,
    ewma_limit,
    usable,
)

# Limits for 5 % a year found by an earlier, independent simulation.
KNOWN = {
    26: (3.94, 4.59, 5.63, 7.17),
    39: (3.70, 4.32, 5.20, 6.52),
    52: (3.57, 4.18, 5.00, 6.15),
}


@pytest.mark.parametrize("weeks", KNOWN)
def test_limits_agree_with_an_earlier_simulation(weeks):
    ours = [ewma_limit(0.05, weeks, rho) for rho in (0.0, 0.2, 0.4, 0.6)]
    assert ours == pytest.approx(KNOWN[weeks], rel=0.02)


@pytest.mark.parametrize(
    ("weeks", "rho", "probability"),
    [(30, 0.0, 0.05), (45, 0.35, 0.2), (64, 0.55, 0.03), (130, 0.15, 0.1)],
)
def test_a_second_simulation_leaves_interpolated_limits_as_often_as_stated(weeks, rho, probability):
    """Series one after the other by their own recursion, 4,000 a cell."""
    rng, runs = np.random.default_rng(weeks), 4_000
    e = rng.normal(size=(runs, weeks + 52))
    x = e.copy()
    for t in range(1, weeks + 52):
        x[:, t] = rho * x[:, t - 1] + (1 - rho**2) ** 0.5 * e[:, t]
    base, later = x[:, :weeks], x[:, weeks:]
    z = (later - base.mean(1, keepdims=True)) / base.std(1, ddof=1, keepdims=True)
    age = np.arange(52)
    weight = np.where(age[:, None] >= age, 0.2 * 0.8 ** (age[:, None] - age), 0.0)
    strayed = np.abs(z @ weight.T).max(axis=1) * 3 > ewma_limit(probability, weeks, rho)
    error = (probability * (1 - probability) / runs) ** 0.5
    assert strayed.mean() == pytest.approx(probability, abs=3 * error + 0.05 * probability)


def test_limits_widen_with_rarity_and_correlation_and_narrow_with_weeks():
    table = np.array(LIMITS)
    assert table.shape == (len(WEEKS), len(CORRELATIONS), len(PROBABILITIES))
    assert (np.diff(table, axis=0) < 0).all()
    assert (np.diff(table, axis=1) > 0).all()
    assert (np.diff(table, axis=2) > 0).all()


def test_entries_are_met_and_between_them_limits_lie_between():
    assert ewma_limit(0.02, 39, 0.3) == pytest.approx(LIMITS[2][3][4], rel=1e-12)
    between = ewma_limit(0.02, 45, 0.35)
    assert LIMITS[3][3][4] < between < LIMITS[2][4][4]


def test_beyond_its_ends_the_table_stays():
    assert ewma_limit(0.0001, 39, 0.3) == ewma_limit(0.002, 39, 0.3)
    assert ewma_limit(0.9, 39, 0.3) == ewma_limit(0.3, 39, 0.3)
    assert ewma_limit(0.05, 500, 0.3) == ewma_limit(0.05, 156, 0.3)
    assert ewma_limit(0.05, 39, 0.99) == ewma_limit(0.05, 39, 0.9)
    assert [usable(p) for p in (0.0001, 0.05, 0.9)] == [0.002, 0.05, 0.3]
