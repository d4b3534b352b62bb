"""Orders that led to a contact about them, on tables small enough to count by eye."""

from __future__ import annotations

from datetime import date

import pytest

from cs_lib.metrics import DAILY
from cs_lib.metrics.queries import per_day
from cs_lib.metrics.queries.cases import opened
from cs_lib.metrics.queries.sql import NotAvailable
from cs_lib.metrics.queries.tables import Window
from cs_lib.metrics.queries.told import unrecorded
from cs_lib.metrics.queries.trust.of_orders import orders_named
from cs_lib.params import Scope

ORDERS = """
order_id customer_id ordered_at cancelled_at product_id
O1 A 2026-02-01T10:00 - P1
O2 A 2026-02-01T10:00 - P1
O3 B 2026-02-01T10:00 2026-02-01T11:00 P2
O4 C 2026-02-01T10:00 - P2
O5 D 2026-02-02T10:00 - P2
"""
HEAD = "contact_id customer_id opened_at status handled_by order_id\n"


@pytest.fixture
def orders(source):
    source.table("orders", ORDERS)
    return lambda rows: source.table("contacts", HEAD + rows)


def test_an_order_counts_once_however_many_contacts_it_has(orders, by_day):
    orders("""
C1 A 2026-02-02T10:00 open human O1
C2 A 2026-02-03T10:00 open human O1
C3 B 2026-02-03T10:00 open bot O3
C4 A 2026-02-03T10:00 open human -
C5 X 2026-02-03T10:00 open human O5
C6 X 2026-02-03T10:00 open human gone
""")
    # Of four orders on the first day one has two contacts, a cancelled one has one of a bot.
    assert by_day("orders_with_problem_7d") == {1: (2_000, 4), 2: (1_000, 1)}
    assert by_day("orders_with_problem_30d") == {1: (2_000, 4), 2: (1_000, 1)}


def test_the_window_begins_with_the_order(source, by_product):
    contacts = {
        "at_once": ("2026-02-01T10:00 open", 1, 1),
        "last_of_7": ("2026-02-08T10:00 open", 1, 1),
        "after_7": ("2026-02-08T10:01 open", 0, 1),
        "last_of_30": ("2026-03-03T10:00 open", 0, 1),
        "after_30": ("2026-03-03T10:01 open", 0, 0),
        "before": ("2026-02-01T09:59 open", 0, 0),
        "merged": ("2026-02-03T10:00 merged", 0, 0),
        "spam": ("2026-02-03T10:00 spam", 0, 0),
        "cancelled": ("2026-02-03T10:00 cancelled", 0, 0),
    }
    rows = [
        f"C{i} A {contact} human {name}" for i, (name, (contact, *_)) in enumerate(contacts.items())
    ]
    source.table("contacts", HEAD + "\n".join(rows))
    placed = [f"{name} A 2026-02-01T10:00 {name}" for name in contacts]
    source.table("orders", "order_id customer_id ordered_at product_id\n" + "\n".join(placed))
    for days, place in ((7, 1), (30, 2)):
        expected = {name: (1_000 * found[place], 1) for name, found in contacts.items()}
        assert by_product(f"orders_with_problem_{days}d") == expected


def test_both_windows_are_read_at_once_and_beside_contacts_as_they_are_alone(orders, observed):
    orders("C1 A 2026-02-09T10:00 open human O1\nC2 B 2026-02-01T10:00 open human O3")
    desk, days = observed(), (date(2026, 2, 1), date(2026, 2, 3))
    names = ("orders_with_problem_7d", "orders_with_problem_30d", "contact_rate")
    alone = [per_day.daily(desk, DAILY[n], start=days[0], end=days[1]) for n in names]
    with opened(desk, Window(*days), [DAILY[n] for n in names]) as cases:
        for name, one in zip(names, alone, strict=True):
            found = cases.series(DAILY[name])
            assert found.numerator.tolist() == one.numerator.tolist()
            assert found.denominator.tolist() == one.denominator.tolist()
        assert cases.volume().numerator.tolist() == [1, 0, 0]
    assert [one.numerator.sum() for one in alone] == [1_000, 2_000, 1_000]


