"""Control charts over time: limits start anew at each logged date, on the first weeks from then on."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from cs_lib.methods.monitoring.control_chart import (
    LEAST_WEEKS,
    USUAL_WEEKS,
    CannotChart,
    Kind,
    Limits,
    Weeks,
    limits_of,
)
from cs_lib.methods.monitoring.variation import Assurance, Mark, assurance, mark
from cs_lib.results import Good, Record
from cs_lib.sentences import Text, say

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Segment(Record):
    """The weeks from one rebase to the next, and the limits that hold in them.

    Attributes:
        first, last: places of its first and last week.
        n_baseline: weeks that the limits rest on.
        provisional: whether they are still fewer than asked for, so that the limits move with every week.
        limits: one entry a week of the whole chart; None when the weeks carry none, and `reason` says why.
        outside: how many of its points lie beyond them.
    """

    first: int
    last: int
    n_baseline: int
    provisional: bool
    limits: Limits | None
    outside: int
    reason: Text = ""


@dataclass(frozen=True, slots=True)
class RebasedChart(Record):
    """A control chart in segments. `lower`, `centre` and `upper` have one entry a week, not a number without limits.

    `value` is not a number in weeks without a point; `masked` weeks have one, and are neither baseline nor `outside`.
    """

    kind: Kind
    weeks: Weeks
    value: Floats
    masked: Flags
    segments: tuple[Segment, ...]
    centre: Floats
    lower: Floats
    upper: Floats
    baseline: Flags
    outside: Flags

    @property
    def newest(self) -> Segment:
        """The segment that the last week lies in."""
        return self.segments[-1]

    def mark(self, *, good: Good | None) -> Mark | None:
        """What the newest segment's limits say of the newest point; None without limits or points."""
        limits = self.newest.limits
        return None if limits is None else mark(self._points(), limits, good=good)

    def assurance(self, target: float | None, *, good: Good | None) -> Assurance | None:
        """What the newest segment's limits say of a target; None without limits or points."""
        limits, points = self.newest.limits, np.flatnonzero(np.isfinite(self._points()))
        if limits is None or not len(points):
            return None
        return assurance(limits, int(points[-1]), target, good=good)

    def _fill(self, own: Places, rest_on: Places, limits: Limits | None) -> int:
        """Write a segment's limits into those of all weeks; how many of its points lie beyond them."""
        if limits is None:
            return 0
        self.centre[own], self.baseline[rest_on] = limits.centre, True
        self.lower[own], self.upper[own] = limits.lower[own], limits.upper[own]
        with np.errstate(invalid="ignore"):
            beyond = (self.value < self.lower) | (self.value > self.upper)
        self.outside[own] = (beyond & ~self.masked)[own]
        return int(self.outside[own].sum())

    def _points(self) -> Floats:
        """The points that the newest limits are for."""
        own = ~self.masked & (np.arange(len(self.value)) >= self.newest.first)
        return np.where(own, self.value, np.nan)


def rebased_chart(
    weeks: Weeks,
    kind: Kind,
    *,
    rebases: Collection[date] = (),
    baseline_weeks: int = USUAL_WEEKS,
    per: float = 1.0,
    floor: float = 0.0,
    masked: Flags | None = None,
    screened: bool = False,
) -> RebasedChart:
    """The control chart of weekly points whose limits are frozen on the first weeks after each rebase.

    A week that a rebase falls into still belongs to the limits before it. Where a segment has fewer weeks than
    `baseline_weeks`, its limits rest on those there are and are provisional; with fewer than 12 there are none.

    Args:
        rebases: days from which the process is another one, each with a logged cause; those outside do nothing.
        baseline_weeks: weeks with a point that limits rest on, at least 20.
        per: a rate's factor, 1,000 for contacts per 1,000 orders.
        floor: of XmR limits, where values cannot lie below it.
        masked: weeks with a known cause, such as a holiday.
        screened: leave ranges that are far too large for chance out of XmR limits (Nelson 1982).

    Raises:
        CannotChart: there is no week.
        ValueError: fewer than 20 weeks asked for.
    """
    if baseline_weeks < USUAL_WEEKS:
        raise ValueError(f"Limits are frozen on at least {USUAL_WEEKS} weeks.")
    n = len(weeks.start)
    if not n:
        raise CannotChart(say("There is no whole week."))
    chart = _without_limits(weeks, kind, masked)
    starts = np.searchsorted(weeks.start, np.array(sorted(rebases), "datetime64[D]"))
    firsts = sorted({0, *(int(start) for start in starts if start < n)})
    segments = []
    for first, end in zip(firsts, [*firsts[1:], n], strict=True):
        own = np.arange(first, end)
        rest_on = own[(weeks.there & ~chart.masked)[own]][:baseline_weeks]
        limits, reason = _limits(weeks, kind, rest_on, per=per, floor=floor, screened=screened)
        beyond = chart._fill(own, rest_on, limits)
        provisional = len(rest_on) < baseline_weeks
        segments.append(Segment(first, end - 1, len(rest_on), provisional, limits, beyond, reason))
    return replace(chart, segments=tuple(segments))


def _without_limits(weeks: Weeks, kind: Kind, masked: Flags | None) -> RebasedChart:
    """The points alone."""
    n = len(weeks.start)
    return RebasedChart(
        kind=kind,
        weeks=weeks,
        value=weeks.value,
        masked=np.zeros(n, bool) if masked is None else masked,
        segments=(),
        centre=np.full(n, np.nan),
        lower=np.full(n, np.nan),
        upper=np.full(n, np.nan),
        baseline=np.zeros(n, bool),
        outside=np.zeros(n, bool),
    )


def _limits(
    weeks: Weeks, kind: Kind, rest_on: Places, *, per: float, floor: float, screened: bool
) -> tuple[Limits | None, Text]:
    """Limits from a segment's baseline, or none and why."""
    n, baseline = len(rest_on), np.isin(np.arange(len(weeks.start)), rest_on)
    if n < LEAST_WEEKS:
        return None, say(
            "Only {n} weeks have a value so far; limits need {LEAST_WEEKS}, {USUAL_WEEKS} are better.",
            n=n,
            LEAST_WEEKS=LEAST_WEEKS,
            USUAL_WEEKS=USUAL_WEEKS,
        )
    try:
        return limits_of(weeks, kind, baseline, per=per, floor=floor, screened=screened), ""
    except CannotChart:
        return None, say("The {n} weeks that limits would rest on are all alike.", n=n)
