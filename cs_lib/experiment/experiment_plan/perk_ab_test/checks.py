"""What may be wrong with a plan, and the one sentence it comes to."""

from __future__ import annotations

from datetime import timedelta

from cs_lib import sentences as w
from cs_lib.experiment.experiment_plan.perk_ab_test.history import Arrivals
from cs_lib.experiment.experiment_plan.perk_ab_test.result import Past, Sized
from cs_lib.experiment.logged import days_within, listed
from cs_lib.experiment.units import number_of
from cs_lib.results import Check
from cs_lib.sentences import say

# In a shorter history one week of holidays is everything.
LEAST_DAYS = 28
# Covariates that explain less of the variance do not pay for their trouble.
MIN_EXPLAINED_VARIANCE = 0.02
# When more customers had a perk, the past is not like control.
MAX_PAST_PERK_SHARE = 0.2
LEAST_GROUPS_PER_VARIANT = 10


def plan_checks(result: Sized, past: Past, coming: Arrivals) -> tuple[Check, ...]:
    """What the plan rests on, and where it may mislead."""
    checks = [_history(result, past, coming), *_intake(result, coming), *_perks(result)]
    checks += _planned_changes(result)
    return (*checks, *_covariates(result), *_guardrails(result), *_groups(result), *_absent(result))


def _history(result: Sized, past: Past, coming: Arrivals) -> Check:
    days = result.primary.window_days
    finding = say(
        "{entered} in {days_known}; {followed} of them followed for {days}.",
        entered=w.counted(result.evidence.entered, "customer"),
        days_known=w.counted(coming.days_known, "day"),
        followed=w.count(past.followed),
        days=w.counted(days, "day"),
    )
    return Check("enough_history", coming.days_known >= LEAST_DAYS, finding)


def _planned_changes(result: Sized) -> list[Check]:
    """Changes that the log has of the planned days: alike for every variant, so a note."""
    option, start = result.planned or result.within, result.study.design.start
    last = option.result_on if option else start + timedelta(days=LEAST_DAYS)
    others = [
        c
        for c in result.evidence.ahead
        if c.change_id != result.study.design.experiment and days_within(c, start, last)[0] <= last
    ]
    if not others:
        return []
    finding = say(
        "By the change log from {days}: {others}. It will favour no variant, but of the customers of the test some are "
        "served before it and some after.",
        days=w.days(start, last),
        others=listed(others, start),
    )
    return [Check("weeks_ahead_clear", None, finding)]


def _intake(result: Sized, coming: Arrivals) -> list[Check]:
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
        return [Check("intake_seen", True, finding)]
    later = w.plain(coming.per_day_later, 1)
    finding = say(
        "{days} are longer than the history of {days_known}; for the days beyond it "
        "{later} new customers a day are assumed.",
        days=days,
        days_known=w.counted(coming.days_known, "day"),
        later=later,
    )
    return [Check("intake_seen", False, finding)]


def _perks(result: Sized) -> list[Check]:
    evidence = result.evidence
    share = evidence.with_perk / max(evidence.entered, 1)
    finding = say(
        "{with_perk} of {entered} of the history were given a perk; the usual level "
        "contains what that did.",
        with_perk=w.count(evidence.with_perk),
        entered=w.counted(evidence.entered, "customer"),
    )
    return [Check("past_like_control", share < MAX_PAST_PERK_SHARE, finding)]


def _covariates(result: Sized) -> list[Check]:
    names = result.study.measure.covariates
    if not names or result.past is None:
        return []
    labels = w.listed([w.quoted(result.metrics[name].called) for name in names])
    finding = say(
        "{labels} explain {explained} of the differences between customers.",
        labels=labels,
        explained=w.percent(result.past.explained),
    )
    return [Check("covariates_explain", result.past.explained >= MIN_EXPLAINED_VARIANCE, finding)]


def _guardrails(result: Sized) -> list[Check]:
    if not result.guardrails:
        return []
    short = [w.quoted(result.metrics[g.metric].called) for g in result.guardrails if not g.holds]
    finding = (
        say(
            "The test is too small to show that {short} stays within its margin.",
            short=w.listed(short),
        )
        if short
        else say("The test is large enough for the margin of every guardrail.")
    )
    return [Check("guardrails_can_be_shown", not short, finding)]


def _groups(result: Sized) -> list[Check]:
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
    if past.icc_left is not None:
        left = say(
            "Of what the covariates leave, {icc} lie between them.", icc=w.percent(past.icc_left)
        )
        said = w.together(finding, left)
        return [Check("enough_groups", least >= LEAST_GROUPS_PER_VARIANT, said)]
    return [Check("enough_groups", least >= LEAST_GROUPS_PER_VARIANT, finding)]


def _absent(result: Sized) -> list[Check]:
    return [Check("not_planned_for", None, said) for said in result.evidence.absent.values()]
