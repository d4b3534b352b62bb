"""Painters of the way from asking to solved: words stand apart, heights fit, the same numbers make the same bytes."""

from functools import cache
from itertools import combinations

import pytest

from cs_lib.language import speaking
from cs_lib.report.drawing.axes import NARROW_PIXELS, WIDE_PIXELS
from cs_lib.report.drawing.figure import draw
from tests.report.drawing import journeys
from tests.report.drawing.test_labels import LEAST_SIZE, boxes, overlap

LANGUAGES = ("en", "zh")
NAMES = [name for name, *_ in journeys.drawn("en")]
FORMS = [(False, WIDE_PIXELS), (True, NARROW_PIXELS)]


def made(name, language, narrow):
    """One drawing and its height."""
    with speaking(language):
        _, title, module, painter, data = next(d for d in journeys.drawn(language) if d[0] == name)
        across, tall = NARROW_PIXELS if narrow else WIDE_PIXELS, module.height(data, narrow=narrow)
        return draw(name, title, painter(data, narrow=narrow), width=across, height=tall), tall


seen = cache(made)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_no_words_overlap_or_leave_the_drawing_or_are_small(name, language):
    for narrow, across in FORMS:
        svg, tall = seen(name, language, narrow)
        words = boxes(svg)
        assert words and min(size for _, size, _ in words) >= LEAST_SIZE
        out = [
            (said, box)
            for said, _, box in words
            if box[0] < -1 or box[2] > across + 1 or box[1] < -1 or box[3] > tall + 1
        ]
        assert out == [], narrow
        clash = [
            (a, b)
            for (a, _, one), (b, _, other) in combinations(words, 2)
            if min(overlap(one, other)) > 1
        ]
        assert clash == [], narrow


@pytest.mark.parametrize("narrow", [False, True])
def test_the_same_numbers_make_the_same_bytes(narrow):
    for name in NAMES:
        if not name.endswith("-long"):
            assert made(name, "en", narrow) == seen(name, "en", narrow), name
