"""Whether customers stay and tell others, on tables small enough to count by eye."""

from __future__ import annotations

from datetime import date

import pytest

from cs_lib.metrics.queries.sql import NotAvailable
from cs_lib.metrics.queries.written import query_of
from cs_lib.params import Scope

CONTACTS = "contact_id customer_id opened_at resolved_at status\n"
SOLVED = "C1 A 2026-02-01T08:00 2026-02-01T10:00 resolved\n"
ORDERS = "order_id customer_id ordered_at cancelled_at\nO0 A 2026-01-01 -\n"


def test_who_orders_after_the_resolution_has_bought_again(source, by_product):
    cases = {
        "next_minute": ("{} 2026-02-01T10:01 -", 1, 1),
        "last_of_30": ("{} 2026-03-03T10:00 -", 1, 1),
        "after_30": ("{} 2026-03-03T10:01 -", 0, 1),
        "last_of_90": ("{} 2026-05-02T10:00 -", 0, 1),
        "after_90": ("{} 2026-05-02T10:01 -", 0, 0),
        "at_the_resolution": ("{} 2026-02-01T10:00 -", 0, 0),
        "cancelled": ("{} 2026-02-10T10:00 2026-02-11", 0, 0),
        "another": ("{}B 2026-02-10T10:00 -", 0, 0),
    }
    solved = [f"{name} {name} 2026-02-01T08:00 2026-02-01T10:00 resolved {name}" for name in cases]
    source.table("contacts", "\n".join([CONTACTS.strip() + " product_id", *solved]))
    orders = [f"N{i} {one[0].format(name)}" for i, (name, one) in enumerate(cases.items())]
    source.table("orders", ORDERS + "\n".join(orders))
    for days, place in ((30, 1), (90, 2)):
        expected = {name: (one[place], 1) for name, one in cases.items()}
        assert by_product(f"repurchase_after_contact_{days}d") == expected


def test_each_resolved_contact_of_a_known_customer_is_a_case(source, by_day):
    source.table(
        "contacts",
        CONTACTS + SOLVED + "C2 A 2026-02-01T08:00 2026-02-02T10:00 resolved\n"
        "C3 - 2026-02-01T08:00 2026-02-01T10:00 resolved\n"
        "C4 B 2026-02-01T08:00 2026-02-01T10:00 resolved\n"
        "C5 B 2026-02-01T08:00 2026-02-01T10:00 spam\n"
        "C6 B 2026-02-01T08:00 - open\n",
    )
    source.table(
        "orders", f"{ORDERS}O1 A 2026-02-02T09:00 -\nO2 - 2026-02-02 -".replace("O2 -", "O2 N")
    )
    # The order of A comes after the first of its two resolutions and before the second.
    assert by_day("repurchase_after_contact_30d") == {1: (1, 2), 2: (0, 1)}


def test_who_is_not_followed_for_the_whole_window_is_no_case(source, series):
    source.table("contacts", CONTACTS + SOLVED)
    source.table("orders", f"{ORDERS}O1 A 2026-02-02 -")
    early = series("repurchase_after_contact_30d", as_of="2026-03-04")
    assert early.days.tolist() == [date(2026, 2, 1)] and early.numerator.tolist() == [1]
    assert series("repurchase_after_contact_30d", as_of="2026-03-03").denominator.size == 0


def test_customers_who_are_not_among_those_who_order_are_said(source, series):
    source.table("contacts", CONTACTS + SOLVED)
    source.table("orders", "order_id customer_id ordered_at\nO1 a 2026-02-02")
    with pytest.raises(NotAvailable, match="no customer_id of a contact is found among the orders"):
        series("repurchase_after_contact_30d")


CUSTOMERS = "customer_id first_seen_at referred_by\n"


def test_referred_new_customers_are_told_per_1000_orders_of_the_day(source, by_day, observed):
    source.table("contacts", CONTACTS + SOLVED)
    source.table(
        "orders", f"{ORDERS}O1 A 2026-02-01 -\nO2 A 2026-02-01 2026-02-02\nO3 A 2026-02-02 -"
    )
    source.table(
        "customers",
        CUSTOMERS
        + "A 2026-02-01T10:00 -\nB 2026-02-01T10:00 A\nC 2026-02-01T10:00 Z\nD - A\nE 2026-02-03 A",
    )
    assert by_day("referral_rate") == {1: (2_000, 2), 2: (0, 1), 3: (1_000, 0)}
    desk = observed()
    shown = desk.engine.rows(query_of(desk, "referral_rate"))
    assert [(day.day, float(total)) for day, total, *_ in shown] == [(1, 2_000), (3, 1_000)]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("A 2026-02-01 -", "referred_by is empty in every customer"),
        ("A - B", "first_seen_at is empty in every customer"),
    ],
)
def test_without_referrers_there_is_no_rate(source, series, row, reason):
    source.table("contacts", CONTACTS + SOLVED)
    source.table("orders", ORDERS)
    source.table("customers", CUSTOMERS + row)
    with pytest.raises(NotAvailable) as caught:
        series("referral_rate")
    assert str(caught.value) == f"'referral_rate' is not available because {reason}."
    with pytest.raises(NotAvailable, match="these have no channel"):
        source.table("customers", f"{CUSTOMERS}A 2026-02-01 B")
        series("referral_rate", scope=Scope(channel=("chat",)))


