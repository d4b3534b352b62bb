"""The event log: every stamp of a contact as a step, in order."""

from __future__ import annotations

import numpy as np

from cs_lib.data.simulate.assistant import BOT, HUMAN
from cs_lib.data.simulate.columns import HOUR, Array, Columns, concat, lookup, make_ids
from cs_lib.data.simulate.contacts import MERGED, NORMAL, SPAM, WITHDRAWN
from cs_lib.data.simulate.journey.steps import journey_steps
from cs_lib.data.simulate.steps import step
from cs_lib.data.simulate.world import World


def event_columns(world: World, contacts: Columns, ids: Columns) -> Columns:
    """The events table: known steps before the cut, numbered within each contact."""
    log = concat([*steps_before_the_end(world, contacts), *closing_steps(contacts)])
    # A withdrawn contact stops at its closing; whatever was planned after it never happened.
    ends = np.where(contacts["outcome"] == WITHDRAWN, contacts["closed"], np.inf)[log["row"]]
    rows = np.flatnonzero((log["ts"] < world.clock.cut) & (log["ts"] <= ends))
    order = rows[np.lexsort((log["rank"][rows], log["ts"][rows], log["row"][rows]))]
    log = {name: values[order] for name, values in log.items()}
    teams = [t.team_id for t in world.plan.teams]
    agents = make_ids("A", len(world.desk.agent_team), 3)
    return {
        "contact_id": ids["contact"][log["row"]],
        "ts": log["ts"],
        "seq": numbered(log["row"]),
        "stage": log["stage"],
        "raw_stage": log["raw_stage"],
        "actor": log["actor"],
        "agent_id": lookup(agents, log["agent"]),
        "team_id": lookup(teams, log["team"]),
        "is_public": log["is_public"],
    }


def steps_before_the_end(world: World, contacts: Columns) -> list[Columns]:
    """All steps but those that end a contact; the story about the journey has its own."""
    if world.plan.journey is not None:
        return journey_steps(world, contacts)
    begun = [*opening_steps(world, contacts), *work_steps(world, contacts)]
    return [*begun, *move_steps(world, contacts)]


def numbered(rows: Array) -> Array:
    """1, 2, 3, ... within each run of equal rows."""
    first = np.flatnonzero(np.concatenate([[True], rows[1:] != rows[:-1]]))
    return np.arange(len(rows)) - np.repeat(first, np.diff(np.append(first, len(rows)))) + 1


def chance(world: World, contacts: Columns, share: float) -> Array:
    """A coin for each contact."""
    return world.rng.random(len(contacts["opened"])) < share


def opening_steps(world: World, c: Columns) -> list[Columns]:
    """Created, the assistant's greeting, queue, assignment, chasers, internal notes, first reply.

    Internal notes come before the first public reply: a reader who ignores `is_public` finds
    replies that are too early.
    """
    everyone, opened = np.ones(len(c["opened"]), dtype=bool), c["opened"]
    wait = c["responded"] - opened
    first = (c["first_team"], c["first_agent"])
    worked = np.isin(c["outcome"], (NORMAL, WITHDRAWN))
    greeted = worked & (c["kind"] != HUMAN)
    assistant = (np.full(len(opened), len(world.plan.teams) - 1),
                 np.full(len(opened), len(world.desk.agent_team) - 1))  # fmt: skip
    chased = (wait > 6 * HOUR) & chance(world, c, 0.35)
    noted = chance(world, c, world.plan.contacts.internal_note_share)
    return [
        step(opened, everyone, 0, ("created", "ticket created", "customer"), public=True),
        step(opened + 5, greeted, 1, ("replied", "assistant answer", "bot"),
             owners=assistant, public=True),
        step(np.rint(opened + 0.1 * wait), worked & chance(world, c, 0.5), 2,
             ("queued", "in queue", "system"), owners=(c["first_team"], np.full(len(opened), -1))),
        step(np.rint(opened + 0.5 * wait), chased, 3, ("replied", "customer message", "customer"),
             public=True),
        step(np.rint(opened + 0.55 * wait), chased & chance(world, c, 0.4), 4,
             ("replied", "customer message", "customer"), public=True),
        step(c["assigned"], worked, 5, ("assigned", "assigned to agent", "system"), owners=first),
        step(np.rint(opened + 0.8 * wait), noted, 6, ("replied", "internal note", "agent"),
             owners=first, public=False),
        step(c["responded"], worked, 7, ("replied", "public reply", "agent"), owners=first,
             public=True),
    ]  # fmt: skip


def work_steps(world: World, c: Columns) -> list[Columns]:
    """Pauses, work and further replies between first reply and resolution."""
    final, first = (c["team"], c["agent"]), (c["first_team"], c["first_agent"])
    partner = c["waits_on_partner"]
    span = c["resolved"] - c["responded"]
    busy = chance(world, c, 0.25)
    return [
        step(c["paused"], ~partner, 8, ("waiting_customer", "pending", "agent"), owners=first),
        step(c["paused"], partner, 8, ("waiting_third_party", "on hold", "agent"), owners=first),
        step(c["paused_until"], ~partner, 9, ("replied", "customer message", "customer"),
             public=True),
        step(c["paused_until"], partner, 9, ("in_progress", "partner answered", "system"),
             owners=final),
        step(np.rint(c["responded"] + 0.55 * span), busy, 12,
             ("in_progress", "in work", "agent"), owners=final),
        step(np.rint(c["responded"] + 0.9 * span), chance(world, c, 0.2), 15,
             ("replied", "public reply", "agent"), owners=final, public=True),
    ]  # fmt: skip


def move_steps(world: World, c: Columns) -> list[Columns]:
    """Transfers between teams; upwards in tier they are escalations. Some come back."""
    tier = np.array([t.tier for t in world.plan.teams])
    target = np.where(c["transfers"] == 2, c["other_team"], c["team"])
    up = tier[target] > tier[c["first_team"]]
    to = (target, np.where(c["transfers"] == 2, -1, c["agent"]))
    back = (c["team"], c["agent"])
    return [
        step(c["moved"], up, 10, ("escalated", "escalated", "agent"), owners=to),
        step(c["moved"], ~up, 10, ("transferred", "team changed", "agent"), owners=to),
        step(c["returned"], ~np.isnan(c["returned"]), 11,
             ("transferred", "team changed", "agent"), owners=back),
    ]  # fmt: skip


def closing_steps(c: Columns) -> list[Columns]:
    """Resolved, reopened, closed by timer or hand, and the follow-up on complaints."""
    final = (c["team"], c["agent"])
    bot, normal = c["kind"] == BOT, c["outcome"] == NORMAL
    other = [(WITHDRAWN, "withdrawn", "customer"), (MERGED, "merged", "agent"),
             (SPAM, "spam rule", "system")]  # fmt: skip
    return [
        step(c["first_resolved"], normal, 13, ("resolved", "solved", "agent"), owners=final),
        step(c["reopened"], normal, 14, ("reopened", "customer reopened", "customer"),
             owners=final),
        step(c["resolved"], normal & ~bot, 16, ("resolved", "solved", "agent"), owners=final),
        step(c["resolved"], normal & bot, 16, ("resolved", "solved by assistant", "bot"),
             owners=final),
        step(c["closed"], normal, 18, ("closed", "closed", "system"), owners=final),
        *(step(c["closed"], c["outcome"] == code, 18, ("closed", raw, actor))
          for code, raw, actor in other),
        step(c["follow_up"], normal, 17, ("follow_up", "call back", "agent"), owners=final),
    ]  # fmt: skip
