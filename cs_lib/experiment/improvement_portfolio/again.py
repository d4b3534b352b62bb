"""What was checked again: whether it still holds, and what should be checked by now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from cs_lib.experiment.improvement_portfolio.families import estimates_of
from cs_lib.experiment.improvement_portfolio.measured import INVALID, deciding, error_of
from cs_lib.experiment.improvement_portfolio.result import Measured
from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.meta_analysis.calibration import FollowUp, HeldIntervals, held_intervals
from cs_lib.methods.meta_analysis.held_up import HeldUp, held_up
from cs_lib.methods.meta_analysis.shrinkage import LEAST_STUDIES, Pooled, shrink
from cs_lib.metrics.study_results import PublishedRun
from cs_lib.sentences import Text, say

LEVELS = (0.8, 0.95)


@dataclass(frozen=True, slots=True)
class Again:
    """A follow-up: its study, what came out, or why it says nothing."""

    study: str
    held: HeldUp | None
    why_not: Text
    confirmed: date | None  # the last day of which it found the effect again


def again(
    one: Measured, runs: Sequence[PublishedRun], pooled: Pooled | None, *, alpha: float
) -> Again | None:
    """What the newest follow-up of a study found; None without any."""
    if not runs:
        return None
    run = runs[-1]
    effect = deciding(run)
    if run.verdict in INVALID or effect is None:
        return Again(run.study, None, say("Its effect is withheld."), None)
    if effect.metric != one.of.metric:
        return Again(run.study, None, say("It measures another metric."), None)
    se = error_of(effect)
    if se is None or effect.effect is None:
        return Again(run.study, None, say("It has no effect with an interval."), None)
    if pooled is None:
        why = say(
            "With fewer than {least} studies of a kind chance cannot be taken out of the first one.",
            least=LEAST_STUDIES,
        )
        return Again(run.study, None, why, None)
    first = next(each for each in pooled.studies if each.id == one.study)
    try:
        held = held_up(
            first, pooled.follow_up(one.study, se), effect.effect, se, good=one.good, alpha=alpha
        )
    except CannotEstimate as refusal:
        return Again(run.study, None, refusal.reason, None)
    holds = held.standing == "holds" and run.period is not None
    return Again(run.study, held, "", run.period[1] if holds and run.period else None)


def due(one: Measured, runs: Sequence[PublishedRun], days: int, as_of: date) -> date | None:
    """From when on a gain should have been checked again; None where nothing is due."""
    if runs or not one.won or not one.live or one.first is None:
        return None
    begins = one.last if one.of.kind == "randomised" else one.first
    if begins is None:
        return None
    day = begins + timedelta(days=days)
    if one.last is not None:
        day = max(day, one.last + timedelta(days=1))
    return day if day <= as_of else None


def intervals(
    studies: Iterable[Measured],
    follow_ups: Mapping[str, Sequence[PublishedRun]],
) -> tuple[HeldIntervals, ...]:
    """How many predictive intervals held the follow-up, of 80 % and of 95 %; nothing without follow-ups."""
    by_kind = dict[object, list[Measured]]()
    for one in studies:
        by_kind.setdefault(one.of, []).append(one)
    found = list[FollowUp]()
    for members in by_kind.values():
        if len(members) < LEAST_STUDIES:
            continue
        pooled = {level: shrink(estimates_of(members), alpha=1 - level) for level in LEVELS}
        for one in members:
            for run in follow_ups.get(one.study, ())[:1]:
                effect = deciding(run)
                se = error_of(effect) if effect is not None else None
                if effect is None or se is None or effect.effect is None:
                    continue
                if effect.metric != one.of.metric or run.verdict in INVALID:
                    continue
                expected = tuple(
                    (level, each.follow_up(one.study, se)) for level, each in pooled.items()
                )
                found.append(FollowUp(one.study, effect.effect, one.good, expected))
    try:
        return held_intervals(found)
    except CannotEstimate:
        return ()
