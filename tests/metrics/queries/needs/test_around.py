"""Orders with a problem, teams, products and days of codes, on rows small enough to check by eye."""

from __future__ import annotations

from datetime import date

import pytest

from cs_lib.metrics.queries.needs.around import Around, Product
from cs_lib.metrics.queries.sql import NotAvailable

DAYS = date(2026, 1, 1), date(2026, 3, 31)
ORDERS = """
order_id customer_id ordered_at product_id
O1 C1 2026-01-05T08:00 P1
O2 C2 2026-01-06T08:00 P1
O3 C3 2026-03-01T08:00 P2
O4 C4 2026-03-25T08:00 P2
"""
CONTACTS = """
contact_id customer_id need_code owner opened_at status order_id product_id team_id
K1 C1 late agent 2026-01-10T08:00 open O1 P1 T1
K2 C1 rude agent 2026-01-11T08:00 open O1 P1 T1
K3 C2 late product 2026-03-20T08:00 open O2 P1 T2
K4 C3 late - 2026-03-21T08:00 open O3 - T2
K5 - - - 2026-03-22T08:00 open - - -
K6 C9 late - 2026-03-22T08:00 spam O3 - -
K7 C4 late - 2026-03-26T08:00 open O4 P2 T2
"""


@pytest.fixture
def around(source, read):
    source.table("contacts", CONTACTS)
    source.table("orders", ORDERS)
    with read("2026-04-20", DAYS) as one:
        yield Around(one)


def test_orders_with_a_problem_are_those_followed_with_a_contact_in_time(around):
    found = around.problem_orders()
    # O4 cannot be followed for 30 days; the contact about O2 came after 73 days; O1 has two and counts once.
    assert (found.orders, found.with_problem) == (3, 2)
    assert found.by_need == {"late": 2, "rude": 1}


def test_people_teams_products_and_days_of_codes(around):
    people = around.people()
    assert (people.contacts, people.customers, people.anonymous) == (6, 4, 1)
    assert around.teams() == {"T1": {"agent": 2}, "T2": {"product": 1, "unknown": 2}}
    assert around.products() == (Product("P1", 3, 2), Product("P2", 1, 2))
    assert around.code_days()["late"] == (date(2026, 1, 10), date(2026, 3, 26))


def test_orders_that_are_not_there_are_no_zero(source, read):
    source.table("contacts", CONTACTS.replace(" O", " 000"))
    source.table("orders", ORDERS)
    with read("2026-04-20", DAYS) as one:
        around = Around(one)
        # The first days may name orders placed before the table begins.
        assert around.about_orders() == (3, 0)
        with pytest.raises(NotAvailable, match="not there"):
            around.problem_orders()


def test_without_orders_it_says_why(source, read):
    source.table("contacts", CONTACTS)
    with read("2026-04-20", DAYS) as one, pytest.raises(NotAvailable, match="orders"):
        Around(one).problem_orders()
