"""The steps of contacts from the events, as whole numbers and sorted once: stages, moves and reopening follow from it.

Times are microseconds after the opening. `number` is a contact's row in the narrow table.
"""

from __future__ import annotations

from collections.abc import Collection

from cs_lib.data.contracts import STAGES
from cs_lib.data.engines.base import Dialect, quote
from cs_lib.metrics.definition import MICROS_A_DAY

CONTACTS = "cs_contacts"
STEPS, WALK, WALKED, REOPENED = "cs_steps", "cs_walk", "cs_walked", "cs_reopened"
LASTS, FOLLOWED = "cs_lasts", "cs_followed"

# What a step lets begin. A reply is four things: ours is out, a bot's is out and people may still be
# awaited, the customer has written and waits, or colleagues talked. Both ways of handing on are one.
KIND = (
    "CASE WHEN e.stage IN ('transferred', 'escalated') THEN 'handed_on'"
    " WHEN e.stage = 'replied' AND e.actor = 'customer' THEN 'customer_wrote'"
    " WHEN e.stage = 'replied' AND NOT e.is_public THEN 'noted'"
    " WHEN e.stage = 'replied' AND e.actor = 'bot' THEN 'bot_replied' ELSE e.stage END"
)
KINDS = (*STAGES, "handed_on", "customer_wrote", "noted", "bot_replied")  # each by its number
CREATED, RESOLVED, REOPENING = (KINDS.index(k) for k in ("created", "resolved", "reopened"))
FOLLOW_UP = KINDS.index("follow_up")
# Who did a step is told where it is known; a follow-up is ours unless the customer made it.
OURS = "coalesce({table}actor, 'agent') <> 'customer'"


def taken(dialect: Dialect, whose: str, inside: str, *, follow_ups: bool = False) -> str:
    """Every step of the contacts `inside` a condition, of all others only resolutions and reopenings.

    `whose` says of which contacts at all; with `follow_ups` these are taken too, and a step says whether it is `ours`.
    """
    ours = f", {OURS.format(table='e.')} AS ours" if follow_ups else ""
    stages = ("resolved", "reopened", *(["follow_up"] if follow_ups else []))
    codes = " ".join(f"WHEN {quote(kind)} THEN {i}" for i, kind in enumerate(KINDS))
    return (
        f"SELECT {dialect.row_of('c')} AS number, {dialect.micros('e.ts')} - c.opened_at AS since, e.seq,"
        f" CAST(CASE {KIND} {codes} END AS SMALLINT) AS kind, e.team_id{ours}"
        f" FROM events e JOIN {CONTACTS} c ON c.contact_id = e.contact_id"
        f" WHERE {whose} AND ({inside} OR e.stage IN ({', '.join(map(quote, stages))}))"
    )


def reopened() -> str:
    """By contact its first resolution and the first reopening from then on."""
    first = f"SELECT number, min(since) AS first_resolved FROM {STEPS} WHERE kind = {RESOLVED} GROUP BY 1"
    again = (
        f"SELECT f.number, min(s.since) AS reopened FROM ({first}) f JOIN {STEPS} s"
        f" ON s.number = f.number AND s.since >= f.first_resolved AND s.kind = {REOPENING} GROUP BY 1"
    )
    return (
        f"SELECT f.number, f.first_resolved, a.reopened FROM ({first}) f"
        f" LEFT JOIN ({again}) a ON a.number = f.number"
    )


def followed(dialect: Dialect, *, resolved: bool) -> str:
    """By contact our first follow-up, and where resolutions are asked for the first from the last of them on."""
    back = "min(CASE WHEN s.since >= c.resolved_at - c.opened_at THEN s.since END) AS asked_back"
    return (
        f"SELECT s.number, min(s.since) AS first_follow_up{f', {back}' if resolved else ''} FROM {STEPS} s"
        f" JOIN {CONTACTS} c ON {dialect.row_of('c')} = s.number WHERE s.kind = {FOLLOW_UP} AND s.ours GROUP BY 1"
    )


def lasts() -> str:
    """By contact its last resolution and its last reopening, NULL for none."""
    last = "max(CASE WHEN kind = {} THEN since END) AS {}"
    ends = last.format(RESOLVED, "resolved"), last.format(REOPENING, "reopened")
    return f"SELECT number, {', '.join(ends)} FROM {STEPS} GROUP BY 1"


def walk(dialect: Dialect) -> str:
    """Each step with the time of the next, and whether it moved the contact to another team (NULL: it names none)."""
    order = "since, seq, kind, team_id"
    before = dialect.last_before("team_id", "number", order)
    moved = (
        f"CASE WHEN team_id IS NOT NULL THEN CASE WHEN team_id <> {before} THEN 1 ELSE 0 END END"
    )
    return (
        f"SELECT number, since, kind, lead(since) OVER (PARTITION BY number ORDER BY {order}) AS till,"
        f" CAST({moved} AS SMALLINT) AS moved FROM {STEPS}"
    )


def walked(moves: Collection[int]) -> str:
    """By contact its first step from the opening on, and moves within so many days, NULL when no step names a team."""
    sums = [
        f"sum(CASE WHEN since <= {days} * {MICROS_A_DAY} THEN moved WHEN moved IS NOT NULL THEN 0 END)"
        f" AS moves_{days}"
        for days in moves
    ]
    first = "min(CASE WHEN since >= 0 THEN since END) AS first"
    return f"SELECT {', '.join(['number', first, *sums])} FROM {WALK} GROUP BY 1"
