"""A single result in a notebook and in a terminal: words and rounded numbers, never colour alone."""

import html
import re
import subprocess
import sys
import types
from dataclasses import dataclass, fields, is_dataclass

import pytest

from cs_lib import data, experiment, metrics, params
from cs_lib.report import cards
from cs_lib.results import Answer, Check, Decision, Effect, Guardrail, Record

EFFECT = Effect(
    metric="repurchase_60d",
    variant="custom_care",
    control=0.6334379905808478,
    treatment=0.6983026874115984,
    effect=0.0648646968307506,
    effect_ci_low=0.028347123,
    effect_ci_high=0.100812347,
    pvalue=0.000504123,
    nobs=2560,
    method="Pooled z, Newcombe interval",
    details={"n_control": 1274},
)


def words(shown) -> str:
    """What a reader sees: the markup without style and tags."""
    markup = re.sub(r"<style>.*?</style>", "", cards.html(shown), flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup)).split())


def test_an_effect_shows_what_was_compared_rounded_by_unit():
    assert words(EFFECT) == (
        "Buy again within 60 days: treatment minus control. Pooled z, Newcombe interval."
        " Variant Control Treatment Difference 95 % interval p n"
        " custom care 63.3 % 69.8 % +6.5 points +2.8 to +10.1 points < 0.001 2,560"
    )


def test_a_before_after_effect_says_expected_and_observed():
    after = EFFECT.with_(metric="resolution_hours", variant="after", control=29.63, treatment=21.59)
    assert "observed minus expected" in words(after) and "29.6 hours 21.6 hours" in words(after)


def test_an_effect_of_no_known_metric_keeps_its_name_and_three_digits():
    other = EFFECT.with_(metric="margin_if_used", control=1234.5678, treatment=0.00012345)
    assert words(other).startswith("Margin if used:")
    assert "1,235" in words(other) and not re.search(r"\d\.\d{5}", words(other))


def test_to_frame_keeps_every_digit():
    assert EFFECT.to_frame().loc[0, "effect"] == 0.0648646968307506


@pytest.mark.parametrize(
    ("check", "said"),
    [
        (Check("Split as planned", True, "p = 0.24."), "✓ passed"),
        (Check("Split as planned", False, "p < 0.001."), "! look"),
        (Check("Split as planned", False, "p < 0.001.", blocks_decision=True), "✗ blocks"),
        (Check("Split as planned", None, "Not asked."), "· note"),
    ],
)
def test_a_check_says_its_outcome_with_a_mark_and_a_word(check, said):
    assert words(check) == f"{said} Split as planned {check.finding}"


@pytest.mark.parametrize(
    ("outcome", "said"),
    [("holds", "✓ holds"), ("breached", "✗ breached"), ("not_shown", "! not ruled out")],
)
def test_a_guardrail_says_outcome_and_margin(outcome, said):
    rail = Guardrail("complaint_rate_60d", outcome, 0.05, EFFECT.with_(metric="complaint_rate_60d"))
    assert f"custom care {said} 5.0 points" in words(rail)


def test_a_decision_is_shown_in_words():
    found = Decision("not_enough_data", "Too few <weeks>.", "Wait.")
    assert words(found) == "Not enough data Too few <weeks>. Next: Wait."


def test_any_other_record_is_a_short_list_of_its_fields():
    @dataclass(frozen=True, slots=True)
    class OddRecord(Record):
        share: float
        enough: bool
        count: int
        effects: tuple[Effect, ...]
        nothing: None = None

    shown = words(OddRecord(0.123456789, True, 12345, (EFFECT,) * 9))
    assert shown == (
        "Odd record Field Value Share 0.123 Enough yes Count 12,345 Effects 9 entries Nothing –"
    )


def test_in_a_terminal_every_record_is_one_short_line():
    rail = Guardrail("csat", "holds", 0.1, EFFECT)
    found = Decision("ship", "It pays.", "Roll it out.")
    assert repr(EFFECT) == (
        "Effect(repurchase_60d, custom_care: 0.633 to 0.698, difference 0.0649,"
        " 95 % interval 0.0283 to 0.101, p 0.000504, n 2,560, Pooled z, Newcombe interval)"
    )
    assert repr(rail) == f"Guardrail(holds, margin 0.1, {EFFECT!r})"
    assert repr(Check("Split", False, "p < 0.001.")) == "Check(Split: not passed. p < 0.001.)"
    assert repr(found) == "Decision(ship: It pays. Next: Roll it out.)"
    whole = type("SomeResult", (Answer,), {})()
    whole.study, whole.decision = types.SimpleNamespace(study="coupon"), found
    assert repr(whole) == f"SomeResult(coupon: {found!r})"
    assert max(map(len, map(repr, (EFFECT, rail, found)))) < 250


def records(found):
    """All records in a result."""
    if isinstance(found, dict):
        found = tuple(found.values())
    if isinstance(found, tuple | list):
        for item in found:
            yield from records(item)
    elif is_dataclass(found):
        if isinstance(found, Record):
            yield found
        for field in fields(found):
            yield from records(getattr(found, field.name))


@pytest.mark.parametrize("name", ["three_perks", "faster_routing", "plan_coupon_test"])
def test_a_whole_result_and_every_record_in_it_can_be_shown(name):
    study = params.load(name)
    result = experiment.analyze(metrics.gather(data.load(study), study), study)
    assert " ".join(result.decision.because.split()) in words(result)
    assert repr(result).startswith(f"{type(result).__name__}({name}: Decision(")
    shown = {type(record): words(record) for record in records(result)}
    assert {Check, Decision} < set(shown)
    assert [
        text for text in shown.values() if re.search(r"\d\.\d{7}|array\(|object at", text)
    ] == []


def test_a_running_shell_shows_a_record_as_its_card():
    """Through IPython's own formatter, as a notebook does."""
    code = (
        "from IPython.core.interactiveshell import InteractiveShell;"
        "shell = InteractiveShell.instance();"
        "from cs_lib.results import Decision;"
        "print(shell.display_formatter.format(Decision('ship', 'It pays.', 'Go.'))[0]['text/html'])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "It pays." in shown.stdout and "verdict good" in shown.stdout
