"""Rows of the tables behind outcomes: how many a day, written how, how large, and which are there twice.

Of large tables some rows are looked at, chosen by their second: what is asked for is a way of an export, not of a row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from cs_lib.data.engines.base import quote
from cs_lib.metrics.definition import MICROS_A_DAY, Term, UnitMetric
from cs_lib.metrics.queries.forms import key_shape
from cs_lib.metrics.queries.people import TABLE, People
from cs_lib.metrics.queries.sql import after
from cs_lib.metrics.queries.stretches import starts_of, stretch_of
from cs_lib.metrics.queries.values import Source

SECOND = 1_000_000  # microseconds
LOOKED_AT = (
    200_000  # rows of a table, or customers, beyond which every second, fourth, ... is looked at
)
LEAST_LOOKED_AT = (
    10_000  # customers; with fewer chosen, as when all were assigned at once, all are looked at
)
MOST_SHAPES = 200
POWERS = 40  # of two, that sizes of numbers are told apart by
QUARTER = 900_000_000  # microseconds; every local midnight lies on a quarter of an hour
LEAST_ROWS = 20  # to speak of a share of them
LEAST_DAYS_ONLY = 0.05  # of stamps at midnight: an hour of the day was lost in some of them


@dataclass(frozen=True, slots=True)
class Volume:
    """Rows of a table by local day, without gaps, over the days in which outcomes are looked for.

    `looked` are those of them whose key was looked at, all of a small table; `strange` are looked at and without a
    customer, or with one written as no followed customer is: see `key_shape`.
    """

    table: str
    days: NDArray[np.datetime64]
    counts: NDArray[np.int64]
    looked: NDArray[np.int64]
    strange: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Sized:
    """How large the numbers of a column are in the rows that enter outcomes, and how many of these are copies.

    `cells` are (variant, first day of a stretch of the intake, power of two, rows), in order: a number lies below that
    power and not below half of it; power 0 is below one, -1 nothing. `rows` and `copies` are rows above nothing of
    followed customers, or of some of very many, and those of them with customer, stamp and number of another.
    """

    table: str
    column: str
    cells: tuple[tuple[str, date, int, int], ...]
    rows: int
    copies: int


def volume_of(people: People, source: Source) -> Volume:
    """Rows by local day, from the first to the last day that anybody can meet or that is wholly observed."""
    desk, day = people.desk, people.desk.day_of(f"t.{source.stamp}")
    looked = some_seconds(
        people.desk.engine.dialect.micros(f"t.{source.stamp}"), desk.rows[source.table]
    )
    strange = f"{looked} AND ({_strange(people, source)})"
    rows = desk.engine.rows(
        f"SELECT {day} AS d, count(*), count(CASE WHEN {looked} THEN 1 END), count(CASE WHEN {strange} THEN 1 END)"
        f" FROM {source.table} t WHERE {source.near(people)} GROUP BY 1 ORDER BY 1"
    )
    found = {at: counts for at, *counts in rows}
    start, end = people.first_and_last
    # The first and the last day that anybody can meet are met in part.
    first = after(start + source.low).date() + timedelta(days=2)
    # A perk may be used from later on.
    met = [after(start).date() + timedelta(days=2)] if source.key == "customer_id" else []
    first = max(first, min((*met, *found), default=first))
    last = min(after(end + source.high).date() - timedelta(days=1), desk.observed_until)
    days = np.arange(np.datetime64(first, "D"), np.datetime64(max(first, last), "D"))
    counts = [found.get(day, [0, 0, 0]) for day in days.tolist()]
    return Volume(source.table, days, *np.array(counts, dtype=np.int64).reshape(-1, 3).T)


def some_seconds(micros: str, rows: int) -> str:
    """SQL of whether a row is looked at: all of few, those of every so manieth second of many."""
    step = 1 << (rows // LOOKED_AT).bit_length()
    return f"{micros} % {step * SECOND} < {SECOND}" if step > 1 else "TRUE"


def _customers(people: People) -> str:
    """SQL of whether a followed customer is looked at; everybody when hardly anybody was assigned in such a second."""
    some = some_seconds("u.since", sum(people.assigned.values()))
    counted = f"SELECT count(*) FROM {TABLE} u WHERE {some}"
    few = some != "TRUE" and people.desk.engine.rows(counted)[0][0] < LEAST_LOOKED_AT
    return "TRUE" if few else some


def _strange(people: People, source: Source) -> str:
    """SQL of whether a row of a table has no key, or one that is written as none of the customers' is."""
    shape = key_shape(f"u.{source.ours}")
    shapes = people.desk.engine.rows(
        f"SELECT DISTINCT {shape} FROM {TABLE} u WHERE {_customers(people)} AND u.{source.ours} IS NOT NULL"
        f" ORDER BY 1 LIMIT {MOST_SHAPES}"
    )
    key = f"t.{source.key}"
    if len(shapes) in (0, MOST_SHAPES):
        return f"{key} IS NULL"
    known = ", ".join(quote(found) for (found,) in shapes)
    return f"{key} IS NULL OR {key_shape(key)} NOT IN ({known})"


