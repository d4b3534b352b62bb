"""Contacts: why customers write, when, and which come back."""

from __future__ import annotations

import numpy as np

from cs_lib.data.simulate.assistant import returns
from cs_lib.data.simulate.causes.chance import contacts_by_habit
from cs_lib.data.simulate.causes.surges import peaks, thinned
from cs_lib.data.simulate.columns import DAY, HOUR, Array, Columns, concat, take
from cs_lib.data.simulate.demand import time_of_day
from cs_lib.data.simulate.market import tenure
from cs_lib.data.simulate.plan import Plan
from cs_lib.data.simulate.work import handle
from cs_lib.data.simulate.world import World

NORMAL, MERGED, SPAM, WITHDRAWN = 0, 1, 2, 3
LAST_REPEAT_DAY = 29
WORK_STAMPS = (
    "responded", "assigned", "resolved", "reopened", "first_resolved", "moved", "returned",
    "paused", "paused_until", "follow_up", "handle",
)  # fmt: skip


def contacts_of_orders(world: World, orders: Columns, offset: int) -> Columns:
    """Worked contacts caused by these orders, repeats included; `offset` = first order number."""
    roots = order_roots(world, orders)
    roots["order"] = np.where(roots["order"] < 0, -1, roots["order"] + offset)
    return with_repeats(world, roots)


def contacts_of_customers(world: World, customers: Columns) -> Columns:
    """Worked contacts that are not about an order, repeats included."""
    rates = np.array([n.per_customer_year for n in world.plan.needs]) * peaks(world)
    first = np.maximum(customers["seen"], 0.0)
    span = tenure(customers, 0.0)
    counts = world.rng.poisson(rates * span.sum() / (365 * DAY))
    need = np.repeat(np.arange(len(rates)), counts)
    edges = np.cumsum(span) / span.sum()
    customer = np.searchsorted(edges, world.rng.random(len(need)), side="right")
    moment = first[customer] + world.rng.random(len(need)) * span[customer]
    opened = moment // DAY * DAY + time_of_day(world.rng, len(need))
    none = np.full(len(need), -1)
    anonymous = world.rng.random(len(need)) < world.plan.contacts.anonymous_share
    roots = {
        "customer": np.where(anonymous, -1, customer),
        "order": none,
        "product": none,
        "need": need,
        "late": np.zeros(len(need), dtype=bool),
        "opened": np.maximum(opened, first[customer] + 60),
    }
    return with_repeats(
        world, concat([thinned(world, roots), *contacts_by_habit(world, customers)])
    )


def order_roots(world: World, orders: Columns) -> Columns:
    """First contacts of delivered orders: at most one root need per order."""
    need = draw_need(world, orders)
    rows = np.flatnonzero(need >= 0)
    chosen, need = take(orders, rows), need[rows]
    opened = opening(world, chosen, need)
    fix = world.plan.fix
    ratio = fix.incidence_after / fix.incidence_before
    fixed = (need == world.need(fix.need_code)) & (opened >= world.live(fix.change_id))
    keep = (opened < world.clock.cut) & ~(fixed & (world.rng.random(len(need)) >= ratio))
    roots = {
        "customer": chosen["customer"],
        "order": rows,
        "product": chosen["product"],
        "need": need,
        "late": chosen["late"],
        "opened": opened,
    }
    return thinned(world, take(roots, np.flatnonzero(keep)))


def draw_need(world: World, orders: Columns) -> Array:
    """Need of each order's first contact, -1 for none; chances are the planted rates."""
    needs, fix = world.plan.needs, world.plan.fix
    fixed = [p.product_id for p in world.plan.products].index(fix.product_id)
    u, highest = world.rng.random(len(orders["ordered"])), peaks(world)
    drawn = np.full(len(u), -1)
    for late in (False, True):
        for hit in (False, True):
            rates = np.array([n.per_late_order if late else n.per_order for n in needs])
            rates[world.need(fix.need_code)] = fix.incidence_before if hit else 0.0
            rates *= highest
            cell = (orders["late"] == late) & ((orders["product"] == fixed) == hit)
            drawn[cell] = np.searchsorted(np.cumsum(rates), u[cell], side="right")
    drawn[(drawn == len(needs)) | ~np.isnan(orders["cancelled"])] = -1
    return drawn


