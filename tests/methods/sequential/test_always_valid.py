import importlib.util
from math import log, sqrt
from pathlib import Path

import numpy as np
import pytest
from scipy import integrate, optimize, stats

from cs_lib.aggregates import Moments
from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.sequential.always_valid import (
    confidence_sequence,
    mixture_precision,
    running_differences,
)

PATH = Path(__file__).parents[2] / "bench" / "looks_calibration.py"
SPEC = importlib.util.spec_from_file_location("looks_calibration", PATH)
assert SPEC and SPEC.loader
calibration = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(calibration)

N = np.array([200.0, 500.0, 1000.0, 4000.0])
Z = np.array([1.0, 3.4, 2.0, -1.0])


def test_the_interval_matches_the_published_formula():
    rho2, alpha = mixture_precision(1000, 0.05), 0.05
    found = confidence_sequence(Z, np.ones(4), N, planned_n=1000)
    for n, z, low, high in zip(N, Z, found.low, found.high, strict=True):
        margin = sqrt(2 * (n * rho2 + 1) / (n**2 * rho2) * log(sqrt(n * rho2 + 1) / alpha))
        assert (low, high) == pytest.approx((z - margin * sqrt(n), z + margin * sqrt(n)))


def test_the_p_value_is_one_over_the_normal_mixture_likelihood_ratio():
    rho2 = mixture_precision(1000, 0.05)

    def ratio(theta: float) -> float:
        prior = stats.norm.pdf(theta, scale=sqrt(rho2))
        return prior * np.exp(theta * 3.4 * sqrt(500) - theta**2 * 500 / 2)

    expected, _ = integrate.quad(ratio, -1.5, 1.5, points=[0.15], epsabs=1e-10)
    found = confidence_sequence([3.4], [1.0], [500], planned_n=1000)
    assert found.pvalue[0] == pytest.approx(1 / expected, rel=1e-6)


@pytest.mark.parametrize("alpha", [0.01, 0.05, 0.2])
def test_the_interval_is_narrowest_at_the_planned_n(alpha):
    def width(precision: float) -> float:
        return sqrt((1 + 1 / precision) * (log(1 + precision) - 2 * log(alpha)))

    best = optimize.minimize_scalar(width, bounds=(0.1, 100), method="bounded").x
    assert 700 * mixture_precision(700, alpha) == pytest.approx(best, rel=1e-4)


def test_the_running_p_never_rises_and_agrees_with_the_running_interval():
    rng = np.random.default_rng(1)
    for shift in (0.0, 0.1, 0.3):
        n = np.arange(10, 400, 10.0)
        estimate = rng.normal(shift, 1, 390).cumsum()[9::10] / n[:39]
        found = confidence_sequence(estimate, 1 / np.sqrt(n), n, planned_n=400)
        assert np.all(np.diff(found.pvalue) <= 0)
        excluded = (found.running_low > 0) | (found.running_high < 0)
        assert np.array_equal(excluded, found.pvalue <= 0.05)
        assert np.all(np.diff(found.running_high - found.running_low) <= 1e-12)


def test_past_looks_never_change():
    whole = confidence_sequence(Z, np.ones(4), N, planned_n=1000)
    part = confidence_sequence(Z[:2], np.ones(2), N[:2], planned_n=1000)
    assert np.array_equal(part.running_low, whole.running_low[:2])
    assert np.array_equal(part.pvalue, whole.pvalue[:2])


def test_looks_that_contradict_each_other_are_named_empty():
    found = confidence_sequence([5.0, -5.0], [1.0, 1.0], [100, 200], planned_n=200)
    assert found.empty.tolist() == [False, True]


@pytest.mark.parametrize("name", ["normal", "money, sigma 1"])
def test_60_daily_looks_reject_at_most_5_percent(name):
    found = calibration.level(name, 1_500, seed=20)
    for method in ("O'Brien-Fleming", "Pocock", "confidence sequence"):
        assert found[method]["ever"] <= 0.05 + 0.012  # twice the simulation's own error
        assert found[method]["covered"] >= 0.95 - 0.012
    assert found["confidence sequence"]["ever"] <= 0.03
    assert found["unadjusted"]["ever"] > 0.2


def test_the_calibration_page_names_its_runs_and_versions():
    page = calibration.table(20, "2024-07-01")
    assert "20 runs a cell; 2024-07-01; Python" in page and "confidence sequence" in page


def test_running_differences_read_the_moments_of_each_look():
    def arm(variant: str, n: int, mean: float) -> Moments:
        return Moments(variant, ("spend",), n, np.array([mean]), np.array([[4.0]]))

    control = [arm("control", n, 1.0) for n in (50, 100)]
    treatment = [arm("treatment", n, 1.5) for n in (60, 110)]
    estimate, se, n = running_differences(control, treatment, "spend")
    assert estimate.tolist() == [0.5, 0.5] and n.tolist() == [110, 210]
    assert se == pytest.approx([sqrt(4 / 50 + 4 / 60), sqrt(4 / 100 + 4 / 110)])
    with pytest.raises(ValueError, match="same looks"):
        running_differences(control, treatment[:1], "spend")


@pytest.mark.parametrize(
    ("estimate", "se", "n", "sentence"),
    [
        ([], [], [], "same looks"),
        ([1.0], [1.0, 1.0], [5, 6], "same looks"),
        ([1.0, 1.0], [1.0, 1.0], [6, 5], "must increase"),
        ([1.0, 1.0], [1.0, 1.0], [5, 5], "must increase"),
        ([1.0], [1.0], [0], "must increase"),
    ],
)
def test_confidence_sequence_refuses_looks_that_cannot_be(estimate, se, n, sentence):
    with pytest.raises(ValueError, match=sentence):
        confidence_sequence(estimate, se, n, planned_n=100)


@pytest.mark.parametrize("se", [0.0, float("nan")])
def test_confidence_sequence_refuses_a_look_without_a_standard_error(se):
    with pytest.raises(CannotEstimate, match="no estimate with a standard error"):
        confidence_sequence([1.0], [se], [10], planned_n=100)


def test_confidence_sequence_refuses_an_empty_plan_and_an_impossible_level():
    with pytest.raises(ValueError, match="at least one"):
        confidence_sequence([1.0], [1.0], [10], planned_n=0)
    with pytest.raises(ValueError, match="between 0 and 1"):
        confidence_sequence([1.0], [1.0], [10], planned_n=10, alpha=1.0)
