"""Were opening hours or shifts changed? Then contacts end at hours at which, on the other side, hardly any did."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cs_lib import sentences as w
from cs_lib.experiment.before_after.case import Case
from cs_lib.experiment.before_after.times import SIDES
from cs_lib.metrics import DAILY
from cs_lib.results import Check
from cs_lib.sentences import Text, say
from cs_lib.titles import COLUMNS

LEAST_ENDS = 300  # on each side
# Of the openings of the side that has no end there: where nobody asks, a quick answer leaves no end either.
MIN_SHARE_OPENED = 0.01
# Of the other side's ends in an hour of the week, hardly any; it should have had so many.
HARDLY_ANY, LEAST_EXPECTED = 0.1, 5.0
MIN_SHARE_MOVED = 0.05
HOURS = 24


def hours_alike(case: Case) -> list[Check]:
    """A doubt where much of the work is done at hours at which the other side did none; nothing for other metrics."""
    times = case.evidence.times.get(case.primary.name)
    if times is None or times.hours is None:
        return []
    opened, hours = times.hours
    if hours.sum(axis=1).min() < LEAST_ENDS:
        return []
    for side in (1, 0):
        asked = opened[1 - side] >= MIN_SHARE_OPENED * opened[1 - side].sum()
        closed = _closed(hours, side) & asked
        share = float(hours[side][closed].sum() / hours[side].sum())
        if share >= MIN_SHARE_MOVED:
            duration = DAILY[case.primary.name].duration
            assert duration is not None
            finding = say(
                "{share} of contacts {side} have their {column} at hours at which hardly any had it on the other side "
                "({hours}): were opening hours or shifts changed? Then these did it, or the change did.",
                share=w.percent(share),
                side=say(SIDES[side]),
                column=say(COLUMNS[duration[1]]),
                hours=_said(closed),
            )
            return [Check("hours_alike", False, finding)]
    return []


def _closed(hours: NDArray[np.int64], side: int) -> NDArray[np.bool_]:
    """Hours of the week at which the other side has hardly any, by the shares of this one."""
    mine, theirs = hours[side].astype(float), hours[1 - side].astype(float)
    expected = mine / mine.sum() * theirs.sum()
    closed: NDArray[np.bool_] = (expected >= LEAST_EXPECTED) & (theirs <= HARDLY_ANY * expected)
    return closed


def _said(closed: NDArray[np.bool_]) -> Text:
    """Hours in words: on working days and on weekends, from one hour to another."""
    week, weekend = _spans(closed[:HOURS]), _spans(closed[HOURS:])
    parts: list[Text] = [say("Monday to Friday {spans}", spans=w.listed(week))] if week else []
    parts += [say("weekends {spans}", spans=w.listed(weekend))] if weekend else []
    return w.listed(parts)


def _spans(closed: NDArray[np.bool_]) -> list[str]:
    """Runs of hours as `20:00-24:00`."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], closed, [False]]).astype(int)))
    return [f"{a}:00\u2013{b}:00" for a, b in edges.reshape(-1, 2).tolist()]
