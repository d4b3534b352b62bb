"""Whose outcomes are measured: assigned customers, one row each, with their values at the end of a window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from cs_lib.data.desk import Desk
from cs_lib.data.engines.base import quote
from cs_lib.metrics.definition import UnitMetric
from cs_lib.metrics.queries.sql import between, instant, not_available
from cs_lib.params import PerkAbTest
from cs_lib.sentences import say

OF_CUSTOMER = ("segment", "region")
OF_CONTACT = ("need_code", "issue", "owner", "channel", "product_id", "team_id", "agent_id")
OF_ASSIGNMENT = ("stratum",)
KNOWN = (*OF_CUSTOMER, *OF_CONTACT, *OF_ASSIGNMENT)  # all of it before assignment


@dataclass(frozen=True, slots=True)
class Cohort:
    """Customers followed from a moment on, as SQL of one row each.

    Columns: assignment_id, experiment_id, customer_id, variant, assigned_at, delivered_at,
    unit_cost, day (local) and the columns of `KNOWN`, null where the source has not got them.
    """

    units: str
    margin_rate: float = 0.0
    instead_of: tuple[str, ...] = ()  # tables a metric names and this cohort stands in for


def assigned(desk: Desk, study: PerkAbTest) -> Cohort:
    """The customers assigned in the study's period, observed or not."""
    day = desk.day_of("a.assigned_at")
    start, end = study.assigned_days
    sources = [
        ("customers c", "c.customer_id = a.customer_id", OF_CUSTOMER),
        ("contacts k", "k.contact_id = a.contact_id", OF_CONTACT),
    ]
    columns = ["a.assignment_id", "a.experiment_id", "a.customer_id", "a.variant"]
    columns += ["a.assigned_at", "a.delivered_at", "a.unit_cost", f"{day} AS day", "a.stratum"]
    joins = []
    for table, condition, names in sources:
        name, alias = table.split()
        there = desk.has(name)
        columns += [f"{alias}.{n}" if there else f"CAST(NULL AS VARCHAR) AS {n}" for n in names]
        joins += [f"LEFT JOIN {table} ON {condition}"] if there else []
    units = (
        f"SELECT {', '.join(columns)} FROM perk_assignments a {' '.join(joins)}"
        f" WHERE a.experiment_id = {quote(study.design.experiment)} AND {between(day, start, end)}"
    )
    return Cohort(units, study.money.margin_rate if study.money else 0.0)


def per_unit(
    desk: Desk,
    cohort: Cohort,
    metrics: Sequence[UnitMetric],
    *,
    days: int,
    until: date | None = None,
) -> str:
    """SQL of one row per customer whose window of `days` is observed: KNOWN columns and one a metric.

    `until` is the day of an earlier look: only windows that had ended before it count.
    """
    dialect = desk.engine.dialect
    joins, columns = [], []
    for i, metric in enumerate(metrics):
        terms = [metric.per_unit]
        for k, (table, stamp, key, aggregate) in enumerate(metric.parts):
            if not desk.has(
                table
            ):  # optional ones only: those a metric needs were asked for before
                continue
            alias, value = f"p{i}_{k}", aggregate.replace("MARGIN_RATE", repr(cohort.margin_rate))
            theirs, _, ours = key.partition("=")
            first, last = "u.assigned_at", dialect.plus_days("u.assigned_at", days)
            if metric.before:
                first, last = dialect.plus_days("u.assigned_at", -metric.window_days), first
            joins.append(
                f"LEFT JOIN (SELECT u.assignment_id, {value} AS v FROM units u JOIN {table} t"
                f" ON t.{theirs} = u.{ours or theirs}"
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
    return (
        f"WITH units AS ({cohort.units} AND {matured(desk, 'a.assigned_at', days, until)})"
        f" SELECT u.assignment_id, u.variant, u.assigned_at, u.day, {', '.join(f'u.{n}' for n in KNOWN)}"
        f"{''.join(f', {c}' for c in columns)} FROM units u {' '.join(joins)}"
    )


def matured(desk: Desk, stamp: str, days: int, until: date | None = None) -> str:
    """The condition that a window of so many days after a stamp is observed."""
    return f"{desk.engine.dialect.plus_days(stamp, days)} <= {instant(desk, until)}"


def require_contact(desk: Desk, cohort: Cohort, name: str) -> None:
    """Raises NotAvailable when no assignment names the contact it followed."""
    known = f"SELECT count(need_code) FROM ({cohort.units}) u"
    if not desk.engine.rows(known)[0][0]:
        reason = say("no assignment names a contact with a need (contact_id, need_code)")
        raise not_available(name, reason)
