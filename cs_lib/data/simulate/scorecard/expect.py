"""From the plan and the desk's own orders and contacts to the truths of the story about the scorecard."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd
from scipy.special import ndtr

from cs_lib.data.simulate.assistant import BOT
from cs_lib.data.simulate.columns import DAY, HOUR, MINUTE, Array, Columns, take
from cs_lib.data.simulate.contacts import NORMAL, waits_from
from cs_lib.data.simulate.demand import HOURS, special
from cs_lib.data.simulate.scorecard.course import in_bottleneck, slow_from, slowed
from cs_lib.data.simulate.scorecard.plan import Target
from cs_lib.data.simulate.scorecard.truth import (
    BottleneckTruth,
    HeadlineTruth,
    ScorecardTruth,
    ServiceLevelTruth,
)
from cs_lib.data.simulate.work import (
    BOT_MINUTES,
    BOT_SD,
    LATEST_REPLY,
    change_factor,
    kept_share,
    middle_log_hours,
    shared_log_effects,
)
from cs_lib.data.simulate.world import World

WINDOWS = (7, 30)  # days after the order
WEEK = 7 * DAY
DAY_PASSED = np.concatenate([[0.0], np.cumsum(HOURS / HOURS.sum())])  # by the hour
WORKED = ("need", "opened", "channel", "kind", "team", "transfers", "reopened")


@dataclass(frozen=True, slots=True)
class Problems:
    """Chance that an order leads to a contact within a window, for each order placed."""

    never: Array  # without the product fix
    always: Array
    planted: Array  # with the fix from its day on


def scorecard_truth(
    world: World, orders: Columns, contacts: Columns, midnight: pd.Timestamp
) -> ScorecardTruth | None:
    """The truths of the story; none on other desks."""
    plan = world.plan.scorecard
    if plan is None:
        return None
    problems = {days: problem_chances(world, orders, days) for days in WINDOWS}
    within = {target.name: within_target(world, contacts, target) for target in plan.targets}
    return ScorecardTruth(
        headline=headline_truth(world, problems, midnight),
        bottleneck=bottleneck_truth(world, contacts, midnight),
        service_levels=tuple(
            service_level_truth(world, t, contacts, within[t.name]) for t in plan.targets
        ),
        special_days=special_days(world),
        weeks=by_week(world, orders, contacts, problems, within),
    )


def instant(midnight: pd.Timestamp, seconds: float) -> pd.Timestamp:
    """Seconds after the first midnight as naive UTC; not a time for what never happens."""
    if not np.isfinite(seconds):
        return cast("pd.Timestamp", pd.NaT)
    return midnight + pd.Timedelta(seconds=seconds)


def problem_chances(world: World, orders: Columns, days: int) -> Problems:
    """Chances by order; nobody writes about an order that was cancelled."""
    rows = np.flatnonzero(np.isnan(orders["cancelled"]))
    kept = take(orders, rows)
    until, fix = kept["ordered"] + days * DAY, world.plan.fix
    others, manual, early = (np.zeros(len(rows)) for _ in range(3))
    for row, need in enumerate(world.plan.needs):
        wait = waits_from(world, kept, np.full(len(rows), row))
        if need.code == fix.need_code:
            fixed = [p.product_id for p in world.plan.products].index(fix.product_id)
            rate = np.where(kept["product"] == fixed, fix.incidence_before, 0.0)
            manual = rate * written(*wait, until)
            early = rate * written(*wait, np.minimum(until, world.live(fix.change_id)))
        elif max(need.per_order, need.per_late_order) > 0:
            rate = np.where(kept["late"], need.per_late_order, need.per_order)
            others += rate * written(*wait, until)
    left = fix.incidence_after / fix.incidence_before
    sides = (others + manual, others + left * manual, others + early + left * (manual - early))
    return Problems(*(spread(kept_share(world.plan) * side, rows, orders) for side in sides))


def spread(chance: Array, rows: Array, orders: Columns) -> Array:
    """Chances of some orders among all, 0 for the rest."""
    every = np.zeros(len(orders["ordered"]))
    every[rows] = chance
    return every


def written(begins: Array, chance: Array, until: Array) -> Array:
    """Chance that a contact is opened before a moment: on a day after the wait begins, at a usual hour."""
    days = until // DAY - begins // DAY
    passed = np.interp((until % DAY) / HOUR, np.arange(len(DAY_PASSED)), DAY_PASSED)
    before = 1 - (1 - chance) ** np.maximum(days - 1, 0)
    return np.asarray(before + np.where(days >= 1, passed * chance * (1 - before), 0.0))


def headline_truth(
    world: World, problems: dict[int, Problems], midnight: pd.Timestamp
) -> HeadlineTruth:
    """The headline with and without the fix."""
    fix = world.plan.fix
    live = world.live(fix.change_id)
    logged = np.isfinite(live)
    sides = {
        days: (1_000 * p.never.mean(), 1_000 * (p.always if logged else p.never).mean())
        for days, p in problems.items()
    }
    (before_7d, after_7d), (before_30d, after_30d) = (map(float, sides[n]) for n in WINDOWS)
    return HeadlineTruth(
        change_id=fix.change_id,
        live_at=instant(midnight, live),
        before_7d=before_7d,
        after_7d=after_7d,
        before_30d=before_30d,
        after_30d=after_30d,
    )


def bottleneck_truth(
    world: World, contacts: Columns, midnight: pd.Timestamp
) -> BottleneckTruth | None:
    """The slow team; none on quiet desks."""
    plan = world.plan.scorecard
    if plan is None or plan.bottleneck is None:
        return None
    people = (contacts["outcome"] == NORMAL) & (contacts["kind"] != BOT)
    people &= contacts["opened"] >= slow_from(world)
    mine = people & in_bottleneck(world, contacts)
    return BottleneckTruth(
        team_id=plan.bottleneck.team_id,
        live_at=instant(midnight, slow_from(world)),
        factor=plan.bottleneck.factor,
        first_case_at=instant(midnight, float(contacts["opened"][mine].min())),
        contacts=int(mine.sum()),
        contact_share=float(mine.sum() / people.sum()),
    )


def within_target(world: World, contacts: Columns, target: Target) -> tuple[Array, Array]:
    """Rows of the contacts that a target is about, and the chance of each to be in time."""
    counts = contacts["outcome"] == NORMAL
    if target.measure == "first_response":
        counts &= contacts["kind"] != BOT
    rows = np.flatnonzero(counts)
    mine = {name: contacts[name][rows] for name in WORKED}
    factor = change_factor(world, mine, f"{target.measure}_factor") * slowed(world, mine)
    seconds = target.hours * HOUR / factor
    if target.measure == "resolution":
        return rows, resolved_within(world, mine, seconds)
    # A reply comes no later than a part of the time to resolution.
    later = 1 - resolved_within(world, mine, seconds / LATEST_REPLY)
    middle = np.array(world.plan.contacts.response_minutes)[mine["channel"]] * MINUTE
    logs = np.log(seconds / middle) - shared_log_effects(world, mine)
    return rows, 1 - later * ndtr(-logs / world.plan.contacts.response_sd)


def resolved_within(world: World, contacts: Columns, seconds: Array) -> Array:
    """Chance of each contact to be resolved so soon, before any factor; hours that no floor touches."""
    common, reopened = shared_log_effects(world, contacts), ~np.isnan(contacts["reopened"])
    people = np.log(seconds / HOUR) - middle_log_hours(world, contacts, common, reopened)
    bot = np.log(seconds / (BOT_MINUTES * MINUTE))
    chance = ndtr(people / world.plan.contacts.resolution_sd)
    return np.asarray(np.where(contacts["kind"] == BOT, ndtr(bot / BOT_SD), chance))


def service_level_truth(
    world: World, target: Target, contacts: Columns, within: tuple[Array, Array]
) -> ServiceLevelTruth:
    """One service level before and after the bottleneck."""
    rows, chance = within
    after = contacts["opened"][rows] >= slow_from(world)
    before = float(chance[~after].mean())
    return ServiceLevelTruth(
        name=target.name,
        measure=target.measure,
        hours=target.hours,
        goal=target.goal,
        assurance=target.assurance,
        before=before,
        after=float(chance[after].mean()) if after.any() else before,
    )


def special_days(world: World) -> tuple[dt.date, ...]:
    """Holidays and sales of the period."""
    clock = world.clock
    dates = [clock.first + dt.timedelta(days=i) for i in range(clock.lead, clock.days)]
    return tuple(d for d in dates if special(d) != 1)


def by_week(
    world: World,
    orders: Columns,
    contacts: Columns,
    problems: dict[int, Problems],
    within: dict[str, tuple[Array, Array]],
) -> pd.DataFrame:
    """What to expect of each whole week before the cut."""
    clock = world.clock
    count = int((clock.cut - clock.begin) // WEEK)
    begin = clock.cut - count * WEEK

    def weekly(stamps: Array, values: Array | None = None) -> Array:
        week = np.floor((stamps - begin) / WEEK).astype(np.int64) + 1  # 0 is before the first
        return np.bincount(week, weights=values, minlength=count + 1)[1:]

    def mean(stamps: Array, values: Array) -> Array:
        sizes, nothing = weekly(stamps), np.full(count, np.nan)
        return np.asarray(np.divide(weekly(stamps, values), sizes, out=nothing, where=sizes > 0))

    first = clock.first + dt.timedelta(seconds=begin)
    placed, counts = weekly(orders["ordered"]), contacts["outcome"] == NORMAL
    columns: dict[str, object] = {
        "week": [first + dt.timedelta(weeks=i) for i in range(count)],
        "orders": placed,
    }
    for days, chances in problems.items():
        columns[f"problems_{days}d"] = 1_000 * mean(orders["ordered"], chances.planted)
    columns["contacts"] = weekly(contacts["opened"][counts])
    for name, (rows, chance) in within.items():
        opened = contacts["opened"][rows]
        columns[name] = mean(opened, chance)
    return pd.DataFrame(columns)
