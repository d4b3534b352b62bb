"""Each metric per assigned customer on tables small enough to check by eye."""

from __future__ import annotations

import pytest

from cs_lib.metrics.queries import beside, per_customer
from cs_lib.metrics.queries.sql import NotAvailable
from tests.metrics.conftest import measured_of, moments, people_of

ASSIGNED = """
assignment_id experiment_id customer_id variant assigned_at delivered_at unit_cost
P1 e A coupon 2026-01-10T12:00 2026-01-10T13:00 2
P2 e B control 2026-01-10T12:00 - -
"""
ORDERS = "order_id customer_id ordered_at cancelled_at amount margin\n"


@pytest.fixture(autouse=True)
def assigned(source):
    source.table("perk_assignments", ASSIGNED)


@pytest.mark.parametrize(
    ("order", "value"),
    [
        ("2026-01-20T12:00 - 100 -", 1),
        ("2026-02-09T12:00 - 100 -", 1),
        ("2026-02-09T12:00:01 - 100 -", 0),
        ("2026-01-10T12:00:01 - 100 -", 1),
        ("2026-01-10T12:00 - 100 -", 0),
        ("2026-01-01T12:00 - 100 -", 0),
        ("2026-01-20T12:00 2026-01-21T12:00 100 -", 0),
    ],
    ids=["inside", "last moment", "too late", "first moment", "same moment", "before", "cancelled"],
)
def test_repurchase_is_an_order_in_the_window_that_stands(source, units, order, value):
    source.table("orders", f"{ORDERS}O1 A {order}")
    assert units("repurchase_30d") == {"P1": value, "P2": 0}
    assert units("revenue_30d") == {"P1": 100 * value, "P2": 0}


def test_longer_windows_see_later_orders(source, units):
    source.table("orders", ORDERS + "O1 A 2026-02-20 - 100 -")
    found = [units(f"repurchase_{days}d")["P1"] for days in (7, 14, 30, 60, 90)]
    assert found == [0, 0, 0, 1, 1]


def test_order_cancelled_after_the_cut_still_counts_at_the_cut(source, units):
    source.table("orders", ORDERS + "O1 A 2026-01-20 2026-03-20 100 -")
    assert units("revenue_30d", as_of="2026-03-01")["P1"] == 100
    assert units("revenue_30d", as_of="2026-04-01")["P1"] == 0


MANY = (
    ORDERS
    + """O1 A 2026-01-11 - 100 -
O2 A 2026-01-12 - 200 50
O3 A 2026-01-13 - 50 10
O4 A 2026-01-14 2026-01-15 1000 900
O5 B 2026-01-12 - 10 -
"""
)
REDEEMED = (
    "assignment_id redeemed_at order_id discount_amount\nP1 2026-01-11 O1 5\nP1 2026-01-12 O2 7\n"
)


def test_many_orders_and_redemptions_of_one_customer_are_each_counted_once(source, units):
    source.table("orders", MANY)
    source.table("perk_redemptions", REDEEMED)
    assert units("revenue_30d") == {"P1": 350, "P2": 10}
    assert units("net_value_30d") == pytest.approx({"P1": 30 + 50 + 10 - 5 - 7 - 2, "P2": 3})


def test_discount_on_a_cancelled_order_costs_nothing(source, units):
    source.table("orders", MANY)
    source.table("perk_redemptions", REDEEMED + "P1 2026-01-14 O4 100\nP1 2026-01-16 - 1\n")
    assert units("net_value_30d")["P1"] == pytest.approx(30 + 50 + 10 - 5 - 7 - 1 - 2)


def test_discounts_redeemed_are_the_part_of_the_cost_that_is_not_the_unit_cost(source, units):
    source.table("orders", MANY)
    source.table("perk_redemptions", REDEEMED + "P1 2026-01-14 O4 100\nP1 2026-02-20 O1 9\n")
    assert units("discount_30d") == {"P1": 5 + 7, "P2": 0}
    assert units("perk_cost_30d") == {"P1": 5 + 7 + 2, "P2": 0}


def test_net_value_without_redemptions_in_the_source_is_margin_less_cost(source, units):
    source.table("orders", MANY)
    assert units("net_value_30d") == pytest.approx({"P1": 30 + 50 + 10 - 2, "P2": 3})


def test_perk_that_was_not_delivered_costs_nothing(source, units):
    of_another = "P9 e D coupon 2026-01-10T12:00 2026-01-10T13:00 2\n"
    source.table("perk_assignments", ASSIGNED.replace("2026-01-10T13:00", "-") + of_another)
    source.table("orders", MANY)
    assert units("net_value_30d")["P1"] == pytest.approx(90)


def test_two_metrics_of_one_window_do_not_disturb_each_other(source, observed, study):
    source.table("orders", MANY)
    source.table("perk_redemptions", REDEEMED)
    names = ["repurchase_30d", "revenue_30d", "net_value_30d"]
    found = moments(observed(), study, names)["revenue_30d"]["coupon"]
    assert found.names == tuple(names) and found.mean == pytest.approx([1, 350, 76])


