"""The way of each contact: handoffs, chases, waits, promises, and the queue of one team; nothing on other desks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cs_lib.data.simulate.assistant import BOT
from cs_lib.data.simulate.columns import DAY, HOUR, Array, Columns
from cs_lib.data.simulate.journey.plan import JourneyPlan
from cs_lib.data.simulate.journey.truth import Pain
from cs_lib.data.simulate.staff import pick_agent
from cs_lib.data.simulate.world import World

MISROUTED = "sent_to_wrong_team"
NO_PROMISE, KEPT, LATE, MISSED = range(4)
# Shares of the time from first reply to resolution. Handoffs come first, then waits, then chases,
# all before a first resolution that does not last.
MOVES = (0.06, 0.12, 0.18)
PAUSED, ANSWERED = 0.22, 0.36


def handed_on(world: World, contacts: Columns) -> Columns:
    """The routed contacts with up to three changes of team: `to_team_k` and `to_agent_k`, -1 for none.

    Two changes are A-B-A or A-B-C, three are A-B-A-B.
    """
    plan = world.plan.journey
    if plan is None:
        return contacts
    drawing = replace(world, rng=world.apart)
    size, rng = len(contacts["need"]), world.apart
    moves = count_moves(plan, rng, first_chances(world, contacts))
    back = rng.random(size) < plan.handoffs.back_share
    team, other = contacts["team"], contacts["other_team"]
    third = third_team(world, team, other)
    first = np.select(
        [moves == 1, (moves == 2) & ~back, moves == 3], [other, third, other], team
    )  # fmt: skip
    taker = pick_agent(drawing, first)
    agent = contacts["agent"]
    first_agent = np.where(first == team, agent, taker)
    helper = np.where(first == other, first_agent, pick_agent(drawing, other))
    last, none = (team, agent), (np.full(size, -1), np.full(size, -1))
    between = (other, helper)
    stations = [
        choose(moves, {1: last, 2: between, 3: last}, none),
        choose(moves, {2: last, 3: between}, none),
        choose(moves, {3: last}, none),
    ]
    named = {f"to_team_{k}": s[0] for k, s in enumerate(stations, start=1)}
    named |= {f"to_agent_{k}": s[1] for k, s in enumerate(stations, start=1)}
    return {
        **contacts,
        **named,
        "transfers": moves,
        "first_team": first,
        "first_agent": first_agent,
    }


def first_chances(world: World, contacts: Columns) -> Array:
    """Chance of being handed on at all."""
    plan = told(world).handoffs
    misrouted = contacts["need"] == world.need(MISROUTED)
    chance = np.where(misrouted, plan.misrouted_first_share, plan.first_share)
    return np.where(contacts["kind"] == BOT, 0.0, chance)


def count_moves(plan: JourneyPlan, rng: np.random.Generator, chance: Array) -> Array:
    """Number of handoffs."""
    first, again, third = (rng.random(len(chance)) for _ in range(3))
    more = 1 + (again < plan.handoffs.again_share) * (1 + (third < plan.handoffs.third_share))
    return np.where(first < chance, more, 0)


def third_team(world: World, team: Array, other: Array) -> Array:
    """Another team of people than these two; any number where the first is the assistant."""
    low, high = np.minimum(team, other), np.maximum(team, other)
    third = world.apart.integers(0, len(world.plan.teams) - 3, len(team))
    third += third >= low
    return np.asarray(third + (third >= high))


def choose(
    moves: Array, stations: dict[int, tuple[Array, Array]], none: tuple[Array, Array]
) -> tuple[Array, Array]:
    """Team and agent of one handoff, by how many there are."""
    which = [moves == count for count in stations]
    team, agent = (
        np.select(which, [s[side] for s in stations.values()], none[side]) for side in (0, 1)
    )
    return team, agent


def queued(world: World, contacts: Columns) -> Columns:
    """The timed contacts: whoever waits in the slow queue is picked up later, and all that follows is later."""
    plan = world.plan.journey
    if plan is None:
        return contacts
    wait = np.where(in_slow_queue(world, contacts), contacts["assigned"] - contacts["opened"], 0.0)
    added = (plan.queue.factor - 1) * wait
    later = ("assigned", "responded", "resolved", "first_resolved", "reopened")
    return {**contacts, **{name: np.rint(contacts[name] + added) for name in later}}


def in_slow_queue(world: World, contacts: Columns) -> Array:
    """Contacts that people of the team pick up first, opened from its date on."""
    plan = told(world).queue
    team = [t.team_id for t in world.plan.teams].index(plan.team_id)
    after = contacts["opened"] >= slow_from(world)
    return np.asarray((contacts["first_team"] == team) & after & (contacts["kind"] != BOT))


def slow_from(world: World) -> float:
    """Local midnight from which the queue is slow, in seconds."""
    days = world.clock.days - world.clock.lead
    return world.clock.begin + round(told(world).queue.live_share * days) * DAY


def with_course(world: World, timed: Columns, done: Columns) -> Columns:
    """The worked contacts with their way; `timed` still has the times of those withdrawn."""
    if world.plan.journey is None:
        return done
    start, work = timed["responded"], timed["resolved"] - timed["responded"]
    moved = {
        f"moved_{k}": np.where(timed["transfers"] >= k, np.rint(start + share * work), np.nan)
        for k, share in enumerate(MOVES, start=1)
    }
    last = np.fmax(np.fmax(moved["moved_1"], moved["moved_2"]), moved["moved_3"])
    return {**done, **moved, "moved": last, **waits(world, timed), **chases(world, timed),
            **promises(world, done)}  # fmt: skip


def waits(world: World, contacts: Columns) -> Columns:
    """Waiting on the customer or a third party."""
    hit = world.apart.random(len(contacts["need"])) < wait_chances(world, contacts)
    start, work = contacts["responded"], contacts["resolved"] - contacts["responded"]
    return {
        "paused": np.where(hit, np.rint(start + PAUSED * work), np.nan),
        "paused_until": np.where(hit, np.rint(start + ANSWERED * work), np.nan),
    }


def wait_chances(world: World, contacts: Columns) -> Array:
    """Chance of waiting on others: by how hard the need is, and how long the contact takes."""
    plan = told(world).waits
    hours = (contacts["resolved"] - contacts["opened"]) / HOUR
    grown = np.log(hours / plan.from_hours) / np.log(plan.to_hours / plan.from_hours)
    most = np.where(hard(world, contacts), plan.hard_share, plan.easy_share)
    return np.where(contacts["kind"] == BOT, 0.0, most * np.clip(grown, 0, 1))


def hard(world: World, contacts: Columns) -> Array:
    """Contacts on hard needs."""
    least = told(world).waits.hard_hours
    return np.array([n.resolution_hours >= least for n in world.plan.needs])[contacts["need"]]


def chases(world: World, contacts: Columns) -> Columns:
    """Who chases before the first answer, and who during the work."""
    size, rng = len(contacts["need"]), world.apart
    answer, work = chase_chances(world, contacts)
    return {
        "chased_answer": rng.random(size) < answer,
        "chased_work": rng.random(size) < work,
        "chased_thrice": rng.random(size) < told(world).chases.third_share,
    }


def chase_chances(world: World, contacts: Columns) -> tuple[Array, Array]:
    """Chance of a chase before the first answer and during the work, by hours of silence."""
    plan, person = told(world).chases, contacts["kind"] != BOT
    wait = (contacts["responded"] - contacts["opened"]) / HOUR
    work = (contacts["resolved"] - contacts["responded"]) / HOUR
    return (
        np.where(person, plan.answer_most * -np.expm1(-wait / plan.answer_hours), 0.0),
        np.where(person, plan.work_most * -np.expm1(-work / plan.work_hours), 0.0),
    )


def chased(contacts: Columns) -> Array:
    """Contacts whose customers chased us."""
    return np.asarray(contacts["chased_answer"] | contacts["chased_work"])


def promises(world: World, contacts: Columns) -> Columns:
    """Promised calls: what became of them, when they are due, and all calls."""
    plan, rng, size = told(world).promises, world.apart, len(contacts["need"])
    solved = contacts["resolved"]  # not a number where withdrawn
    able = contacts["complaint"] & ~np.isnan(solved) & (contacts["kind"] != BOT)
    promised = able & (rng.random(size) < plan.promised_share)
    luck, part = rng.random(size), rng.uniform(0.1, 0.95, size)
    kept = np.where(luck < plan.missed_share + plan.late_share, LATE, KEPT)
    promise = np.where(promised, np.where(luck < plan.missed_share, MISSED, kept), NO_PROMISE)
    due = (solved // DAY + plan.due_days) * DAY + plan.due_hour * HOUR
    other = contacts["complaint"] & ~promised & (rng.random(size) < plan.unpromised_call_share)
    lag = rng.lognormal(np.log(40 * HOUR), 0.8, size)
    calls = [solved + part * (due - solved), due + part * DAY, solved + lag]
    call = np.select([promise == KEPT, promise == LATE, other], calls, np.nan)
    return {
        "promise": promise,
        "due": np.where(promised, due, np.nan),
        "follow_up": np.rint(call),
    }


def journey_shift(world: World, contacts: Columns) -> Array:
    """Shift of the latent satisfaction by the way of each contact; 0 on other desks."""
    if world.plan.journey is None:
        return np.zeros(len(contacts["need"]))
    shift = told(world).waits.hard_shift * hard(world, contacts)
    for hit, points in pains(world, contacts).values():
        shift = shift + points * hit
    return np.asarray(shift)


def pains(world: World, contacts: Columns) -> dict[Pain, tuple[Array, float]]:
    """Contacts hit by each planted pain, and what it does to their satisfaction."""
    plan = told(world)
    return {
        "chase": (chased(contacts), plan.chases.shift),
        "second_handoff": (contacts["transfers"] >= 2, plan.handoffs.shift),
        "missed_follow_up": (contacts["promise"] == MISSED, plan.promises.shift),
    }


def told(world: World) -> JourneyPlan:
    """The plan of the story, on a desk that has it."""
    assert world.plan.journey is not None
    return world.plan.journey
