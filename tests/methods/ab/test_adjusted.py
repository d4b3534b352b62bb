import numpy as np
import pytest
import statsmodels.api as sm

from cs_lib.aggregates import Moments
from cs_lib.methods.ab.adjusted import compare_adjusted, compare_adjusted_ratios
from cs_lib.methods.ab.means import compare_means
from cs_lib.methods.errors import CannotEstimate

NAMES = ("spend", "before", "tenure")
COVARIATES = ("before", "tenure")


def moments(variant: str, rows: np.ndarray, names: tuple[str, ...] = NAMES) -> Moments:
    return Moments(variant, names, len(rows), rows.mean(axis=0), np.cov(rows, rowvar=False))


def customers(
    rng: np.random.Generator, size: int, lift: float = 0.0, turn: float = 0.0
) -> np.ndarray:
    """Spend, spend before, tenure; the effect is `lift` and grows with spend before by `turn`."""
    before = rng.gamma(1, 10, size)
    tenure = rng.normal(24, 8, size) + before / 5
    noise = rng.normal(0, 4 + before / 4, size)
    return np.column_stack(
        [5 + (0.6 + turn) * before + 0.2 * tenure + lift + noise, before, tenure]
    )


def both(first: np.ndarray, second: np.ndarray) -> tuple[Moments, Moments]:
    return moments("control", first), moments("treatment", second)


def by_rows(first: np.ndarray, second: np.ndarray, cov_type: str):
    """The fully interacted regression on rows; the treatment coefficient is the second."""
    rows = np.vstack([first, second])
    treated = np.repeat([0.0, 1.0], [len(first), len(second)])
    x = rows[:, 1:] - rows[:, 1:].mean(axis=0)
    design = np.column_stack([np.ones(len(rows)), treated, x, x * treated[:, None]])
    return sm.OLS(rows[:, 0], design).fit(cov_type=cov_type)


def arm_variance(rows: np.ndarray, centre: np.ndarray) -> tuple[float, np.ndarray]:
    """Classical variance of an arm's regression at the centre, and its slopes."""
    fit = sm.OLS(rows[:, 0], sm.add_constant(rows[:, 1:] - centre)).fit()
    return fit.bse[0] ** 2, fit.params[1:]


def test_compare_adjusted_matches_the_interacted_regression_on_rows():
    rng = np.random.default_rng(1)
    first, second = customers(rng, 600), customers(rng, 250, lift=2, turn=0.1)
    found = compare_adjusted(*both(first, second), "spend", COVARIATES)
    expected = by_rows(first, second, "HC2")
    assert found.effect == pytest.approx(expected.params[1], rel=1e-9)
    assert found.control == pytest.approx(expected.params[0], rel=1e-9)
    assert found.treatment - found.control == pytest.approx(found.effect, rel=1e-9)


def test_standard_errors_are_the_arm_wise_regressions_on_rows_plus_the_covariates_own():
    rng = np.random.default_rng(2)
    first, second = customers(rng, 600), customers(rng, 250, lift=2, turn=0.3)
    centre = np.vstack([first, second])[:, 1:].mean(axis=0)
    (var0, slopes0), (var1, slopes1) = arm_variance(first, centre), arm_variance(second, centre)
    within = [599 * np.cov(first[:, 1:], rowvar=False), 249 * np.cov(second[:, 1:], rowvar=False)]
    turn = slopes1 - slopes0
    sample = turn @ (within[0] + within[1]) @ turn / 848 / 850
    found = compare_adjusted(*both(first, second), "spend", COVARIATES)
    assert found.details["se_these_customers"] ** 2 == pytest.approx(var0 + var1, rel=1e-9)
    assert found.se**2 == pytest.approx(var0 + var1 + sample, rel=1e-9)


@pytest.mark.parametrize(("size", "tolerance"), [(200, 0.05), (3_200, 0.01), (51_200, 0.002)])
def test_standard_error_closes_in_on_row_level_hc2(size, tolerance):
    rng = np.random.default_rng(3)
    gaps = []
    for _ in range(20):
        first, second = customers(rng, size), customers(rng, size, lift=1)
        found = compare_adjusted(*both(first, second), "spend", COVARIATES)
        gaps.append(found.details["se_these_customers"] / by_rows(first, second, "HC2").bse[1] - 1)
    assert np.abs(gaps).max() < tolerance


def test_one_covariate_in_one_arm_at_the_common_mean_is_textbook_ancova():
    rng = np.random.default_rng(4)
    rows = customers(rng, 300)[:, :2]
    twin = rows.copy()
    twin[:, 0] = 5 + rng.permutation(rows[:, 0])
    pair = moments("control", rows, NAMES[:2]), moments("treatment", twin, NAMES[:2])
    found = compare_adjusted(*pair, "spend", ["before"])
    spread = [
        arm[:, 0].var(ddof=1) * (1 - np.corrcoef(arm.T)[0, 1] ** 2) * 299 / 298
        for arm in (rows, twin)
    ]
    assert found.details["se_these_customers"] ** 2 == pytest.approx(sum(spread) / 300, rel=1e-9)


