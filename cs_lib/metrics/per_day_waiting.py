"""Times to an event by day of opening: small enough for any number of contacts."""

from __future__ import annotations

from datetime import date

import numpy as np

from cs_lib.data.desk import Desk
from cs_lib.metrics.definition import DailyMetric, expand
from cs_lib.metrics.per_day import follow_up
from cs_lib.metrics.sql import between, instant, matches, require
from cs_lib.params import Scope
from cs_lib.results import DayDurations

STEPS = 12  # of the grid per e-fold: each is 8.7 % longer than the one before


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
    assert metric.duration is not None
    require(desk, metric)
    first, last = (f"c.{name}" for name in metric.duration)
    dialect, follow = desk.engine.dialect, follow_up(metric, horizon)
    limit = follow * 86_400
    day = dialect.day_of(metric.time, desk.zone)
    seconds = f"coalesce({dialect.seconds_between(first, last)}, {limit}e0)"
    step = f"CAST(ceil({STEPS} * ln(greatest({seconds} / 60e0, 1e0))) AS INTEGER)"
    table, where = (expand(sql, dialect, horizon=follow) for sql in (metric.table, metric.where))
    observed = f"{dialect.plus_days(metric.time, follow)} <= {instant(desk)}"
    rows = desk.engine.rows(
        f"SELECT {day}, CASE WHEN {seconds} < {limit} THEN {step} END AS step, count(*) FROM {table}"
        f" WHERE {where} AND {observed} AND {between(day, start, end)} AND {matches(scope)}"
        f" GROUP BY 1, 2 ORDER BY 1, 2"
    )
    ended = np.array([row[1] is not None for row in rows], dtype=bool)
    times = [60 * np.exp(row[1] / STEPS) if row[1] is not None else limit for row in rows]
    return DayDurations(
        np.array([row[0] for row in rows], dtype="datetime64[D]"),
        np.minimum(np.array(times, dtype=float), limit),
        ended,
        np.array([row[2] for row in rows], dtype=np.int64),
    )
