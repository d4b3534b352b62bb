"""An assistant that answers before a human can: whom it deflects, who gives up, who comes back."""

from __future__ import annotations

import numpy as np

from cs_lib.data.simulate.columns import HOUR, Array, Columns
from cs_lib.data.simulate.world import World

HUMAN, BOT, MIXED = 0, 1, 2
BOT_CHANNELS = (1, 3, 4)  # chat, app, web


def answered_first(world: World, contacts: Columns) -> Columns:
    """The routed contacts, some of them deflected to the assistant; customers who come back are not.

    `deflected` marks them; it is false everywhere on a desk without such an assistant.
    """
    plan = world.plan.assistant
    if plan is None:
        return {**contacts, "deflected": np.zeros(len(contacts["need"]), dtype=bool)}
    able = np.isin(contacts["channel"], BOT_CHANNELS) & (contacts["kind"] == HUMAN)
    able &= ~contacts["is_repeat"] & (contacts["opened"] >= world.live(plan.change_id))
    deflected = able & (world.apart.random(len(able)) < plan.deflected_share)
    team, agent = len(world.plan.teams) - 1, len(world.desk.agent_team) - 1
    taken = {"kind": BOT, "transfers": 0, "deflected": True}
    taken |= dict.fromkeys(("team", "first_team", "other_team"), team)
    taken |= dict.fromkeys(("agent", "first_agent"), agent)
    kept = {**contacts, "deflected": deflected}
    return {**kept, **{name: np.where(deflected, v, kept[name]) for name, v in taken.items()}}


def abandoned(world: World, contacts: Columns) -> Array:
    """Deflected contacts that their customers gave up."""
    plan = world.plan.assistant
    if plan is None:
        return contacts["deflected"]
    return np.asarray(
        contacts["deflected"] & (world.apart.random(len(contacts["need"])) < plan.abandoned_share)
    )


def returns(world: World, contacts: Columns) -> tuple[Array, Array]:
    """Row and new opening of the deflected contacts whose customers come back before the cut."""
    plan = world.plan.assistant
    if plan is None:
        return np.zeros(0, dtype=np.int64), np.zeros(0)
    back = world.apart.random(len(contacts["need"])) < plan.return_share
    rows = np.flatnonzero(back & contacts["deflected"] & (contacts["customer"] >= 0))
    ended = np.where(np.isnan(contacts["resolved"]), contacts["closed"], contacts["resolved"])[rows]
    wait = world.apart.exponential(plan.return_mean_hours * HOUR, len(rows))
    opened = np.rint(ended + 60 + wait)
    inside = opened < world.clock.cut
    return rows[inside], opened[inside]


def assistant_shift(world: World) -> float:
    """Shift of the latent satisfaction with a deflected contact."""
    return world.plan.assistant.csat_shift if world.plan.assistant else 0.0
