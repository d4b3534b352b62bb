"""A change of the service flow from its daily series: checks, step, placebo dates, decision."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from cs_lib import wording as w
from cs_lib.experiment.ab import non_inferiority
from cs_lib.experiment.coverage import coverage
from cs_lib.experiment.decide import blocked, decide_change
from cs_lib.experiment.errors import CannotEstimate, NotEnoughData
from cs_lib.experiment.its import LevelChange, level_change
from cs_lib.experiment.placebo import Placebo, placebo_dates
from cs_lib.experiment.survival import SurvivalCurve, kaplan_meier
from cs_lib.metrics import Metric
from cs_lib.metrics.evidence import SeriesEvidence
from cs_lib.params import BeforeAfter
from cs_lib.params.before_after import Scope
from cs_lib.results import Check, Decision, Effect, Guardrail, Series

WOLF = 0.10  # share of placebo dates with an alarm from which the method is not to be trusted here
REASONS = {
    "clean": "days, because nothing is left in their residuals",
    "declared": "as declared",
    "short_noise": "weeks, because daily values carry noise on top of their autocorrelation",
    "weekday_pattern": "weeks, because a weekday pattern is left in the days",
    "autocorrelated": "weeks, because the days are autocorrelated beyond the model",
    "days_impossible": "weeks, because days cannot be fitted",
    "weeks_impossible": "days, because there are too few whole weeks; read it with care",
}


@dataclass(frozen=True, slots=True)
class FlowResult:
    """What a before/after study found. `change` is None while the effect is withheld."""

    study: BeforeAfter
    metrics: dict[str, Metric]
    currency: str
    checks: tuple[Check, ...]
    change: LevelChange | None
    guardrails: tuple[Guardrail, ...]
    secondary: tuple[Effect, ...]
    placebo: Placebo | None
    curves: tuple[SurvivalCurve, ...]
    decision: Decision
    horizon: int
    observed_until: date

    @property
    def primary(self) -> Metric:
        """The metric that decides."""
        return self.metrics[self.study.measure.primary_metric]

    def effects(self) -> tuple[Effect, ...]:
        """All effects, primary first."""
        first = (self.change.effect,) if self.change else ()
        return (*first, *(g.effect for g in self.guardrails), *self.secondary)

    @property
    def unit_choice(self) -> str:
        """Days or weeks, and why."""
        return REASONS[self.change.reason] if self.change else ""


def analyze_flow(evidence: SeriesEvidence, study: BeforeAfter) -> FlowResult:
    """Checks, level change and decision of a before/after study. Effects are withheld when a check blocks."""
    checks = list(flow_checks(evidence, study))
    decision = blocked(checks)
    change: LevelChange | None = None
    placebo: Placebo | None = None
    if decision is None:
        try:
            change = step(evidence.series[study.measure.primary_metric], study, evidence.metrics)
        except CannotEstimate as error:
            decision = _too_little(error)
    guardrails: tuple[Guardrail, ...] = ()
    secondary: tuple[Effect, ...] = ()
    if change is not None:
        placebo = _placebo(evidence.series[study.measure.primary_metric], study, evidence.metrics)
        checks += _method_checks(
            change, placebo, evidence.metrics[study.measure.primary_metric], evidence.currency
        )
        guardrails = _guardrails(evidence, study, checks)
        secondary = _secondary(evidence, study)
        decision = decide_change(
            change.effect,
            checks,
            metric=evidence.metrics[study.measure.primary_metric],
            min_effect=study.rule.min_effect,
            smallest_detectable=change.smallest_detectable,
            picked_for_bad_results=study.design.picked_for_bad_results,
            guardrails=guardrails,
            currency=evidence.currency,
        )
    assert decision is not None
    return FlowResult(
        study=study,
        metrics=evidence.metrics,
        currency=evidence.currency,
        checks=tuple(checks),
        change=change,
        guardrails=guardrails,
        secondary=secondary,
        placebo=placebo,
        curves=tuple(
            kaplan_meier(d) for d in evidence.durations if change is not None and len(d.count)
        ),
        decision=decision,
        horizon=evidence.horizon,
        observed_until=evidence.observed_until,
    )


def step(
    series: Series, study: BeforeAfter, metrics: dict[str, Metric], *, alpha: float | None = None
) -> LevelChange:
    """The level change of one series under the study's plan; rates per orders on the log scale where none is zero."""
    options = _options(study, alpha)
    if metrics[series.metric].unit == "per_1000":
        try:
            return level_change(series, log_scale=True, **options)
        except NotEnoughData:
            raise
        except CannotEstimate:
            pass  # a period without any contact has no logarithm; the plain scale has no such trouble
    return level_change(series, **options)


