"""Perks: assignment after a resolved contact, the orders they cause, and redemption."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cs_lib.data.simulate.columns import DAY, MINUTE, Array, Columns, concat, lookup, make_ids
from cs_lib.data.simulate.contacts import NORMAL
from cs_lib.data.simulate.plan import SEGMENTS, Perk, PerkPlan
from cs_lib.data.simulate.world import World

BROKEN_COUPON = "coupon"  # what the second test hands out


@dataclass(frozen=True, slots=True)
class Trial:
    """One test as the log shows it: names by number of the variant, and a row per customer."""

    experiment_id: str
    variants: tuple[str, ...]
    kinds: tuple[str, ...]
    rows: Columns


def perk_tests(plan: PerkPlan, perks: Columns, broken: Columns) -> tuple[Trial, Trial]:
    """The two tests that randomised customers."""
    names, kinds = tuple(p.variant for p in plan.perks), tuple(p.perk_kind for p in plan.perks)
    return (
        Trial(plan.experiment_id, names, kinds, perks),
        Trial(plan.broken_experiment_id, ("control", "treatment"), ("none", BROKEN_COUPON), broken),
    )


def assign(world: World, contacts: Columns, customers: Columns) -> Columns:
    """The perk test: first resolved complaint of each customer, four equal arms."""
    plan, rng = world.plan.perks, world.rng
    units = eligible(world, contacts, contacts["complaint"], (plan.start_day, plan.follow_up_days))
    variant = rng.integers(0, len(plan.perks), len(units["contact"]))
    return deliver(world, units, plan.perks, variant, customers)


def assign_broken(
    world: World, contacts: Columns, customers: Columns
) -> tuple[Columns, tuple[float, ...]]:
    """The second test: any resolved contact, a coupon without effect, rows lost by logging.

    Also returns the share of each segment among the units before the loss.
    """
    plan, rng = world.plan.perks, world.rng
    coupon = next(p for p in plan.perks if p.perk_kind == BROKEN_COUPON)
    control = next(p for p in plan.perks if p.perk_kind == "none")
    window = (plan.broken_start_day, plan.broken_follow_up_days)
    units = eligible(world, contacts, np.ones(len(contacts["opened"]), dtype=bool), window)
    variant = rng.permutation(len(units["contact"])) % 2  # balanced: the loss alone unbalances it
    rows = deliver(world, units, (control, coupon), variant, customers)
    rows["redeems"] = (variant == 1) & (rng.random(len(variant)) < plan.broken_redeemer_share)
    shares = np.bincount(rows["stratum"], minlength=len(SEGMENTS)) / len(variant)
    hit = (rows["stratum"] == SEGMENTS.index(plan.broken_stratum)) & (variant == 1)
    kept = np.flatnonzero(~(hit & (rng.random(len(variant)) < plan.broken_loss)))
    return {k: v[kept] for k, v in rows.items()}, tuple(float(s) for s in shares)


def eligible(world: World, contacts: Columns, wanted: Array, window: tuple[int, int]) -> Columns:
    """Each customer's first wanted contact whose resolution leads to assignment in the window.

    `window` is the first day, and the days left before the cut after the last.
    """
    clock, rng = world.clock, world.rng
    assigned = contacts["resolved"] + rng.uniform(15, 90, len(wanted)) * MINUTE
    able = wanted & (contacts["outcome"] == NORMAL) & (contacts["customer"] >= 0)
    able &= asked(world, len(wanted))
    able &= contacts["opened"] >= clock.begin
    able &= assigned >= clock.begin + window[0] * DAY
    able &= assigned < clock.cut - window[1] * DAY
    rows = np.flatnonzero(able)
    rows = rows[np.argsort(assigned[rows], kind="stable")]
    rows = rows[np.sort(np.unique(contacts["customer"][rows], return_index=True)[1])]
    return {
        "contact": rows,
        "customer": contacts["customer"][rows],
        "assigned": np.floor(assigned[rows]),
    }


def asked(world: World, size: int) -> Array:
    """Contacts that may lead into a test: all, or some by lot where that goes on for years."""
    share = world.plan.perks.asked_share
    return np.ones(size, dtype=bool) if share == 1 else world.apart.random(size) < share


def deliver(
    world: World, units: Columns, perks: tuple[Perk, ...], variant: Array, customers: Columns
) -> Columns:
    """Assignments with delivery within two hours, expiry and who would redeem."""
    plan, rng, size = world.plan.perks, world.rng, len(variant)
    fields = ("order_rate_factor", "redeemer_share", "discount_rate", "face_value", "unit_cost",
              "csat_shift", "nps_shift")  # fmt: skip
    values = {name: np.array([getattr(p, name) for p in perks])[variant] for name in fields}
    perk = variant > 0
    arrives = perk & (rng.random(size) < plan.delivered_share)
    delay = np.floor(rng.uniform(1, 60, size)) * MINUTE
    return {
        **units,
        **values,
        "variant": variant,
        "delivered": np.where(arrives, units["assigned"] + delay, np.nan),
        "expires": np.where(perk, units["assigned"] + plan.validity_days * DAY, np.nan),
        "redeems": rng.random(size) < values["redeemer_share"],
        "stratum": customers["segment"][units["customer"]],
    }


def delivered_factor(perks: Columns) -> Array:
    """Factor of each customer's perk on the order rate; 1 when it was not delivered."""
    return np.where(np.isnan(perks["delivered"]), 1.0, perks["order_rate_factor"])


