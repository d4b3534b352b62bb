"""Contacts by day, from tables of any size to series and duration counts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np

from cs_lib.aggregates import DayDurations, Durations, Series
from cs_lib.data.desk import Desk
from cs_lib.metrics.definition import MICROS_A_DAY, DailyMetric
from cs_lib.metrics.definitions.contacts import MINUTE
from cs_lib.metrics.queries.cases import Cases, opened
from cs_lib.metrics.queries.sql import (
    NotAvailable,
    between,
    matches,
    named,
    require,
    require_columns,
)
from cs_lib.metrics.queries.tables import Window
from cs_lib.params import Scope
from cs_lib.sentences import say

STEPS = 12  # of the grid per e-fold: each is 8.7 % longer than the one before
SECOND = 1_000_000  # in microseconds


def daily(
    desk: Desk,
    metric: DailyMetric,
    *,
    start: date,
    end: date,
    scope: Scope | None = None,
    horizon: int | None = None,
) -> Series:
    """One metric by local day from `start` to `end`, days without full follow-up left off at the end.

    Raises NotAvailable when a table or column it needs is absent or empty.
    """
    check(desk, metric, scope)
    with opened(desk, Window(start, end, horizon), [metric], scopes=[scope]) as cases:
        return cases.series(metric, scope)


def daily_by(
    desk: Desk,
    metric: DailyMetric,
    part: str,
    *,
    start: date,
    end: date,
    scope: Scope | None = None,
    horizon: int | None = None,
) -> dict[str, Series]:
    """One metric by local day for every value of a column of contacts, `unknown` when null; see `Cases.by`.

    Raises NotAvailable as `daily`, and for a metric whose denominator is not the contacts' own.
    """
    check_by(desk, metric, part, scope)
    window = Window(start, end, horizon)
    with opened(desk, window, [metric], scopes=[scope], parts=[part]) as cases:
        return cases.by(metric, part, scope)


def volume(desk: Desk, *, start: date, end: date, scope: Scope | None = None) -> Series:
    """Contacts opened by local day."""
    with opened(desk, Window(start, end), [], scopes=[scope]) as cases:
        return cases.volume(scope)


def check(desk: Desk, metric: DailyMetric, scope: Scope | None) -> None:
    """Raises NotAvailable when a metric cannot be had by day in a scope."""
    require(desk, metric)
    require_columns(metric, named(scope))


def check_by(desk: Desk, metric: DailyMetric, part: str, scope: Scope | None) -> None:
    """Raises NotAvailable when a metric cannot be had by day and the values of a column.

    A rate per order can be had by team only: see `Cases.by`.
    """
    require(desk, metric)
    if metric.per and part != "team_id":
        raise NotAvailable(
            say(
                "'{name}' by {part} is not available because its denominator has no such parts.",
                name=metric.name,
                part=part,
            )
        )
    require_columns(metric, [part])
    require_columns(metric, named(scope))


def durations(
    desk: Desk,
    metric: DailyMetric,
    *,
    periods: Mapping[str, tuple[date, date]],
    scope: Scope | None = None,
    horizon: int | None = None,
) -> list[Durations]:
    """Time-to-event counts per period (contacts by opening day), minutes resolution, censored at the horizon."""
    require(desk, metric)
    start = min(first for first, _ in periods.values())
    end = max(last for _, last in periods.values())
    with opened(desk, Window(start, end, horizon), [metric], scopes=[scope]) as cases:
        return durations_of(cases, metric, periods, scope)


def durations_of(
    cases: Cases,
    metric: DailyMetric,
    periods: Mapping[str, tuple[date, date]],
    scope: Scope | None,
) -> list[Durations]:
    """The same from cases already read."""
    assert metric.duration is not None
    table, day, took = cases.tables.of(metric)
    limit = cases.tables.follow(metric) * MICROS_A_DAY
    found: list[Durations] = []
    for name, (first, last) in periods.items():
        rows = cases.desk.engine.rows(
            f"SELECT CASE WHEN {took} < {limit} THEN ceil({took} / {MINUTE}e0) END AS minutes, count(*)"
            f" FROM {table} c WHERE {took} IS NOT NULL AND {between(day, first, last)}"
            f" AND {matches(scope)} GROUP BY 1 ORDER BY 1"
        )
        ended = np.array([row[0] is not None for row in rows], dtype=bool)
        seconds = [limit / SECOND if row[0] is None else row[0] * 60 for row in rows]
        counts = np.array([row[1] for row in rows], dtype=np.int64)
        times = np.minimum(np.array(seconds, dtype=float), limit / SECOND)
        order = np.lexsort((ended, times))
        found.append(Durations(name, times[order], ended[order], counts[order]))
    return found


def durations_by_day(
    desk: Desk,
    metric: DailyMetric,
    *,
    start: date,
    end: date,
    scope: Scope | None = None,
    horizon: int | None = None,
) -> DayDurations:
    """Duration counts by local day of opening, all followed to the horizon, open ones censored there.

    Times are rounded up to powers of e^(1/12) minutes, which keeps their order up to ties.
    Raises NotAvailable when a table or column it needs is absent or empty.
    """
    check(desk, metric, scope)
    with opened(desk, Window(start, end, horizon), [metric], scopes=[scope]) as cases:
        return durations_by_day_of(cases, metric, scope)


def durations_by_day_of(cases: Cases, metric: DailyMetric, scope: Scope | None) -> DayDurations:
    """The same from cases already read."""
    assert metric.duration is not None
    table, day, took = cases.tables.of(metric)
    limit = cases.tables.follow(metric) * MICROS_A_DAY
    step = f"CAST(ceil({STEPS} * ln(greatest({took} / {MINUTE}e0, 1e0))) AS INTEGER)"
    rows = cases.desk.engine.rows(
        f"SELECT {day}, CASE WHEN {took} < {limit} THEN {step} END AS step, count(*) FROM {table} c"
        f" WHERE {took} IS NOT NULL AND {cases.window.holds(day)} AND {matches(scope)}"
        f" GROUP BY 1, 2 ORDER BY 1, 2"
    )
    longest = limit / SECOND
    ended = np.array([row[1] is not None for row in rows], dtype=bool)
    times = [60 * np.exp(row[1] / STEPS) if row[1] is not None else longest for row in rows]
    return DayDurations(
        np.array([row[0] for row in rows], dtype="datetime64[D]"),
        np.minimum(np.array(times, dtype=float), longest),
        ended,
        np.array([row[2] for row in rows], dtype=np.int64),
    )
