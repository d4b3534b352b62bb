"""Figure of the money: per offered customer, from extra margin down to net value."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from cs_lib import wording as w
from cs_lib.experiment.perk_ab_test.analyze import PerkResult
from cs_lib.experiment.perk_ab_test.result import Account
from cs_lib.language import say
from cs_lib.quantity import Quantity
from cs_lib.report.drawing import waterfall as p
from cs_lib.report.drawing.figure import Draw, Figure, figure
from cs_lib.report.drawing.palette import BAD, CONTROL, GOOD, SOFT, TREATMENT
from cs_lib.report.note import Note, unasked, withheld
from cs_lib.report.perk_ab_test.figures import NO_MONEY

if TYPE_CHECKING:
    import pandas as pd


# The table has all variants; so many are drawn.
MOST_VARIANTS_DRAWN = 3


def money_steps(result: PerkResult) -> Figure | Note:
    """What each variant earned more and what it cost, down to its net value with the interval."""
    if not result.comparisons:
        return withheld(result.decision)
    every = [c.account for c in result.comparisons if c.account]
    if not every:
        if result.study.money is None:
            return unasked(say("money (the block `money`); only behaviour counts"))
        return Note(say(NO_MONEY))
    best = sorted(every, key=lambda a: -a.net_value.effect)[:MOST_VARIANTS_DRAWN]
    shown = [a for a in every if a in best]
    falls = [_fall(a, result.money) for a in shown]
    title = _title(shown, result.money)
    unit = _unit(result.money)

    def paint(narrow: bool) -> Draw:
        return p.waterfalls(falls, unit=unit, tick=partial(p.tick, signed=True), narrow=narrow)

    return figure(
        "money-steps",
        title=title,
        caption=_caption(result, every),
        more=_more(every, shown),
        alt=f"{title}. {' '.join(_spoken(fall) for fall in falls)}",
        data=_frame(every),
        wide=paint(False),
        narrow=paint(True),
        height=p.height(falls, narrow=False),
        narrow_height=p.height(falls, narrow=True),
    )


def _unit(money: Quantity) -> str:
    if not money.currency:
        return say("per offered customer")
    return say("{currency} per offered customer", currency=w.currency_words(money.currency))


def _fall(a: Account, money: Quantity) -> p.Fall:
    e = a.net_value
    net = w.change(e.effect, money)
    span = w.interval(e.effect_ci_low, e.effect_ci_high, money)
    tone = GOOD if e.effect_ci_low > 0 else BAD if e.effect_ci_high < 0 else SOFT
    after_discounts = a.margin - a.discounts

    def moved(amount: float) -> str:
        return w.change(amount, money)

    return p.Fall(
        w.capital(w.name(a.variant)),
        (
            p.Step(say("Extra margin"), moved(a.margin), 0.0, a.margin, TREATMENT),
            p.Step(say("Discounts used"), moved(-a.discounts), a.margin, after_discounts, CONTROL),
            p.Step(say("Unit cost"), moved(-a.unit_costs), after_discounts, e.effect, CONTROL),
            p.Step(
                say("Net value"), f"{net} ({span})", 0.0, e.effect, tone, e.effect_ci_low, e.effect_ci_high,
                strong=True,
            ),
        ),
    )  # fmt: skip


def _title(shown: Sequence[Account], money: Quantity) -> str:
    if len(shown) > 1:
        each = [f"{w.name(a.variant)} {w.change(a.net_value.effect, money)}" for a in shown]
        return say("What an offered customer leaves: {each}", each=w.listed(each))
    a, e = shown[0], shown[0].net_value
    who = w.capital(w.name(a.variant))
    amount, net = w.size(a.margin, money), w.size(e.effect, money)
    margin = (
        say("{amount} more margin", amount=amount)
        if a.margin >= 0
        else say("{amount} less margin", amount=amount)
    )
    costs = w.level(a.discounts + a.unit_costs, money)
    if e.effect_ci_low > 0:
        return say(
            "{who} brings {margin} per offered customer; {net} of it stays",
            who=who,
            margin=margin,
            net=net,
        )
    if e.effect_ci_high < 0:
        return say(
            "{who} brings {margin} per offered customer and costs {costs}: not enough",
            who=who,
            margin=margin,
            costs=costs,
        )
    return say(
        "{who} brings {margin} per offered customer and costs {costs}: whether that is "
        "enough is open",
        who=who,
        margin=margin,
        costs=costs,
    )


def _caption(result: PerkResult, every: Sequence[Account]) -> str:
    days = result.study.money.window_days if result.study.money else 0
    return say(
        "Per customer offered it, in {days} after assignment, against {control}; net value with "
        "{confidences}.",
        days=w.counted(days, "day"),
        control=w.name(result.study.design.control),
        confidences=w.confidences(a.net_value.alpha for a in every),
    )


def _more(every: Sequence[Account], shown: Sequence[Account]) -> str:
    said = [
        say(
            "The steps add up to the net value. Discounts count when redeemed, unit costs when delivered."
        )
    ]
    if any(a.adjusted for a in every):
        said.append(
            say("All steps are adjusted for the past, as the net value is; the table below is not.")
        )
    if left := [w.name(a.variant) for a in every if a not in shown]:
        said.append(say("Not drawn: {left}; the table has every variant.", left=w.listed(left)))
    return w.together(*said)


def _spoken(fall: p.Fall) -> str:
    each = "; ".join(f"{step.label}: {step.text}" for step in fall.steps)
    return f"{fall.heading}: {each}."


def _frame(every: Sequence[Account]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(
        {
            "variant": [a.variant for a in every],
            "extra_margin": [a.margin for a in every],
            "discounts": [-a.discounts for a in every],
            "unit_costs": [-a.unit_costs for a in every],
            "net_value": [a.net_value.effect for a in every],
            "net_value_ci_low": [a.net_value.effect_ci_low for a in every],
            "net_value_ci_high": [a.net_value.effect_ci_high for a in every],
        }
    )
