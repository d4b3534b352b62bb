"""The numbers at which the verdict of a before/after study would turn."""

from __future__ import annotations

from collections.abc import Iterator

from cs_lib import wording as w
from cs_lib.experiment.before_after.result import BeforeAfterResult
from cs_lib.language import say
from cs_lib.report.note import Note, unasked
from cs_lib.report.points import Points
from cs_lib.results import Effect

# More guardrails than these would bury the two that matter.
MOST_GUARDRAILS = 2


def turning(result: BeforeAfterResult) -> Points | Note:
    """What would take the finding away, and the harm that is still possible, in numbers."""
    if result.effect is None:
        return unasked(say("numbers at which the verdict would turn, once there is an effect"))
    return Points(tuple(_points(result, result.effect)))


def _points(result: BeforeAfterResult, effect: Effect) -> Iterator[str]:
    of, worth = result.primary.quantity, result.study.rule.min_effect
    low, high = effect.effect_ci_low, effect.effect_ci_high
    if low > 0 or high < 0:
        yield say(
            "Anything else that moved it by {near} in the same weeks would take the finding away.",
            near=w.size(min(abs(low), abs(high)), of),
        )
    elif result.smallest_detectable is not None:
        yield say(
            "A change of {detectable} or more would most likely have shown; {worth} is worth acting on.",
            detectable=w.size(result.smallest_detectable, of),
            worth=w.size(worth, of),
        )
    open_ = [rail for rail in result.guardrails if rail.outcome == "not_shown"]
    for rail in open_[:MOST_GUARDRAILS]:
        metric = result.metrics[rail.metric]
        worst = max(0.0, -rail.effect.gain_interval(metric.good)[0])
        yield say(
            "{label}: {margin} worse would be too much; up to {worst} is not ruled out.",
            label=metric.label,
            margin=w.size(rail.margin, metric.quantity),
            worst=w.size(worst, metric.quantity),
        )
