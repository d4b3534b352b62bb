"""The grid of spreads: its own interval, and ends of mixtures, against plain sums and another root finder."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, optimize, stats

from cs_lib.methods.meta_analysis.spread_grid import POINTS, SpreadGrid

# Rubin 1981: coaching in eight schools.
SCHOOLS = np.array([28.0, 8, -3, 7, -1, 1, 18, 12]), np.array([15.0, 10, 16, 11, 9, 11, 10, 18])


def grid(effect, se, alpha=0.05):
    return SpreadGrid.of(
        effect, se, alpha=alpha, mean_prior="sceptical", spread_prior="half_normal"
    )


def test_the_interval_of_the_spread_agrees_with_quadrature():
    effect, se = SCHOOLS
    found = grid(effect, se).spread()
    taus = np.linspace(0, 20 * np.median(se), 20001)
    wide = taus**2 + (0.75 * np.median(se)) ** 2
    weight = 1 / (se[:, None] ** 2 + taus**2)
    precision = weight.sum(axis=0) + 1 / wide
    centre = (weight * effect[:, None]).sum(axis=0) / precision
    apart = (weight * effect[:, None] ** 2).sum(axis=0) - centre**2 * precision
    log = (np.log(weight).sum(axis=0) - np.log(precision * wide) - apart) / 2
    density = np.exp(log - log.max() - taus**2 / (8 * np.median(se) ** 2))
    below = integrate.cumulative_trapezoid(density, taus, initial=0)
    ends = np.interp([0.025, 0.975], below / below[-1], taus)
    assert (found.low, found.high) == pytest.approx(tuple(ends), rel=1e-4)


@pytest.mark.parametrize("alpha", [0.05, 0.2, 1e-6])
def test_ends_of_mixtures_are_those_of_another_root_finder(alpha):
    found = grid(*SCHOOLS, alpha=alpha)
    assert len(found.tau) == POINTS and found.weight.sum() == pytest.approx(1)

    def below(x):
        return (found.weight * stats.norm.cdf(x, found.centre, found.variance**0.5)).sum()

    mean = found.mean()
    for end, want in ((mean.low, alpha / 2), (mean.high, 1 - alpha / 2)):
        root = optimize.brentq(lambda x, want=want: below(x) - want, -500, 500, xtol=1e-12)
        assert end == pytest.approx(root, abs=1e-7)


def test_a_sum_with_weights_that_cancel_knows_no_mean():
    found = grid(np.array([2.0, 2.0, 2.0, 2.0, 2.0, 2.0]), np.ones(6))
    apart = found.sum(np.array([1.0, -1.0, 0, 0, 0, 0]))
    assert apart.mean == pytest.approx(0, abs=1e-12) and apart.low == pytest.approx(-apart.high)
