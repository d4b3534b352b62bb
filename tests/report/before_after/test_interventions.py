"""The chart of a study of one series: every switch and every other change is marked, on a phone too."""

import re
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from cs_lib.aggregates import LoggedChange
from cs_lib.experiment import analyze
from cs_lib.report import before_after
from cs_lib.report.before_after.figures import happenings, named
from cs_lib.report.note import Note
from tests.experiment.before_after.test_series import (
    CHANGE,
    CHAT,
    DAYS,
    NAME,
    OFF,
    given,
    made,
    on,
    planned,
)

SERIES = made(-8 * on("2026-01-10"), -4 * on(CHANGE))
LOG = (
    LoggedChange("F1", "Chat entry", date(2026, 1, 10), ""),
    LoggedChange("F2", "New script", date(2026, 1, 20), ""),
    LoggedChange("F3", "Manual", date(2026, 5, 1), "need_code in (x)"),
)


@pytest.fixture(scope="module")
def result():
    """A change taken back for a while, beside one in the model and two that are only in the log."""
    plan = planned(also=[CHAT], off_periods=OFF, washout_days=3)
    return analyze(given(SERIES, changes=LOG), plan)


def lines(svg):
    """Dash patterns of the upright lines of a drawing, left to right."""
    found = re.findall(r'<path d="M ([\d.]+) [\d.]+ L \1 [\d.]+ "([^>]*)>', svg)
    ours = [(float(x), style) for x, style in found if "clip-path" in style]
    return [
        re.search(r"dasharray: ([\d,]+)", style)[1] if "dasharray" in style else "solid"
        for _, style in sorted(ours)
    ]


@pytest.mark.parametrize("drawing", ["wide", "narrow"])
def test_every_switch_and_every_other_change_has_its_line(result, drawing):
    svg = getattr(before_after.series(result), drawing)
    assert lines(svg) == ["solid", "1,2", "4,3", "4,3", "1,2", "4,3"]
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", svg)
    numbers = [t for t in texts if re.fullmatch(r"[123](, [123])*", t)]
    assert ", ".join(numbers) == "1, 2, 3" and texts.count("off") == 1


def test_the_caption_says_what_the_numbers_and_shades_mean(result):
    figure = before_after.series(result)
    assert "Grey: first 3 days, left out. Darker: switched off." in figure.caption
    assert (
        "Other changes: 1 Chat (10 January 2026), in the model; 2 New script (20 January 2026), not in the model;"
        " 3 Manual (1 May 2026), not in the model." in figure.more
    )


def test_lines_too_close_on_a_phone_share_one_label(result):
    near = (LoggedChange("F2", "New script", date(2026, 1, 15), ""),)
    close = analyze(given(SERIES, changes=near), result.study)
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", before_after.series(close).narrow)
    assert "1, 2" in texts and "1" not in texts


def test_a_plain_step_without_a_log_has_one_line_and_no_words_of_marks():
    plain = analyze(given(SERIES), planned())
    figure = before_after.series(plain)
    assert lines(figure.wide) == ["4,3"]
    words = figure.caption + figure.more
    assert "Other changes" not in words and "Grey" not in words
    assert named(happenings(plain)) == []


def test_a_change_taken_back_for_good_is_off_to_the_end():
    plan = planned(off_periods=[["2026-06-01", "2027-01-01"]])
    data = happenings(analyze(given(SERIES), plan))
    assert data.off == ((np.datetime64("2026-06-01"), np.datetime64("2026-08-31")),)
    assert list(
        data.state(np.array(["2026-02-27", CHANGE, "2026-05-28", "2026-06-01"], "M8[D]"), 7)
    ) == [-1, 1, -1, 0]


def test_another_change_that_ended_is_marked_at_both_ends():
    trial = {**CHAT, "end_day": "2026-02-15"}
    data = happenings(analyze(given(SERIES), planned(also=[trial])))
    assert [(str(m.day), m.key) for m in data.marks] == [
        ("2026-01-10", "1"),
        ("2026-02-16", "1 off"),
    ]
    assert "10 January to 15 February 2026" in data.key


def test_the_table_lists_every_change_with_the_others_held(result):
    table = before_after.changes(result)
    assert [row[0] for row in table.rows] == ["The studied change", "Chat"]
    assert table.rows[0][1] == "2 March to 26 April 2026 and from 22 June 2026"
    assert table.rows[1][1] == "from 10 January 2026"
    assert all("hours" in row[4] for row in table.rows)


def test_a_slope_has_a_row_for_step_week_and_end():
    result = analyze(given(made(-4 * on(CHANGE))), planned(shape="slope"))
    rows = before_after.changes(result).rows
    assert [row[0] for row in rows] == [
        "The studied change",
        "The studied change, at once",
        "The studied change, each week",
        "The studied change, at the end",
    ]
    assert rows[2][-1] != "" == rows[1][-1]


def test_a_plain_step_was_not_asked_for_any_other():
    found = before_after.changes(analyze(given(SERIES), planned()))
    assert isinstance(found, Note) and found.kind == "unasked"


def test_a_withheld_effect_lists_no_change():
    flat = replace(SERIES, numerator=30 * SERIES.denominator)
    found = before_after.changes(analyze(given(flat), planned(also=[CHAT])))
    assert isinstance(found, Note) and found.kind != "unasked"


def test_other_answers_are_named_in_words(result):
    names = [row[0] for row in before_after.sensitivity(result).rows]
    assert names[-2:] == [
        "If the other changes were ignored",
        "State-space counterfactual (a second opinion)",
    ]
    assert "Autocorrelated errors, AR(1), by days" in names and not any("_" in n for n in names)
    assert len(DAYS) == 364 and result.primary.name == NAME
