"""Metrics of assigned customers: outcomes after assignment, and what was known before it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cs_lib.language import later
from cs_lib.metrics.definition import RatioMetric, SurveyMetric, Term, UnitMetric
from cs_lib.metrics.definitions.contacts import REAL

ASSIGNED = "customers assigned, by assignment (whether or not they used the perk)"
OBSERVED = "customers without the full window before the data cut are left out"
# Nobody can complain again who was not assigned after a complaint.
COMPLAIN = "Complain within {days} days"
COMPLAIN_AGAIN = later("Complain again within {days} days")
OF_CONTACTS = REAL.replace("c.", "t.")
ORDERED = Term("orders", "ordered_at", "customer_id", when="t.cancelled_at IS NULL")
SPENT = replace(ORDERED, value="amount", filled=("amount",))
# The margin is the order's own where it is recorded, else a share of its amount.
MARGIN = (
    replace(ORDERED, value="margin", when=f"{ORDERED.when} AND t.margin IS NOT NULL"),
    replace(SPENT, when=f"{ORDERED.when} AND t.margin IS NULL", priced=True),
)
REDEEMED = Term("perk_redemptions", "redeemed_at", "assignment_id")
DISCOUNT = replace(
    REDEEMED,
    value="discount_amount",
    filled=("discount_amount",),
    when="coalesce(t.order_id NOT IN (SELECT order_id FROM orders WHERE cancelled_at IS NOT NULL), TRUE)",
)
OPENED = Term("contacts", "opened_at", "customer_id", when=OF_CONTACTS)
COMPLAINED = replace(OPENED, when=f"t.is_complaint AND {OF_CONTACTS}", filled=("is_complaint",))

FAMILIES = (
    UnitMetric(
        name="repurchase",
        title="Buy again within {days} days",
        unit="share",
        good="up",
        population=ASSIGNED,
        counted="at least one order, not cancelled, after assignment and within the window",
        censoring=OBSERVED,
        denominator="customers assigned",
        source="repurchase rate, intention to treat",
        needs=("perk_assignments", "orders"),
        window_days=0,
        terms=(ORDERED,),
        share=True,
    ),
    UnitMetric(
        name="revenue",
        title="Revenue per customer in {days} days",
        unit="money",
        good="up",
        population=ASSIGNED,
        counted="order amounts, cancelled orders left out, after assignment and within the window",
        censoring=OBSERVED,
        denominator="customers assigned, those without an order included",
        source="revenue per customer, intention to treat",
        needs=("perk_assignments", "orders"),
        window_days=0,
        terms=(SPENT,),
    ),
    UnitMetric(
        name="net_value",
        title="Net value per offered customer in {days} days",
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
        terms=(*MARGIN, replace(DISCOUNT, times=-1)),
        unit_cost=-1,
    ),
    UnitMetric(
        name="margin",
        title="Margin per customer in {days} days",
        unit="money",
        good="up",
        population=ASSIGNED,
        counted="margin of orders, cancelled orders left out, before the perk's discount",
        censoring=OBSERVED,
        denominator="customers assigned, those without an order included",
        source="incremental margin, intention to treat",
        needs=("perk_assignments", "orders"),
        window_days=0,
        terms=MARGIN,
    ),
    UnitMetric(
        name="perk_cost",
        title="Perk cost per customer in {days} days",
        unit="money",
        good="down",
        population=ASSIGNED,
        counted="discounts redeemed on orders not cancelled, plus the unit cost of delivered perks",
        censoring=OBSERVED,
        denominator="customers assigned, those who never used the perk included",
        source="cost by assignment, counted on both sides",
        needs=("perk_assignments", "orders"),
        window_days=0,
        terms=(DISCOUNT,),
        unit_cost=1,
    ),
    UnitMetric(
        name="discount",
        title="Discounts redeemed per customer in {days} days",
        unit="money",
        good="down",
        population=ASSIGNED,
        counted="discounts redeemed on orders not cancelled, after assignment and within the window",
        censoring=OBSERVED,
        denominator="customers assigned, those who never used the perk included",
        source="the part of the perk's cost that depends on its use; the rest is its unit cost",
        needs=("perk_assignments", "orders"),
        window_days=0,
        terms=(DISCOUNT,),
    ),
    UnitMetric(
        name="complaint_rate",
        title=COMPLAIN,
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
        terms=(COMPLAINED,),
        share=True,
    ),
    UnitMetric(
        name="visit",
        title="Visit again within {days} days",
        unit="share",
        good="up",
        population=ASSIGNED,
        counted="at least one visit to shop or app after assignment and within the window",
        censoring=OBSERVED,
        denominator="customers assigned",
        source="visit rate, intention to treat",
        needs=("perk_assignments", "visits"),
        window_days=0,
        terms=(Term("visits", "visited_at", "customer_id"),),
        share=True,
    ),
    UnitMetric(
        name="orders",
        title="Orders per customer in {days} days",
        unit="count",
        good="up",
        population=ASSIGNED,
        counted="orders, cancelled ones left out, after assignment and within the window",
        censoring=OBSERVED,
        denominator="customers assigned, those without an order included",
        source="purchase frequency, intention to treat",
        needs=("perk_assignments", "orders"),
        window_days=0,
        terms=(ORDERED,),
    ),
    UnitMetric(
        name="contacts",
        title="Contacts per customer in {days} days",
        unit="count",
        good="down",
        population=ASSIGNED,
        counted="contacts opened (merged, spam and cancelled left out) after assignment and within the window",
        censoring=OBSERVED,
        denominator="customers assigned, those without a contact included",
        source="contact rate, intention to treat",
        needs=("perk_assignments", "contacts"),
        window_days=0,
        terms=(OPENED,),
    ),
    UnitMetric(
        name="repeat_complaint",
        title="Same problem again within {days} days",
        unit="share",
        good="down",
        population=ASSIGNED,
        counted=(
            "at least one complaint with the need of the contact that led to the assignment, opened after"
            " assignment and within the window"
        ),
        censoring=OBSERVED,
        denominator="customers assigned",
        source="guardrail: a perk must not take the place of the repair",
        needs=("perk_assignments", "contacts"),
        window_days=0,
        terms=(replace(COMPLAINED, when=f"{COMPLAINED.when} AND t.need_code = u.need_code"),),
        share=True,
        after_contact=True,
    ),
    UnitMetric(
        name="perks",
        title="Further perks per customer in {days} days",
        unit="count",
        good="down",
        population=ASSIGNED,
        counted="assignments to a perk in any other experiment, after assignment and within the window",
        censoring=OBSERVED,
        denominator="customers assigned",
        source="guardrail against paying customers to complain",
        needs=("perk_assignments",),
        window_days=0,
        terms=(
            Term(
                "perk_assignments",
                "assigned_at",
                "customer_id",
                when="coalesce(t.perk_kind, 'none') <> 'none'",
                filled=("perk_kind",),
            ),
        ),
    ),
    UnitMetric(
        name="redeemed",
        title="Used the perk within {days} days",
        unit="share",
        good="up",
        population=ASSIGNED,
        counted="at least one redemption after assignment and within the window",
        censoring=OBSERVED,
        denominator="customers assigned, those whose perk never arrived included",
        source="take-up; it describes and never decides",
        needs=("perk_assignments", "perk_redemptions"),
        window_days=0,
        terms=(REDEEMED,),
        share=True,
    ),
    UnitMetric(
        name="referrals",
        title="New customers referred per customer in {days} days",
        unit="count",
        good="up",
        population=ASSIGNED,
        counted="customers first seen after assignment and within the window who name this one as referrer",
        censoring=OBSERVED,
        denominator="customers assigned",
        source="word of mouth, intention to treat",
        needs=("perk_assignments", "customers"),
        window_days=0,
        terms=(Term("customers", "first_seen_at", "referred_by=customer_id"),),
    ),
)

RATIOS = (
    RatioMetric(
        name="order_value",
        title="Revenue per order in {days} days",
        unit="money",
        good="up",
        population=ASSIGNED,
        counted="order amounts over orders, cancelled ones left out, both summed over the variant",
        censoring=OBSERVED,
        denominator="orders of the assigned customers",
        source="average order value; ratio of sums, delta method (Deng, Knoblich & Lu 2018)",
        needs=("perk_assignments", "orders"),
        window_days=0,
        above="revenue",
        below="orders",
    ),
    RatioMetric(
        name="contacts_per_1000_orders",
        title="Contacts per 1,000 orders in {days} days",
        unit="per_1000",
        good="down",
        population=ASSIGNED,
        counted="contacts over orders of the assigned customers, both summed over the variant",
        censoring=OBSERVED,
        denominator="orders of the assigned customers",
        source="contact rate; ratio of sums, delta method (Deng, Knoblich & Lu 2018)",
        needs=("perk_assignments", "orders", "contacts"),
        window_days=0,
        above="contacts",
        below="orders",
        scale=1000.0,
    ),
)

SURVEYED = (
    SurveyMetric(
        name="csat_score",
        title="Satisfaction ({low} to {high}), first survey in {days} days",
        unit="score",
        good="up",
        population="customers offered a satisfaction survey after assignment, by assignment",
        counted="score of the first survey offered within the window, if answered within it",
        censoring=OBSERVED,
        denominator="customers who answered; the bounds speak of those who would answer in either variant",
        source="survey outcome with bounds for silence (Lee 2009; Manski 1990)",
        needs=("perk_assignments", "surveys"),
        window_days=0,
        kind="csat",
        scale=(1.0, 5.0),
    ),
    SurveyMetric(
        name="recommend_score",
        title="Would recommend ({low} to {high}), first survey in {days} days",
        unit="score",
        good="up",
        population="customers offered a recommendation survey after assignment, by assignment",
        counted="score of the first survey offered within the window, if answered within it",
        censoring=OBSERVED,
        denominator="customers who answered; the bounds speak of those who would answer in either variant",
        source="survey outcome with bounds for silence (Lee 2009; Manski 1990)",
        needs=("perk_assignments", "surveys"),
        window_days=0,
        kind="nps",
        scale=(0.0, 10.0),
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
        title="Spent in the {days} days before",
        counted="order amounts, cancelled orders left out, up to assignment",
        needs=("perk_assignments", "orders"),
        terms=(SPENT,),
        **{**_KNOWN, "unit": "money"},
    ),
    UnitMetric(
        name="orders_before",
        title="Orders in the {days} days before",
        counted="orders placed, up to assignment",
        needs=("perk_assignments", "orders"),
        terms=(replace(ORDERED, when="TRUE"),),
        **_KNOWN,
    ),
    UnitMetric(
        name="contacts_before",
        title="Contacts in the {days} days before",
        counted="contacts opened, up to assignment; merged, spam and cancelled left out",
        needs=("perk_assignments", "contacts"),
        terms=(OPENED,),
        **_KNOWN,
    ),
)
