"""What an export at the data cut shows of contacts, customers and orders."""

from __future__ import annotations

import numpy as np

from cs_lib.data.simulate.assistant import BOT
from cs_lib.data.simulate.columns import Array, Columns, lookup, make_ids
from cs_lib.data.simulate.contacts import MERGED, NORMAL, SPAM, WITHDRAWN
from cs_lib.data.simulate.plan import CHANNELS, REGIONS, SEGMENTS
from cs_lib.data.simulate.world import World

HANDLED_BY = ("human", "bot", "mixed")
JUNK = "Special offer inside"


def seen(stamps: Array, cut: float) -> Array:
    """Stamps before the cut; later ones have not happened yet."""
    return np.where(stamps < cut, stamps, np.nan)


def last_resolution(contacts: Columns, cut: float) -> Array:
    """The resolution in force at the cut; not a number when open or reopened."""
    final = seen(contacts["resolved"], cut)
    first = seen(contacts["first_resolved"], cut)
    standing = np.isnan(final) & ~(contacts["reopened"] < cut)
    return np.where(standing, first, final)


def statuses(contacts: Columns, cut: float) -> Array:
    """Status of each contact at the cut."""
    outcome = contacts["outcome"]
    resolved = ~np.isnan(last_resolution(contacts, cut))
    waiting = (contacts["paused"] < cut) & ~(contacts["paused_until"] < cut)
    names = [
        (outcome == MERGED, "merged"),
        (outcome == SPAM, "spam"),
        ((outcome == WITHDRAWN) & (contacts["closed"] < cut), "cancelled"),
        (resolved & (contacts["closed"] < cut), "closed"),
        (resolved, "resolved"),
        (waiting & contacts["waits_on_partner"], "waiting_third_party"),
        (waiting, "waiting_customer"),
        (contacts["assigned"] < cut, "open"),
    ]
    return np.select([n[0] for n in names], [np.array(n[1], dtype=object) for n in names], "new")


def contact_columns(world: World, contacts: Columns, ids: Columns) -> Columns:
    """The contacts table."""
    cut, outcome = world.clock.cut, contacts["outcome"]
    resolved = last_resolution(contacts, cut)
    junk = outcome == SPAM
    team, agent = owners_at_cut(contacts, cut)
    complaint = contacts["complaint"].astype(object)
    complaint[junk] = None
    handled = np.where((outcome == MERGED) | junk | (team < 0), -1, contacts["kind"])
    subject = np.where(contacts["opened"] % 2 == 0, 0, 1)
    closed = np.where((outcome == 0) & np.isnan(resolved), np.nan, seen(contacts["closed"], cut))
    return {
        "contact_id": ids["contact"],
        "customer_id": lookup(ids["customer"], contacts["customer"]),
        "opened_at": contacts["opened"],
        "first_response_at": seen(contacts["responded"], cut),
        "resolved_at": resolved,
        "closed_at": closed,
        "status": statuses(contacts, cut),
        "channel": lookup(CHANNELS, contacts["channel"]),
        "is_complaint": complaint,
        **need_labels(
            world, np.where(junk, -1, contacts["need"]), np.where(junk, -1, contacts["coded"])
        ),
        "priority": priorities(contacts),
        "team_id": lookup([t.team_id for t in world.plan.teams], team),
        "agent_id": lookup(make_ids("A", len(world.desk.agent_team), 3), agent),
        "handled_by": lookup(HANDLED_BY, handled),
        "order_id": lookup(ids["order"], contacts["order"]),
        "product_id": lookup([p.product_id for p in world.plan.products], contacts["product"]),
        "merged_into": lookup(ids["contact"], contacts["merged_into"]),
        "parent_contact_id": lookup(ids["contact"], contacts["parent"]),
        "handle_seconds": np.where(np.isnan(resolved), np.nan, contacts["handle"]),
        "subject": subjects(world, contacts["need"], subject, junk),
        **promised_calls(world, contacts),
    }


def promised_calls(world: World, contacts: Columns) -> Columns:
    """When calls promised by the cut are due, also after it; no column on other desks."""
    if world.plan.journey is None:
        return {}
    told = (contacts["outcome"] == NORMAL) & (contacts["resolved"] < world.clock.cut)
    return {"follow_up_due_at": np.where(told, contacts["due"], np.nan)}


def owners_at_cut(contacts: Columns, cut: float) -> tuple[Array, Array]:
    """Team and agent known at the cut; the bot needs no assignment."""
    known = (contacts["assigned"] < cut) | ((contacts["kind"] == BOT) & (contacts["team"] >= 0))
    moved = (contacts["transfers"] == 0) | (contacts["moved"] < cut)
    team = np.where(moved, contacts["team"], contacts["first_team"])
    agent = np.where(moved, contacts["agent"], contacts["first_agent"])
    worked = known & (contacts["team"] >= 0)
    return np.where(worked, team, -1), np.where(worked, agent, -1)


def need_labels(world: World, need: Array, coded: Array) -> Columns:
    """Issue as the customer says it; need, owner and root cause as coded.

    What is not coded is owned by `unknown`.
    """
    needs = world.plan.needs
    issue = lookup([n.issue for n in needs], need)
    owner = lookup([n.owner for n in needs], coded)
    return {
        "issue": np.where(need < 0, "unknown", issue),
        "need_code": lookup([n.code for n in needs], coded),
        "owner": np.where(coded < 0, "unknown", owner),
        "root_cause": lookup([n.root_cause for n in needs], coded),
    }


def priorities(contacts: Columns) -> Array:
    """Priority at opening: repeats and late orders first, then complaints."""
    level = contacts["is_repeat"].astype(int) + contacts["late"] + contacts["complaint"]
    return lookup(("low", "normal", "high", "urgent"), level)


def subjects(world: World, need: Array, which: Array, junk: Array) -> Array:
    """Short subject lines as customers write them."""
    lines = np.array([n.subjects for n in world.plan.needs], dtype=object)
    return np.where(junk, JUNK, lines[need, which])


def customer_columns(customers: Columns, ids: Columns) -> Columns:
    """The customers table."""
    return {
        "customer_id": ids["customer"],
        "first_seen_at": customers["seen"],
        "segment": lookup(SEGMENTS, customers["segment"]),
        "region": lookup(REGIONS, customers["region"]),
        "referred_by": lookup(ids["customer"], customers["referred_by"]),
    }


def order_columns(world: World, orders: Columns, ids: Columns) -> Columns:
    """The orders table."""
    products, cut = world.plan.products, world.clock.cut
    return {
        "order_id": ids["order"],
        "customer_id": lookup(ids["customer"], orders["customer"]),
        "ordered_at": orders["ordered"],
        "promised_at": orders["promised"],
        "delivered_at": seen(orders["delivered"], cut),
        "cancelled_at": seen(orders["cancelled"], cut),
        "amount": orders["amount"],
        "margin": orders["margin"],
        "product_id": lookup([p.product_id for p in products], orders["product"]),
        "category": lookup([p.category for p in products], orders["product"]),
    }
