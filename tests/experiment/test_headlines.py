"""One headline per verdict and reason: it says what decided, and cannot be read against its verdict."""

import re
from pathlib import Path

import pytest

import cs_lib
from cs_lib import sentences as w
from cs_lib.experiment.before_after.decide import decide_change
from cs_lib.experiment.checks import blocked
from cs_lib.experiment.perk_ab_test.decide import decide_perk, waiting
from cs_lib.language import speaking
from cs_lib.metrics.catalogue import CATALOGUE, in_currency
from cs_lib.results import Check, Guardrail
from tests.experiment.effects import effect as made

METRICS = in_currency(CATALOGUE, "CNY")
CODE = Path(cs_lib.__file__).parent / "experiment"


def effect(metric, value, low, high, control=0.25):
    return made(value, low, high, metric=metric, control=control)


def rail(outcome, metric="complaint_rate_60d", value=0.08):
    return Guardrail(metric, outcome, 0.02, effect(metric, value, value - 0.03, value + 0.03))


BUY, LOSS, GAIN = "repurchase_60d", (-4, -6, -2), (4, 2, 6)
PERKS = {
    "pays": ((0.06, 0.03, 0.09), GAIN, (), "ship",
        "6.0 points more customers buy again within 60 days, and each customer offered the coupon "
        "brings in ¥4.00 more than it costs"),
    "worth_acting_on": ((0.06, 0.03, 0.09), None, (), "ship",
        "6.0 points more customers buy again within 60 days (3.0 to 9.0 points)"),
    "delights_and_loses": ((0.06, 0.03, 0.09), LOSS, (), "stop",
        "6.0 points more customers buy again within 60 days, but each customer offered the coupon "
        "costs ¥4.00 more than they bring in"),
    "loses_money": ((0.01, -0.03, 0.05), LOSS, (), "stop",
        "Each customer offered the coupon costs ¥4.00 more than they bring in"),
    "guardrail_breached": ((0.06, 0.03, 0.09), GAIN, (rail("breached"),), "stop",
        "6.0 points more customers buy again within 60 days, but 8.0 points more customers complain "
        "within 60 days"),
    "harms_behaviour": ((-0.06, -0.09, -0.03), None, (), "stop",
        "6.0 points fewer customers buy again within 60 days (3.0 to 9.0 points)"),
    "too_small": ((0.005, -0.005, 0.015), None, (), "stop",
        "Buy again within 60 days: a gain of at most 1.5 points, less than the 2.0 points worth acting on"),
    "too_wide": ((0.03, 0.01, 0.05), GAIN, (), "inconclusive",
        "3.0 points more customers buy again within 60 days, perhaps less than the 2.0 points worth acting on"),
    "guardrail_not_shown": ((0.06, 0.03, 0.09), GAIN, (rail("not_shown"),), "inconclusive",
        "6.0 points more customers buy again within 60 days, but not ruled out: more customers complain"),
    "money_open": ((0.06, 0.03, 0.09), (1, -1, 3), (), "inconclusive",
        "6.0 points more customers buy again within 60 days, but whether it pays is open "
        "(−¥1.00 to +¥3.00 a customer)"),
    "money_unknown": ((0.06, 0.03, 0.09), None, (), "inconclusive",
        "6.0 points more customers buy again within 60 days, but whether it pays cannot be told from these data"),
}  # fmt: skip


@pytest.mark.parametrize("clause", PERKS)
def test_a_perks_headline_says_what_decided(clause):
    primary, net, guardrails, verdict, headline = PERKS[clause]
    found = decide_perk(
        effect(BUY, *primary),
        effect("net_value_60d", *net, control=50.0) if net else None,
        guardrails,
        metrics=METRICS,
        min_effect=0.02,
        counts_money=clause == "money_unknown",
    )
    assert (found.clause, found.verdict, str(found.headline)) == (clause, verdict, headline)
    with speaking("zh"):
        assert not re.search(r"[A-Za-z]{2}", str(found.headline).replace("coupon", ""))


def hours(value, low, high):
    return effect("resolution_hours", value, low, high, control=30.0)


