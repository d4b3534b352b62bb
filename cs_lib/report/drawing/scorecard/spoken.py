"""What a listener hears of weekly points: how many, the last, the range, what stands out, what is missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

import numpy as np

from cs_lib import wording as w
from cs_lib.language import say
from cs_lib.report.drawing.scorecard.logged import Logged
from cs_lib.report.drawing.scorecard.weekly import Flags, Weekly

# More weeks than these are counted instead of named.
MOST_NAMED = 4


def weeks(name: str, data: Weekly, tick: Callable[[float], str]) -> str:
    """The weeks of a metric in a few sentences."""
    at = np.flatnonzero(data.there)
    if not len(at):
        return say("{metric} by weeks: no week has a point.", metric=name)
    value, last = data.value[at], int(at[-1])
    return w.together(
        say(
            "{metric} by weeks: {weeks}, the last {last} in the week from {day}, lowest {low}, highest {high}.",
            metric=name,
            weeks=w.counted(len(at), "week"),
            last=tick(float(data.value[last])),
            day=_day(data, last),
            low=tick(float(value.min())),
            high=tick(float(value.max())),
        ),
        _outside(data),
        _limits(data),
        _gaps(data, last),
    )


def reading(*, letters: bool = False) -> str:
    """How weekly points are read, for a caption; `letters` where the drawing shows limits set anew."""
    return w.together(
        say(
            "Diamond: a week outside the limits. Thick line: a long run on one side of the centre."
        ),
        say("Numbers: logged changes."),
        say("Letters: limits set anew.") if letters else "",
    )


def logged(changes: Sequence[Logged]) -> str:
    """The changes with their signs."""
    told = [w.spaced(one.sign, one.words) for one in changes]
    return say("Logged: {changes}.", changes=w.listed(told)) if told else ""


def _day(data: Weekly, week: int) -> str:
    return w.short_day(date.fromisoformat(str(data.start[week].astype("datetime64[D]"))))


def _days(data: Weekly, flags: Flags) -> str:
    return w.listed([_day(data, int(i)) for i in np.flatnonzero(flags)])


def _outside(data: Weekly) -> str:
    flags = data.outside & data.there
    many = int(flags.sum())
    if not data.held or not many:
        return say("No week is outside the usual range.") if data.held else ""
    if many <= MOST_NAMED:
        return say("Outside the usual range: weeks from {days}.", days=_days(data, flags))
    return say(
        "{weeks} outside the usual range, the last from {day}.",
        weeks=w.counted(many, "week"),
        day=_day(data, int(np.flatnonzero(flags)[-1])),
    )


def _limits(data: Weekly) -> str:
    if not data.held:
        return say("Too few weeks for a usual range.")
    anew = [_day(data, part.first) for part in data.held[1:]]
    return say("The usual range was set anew from {days}.", days=w.listed(anew)) if anew else ""


def _gaps(data: Weekly, last: int) -> str:
    """Weeks without a point between others; those after the last point are not there yet."""
    first = int(np.flatnonzero(data.there)[0])
    missing = int((~data.there[first:last]).sum())
    return say("{weeks} without a point.", weeks=w.counted(missing, "week")) if missing else ""
