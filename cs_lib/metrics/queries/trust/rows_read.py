"""Rows of the tables behind outcomes: how many a day, written how, how large, and which are there twice.

Of large tables some rows are looked at, chosen by their second: what is asked for is a way of an export, not of a row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from cs_lib.data.engines.base import quote
from cs_lib.metrics.definition import MICROS_A_DAY, Term, UnitMetric
from cs_lib.metrics.queries.forms import key_shape
from cs_lib.metrics.queries.people import TABLE, People
from cs_lib.metrics.queries.sql import after
from cs_lib.metrics.queries.trust.following import expected_rows, follows
from cs_lib.metrics.queries.trust.looked_at import (
    EVERY,
    LEAST_LOOKED_AT,
    Writing,
    shapes_of,
    some_customers,
    some_seconds,
    writing_of,
)
from cs_lib.metrics.queries.trust.stretches import starts_of, stretch_of
from cs_lib.metrics.queries.values import Source

POWERS = 40  # of two, that sizes of numbers are told apart by
MINUTE = 60_000_000  # microseconds in which nobody orders the same again
QUARTER = 900_000_000  # microseconds; every local midnight lies on a quarter of an hour
LEAST_ROWS = 20  # to speak of a share of them
LEAST_DAYS_ONLY = 0.05  # of stamps at midnight: an hour of the day was lost in some of them


@dataclass(frozen=True, slots=True)
class Volume:
    """Rows of a table by local day, without gaps, over the days in which outcomes are looked for.

    `looked` are those of them whose key was looked at, all of a small table; `strange` are looked at and without a
    customer, or with one written as no followed customer is: see `key_shape`. `writing` is that of the former.
    `expected` are the rows that would follow from what was given, where they do; see `expected_rows`.
    """

    table: str
    days: NDArray[np.datetime64]
    counts: NDArray[np.int64]
    looked: NDArray[np.int64]
    strange: NDArray[np.int64]
    writing: Writing = field(default_factory=Writing)
    expected: NDArray[np.float64] | None = None


@dataclass(frozen=True, slots=True)
class Sized:
    """How large the numbers of a column are in the rows that enter outcomes, and how many of these are copies.

    `cells` are (variant, first day of a stretch of the intake, power of two, rows), in order: a number lies below that
    power and not below half of it; power 0 is below one, -1 nothing. `rows` and `copies` are rows above nothing of
    followed customers, or of some of very many, and those of them with customer, minute and number of another.
    Where rows are counted, there is no column, there are no cells, and all rows are looked at.
    """

    table: str
    column: str
    cells: tuple[tuple[str, date, int, int], ...]
    rows: int
    copies: int


def volume_of(people: People, source: Source) -> Volume:
    """Rows by local day, from the first to the last day that anybody can meet or that is wholly observed."""
    desk = people.desk
    rows = desk.rows[source.table]
    looked = some_seconds(desk.engine.dialect.micros(f"t.{source.stamp}"), rows)
    found, writing = _by_day(people, source, looked)
    if looked != EVERY and sum(counts[1] for counts in found.values()) < LEAST_LOOKED_AT:
        found, writing = _by_day(people, source, EVERY)
    start, end = people.first_and_last
    # The first and the last day that anybody can meet are met in part.
    first = after(start + source.low).date() + timedelta(days=2)
    met = [after(start).date() + timedelta(days=2)] if source.ours == source.key else []
    first = max(first, min(met if follows(source) else (*met, *found), default=first))
    last = min(after(end + source.high).date() - timedelta(days=1), desk.observed_until)
    days = np.arange(np.datetime64(first, "D"), np.datetime64(max(first, last), "D"))
    counts = np.array([found.get(day, [0, 0, 0]) for day in days.tolist()], dtype=np.int64)
    every, looked_at, strange = counts.reshape(-1, 3).T
    expected = expected_rows(people, source, days, every.astype(float)) if follows(source) else None
    return Volume(source.table, days, every, looked_at, strange, writing, expected)


def _by_day(people: People, source: Source, looked: str) -> tuple[dict[date, list[int]], Writing]:
    """By local day: rows, those looked at, those of them that are strange; and how keys are written."""
    key, desk = f"t.{source.key}", people.desk
    own = f"CASE WHEN {looked} THEN {key} END"
    strange = f"{looked} AND ({_strange(people, source)})"
    rows = desk.engine.rows(
        f"SELECT d, count(*), count(looked), count(strange), {writing_of(people, 'own')} FROM ("
        f"SELECT {desk.day_of(f't.{source.stamp}')} AS d, CASE WHEN {looked} THEN 1 END AS looked,"
        f" CASE WHEN {strange} THEN 1 END AS strange, {own} AS own"
        f" FROM {source.table} t WHERE {source.near(people)}) r GROUP BY 1 ORDER BY 1"
    )
    found = {row[0]: list(row[1:4]) for row in rows}
    return found, Writing(*(any(row[i] for row in rows) for i in (4, 5, 6)))


def _strange(people: People, source: Source) -> str:
    """SQL of whether a row of a table has no key, or one that is written as none of the customers' is."""
    shapes, _ = shapes_of(people, source.ours)
    key = f"t.{source.key}"
    known = ", ".join(map(quote, shapes))
    return f"{key} IS NULL OR {key_shape(key)} NOT IN ({known})" if known else f"{key} IS NULL"


