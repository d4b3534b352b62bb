"""CSV files as spreadsheets and trackers write them: marks, lines above and below, columns that repeat."""

from __future__ import annotations

import gzip

import pandas as pd
import pytest

from cs_lib.params import ParamsError

HEAD = "contact_id,customer_id,opened_at,status\n"
ROW = "C1,A,2026-02-27 10:00,open\n"
ROWS = ROW + ROW.replace("C1", "C2")
QUOTED = (
    '"contact_id","customer_id","opened_at","status"\n' + '"C1","张三","2026-02-27 10:00","open"\n'
)


def contacts(source):
    return source.desk().engine.rows(
        "SELECT contact_id, customer_id, status FROM contacts ORDER BY 1"
    )


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("stated", ["utf-8", "gbk"])
def test_a_byte_order_mark_says_the_encoding_also_before_a_quote(source, encoding, stated):
    source.file("contacts", QUOTED.encode(encoding), encoding=stated)
    assert contacts(source) == [("C1", "张三", "open")]


@pytest.mark.parametrize("mark", [b"\xff\xfe", b"\xfe\xff"])
def test_either_byte_order_is_read_and_so_is_a_mark_in_a_gzip_file(source, mark):
    encoding = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}[mark]
    source.file("contacts.csv.gz", gzip.compress(mark + QUOTED.encode(encoding)))
    assert contacts(source) == [("C1", "张三", "open")]
    source.file("contacts.csv.gz", gzip.compress(mark + QUOTED.encode(encoding)), encoding=encoding)
    assert contacts(source) == [("C1", "张三", "open")]


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_line_break_in_a_name_of_a_column_is_part_of_it(source, mark):
    source.file(
        "contacts",
        mark + QUOTED.replace('"status"', '"status","a\nb"').replace('"open"', '"open","c"'),
    )
    assert contacts(source) == [("C1", "张三", "open")]


