"""What a bot keeps from people, and what of it stays solved."""

from __future__ import annotations

from cs_lib.language import later
from cs_lib.metrics.definition import DailyMetric

STARTED = "c.status NOT IN ('merged', 'spam') AND c.handled_by IN ('bot', 'mixed')"
BOTS = ("contacts", "handled_by IN ('bot', 'mixed')", later("no contact was started by a bot"))
SOLVED = (
    "contacts",
    "handled_by IN ('bot', 'mixed') AND resolved_at IS NOT NULL",
    later("resolved_at is empty in every contact that a bot started"),
)

DEFLECTION = DailyMetric(
    name="deflection_rate",
    title="Bot contacts that no person worked on",
    unit="share",
    good="up",
    population="contacts that a bot started (handled_by bot or mixed); merged and spam left out",
    counted="never handed to a person; who gave up counts as deflected, so read it beside resolved_containment",
    censoring="none needed",
    denominator="contacts a bot started that day",
    source="plain deflection rate",
    needs=("contacts",),
    window_days=0,
    time="c.opened_at",
    where=STARTED,
    value="CASE WHEN c.handled_by = 'bot' THEN 1 ELSE 0 END",
    filled=(BOTS,),
)

RESOLVED_CONTAINMENT = DailyMetric(
    name="resolved_containment",
    title="Bot contacts that stay solved without a person",
    unit="share",
    good="up",
    population=(
        "contacts that a bot started (handled_by bot or mixed) with known customer and need; merged and spam left out"
    ),
    counted=(
        "never handed to a person, resolved within 24 hours and not abandoned, and no other contact of the same"
        " customer on the same need within 72 hours after that"
    ),
    censoring="contacts opened less than 4 days before the data cut are left out",
    denominator="contacts a bot started that day",
    source="resolved containment: contained, not abandoned, no repeat contact",
    needs=("contacts",),
    window_days=4,
    time="c.opened_at",
    where=f"{STARTED} AND c.customer_id IS NOT NULL AND c.need_code IS NOT NULL",
    value=(
        "CASE WHEN c.handled_by = 'bot' AND c.status <> 'cancelled'"
        " AND c.resolved_at <= c.opened_at + DAY AND NOT AGAIN(3) THEN 1 ELSE 0 END"
    ),
    filled=(BOTS, SOLVED),
    told=("c.resolved_at IS NOT NULL", "resolved_at"),
)

BY_BOTS = (DEFLECTION, RESOLVED_CONTAINMENT)
