"""Painters of the scorecard: words stand apart, nothing is drawn that was not measured, same numbers, same bytes."""

import re
from dataclasses import replace
from functools import cache
from itertools import combinations
from typing import get_args

import numpy as np
import pytest

from cs_lib.language import speaking
from cs_lib.report.drawing.axes import NARROW_PIXELS, WIDE_PIXELS
from cs_lib.report.drawing.figure import draw
from cs_lib.report.drawing.palette import BAD, TREATMENT
from cs_lib.report.drawing.scorecard import alt, backlog, drivers, headline, marks, spoken
from cs_lib.report.drawing.scorecard.logged import Logged
from cs_lib.report.drawing.scorecard.sparkline import HEIGHT, WIDTH, sparkline
from cs_lib.report.drawing.scorecard.weekly import Held
from tests.report.drawing import scorecards
from tests.report.drawing.test_labels import LEAST_SIZE, boxes, overlap
from tests.report.leftovers import leftovers

# Every drawing takes time: plain ones are seen in one language, long names in the other.
SEEN = [(name, "zh" if name.endswith("-long") else "en") for name, *_ in scorecards.drawn("en")]
FORMS = [(False, WIDE_PIXELS), (True, NARROW_PIXELS)]


def made(name, language, narrow):
    """One drawing and its height."""
    with speaking(language):
        _, title, module, painter, data = next(
            d for d in scorecards.drawn(language) if d[0] == name
        )
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
    for name in ("headline", "multiples", "backlog", "drivers"):
        assert made(name, "en", True) == seen(name, "en", True), name
    row = scorecards.weekly(4, rebase=22, gap=(9,))
    assert sparkline("s", "s", row) == sparkline("s", "s", row)


def markers(data):
    """How many marks of points a headline has, both forms together."""
    tall = headline.height(data, narrow=False)
    svg = draw("h", "h", headline.headline(data, narrow=False), width=WIDE_PIXELS, height=tall)
    return svg.count("<use ")


def test_a_headline_has_a_mark_for_each_week_with_a_point_and_none_for_others():
    data = scorecards.bare_headline("en")
    bare = markers(data)
    for week in (3, 8):
        value = data.cohort.weekly.value.copy()
        value[week] = np.nan
        cohort = replace(data.cohort, weekly=replace(data.cohort.weekly, value=value))
        assert markers(replace(data, cohort=cohort)) == bare - 1


def test_where_no_week_has_a_point_nothing_is_drawn():
    data = scorecards.bare_headline("en")
    nothing = replace(data.cohort.weekly, value=data.cohort.weekly.value * np.nan)
    form = replace(data.cohort, weekly=nothing)
    assert markers(replace(data, cohort=form, calendar=form)) == 0
    assert "<path" not in sparkline("s", "s", nothing) and "<circle" not in sparkline(
        "s", "s", nothing
    )


def test_the_signal_and_the_weeks_not_yet_observed_are_said():
    words = " ".join(said for said, *_ in boxes(seen("headline", "en", False)[0]))
    assert "signal since the week of 4 May" in words and "not yet observed for 30 days" in words
    assert "Routing by skill, all teams" in words and "Limits set anew" in words


def test_changes_close_to_each_other_share_a_place():
    words = [said for said, *_ in boxes(seen("headline-long", "zh", True)[0])]
    assert "1–12" in words or any("–" in word and word[0].isdigit() for word in words)


def test_limits_end_where_others_begin():
    row = scorecards.weekly(4, rebase=22, shift=-7.0)
    bands = re.findall(r'<path d="([^"]+)" fill="var\(--band', sparkline("s", "s", row))
    ends = [[float(x) for x in re.findall(r"[ML]([\d.]+) ", band)] for band in bands]
    assert len(ends) == 2 and max(ends[0]) < min(ends[1])
    assert len(re.findall(r"--band", sparkline("s", "s", replace(row, held=row.held[:1])))) == 1


