"""A period against the one before: by hand, against other implementations and on simulated weeks."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.its.ar1 import fit_ar1
from cs_lib.methods.monitoring.period_change import period_change
from tests.bench.watch import KINDS, covered


def weekly(weeks=52, *, level=0.1, cases=500, sd=0.2, seed=1):
    """Counts and cases of weeks whose rate varies by `sd` on the logarithmic scale."""
    rng = np.random.default_rng(seed)
    below = rng.poisson(cases, weeks).astype(float)
    above = rng.poisson(level * below * np.exp(rng.normal(0, sd, weeks))).astype(float)
    return above, below


def test_values_are_ratios_of_sums_of_the_last_weeks_and_of_those_before():
    above, below = weekly()
    found = period_change(above, below, 4, what="rate")
    assert found.recent.value == above[-4:].sum() / below[-4:].sum()
    assert found.before.value == above[-8:-4].sum() / below[-8:-4].sum()
    assert found.change == found.recent.value - found.before.value
    assert found.low < found.change < found.high
    assert found.recent.low < found.recent.value < found.recent.high
    assert (found.recent.n_weeks, found.before.n_weeks, found.n_weeks) == (4, 4, 52)


def test_a_rate_per_thousand_is_the_rate_times_thousand():
    above, below = weekly()
    plain = period_change(above, below, 4, what="rate")
    scaled = period_change(above * 1000, below, 4, what="rate", per=1000)
    for name in ("change", "low", "high"):
        assert getattr(scaled, name) == pytest.approx(1000 * getattr(plain, name), rel=1e-9)
    assert scaled.dispersion == pytest.approx(plain.dispersion, rel=1e-9)


def test_means_have_the_error_of_the_fitted_regression():
    """Equal cases every week: the ratio of sums is the plain mean, with the same fit as `fit_ar1` on three levels."""
    rng = np.random.default_rng(3)
    value, cases = rng.normal(50, 3, 60), np.full(60, 200.0)
    found = period_change(value * cases, cases, 4, what="mean")
    design = np.zeros((60, 3))
    design[:52, 0] = design[52:56, 1] = design[56:, 2] = 1
    fit = fit_ar1(value, design, np.arange(60), bounds=(0.0, 0.98))
    gap = np.abs(np.subtract.outer(np.arange(4), np.arange(4)))
    se = np.sqrt(fit.sigma2 * (fit.rho**gap).sum()) / 4
    assert found.correlation == pytest.approx(fit.rho, abs=1e-6)
    half = np.log(found.recent.high / found.recent.value) * found.recent.value
    assert 20 < found.df <= 57
    assert half == pytest.approx(se * stats.t.ppf(0.975, found.df), rel=1e-6)


def test_shares_without_extra_variation_have_wilsons_interval():
    """Alternating counts vary less than a binomial: the dispersion is 1, and only t stands for z."""
    below = np.full(200, 100.0)
    above = np.where(np.arange(200) % 2, 31.0, 29.0)
    found = period_change(above, below, 4, what="share")
    alpha = 2 * stats.norm.sf(stats.t.ppf(0.975, found.df))
    low, high = proportion_confint(120, 400, alpha=alpha, method="wilson")
    assert found.dispersion == 1 and found.correlation == 0
    assert (found.recent.low, found.recent.high) == pytest.approx((low, high), rel=1e-9)


def test_more_variation_between_weeks_makes_a_wider_interval():
    calm = period_change(*weekly(sd=0.0), 4, what="rate")
    wild = period_change(*weekly(sd=0.5), 4, what="rate")
    assert wild.dispersion > 5 * calm.dispersion
    assert wild.recent.high - wild.recent.low > 2 * (calm.recent.high - calm.recent.low)


def test_a_change_does_not_widen_its_own_interval():
    above, below = weekly(sd=0.05)
    moved = above.copy()
    moved[-4:] *= 2
    still, found = (period_change(a, below, 4, what="rate") for a in (above, moved))
    assert found.low > 0.05
    assert found.correlation == pytest.approx(still.correlation, abs=0.1)


def test_no_event_at_all_has_an_interval_from_zero():
    found = period_change(np.zeros(30), np.full(30, 50.0), 4, what="rate")
    assert (found.recent.value, found.recent.low) == (0, 0)
    assert 3 / 200 < found.recent.high < 5.5 / 200  # the exact Poisson bound is 3.7 / 200
    assert found.low < 0 < found.high


def test_shares_of_all_end_at_all():
    found = period_change(np.full(30, 50.0), np.full(30, 50.0), 4, what="share")
    assert (found.recent.value, found.recent.high) == (1, 1) and 0.95 < found.recent.low < 1


def test_no_event_in_the_last_weeks_is_no_certainty():
    above, below = weekly(level=0.01, cases=100)
    above[-4:] = 0
    found = period_change(above, below, 4, what="rate")
    assert found.recent.low == 0 < found.recent.high
    assert found.low < found.change < found.high


@pytest.mark.parametrize("what", ["mean", "share", "rate"])
def test_periods_of_one_week_have_intervals(what):
    found = period_change(*weekly(), 1, what=what)
    assert found.recent.low < found.recent.value < found.recent.high
    assert found.low < found.change < found.high


def test_without_whole_weeks_before_there_is_no_change():
    found = period_change(*weekly(20), 13, what="rate")
    assert found.before is None and np.isnan([found.change, found.low, found.high]).all()
    assert found.recent.low < found.recent.high


def test_few_weeks_have_values_and_a_reason_in_place_of_intervals():
    found = period_change(*weekly(11), 4, what="rate")
    assert found.change == found.recent.value - found.before.value
    assert np.isnan([found.low, found.high, found.recent.low, found.before.high]).all()
    assert str(found.reason).startswith("Only 11 weeks have a value")


def test_means_that_never_vary_have_no_interval():
    found = period_change(np.full(30, 50.0), np.full(30, 10.0), 4, what="mean")
    assert found.change == 0 and np.isnan(found.low) and str(found.reason) == "All weeks are alike."


def test_weeks_without_cases_are_left_out_and_counted():
    above, below = weekly()
    above[[20, 50]], below[[20, 50]] = 0, 0
    found = period_change(above, below, 4, what="rate")
    assert (found.recent.n_weeks, found.n_weeks) == (3, 50)
    assert np.isfinite([found.low, found.high]).all()


def test_no_case_in_the_last_weeks_is_said():
    above, below = weekly()
    above[-4:], below[-4:] = 0, 0
    with pytest.raises(CannotEstimate, match="No case lies in the last weeks"):
        period_change(above, below, 4, what="rate")


def test_no_case_in_the_weeks_before_leaves_the_value():
    above, below = weekly()
    above[-8:-4], below[-8:-4] = 0, 0
    found = period_change(above, below, 4, what="rate")
    assert found.before is None and np.isnan(found.change) and found.recent.low > 0


def test_a_period_of_no_week_is_refused():
    with pytest.raises(ValueError, match="at least one week"):
        period_change(*weekly(), 0, what="rate")


@pytest.mark.parametrize(
    ("kind", "rho"), [(KINDS[0], 0.0), (KINDS[1], 0.4), (KINDS[3], 0.2), (KINDS[5], 0.4)]
)
def test_intervals_hold_the_level_and_no_change(kind, rho):
    """80 series of 52 weeks; docs/bench/watch.md has the whole table."""
    level, change = covered(kind, 52, 4, rho, 80)
    assert min(level, change) >= 0.95 - 3 * (0.95 * 0.05 / 80) ** 0.5


def test_a_doubled_rate_is_told_from_none():
    kind, rng = KINDS[0], np.random.default_rng(2)
    found = []
    for _ in range(40):
        above, below = kind.draw(rng, 52, 0.2)
        above[-4:] *= 2
        found.append(period_change(above, below, 4, what="rate").low > 0)
    assert np.mean(found) > 0.9
