"""Customers who come back by chance: each writes at a rate of their own, whatever became of the last contact."""

from __future__ import annotations

import numpy as np

from cs_lib.data.simulate.columns import DAY, Array, Columns
from cs_lib.data.simulate.demand import time_of_day
from cs_lib.data.simulate.market import tenure
from cs_lib.data.simulate.world import World


def own_rates(world: World, count: int) -> Array:
    """Contacts a year that each customer makes by habit; 0 for most, and for all on other desks."""
    if world.plan.causes is None:
        return np.zeros(count)
    plan, rng = world.plan.causes.chance, world.apart
    rate = rng.gamma(plan.rate_shape, plan.contacts_per_year / plan.rate_shape, count)
    return np.where(rng.random(count) < plan.customer_share, rate, 0.0)


def contacts_by_habit(world: World, customers: Columns) -> list[Columns]:
    """First contacts of these customers, Poisson over time; none on other desks."""
    if world.plan.causes is None:
        return []
    rng, first = world.apart, np.maximum(customers["seen"], 0.0)
    span = tenure(customers, 0.0)
    customer = np.repeat(np.arange(len(span)), rng.poisson(customers["habit"] * span / (365 * DAY)))
    size = len(customer)
    moment = first[customer] + rng.random(size) * span[customer]
    opened = np.maximum(moment // DAY * DAY + time_of_day(rng, size), first[customer] + 60)
    none = np.full(size, -1)
    return [
        {
            "customer": customer,
            "order": none,
            "product": none,
            "need": np.full(size, world.need(world.plan.causes.chance.need_code)),
            "late": np.zeros(size, dtype=bool),
            "opened": opened,
        }
    ]
