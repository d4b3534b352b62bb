"""The metrics of contacts by day as they were computed before whole numbers: each its own query, in floating sums.

An independent implementation for the tests; nothing in the library reads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from cs_lib import sentences as w
from cs_lib.data.desk import Desk
from cs_lib.metrics.queries.sql import not_available
from cs_lib.sentences import Text, say


@dataclass(frozen=True)
class Old:
    """A metric by day with the SQL of its numerator and denominator."""

    name: str
    unit: str
    needs: tuple[str, ...]
    window_days: int
    table: str
    time: str
    numerator: str
    where: str = "TRUE"
    denominator_sql: str = "count(*)"
    filled: tuple[str, str, str] | None = None
    per: tuple[str, str] | None = None
    duration: tuple[str, str] | None = None
    scoped_by: tuple[str, ...] | None = None


METRICS = (
    Old(
        name="first_response_minutes",
        unit="minutes",
        needs=("contacts",),
        window_days=3,
        table="contacts c",
        time="c.opened_at",
        numerator=(
            "sum(least(coalesce(SECONDS(c.opened_at, c.first_response_at), HORIZON * 86400), HORIZON "
            "* 86400)) / 60e0"
        ),
        where=(
            "c.status NOT IN ('merged', 'spam', 'cancelled') AND coalesce(c.handled_by, 'human') <> "
            "'bot'"
        ),
        filled=(
            "contacts",
            "first_response_at IS NOT NULL",
            "first_response_at is empty in every contact",
        ),
        duration=("opened_at", "first_response_at"),
    ),
    Old(
        name="resolution_hours",
        unit="hours",
        needs=("contacts",),
        window_days=14,
        table="contacts c",
        time="c.opened_at",
        numerator=(
            "sum(least(coalesce(SECONDS(c.opened_at, c.resolved_at), HORIZON * 86400), HORIZON * "
            "86400)) / 3600e0"
        ),
        where=(
            "c.status NOT IN ('merged', 'spam', 'cancelled')"
            " AND NOT (c.status IN ('resolved', 'closed') AND c.resolved_at IS NULL)"
        ),
        filled=("contacts", "resolved_at IS NOT NULL", "resolved_at is empty in every contact"),
        duration=("opened_at", "resolved_at"),
    ),
    Old(
        name="repeat_contact_rate_7d",
        unit="share",
        needs=("contacts",),
        window_days=7,
        table="contacts c",
        time="c.resolved_at",
        numerator=(
            "sum(CASE WHEN EXISTS (SELECT 1 FROM contacts r WHERE r.customer_id = c.customer_id AND "
            "r.need_code = c.need_code AND r.contact_id <> c.contact_id AND r.status NOT IN "
            "('merged', 'spam', 'cancelled') AND r.opened_at > c.resolved_at AND r.opened_at <= "
            "DAYS_AFTER(c.resolved_at, 7)) THEN 1e0 ELSE 0e0 END)"
        ),
        where=(
            "c.status NOT IN ('merged', 'spam', 'cancelled') AND c.resolved_at IS NOT NULL AND "
            "c.customer_id IS NOT NULL AND c.need_code IS NOT NULL"
        ),
        filled=("contacts", "need_code IS NOT NULL", "need_code is empty in every contact"),
    ),
    Old(
        name="repeat_contact_rate_30d",
        unit="share",
        needs=("contacts",),
        window_days=30,
        table="contacts c",
        time="c.resolved_at",
        numerator=(
            "sum(CASE WHEN EXISTS (SELECT 1 FROM contacts r WHERE r.customer_id = c.customer_id AND "
            "r.need_code = c.need_code AND r.contact_id <> c.contact_id AND r.status NOT IN "
            "('merged', 'spam', 'cancelled') AND r.opened_at > c.resolved_at AND r.opened_at <= "
            "DAYS_AFTER(c.resolved_at, 30)) THEN 1e0 ELSE 0e0 END)"
        ),
        where=(
            "c.status NOT IN ('merged', 'spam', 'cancelled') AND c.resolved_at IS NOT NULL AND "
            "c.customer_id IS NOT NULL AND c.need_code IS NOT NULL"
        ),
        filled=("contacts", "need_code IS NOT NULL", "need_code is empty in every contact"),
    ),
    Old(
        name="reopen_rate",
        unit="share",
        needs=("contacts", "events"),
        window_days=14,
        table=(
            "(SELECT c.*, e.first_resolved, e.reopened FROM contacts c JOIN (SELECT contact_id, "
            "min(first_resolved) AS first_resolved, min(CASE WHEN stage = 'reopened' AND ts >= "
            "first_resolved THEN ts END) AS reopened FROM (SELECT contact_id, stage, ts, min(CASE "
            "WHEN stage = 'resolved' THEN ts END) OVER (PARTITION BY contact_id) AS first_resolved "
            "FROM events) s GROUP BY contact_id) e ON e.contact_id = c.contact_id) c"
        ),
        time="c.first_resolved",
        numerator="sum(CASE WHEN c.reopened <= DAYS_AFTER(c.first_resolved, HORIZON) THEN 1e0 ELSE 0e0 END)",
        where="c.status NOT IN ('merged', 'spam', 'cancelled') AND c.first_resolved IS NOT NULL",
        filled=("events", "stage = 'reopened'", "no event has the stage reopened"),
    ),
    Old(
        name="handoffs",
        unit="count",
        needs=("contacts", "events"),
        window_days=14,
        table=(
            "(SELECT c.*, e.moves FROM contacts c JOIN (SELECT contact_id, sum(CASE WHEN team_id <> "
            "before AND ts <= DAYS_AFTER(opened_at, HORIZON) THEN 1 ELSE 0 END) AS moves FROM (SELECT "
            "e.contact_id, e.ts, e.team_id, o.opened_at, lag(e.team_id) OVER (PARTITION BY "
            "e.contact_id ORDER BY e.ts, e.seq) AS before FROM events e JOIN contacts o ON "
            "o.contact_id = e.contact_id WHERE e.team_id IS NOT NULL) s GROUP BY contact_id) e ON "
            "e.contact_id = c.contact_id) c"
        ),
        time="c.opened_at",
        numerator="sum(c.moves * 1e0)",
        where="c.status NOT IN ('merged', 'spam', 'cancelled')",
        filled=("events", "team_id IS NOT NULL", "team_id is empty in every event"),
    ),
    Old(
        name="contact_rate",
        unit="per_1000",
        needs=("contacts", "orders"),
        window_days=0,
        table="contacts c",
        time="c.opened_at",
        numerator="count(*) * 1000e0",
        where="c.status NOT IN ('merged', 'spam', 'cancelled')",
        per=("orders", "ordered_at"),
    ),
    Old(
        name="csat",
        unit="share",
        needs=("contacts", "surveys"),
        window_days=7,
        table=(
            "(SELECT s.offered_at, s.answered_at, s.score, s.scale_min, s.scale_max, c.* FROM surveys "
            "s LEFT JOIN contacts c ON c.contact_id = s.contact_id WHERE s.kind = 'csat') c"
        ),
        time="c.offered_at",
        numerator=(
            "sum(CASE WHEN c.score - c.scale_min >= 0.75 * (c.scale_max - c.scale_min) THEN 1e0 ELSE "
            "0e0 END)"
        ),
        where="c.answered_at <= DAYS_AFTER(c.offered_at, 7)",
        filled=(
            "surveys",
            "kind = 'csat' AND answered_at IS NOT NULL",
            "no survey of kind csat has an answer",
        ),
    ),
    Old(
        name="csat_response_rate",
        unit="share",
        needs=("contacts", "surveys"),
        window_days=7,
        table=(
            "(SELECT s.offered_at, s.answered_at, s.score, s.scale_min, s.scale_max, c.* FROM surveys "
            "s LEFT JOIN contacts c ON c.contact_id = s.contact_id WHERE s.kind = 'csat') c"
        ),
        time="c.offered_at",
        numerator="sum(CASE WHEN c.answered_at <= DAYS_AFTER(c.offered_at, 7) THEN 1e0 ELSE 0e0 END)",
        filled=("surveys", "kind = 'csat'", "no survey is of kind csat"),
    ),
    Old(
        name="handle_minutes",
        unit="minutes",
        needs=("contacts",),
        window_days=0,
        table="contacts c",
        time="c.resolved_at",
        numerator="sum(c.handle_seconds) / 60e0",
        where=(
            "c.status NOT IN ('merged', 'spam', 'cancelled') AND c.resolved_at IS NOT NULL AND "
            "c.handle_seconds IS NOT NULL"
        ),
        filled=(
            "contacts",
            "handle_seconds IS NOT NULL",
            "handle_seconds is empty in every contact",
        ),
    ),
    Old(
        name="cost_per_contact",
        unit="money",
        needs=("contacts", "agents"),
        window_days=0,
        table=(
            "(SELECT c.*, a.cost_per_hour FROM contacts c JOIN agents a ON a.agent_id = c.agent_id "
            "WHERE a.cost_per_hour IS NOT NULL) c"
        ),
        time="c.resolved_at",
        numerator="sum(c.handle_seconds * c.cost_per_hour) / 3600e0",
        where=(
            "c.status NOT IN ('merged', 'spam', 'cancelled') AND c.resolved_at IS NOT NULL AND "
            "c.handle_seconds IS NOT NULL"
        ),
        filled=(
            (
                "(SELECT c.*, a.cost_per_hour FROM contacts c JOIN agents a ON a.agent_id = c.agent_id "
                "WHERE a.cost_per_hour IS NOT NULL) c"
            ),
            "c.handle_seconds IS NOT NULL",
            "no contact has both a handle time (handle_seconds) and an agent with a cost_per_hour",
        ),
    ),
    Old(
        name="deflection_rate",
        unit="share",
        needs=("contacts",),
        window_days=0,
        table="contacts c",
        time="c.opened_at",
        numerator="sum(CASE WHEN c.handled_by = 'bot' THEN 1e0 ELSE 0e0 END)",
        where="c.status NOT IN ('merged', 'spam') AND c.handled_by IN ('bot', 'mixed')",
        filled=("contacts", "handled_by IN ('bot', 'mixed')", "no contact was started by a bot"),
    ),
    Old(
        name="resolved_containment",
        unit="share",
        needs=("contacts",),
        window_days=4,
        table="contacts c",
        time="c.opened_at",
        numerator=(
            "sum(CASE WHEN c.handled_by = 'bot' AND c.status <> 'cancelled' AND c.resolved_at <= "
            "DAYS_AFTER(c.opened_at, 1) AND NOT EXISTS (SELECT 1 FROM contacts r WHERE r.customer_id "
            "= c.customer_id AND r.need_code = c.need_code AND r.contact_id <> c.contact_id AND "
            "r.status NOT IN ('merged', 'spam', 'cancelled') AND r.opened_at > c.resolved_at AND "
            "r.opened_at <= DAYS_AFTER(c.resolved_at, 3)) THEN 1e0 ELSE 0e0 END)"
        ),
        where=(
            "c.status NOT IN ('merged', 'spam') AND c.handled_by IN ('bot', 'mixed') AND "
            "c.customer_id IS NOT NULL AND c.need_code IS NOT NULL"
        ),
        filled=("contacts", "handled_by IN ('bot', 'mixed')", "no contact was started by a bot"),
    ),
    Old(
        name="late_delivery_rate",
        unit="share",
        needs=("orders",),
        window_days=30,
        table="orders c",
        time="c.promised_at",
        numerator="sum(CASE WHEN c.delivered_at > c.promised_at THEN 1e0 ELSE 0e0 END)",
        where=(
            "c.cancelled_at IS NULL AND c.promised_at IS NOT NULL AND c.delivered_at <= "
            "DAYS_AFTER(c.promised_at, 30)"
        ),
        filled=(
            "orders",
            "promised_at IS NOT NULL AND delivered_at IS NOT NULL",
            "no order has both a promised and an actual delivery",
        ),
        scoped_by=("product_id",),
    ),
)
OLD = {metric.name: metric for metric in METRICS}


def seconds_between(start: str, end: str) -> str:
    """Seconds from one instant to another, as a floating number."""
    return f"(epoch_us({end}) - epoch_us({start})) / 1e6"


def plus_days(instant: str, days: int) -> str:
    """An instant moved by whole days of 24 hours."""
    return f"({instant} + INTERVAL ({int(days)}) DAY)"


def expand(sql: str, *, horizon: int) -> str:
    """Our few functions in the engine's own words."""
    sql = re.sub(r"\bHORIZON\b", str(int(horizon)), sql)
    sql = re.sub(
        r"SECONDS\((?P<a>[^(),]+), (?P<b>[^(),]+)\)",
        lambda m: f"({seconds_between(m['a'], m['b'])})",
        sql,
    )
    return re.sub(
        r"DAYS_AFTER\((?P<t>[^(),]+), (?P<n>\d+)\)",
        lambda m: plus_days(m["t"], int(m["n"])),
        sql,
    )


def require(desk: Desk, metric: Old, *, called: Text = "") -> None:
    """Raises NotAvailable when a table or column a metric needs is absent or empty."""
    called = called or metric.name
    for table in metric.needs:
        if not desk.has(table):
            raise not_available(called, desk.absent[table])
    if metric.filled:
        table, condition, otherwise = metric.filled
        if not desk.engine.rows(f"SELECT count(*) FROM {table} WHERE {condition}")[0][0]:
            raise not_available(called, say(otherwise))


def require_columns(metric: Old, names: Iterable[str]) -> None:
    """Raises NotAvailable when a scope or a split names a column that the metric's cases do not have."""
    if metric.scoped_by is None:
        return
    lacking = [name for name in names if name not in metric.scoped_by]
    if lacking:
        what = say(
            "it counts {table}, and these have no {columns}",
            table=metric.needs[0],
            columns=w.joined(" and no ", lacking),
        )
        raise not_available(metric.name, what)
