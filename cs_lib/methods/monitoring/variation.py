"""What a control chart says of its newest point, and of a target: marks for a picture, not an alarm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cs_lib.methods.monitoring.control_chart import RUN_LENGTH, Limits
from cs_lib.results import Good, Record

Floats = NDArray[np.float64]
Variation = Literal[
    "common",
    "improving_high",
    "improving_low",
    "concerning_high",
    "concerning_low",
    "neutral_high",
    "neutral_low",
]
Assurance = Literal["passes", "fails", "hit_and_miss"]


@dataclass(frozen=True, slots=True)
class Mark(Record):
    """Whether the newest point is of the usual variation.

    Attributes:
        variation: `common`, or on which side it lies and whether that is good.
        since: place of the first point of what is marked, the points outside in a row or the run; None if common.
        outside: whether the newest point lies beyond a limit.
        run: points in a row on the side of the centre line where the newest lies.
    """

    variation: Variation
    since: int | None
    outside: bool
    run: int


def mark(value: Floats, limits: Limits, *, good: Good | None) -> Mark | None:
    """The newest point against frozen limits: beyond one, or in a run of eight on one side of the centre line.

    There is no rule of trends and none of two out of three, which find little else but more false signals. A point on
    the centre line, and a place without one, neither lengthens nor breaks a run; a point on a limit is not beyond it.

    Args:
        value: one point a week, in order; not a number where there is none, or where it belongs to other limits.
        limits: one entry of each limit a week.
        good: the direction that is better, if one is.

    Returns:
        None without any point.
    """
    there = np.flatnonzero(np.isfinite(value))
    if not len(there):
        return None
    newest = there[-1]
    beyond = np.where(value > limits.upper, 1, np.where(value < limits.lower, -1, 0))[there]
    sides = np.sign(value[there] - limits.centre)
    on_side = there[sides != 0]
    run = _run_at_end(sides[sides != 0])
    if beyond[-1]:
        length = run if run >= RUN_LENGTH else _run_at_end(beyond)
        first = on_side[-length] if run >= RUN_LENGTH else there[-length]
        return Mark(_variation(beyond[-1], good), int(first), True, run)
    if run >= RUN_LENGTH and value[newest] != limits.centre:
        side = int(sides[-1])
        return Mark(_variation(side, good), int(on_side[-run]), False, run)
    return Mark("common", None, False, run)


def assurance(
    limits: Limits, place: int, target: float | None, *, good: Good | None
) -> Assurance | None:
    """What the usual variation means for a target: met every week, never, or now and then.

    A value equal to the target meets it. So a target on the limit of the worst weeks passes, and one on the limit of
    the best is hit and missed.

    Args:
        limits: the newest ones, after the last rebase.
        place: of the newest week with a point, whose limits are read.
        target: at least so much where `good` is up, at most so much where it is down.

    Returns:
        None without a target, without a good direction, or where the limits are open on both sides.
    """
    if target is None or good is None:
        return None
    lower, upper = float(limits.lower[place]), float(limits.upper[place])
    if np.isnan(lower) or np.isnan(upper) or (np.isinf(lower) and np.isinf(upper)):
        return None
    worst, best = (lower, upper) if good == "up" else (-upper, -lower)
    wanted = target if good == "up" else -target
    if worst >= wanted:
        return "passes"
    return "hit_and_miss" if best >= wanted else "fails"


def _run_at_end(sides: NDArray[np.generic]) -> int:
    """How many entries at the end are alike."""
    breaks = np.flatnonzero(sides[1:] != sides[:-1])
    return int(len(sides) - 1 - breaks[-1]) if len(breaks) else len(sides)


def _variation(side: int, good: Good | None) -> Variation:
    if good is None:
        return "neutral_high" if side > 0 else "neutral_low"
    if side > 0:
        return "improving_high" if good == "up" else "concerning_high"
    return "improving_low" if good == "down" else "concerning_low"
