"""How the desk works a contact: channel, team, and every time stamp from reply to closing."""

from __future__ import annotations

import numpy as np

from cs_lib.data.simulate.assistant import (
    BOT,
    BOT_CHANNELS,
    HUMAN,
    MIXED,
    abandoned,
    answered_first,
)
from cs_lib.data.simulate.columns import DAY, HOUR, MINUTE, Array, Columns, draw
from cs_lib.data.simulate.demand import ar1
from cs_lib.data.simulate.journey.course import handed_on, queued, with_course
from cs_lib.data.simulate.plan import Plan
from cs_lib.data.simulate.scorecard.course import slowed
from cs_lib.data.simulate.staff import pick_agent
from cs_lib.data.simulate.world import Desk, World

PARTNER_CAUSES = ("B1", "B2", "B4")  # carrier, payment service, supplier
FLOOR_SECONDS = 60.0
LATEST_REPLY = 0.9  # of the time to resolution, before any factor
BOT_MINUTES, BOT_SD = 8, 0.7  # of a contact that the assistant resolves: median, spread of logs


def make_desk(plan: Plan, days: int, rng: np.random.Generator) -> Desk:
    """The agents of every team (the assistant is the last) and the days' shocks."""
    team = np.repeat(np.arange(len(plan.teams)), [t.agents for t in plan.teams])
    tier = np.array([t.tier for t in plan.teams])[team]
    cost = np.round((38 + 9 * tier) * rng.lognormal(0, 0.12, len(team)), 2)
    return Desk(
        agent_team=team,
        cost_per_hour=np.where(tier == 0, 3.0, cost),
        hired=-np.floor(rng.uniform(30, 2_200, len(team))) * DAY,
        shock=ar1(plan.contacts.shock_rho, plan.contacts.shock_sd, days, rng),
    )


def handle(world: World, contacts: Columns) -> Columns:
    """The contacts with all that the desk does to them, as if there were no data cut."""
    routed = handed_on(world, answered_first(world, {**contacts, **route(world, contacts)}))
    timed = queued(world, {**routed, **durations(world, routed)})
    return with_course(world, timed, {**timed, **outcomes(world, timed)})


def route(world: World, contacts: Columns) -> Columns:
    """Channel, bot share, teams, resolver and transfers (0, 1, or 2 when it comes back)."""
    plan, rng, size = world.plan.contacts, world.rng, len(contacts["need"])
    before, after = draw_pair(rng, plan.channel_before, plan.channel_after, size)
    shifted = contacts["opened"] >= world.live(world.plan.mix_shift_change_id)
    channel = np.where(shifted, after, before)
    u = rng.random(size)
    kind = np.where(
        u < plan.bot_share, BOT, np.where(u < plan.bot_share + plan.mixed_share, MIXED, HUMAN)
    )
    kind = np.where(np.isin(channel, BOT_CHANNELS), kind, HUMAN)
    bot_team = len(world.plan.teams) - 1
    shares = [t.contact_share for t in world.plan.teams]
    team = np.where(kind == BOT, bot_team, draw(rng, shares, size))
    transfers = draw_transfers(world, contacts["need"], kind)
    other = (team + 1 + rng.integers(0, bot_team - 1, size)) % bot_team
    first_team = np.where(transfers == 1, other, team)
    complaint = rng.random(size) < column(world, "complaint_share")[contacts["need"]]
    agent, taker = pick_agent(world, team), pick_agent(world, first_team)
    return {
        "channel": channel,
        "kind": kind,
        "team": team,
        "first_team": first_team,
        "other_team": other,
        "transfers": transfers,
        "agent": agent,
        "first_agent": np.where(transfers == 1, taker, agent),
        "complaint": complaint,
    }


def draw_pair(
    rng: np.random.Generator, before: tuple[float, ...], after: tuple[float, ...], size: int
) -> tuple[Array, Array]:
    """Row numbers under both mixes."""
    return draw(rng, before, size), draw(rng, after, size)


