"""The money of a perk against hand sums and simulation."""

import math

import numpy as np
import pytest

from cs_lib import data, experiment, metrics, params
from cs_lib.aggregates import Moments
from cs_lib.methods.ab.economics import economics, ratio_interval, without_errors
from cs_lib.results import Effect
from tests.titles import titled

NAMES = ("margin_60d", "perk_cost_60d")


def arm(variant, margin, cost, *, n=1000, var=(900.0, 4.0), cov=10.0):
    matrix = np.array([[var[0], cov], [cov, var[1]]])
    return Moments(variant, NAMES, n, np.array([margin, cost]), matrix)


def buyers(control=0.25, effect=0.05, low=0.02, high=0.08):
    return Effect(
        "repurchase_60d", "coupon", control, control + effect, effect, low, high, 0.01, 2000, "t"
    )


def money(treatment, bought=None, **changes):
    given = {"margin": NAMES[0], "cost": NAMES[1], "offered": 1200, "unused": 30.0, **changes}
    return economics(arm("control", 50.0, 0.0), treatment, bought, **given)


def test_return_break_even_and_price_are_the_sums_one_does_by_hand():
    found = money(arm("coupon", 56.0, 4.0), buyers())
    assert (found.extra_margin, found.extra_cost) == (6.0, 4.0)
    assert found.roi == pytest.approx(6 / 4 - 1)
    assert found.break_even_lift == pytest.approx(4 / (50 / 0.25))
    assert found.cost_per_extra_buyer == pytest.approx(4 / 0.05)
    assert (found.cost_per_extra_buyer_low, found.cost_per_extra_buyer_high) == (50.0, 200.0)
    assert (found.spent, found.unused) == (4800.0, 30.0)


def test_an_extra_buyer_has_no_price_when_there_may_be_none():
    assert math.isnan(money(arm("coupon", 56.0, 4.0), buyers(low=-0.01)).cost_per_extra_buyer)


def test_a_perk_without_cost_has_no_return():
    found = money(arm("coupon", 56.0, 0.0), buyers())
    assert math.isnan(found.roi) and math.isnan(found.cost_per_extra_buyer)


def test_fiellers_ends_solve_its_equation():
    top, bottom, v1, v2, cov, c = 6.0, 4.0, 1.5, 0.3, 0.2, 1.96
    for r in ratio_interval(top, bottom, v1, v2, cov, c):
        assert (top - r * bottom) ** 2 == pytest.approx(c**2 * (v1 - 2 * r * cov + r**2 * v2))


def test_a_cost_that_may_be_zero_gives_an_open_interval():
    assert all(math.isnan(v) for v in ratio_interval(6.0, 0.5, 1.5, 0.3, 0.0, 1.96))


def test_the_return_is_covered_in_95_of_100_simulated_tests():
    """2,000 draws of correlated margin and cost; Monte-Carlo s.e. .005."""
    draw = np.random.default_rng(5)
    v1, v2, cov = 1.0, 0.09, 0.1
    sample = draw.multivariate_normal([6.0, 4.0], [[v1, cov], [cov, v2]], size=2000)
    covered = [
        low <= 1.5 <= high
        for low, high in (ratio_interval(a, b, v1, v2, cov, 1.96) for a, b in sample)
    ]
    assert 0.94 <= np.mean(covered) <= 0.96


def test_the_error_of_the_return_is_the_delta_methods():
    """By hand: d(m/c) = dm / c - m dc / c^2, on the variances and the covariance of the differences."""
    found = money(arm("coupon", 56.0, 4.0))
    variance = (2 * 0.9 - 2 * 1.5 * 2 * 0.01 + 1.5**2 * 2 * 0.004) / 4.0**2
    assert found.roi_se == pytest.approx(math.sqrt(variance), rel=1e-12)
    assert math.isnan(money(arm("coupon", 56.0, 0.0)).roi_se)


def test_a_use_costs_what_was_spent_over_who_used_it():
    """Costs of 0 or 8, used by every second customer who got one: 4 a customer, 16 for each who used it."""
    rng = np.random.default_rng(3)
    cost = 8.0 * (rng.random(4000) < 0.5)
    used = (cost > 0) * (rng.random(4000) < 0.5) * 1.0
    rows = np.column_stack([np.full(4000, 50.0), cost, used])
    names = (*NAMES, "redeemed_60d")
    arms = [
        Moments(v, names, 4000, r.mean(axis=0), np.cov(r.T))
        for v, r in (("control", rows * 0), ("coupon", rows))
    ]
    found = economics(
        *arms, None, margin=NAMES[0], cost=NAMES[1], used=names[2], offered=1, unused=0
    )
    assert found.cost_per_user == pytest.approx(cost.sum() / used.sum(), rel=1e-12)
    draws = rng.integers(0, 4000, (400, 4000))
    ratios = cost[draws].sum(axis=1) / used[draws].sum(axis=1)
    half = (found.cost_per_user_high - found.cost_per_user_low) / 2
    assert half == pytest.approx(1.96 * ratios.std(), rel=0.12)
    alone = without_errors(found)
    assert alone.cost_per_user == found.cost_per_user
    assert math.isnan(alone.cost_per_user_low) and math.isnan(alone.roi_se)


def test_a_perk_that_nobody_used_has_no_cost_a_use():
    assert math.isnan(money(arm("coupon", 56.0, 4.0)).cost_per_user)


@pytest.fixture(scope="module")
def demo():
    study = params.load("three_perks")
    desk = data.load(study)
    evidence = metrics.gather(desk, study)
    yield study, evidence, experiment.analyze(evidence, study)
    desk.close()


def test_net_value_is_margin_minus_cost_in_every_arm(demo):
    _, evidence, _ = demo
    for variant, moments in evidence.moments["net_value_60d"].items():
        net, margin, cost = (
            moments.of(f"{n}_60d")[1] for n in ("net_value", "margin", "perk_cost")
        )
        assert net == pytest.approx(margin - cost, rel=1e-12), variant


def test_the_planted_cost_of_custom_care_is_found(demo):
    from cs_lib.data.simulate import simulate

    planted = simulate().truth.perks.variant("custom_care")
    found = next(c.economics for c in demo[2].comparisons if c.variant == "custom_care")
    assert found.extra_cost == pytest.approx(planted.perk_cost, abs=0.6)
    assert found.roi_high < 0


def test_a_budget_that_is_overrun_is_a_doubt(demo):
    study, evidence, _ = demo
    capped = study.model_copy(update={"money": study.money.model_copy(update={"budget": 10_000.0})})
    result = experiment.analyze(evidence, capped)
    check = next(c for c in result.checks if titled(c) == "Within budget")
    assert check.passed is False
    assert "custom care ¥41,160" in check.finding and "at most ¥10,000 each" in check.finding


def test_unused_perks_are_those_delivered_unexpired_and_unredeemed(demo):
    study, evidence, _ = demo
    assert evidence.unused.get("coupon", 0.0) == 0.0  # all expired long before the data cut
    early = study.model_copy(update={"as_of": study.design.period[1].replace(month=1, day=20)})
    desk = data.load(early)
    unused = metrics.gather(desk, early).unused
    by_hand = desk.engine.rows(
        "SELECT sum(face_value) FROM perk_assignments WHERE experiment_id = 'perk_after_complaint'"
        " AND variant = 'coupon' AND delivered_at IS NOT NULL AND expires_at > TIMESTAMP '2026-01-19 16:00:00'"
        " AND assignment_id NOT IN (SELECT assignment_id FROM perk_redemptions)"
    )[0][0]
    desk.close()
    assert unused["coupon"] == pytest.approx(by_hand) and by_hand > 0
