"""Customers with a problem over active ones: by eye, counted again on a whole desk, and from tables that are wrong."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pandas as pd
import pytest

from cs_lib.metrics.queries.scorecard.customers import problem_customers
from cs_lib.metrics.queries.sql import NotAvailable
from tests.metrics.queries.scorecard.conftest import END, START

CONTACTS = """contact_id customer_id opened_at status
K1 C1 2026-02-02T08:00 open
K2 C1 2026-02-03T08:00 open
K3 C9 2026-02-03T08:00 open
K4 - 2026-02-04T08:00 open
K5 C2 2026-02-09T08:00 open
K6 C1 2026-02-10T08:00 open
K7 C3 2026-02-20T08:00 open
K8 C4 2026-02-20T08:00 spam
K9 - 2026-02-25T08:00 open
K10 - 2026-02-25T09:00 open
K11 C2 2026-02-26T08:00 open
"""
ORDERS = """order_id customer_id ordered_at
O1 C1 2025-11-10T08:00
O2 C2 2026-01-05T08:00
O3 C2 2026-02-03T08:00
O4 C3 2026-02-12T08:00
O5 C4 2026-02-18T08:00
O6 C4 2026-02-25T08:00
"""


def test_each_customer_counts_once_a_week_by_eye(source, observed):
    source.table("contacts", CONTACTS)
    source.table("orders", ORDERS)
    found = problem_customers(observed("2026-03-01"), START, END)
    # C1's order of 10 November is 90 days before the end of the first week, and too old a week later.
    assert found.active.tolist() == [2, 2, 3, 3]
    assert found.with_problem.tolist() == [2, 2, 1, 1]
    assert found.active_with_problem.tolist() == [1, 1, 1, 1]
    assert found.contacts.tolist() == [4, 2, 1, 3] and found.anonymous.tolist() == [1, 0, 0, 2]
    assert found.there.tolist() == [True, True, True, False] and found.basis == "ordered_90d"
    assert found.anonymous_share == pytest.approx(1 / 7) and found.begins == date(2025, 11, 10)
    series = found.series()
    assert (series.numerator[:3] / series.denominator[:3]).tolist() == [1000, 1000, 1000 / 3]
    assert found.series(among_active=True).numerator.tolist() == [1000, 1000, 1000, 0]
    assert found.to_frame().value.isna().tolist() == [False, False, False, True]


def test_a_value_that_is_nobody_is_anonymous_on_both_sides(source, observed):
    source.table("contacts", CONTACTS)
    source.table("orders", ORDERS)
    found = problem_customers(observed("2026-03-01"), START, END, nobody=["C1"])
    assert found.active.tolist() == [1, 2, 3, 3] and found.anonymous.tolist() == [3, 1, 0, 2]


def test_weeks_before_the_look_back_is_full_have_no_point(source, observed):
    source.table("contacts", CONTACTS)
    source.table("orders", ORDERS.replace("2025-11-10", "2025-11-20"))
    found = problem_customers(observed("2026-03-01"), START, END)
    assert found.there.tolist() == [False, False, True, False]
    source.table("orders", ORDERS.replace("2025-11-10", "2026-01-02"))
    with pytest.raises(NotAvailable, match=r"orders begin on .*no week has all of the 90 days"):
        problem_customers(observed("2026-03-01"), START, END)


def test_customers_who_are_in_no_order_are_told_and_are_no_zero(source, observed):
    source.table("contacts", CONTACTS)
    source.table("orders", ORDERS.replace(" C", " 000"))
    found = problem_customers(observed("2026-03-01"), START, END)
    assert found.active_with_problem is None and found.with_problem.tolist() == [2, 2, 1, 1]
    with pytest.raises(NotAvailable, match="hardly any customer with a contact is in the orders"):
        found.series(among_active=True)


def exposure(left_out=""):
    days = pd.date_range("2026-02-01", "2026-02-28")
    rows = [f"{d:%Y-%m-%d} {s} {n}\n" for d in days for s, n in (("a", 3), ("b", 4 + (d.day > 7)))]
    return "date segment active_users\n" + "".join(x for x in rows if x[:10] != left_out)


def test_without_orders_daily_active_users_stand_in(source, observed):
    source.table("contacts", CONTACTS)
    source.table("exposure", exposure("2026-02-10"))
    found = problem_customers(observed("2026-03-01"), START, END)
    assert found.basis == "active_users" and found.active_with_problem is None
    assert found.active[[0, 2]].tolist() == [7, 8]
    assert found.there.tolist() == [True, False, True, False]


def test_what_the_tables_do_not_tell_is_said(source, observed):
    source.table("contacts", CONTACTS)
    with pytest.raises(NotAvailable, match="has no table orders"):
        problem_customers(observed("2026-03-01"), START, END)
    source.table("exposure", "date segment orders\n2026-02-01 a 3\n")
    with pytest.raises(NotAvailable, match="active_users is empty"):
        problem_customers(observed("2026-03-01"), START, END)
    source.table("orders", ORDERS)
    source.table("contacts", re.sub(r" C\d+", " -", CONTACTS))
    with pytest.raises(NotAvailable, match="customer_id is empty in every contact"):
        problem_customers(observed("2026-03-01"), START, END)
    source.table(
        "contacts", "\n".join(x for x in CONTACTS.split("\n") if not re.match(r"K[1-8] ", x))
    )
    with pytest.raises(NotAvailable, match="most contacts name no customer"):
        problem_customers(observed("2026-03-01"), START, END)


def test_a_whole_desk_counted_again(simulated):
    days = date(2025, 9, 1), date(2026, 1, 31)
    found = problem_customers(simulated, *days)
    contacts, orders = (simulated.frame(t, limit=10**6) for t in ("contacts", "orders"))
    contacts = contacts[~contacts.status.isin(["merged", "spam", "cancelled"])]
    wrote, placed = (
        (stamps + timedelta(hours=8)).dt.floor("D")
        for stamps in (contacts.opened_at, orders.ordered_at)
    )
    for k, week in enumerate(found.weeks):
        start = pd.Timestamp(week)
        end = start + timedelta(days=7)
        mine = contacts[(wrote >= start) & (wrote < end)]
        recent = (placed < end) & (placed >= end - timedelta(days=90))
        active = set(orders.customer_id[recent])
        who = set(mine.customer_id.dropna())
        assert found.active[k] == len(active) and found.with_problem[k] == len(who)
        assert found.active_with_problem[k] == len(who & active)
        assert (found.contacts[k], found.anonymous[k]) == (len(mine), mine.customer_id.isna().sum())
        assert found.there[k] == (end - placed.min() >= timedelta(days=90))
