"""Marks that turn a line round or have no width are seen by whoever reads it."""

import pytest

from cs_lib.language import visible
from cs_lib.report.page import failure, index
from cs_lib.report.records import Entry, Failure
from cs_lib.runs.attempt import Outcome
from cs_lib.runs.outcome import Exit
from cs_lib.runs.telling import terminal

HIDDEN = list("\u202e\u202a\u2066\u2069\u200b\u200e\u061c\ufeff\u2060\u2028\x1b\x07\x9b")


@pytest.mark.parametrize("mark", HIDDEN)
def test_a_hidden_mark_is_shown_by_its_number(mark):
    shown = f"[U+{ord(mark):04X}]"
    assert visible(f"did it {mark}krow?") == f"did it {shown}krow?"
    entry = Entry(
        "s",
        f"Did it {mark}krow?",
        "before_after",
        "fresh",
        "2026-01-31",
        "improved",
        f"Up{mark}",
        "s/",
    )
    assert mark not in index.render([entry]) and shown in index.render([entry])
    page = failure.render(
        Failure("s", f"Did it {mark}krow?", "", f"{mark}broke", {"a": mark}, mark, "", "")
    )
    assert mark not in page and page.count(shown) >= 4


def test_a_terminal_gets_no_orders_from_a_headline(tmp_path):
    outcome = Outcome("s", Exit.ANALYSIS_FAILED, "", "\x1b[2J\u202ebroke")
    for text in (terminal.line(outcome, tmp_path), *terminal.row(outcome)):
        assert "\x1b" not in text and "\u202e" not in text


@pytest.mark.parametrize(
    "text",
    [
        "\u0645\u0631\u062d\u0628\u0627",
        "\u05e9\u05dc\u05d5\u05dd",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "\U0001f468\u200d\U0001f469",
        "a\tb\nc",
        "\u4e2d\u6587\uff1a\u597d",
        "e\u0301",
    ],
)
def test_ordinary_letters_of_any_language_stay(text):
    assert visible(text) == text
