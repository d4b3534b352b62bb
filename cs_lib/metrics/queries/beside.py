"""What else is known of followed customers: surveys, redemptions, other experiments."""

from __future__ import annotations

from datetime import date

import numpy as np

from cs_lib.aggregates import Answers, Histogram
from cs_lib.data.engines.base import quote
from cs_lib.metrics.definition import MICROS_A_DAY, SurveyMetric
from cs_lib.metrics.queries.cohort import COMPLAINED
from cs_lib.metrics.queries.people import TABLE, Counts, People
from cs_lib.metrics.queries.per_customer import by_value
from cs_lib.metrics.queries.sql import instant

PERKS = ("face_value", "expires_at")  # what people must have for `unused_perks`


def answers(
    people: People, metric: SurveyMetric, *, until: date | None = None
) -> dict[str, Answers]:
    """Per variant: scores of the first survey offered in the window, and how many were offered one.

    `until` is the day of an earlier look: only windows that had ended before it count.
    """
    days, desk = metric.window_days, people.desk
    offered, answered = (
        f"{desk.engine.dialect.micros(f's.{stamp}')} - u.since"
        for stamp in ("offered_at", "answered_at")
    )
    first = (
        f"SELECT u.variant, CASE WHEN {answered} <= {days * MICROS_A_DAY} THEN s.score END AS v,"
        f" row_number() OVER (PARTITION BY {people.unit('u')} ORDER BY s.offered_at, s.survey_id) AS k"
        f" FROM {TABLE} u JOIN surveys s ON s.customer_id = u.customer_id AND s.kind = {quote(metric.kind)}"
        f" AND {offered} > 0 AND {offered} <= {days * MICROS_A_DAY} WHERE u.stage < {people.stages(days, until)}"
    )
    scores = by_value(
        desk,
        f"SELECT variant, v, count(*) FROM ({first}) f WHERE k = 1 AND v IS NOT NULL GROUP BY 1, 2",
    )
    counts = desk.engine.rows(
        f"SELECT variant, count(*) FROM ({first}) f WHERE k = 1 GROUP BY 1 ORDER BY 1"
    )
    none = np.array([], dtype=float), np.array([], dtype=np.int64)
    return {v: Answers(scores.get(v) or Histogram(v, *none), int(n)) for v, n in counts}


def after_complaint(people: People) -> bool:
    """Whether everybody was assigned after a contact that is known to be a complaint."""
    if COMPLAINED not in people.columns:
        return False
    counted = f"SELECT count(*), count(CASE WHEN {COMPLAINED} THEN 1 END) FROM {TABLE}"
    everybody, complained = people.desk.engine.rows(counted)[0]
    return bool(everybody) and everybody == complained


def redeemed(people: People) -> tuple[Counts, int]:
    """Customers of each variant who redeemed a perk, and redemptions dated before their assignment."""
    desk = people.desk
    if not desk.has("perk_redemptions"):
        return {}, 0
    early = f"count(CASE WHEN {desk.engine.dialect.micros('r.redeemed_at')} < u.since THEN 1 END)"
    rows = desk.engine.rows(
        f"SELECT u.variant, count(DISTINCT {people.unit('u')}), {early} FROM {TABLE} u JOIN perk_redemptions r"
        " ON r.assignment_id = u.assignment_id GROUP BY 1 ORDER BY 1"
    )
    return {variant: n for variant, n, _ in rows}, sum(n for *_, n in rows)


def overlaps(people: People, experiment: str, *, days: int) -> dict[str, Counts]:
    """By other experiment and variant: customers assigned there too, at most `days` before or after."""
    if not people.desk.has("perk_assignments"):
        return {}
    between = f"{people.desk.engine.dialect.micros('o.assigned_at')} - u.since"
    rows = people.desk.engine.rows(
        f"SELECT o.experiment_id, u.variant, count(DISTINCT {people.unit('u')}) FROM {TABLE} u"
        f" JOIN perk_assignments o ON o.customer_id = u.customer_id AND o.experiment_id <> {quote(experiment)}"
        f" AND {between} > {-days * MICROS_A_DAY} AND {between} <= {days * MICROS_A_DAY} GROUP BY 1, 2 ORDER BY 1, 2"
    )
    found: dict[str, Counts] = {}
    for other, variant, n in rows:
        found.setdefault(other, {})[variant] = n
    return found


def given(people: People) -> Counts:
    """Customers of each variant to whom a perk was delivered with their assignment, where its kind is recorded."""
    desk, cohort = people.desk, people.cohort
    if cohort.costs != "perk_assignments":
        return {}
    rows = desk.engine.rows(
        f"SELECT a.variant, count(*) FROM perk_assignments a WHERE {cohort.where}"
        " AND a.delivered_at IS NOT NULL AND a.perk_kind <> 'none' GROUP BY 1 ORDER BY 1"
    )
    return dict(rows)


def of_others(people: People) -> tuple[int, int]:
    """Uses of a perk whose order is known, and those of them that were an order of another customer."""
    desk = people.desk
    if not (desk.has("perk_redemptions") and desk.has("orders")):
        return 0, 0
    [(known, others)] = desk.engine.rows(
        f"SELECT count(*), count(CASE WHEN coalesce(o.customer_id, '') <> u.customer_id THEN 1 END) FROM {TABLE} u"
        " JOIN perk_redemptions r ON r.assignment_id = u.assignment_id JOIN orders o ON o.order_id = r.order_id"
    )
    return int(known), int(others)


def given_a_perk(people: People, *, days: int) -> int:
    """Customers given any perk when they entered or at most `days` later."""
    since = f"{people.desk.engine.dialect.micros('o.assigned_at')} - u.since"
    rows = people.desk.engine.rows(
        f"SELECT count(DISTINCT {people.unit('u')}) FROM {TABLE} u JOIN perk_assignments o"
        " ON o.customer_id = u.customer_id AND coalesce(o.perk_kind, 'none') <> 'none'"
        f" AND {since} >= 0 AND {since} <= {days * MICROS_A_DAY}"
    )
    return int(rows[0][0])


def unused_perks(people: People) -> dict[str, float]:
    """Face value of each variant's delivered perks neither redeemed nor expired at the data cut."""
    desk = people.desk
    if not desk.has("perk_redemptions"):
        return {}
    scale = desk.scale("perk_assignments", "face_value")
    value = f"coalesce({desk.engine.dialect.fixed('u.face_value', scale.steps)}, 0)"
    rows = desk.engine.rows(
        f"SELECT u.variant, sum({value}) FROM {TABLE} u"
        f" WHERE u.delivered AND (u.expires_at IS NULL OR u.expires_at > {instant(desk)})"
        " AND NOT EXISTS (SELECT 1 FROM perk_redemptions r WHERE r.assignment_id = u.assignment_id)"
        " GROUP BY 1 ORDER BY 1"
    )
    return {variant: int(amount) / scale.steps for variant, amount in rows}