@pytest.mark.parametrize(
    "ends", [("\n", "\r\n"), ("\r\n", "\n"), ("\r", "\n"), ("\n", "\r")], ids=repr
)
def test_lines_above_may_end_otherwise_than_rows(source, ends):
    """The engine would take such a file for one of no rows."""
    above, end = ends
    text = f"Our export{above}{above}" + (HEAD + ROWS).replace("\n", end)
    source.file("contacts", text, skip_lines=2)
    assert [row[0] for row in contacts(source)] == ["C1", "C2"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("above", ["sep=;\n", '"sep=;"\n', "\n\nsep=;\n"])
def test_the_line_that_states_the_delimiter_is_heeded(source, above, end):
    text = above + (HEAD + ROWS).replace(",", ";")
    source.file("contacts", text.replace("\n", end))
    assert contacts(source) == [("C1", "A", "open"), ("C2", "A", "open")]


@pytest.mark.parametrize("above", ["\n\n", " \n\r\n", ",,,\n", "\ufeff\n"])
def test_blank_lines_above_the_header_are_none(source, above):
    source.file("contacts", above + HEAD + ROWS)
    assert [row[0] for row in contacts(source)] == ["C1", "C2"]


@pytest.mark.parametrize("below", ["\n\n\n", "\r\n", "\n \n"[:1] * 5])
def test_blank_lines_below_the_rows_are_none(source, below):
    source.file("contacts", HEAD + ROWS + below)
    assert [row[0] for row in contacts(source)] == ["C1", "C2"]


@pytest.mark.parametrize(
    "text",
    [(HEAD + ROWS).replace("\n", ",\n"), HEAD + ROWS.replace("\n", ",\n"), HEAD.replace("\n", ",\n") + ROWS],
    ids=["everywhere", "rows", "header"],
)  # fmt: skip
def test_a_delimiter_too_many_at_the_end_is_no_column(source, text):
    source.file("contacts", text)
    assert contacts(source) == [("C1", "A", "open"), ("C2", "A", "open")]


def test_columns_without_a_name_are_no_harm(source):
    source.file("contacts", ",contact_id,,opened_at,status,\n0,C1,x,2026-02-27,open,y\n")
    assert source.breaches() == []


TITLES = {
    "alone": ("Our export\n", 1, "Our export"),
    "filled up": ("Our export,,,\n\n", 2, "Our export"),
    "two cells": ("Export,June\n", 1, "Export, June"),
    "below blank lines": ("\n\nOur export\nall teams\n", 4, "Our export"),
}


@pytest.mark.parametrize(("above", "lines", "title"), TITLES.values(), ids=TITLES)
def test_a_title_is_told_with_the_line_of_the_header_and_the_setting_that_helps(
    source, above, lines, title
):
    source.file("contacts", above + HEAD + ROWS)
    line = above.split(title.split(",")[0])[0].count("\n") + 1
    assert source.breaches() == [
        f"contacts: line {line} of contacts.csv ({title}) looks like a title and line {lines + 1} (contact_id,"
        " customer_id, opened_at, status) like the names of its columns:"
        f" set `skip_lines: {lines}` for this file in the source."
    ]
    source.file("contacts", above + HEAD + ROWS, skip_lines=lines)
    assert [row[0] for row in contacts(source)] == ["C1", "C2"]


def test_more_lines_left_out_than_there_are_is_one_sentence(source):
    source.file("contacts", HEAD + ROWS, skip_lines=9)
    assert source.breaches() == [
        "contacts: contacts.csv has no line of column names below the 9 that `skip_lines` leaves out."
    ]
    source.file("contacts", "\n,,\n")
    assert source.breaches() == [
        "contacts: contacts.csv has no line of column names; was the export cut short?"
    ]


def test_a_file_without_a_header_is_one_sentence(source):
    source.file("contacts", ROWS)
    assert source.breaches() == [
        "contacts: its file seems to have no line of column names: its first line (C1, A, 2026-02-27 10:00, open) looks"
        " like a row."
    ]


def test_line_numbers_count_the_lines_above(source):
    source.file("contacts", "Our export\n\n" + HEAD + ROW + "C2,B\n" + ROW, skip_lines=1)
    assert source.breaches() == [
        "contacts: contacts.csv cannot be read as CSV (line 5 has 2 columns, the header has 4)."
    ]


@pytest.mark.parametrize("total", ["Total,,,\n", "合计,,,\n\n"])
def test_a_total_below_the_rows_is_told_and_left_out_when_the_settings_say_so(source, total):
    source.file("contacts", HEAD + ROWS + total)
    *_, said = source.breaches()
    assert said == (
        f"contacts: the last row ({total.strip().strip(',')}) looks like a total: leave it out with"
        " `skip_last_lines: 1` for its file."
    )
    source.file("contacts", HEAD + ROWS + total, skip_last_lines=1)
    desk = source.desk()
    assert desk.rows == {"contacts": 2}
    assert desk.notes[0] == (
        f"contacts: 1 line at the end of contacts.csv left out, as `skip_last_lines` says: {total.strip()}."
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_total_with_fewer_cells_is_told_and_left_out_when_the_settings_say_so(
    source, end, encoding
):
    text = (HEAD + ROWS + "Total: 2\n\n").replace("\n", end).encode(encoding)
    source.file("contacts", text)
    assert source.breaches() == [
        "contacts: contacts.csv cannot be read as CSV (line 4 has 1 column, the header has 4). It is the last line"
        " (Total: 2): if it is a total and no row, set `skip_last_lines: 1` for this file in the source."
    ]
    source.file("contacts", text, skip_last_lines=1)
    assert [row[0] for row in contacts(source)] == ["C1", "C2"]


TRACKER = "Key,Created,Comment,comment,Labels,Comment_2,COMMENT\nC1,2026-02-27,a,b,l,c,d\n"


def tracker(source, query, text=TRACKER):
    source.file("issues", text)
    source.settings["files"] = {"issues": "issues.csv"}
    source.settings["tables"] = {"contacts": {"query": query}}


def test_columns_that_repeat_harm_nobody_who_does_not_read_them(source):
    tracker(source, "SELECT Key AS contact_id, Created AS opened_at, 'open' AS status FROM issues")
    assert source.desk("2026-02-28").notes == ()


def test_a_query_that_reads_a_repeated_column_is_told_which(source):
    tracker(source, "SELECT Key AS contact_id, Created AS opened_at, 'open' AS status, Comment AS issue, Comment_3 AS"
                    " need_code, Comment_2 AS owner_seen FROM issues")  # fmt: skip
    desk = source.desk("2026-02-28")
    assert desk.notes == (
        "contacts: issues.csv has 3 columns called 'Comment'; the query reads the first of them, the others are called"
        " comment_3, COMMENT_4.",
    )
    assert desk.engine.rows("SELECT issue, need_code FROM contacts") == [("a", "b")]


def test_a_query_that_takes_all_is_told_of_the_repeated_columns_of_its_table(source):
    text = TRACKER.replace("Key,Created,Comment,comment", "contact_id,opened_at,status,Status")
    tracker(source, "SELECT * FROM issues", text.replace(",a,b,", ",open,closed,"))
    desk = source.desk("2026-02-28")
    assert desk.notes[0].startswith("contacts: issues.csv has 2 columns called 'status'; the query")
    assert desk.engine.rows("SELECT status FROM contacts") == [("open",)]


def test_a_table_that_is_a_file_is_refused_only_for_columns_that_are_its_own(source):
    text = HEAD.replace("\n", ",x,X\n") + ROW.replace("\n", ",1,2\n")
    source.file("contacts", text)
    assert source.breaches() == []
    source.file("contacts", text.replace("x,X", "Status,STATUS"))
    assert source.breaches() == [
        "contacts: contacts.csv has 3 columns called 'status', capitals aside; keep the one that is meant."
    ]


@pytest.mark.parametrize("order", [("contacts", "orders"), ("orders", "contacts")])
def test_parquet_beside_csv(source, order):
    frames = {
        "contacts": pd.DataFrame({"contact_id": ["C1"], "opened_at": ["2026-02-27 10:00"], "status": ["open"]}),
        "orders": pd.DataFrame({"order_id": ["O1"], "customer_id": ["A"], "ordered_at": ["2026-02-27"]}),
    }  # fmt: skip
    first, second = order
    for _ in range(2):
        source.file(first, frames[first].to_csv(index=False))
        frames[second].to_parquet(source.home / f"{second}.parquet")
        source.settings["tables"][second] = {"file": f"{second}.parquet"}
        desk = source.desk("2026-02-28")
        assert desk.rows == {"contacts": 1, "orders": 1}


def test_parquet_of_another_zone_or_with_a_breach_stands_beside_csv(source):
    source.file("contacts", HEAD + ROWS)
    frame = pd.DataFrame(
        {"order_id": ["O1"], "customer_id": ["A"], "ordered_at": ["soon"], "amount": [-2.5]}
    )
    frame.to_parquet(source.home / "orders.parquet")
    source.settings["tables"]["orders"] = {"file": "orders.parquet"}
    assert source.breaches() == [
        "orders: ordered_at is not a date and time (like 2026-03-31 14:05:00) in 1 row (first: order_id O1 with"
        " ordered_at soon).",
        "orders: amount is negative in 1 row (first: order_id O1 with amount -2.5).",
    ]


PARQUET = {
    "a workbook": (lambda whole: b"PK\x03\x04" + whole, "it is an Excel workbook or another archive; export it as CSV"),
    "text": (lambda whole: b"a,b\n1,2\n" * 9, "it is no Parquet file, or it was cut short"),
    "cut short": (lambda whole: whole[:-200], "it is no Parquet file, or it was cut short"),
    "a footer that is none": (lambda whole: whole[:40] + b"\xff" * (len(whole) - 48) + whole[-8:],
                              "a file is damaged, or was changed while it was read"),
}  # fmt: skip


@pytest.mark.parametrize(("harm", "reason"), PARQUET.values(), ids=PARQUET)
def test_parquet_that_is_none_is_told_in_words_of_ours(source, harm, reason):
    path = source.home / "contacts.parquet"
    pd.DataFrame(
        {"contact_id": ["C1"], "opened_at": ["2026-02-27"], "status": ["open"]}
    ).to_parquet(path)
    path.write_bytes(harm(path.read_bytes())[: -5 if reason.startswith("it is an") else None])
    source.settings["tables"]["contacts"] = {"file": "contacts.parquet"}
    assert source.breaches() == [
        f"contacts: contacts.parquet cannot be read as Parquet ({reason})."
    ]


def test_parquet_files_of_different_columns_are_told_in_words_of_ours(source):
    folder = source.home / "contacts"
    folder.mkdir()
    frame = pd.DataFrame({"contact_id": ["C1"], "opened_at": ["2026-02-27"], "status": ["open"]})
    frame.to_parquet(folder / "1.parquet")
    frame.drop(columns="status").assign(contact_id="C2").to_parquet(folder / "2.parquet")
    source.settings["tables"]["contacts"] = {"file": "contacts"}
    assert source.breaches() == [
        "contacts: cannot be read (its file 2.parquet has no column status, others have)."
    ]


def test_settings_of_csv_files_are_refused_for_parquet(source):
    path = source.home / "contacts.parquet"
    pd.DataFrame(
        {"contact_id": ["C1"], "opened_at": ["2026-02-27"], "status": ["open"]}
    ).to_parquet(path)
    spec = {"path": path.name, "skip_lines": 1, "dates": {"opened_at": "%d/%m/%Y"}}
    source.settings["tables"]["contacts"] = {"file": spec}
    assert source.breaches() == [
        "contacts: contacts.parquet is no CSV file; `skip_lines`, `dates` cannot be had for it."
    ]


@pytest.mark.parametrize(
    ("spec", "fault"),
    [
        ({"skip_lines": -1}, "skip_lines"),
        ({"decimal": ";"}, "must be one of '.' or ',', got ';'"),
        ({"thousands": "x"}, "must be one of . , ' or a blank, got 'x'"),
        ({"decimal": ",", "thousands": ","}, "`decimal` and `thousands` are the same sign"),
        ({"thousands": ".", "decimal": "."}, "`decimal` and `thousands` are the same sign"),
        ({"dates": {"opened_at": "%d/%m"}}, "must hold year, month and day"),
        ({"dates": {"opened_at": "%Y-%m-%d %I:%M"}}, "must hold year, month and day"),
        ({"dates": {"opened_at": "%Y-%m-%d %Q"}}, "'%Q' is not known here"),
        ({"dates": {"opened_at": "DD/MM/YYYY"}}, "must hold year, month and day"),
    ],
)
def test_settings_of_a_file_that_cannot_be_meant_are_refused(source, spec, fault):
    source.file("contacts", HEAD + ROW, **spec)
    with pytest.raises(ParamsError) as refused:
        source.breaches()
    assert fault in str(refused.value)


def test_lines_of_another_delimiter_ask_for_it(source):
    source.file("contacts", HEAD.replace(",", ";") + "C1;a,b;2026-02-27;open\n")
    assert source.breaches() == [
        "contacts: contacts.csv cannot be read as CSV (line 2 has 2 columns, the header has 1). Is `delimiter` right?"
        " It is ','."
    ]


def test_a_cleaning_step_that_takes_a_text_for_a_number_names_the_value(source):
    source.file("contacts", HEAD + ROW)
    step = {
        "table": "contacts",
        "because": "they are tests",
        "drop_where": "CAST(customer_id AS INT) > 5",
    }
    source.settings["cleaning"] = [step]
    assert source.breaches() == [
        "contacts: the cleaning step 'they are tests' cannot be done (the value 'A' is not what it is taken for)."
    ]


def test_all_faults_of_all_files_are_told_at_once(source):
    source.file("contacts", "Our export\n" + HEAD + ROW)
    source.file("orders", b"order_id,customer_id,ordered_at\nO1,\xff\xfe\xfd,2026-02-27\n")
    source.file("teams", 'team_id\n"T1\n')
    source.file("agents", "agent_id,agent_id\nA,B\n")
    said = source.breaches()
    assert [line.split(":")[0] for line in said] == ["contacts", "orders", "teams", "agents"]
    assert (
        "in line 2 (near byte 35)" in said[1]
        and "line 2 opens a quote that is never closed" in said[2]
    )
    assert not any("Error" in line for line in said)
