"""Guardrails as a figure: worse to the right, in the share of the allowed loss, numbers that agree with their words."""

import re

import pytest

from cs_lib import report
from cs_lib.report import figures
from tests.report.drawing.test_waterfall import seen


def words(svg):
    """The words of a drawing."""
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


@pytest.mark.parametrize("study", ["coupon_with_looks", "script_change", "assistant_deflects"])
def test_worse_is_to_the_right_whichever_way_is_good(study):
    result = seen(study)[2]
    for guardrail in result.rails:
        metric, row = result.metrics[guardrail.metric], figures._rail(guardrail, result)
        worse = (guardrail.effect.effect < 0) == (metric.good == "up")
        assert (row.effect > 0) == worse
        loss = abs(guardrail.effect.effect) / guardrail.margin
        assert abs(row.effect) == pytest.approx(100 * loss)
        # The numbers keep the metric's own sign.
        assert row.text.startswith("+" if guardrail.effect.effect > 0 else "\u2212")


@pytest.mark.parametrize("study", ["coupon_with_looks", "script_change", "assistant_deflects"])
@pytest.mark.parametrize("drawing", ["wide", "narrow"])
def test_nothing_and_all_of_the_allowed_loss_are_always_on_the_axis(study, drawing):
    shown = words(getattr(report.figures.guardrails(seen(study)[2]), drawing))
    assert {"0\N{NARROW NO-BREAK SPACE}%", "100\N{NARROW NO-BREAK SPACE}%"} <= set(shown)


def test_an_interval_far_out_ends_at_the_edge_of_the_axis():
    result = seen("assistant_deflects")[2]
    rows = [figures._rail(g, result) for g in result.rails]
    span = figures._span(rows)
    assert max(r.high for r in rows) > 500 and span.high < 330 and span.low > -230


@pytest.mark.parametrize(
    ("study", "title"),
    [
        ("coupon_with_looks", "Every guardrail holds"),
        ("chat_on_order_page", "Not ruled out: Satisfied answers (top two of five)"),
        ("script_change", "Not ruled out: 4 of 5 guardrails could be worse than allowed"),
    ],
)
def test_the_title_names_what_is_not_ruled_out(study, title):
    assert report.figures.guardrails(seen(study)[2]).title == title


def test_a_breach_leads_the_title():
    title = report.figures.guardrails(seen("assistant_deflects")[2]).title
    assert title.startswith("Worse than allowed: Bot contacts")
