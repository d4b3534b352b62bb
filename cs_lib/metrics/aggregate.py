"""From tables of any size to moments, series and counts: one query each, run where the tables are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import combinations_with_replacement
from zoneinfo import ZoneInfo

import numpy as np

from cs_lib.data.desk import Desk
from cs_lib.data.engine import quote
from cs_lib.metrics.catalogue import COVARIATES, PER_UNIT
from cs_lib.metrics.definition import DailyMetric, UnitMetric, expand
from cs_lib.params import PerkAbTest
from cs_lib.params.study import Scope
from cs_lib.results import Durations, Moments, Series


class NotAvailable(ValueError):
    """A metric cannot be had from this source; the message says what is missing."""


def moments(
    desk: Desk,
    study: PerkAbTest,
    names: Sequence[str],
    *,
    covariates: Sequence[str] = (),
    until: date | None = None,
) -> dict[str, dict[str, Moments]]:
    """Per metric, per variant: n, means and centred covariance over customers whose window is observed.

    `until` is the day of an earlier look: only windows that had ended before it count.

    Metrics of one window share their customers and their query, and the covariates stand beside
    each, so that covariances are there for adjustment.
    """
    past = [COVARIATES[name] for name in covariates]
    for metric in past:
        _require(desk, metric)
    groups: dict[int, list[UnitMetric]] = defaultdict(list)
    for name in dict.fromkeys(names):
        metric = PER_UNIT[name]
        _require(desk, metric)
        groups[metric.window_days].append(metric)
    found: dict[str, dict[str, Moments]] = {}
    for days, metrics in groups.items():
        by_variant = _moments_of(
            desk,
            per_unit(desk, study, [*metrics, *past], days=days, until=until),
            [m.name for m in (*metrics, *past)],
        )
        found |= {m.name: by_variant for m in metrics}
    return found


def _moments_of(desk: Desk, units: str, names: Sequence[str]) -> dict[str, Moments]:
    pairs = list(combinations_with_replacement(range(len(names)), 2))
    # Centred on the overall mean first: a covariance of large numbers must not lose its digits.
    means = ", ".join(f"avg({n}) OVER () AS m{i}" for i, n in enumerate(names))
    centred = ", ".join(f"{n} - m{i} AS c{i}" for i, n in enumerate(names))
    sums = [f"any_value(m{i}) + avg(c{i})" for i in range(len(names))]
    sums += [f"covar_samp(c{i}, c{j})" for i, j in pairs]
    rows = desk.engine.rows(
        f"WITH unit AS ({units}), a AS (SELECT *, {means} FROM unit), b AS (SELECT variant, {centred},"
        f" {', '.join(f'm{i}' for i in range(len(names)))} FROM a)"
        f" SELECT variant, count(*), {', '.join(sums)} FROM b GROUP BY variant ORDER BY variant"
    )
    found: dict[str, Moments] = {}
    for variant, n, *values in rows:
        cov = np.zeros((len(names), len(names)))
        for (i, j), value in zip(pairs, values[len(names) :], strict=True):
            cov[i, j] = cov[j, i] = float("nan") if value is None else value
        found[variant] = Moments(
            variant, tuple(names), n, np.array(values[: len(names)], dtype=float), cov
        )
    return found


def per_unit(
    desk: Desk,
    study: PerkAbTest,
    metrics: Sequence[UnitMetric],
    *,
    days: int,
    until: date | None = None,
) -> str:
    """SQL of one row per assigned customer with an observed window: assignment_id, variant and one column a metric."""
    dialect = desk.engine.dialect
    rate = study.money.margin_rate if study.money else 0.0
    joins, columns = [], []
    for i, metric in enumerate(metrics):
        terms = [metric.per_unit]
        for k, (table, stamp, key, aggregate) in enumerate(metric.parts):
            if not desk.has(table):  # optional ones only: those a metric needs were asked for above
                continue
            alias, value = f"p{i}_{k}", aggregate.replace("MARGIN_RATE", repr(rate))
            first, last = "u.assigned_at", dialect.plus_days("u.assigned_at", days)
            if metric.before:
                first, last = dialect.plus_days("u.assigned_at", -metric.window_days), first
            joins.append(
                f"LEFT JOIN (SELECT u.assignment_id, {value} AS v FROM units u JOIN {table} t ON t.{key} = u.{key}"
                f" AND t.{stamp} > {first} AND t.{stamp} <= {last} GROUP BY u.assignment_id) {alias}"
                f" ON {alias}.assignment_id = u.assignment_id"
            )
            terms.append(f"coalesce({alias}.v, 0)")
        total = " + ".join(terms)
        columns.append(
            f"CASE WHEN {total} > 0 THEN 1e0 ELSE 0e0 END AS {metric.name}"
            if metric.share
            else f"CAST({total} AS DOUBLE) AS {metric.name}"
        )
    mature = f"{dialect.plus_days('assigned_at', days)} <= {_instant(desk, until)}"
    units = f"SELECT * FROM perk_assignments WHERE {_assigned(desk, study)} AND {mature}"
    return (
        f"WITH units AS ({units}) SELECT u.assignment_id, u.variant, {', '.join(columns)}"
        f" FROM units u {' '.join(joins)}"
    )


def arm_counts(desk: Desk, study: PerkAbTest) -> dict[str, int]:
    """Customers assigned to each variant in the period, observed or not."""
    sql = f"SELECT variant, count(*) FROM perk_assignments WHERE {_assigned(desk, study)} GROUP BY 1 ORDER BY 1"
    return dict(desk.engine.rows(sql))


def redeemed(desk: Desk, study: PerkAbTest) -> dict[str, int]:
    """Customers of each variant who redeemed a perk."""
    if not desk.has("perk_redemptions"):
        return {}
    sql = (
        "SELECT variant, count(DISTINCT a.assignment_id) FROM perk_assignments a JOIN perk_redemptions r"
        f" ON r.assignment_id = a.assignment_id WHERE {_assigned(desk, study)} GROUP BY 1 ORDER BY 1"
    )
    return dict(desk.engine.rows(sql))


def unused_perks(desk: Desk, study: PerkAbTest) -> dict[str, float]:
    """Face value of each variant's delivered perks that are neither redeemed nor expired at the data cut."""
    if not desk.has("perk_redemptions"):
        return {}
    sql = (
        "SELECT variant, sum(coalesce(face_value, 0e0)) FROM perk_assignments a"
        f" WHERE {_assigned(desk, study)} AND delivered_at IS NOT NULL"
        f" AND (expires_at IS NULL OR expires_at > {_instant(desk)}) AND NOT EXISTS"
        " (SELECT 1 FROM perk_redemptions r WHERE r.assignment_id = a.assignment_id)"
        " GROUP BY 1 ORDER BY 1"
    )
    return {variant: float(amount) for variant, amount in desk.engine.rows(sql)}


