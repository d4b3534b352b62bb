"""Series by day and by part from the narrow tables of a study's cases: few groupings, each sum divided once."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cs_lib.aggregates import Series
from cs_lib.data.desk import Desk
from cs_lib.data.engines.base import quote
from cs_lib.metrics.definition import DailyMetric
from cs_lib.metrics.queries.sql import last_followed, matches, rows_by_day
from cs_lib.metrics.queries.tables import Kind, Tables, Window, kind_of
from cs_lib.params import Scope

MOST_PARTS = 200  # values of a column kept apart; beyond them the rarest are one
REST = "other"


@contextmanager
def opened(
    desk: Desk, window: Window, metrics: Sequence[DailyMetric], **asked: Any
) -> Iterator[Cases]:
    """The cases of some metrics, which can all be had; see `Tables` for what else may be asked for.

    Their tables are dropped in the end.
    """
    tables = Tables(desk, window, metrics, **asked)
    try:
        yield Cases(tables)
    finally:
        tables.close()


class Cases:
    """What a study counts, from the narrow tables of its cases."""

    def __init__(self, tables: Tables) -> None:
        self.tables, self.desk, self.window = tables, tables.desk, tables.window
        self._counted: dict[tuple[Kind, str], list[tuple[Any, ...]]] = {}

    def days(self, metric: DailyMetric) -> NDArray[np.datetime64]:
        """Every local day of the window on whose cases all have their follow-up."""
        days = self.window.days
        return days[days <= np.datetime64(self._last(metric))]

    def _last(self, metric: DailyMetric) -> date:
        """The last day on and before which all cases have their follow-up."""
        last = last_followed(self.desk, self.tables.follow(metric))
        if running := self.tables.running(metric):
            table, day, _ = self.tables.of(metric)
            [(first,)] = self.desk.engine.rows(
                f"SELECT min({day}) FROM {table} c WHERE c.{running}"
            )
            last = min(last, first - timedelta(days=1)) if first else last
        return last

    def volume(self, scope: Scope | None = None) -> Series:
        """Contacts opened by local day: of everybody, or of one of the scopes."""
        place = None if scope is None else self._place(scope)
        counts: dict[date, int] = defaultdict(int)
        for row in self._by_scope("contacts", "c.opened_at"):
            if place is None or row[1 + place]:
                counts[row[0]] += row[1 + len(self.tables.scopes)]
        days = self.window.days
        return Series("volume", days, on_days(days, counts), np.ones(len(days)))

    def series(self, metric: DailyMetric, scope: Scope | None = None) -> Series:
        """A metric by local day in one of the scopes, days without full follow-up left off at the end."""
        kind = kind_of(metric)
        place, first = self._place(scope), 2 + len(self.tables.scopes)
        at = first + 3 * self._dated(kind, metric.time).index(metric.name)
        above: dict[date, int] = defaultdict(int)
        below: dict[date, int] = defaultdict(int)
        for row in self._by_scope(kind, metric.time):
            if row[1 + place]:
                above[row[0]] += row[at] or 0
                below[row[0]] += row[at + 1]
        if metric.per:
            orders = rows_by_day(self.desk, metric.per, self.window.holds)
            return self.valued(metric, above, orders)
        return self.valued(metric, above, below)

    def told(self, metric: DailyMetric, scope: Scope | None = None) -> Series | None:
        """Cases that say that what a metric looks for was recorded, over all its cases, by local day."""
        if metric.told is None:
            return None
        kind, place = kind_of(metric), self._place(scope)
        at = 3 + len(self.tables.scopes)
        at += 3 * self._dated(kind, metric.time).index(metric.name)
        above: dict[date, int] = defaultdict(int)
        below: dict[date, int] = defaultdict(int)
        for row in self._by_scope(kind, metric.time):
            if row[1 + place]:
                below[row[0]] += row[at]
                above[row[0]] += row[at + 1]
        days = self.days(metric)
        return Series(metric.name, days, on_days(days, above), on_days(days, below))

    def by(
        self,
        metric: DailyMetric,
        part: str,
        scope: Scope | None = None,
        *,
        values: Sequence[str] | None = None,
    ) -> dict[str, Series]:
        """A metric by local day for every value of one of the `parts` that has cases, or only for `values`.

        NULL is `unknown`. Of more than `MOST_PARTS` values those with the fewest cases together are `other`.
        A rate has the denominators of its teams where these are counted, else those of everybody.
        """
        table, day, value = self.tables.of(metric)
        within = f"{value} IS NOT NULL AND {self.window.holds(day)} AND {matches(scope)}"
        name = f"coalesce(c.{part}, 'unknown')"
        if values is None:
            name = self._largest(table, name, within)
        else:
            within += f" AND {name} IN ({', '.join(map(quote, values))})"
        above: dict[str, dict[date, int]] = defaultdict(dict)
        below: dict[str, dict[date, int]] = defaultdict(dict)
        for value_of_part, when, total, count in self.desk.engine.rows(
            f"SELECT {name}, {day}, sum({value}), count(*) FROM {table} c WHERE {within}"
            " GROUP BY 1, 2 ORDER BY 1, 2"
        ):
            above[value_of_part][when], below[value_of_part][when] = total, count
        if metric.per:
            counted = orders_of(self.desk, list(above), self.window.holds)
            everybody = {} if counted else rows_by_day(self.desk, metric.per, self.window.holds)
            denominators = {key: counted.get(key, everybody) for key in above}
            return {key: self.valued(metric, above[key], denominators[key]) for key in above}
        return {key: self.valued(metric, above[key], below[key]) for key in above}

    def _largest(self, table: str, name: str, within: str) -> str:
        """SQL of a value while it is one of those with most cases, before any day is looked at."""
        found = self.desk.engine.rows(
            f"SELECT {name}, count(*) FROM {table} c WHERE {within}"
            f" GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {MOST_PARTS + 1}"
        )
        if len(found) <= MOST_PARTS:
            return name
        kept = ", ".join(quote(row[0]) for row in found[: MOST_PARTS - 1])
        return f"CASE WHEN {name} IN ({kept}) THEN {name} ELSE {quote(REST)} END"

    def valued(
        self, metric: DailyMetric, above: Mapping[date, int], below: Mapping[date, float]
    ) -> Series:
        """Sums made the metric's unit by one division each."""
        unit = metric.each * math.prod(self.desk.scale(*column).steps for column in metric.times)
        days = self.days(metric)
        return Series(metric.name, days, on_days(days, above, unit), on_days(days, below))

    def _place(self, scope: Scope | None) -> int:
        return self.tables.scopes.index(matches(scope))

    def _dated(self, kind: Kind, stamp: str) -> list[str]:
        """Names of the metrics whose cases are of a kind and dated to a stamp."""
        return [n for n, m in self.tables.metrics.items() if kind_of(m) == kind and m.time == stamp]

    def _by_scope(self, kind: Kind, stamp: str) -> list[tuple[Any, ...]]:
        """Day, whether in each scope, number of rows, and of every metric what `_sums` has."""
        if (kind, stamp) not in self._counted:
            table, day = self.tables.table(kind), f"{stamp}_day"
            mine = [self.tables.metrics[name] for name in self._dated(kind, stamp)]
            scopes = [f"coalesce({scope}, FALSE)" for scope in self.tables.scopes]
            sums = ["count(*)", *(self._sums(metric) for metric in mine)]
            keys = ", ".join(str(i + 1) for i in range(1 + len(scopes)))
            self._counted[kind, stamp] = self.desk.engine.rows(
                f"SELECT {', '.join([day, *scopes, *sums])} FROM {table} c"
                f" WHERE {self.window.holds(day)} GROUP BY {keys} ORDER BY {keys}"
            )
        return self._counted[kind, stamp]

    def _sums(self, metric: DailyMetric) -> str:
        """Three columns of a metric: its sum, its cases, and those of them that say that something was recorded."""
        value, told = f"c.{self.tables.value(metric)}", self.tables.told(metric)
        return (
            f"sum({value}), count({value}), count(CASE WHEN c.{told} THEN 1 END)"
            if told
            else (f"sum({value}), count({value}), 0")
        )


