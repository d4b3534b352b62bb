"""Assigned customers, from tables of any size to moments and counts: one query each, run where the tables are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from itertools import combinations_with_replacement

import numpy as np

from cs_lib.data.desk import Desk
from cs_lib.data.engine import quote
from cs_lib.metrics.catalogue import COVARIATES, PER_UNIT
from cs_lib.metrics.definition import UnitMetric
from cs_lib.metrics.sql import between, instant, require
from cs_lib.params import PerkAbTest
from cs_lib.results import Moments


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
        require(desk, metric)
    groups: dict[int, list[UnitMetric]] = defaultdict(list)
    for name in dict.fromkeys(names):
        metric = PER_UNIT[name]
        require(desk, metric)
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
    mature = f"{dialect.plus_days('assigned_at', days)} <= {instant(desk, until)}"
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
        f" AND (expires_at IS NULL OR expires_at > {instant(desk)}) AND NOT EXISTS"
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


def _assigned(desk: Desk, study: PerkAbTest) -> str:
    day = desk.engine.dialect.day_of("assigned_at", desk.zone)
    start, end = study.design.period
    return f"experiment_id = {quote(study.design.experiment)} AND {between(day, start, end)}"
