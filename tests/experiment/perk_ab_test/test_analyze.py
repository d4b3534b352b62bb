"""An A/B study from moments to decision, on evidence written by hand."""

from datetime import date

import numpy as np
import pytest
from scipy import stats

from cs_lib import params
from cs_lib.aggregates import LoggedChange, Moments
from cs_lib.experiment import analyze
from cs_lib.metrics import CATALOGUE
from cs_lib.metrics.catalogue import in_currency
from cs_lib.metrics.perk_ab_test import PerkEvidence
from tests.titles import titled

SPENT = "spent_before_180d"
SETTINGS = {
    "study": "coupon",
    "notebook": "perk_ab_test",
    "question": "Does the coupon bring customers back?",
    "as_of": "2026-07-01",
    "source": "demo",
    "design": {
        "experiment": "e1",
        "control": "control",
        "arms": ["coupon"],
        "split": {"control": 0.5, "coupon": 0.5},
        "period": ["2026-01-01", "2026-03-01"],
    },
    "measure": {"primary_metric": "repurchase_60d"},
    "money": {"margin_rate": 0.3, "window_days": 60},
    "rule": {"alpha": 0.05, "min_effect": 0.02, "planned_n": 1000},
}


def study(**changes):
    settings = {**SETTINGS, **changes}
    return params.PerkAbTest.model_validate(settings)


def one(variant, name, n, mean, variance):
    return Moments(variant, (name,), n, np.array([mean]), np.array([[variance]]))


def share(variant, name, n, count):
    p = count / n
    return one(variant, name, n, p, p * (1 - p) * n / (n - 1))


def evidence(*, counts=None, bought=None, value=None, n=2000, until=date(2026, 7, 1), **changes):
    counts = counts or {"control": n, "coupon": n}
    bought = bought or {"control": int(0.25 * n), "coupon": int(0.33 * n)}
    value = value or {"control": 50.0, "coupon": 54.0}
    metrics = ["repurchase_60d", "net_value_60d"]
    fields = {
        "metrics": in_currency(metrics, "CNY"),
        "moments": {
            "repurchase_60d": {v: share(v, "repurchase_60d", n, bought[v]) for v in counts},
            "net_value_60d": {v: one(v, "net_value_60d", n, value[v], 900.0) for v in counts},
        },
        "assigned": counts,
        "observed": dict.fromkeys(counts, n),
        "redeemed": {"coupon": 300},
        "before": {v: one(v, SPENT, n, 100.0, 400.0) for v in counts},
        "counts_redemptions": True,
        "observed_until": until,
        "currency": "CNY",
    }
    return PerkEvidence(**{**fields, **changes})


def check(result, name):
    return next(c for c in result.checks if titled(c) == name)


def test_a_good_coupon_ships():
    result = analyze(evidence(), study())
    assert result.decision.verdict == "ship"
    assert [e.metric for e in result.effects()] == ["repurchase_60d", "net_value_60d"]


def test_a_broken_split_withholds_every_effect():
    result = analyze(evidence(counts={"control": 2000, "coupon": 1700}), study())
    assert (result.decision.verdict, result.effects()) == ("invalid", ())
    assert "split is broken" in result.decision.because


def test_the_split_is_judged_against_the_plan_not_against_halves():
    planned = {**SETTINGS["design"], "split": {"control": 0.2, "coupon": 0.8}}
    result = analyze(evidence(counts={"control": 1000, "coupon": 4000}), study(design=planned))
    assert check(result, "Split as planned").passed


def test_before_the_planned_size_nothing_is_shown():
    result = analyze(evidence(n=500, until=date(2026, 4, 15)), study())
    assert (result.decision.verdict, result.effects()) == ("keep_running", ())


def test_a_small_study_that_is_over_is_read_and_marked():
    result = analyze(evidence(n=500), study())
    assert result.effects()
    assert check(result, "Planned size reached").passed is False


def test_an_unplanned_variant_blocks():
    counts = {"control": 2000, "coupon": 2000, "holdout": 50}
    given = evidence()
    result = analyze(evidence(**{"assigned": counts, "moments": given.moments}), study())
    assert result.decision.verdict == "invalid"
    assert "'holdout' has 50 customers but is not planned" in result.decision.because