def sized_of(people: People, metrics: Sequence[UnitMetric]) -> Iterator[Sized]:
    """Every column that is summed over rows of customers, and tables whose rows are counted."""
    terms = {
        (term.table, term.value or ""): (term, metric.window_days)
        for metric in reversed(metrics)
        for term in metric.terms
        if (term.value in term.filled if term.value else not metric.share)
        and not metric.before
        and term.key == "customer_id"
    }
    for table, column in sorted(terms):
        # Several tests may assign at one moment.
        if table not in (*people.cohort.instead_of, people.cohort.costs):
            yield _sized(people, *terms[table, column])


def _sized(people: People, term: Term, days: int) -> Sized:
    """Sizes of a column's numbers where they enter outcomes, and copies among all rows of the same customers."""
    value, at = f"t.{term.value}" if term.value else "1", starts_of(people)
    powers = " ".join(f"WHEN v < {2**k} THEN {k}" for k in range(POWERS))
    size = f"CASE WHEN v <= 0 THEN -1 {powers} ELSE {POWERS} END"
    dialect = people.desk.engine.dialect
    micros = dialect.micros(f"t.{term.stamp}")
    since, minute = f"{micros} - u.since", dialect.divided(micros, str(MINUTE))
    some = f"(SELECT * FROM {TABLE} u WHERE {some_customers(people)})"
    alike = (
        f"SELECT u.variant, {stretch_of(people)} AS part, {value} AS v, count(*) AS n,"
        f" count(CASE WHEN {since} > 0 AND {since} <= {days * MICROS_A_DAY} AND {term.when} THEN 1 END) AS entering"
        f" FROM {term.table} t JOIN {some} u ON t.{term.key} = u.{term.key} WHERE {value} IS NOT NULL"
        f" GROUP BY u.{term.key}, {minute}, u.variant, 2, 3"
    )
    found = people.desk.engine.rows(
        f"SELECT variant, part, {size} AS size, sum(entering), sum(n), count(*) FROM ({alike}) a"
        " GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    )
    n, kinds = (sum(int(row[i]) for row in found if row[2] >= 0) for i in (4, 5))
    if (f := people.desk.facts[term.table].of(term.stamp)).midnight >= LEAST_DAYS_ONLY * f.filled:
        kinds = n  # Two of one day are no copies.
    cells = ((row[0], at[row[1]], row[2], int(row[3])) for row in found if row[3] and term.value)
    return Sized(term.table, term.value or "", tuple(cells), n, n - kinds)


def at_midnight(people: People, source: Source) -> float:
    """The share of a table's stamps that are local midnight; 0 where customers are followed from a day too."""
    desk, of_day = people.desk, f"count(CASE WHEN since % {QUARTER} = 0 THEN 1 END)"
    [(count, whole)] = desk.engine.rows(f"SELECT count(*), {of_day} FROM {TABLE}")
    if whole == count:
        return 0.0
    facts = desk.facts[source.table].of(source.stamp)
    return facts.midnight / facts.filled if facts.filled >= LEAST_ROWS else 0.0
