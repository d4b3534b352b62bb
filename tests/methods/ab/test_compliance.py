import numpy as np
import pytest
from linearmodels.iv import IV2SLS

from cs_lib.aggregates import Moments
from cs_lib.methods.ab.compliance import ASSUMPTIONS, compare_redeemers, complier_effect
from cs_lib.methods.ab.means import compare_means
from cs_lib.methods.errors import CannotEstimate


def customers(
    rng: np.random.Generator, size: int, *, offered: bool, uptake: float = 0.4, gain: float = 3.0
) -> np.ndarray:
    """Spend and redeemed; who would redeem spends more anyway, and gains when offered."""
    willing = rng.random(size) < uptake
    taken = willing & offered
    return np.column_stack([rng.gamma(2, 5, size) + 4 * willing + gain * taken, taken])


def moments(variant: str, rows: np.ndarray, ddof: int = 1) -> Moments:
    cov = np.cov(rows, rowvar=False, ddof=ddof)
    return Moments(variant, ("spend", "redeemed"), len(rows), rows.mean(axis=0), cov)


@pytest.fixture
def rows() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    leaky = customers(rng, 500, offered=False)
    leaky[:15, 1] = 1.0
    return leaky, customers(rng, 320, offered=True)


def test_complier_effect_matches_linearmodels_robust_2sls(rows):
    control, treatment = rows
    both = np.vstack(rows)
    offered = np.repeat([0.0, 1.0], [len(control), len(treatment)])
    fit = IV2SLS(both[:, 0], np.ones(len(both)), both[:, 1], offered).fit(cov_type="robust")
    # linearmodels divides by n (HC0), so it gets the moments that do.
    pair = moments("control", control, ddof=0), moments("treatment", treatment, ddof=0)
    found = complier_effect(*pair, "spend", "redeemed")
    assert found.effect == pytest.approx(fit.params["endog"], rel=1e-9)
    assert found.se == pytest.approx(fit.std_errors["endog"], rel=1e-9)


def test_complier_effect_has_the_hc2_errors_of_the_projected_regressors(rows):
    control, treatment = rows
    both = np.vstack(rows)
    n = len(both)
    z = np.column_stack([np.ones(n), np.repeat([0.0, 1.0], [len(control), len(treatment)])])
    x = np.column_stack([np.ones(n), both[:, 1]])
    projected = z @ np.linalg.solve(z.T @ z, z.T @ x)
    bread = np.linalg.inv(projected.T @ projected)
    residual = both[:, 0] - x @ (bread @ projected.T @ both[:, 0])
    leverage = np.einsum("ij,jk,ik->i", projected, bread, projected)
    meat = projected.T @ (projected * (residual**2 / (1 - leverage))[:, None])
    expected = np.sqrt((bread @ meat @ bread)[1, 1])
    pair = moments("control", control), moments("treatment", treatment)
    assert complier_effect(*pair, "spend", "redeemed").se == pytest.approx(expected, rel=1e-9)


def test_everybody_redeeming_as_assigned_makes_it_the_effect_by_assignment():
    rng = np.random.default_rng(2)
    control = customers(rng, 200, offered=False)
    treatment = customers(rng, 200, offered=True, uptake=1.0)
    pair = moments("control", control), moments("treatment", treatment)
    found, plain = complier_effect(*pair, "spend", "redeemed"), compare_means(*pair, "spend")
    assert (found.effect, found.se, found.df) == pytest.approx((plain.effect, plain.se, plain.df))
    assert found.details["first_stage_F"] == np.inf


def test_complier_effect_covers_the_planted_gain_95_percent_of_the_time():
    rng = np.random.default_rng(3)
    covered = []
    for _ in range(2_000):
        control = customers(rng, 400, offered=False)
        treatment = customers(rng, 400, offered=True)
        pair = moments("control", control), moments("treatment", treatment)
        found = complier_effect(*pair, "spend", "redeemed")
        covered.append(found.effect_ci_low <= 3 <= found.effect_ci_high)
    assert 0.94 <= np.mean(covered) <= 0.96


@pytest.mark.parametrize("uptake", [0.0, 0.005])
def test_complier_effect_is_refused_when_the_offer_moved_hardly_anybody(uptake):
    rng = np.random.default_rng(4)
    control = customers(rng, 300, offered=False)
    treatment = customers(rng, 300, offered=True, uptake=uptake)
    pair = moments("control", control), moments("treatment", treatment)
    with pytest.raises(CannotEstimate, match="first-stage F of 10 or less"):
        complier_effect(*pair, "spend", "redeemed")


def test_complier_effect_is_refused_when_redemption_is_missing():
    rng = np.random.default_rng(5)
    rows = customers(rng, 50, offered=True)
    rows[:, 1] = np.nan
    pair = moments("control", rows), moments("treatment", rows)
    with pytest.raises(CannotEstimate, match="first-stage F"):
        complier_effect(*pair, "spend", "redeemed")


def test_redeemers_against_the_rest_is_refused_by_name():
    with pytest.raises(CannotEstimate, match="Redeemers are not compared with the rest"):
        compare_redeemers("anything", metric="spend")


def test_assumptions_are_one_sentence():
    assert ASSUMPTIONS.count(".") == 1 and ASSUMPTIONS.endswith(".")
