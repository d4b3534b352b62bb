"""Waiting curves: one unit throughout, the axis as long as something happens."""

import re

import pytest

from cs_lib.report import before_after
from tests.report.drawing.test_waterfall import seen


@pytest.mark.parametrize(
    ("study", "unit"), [("faster_routing", "hours"), ("script_change", "minutes")]
)
def test_title_and_axis_speak_of_the_unit_of_the_metric(study, unit):
    figure = before_after.waiting_times(seen(study)[2])
    assert f" {unit}" in figure.title
    assert f"{unit} since opening" in figure.wide and f"{unit} since opening" in figure.narrow
    assert unit in figure.data.columns


def test_the_axis_ends_where_almost_nobody_waits_and_the_caption_names_the_horizon():
    figure = before_after.waiting_times(seen("script_change")[2])
    words = re.findall(r"<text[^>]*>([^<]*)</text>", figure.wide)
    ticks = [float(w.replace(",", "")) for w in words if re.fullmatch(r"[\d,]+", w)]
    late = figure.data[figure.data.still_waiting > 0.02].minutes.max()
    assert late / 2 < max(ticks) < 1.2 * late < 72 * 60
    assert "3 days" in figure.caption
