"""The one sentence that the plan of an A/B test comes to."""

from __future__ import annotations

from math import isfinite

from cs_lib import sentences as w
from cs_lib.experiment.experiment_plan.perk_ab_test.result import Sized
from cs_lib.experiment.experiment_plan.perk_ab_test.sizes import Option
from cs_lib.results import Decision
from cs_lib.sentences import Text, say


def not_enough(reason: Text) -> Decision:
    """The verdict when the past tells too little."""
    more = say("Plan with a longer history, or let more kinds of contacts enter.")
    headline = w.without_stop(w.capital(reason))
    return Decision("not_enough_data", reason, more, "history_tells_too_little", headline)


def decide_plan(result: Sized, refusal: Text) -> Decision:
    """Whether the test can start: it must fit into the days the team is willing to wait."""
    planned, limit = result.planned, result.study.limit_days
    size = w.size(result.study.rule.min_effect, result.primary.quantity)
    if planned is None:
        because: Text = w.together(say("No test shows {worth}.", worth=_worth(result)), refusal)
        because = w.together(because, _within(result))
        headline = say("No test shows {size}", size=size)
        return Decision("not_feasible", because, _otherwise(result), "never_found", headline)
    if limit is not None and planned.days > limit:
        because = say(
            "To show {worth} takes {customers} and {days}; the limit is {limit}.",
            worth=_worth(result),
            customers=sizes(result, planned),
            days=w.counted(planned.days, "day"),
            limit=w.counted(limit, "day"),
        )
        headline = say(
            "To see {worth} takes {takes}; the limit is {limit}",
            worth=size,
            takes=w.counted(planned.days, "day"),
            limit=w.counted(limit, "day"),
        )
        because = w.together(because, _within(result))
        return Decision("not_feasible", because, _otherwise(result), "beyond_limit", headline)
    start = w.day(result.study.design.start)
    return Decision(
        "planned",
        w.together(_found(result, planned), _how_long(result, planned)),
        say("Save the settings at the end of this page, and start on {start}.", start=start),
        "fits",
        say(
            "An effect of {size} takes {n_total}: result due on {result_on}",
            n_total=w.counted(planned.n_total, "customer"),
            size=size,
            result_on=w.day(planned.result_on),
        ),
    )


def sizes(result: Sized, option: Option) -> Text:
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


def _worth(result: Sized) -> Text:
    """The smallest effect worth acting on, in words."""
    size = w.size(result.study.rule.min_effect, result.primary.quantity)
    return say("an effect of {size} on “{label}”", size=size, label=result.primary.called)


def _found(result: Sized, option: Option) -> Text:
    study, metric = result.study, result.primary
    arms = study.design.arms
    who = say("the {arm}", arm=w.name(arms[0])) if len(arms) == 1 else say("a variant")
    size = w.size(study.rule.min_effect, metric.quantity)
    often = w.percent(study.rule.power, places=0)
    return w.sentence(
        say(
            "if {who} raises “{label}” by {size}, {result} show it in {often} of such tests"
            if metric.good == "up"
            else "if {who} lowers “{label}” by {size}, {result} show it in {often} of such tests",
            who=who,
            label=metric.called,
            size=size,
            result=sizes(result, option),
            often=often,
        )
    )


def _how_long(result: Sized, option: Option) -> Text:
    follow_up = option.days - option.assigned_days
    return say(
        "At the past intake that takes {assigned_days} of assignment and {follow_up} of waiting: "
        "the result is due on {result_on}."
        if follow_up
        else "At the past intake that takes {assigned_days} of assignment: the result is due on "
        "{result_on}.",
        assigned_days=w.counted(option.assigned_days, "day"),
        follow_up=w.counted(follow_up, "day"),
        result_on=w.day(option.result_on),
    )


def _within(result: Sized) -> Text:
    """What could be shown within the limit."""
    option, limit = result.within, result.study.limit_days
    if limit is None:
        return ""
    if option is None or not isfinite(option.smallest_effect):
        return say("Within {limit} nothing could be shown.", limit=w.counted(limit, "day"))
    size = w.size(option.smallest_effect, result.primary.quantity)
    return say(
        "Within the limit {result} can show {size} or more.",
        result=sizes(result, option),
        size=size,
    )


def _otherwise(result: Sized) -> Text:
    option = result.within
    if option is not None and isfinite(option.smallest_effect):
        size = w.size(option.smallest_effect, result.primary.quantity)
        return say(
            "Look for {size} instead, wait longer, or let more kinds of contacts enter.", size=size
        )
    return say("Look for a larger effect, wait longer, or let more kinds of contacts enter.")
