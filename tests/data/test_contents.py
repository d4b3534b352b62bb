"""A desk shows what it holds: tables, rows, local days before the cut, what is empty and what is not there."""

from datetime import date

from cs_lib.language import speaking
from cs_lib.report import cards, tables
from tests.report.test_cards import words

CONTACTS = """
contact_id opened_at                 resolved_at                status   channel
a          2026-01-05T23:30:00+00:00 2026-01-06T08:00:00+00:00  resolved phone
b          2026-02-02T08:00:00+00:00 -                          open     phone
c          2026-03-07T08:00:00+00:00 -                          open     phone
"""


def desk_of(source, as_of="2026-03-01"):
    source.settings |= {"timezone": "Asia/Shanghai"}
    source.table("contacts", CONTACTS)
    source.table("teams", "team_id name\nt1 Billing")
    return source.desk(as_of)


def test_days_are_local_and_rows_after_the_cut_are_not_there(source):
    contacts, teams = desk_of(source).contents()
    assert (contacts.rows, contacts.first_day, contacts.last_day) == (
        2,
        date(2026, 1, 6),
        date(2026, 2, 2),
    )
    assert {"closed_at", "team_id"} <= set(contacts.empty_columns)
    assert not {"opened_at", "resolved_at", "channel"} & set(contacts.empty_columns)
    assert (teams.rows, teams.first_day, teams.last_day) == (1, None, None)


def test_it_is_the_same_in_a_terminal_a_frame_and_a_notebook(source):
    desk = desk_of(source)
    text = repr(desk)
    assert text.splitlines()[0] == "Tiny desk; known before 1 March 2026, days in Asia/Shanghai"
    assert text.splitlines()[1] == (
        "  contacts  2 rows  6 Jan to 2 Feb 2026  empty: customer_id, first_response_at, closed_at,"
        " follow_up_due_at, is_complaint and 14 more"
    )
    assert text.splitlines()[-1].startswith("Not there: events, surveys, customers, ")
    assert list(desk.to_frame().table) == ["contacts", "teams"]
    assert "contacts one row per contact a customer made 2 6 Jan to 2 Feb 2026" in words(desk)
    assert "surveys one row per survey offered not there – –" in words(desk)


def test_a_closed_desk_still_says_what_it_was(source):
    desk = desk_of(source)
    desk.close()
    assert repr(desk).splitlines()[1].startswith("  contacts  2 rows")


def test_it_speaks_chinese(source):
    desk = desk_of(source)
    with speaking("zh"):
        text, table = repr(desk), cards.html(desk)
        columns = tables.contents(desk).columns
    assert "2 行" in text and "没有" in text and "Rows" not in table
    assert all(ord(column[0]) > 0x2E80 for column in columns)
