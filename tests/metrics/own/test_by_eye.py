"""Every kind on rows small enough to count by eye."""

from __future__ import annotations

import pytest

from cs_lib.metrics import DAILY, PER_CUSTOMER
from tests.metrics.conftest import moments, perk_study
from tests.metrics.own.conftest import LARGE, QUICK

ORDERS = """
order_id customer_id ordered_at delivered_at cancelled_at amount product_id
O1 A 2026-02-02 2026-02-04 - 10 P1
O2 A 2026-02-02T06:00 - - 30.5 P2
O3 B 2026-02-03 2026-02-03T12:00 2026-02-03 7 P1
O4 B 2026-02-03 2026-03-20 - - P1
O5 B 2026-05-28 2026-05-29 - 8 P1
"""
CONTACTS = """
contact_id customer_id opened_at resolved_at status handle_seconds channel
K1 A 2026-02-02 2026-02-02T10:00 resolved 60 chat
K2 A 2026-02-02 2026-02-03T00:00 closed 120 phone
K3 B 2026-02-02 2026-02-03T00:01 resolved - chat
K4 B 2026-02-02 - closed 90 chat
K5 B 2026-02-02 - open - chat
K6 B 2026-05-31T12:00 2026-05-31T13:00 resolved 30 chat
"""
ROWS = {**QUICK, "table": "orders", "yes": None, "window": None}


@pytest.fixture
def tables(source):
    source.table("orders", ORDERS)
    source.table("contacts", CONTACTS)


@pytest.mark.usefixtures("tables")
def test_a_mean_of_orders_leaves_out_what_has_no_amount(own, by_day):
    own(ROWS, kind="mean", value="amount", unit="money", filter={"cancelled_at": {"empty": True}})
    assert by_day("quick") == {2: (40.5, 2)}


@pytest.mark.usefixtures("tables")
def test_a_time_of_orders_counts_open_ones_with_the_whole_window(own, by_day):
    own(ROWS, kind="duration", of=None, to="delivered_at", unit="hours", window=10)
    assert DAILY["quick"].duration is None  # curves by stage are of contacts
    assert by_day("quick") == {2: (48 + 240, 2), 3: (12 + 240, 2)}


@pytest.mark.usefixtures("tables")
def test_a_share_of_contacts_followed_for_a_day(own, by_day):
    """K4 ended without a stamp of it, K5 is open, K6 was not followed for a day."""
    own(QUICK)
    assert by_day("quick") == {2: (2, 4)}
    assert "quick_30d" not in PER_CUSTOMER


@pytest.mark.usefixtures("tables")
def test_a_rate_per_rows_of_another_table_that_meet_a_condition(own, by_day):
    per = {"table": "orders", "filter": {"product_id": {"one_of": ["P1"]}}}
    own(QUICK, kind="rate", of=None, yes=None, window=None, unit="per_1000", per=per)
    assert by_day("quick") == {2: (5_000, 1), 3: (0, 2)}


@pytest.mark.usefixtures("tables")
def test_the_same_files_of_customers(source, observed, own):
    """A and B are assigned on 1 February; 30 days on, K6 and O5 are no longer theirs."""
    head = "assignment_id experiment_id customer_id variant assigned_at"
    source.table(
        "perk_assignments", f"{head}\nP1 e A control 2026-01-31\nP2 e B control 2026-01-31"
    )
    chat = {"channel": {"one_of": ["chat"]}}
    own(QUICK, metric="chats", label="Chats", yes=chat, window=None)
    own(QUICK, metric="minutes", label="Minutes", kind="mean", yes=None, window=None, stamp="resolved_at",
        value="handle_seconds", unit="minutes")  # fmt: skip
    own(
        LARGE, metric="spent", label="Spent", kind="mean", value="amount", unit="money", filter=None
    )
    own(
        LARGE,
        metric="placed",
        label="Placed",
        kind="count",
        of=None,
        filter={"amount": {"below": 10}},
    )
    own(LARGE, metric="each", label="Each", kind="ratio", of=None, table=None, filter=None, above="spent",
        below="placed", unit="money")  # fmt: skip
    own(LARGE, metric="work", label="Work", kind="mean", table="contacts", stamp="resolved_at", filter=None,
        value="handle_seconds", unit="minutes")  # fmt: skip
    names = [f"{name}_30d" for name in ("work", "chats", "minutes", "spent", "placed", "each")]
    parts = [p for name in names for p in getattr(PER_CUSTOMER[name], "parts", (name,))]
    found = moments(observed(), perk_study(), names)["spent_30d"]["control"]
    means = {p: 2 * found.mean[found.names.index(p)] for p in dict.fromkeys(parts)}
    assert means == {
        "work_30d": 3,
        "chats.above_30d": 4, "chats.below_30d": 5, "minutes.above_30d": 180, "minutes.below_30d": 2,
        "spent_30d": 47.5, "placed_30d": 1,
    }  # fmt: skip
    assert PER_CUSTOMER["minutes_30d"].scale == 1 / 60
