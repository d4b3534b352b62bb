"""Orders against their promise, on tables small enough to check by eye."""

from __future__ import annotations

from datetime import date

import pytest

from cs_lib.metrics import DAILY
from cs_lib.metrics.queries import per_day
from cs_lib.metrics.queries.sql import NotAvailable
from cs_lib.params import Scope

CONTACTS = "contact_id opened_at status\nC1 2026-02-01 open\n"
ORDERS = """
order_id customer_id ordered_at promised_at delivered_at cancelled_at product_id
O1 A 2026-01-25 2026-02-01T20:00 2026-02-01T20:00 - P1
O2 A 2026-01-25 2026-02-01T20:00 2026-02-01T20:01 - P1
O3 A 2026-01-25 2026-02-01T20:00 2026-03-03T20:00 - P2
O4 A 2026-01-25 2026-02-01T20:00 2026-03-03T20:01 - P2
O5 A 2026-01-25 2026-02-01T20:00 - - P2
O6 A 2026-01-25 2026-02-01T20:00 2026-02-03T20:00 2026-02-02 P2
O7 A 2026-01-25 - 2026-02-01T20:00 - P2
O8 A 2026-02-01 2026-02-02T20:00 2026-02-01T20:00 - P2
"""


@pytest.fixture
def orders(source):
    source.table("contacts", CONTACTS)
    source.table("orders", ORDERS)


def test_late_is_after_the_promise_and_undelivered_or_cancelled_orders_are_in_no_part(
    orders, by_day
):
    assert by_day("late_delivery_rate") == {1: (2, 3), 2: (0, 1)}


def test_the_day_is_the_promised_one_and_waits_30_days(orders, series):
    early = series("late_delivery_rate", as_of="2026-03-04")
    assert early.days.tolist() == [date(2026, 2, 1)]
    assert series("late_delivery_rate", as_of="2026-03-03").denominator.size == 0


def test_a_scope_may_name_a_product_but_no_team(orders, by_day):
    assert by_day("late_delivery_rate", scope=Scope(product_id=("P1",))) == {1: (1, 2)}
    with pytest.raises(NotAvailable) as caught:
        by_day("late_delivery_rate", scope=Scope(team_id=("T1",), channel=("chat",)))
    assert str(caught.value) == (
        "'late_delivery_rate' is not available because it counts orders, and these have no team_id and no channel."
    )


def test_a_split_by_product_is_there_and_one_by_channel_is_not(orders, observed):
    plan = {"start": date(2026, 2, 1), "end": date(2026, 2, 2)}
    desk = observed()
    parts = per_day.daily_by(desk, DAILY["late_delivery_rate"], "product_id", **plan)
    assert {k: v.denominator.tolist() for k, v in parts.items()} == {"P1": [2, 0], "P2": [1, 1]}
    with pytest.raises(NotAvailable, match="these have no channel"):
        per_day.daily_by(desk, DAILY["late_delivery_rate"], "channel", **plan)


def test_orders_without_deliveries_have_no_late_rate(source, series):
    source.table("contacts", CONTACTS)
    source.table("orders", "order_id customer_id ordered_at\nO1 A 2026-02-01")
    with pytest.raises(NotAvailable, match="no order has both a promised and an actual delivery"):
        series("late_delivery_rate")
