"""A change of the service flow from its daily series: checks, step, placebo dates, decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from cs_lib import wording as w
from cs_lib.experiment.ab import non_inferiority
from cs_lib.experiment.beside import change_beside, difference
from cs_lib.experiment.decide import blocked, decide_change
from cs_lib.experiment.errors import CannotEstimate, NotEnoughData
from cs_lib.experiment.flow_checks import flow_checks, method_checks
from cs_lib.experiment.flow_mix import MixFinding, explained_away, mix_checks, mix_findings
from cs_lib.experiment.flow_step import options, step
from cs_lib.experiment.flow_teams import TeamStudy, team_checks, team_study
from cs_lib.experiment.its import LevelChange
from cs_lib.experiment.placebo import Placebo, placebo_dates
from cs_lib.experiment.stages import StageSplit, decompose, joined
from cs_lib.experiment.survival import SurvivalCurve, kaplan_meier
from cs_lib.metrics import Metric
from cs_lib.metrics.evidence import SeriesEvidence
from cs_lib.params import BeforeAfter
from cs_lib.results import Check, Decision, Effect, Guardrail

SMALL_STAGE = 0.05  # share of the time before the change below which stages are put together
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
    mix: tuple[MixFinding, ...] = ()
    alone: Effect | None = None  # the step without the unchanged queue beside it
    stages: StageSplit | None = None  # of a time: in which stage it changed
    teams: TeamStudy | None = None  # in place of `change`, for a change that some teams got

    @property
    def effect(self) -> Effect | None:
        """The deciding effect; None while it is withheld."""
        if self.teams is not None:
            return self.teams.effect
        return self.change.effect if self.change is not None else None

    @property
    def smallest_detectable(self) -> float | None:
        """The change that this study finds in 80 % of cases, in the metric's unit."""
        read = self.teams or self.change
        return read.smallest_detectable if read else None

    @property
    def primary(self) -> Metric:
        """The metric that decides."""
        return self.metrics[self.study.measure.primary_metric]

    def effects(self) -> tuple[Effect, ...]:
        """All effects, primary first."""
        first = (self.effect,) if self.effect else ()
        return (*first, *(g.effect for g in self.guardrails), *self.secondary)

    @property
    def unit_choice(self) -> str:
        """Days or weeks, and why."""
        return REASONS[self.change.reason] if self.change else ""


def analyze_flow(evidence: SeriesEvidence, study: BeforeAfter) -> FlowResult:
    """Checks, change and decision of a before/after study. Effects are withheld when a check blocks."""
    checks = list(flow_checks(evidence, study))
    decision = blocked(checks)
    read: LevelChange | TeamStudy | None = None
    if decision is None:
        try:
            read = _read(evidence, study)
        except CannotEstimate as error:
            decision = _too_little(error)
    guardrails: tuple[Guardrail, ...] = ()
    mix: tuple[MixFinding, ...] = ()
    placebo: Placebo | None = None
    if read is not None:
        one_date = len({d for d in (study.design.teams or {}).values() if d}) <= 1
        mix = mix_findings(evidence, study, options(study)) if one_date else ()
        placebo = _placebo(evidence, study) if isinstance(read, LevelChange) else None
        checks += _after_checks(evidence, study, read, mix, placebo)
        guardrails = _guardrails(evidence, study, checks)
        decision = _decide(evidence, study, read, mix, guardrails, checks)
    assert decision is not None
    change = read if isinstance(read, LevelChange) else None
    return FlowResult(
        study=study,
        metrics=evidence.metrics,
        currency=evidence.currency,
        checks=tuple(checks),
        change=change,
        guardrails=guardrails,
        secondary=_secondary(evidence, study) if read is not None else (),
        placebo=placebo,
        curves=tuple(
            kaplan_meier(d) for d in evidence.durations if read is not None and len(d.count)
        ),
        decision=decision,
        horizon=evidence.horizon,
        observed_until=evidence.observed_until,
        mix=mix,
        alone=_alone(evidence, study) if change is not None else None,
        teams=read if isinstance(read, TeamStudy) else None,
        stages=_stages(evidence, study) if read is not None else None,
    )


def _stages(evidence: SeriesEvidence, study: BeforeAfter) -> StageSplit | None:
    """In which stage the time changed; nothing when the steps cannot be told apart."""
    found = evidence.stages
    if found is None:
        return None
    plan = options(study)
    try:
        kept = joined(found.stages, intervention_date=plan["intervention_date"], below=SMALL_STAGE)
        return decompose(kept, found.total, **plan)
    except CannotEstimate:
        return None


def _read(evidence: SeriesEvidence, study: BeforeAfter) -> LevelChange | TeamStudy:
    """The change by the method the design asks for: team by team, or one series."""
    return team_study(evidence, study) if study.design.teams else _primary_step(evidence, study)


def _after_checks(
    evidence: SeriesEvidence,
    study: BeforeAfter,
    read: LevelChange | TeamStudy,
    mix: Sequence[MixFinding],
    placebo: Placebo | None,
) -> list[Check]:
    """The checks that read the effect."""
    metric, currency = evidence.metrics[study.measure.primary_metric], evidence.currency
    checks = mix_checks(mix, metric, currency)
    if isinstance(read, TeamStudy):
        return [*checks, *team_checks(read, metric, currency)]
    return [*checks, *method_checks(read, placebo, metric, currency)]


def _decide(
    evidence: SeriesEvidence,
    study: BeforeAfter,
    read: LevelChange | TeamStudy,
    mix: Sequence[MixFinding],
    guardrails: tuple[Guardrail, ...],
    checks: Sequence[Check],
) -> Decision:
    metric = evidence.metrics[study.measure.primary_metric]
    low, _ = read.effect.gain_interval(metric.good)
    return decide_change(
        read.effect,
        checks,
        metric=metric,
        min_effect=study.rule.min_effect,
        smallest_detectable=read.smallest_detectable,
        picked_for_bad_results=study.design.picked_for_bad_results,
        guardrails=guardrails,
        currency=evidence.currency,
        # Unchanged teams or queues have the same work coming in; there a mix cannot pose as a change.
        only_mix=explained_away(mix, metric, better=low > 0)
        if isinstance(read, LevelChange) and evidence.comparison is None
        else (),
    )


def _primary_step(evidence: SeriesEvidence, study: BeforeAfter) -> LevelChange:
    """The step of the primary metric, against the unchanged queue when there is one."""
    name = study.measure.primary_metric
    series, other = evidence.series[name], evidence.comparison
    if other is None:
        return step(series, study, evidence.metrics)
    log_scale = evidence.metrics[name].unit == "per_1000"
    return change_beside(series, other, log_scale=log_scale, **options(study))


def _alone(evidence: SeriesEvidence, study: BeforeAfter) -> Effect | None:
    """The same step without the unchanged queue, to be seen beside it."""
    if evidence.comparison is None:
        return None
    try:
        return step(evidence.series[study.measure.primary_metric], study, evidence.metrics).effect
    except CannotEstimate:
        return None


def _placebo(evidence: SeriesEvidence, study: BeforeAfter) -> Placebo | None:
    series = evidence.series[study.measure.primary_metric]
    log_scale = evidence.metrics[series.metric].unit == "per_1000"
    if evidence.comparison is not None:
        series = difference(series, evidence.comparison, log_scale=log_scale)
    return placebo_dates(series, log_scale=log_scale, **options(study))


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
    for name, margin in {**study.measure.guardrails, **evidence.usual}.items():
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