def extra_order_times(
    world: World, perks: Columns, customers: Columns, factor: Array
) -> tuple[Array, Array]:
    """Customer and moment of the orders that come on top while the factor acts.

    Adding a Poisson stream of (factor - 1) x the planted rate makes the whole a Poisson stream of
    factor x the planted rate.
    """
    clock, rng = world.clock, world.rng
    first, left = clock.elapsed(perks["assigned"]), customers["left"][perks["customer"]]
    ends = np.minimum(perks["assigned"] + world.plan.perks.effect_days * DAY, left)
    span = np.maximum(clock.elapsed(ends) - first, 0.0)
    expected = (factor - 1) * customers["rate"][perks["customer"]] / 365 * span
    row = np.repeat(np.arange(len(expected)), rng.poisson(expected))
    moments = clock.moment(first[row] + rng.random(len(row)) * span[row])
    return perks["customer"][row], np.maximum(moments, perks["assigned"][row] + 1)


def redeem(perks: Columns, orders: Columns) -> Columns:
    """Redemptions: a fixed value once on the first order in validity, a rate on every order."""
    user = perks["redeems"] & ~np.isnan(perks["delivered"])
    left = pd.DataFrame({"perk": np.flatnonzero(user), "customer": perks["customer"][user]})
    kept = np.flatnonzero(np.isnan(orders["cancelled"]))
    right = pd.DataFrame({"order": kept, "customer": orders["customer"][kept]})
    pairs = left.merge(right, on="customer")
    perk, order = pairs["perk"].to_numpy(), pairs["order"].to_numpy()
    ordered = orders["ordered"][order]
    valid = (ordered > perks["delivered"][perk]) & (ordered <= perks["expires"][perk])
    rows = np.flatnonzero(valid)[np.argsort(ordered[valid], kind="stable")]
    perk, order = perk[rows], order[rows]
    first = np.zeros(len(perk), dtype=bool)
    first[np.unique(perk, return_index=True)[1]] = True
    rate, face = perks["discount_rate"][perk], perks["face_value"][perk]
    amount = orders["amount"][order]
    value = np.where(rate > 0, np.round(rate * amount, 2), np.minimum(face, amount))
    use = first | (rate > 0)
    return {"perk": perk[use], "order": order[use], "value": value[use]}


def assignment_columns(tests: Sequence[Trial], ids: Columns) -> Columns:
    """The perk_assignments table, one test after the other."""
    every = concat([test.rows for test in tests])
    return {
        "assignment_id": make_ids("P", len(every["variant"]), 6),
        "experiment_id": spelt(tests, lambda test: [test.experiment_id] * len(test.variants)),
        "customer_id": ids["customer"][every["customer"]],
        "contact_id": ids["contact"][every["contact"]],
        "variant": spelt(tests, lambda test: test.variants),
        "perk_kind": spelt(tests, lambda test: test.kinds),
        "assigned_at": every["assigned"],
        "delivered_at": every["delivered"],
        "expires_at": every["expires"],
        "face_value": every["face_value"],
        "unit_cost": every["unit_cost"],
        "stratum": lookup(SEGMENTS, every["stratum"]),
    }


def spelt(tests: Sequence[Trial], labels: Callable[[Trial], Sequence[str]]) -> Array:
    """The label of every assignment, chosen by its variant."""
    return np.concatenate([lookup(labels(test), test.rows["variant"]) for test in tests])


def redemption_columns(
    tests: Sequence[Trial], orders: Columns, assignment_ids: Array, ids: Columns
) -> Columns:
    """The perk_redemptions table, in order of redemption within each test."""
    parts, before = [], 0
    for test in tests:
        part = redeem(test.rows, orders)
        parts.append({**part, "perk": part["perk"] + before})
        before += len(test.rows["variant"])
    every = concat(parts)
    return {
        "assignment_id": assignment_ids[every["perk"]],
        "redeemed_at": orders["ordered"][every["order"]],
        "order_id": ids["order"][every["order"]],
        "discount_amount": every["value"],
    }
