"""Contacts and minutes by need, owner and cause, their sums over customers, and contacts by week."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from cs_lib.metrics.queries.needs.codes import CELLS
from cs_lib.metrics.queries.needs.contacts_read import (
    BY_CUSTOMER,
    CONTACTS,
    OFTEN,
    REPEATS,
    Read,
)
from cs_lib.metrics.queries.sql import between, rows_by_day

Whole = NDArray[np.int64]


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
    rows, inside = read.desk.engine.rows, read.inside()
    sums = "count(*), {customers}, count(c.seconds), coalesce(sum(c.seconds), 0)"
    every = rows(
        f"SELECT c.cell, {sums.format(customers='count(c.customer)')} FROM {CONTACTS} c WHERE {inside} GROUP BY 1"
    )
    # A customer with one contact of a need is one customer of its cell; only the others are to be told apart.
    often = rows(
        f"SELECT c.cell, r.number IS NOT NULL, count(DISTINCT c.customer),"
        f" {sums.format(customers='count(c.customer)')} FROM {OFTEN} c LEFT JOIN {REPEATS} r ON r.number = c.number"
        f" WHERE {inside} GROUP BY 1, 2"
    )
    found = {(cell, False): np.array(numbers, dtype=np.int64) for cell, *numbers in every}
    for cell, repeat, customers, *numbers in often:
        found[cell, False][1] += (0 if repeat else customers) - numbers[1]
        if repeat:
            numbers[1] = customers
            found[cell, True] = np.array(numbers, dtype=np.int64)
            found[cell, False] -= [numbers[0], 0, *numbers[2:]]
    labels = rows(
        f"SELECT g.cell, g.issue, g.need_code, g.owner, g.root_cause FROM {CELLS} g ORDER BY 2, 3, 4, 5"
    )
    return tuple(
        NeedCell(issue, need, owner, cause, repeat, *found[cell, repeat].tolist())
        for cell, issue, need, owner, cause in labels
        for repeat in (False, True)
        if (cell, repeat) in found and found[cell, repeat][0]
    )


def totals(read: Read) -> NeedTotals:
    """Contacts and seconds by need, and their sums over customers."""
    k = len(read.needs)
    contacts, seconds = np.zeros(k, dtype=np.int64), np.zeros(k, dtype=np.int64)
    seconds_by, squares_by = np.zeros((k, 2), dtype=np.int64), np.zeros((k, 3))
    of_contacts, of_seconds = np.zeros((k, k)), np.zeros((k, k))
    again = {need: numbers for need, *numbers in _again(read)}
    for need, n, s, n_squares, s_squares in _own(read):
        more, more_squares, product = map(int, again.get(need, (0, 0, 0)))
        contacts[need], seconds[need], seconds_by[need] = n, s, (s - more, more)
        of_contacts[need, need], of_seconds[need, need] = float(n_squares), float(s_squares)
        first_squares = int(s_squares) - 2 * product + more_squares
        squares_by[need] = float(first_squares), float(more_squares), float(product - more_squares)
    for one, other, n, s in _both(read):
        of_contacts[one, other] = of_contacts[other, one] = float(n)
        of_seconds[one, other] = of_seconds[other, one] = float(s)
    return NeedTotals(
        read.needs, contacts, seconds, of_contacts, of_seconds, seconds_by, squares_by
    )


def _own(read: Read) -> list[tuple[int, int, int, int, int]]:
    """By need: contacts, seconds, and the sums of their squares over customers; a contact of nobody stands alone."""
    wide = read.desk.engine.dialect.wide
    alone = "CAST(coalesce(c.seconds, 0) AS BIGINT)"
    return read.desk.engine.rows(
        "SELECT g.need, CAST(sum(g.n) AS BIGINT), CAST(sum(g.s) AS BIGINT), sum(g.nn), sum(g.ss) FROM ("
        f"SELECT x.need, sum(x.n) AS n, sum(x.s) AS s, sum({wide('x.n')} * x.n) AS nn, sum({wide('x.s')} * x.s) AS ss"
        f" FROM {BY_CUSTOMER} x WHERE x.need >= 0 AND x.n > 0 GROUP BY 1 UNION ALL"
        f" SELECT c.need, count(*), sum({alone}), {wide('count(*)')}, sum({wide(alone)} * {alone})"
        f" FROM {CONTACTS} c WHERE c.customer IS NULL AND c.need IS NOT NULL AND {read.inside()} GROUP BY 1"
        ") g GROUP BY 1 ORDER BY 1"
    )


def _again(read: Read) -> list[tuple[int, int, int, int]]:
    """By need, of customers' seconds of repeats: the sum, that of squares, that of products with all their seconds."""
    wide = read.desk.engine.dialect.wide
    repeats = (
        f"SELECT c.customer, c.need, coalesce(sum(c.seconds), 0) AS again FROM {OFTEN} c"
        f" JOIN {REPEATS} r ON r.number = c.number WHERE {read.inside()} GROUP BY 1, 2"
    )
    return read.desk.engine.rows(
        f"SELECT x.need, sum(a.again), sum({wide('a.again')} * a.again), sum({wide('a.again')} * x.s)"
        f" FROM {BY_CUSTOMER} x JOIN ({repeats}) a ON a.customer = x.customer AND a.need = x.need"
        " GROUP BY 1 ORDER BY 1"
    )


def _both(read: Read) -> list[tuple[int, int, int, int]]:
    """By two needs, the sums over customers who have both of the products of their contacts, and of their seconds."""
    wide = read.desk.engine.dialect.wide
    return read.desk.engine.rows(
        f"SELECT a.need, b.need, sum({wide('a.n')} * b.n), sum({wide('a.s')} * b.s) FROM {BY_CUSTOMER} a"
        f" JOIN {BY_CUSTOMER} b ON b.customer = a.customer AND b.need > a.need"
        " WHERE a.need >= 0 AND a.n > 0 AND b.n > 0 GROUP BY 1, 2 ORDER BY 1, 2"
    )


def weekly(read: Read) -> Weekly:
    """First contacts by need and orders, by whole weeks that end with the study; a first part of a week is left out.

    Repeats would carry what happened in one week on into the next ones.
    """
    weeks = ((read.end - read.before).days + 1) // 7
    first = read.end - timedelta(days=7 * weeks - 1)
    contacts = np.zeros((len(read.needs), weeks), dtype=np.int64)
    those = f"c.need IS NOT NULL AND c.scoped AND {between('c.day', first, read.end)} GROUP BY 1, 2"
    asked = "SELECT c.need, c.day, count(*) FROM"
    again = f"{OFTEN} c JOIN {REPEATS} r ON r.number = c.number"
    for sign, source in ((1, f"{CONTACTS} c"), (-1, again)):
        for need, day, n in read.desk.engine.rows(f"{asked} {source} WHERE {those}"):
            contacts[need, (day - first).days // 7] += sign * n
    if not read.desk.has("orders"):
        return Weekly(read.needs, contacts, None)
    orders = np.zeros(weeks, dtype=np.int64)
    placed = rows_by_day(
        read.desk, ("orders", "ordered_at"), lambda day: between(day, first, read.end)
    )
    for day, n in placed.items():
        orders[(day - first).days // 7] += n
    return Weekly(read.needs, contacts, orders)
