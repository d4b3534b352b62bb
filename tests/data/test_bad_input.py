"""Files as they come: other encodings, damaged, ragged, dates of every kind."""

from __future__ import annotations

import gzip
from datetime import datetime

import pytest

HEAD = "contact_id,customer_id,opened_at,status\n"
ROW = "C1,A,2026-02-27 10:00,open\n"
CHINESE = HEAD + "C1,张三,2026-02-27 10:00,open\n"


def stamp(source, text, **settings):
    """The UTC instant a source's text becomes, or what is wrong with it."""
    source.file("contacts", HEAD + f"C1,A,{text},open\n")
    source.settings |= settings
    return source.breaches() or source.desk().engine.rows("SELECT opened_at FROM contacts")[0][0]


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-02-27 10:00:00", "2026-02-27 09:00:00"),
        ("2026-02-27T10:00", "2026-02-27 09:00:00"),
        ("2026/02/27 10:00", "2026-02-27 09:00:00"),
        ("2026-02-27", "2026-02-26 23:00:00"),
        ("2026-02-27T10:00:00Z", "2026-02-27 10:00:00"),
        ("2026-02-27 10:00:00 UTC", "2026-02-27 10:00:00"),
        ("2026-02-27 10:00:00+0530", "2026-02-27 04:30:00"),
        ("2026-02-27 10:00:00 -03:00", "2026-02-27 13:00:00"),
        ("2026-02-27T10:00:00.250+08", "2026-02-27 02:00:00.250"),
    ],
)
def test_stamp_becomes_the_utc_instant_it_names(source, text, utc):
    assert stamp(source, text, timezone="Europe/Rome") == datetime.fromisoformat(utc)


@pytest.mark.parametrize(
    ("text", "guess"),
    [("27/02/2026 10:00", "'%d/%m/%Y %H:%M'}` for its file, and 27/02/2026 10:00 is read as 2026-02-27 10:00:00"),
     ("02/27/2026", "'%m/%d/%Y'}` for its file, and 02/27/2026 is read as 2026-02-27"),
     ("2026-02-27 10:00 PM", "'%Y-%m-%d %I:%M %p'}` for its file, and 2026-02-27 10:00 PM is read as"
      " 2026-02-27 22:00:00"),
     ("1772186400", "'epoch_s'}` for its file, and 1772186400 is read as 2026-02-27 10:00:00 UTC"),
     ("1772186400000", "'epoch_ms'}` for its file, and 1772186400000 is read as 2026-02-27 10:00:00 UTC"),
     ("27-FEB-26", "'%d-%b-%y'}` for its file, and 27-FEB-26 is read as 2026-02-27"),
     ("27.02.2026 10:00:01", "'%d.%m.%Y %H:%M:%S'}` for its file, and 27.02.2026 10:00:01 is read as"
      " 2026-02-27 10:00:01"),
     *((text, "") for text in ("2026-02-27 10:00:00 CET", "infinity", "2026-02-30", "0001-01-01 00:00:00",
                               "2026-02-27 24:61", "tomorrow"))],
)  # fmt: skip
def test_stamp_that_would_have_to_be_guessed_is_a_breach(source, text, guess):
    said = (
        "contacts: opened_at is not a date and time (like 2026-03-31 14:05:00) in 1 row (first: contact_id C1"
        f" with opened_at {text})."
    )
    seen = f" In 1 of 1 row opened_at looks like {text}: set `dates: {{opened_at: {guess}."
    assert stamp(source, text) == [said + (seen if guess else "")]


def test_stamps_without_zone_are_refused_when_the_source_names_none(source):
    assert stamp(source, "2026-02-27 10:00", timezone=None) == [
        "contacts: opened_at carry no time zone; set `timezone` in the source."
    ]


def test_stamps_with_offsets_need_no_zone(source):
    text = "C1,A,2026-02-27 10:00+01:00,open\nC2,A,2026-02-27 10:00:00Z,open\n"
    source.file("contacts", HEAD + text)
    source.settings["timezone"] = None
    found = source.desk().engine.rows("SELECT opened_at FROM contacts ORDER BY contact_id")
    assert [row[0].hour for row in found] == [9, 10]


def test_one_stamp_without_zone_among_stamps_with_offsets_is_told(source):
    source.file("contacts", HEAD + ROW + "C2,A,2026-02-27 10:00Z,open\n")
    source.settings["timezone"] = None
    assert source.breaches() == [
        "contacts: opened_at carry no time zone; set `timezone` in the source."
    ]


