"""Contacts that stay solved: at the first contact, with somebody who asks back, with promises kept."""

from __future__ import annotations

from cs_lib.language import later
from cs_lib.metrics.definition import DailyMetric
from cs_lib.metrics.definitions.contacts import EMPTY, REAL, UNSTAMPED

RESOLVED = ("contacts", "resolved_at IS NOT NULL", EMPTY["resolved_at"])
FOLLOW_UPS = (
    "events",
    "stage = 'follow_up' AND coalesce(actor, 'agent') <> 'customer'",
    later("no event is a follow-up of ours (stage follow_up)"),
)
FOLLOWED_UP = later("the stage follow_up")


def _at_first_contact(days: int) -> DailyMetric:
    end = f"c.opened_at + {days} * DAY"
    return DailyMetric(
        name=f"first_contact_resolution_{days}d",
        title="Resolved at the first contact, seen over {days} days",
        unit="share",
        good="up",
        population=(
            "contacts with known customer and need, repeats among them; merged, spam and cancelled left out, and those"
            " that are resolved or closed without a time of it"
        ),
        counted=(
            f"within {days} days after opening: resolved, not reopened, and no further contact of the same customer on"
            " the same need in any channel, before or after the resolution; what is not resolved by then is a no"
        ),
        censoring=f"contacts opened less than {days} days before the data cut are left out",
        denominator="contacts opened that day",
        source="first-contact resolution: no repeat in any channel, no reopening; one reply alone is not enough",
        needs=("contacts", "events"),
        window_days=days,
        time="c.opened_at",
        where=(
            f"{REAL} AND c.customer_id IS NOT NULL AND c.need_code IS NOT NULL AND NOT ({UNSTAMPED})"
        ),
        value=(
            f"CASE WHEN c.resolved_at <= {end} AND coalesce(c.reopened > {end}, TRUE)"
            f" AND coalesce(c.further_contact > {end}, TRUE) THEN 1 ELSE 0 END"
        ),
        filled=(
            ("contacts", "customer_id IS NOT NULL", EMPTY["customer_id"]),
            ("contacts", "need_code IS NOT NULL", EMPTY["need_code"]),
            RESOLVED,
            ("events", "stage = 'resolved'", later("no event has the stage resolved")),
            ("events", "stage = 'reopened'", later("no event has the stage reopened")),
        ),
        told=("c.reopened IS NOT NULL", later("the stage reopened")),
    )


FOLLOWED_UP_7D = DailyMetric(
    name="followed_up_7d",
    title="Resolved complaints that somebody asked back about within {days} days",
    unit="share",
    good="up",
    population="resolved complaints; merged, spam and cancelled left out",
    counted="a follow-up of ours, not by the customer, within 7 days after the last resolution",
    censoring="complaints resolved less than 7 days before the data cut are left out",
    denominator="complaints resolved that day",
    source="follow-up rate; promised follow-ups that did not come are a metric of their own",
    needs=("contacts", "events"),
    window_days=7,
    time="c.resolved_at",
    where=f"{REAL} AND c.is_complaint AND c.resolved_at IS NOT NULL",
    value="CASE WHEN c.asked_back <= c.resolved_at + 7 * DAY THEN 1 ELSE 0 END",
    filled=(
        (
            "contacts",
            "is_complaint",
            later("no contact is marked as a complaint (is_complaint)"),
        ),
        RESOLVED,
        FOLLOW_UPS,
    ),
    told=("c.asked_back IS NOT NULL", FOLLOWED_UP),
)

PROMISES_KEPT = DailyMetric(
    name="promises_kept",
    title="Promised follow-ups that came at the latest a day late",
    unit="share",
    good="up",
    population="contacts with a promised follow-up; merged, spam and cancelled left out",
    counted="a follow-up of ours, not by the customer, at the latest a day after it was due",
    censoring="follow-ups due less than a day before the data cut are left out",
    denominator="follow-ups due that day",
    source="promised and missed; one that comes within a day after it was due is late, not missed",
    needs=("contacts", "events"),
    window_days=1,
    time="c.follow_up_due_at",
    where=f"{REAL} AND c.follow_up_due_at IS NOT NULL",
    value="CASE WHEN c.first_follow_up <= c.follow_up_due_at + DAY THEN 1 ELSE 0 END",
    filled=(
        (
            "contacts",
            "follow_up_due_at IS NOT NULL",
            later("no contact says when a follow-up was due (follow_up_due_at)"),
        ),
        FOLLOW_UPS,
    ),
    told=("c.first_follow_up IS NOT NULL", FOLLOWED_UP),
)

STAYING_SOLVED = (
    _at_first_contact(7),
    _at_first_contact(30),
    FOLLOWED_UP_7D,
    PROMISES_KEPT,
)