def test_a_sparkline_breaks_where_a_week_has_no_point():
    whole, broken = scorecards.weekly(4), scorecards.weekly(4, gap=(9, 30))
    lines = [len(re.findall(r'fill="none"', sparkline("s", "s", row))) for row in (whole, broken)]
    assert lines == [1, 3]


def test_each_point_outside_is_a_diamond_inside_the_cell():
    row = scorecards.weekly(4)
    flags = np.zeros(52, bool)
    flags[[0, 20, 51]] = True
    value = np.where(flags, 120.0, row.value)
    svg = sparkline("s", "s", replace(row, outside=flags, value=value))
    found = re.findall(r'<path d="M([^"z]+)z" fill="var\(--ink', svg)
    assert len(found) == 3
    places = [tuple(map(float, p.split())) for d in found for p in d.split("L")]
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in places)


def test_a_target_is_drawn_to_scale_and_only_when_there_is_one():
    row = scorecards.weekly(4)
    assert "--ink" not in sparkline("s", "s", row)
    held = row.held[0]
    svg = sparkline("s", "s", row, target=held.centre)
    y = {c: re.search(rf'y1="([\d.]+)"[^>]*stroke="var\(--{c}', svg)[1] for c in ("ink", "control")}
    assert y["ink"] == y["control"]


def test_a_series_that_does_not_fit_together_is_refused():
    row = scorecards.weekly(4)
    with pytest.raises(ValueError, match="differ in number"):
        replace(row, value=row.value[1:])
    with pytest.raises(ValueError, match="a week is missing"):
        replace(row, start=np.where(np.arange(52) > 20, row.start + 7, row.start))
    overlapping = [replace(row.held[0]), Held(51, 52, 1.0, np.zeros(1), np.ones(1))]
    with pytest.raises(ValueError, match="overlap"):
        replace(row, held=overlapping)
    with pytest.raises(ValueError, match="one entry"):
        replace(row, held=[replace(row.held[0], upper=np.zeros(3))])
    with pytest.raises(ValueError, match="no description"):
        sparkline("s", " ", row)


def test_every_mark_has_a_shape_of_its_own():
    shapes = [marks.variation(k, high="H", low="L") for k in get_args(marks.Variation)]
    shapes += [marks.assurance(k) for k in get_args(marks.Assurance)]
    plain = {re.sub(r"var\([^)]*\)", "", shape) for shape in shapes}
    assert len(plain) == len(shapes) == 10  # different without their colours, too
    assert all("aria-hidden" in shape for shape in shapes)
    for side in ("high", "low"):
        good, bad = (
            marks.variation(f"{k}_{side}", high="H", low="L") for k in ("improving", "concerning")
        )
        assert TREATMENT in good and BAD in bad and "good" not in good + bad


def test_more_metrics_than_fit_are_refused():
    with pytest.raises(ValueError, match="1 to 12"):
        scorecards.plain_multiples("en", 13)
    with pytest.raises(ValueError, match="1 to 12"):
        scorecards.plain_multiples("en", 0)


def test_an_unknown_week_of_a_backlog_is_hatched_and_never_zero():
    data = scorecards.plain_backlog("en")
    assert [item.text for item in backlog._items(data, narrow=False)] == ["not known"]
    known = replace(data, counts=np.nan_to_num(data.counts, nan=5.0))
    assert backlog._items(known, narrow=False) == []
    assert "pattern" in seen("backlog", "en", False)[0]
    with pytest.raises(ValueError, match="row for each age"):
        replace(data, counts=data.counts[1:])
    with pytest.raises(ValueError, match="no week has a count"):
        replace(data, counts=data.counts * np.nan)


def test_the_last_week_of_a_backlog_stands_beside_it_in_words():
    data = scorecards.plain_backlog("en")
    for narrow in (False, True):
        words = " ".join(said for said, *_ in boxes(seen("backlog", "en", narrow)[0]))
        assert all(f"{age.name}: {age.text}" in words for age in data.ages)


