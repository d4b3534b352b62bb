"""The first screen of a plan: weeks, teams, what it will show."""

from __future__ import annotations

from math import isfinite
from typing import Any

from cs_lib import wording as w
from cs_lib.experiment.experiment_plan.before_after.result import (
    BeforeAfterPlanResult,
    Length,
)
from cs_lib.language import say
from cs_lib.report.experiment_plan.before_after.tables import size
from cs_lib.report.experiment_plan.facts import plan_facts
from cs_lib.report.fact_cards import card


def who(result: BeforeAfterPlanResult) -> str:
    """What the plan was computed from."""
    return say("planned on the history of {days}", days=w.days(*result.study.design.history))


def further(result: BeforeAfterPlanResult) -> dict[str, Any]:
    """Facts of a plan for machines."""
    parts = ("weeks_before", "past", "teams", "planned", "within", "options", "guardrails")
    return plan_facts(result, result.study.scope, parts)


def cards(result: BeforeAfterPlanResult) -> list[str]:
    """Weeks, teams and the smallest change found; nothing when there is no estimate."""
    planned, listed = result.planned, []
    if planned is not None:
        listed.append(_weeks(result, planned))
    if result.teams is not None and result.teams.chosen is not None:
        way, total = result.teams.chosen.schedule, len(result.teams.teams)
        waves = (
            say("on one date")
            if not way.staggered
            else say("in {sizes} waves", sizes=len(way.sizes))
        )
        under = say(
            "of {total}, {waves}, drawn by lot; the others stay as they are",
            total=w.count(total),
            waves=waves,
        )
        listed.append(card(say("Teams changed"), w.count(way.changed), under))
    shown = result.within or planned
    if shown is not None and isfinite(shown.smallest):
        listed.append(_smallest(result, shown))
    if result.reference is not None and isfinite(result.reference.smallest):
        weeks = w.counted(result.reference.weeks, "week")
        under = say("{label}, no week more before or after", label=result.primary.label)
        big = size(result, result.reference.smallest)
        listed.append(card(say("Found with {weeks} on each side", weeks=weeks), big, under))
    return listed


def _weeks(result: BeforeAfterPlanResult, planned: Length) -> str:
    ready = result.decision.verdict == "planned"
    title = (
        say("Result on {result_on}", result_on=w.day(planned.result_on))
        if ready
        else say("Weeks needed")
    )
    follow = w.counted(result.evidence.horizon, "day")
    under = say(
        "after the change, {weeks_before} before; then {follow} until all cases are followed",
        weeks_before=w.count(result.weeks_before),
        follow=follow,
    )
    return card(title, w.counted(planned.weeks, "week"), under)


def _smallest(result: BeforeAfterPlanResult, shown: Length) -> str:
    title = (
        say("Smallest change found within the limit")
        if result.within is not None
        else say("Smallest change found")
    )
    level = result.past.level if result.past else result.teams.level if result.teams else None
    usual = w.level(level, result.primary.quantity) if level else ""
    under = (
        say("{label}, usually {usual}", label=result.primary.label, usual=usual)
        if usual
        else result.primary.label
    )
    return card(title, size(result, shown.smallest), under)
