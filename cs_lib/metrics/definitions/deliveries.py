"""Orders against the delivery that was promised."""

from __future__ import annotations

from cs_lib.language import later
from cs_lib.metrics.definition import DailyMetric

LATE = DailyMetric(
    name="late_delivery_rate",
    title="Orders delivered late",
    unit="share",
    good="down",
    population="orders with a promised delivery, delivered at the latest 30 days after it; cancelled orders left out",
    counted="delivered after the promised moment; orders still on their way 30 days later are in no part",
    censoring="orders promised less than 30 days before the data cut are left out",
    denominator="orders promised for that day and delivered",
    source="on-time delivery against the customer's promise date, as its complement",
    needs=("orders",),
    window_days=30,
    cases="orders",
    time="c.promised_at",
    where=(
        "c.cancelled_at IS NULL AND c.promised_at IS NOT NULL"
        " AND c.delivered_at <= c.promised_at + 30 * DAY"
    ),
    value="CASE WHEN c.delivered_at > c.promised_at THEN 1 ELSE 0 END",
    filled=(
        (
            "orders",
            "promised_at IS NOT NULL AND delivered_at IS NOT NULL",
            later("no order has both a promised and an actual delivery"),
        ),
    ),
    scoped_by=("product_id",),
)

BY_DELIVERY = (LATE,)