def opening(world: World, orders: Columns, need: Array) -> Array:
    """When the contact comes: whole days after promise, order or delivery, at a usual hour."""
    anchor, chance = waits_from(world, orders, need)
    waited = world.rng.geometric(chance)
    return (anchor // DAY + waited) * DAY + time_of_day(world.rng, len(need))


def waits_from(world: World, orders: Columns, need: Array) -> tuple[Array, Array]:
    """When the wait for a contact begins, and the chance of writing on each day after it."""
    transit = np.array([n.when == "transit" for n in world.plan.needs])[need]
    overdue = orders["late"] & (need == world.need("where_is_order"))
    anchor = np.where(overdue, orders["promised"], orders["delivered"])
    anchor = np.where(transit & ~overdue, orders["ordered"], anchor)
    return anchor, np.where(transit, 0.55, 0.30)


def with_repeats(world: World, roots: Columns) -> Columns:
    """Worked roots and, generation after generation, their repeat contacts."""
    size = len(roots["need"])
    none = np.full(size, -1)
    generation = handle(world, {**roots, "parent": none, "is_repeat": np.zeros(size, dtype=bool)})
    parts, offset = [generation], 0
    while len(generation["need"]):
        children = repeats(world, generation, offset)
        offset += len(generation["need"])
        generation = handle(world, children)
        parts.append(generation)
    return concat(parts)


def repeats(world: World, contacts: Columns, offset: int) -> Columns:
    """Repeat contacts on the same need; `offset` numbers the parents."""
    chance = repeat_chance(world, contacts)
    rows = np.flatnonzero(world.rng.random(len(chance)) < chance)
    days = world.rng.choice(
        np.arange(1, LAST_REPEAT_DAY + 1), size=len(rows), p=gap_shares(world.plan)
    )
    wobble = np.clip(world.rng.normal(0, 2 * HOUR, len(rows)), -6 * HOUR, 6 * HOUR)
    opened = np.rint(contacts["resolved"][rows] + days * DAY + wobble)
    inside = opened < world.clock.cut
    rows, opened = rows[inside], opened[inside]
    usual = copies(contacts, rows, opened, offset)
    rows, opened = returns(world, contacts)
    return concat([usual, copies(contacts, rows, opened, offset)])


def copies(contacts: Columns, rows: Array, opened: Array, offset: int) -> Columns:
    """New contacts about the same thing as these."""
    copied = {k: contacts[k][rows] for k in ("customer", "order", "product", "need", "late")}
    repeated = np.ones(len(rows), dtype=bool)
    return {**copied, "opened": opened, "parent": rows + offset, "is_repeat": repeated}


def repeat_chance(world: World, contacts: Columns) -> Array:
    """Planted chance of a repeat within 30 days of resolution."""
    chance = np.array([n.repeat_30d for n in world.plan.needs])[contacts["need"]]
    fix = world.plan.fix
    fixed = contacts["need"] == world.need(fix.need_code)
    after = contacts["resolved"] >= world.live(fix.change_id)
    chance = np.where(fixed & after, fix.repeat_30d_after, chance)
    chance = np.where(fixed & ~after, fix.repeat_30d_before, chance)
    able = (contacts["outcome"] == NORMAL) & (contacts["customer"] >= 0) & ~contacts["deflected"]
    return np.where(able, chance, 0.0)


def gap_shares(plan: Plan) -> Array:
    """Shares of repeats by whole days after resolution: exponential, cut below 30 days."""
    shares = np.exp(-np.arange(1, LAST_REPEAT_DAY + 1) / plan.contacts.repeat_mean_days)
    return np.asarray(shares / shares.sum())


def repeats_within_7_days(plan: Plan) -> float:
    """Share of the repeats that come within 7 days; the wobble splits day 7 in halves."""
    shares = gap_shares(plan)
    return float(shares[:6].sum() + shares[6] / 2)


def duplicates(world: World, contacts: Columns) -> Columns:
    """Second tickets about the same thing, opened while the first is open, merged into it."""
    plan, rng = world.plan.contacts, world.rng
    able = (contacts["outcome"] == NORMAL) & (contacts["customer"] >= 0)
    chance = np.where(able, plan.duplicate_share, 0.0)
    rows = np.flatnonzero(rng.random(len(chance)) < chance)
    copy = take(contacts, rows)
    wait = np.minimum(copy["resolved"] - copy["opened"], DAY) * rng.uniform(0.1, 0.7, len(rows))
    copy["opened"] = np.rint(copy["opened"] + wait)
    copy["closed"] = copy["opened"] + np.rint(rng.uniform(60, 1_800, len(rows)))
    copy["channel"] = (copy["channel"] + 1 + rng.integers(0, 3, len(rows))) % 7
    copy["merged_into"] = rows
    return take(without_work(copy, MERGED), np.flatnonzero(copy["closed"] < world.clock.cut))


def spam(world: World, contacts: Columns) -> Columns:
    """Anonymous junk, closed by a rule within the hour."""
    rng, share = world.rng, world.plan.contacts.spam_share
    junk = take(contacts, np.flatnonzero(rng.random(len(contacts["need"])) < share))
    size = len(junk["need"])
    opened = np.sort(rng.integers(0, world.clock.days, size)) * DAY + rng.integers(0, 86_400, size)
    junk["opened"] = np.minimum(opened.astype(float), world.clock.cut - 2 * HOUR)
    junk["closed"] = junk["opened"] + np.rint(rng.uniform(60, HOUR, size))
    for reference in ("customer", "order", "product", "parent", "merged_into"):
        junk[reference] = np.full(size, -1)
    junk["need"] = np.full(size, len(world.plan.needs) - 1)
    junk["channel"] = np.where(rng.random(size) < 0.6, 2, 5)  # email, social
    return without_work(junk, SPAM)


def without_work(contacts: Columns, outcome: int) -> Columns:
    """The same rows as nobody works on them."""
    size = len(contacts["need"])
    never = dict.fromkeys(WORK_STAMPS, np.full(size, np.nan))
    nobody = dict.fromkeys(("team", "agent", "parent"), np.full(size, -1))
    return {**contacts, **never, **nobody, "outcome": np.full(size, outcome)}


def finish(world: World, contacts: Columns) -> tuple[Columns, Array]:
    """All contacts in order of opening, duplicates and spam added; and the new row of each old."""
    every = concat([contacts, duplicates(world, contacts), spam(world, contacts)])
    done, place = in_period(every, "opened", world.clock.begin)
    for reference in ("parent", "merged_into"):
        done[reference] = renumber(done[reference], place)
    return done, place


def in_period(columns: Columns, stamp: str, begin: float) -> tuple[Columns, Array]:
    """Rows from the start of the period on, in order of a stamp; the new row of each old, or -1."""
    order = np.argsort(columns[stamp], kind="stable")
    order = order[columns[stamp][order] >= begin]
    place = np.full(len(columns[stamp]), -1)
    place[order] = np.arange(len(order))
    return take(columns, order), place


def renumber(rows: Array, place: Array) -> Array:
    """References after rows have moved; -1 stays, and stands for rows before the period."""
    return np.where(rows < 0, -1, place[rows])
