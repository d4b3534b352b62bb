import numpy as np
import pandas as pd
import pytest
import tea_tasting as tt

from cs_lib.aggregates import Moments
from cs_lib.methods.ab.ratios import compare_ratios, linearise, ratio_lift
from cs_lib.methods.errors import CannotEstimate


def moments(variant: str, orders: np.ndarray, sessions: np.ndarray) -> Moments:
    rows = np.column_stack([orders, sessions])
    return Moments(
        variant, ("orders", "sessions"), len(rows), rows.mean(axis=0), np.cov(rows, rowvar=False)
    )


def customers(rng: np.random.Generator, size: int, rate: float) -> tuple[np.ndarray, np.ndarray]:
    """Sessions with a long tail, and orders that frequent visitors place less often."""
    sessions = 1 + rng.negative_binomial(1, 0.2, size)
    return rng.binomial(sessions, rate / np.sqrt(sessions)).astype(float), sessions.astype(float)


@pytest.fixture
def arms() -> tuple[Moments, Moments, pd.DataFrame]:
    rng = np.random.default_rng(1)
    first, second = customers(rng, 700, 0.3), customers(rng, 450, 0.36)
    frame = pd.DataFrame(
        np.vstack([np.column_stack(first), np.column_stack(second)]),
        columns=["orders", "sessions"],
    ).assign(variant=np.repeat([0, 1], [700, 450]))
    return moments("control", *first), moments("treatment", *second), frame


def test_compare_ratios_matches_tea_tasting(arms):
    control, treatment, frame = arms
    experiment = tt.Experiment(ratio=tt.RatioOfMeans("orders", "sessions"))
    expected = experiment.analyze(frame)["ratio"]
    found = compare_ratios(control, treatment, "orders", "sessions", metric="orders_per_session")
    assert found.control == pytest.approx(expected.control, rel=1e-9)
    assert found.effect == pytest.approx(expected.effect_size, rel=1e-9)
    assert found.effect_ci_low == pytest.approx(expected.effect_size_ci_lower, rel=1e-6)
    assert found.pvalue == pytest.approx(expected.pvalue, rel=1e-6)


def test_ratio_lift_matches_tea_tasting(arms):
    control, treatment, frame = arms
    experiment = tt.Experiment(ratio=tt.RatioOfMeans("orders", "sessions"))
    expected = experiment.analyze(frame)["ratio"]
    found = ratio_lift(control, treatment, "orders", "sessions", metric="orders_per_session")
    assert found.effect == pytest.approx(expected.rel_effect_size, rel=1e-9)
    assert found.effect_ci_high == pytest.approx(expected.rel_effect_size_ci_upper, rel=1e-6)


def test_linearise_gives_the_moments_of_the_linearised_rows():
    rng = np.random.default_rng(2)
    orders, sessions = customers(rng, 500, 0.3)
    ratio = orders.sum() / sessions.sum()
    value = ratio + (orders - ratio * sessions) / sessions.mean()
    found = linearise(moments("control", orders, sessions), "orders", "sessions", metric="ratio")
    expected = np.cov(np.column_stack([orders, sessions, value]), rowvar=False)
    assert found.names == ("orders", "sessions", "ratio")
    assert found.of("ratio")[1] == pytest.approx(ratio, rel=1e-12)
    assert found.cov == pytest.approx(expected, rel=1e-9)


def test_compare_ratios_rejects_5_percent_and_covers_95():
    rng = np.random.default_rng(3)
    truth = _rate(0.36) - _rate(0.3)
    rejected, covered = [], []
    for _ in range(2_000):
        arms = [moments("a", *customers(rng, 400, rate)) for rate in (0.3, 0.3, 0.36)]
        null = compare_ratios(arms[0], arms[1], "orders", "sessions", metric="ratio")
        found = compare_ratios(arms[0], arms[2], "orders", "sessions", metric="ratio")
        rejected.append(null.pvalue < 0.05)
        covered.append(found.effect_ci_low <= truth <= found.effect_ci_high)
    assert 0.04 <= np.mean(rejected) <= 0.06
    assert 0.94 <= np.mean(covered) <= 0.96


def _rate(rate: float) -> float:
    """Expected orders over expected sessions, summed over the distribution of sessions."""
    extra = np.arange(2_000)
    share = 0.2 * 0.8**extra
    sessions = 1 + extra
    return float(share @ (rate * np.sqrt(sessions)) / (share @ sessions))


def test_compare_ratios_refuses_a_denominator_near_zero():
    rng = np.random.default_rng(4)
    control = moments("control", rng.normal(size=50), rng.normal(size=50))
    with pytest.raises(CannotEstimate, match="too close to zero to divide by"):
        compare_ratios(control, control, "orders", "sessions", metric="ratio")


def test_compare_ratios_refuses_an_arm_of_one():
    alone = Moments("control", ("orders", "sessions"), 1, np.ones(2), np.full((2, 2), np.nan))
    with pytest.raises(CannotEstimate, match="fewer than two units"):
        compare_ratios(alone, alone, "orders", "sessions", metric="ratio")


def test_compare_ratios_refuses_a_ratio_that_every_customer_shares():
    sessions = np.array([3.0, 2.0, 4.0, 3.0])
    arm = moments("control", 2 * sessions, sessions)
    with pytest.raises(CannotEstimate, match="same value for every unit"):
        compare_ratios(arm, arm, "orders", "sessions", metric="ratio")
