"""Contacts by day as they were read before whole numbers: a query for every metric and part."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from cs_lib.aggregates import DayDurations, Durations, LoggedChange, Series
from cs_lib.data.desk import Desk
from cs_lib.metrics.queries.sql import (
    NotAvailable,
    between,
    instant,
    matches,
    named,
)
from cs_lib.params import Scope
from cs_lib.sentences import Sentence, say
from tests.metrics.oracle.definitions import (
    Old,
    expand,
    plus_days,
    require,
    require_columns,
    seconds_between,
)


def daily(
    desk: Desk,
    metric: Old,
    *,
    start: date,
    end: date,
    scope: Scope | None = None,
    horizon: int | None = None,
) -> Series:
    """One metric by local day from `start` to `end`, days without full follow-up left off at the end.

    Raises NotAvailable when a table or column it needs is absent or empty.
    """
    require(desk, metric)
    rows = desk.engine.rows(_grouped(desk, metric, "'all'", start, end, scope, horizon))
    days = _days(desk, metric, start, end, horizon)
    above = {row[1]: float(row[2]) for row in rows}
    below = (
        _orders(desk, metric.per, start, end)
        if metric.per
        else {row[1]: float(row[3]) for row in rows}
    )
    return _series(metric.name, days, above, below)


def daily_by(
    desk: Desk,
    metric: Old,
    part: str,
    *,
    start: date,
    end: date,
    scope: Scope | None = None,
    horizon: int | None = None,
) -> dict[str, Series]:
    """One metric by local day for every value of a column of contacts, `unknown` when null.

    Raises NotAvailable as `daily`, and for a rate per order, unless it is by team: then every team
    has the orders of all (a desk without exposure is meant).
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
    value = f"coalesce(c.{part}, 'unknown')"
    above: dict[str, dict[date, float]] = defaultdict(dict)
    below: dict[str, dict[date, float]] = defaultdict(dict)
    for name, day, top, bottom in desk.engine.rows(
        _grouped(desk, metric, value, start, end, scope, horizon)
    ):
        above[name][day], below[name][day] = float(top), float(bottom)
    days = _days(desk, metric, start, end, horizon)
    if metric.per:
        orders = _orders(desk, metric.per, start, end)
        return {name: _series(metric.name, days, above[name], orders) for name in above}
    return {name: _series(metric.name, days, above[name], below[name]) for name in above}


def _grouped(
    desk: Desk,
    metric: Old,
    part: str,
    start: date,
    end: date,
    scope: Scope | None,
    horizon: int | None,
) -> str:
    """SQL of one row per part and local day: part, day, numerator, denominator of the followed cases."""
    require_columns(metric, named(scope))
    follow = follow_up(metric, horizon)
    day = desk.day_of(metric.time)
    observed = f"{plus_days(metric.time, follow)} <= {instant(desk)}"
    # Only the metric's own words are expanded, never a value from the settings.
    table, where, above, below = (
        expand(sql, horizon=follow)
        for sql in (metric.table, metric.where, metric.numerator, metric.denominator_sql)
    )
    within = f"{where} AND {observed} AND {between(day, start, end)} AND {matches(scope)}"
    return (
        f"SELECT {part} AS part, {day} AS day, {above}, {'0e0' if metric.per else below} FROM {table}"
        f" WHERE {within} GROUP BY 1, 2 ORDER BY 1, 2"
    )


def _days(
    desk: Desk, metric: Old, start: date, end: date, horizon: int | None
) -> NDArray[np.datetime64]:
    """Every local day from `start` on whose cases all have their follow-up."""
    last = min(end, _last_followed(desk, follow_up(metric, horizon)))
    return np.arange(np.datetime64(start), np.datetime64(last) + 1)


def _series(
    name: str,
    days: NDArray[np.datetime64],
    above: dict[date, float],
    below: dict[date, float],
) -> Series:
    """Both parts by day; a day that is not among the rows has 0."""
    numerator, denominator = (
        np.array([values.get(day.item(), 0.0) for day in days]) for values in (above, below)
    )
    return Series(name, days, numerator, denominator)


def _last_followed(desk: Desk, follow: int) -> date:
    """The last local day of which every case has its follow-up; when clocks go forward a day is an hour short."""
    last = desk.observed_until - timedelta(days=1 + follow)
    midnight = datetime.combine(last + timedelta(days=1), time.min, ZoneInfo(desk.zone))
    followed = midnight.astimezone(UTC).replace(tzinfo=None) + timedelta(days=follow)
    return last if followed <= desk.cut else last - timedelta(days=1)


