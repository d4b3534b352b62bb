"""Words that a tired manager understands: no codes on a page, the terms of Chinese service desks."""

import re

import pytest
from babel.messages.pofile import read_po

from cs_lib.data.contracts import TABLES
from cs_lib.language import FOLDER
from tests.report.conftest import STUDIES

CODE = re.compile(r"\b[a-z]+(?:_[a-z0-9]+)+\b|\b[a-z]+ in \(")
ABOUT_TABLES = ("faulty_export",)
# Seen on pages before: they mislead, or say nothing.
NEVER = (
    "leaves doubt",
    "paid for",
    "Not shown to hold",
    "Pale:",
    "the result is there on",
    "cry wolf",
)
# What a Chinese desk calls otherwise.
FOREIGN = ("来件", "获权益客户", "守住", "转手", "值得行动", "容许界限", "回复率")
HALF_WIDTH = re.compile(
    r"[\u4e00-\u9fff][,;:!?] ?[\u4e00-\u9fff]|[\u4e00-\u9fff]\(|\)[\u4e00-\u9fff]"
)


@pytest.mark.browser
@pytest.mark.parametrize("study", STUDIES)
def test_no_code_stands_open_on_a_page(visit, study):
    page = visit(f"{study}/latest/index.html")
    page.evaluate("document.querySelectorAll('a[download], footer').forEach(e => e.remove())")
    text = page.inner_text("main")
    # Whoever exports a table again must know what its columns are called.
    columns = {c.name for table in TABLES.values() for c in table.columns} | set(TABLES)
    allowed = {*STUDIES, *(columns if study in ABOUT_TABLES else ())}
    assert sorted(set(CODE.findall(text)) - allowed) == []
    assert [phrase for phrase in NEVER if phrase in text] == []


def chinese() -> list[str]:
    with (FOLDER / "zh.po").open("rb") as file:
        return [str(m.string) for m in read_po(file, locale="zh") if m.id and m.string]


def test_chinese_has_one_term_for_a_thing_and_it_is_the_desks():
    assert [text for text in chinese() if any(word in text for word in FOREIGN)] == []
    assert [t for t in chinese() if re.search(r"(?:% |\} ?)区间", t) and "置信" not in t] == []


@pytest.mark.browser
@pytest.mark.parametrize("study", [s for s in STUDIES if s.endswith("_zh")])
def test_punctuation_between_chinese_words_is_full_width(visit, study):
    text = visit(f"{study}/latest/index.html").inner_text("main")
    assert HALF_WIDTH.findall(text) == []
