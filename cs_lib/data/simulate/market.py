"""Customers, their orders, and daily exposure."""

from __future__ import annotations

import numpy as np

from cs_lib.data.simulate.columns import DAY, HOUR, Array, Columns, concat, draw, take
from cs_lib.data.simulate.demand import Clock
from cs_lib.data.simulate.plan import SEGMENTS, CustomerPlan, OrderPlan, Plan
from cs_lib.data.simulate.world import World

KNOWN_DAYS = 900  # before the period, over which those known by then were first seen
REGION_SHARES = (0.34, 0.22, 0.18, 0.14, 0.08, 0.04)


def make_customers(
    plan: CustomerPlan, clock: Clock, count: int, rng: np.random.Generator
) -> Columns:
    """Customers with their planted order rate per year, in order of first contact with the shop."""
    newcomer = rng.random(count) < newcomers(plan, clock)
    ago = rng.random(count)
    during = clock.begin + ago * (clock.cut - clock.begin)
    seen = np.where(newcomer, during, clock.begin - ago * KNOWN_DAYS * DAY)
    seen = np.sort(np.floor(seen))
    newcomer = seen >= clock.begin
    rate = rng.gamma(plan.rate_shape, plan.orders_per_year / plan.rate_shape, count)
    vip_from = np.quantile(rate[~newcomer], 1 - plan.vip_share)
    segment = np.where(newcomer, 0, np.where(rate >= vip_from, 2, 1))
    referred = newcomer & (rng.random(count) < plan.referred_share)
    earlier = np.floor(rng.random(count) * np.arange(count)).astype(np.int64)
    stay = float("inf") if plan.stay_days is None else plan.stay_days * DAY
    return {
        "seen": seen,
        "left": np.minimum(seen + stay, clock.cut),
        "rate": rate,
        "segment": segment,
        "region": draw(rng, REGION_SHARES, count),
        "referred_by": np.where(referred, earlier, -1),
    }


def newcomers(plan: CustomerPlan, clock: Clock) -> float:
    """Share of customers who come during the period: evenly, at the pace of before, where they also leave."""
    if plan.stay_days is None:
        return plan.newcomer_share
    days = clock.days - clock.lead
    return days / (KNOWN_DAYS + days)


def tenure(customers: Columns, since: float) -> Array:
    """Seconds from a moment on for which each is a customer, until the cut."""
    return np.asarray(np.maximum(customers["left"] - np.maximum(customers["seen"], since), 0.0))


def draw_order_times(
    customers: Columns, clock: Clock, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Customer and moment of every order: Poisson in demand time since first seen."""
    first = clock.elapsed(customers["seen"])
    span = clock.elapsed(customers["left"]) - first
    customer = np.repeat(np.arange(len(span)), rng.poisson(customers["rate"] / 365 * span))
    moments = clock.moment(first[customer] + rng.random(len(customer)) * span[customer])
    return customer, np.minimum(np.maximum(moments, customers["seen"][customer]), clock.cut - 1)


def make_orders(
    plan: Plan, clock: Clock, customer: Array, ordered: Array, rng: np.random.Generator
) -> Columns:
    """Orders with promise, delivery, cancellation, amount and list margin (0 when cancelled)."""
    size = len(ordered)
    product = draw(rng, [p.order_share for p in plan.products], size)
    amount, margin = draw_money(plan, product, rng)
    promised = (ordered // DAY + 2 + draw(rng, (0.2, 0.35, 0.25, 0.15, 0.05), size)) * DAY
    promised += 22 * HOUR  # promises end at ten in the evening
    cancelled = rng.random(size) < plan.orders.cancel_share
    late = (rng.random(size) < late_chance(plan.orders, clock)[clock.day(ordered)]) & ~cancelled
    in_time = ordered + (promised - ordered) * (0.2 + 0.8 * rng.beta(3.0, 2.5, size))
    overdue = promised + np.minimum(rng.lognormal(np.log(1.8), 0.8, size), 20) * DAY
    gone = ordered + np.minimum(rng.exponential(5 * HOUR, size) + 60, 2 * DAY)
    return {
        "customer": customer,
        "ordered": ordered,
        "promised": promised,
        "delivered": np.where(cancelled, np.nan, np.floor(np.where(late, overdue, in_time))),
        "cancelled": np.where(cancelled, np.floor(gone), np.nan),
        "amount": amount,
        "margin": np.where(cancelled & (gone < clock.cut), 0.0, margin),
        "product": product,
        "late": late,
    }


def draw_money(plan: Plan, product: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Amount and list margin per order: lognormal amount, margin share within a fifth of plan."""
    mean = np.array([p.mean_amount for p in plan.products])[product]
    share = np.array([p.margin_share for p in plan.products])[product]
    sigma = plan.orders.amount_sigma
    amount = mean * rng.lognormal(-(sigma**2) / 2, sigma, len(product))
    margin = amount * share * rng.uniform(0.8, 1.2, len(product))
    return np.maximum(np.round(amount, 2), 1.0), np.round(margin, 2)


def late_chance(plan: OrderPlan, clock: Clock) -> Array:
    """Chance of a late delivery by order day: more on busy days, `late_share` over the period."""
    load, shown = clock.factors**plan.late_load, clock.factors[clock.lead :]
    mean = (load[clock.lead :] * shown).sum() / shown.sum()
    return np.asarray(plan.late_share * load / mean)


def make_exposure(world: World, customers: Columns, orders: Columns, caused: Columns) -> Columns:
    """Orders and active users by local date and segment; buyers of the day count as active.

    `caused` are orders drawn aside: their buyers are taken out of the day's visitors by chance.
    """
    clock, kinds = world.clock, len(SEGMENTS)
    every = concat([orders, caused])
    before = buyers(clock, customers, orders)
    added = buyers(clock, customers, every) - before
    idle = np.maximum(known(clock, customers) - before, 0)
    chance = np.minimum(world.plan.customers.visit_share * clock.factors, 0.5)[:, None]
    visitors = world.rng.binomial(idle, chance)
    visitors -= world.aside.hypergeometric(added, np.maximum(idle - added, 0), visitors)
    first, period = np.datetime64(clock.first), slice(clock.lead * kinds, None)
    exposure = {
        "date": np.repeat(first + np.arange(clock.days), kinds),
        "segment": np.tile(np.array(SEGMENTS, dtype=object), clock.days),
        "orders": np.bincount(cells(clock, customers, every), minlength=clock.days * kinds),
        "active_users": (before + added + visitors).ravel(),
    }
    return {name: values[period] for name, values in exposure.items()}


def cells(clock: Clock, customers: Columns, orders: Columns) -> Array:
    """Number of each order's day and segment."""
    segment = customers["segment"][orders["customer"]]
    return np.asarray(clock.day(orders["ordered"]) * len(SEGMENTS) + segment)


def buyers(clock: Clock, customers: Columns, orders: Columns) -> Array:
    """Customers with an order, by day and segment."""
    size = len(customers["seen"])
    once = np.unique(cells(clock, customers, orders) * size + orders["customer"]) // size
    return np.bincount(once, minlength=clock.days * len(SEGMENTS)).reshape(clock.days, -1)


def known(clock: Clock, customers: Columns) -> Array:
    """Customers seen before each day who have not left, by day and segment."""
    mornings = np.arange(clock.days) * DAY
    stays = [
        take(customers, np.flatnonzero(customers["segment"] == k)) for k in range(len(SEGMENTS))
    ]
    came, gone = (
        np.stack([np.searchsorted(part[name], mornings) for part in stays], axis=1)
        for name in ("seen", "left")
    )
    return np.asarray(came - gone)
