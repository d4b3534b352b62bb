"""Normal forms in the engine against the same forms by Python's own knowledge of characters."""

from __future__ import annotations

import re
import unicodedata

import duckdb
import pytest

from cs_lib.data.engines.base import quote
from cs_lib.data.engines.duckdb import DuckDBDialect
from cs_lib.metrics.queries.forms import (
    BLANKS,
    PLACEHOLDERS,
    UNSEEN,
    key_form,
    label_form,
    means_nothing,
    quick_key_form,
    quick_means_nothing,
)

WRITTEN = [
    "0012", "12", "12.0", " 12 ", "１２", "C-0012", "c-0012 ", "\ufeffC1", "C\u200b1", "0", "000", "0.0", "00.0", "",
    " ", "abc", "ＡＢＣ", "Queue  A", "queue a", "Queue\u3000A",
    "Queue\u00a0A", "\tQueue A\n", "a   b  c", "退款 慢", "退款　慢",
    "it's", "Überfall", "ÜBERFALL", "1.0.0", "v1.0", ".0", "a\u00adb", "０１２．０",
]  # fmt: skip


def of_label(text: str) -> str:
    """The normal form of a label by Unicode's categories."""
    wide = "".join(
        c if unicodedata.east_asian_width(c) != "F" else unicodedata.normalize("NFKC", c)
        for c in text
    )
    seen = "".join(c for c in wide if unicodedata.category(c) != "Cf")
    return re.sub(r"\s+", " ", seen).strip().lower()


def of_key(text: str) -> str:
    """The normal form of a key: inner blanks stay, those at the ends go."""
    wide = "".join(
        c if unicodedata.east_asian_width(c) != "F" else unicodedata.normalize("NFKC", c)
        for c in text
    )
    plain = (
        re.sub(r"\s", " ", "".join(c for c in wide if unicodedata.category(c) != "Cf"))
        .strip()
        .lower()
    )
    return plain.removesuffix(".0").lstrip("0") or "0"


def in_engine(sql: str, text: str | None) -> object:
    value = "NULL" if text is None else quote(text)
    return duckdb.sql(f"SELECT {sql} FROM (SELECT CAST({value} AS VARCHAR) AS x)").fetchall()[0][0]


@pytest.mark.parametrize("text", WRITTEN, ids=ascii)
def test_forms_are_those_of_python(text):
    assert in_engine(label_form("x"), text) == of_label(text)
    assert in_engine(key_form("x"), text) == of_key(text)
    assert in_engine(quick_key_form(DuckDBDialect(), "x"), text) == of_key(text)


def test_an_empty_value_has_no_form_and_means_nothing_in_particular():
    assert in_engine(key_form("x"), None) is None and in_engine(label_form("x"), None) is None
    assert in_engine(means_nothing("x"), None) is False
    assert in_engine(quick_key_form(DuckDBDialect(), "x"), None) is None


def test_every_blank_of_python_is_one_and_what_is_unseen_is_a_format_character():
    blanks = {chr(i) for i in range(0x10000) if chr(i).isspace()} - set("\x1c\x1d\x1e\x1f ")
    assert set(BLANKS) == blanks
    assert {unicodedata.category(c) for c in UNSEEN} == {"Cf"}


def test_every_printable_full_width_character_has_its_usual_width():
    for code in range(0xFF01, 0xFF5F):
        assert in_engine(label_form("x"), f"a{chr(code)}b") == of_label(f"a{chr(code)}b")


@pytest.mark.parametrize(
    "text",
    [
        "Anonymous",
        " N/A ",
        "NULL",
        "\\N",
        "-",
        "---",
        "?",
        "0",
        "000000",
        "无",
        "未知",
        "匿名",
        "ＮＡ",
    ],
)
def test_placeholders_are_known_however_they_are_written(text):
    assert in_engine(means_nothing("x"), text) is True
    assert in_engine(quick_means_nothing(DuckDBDialect(), "x"), text) is True


@pytest.mark.parametrize("text", ["U000012", "12", "Nana", "100", "Testa", "0a", "A-1", "无锡"])
def test_names_that_look_like_them_are_none(text):
    assert in_engine(means_nothing("x"), text) is False
    assert in_engine(quick_means_nothing(DuckDBDialect(), "x"), text) is False


def test_placeholders_stand_in_their_own_form():
    assert {of_label(text) for text in PLACEHOLDERS} == PLACEHOLDERS
    assert not any(re.search("[1-9]", text) for text in PLACEHOLDERS)
