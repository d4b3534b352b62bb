"""The first screen of a plan: customers, days, what it will show."""

from __future__ import annotations

from math import isfinite
from typing import Any

from cs_lib import wording as w
from cs_lib.experiment.experiment_plan.perk_ab_test.result import PerkPlanResult
from cs_lib.experiment.experiment_plan.perk_ab_test.sizes import Option
from cs_lib.language import say
from cs_lib.report.experiment_plan.facts import plan_facts
from cs_lib.report.fact_cards import card


def who(result: PerkPlanResult) -> str:
    """What the plan was computed from."""
    history = say(
        "planned on the history of {short_days}",
        short_days=w.short_days(*result.study.design.history),
    )
    return f"{w.counted(result.evidence.entered, 'customer')}, {history}"


def further(result: PerkPlanResult) -> dict[str, Any]:
    """Facts of a plan for machines."""
    parts = ("past", "planned", "within", "options", "choices", "chances", "guardrails")
    return plan_facts(result, result.study.population, parts)


def cards(result: PerkPlanResult) -> list[str]:
    """Customers, days, and the smallest effect the test finds; nothing when there is no estimate."""
    option, listed = result.planned, []
    if option is not None:
        listed = [_customers(result, option), _days(result, option)]
    shown = option if result.decision.verdict == "planned" else result.within
    if shown is not None and isfinite(shown.smallest_effect):
        listed.append(_effect(result, shown))
    return listed


def _ready(result: PerkPlanResult) -> bool:
    return result.decision.verdict == "planned"


def _customers(result: PerkPlanResult, option: Option) -> str:
    ready = _ready(result)
    if option.n_control == option.n_treatment:
        title = say("Customers per variant") if ready else say("Customers needed per variant")
        big = w.count(option.n_control)
        under = say("{n_total} in all, each counted once", n_total=w.count(option.n_total))
    else:
        title = say("Customers in all") if ready else say("Customers needed in all")
        big = w.count(option.n_total)
        under = say(
            "{n_control} in control, {n_treatment} in each other variant, each counted once",
            n_control=w.count(option.n_control),
            n_treatment=w.count(option.n_treatment),
        )
    return card(title, big, under)


def _days(result: PerkPlanResult, option: Option) -> str:
    start = result.study.design.start
    waiting = option.days - option.assigned_days
    under = say(
        "{assigned_days} of assignment from {start}, {waiting} of waiting",
        assigned_days=w.count(option.assigned_days),
        start=w.day(start),
        waiting=w.count(waiting),
    )
    title = (
        say("Result on {result_on}", result_on=w.day(option.result_on))
        if _ready(result)
        else say("Days needed")
    )
    return card(title, w.counted(option.days, "day"), under)


def _effect(result: PerkPlanResult, option: Option) -> str:
    metric, past = result.primary, result.past
    title = (
        say("Smallest effect found")
        if _ready(result)
        else say("Smallest effect found within the limit")
    )
    under = metric.label
    if past:
        usual = w.level(past.level, metric.quantity)
        under = say("{label}, usually {usual}", label=metric.label, usual=usual)
    if option.smallest_net_value is not None:
        money = w.level(option.smallest_net_value, result.money)
        under = f"{under}; {say('net value from {money} per customer', money=money)}"
    big = w.size(option.smallest_effect, metric.quantity)
    return card(title, big, under)