def test_variance_ratio_says_what_the_covariates_saved():
    rng = np.random.default_rng(5)
    pair = both(customers(rng, 4_000), customers(rng, 4_000))
    found = compare_adjusted(*pair, "spend", COVARIATES)
    plain = compare_means(*pair, "spend")
    assert found.details["variance_ratio"] == pytest.approx(found.se**2 / plain.se**2)
    assert 0.5 < found.details["variance_ratio"] < 0.9


def test_a_covariate_that_follows_from_another_is_dropped_by_name():
    rng = np.random.default_rng(6)
    first, second = customers(rng, 300), customers(rng, 300)
    names = (*NAMES, "tenure_days", "constant")

    def widened(rows: np.ndarray) -> np.ndarray:
        return np.column_stack([rows, 30 * rows[:, 2] + rows[:, 1], np.ones(len(rows))])

    wide = (
        moments("control", widened(first), names),
        moments("treatment", widened(second), names),
    )
    found = compare_adjusted(*wide, "spend", names[1:])
    expected = compare_adjusted(*both(first, second), "spend", COVARIATES)
    assert found.details["dropped"] == "tenure_days, constant"
    assert (found.effect, found.se) == pytest.approx((expected.effect, expected.se), rel=1e-9)


def test_compare_adjusted_refuses_covariates_that_never_vary():
    rng = np.random.default_rng(7)
    rows = customers(rng, 50)
    rows[:, 1] = 3.0
    with pytest.raises(CannotEstimate, match="no covariate varies in both arms"):
        compare_adjusted(*both(rows, rows), "spend", ["before"])


def test_compare_adjusted_refuses_an_outcome_that_is_its_own_covariate():
    rng = np.random.default_rng(8)
    rows = customers(rng, 50)
    rows[:, 1] = 2 * rows[:, 0]
    with pytest.raises(CannotEstimate, match="follows exactly from the covariates"):
        compare_adjusted(*both(rows, rows), "spend", COVARIATES)


def test_compare_adjusted_refuses_an_arm_too_small_for_its_covariates():
    rng = np.random.default_rng(9)
    with pytest.raises(CannotEstimate, match="too few units for 2 covariates"):
        compare_adjusted(*both(customers(rng, 50), customers(rng, 3)), "spend", COVARIATES)


def test_compare_adjusted_loses_nothing_at_a_mean_of_100_million():
    rng = np.random.default_rng(10)
    first, second = customers(rng, 400), customers(rng, 400, lift=2)
    near = compare_adjusted(*both(first, second), "spend", COVARIATES)
    far = compare_adjusted(*both(first + 1e8, second + 1e8), "spend", COVARIATES)
    assert far.effect == pytest.approx(near.effect, rel=1e-5)
    assert far.se == pytest.approx(near.se, rel=1e-6)


def test_adjusted_ratios_match_the_regression_on_linearised_rows():
    rng = np.random.default_rng(11)
    names = ("orders", "sessions", "before")
    arms = [_visits(rng, 500, 0.3), _visits(rng, 350, 0.36)]
    linear = []
    for rows in arms:
        ratio = rows[:, 0].sum() / rows[:, 1].sum()
        value = ratio + (rows[:, 0] - ratio * rows[:, 1]) / rows[:, 1].mean()
        linear.append(np.column_stack([value, rows[:, 2]]))
    pair = moments("control", arms[0], names), moments("treatment", arms[1], names)
    found = compare_adjusted_ratios(*pair, "orders", "sessions", ["before"], metric="rate")
    expected = by_rows(linear[0], linear[1], "HC2")
    assert found.effect == pytest.approx(expected.params[1], rel=1e-9)
    assert found.details["se_these_customers"] == pytest.approx(expected.bse[1], rel=0.02)


def _visits(rng: np.random.Generator, size: int, rate: float) -> np.ndarray:
    keen = rng.beta(2, 4, size)
    sessions = 1 + rng.poisson(4, size)
    return np.column_stack(
        [rng.binomial(sessions, np.clip(rate * 3 * keen, 0, 1)), sessions, rng.poisson(10 * keen)]
    ).astype(float)


def test_compare_adjusted_rejects_5_percent_and_covers_a_varying_effect_95():
    rng = np.random.default_rng(12)
    rejected, covered = [], []
    for _ in range(2_000):
        control = customers(rng, 200)
        null = compare_adjusted(*both(control, customers(rng, 150)), "spend", COVARIATES)
        turned = customers(rng, 150, lift=1, turn=1.0)
        found = compare_adjusted(*both(control, turned), "spend", COVARIATES)
        rejected.append(null.pvalue < 0.05)
        covered.append(found.effect_ci_low <= 1 + 10 <= found.effect_ci_high)
    assert 0.04 <= np.mean(rejected) <= 0.06
    assert 0.94 <= np.mean(covered) <= 0.96
