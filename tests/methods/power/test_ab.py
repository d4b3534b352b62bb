from math import sqrt

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.power import NormalIndPower, TTestIndPower

from cs_lib.aggregates import Moments
from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.power.ab import (
    Design,
    Mean,
    Share,
    dunnett_level,
    equal_looks,
    power_for,
    ratio_sd,
    sample_size,
    smallest_effect,
)

FIVE = equal_looks(5)


@pytest.mark.parametrize("n", [4, 20, 64, 300])
@pytest.mark.parametrize("alpha", [0.05, 0.01])
def test_power_of_means_matches_statsmodels_t_test(n, alpha):
    found = power_for(Mean(2.0), -0.9, n, Design(alpha=alpha))
    assert found == pytest.approx(TTestIndPower().power(0.45, n, alpha), abs=1e-8)


@pytest.mark.parametrize("ratio", [1.0, 2.0])
@pytest.mark.parametrize("effect", [0.03, -0.05])
def test_power_of_shares_matches_statsmodels_normal_power(ratio, effect):
    share, n = Share(0.3), 1234
    v0, v1 = share.variances(effect)
    size = abs(effect) / sqrt((v0 + v1 / ratio) / (1 + 1 / ratio))
    expected = NormalIndPower().power(size, n, 0.05, ratio=ratio)
    assert power_for(share, effect, n, Design(allocation=ratio)) == pytest.approx(
        expected, abs=1e-9
    )


@pytest.mark.parametrize(("effect", "sd"), [(0.5, 1.0), (0.2, 1.0), (2.0, 1.1), (3.0, 55.0)])
def test_sample_size_of_means_is_statsmodels_rounded_up(effect, sd):
    expected = TTestIndPower().solve_power(effect / sd, power=0.9, alpha=0.05)
    assert sample_size(Mean(sd), effect, Design(power=0.9)) == (int(np.ceil(expected)),) * 2


def test_sample_size_of_shares_is_statsmodels_rounded_up():
    size = 0.02 / sqrt(sum(Share(0.3).variances(-0.02)) / 2)
    expected = NormalIndPower().solve_power(size, power=0.8, alpha=0.05)
    assert sample_size(Share(0.3), -0.02, Design())[0] == int(np.ceil(expected))


def test_power_is_two_sided():
    one = stats.norm.sf(stats.norm.ppf(0.975) - 0.001 / sqrt(2 * 0.25 / 10_000))
    assert power_for(Share(0.5), 0.001, 10_000, Design()) > one
    assert power_for(Mean(1.0), 1e-12, 50, Design()) == pytest.approx(0.05)


def test_power_stays_a_probability_when_the_effect_is_overwhelming():
    for effect in (0.5, 1.0, 2.0, 50.0):
        for n in (3, 10, 1000, 10**6):
            for looks in ((1.0,), FIVE):
                found = power_for(Mean(1.0), effect, n, Design(looks=looks))
                assert 0 <= found <= 1
    assert power_for(Mean(1.0), 0.5, 1000, Design()) == pytest.approx(1)


def test_smallest_effect_is_the_one_that_has_the_power():
    for outcome in (Mean(3.0), Share(0.4)):
        for direction, sign in (("up", 1), ("down", -1)):
            size = smallest_effect(outcome, 500, Design(looks=FIVE), direction=direction)
            found = power_for(outcome, sign * size, 500, Design(looks=FIVE))
            assert found == pytest.approx(0.8, abs=1e-9)


def test_covariates_and_clusters_scale_n_as_the_formulas_say():
    plain = sample_size(Share(0.3), 0.02, Design())[0]
    adjusted = sample_size(Share(0.3), 0.02, Design(rho=0.6))[0]
    clustered = sample_size(Share(0.3), 0.02, Design(cluster_size=5, icc=0.1))[0]
    assert adjusted == pytest.approx(plain * (1 - 0.36), abs=1)
    assert clustered == pytest.approx(plain * 1.4, rel=2e-3)  # a t with clusters as its df


@pytest.mark.parametrize(
    ("kind", "count", "power", "inflation"),
    [
        ("obrien_fleming", 5, 0.8, 1.02),
        ("pocock", 5, 0.8, 1.21),
        ("obrien_fleming", 1, 0.8, 1.0),
    ],
)
def test_looks_inflate_n_by_the_known_factor(kind, count, power, inflation):
    design = Design(power=power, looks=equal_looks(count), kind=kind)
    assert design.inflation == pytest.approx(inflation, abs=0.005)
    plain = sample_size(Share(0.3), 0.02, Design(power=power))[0]
    assert sample_size(Share(0.3), 0.02, design)[0] == pytest.approx(
        plain * design.inflation, abs=1
    )


def test_looks_at_uneven_information_inflate_differently():
    early, late = Design(looks=(0.1, 0.2, 1.0)), Design(looks=(0.8, 0.9, 1.0))
    assert 1 < early.inflation < 1.001 < late.inflation


@pytest.mark.parametrize(("arms", "critical"), [(1, 1.960), (2, 2.212), (3, 2.349), (4, 2.442)])
def test_dunnett_level_matches_the_published_table(arms, critical):
    assert stats.norm.isf(dunnett_level(0.05, arms) / 2) == pytest.approx(critical, abs=1e-3)


