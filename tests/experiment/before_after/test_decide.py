"""The decision rule of a before/after study, verdict by verdict."""

import pytest

from cs_lib.experiment.before_after.decide import decide_change
from cs_lib.metrics import CATALOGUE
from cs_lib.results import Check, Guardrail
from tests.experiment.effects import effect

HOURS = CATALOGUE["resolution_hours"]


def change(found, *, picked=False, checks=(), min_effect=1.0, guardrails=()):
    return decide_change(
        found,
        checks,
        metrics={"resolution_hours": HOURS, "csat": CATALOGUE["csat"]},
        min_effect=min_effect,
        smallest_detectable=3.0,
        picked_for_bad_results=picked,
        guardrails=guardrails,
    )


def hours(value, low, high):
    return effect(value, low, high, metric="resolution_hours", control=30.0)


def breached():
    return Guardrail("csat", "breached", 0.02, effect(-0.2, -0.3, -0.1, metric="csat"))


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (hours(-8, -12, -4), "improved"),
        (hours(8, 4, 12), "worsened"),
        (hours(-1, -4, 2), "no_clear_change"),
    ],
)
def test_a_change_is_judged_by_its_interval_against_zero(found, verdict):
    assert change(found).verdict == verdict


def test_a_queue_picked_for_bad_numbers_is_not_called_improved():
    found = change(hours(-8, -12, -4), picked=True)
    assert found.verdict == "no_clear_change"
    assert "recover by themselves" in found.because


def test_a_change_that_is_surely_small_says_so():
    found = change(hours(-0.1, -0.5, 0.3))
    assert "smaller than the 1.0 hours worth acting on" in found.because


def test_a_change_too_noisy_to_see_names_the_smallest_detectable():
    assert "3.0 hours or more" in change(hours(-1, -4, 2)).because


def test_doubts_are_named_in_the_reason():
    doubts = [Check(c, False, "x") for c in ("no_other_change", "extract_complete")]
    one = change(hours(-8, -12, -4), checks=[doubts[0], Check("same_mix", True, "y", of="need")])
    assert one.because.endswith("In doubt: another change in the same weeks.")
    many = change(hours(-8, -12, -4), checks=[*doubts, Check("drift", False, "y")])
    assert "export cut short, and 1 more point." in many.because


def test_harm_that_is_not_ruled_out_stands_beside_an_improvement():
    rail = Guardrail("csat", "not_shown", 0.02, effect(-0.01, -0.03, 0.01, metric="csat"))
    found = change(hours(-8, -12, -4), guardrails=(rail,))
    assert (found.verdict, "Not ruled out: fewer satisfied customers." in found.because) == (
        "improved",
        True,
    )


def test_an_improvement_that_harms_elsewhere_is_not_called_improved_nor_to_be_extended():
    found = change(hours(-8, -12, -4), guardrails=(breached(),))
    assert found.verdict == "worsened"
    assert "But 20.0 points fewer answers are satisfied." in found.because
    assert "Do not extend" in found.next_step


def test_harm_without_a_gain_is_told_and_acted_on():
    found = change(hours(-1, -4, 2), guardrails=(breached(),))
    assert found.verdict == "worsened"
    assert found.because.startswith(
        "20.0 points fewer answers are satisfied. That is more than the margin allows."
    )
    assert found.next_step == "Repair what got worse, or take the change back."
