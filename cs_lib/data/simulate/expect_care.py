"""What care by agents is worth in expectation, over the customers who entered that test."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cs_lib.data.simulate.care import care_perks
from cs_lib.data.simulate.columns import DAY, Array, Columns
from cs_lib.data.simulate.demand import Clock
from cs_lib.data.simulate.expect_perks import (
    WINDOWS,
    Baseline,
    delivered,
    make_baseline,
    money,
    repurchase,
)
from cs_lib.data.simulate.market import late_chance
from cs_lib.data.simulate.needs import Need
from cs_lib.data.simulate.plan import Plan
from cs_lib.data.simulate.truth import ClusterTruth
from cs_lib.data.simulate.world import World

DAYS_TO_COMPLAINT = 6.6  # from an order to the end of the first complaint about it, as measured


def cluster_truth(world: World, care: Columns, customers: Columns) -> ClusterTruth:
    """Expectations for both variants over all who entered, given the agents' pulls."""
    plan, base = world.plan, pulled_baseline(world, care, customers)
    perks = care_perks(plan)
    worth = [money(plan, base, perk) for perk in perks]
    share = {perk.variant: repurchase(plan, base, perk, 60) for perk in perks}
    agents = {
        perk.variant: len(np.unique(care["agent"][care["variant"] == number]))
        for number, perk in enumerate(perks)
    }
    control, given = perks
    return ClusterTruth(
        experiment_id=plan.care.experiment_id,
        customers=len(care["variant"]),
        agents=agents,
        order_rate_factor=given.order_rate_factor,
        pull_spread=plan.care.pull_spread,
        delivered_share=delivered(plan, given),
        repurchase_60d=share,
        repurchase_60d_effect=share[given.variant] - share[control.variant],
        margin_60d={perk.variant: own.margin for perk, own in zip(perks, worth, strict=True)},
        extra_margin_60d=worth[1].margin - worth[0].margin,
        perk_cost=worth[1].cost,
        net_value_60d=worth[1].value - worth[0].value,
    )


def pulled_baseline(world: World, care: Columns, customers: Columns) -> Baseline:
    """Expected orders with the agents' pulls, and without those that lead to the perk test."""
    full = make_baseline(world, care, customers)
    quiet = make_baseline(replace(world, clock=quiet_clock(world)), care, customers)
    pull = care["pull"]
    return replace(
        full,
        orders={n: quiet.orders[n] + (pull - 1) * full.lifted[n] for n in WINDOWS},
        lifted={n: pull * full.lifted[n] for n in WINDOWS},
    )


def quiet_clock(world: World) -> Clock:
    """Demand without orders that lead to the perk test: whoever places one is not in this test.

    The planted orders of the others are a Poisson stream thinned by that chance.
    """
    clock, perks = world.clock, world.plan.perks
    ends = np.arange(clock.days) + DAYS_TO_COMPLAINT
    enters = (ends >= clock.lead + perks.start_day) & (ends < clock.days - perks.follow_up_days)
    left = 1 - np.where(enters, complaint_chance(world), 0.0)
    hourly = np.diff(clock.cumulated) * np.repeat(left, 24)
    return replace(clock, cumulated=np.concatenate([[0.0], np.cumsum(hourly)]))


def complaint_chance(world: World) -> Array:
    """Chance that an order leads to a complaint, at once or by a repeat contact, by order day."""
    plan, fix = world.plan, world.plan.fix
    late = late_chance(plan.orders, world.clock)
    fixed = np.arange(world.clock.days) * DAY >= world.live(fix.change_id)
    product = next(p.order_share for p in plan.products if p.product_id == fix.product_id)
    chance = np.zeros(world.clock.days)
    for need in plan.needs:
        rate = (1 - late) * need.per_order + late * need.per_late_order
        if need.code == fix.need_code:
            rate = product * np.where(fixed, fix.incidence_after, fix.incidence_before)
        chance += rate * complains(plan, need)
    return (1 - plan.orders.cancel_share) * chance


def complains(plan: Plan, need: Need) -> float:
    """Chance that a first contact or one of its repeats is a complaint that gets resolved."""
    resolved = 1 - plan.contacts.withdrawn_share
    calm = resolved * (1 - need.complaint_share)
    return resolved * need.complaint_share / (1 - calm * need.repeat_30d)
