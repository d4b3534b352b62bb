"""Values of a file stay what they are in SQL, whatever letters they have."""

from __future__ import annotations

from datetime import date

import pytest

from cs_lib.metrics import DAILY
from cs_lib.metrics.queries import per_day
from tests.metrics.own.conftest import LARGE, QUICK

ODD = [
    "it's",
    "NEXT DAY",
    "c.status",
    "AGAIN(3)",
    "MOVES(2)",
    " AND t.cancelled_at IS NULL",
    "物流“延迟”",
    "'; DROP TABLE contacts; --",
]


@pytest.mark.parametrize("issue", ODD)
def test_by_day(source, observed, own, issue):
    rows = [
        f'K{i},2026-02-0{i + 1},open,"{text}",web' for i, text in enumerate([issue, "other", ""])
    ]
    source.file("contacts", "\n".join(["contact_id,opened_at,status,issue,channel", *rows]) + "\n")
    path = own(
        QUICK,
        yes={"issue": {"one_of": [issue]}},
        filter={"issue": {"none_of": ["nothing"]}},
        window=None,
    )
    assert DAILY[path.stem].window_days == 0
    found = per_day.daily(
        observed(), DAILY[path.stem], start=date(2026, 2, 1), end=date(2026, 2, 3)
    )
    assert found.numerator.tolist() == [1, 0, 0] and found.denominator.tolist() == [1, 1, 1]


@pytest.mark.parametrize("category", ODD)
def test_per_customer(source, units, own, category):
    people = [f"P{i} e C{i} control 2026-01-10" for i in range(3)]
    head = "assignment_id experiment_id customer_id variant assigned_at"
    source.table("perk_assignments", "\n".join([head, *people]))
    orders = [
        f'O{i},C{i},2026-01-1{i + 1},{amount},"{text}"'
        for i, (amount, text) in enumerate([(100, category), (99.99, category), (250, "other")])
    ]
    source.file(
        "orders", "\n".join(["order_id,customer_id,ordered_at,amount,category", *orders]) + "\n"
    )
    own(LARGE, filter={"amount": {"at_least": 100}, "category": {"one_of": [category]}})
    assert units("large_order_30d") == {"P0": 1.0, "P1": 0.0, "P2": 0.0}


def test_empty_cells_are_none_of_the_values_and_no_number(source, units, own):
    people = [f"P{i} e C{i} control 2026-01-10" for i in range(4)]
    head = "assignment_id experiment_id customer_id variant assigned_at"
    source.table("perk_assignments", "\n".join([head, *people]))
    orders = [
        "O0 C0 2026-01-11 - -",
        "O1 C1 2026-01-11 5 toys",
        "O2 C2 2026-01-11 5 -",
        "O3 C3 2026-01-11 20 books",
    ]
    source.table("orders", "\n".join(["order_id customer_id ordered_at amount category", *orders]))
    asked = {"category": {"none_of": ["toys"]}, "amount": {"above": 4, "at_most": 5}}
    own(LARGE, filter=asked)
    assert units("large_order_30d") == {"P0": 0.0, "P1": 0.0, "P2": 1.0, "P3": 0.0}
