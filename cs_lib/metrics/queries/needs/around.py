"""What stands around the needs: orders with a problem, teams, products, and since when codes are in use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from cs_lib.data.desk import Desk
from cs_lib.metrics.definition import MICROS_A_DAY
from cs_lib.metrics.definitions.contacts import REAL
from cs_lib.metrics.queries.sql import between, matches, micros, not_available
from cs_lib.params import Scope
from cs_lib.sentences import say

FOLLOWED_DAYS = 30  # after an order, in which a contact about it is a problem of it
LEAST_FOUND = 0.5  # of the orders that contacts name, for orders with a problem to be counted
MOST_GROUPS = 60  # teams and products that leave the engine
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ProblemOrders:
    """Orders of the study's days that could be followed for 30 days, and those with a contact about them in that time.

    `by_need` counts the orders with a contact of each need; an order may have several.
    """

    orders: int
    with_problem: int
    by_need: dict[str, int]


@dataclass(frozen=True, slots=True)
class Product:
    """Contacts about a product, and its orders, in the study's days."""

    product: str
    contacts: int
    orders: int


@dataclass(frozen=True, slots=True)
class People:
    """Contacts of the study's days, known customers who wrote them, and contacts of nobody known."""

    contacts: int
    customers: int
    anonymous: int


class Around:
    """Questions beside the needs themselves, about the contacts of a scope in some local days.

    `source` is what contacts are read from where their needs or owners count (`labelled`).
    """

    def __init__(
        self,
        desk: Desk,
        start: date,
        end: date,
        scope: Scope | None = None,
        source: str = "contacts c",
    ) -> None:
        self._desk, self._start, self._end, self._source = desk, start, end, source
        inside = between(desk.day_of("c.opened_at"), start, end)
        self._those = f"{REAL} AND {matches(scope)}"
        self._inside = f"{self._those} AND {inside}"

    def people(self) -> People:
        """How many contacts of how many customers."""
        [row] = self._desk.engine.rows(
            "SELECT count(*), count(DISTINCT c.customer_id), count(CASE WHEN c.customer_id IS NULL THEN 1 END)"
            f" FROM contacts c WHERE {self._inside}"
        )
        return People(*row)

    def problem_orders(self) -> ProblemOrders:
        """Orders with a problem, by the day of the order.

        Raises:
            NotAvailable: no orders, contacts that name none, or orders that are not there.
        """
        desk = self._desk
        if not desk.has("orders"):
            raise not_available(say("orders with a problem"), desk.absent["orders"])
        placed = self._placed()
        [(orders,)] = desk.engine.rows(f"SELECT count(*) FROM orders o WHERE {placed}")
        named, there = self.about_orders()
        if not named:
            raise not_available(say("orders with a problem"), say("no contact names its order"))
        if there < LEAST_FOUND * named:
            raise not_available(
                say("orders with a problem"), say("most orders that contacts name are not there")
            )
        opened, ordered = (desk.engine.dialect.micros(c) for c in ("c.opened_at", "o.ordered_at"))
        about = (
            f"FROM {self._source} JOIN orders o ON o.order_id = c.order_id WHERE {self._those} AND {placed}"
            f" AND {opened} - {ordered} BETWEEN 0 AND {FOLLOWED_DAYS * MICROS_A_DAY}"
        )
        [(troubled,)] = desk.engine.rows(f"SELECT count(DISTINCT o.order_id) {about}")
        rows = desk.engine.rows(
            f"SELECT coalesce(c.need_code, '{UNKNOWN}') AS need, count(DISTINCT o.order_id) {about}"
            " GROUP BY 1 ORDER BY 1"
        )
        return ProblemOrders(orders, troubled, dict(rows))

    def _placed(self) -> str:
        """Whether an order is of the study's days and could be followed."""
        day, stamp = (
            self._desk.day_of("o.ordered_at"),
            self._desk.engine.dialect.micros("o.ordered_at"),
        )
        followed = f"{stamp} + {FOLLOWED_DAYS * MICROS_A_DAY} <= {micros(self._desk.cut)}"
        return f"{between(day, self._start, self._end)} AND {followed}"

    def about_orders(self) -> tuple[int, int]:
        """Contacts that name an order, and those whose order is there.

        An order that was placed before the first one of the table is not missed.
        """
        [(first,)] = self._desk.engine.rows("SELECT min(o.ordered_at) FROM orders o")
        if first is None:
            return 0, 0
        start = max(self._start, first.date() + timedelta(days=FOLLOWED_DAYS))
        inside = between(self._desk.day_of("c.opened_at"), start, self._end)
        [(named, there)] = self._desk.engine.rows(
            "SELECT count(c.order_id), count(o.order_id) FROM contacts c LEFT JOIN orders o ON o.order_id = c.order_id"
            f" WHERE {self._those} AND {inside}"
        )
        return named, there

    def teams(self) -> dict[str, dict[str, int]]:
        """Contacts by team and owner, the busiest teams."""
        rows = self._desk.engine.rows(
            f"SELECT c.team_id, coalesce(c.owner, '{UNKNOWN}') AS owner, count(*) FROM {self._source}"
            f" WHERE {self._inside} AND c.team_id IN (SELECT x.team_id FROM (SELECT c.team_id, count(*) AS n"
            f" FROM {self._source} WHERE {self._inside} AND c.team_id IS NOT NULL GROUP BY 1"
            f" ORDER BY n DESC, 1 LIMIT {MOST_GROUPS}) x) GROUP BY 1, 2 ORDER BY 1, 2"
        )
        found: dict[str, dict[str, int]] = {}
        for team, owner, n in rows:
            found.setdefault(team, {})[owner] = n
        return found

    def products(self) -> tuple[Product, ...]:
        """Contacts and orders by product, the most contacts first; none where contacts or orders name no product."""
        desk = self._desk
        rows = desk.engine.rows(
            f"SELECT c.product_id, count(*) AS n FROM contacts c WHERE {self._inside} AND c.product_id IS NOT NULL"
            f" GROUP BY 1 ORDER BY n DESC, 1 LIMIT {MOST_GROUPS}"
        )
        if not rows or not desk.has("orders"):
            return ()
        day = between(desk.day_of("o.ordered_at"), self._start, self._end)
        orders = dict(
            desk.engine.rows(
                f"SELECT o.product_id, count(*) FROM orders o WHERE {day} AND o.product_id IS NOT NULL GROUP BY 1"
            )
        )
        return tuple(Product(name, n, orders.get(name, 0)) for name, n in rows)

    def code_days(self) -> dict[str, tuple[date, date]]:
        """The first and the last local day of each need's code, before the study's days too."""
        day = self._desk.day_of("c.opened_at")
        rows = self._desk.engine.rows(
            f"SELECT c.need_code, min({day}), max({day}) FROM contacts c WHERE {self._those}"
            f" AND c.need_code IS NOT NULL GROUP BY 1 ORDER BY 1"
        )
        return {need: (first, last) for need, first, last in rows}
