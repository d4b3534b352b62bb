"""What may be wrong with a plan, and the one sentence it comes to."""

from __future__ import annotations

from math import isfinite

from cs_lib import wording as w
from cs_lib.experiment.planning_inputs import Arrivals
from cs_lib.experiment.planning_result import PlanResult
from cs_lib.experiment.planning_sizes import Option
from cs_lib.results import Check, Decision

LEAST_DAYS = 28  # of history, below which a week of holidays is everything
LITTLE = 0.02  # explained variance below which a covariate does not pay for its trouble
OFTEN = 0.2  # share of customers with a perk above which the past is not like control
FEW_GROUPS = 10  # per variant


def not_enough(reason: str) -> Decision:
    """The verdict when the past tells too little."""
    more = "Plan with a longer history, or let more kinds of contacts enter."
    return Decision("not_enough_data", reason, more)


def decide_plan(result: PlanResult, refusal: str) -> Decision:
    """Whether the test can start: it must fit into the days the team is willing to wait."""
    planned, limit = result.planned, result.study.limit_days
    if planned is None:
        because = f"No test shows {_worth(result)}. {refusal}"
        return Decision("not_feasible", f"{because}{_within(result)}", _otherwise(result))
    if limit is not None and planned.days > limit:
        because = (
            f"To show {_worth(result)} takes {sizes(result, planned)} and"
            f" {w.counted(planned.days, 'day')}; the limit is {w.counted(limit, 'day')}."
        )
        return Decision("not_feasible", f"{because}{_within(result)}", _otherwise(result))
    start = w.day(result.study.design.start)
    return Decision(
        "planned",
        f"{_found(result, planned)} {_how_long(result, planned)}",
        f"Save the settings at the end of this page as params/{result.study.written_name}.yaml"
        f" and start on {start}.",
    )


def sizes(result: PlanResult, option: Option) -> str:
    """How many customers each variant has: `1,266 customers per variant`."""
    if option.n_control == option.n_treatment:
        return f"{w.count(option.n_control)} customers per variant"
    others = "each other variant" if len(result.study.design.arms) > 1 else "the other variant"
    return f"{w.count(option.n_control)} customers in control and {w.count(option.n_treatment)} in {others}"


def _worth(result: PlanResult) -> str:
    """The smallest effect worth acting on, in words."""
    size = w.size(result.study.rule.min_effect, result.primary.unit, currency=result.currency)
    return f"an effect of {size} on “{result.primary.label}”"


def _found(result: PlanResult, option: Option) -> str:
    study, metric = result.study, result.primary
    arms = study.design.arms
    who = w.name(arms[0]) if len(arms) == 1 else "a variant"
    verb = "raises" if metric.good == "up" else "lowers"
    size = w.size(study.rule.min_effect, metric.unit, currency=result.currency)
    often = w.percent(study.rule.power, places=0)
    return w.sentence(
        f"if {who} {verb} “{metric.label}” by {size}, {sizes(result, option)} show it in {often} of such tests"
    )


def _how_long(result: PlanResult, option: Option) -> str:
    follow_up = option.days - option.assigned_days
    waiting = f" and {w.counted(follow_up, 'day')} of waiting" if follow_up else ""
    return (
        f"At the intake of the past that takes {w.counted(option.assigned_days, 'day')} of"
        f" assignment{waiting}: the result is there on {w.day(option.result_on)}."
    )


def _within(result: PlanResult) -> str:
    """What could be shown within the limit."""
    option, limit = result.within, result.study.limit_days
    if limit is None:
        return ""
    if option is None or not isfinite(option.smallest_effect):
        return f" Within {w.counted(limit, 'day')} nothing could be shown."
    size = w.size(option.smallest_effect, result.primary.unit, currency=result.currency)
    return f" Within the limit {sizes(result, option)} can show {size} or more."


def _otherwise(result: PlanResult) -> str:
    option = result.within
    if option is not None and isfinite(option.smallest_effect):
        size = w.size(option.smallest_effect, result.primary.unit, currency=result.currency)
        return f"Look for {size} instead, wait longer, or let more kinds of contacts enter."
    return "Look for a larger effect, wait longer, or let more kinds of contacts enter."


def plan_checks(result: PlanResult, coming: Arrivals) -> tuple[Check, ...]:
    """What the plan rests on, and where it may mislead."""
    found = [_history(result, coming), *_intake(result, coming), *_perks(result)]
    return (*found, *_covariates(result), *_guardrails(result), *_groups(result), *_absent(result))


def _history(result: PlanResult, coming: Arrivals) -> Check:
    assert result.past is not None
    days = result.primary.window_days
    finding = (
        f"{w.counted(result.evidence.entered, 'customer')} in {w.counted(coming.days_known, 'day')};"
        f" {w.count(result.past.followed)} of them followed for {w.counted(days, 'day')}."
    )
    return Check("Enough history", coming.days_known >= LEAST_DAYS, finding)


def _intake(result: PlanResult, coming: Arrivals) -> list[Check]:
    option = result.planned or result.within
    if option is None or not option.assigned_days:
        return []
    days = w.counted(option.assigned_days, "day")
    rate = w.plain(coming.expected(option.assigned_days) / option.assigned_days, 1)
    if option.assigned_days <= coming.days_known:
        finding = f"{rate} new customers a day, the mean of all stretches of {days} in the history."
        return [Check("Intake seen before", True, finding)]
    later = w.plain(coming.per_day_later, 1)
    finding = (
        f"{days} are longer than the history of {w.counted(coming.days_known, 'day')};"
        f" for the days beyond it {later} new customers a day are assumed."
    )
    return [Check("Intake seen before", False, finding)]


def _perks(result: PlanResult) -> list[Check]:
    evidence = result.evidence
    share = evidence.with_perk / max(evidence.entered, 1)
    finding = (
        f"{w.count(evidence.with_perk)} of {w.counted(evidence.entered, 'customer')} of the history were given a perk;"
        " the usual level contains what that did."
    )
    return [Check("The past is like control", share < OFTEN, finding)]


def _covariates(result: PlanResult) -> list[Check]:
    names = result.study.measure.covariates
    if not names or result.past is None:
        return []
    labels = w.listed([f"“{result.metrics[name].label}”" for name in names])
    finding = (
        f"{labels} explain {w.percent(result.past.explained)} of the differences between customers."
    )
    return [Check("Covariates explain something", result.past.explained >= LITTLE, finding)]


def _guardrails(result: PlanResult) -> list[Check]:
    if not result.guardrails:
        return []
    short = [f"“{result.metrics[g.metric].label}”" for g in result.guardrails if not g.holds]
    finding = (
        f"The test is too small to show that {w.listed(short)} stays within its margin."
        if short
        else "The test is large enough for the margin of every guardrail."
    )
    return [Check("Guardrails can be shown", not short, finding)]


def _groups(result: PlanResult) -> list[Check]:
    cluster, past = result.study.design.cluster, result.past
    if cluster is None or past is None:
        return []
    split = result.study.design.split
    least = past.clusters * min(split.values())
    what = w.name(cluster.removesuffix("_id"))
    finding = (
        f"{w.counted(past.clusters, what)} to assign, about {w.count(least)} in the smallest variant;"
        f" {w.percent(past.icc)} of the differences between customers lie between them."
    )
    return [Check("Enough groups to assign", least >= FEW_GROUPS, finding)]


def _absent(result: PlanResult) -> list[Check]:
    return [Check("Not planned for", None, said) for said in result.evidence.absent.values()]