def spent_before(desk: Desk, study: PerkAbTest, *, days: int = 180) -> dict[str, Moments]:
    """Money spent in the `days` before assignment, per variant: equal but for chance when assignment was random."""
    if not desk.has("orders"):
        return {}
    start = desk.engine.dialect.plus_days("u.assigned_at", -days)
    units = (
        "SELECT u.variant, coalesce(p.v, 0e0) AS spent FROM perk_assignments u LEFT JOIN ("
        "SELECT u.assignment_id, sum(t.amount) AS v FROM perk_assignments u JOIN orders t ON t.customer_id ="
        f" u.customer_id AND t.ordered_at > {start} AND t.ordered_at <= u.assigned_at GROUP BY u.assignment_id) p"
        f" ON p.assignment_id = u.assignment_id WHERE {_assigned(desk, study)}"
    )
    return _moments_of(desk, units, ["spent"])


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
    _require(desk, metric)
    follow = follow_up(metric, horizon)
    zone, dialect = desk.zone, desk.engine.dialect
    day = dialect.day_of(metric.time, zone)
    observed = f"{dialect.plus_days(metric.time, follow)} <= {_instant(desk)}"
    # Only the metric's own words are expanded, never a value from the settings.
    table, where, above_sql, below_sql = (
        expand(sql, dialect, horizon=follow)
        for sql in (metric.table, metric.where, metric.numerator, metric.denominator_sql)
    )
    within = f"{where} AND {observed} AND {_between(day, start, end)} AND {_matches(scope)}"
    rows = desk.engine.rows(
        f"SELECT {day} AS day, {above_sql}, {'0e0' if metric.per else below_sql} FROM {table}"
        f" WHERE {within} GROUP BY 1 ORDER BY 1"
    )
    above = {row[0]: float(row[1]) for row in rows}
    below_by_day = (
        _orders(desk, metric.per, start, end)
        if metric.per
        else {row[0]: float(row[2]) for row in rows}
    )
    last = min(end, _last_followed(desk, follow))
    days = np.arange(np.datetime64(start), np.datetime64(last) + 1)
    return Series(
        metric.name,
        days,
        np.array([above.get(d.item(), 0.0) for d in days]),
        np.array([below_by_day.get(d.item(), 0.0) for d in days]),
    )


def _last_followed(desk: Desk, follow: int) -> date:
    """The last local day of which every case has its follow-up; when clocks go forward a day is an hour short."""
    last = desk.observed_until - timedelta(days=1 + follow)
    midnight = datetime.combine(last + timedelta(days=1), time.min, ZoneInfo(desk.zone))
    followed = midnight.astimezone(UTC).replace(tzinfo=None) + timedelta(days=follow)
    return last if followed <= desk.cut else last - timedelta(days=1)


