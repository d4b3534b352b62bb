"""Rows of a table that follow from what customers were given: how many each day would have, at the usual pace."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from cs_lib.metrics.definition import MICROS_A_DAY
from cs_lib.metrics.queries.people import TABLE, People
from cs_lib.metrics.queries.trust.looked_at import some_customers
from cs_lib.metrics.queries.values import Source

Days = NDArray[np.datetime64]
Floats = NDArray[np.float64]

WEEK = 7
LEAST_EXPECTED = 5.0  # rows of a week, to say how many of the expected it has


def follows(source: Source) -> bool:
    """Whether rows follow from what was assigned: they carry its id, not the customer's."""
    return source.ours == "assignment_id"


def expected_rows(people: People, source: Source, days: Days, counts: Floats) -> Floats:
    """Rows a day would have, were everything given followed by rows of each age in days as often as all of it is.

    The level is that of the middle week, so that a hole or a flood of weeks does not set it.
    """
    given = _given(people)
    if not len(days) or not given:
        return np.zeros(len(days))
    first = min(given)
    until = max(days[-1].item() + timedelta(days=1), people.desk.observed_until)
    offered = np.zeros((until - first).days)
    for day, n in given.items():
        if day < until:
            offered[(day - first).days] += n
    ages = _ages(people, source, len(offered))
    exposed = np.cumsum(offered)[::-1]  # who was given it so many days before the cut
    rate = np.where(exposed > 0, ages / np.where(exposed > 0, exposed, 1.0), 0.0)
    every = np.convolve(offered, rate)[: len(offered)]
    place = (days - np.datetime64(first)).astype(int)
    inside = (place >= 0) & (place < len(every))
    usual: Floats = np.where(inside, every[np.clip(place, 0, len(every) - 1)], 0.0)
    return usual * _level(counts, usual)


def _given(people: People) -> dict[date, int]:
    """What was delivered by day of its assignment; where no delivery is recorded, what was assigned."""
    found = (Counter[date](), Counter[date]())
    for (_, day, _), counts in people.number.items():
        for part in (0, 1):
            found[part][day] += counts[part]
    return dict(found[1] if any(found[1].values()) else found[0])


def _ages(people: People, source: Source, most: int) -> Floats:
    """Rows by whole days since assignment, of some customers where they are very many."""
    dialect = people.desk.engine.dialect
    rows = people.desk.engine.rows(
        f"SELECT {dialect.divided('d', str(MICROS_A_DAY))} AS age, count(*) FROM ("
        f"SELECT {dialect.micros(f't.{source.stamp}')} - u.since AS d FROM {source.table} t"
        f" JOIN (SELECT * FROM {TABLE} u WHERE {some_customers(people)}) u ON t.{source.key} = u.{source.ours}) a"
        f" WHERE d >= 0 AND d < {most * MICROS_A_DAY} GROUP BY 1 ORDER BY 1"
    )
    found = np.zeros(most)
    for days, n in rows:
        found[int(days)] += n
    return found


def _level(counts: Floats, usual: Floats) -> float:
    """How many of the expected rows the middle week has."""
    weeks = len(counts) // WEEK * WEEK
    rows, expected = (v[:weeks].reshape(-1, WEEK).sum(axis=1) for v in (counts, usual))
    scale = float(expected.sum()) / max(float(rows.sum()), 1.0) or 1.0  # some were looked at
    told = expected / scale >= LEAST_EXPECTED
    return float(np.median(rows[told] / expected[told])) if told.any() else 1.0 / scale
