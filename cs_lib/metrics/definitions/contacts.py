"""Metrics of contacts by day: what `before_after` can study. Adding one is adding an entry here."""

from __future__ import annotations

from cs_lib.language import later
from cs_lib.metrics.definition import DailyMetric

MINUTE, HOUR = 60_000_000, 3_600_000_000  # in microseconds
REAL = "c.status NOT IN ('merged', 'spam', 'cancelled')"
EMPTY = {
    "first_response_at": later("first_response_at is empty in every contact"),
    "resolved_at": later("resolved_at is empty in every contact"),
    "need_code": later("need_code is empty in every contact"),
    "customer_id": later("customer_id is empty in every contact"),
}
# Ended by its status without the stamp of it: how long it took is not known.
UNSTAMPED = "c.status IN ('resolved', 'closed') AND c.resolved_at IS NULL"
HELD = "open contacts count with the full horizon, so nothing is dropped for being unfinished"


def _filled(*columns: str) -> tuple[tuple[str, str, str], ...]:
    return tuple(("contacts", f"{column} IS NOT NULL", EMPTY[column]) for column in columns)


FIRST_RESPONSE = DailyMetric(
    name="first_response_minutes",
    title="Minutes to first response",
    unit="minutes",
    good="down",
    population="contacts opened by customers, not handled by a bot alone; merged, spam and cancelled left out",
    counted="from opening to the first public reply of a person, calendar time, up to the horizon",
    censoring=HELD,
    denominator="contacts opened that day",
    source="restricted mean: Royston & Parmar 2013; population as in common help-desk reporting",
    needs=("contacts",),
    window_days=3,
    time="c.opened_at",
    where=f"{REAL} AND coalesce(c.handled_by, 'human') <> 'bot'",
    value="least(coalesce(c.first_response_at - c.opened_at, HORIZON * DAY), HORIZON * DAY)",
    each=MINUTE,
    filled=_filled("first_response_at"),
    told=("c.first_response_at IS NOT NULL", "first_response_at"),
    duration=("opened_at", "first_response_at"),
)

RESOLUTION = DailyMetric(
    name="resolution_hours",
    title="Hours to resolution",
    unit="hours",
    good="down",
    population=(
        "contacts; merged, spam and cancelled left out, and those that are resolved or closed without a time of it"
    ),
    counted="from opening to the last resolution (not to automatic closing), calendar time, up to the horizon",
    censoring=HELD,
    denominator="contacts opened that day",
    source="restricted mean: Royston & Parmar 2013; full resolution time as in common help-desk reporting",
    needs=("contacts",),
    window_days=14,
    time="c.opened_at",
    where=f"{REAL} AND NOT ({UNSTAMPED})",
    value="least(coalesce(c.resolved_at - c.opened_at, HORIZON * DAY), HORIZON * DAY)",
    each=HOUR,
    filled=_filled("resolved_at"),
    told=("c.resolved_at IS NOT NULL", "resolved_at"),
    duration=("opened_at", "resolved_at"),
)


def _repeat(days: int) -> DailyMetric:
    return DailyMetric(
        name=f"repeat_contact_rate_{days}d",
        title="Contacts that come back within {days} days",
        unit="share",
        good="down",
        population="resolved contacts with known customer and need; merged, spam and cancelled left out",
        counted=f"another contact of the same customer on the same need within {days} days after resolution",
        censoring=f"contacts resolved less than {days} days before the data cut are left out",
        denominator="contacts resolved that day",
        source="repeat contact rate; the key is customer and need",
        needs=("contacts",),
        window_days=days,
        time="c.resolved_at",
        where=f"{REAL} AND c.resolved_at IS NOT NULL AND c.customer_id IS NOT NULL AND c.need_code IS NOT NULL",
        value=f"CASE WHEN AGAIN({days}) THEN 1 ELSE 0 END",
        filled=_filled("need_code", "customer_id", "resolved_at"),
    )