def _options(study: BeforeAfter, alpha: float | None) -> dict[str, Any]:
    design = study.design
    return {
        "intervention_date": design.intervention_date,
        "washout_days": design.washout_days,
        "holidays": design.holidays,
        "alpha": alpha or study.rule.alpha,
    }


def _placebo(series: Series, study: BeforeAfter, metrics: dict[str, Metric]) -> Placebo | None:
    log_scale = metrics[series.metric].unit == "per_1000"
    return placebo_dates(series, log_scale=log_scale, **_options(study, None))


def _too_little(error: CannotEstimate) -> Decision:
    if isinstance(error, NotEnoughData):
        return Decision(
            "not_enough_data",
            f"{error} No change of any size could be told from ordinary ups and downs.",
            f"Run again when {w.counted(error.needed, 'day')} with data lie on each side; eight weeks are better.",
        )
    return Decision(
        "not_enough_data", w.sentence(str(error)), "Choose a metric or a scope with more cases."
    )


def _guardrails(
    evidence: SeriesEvidence, study: BeforeAfter, checks: list[Check]
) -> tuple[Guardrail, ...]:
    """Guardrail outcomes; one that cannot be had becomes a check that says why."""
    found: list[Guardrail] = []
    for name, margin in study.measure.guardrails.items():
        if name in evidence.absent:
            checks.append(Check(evidence.metrics[name].label, None, evidence.absent[name]))
            continue
        try:
            effect = step(evidence.series[name], study, evidence.metrics, alpha=0.05).effect
        except CannotEstimate as error:
            checks.append(Check(evidence.metrics[name].label, None, f"Not available: {error}"))
            continue
        found.append(non_inferiority(effect, good=evidence.metrics[name].good, margin=margin))
    return tuple(found)


def _secondary(evidence: SeriesEvidence, study: BeforeAfter) -> tuple[Effect, ...]:
    found: list[Effect] = []
    for name in study.measure.secondary:
        if name in evidence.series:
            try:
                found.append(step(evidence.series[name], study, evidence.metrics).effect)
            except CannotEstimate:
                continue
    return tuple(found)


def flow_checks(evidence: SeriesEvidence, study: BeforeAfter) -> Sequence[Check]:
    """The checks that need no effect: is the extract whole, is it the same work, did anything else change?"""
    design = study.design
    checks = [_whole(evidence, study), _same_work(evidence, study)]
    checks += [_followed(evidence, study), _alone(evidence, study)]
    if design.picked_for_bad_results:
        finding = "This queue was changed because its numbers were bad; a recovery by itself looks like success."
        checks.append(Check("Not picked for bad results", False, finding))
    if "csat_response_rate" in evidence.series:
        checks.append(_answers(evidence, study))
    return checks


def _whole(evidence: SeriesEvidence, study: BeforeAfter) -> Check:
    name = "Extract complete"
    found = coverage(evidence.volume, pre=study.design.pre_period, post=study.design.post_period)
    if found.before == 0 or found.after == 0:
        side = "before" if found.before == 0 else "after"
        return Check(
            name, False, f"There are hardly any contacts {side} the change.", blocks_decision=True
        )
    weeks = f"{w.count(found.before)} contacts a week before, {w.count(found.after)} after"
    if found.silent is not None:
        finding = f"The extract is cut: no contact at all {w.days(*found.silent)} ({weeks})."
        return Check(name, False, finding, blocks_decision=True)
    if found.cut_off and found.weakest_week is not None:
        finding = (
            f"The extract is cut: the week of {w.day(found.weakest_week)} holds"
            f" {w.percent(found.weakest_edge, places=0)} of a usual week ({weeks})."
        )
        return Check(name, False, finding, blocks_decision=True)
    if found.collapsed:
        finding = f"The volume of the whole desk changed too much to compare: {weeks}. Extract or population changed."
        return Check(name, False, finding, blocks_decision=True)
    return Check(name, True, f"The whole desk: {weeks}, no empty edge.")


def _same_work(evidence: SeriesEvidence, study: BeforeAfter) -> Check:
    found = coverage(
        evidence.scoped_volume, pre=study.design.pre_period, post=study.design.post_period
    )
    weeks = f"{w.count(found.before)} contacts a week in scope before, {w.count(found.after)} after"
    if found.moved:
        return Check(
            "Same amount of work",
            False,
            f"{w.sentence(weeks)} Ask whether these are still the same contacts.",
        )
    return Check("Same amount of work", True, w.sentence(weeks))


