"""Weeks of every team of a roll-out, from series by day: means, or rates over each team's own before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from cs_lib.aggregates import Series, TeamPanel

Column = NDArray[Any]
# A rate per orders by team: over the team's own orders, or over those of the whole desk.
Rate = Literal["own_orders", "shared_orders"]

DAYS_PER_WEEK = 7
# What a rate counts per so many orders.
PER = 1000.0
# With fewer contacts before the change a team's own rate is too uncertain to divide by.
FEWEST_CONTACTS_BEFORE = 30


def panel_of(
    series: Mapping[str, Series],
    days: Mapping[str, date | None],
    *,
    origin: date,
    rate: Rate | None = None,
) -> TeamPanel:
    """Teams by whole weeks counted from `origin`; `days` say when each was changed, None for never.

    Weeks in which more than half of the teams have no case are left out, and a team changed in one
    counts as changed from the next week on. With a `rate` the values are each team's rate over its
    own mean before `origin`, times the mean of the changed teams' own (over all weeks and teams when
    nobody is changed): what moves all teams by a factor is then no effect, and no team counts more
    for having more contacts. Teams with fewer than 30 contacts in that time have no values.
    """
    names = list(series)
    weeks, above, below = _by_week(series, origin)
    if rate is not None:
        below = _there(above, below, shared=rate == "shared_orders")
    kept = _kept(below)
    weeks, above, below = weeks[kept], above[:, kept], below[:, kept]
    value = np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0)
    if rate is not None:
        changed = np.array([days.get(name) is not None for name in names])
        base = (
            weeks < np.datetime64(origin, "D") if changed.any() else np.ones(len(weeks), dtype=bool)
        )
        value, below = _over_own(value, above, below, base, changed if changed.any() else ~changed)
    start = np.full(len(names), np.datetime64("NaT"), dtype="datetime64[D]")
    zero = np.datetime64(origin, "D")
    for i, name in enumerate(names):
        day = days.get(name)
        if day is not None:
            passed = (np.datetime64(day, "D") - zero).astype(int) // DAYS_PER_WEEK
            week = zero + passed * DAYS_PER_WEEK
            later_weeks = weeks[weeks >= week]
            inside = len(later_weeks) and week >= weeks[0]
            start[i] = later_weeks[0] if inside else week
    return TeamPanel(
        metric=series[names[0]].metric,
        teams=np.array(names),
        periods=weeks,
        value=value,
        weight=below,
        start=start,
    )


def _there(above: Column, below: Column, *, shared: bool) -> Column:
    """Denominators, without weeks before a team's first contact and after its last where all share one.

    A team that does not exist yet has the orders of the desk too, and would seem to have no contact.
    """
    if not shared:
        return below
    some = above > 0
    begun = np.maximum.accumulate(some, axis=1)
    goes_on = np.maximum.accumulate(some[:, ::-1], axis=1)[:, ::-1]
    return np.where(begun & goes_on, below, 0.0)


def _over_own(
    value: Column, above: Column, below: Column, base: Column, of: Column
) -> tuple[Column, Column]:
    """Rates over each team's own mean in the base weeks, times the mean of some teams' own; and their denominators.

    Where there are too few contacts in the base weeks the denominators are zero.
    """
    known = np.isfinite(value) & base
    contacts = np.where(known, above, 0.0).sum(axis=1) / PER
    enough = contacts >= FEWEST_CONTACTS_BEFORE
    own = np.where(known, value, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    own = own / _course(value, own, known, base)
    level = own[of & enough].mean() if (of & enough).any() else 1.0
    scale = np.divide(level, own, out=np.full(len(own), np.nan), where=enough)
    return value * scale[:, None], np.where(enough[:, None], below, 0.0)


def _course(value: Column, own: Column, known: Column, base: Column) -> Column:
    """How high the base weeks are that each team has, in those of the teams that have them all; 1 for these."""
    steady = known[:, base].all(axis=1) & (own > 0)
    if not steady.any():
        return np.ones(len(own))
    course = (value[steady] / own[steady, None]).mean(axis=0)
    weeks = np.maximum(known.sum(axis=1), 1)
    mine = np.where(known, course, 0.0).sum(axis=1) / weeks
    return np.asarray(np.where(known.any(axis=1), mine, 1.0))


def weeks_left_out(series: Mapping[str, Series], *, origin: date) -> int:
    """Weeks with cases that `panel_of` leaves out because most teams have none in them."""
    _, _, below = _by_week(series, origin)
    return int((~_kept(below) & (below.sum(axis=0) > 0)).sum())


def _kept(below: Column) -> NDArray[np.bool_]:
    """Weeks in which half of the teams or more have cases (teams x weeks)."""
    return np.asarray((below > 0).mean(axis=0) >= 0.5)


def _by_week(series: Mapping[str, Series], origin: date) -> tuple[Column, Column, Column]:
    """Starts of whole weeks; numerators and denominators summed over each, teams x weeks."""
    sums = [_weeks(one, np.datetime64(origin, "D")) for one in series.values()]
    return sums[0][0], np.array([s[1] for s in sums]), np.array([s[2] for s in sums])


def _weeks(series: Series, origin: np.datetime64) -> tuple[Column, Column, Column]:
    """Starts of whole weeks, and numerator and denominator summed over each."""
    time = (series.days.astype("datetime64[D]") - origin).astype(int)
    week = np.floor_divide(time, DAYS_PER_WEEK)
    first, last = -(-time[0] // DAYS_PER_WEEK), (time[-1] + 1) // DAYS_PER_WEEK
    inside = (week >= first) & (week < last)
    place, size = week[inside] - first, int(last - first)
    above, below = (
        np.bincount(place, values[inside], size)
        for values in (series.numerator, series.denominator)
    )
    return origin + (first + np.arange(size)) * DAYS_PER_WEEK, above, below
