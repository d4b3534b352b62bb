"""The simulated service desk: all canonical tables from a seed, and the truths planted in them.

Compared with public data (simulated values: default call, contacts a human worked):
- Help desk log of an Italian software company (2017, 4,580 tickets). Opening to last resolution:
  the long end is alike (p90 / p50 4.5 there, 4.9 here), the short end is not (p50 / p10 222 there,
  5 here) and the level differs on purpose (median 6.7 days there, 14 hours here: a shop, not
  software support). Lag-one autocorrelation of daily mean log resolution time 0.48 and 0.32, of
  daily volume 0.46 (weekdays) and 0.54. Events per ticket 4.7 and 6.6 (queue, assignment and
  customer messages are kept apart), reopened 3.3 % and 3.2 %. Another contact of the same customer
  and product within 30 days of resolution: 46 % there (397 business customers share few products),
  19 % here. Resolution to closing is a timer in both: 15 or 30 days there, 7 days here.
- Olist (8,135 orders): late among delivered 8.0 % and 8.0 %; spread of log amounts 0.85 and
  0.74; days late, median 5.8 there and 1.8 here (city delivery), promises in days, not weeks. Mean
  score 4.27 in time and 2.50 late there, 4.4 and 3.1 here: contact surveys, not order reviews, and
  Olist's subset over-represents bad scores. Survey answer delay, median 38 and 24 hours, both
  log-normal with spread 0.97.
Durations run on the calendar clock round the clock, so that a planted factor holds exactly;
opening hours in `calendars` describe shifts and do not hold up the simulated work. The period
has a hidden lead-in of 28 days: contacts about orders placed in it have a product and no order.
Orders that the test `care_by_agent` adds bring no contacts, use no perks and are numbered last:
with them or without, every other row is the same. `STORIES` are plans of other desks, one story each;
only those about needs and causes have codes with errors, texts in two languages and the table `codings`,
and only those about the journey and the scorecard have promised calls (`follow_up_due_at`). Those about
the scorecard are two years long; as many customers come as leave, so that nothing grows by itself.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from cs_lib.data.simulate.care import assign_by_agent, care_order_times, care_test
from cs_lib.data.simulate.causes.chance import own_rates
from cs_lib.data.simulate.causes.expect import Told, tell
from cs_lib.data.simulate.causes.rule_codes import coded_needs
from cs_lib.data.simulate.columns import Columns, concat, make_ids, to_table
from cs_lib.data.simulate.contacts import (
    contacts_of_customers,
    contacts_of_orders,
    finish,
    in_period,
    renumber,
)
from cs_lib.data.simulate.demand import make_clock
from cs_lib.data.simulate.events import event_columns
from cs_lib.data.simulate.expect import Facts, make_truth
from cs_lib.data.simulate.market import draw_order_times, make_customers, make_exposure, make_orders
from cs_lib.data.simulate.perks import (
    assign,
    assign_broken,
    assignment_columns,
    delivered_factor,
    extra_order_times,
    perk_tests,
    redemption_columns,
)
from cs_lib.data.simulate.plan import Plan
from cs_lib.data.simulate.staff import agent_columns, calendar_columns, change_columns, team_columns
from cs_lib.data.simulate.stories import STORIES
from cs_lib.data.simulate.surveys import survey_columns
from cs_lib.data.simulate.truth import Truth
from cs_lib.data.simulate.views import contact_columns, customer_columns, order_columns
from cs_lib.data.simulate.work import make_desk
from cs_lib.data.simulate.world import World

__all__ = ["STORIES", "Plan", "SimulatedDesk", "Truth", "simulate"]

TIMEZONE = "Asia/Shanghai"  # no daylight saving since 1991, so local days are 24 hours
CURRENCY = "CNY"
MIN_DAYS = 180


@dataclass(frozen=True, slots=True)
class SimulatedDesk:
    """A service desk with known truth: canonical tables, naive UTC stamps, money in `currency`."""

    tables: dict[str, pd.DataFrame]
    truth: Truth
    timezone: str
    currency: str
    observed_until: (
        pd.Timestamp
    )  # only promised_at, expires_at and follow_up_due_at, being plans, may lie after it


@dataclass(frozen=True, slots=True)
class Market:
    """Everything that happened, in columns, before anyone looks at it from the data cut."""

    customers: Columns
    orders: Columns
    contacts: Columns
    perks: Columns
    care: Columns
    caused: Columns  # orders drawn aside, by agents and their care; their ids follow the others'


def simulate(
    *,
    seed: int = 7,
    customers: int = 20_000,
    start: str = "2025-07-01",
    days: int = 365,
    plan: Plan | None = None,
) -> SimulatedDesk:
    """All canonical tables of one service desk, and the truths planted in them.

    Args:
        seed: the same seed gives the same bytes.
        customers: known and new customers together; rates do not depend on it.
        start: first local day, ISO.
        days: length of the period, at least 180.
        plan: other planted constants than the usual ones.
    """
    if days < MIN_DAYS or customers < 100:
        raise ValueError(f"simulate needs days >= {MIN_DAYS} and customers >= 100")
    first = dt.date.fromisoformat(start)
    rng, plan = np.random.default_rng(seed), plan or Plan()
    desk = make_desk(plan, days + plan.lead_days, rng)
    clock = make_clock(plan.orders, start=first, days=days, lead=plan.lead_days, rng=rng)
    aside, apart = (np.random.default_rng([seed, stream]) for stream in (3, 4))
    world = World(plan, clock, desk, rng, aside, apart)
    return show(world, run_market(world, customers))


def run_market(world: World, count: int) -> Market:
    """Customers buy and write; complaints lead to perks, perks to orders, these to contacts."""
    plan, clock, rng = world.plan, world.clock, world.rng
    customers = make_customers(plan.customers, clock, count, rng)
    customers["habit"] = own_rates(world, count)
    orders = make_orders(plan, clock, *draw_order_times(customers, clock, rng), rng)
    contacts = append(contacts_of_orders(world, orders, 0), contacts_of_customers(world, customers))
    perks = assign(world, contacts, customers)
    later_orders = extra_order_times(world, perks, customers, delivered_factor(perks))
    extra = make_orders(plan, clock, *later_orders, rng)
    later = contacts_of_orders(world, extra, len(orders["ordered"]))
    done, place = finish(world, append(contacts, later))
    orders, number = in_period(concat([orders, extra]), "ordered", clock.begin)
    done["order"] = renumber(done["order"], number)
    perks["contact"] = place[perks["contact"]]
    done["coded"] = coded_needs(world, done)
    return Market(customers, orders, done, perks, *run_care(world, done, perks, customers))


def run_care(
    world: World, contacts: Columns, perks: Columns, customers: Columns
) -> tuple[Columns, Columns]:
    """The customers of the test that randomised agents, and the orders it adds, by time."""
    aside = replace(world, rng=world.aside)
    care = assign_by_agent(aside, contacts, perks, customers)
    times = care_order_times(aside, care, customers)
    caused = make_orders(world.plan, world.clock, *times, aside.rng)
    return care, in_period(caused, "ordered", world.clock.begin)[0]


def append(contacts: Columns, more: Columns) -> Columns:
    """More contacts below the first, their parents renumbered."""
    shift = len(contacts["need"])
    parent = np.where(more["parent"] < 0, -1, more["parent"] + shift)
    return concat([contacts, {**more, "parent": parent}])


def show(world: World, market: Market) -> SimulatedDesk:
    """The market as an export at the data cut, with its truth."""
    local = pd.Timestamp(world.clock.first, tz=TIMEZONE)
    midnight = local.tz_convert("UTC").tz_localize(None)
    broken, strata = assign_broken(world, market.contacts, market.customers)
    ids = make_all_ids(market)
    told = tell(world, market.contacts, ids)
    columns = table_columns(world, market, ids, broken=broken, told=told)
    tables = {name: to_table(name, columns[name], midnight) for name in columns}
    seen = (market.customers, market.orders, market.contacts, market.perks, market.care)
    truth = make_truth(world, Facts(*seen, told, strata, midnight))
    until = midnight + pd.Timedelta(days=world.clock.days)
    return SimulatedDesk(tables, truth, TIMEZONE, CURRENCY, until)


def make_all_ids(market: Market) -> Columns:
    """The ids of customers, orders and contacts, in row order."""
    orders = len(market.orders["ordered"]) + len(market.caused["ordered"])
    return {
        "customer": make_ids("U", len(market.customers["seen"]), 6),
        "order": make_ids("O", orders, 7),
        "contact": make_ids("C", len(market.contacts["opened"]), 7),
    }


def table_columns(
    world: World, market: Market, ids: Columns, *, broken: Columns, told: Told | None
) -> dict[str, Columns]:
    """The columns of every canonical table; `codings` only where a story tells of them."""
    customers, contacts = market.customers, market.contacts
    orders = concat([market.orders, market.caused])
    tests = perk_tests(world.plan.perks, market.perks, broken)
    assignments = assignment_columns([*tests, care_test(world.plan, market.care)], ids)
    redemptions = redemption_columns(tests, market.orders, assignments["assignment_id"], ids)
    exposure = make_exposure(world, customers, market.orders, market.caused)
    subjects = {"subject": told.texts.subject} if told else {}
    coded = {"codings": told.codings} if told else {}
    return {
        "contacts": {**contact_columns(world, contacts, ids), **subjects},
        "events": event_columns(world, contacts, ids),
        "surveys": survey_columns(world, contacts, market.perks, ids),
        "customers": customer_columns(customers, ids),
        "orders": order_columns(world, orders, ids),
        "exposure": exposure,
        "perk_assignments": assignments,
        "perk_redemptions": redemptions,
        "flow_changes": change_columns(world),
        "agents": agent_columns(world),
        "teams": team_columns(world, TIMEZONE),
        "calendars": calendar_columns(),
        **coded,
    }
