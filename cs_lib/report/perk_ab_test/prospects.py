"""What a perk brings at the volume of the test, and the numbers at which its verdict would turn."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite

from cs_lib import wording as w
from cs_lib.experiment.perk_ab_test.result import Comparison, PerkResult
from cs_lib.language import say
from cs_lib.report.fact_cards import nearest
from cs_lib.report.note import Note, unasked, withheld
from cs_lib.report.points import Points, allowance

# The guardrail that is nearest to its margin is the one to watch.
MOST_GUARDRAILS = 1


def at_scale(result: PerkResult) -> Note:
    """The net value per month and year at the intake of the test, with its interval."""
    if not result.comparisons:
        return withheld(result.decision)
    effect = result.best.net_value
    if effect is None:
        return unasked(say("money (the block `money`); only behaviour counts"))
    if result.running:
        return unasked(say("what it comes to, once the test has ended"))
    month = result.monthly_customers
    ends = (effect.effect_ci_low, effect.effect, effect.effect_ci_high)
    told = {}
    for name, months in (("monthly", 1), ("yearly", 12)):
        low, middle, high = (end * month * months for end in ends)
        told[name] = w.bracketed(
            w.rough(middle, result.currency), w.rough_ends(low, high, result.currency)
        )
    text = say(
        "At {customers} a month, as in this test, the {perk} for all comes to {monthly} a month, {yearly} a year.",
        customers=w.counted(round(month), "customer"),
        perk=w.name(result.best.variant),
        **told,
    )
    return Note(text)


def turning(result: PerkResult) -> Points | Note:
    """The numbers of this test at which its verdict would turn."""
    if not result.comparisons or result.running:
        return unasked(say("numbers at which the verdict would turn, once there is an effect"))
    points = tuple(_points(result, result.best))
    return Points(points) if points else unasked(say("money or guardrails"))


def _points(result: PerkResult, best: Comparison) -> Iterator[str]:
    perk, money = w.name(best.variant), best.economics
    if money and isfinite(money.break_even_lift) and money.break_even_lift > 0:
        found = w.interval(
            best.primary.effect_ci_low, best.primary.effect_ci_high, result.primary.quantity
        )
        yield say(
            "The {perk} pays for itself from {lift} on; it brought {effect} ({found}).",
            perk=perk,
            lift=w.change(money.break_even_lift, result.primary.quantity),
            effect=w.change(best.primary.effect, result.primary.quantity),
            found=found,
        )
    if best.net_value and best.net_value.effect:
        amount = w.size(best.net_value.effect, result.money)
        yield (
            say(
                "If the {perk} cost {amount} more per customer offered it, nothing would be left.",
                perk=perk,
                amount=amount,
            )
            if best.net_value.effect > 0
            else say(
                "If the {perk} cost {amount} less per customer offered it, nothing would be lost.",
                perk=perk,
                amount=amount,
            )
        )
    for rail in nearest(best.guardrails, result.metrics)[:MOST_GUARDRAILS]:
        yield allowance(rail, result.metrics[rail.metric])
