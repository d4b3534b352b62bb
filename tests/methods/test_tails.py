"""Tails and quantiles against scipy's distributions, which are too slow to import for a page."""

import numpy as np
import pytest
from scipy import stats

from cs_lib.methods.tails import chi2_tail, normal_quantile, t_quantile, t_two_sided


@pytest.mark.parametrize("df", [1.0, 3.7, 29.0, np.inf])
def test_two_sided_t_tails_match_scipy(df):
    t = np.array([-3.2, 0.0, 0.4, 12.0])
    expected = 2 * (stats.norm.sf(abs(t)) if np.isinf(df) else stats.t.sf(abs(t), df))
    assert t_two_sided(t, df) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("p", [0.0005, 0.025, 0.5, 0.975])
def test_quantiles_match_scipy(p):
    assert t_quantile(p, 4.5) == pytest.approx(stats.t.ppf(p, 4.5), rel=1e-10, abs=1e-12)
    assert t_quantile(p, np.inf) == normal_quantile(p) == pytest.approx(stats.norm.ppf(p))


def test_chi_square_tails_match_scipy():
    assert chi2_tail([0.1, 3.84, 60.0], 2) == pytest.approx(stats.chi2.sf([0.1, 3.84, 60.0], 2))
