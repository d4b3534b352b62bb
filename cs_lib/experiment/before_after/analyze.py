"""A change of the service flow from its daily series: checks, step, placebo dates, decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cs_lib import wording as w
from cs_lib.experiment.before_after.checks import as_bad, flow_checks, method_checks, unhandled
from cs_lib.experiment.before_after.decide import decide_change
from cs_lib.experiment.before_after.mix import explained_away, mix_checks, mix_findings
from cs_lib.experiment.before_after.result import (
    BeforeAfterResult,
    MixFinding,
    TeamStudy,
)
from cs_lib.experiment.before_after.series import (
    by_stage,
    growth,
    options,
    others_ignored,
    primary_change,
    quiet_before,
    second_opinion,
    step,
    without_comparison,
)
from cs_lib.experiment.before_after.team_checks import only_drift, team_checks
from cs_lib.experiment.before_after.teams import team_lines, team_study
from cs_lib.experiment.checks import blocked
from cs_lib.language import say
from cs_lib.methods.ab.means import non_inferiority
from cs_lib.methods.errors import CannotEstimate, NotEnoughData, NotEnoughTeams
from cs_lib.methods.its.level_change import LevelChange
from cs_lib.methods.its.placebo import Placebo
from cs_lib.methods.survival.by_day import WaitingByDay, waiting_by_day
from cs_lib.methods.survival.kaplan_meier import kaplan_meier
from cs_lib.metrics.before_after import USUAL_SHARES, BeforeAfterEvidence
from cs_lib.params import BeforeAfter
from cs_lib.results import Check, Decision, Effect, Guardrail


def analyze(evidence: BeforeAfterEvidence, study: BeforeAfter) -> BeforeAfterResult:
    """Checks, change and decision of a before/after study. Effects are withheld when a check blocks."""
    checks = list(flow_checks(evidence, study))
    decision = blocked(checks)
    read: LevelChange | TeamStudy | None = None
    if decision is None:
        try:
            read = _read(evidence, study)
        except CannotEstimate as error:
            decision = _too_little(error, study)
    guardrails: tuple[Guardrail, ...] = ()
    mix: tuple[MixFinding, ...] = ()
    placebo: Placebo | None = None
    if read is not None:
        mix = mix_findings(evidence, study) if _one_date(study) else ()
        placebo = quiet_before(evidence, study) if isinstance(read, LevelChange) else None
        checks += _after_checks(evidence, study, read, mix, placebo)
        guardrails = _guardrails(evidence, study, checks)
        decision = _decide(evidence, study, read, mix, guardrails, checks)
    assert decision is not None
    change = read if isinstance(read, LevelChange) else None
    return BeforeAfterResult(
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
        alone=without_comparison(evidence, study) if change else None,
        ignoring=others_ignored(evidence, study) if change else None,
        forecast=second_opinion(evidence, study) if change else None,
        logged=unhandled(evidence, study),
        teams=read if isinstance(read, TeamStudy) else None,
        team_lines=() if decision.verdict == "invalid" else team_lines(evidence, study),
        stages=by_stage(evidence, study) if read is not None and _one_date(study) else None,
        waiting=_waiting(evidence, study) if read is not None else None,
    )


def _one_date(study: BeforeAfter) -> bool:
    """Whether there is one day on which a step may be looked for; a roll-out in waves has several."""
    return len({d for d in (study.design.teams or {}).values() if d}) <= 1


def _waiting(evidence: BeforeAfterEvidence, study: BeforeAfter) -> WaitingByDay | None:
    """Waiting before and after the one date of change; nothing when there are several, or no time."""
    if evidence.waits is None or not study.design.one_step or not _one_date(study):
        return None
    try:
        series = evidence.series[study.measure.primary_metric]
        return waiting_by_day(series, evidence.waits, **options(study))
    except CannotEstimate:
        return None


def _read(evidence: BeforeAfterEvidence, study: BeforeAfter) -> LevelChange | TeamStudy:
    """The change by the method the design asks for: team by team, or one series."""
    return team_study(evidence, study) if study.design.teams else primary_change(evidence, study)


def _after_checks(
    evidence: BeforeAfterEvidence,
    study: BeforeAfter,
    read: LevelChange | TeamStudy,
    mix: Sequence[MixFinding],
    placebo: Placebo | None,
) -> list[Check]:
    """The checks that read the effect."""
    metric = evidence.metrics[study.measure.primary_metric]
    checks = mix_checks(mix, metric)
    if isinstance(read, TeamStudy):
        return [*checks, *team_checks(read, metric)]
    several = not study.design.one_step
    return [*checks, *method_checks(read, placebo, metric, several=several)]


def _decide(
    evidence: BeforeAfterEvidence,
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
        metrics=evidence.metrics,
        min_effect=study.rule.min_effect,
        smallest_detectable=read.smallest_detectable,
        picked_for_bad_results=study.design.picked_for_bad_results and not as_bad(evidence, study),
        guardrails=guardrails,
        growth=growth(read.effect, metric),
        # Unchanged teams or queues have the same work coming in; there a mix cannot pose as a change.
        only_mix=explained_away(mix, metric, better=low > 0)
        if isinstance(read, LevelChange) and evidence.comparison is None
        else (),
        only_drift=isinstance(read, TeamStudy) and only_drift(read),
    )


def _too_little(error: CannotEstimate, study: BeforeAfter) -> Decision:
    if isinstance(error, NotEnoughData):
        return Decision(
            "not_enough_data",
            say(
                "{error} No change of any size could be told from ordinary ups and downs.",
                error=error,
            ),
            say(
                "Run again when {needed} with data lie on each side; eight weeks are better.",
                needed=w.counted(error.needed, "day"),
            ),
        )
    if isinstance(error, NotEnoughTeams):
        return Decision(
            "not_enough_data",
            str(error),
            say("Name at least six teams, two of them changed and some of them not."),
        )
    better = say(
        "Choose a metric or a scope with more cases."
        if study.design.one_step
        else "Choose a metric or a scope with more cases, or periods in which each change can be "
        "seen without the others."
    )
    return Decision("not_enough_data", w.sentence(str(error)), better)


def _guardrails(
    evidence: BeforeAfterEvidence, study: BeforeAfter, checks: list[Check]
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
            checks.append(
                Check(
                    evidence.metrics[name].label, None, say("Not available: {error}", error=error)
                )
            )
            continue
        rail = non_inferiority(effect, good=evidence.metrics[name].good, margin=margin)
        share = USUAL_SHARES.get(name) if name in evidence.usual else None
        found.append(replace(rail, share_of_before=share))
    if evidence.unmeasured:
        checks.append(Check(say("Usual guardrails measured"), None, " ".join(evidence.unmeasured)))
    return tuple(found)


def _secondary(evidence: BeforeAfterEvidence, study: BeforeAfter) -> tuple[Effect, ...]:
    found: list[Effect] = []
    for name in study.measure.secondary:
        if name in evidence.series:
            try:
                found.append(step(evidence.series[name], study, evidence.metrics).effect)
            except CannotEstimate:
                continue
    return tuple(found)