def orders_of(
    desk: Desk, teams: Sequence[str], holds: Callable[[str], str]
) -> dict[str, dict[date, float]]:
    """Orders by team and day, from the segments of exposure that are called as the teams.

    Empty unless every one of the teams has such a segment with orders on some of these days.
    """
    if not teams or not desk.has("exposure"):
        return {}
    steps = desk.scale("exposure", "orders").steps
    found: dict[str, dict[date, float]] = defaultdict(dict)
    for team, day, orders in desk.engine.rows(
        f"SELECT segment, date, sum({desk.engine.dialect.fixed('orders', steps)}) FROM exposure"
        f" WHERE orders > 0 AND segment IN ({', '.join(map(quote, teams))}) AND {holds('date')}"
        " GROUP BY 1, 2 ORDER BY 1, 2"
    ):
        found[team][day] = int(orders) / steps
    return dict(found) if len(found) == len(set(teams)) else {}


def together(parts: Sequence[Series]) -> Series:
    """Series of the same days as one."""
    above, below = (
        np.sum([getattr(part, side) for part in parts], axis=0)
        for side in ("numerator", "denominator")
    )
    return Series(parts[0].metric, parts[0].days, above, below)


def on_days(
    days: NDArray[np.datetime64], values: Mapping[date, float], unit: int = 1
) -> NDArray[np.float64]:
    """Whole numbers put on their days, each divided once by an exact unit; zero elsewhere."""
    return np.array([(values.get(day) or 0) / unit for day in days.tolist()], dtype=float)