def _orders(desk: Desk, per: tuple[str, str], start: date, end: date) -> dict[date, float]:
    table, stamp = per
    day = desk.engine.dialect.day_of(stamp, desk.zone)
    sql = f"SELECT {day}, count(*) FROM {table} WHERE {_between(day, start, end)} GROUP BY 1"
    return {row[0]: float(row[1]) for row in desk.engine.rows(sql)}


def durations(
    desk: Desk,
    metric: DailyMetric,
    *,
    periods: dict[str, tuple[date, date]],
    scope: Scope | None = None,
    horizon: int | None = None,
) -> list[Durations]:
    """Time-to-event counts per period (contacts by opening day), minutes resolution, censored at the horizon."""
    assert metric.duration is not None
    _require(desk, metric)
    start, end = (f"c.{name}" for name in metric.duration)
    follow = follow_up(metric, horizon)
    dialect = desk.engine.dialect
    day = dialect.day_of(metric.time, desk.zone)
    limit = follow * 86_400
    seconds = f"coalesce({dialect.seconds_between(start, end)}, {limit}e0)"
    table, where = (expand(sql, dialect, horizon=follow) for sql in (metric.table, metric.where))
    observed = f"{dialect.plus_days(metric.time, follow)} <= {_instant(desk)}"
    found: list[Durations] = []
    for name, (first, last) in periods.items():
        sql = (
            f"SELECT least(ceil({seconds} / 60e0) * 60e0, {limit}e0) AS s, {seconds} < {limit} AS ended, count(*)"
            f" FROM {table} WHERE {where} AND {observed} AND {_between(day, first, last)}"
            f" AND {_matches(scope)} GROUP BY 1, 2 ORDER BY 1, 2"
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
    day = desk.engine.dialect.day_of("c.opened_at", desk.zone)
    sql = f"SELECT {day}, count(*) FROM contacts c WHERE {_between(day, start, end)} AND {_matches(scope)} GROUP BY 1"
    counts = dict(desk.engine.rows(sql))
    days = np.arange(np.datetime64(start), np.datetime64(end) + 1)
    return Series(
        "volume", days, np.array([float(counts.get(d.item(), 0)) for d in days]), np.ones(len(days))
    )


def logged_changes(desk: Desk, *, start: date, end: date) -> list[tuple[str, str, date, str]]:
    """Changes of the change log that went live in a period: id, name, local day, scope."""
    if not desk.has("flow_changes"):
        return []
    day = desk.engine.dialect.day_of("live_at", desk.zone)
    return desk.engine.rows(
        f"SELECT change_id, coalesce(name, change_id), {day}, coalesce(scope, 'everything') FROM flow_changes"
        f" WHERE {_between(day, start, end)} ORDER BY 3, 1"
    )


def follow_up(metric: DailyMetric, horizon: int | None) -> int:
    """Days a case is followed: the horizon where the metric has one, else its own window."""
    return (
        horizon if horizon and "HORIZON" in metric.numerator + metric.table else metric.window_days
    )


def _require(desk: Desk, metric: DailyMetric | UnitMetric) -> None:
    for table in metric.needs:
        if not desk.has(table):
            raise NotAvailable(f"'{metric.name}' is not available because {desk.absent[table]}.")
    if isinstance(metric, DailyMetric) and metric.filled:
        table, condition, otherwise = metric.filled
        if not desk.engine.rows(f"SELECT count(*) FROM {table} WHERE {condition}")[0][0]:
            raise NotAvailable(f"'{metric.name}' is not available because {otherwise}.")


def _instant(desk: Desk, until: date | None = None) -> str:
    """The data cut, or local midnight at the start of an earlier day."""
    if until is not None:
        midnight = datetime.combine(until, time.min, ZoneInfo(desk.zone))
        earlier = min(midnight.astimezone(UTC).replace(tzinfo=None), desk.cut)
        return f"TIMESTAMP {quote(earlier.isoformat(sep=' '))}"
    return f"TIMESTAMP {quote(desk.cut.isoformat(sep=' '))}"


def _between(day: str, start: date, end: date) -> str:
    return f"{day} BETWEEN DATE {quote(start.isoformat())} AND DATE {quote(end.isoformat())}"


def _assigned(desk: Desk, study: PerkAbTest) -> str:
    day = desk.engine.dialect.day_of("assigned_at", desk.zone)
    start, end = study.design.period
    return f"experiment_id = {quote(study.design.experiment)} AND {_between(day, start, end)}"


def _matches(scope: Scope | None) -> str:
    """The scope as a condition over contacts."""
    if scope is None:
        return "TRUE"
    lists = [(name, getattr(scope, name)) for name in Scope.COLUMNS]
    conditions = [
        f"c.{name} IN ({', '.join(quote(v) for v in values)})" for name, values in lists if values
    ]
    return " AND ".join(conditions) or "TRUE"
