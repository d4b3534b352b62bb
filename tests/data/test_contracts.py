"""What breaks the contract of a canonical table is told in one sentence, and all at once."""

from __future__ import annotations

import pandas as pd
import pytest

from cs_lib import data
from cs_lib.data.contracts import TABLES

HEAD = "contact_id,opened_at,status"


@pytest.mark.parametrize(
    ("table", "rows", "said"),
    [
        ("contacts", "contact_id opend_at status\nC1 2026-02-27 open",
         "contacts: column opened_at is missing; did you mean 'opend_at'?"),
        ("contacts", "contact_id;opened_at;status\nC1;2026-02-27;open",
         "contacts: column status is missing (its only column is 'contact_id;opened_at;status': is `delimiter`"
         " right?)."),
        ("contacts", "contact_id opened_at status", "contacts: no rows."),
        ("contacts", "contact_id opened_at status\nC1 2026-02-27 open\nC2 2026-02-27 done\nC3 2026-02-27 Open",
         "contacts: status is none of new, open, waiting_customer, waiting_third_party, resolved, closed, merged,"
         " spam, cancelled in 2 rows (first: contact_id C2 with status done)."),
        ("contacts", "contact_id opened_at status\nC1 27/02/2026 open",
         "contacts: opened_at is not a date and time (like 2026-03-31 14:05:00) in 1 row (first: contact_id C1 with"
         " opened_at 27/02/2026). In 1 of 1 row opened_at looks like 27/02/2026: set `dates: {opened_at: '%d/%m/%Y'}`"
         " for its file, and 27/02/2026 is read as 2026-02-27."),
        ("contacts", "contact_id opened_at status\nC1 - open\nC2 2026-02-27 open",
         "contacts: opened_at is empty in 1 row (first: contact_id C1 with opened_at (empty))."),
        ("contacts", "contact_id opened_at status\nC1 2026-02-27 open\n- 2026-02-27 open",
         "contacts: contact_id is empty in 1 row (first: contact_id (empty))."),
        ("contacts", "contact_id opened_at status\nC1 2026-02-27 open\nC1 2026-02-27 new\nC2 2026-02-27 new",
         "contacts: rows share their key (contact_id): 1 case (first: contact_id C1, 2 times)."),
        ("contacts", "contact_id opened_at resolved_at status\nC1 2026-02-27T10:00 2026-02-27T09:59 resolved",
         "contacts: resolved_at lies before opened_at in 1 row (first: contact_id C1 with opened_at"
         " 2026-02-27T10:00, resolved_at 2026-02-27T09:59)."),
        ("contacts", "contact_id opened_at status handle_seconds\nC1 2026-02-27 open -5",
         "contacts: handle_seconds is negative in 1 row (first: contact_id C1 with handle_seconds -5)."),
        ("contacts", "contact_id opened_at status handle_seconds\nC1 2026-02-27 open nan\nC2 2026-02-27 open inf",
         "contacts: handle_seconds is not a number in 2 rows (first: contact_id C1 with handle_seconds nan)."),
        ("contacts", "contact_id opened_at status is_complaint\nC1 2026-02-27 open maybe",
         "contacts: is_complaint is not true or false in 1 row (first: contact_id C1 with is_complaint maybe)."),
        ("surveys", "survey_id kind offered_at answered_at score scale_min scale_max\nS1 csat 2026-02-01 2026-02-02 6"
         " 1 5", "surveys: score lies outside its scale in 1 row (first: survey_id S1 with score 6, scale_min 1,"
         " scale_max 5)."),
        ("surveys", "survey_id kind offered_at answered_at score\nS1 csat 2026-02-01 2026-02-02 4",
         "surveys: score comes without its scale (scale_min, scale_max) in 1 row (first: survey_id S1 with score 4)."),
        ("surveys", "survey_id kind offered_at answered_at\nS1 csat 2026-02-01 2026-02-02",
         "surveys: answered without a score in 1 row (first: survey_id S1 with answered_at 2026-02-02)."),
        ("orders", "order_id customer_id ordered_at amount\nO1 A 2026-02-01 12,50",
         "orders: orders.csv cannot be read as CSV (line 2 has 5 columns, the header has 4)."),
        ("orders", "order_id customer_id ordered_at amount\nO1 A 2026-02-01 -1",
         "orders: amount is negative in 1 row (first: order_id O1 with amount -1)."),
        ("calendars", "calendar_id weekday\nK1 1.7",
         "calendars: weekday is not a whole number in 1 row (first: calendar_id K1 with weekday 1.7)."),
        ("perk_assignments", "assignment_id experiment_id customer_id variant assigned_at\n"
         "P1 e A control 2026-02-01\nP2 e A coupon 2026-02-02\nP3 f A coupon 2026-02-02",
         "perk_assignments: customers were assigned more than once in one experiment; keep one assignment per"
         " customer: 1 case (first: experiment_id e, customer_id A, 2 times)."),
        ("perk_assignments", "assignment_id experiment_id customer_id variant assigned_at unit_cost\n"
         "P1 e A control 2026-02-01 -2", "perk_assignments: a cost is negative in 1 row (first: assignment_id P1 with"
         " unit_cost -2)."),
        ("codings", "contact_id coder method coded_at need_code owner root_cause\nC0 H1 human 2026-02-21 - - -\n"
         "C0 H2 human 2026-02-21 - unknown -", "codings: need_code, owner and root_cause are all empty in 1 row"
         " (first: contact_id C0 with need_code (empty), owner (empty), root_cause (empty))."),
        ("codings", "contact_id coder method coded_at owner sampling_weight\nC0 H1 human 2026-02-21 agent 0.5",
         "codings: sampling_weight is below 1 in 1 row (first: contact_id C0 with sampling_weight 0.5)."),
        ("codings", "contact_id coder method coded_at owner\nC0 H1 human 2026-02-21 agent\n"
         "C0 H1 human 2026-02-22 product\nC0 H2 human 2026-02-22 product",
         "codings: rows share their key (contact_id, coder): 1 case (first: contact_id C0, coder H1, 2 times)."),
        ("codings", "contact_id coder method coded_at owner\nC0 H1 expert 2026-02-21 agent",
         "codings: method is none of human, rule, model in 1 row (first: contact_id C0 with method expert)."),
    ],
)  # fmt: skip
def test_breach_is_one_sentence_with_count_and_first_example(source, table, rows, said):
    source.table("contacts", "contact_id opened_at status\nC0 2026-02-20 open")
    source.table(table, rows)
    assert said in source.breaches()


