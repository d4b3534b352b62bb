"""What the cost per contact comes to, and the numbers at which a verdict would turn."""

import pytest

from cs_lib import report
from cs_lib.report.before_after.chapters import COST
from cs_lib.report.before_after.prospects import cost_moved
from cs_lib.report.note import Note
from tests.experiment.before_after.test_analyze import with_cost

A_DAY = 40  # contacts of every day in the evidence that these studies read


def test_the_cost_of_a_month_is_the_change_per_contact_times_the_contacts():
    result = with_cost(1.5)
    effect = next(e for e in result.effects() if e.metric == "cost_per_contact")
    assert result.contacts_a_month == pytest.approx(A_DAY * 365.25 / 12, rel=0.001)
    assert cost_moved(result)
    month = effect.effect * result.contacts_a_month
    text = report.before_after.cost_at_scale(result).text
    said = float(text.split("moves by +€")[1].split(" ")[0].replace(",", ""))
    assert said == pytest.approx(month, rel=0.005)
    assert f"{round(result.contacts_a_month):,} contacts a month" in text


def test_the_chapter_of_costs_opens_when_they_clearly_moved():
    assert COST.opens(with_cost(1.5)) and not COST.opens(with_cost(0.0))


def test_what_would_turn_the_verdict_are_numbers_of_the_study():
    result = with_cost(0.5)
    low = min(abs(result.effect.effect_ci_low), abs(result.effect.effect_ci_high))
    points = report.before_after.turning(result).items
    assert f"moved it by {low:.1f} hours in the same weeks" in points[0]
    assert "Agent cost per contact: €0.50 worse would be too much" in points[1]


def test_without_an_effect_nothing_would_turn():
    from dataclasses import replace

    broken = replace(with_cost(0.0), found=None)
    note = report.before_after.turning(broken)
    assert isinstance(note, Note) and note.kind == "unasked"
