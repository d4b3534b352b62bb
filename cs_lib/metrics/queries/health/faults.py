"""Faults that one row shows by itself, by table: conditions that are counted while the table is read by day."""

from __future__ import annotations

from datetime import datetime, timedelta

from cs_lib.data.contracts import TABLES
from cs_lib.data.desk import Desk
from cs_lib.data.engines import zones
from cs_lib.metrics.definitions.contacts import MINUTE

OPEN = "status IN ('new', 'open', 'waiting_customer', 'waiting_third_party')"
ENDED = "status IN ('resolved', 'closed')"
UNREAL = "status IN ('merged', 'spam', 'cancelled')"
STAFF = "stage IN ('queued', 'assigned', 'in_progress', 'transferred', 'escalated', 'resolved', 'follow_up')"
TESTS = (
    "('test', 'testing', 'test ticket', 'test case', 'please ignore', '测试', '测试单', '测试工单')"
)
PLANS = {"promised_at", "expires_at"}  # days without an hour on purpose


def marks_of(desk: Desk, table: str) -> dict[str, str]:
    """Conditions by code for the columns that the table has; a code may name its column after a colon."""
    known = desk.facts[table].columns
    marks = {code: sql for code, (sql, needs) in _of(table).items() if set(needs) <= set(known)}
    for column in TABLES[table].columns:
        if column.type == "time" and column.name in known and column.name not in PLANS:
            marks[f"midnight:{column.name}"] = at_midnight(desk, column.name)
    stamp = TABLES[table].row_time
    if stamp and (hours := changed_hours(desk, table, stamp)):
        marks["clock_change"] = hours
    return marks


def _of(table: str) -> dict[str, tuple[str, tuple[str, ...]]]:
    """SQL and the columns it reads, by code."""
    if table == "contacts":
        return _of_contacts()
    if table == "events":
        return {
            "no_actor": ("actor IS NULL", ("actor",)),
            "staff_as_customer": (
                f"actor = 'customer' AND ({STAFF} OR coalesce(NOT is_public, FALSE))",
                ("actor",),
            ),
        }
    if table == "orders":
        return {"at_once:delivered_at": ("delivered_at = ordered_at", ("delivered_at",))}
    return {}


def _of_contacts() -> dict[str, tuple[str, tuple[str, ...]]]:
    either = "(closed_at IS NOT NULL OR resolved_at IS NOT NULL)"
    return {
        "ended": (ENDED, ()),
        "unreal": (UNREAL, ()),
        "unstamped": (f"{ENDED} AND resolved_at IS NULL", ("resolved_at",)),
        "closed_unstamped": ("status = 'closed' AND closed_at IS NULL", ("closed_at",)),
        "still_open": (OPEN, ()),
        "open_with_end": (f"{OPEN} AND {either}", ("resolved_at",)),
        "closed_before_resolved": ("closed_at < resolved_at", ("closed_at", "resolved_at")),
        "resolved_before_answer": (
            "resolved_at < first_response_at",
            ("resolved_at", "first_response_at"),
        ),
        "both_ends": (
            "closed_at IS NOT NULL AND resolved_at IS NOT NULL",
            ("closed_at", "resolved_at"),
        ),
        "one_end": ("closed_at = resolved_at", ("closed_at", "resolved_at")),
        "at_once:first_response_at": ("first_response_at = opened_at", ("first_response_at",)),
        "at_once:resolved_at": ("resolved_at = opened_at", ("resolved_at",)),
        "bot": ("handled_by = 'bot'", ("handled_by",)),
        "tests": (f"trim(lower(subject)) IN {TESTS}", ("subject",)),
    }


def at_midnight(desk: Desk, stamp: str) -> str:
    """SQL of whether a stamp is local midnight sharp; only whole minutes are compared with it."""
    dialect = desk.engine.dialect
    midnight = dialect.to_utc(f"CAST({desk.day_of(stamp)} AS TIMESTAMP)", desk.zone)
    return (
        f"CASE WHEN {dialect.micros(stamp)} % {MINUTE} = 0 THEN {stamp} = {midnight} ELSE FALSE END"
    )


def changed_hours(desk: Desk, table: str, stamp: str) -> str:
    """SQL of whether a stamp lies in an hour that clocks showed twice, or just after one that they left out.

    A stamp without zone in such an hour may be an hour wrong. Nothing where clocks do not change.
    """
    span = desk.facts[table].span(stamp)
    known = zones.offsets(desk.zone, *span) if span and desk.zone not in zones.UTC_NAMES else None
    if known is None:
        return ""
    found, before = list[str](), known.before
    for instant, after in known.changes:
        moved = timedelta(seconds=after - before)
        ends = (
            (instant, instant + moved)
            if moved > timedelta(0)
            else (instant + moved, instant - moved)
        )
        if span and ends[0] <= span[1] and ends[1] >= span[0]:
            found.append(_inside(stamp, *ends))
        before = after
    return " OR ".join(found)


def _inside(stamp: str, start: datetime, end: datetime) -> str:
    return f"({stamp} >= {zones.literal(start)} AND {stamp} < {zones.literal(end)})"
