"""Metrics of assigned customers: outcomes after assignment, and what was known before it."""

from __future__ import annotations

from typing import Any

from cs_lib.metrics.contacts import REAL
from cs_lib.metrics.definition import UnitMetric

ASSIGNED = "customers assigned, by assignment (whether or not they used the perk)"
OBSERVED = "customers without the full window before the data cut are left out"
PARTS_ORDERS = ("orders", "ordered_at", "customer_id")

PARTS_REDEEMED = ("perk_redemptions", "redeemed_at", "assignment_id")
MARGIN = (
    "sum(CASE WHEN t.cancelled_at IS NULL"
    " THEN coalesce(t.margin, t.amount * MARGIN_RATE) ELSE 0e0 END)"
)
DISCOUNT = (
    "sum(CASE WHEN t.order_id IN (SELECT order_id FROM orders WHERE cancelled_at IS NOT NULL)"
    " THEN 0e0 ELSE coalesce(t.discount_amount, 0e0) END)"
)
UNIT_COST = "CASE WHEN u.delivered_at IS NOT NULL THEN coalesce(u.unit_cost, 0e0) ELSE 0e0 END"

FAMILIES = (
    UnitMetric(
        name="repurchase",
        label="Buy again within {days} days",
        unit="share",
        good="up",
        population=ASSIGNED,
        counted="at least one order, not cancelled, after assignment and within the window",
        censoring=OBSERVED,
        denominator="customers assigned",
        source="repurchase rate, intention to treat",
        needs=("perk_assignments", "orders"),
        window_days=0,
        parts=((*PARTS_ORDERS, "count(CASE WHEN t.cancelled_at IS NULL THEN 1 END)"),),
        share=True,
    ),
    UnitMetric(
        name="revenue",
        label="Revenue per customer in {days} days",
        unit="money",
        good="up",
        population=ASSIGNED,
        counted="order amounts, cancelled orders left out, after assignment and within the window",
        censoring=OBSERVED,
        denominator="customers assigned, those without an order included",
        source="revenue per customer, intention to treat",
        needs=("perk_assignments", "orders"),
        window_days=0,
        parts=(
            (*PARTS_ORDERS, "sum(CASE WHEN t.cancelled_at IS NULL THEN t.amount ELSE 0e0 END)"),
        ),
    ),
    UnitMetric(
        name="net_value",
        label="Net value per offered customer in {days} days",
        unit="money",
        good="up",
        population=ASSIGNED,
        counted=(
            "margin of orders minus discounts redeemed, both without cancelled orders, minus the unit cost of delivered"
            " perks; margin is before the perk's discount"
        ),
        censoring=OBSERVED,
        denominator="customers assigned, those who never used the perk included",
        source="incremental margin minus perk cost, redeemed cost counted on both sides",
        needs=("perk_assignments", "orders"),
        window_days=0,
        parts=(
            (*PARTS_ORDERS, MARGIN),
            (*PARTS_REDEEMED, f"-{DISCOUNT}"),
        ),
        per_unit=f"-{UNIT_COST}",
    ),
    UnitMetric(
        name="margin",
        label="Margin per customer in {days} days",
        unit="money",
        good="up",
        population=ASSIGNED,
        counted="margin of orders, cancelled orders left out, before the perk's discount",
        censoring=OBSERVED,
        denominator="customers assigned, those without an order included",
        source="incremental margin, intention to treat",
        needs=("perk_assignments", "orders"),
        window_days=0,
        parts=((*PARTS_ORDERS, MARGIN),),
    ),
    UnitMetric(
        name="perk_cost",
        label="Perk cost per customer in {days} days",
        unit="money",
        good="down",
        population=ASSIGNED,
        counted="discounts redeemed on orders not cancelled, plus the unit cost of delivered perks",
        censoring=OBSERVED,
        denominator="customers assigned, those who never used the perk included",
        source="cost by assignment, counted on both sides",
        needs=("perk_assignments", "orders"),
        window_days=0,
        parts=((*PARTS_REDEEMED, DISCOUNT),),
        per_unit=UNIT_COST,
    ),
    UnitMetric(
        name="complaint_rate",
        label="Complain again within {days} days",
        unit="share",
        good="down",
        population=ASSIGNED,
        counted=(
            "at least one complaint (any need; merged, spam and cancelled left out) after assignment and within the"
            " window"
        ),
        censoring=OBSERVED,
        denominator="customers assigned",
        source="guardrail against paying customers to complain",
        needs=("perk_assignments", "contacts"),
        window_days=0,
        parts=(
            (
                "contacts",
                "opened_at",
                "customer_id",
                f"count(CASE WHEN t.is_complaint AND {REAL.replace('c.', 't.')} THEN 1 END)",
            ),
        ),
        share=True,
    ),
    UnitMetric(
        name="visit",
        label="Visit again within {days} days",
        unit="share",
        good="up",
        population=ASSIGNED,
        counted="at least one visit to shop or app after assignment and within the window",
        censoring=OBSERVED,
        denominator="customers assigned",
        source="visit rate, intention to treat",
        needs=("perk_assignments", "visits"),
        window_days=0,
        parts=(("visits", "visited_at", "customer_id", "count(*)"),),
        share=True,
    ),
)

_KNOWN: Any = {
    "unit": "count",
    "good": "up",
    "population": ASSIGNED,
    "censoring": "none needed: it lies before assignment",
    "denominator": "customers assigned, those with nothing included",
    "source": "covariate measured before assignment (Deng, Xu, Kohavi & Walker 2013)",
    "window_days": 0,
    "before": True,
}
PAST = (
    UnitMetric(
        name="spent_before",
        label="Spent in the {days} days before",
        counted="order amounts, cancelled orders left out, up to assignment",
        needs=("perk_assignments", "orders"),
        parts=(
            (*PARTS_ORDERS, "sum(CASE WHEN t.cancelled_at IS NULL THEN t.amount ELSE 0e0 END)"),
        ),
        **{**_KNOWN, "unit": "money"},
    ),
    UnitMetric(
        name="orders_before",
        label="Orders in the {days} days before",
        counted="orders placed, up to assignment",
        needs=("perk_assignments", "orders"),
        parts=((*PARTS_ORDERS, "count(*)"),),
        **_KNOWN,
    ),
    UnitMetric(
        name="contacts_before",
        label="Contacts in the {days} days before",
        counted="contacts opened, up to assignment; merged, spam and cancelled left out",
        needs=("perk_assignments", "contacts"),
        parts=(
            (
                "contacts",
                "opened_at",
                "customer_id",
                f"count(CASE WHEN {REAL.replace('c.', 't.')} THEN 1 END)",
            ),
        ),
        **_KNOWN,
    ),
)
