import numpy as np
import pandas as pd
import pytest
import tea_tasting as tt
from scipy.optimize import brentq

from cs_lib.aggregates import Moments
from cs_lib.methods.ab.ratios import fieller, relative_lift
from cs_lib.methods.errors import CannotEstimate

RUNS = 2_000


def moments(variant: str, values: np.ndarray) -> Moments:
    variance = values.var(ddof=1) if len(values) > 1 else np.nan
    return Moments(
        variant, ("spend",), len(values), np.array([values.mean()]), np.array([[variance]])
    )


def lift(control: np.ndarray, treatment: np.ndarray, **options: float):
    return relative_lift(
        moments("control", control), moments("treatment", treatment), "spend", **options
    )


def test_relative_lift_matches_tea_tasting_when_the_control_mean_is_steady():
    rng = np.random.default_rng(1)
    control, treatment = rng.gamma(2, 3, 430), rng.gamma(2, 3.4, 280)
    table = {
        "variant": np.repeat([0, 1], [430, 280]),
        "spend": np.concatenate([control, treatment]),
    }
    frame = pd.DataFrame(table)
    expected = tt.Experiment(spend=tt.Mean("spend")).analyze(frame)["spend"]
    found = lift(control, treatment)
    assert found.effect == pytest.approx(expected.rel_effect_size, rel=1e-9)
    assert found.effect_ci_low == pytest.approx(expected.rel_effect_size_ci_lower, rel=1e-6)
    assert found.effect_ci_high == pytest.approx(expected.rel_effect_size_ci_upper, rel=1e-6)
    assert str(found.method).endswith("log ratio")


def test_fieller_limits_are_where_the_test_of_the_ratio_turns():
    mean0, part0, mean1, part1 = 2.0, 0.3**2, 2.6, 0.4**2

    def excess(ratio: float) -> float:
        return (mean1 - ratio * mean0) ** 2 / (part1 + ratio**2 * part0) - 1.96**2

    low, high = fieller(mean0, part0, mean1, part1, critical=1.96)
    assert low == pytest.approx(brentq(excess, 0, 1.3, xtol=1e-14), rel=1e-9)
    assert high == pytest.approx(brentq(excess, 1.3, 9, xtol=1e-14), rel=1e-9)


def test_relative_lift_turns_to_fieller_when_the_control_mean_is_near_zero():
    rng = np.random.default_rng(2)
    found = lift(rng.normal(1, 5, 200), rng.normal(2, 5, 200))
    assert str(found.method).endswith("Fieller")
    assert found.details["interval"] == "bounded"
    assert found.effect_ci_low < found.effect < found.effect_ci_high


def test_relative_lift_says_unbounded_instead_of_giving_limits():
    rng = np.random.default_rng(3)
    found = lift(np.abs(rng.normal(0, 1, 4)) ** 5, rng.normal(2, 5, 200))
    assert found.details["interval"] == "unbounded"
    assert (found.effect_ci_low, found.effect_ci_high) == (-np.inf, np.inf)
    assert np.isfinite([found.effect, found.pvalue, found.se, found.df]).all()


def test_relative_lift_of_a_treatment_that_loses_money_is_below_minus_one():
    rng = np.random.default_rng(4)
    found = lift(rng.normal(5, 1, 100), rng.normal(-1, 1, 100))
    assert found.effect_ci_low < found.effect_ci_high < -1


@pytest.mark.parametrize("shift", [-3.0, -1e-9])
def test_relative_lift_is_refused_when_the_control_mean_is_not_above_zero(shift):
    values = np.array([-1.0, 0.0, 1.0])
    with pytest.raises(CannotEstimate, match="control mean is not above zero"):
        lift(values + shift, values + 5)


@pytest.mark.parametrize("scale", [0.7, 4.0])
def test_pvalue_and_bounded_interval_of_the_lift_agree(scale):
    rng = np.random.default_rng(5)
    for _ in range(200):
        found = lift(rng.normal(scale, 1, 30), rng.normal(scale, 1, 30))
        zero_inside = found.effect_ci_low <= 0 <= found.effect_ci_high
        assert zero_inside == (found.pvalue >= 0.05) or found.details["interval"] == "unbounded"


@pytest.mark.parametrize(("mean", "size"), [(2.0, 400), (1.4, 60)])
def test_relative_lift_covers_the_planted_lift_95_percent_of_the_time(mean, size):
    rng = np.random.default_rng(6)
    control, treatment = rng.normal(mean, 2, (RUNS, size)), rng.normal(1.2 * mean, 2, (RUNS, size))
    lifts = [lift(a, b) for a, b in zip(control, treatment, strict=True)]
    covered = [found.effect_ci_low <= 0.2 <= found.effect_ci_high for found in lifts]
    assert 0.94 <= np.mean(covered) <= 0.96


def test_relative_lift_of_999_zeros_in_1000_is_a_number():
    values = np.zeros(10_000)
    values[:10] = 50.0
    found = lift(values, values * 1.1)
    assert str(found.method).endswith("Fieller")
    assert found.effect == pytest.approx(0.1)


def test_relative_lift_of_a_treatment_mean_near_zero_is_fiellers():
    rng = np.random.default_rng(7)
    treatment = rng.normal(0, 1, 100)
    found = lift(rng.normal(10, 1, 100), treatment - treatment.mean() + 1e-15)
    assert str(found.method).endswith("Fieller")
    assert -1.1 < found.effect_ci_low < -1 < found.effect_ci_high < -0.9
