"""How good forecasts were: planned effects against those found, and intervals against follow-ups."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.meta_analysis.spread_grid import Posterior
from cs_lib.results import Good, Record
from cs_lib.sentences import say


@dataclass(frozen=True, slots=True)
class SharePart(Record):
    """A count of a number of studies as a share, with its 95 % interval (Wilson 1927)."""

    count: int
    n: int
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Plan(Record):
    """One study: the effect it was planned for, as a size above 0, and the effect that it found."""

    id: str
    planned: float
    found: float
    good: Good


@dataclass(frozen=True, slots=True)
class PlannedAgainstFound(Record):
    """What plans were worth.

    Attributes:
        ratios: by id, the gain found over the effect planned for; below 0 where it got worse. Studies of different
            metrics may stand side by side, as a ratio has no unit.
        median: of the ratios.
        reached: studies that found at least what was planned for.
    """

    ratios: tuple[tuple[str, float], ...]
    median: float
    reached: SharePart


@dataclass(frozen=True, slots=True)
class HeldIntervals(Record):
    """Intervals of one level, how many held the follow-up's estimate, and `below` how many had it worse than that."""

    level: float
    held: SharePart
    below: int


@dataclass(frozen=True, slots=True)
class FollowUp(Record):
    """One follow-up: its estimate, and by level the interval in which it was expected (`Pooled.follow_up`)."""

    id: str
    effect: float
    good: Good
    expected: tuple[tuple[float, Posterior], ...]


def planned_against_found(plans: Iterable[Plan]) -> PlannedAgainstFound:
    """Gains found over effects planned for.

    Args:
        plans: studies whose effect is known. With effects as estimated, studies published for their size look better
            planned than they were; shrunk effects are the ones to give.

    Raises:
        CannotEstimate: no study, or a plan without an effect above 0.
    """
    given = sorted(plans, key=lambda one: one.id)
    if not given:
        raise CannotEstimate(say("No study has both a planned effect and one that was found."))
    if any(not (np.isfinite(one.planned) and one.planned > 0) for one in given):
        raise CannotEstimate(say("An effect that is planned for must be a size above 0."))
    if any(not np.isfinite(one.found) for one in given):
        raise CannotEstimate(say("A study without an effect cannot be held against its plan."))
    gains = [(one.found if one.good == "up" else -one.found) / one.planned for one in given]
    return PlannedAgainstFound(
        tuple((one.id, gain) for one, gain in zip(given, gains, strict=True)),
        float(np.median(gains)),
        share_part(sum(gain >= 1 for gain in gains), len(gains)),
    )


def held_intervals(follow_ups: Iterable[FollowUp]) -> tuple[HeldIntervals, ...]:
    """How many predictive intervals held the follow-up, by level, the lowest first.

    Where effects last, intervals of 80 % hold about 80 %. Fading lets them miss on one side, `below`; intervals that
    are too narrow miss on both.

    Raises:
        CannotEstimate: no follow-up, or one without an estimate.
    """
    given = list(follow_ups)
    if not given:
        raise CannotEstimate(say("No study has been followed up."))
    if any(not np.isfinite(one.effect) for one in given):
        raise CannotEstimate(say("A follow-up has no effect."))
    levels = sorted({level for one in given for level, _ in one.expected})
    return tuple(_held(given, level) for level in levels)


def share_part(count: int, n: int) -> SharePart:
    """A share with Wilson's interval at 95 %."""
    from statsmodels.stats.proportion import proportion_confint

    low, high = proportion_confint(count, n, alpha=0.05, method="wilson")
    return SharePart(count, n, count / n, float(low), float(high))


def _held(given: Iterable[FollowUp], level: float) -> HeldIntervals:
    asked = [(one, ends) for one in given for at, ends in one.expected if at == level]
    inside = sum(ends.low <= one.effect <= ends.high for one, ends in asked)
    worse: dict[Good, Callable[[float, Posterior], bool]] = {
        "up": lambda effect, ends: effect < ends.low,
        "down": lambda effect, ends: effect > ends.high,
    }
    below = sum(worse[one.good](one.effect, ends) for one, ends in asked)
    return HeldIntervals(level, share_part(inside, len(asked)), below)