REOPEN = DailyMetric(
    name="reopen_rate",
    title="Resolved contacts that are reopened",
    unit="share",
    good="down",
    population="contacts with at least one resolution; merged, spam and cancelled left out",
    counted="a step `reopened` after the first resolution, within the horizon",
    censoring="contacts first resolved less than the horizon before the data cut are left out",
    denominator="contacts first resolved that day, attributed to the team that resolved",
    source="resolved to active transition, as in common help-desk reporting",
    needs=("contacts", "events"),
    window_days=14,
    time="c.first_resolved",
    where=REAL,
    value="CASE WHEN c.reopened <= c.first_resolved + HORIZON * DAY THEN 1 ELSE 0 END",
    filled=(
        ("events", "stage = 'resolved'", later("no event has the stage resolved")),
        ("events", "stage = 'reopened'", later("no event has the stage reopened")),
    ),
    told=("c.reopened IS NOT NULL", later("the stage reopened")),
)

HANDOFFS = DailyMetric(
    name="handoffs",
    title="Handoffs between teams per contact",
    unit="count",
    good="down",
    population="contacts with at least one owning team; merged, spam and cancelled left out",
    counted="changes of the owning team (not stations) within the horizon after opening",
    censoring="contacts opened less than the horizon before the data cut are left out",
    denominator="contacts opened that day",
    source="changes of owner, as in process mining's handover of work",
    needs=("contacts", "events"),
    window_days=14,
    time="c.opened_at",
    where=REAL,
    value="MOVES(HORIZON)",
    filled=(("events", "team_id IS NOT NULL", later("team_id is empty in every event")),),
)

CONTACT_RATE = DailyMetric(
    name="contact_rate",
    title="Contacts per 1,000 orders",
    unit="per_1000",
    good="down",
    population="every contact (gross); merged, spam and cancelled left out",
    counted="contacts opened that day over orders placed that day, times 1,000",
    censoring="none needed",
    denominator="orders placed that day (cancelled ones included)",
    source="contact rate per 1,000 orders",
    needs=("contacts", "orders"),
    window_days=0,
    time="c.opened_at",
    where=REAL,
    value="1000",
    per=("orders", "ordered_at"),
)

_ANSWERED = "c.answered_at <= c.offered_at + 7 * DAY"

CSAT = DailyMetric(
    name="csat",
    title="Satisfied answers (top two of five)",
    unit="share",
    good="up",
    population="csat surveys answered within 7 days; who does not answer is unknown",
    counted="score in the top quarter of its scale (4 and 5 of 5)",
    censoring="surveys offered less than 7 days before the data cut are left out",
    denominator="answers to surveys offered that day; the response rate stands beside it",
    source="top-box customer satisfaction",
    needs=("contacts", "surveys"),
    window_days=7,
    cases="surveys",
    time="c.offered_at",
    where=f"c.kind = 'csat' AND {_ANSWERED}",
    value="CASE WHEN c.score - c.scale_min >= 0.75 * (c.scale_max - c.scale_min) THEN 1 ELSE 0 END",
    filled=(
        (
            "surveys",
            "kind = 'csat' AND answered_at IS NOT NULL",
            later("no survey of kind csat has an answer"),
        ),
    ),
)

CSAT_RESPONSE = DailyMetric(
    name="csat_response_rate",
    title="Surveys answered",
    unit="share",
    good="up",
    population="csat surveys offered",
    counted="answered within 7 days",
    censoring="surveys offered less than 7 days before the data cut are left out",
    denominator="surveys offered that day",
    source="response rate",
    needs=("contacts", "surveys"),
    window_days=7,
    cases="surveys",
    time="c.offered_at",
    where="c.kind = 'csat'",
    value=f"CASE WHEN {_ANSWERED} THEN 1 ELSE 0 END",
    filled=(("surveys", "kind = 'csat'", later("no survey is of kind csat")),),
    told=("c.answered_at IS NOT NULL", "answered_at"),
)

BY_DAY = (
    FIRST_RESPONSE,
    RESOLUTION,
    _repeat(7),
    _repeat(30),
    REOPEN,
    HANDOFFS,
    CONTACT_RATE,
    CSAT,
    CSAT_RESPONSE,
)
