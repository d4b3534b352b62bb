"""Needs that rise, seem to rise, or begin: the factor on their first contacts over time."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from cs_lib.data.simulate.causes.plan import Surge
from cs_lib.data.simulate.columns import DAY, Array, Columns, take
from cs_lib.data.simulate.demand import Clock, public_holidays
from cs_lib.data.simulate.world import World

SALES = ((6, 18), (11, 11))
Window = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Season:
    """Factors on the first contacts of one need, within its windows (in seconds) and outside them."""

    need: int
    windows: tuple[Window, ...]
    inside: float
    outside: float = 1.0


def seasons(world: World) -> list[Season]:
    """All that a story plants over time; nothing on other desks."""
    plan = world.plan.causes
    if plan is None:
        return []
    named = [
        Season(world.need(s.need_code), surge_windows(s, world.clock), s.factor)
        for s in plan.surges
    ]
    if plan.theme_days is not None:
        named.append(Season(theme_row(world), (last_days(world.clock, plan.theme_days),), 1.0, 0.0))
    fallen = next((last_days(world.clock, s.days) for s in plan.surges if s.kind == "share"), None)
    if fallen is None:
        return named
    apart = {s.need for s in named} | {world.need(plan.chance.need_code), uncoded_row(world)}
    others = [i for i in range(len(world.plan.needs)) if i not in apart]
    return named + [Season(i, (fallen,), plan.others_factor) for i in others]


def uncoded_row(world: World) -> int:
    """Row number of contacts without a code."""
    return len(world.plan.needs) - 1


def theme_row(world: World) -> int:
    """Row number of the theme that only texts tell of, on a desk that has it."""
    return next(i for i, n in enumerate(world.plan.needs) if n.code is None)


def last_days(clock: Clock, days: int) -> Window:
    """The last days of the period."""
    return clock.cut - days * DAY, clock.cut


def surge_windows(surge: Surge, clock: Clock) -> tuple[Window, ...]:
    """When a surge acts."""
    if surge.kind != "holiday":
        return (last_days(clock, surge.days),)
    ends = [(day - clock.first).days + 1 for day in holidays(clock)]
    last = [end for end in ends if end + 1 not in ends]  # of days in a row
    return tuple((end * DAY, (end + surge.days) * DAY) for end in last)


def holidays(clock: Clock) -> tuple[dt.date, ...]:
    """Public holidays and sales, lead-in included."""
    dates = [clock.first + dt.timedelta(days=i) for i in range(clock.days)]
    rest = public_holidays(clock.first, clock.days)
    return tuple(d for d in dates if d in rest or (d.month, d.day) in SALES)


def peaks(world: World) -> Array:
    """The highest factor on each need: first contacts are drawn at it and then thinned."""
    highest = np.ones(len(world.plan.needs))
    for season in seasons(world):
        highest[season.need] = max(season.inside, season.outside)
    return highest


def thinned(world: World, roots: Columns) -> Columns:
    """The first contacts that the factors of their time leave; all of them on other desks."""
    if world.plan.causes is None:
        return roots
    kept = np.ones(len(roots["need"]))
    for season in seasons(world):
        mine = roots["need"] == season.need
        opened = roots["opened"][mine]
        within = np.zeros(len(opened), dtype=bool)
        for begin, end in season.windows:
            within |= (opened >= begin) & (opened < end)
        kept[mine] = np.where(within, season.inside, season.outside)
    kept /= peaks(world)[roots["need"]]
    return take(roots, np.flatnonzero(world.apart.random(len(kept)) < kept))