def test_stamps_with_and_without_offset_may_mix_when_the_source_names_a_zone(source):
    source.file("contacts", HEAD + ROW + "C2,A,2026-02-27 10:00-05:00,open\n")
    source.settings["timezone"] = "Asia/Shanghai"
    found = source.desk().engine.rows("SELECT opened_at FROM contacts ORDER BY contact_id")
    assert [row[0].hour for row in found] == [2, 15]


def test_gbk_file_is_recognised_when_not_declared(source):
    source.file("contacts", CHINESE.encode("gbk"))
    assert source.breaches() == [
        "contacts: contacts.csv is not UTF-8 in line 2 (near byte 43). It reads as GBK: set `encoding: gbk` for this"
        " file in the source."
    ]


@pytest.mark.parametrize("encoding", ["gbk", "gb18030", "utf-8-sig", "utf-16", "big5"])
def test_chinese_text_is_intact_when_the_encoding_is_declared(source, encoding):
    text = CHINESE.replace("张三", "王五") if encoding == "big5" else CHINESE
    source.file("contacts", text.encode(encoding), encoding=encoding)
    name = "王五" if encoding == "big5" else "张三"
    assert source.desk().engine.rows("SELECT customer_id FROM contacts") == [(name,)]


def test_chinese_text_in_a_gzip_file_is_intact(source):
    source.file("contacts.csv.gz", gzip.compress(CHINESE.encode("gbk")), encoding="gbk")
    assert source.desk().engine.rows("SELECT customer_id FROM contacts") == [("张三",)]


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_file_cut_inside_a_character_asks_for_the_export(source, encoding):
    source.file("contacts", CHINESE.encode(encoding)[: len(HEAD) + 4], encoding=encoding)
    assert source.breaches() == [
        f"contacts: contacts.csv is not {encoding.upper()} in line 2 (near byte 43): it ends inside a character; was"
        " the export cut short?"
    ]


def test_damaged_utf8_file_is_not_told_to_be_another_encoding(source):
    content = CHINESE.encode()
    source.file("contacts", content.replace("三".encode(), b"\xe4\xff\x89") + content * 3)
    assert source.breaches() == ["contacts: contacts.csv is not UTF-8 in line 2 (near byte 46)."]


@pytest.mark.parametrize(
    ("name", "encoding", "known"),
    [("张三", "gbk", "GBK"), ("Müller", "cp1252", "CP1252"), ("René", "cp1252", "CP1252")],
)  # fmt: skip
def test_encoding_is_guessed_where_the_text_is_plausible_in_it(source, name, encoding, known):
    source.file("contacts", (HEAD + ROW.replace("A", name)).encode(encoding))
    (said,) = source.breaches()
    assert said.endswith(
        f" It reads as {known}: set `encoding: {known.lower()}` for this file in the source."
    )


def test_encoding_is_guessed_from_the_lines_at_the_fault_not_from_the_start(source):
    source.file(
        "contacts", (HEAD + ROW * 50_000).encode() + ROW.replace("A", "René").encode("cp1252")
    )
    assert "It reads as CP1252" in source.breaches()[0]


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
@pytest.mark.parametrize("ends", [("\r\n", "\n"), ("\n", "\r\n"), ("\r\n", "\r")], ids=repr)
def test_mixed_line_ends_are_line_ends(source, ends, encoding):
    usual, odd = ends
    rows = [f"C{i},张三,2026-02-27 10:00,open{odd if i == 2 else usual}" for i in range(5)]
    text = HEAD.strip() + usual + "".join(rows)
    source.file("contacts", text.encode(encoding), encoding=encoding)
    found = source.desk().engine.rows("SELECT contact_id, status FROM contacts ORDER BY 1")
    assert found == [(f"C{i}", "open") for i in range(5)]


def test_ragged_line_among_mixed_line_ends_is_named(source):
    source.file("contacts", HEAD + ROW.replace("\n", "\r\n") + "C2,B\n")
    assert source.breaches() == [
        "contacts: contacts.csv cannot be read as CSV (line 3 has 2 columns, the header has 4). It is the last line"
        " (C2,B): if it is a total and no row, set `skip_last_lines: 1` for this file in the source."
    ]


def test_unknown_encoding_is_one_sentence(source):
    source.file("contacts", HEAD + ROW, encoding="klingon")
    assert source.breaches() == ["contacts: there is no encoding called 'klingon'."]


def test_utf16_without_its_mark_is_one_sentence(source):
    source.file("contacts", HEAD + ROW, encoding="utf-16")
    assert source.breaches() == ["contacts: contacts.csv is not UTF-16."]


