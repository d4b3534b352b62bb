"""A before/after plan from the past: how many weeks, which teams, and what will be seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from cs_lib.aggregates import Series
from cs_lib.experiment.before_after.season import season_told
from cs_lib.experiment.before_after.series import as_factor
from cs_lib.experiment.before_after.team_panel import Rate
from cs_lib.experiment.experiment_plan.before_after.checks import broken_extract, plan_checks
from cs_lib.experiment.experiment_plan.before_after.decide import (
    decide,
    no_plan,
)
from cs_lib.experiment.experiment_plan.before_after.queue import Queue, plan_lengths, smallest_loss
from cs_lib.experiment.experiment_plan.before_after.result import (
    BeforeAfterPlanResult,
    Drafted,
    GuardPlan,
    Length,
    QueuePast,
)
from cs_lib.experiment.experiment_plan.before_after.settings import written_study
from cs_lib.experiment.experiment_plan.before_after.teams import plan_teams, way_curve
from cs_lib.methods.errors import CannotEstimate, or_none, tried
from cs_lib.methods.its.periods import DAYS_PER_WEEK
from cs_lib.methods.its.placebo import placebo_dates
from cs_lib.methods.its.placebo_test import history_test
from cs_lib.methods.its.season import Season
from cs_lib.methods.power.its import Shares, noise_by_week
from cs_lib.methods.power.timeline import read_past, timeline
from cs_lib.metrics.experiment_plan import BeforeAfterPlanEvidence
from cs_lib.params import BeforeAfterPlan
from cs_lib.results import Check, Decision, stage
from cs_lib.sentences import say

# Everybody can picture so many weeks on each side.
REFERENCE_WEEKS = 8
# Guardrails are not simulated; weeks instead of days, and weeks beside a curve, are taken to decide
# these shares of their studies.
USUAL_SHARES_DECIDED_BY_WEEK = Shares(0.4, 0.15)


def analyze(evidence: BeforeAfterPlanEvidence, study: BeforeAfterPlan) -> BeforeAfterPlanResult:
    """Weeks, teams and settings of the planned study; data that carry no plan give `not_enough_data`."""
    before = weeks_before(evidence.series[study.measure.primary_metric], study)
    broken = broken_extract(evidence, study)
    if broken is not None:
        return _without_plan(evidence, study, before, no_plan(broken.found), (broken,))
    draft = _queue if study.design.rollout is None else _rollout
    drafted, refusal = tried(lambda: draft(evidence, study, before))
    if drafted is None:
        return _without_plan(evidence, study, before, no_plan(refusal), ())
    drafted = replace(drafted, guardrails=_guardrails(drafted))
    decision = decide(drafted)
    return BeforeAfterPlanResult(
        **stage(drafted),
        decision=decision,
        checks=plan_checks(drafted),
        settings=_settings(drafted) if decision.verdict == "planned" else "",
    )


def _without_plan(
    evidence: BeforeAfterPlanEvidence,
    study: BeforeAfterPlan,
    before: int,
    decision: Decision,
    checks: tuple[Check, ...],
) -> BeforeAfterPlanResult:
    return BeforeAfterPlanResult(
        study=study, evidence=evidence, weeks_before=before, decision=decision, checks=checks
    )


def _settings(drafted: Drafted) -> str:
    """The study as YAML; nothing without a length."""
    if drafted.planned is None:
        return ""
    return written_study(
        drafted.study,
        drafted.planned,
        drafted.primary,
        weeks_before=drafted.weeks_before,
        horizon=drafted.evidence.horizon,
        teams=drafted.teams,
    )


def weeks_before(series: Series, study: BeforeAfterPlan) -> int:
    """Whole weeks from the first day of the history to the change; the days still to come count too."""
    if not len(series.days):
        return 0
    first: date = series.days[0].item()
    return (study.design.start - first).days // DAYS_PER_WEEK


def _queue(evidence: BeforeAfterPlanEvidence, study: BeforeAfterPlan, before: int) -> Drafted:
    """One change of everything in scope. Raises CannotEstimate."""
    metric = evidence.metrics[study.measure.primary_metric]
    series = evidence.series[study.measure.primary_metric]
    log_scale = as_factor(series, evidence.metrics)
    season = _season(evidence, study, log_scale=log_scale)
    past = read_past(series, holidays=study.design.days_off, log_scale=log_scale, season=season)
    queue = Queue(study, past, metric.good, before, evidence.horizon)
    lengths = plan_lengths(queue, reference=min(REFERENCE_WEEKS, before))
    needed, limit = lengths.needed, study.limit_weeks
    short = limit is not None and (needed is None or needed.weeks > limit)
    after = series.days[-1].item() + timedelta(days=1)
    return Drafted(
        study=study,
        evidence=evidence,
        weeks_before=before,
        past=QueuePast(
            past.level,
            past.noise,
            noise_by_week(past.noise),
            past.usable,
            past.log_scale,
            past.season,
        ),
        planned=needed,
        within=lengths.limit if short else None,
        reference=lengths.reference,
        options=lengths.options,
        curve=lengths.curve,
        placebo=placebo_dates(
            series,
            intervention_date=after,
            alpha=study.rule.alpha,
            holidays=study.design.days_off,
            log_scale=past.log_scale,
            season=past.season,
        ),
        placebo_test=or_none(
            lambda: history_test(
                series,
                holidays=study.design.days_off,
                log_scale=past.log_scale,
                season=past.season,
            )
        ),
    )


def _season(
    evidence: BeforeAfterPlanEvidence, study: BeforeAfterPlan, *, log_scale: bool
) -> Season | None:
    """The season that the study will take out: that of the years before the history."""
    if evidence.earlier is None:
        return None
    design = study.design
    return season_told(
        evidence.earlier,
        [study.scope],
        design.history[0],
        holidays=design.days_off,
        log_scale=log_scale,
    )


def _rollout(evidence: BeforeAfterPlanEvidence, study: BeforeAfterPlan, before: int) -> Drafted:
    """A change that goes from team to team. Raises CannotEstimate."""
    series = evidence.teams[study.measure.primary_metric]
    if not series:
        raise CannotEstimate(say("None of the teams of design.rollout has a case in the history."))
    rate: Rate | None = None
    if evidence.metrics[study.measure.primary_metric].unit == "per_1000":
        rate = "own_orders" if evidence.orders_by_team else "shared_orders"
    teams = plan_teams(series, study, weeks_before=before, rate=rate)

    def result_on(weeks: int) -> date:
        return study.design.start + timedelta(days=DAYS_PER_WEEK * weeks + evidence.horizon)

    planned: Length | None = None
    best = teams.chosen
    if best is not None and best.weeks is not None:
        planned = Length(best.weeks, result_on(best.weeks), best.smallest, best.power)
    points = way_curve(teams, study, weeks_before=before)
    curve = tuple(Length(n, result_on(n), smallest, power) for n, smallest, power in points)
    return Drafted(
        study=study,
        evidence=evidence,
        weeks_before=before,
        teams=teams,
        planned=planned,
        curve=curve,
    )


def _guardrails(result: Drafted) -> tuple[GuardPlan, ...]:
    """The losses that the planned study can rule out; nothing when there is no study to read them in."""
    study, shown = result.study, result.planned or result.within
    if shown is None:
        return ()
    plans: list[GuardPlan] = []
    for name, margin in result.evidence.guardrails.items():
        metric = result.metrics[name]
        series = guard_series(result, name)
        try:
            past = read_past(
                series,
                holidays=study.design.days_off,
                log_scale=as_factor(series, result.metrics),
            )
            line = timeline(
                past,
                study.design.start,
                weeks_before=result.weeks_before,
                weeks_after=shown.weeks,
                washout_days=study.design.washout_days,
                holidays=study.design.days_off,
            )
            loss = smallest_loss(
                past,
                line,
                good=metric.good,
                power=study.rule.power,
                shares=USUAL_SHARES_DECIDED_BY_WEEK,
            )
        except CannotEstimate:
            continue
        plans.append(GuardPlan(name, past.level, margin, loss))
    return tuple(plans)


def guard_series(result: Drafted, name: str) -> Series:
    """A guardrail as the study will read it: in a roll-out that of the teams to be changed, together."""
    parts = result.evidence.teams.get(name) or {}
    changed = [team for team, day in (result.teams.dates if result.teams else ()) if day]
    return summed([parts[team] for team in changed if team in parts], result.evidence.series[name])


def summed(parts: Sequence[Series], otherwise: Series) -> Series:
    """Series of the same days added up; `otherwise` when there is none."""
    if not parts:
        return otherwise
    return replace(
        parts[0],
        numerator=np.sum([part.numerator for part in parts], axis=0),
        denominator=np.sum([part.denominator for part in parts], axis=0),
    )