def test_drivers_add_up_from_zero_to_the_whole():
    data = scorecards.plain_drivers("en")
    steps = list(drivers._steps(data))
    assert steps[-1].start == 0.0 and steps[-1].end == pytest.approx(data.whole.change)
    parts = [s for s in steps[:-1] if not s.strong]
    assert sum(s.end - s.start for s in parts) == pytest.approx(data.whole.change)
    assert steps[-1].high - steps[-1].low == pytest.approx(data.whole.high - data.whole.low)
    with pytest.raises(ValueError, match="do not add up"):
        replace(data, branches=data.branches[:1])
    with pytest.raises(ValueError, match="First contacts"):
        replace(data.branches[0], parts=data.branches[0].parts[1:])


def test_less_is_better_or_worse_as_the_metric_says():
    data = scorecards.plain_drivers("en")
    colours = {good: list(drivers._steps(replace(data, good=good)))[-1].colour for good in ("up", "down")}  # fmt: skip
    assert colours == {"up": BAD, "down": TREATMENT}
    neither = {step.colour for step in drivers._steps(replace(data, good="neither"))}
    assert len(neither) == 1 and not neither & {BAD, TREATMENT}


def test_a_listener_hears_what_stands_out_and_what_is_missing():
    row = scorecards.weekly(4, rebase=22, shift=-7.0, gap=(9,), unseen=5)
    flags = np.zeros(52, bool)
    flags[30] = True
    told = spoken.weeks("Orders", replace(row, outside=flags), scorecards.one)
    assert told.startswith("Orders by weeks: 46 weeks, the last ")
    assert "in the week from 18 May 2026" in told  # five weeks are not observed
    assert "weeks from 26 Jan 2026." in told and "set anew from 1 Dec 2025" in told
    assert "1 week without a point" in told
    many = spoken.weeks("Orders", replace(row, outside=row.there), scorecards.one)
    assert "46 weeks outside the usual range, the last from 18 May 2026" in many
    assert "Too few weeks" in spoken.weeks("Orders", replace(row, held=()), scorecards.one)
    nothing = replace(row, value=row.value * np.nan)
    assert "no week has a point" in spoken.weeks("Orders", nothing, scorecards.one)
    assert "Letters" in spoken.reading(letters=True) and "Letters" not in spoken.reading()
    assert spoken.logged([Logged(row.start[0], "1", "Chat")]) == "Logged: 1 Chat."


def test_small_multiples_show_all_their_names():
    words = " ".join(said for said, *_ in boxes(seen("multiples", "en", False)[0]))
    for panel in scorecards.plain_multiples("en").panels:
        assert panel.name in words or all(part in words for part in panel.name.split())


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_listener_hears_every_number_that_is_written_and_no_other_language(language):
    with speaking(language):
        head, many = scorecards.plain_headline(language), scorecards.plain_multiples(language)
        wait, parts = scorecards.plain_backlog(language), scorecards.plain_drivers(language)
        told = [alt.headline(head), alt.multiples(many), alt.backlog(wait), alt.drivers(parts)]
    lower = told[0].lower()
    assert head.signal_words.lower() in lower and head.unseen_words in lower
    assert all(one.words in told[0] for one in (*head.changes, *head.rebases))
    assert all(panel.name in told[1] for panel in many.panels)
    assert all(age.name in told[2].lower() and age.text in told[2] for age in wait.ages)
    assert all(p.text in told[3] for b in parts.branches for p in (b.whole, *b.parts))
    assert parts.whole.text in told[3]
    if language == "zh":
        assert leftovers(" ".join(told), frozenset()) == {}


def test_a_listener_hears_of_no_signal_where_there_is_none():
    bare = scorecards.bare_headline("en")
    assert "signal" not in alt.headline(bare) and "Too few weeks" in alt.headline(bare)
