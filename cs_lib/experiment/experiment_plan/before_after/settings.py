"""The settings of a planned before/after study, ready to run when its days are over."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from cs_lib import sentences as w
from cs_lib.experiment.experiment_plan.before_after.result import Length, TeamPlan
from cs_lib.metrics import Metric
from cs_lib.params import BeforeAfter, BeforeAfterPlan
from cs_lib.params.template import settings_text
from cs_lib.sentences import say

DAYS_PER_WEEK = 7
LONGEST_QUESTION = 160


def written_study(
    plan: BeforeAfterPlan,
    planned: Length,
    primary: Metric,
    *,
    weeks_before: int,
    horizon: int,
    teams: TeamPlan | None = None,
) -> str:
    """The YAML of the study, every key explained; it is accepted by `cslib check` as it stands."""
    settings = study_settings(plan, planned, primary, weeks_before, horizon, teams)
    head = [
        say(
            "Written by the plan '{study}' from data before {as_of}. If the change goes "
            "live on another day",
            study=plan.study,
            as_of=plan.as_of,
        ),
        say(
            "than planned, move all dates by as many days; nothing else may change once "
            "the data are seen."
        ),
    ]
    return settings_text(BeforeAfter, settings, head=list(map(str, head)))


def study_settings(
    plan: BeforeAfterPlan,
    planned: Length,
    primary: Metric,
    weeks_before: int,
    horizon: int,
    teams: TeamPlan | None,
) -> dict[str, Any]:
    """The study's settings as plain data, what is left at its default left out."""
    design, rule = plan.design, plan.rule
    first = design.start - timedelta(days=DAYS_PER_WEEK * weeks_before)
    end = planned.result_on - timedelta(days=horizon + 1)
    inside: dict[str, Any] = {"intervention_date": design.start.isoformat()}
    if design.washout_days:
        inside["washout_days"] = design.washout_days
    inside["pre_period"] = _period(first, design.start - timedelta(days=1))
    inside["post_period"] = _period(design.start, end)
    scope = design.scope.model_dump(mode="json", exclude_defaults=True)
    if scope:
        inside["scope"] = scope
    if teams is not None:
        inside["teams"] = {team: day.isoformat() if day else None for team, day in teams.dates}
    if design.calendar:
        inside["calendar"] = design.calendar
    holidays = [day.isoformat() for day in design.holidays if first <= day <= end]
    if holidays:
        inside["holidays"] = holidays
    return {
        "study": plan.written_name,
        "notebook": "before_after",
        "question": _question(plan, primary, teams),
        "as_of": planned.result_on.isoformat(),
        "source": plan.source,
        **({"action": plan.action} if plan.action else {}),
        "design": inside,
        "measure": plan.measure.model_dump(mode="json", exclude_defaults=True),
        "rule": rule.model_dump(mode="json", include={"alpha", "min_effect"}),
    }


def _period(first: date, last: date) -> list[str]:
    return [first.isoformat(), last.isoformat()]


def _question(plan: BeforeAfterPlan, primary: Metric, teams: TeamPlan | None) -> str:
    change = w.name(plan.design.change)
    whole = say(
        "Did {change} change “{label}”?"
        if teams is None
        else "Did {change} change “{label}”, team by team?",
        change=change,
        label=primary.called,
    )
    return str(whole) if len(str(whole)) <= LONGEST_QUESTION else plan.question