CSAT = Guardrail("csat", "breached", 0.02, effect("csat", -0.2, -0.3, -0.1))
LESS, MORE, NOISE = hours(-8, -12, -4), hours(8, 4, 12), hours(-1, -4, 2)
CHANGES = {
    "improved": (LESS, {}, "improved", "Resolution takes 8.0 hours less (4.0 to 12.0 hours)"),
    "improved_perhaps_little": (hours(-2, -3.5, -0.5), {}, "improved",
        "Resolution takes 2.0 hours less, perhaps less than the 1.0 hours worth acting on"),
    "worsened": (MORE, {}, "worsened", "Resolution takes 8.0 hours longer (4.0 to 12.0 hours)"),
    "paid_for": (LESS, {"guardrails": (CSAT,)}, "worsened",
        "Resolution takes 8.0 hours less, but 20.0 points fewer answers are satisfied"),
    "harm": (NOISE, {"guardrails": (CSAT,)}, "worsened", "20.0 points fewer answers are satisfied"),
    "other_work": (LESS, {"only_mix": (w.name("channel"),)}, "no_clear_change",
        "Resolution takes 8.0 hours less, but only because other work came in (by channel)"),
    "ran_apart": (LESS, {"only_drift": True}, "no_clear_change",
        "Resolution takes 8.0 hours less, but the teams ran apart before the change already"),
    "alarms_before": (LESS, {"unproven": "alarms_before"}, "no_clear_change",
        "Resolution takes 8.0 hours less, but as much moves where nothing was changed"),
    "first_days": (MORE, {"unproven": "first_days"}, "no_clear_change",
        "Resolution takes 8.0 hours longer, but only in the first two weeks"),
    "picked_for_bad_results": (LESS, {"picked_for_bad_results": True}, "no_clear_change",
        "Resolution takes 8.0 hours less, but a queue picked for bad numbers recovers by itself"),
    "like_a_season": (NOISE, {"straight": LESS}, "no_clear_change",
        "Hours to resolution: a growing change of less than 3.0 hours cannot be told from a season"),
    "too_small": (hours(-0.1, -0.5, 0.3), {}, "no_clear_change",
        "Hours to resolution: any change is smaller than the 1.0 hours worth acting on"),
    "too_wide": (NOISE, {}, "no_clear_change",
        "Hours to resolution: a change of less than 3.0 hours cannot be told from ordinary ups and downs"),
}  # fmt: skip


@pytest.mark.parametrize("clause", CHANGES)
def test_a_changes_headline_says_what_decided(clause):
    found, given, verdict, headline = CHANGES[clause]
    usual = {"picked_for_bad_results": False, "guardrails": (), "checks": ()}
    decided = decide_change(
        found, metrics=METRICS, min_effect=1.0, smallest_detectable=3.0, **{**usual, **given}
    )
    assert (decided.clause, decided.verdict, str(decided.headline)) == (clause, verdict, headline)
    with speaking("zh"):
        assert not re.search(r"[A-Za-z]{2}", str(decided.headline))


def test_harm_on_both_sides_is_one_sentence():
    decided = decide_change(
        MORE, (), metrics=METRICS, min_effect=1.0, smallest_detectable=3.0,
        picked_for_bad_results=False, guardrails=(CSAT,),
    )  # fmt: skip
    both = "Resolution takes 8.0 hours longer, and 20.0 points fewer answers are satisfied"
    assert (decided.clause, str(decided.headline)) == ("harm", both)


def test_an_invalid_studys_headline_names_the_fault():
    checks = [Check("extract_complete", False, "x", blocks_decision=True), Check("drift", True, "")]
    assert str(blocked(checks).headline) == "No answer: export cut short"


def test_a_running_tests_headline_says_how_far_it_is():
    running = str(waiting(245, 1200, per_day=6.7).headline)
    assert running == "245 of 1,200 customers per variant observed, about 143 more days to go"
    assert (
        str(waiting(245, 1200, per_day=0).headline) == "245 of 1,200 customers per variant observed"
    )


def test_every_decision_of_a_rule_has_a_headline():
    """`Decision(verdict, reason, advice, clause, headline)`: five arguments wherever one is made."""
    import ast

    made = [
        (path.name, call.lineno)
        for path in CODE.rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "Decision"
        if len(call.args) + len(call.keywords) < 5
    ]
    assert made == []
