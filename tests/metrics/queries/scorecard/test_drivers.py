"""What orders' first contacts were about: by eye, counted again on a whole desk, and from tables that are wrong."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pandas as pd
import pytest

from cs_lib.methods.monitoring.drivers import split_drivers
from cs_lib.metrics.queries.needs.around import Around
from cs_lib.metrics.queries.needs.contacts_read import contacts_read
from cs_lib.metrics.queries.scorecard.drivers import driver_counts
from cs_lib.metrics.queries.sql import NotAvailable

# Observed to the end of March: orders until 1 March are, for 30 days; the last whole week ends on 24 February.
END = date(2026, 3, 31)
ORDERS = """order_id customer_id ordered_at
O0 C1 2026-02-01T00:00
O1 C1 2026-02-11T00:00
O2 C2 2026-02-12T00:00
O3 C3 2026-02-17T00:00
O4 C1 2026-02-18T00:00
O5 C2 2026-02-20T00:00
O6 C3 2026-02-24T00:00
O7 C4 2026-02-24T23:00
O8 C4 2026-03-01T00:00
"""
CONTACTS = """contact_id order_id need_code channel opened_at status
K1 O1 late chat 2026-02-12T08:00 open
K2 O1 rude phone 2026-02-20T08:00 open
K3 O2 - chat 2026-03-14T00:00 open
K4 O3 late chat 2026-03-20T08:00 open
K5 O4 late chat 2026-02-19T08:00 open
K6 O4 late chat 2026-02-25T08:00 open
K7 O4 rude email 2026-03-01T08:00 open
K8 O5 rude - 2026-02-21T08:00 open
K9 O6 late chat 2026-02-25T08:00 spam
K10 O0 late chat 2026-02-12T08:00 open
K11 - late chat 2026-02-19T08:00 open
K13 O7 rude chat 2026-02-25T08:00 open
K12 O7 late chat 2026-02-25T08:00 open
K14 O8 late chat 2026-03-21T08:00 open
"""


def test_every_order_is_where_its_first_contact_was(source, observed):
    source.table("contacts", CONTACTS)
    source.table("orders", ORDERS)
    before, after = driver_counts(observed("2026-04-01"), END, period_weeks=1)
    assert before.weeks[0].item() == date(2026, 2, 11) and after.weeks[0].item() == date(
        2026, 2, 18
    )
    assert (
        before.cells == after.cells == (("late", "chat"), ("rude", "unknown"), ("unknown", "chat"))
    )
    assert (before.orders.tolist(), after.orders.tolist()) == ([3], [4])
    # K3 came in the last instant of 30 days, K4 after it; K12 and K13 came at once, and `late` is before `rude`.
    assert before.first.tolist() == [[1, 0, 1]] and before.further.tolist() == [[1, 0, 0]]
    assert after.first.tolist() == [[2, 1, 0]] and after.further.tolist() == [[3, 0, 0]]
    assert after.squares.tolist() == [5, 0, 0]
    assert [(c.contacts, c.named) for c in (before, after)] == [(2, 2), (4, 3)]
    assert after.by("channel").cells == (("all", "chat"), ("all", "unknown"))
    assert after.by("channel").first.tolist() == [[2, 1]]
    assert after.to_frame()["first"].sum() == 3


def test_empty_codes_are_one_unknown(source, observed):
    source.table("contacts", re.sub(r" (late|rude) \S+ ", " - - ", CONTACTS))
    source.table("orders", ORDERS)
    _, after = driver_counts(observed("2026-04-01"), END, period_weeks=1)
    assert after.by("need").cells == (("unknown", "all"),) and after.first.sum() == 3


@pytest.mark.parametrize(
    ("contacts", "orders", "said"),
    [
        (re.sub(r" O\d", " -", CONTACTS), ORDERS, "no contact names its order"),
        (CONTACTS.replace(" O", " 00"), ORDERS, "most orders that contacts name are not there"),
        (re.sub(r"K(1|10) O\d", r"K\1 -", CONTACTS), ORDERS, "no contact from .* names its order"),
        (CONTACTS, re.sub(r"O[01] .*\n", "", ORDERS).replace("02-12", "02-18").replace("02-17", "02-18"),
         "orders begin on .* the earlier of the two periods"),
        (re.sub(r"K(1|10) .*\n", "", CONTACTS), ORDERS, "contacts begin on"),
        (re.sub(r"K(3|4|14) .*\n", "", CONTACTS), ORDERS, "contacts end on"),
    ],
)  # fmt: skip
def test_what_the_tables_do_not_tell_is_no_zero(source, observed, contacts, orders, said):
    source.table("contacts", contacts)
    source.table("orders", orders)
    with pytest.raises(NotAvailable, match=said):
        driver_counts(observed("2026-04-01"), END, period_weeks=1)


def test_without_orders_it_says_why(source, observed):
    source.table("contacts", CONTACTS)
    with pytest.raises(NotAvailable, match="has no table orders"):
        driver_counts(observed("2026-04-01"), END)


def test_a_whole_desk_counted_again(simulated):
    found = driver_counts(simulated, date(2026, 6, 30))
    contacts, orders = (simulated.frame(t, limit=10**6) for t in ("contacts", "orders"))
    contacts = contacts[~contacts.status.isin(["merged", "spam", "cancelled"])]
    orders = orders.assign(day=(orders.ordered_at + timedelta(hours=8)).dt.floor("D"))
    both = contacts.merge(orders[["order_id", "ordered_at", "day"]], on="order_id")
    both = both[(both.opened_at - both.ordered_at).between(timedelta(0), timedelta(days=30))]
    both = both.fillna({"need_code": "unknown", "channel": "unknown"})
    both = both.sort_values(["opened_at", "need_code", "channel"])
    for counts in found:
        first, last = counts.weeks[0].item(), counts.weeks[-1].item() + timedelta(days=6)
        inside = orders.day.between(pd.Timestamp(first), pd.Timestamp(last))
        assert counts.orders.sum() == inside.sum() > 150
        mine = both[both.day.between(pd.Timestamp(first), pd.Timestamp(last))]
        by_order = mine.groupby("order_id")
        one = by_order.head(1).assign(
            further=by_order.size().reindex(by_order.head(1).order_id).to_numpy() - 1
        )
        sums = (
            one.fillna({"need_code": "unknown", "channel": "unknown"})
            .groupby(["need_code", "channel"])
            .further
        )
        table = {k: (len(g), g.sum(), (g**2).sum()) for k, g in sums}
        numbers = zip(
            counts.first.sum(axis=0), counts.further.sum(axis=0), counts.squares, strict=True
        )
        assert table == {c: n for c, n in zip(counts.cells, numbers, strict=True) if n[0]}
        with contacts_read(simulated, first, last) as read:
            assert Around(read).problem_orders().with_problem == counts.first.sum()
    assert found[1].weeks[-1] == pd.Timestamp("2026-05-20") and len(found[0].weeks) == 4
    split = split_drivers(*found)
    assert split.change.value == pytest.approx(split.after - split.before, abs=1e-12)
