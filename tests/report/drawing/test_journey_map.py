"""Painters of the way from asking to solved: words stand apart, heights fit, the same numbers make the same bytes."""

import re
from dataclasses import replace
from functools import cache
from itertools import combinations
from typing import get_args

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from cs_lib.language import speaking
from cs_lib.report.drawing import key
from cs_lib.report.drawing.axes import NARROW_PIXELS, WIDE_PIXELS, wrapped
from cs_lib.report.drawing.figure import draw
from cs_lib.report.drawing.journey_map import (
    columns,
    holders,
    journey,
    marks,
    matrix,
    phases,
    routes,
    steps,
)
from cs_lib.report.drawing.palette import BAD, INK
from cs_lib.report.drawing.sheet import lay
from cs_lib.report.markup import text
from tests.report.drawing import journeys
from tests.report.drawing.test_labels import LEAST_SIZE, boxes, overlap

LANGUAGES = ("en", "zh")
# Simple drawings are seen with long names in one language only, because every drawing takes time.
ONCE = {
    "holders-long": "zh",
    "matrix-long": "en",
    "spread-long": "zh",
    "journey-bare": "en",
    "matrix-small": "zh",
}
SEEN = [
    (name, language)
    for name, *_ in journeys.drawn("en")
    for language in LANGUAGES
    if ONCE.get(name, language) == language
]
FORMS = [(False, WIDE_PIXELS), (True, NARROW_PIXELS)]


def made(name, language, narrow):
    """One drawing and its height."""
    with speaking(language):
        _, title, module, painter, data = next(d for d in journeys.drawn(language) if d[0] == name)
        across, tall = NARROW_PIXELS if narrow else WIDE_PIXELS, module.height(data, narrow=narrow)
        return draw(name, title, painter(data, narrow=narrow), width=across, height=tall), tall


seen = cache(made)


@pytest.mark.parametrize(("name", "language"), SEEN)
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


def test_the_same_numbers_make_the_same_bytes():
    for k, name in enumerate(("journey", "holders", "ways", "matrix", "spread")):
        assert made(name, "en", k % 2 == 1) == seen(name, "en", k % 2 == 1), name


