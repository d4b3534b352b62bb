"""What to expect of an assistant that answers first: contacts per order, deflection, containment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cs_lib.data.simulate.assistant import BOT_CHANNELS
from cs_lib.data.simulate.columns import DAY, Array, Columns
from cs_lib.data.simulate.contacts import gap_shares
from cs_lib.data.simulate.market import tenure
from cs_lib.data.simulate.plan import AssistantPlan, Plan
from cs_lib.data.simulate.truth import AssistantTruth
from cs_lib.data.simulate.world import World

CONTAINED_DAYS = 3  # without a repeat contact


@dataclass(frozen=True, slots=True)
class Handling:
    """Shares of first contacts: with the bot alone, bot then human, and newly deflected."""

    bot: float
    mixed: float
    deflected: float
    withdrawn: float  # of contacts that are not deflected, before the assistant
    withdrawn_rest: float  # of those it leaves, afterwards


def assistant_truth(
    world: World, customers: Columns, *, orders: float, late: float
) -> AssistantTruth | None:
    """The assistant's planted consequences; none on a desk without it.

    Args:
        customers: everyone, with the moment first seen.
        orders: expected over the period.
        late: share of delivered orders.
    """
    plan = world.plan.assistant
    if plan is None:
        return None
    rates, repeat, coded = roots(world, customers, orders, late)
    share = handling(world.plan, plan)
    before, after = chains(plan, share, repeat)
    early = float(gap_shares(world.plan)[: CONTAINED_DAYS - 1].sum())
    early += float(gap_shares(world.plan)[CONTAINED_DAYS - 1]) / 2  # its wobble splits the last day
    stays = 1 - early * repeat
    solved = 1 - plan.return_share * -np.expm1(-CONTAINED_DAYS * 24 / plan.return_mean_hours)
    solved *= 1 - plan.abandoned_share
    started = (share.bot + share.mixed) * after["all"] + share.deflected
    return AssistantTruth(
        change_id=plan.change_id,
        contacts_per_1000_before=1_000 * float(rates @ before["kept"]),
        contacts_per_1000_after=1_000 * float(rates @ after["kept"]),
        deflection_before=share.bot / (share.bot + share.mixed),
        deflection_after=float(
            rates @ (share.bot * after["all"] + share.deflected) / (rates @ started)
        ),
        containment_before=float(
            (rates * coded) @ (share.bot * before["all"] * stays)
            / ((share.bot + share.mixed) * ((rates * coded) @ before["all"]))
        ),
        containment_after=float(
            (rates * coded) @ (share.bot * after["all"] * stays + share.deflected * solved)
            / ((rates * coded) @ started)
        ),
    )  # fmt: skip


def roots(world: World, customers: Columns, orders: float, late: float) -> tuple[Array, ...]:
    """First contacts per order placed, their chance of a repeat, and whether the need is known.

    One row per need from orders, then from customers as such; those who stay anonymous last.
    """
    plan, clock = world.plan, world.clock
    years = tenure(customers, clock.begin).sum() / (365 * DAY)
    product = next(p for p in plan.products if p.product_id == plan.fix.product_id)
    per_order = [(1 - late) * n.per_order + late * n.per_late_order for n in plan.needs]
    per_order[world.need(plan.fix.need_code)] = product.order_share * plan.fix.incidence_before
    ordered = (1 - plan.orders.cancel_share) * np.array(per_order)
    asked = np.array([n.per_customer_year for n in plan.needs]) * years / orders
    unknown = plan.contacts.anonymous_share
    repeat = np.array([n.repeat_30d for n in plan.needs])
    repeat[world.need(plan.fix.need_code)] = plan.fix.repeat_30d_before
    known = np.array([n.code is not None for n in plan.needs])
    none = np.zeros(len(repeat))
    return (
        np.concatenate([ordered, (1 - unknown) * asked, unknown * asked]),
        np.concatenate([repeat, repeat, none]),
        np.concatenate([known, known, none.astype(bool)]),
    )


def handling(plan: Plan, assistant: AssistantPlan) -> Handling:
    """How first contacts are handled once the assistant is there."""
    contacts = plan.contacts
    able = sum(contacts.channel_before[i] for i in BOT_CHANNELS)
    bot, mixed = able * contacts.bot_share, able * contacts.mixed_share
    deflected = (able - bot - mixed) * assistant.deflected_share
    rest = (1 - bot - deflected) / (1 - deflected)
    share = contacts.withdrawn_share
    return Handling(bot, mixed, deflected, share * (1 - bot), share * rest)


def chains(
    plan: AssistantPlan, share: Handling, repeat: Array
) -> tuple[dict[str, Array], dict[str, Array]]:
    """Contacts from one first contact, it and all that follow it, before and after.

    `all` counts those given up or withdrawn, `kept` does not. Anonymous customers never come back.
    """
    stays = 1 - share.withdrawn
    every = 1 / (1 - stays * repeat)
    back = plan.return_share * (repeat > 0)
    follow = (1 - share.deflected) * (1 - share.withdrawn_rest) * repeat + share.deflected * back
    first = (1 - share.deflected) * (1 - share.withdrawn_rest)
    first += share.deflected * (1 - plan.abandoned_share)
    return (
        {"all": every, "kept": stays * every},
        {"all": 1 + follow * every, "kept": first + follow * stays * every},
    )
