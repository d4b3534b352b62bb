"""Intervals of shares against statsmodels; the one-sided p against the interval that it turns round."""

import numpy as np
import pytest
from scipy import optimize, stats
from statsmodels.stats import proportion
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from cs_lib.aggregates import Moments
from cs_lib.methods.ab.means import compare_means, compare_shares, non_inferiority
from cs_lib.methods.ab.share_intervals import (
    agresti_caffo,
    miettinen_nurminen,
    newcombe,
    newcombe_above,
)
from cs_lib.methods.errors import CannotEstimate

COUNTS = [
    (12, 80, 20, 95),
    (56, 70, 48, 80),
    (400, 9000, 470, 8800),
    (1, 40, 6, 45),
    (30, 30, 25, 30),
]


def arm(variant, x, n):
    share = x / n
    return Moments(
        variant, ("y",), n, np.array([share]), np.array([[share * (1 - share) * n / (n - 1)]])
    )


def compared(x0, n0, x1, n1, alpha=0.05):
    return compare_shares(arm("control", x0, n0), arm("coupon", x1, n1), "y", alpha=alpha)


@pytest.mark.parametrize("counts", COUNTS)
@pytest.mark.parametrize("alpha", [0.05, 0.1])
def test_agresti_and_caffos_interval_is_that_of_statsmodels(counts, alpha):
    x0, n0, x1, n1 = counts
    found = agresti_caffo(compared(*counts, alpha))
    expected = proportion.confint_proportions_2indep(
        x1, n1, x0, n0, method="agresti-caffo", alpha=alpha
    )
    assert (found.effect_ci_low, found.effect_ci_high) == pytest.approx(expected, rel=1e-9)
    assert found.effect == x1 / n1 - x0 / n0


def closed_form_score(counts, d):
    """Miettinen and Nurminen's statistic with control's share from their cubic (1985, appendix I).

    statsmodels 0.15 has `count0 * diff` in the place of the first term of l1: its shares are not of greatest
    likelihood, and its interval is another one by about 0.5 % of its width.
    """
    x0, n0, x1, n1 = counts
    n, x = n0 + n1, x0 + x1
    l0, l1 = x0 * d * (1 - d), (n0 * d - n - 2 * x0) * d + x
    l2, l3 = (n1 + 2 * n0) * d - n - x, n
    q = l2**3 / (3 * l3) ** 3 - l1 * l2 / (6 * l3**2) + l0 / (2 * l3)
    p = np.sign(q) * np.sqrt(l2**2 / (3 * l3) ** 2 - l1 / (3 * l3))
    share0 = 2 * p * np.cos((np.pi + np.arccos(np.clip(q / p**3, -1, 1))) / 3) - l2 / (3 * l3)
    share1 = share0 + d
    variance = share1 * (1 - share1) / n1 + share0 * (1 - share0) / n0
    return (x1 / n1 - x0 / n0 - d) / np.sqrt(variance * n / (n - 1))


@pytest.mark.parametrize("counts", COUNTS)
@pytest.mark.parametrize("alpha", [0.05, 0.1])
def test_miettinen_and_nurminens_interval_solves_their_closed_form(counts, alpha):
    found = miettinen_nurminen(compared(*counts, alpha))
    z = stats.norm.isf(alpha / 2)
    for bound, side in ((found.effect_ci_low, 1), (found.effect_ci_high, -1)):
        near = optimize.brentq(
            lambda d, side=side: closed_form_score(counts, d) - side * z, bound - 0.01, bound + 0.01
        )
        assert bound == pytest.approx(near, rel=1e-6)


@pytest.mark.parametrize("counts", COUNTS)
def test_the_score_test_of_no_difference_is_that_of_statsmodels(counts):
    x0, n0, x1, n1 = counts
    found = miettinen_nurminen(compared(*counts))
    test = proportion.test_proportions_2indep(x1, n1, x0, n0, method="score", correction=True)
    assert found.pvalue == pytest.approx(test.pvalue, rel=1e-6)


def test_shares_at_their_ends_have_an_interval_inside_one():
    found = miettinen_nurminen(compared(0, 20, 20, 20))
    assert 0.5 < found.effect_ci_low < found.effect_ci_high <= 1


def test_what_is_no_share_has_no_such_interval():
    pair = [
        Moments(v, ("y",), 50, np.array([3.0]), np.array([[2.0]])) for v in ("control", "coupon")
    ]
    effect = compare_means(*pair, "y")
    for interval in (agresti_caffo, miettinen_nurminen):
        with pytest.raises(CannotEstimate, match="not a share"):
            interval(effect)


@pytest.mark.parametrize("counts", COUNTS)
@pytest.mark.parametrize("bound", [-0.4, -0.05, 0.0, 0.03, 0.3])
def test_newcombes_interval_at_the_p_ends_at_the_bound(counts, bound):
    pvalue = newcombe_above(counts, bound)
    z = stats.norm.isf(pvalue) if pvalue < 0.5 else stats.norm.isf(1 - pvalue)
    if 1e-12 < pvalue < 1 - 1e-12:
        assert newcombe(*counts, z)[0 if pvalue < 0.5 else 1] == pytest.approx(bound, abs=1e-9)


def test_a_bound_that_no_interval_reaches_is_certain():
    assert newcombe_above((12, 80, 20, 95), -1.5) == 0.0
    assert newcombe_above((12, 80, 20, 95), 1.5) == 1.0


@pytest.mark.parametrize("good", ["up", "down"])
@pytest.mark.parametrize("margin", [0.0, 0.02, 0.08])
@pytest.mark.parametrize("counts", COUNTS[:3])
def test_a_guardrail_holds_just_where_its_p_is_below_2_5_percent(counts, margin, good):
    rail = non_inferiority(compared(*counts), good=good, margin=margin)
    assert (rail.outcome == "holds") == (rail.pvalue < 0.025)
    assert (rail.outcome == "breached") == (rail.pvalue > 0.975)


@pytest.mark.parametrize(
    ("good", "value", "side"), [("up", -0.5, "larger"), ("down", 0.5, "smaller")]
)
def test_the_p_of_a_mean_is_the_one_sided_welch_test_against_the_margin(good, value, side):
    rng = np.random.default_rng(5)
    control, coupon = rng.normal(3, 2, 60), rng.normal(3.1, 3, 80)
    pair = [
        Moments(v, ("y",), len(y), np.array([y.mean()]), np.array([[y.var(ddof=1)]]))
        for v, y in (("control", control), ("coupon", coupon))
    ]
    rail = non_inferiority(compare_means(*pair, "y"), good=good, margin=0.5)
    both = CompareMeans(DescrStatsW(coupon), DescrStatsW(control))
    _, expected, _ = both.ttest_ind(alternative=side, usevar="unequal", value=value)
    assert rail.pvalue == pytest.approx(expected, rel=1e-9)


def test_an_interval_of_another_kind_has_no_one_sided_p():
    effect = compared(12, 80, 20, 95)
    wide = effect.with_(
        effect_ci_low=-0.5,
        method=compare_means(arm("control", 12, 80), arm("coupon", 20, 95), "y").method,
    )
    assert non_inferiority(wide, good="up", margin=0.05).pvalue is None
