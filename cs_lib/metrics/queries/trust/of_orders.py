"""Whether contacts say which order they are about, and whether that order is there: what problems per order rest on."""

from __future__ import annotations

from dataclasses import dataclass

from cs_lib.aggregates import Series
from cs_lib.data.desk import Desk
from cs_lib.metrics.definitions.contacts import REAL
from cs_lib.metrics.queries.cases import on_days
from cs_lib.metrics.queries.narrow.kinds import Window
from cs_lib.metrics.queries.sql import NotAvailable
from cs_lib.sentences import say


@dataclass(frozen=True, slots=True)
class OrdersNamed:
    """Contacts by local day of opening (merged, spam and cancelled left out) and the orders they name.

    A level share of contacts without an order is normal: they came before any. A share that falls on a day and stays
    there says that the order is no longer recorded, and orders would seem to have fewer problems.
    """

    named: Series  # those that name an order, over all
    found: Series  # those whose order is among the orders, over those that name one
    early: Series  # those opened before their order was placed, over those whose order is found


def orders_named(desk: Desk, window: Window) -> OrdersNamed:
    """How contacts opened in some days name their orders. Raises NotAvailable without contacts or orders."""
    for table in ("contacts", "orders"):
        if not desk.has(table):
            raise NotAvailable(
                say(
                    "Which orders contacts are about is not known because {reason}.",
                    reason=desk.absent[table],
                )
            )
    day = desk.day_of("c.opened_at")
    rows = desk.engine.rows(
        f"SELECT {day}, count(*), count(c.order_id), count(o.order_id),"
        " count(CASE WHEN c.opened_at < o.ordered_at THEN 1 END)"
        " FROM contacts c LEFT JOIN orders o ON o.order_id = c.order_id"
        f" WHERE {REAL} AND {window.holds(day)} GROUP BY 1 ORDER BY 1"
    )
    every, named, found, early = (
        on_days(window.days, {row[0]: row[place] for row in rows}) for place in (1, 2, 3, 4)
    )
    return OrdersNamed(
        Series("orders_named", window.days, named, every),
        Series("orders_found", window.days, found, named),
        Series("contacts_before_order", window.days, early, found),
    )
