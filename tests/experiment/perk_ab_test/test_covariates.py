"""Covariates of assigned customers: measured before, wired into the effects, refused when measured after."""

import numpy as np
import pytest

from cs_lib import data, experiment, metrics, params
from tests.titles import titled


@pytest.fixture(scope="module")
def demo():
    study = params.load("three_perks")
    desk = data.load(study)
    yield study, desk, metrics.gather(desk, study)
    desk.close()


def without(study):
    return study.model_copy(update={"measure": study.measure.model_copy(update={"covariates": ()})})


def by_hand(desk, study):
    """The rows behind net value and two covariates, each summed from its table for every customer by itself."""
    after = "t.{stamp} > a.assigned_at AND t.{stamp} <= a.assigned_at + INTERVAL 60 DAY"
    before = "o.ordered_at <= a.assigned_at AND o.ordered_at > a.assigned_at - INTERVAL 180 DAY"
    cancelled = "SELECT order_id FROM orders WHERE cancelled_at IS NOT NULL"
    rate = study.money.margin_rate
    return desk.frame(
        f"""SELECT a.variant,
          coalesce((SELECT sum(coalesce(t.margin, t.amount * {rate})) FROM orders t
            WHERE t.customer_id = a.customer_id AND t.cancelled_at IS NULL AND {after.format(stamp="ordered_at")}), 0)
          - coalesce((SELECT sum(t.discount_amount) FROM perk_redemptions t WHERE t.assignment_id = a.assignment_id
            AND t.order_id NOT IN ({cancelled}) AND {after.format(stamp="redeemed_at")}), 0)
          - CASE WHEN a.delivered_at IS NOT NULL THEN coalesce(a.unit_cost, 0) ELSE 0 END AS net_value_60d,
          (SELECT count(*) FROM orders o WHERE o.customer_id = a.customer_id AND {before}) AS orders_before_180d,
          coalesce((SELECT sum(o.amount) FROM orders o
            WHERE o.customer_id = a.customer_id AND o.cancelled_at IS NULL AND {before}), 0) AS spent_before_180d
        FROM perk_assignments a WHERE a.experiment_id = '{study.design.experiment}'
          AND a.assigned_at + INTERVAL 60 DAY <= TIMESTAMP '{desk.cut}'""",
        limit=100_000,
    )


def test_the_engine_counts_what_lies_before_assignment_and_nothing_after(demo):
    _, desk, evidence = demo
    moments = evidence.moments["repurchase_60d"]["control"]
    by_hand = desk.engine.rows(
        "SELECT count(*), sum((SELECT count(*) FROM orders o WHERE o.customer_id = a.customer_id"
        " AND o.ordered_at <= a.assigned_at AND o.ordered_at > a.assigned_at - INTERVAL 180 DAY))"
        " FROM perk_assignments a WHERE experiment_id = 'perk_after_complaint' AND variant = 'control'"
    )[0]
    assert moments.n == by_hand[0]
    assert moments.of("orders_before_180d")[1] == pytest.approx(by_hand[1] / by_hand[0], rel=1e-12)


def test_moments_with_covariates_equal_numpy_on_the_rows(demo):
    study, desk, evidence = demo
    names = ["net_value_60d", "orders_before_180d", "spent_before_180d"]
    rows = by_hand(desk, study).query("variant == 'coupon'")
    found = evidence.moments["net_value_60d"]["coupon"]
    at = [found.names.index(name) for name in names]
    assert np.allclose(found.cov[np.ix_(at, at)], np.cov(rows[names].to_numpy().T), rtol=1e-9)


def test_adjustment_narrows_the_interval_and_keeps_the_estimate_near(demo):
    study, desk, evidence = demo
    plain = experiment.analyze(metrics.gather(desk, without(study)), without(study))
    adjusted = experiment.analyze(evidence, study)
    for a, b in zip(plain.comparisons, adjusted.comparisons, strict=True):
        assert b.net_value.se < a.net_value.se
        assert abs(a.net_value.effect - b.net_value.effect) < 2 * a.net_value.se
        assert "Lin" in str(b.primary.method) and "Lin" not in str(a.primary.method)


def test_adjusted_effects_equal_the_interacted_regression_on_rows(demo):
    import statsmodels.api as sm

    study, desk, evidence = demo
    names = ["net_value_60d", "orders_before_180d", "spent_before_180d"]
    rows = by_hand(desk, study)
    rows = rows[rows["variant"].isin(["control", "coupon"])]
    t = (rows["variant"] == "coupon").to_numpy(float)
    x = rows[names[1:]].to_numpy()
    x = x - x.mean(axis=0)
    design = np.column_stack([np.ones(len(t)), t, x, x * t[:, None]])
    expected = sm.OLS(rows[names[0]].to_numpy(), design).fit().params[1]
    found = experiment.analyze(evidence, study).comparisons[0].net_value.effect
    assert found == pytest.approx(expected, rel=1e-8)


def test_the_page_says_what_the_covariates_brought(demo):
    study, _, evidence = demo
    check = next(
        c
        for c in experiment.analyze(evidence, study).checks
        if titled(c) == "Adjusted for the past"
    )
    assert check.passed is None
    assert "variance ratio" in check.finding


def test_guardrails_stay_unadjusted_shares(demo):
    study, _, evidence = demo
    rail = experiment.analyze(evidence, study).comparisons[0].guardrails[0]
    assert "Newcombe" in str(rail.effect.method)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("revenue_60d", "'revenue_60d' is measured after assignment; use what was known before"),
        ("spent_befor_180d", "no covariate 'spent_befor_180d'; did you mean 'spent_before_180d'?"),
    ],
)
def test_a_covariate_measured_after_assignment_is_refused(name, sentence):
    study = params.load("three_perks")
    measure = study.measure.model_copy(update={"covariates": (name,)})
    found = list(metrics.problems(study.model_copy(update={"measure": measure})))
    assert [key for key, _ in found] == ["measure.covariates"]
    assert sentence in found[0][1]
