"""YAML without surprises: what is written is what is read."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_lib.params import ParamsError
from cs_lib.params.strict_yaml import parse, read


def value(text: str) -> object:
    return parse(f"key: {text}", shown="a.yaml")[0]["key"]


def refusal(text: str) -> str:
    with pytest.raises(ParamsError) as caught:
        parse(text, shown="a.yaml")
    return str(caught.value)


@pytest.mark.parametrize(
    "text", ["no", "No", "on", "yes", "007", "0x1f", "1_000", "1:30", "2026-03-31", ".5", "TRUE"]
)
def test_scalar_stays_text_where_other_readers_guess(text):
    assert value(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [("true", True), ("false", False), ("12", 12), ("-3", -3), ("0.05", 0.05), ("1e3", 1000.0)],
)
def test_scalar_becomes_what_it_plainly_is(text, expected):
    assert value(text) == expected and type(value(text)) is type(expected)


@pytest.mark.parametrize("text", ["~", "null", ""])
def test_scalar_is_nothing_when_left_out(text):
    assert value(text) is None


@given(st.integers())
def test_every_whole_number_is_read_back(number):
    assert value(str(number)) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_decimal_number_is_read_back(number):
    assert value(f"{number!r}") == number


@given(st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True))
def test_a_word_is_never_anything_but_text_unless_it_is_true_false_or_null(word):
    expected = {"true": True, "false": False, "null": None}.get(word, word)
    assert value(word) == expected


@given(st.dates())
def test_a_date_means_the_same_quoted_and_unquoted(day):
    assert value(str(day)) == value(f'"{day}"') == str(day)


def test_every_duplicate_key_is_reported_with_both_lines():
    text = "a: 1\nb: {c: 1, c: 2}\na: 3\n"
    assert refusal(text).splitlines() == [
        "a.yaml: 2 problems",
        "  b.c (line 2): stands twice (first on line 2); keep one",
        "  a (line 3): stands twice (first on line 1); keep one",
    ]


def test_lines_are_known_for_every_key_and_list_item():
    lines = parse("a:\n  b: 1\nc:\n  - x\n  - y\n", shown="a.yaml")[1]
    assert lines == {("a",): 1, ("a", "b"): 2, ("c",): 3, ("c", 0): 4, ("c", 1): 5}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [1, 2", "expected ',' or ']'"),
        ("a: 1\n\tb: 2", "cannot start any token"),
        ("a: 1\n---\nb: 2", "another document"),
        ("a: \x07", "control character"),
        ("a: " + "[" * 2_000, "nested too deeply"),
        ("a: &x [*x]", "an alias (*name) is not read here"),
        ("a: !!timestamp noon", "a tag (!name) is not read here"),
        ("a: !!python/object:os.system x", "a tag (!name) is not read here"),
    ],
)
def test_bad_yaml_is_one_sentence(text, words):
    said = refusal(text)
    assert said.startswith("a.yaml: 1 problem\n") and "not valid YAML: " in said and words in said


def test_bad_yaml_names_the_line():
    assert "(line 3)" in str(_problem("a: 1\nb: 2\nc: }\n"))


def _problem(text: str) -> str:
    with pytest.raises(ParamsError) as caught:
        parse(text, shown="a.yaml")
    return f"(line {caught.value.problems[0].line})"


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "only words", "# a comment\n"])
def test_a_file_without_keys_is_refused(text):
    assert "expected `key: value` lines, found none" in refusal(text)


def test_missing_file_is_one_sentence(tmp_path: Path):
    with pytest.raises(ParamsError, match=r"^a\.yaml: 1 problem\n  the file does not exist$"):
        read(tmp_path / "a.yaml", shown="a.yaml")


def test_file_in_another_encoding_is_one_sentence(tmp_path: Path):
    (tmp_path / "a.yaml").write_bytes("question: 优惠券".encode("gbk"))
    with pytest.raises(ParamsError, match=r"not UTF-8 \(byte 10\); save it as UTF-8"):
        read(tmp_path / "a.yaml", shown="a.yaml")


def test_chinese_text_is_read_as_it_stands(tmp_path: Path):
    (tmp_path / "a.yaml").write_text("question: 优惠券有用吗？", encoding="utf-8")
    assert read(tmp_path / "a.yaml", shown="a.yaml")[0] == {"question": "优惠券有用吗？"}