def test_a_planned_variant_without_customers_blocks():
    given = evidence()
    result = analyze(evidence(**{"assigned": {"control": 2000}, "moments": given.moments}), study())
    assert "'coupon' is planned but has no customer" in result.decision.because


def test_nobody_assigned_is_said_plainly():
    given = evidence()
    result = analyze(evidence(**{"assigned": {}, "moments": given.moments}), study())
    assert "Nobody was assigned in experiment 'e1'" in result.decision.because


def test_perks_in_control_block_when_they_are_more_than_a_leak():
    result = analyze(evidence(redeemed={"control": 100, "coupon": 300}), study())
    assert result.decision.verdict == "invalid"
    assert "100 of 2,000 control customers used a perk" in result.decision.because


def test_unlike_spending_before_the_start_is_a_doubt():
    before = {
        "control": one("control", SPENT, 150, 100.0, 400.0),
        "coupon": one("coupon", SPENT, 150, 110.0, 400.0),
    }
    found = check(analyze(evidence(before=before), study()), "Alike before the start")
    assert (found.passed, found.blocks_decision) == (False, False)
    assert "0.50 standard deviations" in found.finding


def three_arms():
    counts = dict.fromkeys(("control", "coupon", "discount", "care"), 2000)
    bought = {"control": 500, "coupon": 660, "discount": 545, "care": 530}
    value = {"control": 50.0, "coupon": 54.0, "discount": 50.5, "care": 30.0}
    design = {
        **SETTINGS["design"],
        "arms": ["coupon", "discount", "care"],
        "split": dict.fromkeys(counts, 0.25),
    }
    return analyze(evidence(counts=counts, bought=bought, value=value), study(design=design))


def test_several_arms_get_holms_p_and_intervals_that_agree_with_it():
    primary = [c.primary for c in three_arms().comparisons]
    for effect in primary:
        spans = effect.effect_ci_low <= 0 <= effect.effect_ci_high
        assert spans == (effect.pvalue >= 0.05)
    assert primary[0].alpha == pytest.approx(0.05 / 3)


def test_several_arms_keep_their_raw_p_times_the_holm_factor():
    primary = three_arms().comparisons[0].primary
    p0, p1 = 500 / 2000, 660 / 2000
    pooled = (p0 + p1) / 2
    z = (p1 - p0) / np.sqrt(pooled * (1 - pooled) * 2 / 2000)
    assert primary.pvalue == pytest.approx(3 * 2 * stats.norm.sf(z), rel=1e-6)


def test_the_page_speaks_of_the_best_arm_and_names_the_others():
    decision = three_arms().decision
    assert decision.verdict == "ship"
    assert decision.because.startswith("Coupon comes out best.")
    assert "care: stop" in decision.because


def test_guardrails_read_the_95_percent_interval_even_with_several_arms():
    measure = {"primary_metric": "repurchase_60d", "guardrails": {"complaint_rate_60d": 0.05}}
    given = evidence()
    moments = {
        **given.moments,
        "complaint_rate_60d": {
            v: share(v, "complaint_rate_60d", 2000, 200) for v in ("control", "coupon")
        },
    }
    metrics = {**given.metrics, "complaint_rate_60d": CATALOGUE["complaint_rate_60d"]}
    given = evidence(moments=moments, metrics=metrics, guardrails=measure["guardrails"])
    result = analyze(given, study(measure=measure))
    rail = result.comparisons[0].guardrails[0]
    assert (rail.outcome, rail.effect.alpha) == ("holds", 0.05)


def test_a_source_without_redemptions_is_named_because_discounts_then_cost_nothing():
    result = analyze(evidence(counts_redemptions=False, redeemed={}), study())
    assert check(result, "Discounts counted").passed is None


def test_a_change_of_the_service_during_a_test_is_told_and_decides_nothing():
    other = LoggedChange("F4", "Skill-based routing", date(2026, 2, 5), "team_id in (T01)")
    served = (date(2025, 9, 1), date(2026, 5, 30))
    without = analyze(evidence(), study())
    result = analyze(evidence(served=served, changes=(other,)), study())
    found = next(c for c in result.checks if c.code == "same_service")
    assert found.passed is None and "Skill-based routing (5 February 2026" in found.finding
    assert result.decision == without.decision
    assert "same_service" not in [c.code for c in without.checks]
    unlogged = analyze(evidence(served=served), study())
    assert "changes_logged" in [c.code for c in unlogged.checks]
