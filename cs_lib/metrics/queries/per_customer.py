"""Assigned customers, from tables of any size to moments, counts and histograms, where the tables are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations_with_replacement
from typing import Any

import numpy as np

from cs_lib.aggregates import Answers, ClusterSums, Histogram, Moments
from cs_lib.data.desk import Desk
from cs_lib.data.engines.base import quote
from cs_lib.metrics.catalogue import COVARIATES, PER_CUSTOMER
from cs_lib.metrics.definition import SurveyMetric, UnitMetric
from cs_lib.metrics.plannable import units_of
from cs_lib.metrics.queries.cohort import Cohort, assigned, matured, per_unit, require_contact
from cs_lib.metrics.queries.sql import require
from cs_lib.params import PerkAbTest

ByVariant = dict[str, Moments]
MOST_PARTS = 8  # segments of one column
OTHERS = "all others"
CENTS = 2  # digits kept of money in a histogram


@dataclass(frozen=True, slots=True)
class Measured:
    """Customers with their values, kept in the engine: one table a window, read by every aggregate."""

    desk: Desk
    tables: dict[int, str]  # by window
    columns: dict[int, tuple[str, ...]]  # metrics, then covariates
    covariates: tuple[str, ...]

    def window(self, name: str) -> int:
        """The window a metric is measured in."""
        return PER_CUSTOMER[name].window_days


def measure(
    desk: Desk, cohort: Cohort, names: Sequence[str], *, covariates: Sequence[str] = ()
) -> Measured:
    """Every customer's value of every metric, computed once, with the covariates beside each window.

    Raises NotAvailable when a table that a metric needs is absent.
    """
    past = [COVARIATES[name] for name in covariates]
    for metric in past:
        require(desk, metric, given=cohort.instead_of)
    windows: dict[int, dict[str, UnitMetric]] = defaultdict(dict)
    for name in names:
        check(desk, cohort, name)
        for metric in units_of(name):
            windows[metric.window_days][metric.name] = metric
    tables, columns = {}, {}
    for days, metrics in windows.items():
        every = [*metrics.values(), *past]
        tables[days] = f"measured_{days}d"
        columns[days] = tuple(m.name for m in every)
        rows = per_unit(desk, cohort, every, days=days)
        desk.engine.run(f"CREATE OR REPLACE TEMP TABLE {tables[days]} AS {rows}")
    return Measured(desk, tables, columns, tuple(covariates))


def check(desk: Desk, cohort: Cohort, name: str) -> None:
    """Raises NotAvailable when a metric cannot be had from this source."""
    metric = PER_CUSTOMER[name]
    require(desk, metric, given=cohort.instead_of)
    for unit in units_of(name):
        require(desk, unit, given=cohort.instead_of)
        if unit.after_contact:
            require_contact(desk, cohort, name)


def moments(measured: Measured, *, until: date | None = None) -> dict[int, ByVariant]:
    """Per window, per variant: n, means and centred covariance of all its metrics and covariates.

    `until` is the day of an earlier look: only windows that had ended before it count.
    """
    return {
        days: {
            variant: found
            for (variant,), found in _moments_of(
                measured.desk,
                f"SELECT * FROM {table} WHERE {_by(measured, days, until)}",
                measured.columns[days],
            ).items()
        }
        for days, table in measured.tables.items()
    }


def moments_by(measured: Measured, days: int, part: str) -> dict[str, ByVariant]:
    """The same per value of a column of `KNOWN` or another expression, `unknown` when null.

    The smallest of many values are put together as `all others`: nobody can read thirty segments.
    """
    table, value = measured.tables[days], f"coalesce(CAST({part} AS VARCHAR), 'unknown')"
    sizes = measured.desk.engine.rows(
        f"SELECT {value}, count(*) FROM {table} GROUP BY 1 ORDER BY 2 DESC, 1"
    )
    if len(sizes) > MOST_PARTS:
        largest = ", ".join(quote(name) for name, _ in sizes[: MOST_PARTS - 1])
        value = f"CASE WHEN {value} IN ({largest}) THEN {value} ELSE {quote(OTHERS)} END"
    rows = f"SELECT *, {value} AS part FROM {table}"
    found: dict[str, ByVariant] = {}
    grouped = _moments_of(measured.desk, rows, measured.columns[days], by=("part", "variant"))
    for (name, variant), one in grouped.items():
        found.setdefault(str(name), {})[variant] = one
    return found


def _by(measured: Measured, days: int, until: date | None) -> str:
    return "TRUE" if until is None else matured(measured.desk, "assigned_at", days, until)


def _moments_of(
    desk: Desk, rows: str, names: Sequence[str], *, by: Sequence[str] = ("variant",)
) -> dict[tuple[Any, ...], Moments]:
    pairs = list(combinations_with_replacement(range(len(names)), 2))
    keys, k = ", ".join(by), len(by)
    # Centred on the overall mean first: a covariance of large numbers must not lose its digits.
    means = ", ".join(f"avg({n}) OVER () AS m{i}" for i, n in enumerate(names))
    centred = ", ".join(f"{n} - m{i} AS c{i}" for i, n in enumerate(names))
    sums = [f"any_value(m{i}) + avg(c{i})" for i in range(len(names))]
    sums += [f"covar_samp(c{i}, c{j})" for i, j in pairs]
    found: dict[tuple[Any, ...], Moments] = {}
    for row in desk.engine.rows(
        f"WITH unit AS ({rows}), a AS (SELECT *, {means} FROM unit), b AS (SELECT {keys}, {centred},"
        f" {', '.join(f'm{i}' for i in range(len(names)))} FROM a)"
        f" SELECT {keys}, count(*), {', '.join(sums)} FROM b GROUP BY {keys} ORDER BY {keys}"
    ):
        n, values = row[k], row[k + 1 :]
        cov = np.zeros((len(names), len(names)))
        for (i, j), value in zip(pairs, values[len(names) :], strict=True):
            cov[i, j] = cov[j, i] = float("nan") if value is None else value
        mean = np.array(values[: len(names)], dtype=float)
        found[row[:k]] = Moments(row[k - 1], tuple(names), n, mean, cov)
    return found


def histograms(measured: Measured, name: str) -> dict[str, Histogram]:
    """How many customers of each variant have each value of a metric, money to the cent."""
    table = measured.tables[measured.window(name)]
    return _histograms(
        measured.desk,
        f"SELECT variant, round({name}, {CENTS}) AS v, count(*) AS n FROM {table} GROUP BY 1, 2",
    )


def _histograms(desk: Desk, counted: str) -> dict[str, Histogram]:
    """From rows of variant, value and count."""
    grouped: dict[str, list[tuple[float, int]]] = defaultdict(list)
    for variant, value, n in desk.engine.rows(f"{counted} ORDER BY 1, 2"):
        grouped[variant].append((float(value), int(n)))
    return {
        variant: Histogram(
            variant,
            np.array([v for v, _ in pairs]),
            np.array([n for _, n in pairs], dtype=np.int64),
        )
        for variant, pairs in grouped.items()
    }


def cluster_sums(measured: Measured, name: str, cluster: str) -> ClusterSums:
    """One metric summed by cluster and variant; customers without a cluster are left out."""
    rows = measured.desk.engine.rows(
        f"SELECT {cluster}, variant, count(*), sum({name}), var_pop({name}) * count(*)"
        f" FROM {measured.tables[measured.window(name)]} WHERE {cluster} IS NOT NULL"
        " GROUP BY 1, 2 ORDER BY 1, 2"
    )
    columns = list(zip(*rows, strict=True)) or [()] * 5
    return ClusterSums(
        np.array(columns[0], dtype=str),
        np.array(columns[1], dtype=str),
        np.array(columns[2], dtype=np.int64),
        np.array(columns[3], dtype=float),
        np.array(columns[4], dtype=float),
    )


def answers(
    desk: Desk, cohort: Cohort, metric: SurveyMetric, *, until: date | None = None
) -> dict[str, Answers]:
    """Per variant: scores of the first survey offered in the window, and how many were offered one.

    `until` is the day of an earlier look: only windows that had ended before it count.
    """
    days, last = (
        metric.window_days,
        desk.engine.dialect.plus_days("u.assigned_at", metric.window_days),
    )
    first = (
        f"WITH units AS ({cohort.units} AND {matured(desk, 'a.assigned_at', days, until)}),"
        " offered AS (SELECT u.variant, CASE WHEN s.answered_at <= "
        f"{last} THEN s.score END AS v, row_number() OVER (PARTITION BY u.assignment_id"
        " ORDER BY s.offered_at, s.survey_id) AS k FROM units u JOIN surveys s"
        f" ON s.customer_id = u.customer_id AND s.kind = {quote(metric.kind)}"
        f" AND s.offered_at > u.assigned_at AND s.offered_at <= {last})"
    )
    scores = _histograms(
        desk,
        f"{first} SELECT variant, v, count(*) FROM offered WHERE k = 1 AND v IS NOT NULL GROUP BY 1, 2",
    )
    counts = desk.engine.rows(
        f"{first} SELECT variant, count(*) FROM offered WHERE k = 1 GROUP BY 1 ORDER BY 1"
    )
    none = np.array([], dtype=float), np.array([], dtype=np.int64)
    return {v: Answers(scores.get(v) or Histogram(v, *none), int(n)) for v, n in counts}


def observed(desk: Desk, cohort: Cohort, days: int) -> dict[str, int]:
    """Customers of each variant whose window is observed."""
    where = matured(desk, "a.assigned_at", days)
    return _counts(desk, f"SELECT variant, count(*) FROM ({cohort.units} AND {where}) u GROUP BY 1")


def arm_counts(desk: Desk, cohort: Cohort) -> dict[str, int]:
    """Customers assigned to each variant in the period, observed or not."""
    return _counts(desk, f"SELECT variant, count(*) FROM ({cohort.units}) u GROUP BY 1")


def counts_by(desk: Desk, cohort: Cohort, part: str) -> dict[str, dict[str, int]]:
    """Customers assigned to each variant, by a column of `KNOWN` or by local day."""
    found: dict[str, dict[str, int]] = {}
    sql = (
        f"SELECT coalesce(CAST({part} AS VARCHAR), 'unknown'), variant, count(*) FROM ({cohort.units}) u"
        " GROUP BY 1, 2 ORDER BY 1, 2"
    )
    for name, variant, n in desk.engine.rows(sql):
        found.setdefault(name, {})[variant] = n
    return found


def clusters(desk: Desk, cohort: Cohort, cluster: str) -> dict[str, int]:
    """Clusters that have customers in each variant."""
    return _counts(
        desk, f"SELECT variant, count(DISTINCT {cluster}) FROM ({cohort.units}) u GROUP BY 1"
    )


def redeemed(desk: Desk, cohort: Cohort) -> dict[str, int]:
    """Customers of each variant who redeemed a perk."""
    if not desk.has("perk_redemptions"):
        return {}
    return _counts(
        desk,
        f"SELECT variant, count(DISTINCT u.assignment_id) FROM ({cohort.units}) u JOIN perk_redemptions r"
        " ON r.assignment_id = u.assignment_id GROUP BY 1",
    )


def too_early(desk: Desk, cohort: Cohort) -> int:
    """Redemptions dated before their assignment."""
    if not desk.has("perk_redemptions"):
        return 0
    sql = (
        f"SELECT count(*) FROM ({cohort.units}) u JOIN perk_redemptions r"
        " ON r.assignment_id = u.assignment_id AND r.redeemed_at < u.assigned_at"
    )
    return int(desk.engine.rows(sql)[0][0])


def delivered(desk: Desk, cohort: Cohort) -> dict[str, int]:
    """Customers of each variant to whom something was delivered."""
    return _counts(desk, f"SELECT variant, count(delivered_at) FROM ({cohort.units}) u GROUP BY 1")


def overlaps(desk: Desk, cohort: Cohort, *, days: int) -> dict[str, dict[str, int]]:
    """By other experiment and variant: customers assigned there too, at most `days` before or after."""
    dialect = desk.engine.dialect
    sql = (
        f"SELECT o.experiment_id, u.variant, count(DISTINCT u.assignment_id) FROM ({cohort.units}) u"
        " JOIN perk_assignments o ON o.customer_id = u.customer_id AND o.experiment_id <> u.experiment_id"
        f" AND o.assigned_at > {dialect.plus_days('u.assigned_at', -days)}"
        f" AND o.assigned_at <= {dialect.plus_days('u.assigned_at', days)} GROUP BY 1, 2 ORDER BY 1, 2"
    )
    found: dict[str, dict[str, int]] = {}
    for other, variant, n in desk.engine.rows(sql):
        found.setdefault(other, {})[variant] = n
    return found


def unused_perks(desk: Desk, cohort: Cohort, until: str) -> dict[str, float]:
    """Face value of each variant's delivered perks neither redeemed nor expired at the instant `until` (SQL)."""
    if not desk.has("perk_redemptions"):
        return {}
    sql = (
        "SELECT u.variant, sum(coalesce(a.face_value, 0e0)) FROM"
        f" ({cohort.units}) u JOIN perk_assignments a ON a.assignment_id = u.assignment_id"
        f" WHERE u.delivered_at IS NOT NULL AND (a.expires_at IS NULL OR a.expires_at > {until})"
        " AND NOT EXISTS (SELECT 1 FROM perk_redemptions r WHERE r.assignment_id = u.assignment_id)"
        " GROUP BY 1 ORDER BY 1"
    )
    return {variant: float(amount) for variant, amount in desk.engine.rows(sql)}


def before(desk: Desk, cohort: Cohort, names: Sequence[str]) -> ByVariant:
    """What assigned customers had done before, per variant: equal but for chance when assignment was random."""
    past = [COVARIATES[name] for name in names]
    past = [m for m in past if all(desk.has(table) for table in m.needs)]
    if not past:
        return {}
    rows = per_unit(desk, cohort, past, days=0)
    return {v: m for (v,), m in _moments_of(desk, rows, [m.name for m in past]).items()}


def _counts(desk: Desk, grouped: str) -> dict[str, int]:
    return dict(desk.engine.rows(f"{grouped} ORDER BY 1"))


def of_study(desk: Desk, study: PerkAbTest, names: Sequence[str]) -> Measured:
    """The customers of a study, measured."""
    return measure(desk, assigned(desk, study), names, covariates=study.measure.covariates)
