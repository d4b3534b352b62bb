"""Gaps within strata: the formulas by other implementations, coverage in sparse strata, and what must be refused."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.formula.api as smf
from scipy import optimize, stats
from statsmodels.stats.proportion import confint_proportions_2indep

from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.process.adjusted_gap import adjusted_gap
from tests.bench import journey_gaps

N1, X1 = np.array([20, 40, 15, 3, 7]), np.array([10, 28, 6, 2, 5])
N0, X0 = np.array([60, 90, 30, 0, 12]), np.array([40, 70, 20, 0, 9])
BOTH = N0 > 0


def test_the_gap_is_that_of_a_regression_standardised_to_the_hit():
    """Shares of the contacts not hit, by stratum, predicted for those that were."""
    import pandas as pd

    rows = [
        (s, hit, y)
        for s in range(5)
        for hit, n, x in ((1, N1[s], X1[s]), (0, N0[s], X0[s]))
        for y in [1] * x + [0] * (n - x)
    ]
    table = pd.DataFrame(rows, columns=["s", "hit", "y"])
    table = table[table.s != 3]
    usual = smf.ols("y ~ C(s)", table[table.hit == 0]).fit()
    hit = table[table.hit == 1]
    found = adjusted_gap((N1, X1), (N0, X0))
    assert found.gap == pytest.approx((hit.y - usual.predict(hit)).mean())
    # Robust errors of the interacted regression are within a tenth of ours where strata are not sparse.
    hit_mean = pd.get_dummies(hit.s).mean()
    full = smf.ols("y ~ C(s) * hit", table).fit(cov_type="HC3")
    inner = full.t_test(np.array([0, 0, 0, 0, 1, *hit_mean.iloc[1:]])[None, :].astype(float))
    assert found.gap == pytest.approx(float(inner.effect[0]))
    assert found.se == pytest.approx(float(inner.sd[0, 0]), rel=0.1)


def test_one_stratum_has_the_raw_gap_and_newcombes_interval_beside_it():
    found = adjusted_gap(([50], [30]), ([80], [60]))
    assert found.gap == pytest.approx(found.raw) == pytest.approx(30 / 50 - 60 / 80)
    low, high = confint_proportions_2indep(30, 50, 60, 80, method="newcomb", compare="diff")
    assert (found.raw_low, found.raw_high) == pytest.approx((low, high))
    assert (found.hit, found.others, found.covered) == (50, 80, 1.0)
    assert (found.share_hit, found.share_others) == pytest.approx((0.6, 0.75))


def test_the_interval_holds_the_differences_that_are_not_rejected():
    """Each end found by search, with the variance written out by stratum at that difference."""
    found = adjusted_gap((N1, X1), (N0, X0), alpha=0.1)
    n1, x1, n0, x0 = (one[BOTH] for one in (N1, X1, N0, X0))
    p1, p0, weight = x1 / n1, x0 / n0, n1 / n1.sum()

    def away(gap: float) -> float:
        one = [
            (p1[s] * (1 - p0[s]) + p0[s] * (1 - p1[s]) + gap * (1 - 2 * p1[s])) / 2 / n1[s]
            + (p1[s] * (1 - p0[s]) + p0[s] * (1 - p1[s]) - gap * (1 - 2 * p0[s])) / 2 / n0[s]
            for s in range(4)
        ]
        variance = sum(w**2 * v for w, v in zip(weight, one, strict=True))
        return abs(found.gap - gap) / variance**0.5 - stats.norm.ppf(0.95)

    ends = [optimize.brentq(away, found.gap, found.gap + far) for far in (-0.5, 0.5)]
    assert (found.low, found.high) == pytest.approx(ends)
    assert found.covered == pytest.approx(82 / 85)


def test_p_agrees_with_the_interval():
    for alpha in (0.01, 0.05, 0.2, 0.5, 0.9):
        found = adjusted_gap((N1, X1), (N0, X0), alpha=alpha)
        assert (found.pvalue < alpha) == (not found.low <= 0 <= found.high)


@pytest.mark.parametrize("setting", journey_gaps.SETTINGS[:4])
def test_coverage_in_200_strata_of_few_answers(setting):
    """500 tables: 93 to 97 %, and three standard errors of the simulation."""
    covered, alarms = journey_gaps.measured(setting, 500, seed=3)[:2]
    assert 0.93 - 0.029 <= covered <= 0.97 + 0.023
    if setting.gap == 0:
        assert alarms <= 0.05 + 0.03


def test_a_decoy_that_comes_with_long_duration_goes_away_within_it():
    """Hit contacts are the slow ones, and slow ones are less satisfied whether hit or not."""
    found = adjusted_gap(([20, 400], [18, 200]), ([1000, 100], [900, 50]))
    assert found.raw_high < -0.2 and found.gap == pytest.approx(0.0) and found.pvalue == 1.0


def test_what_is_refused():
    with pytest.raises(CannotEstimate, match="Only 4 answers of those hit and 900 of the others"):
        adjusted_gap(([4, 50], [3, 20]), ([900, 0], [800, 0]))
    with pytest.raises(CannotEstimate, match="alike"):
        adjusted_gap(([40], [40]), ([90], [90]))
    with pytest.raises(ValueError):
        adjusted_gap(([4], [5]), ([900], [800]))
    with pytest.raises(ValueError):
        adjusted_gap(([4], [4]), ([900, 1], [800, 1]))
