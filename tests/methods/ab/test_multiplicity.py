import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from cs_lib.aggregates import Moments
from cs_lib.methods.ab.means import compare_means
from cs_lib.methods.ab.multiplicity import (
    benjamini_hochberg,
    dunnett,
    dunnett_critical,
    dunnett_pvalues,
    false_coverage_level,
    holm,
    holm_levels,
)


@pytest.fixture(params=range(20))
def pvalues(request) -> np.ndarray:
    rng = np.random.default_rng(request.param)
    return rng.random(request.param % 6 + 1) ** 4


def test_holm_matches_statsmodels(pvalues):
    assert holm(pvalues) == pytest.approx(multipletests(pvalues, method="holm")[1], rel=1e-12)


def test_holm_levels_agree_with_the_test_on_every_comparison(pvalues):
    rejected = multipletests(pvalues, alpha=0.05, method="holm")[0]
    assert ((pvalues <= holm_levels(pvalues, 0.05)) == rejected).all()


def test_holm_levels_follow_the_steps():
    levels = holm_levels([0.2, 0.001, 0.6, 0.012], 0.06)
    assert levels == pytest.approx([0.03, 0.015, 0.03, 0.02])


def test_holm_keeps_the_order_of_ties():
    assert holm([0.02, 0.02, 0.5]) == pytest.approx([0.06, 0.06, 0.5])


def test_holm_refuses_a_missing_pvalue():
    with pytest.raises(ValueError, match="between 0 and 1"):
        holm([0.2, float("nan")])


def test_benjamini_hochberg_matches_statsmodels(pvalues):
    expected = multipletests(pvalues, method="fdr_bh")[1]
    assert benjamini_hochberg(pvalues) == pytest.approx(expected, rel=1e-12)


def test_false_coverage_level_agrees_with_what_benjamini_hochberg_selects(pvalues):
    selected = multipletests(pvalues, alpha=0.05, method="fdr_bh")[0]
    assert ((pvalues <= false_coverage_level(pvalues, 0.05)) == selected).all()


def arm(variant: str, rows: np.ndarray) -> Moments:
    return Moments(
        variant, ("y",), len(rows), np.array([rows.mean()]), np.atleast_2d(rows.var(ddof=1))
    )


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_dunnett_of_two_matches_the_bivariate_normal(share):
    joint = stats.multivariate_normal(cov=[[1, share], [share, 1]])
    expected = 1 - joint.cdf([2.2, 2.2], lower_limit=[-2.2, -2.2])
    found = dunnett_pvalues([2.2, 2.2], [share, share], np.inf)
    assert found == pytest.approx([expected, expected], rel=1e-8)


@pytest.mark.parametrize("df", [3, 20, 400])
def test_dunnett_of_one_is_students_t(df):
    assert dunnett_pvalues([2.5], [0.4], df) == pytest.approx([2 * stats.t.sf(2.5, df)], rel=1e-9)


def test_dunnett_with_pooled_variance_matches_scipy():
    rng = np.random.default_rng(1)
    control = rng.normal(0, 1, 40)
    arms = [rng.normal(0.4, 1, 25), rng.normal(0.2, 1, 60), rng.normal(0.7, 1, 30)]
    expected = stats.dunnett(*arms, control=control, rng=np.random.default_rng(2))
    sizes = np.array([25, 60, 30])
    df = 155 - 4
    found = dunnett_pvalues(expected.statistic, (1 / 40) / (1 / 40 + 1 / sizes), df)
    assert found == pytest.approx(expected.pvalue, abs=1e-3)


@pytest.mark.parametrize(
    ("arms", "df", "published"),
    [(2, np.inf, 2.21), (3, np.inf, 2.35), (2, 10, 2.57), (3, 10, 2.76)],
)
def test_dunnett_critical_values_are_the_published_ones(arms, df, published):
    assert dunnett_critical([0.5] * arms, df) == pytest.approx(published, abs=5e-3)


def test_dunnett_intervals_agree_with_its_pvalues():
    rng = np.random.default_rng(3)
    for _ in range(6):
        control = arm("control", rng.normal(0, 1, 50))
        arms = [arm(str(i), rng.normal(0.4, 1 + i, 40 + 20 * i)) for i in range(3)]
        for found in dunnett(control, arms, "y"):
            inside = found.effect_ci_low <= 0 <= found.effect_ci_high
            assert inside == (found.pvalue > 0.05)


def test_dunnett_lies_between_no_correction_and_bonferroni_far_in_the_tail():
    found = dunnett_pvalues([12.0, 3.0], [0.5, 0.5], 200.0)
    alone = 2 * stats.t.sf([12.0, 3.0], 200)
    assert (found >= alone).all() and (found <= 2 * alone).all()


def test_dunnett_rejects_any_of_three_in_5_percent_with_unequal_variances():
    rng = np.random.default_rng(4)
    sizes, spreads = (60, 40, 90, 50), (1.0, 2.0, 1.0, 0.5)
    found = []
    for _ in range(2_000):
        drawn = [arm("any", rng.normal(0, s, n)) for n, s in zip(sizes, spreads, strict=True)]
        effects = [compare_means(drawn[0], other, "y") for other in drawn[1:]]
        smallest = min(e.pvalue for e in effects)
        if 0.05 / 3 < smallest < 0.05:  # elsewhere any correction says the same
            shared = [drawn[0].of("y")[2] / 60 / e.se**2 for e in effects]
            t, df = [e.effect / e.se for e in effects], [e.df for e in effects]
            smallest = dunnett_pvalues(t, shared, df).min()
        found.append(smallest < 0.05)
    assert 0.04 <= np.mean(found) <= 0.06


def test_dunnett_refuses_a_missing_t_value():
    with pytest.raises(ValueError, match="t value is missing"):
        dunnett_pvalues([np.nan, 1.0], [0.5, 0.5], 10)


def test_dunnett_takes_a_treatment_that_never_varies():
    rng = np.random.default_rng(5)
    arms = [arm("same", np.ones(30)), arm("other", rng.normal(size=30))]
    found = dunnett(arm("control", rng.normal(size=30)), arms, "y")
    assert all(0 < e.pvalue <= 1 and e.effect_ci_low < e.effect_ci_high for e in found)