SURVEYS = "survey_id contact_id kind offered_at answered_at score scale_min scale_max\n"


def answers(*rows):
    return SURVEYS + "".join(f"S{i} C1 nps 2026-02-01T10:00 {row}\n" for i, row in enumerate(rows))


@pytest.mark.parametrize(
    ("scale", "scores", "points"),
    [
        ("0 10", (10, 9, 8, 7, 6, 0), (2 - 2) * 100),
        ("1 10", (10, 9, 8, 7, 6, 1), (2 - 2) * 100),
        ("1 5", (5, 5, 4, 3, 2, 1), (2 - 3) * 100),
    ],
)
def test_promoters_minus_detractors_by_the_cut_points_of_the_scale(
    source, by_day, scale, scores, points
):
    source.table("contacts", CONTACTS + SOLVED)
    source.table("surveys", answers(*(f"2026-02-02 {score} {scale}" for score in scores)))
    assert by_day("promoter_score").get(1, (0, 6)) == (points, 6)


def test_answers_count_within_seven_days_and_the_rate_of_answers_stands_beside(source, by_day):
    source.table("contacts", CONTACTS + SOLVED)
    rows = ("2026-02-08T10:00 10 0 10", "2026-02-08T10:01 0 0 10", "- - 0 10")
    source.table("surveys", answers(*rows) + "T1 C1 csat 2026-02-01 2026-02-01 1 1 5")
    assert by_day("promoter_score") == {1: (100, 1)}
    assert by_day("promoter_response_rate") == {1: (1, 3)}


def test_a_scale_without_cut_points_is_said(source, series):
    source.table("contacts", CONTACTS + SOLVED)
    source.table("surveys", answers("2026-02-02 10 0 10", "2026-02-02 60 0 100"))
    with pytest.raises(NotAvailable, match="answered on a scale without known cut points"):
        series("promoter_score")
    source.table("surveys", answers("- - - -"))
    with pytest.raises(NotAvailable, match="no survey of kind nps has an answer"):
        series("promoter_score")


PERKS = "assignment_id experiment_id customer_id variant perk_kind assigned_at delivered_at expires_at\n"
USED = "assignment_id redeemed_at\n"


def perks(source, rows, used):
    source.table("contacts", CONTACTS + SOLVED)
    lines = "".join(f"P{i} e U{i} v {row}\n" for i, row in enumerate(rows))
    source.table("perk_assignments", PERKS + lines)
    source.table("perk_redemptions", USED + used)


def test_a_perk_is_used_up_to_its_end_and_counts_on_the_day_it_was_delivered(source, by_day):
    sent = "2026-01-31 2026-02-01T10:00"
    rows = (
        f"coupon {sent} 2026-03-01T10:00",
        f"coupon {sent} 2026-03-01T10:00",
        f"discount {sent} 2026-03-01T10:00",
        f"coupon {sent} -",
        f"custom_care {sent} 2026-03-01T10:00",
        "coupon 2026-02-01 - 2026-03-01T10:00",
        "none 2026-02-01 - -",
        f"coupon {sent} 2027-02-01T10:01",
    )
    perks(source, rows, "P0 2026-03-01T10:00\nP1 2026-03-01T10:01\nP2 2026-02-05\nP2 2026-04-05")
    assert by_day("perk_redemption") == {1: (2, 3)}


def test_days_with_a_perk_that_is_still_valid_wait_and_so_do_those_after_them(source, series):
    rows = (
        "coupon 2026-02-01 2026-02-01 2026-02-11",
        "coupon 2026-02-02 2026-02-02 2026-02-25",
        "coupon 2026-02-03 2026-02-03 2026-02-13",
    )
    perks(source, rows, "P0 2026-02-05\nP2 2026-02-05")
    early = series("perk_redemption", as_of="2026-02-20")
    assert early.days.tolist() == [date(2026, 2, 1)] and early.numerator.tolist() == [1]
    late = series("perk_redemption", as_of="2026-02-26", end="2026-02-03")
    assert (late.numerator.tolist(), late.denominator.tolist()) == ([1, 0, 1], [1, 1, 1])


@pytest.mark.parametrize(
    ("row", "used", "reason"),
    [
        ("coupon 2026-02-01 2026-02-01 -", "P0 2026-02-02",
         "no perk has both a delivery and an end of validity"),
        ("coupon 2026-02-01 2026-02-01 2026-02-11", "p-0 2026-02-02",
         "no assignment_id of perk_redemptions is found among the perk_assignments"),
    ],
)  # fmt: skip
def test_perks_that_cannot_be_followed_are_said(source, series, row, used, reason):
    perks(source, [row], used)
    with pytest.raises(NotAvailable) as caught:
        series("perk_redemption")
    assert str(caught.value) == f"'perk_redemption' is not available because {reason}."