def test_breaches_of_all_tables_come_at_once(source):
    source.table("contacts", "contact_id opened_at status\nC1 soon open\nC1 2026-02-27 gone")
    source.table("orders", "order_id customer_id\nO1 A")
    source.table("teams", "team_id")
    said = source.breaches()
    assert [line.split(" (")[0] for line in said] == [
        "contacts: opened_at is not a date and time",
        "contacts: status is none of new, open, waiting_customer, waiting_third_party, resolved, closed, merged,"
        " spam, cancelled in 1 row",
        "contacts: rows share their key",
        "orders: column ordered_at is missing; did you mean 'order_id'?",
        "teams: no rows.",
    ]


def test_error_counts_the_breaches_and_lists_them(source):
    source.table("contacts", "contact_id opened_at\nC1 2026-02-27")
    with pytest.raises(data.DataError) as caught:
        source.desk()
    assert str(caught.value) == (
        "The data break their contract in 1 breach:\n  contacts: column status is missing."
    )
    assert caught.value._render_traceback_() == [str(caught.value)]


def test_absent_optional_columns_are_empty_and_of_their_type(source):
    source.table("contacts", "contact_id opened_at status\nC1 2026-02-27 open")
    desk = source.desk()
    types = desk.engine.columns("contacts")
    assert list(types) == [c.name for c in TABLES["contacts"].columns]
    assert (types["resolved_at"], types["is_complaint"]) == ("TIMESTAMP", "BOOLEAN")
    assert desk.engine.rows("SELECT resolved_at, handle_seconds, need_code FROM contacts") == [
        (None, None, None)
    ]


def test_columns_of_their_own_are_left_alone(source):
    source.table("contacts", "contact_id opened_at status our_own\nC1 2026-02-27 open x")
    assert "our_own" not in source.desk().engine.columns("contacts")


@pytest.mark.parametrize(
    ("column", "meant"),
    [("custmer_id", "customer_id"), ("Need_Code", "need_code"), ("resolved", "resolved_at")],
)
def test_column_that_is_nearly_an_absent_one_is_noted(source, column, meant):
    source.table("contacts", f"contact_id opened_at status {column}\nC1 2026-02-27 open 2026-02-28")
    assert source.desk().notes == (
        f"contacts: column '{column}' is not one of its columns and is ignored; did you mean '{meant}'?",
    )


@pytest.mark.parametrize("column", ["our_own", "customer_name", "statuss"])
def test_column_that_is_nearly_none_or_nearly_one_that_is_there_is_silent(source, column):
    source.table("contacts", f"contact_id opened_at status {column}\nC1 2026-02-27 open x")
    assert source.desk().notes == ()


def test_empty_text_is_missing_whatever_stands_for_missing(source):
    source.file("contacts", f"{HEAD},customer_id\nC1,2026-02-27,open,\n", missing=["?"])
    assert source.desk().engine.rows("SELECT customer_id FROM contacts") == [(None,)]


def test_numbers_of_a_parquet_file_that_are_no_numbers_are_a_breach(source):
    frame = pd.DataFrame(
        {"contact_id": ["C1"], "status": ["open"], "handle_seconds": [float("inf")]}
    )
    frame["opened_at"] = pd.Timestamp("2026-02-27", tz="UTC")
    frame.to_parquet(source.home / "contacts.parquet")
    source.settings["tables"]["contacts"] = {"file": "contacts.parquet"}
    assert source.breaches() == [
        "contacts: handle_seconds is not a number in 1 row (first: contact_id C1 with handle_seconds inf)."
    ]


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_contract_is_consistent_in_itself(table):
    names = [c.name for c in table.columns]
    assert len(set(names)) == len(names)
    assert set(table.key) <= set(names)
    assert table.row_time is None or table.column(table.row_time).required
    assert all(c.type == "time" and not c.required for c in table.columns if c.later)
