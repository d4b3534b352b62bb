"""What the suite says in another language: whole, with the same gaps, and nothing left in English."""

import re
import threading

import pytest

from cs_lib import language, params
from cs_lib import wording as w
from cs_lib.language import LANGUAGES, pieces, prose, say, speaking, spoken, use
from tests.messages import catalogue_of, messages, of_python

OTHERS = LANGUAGES[1:]
GAP = re.compile(r"\{(\w+)\}")
CALENDAR = {"day", "month", "short_month", "month_number", "year"}
CALENDAR |= {f"first_{part}" for part in CALENDAR}


@pytest.fixture
def chinese():
    with speaking("zh"):
        yield


@pytest.mark.parametrize("language", OTHERS)
def test_every_message_has_a_translation(language):
    lacking = [str(m.id) for m in catalogue_of(language) if m.id and not m.string]
    assert lacking == [], "run `make messages`, then translate them in cs_lib/locale"


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_has_the_gaps_of_its_message(language):
    wrong = []
    for message in catalogue_of(language):
        gaps, ours = (set(GAP.findall(str(t))) for t in (message.id, message.string))
        if message.string and gaps != ours and not (gaps | ours) <= CALENDAR:
            wrong.append((message.id, message.string))
    assert wrong == []


@pytest.mark.parametrize("language", OTHERS)
def test_the_stored_catalogue_holds_every_message_and_no_other(language):
    from babel.messages.pofile import read_po

    from cs_lib.language import FOLDER

    with (FOLDER / f"{language}.po").open("rb") as file:
        stored = {(m.context or "", m.id) for m in read_po(file) if m.id}
    assert stored == {(context, message) for context, message, _ in messages()}


def test_messages_are_found_where_they_are_said():
    source = 'say("A {b}.", b=w.counted(n, "case" if one else "ticket")); x = later("C")'
    assert set(of_python(source, "here")) == {
        ("", "A {b}.", "here"),
        ("", "C", "here"),
        ("counted", "case", "here"),
        ("counted", "ticket", "here"),
    }


def test_english_is_spoken_until_told_otherwise_and_only_there():
    seen = []
    with speaking("zh"):
        inside = spoken()
        other = threading.Thread(target=lambda: seen.append(spoken()))
        other.start()
        other.join()
    assert (inside, spoken(), seen) == ("zh", "en", ["en"])


def test_a_notebook_speaks_the_language_of_its_settings():
    try:
        study = params.from_cell(params.to_cell(params.load("faster_routing")) | {"language": "zh"})
        assert study.language == spoken() == "zh"
    finally:
        use("en")


def test_a_message_without_translation_stays_english(chinese):
    assert say("No catalogue holds {this}.", this="that") == "No catalogue holds that."


def test_numbers_dates_and_lists_in_chinese(chinese):
    from datetime import date

    assert w.day(date(2026, 6, 30)) == "2026年6月30日"
    assert w.counted(1200, "customer") == "1,200 位客户"
    assert w.percent(0.502) == "50.2%"
    assert w.change(0.021, "share") == "+2.1 个百分点"
    assert w.listed(["甲", "乙", "丙"]) == "甲、乙和丙"
    assert w.verdict("no_clear_change") == "无明显变化"
    assert w.sentence("数据不足") == "数据不足。"


def test_markdown_is_cut_into_headings_paragraphs_and_items():
    text = "## A b\n\nOne line\nand the next.\n\n- first\n  goes on\n- second"
    assert pieces(text) == [
        ("## ", "A b"),
        ("", ""),
        ("", "One line and the next."),
        ("", ""),
        ("- ", "first goes on"),
        ("- ", "second"),
    ]
    assert prose(text) == text


def test_markdown_is_translated_piece_by_piece(chinese, monkeypatch):
    known = {("", "A b"): "甲", ("", "One line and the next."): "乙。", ("", "second"): "丙"}
    monkeypatch.setattr(language, "_messages", lambda _: known)
    assert (
        prose("## A b\n\nOne line\nand the next.\n\n- first\n- second")
        == "## 甲\n\n乙。\n\n- first\n- 丙"
    )


def test_parts_put_together_get_chinese_punctuation_outside_of_code(chinese):
    assert language.typeset(
        "<p>收入: 无明显差异; 仍在继续. 下一步: 推广。 结束</p><code>甲: 乙</code>"
    ) == ("<p>收入：无明显差异；仍在继续。下一步：推广。结束</p><code>甲: 乙</code>")
