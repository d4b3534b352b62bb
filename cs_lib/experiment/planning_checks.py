"""What may be wrong with a plan, and the one sentence it comes to."""

from __future__ import annotations

from math import isfinite

from cs_lib import wording as w
from cs_lib.experiment.assigned import number_of
from cs_lib.experiment.planning_inputs import Arrivals
from cs_lib.experiment.planning_result import PlanResult
from cs_lib.experiment.planning_sizes import Option
from cs_lib.language import say
from cs_lib.results import Check, Decision

LEAST_DAYS = 28  # of history, below which a week of holidays is everything
LITTLE = 0.02  # explained variance below which a covariate does not pay for its trouble
OFTEN = 0.2  # share of customers with a perk above which the past is not like control
FEW_GROUPS = 10  # per variant


def not_enough(reason: str) -> Decision:
    """The verdict when the past tells too little."""
    more = say("Plan with a longer history, or let more kinds of contacts enter.")
    return Decision("not_enough_data", reason, more)


def decide_plan(result: PlanResult, refusal: str) -> Decision:
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


def sizes(result: PlanResult, option: Option) -> str:
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


def _worth(result: PlanResult) -> str:
    """The smallest effect worth acting on, in words."""
    size = w.size(result.study.rule.min_effect, result.primary.unit, currency=result.currency)
    return say("an effect of {size} on “{label}”", size=size, label=result.primary.label)


def _found(result: PlanResult, option: Option) -> str:
    study, metric = result.study, result.primary
    arms = study.design.arms
    who = w.name(arms[0]) if len(arms) == 1 else say("a variant")
    size = w.size(study.rule.min_effect, metric.unit, currency=result.currency)
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


def _how_long(result: PlanResult, option: Option) -> str:
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


def _within(result: PlanResult) -> str:
    """What could be shown within the limit."""
    option, limit = result.within, result.study.limit_days
    if limit is None:
        return ""
    if option is None or not isfinite(option.smallest_effect):
        return say(" Within {limit} nothing could be shown.", limit=w.counted(limit, "day"))
    size = w.size(option.smallest_effect, result.primary.unit, currency=result.currency)
    return say(
        " Within the limit {result} can show {size} or more.",
        result=sizes(result, option),
        size=size,
    )


def _otherwise(result: PlanResult) -> str:
    option = result.within
    if option is not None and isfinite(option.smallest_effect):
        size = w.size(option.smallest_effect, result.primary.unit, currency=result.currency)
        return say(
            "Look for {size} instead, wait longer, or let more kinds of contacts enter.", size=size
        )
    return say("Look for a larger effect, wait longer, or let more kinds of contacts enter.")


def plan_checks(result: PlanResult, coming: Arrivals) -> tuple[Check, ...]:
    """What the plan rests on, and where it may mislead."""
    found = [_history(result, coming), *_intake(result, coming), *_perks(result)]
    return (*found, *_covariates(result), *_guardrails(result), *_groups(result), *_absent(result))


def _history(result: PlanResult, coming: Arrivals) -> Check:
    assert result.past is not None
    days = result.primary.window_days
    finding = say(
        "{entered} in {days_known}; {followed} of them followed for {days}.",
        entered=w.counted(result.evidence.entered, "customer"),
        days_known=w.counted(coming.days_known, "day"),
        followed=w.count(result.past.followed),
        days=w.counted(days, "day"),
    )
    return Check(say("Enough history"), coming.days_known >= LEAST_DAYS, finding)


def _intake(result: PlanResult, coming: Arrivals) -> list[Check]:
    option = result.planned or result.within
    if option is None or not option.assigned_days:
        return []
    days = w.counted(option.assigned_days, "day")
    rate = w.plain(coming.expected(option.assigned_days) / option.assigned_days, 1)
    if option.assigned_days <= coming.days_known:
        finding = say(
            "{rate} new customers a day, the mean of all stretches of {days} in the history.",
            rate=rate,
            days=days,
        )
        return [Check(say("Intake seen before"), True, finding)]
    later = w.plain(coming.per_day_later, 1)
    finding = say(
        "{days} are longer than the history of {days_known}; for the days beyond it "
        "{later} new customers a day are assumed.",
        days=days,
        days_known=w.counted(coming.days_known, "day"),
        later=later,
    )
    return [Check(say("Intake seen before"), False, finding)]


def _perks(result: PlanResult) -> list[Check]:
    evidence = result.evidence
    share = evidence.with_perk / max(evidence.entered, 1)
    finding = say(
        "{with_perk} of {entered} of the history were given a perk; the usual level "
        "contains what that did.",
        with_perk=w.count(evidence.with_perk),
        entered=w.counted(evidence.entered, "customer"),
    )
    return [Check(say("The past is like control"), share < OFTEN, finding)]


def _covariates(result: PlanResult) -> list[Check]:
    names = result.study.measure.covariates
    if not names or result.past is None:
        return []
    labels = w.listed([f"“{result.metrics[name].label}”" for name in names])
    finding = say(
        "{labels} explain {explained} of the differences between customers.",
        labels=labels,
        explained=w.percent(result.past.explained),
    )
    return [Check(say("Covariates explain something"), result.past.explained >= LITTLE, finding)]


def _guardrails(result: PlanResult) -> list[Check]:
    if not result.guardrails:
        return []
    short = [f"“{result.metrics[g.metric].label}”" for g in result.guardrails if not g.holds]
    finding = (
        say(
            "The test is too small to show that {short} stays within its margin.",
            short=w.listed(short),
        )
        if short
        else say("The test is large enough for the margin of every guardrail.")
    )
    return [Check(say("Guardrails can be shown"), not short, finding)]


def _groups(result: PlanResult) -> list[Check]:
    cluster, past = result.study.design.cluster, result.past
    if cluster is None or past is None:
        return []
    split = result.study.design.split
    least = past.clusters * min(split.values())
    finding = say(
        "{clusters} to assign, about {least} in the smallest variant; {icc} of the "
        "differences between customers lie between them.",
        clusters=number_of(past.clusters, cluster.removesuffix("_id")),
        least=w.count(least),
        icc=w.percent(past.icc),
    )
    return [Check(say("Enough groups to assign"), least >= FEW_GROUPS, finding)]


def _absent(result: PlanResult) -> list[Check]:
    return [Check(say("Not planned for"), None, said) for said in result.evidence.absent.values()]
