"""The one sentence that the plan of an A/B test comes to."""

from __future__ import annotations

from math import isfinite

from cs_lib import wording as w
from cs_lib.experiment.experiment_plan.perk_ab_test.result import PerkPlanResult
from cs_lib.experiment.experiment_plan.perk_ab_test.sizes import Option
from cs_lib.language import say
from cs_lib.results import Decision


def not_enough(reason: str) -> Decision:
    """The verdict when the past tells too little."""
    more = say("Plan with a longer history, or let more kinds of contacts enter.")
    return Decision("not_enough_data", reason, more)


def decide_plan(result: PerkPlanResult, refusal: str) -> Decision:
    """Whether the test can start: it must fit into the days the team is willing to wait."""
    planned, limit = result.planned, result.study.limit_days
    if planned is None:
        because = say("No test shows {result}. {refusal}", result=_worth(result), refusal=refusal)
        return Decision("not_feasible", f"{because}{_within(result)}", _otherwise(result))
    if limit is not None and planned.days > limit:
        because = say(
            "To show {result} takes {result_2} and {days}; the limit is {limit}.",
            result=_worth(result),
            result_2=sizes(result, planned),
            days=w.counted(planned.days, "day"),
            limit=w.counted(limit, "day"),
        )
        return Decision("not_feasible", f"{because}{_within(result)}", _otherwise(result))
    start = w.day(result.study.design.start)
    return Decision(
        "planned",
        f"{_found(result, planned)} {_how_long(result, planned)}",
        say(
            "Save the settings at the end of this page as params/{written_name}.yaml and "
            "start on {start}.",
            written_name=result.study.written_name,
            start=start,
        ),
    )


def sizes(result: PerkPlanResult, option: Option) -> str:
    """How many customers each variant has: `1,266 customers per variant`."""
    if option.n_control == option.n_treatment:
        return say("{n_control} customers per variant", n_control=w.count(option.n_control))
    return say(
        "{n_control} customers in control and {n_treatment} in each other variant"
        if len(result.study.design.arms) > 1
        else "{n_control} customers in control and {n_treatment} in the other variant",
        n_control=w.count(option.n_control),
        n_treatment=w.count(option.n_treatment),
    )


def _worth(result: PerkPlanResult) -> str:
    """The smallest effect worth acting on, in words."""
    size = w.size(result.study.rule.min_effect, result.primary.quantity)
    return say("an effect of {size} on “{label}”", size=size, label=result.primary.label)


def _found(result: PerkPlanResult, option: Option) -> str:
    study, metric = result.study, result.primary
    arms = study.design.arms
    who = w.name(arms[0]) if len(arms) == 1 else say("a variant")
    size = w.size(study.rule.min_effect, metric.quantity)
    often = w.percent(study.rule.power, places=0)
    return w.sentence(
        say(
            "if {who} raises “{label}” by {size}, {result} show it in {often} of such tests"
            if metric.good == "up"
            else "if {who} lowers “{label}” by {size}, {result} show it in {often} of such tests",
            who=who,
            label=metric.label,
            size=size,
            result=sizes(result, option),
            often=often,
        )
    )


def _how_long(result: PerkPlanResult, option: Option) -> str:
    follow_up = option.days - option.assigned_days
    return say(
        "At the intake of the past that takes {assigned_days} of assignment and {follow_up} of "
        "waiting: the result is there on {result_on}."
        if follow_up
        else "At the intake of the past that takes {assigned_days} of assignment: the result is "
        "there on {result_on}.",
        assigned_days=w.counted(option.assigned_days, "day"),
        follow_up=w.counted(follow_up, "day"),
        result_on=w.day(option.result_on),
    )


def _within(result: PerkPlanResult) -> str:
    """What could be shown within the limit."""
    option, limit = result.within, result.study.limit_days
    if limit is None:
        return ""
    if option is None or not isfinite(option.smallest_effect):
        return say(" Within {limit} nothing could be shown.", limit=w.counted(limit, "day"))
    size = w.size(option.smallest_effect, result.primary.quantity)
    return say(
        " Within the limit {result} can show {size} or more.",
        result=sizes(result, option),
        size=size,
    )


def _otherwise(result: PerkPlanResult) -> str:
    option = result.within
    if option is not None and isfinite(option.smallest_effect):
        size = w.size(option.smallest_effect, result.primary.quantity)
        return say(
            "Look for {size} instead, wait longer, or let more kinds of contacts enter.", size=size
        )
    return say("Look for a larger effect, wait longer, or let more kinds of contacts enter.")
