"""How often which value of a metric occurs, counted where the rows are: steps of equal width, the far ones together."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cs_lib.data.desk import Desk
from cs_lib.data.engines.base import quote
from cs_lib.metrics.definition import DailyMetric, Metric
from cs_lib.metrics.exploring.asked import (
    PERIOD,
    Asked,
    cases_of,
    column_of,
    customers_of,
    metric_of,
)
from cs_lib.metrics.fitted import fitted, fitted_by_day
from cs_lib.metrics.queries.cases import Cases
from cs_lib.metrics.queries.people import known
from cs_lib.metrics.queries.per_customer import OTHERS, Measured
from cs_lib.metrics.queries.sql import NotAvailable, between, matches
from cs_lib.metrics.queries.values import VALUES, Values
from cs_lib.params import Scope
from cs_lib.sentences import say

if TYPE_CHECKING:
    import pandas as pd

MOST_GROUPS = 6  # of a column; what has fewer cases is put together
FINE = 200  # steps of the first look at a range
COARSE = 30  # steps that are shown, about
INSIDE = 0.99  # of all values lie on the steps; the last step holds what lies further out too
EVERYTHING = "all"


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of the engine with a whole number each: so many steps (`unit`) are one unit of the metric."""

    desk: Desk
    metric: Metric
    table: str
    value: str
    where: str
    group: str
    unit: int


@dataclass(frozen=True, slots=True)
class Distribution:
    """How many cases or customers have which value of a metric, by group.

    `edges` bound the steps in the metric's unit (shares 0 to 1); the last step holds what lies above it
    too. `means` are exact.
    """

    metric: Metric
    edges: NDArray[np.float64]
    counts: dict[str, NDArray[np.int64]]
    means: dict[str, float]
    beyond: int = 0  # of all, above the last edge

    def to_frame(self) -> pd.DataFrame:
        """One row per group and step: from (included), to, count."""
        import pandas as pd

        steps = len(self.edges) - 1
        return pd.DataFrame(
            {
                "group": np.repeat(list(self.counts), steps),
                "from": np.tile(self.edges[:-1], len(self.counts)),
                "to": np.tile(self.edges[1:], len(self.counts)),
                "count": np.concatenate(list(self.counts.values())),
            }
        )


def distribution(asked: Asked, name: str) -> Distribution:
    """How often each value of a metric occurs. Raises NotAvailable, and UnknownName for a name that is none."""
    metric = metric_of(name)
    if not isinstance(metric, DailyMetric):
        measured, column = customers_of(asked, [name])
        return _counted(customer_rows(measured, name, column))
    by = column_of(asked.by, (*Scope.COLUMNS, *([PERIOD] if asked.change else [])))
    asked = replace(asked, by=by or (PERIOD if asked.change else None))
    with cases_of(asked, [metric]) as cases:
        return _counted(_case_rows(cases, asked, metric))


def _case_rows(cases: Cases, asked: Asked, metric: DailyMetric) -> Rows:
    """The cases of a daily metric."""
    table, day, value = cases.tables.of(metric)
    inside = [f"{value} IS NOT NULL", cases.window.holds(day), matches(asked.scope)]
    group = quote(EVERYTHING)
    if asked.by == PERIOD:
        whens = {name: between(day, *period) for name, period in asked.periods.items()}
        inside.append(f"({' OR '.join(whens.values())})")
        group = "".join(f" WHEN {when} THEN {quote(name)}" for name, when in whens.items())
        group = f"CASE{group} END"
    elif asked.by:
        group = known(f"c.{asked.by}")
    unit = metric.each * math.prod(cases.desk.scale(*column).steps for column in metric.times)
    window = cases.window
    words = fitted_by_day([metric.name], cases.desk, window.start, window.end)[metric.name]
    return Rows(cases.desk, words, f"{table} c", value, " AND ".join(inside), group, unit)


def customer_rows(measured: Measured, name: str, by: str) -> Rows:
    """The customers of a test whose window of a metric is observed."""
    of, people = measured.values, measured.values.people
    words = fitted([name], people.desk.currency)[name]
    stages = people.stages(measured.window(name))
    return Rows(
        people.desk,
        words,
        VALUES,
        whole(of, name),
        f"stage < {stages}",
        known(by),
        of.sums[name].steps,
    )


def whole(of: Values, name: str) -> str:
    """SQL of a customer's value in whole steps."""
    exact, dialect = of.sums[name], of.people.desk.engine.dialect
    reach = sum(abs(times) * of.most[i] for i, times in exact.parts.items())
    number: Callable[[int], str] = (
        str if 4 * reach < 2**62 else lambda times: dialect.wide(str(times))
    )
    return " + ".join(f"{number(times)} * x{i}" for i, times in exact.parts.items()) or "0"


