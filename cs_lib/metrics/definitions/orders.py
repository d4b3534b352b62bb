"""Orders that customers had a problem with: the share that led to a contact about that very order."""

from __future__ import annotations

from cs_lib.language import later
from cs_lib.metrics.definition import DailyMetric

SOON = "c.first_contact <= c.ordered_at + {days} * DAY"


def _with_problem(days: int) -> DailyMetric:
    return DailyMetric(
        name=f"orders_with_problem_{days}d",
        title="Orders with a contact about them within {days} days, per 1,000",
        unit="per_1000",
        good="down",
        population="orders placed, cancelled ones included",
        counted=(
            f"at least one contact about that very order opened within {days} days after it, a bot's too; merged, spam"
            " and cancelled contacts left out, and contacts that name no order are in no part"
        ),
        censoring=f"orders placed less than {days} days before the data cut are left out",
        denominator="orders placed that day",
        source="contact rate matched to the order: each order counts once, in the week in which it was placed",
        needs=("orders", "contacts"),
        window_days=days,
        cases="orders",
        time="c.ordered_at",
        value=f"CASE WHEN {SOON.format(days=days)} THEN 1000 ELSE 0 END",
        filled=(
            (
                "contacts",
                "order_id IS NOT NULL",
                later("order_id is empty in every contact"),
            ),
            (
                "contacts c JOIN orders o ON o.order_id = c.order_id",
                "TRUE",
                later("no order_id of a contact is found among the orders"),
            ),
        ),
        told=(SOON.format(days=days), later("the order a contact is about (order_id)")),
        scoped_by=("product_id",),
    )


OF_ORDERS = (_with_problem(7), _with_problem(30))
