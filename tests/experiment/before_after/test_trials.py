"""Small inputs with trouble met in public trackers: their right value, or a refusal that names the trouble."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("number", "check", "said"),
    [
        ("10", "days_missing", "9 March to 29 March 2026 (0 contacts, where"),
        ("11", "stamps_agree", "contacts are open by their status and have a time of resolution"),
        ("13", "recorded_alike", "From 2 February 2026 on 0\u202f% of contacts have their time of"),
        ("14", "no_surge", "Most of those beyond the usual were closed within minutes"),
    ],
)
def test_trouble_that_carries_the_verdict_withholds_it_and_is_named(trial, number, check, said):
    result = trial(number)
    assert result.decision.verdict == "invalid"
    assert [c.code for c in result.checks if c.passed is False and c.blocks_decision] == [check]
    assert said in result.decision.because


def test_anonymous_callers_are_nobody_who_comes_back(trial):
    result = trial("04")
    assert result.decision.verdict == "no_clear_change"
    (check,) = [c for c in result.checks if c.code == "customers_known"]
    assert "“anonymous” (1,013 contacts)" in check.finding