def _counted(rows: Rows) -> Distribution:
    rows = few_groups(rows)
    totals = rows.desk.engine.rows(
        f"SELECT {rows.group}, count(*), sum({rows.value}) FROM {rows.table} WHERE {rows.where}"
        " GROUP BY 1 ORDER BY 1"
    )
    if not totals:
        raise NotAvailable(say("No case of '{name}' lies in these days.", name=rows.metric.name))
    low, width, count, beyond = steps_of(rows)
    found = {group: np.zeros(count, dtype=np.int64) for group, _, _ in totals}
    place = step(rows, low, width, count)
    for group, at, n in rows.desk.engine.rows(
        f"SELECT {rows.group}, {place}, count(*) FROM {rows.table} WHERE {rows.where} GROUP BY 1, 2"
    ):
        found[group][int(at)] += n
    means = {group: int(total) / n / rows.unit for group, n, total in totals}
    edges = (low + width * np.arange(count + 1, dtype=float)) / rows.unit
    order = in_order(found, {group: n for group, n, _ in totals})
    return Distribution(
        rows.metric, edges, {g: found[g] for g in order}, {g: means[g] for g in order}, beyond
    )


def in_order(groups: Sequence[str] | Mapping[str, object], sizes: Mapping[str, int]) -> list[str]:
    """Before in front of after, control in front of arms, else the largest first, what is put together last."""
    first = ("before", "after", "control")
    place = {name: i for i, name in enumerate(first)}
    return sorted(groups, key=lambda g: (g == OTHERS, place.get(g, len(first)), -sizes[g], g))


def few_groups(rows: Rows) -> Rows:
    """The same with the smallest of many groups put together."""
    found = rows.desk.engine.rows(
        f"SELECT {rows.group}, count(*) FROM {rows.table} WHERE {rows.where}"
        f" GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {MOST_GROUPS + 1}"
    )
    if len(found) <= MOST_GROUPS:
        return rows
    kept = ", ".join(quote(name) for name, _ in found[: MOST_GROUPS - 1])
    group = f"CASE WHEN {rows.group} IN ({kept}) THEN {rows.group} ELSE {quote(OTHERS)} END"
    return replace(rows, group=group)


def steps_of(rows: Rows) -> tuple[int, int, int, int]:
    """Where the steps begin, how wide they are, how many there are, and how many values lie beyond them.

    All but the last in the rows' whole numbers. The range ends where 99 % of the values do, to a round step.
    """
    low, high, n = rows.desk.engine.rows(
        f"SELECT min({rows.value}), max({rows.value}), count(*) FROM {rows.table} WHERE {rows.where}"
    )[0]
    low, most = int(low), int(high)
    high = most
    while high - low >= FINE:
        width = -(-(high - low + 1) // FINE)
        reached = _reached(rows, low, width, INSIDE * n)
        if reached * 4 > FINE:
            high = min(most, low + width * (reached + 1))
            break
        high = low + width * (reached + 1)
    width = _round(max(1, -(-(high - low + 1) // COARSE)), rows.unit)
    low = low // width * width
    count = max(1, -(-(high - low + 1) // width))
    if most < low + count * width:
        return low, width, count, 0
    beyond = rows.desk.engine.rows(
        f"SELECT count(*) FROM {rows.table} WHERE {rows.where} AND {rows.value} >= {low + count * width}"
    )
    return low, width, count, int(beyond[0][0])


def _reached(rows: Rows, low: int, width: int, wanted: float) -> int:
    """The step below whose upper end so many values lie."""
    place, seen = step(rows, low, width, FINE + 1), 0
    for at, n in rows.desk.engine.rows(
        f"SELECT {place}, count(*) FROM {rows.table} WHERE {rows.where} GROUP BY 1 ORDER BY 1"
    ):
        seen += n
        if seen >= wanted:
            return int(at)
    return FINE


def step(rows: Rows, low: int, width: int, count: int) -> str:
    """SQL of the step of a value, the last one for all beyond."""
    dialect = rows.desk.engine.dialect
    return f"least({dialect.divided(f'({rows.value} - ({low}))', str(width))}, {count - 1})"


def _round(width: int, unit: int) -> int:
    """A step of 1, 2 or 5 times a power of ten of the unit that is at least as wide, in whole numbers."""
    shown = width / unit
    power = 10.0 ** math.floor(math.log10(shown))
    nice = next(times * power for times in (1, 2, 5, 10) if times * power >= shown * (1 - 1e-9))
    return max(1, round(nice * unit))
