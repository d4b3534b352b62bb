"""The numbers at which the verdict of a before/after study would turn."""

from __future__ import annotations

from collections.abc import Iterator

from cs_lib import wording as w
from cs_lib.experiment.before_after.result import BeforeAfterResult
from cs_lib.language import say
from cs_lib.report.note import Note, unasked, withheld
from cs_lib.report.points import Points, allowance
from cs_lib.results import Effect

# More guardrails than these would bury the two that matter.
MOST_GUARDRAILS = 2


def turning(result: BeforeAfterResult) -> Points | Note:
    """What would take the finding away, and the harm that is still possible, in numbers."""
    if result.effect is None:
        return unasked(say("numbers at which the verdict would turn, once there is an effect"))
    return Points(tuple(_points(result, result.effect)))


def cost_at_scale(result: BeforeAfterResult) -> Note:
    """What the change of the cost per contact comes to per month and year, with its interval."""
    effect = _cost(result)
    if result.found is None:
        return withheld(result.decision)
    if effect is None or not result.contacts_a_month:
        return unasked(say("the cost per contact, which needs handle times and costs per hour"))
    told = {}
    for name, months in (("monthly", 1), ("yearly", 12)):
        times = result.contacts_a_month * months
        ends = (effect.effect_ci_low * times, effect.effect_ci_high * times)
        told[name] = w.bracketed(
            w.rough(effect.effect * times, result.currency), w.rough_ends(*ends, result.currency)
        )
    text = say(
        "At {contacts} a month, as after the change, the cost of agents' time moves by {monthly} a month, "
        "{yearly} a year.",
        contacts=w.counted(round(result.contacts_a_month), "contact"),
        **told,
    )
    return Note(text)


def cost_moved(result: BeforeAfterResult) -> bool:
    """Whether the cost per contact clearly rose or fell."""
    effect = _cost(result)
    return effect is not None and not effect.effect_ci_low <= 0 <= effect.effect_ci_high


def _cost(result: BeforeAfterResult) -> Effect | None:
    return next((e for e in result.effects() if e.metric == "cost_per_contact"), None)


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
        yield allowance(rail, result.metrics[rail.metric])