def _followed(evidence: SeriesEvidence, study: BeforeAfter) -> Check:
    """The last days of the post-period may lack their follow-up; they are left off, and that is said."""
    series = evidence.series[study.measure.primary_metric]
    wanted = study.design.post_period[1]
    last = (
        series.days[-1].item()
        if len(series.days)
        else study.design.pre_period[0] - timedelta(days=1)
    )
    if last >= wanted:
        return Check(
            "Every case followed",
            True,
            f"All cases up to {w.day(wanted)} were followed long enough.",
        )
    finding = (
        f"Cases after {w.day(last)} are left out: their follow-up is not over at the data cut."
    )
    return Check("Every case followed", None, finding)


def _alone(evidence: SeriesEvidence, study: BeforeAfter) -> Check:
    """Other logged changes in the periods; those whose scope cannot touch ours are named without doubt."""
    design = study.design
    others = [
        c for c in evidence.changes if c[0] != design.change_id and c[2] != design.intervention_date
    ]
    near = [c for c in others if not apart(c[3], design.scope)]
    name = "No other change"
    if near:
        return Check(name, False, f"Also in these periods: {_changes(near)}.")
    if others:
        return Check(
            name, True, f"Others in these periods concern other contacts: {_changes(others)}."
        )
    return Check(name, True, "The change log has no other change in these periods.")


def _changes(changes: Sequence[tuple[str, str, date, str]]) -> str:
    return w.listed([f"{name} ({w.day(day)}, {scope})" for _, name, day, scope in changes])


def apart(logged: str, scope: Scope) -> bool:
    """Whether a logged scope like `team_id in (T05, T06)` names only values outside ours; unsure is no."""
    match = re.fullmatch(r"\s*(\w+) in \(([^()]*)\)\s*", logged)
    if match is None or match[1] not in Scope.COLUMNS:
        return False
    theirs = {value.strip() for value in match[2].split(",")}
    ours = getattr(scope, match[1])
    return bool(ours) and theirs.isdisjoint(ours)


def _answers(evidence: SeriesEvidence, study: BeforeAfter) -> Check:
    name = "Response rate steady"
    try:
        effect = step(evidence.series["csat_response_rate"], study, evidence.metrics).effect
    except CannotEstimate as error:
        return Check(name, None, f"Not available: {error}")
    ends = f"{w.percent(effect.control)} answered before, {w.percent(effect.treatment)} after"
    if effect.pvalue < 0.05:
        return Check(
            name, False, f"{w.sentence(ends)} Different customers answer now; read csat with care."
        )
    return Check(name, True, w.sentence(ends))


def _method_checks(
    change: LevelChange, placebo: Placebo | None, metric: Metric, currency: str
) -> list[Check]:
    checks = [_wolf(placebo)]
    if change.daily and change.weekly:
        checks.append(_agree(change.daily, change.weekly, metric, currency))
    if change.few_weeks:
        checks.append(
            Check(
                "Enough weeks", False, "Fewer than eight whole weeks on a side: a fragile estimate."
            )
        )
    return checks


def _wolf(placebo: Placebo | None) -> Check:
    name = "Quiet before the change"
    if placebo is None:
        return Check(
            name, None, "The pre-period is too short to try dates on which nothing was changed."
        )
    finding = (
        f"On {w.counted(placebo.n_dates, 'date')} before the change, where nothing was changed, the same method saw"
        f" a change on {w.count(placebo.n_alarms)}"
    )
    if placebo.share > WOLF:
        return Check(name, False, f"{finding}: it cries wolf here.")
    return Check(name, True, f"{finding}.")


def _agree(daily: Effect, weekly: Effect, metric: Metric, currency: str) -> Check:
    apart = (
        daily.effect_ci_low > weekly.effect_ci_high or weekly.effect_ci_low > daily.effect_ci_high
    )
    ends = [
        f"{unit} {w.change(e.effect, metric.unit, currency=currency)}"
        f" ({w.interval(e.effect_ci_low, e.effect_ci_high, metric.unit, currency=currency)})"
        for unit, e in (("by days", daily), ("by weeks", weekly))
    ]
    finding = w.sentence(w.listed(ends))
    return Check("Days and weeks agree", not apart, finding)