def test_the_last_days_without_their_window_are_left_off(orders, series):
    orders("C1 A 2026-02-02T10:00 open human O1")
    early = series("orders_with_problem_7d", as_of="2026-02-09")
    assert early.days.tolist() == [date(2026, 2, 1)] and early.denominator.tolist() == [4]
    assert series("orders_with_problem_7d", as_of="2026-02-08").denominator.size == 0


def test_a_product_may_be_named_and_no_team(orders, by_day):
    orders("C1 A 2026-02-02T10:00 open human O1")
    assert by_day("orders_with_problem_7d", scope=Scope(product_id=("P1",))) == {1: (1_000, 2)}
    with pytest.raises(NotAvailable, match="these have no team_id"):
        by_day("orders_with_problem_7d", scope=Scope(team_id=("T1",)))


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ("C1 A 2026-02-02T10:00 open human -", "order_id is empty in every contact"),
        ("C1 A 2026-02-02T10:00 open human o-1",
         "no order_id of a contact is found among the orders"),
    ],
)  # fmt: skip
def test_without_orders_in_the_contacts_it_is_not_there_and_never_zero(
    orders, series, rows, reason
):
    orders(rows)
    with pytest.raises(NotAvailable) as caught:
        series("orders_with_problem_7d")
    assert str(caught.value) == f"'orders_with_problem_7d' is not available because {reason}."


def test_how_contacts_name_their_orders_is_told_by_day(orders, observed):
    orders("""
C1 A 2026-02-01T11:00 open human O1
C2 A 2026-02-01T09:00 open human O2
C3 A 2026-02-01T11:00 open human gone
C4 A 2026-02-01T11:00 open human -
C5 A 2026-02-01T11:00 spam human O1
C6 A 2026-02-03T11:00 open human -
""")
    found = orders_named(observed(), Window(date(2026, 2, 1), date(2026, 2, 3)))
    parts = [
        (one.numerator.tolist(), one.denominator.tolist())
        for one in (found.named, found.found, found.early)
    ]
    assert parts == [([3, 0, 0], [4, 0, 1]), ([2, 0, 0], [3, 0, 0]), ([1, 0, 0], [2, 0, 0])]


def test_without_orders_nobody_knows_which_they_name(source, observed):
    source.table("contacts", f"{HEAD}C1 A 2026-02-01T11:00 open human O1")
    with pytest.raises(NotAvailable, match="is not known because the source 'tiny' has no table"):
        orders_named(observed(), Window(date(2026, 2, 1), date(2026, 2, 3)))


def test_order_ids_that_end_on_a_day_are_told_and_no_fall_of_problems(source, observed):
    days = [date(2026, 2, 1 + i) for i in range(20)]
    placed = [(f"O{day.day}x{i}", day) for day in days for i in range(4)]
    source.table(
        "orders",
        "order_id customer_id ordered_at\n" + "\n".join(f"{o} A {d}T10:00" for o, d in placed),
    )
    rows = [
        f"C{o} A {d}T12:00 open human {o if d.day <= 10 else o.lower()}" for o, d in placed[::2]
    ]
    source.table("contacts", HEAD + "\n".join(rows))
    metric, window = DAILY["orders_with_problem_7d"], Window(days[0], days[-1])
    desk = observed()
    with opened(desk, window, [metric]) as cases:
        told = cases.told(metric)
    assert str(unrecorded(metric, told, date(2026, 2, 11))) == (
        "'orders_with_problem_7d' is not available because the order a contact is about (order_id) is not recorded"
        " after the change."
    )
    found = orders_named(desk, window)
    assert found.named.numerator.tolist() == [2] * 20
    assert found.found.numerator.tolist() == [2] * 10 + [0] * 10
