"""The first row that follows a case, as SQL: one row per case that has any, by the case's number or key.

Contacts and orders of a customer are put in one order, so that a customer of very many costs no more than many of few.
"""

from __future__ import annotations

from cs_lib.data.engines.base import Dialect
from cs_lib.metrics.definition import MICROS_A_DAY

LATER = "RANGE BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING"  # stamps are whole microseconds


def again(dialect: Dialect, table: str, days: int, whose: str) -> str:
    """Contacts of a kind whose customer came back with the need within some days after the resolution."""
    number = dialect.row_of
    same = "r.customer_id = c.customer_id AND r.need_code = c.need_code AND r.known"
    soon = f"r.opened_at > c.resolved_at AND r.opened_at <= c.resolved_at + {days} * {MICROS_A_DAY}"
    return (
        f"SELECT {number('c')} AS number FROM {table} c WHERE {whose}"
        f" AND EXISTS (SELECT 1 FROM {table} r"
        f" WHERE {same} AND {number('r')} <> {number('c')} AND {soon})"
    )


def further(dialect: Dialect, table: str) -> str:
    """By contact the opening of the next contact of its customer with its need."""
    return (
        f"SELECT {dialect.row_of('c')} AS number, min(c.opened_at) OVER"
        f" (PARTITION BY c.customer_id, c.need_code ORDER BY c.opened_at {LATER}) AS further_contact"
        f" FROM {table} c WHERE c.known AND c.customer_id IS NOT NULL AND c.need_code IS NOT NULL"
    )


def next_order(dialect: Dialect, table: str, whose: str, within: str) -> str:
    """By contact of a kind its customer's first order after the resolution, of those `within` some days."""
    customer, placed = dialect.number_of, dialect.micros("o.ordered_at")
    both = (
        f"SELECT {dialect.row_of('c')} AS number, {customer(['c.customer_id'])} AS customer, c.resolved_at AS since,"
        f" CAST(NULL AS BIGINT) AS ordered FROM {table} c WHERE {whose}"
        f" UNION ALL SELECT NULL, {customer(['o.customer_id'])}, {placed}, {placed}"
        f" FROM orders o WHERE o.cancelled_at IS NULL AND {within}"
    )
    then = f"min(b.ordered) OVER (PARTITION BY b.customer ORDER BY b.since {LATER})"
    return (
        "SELECT f.number, f.next_order FROM"
        f" (SELECT b.number, {then} AS next_order FROM ({both}) b) f WHERE f.number IS NOT NULL"
    )


def first_contact(dialect: Dialect, orders: str, contacts: str) -> str:
    """By order the first contact about it from the moment of the order on."""
    return (
        f"SELECT {dialect.row_of('c')} AS number, min(k.opened_at) AS first_contact FROM {orders} c"
        f" JOIN {contacts} k ON k.order_id = c.order_id WHERE k.known AND k.opened_at >= c.ordered_at GROUP BY 1"
    )


def first_redeemed(dialect: Dialect) -> str:
    """By perk assignment its first redemption."""
    return (
        f"SELECT r.assignment_id, min({dialect.micros('r.redeemed_at')}) AS first_redeemed"
        " FROM perk_redemptions r GROUP BY 1"
    )