def sized_of(people: People, metrics: Sequence[UnitMetric]) -> Iterator[Sized]:
    """Every column that is summed over rows of customers, with the sizes of its numbers."""
    terms = {
        (term.table, term.value): (term, metric.window_days)
        for metric in reversed(metrics)
        for term in metric.terms
        if term.value in term.filled and not metric.before and term.key == "customer_id"
    }
    for table, column in sorted(terms):
        if table not in people.cohort.instead_of:
            yield _sized(people, *terms[table, column])


def _sized(people: People, term: Term, days: int) -> Sized:
    rows, value = people.desk.engine.rows, f"t.{term.value}"
    powers = " ".join(f"WHEN {value} < {2**k} THEN {k}" for k in range(POWERS))
    size = f"CASE WHEN {value} <= 0 THEN -1 {powers} ELSE {POWERS} END"
    since = f"{people.desk.engine.dialect.micros(f't.{term.stamp}')} - u.since"
    some = f"(SELECT * FROM {TABLE} u WHERE {_customers(people)})"
    joined = f"{term.table} t JOIN {some} u ON t.{term.key} = u.{term.key}"
    found = rows(
        f"SELECT u.variant, {stretch_of(people)} AS part, {size} AS size, count(*) FROM {joined}"
        f" WHERE {since} > 0 AND {since} <= {days * MICROS_A_DAY} AND {term.when} AND {value} IS NOT NULL"
        " GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    )
    alike = f"SELECT count(*) AS n FROM {joined} WHERE {value} > 0 GROUP BY u.{term.key}, t.{term.stamp}, {value}"
    [(n, kinds)] = rows(f"SELECT coalesce(sum(n), 0), count(*) FROM ({alike}) s")
    if (f := people.desk.facts[term.table].of(term.stamp)).midnight >= LEAST_DAYS_ONLY * f.filled:
        kinds = n  # Two of one day are no copies.
    at = starts_of(people)
    cells = tuple((variant, at[part], power, of) for variant, part, power, of in found)
    return Sized(term.table, str(term.value), cells, int(n), int(n) - int(kinds))


def at_midnight(people: People, source: Source) -> float:
    """The share of a table's stamps that are local midnight; 0 where customers are followed from a day too."""
    desk, of_day = people.desk, f"count(CASE WHEN since % {QUARTER} = 0 THEN 1 END)"
    [(count, whole)] = desk.engine.rows(f"SELECT count(*), {of_day} FROM {TABLE}")
    if whole == count:
        return 0.0
    facts = desk.facts[source.table].of(source.stamp)
    return facts.midnight / facts.filled if facts.filled >= LEAST_ROWS else 0.0
