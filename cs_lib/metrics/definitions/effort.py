"""What a contact takes: agents' time and its cost, by day of resolution.

Occupancy (handle time over staffed time) is not here: no canonical table records when agents were
staffed. Opening hours say when a team could have worked, not how many did, and taking those who
resolved something for those present would let the denominator follow the volume: on a quiet day
idle agents vanish from it. Handle time per contact needs no such guess.
"""

from __future__ import annotations

from cs_lib.language import later
from cs_lib.metrics.definition import DailyMetric

REAL = "c.status NOT IN ('merged', 'spam', 'cancelled')"
HANDLED = f"{REAL} AND c.resolved_at IS NOT NULL AND c.handle_seconds IS NOT NULL"
KNOWN = "contacts not resolved at the data cut are left out: their handle time is not final"

HANDLE_MINUTES = DailyMetric(
    name="handle_minutes",
    title="Handle minutes per contact",
    unit="minutes",
    good="down",
    population="resolved contacts with a recorded handle time; merged, spam and cancelled left out",
    counted="agents' working time on the contact (a bot's is 0), dated to its last resolution",
    censoring=KNOWN,
    denominator="contacts resolved that day",
    source="average handle time; occupancy cannot be had, as no staffed time is recorded",
    needs=("contacts",),
    window_days=0,
    time="c.resolved_at",
    where=HANDLED,
    value="1",
    each=60,
    times=(("contacts", "handle_seconds"),),
    filled=(
        (
            "contacts",
            "handle_seconds IS NOT NULL",
            later("handle_seconds is empty in every contact"),
        ),
    ),
    told=("c.handle_seconds > 0", "handle_seconds"),
)

_COSTED = (
    "(SELECT c.handle_seconds FROM contacts c JOIN agents a ON a.agent_id = c.agent_id"
    " WHERE a.cost_per_hour IS NOT NULL) c"
)

COST_PER_CONTACT = DailyMetric(
    name="cost_per_contact",
    title="Agent cost per contact",
    unit="money",
    good="down",
    population=(
        "resolved contacts with a recorded handle time and an agent whose cost per hour is known; merged, spam"
        " and cancelled left out"
    ),
    counted="handle time at the cost per hour of the agent who had the contact last, dated to its last resolution",
    censoring=KNOWN,
    denominator="contacts resolved that day",
    source="cost per contact, direct labour only; waiting time of agents, tools and management are not in it",
    needs=("contacts", "agents"),
    window_days=0,
    time="c.resolved_at",
    where=f"{HANDLED} AND c.cost_per_hour IS NOT NULL",
    value="1",
    each=3600,
    times=(("contacts", "handle_seconds"), ("agents", "cost_per_hour")),
    filled=(
        (
            _COSTED,
            "c.handle_seconds IS NOT NULL",
            later(
                "no contact has both a handle time (handle_seconds) and an agent with a cost_per_hour"
            ),
        ),
    ),
    told=("c.handle_seconds > 0 AND c.cost_per_hour > 0", "handle_seconds"),
)

EFFORT = (HANDLE_MINUTES, COST_PER_CONTACT)