def luminance(colour):
    """Of three shares of light, as WCAG defines it."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_numbers_stand_out_on_the_densest_tone_in_both_schemes(scheme):
    css = text("style.css").split("prefers-color-scheme:dark")[scheme == "dark"]
    ink, paper, tone = (
        to_rgb(long(re.search(rf"--{name}:(#\w+)", css)[1]))
        for name in ("ink", "paper", "treatment")
    )
    ground = [
        matrix.DENSEST * t + (1 - matrix.DENSEST) * p for t, p in zip(tone, paper, strict=True)
    ]
    light, dark = sorted((luminance(ink), luminance(ground)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def long(colour):
    """`#fff` in six digits."""
    return colour if len(colour) == 7 else "#" + "".join(2 * c for c in colour[1:])


def test_every_pain_has_a_shape_of_its_own_and_only_the_worst_is_filled():
    shapes = {}
    for kind in get_args(phases.Kind):
        for filled in (False, True):

            def paint(axes, kind=kind, filled=filled):
                lay(axes, 40, narrow=True)
                marks.mark(axes, kind, 5, 5, filled=filled)

            shapes[kind, filled] = draw("one", "one", paint, width=NARROW_PIXELS, height=40)
            # A pen of the same colour draws the edge.
            assert (f"fill: var(--bad, {BAD})" in shapes[kind, filled]) == filled, kind
            assert (f"stroke: var(--ink, {INK})" in shapes[kind, filled]) != filled, kind
    assert len(set(shapes.values())) == 8


def test_only_the_worst_phase_is_outlined():
    outline = re.compile(r'<path d="[^"]*z\s*"[^>]*fill: none; stroke: var\(--bad')
    drawn = journeys.plain_journey("en")
    assert len(outline.findall(painted(drawn))) == 1
    calm = [replace(p, pains=[replace(x, worst=False) for x in p.pains]) for p in drawn.phases]
    assert "--bad" not in painted(replace(drawn, phases=calm))


def painted(data):
    """The wide map."""
    tall = journey.height(data, narrow=False)
    return draw("one", "one", journey.journey(data, narrow=False), width=WIDE_PIXELS, height=tall)


def test_a_band_is_as_high_as_its_share_and_an_unknown_share_has_none():
    def bands(data):
        svg = painted(data)
        found = re.findall(
            r'<path d="M [\d.]+ ([\d.]+) L [\d.]+ [\d.]+ L [\d.]+ ([\d.]+) [^"]*" [^>]*opacity: 0\.4',
            svg,
        )
        return [abs(float(a) - float(b)) for a, b in found]

    drawn = journeys.plain_journey("en")
    tall = bands(drawn)
    assert tall == pytest.approx([columns.BAND * p.share for p in drawn.phases], abs=0.02)
    unknown = [replace(p, share=journeys.NAN) if i == 2 else p for i, p in enumerate(drawn.phases)]
    assert len(bands(replace(drawn, phases=unknown))) == len(tall) - 1


def test_lanes_without_contents_take_no_room():
    bare, drawn = journeys.bare_journey("en"), journeys.plain_journey("en")
    for narrow in (False, True):
        assert journey.height(bare, narrow=narrow) < 0.5 * journey.height(drawn, narrow=narrow)
    words = [said for said, *_ in boxes(seen("journey-bare", "en", False)[0])]
    assert "Where it hurts" not in words and "What happens" not in words


def test_a_long_timer_does_not_flatten_the_hours_and_a_short_one_is_drawn_to_scale():
    most = max(bar.hours for bar in journeys.plain_holders("en").bars)
    assert journeys.plain_holders("en", 1e9).longest == pytest.approx(holders.FARTHEST * most)
    assert journeys.plain_holders("en", 10.0).longest == most


def test_every_handoff_of_a_matrix_is_drawn_and_the_diagonal_is_not():
    data = journeys.plain_matrix("zh", 4)
    words = [said for said, *_ in boxes(seen("matrix-small", "zh", False)[0])]
    shown = data.off
    cells = [data.number(n) for n in shown[np.isfinite(shown)]]
    assert all(words.count(cell) >= cells.count(cell) for cell in cells)
    assert len([x for x in words if x.replace(",", "").isdigit()]) == 12 + 9
    assert data.number(np.nansum(shown)) in words


def test_pairs_of_a_matrix_are_ranked_and_a_crowded_phone_lists_them():
    data = journeys.plain_matrix("en")
    counts = [count for *_, count in data.pairs]
    assert counts == sorted(counts, reverse=True) and len(counts) == matrix.MOST_PAIRS
    words = [said for said, *_ in boxes(seen("matrix", "en", True)[0])]
    assert "First line → Night shift" in words and "1,204" in words


def test_a_detour_to_nowhere_or_to_the_next_step_is_refused():
    made = [steps.Step(name, "1") for name in "abc"]
    for start, end in ((0, 3), (-1, 0)):
        with pytest.raises(ValueError, match="leaves the steps"):
            steps.Ways(made, [steps.Detour(start, end, 0.1, "1", "to")])
    with pytest.raises(ValueError, match="usual path"):
        steps.Ways(made, [steps.Detour(1, 2, 0.1, "1", "to")])


def test_every_detour_and_end_is_drawn_with_its_count():
    data = journeys.plain_ways("en")
    for narrow in (False, True):
        words = " ".join(said for said, *_ in boxes(seen("ways", "en", narrow)[0]))
        assert [one.text for one in data.detours if one.text not in words] == []
        assert [one.ends_text for one in data.steps if one.ends_text not in words] == []


def random_runs(rng):
    """A dozen detours between nine places, with labels."""
    return [
        routes.Run(float(a), float(b), 4.0, 70.0)
        for a, b in rng.choice(np.arange(20, 900, 12), (12, 2), replace=True)
    ]


def test_runs_share_a_level_only_apart_and_no_line_passes_a_label():
    rng = np.random.default_rng(8)
    for _ in range(10):
        runs = random_runs(rng)
        found, middles = routes.placed(runs, (0, 920))
        labels = [(m - 35, m + 35) for m in middles]
        assert all(low >= 0 and high <= 920 for low, high in labels)
        for i, j in combinations(range(len(runs)), 2):
            if found[i] == found[j]:
                assert runs[i].high < runs[j].low or runs[j].high < runs[i].low
                assert labels[i][1] <= labels[j][0] or labels[j][1] <= labels[i][0]
        for i, (low, high) in enumerate(labels):
            passing = [
                x
                for r, level in zip(runs, found, strict=True)
                if level > found[i]
                for x in (r.start, r.end)
            ]
            assert not any(low < x < high for x in passing)


def test_a_key_above_a_wide_drawing_takes_the_whole_width():
    items = [key.Item("waiting on a third party", BAD, "patch")] * 4
    assert key.height(items, narrow=False) == key.LINE_HEIGHT < key.height(items, narrow=True)
    assert key.height(items) == key.height(items, narrow=True)


def test_a_line_breaks_neither_before_a_unit_nor_before_what_closes():
    unit = "100\N{NARROW NO-BREAK SPACE}%"
    assert wrapped(f"about {unit} of all", 70, 13, most=3).split("\n")[1].startswith(unit)
    for pixels in range(30, 100, 7):
        lines = wrapped("没有通知，只能催问（两次）。", pixels, 13, most=9).split("\n")
        assert not any(line[0] in "，）。" for line in lines)


def test_hatches_follow_dark_mode():
    assert 'fill="var(--paper, #ffffff)"' in seen("holders", "en", False)[0]
