"""How long the contacts of two periods took, by length, and how finely the stamps behind it are written."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from cs_lib.aggregates import Series
from cs_lib.metrics.definition import MICROS_A_DAY, DailyMetric
from cs_lib.metrics.definitions.contacts import MINUTE
from cs_lib.metrics.queries.cases import Cases, on_days
from cs_lib.metrics.queries.sql import between, matches
from cs_lib.metrics.queries.trust.looked_at import some_seconds
from cs_lib.params import Scope

Period = tuple[date, date]
SECOND, QUARTER = 1_000_000, 900_000_000  # in microseconds
HOUR, SATURDAY = 4 * QUARTER, 5
A_DAY = MICROS_A_DAY // QUARTER
SHORT = QUARTER // SECOND  # times are told apart to the second up to a quarter of an hour
# How coarse a stamp is, with the seconds of one step.
COARSE = {"whole_minute": 60, "whole_hour": 3_600, "whole_day": 86_400}


@dataclass(frozen=True, slots=True)
class Times:
    """Contacts of two periods by the length of a time, a row for each period.

    Attributes:
        seconds: a column for every second below a quarter of an hour.
        quarters: a column for every quarter of an hour up to the horizon, and one for contacts whose time has no end
            within it.
        coarse: by stamp, and by how coarse it is: contacts with such a stamp over those with any, by opening day.
        hours: see `hours_of`; None where they are not asked for.
    """

    seconds: NDArray[np.int64]
    quarters: NDArray[np.int64]
    coarse: tuple[tuple[str, str, Series], ...]
    hours: NDArray[np.int64] | None = None


def times_of(
    cases: Cases, metric: DailyMetric, scope: Scope, periods: tuple[Period, Period]
) -> Times:
    """The times of a metric that is one, in the contacts of a scope."""
    table, day, value = cases.tables.of(metric)
    first, then = (between(day, *period) for period in periods)
    step = f"CASE WHEN {value} < {QUARTER} THEN {SECOND} ELSE {QUARTER} END"
    rows = cases.desk.engine.rows(
        f"SELECT CASE WHEN {first} THEN 0 ELSE 1 END AS side, {value} - {value} % {step} AS length, count(*)"
        f" FROM {table} c WHERE {value} >= 0 AND ({first} OR {then}) AND {matches(scope)} GROUP BY 1, 2"
    )
    last = cases.tables.follow(metric) * A_DAY
    seconds = np.zeros((2, SHORT), dtype=np.int64)
    quarters = np.zeros((2, last + 1), dtype=np.int64)
    for side, length, n in rows:
        quarters[side, min(length // QUARTER, last)] += n
        if length < QUARTER:
            seconds[side, length // SECOND] += n
    return Times(seconds, quarters, _coarse(cases, metric.duration or (), scope))


def _coarse(
    cases: Cases, stamps: Collection[str], scope: Scope
) -> tuple[tuple[str, str, Series], ...]:
    """How many of some stamps lie on the steps of a clock, by day of opening, or one second or minute before."""
    day, dialect = cases.desk.day_of("c.opened_at"), cases.desk.engine.dialect
    asked = [(stamp, coarse) for stamp in stamps for coarse in COARSE]
    found = []
    for stamp in stamps:
        micros = dialect.micros(f"c.{stamp}")
        after = f"{micros} % {QUARTER}"
        late = f"{after} IN ({QUARTER - SECOND}, {QUARTER - MINUTE})"
        turns = (
            [f"c.{stamp}"] if stamp == "opened_at" else []
        )  # The check of midnights tells of ends.
        turns += [dialect.instant(f"{micros} + {more}") for more in (SECOND, MINUTE)]
        midnight = " OR ".join(dialect.is_midnight(turn, cases.desk.zone) for turn in turns)
        near = f"{late} OR {after} = 0"
        whole = (
            f"{micros} % {MINUTE} = 0",
            near,
            f"CASE WHEN {near} THEN {midnight} ELSE FALSE END",
        )
        found += [f"count(CASE WHEN {one} THEN 1 END)" for one in whole]
        found.append(f"count(c.{stamp})")
    rows = cases.desk.engine.rows(
        f"SELECT {day}, {', '.join(found)} FROM contacts c"
        f" WHERE {cases.window.holds(day)} AND {matches(scope)} GROUP BY 1"
    )
    days, steps = cases.window.days, len(COARSE) + 1
    series = []
    for i, (stamp, coarse) in enumerate(asked):
        at = 1 + i // len(COARSE) * steps
        above = {row[0]: row[at + i % len(COARSE)] for row in rows}
        below = {row[0]: row[at + len(COARSE)] for row in rows}
        series.append(
            (stamp, coarse, Series(coarse, days, on_days(days, above), on_days(days, below)))
        )
    return tuple(series)


def hours_of(
    cases: Cases, metric: DailyMetric, scope: Scope, periods: tuple[Period, Period]
) -> NDArray[np.int64]:
    """Openings, and ends of times, of two periods by local hour: 24 for Monday to Friday, 24 for weekends.

    Of very many contacts some are looked at.
    """
    desk, dialect = cases.desk, cases.desk.engine.dialect
    assert metric.duration is not None
    opened, ended = (f"c.{name}" for name in metric.duration)
    first, then = (between(desk.day_of(opened), *period) for period in periods)
    some = some_seconds(dialect.micros(opened), desk.rows["contacts"])
    hours = np.zeros((2, 2, 48), dtype=np.int64)
    for kind, stamp in enumerate((opened, ended)):
        midnight = dialect.micros(dialect.to_utc("CAST(d AS TIMESTAMP)", desk.zone))
        rows = desk.engine.rows(
            f"SELECT side, d, {dialect.divided(f'm - {midnight}', str(HOUR))} AS h, count(*) FROM ("
            f"SELECT CASE WHEN {first} THEN 0 ELSE 1 END AS side, {desk.day_of(stamp)} AS d,"
            f" {dialect.micros(stamp)} AS m"
            f" FROM contacts c WHERE {some} AND {ended} IS NOT NULL AND ({first} OR {then}) AND {matches(scope)}) e"
            " GROUP BY 1, 2, 3"
        )
        for side, at, h, n in rows:  # the day on which clocks are put back has an hour more
            hours[kind, side, (24 if at.weekday() >= SATURDAY else 0) + min(int(h), 23)] += n
    return hours
