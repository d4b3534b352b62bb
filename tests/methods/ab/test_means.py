import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest

from cs_lib.aggregates import Moments
from cs_lib.methods.ab.means import compare_means, compare_shares, non_inferiority
from cs_lib.methods.errors import CannotEstimate

RUNS = 2_000


def moments(variant: str, values: np.ndarray) -> Moments:
    return Moments(
        variant,
        ("spend",),
        len(values),
        np.array([values.mean()]),
        np.array([[values.var(ddof=1) if len(values) > 1 else np.nan]]),
    )


def arms(control: np.ndarray, treatment: np.ndarray) -> tuple[Moments, Moments]:
    return moments("control", control), moments("treatment", treatment)


def shares(x0: int, n0: int, x1: int, n1: int) -> tuple[Moments, Moments]:
    return arms(np.repeat([1.0, 0.0], [x0, n0 - x0]), np.repeat([1.0, 0.0], [x1, n1 - x1]))


def spend(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """Money with a heavy tail; four of five customers spend nothing."""
    return rng.lognormal(3, 1, size) * (rng.random(size) < 0.2)


def test_compare_means_matches_scipy_welch_with_interval():
    rng = np.random.default_rng(1)
    control, treatment = rng.gamma(2, 3, 230), rng.gamma(2, 4, 80)
    expected = stats.ttest_ind(treatment, control, equal_var=False)
    interval = expected.confidence_interval(0.9)
    effect = compare_means(*arms(control, treatment), "spend", alpha=0.1)
    assert effect.pvalue == pytest.approx(expected.pvalue, rel=1e-9)
    assert effect.df == pytest.approx(expected.df, rel=1e-9)
    assert effect.effect_ci_low == pytest.approx(interval.low, rel=1e-9)
    assert effect.effect_ci_high == pytest.approx(interval.high, rel=1e-9)
    assert (effect.variant, effect.nobs) == ("treatment", 310)


def test_compare_means_rejects_5_percent_on_heavy_tailed_zero_inflated_money():
    rng = np.random.default_rng(2)
    runs = zip(spend(rng, (RUNS, 2_000)), spend(rng, (RUNS, 2_000)), strict=True)
    found = [compare_means(*arms(a, b), "spend").pvalue < 0.05 for a, b in runs]
    assert 0.04 <= np.mean(found) <= 0.06


def test_compare_means_covers_the_planted_lift_95_percent_of_the_time():
    rng = np.random.default_rng(3)
    runs = zip(spend(rng, (RUNS, 2_000)), 1.3 * spend(rng, (RUNS, 1_500)), strict=True)
    truth = 0.3 * 0.2 * np.exp(3.5)
    effects = [compare_means(*arms(a, b), "spend") for a, b in runs]
    covered = [e.effect_ci_low <= truth <= e.effect_ci_high for e in effects]
    assert 0.94 <= np.mean(covered) <= 0.96


def test_compare_means_loses_nothing_at_a_mean_of_100_million():
    rng = np.random.default_rng(4)
    control, treatment = rng.normal(0, 1, 500), rng.normal(0.2, 1, 500)
    near = compare_means(*arms(control, treatment), "spend")
    far = compare_means(*arms(control + 1e8, treatment + 1e8), "spend")
    assert far.effect == pytest.approx(near.effect, rel=1e-6)
    assert far.pvalue == pytest.approx(near.pvalue, rel=1e-5)


def test_compare_means_refuses_an_arm_of_one():
    with pytest.raises(CannotEstimate, match="treatment has fewer than two units"):
        compare_means(*arms(np.arange(5.0), np.array([1.0])), "spend")


def test_compare_means_refuses_values_that_never_vary():
    with pytest.raises(CannotEstimate, match="same value for every unit"):
        compare_means(*arms(np.ones(5), np.ones(4)), "spend")


@pytest.mark.parametrize(("x0", "n0", "x1", "n1"), [(600, 2000, 400, 2000), (50, 900, 41, 300)])
def test_compare_shares_matches_statsmodels(x0, n0, x1, n1):
    effect = compare_shares(*shares(x0, n0, x1, n1), "spend")
    low, high = confint_proportions_2indep(x1, n1, x0, n0, method="newcomb", compare="diff")
    assert effect.pvalue == pytest.approx(proportions_ztest([x1, x0], [n1, n0])[1], rel=1e-9)
    assert effect.effect_ci_low == pytest.approx(low, rel=1e-9)
    assert effect.effect_ci_high == pytest.approx(high, rel=1e-9)
    assert effect.effect == pytest.approx(x1 / n1 - x0 / n0)


def test_compare_shares_matches_newcombes_published_example():
    effect = compare_shares(*shares(48, 80, 56, 70), "spend")
    assert effect.effect_ci_low == pytest.approx(0.0524, abs=5e-5)
    assert effect.effect_ci_high == pytest.approx(0.3339, abs=5e-5)


def test_compare_shares_turns_exact_when_a_count_is_small():
    effect = compare_shares(*shares(2, 60, 6, 50), "spend")
    expected = stats.fisher_exact([[6, 44], [2, 58]]).pvalue
    assert effect.pvalue == pytest.approx(expected, rel=1e-9)
    assert str(effect.method).startswith("Fisher exact test")


def test_compare_shares_gives_an_interval_when_nobody_did_it():
    effect = compare_shares(*shares(0, 40, 0, 50), "spend")
    assert effect.pvalue == 1
    assert effect.effect_ci_low < 0 < effect.effect_ci_high


def test_compare_shares_refuses_what_is_not_zero_or_one():
    with pytest.raises(ValueError, match="not made of zeros and ones"):
        compare_shares(*arms(np.arange(5.0), np.arange(6.0)), "spend")


@pytest.mark.parametrize(
    ("margin", "outcome"), [(0.15, "holds"), (0.10, "not_shown"), (0.01, "breached")]
)
def test_non_inferiority_has_three_outcomes(margin, outcome):
    effect = compare_shares(*shares(800, 1000, 700, 1000), "spend")
    assert non_inferiority(effect, good="up", margin=margin).outcome == outcome
    assert non_inferiority(effect, good="down", margin=margin).outcome == "holds"


def test_non_inferiority_refuses_another_level_than_95_percent():
    effect = compare_shares(*shares(800, 1000, 700, 1000), "spend", alpha=0.01)
    with pytest.raises(ValueError, match="95 % interval"):
        non_inferiority(effect, good="up", margin=0.1)


def test_non_inferiority_refuses_a_negative_margin():
    effect = compare_shares(*shares(800, 1000, 700, 1000), "spend")
    with pytest.raises(ValueError, match="margin must be zero or more"):
        non_inferiority(effect, good="up", margin=-0.1)
