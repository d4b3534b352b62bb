"""Contacts and minutes by need, owner and cause, their sums over customers, and contacts by week."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from cs_lib.metrics.queries.needs.contacts_read import CONTACTS, KINDS, REPEATS, Read
from cs_lib.metrics.queries.sql import between, rows_by_day

Whole = NDArray[np.int64]
CUSTOMERS = "cs_need_customers"


@dataclass(frozen=True, slots=True)
class NeedCell:
    """Contacts of one need, owner and cause, first contacts or repeats.

    Attributes:
        need, owner, cause, issue: the codes; None where the contact has none.
        contacts: how many; of `customers` (each once, contacts of nobody not counted).
        timed: those whose seconds of work are known; `seconds` are theirs together.
    """

    issue: str | None
    need: str | None
    owner: str | None
    cause: str | None
    repeat: bool
    contacts: int
    customers: int
    timed: int
    seconds: int


@dataclass(frozen=True, slots=True)
class NeedTotals:
    """Contacts and seconds of work by need, with the sums over customers that their doubt is made of.

    `contact_products` and `second_products` have for each two needs the sum over customers of the product of their
    totals. `seconds_by` are first contacts' and repeats' seconds, two columns; `squares_by` the sums over customers
    of their squares and of the product of both, three columns. A contact of nobody counts as a customer of its own.
    """

    needs: tuple[str, ...]
    contacts: Whole
    seconds: Whole
    contact_products: NDArray[np.float64]
    second_products: NDArray[np.float64]
    seconds_by: Whole
    squares_by: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Weekly:
    """First contacts by need and week, and orders by week; weeks are seven days, the last ends with the study.

    `orders` is None where the source has none.
    """

    needs: tuple[str, ...]
    contacts: Whole
    orders: Whole | None


def cells(read: Read) -> tuple[NeedCell, ...]:
    """Every need, owner and cause of the study's days, first contacts and repeats apart."""
    number = read.desk.engine.dialect.row_of("c")
    rows = read.desk.engine.rows(
        "SELECT g.issue, g.need_code, g.owner, g.root_cause, x.repeat, x.contacts, x.customers, x.timed, x.seconds"
        " FROM (SELECT c.kind, r.number IS NOT NULL AS repeat, count(*) AS contacts,"
        " count(DISTINCT c.customer) AS customers, count(c.seconds) AS timed, coalesce(sum(c.seconds), 0) AS seconds"
        f" FROM {CONTACTS} c LEFT JOIN {REPEATS} r ON r.number = {number} WHERE {read.inside()} GROUP BY 1, 2) x"
        f" JOIN {KINDS} g ON g.kind = x.kind ORDER BY 1, 2, 3, 4, 5"
    )
    return tuple(NeedCell(*row) for row in rows)


def totals(read: Read) -> NeedTotals:
    """Contacts and seconds by need, and their sums over customers."""
    engine, k = read.desk.engine, len(read.needs)
    wide, number = engine.dialect.wide, engine.dialect.row_of("c")
    # A contact of nobody is a customer of its own: its number, below zero, is no customer's.
    engine.run(
        f"CREATE TEMP TABLE {CUSTOMERS} AS SELECT c.customer, CASE WHEN c.customer IS NULL THEN {number} END AS alone,"
        " c.need, count(*) AS n, coalesce(sum(c.seconds), 0) AS s,"
        " coalesce(sum(CASE WHEN r.number IS NOT NULL THEN c.seconds END), 0) AS again"
        f" FROM {CONTACTS} c LEFT JOIN {REPEATS} r ON r.number = {number}"
        f" WHERE c.need IS NOT NULL AND {read.inside()} GROUP BY 1, 2, 3"
    )
    try:
        own = engine.rows(
            "SELECT x.need, sum(x.n), sum(x.s), sum(x.again),"
            f" sum({wide('x.n')} * x.n), sum({wide('x.s')} * x.s), sum({wide('x.s - x.again')} * (x.s - x.again)),"
            f" sum({wide('x.again')} * x.again), sum({wide('x.again')} * (x.s - x.again))"
            f" FROM {CUSTOMERS} x GROUP BY 1 ORDER BY 1"
        )
        both = engine.rows(
            f"SELECT a.need, b.need, sum({wide('a.n')} * b.n), sum({wide('a.s')} * b.s) FROM {CUSTOMERS} a"
            f" JOIN {CUSTOMERS} b ON b.customer = a.customer AND b.need > a.need GROUP BY 1, 2 ORDER BY 1, 2"
        )
    finally:
        engine.run(f"DROP TABLE {CUSTOMERS}")
    contacts, seconds = np.zeros(k, dtype=np.int64), np.zeros(k, dtype=np.int64)
    seconds_by, squares_by = np.zeros((k, 2), dtype=np.int64), np.zeros((k, 3))
    of_contacts, of_seconds = np.zeros((k, k)), np.zeros((k, k))
    for need, n, s, again, *products in own:
        contacts[need], seconds[need], seconds_by[need] = n, s, (s - again, again)
        of_contacts[need, need], of_seconds[need, need] = map(float, products[:2])
        squares_by[need] = [float(one) for one in products[2:]]
    for one, other, n, s in both:
        of_contacts[one, other] = of_contacts[other, one] = float(n)
        of_seconds[one, other] = of_seconds[other, one] = float(s)
    return NeedTotals(
        read.needs, contacts, seconds, of_contacts, of_seconds, seconds_by, squares_by
    )


def weekly(read: Read) -> Weekly:
    """First contacts by need and orders, by whole weeks that end with the study; a first part of a week is left out.

    Repeats would carry what happened in one week on into the next ones.
    """
    weeks = ((read.end - read.before).days + 1) // 7
    first = read.end - timedelta(days=7 * weeks - 1)
    contacts = np.zeros((len(read.needs), weeks), dtype=np.int64)
    rows = read.desk.engine.rows(
        f"SELECT c.need, c.day, count(*) FROM {CONTACTS} c LEFT JOIN {REPEATS} r"
        f" ON r.number = {read.desk.engine.dialect.row_of('c')}"
        " WHERE r.number IS NULL AND c.need IS NOT NULL AND c.scoped"
        f" AND {between('c.day', first, read.end)} GROUP BY 1, 2"
    )
    for need, day, n in rows:
        contacts[need, (day - first).days // 7] += n
    if not read.desk.has("orders"):
        return Weekly(read.needs, contacts, None)
    orders = np.zeros(weeks, dtype=np.int64)
    placed = rows_by_day(
        read.desk, ("orders", "ordered_at"), lambda day: between(day, first, read.end)
    )
    for day, n in placed.items():
        orders[(day - first).days // 7] += n
    return Weekly(read.needs, contacts, orders)