def test_missing_files_are_all_named(source):
    source.file("contacts", HEAD + ROW).unlink()
    source.file("orders", HEAD).unlink()
    assert source.breaches() == [
        "contacts: the file contacts.csv does not exist in the source's folder.",
        "orders: the file orders.csv does not exist in the source's folder.",
    ]


def test_empty_file_asks_for_the_export(source):
    source.file("contacts", b"")
    assert source.breaches() == [
        "contacts: the file contacts.csv is empty (0 bytes); was the export cut short?"
    ]


def test_gzip_file_of_nothing_asks_for_the_export(source):
    source.file("contacts.csv.gz", gzip.compress(b""))
    assert source.breaches() == [
        "contacts: the file contacts.csv.gz holds nothing once unpacked; was the export cut short?"
    ]


PACKED = gzip.compress(
    (HEAD + "".join(f"C{i},A,2026-02-27 10:00,open\n" for i in range(20_000))).encode()
)


@pytest.mark.parametrize(
    "content",
    [b"no gzip at all", PACKED[:-20], PACKED[:-8] + bytes(8), PACKED[:80] + b"\xff" * 40 + PACKED[120:]],
    ids=["not gzip", "cut short", "wrong checksum", "overwritten"],
)  # fmt: skip
def test_damaged_gzip_file_is_one_sentence(source, content):
    source.file("contacts.csv.gz", content)
    assert source.breaches() == [
        "contacts: the file contacts.csv.gz cannot be unpacked; it is damaged or not gzip."
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (HEAD + ROW + "C2,B\n" + ROW, "line 3 has 2 columns, the header has 4"),
        (HEAD + ROW + "C2,B,2026-02-27,open,more\n", "line 3 has 5 columns, the header has 4"),
        (HEAD + ROW.replace("\n", ",more\n") * 3, "line 2 has 5 columns, the header has 4"),
        (HEAD + ROW.replace("A", '"A') + ROW, "line 2 opens a quote that is never closed"),
    ],
    ids=["short", "long", "all long", "open quote"],
)
def test_ragged_csv_names_the_line(source, text, fault, encoding):
    source.file("contacts", text.encode(encoding), encoding=encoding)
    assert source.breaches() == [f"contacts: contacts.csv cannot be read as CSV ({fault})."]


def test_rows_that_look_like_comments_are_rows(source):
    source.file("contacts", HEAD + ROW + ROW.replace("C1", "#1001") + ROW.replace("C1", "'C2'"))
    found = source.desk().engine.rows("SELECT contact_id FROM contacts ORDER BY 1")
    assert found == [("#1001",), ("'C2'",), ("C1",)]


def test_quoted_cells_may_hold_delimiters_quotes_and_line_breaks(source):
    source.file("contacts", HEAD + 'C1,"a, ""b""\nc",2026-02-27 10:00,open\n')
    assert source.desk().engine.rows("SELECT customer_id FROM contacts") == [('a, "b"\nc',)]


def test_two_columns_of_one_name_are_refused(source):
    source.file("contacts", "contact_id,opened_at,status,status\nC1,2026-02-27,open,new\n")
    assert source.breaches() == [
        "contacts: contacts.csv has 2 columns called 'status', capitals aside; keep the one that is meant."
    ]


def test_declared_signs_for_missing_are_missing(source):
    text = (
        HEAD
        + "C1,?,2026-02-27,open\nC2,N/A,2026-02-27,open\nC3,,2026-02-27,open\nC4,NA,2026-02-27,open\n"
    )
    source.file("contacts", text, missing=["?", "N/A"])
    found = source.desk().engine.rows("SELECT customer_id FROM contacts ORDER BY contact_id")
    assert found == [(None,), (None,), (None,), ("NA",)]


def test_undeclared_signs_for_missing_are_a_breach_where_they_matter(source):
    source.file("contacts", HEAD.replace("customer_id", "resolved_at") + "C1,N/A,2026-02-27,open\n")
    assert source.breaches() == [
        "contacts: resolved_at is not a date and time (like 2026-03-31 14:05:00) in 1 row (first: contact_id C1"
        " with resolved_at N/A)."
    ]


def test_other_delimiters_are_read_when_declared(source):
    source.file("contacts", (HEAD + ROW).replace(",", "\t"), delimiter="\t")
    assert source.desk().rows == {"contacts": 1}


def test_file_that_is_neither_csv_nor_parquet_is_one_sentence(source):
    source.file("contacts.zip", b"PK\x03\x04 not a table of ours")
    assert source.breaches()[0].startswith("contacts: contacts.zip cannot be read as Parquet (")