@pytest.mark.parametrize(
    ("contact", "value"),
    [
        ("A 2026-01-20 open true", 1),
        ("A 2026-01-20 open false", 0),
        ("A 2026-01-20 open -", 0),
        ("A 2026-01-20 merged true", 0),
        ("A 2026-01-20 spam true", 0),
        ("A 2026-01-09 open true", 0),
        ("C 2026-01-20 open true", 0),
    ],
)
def test_complaint_rate_counts_customers_with_a_real_complaint(source, units, contact, value):
    rows = f"C1 {contact}\nC2 D 2026-01-20 open false"  # somebody says of each whether it is one
    source.table("contacts", f"contact_id customer_id opened_at status is_complaint\n{rows}")
    assert units("complaint_rate_30d") == {"P1": value, "P2": 0}


def test_complaints_that_nobody_marks_are_no_rate_of_zero(source, units):
    source.table(
        "contacts", "contact_id customer_id opened_at status is_complaint\nC1 A 2026-01-20 open -"
    )
    with pytest.raises(NotAvailable, match="is_complaint is empty in every row of contacts"):
        units("complaint_rate_30d")


def test_visit_counts_a_customer_once(source, units):
    source.table("visits", "customer_id visited_at\nB 2026-01-11\nB 2026-01-12\nA 2026-03-01")
    assert units("visit_30d") == {"P1": 0, "P2": 1}


def test_customers_without_the_full_window_are_left_out(source, units):
    source.table("perk_assignments", ASSIGNED + "P3 e C coupon 2026-01-11T12:00 - -\n")
    source.table("orders", ORDERS + "O1 C 2026-01-12 - 100 -")
    assert units("repurchase_30d", as_of="2026-02-09") == {}
    assert units("repurchase_30d", as_of="2026-02-10") == {"P1": 0, "P2": 0}
    assert units("repurchase_30d", as_of="2026-02-11") == {"P1": 0, "P2": 0, "P3": 1}


def test_customer_of_two_experiments_counts_in_each_once(source, observed, study, units):
    source.table(
        "perk_assignments",
        ASSIGNED + "P3 f A coupon 2026-01-15 - -\nP4 f B coupon 2026-01-15 - -\n",
    )
    source.table("orders", ORDERS + "O1 A 2026-01-20 - 100 -")
    assert units("revenue_30d") == {"P1": 100, "P2": 0}
    desk = observed()
    assert people_of(desk, study).assigned == {
        "control": 1,
        "coupon": 1,
    }


def test_assignments_outside_the_period_are_left_out_by_their_local_day(source, units):
    source.settings["timezone"] = "Asia/Shanghai"
    stamps = ("2026-01-31T23:59", "2026-02-01T00:00", "2025-12-31T23:59")
    rows = "".join(f"P{i} e C{i} coupon {stamp} - -\n" for i, stamp in enumerate(stamps, start=3))
    source.table("perk_assignments", ASSIGNED + rows)
    source.table("orders", ORDERS + "O1 A 2026-01-20 - 100 -")
    assert list(units("repurchase_30d")) == ["P1", "P2", "P3"]


def test_effect_is_by_assignment_whoever_used_the_perk(source, observed, study):
    source.table("perk_assignments", ASSIGNED + "P3 e C coupon 2026-01-10 - -\n")
    source.table("orders", MANY)
    source.table("perk_redemptions", REDEEMED)
    desk = observed()
    assert moments(desk, study, ["repurchase_30d"])["repurchase_30d"]["coupon"].n == 2
    assert beside.redeemed(people_of(desk, study))[0] == {"coupon": 1}


def test_money_before_assignment_is_that_of_the_half_year_up_to_it(source, observed, study):
    text = (
        "O1 A 2026-01-10T12:00 - 100 -\nO2 A 2025-07-14T12:01 - 10 -\nO3 A 2025-07-14T12:00 - 1 -\n"
    )
    source.table("orders", ORDERS + text + "O4 A 2026-01-10T12:01 - 5 -")
    desk = observed()
    found = per_customer.before(measured_of(desk, study, [], past=["spent_before_180d"]))
    assert (found["coupon"].mean[0], found["control"].mean[0]) == (110, 0)


def test_experiment_of_any_name_is_only_a_name(source, observed, study):
    name = "MARGIN_RATE'); DROP TABLE units; --"
    source.file(
        "perk_assignments",
        f'assignment_id,experiment_id,customer_id,variant,assigned_at\nP1,"{name}",A,control,2026-01-10\n',
    )
    source.table("orders", MANY)
    odd = study.model_copy(update={"design": study.design.model_copy(update={"experiment": name})})
    assert moments(observed(), odd, ["net_value_30d"])["net_value_30d"]["control"].n == 1
