"""Small inputs with trouble met in public trackers: their right value, or a refusal that names the trouble."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("number", "check", "said"),
    [
        ("01", "keys_found", "('00001' for '1' and '00011' for '11')"),
        ("05", "sample_ratio_throughout", "The split changed on 4 January 2026"),
        ("07", "moments_known", "orders.ordered_at are midnight sharp"),
        ("08", "columns_filled", "lack orders.amount (0.0\u202f% control and 39.5\u202f% coupon)"),
    ],
)
def test_trouble_that_carries_the_verdict_withholds_it_and_is_named(trial, number, check, said):
    result = trial(number)
    assert result.decision.verdict == "invalid"
    assert [c.code for c in result.checks if c.passed is False and c.blocks_decision] == [check]
    assert said in str(result.decision.because)


def test_guardrails_without_their_column_are_named_and_never_hold(trial):
    result = trial("03")
    assert {"complaint_rate_60d", "repeat_complaint_60d"} <= {*result.absent}
    assert not [g for c in result.comparisons for g in c.guardrails if "complaint" in g.metric]
    assert "usual guardrails missing" in str(result.decision.reason)


def test_a_file_of_another_format_beside_it_changes_nothing(trial):
    effect = trial("16").comparisons[0].primary
    assert (round(effect.effect, 3), round(effect.effect_ci_low, 3), round(effect.effect_ci_high, 3)) == (
        0.075, 0.045, 0.104,
    )  # fmt: skip


def test_a_scale_of_four_is_not_called_one_of_five(trial):
    assert "on the scale of 1 to 4" in str(trial("23").decision.because)
