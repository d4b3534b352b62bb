"""What stands around the needs: orders with a problem, teams, products, and since when codes are in use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from cs_lib.data.engines.base import quote
from cs_lib.metrics.queries.needs.codes import CELLS, CODES, NEEDS, UNKNOWN
from cs_lib.metrics.queries.needs.contacts_read import (
    BESIDE,
    BY_CUSTOMER,
    CONTACTS,
    FOLLOWED_DAYS,
    Read,
    placed,
)
from cs_lib.metrics.queries.sql import between, not_available
from cs_lib.sentences import say

LEAST_FOUND = 0.5  # of the orders that contacts name, for orders with a problem to be counted
MOST_GROUPS = 60  # teams and products that leave the engine


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
    """Questions beside the needs themselves, about the contacts that are read."""

    def __init__(self, read: Read) -> None:
        self._read, self._rows = read, read.desk.engine.rows

    def people(self) -> People:
        """How many contacts of how many customers; a value that is no single customer is one."""
        [(contacts, anonymous, shared)] = self._rows(
            "SELECT count(*), count(CASE WHEN c.who IS NULL THEN 1 END),"
            " count(DISTINCT CASE WHEN c.who > 0 THEN c.who END)"
            f" FROM {CONTACTS} c WHERE {self._read.inside()}"
        )
        [(customers,)] = self._rows(
            f"SELECT count(*) FROM (SELECT b.customer FROM {BY_CUSTOMER} b WHERE b.n > 0 GROUP BY 1) x"
        )
        return People(contacts, customers + shared, anonymous)

    def problem_orders(self) -> ProblemOrders:
        """Orders with a problem, by the day of the order.

        Raises:
            NotAvailable: no orders, contacts that name none, or orders that are not there.
        """
        read = self._read
        if not read.desk.has("orders"):
            raise not_available(say("orders with a problem"), read.desk.absent["orders"])
        where = placed(read.desk, read.start, read.end)
        [(orders,)] = self._rows(f"SELECT count(*) FROM orders o WHERE {where}")
        named, there = self.about_orders()
        if not named:
            raise not_available(say("orders with a problem"), say("no contact names its order"))
        if there < LEAST_FOUND * named:
            raise not_available(
                say("orders with a problem"), say("most orders that contacts name are not there")
            )
        about = f"FROM {CONTACTS} c JOIN {CELLS} g ON g.cell = c.cell WHERE c.about IS NOT NULL AND c.scoped"
        [(troubled,)] = self._rows(f"SELECT count(DISTINCT c.about) {about}")
        rows = self._rows(
            f"SELECT coalesce(p.need_code, {quote(UNKNOWN)}), x.n FROM (SELECT g.place, count(DISTINCT c.about) AS n"
            f" {about} GROUP BY 1) x LEFT JOIN {NEEDS} p ON p.place = x.place ORDER BY 1"
        )
        return ProblemOrders(orders, troubled, dict(rows))

    @cached_property
    def _orders(self) -> tuple[int, int]:
        read = self._read
        [(first,)] = self._rows("SELECT min(o.ordered_at) FROM orders o")
        if first is None:
            return 0, 0
        start = max(read.start, first.date() + timedelta(days=FOLLOWED_DAYS))
        [(named, there)] = self._rows(
            "SELECT count(CASE WHEN c.names > 0 THEN 1 END), count(CASE WHEN c.names = 2 THEN 1 END)"
            f" FROM {CONTACTS} c WHERE c.scoped AND {between('c.day', start, read.end)}"
        )
        return named, there

    def about_orders(self) -> tuple[int, int]:
        """Contacts that name an order, and those whose order is there.

        An order that was placed before the first one of the table is not missed.
        """
        return self._orders

    def teams(self) -> dict[str, dict[str, int]]:
        """Contacts by team and owner, the busiest teams."""
        busiest = (
            f"SELECT b.value, b.number FROM {BESIDE} b WHERE b.side = 'team_id' AND b.n > 0"
            f" ORDER BY b.n DESC, 1 LIMIT {MOST_GROUPS}"
        )
        owners = (
            f"SELECT DISTINCT g.owned, coalesce(g.owner, {quote(UNKNOWN)}) AS owner FROM {CELLS} g"
        )
        rows = self._rows(
            f"SELECT t.value, g.owner, x.n FROM (SELECT c.team, c.owned, count(*) AS n FROM {CONTACTS} c"
            f" WHERE {self._read.inside()} AND c.team IS NOT NULL GROUP BY 1, 2) x JOIN ({busiest}) t"
            f" ON t.number = x.team JOIN ({owners}) g ON g.owned = x.owned ORDER BY 1, 2"
        )
        found: dict[str, dict[str, int]] = {}
        for team, owner, n in rows:
            found.setdefault(team, {})[owner] = n
        return found

    def products(self) -> tuple[Product, ...]:
        """Contacts and orders by product, the most contacts first; none where contacts or orders name no product."""
        desk = self._read.desk
        rows = self._rows(
            f"SELECT b.value, b.n FROM {BESIDE} b WHERE b.side = 'product_id' AND b.n > 0"
            f" ORDER BY b.n DESC, 1 LIMIT {MOST_GROUPS}"
        )
        if not rows or not desk.has("orders"):
            return ()
        day = between(desk.day_of("o.ordered_at"), self._read.start, self._read.end)
        orders = dict(
            self._rows(
                f"SELECT o.product_id, count(*) FROM orders o WHERE {day} AND o.product_id IS NOT NULL GROUP BY 1"
            )
        )
        return tuple(Product(name, n, orders.get(name, 0)) for name, n in rows)

    def code_days(self) -> dict[str, tuple[date, date]]:
        """The first and the last local day of each need's code, before the study's days too."""
        rows = self._rows(
            f"SELECT k.need_code, min(k.first), max(k.last) FROM {CODES} k WHERE k.need_code IS NOT NULL"
            " AND k.first IS NOT NULL GROUP BY 1 ORDER BY 1"
        )
        return {need: (first, last) for need, first, last in rows}

    def hour_cost(self) -> float | None:
        """What an hour of work on contacts of the study's days cost; None without agents, their cost or seconds."""
        desk = self._read.desk
        if not desk.has("agents"):
            return None
        scale, wide = desk.scale("agents", "cost_per_hour"), desk.engine.dialect.wide
        cost = f"CAST({desk.engine.dialect.fixed('a.cost_per_hour', scale.steps)} AS BIGINT)"
        [(paid, worked)] = self._rows(
            f"SELECT sum({wide('b.seconds')} * {cost}), sum(b.seconds) FROM {BESIDE} b"
            " JOIN agents a ON a.agent_id = b.value WHERE b.side = 'agent_id' AND a.cost_per_hour IS NOT NULL"
            " AND b.seconds IS NOT NULL"
        )
        return float(paid) / float(worked) / scale.steps if worked else None
