"""The steps of the story in the event log, but for those that end a contact."""

from __future__ import annotations

import numpy as np

from cs_lib.data.simulate.assistant import BOT, HUMAN
from cs_lib.data.simulate.columns import Array, Columns
from cs_lib.data.simulate.contacts import NORMAL, WITHDRAWN
from cs_lib.data.simulate.journey.course import ANSWERED, told
from cs_lib.data.simulate.steps import step
from cs_lib.data.simulate.world import World

MESSAGE = ("replied", "customer message", "customer")
BEGUN = ("in_progress", "in work", "agent")


def journey_steps(world: World, contacts: Columns) -> list[Columns]:
    """Everything from creation to the last reply before resolution."""
    return [*opening(world, contacts), *work(world, contacts), *moves(world, contacts)]


def coin(world: World, contacts: Columns, share: float) -> Array:
    """A coin for each contact that a person worked."""
    able = np.isin(contacts["outcome"], (NORMAL, WITHDRAWN)) & (contacts["kind"] != BOT)
    return np.asarray(able & (world.apart.random(len(able)) < share))


def opening(world: World, c: Columns) -> list[Columns]:
    """Created, greeting, queue, messages of the customer, pick-up, internal note, first reply.

    The queue takes a sixth of the time to pick-up to show itself, so that a factor on that time is one
    on the time from queue to pick-up too.
    """
    everyone, opened, waited = np.ones(len(c["opened"]), dtype=bool), c["opened"], c["assigned"]
    worked, wait = coin(world, c, 1.0), c["responded"] - c["opened"]
    first, chased = (c["first_team"], c["first_agent"]), worked & c["chased_answer"]
    started = np.isin(c["outcome"], (NORMAL, WITHDRAWN)) & (c["kind"] != HUMAN)
    assistant = (np.full(len(opened), len(world.plan.teams) - 1),
                 np.full(len(opened), len(world.desk.agent_team) - 1))  # fmt: skip
    noted = coin(world, c, world.plan.contacts.internal_note_share)
    return [
        step(opened, everyone, 0, ("created", "ticket created", "customer"), public=True),
        step(opened + 5, started, 1, ("replied", "assistant answer", "bot"),
             owners=assistant, public=True),
        step(np.rint(opened + (waited - opened) / 6), worked, 2, ("queued", "in queue", "system"),
             owners=(c["first_team"], np.full(len(opened), -1))),
        step(np.rint(opened + 0.3 * wait), coin(world, c, told(world).steps.added_share), 3, MESSAGE,
             public=True),
        step(np.rint(opened + 0.5 * wait), chased, 4, MESSAGE, public=True),
        step(np.rint(opened + 0.7 * wait), chased, 5, MESSAGE, public=True),
        step(waited, worked, 6, ("assigned", "assigned to agent", "system"), owners=first),
        step(np.rint((waited + c["responded"]) / 2), noted, 7, ("replied", "internal note", "agent"),
             owners=first, public=False),
        step(c["responded"], worked, 8, ("replied", "public reply", "agent"), owners=first,
             public=True),
    ]  # fmt: skip


def work(world: World, c: Columns) -> list[Columns]:
    """Work begun and begun again, waits on others, chases, a further reply."""
    plan, first, last = (
        told(world).steps,
        (c["first_team"], c["first_agent"]),
        (c["team"], c["agent"]),
    )
    span, worked = c["resolved"] - c["responded"], coin(world, c, 1.0)
    partner, chased = c["waits_on_partner"], worked & c["chased_work"]

    def at(share: float) -> Array:
        return np.asarray(np.rint(c["responded"] + share * span))

    return [
        step(at(0.03), coin(world, c, plan.started_share), 9, BEGUN, owners=first),
        step(c["paused"], worked & ~partner, 13, ("waiting_customer", "pending", "agent"), owners=last),
        step(c["paused"], worked & partner, 13, ("waiting_third_party", "on hold", "agent"), owners=last),
        step(c["paused_until"], worked & ~partner, 14, MESSAGE, public=True),
        step(c["paused_until"], worked & partner, 14, ("in_progress", "partner answered", "system"),
             owners=last),
        step(at(ANSWERED + 0.03), coin(world, c, plan.repeat_share), 15, BEGUN, owners=last),
        step(at(ANSWERED + 0.05), coin(world, c, plan.redo_share), 16, BEGUN,
             owners=(c["team"], colleague(world, c["agent"]))),
        step(at(0.44), chased, 17, MESSAGE, public=True),
        step(at(0.50), chased, 18, MESSAGE, public=True),
        step(at(0.55), chased & c["chased_thrice"], 19, MESSAGE, public=True),
        step(at(0.90), coin(world, c, 0.2), 20, ("replied", "public reply", "agent"), owners=last,
             public=True),
    ]  # fmt: skip


def colleague(world: World, agent: Array) -> Array:
    """The next agent of the same team; the agent where there is no other."""
    team = world.desk.agent_team
    first, size = np.searchsorted(team, team[agent]), np.bincount(team)[team[agent]]
    return np.asarray(np.where(agent < 0, -1, first + (agent - first + 1) % size))


def moves(world: World, c: Columns) -> list[Columns]:
    """Handoffs, upwards in tier as escalations, and the work that the next team begins."""
    tier, worked = np.array([t.tier for t in world.plan.teams]), coin(world, c, 1.0)
    span, before, parts = c["resolved"] - c["responded"], c["first_team"], []
    for k in (1, 2, 3):
        stamp, to = c[f"moved_{k}"], (c[f"to_team_{k}"], c[f"to_agent_{k}"])
        up, begun = tier[to[0]] > tier[before], coin(world, c, told(world).steps.taken_up_share)
        parts += [
            step(stamp, worked & up, 10, ("escalated", "escalated", "agent"), owners=to),
            step(stamp, worked & ~up, 10, ("transferred", "team changed", "agent"), owners=to),
            step(np.rint(stamp + 0.02 * span), begun, 11, BEGUN, owners=to),
        ]
        before = np.where(to[0] < 0, before, to[0])
    return parts
