"""A metric over time by group, and two metrics together, from sums that were made where the rows are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cs_lib.aggregates import Series
from cs_lib.metrics.definition import DailyMetric, Metric
from cs_lib.metrics.exploring.asked import (
    Asked,
    cases_of,
    column_of,
    customers_of,
    metric_of,
)
from cs_lib.metrics.exploring.counted import (
    EVERYTHING,
    Rows,
    customer_rows,
    few_groups,
    in_order,
    steps_of,
)
from cs_lib.metrics.exploring.counted import step as step_of
from cs_lib.metrics.fitted import fitted_by_day
from cs_lib.metrics.queries.cases import Cases
from cs_lib.metrics.queries.sql import NotAvailable
from cs_lib.params import Scope
from cs_lib.sentences import say

if TYPE_CHECKING:
    import pandas as pd

MOST_DAYS = 60  # shown one by one; more are put together as weeks
WEEK = 7


@dataclass(frozen=True, slots=True)
class Course:
    """A metric by day or by week and by group: value = numerator / denominator."""

    metric: Metric
    series: dict[str, Series]
    levels: dict[str, float]  # over all days, those of no whole week too
    each: int  # days of a step: 1 or 7; whole weeks, counted from the first day

    def to_frame(self) -> pd.DataFrame:
        """One row per group and step: day (the first one of a week), numerator, denominator, value."""
        import pandas as pd

        frames = [s.to_frame().assign(group=name) for name, s in self.series.items()]
        found = pd.concat(frames, ignore_index=True)
        return found[["group", *(c for c in found.columns if c != "group")]]


@dataclass(frozen=True, slots=True)
class Together:
    """Two metrics, a value of each for every week, or for every value of a column.

    `of` says which: days (weeks begin on them) or names. Values are in the metrics' units.
    """

    across: Metric
    up: Metric
    of: NDArray[np.datetime64] | NDArray[np.str_]
    group: NDArray[np.str_]  # before or after, in a study of a change
    x: NDArray[np.float64]
    y: NDArray[np.float64]

    def to_frame(self) -> pd.DataFrame:
        """One row per week or name."""
        import pandas as pd

        values = {self.across.name: self.x, self.up.name: self.y}
        return pd.DataFrame({"of": self.of, "group": self.group, **values})


@dataclass(frozen=True, slots=True)
class Tiles:
    """How many customers have which values of two metrics: steps of the one by steps of the other.

    The last step of each holds what lies beyond it too; edges are in the metrics' units.
    """

    across: Metric
    up: Metric
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    counts: NDArray[np.int64]  # x by y

    def to_frame(self) -> pd.DataFrame:
        """One row per pair of steps: where each begins, and how many customers are on both."""
        import pandas as pd

        names = f"{self.across.name} from", f"{self.up.name} from"
        first, then = np.meshgrid(self.x[:-1], self.y[:-1], indexing="ij")
        return pd.DataFrame(
            {names[0]: first.ravel(), names[1]: then.ravel(), "count": self.counts.ravel()}
        )


def course(asked: Asked, name: str) -> Course:
    """A metric over time. Raises NotAvailable, and UnknownName for a name that is none."""
    metric = metric_of(name)
    if not isinstance(metric, DailyMetric):
        return _of_customers(asked, name)
    asked = replace(asked, by=column_of(asked.by, Scope.COLUMNS))
    with cases_of(asked, [metric]) as cases:
        series = _series(cases, asked, metric)
        words = _worded(cases, metric)
    if not any(one.denominator.any() for one in series.values()):
        raise NotAvailable(say("No case of '{name}' lies in these days.", name=name))
    return _in_steps(words, series)


def _worded(cases: Cases, metric: DailyMetric) -> Metric:
    window = cases.window
    return fitted_by_day([metric.name], cases.desk, window.start, window.end)[metric.name]


def _series(cases: Cases, asked: Asked, metric: DailyMetric) -> dict[str, Series]:
    """The metric by day of everything, or of the largest values of a column."""
    if asked.by is None:
        return {EVERYTHING: cases.series(metric, asked.scope)}
    found = cases.by(metric, asked.by, asked.scope)
    sizes = {name: int(s.denominator.sum()) for name, s in found.items()}
    return {name: found[name] for name in in_order(found, sizes)[:MOST_LINES]}


MOST_LINES = 6


def _of_customers(asked: Asked, name: str) -> Course:
    """The mean of a metric by the day on which customers were assigned."""
    measured, by = customers_of(asked, [name])
    rows = few_groups(customer_rows(measured, name, by))
    found = rows.desk.engine.rows(
        f"SELECT {rows.group}, day, sum({rows.value}), count(*) FROM {rows.table} WHERE {rows.where}"
        " GROUP BY 1, 2 ORDER BY 1, 2"
    )
    if not found:
        raise NotAvailable(say("No customer's window of '{name}' is observed yet.", name=name))
    first, last = min(row[1] for row in found), max(row[1] for row in found)
    days = np.arange(np.datetime64(first), np.datetime64(last) + 1)
    series, sizes = dict[str, Series](), dict[str, int]()
    for group in dict.fromkeys(row[0] for row in found):
        above, below = np.zeros(len(days)), np.zeros(len(days))
        for _, day, total, n in (row for row in found if row[0] == group):
            at = (day - first) // timedelta(days=1)
            above[at], below[at] = int(total) / rows.unit, n
        series[group], sizes[group] = Series(name, days, above, below), int(below.sum())
    return _in_steps(rows.metric, {group: series[group] for group in in_order(series, sizes)})


def _in_steps(metric: Metric, series: dict[str, Series]) -> Course:
    levels = {name: _level(one) for name, one in series.items()}
    days = max(len(one.days) for one in series.values())
    if days <= MOST_DAYS:
        return Course(metric, series, levels, 1)
    return Course(metric, {name: by_week(one) for name, one in series.items()}, levels, WEEK)


def by_week(series: Series) -> Series:
    """Sums of whole weeks, counted from the first day; days left over at the end are left out."""
    whole = len(series.days) // WEEK * WEEK
    above, below = (
        part[:whole].reshape(-1, WEEK).sum(axis=1)
        for part in (series.numerator, series.denominator)
    )
    return Series(series.metric, series.days[:whole:WEEK], above, below)


def together(asked: Asked, name: str, other: str) -> Together | Tiles:
    """Two metrics against each other: by week or by the values of a column; of customers, one by one.

    Raises NotAvailable, and UnknownName for a name that is none.
    """
    first, then = metric_of(name), metric_of(other)
    daily = [m for m in (first, then) if isinstance(m, DailyMetric)]
    if len(daily) == 1:
        raise NotAvailable(
            say(
                "'{daily}' is counted by day and '{other}' per customer of a test; they have no case in common.",
                daily=daily[0].name,
                other=next(m.name for m in (first, then) if m not in daily),
            )
        )
    if not daily:
        return _tiles(asked, name, other)
    asked = replace(asked, by=column_of(asked.by, Scope.COLUMNS))
    with cases_of(asked, list(dict.fromkeys(daily))) as cases:
        words = [_worded(cases, metric) for metric in daily]
        if asked.by is None:
            return _by_week(asked, words, [by_week(cases.series(m, asked.scope)) for m in daily])
        found = [cases.by(m, asked.by, asked.scope) for m in daily]
    names = [one for one in found[0] if one in found[1]]
    x, y = ([_level(series[one]) for one in names] for series in found)
    return _dots(words, np.array(names, dtype=str), x, y, [EVERYTHING] * len(names))


def _by_week(asked: Asked, words: list[Metric], found: list[Series]) -> Together:
    n = min(len(one.days) for one in found)
    days = found[0].days[:n]
    x, y = (one.to_frame().value.to_numpy()[:n] for one in found)
    periods = {name: np.array(span, dtype="datetime64[D]") for name, span in asked.periods.items()}
    group = [
        next((p for p, (a, b) in periods.items() if a <= day and day + WEEK - 1 <= b), "")
        for day in days
    ]
    inside = np.array([bool(g) or not periods for g in group], dtype=bool)
    names = np.array([g or EVERYTHING for g in group], dtype=str)
    return _dots(words, days[inside], x[inside], y[inside], names[inside])


def _dots(
    words: list[Metric],
    of: NDArray[np.datetime64] | NDArray[np.str_],
    x: Iterable[float],
    y: Iterable[float],
    group: Iterable[str],
) -> Together:
    """Those that have both values."""
    across, up = np.array(list(x), dtype=float), np.array(list(y), dtype=float)
    both = np.isfinite(across) & np.isfinite(up)
    if not both.any():
        names = say("{first} and {then}", first=words[0].name, then=words[1].name)
        raise NotAvailable(say("No days have cases of {names}.", names=names))
    kept = np.array(list(group), dtype=str)[both]
    return Together(words[0], words[1], of[both], kept, across[both], up[both])


def _level(series: Series) -> float:
    below = float(series.denominator.sum())
    return float(series.numerator.sum()) / below if below else float("nan")


def _tiles(asked: Asked, name: str, other: str) -> Tiles:
    measured, by = customers_of(asked, [name, other], pooled=True)
    people = measured.values.people
    stages = min(people.stages(measured.window(one)) for one in (name, other))
    rows = [
        replace(customer_rows(measured, one, by), where=f"stage < {stages}")
        for one in (name, other)
    ]
    grids = [steps_of(one) for one in rows]
    places = [_place(one, grid) for one, grid in zip(rows, grids, strict=True)]
    counts = np.zeros([grid[2] for grid in grids], dtype=np.int64)
    for i, j, n in people.desk.engine.rows(
        f"SELECT {places[0]}, {places[1]}, count(*) FROM {rows[0].table} WHERE {rows[0].where} GROUP BY 1, 2"
    ):
        counts[int(i), int(j)] += n
    x, y = (_edges(one, grid) for one, grid in zip(rows, grids, strict=True))
    return Tiles(rows[0].metric, rows[1].metric, x, y, counts)


def _place(rows: Rows, grid: tuple[int, int, int, int]) -> str:
    return step_of(rows, *grid[:3])


def _edges(rows: Rows, grid: tuple[int, int, int, int]) -> NDArray[np.float64]:
    low, width, count, _ = grid
    return np.asarray((low + width * np.arange(count + 1, dtype=float)) / rows.unit)
