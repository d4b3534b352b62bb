"""The slow team: whose contacts take longer, and from when."""

from __future__ import annotations

import numpy as np

from cs_lib.data.simulate.assistant import BOT
from cs_lib.data.simulate.columns import DAY, Array, Columns
from cs_lib.data.simulate.world import World


def slowed(world: World, contacts: Columns) -> Array:
    """The factor of the bottleneck on both durations; 1 on other desks."""
    plan = world.plan.scorecard
    if plan is None or plan.bottleneck is None:
        return np.ones(len(contacts["need"]))
    return np.where(in_bottleneck(world, contacts), plan.bottleneck.factor, 1.0)


def in_bottleneck(world: World, contacts: Columns) -> Array:
    """Contacts opened from the date on that people of the team resolve."""
    plan = world.plan.scorecard
    if plan is None or plan.bottleneck is None:
        return np.zeros(len(contacts["need"]), dtype=bool)
    team = [t.team_id for t in world.plan.teams].index(plan.bottleneck.team_id)
    after = contacts["opened"] >= slow_from(world)
    return np.asarray((contacts["team"] == team) & after & (contacts["kind"] != BOT))


def slow_from(world: World) -> float:
    """Local midnight from which the team is slow, in seconds; never on other desks."""
    plan = world.plan.scorecard
    if plan is None or plan.bottleneck is None:
        return float("inf")
    days = world.clock.days - world.clock.lead
    return world.clock.begin + round(plan.bottleneck.live_share * days) * DAY