def draw_transfers(world: World, need: Array, kind: Array) -> Array:
    """Number of changes of team."""
    plan, rng = world.plan.contacts, world.rng
    misrouted = need == world.need("sent_to_wrong_team")
    chance = np.where(misrouted, plan.misrouted_transfer_share, plan.transfer_share)
    moved = (rng.random(len(need)) < chance) & (kind != BOT)
    back = rng.random(len(need)) < plan.return_share
    return np.where(moved, np.where(back, 2, 1), 0)


def column(world: World, name: str) -> Array:
    """One numeric field of all needs, in order."""
    return np.array([getattr(need, name) for need in world.plan.needs], dtype=float)


def durations(world: World, contacts: Columns) -> Columns:
    """First response, resolution and reopening stamps.

    A flow change multiplies both durations exactly: the reply is kept below nine tenths of the
    resolution time before any factor is applied.
    """
    plan, rng, size = world.plan.contacts, world.rng, len(contacts["need"])
    common = shared_log_effects(world, contacts)
    reopened = rng.random(size) < column(world, "reopen_share")[contacts["need"]]
    reopened &= contacts["kind"] != BOT
    log_hours = middle_log_hours(world, contacts, common, reopened)
    total = np.exp(log_hours + rng.normal(0, plan.resolution_sd, size)) * HOUR
    minutes = np.array(plan.response_minutes)[contacts["channel"]]
    reply = minutes * np.exp(common + rng.normal(0, plan.response_sd, size)) * MINUTE
    bot = contacts["kind"] == BOT
    total = np.where(bot, BOT_MINUTES * MINUTE * np.exp(rng.normal(0, BOT_SD, size)), total)
    total = np.maximum(total, 10 * FLOOR_SECONDS)
    reply = np.clip(reply, FLOOR_SECONDS, LATEST_REPLY * total)
    slow = slowed(world, contacts)
    reply = reply * change_factor(world, contacts, "first_response_factor") * slow
    total = total * change_factor(world, contacts, "resolution_factor") * slow
    return stamps(contacts["opened"], np.where(bot, np.nan, reply), total, reopened)


def middle_log_hours(world: World, contacts: Columns, common: Array, reopened: Array) -> Array:
    """Log of the median hours that people take to resolve each contact, before any factor."""
    plan = world.plan.contacts
    log_hours = np.log(column(world, "resolution_hours"))[contacts["need"]] + common
    log_hours += plan.transfer_effect * contacts["transfers"] + plan.reopen_effect * reopened
    return np.asarray(log_hours)


def kept_share(plan: Plan) -> float:
    """Share of first contacts that nobody withdraws; those of the assistant never are."""
    able = sum(plan.contacts.channel_before[i] for i in BOT_CHANNELS)
    return 1 - plan.contacts.withdrawn_share * (1 - able * plan.contacts.bot_share)


def shared_log_effects(world: World, contacts: Columns) -> Array:
    """Team, weekday, load and daily shock: what moves both durations, in logs."""
    plan, clock = world.plan.contacts, world.clock
    day = clock.day(contacts["opened"])
    effect = np.array([t.log_effect for t in world.plan.teams])[contacts["team"]]
    effect = effect + np.array(plan.weekday_effect)[clock.weekday(contacts["opened"])]
    # Yesterday's and today's orders are today's queue.
    load = (clock.factors + np.roll(clock.factors, 1)) / 2
    return np.asarray(effect + plan.load_effect * np.log(load)[day] + world.desk.shock[day])


def change_factor(world: World, contacts: Columns, name: str) -> Array:
    """Factor on a duration from all changes live at opening; geometric during the ramp."""
    factor = np.ones(len(contacts["need"]))
    for change in world.plan.changes:
        numbers = [i for i, t in enumerate(world.plan.teams) if t.team_id in change.teams]
        since = contacts["opened"] - world.live(change.change_id)
        ramp = np.clip(since / (change.ramp_days * DAY), 0, 1) if change.ramp_days else since >= 0
        factor *= getattr(change, name) ** np.where(np.isin(contacts["team"], numbers), ramp, 0.0)
    return factor