def _orders(desk: Desk, per: tuple[str, str], start: date, end: date) -> dict[date, float]:
    table, stamp = per
    day = desk.day_of(stamp)
    sql = f"SELECT {day}, count(*) FROM {table} WHERE {between(day, start, end)} GROUP BY 1"
    return {row[0]: float(row[1]) for row in desk.engine.rows(sql)}


def durations(
    desk: Desk,
    metric: Old,
    *,
    periods: dict[str, tuple[date, date]],
    scope: Scope | None = None,
    horizon: int | None = None,
) -> list[Durations]:
    """Time-to-event counts per period (contacts by opening day), minutes resolution, censored at the horizon."""
    assert metric.duration is not None
    require(desk, metric)
    start, end = (f"c.{name}" for name in metric.duration)
    follow = follow_up(metric, horizon)
    day = desk.day_of(metric.time)
    limit = follow * 86_400
    seconds = f"coalesce({seconds_between(start, end)}, {limit}e0)"
    table, where = (expand(sql, horizon=follow) for sql in (metric.table, metric.where))
    observed = f"{plus_days(metric.time, follow)} <= {instant(desk)}"
    found: list[Durations] = []
    for name, (first, last) in periods.items():
        sql = (
            f"SELECT least(ceil({seconds} / 60e0) * 60e0, {limit}e0) AS s, {seconds} < {limit} AS ended, count(*)"
            f" FROM {table} WHERE {where} AND {observed} AND {between(day, first, last)}"
            f" AND {matches(scope)} GROUP BY 1, 2 ORDER BY 1, 2"
        )
        rows = desk.engine.rows(sql)
        columns = list(zip(*rows, strict=True)) or [(), (), ()]
        found.append(
            Durations(
                name,
                np.array(columns[0], float),
                np.array(columns[1], bool),
                np.array(columns[2], np.int64),
            )
        )
    return found


def volume(desk: Desk, *, start: date, end: date, scope: Scope | None = None) -> Series:
    """Contacts opened by local day."""
    day = desk.day_of("c.opened_at")
    sql = f"SELECT {day}, count(*) FROM contacts c WHERE {between(day, start, end)} AND {matches(scope)} GROUP BY 1"
    counts = dict(desk.engine.rows(sql))
    days = np.arange(np.datetime64(start), np.datetime64(end) + 1)
    return Series(
        "volume", days, np.array([float(counts.get(d.item(), 0)) for d in days]), np.ones(len(days))
    )


def logged_changes(desk: Desk, *, start: date, end: date) -> list[LoggedChange]:
    """Changes of the log that went live, grew or were taken back in a period, row by row in Python."""
    if not desk.has("flow_changes"):
        return []
    found = list[LoggedChange]()
    for row in desk.frame("flow_changes").astype(object).to_dict("records"):
        known = {key: value for key, value in row.items() if value == value and value is not None}
        day = _local_day(desk, known["live_at"])
        last = _local_day(desk, known["ended_at"]) if "ended_at" in known else None
        settled = day + timedelta(days=int(np.ceil(known.get("ramp_days", 0))))
        grows = day < start < settled and not (last and last < start)
        if known["live_at"] < desk.cut and (
            start <= day <= end or grows or (last and day <= end and start <= last <= end)
        ):
            words = {k: known.get(k, "") for k in ("scope", "kind", "rollout", "owner", "action")}
            name = Sentence(known.get("name", known["change_id"]))
            found.append(
                LoggedChange(known["change_id"], name, day, last=last, settled=settled, **words)
            )
    return sorted(found, key=lambda one: (one.day, one.change_id))


def _local_day(desk: Desk, stamp: datetime) -> date:
    return stamp.replace(tzinfo=UTC).astimezone(ZoneInfo(desk.zone)).date()


def follow_up(metric: Old, horizon: int | None) -> int:
    """Days a case is followed: the horizon where the metric has one, else its own window."""
    return (
        horizon if horizon and "HORIZON" in metric.numerator + metric.table else metric.window_days
    )


STEPS = 12  # of the grid per e-fold: each is 8.7 % longer than the one before


def durations_by_day(
    desk: Desk,
    metric: Old,
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
    follow = follow_up(metric, horizon)
    limit = follow * 86_400
    day = desk.day_of(metric.time)
    seconds = f"coalesce({seconds_between(first, last)}, {limit}e0)"
    step = f"CAST(ceil({STEPS} * ln(greatest({seconds} / 60e0, 1e0))) AS INTEGER)"
    table, where = (expand(sql, horizon=follow) for sql in (metric.table, metric.where))
    observed = f"{plus_days(metric.time, follow)} <= {instant(desk)}"
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