def test_dunnett_level_matches_the_multivariate_normal_under_unequal_allocation():
    z = stats.norm.isf(dunnett_level(0.05, 3, 0.5) / 2)
    corr = np.full((3, 3), 1 / 3) + np.eye(3) * 2 / 3
    joint = stats.multivariate_normal(np.zeros(3), corr, abseps=1e-8, releps=1e-8, seed=1)
    assert joint.cdf([z] * 3, lower_limit=[-z] * 3) == pytest.approx(0.95, abs=1e-6)


def test_several_arms_share_the_level():
    assert Design(arms=3).level == pytest.approx(0.05 / 3)
    assert 0.05 / 3 < Design(arms=3, correction="dunnett").level < 0.05


def test_unequal_allocation_gives_the_treatment_its_multiple():
    control, treatment = sample_size(Share(0.3), 0.02, Design(allocation=0.5))
    assert treatment == -(-control // 2)
    assert control + treatment > 2 * sample_size(Share(0.3), 0.02, Design())[0]


def test_ratio_sd_is_the_spread_of_the_linearised_ratio():
    rng = np.random.default_rng(1)
    sessions = rng.poisson(4, 5_000) + 1.0
    orders = rng.binomial(sessions.astype(int), 0.3).astype(float)
    both = np.array([orders, sessions])
    moments = Moments("control", ("orders", "sessions"), 5_000, both.mean(axis=1), np.cov(both))
    ratio = orders.mean() / sessions.mean()
    linear = (orders - ratio * sessions) / sessions.mean()
    assert ratio_sd(moments, "orders", "sessions") == pytest.approx(linear.std(ddof=1))


def test_ratio_sd_refuses_a_denominator_of_nothing():
    moments = Moments("control", ("orders", "sessions"), 9, np.zeros(2), np.eye(2))
    with pytest.raises(CannotEstimate, match="sessions has no mean above zero"):
        ratio_sd(moments, "orders", "sessions")


def test_a_planned_test_finds_its_effect_as_often_as_planned():
    rng = np.random.default_rng(2)
    n, _ = sample_size(Share(0.2), -0.05, Design())
    x0, x1 = rng.binomial(n, 0.2, 20_000) / n, rng.binomial(n, 0.15, 20_000) / n
    z = (x1 - x0) / np.sqrt((x0 * (1 - x0) + x1 * (1 - x1)) / n)
    assert np.mean(np.abs(z) >= stats.norm.ppf(0.975)) == pytest.approx(0.8, abs=0.01)


def test_a_planned_test_with_covariate_and_five_looks_finds_its_effect_as_planned():
    design = Design(rho=0.5, looks=FIVE)
    n, _ = sample_size(Mean(1.0), 0.2, design)
    rng = np.random.default_rng(3)
    se = sqrt(2 * 0.75 / n)
    steps = rng.normal(0.2 / se / sqrt(5), 1, (20_000, 5))
    z = steps.cumsum(axis=1) / np.sqrt(np.arange(1, 6))
    critical = [4.8769, 3.3570, 2.6803, 2.2898, 2.0310]
    assert np.mean(np.any(np.abs(z) >= critical, axis=1)) == pytest.approx(0.8, abs=0.01)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"alpha": 0.0}, "alpha must lie"),
        ({"power": 0.04}, "power must lie"),
        ({"arms": 0}, "at least one treatment arm"),
        ({"allocation": 0.0}, "allocation"),
        ({"rho": 1.0}, "correlation must lie"),
        ({"icc": 1.2}, "intra-cluster"),
        ({"cluster_size": 0.5}, "at least one unit"),
        ({"looks": (0.5, 0.9)}, "last look must be"),
        ({"looks": ()}, "last look must be"),
        ({"correction": "none"}, "bonferroni or dunnett"),
    ],
)
def test_design_refuses_what_no_test_can_be(settings, sentence):
    with pytest.raises(CannotEstimate, match=sentence):
        Design(**settings)


@pytest.mark.parametrize(
    ("outcome", "effect", "sentence"),
    [
        (Mean(0.0), 1.0, "does not vary"),
        (Mean(float("nan")), 1.0, "does not vary"),
        (Mean(1.0), 0.0, "must differ from zero"),
        (Mean(1.0), float("nan"), "must differ from zero"),
        (Mean(1.0), 1e-9, "too small to be found"),
        (Share(0.95), 0.1, "leave the range"),
        (Share(0.0), 1.0, "does not vary"),
    ],
)
def test_sample_size_refuses_what_cannot_be_planned(outcome, effect, sentence):
    with pytest.raises(CannotEstimate, match=sentence):
        sample_size(outcome, effect, Design())


def test_smallest_effect_refuses_when_even_the_largest_change_is_too_small():
    with pytest.raises(CannotEstimate, match="Not even the largest"):
        smallest_effect(Share(0.02), 50, Design(), direction="down")
    with pytest.raises(CannotEstimate, match="Not even the largest"):
        smallest_effect(Mean(1.0), 1, Design())