def stamps(opened: Array, reply: Array, total: Array, reopened: Array) -> Columns:
    """Stamps from durations in seconds."""
    resolved = np.rint(opened + total)
    responded = np.rint(opened + reply)
    start = np.where(np.isnan(responded), opened, responded)
    work = resolved - start
    first = np.where(reopened, np.rint(start + 0.6 * work), np.nan)
    return {
        "responded": responded,
        "assigned": np.rint(opened + 0.6 * reply),
        "resolved": resolved,
        "first_resolved": first,
        "reopened": np.where(reopened, np.rint(start + 0.8 * work), np.nan),
    }


def outcomes(world: World, contacts: Columns) -> Columns:
    """Outcome, transfers and pauses in time, closing, effort and follow-up."""
    plan, rng, size = world.plan.contacts, world.rng, len(contacts["need"])
    withdrawn = (rng.random(size) < plan.withdrawn_share) & (contacts["kind"] != BOT)
    withdrawn |= abandoned(world, contacts)
    start = np.where(np.isnan(contacts["responded"]), contacts["opened"], contacts["responded"])
    work = contacts["resolved"] - start
    gone = np.rint(contacts["opened"] + work * rng.uniform(0.05, 0.9, size))
    timer = np.full(size, plan.close_timer_hours * HOUR)
    by_hand = np.minimum(rng.exponential(20 * HOUR, size) + MINUTE, timer)
    timer = np.where(rng.random(size) < plan.timer_share, timer, by_hand)
    paused = (rng.random(size) < 0.20) & (contacts["kind"] != BOT)
    promised = contacts["complaint"] & (rng.random(size) < plan.follow_up_share) & ~withdrawn
    partner = np.array([n.root_cause in PARTNER_CAUSES for n in world.plan.needs])
    lag = rng.lognormal(np.log(40 * HOUR), 0.8, size)
    return {
        "outcome": np.where(withdrawn, 3, 0),
        "merged_into": np.full(size, -1),
        "waits_on_partner": partner[contacts["need"]] & (rng.random(size) < 0.5),
        "moved": np.where(contacts["transfers"] > 0, np.rint(start + 0.3 * work), np.nan),
        "returned": np.where(contacts["transfers"] > 1, np.rint(start + 0.45 * work), np.nan),
        "paused": np.where(paused, np.rint(start + 0.25 * work), np.nan),
        "paused_until": np.where(paused, np.rint(start + 0.5 * work), np.nan),
        "closed": np.where(withdrawn, gone, np.rint(contacts["resolved"] + timer)),
        "follow_up": np.where(promised, np.rint(contacts["resolved"] + lag), np.nan),
        "handle": draw_effort(world, contacts),
        "resolved": np.where(withdrawn, np.nan, contacts["resolved"]),
        "first_resolved": np.where(withdrawn, np.nan, contacts["first_resolved"]),
        "reopened": np.where(withdrawn, np.nan, contacts["reopened"]),
        "responded": np.where(withdrawn & (contacts["responded"] >= gone), np.nan,
                              contacts["responded"]),
        "assigned": np.where(withdrawn & (contacts["assigned"] >= gone), np.nan,
                             contacts["assigned"]),
    }  # fmt: skip


def draw_effort(world: World, contacts: Columns) -> Array:
    """Seconds of agent time, never more than the elapsed time; not recorded for some."""
    rng, size = world.rng, len(contacts["need"])
    effort = column(world, "handle_seconds")[contacts["need"]] * rng.lognormal(0, 0.6, size)
    effort *= 1 + 0.5 * contacts["transfers"]
    effort = np.minimum(np.round(effort), contacts["resolved"] - contacts["opened"])
    effort = np.where(contacts["kind"] == BOT, 0.0, effort)
    return np.where(rng.random(size) < 0.04, np.nan, effort)
