"""Rows of a table by local day, and those of them that meet a condition or reach a size: what changes on a day.

Of large tables some rows are looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from cs_lib.metrics.definition import Term, UnitMetric
from cs_lib.metrics.queries.people import People
from cs_lib.metrics.queries.trust.looked_at import some_seconds
from cs_lib.metrics.queries.values import Source

POWERS = 40  # of two, that numbers are told apart by


@dataclass(frozen=True, slots=True)
class Level:
    """Rows of a table by local day, without gaps, and those of them that are on a level.

    `least` is what a number has to reach, as about half of all do; None where the column is one that a metric's
    condition reads, and rows are on the level that meet it.
    """

    table: str
    column: str
    least: float | None
    days: NDArray[np.datetime64]
    rows: NDArray[np.float64]
    met: NDArray[np.float64]


def levels_of(
    people: People, sources: Sequence[Source], metrics: Sequence[UnitMetric]
) -> Iterator[Level]:
    """By day, how many rows near followed customers meet what metrics ask of a column, and how large numbers are."""
    terms = [term for metric in metrics if not metric.before for term in metric.terms]
    for source in sources:
        mine = [t for t in terms if (t.table, t.stamp) == (source.table, source.stamp)]
        plain = {column: t.when for t in mine for column in t.filled if _plain(t, column)}
        for column, when in sorted(plain.items()):
            rows = _counted(people, source, f"CASE WHEN {when} THEN 1 ELSE 0 END", "TRUE")
            yield _level(source.table, column, None, rows, 1)
        for column in sorted({t.value for t in mine if t.value and t.value in t.filled}):
            yield from _sizes(people, source, column)


def _plain(term: Term, column: str) -> bool:
    """Whether a condition of a row alone reads a column."""
    return f"t.{column}" in term.when and not any(word in term.when for word in ("u.", "SELECT"))


def _counted(people: People, source: Source, kind: str, when: str) -> list[tuple[date, int, int]]:
    """Day, kind and number of the rows near customers that are looked at."""
    desk = people.desk
    some = some_seconds(desk.engine.dialect.micros(f"t.{source.stamp}"), desk.rows[source.table])
    return desk.engine.rows(
        f"SELECT {desk.day_of(f't.{source.stamp}')} AS d, {kind} AS kind, count(*) FROM {source.table} t"
        f" WHERE {source.near(people)} AND {some} AND ({when}) GROUP BY 1, 2 ORDER BY 1, 2"
    )


def _sizes(people: People, source: Source, column: str) -> Iterator[Level]:
    """Numbers above nothing, and those that reach the power of two that halves them best."""
    powers = " ".join(f"WHEN t.{column} < {2**k} THEN {k}" for k in range(POWERS))
    size = f"CASE {powers} ELSE {POWERS} END"
    rows = _counted(people, source, size, f"t.{column} > 0")
    numbers = np.zeros(POWERS + 1)
    for _, power, n in rows:
        numbers[power] += n
    if not numbers.any():
        return
    reach = numbers[::-1].cumsum()[::-1] / numbers.sum()
    power = int(np.argmin(np.abs(reach - 0.5)))
    yield _level(source.table, column, 2.0 ** (power - 1) if power else 0.0, rows, power)


def _level(
    table: str,
    column: str,
    least: float | None,
    counted: Sequence[tuple[date, int, int]],
    kind: int,
) -> Level:
    """Rows of day, kind and number as days: all of them, and those of a kind at least."""
    first = min((day for day, *_ in counted), default=date.min)
    last = max((day for day, *_ in counted), default=date.min)
    days = np.arange(np.datetime64(first), np.datetime64(last) + 1)
    rows, met = np.zeros(len(days)), np.zeros(len(days))
    for day, found, n in counted:
        at = (day - first).days
        rows[at] += n
        met[at] += n if found >= kind else 0
    return Level(table, column, least, days, rows, met)
