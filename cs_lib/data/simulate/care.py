"""The test that randomised agents: care after a resolved contact, and what agents do anyway."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cs_lib.data.simulate.assistant import BOT
from cs_lib.data.simulate.columns import Array, Columns
from cs_lib.data.simulate.perks import Trial, deliver, delivered_factor, eligible, extra_order_times
from cs_lib.data.simulate.plan import Perk, Plan
from cs_lib.data.simulate.world import World


def assign_by_agent(world: World, contacts: Columns, perks: Columns, customers: Columns) -> Columns:
    """Customers outside the perk test by the agent of their first resolved contact.

    `pull` is the agent's own lasting factor on the order rate, in both variants.
    """
    plan = world.plan.care
    served = (contacts["kind"] != BOT) & ~np.isin(contacts["customer"], perks["customer"])
    units = eligible(world, contacts, served, (plan.start_day, plan.follow_up_days))
    agent = contacts["agent"][units["contact"]]
    variant = split_agents(world, np.unique(agent))[agent]
    pull = 1 + world.rng.exponential(plan.pull_spread, len(world.desk.agent_team))
    rows = deliver(world, units, care_perks(world.plan), variant, customers)
    return {**rows, "agent": agent, "pull": pull[agent]}


def split_agents(world: World, agents: Array) -> Array:
    """Variant by agent number: halves of these agents, and of each team, to within one."""
    team = world.desk.agent_team
    shuffled = world.rng.permutation(agents)
    by_team = shuffled[np.argsort(team[shuffled], kind="stable")]
    variant = np.zeros(len(team), dtype=np.int64)
    variant[by_team] = (np.arange(len(by_team)) + world.rng.integers(2)) % 2
    return variant


def care_perks(plan: Plan) -> tuple[Perk, Perk]:
    """Control, and the care of the perk test with the factor it has here."""
    control = next(p for p in plan.perks.perks if p.perk_kind == "none")
    care = next(p for p in plan.perks.perks if p.perk_kind == plan.care.perk_kind)
    return control, replace(care, order_rate_factor=plan.care.order_rate_factor)


def care_order_times(world: World, care: Columns, customers: Columns) -> tuple[Array, Array]:
    """Customer and moment of the orders that agents draw and delivered care multiplies."""
    return extra_order_times(world, care, customers, care["pull"] * delivered_factor(care))


def care_test(plan: Plan, care: Columns) -> Trial:
    """The test as the log shows it."""
    perks = care_perks(plan)
    names, kinds = tuple(p.variant for p in perks), tuple(p.perk_kind for p in perks)
    return Trial(plan.care.experiment_id, names, kinds, care)
