"""The decision rule of a perk test, verdict by verdict."""

from cs_lib.experiment.perk_ab_test.decide import decide_perk, waiting
from cs_lib.metrics import CATALOGUE
from cs_lib.metrics.catalogue import in_currency
from cs_lib.results import Guardrail
from tests.experiment.effects import effect


def perk(primary, net=None, guardrails=(), min_effect=0.02):
    return decide_perk(
        primary, net, guardrails, metrics=in_currency(CATALOGUE, "CNY"), min_effect=min_effect
    )


def money(value, low, high):
    return effect(value, low, high, metric="net_value_60d", control=50.0)


def test_a_perk_ships_when_even_the_low_end_is_worth_it_and_it_pays():
    assert perk(effect(0.06, 0.03, 0.09), money(4, 2, 6)).verdict == "ship"


def test_a_perk_that_delights_and_loses_money_stops_in_those_words():
    found = perk(effect(0.06, 0.03, 0.09), money(-4, -6, -2))
    assert found.verdict == "stop"
    assert "delights and loses money" in found.because
    assert "costs ¥4.00 more than they bring in" in found.because


def test_a_perk_without_effect_that_loses_money_does_not_pay():
    found = perk(effect(0.01, -0.03, 0.05), money(-4, -6, -2))
    assert (found.verdict, found.because.startswith("It does not pay.")) == ("stop", True)


def test_a_perk_stops_when_even_the_high_end_is_too_small():
    assert perk(effect(0.005, -0.005, 0.015), money(0.1, -1, 1)).verdict == "stop"


def test_a_perk_that_moves_behaviour_but_may_not_pay_is_inconclusive():
    assert perk(effect(0.06, 0.03, 0.09), money(1, -1, 3)).verdict == "inconclusive"


def test_a_perk_between_the_lines_is_inconclusive_and_says_how_many_more():
    found = perk(effect(0.03, 0.01, 0.05), money(1, 0.2, 3))
    assert found.verdict == "inconclusive"
    assert "customers per variant" in found.next_step


def test_a_breached_guardrail_stops_a_perk_whatever_it_brings():
    harm = effect(0.08, 0.06, 0.10, metric="complaint_rate_60d")
    rail = Guardrail("complaint_rate_60d", "breached", 0.02, harm)
    found = perk(effect(0.06, 0.03, 0.09), money(4, 2, 6), (rail,))
    assert (
        found.verdict,
        "8.0 points more customers complain within 60 days" in found.because,
    ) == ("stop", True)


def test_a_guardrail_not_shown_to_hold_delays_shipping():
    rail = Guardrail("complaint_rate_60d", "not_shown", 0.02, effect(0.01, -0.01, 0.03, metric="x"))
    assert perk(effect(0.06, 0.03, 0.09), money(4, 2, 6), (rail,)).verdict == "inconclusive"


def test_a_metric_that_should_fall_is_judged_by_its_fall():
    found = decide_perk(
        effect(-0.06, -0.09, -0.03, metric="complaint_rate_60d"),
        None,
        (),
        metrics=CATALOGUE,
        min_effect=0.02,
    )
    assert found.verdict == "ship"


def test_waiting_says_how_many_and_how_long():
    found = waiting(250, 1000, per_day=5.0)
    assert found.verdict == "keep_running"
    assert "250 of 1,000" in found.because
    assert "150 more days" in found.next_step


def test_waiting_without_intake_asks_whether_the_test_runs():
    assert "still running" in waiting(250, 1000, per_day=0.0).next_step
