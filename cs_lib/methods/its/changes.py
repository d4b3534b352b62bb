"""Several dated changes in one series: when each was on, and whether they can be told apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations, pairwise

import numpy as np

from cs_lib import sentences as w
from cs_lib.aggregates import Series
from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.its.periods import (
    DAYS_PER_WEEK,
    MIN_DAYS,
    MIN_DAYS_IN_WEEK,
    Flags,
    Floats,
    Periods,
    Window,
    daily_periods,
    require_days,
    weekly_periods,
)
from cs_lib.sentences import Text, say

# A slope needs so many weekly points between two switches.
SLOPE_WEEKS = 12
# A step 14 days from the next one has this much information of its own.
MIN_OWN_INFORMATION_DAYS = MIN_DAYS / 2
FOREVER = np.datetime64("9999-12-31")

Span = tuple[np.datetime64, np.datetime64]  # first day on, first day off again


@dataclass(frozen=True, slots=True)
class Change:
    """Something that was switched on on a day, for good or until it was taken back; perhaps again."""

    name: str
    spans: tuple[Span, ...]
    slope: bool = False  # whether its effect may grow while it is on, anew in every span

    @classmethod
    def of(
        cls,
        name: str,
        *spans: str | date | tuple[str | date, str | date | None],
        slope: bool = False,
    ) -> Change:
        """A change from dates as written in a study's settings.

        Each span is the first day on, alone when it stayed, or with the day it was taken back:
        the first day without it.

        Raises:
            ValueError: no span, a date that is none, or spans out of order.
        """
        pairs = [span if isinstance(span, tuple) else (span, None) for span in spans]
        dated = tuple(
            (np.datetime64(on, "D"), FOREVER if off is None else np.datetime64(off, "D"))
            for on, off in pairs
        )
        edges = [day for span in dated for day in span]
        if not edges or any(a >= b for a, b in pairwise(edges)):
            raise ValueError(f"{name}: a change needs its days on and off in order.")
        return cls(name, dated, slope)

    def switches(self) -> list[np.datetime64]:
        """Days on which it went on or off."""
        return [day for span in self.spans for day in span if day != FOREVER]

    def on(self, days: np.ndarray) -> Flags:
        """Whether it was on, day by day."""
        flags: Flags = np.zeros(len(days), dtype=bool)
        for first, off in self.spans:
            flags |= (days >= first) & (days < off)
        return flags

    def weeks_on(self, days: np.ndarray) -> Floats:
        """Weeks since it was last switched on, 0 while it is off."""
        weeks = np.zeros(len(days))
        for first, off in self.spans:
            inside = (days >= first) & (days < off)
            weeks[inside] = (days[inside] - first).astype(float) / DAYS_PER_WEEK
        return weeks


def days_of(
    series: Series, changes: Sequence[Change], washout_days: int, holidays: Sequence[date]
) -> tuple[Periods, Window]:
    """Every day, those after a switch of any change left out; time counts from the first change.

    Raises:
        CannotEstimate: a change outside the data.
        NotEnoughData: fewer than 14 usable days before or after the first change.
        ValueError: days out of order, a negative wash-out, no change, or a name given twice.
    """
    names = [change.name for change in changes]
    if not names or len(set(names)) < len(names):
        raise ValueError(f"{series.metric}: changes are needed, each with a name of its own.")
    first = min(change.spans[0][0] for change in changes)
    window = Window.of(str(first), washout_days, holidays)
    days = daily_periods(series, window)
    for change in changes:
        for on, _ in change.spans:
            if not len(days.start) or not days.start[0] < on <= days.start[-1]:
                raise CannotEstimate(
                    say(
                        "{name} began on {on}, which is outside the data.",
                        name=say(change.name),
                        on=_shown(on),
                    )
                )
    used = days.used.copy()
    for day in (day for change in changes for day in change.switches()):
        used &= ~((days.start >= day) & (days.start < day + washout_days))
    days = replace(days, used=used)
    require_days(days)
    return days, window


def weeks_of(days: Periods, window: Window, changes: Sequence[Change], washout: int) -> Periods:
    """Whole weeks from the first change; one that touches a wash-out is not used.

    A week in which another change was switched stays in, with its share of days as the dose.
    """
    weeks = weekly_periods(days, window)
    used = weeks.used.copy()
    for day in (day for change in changes for day in change.switches()):
        used &= ~(
            (weeks.start < day + washout) & (weeks.start + DAYS_PER_WEEK > day) & (washout > 0)
        )
    return replace(weeks, used=used)


def doses(periods: Periods, days: Periods, changes: Sequence[Change]) -> Floats:
    """Per period the step of each change, then the weeks on of each with a slope.

    A day is on or off. A week is the mean of its days weighted by their denominators, which is
    what a mean over the week's cases sees (on a log scale nearly so).
    """
    columns = [change.on(days.start).astype(float) for change in changes]
    columns += [change.weeks_on(days.start) for change in changes if change.slope]
    by_day = np.column_stack(columns)
    if periods.unit == "day":
        return by_day
    at = (
        np.floor_divide(days.time, DAYS_PER_WEEK) - periods.time[0]
        if len(periods.time)
        else days.time
    )
    inside = (at >= 0) & (at < len(periods.time))
    place, weight = at[inside], days.denominator[inside]
    empty = (np.bincount(place, weight, len(periods.time)) == 0)[place]
    weight = np.where(empty, 1.0, weight)
    total = np.bincount(place, weight, len(periods.time))
    sums = [np.bincount(place, weight * x[inside], len(periods.time)) for x in by_day.T]
    return np.column_stack(sums) / total[:, None]


def require_separable(days: Periods, changes: Sequence[Change]) -> None:
    """Refuse changes that these days cannot tell from the level, or from each other.

    Raises:
        CannotEstimate: fewer than 14 usable days in a span, between two spans, or on which one
            of two changes is on alone; changes that are on in turns; or a slope with fewer than 12 weekly
            points between two switches of changes with a slope.
    """
    for change in changes:
        _require_spans(days, change)
    on = np.column_stack([change.on(days.start) for change in changes])[days.used].astype(float)
    for (i, first), (j, second) in combinations(enumerate(changes), 2):
        apart = int((on[:, i] != on[:, j]).sum())
        if apart < MIN_DAYS:
            raise CannotEstimate(
                say(
                    "{first} and {second} cannot be told apart: only {apart} usable days have one "
                    "without the other; {MIN_DAYS} are needed.",
                    first=say(first.name),
                    second=say(second.name),
                    apart=apart,
                    MIN_DAYS=MIN_DAYS,
                )
            )
    for i, change in enumerate(changes):
        others = np.column_stack([np.ones(len(on)), np.delete(on, i, axis=1)])
        own = on[:, i] - others @ np.linalg.lstsq(others, on[:, i])[0]
        if own @ own < MIN_OWN_INFORMATION_DAYS - 1e-9:
            raise CannotEstimate(
                say(
                    "{name} cannot be told from the other changes taken together.",
                    name=say(change.name),
                )
            )
    _require_slope_weeks(days, changes)


def _shown(at: np.datetime64) -> Text:
    return w.day(date.fromisoformat(str(at)))


def _require_spans(days: Periods, change: Change) -> None:
    edges = change.switches()
    for k, (first, last) in enumerate(zip(edges, [*edges[1:], FOREVER], strict=True)):
        inside = int((days.used & (days.start >= first) & (days.start < last)).sum())
        taken_back_for_good = k % 2 == 1 and last == FOREVER
        if inside < MIN_DAYS and not taken_back_for_good:
            raise CannotEstimate(
                say(
                    "{name} was off from {first} for {inside} usable days; {MIN_DAYS} are needed."
                    if k % 2
                    else "{name} was on from {first} for {inside} usable days; {MIN_DAYS} are "
                    "needed.",
                    name=say(change.name),
                    first=_shown(first),
                    inside=inside,
                    MIN_DAYS=MIN_DAYS,
                )
            )


def _require_slope_weeks(days: Periods, changes: Sequence[Change]) -> None:
    sloped = [change for change in changes if change.slope]
    if not sloped:
        return
    inner = {day for change in sloped for day in change.switches()}
    edges = sorted({days.start[0], *inner, days.start[-1] + 1})
    for first, last in pairwise(edges):
        inside = (days.start >= first) & (days.start < last)
        if first > days.start[0] and not any(change.on(days.start[inside])[0] for change in sloped):
            continue  # Nothing is on here, and the step has asked for enough such days.
        week = (days.start[inside] - first).astype(np.int64) // DAYS_PER_WEEK
        points = int((np.bincount(week[days.used[inside]]) >= MIN_DAYS_IN_WEEK).sum())
        if points < SLOPE_WEEKS:
            names = w.listed([say(change.name) for change in sloped])
            raise CannotEstimate(
                say(
                    "A slope of {names} cannot be had: {points} weekly points from {first} to the "
                    "next switch; {SLOPE_WEEKS} are needed.",
                    names=names,
                    points=points,
                    first=_shown(first),
                    SLOPE_WEEKS=SLOPE_WEEKS,
                )
            )
