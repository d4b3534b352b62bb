"""A change that is no plain step: switched off and on again, growing, or one of several in the periods."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from cs_lib.params.fields import Day, Period, Strict, as_tuple
from cs_lib.params.study import Conflict

STUDIED = "the change"  # what the studied change is called among several
APART_DAYS = 14  # days that two changes, or two switches of one, must lie apart
SLOPE_WEEKS = 12  # whole weeks from which a slope can be had

Span = tuple[date, date | None]  # first day on, first day off again


class OtherChange(Strict):
    """Another change of the same service in these periods."""

    name: Annotated[str, Field(min_length=1, max_length=60)] = Field(
        description="what readers know it by"
    )
    day: Day = Field(description="the day it went live")
    end_day: Day | None = Field(default=None, description="its last day, when it was taken back")
    change_id: str | None = Field(
        default=None, description="the change in the change log (flow_changes), if logged"
    )

    @property
    def span(self) -> Span:
        """First day on, first day off again."""
        return self.day, None if self.end_day is None else self.end_day + timedelta(days=1)


def _some_text(value: tuple[OtherChange, ...]) -> tuple[OtherChange, ...]:
    if any(not other.name.strip() for other in value):
        raise ValueError("every change needs a name")
    return value


OffPeriods = Annotated[tuple[Period, ...], BeforeValidator(as_tuple)]
OtherChanges = Annotated[
    tuple[OtherChange, ...], BeforeValidator(as_tuple), AfterValidator(_some_text)
]


def spans(intervention: date, off: tuple[Period, ...], last: date) -> tuple[Span, ...]:
    """When a change was on: from the intervention, but for the stretches in which it was off.

    The last span has no end when it was on through `last`, the end of the data.
    """
    found: list[Span] = []
    on: date | None = intervention
    for first, end in off:
        if on is not None:
            found.append((on, first))
        on = end + timedelta(days=1) if end < last else None
    return tuple([*found, (on, None)] if on is not None else found)


def change_conflicts(design: Any) -> list[Conflict]:
    """Contradictions of a design whose change is no plain step; faulty values are None."""
    if design.teams is not None:
        return _with_teams(design)
    found: list[Conflict] = []
    off, also = tuple(design.off_periods or ()), tuple(design.also or ())
    day, post = design.intervention_date, design.post_period
    if day and post:
        faults = list(_off_faults(off, day, post[1], design.washout_days or 0))
        found += [("design.off_periods", message) for message in faults]
        if design.shape == "slope" and not faults:
            stretches = spans(day, off, post[1])
            found += list(_slope_faults(design.pre_period, stretches, post[1]))
    found += [("design.also", message) for message in _also_faults(also, design)]
    return found


def _with_teams(design: Any) -> list[Conflict]:
    """Team by team one step is read, and nothing else."""
    asked = {
        "design.shape": design.shape == "slope",
        "design.off_periods": bool(design.off_periods),
        "design.also": bool(design.also),
    }
    message = "leave it out: with design.teams one step that stayed is read, team by team"
    return [(key, message) for key, used in asked.items() if used]


def _off_faults(
    off: tuple[tuple[date, date], ...], day: date, last: date, washout: int
) -> Iterator[str]:
    """Stretches that are outside the post-period or not after one another; else those too short to be read."""
    ends = [day, *(end for _, end in off)]
    faults = [
        f"{first} to {end} starts after the post-period has ended ({last})"
        if first > last
        else f"{first} to {end} must start at least a day after {before}, when the change was on"
        for before, (first, end) in zip(ends, off, strict=False)
        if first > last or first <= before
    ]
    yield from faults or _short_stretches(off, day, last, washout)


def _short_stretches(
    off: tuple[tuple[date, date], ...], day: date, last: date, washout: int
) -> Iterator[str]:
    """Stretches on or off with fewer than 14 days after the wash-out, unless it was taken back for good."""
    edges = [day]
    for first, end in off:
        edges += [first, end + timedelta(days=1)]
    edges = [*(edge for edge in edges if edge <= last), last + timedelta(days=1)]
    for k, (first, until) in enumerate(pairwise(edges)):
        usable = (until - first).days - washout
        for_good = k % 2 == 1 and until > last
        if usable < APART_DAYS and off and not for_good:
            where = "off" if k % 2 else "on"
            yield f"{_days(usable)} are left on which it was {where} from {first}; {APART_DAYS} are needed"


def _slope_faults(
    pre: tuple[date, date] | None, on: tuple[Span, ...], last: date
) -> Iterator[Conflict]:
    """A slope takes whole weeks: before, and in every stretch with the change."""
    needed = f"a slope needs {SLOPE_WEEKS} whole weeks"
    if pre and (weeks := ((pre[1] - pre[0]).days + 1) // 7) < SLOPE_WEEKS:
        yield "design.shape", f"{needed} before the change; the pre-period has {weeks}"
    for first, off in on:
        weeks = ((off or last + timedelta(days=1)) - first).days // 7
        if weeks < SLOPE_WEEKS:
            yield "design.shape", f"{needed} with the change; from {first} on there are {weeks}"


def _also_faults(also: tuple[OtherChange, ...], design: Any) -> Iterator[str]:
    """Changes outside the periods, or that cannot be told from the studied one or from each other."""
    for other in also:
        yield from _own_faults(other, design)
    for i, other in enumerate(also):
        for before in also[:i]:
            if other.name == before.name:
                yield f"'{other.name}' stands twice; keep one"
            elif _close(other.span, before.span):
                gap = _gap(other.day, before.day)
                yield f"'{before.name}' and '{other.name}' cannot be told apart: {gap}"


def _own_faults(other: OtherChange, design: Any) -> Iterator[str]:
    day, pre, post = design.intervention_date, design.pre_period, design.post_period
    if other.name == STUDIED:
        yield f"'{STUDIED}' is what the studied one is called; choose another name"
    if other.change_id and other.change_id == design.change_id:
        yield f"'{other.name}' is {other.change_id}, the studied change itself"
    if other.end_day and other.end_day < other.day:
        yield f"'{other.name}' ends ({other.end_day}) before it starts ({other.day})"
    if pre and post and not pre[0] < other.day <= post[1]:
        yield f"'{other.name}' went live on {other.day}, outside the periods ({pre[0]} to {post[1]})"
    if day and not design.off_periods and _close(other.span, (day, None)):
        yield f"'{other.name}' cannot be told from the studied change: {_gap(other.day, day)}"


def _close(one: Span, two: Span) -> bool:
    """Two changes that stayed and began too near each other."""
    return one[1] == two[1] is None and abs((one[0] - two[0]).days) < APART_DAYS


def _gap(one: date, two: date) -> str:
    apart = abs((one - two).days)
    return f"they lie {_days(apart)} apart; {APART_DAYS} are needed"


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{max(count, 0)} days"
