"""Words in drawings: they fit, stand apart from each other and inside the canvas, at reading size."""

import re
from html import unescape
from itertools import combinations

import pytest

from cs_lib import report
from cs_lib.language import speaking
from cs_lib.report.drawing.axes import cut, width, wrapped
from cs_lib.report.drawing.figure import Figure
from cs_lib.report.drawing.labels import apart
from tests.report.drawing.test_waterfall import seen

LEAST_SIZE = 12
PERKS = (
    "behaviour",
    "net_value",
    "money_steps",
    "looks",
    "segments",
    "over_time",
    "since_assignment",
)
BEFORE_AFTER = ("series", "by_team", "what_came_in", "placebo", "waiting_times")
DRAWN = {
    "three_perks": (report.perk_ab_test, PERKS),
    "coupon_with_looks": (report.perk_ab_test, PERKS),
    "coupon_without_end": (report.perk_ab_test, PERKS),
    "faster_routing": (report.before_after, BEFORE_AFTER),
    "script_change": (report.before_after, BEFORE_AFTER),
    "assistant_deflects": (report.before_after, BEFORE_AFTER),
    "routing_by_team": (report.before_after, BEFORE_AFTER),
}
TEXT = re.compile(r"<text style=\"([^\"]*)\" ([^>]*)>(.*?)</text>")


def boxes(svg):
    """Words of a drawing with the box of each: left, top, right, bottom."""
    found = []
    for style, place, words in TEXT.findall(svg):
        words = unescape(words)
        size = float(re.search(r"font-size: ([\d.]+)px", style)[1])
        x, y = (float(v) for v in re.findall(r"-?[\d.]+", place)[:2])
        long = width(words, size, bold="font-weight: 700" in style)
        anchor = re.search(r"text-anchor: (\w+)", style)
        x -= {"middle": long / 2, "end": long}.get(anchor[1] if anchor else "start", 0)
        found.append((words, size, (x, y - 0.8 * size, x + long, y + 0.2 * size)))
    return found


def overlap(one, other):
    """By how much two boxes overlap, across and upright."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    return across, min(one[3], other[3]) - max(one[1], other[1])


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("study", DRAWN)
def test_no_words_of_a_drawing_overlap_or_leave_it_or_are_small(study, language):
    result, (room, names) = seen(study)[2], DRAWN[study]
    with speaking(language):
        made = [getattr(room, name)(result) for name in names]
        figures = [f for f in (*made, report.figures.guardrails(result)) if isinstance(f, Figure)]
    assert len(figures) >= 3
    for figure in figures:
        for svg, canvas in ((figure.wide, 920), (figure.narrow, 340)):
            words = boxes(svg)
            assert words and min(size for _, size, _ in words) >= LEAST_SIZE, figure.name
            out = [(w, box) for w, _, box in words if box[0] < -3 or box[2] > canvas + 3]
            assert out == [], (figure.name, canvas)
            clash = [
                (a, b)
                for (a, _, one), (b, _, other) in combinations(words, 2)
                if min(overlap(one, other)) > 3
            ]
            assert clash == [], (figure.name, canvas)


def test_a_label_is_wrapped_before_it_is_cut():
    label = "Contacts that come back within 7 days"
    assert wrapped(label, 200, 15) == "Contacts that come\nback within 7 days"
    assert wrapped(label, 400, 15) == label
    assert (
        wrapped("60 天内同一问题再次出现", 110, 15).replace("\n", "") == "60 天内同一问题再次出现"
    )
    assert wrapped("extended_follow_up_by_a_senior_agent", 100, 15).endswith("…")


def test_only_what_has_no_room_is_cut():
    text = "2025/11/27 至 2026/1/21"
    exact = width(text, 15)
    assert cut(text, exact, 15) == text
    assert cut(text, exact - 1, 15).endswith("…") and width(cut(text, exact - 1, 15), 15) <= exact


def test_names_that_would_overlap_are_moved_apart_and_stay_above_the_floor():
    assert apart([10.0, 9.0, 2.0], [1.0, 1.0, 1.0], 0.0) == [10.5, 8.5, 2.0]
    assert apart([1.0, 0.5], [1.0, 1.0], 0.0) == [3.0, 1.0]
