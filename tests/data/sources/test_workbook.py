"""Sheets of workbooks read as CSV files are, with the same faults."""

from datetime import datetime

import pytest

from cs_lib.params import ParamsError
from tests.data.sources.workbooks import workbook

HEAD = ["contact_id", "customer_id", "opened_at", "status", "handle_seconds", "is_complaint"]
NOON = datetime(2026, 1, 5, 12, 34, 59)
ROWS = [
    HEAD,
    [7, "U1", NOON, "open", 90.5, True],
    ["008", "U\nX", datetime(2026, 1, 6), "open", 100.0, False],
]


def contacts(source):
    return source.desk("2026-01-07").engine.rows(
        "SELECT contact_id, customer_id, opened_at::VARCHAR, handle_seconds, is_complaint FROM contacts ORDER BY 3"
    )


def test_cells_are_what_a_csv_file_would_say(source):
    source.file("contacts.xlsx", workbook({"Tickets": ROWS, "Notes": []}))
    assert contacts(source) == [
        ("7", "U1", "2026-01-05 12:34:59", 90.5, True),
        ("008", "U X", "2026-01-06 00:00:00", 100.0, False),
    ]


def test_a_second_read_comes_from_what_was_kept_and_is_the_same(source):
    source.file("contacts.xlsx", workbook({"Tickets": ROWS}))
    assert contacts(source) == contacts(source)


def test_a_title_a_sum_and_blank_rows_at_the_end(source):
    rows = [["Tickets of January"], [], *ROWS, ["Total", None, None, None, 190.5], [None, None], []]
    source.file("contacts.xlsx", workbook({"Tickets": rows}), skip_lines=2, skip_last_lines=1)
    assert len(contacts(source)) == 2


def test_the_sheet_that_is_meant_must_be_said_where_several_hold_something(source):
    book = workbook({"Tickets": ROWS, "Old ones": ROWS[:2]})
    source.file("contacts.xlsx", book)
    assert source.breaches() == [
        "contacts: several sheets of contacts.xlsx hold something (Tickets, Old ones); say which one is meant with "
        "`sheet`."
    ]
    source.file("contacts.xlsx", book, sheet="Old ones")
    assert len(contacts(source)) == 1
    source.file("contacts.xlsx", book, sheet="New ones")
    assert source.breaches() == [
        "contacts: contacts.xlsx has no sheet 'New ones' that holds anything (its sheets: Tickets, Old ones)."
    ]


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04 no workbook", b"id,opened\n1,2\n", workbook({"A": ROWS})[:900]]
)
def test_what_is_no_workbook_is_one_sentence(source, content):
    source.file("contacts.xlsx", content)
    [fault] = source.breaches()
    assert fault.startswith("contacts: contacts.xlsx cannot be read as a workbook; it is damaged")


def test_an_empty_workbook_and_one_that_unpacks_without_end(source, monkeypatch):
    source.file("contacts.xlsx", workbook({"A": []}))
    assert source.breaches() == ["contacts: no sheet of contacts.xlsx holds anything."]
    monkeypatch.setattr("cs_lib.data.sources.workbook.LARGEST", 100)
    assert source.breaches() == [
        "contacts: contacts.xlsx is too large for a workbook; export it as CSV."
    ]


def test_only_a_workbook_has_sheets(source):
    source.file("contacts.csv", ",".join(HEAD), sheet="A")
    with pytest.raises(ParamsError, match="only a workbook"):
        source.desk()
