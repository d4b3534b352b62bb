"""A change of the service flow from its daily series: checks, step, placebo dates, decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from cs_lib import sentences as w
from cs_lib.experiment.before_after.case import Case
from cs_lib.experiment.before_after.checks import (
    as_bad,
    contacts_a_month,
    flow_checks,
    method_checks,
)
from cs_lib.experiment.before_after.contradictions import lost_scores
from cs_lib.experiment.before_after.decide import Unproven, decide_change
from cs_lib.experiment.before_after.first_days import (
    first_days_checks,
    model_before,
    read_first_days,
)
from cs_lib.experiment.before_after.mix import explained_away, mix_checks, mix_findings
from cs_lib.experiment.before_after.other_changes import unhandled
from cs_lib.experiment.before_after.recording import counted_alike
from cs_lib.experiment.before_after.result import (
    BeforeAfterResult,
    Beside,
    Found,
    MixFinding,
    TeamStudy,
)
from cs_lib.experiment.before_after.season import season_checks
from cs_lib.experiment.before_after.series import (
    by_stage,
    growth,
    options,
    others_ignored,
    primary_change,
    quiet_before,
    season_left,
    second_opinion,
    step_of,
    without_comparison,
)
from cs_lib.experiment.before_after.team_checks import only_drift, team_checks
from cs_lib.experiment.before_after.teams import effect_in_waves, team_lines, team_study
from cs_lib.experiment.before_after.times import unreal
from cs_lib.experiment.before_after.whole import unreached
from cs_lib.experiment.checks import blocked
from cs_lib.methods.ab.means import non_inferiority
from cs_lib.methods.errors import (
    CannotEstimate,
    NotEnoughData,
    NotEnoughTeams,
    or_none,
    tried,
    tried_each,
)
from cs_lib.methods.its.level_change import LevelChange
from cs_lib.methods.its.placebo import Placebo
from cs_lib.methods.its.placebo_test import PlaceboTest
from cs_lib.methods.its.state_space import MOST_TIMES_AS_WIDE, times_as_wide
from cs_lib.methods.survival.by_day import WaitingByDay, waiting_by_day
from cs_lib.methods.survival.kaplan_meier import kaplan_meier
from cs_lib.metrics import Metric
from cs_lib.metrics.before_after import USUAL_SHARES, BeforeAfterEvidence
from cs_lib.params import BeforeAfter
from cs_lib.results import Check, Decision, Effect, Guardrail
from cs_lib.sentences import Text, say


def analyze(evidence: BeforeAfterEvidence, study: BeforeAfter) -> BeforeAfterResult:
    """Checks, change and decision of a before/after study. Effects are withheld when a check blocks."""
    case = Case(evidence, study)
    checks = list(flow_checks(case))
    broken = blocked(checks)
    if broken is not None:
        return _result(case, checks, broken, None)
    try:
        effects = _found(case, checks)
    except CannotEstimate as error:
        return _result(case, checks, _too_little(error, study), None)
    return _result(case, checks, _decide(case, effects, checks), effects)


def _result(
    case: Case, checks: Sequence[Check], decision: Decision, effects: Found | None
) -> BeforeAfterResult:
    return BeforeAfterResult(
        study=case.study,
        metrics=case.evidence.metrics,
        currency=case.evidence.currency,
        checks=tuple(checks),
        decision=decision,
        horizon=case.evidence.horizon,
        observed_until=case.evidence.observed_until,
        found=effects,
        logged=unhandled(case),
        team_lines=() if decision.verdict == "invalid" else team_lines(case),
        contacts_a_month=contacts_a_month(case) if effects else 0.0,
    )


def _found(case: Case, checks: list[Check]) -> Found:
    """The change and all that stands beside it; `checks` gets those that read the effect. Raises CannotEstimate."""
    read = _read(case)
    one_date, in_series = not case.study.design.in_waves, isinstance(read, LevelChange)
    mix = mix_findings(case) if one_date else ()
    placebo = quiet_before(case) if in_series else None
    tested = model_before(case, read) if isinstance(read, LevelChange) else None
    early = read_first_days(case, read) if isinstance(read, LevelChange) else None
    checks += _after_checks(case, read, mix, placebo, tested)
    checks += first_days_checks(case, early) if in_series else []
    return Found(
        read=read,
        guardrails=_guardrails(case, checks),
        secondary=_secondary(case),
        placebo=placebo,
        placebo_test=tested,
        first_days=early,
        mix=mix,
        beside=_beside(case, read.effect) if in_series else Beside(),
        curves=tuple(kaplan_meier(d) for d in case.evidence.durations if len(d.count)),
        stages=by_stage(case) if one_date else None,
        waiting=_waiting(case),
    )


def _beside(case: Case, effect: Effect) -> Beside:
    """The same change by other comparisons; a forecast that is too wide to tell is kept back."""
    forecast = second_opinion(case)
    times = times_as_wide(forecast, effect) if forecast is not None else 0.0
    wide = times > MOST_TIMES_AS_WIDE
    return Beside(
        alone=without_comparison(case),
        ignoring=others_ignored(case),
        forecast=None if wide else forecast,
        too_wide=times if wide else None,
        season_left=season_left(case),
    )


def _waiting(case: Case) -> WaitingByDay | None:
    """Waiting before and after the one date of change; nothing when there are several, or no time."""
    design = case.study.design
    if case.evidence.waits is None or not design.one_step or design.in_waves:
        return None
    waits = case.evidence.waits
    return or_none(lambda: waiting_by_day(case.series, waits, **options(case.study)))


def _read(case: Case) -> LevelChange | TeamStudy:
    """The change by the method the design asks for: team by team, or one series."""
    return team_study(case) if case.study.design.teams else primary_change(case)


def _after_checks(
    case: Case,
    read: LevelChange | TeamStudy,
    mix: Sequence[MixFinding],
    placebo: Placebo | None,
    tested: PlaceboTest | None,
) -> list[Check]:
    """The checks that read the effect."""
    metric = case.primary
    checks = mix_checks(mix, metric)
    if isinstance(read, TeamStudy):
        return [*checks, *team_checks(read, metric)]
    several = not case.study.design.one_step
    checks += season_checks(read.season, metric)
    return [*checks, *method_checks(read, placebo, tested, metric, several=several)]


def _decide(case: Case, effects: Found, checks: Sequence[Check]) -> Decision:
    metric, read = case.primary, effects.read
    low, _ = read.effect.gain_interval(metric.good)
    return decide_change(
        read.effect,
        checks,
        metrics=case.evidence.metrics,
        min_effect=case.study.rule.min_effect,
        smallest_detectable=read.smallest_detectable,
        picked_for_bad_results=case.study.design.picked_for_bad_results and not as_bad(case),
        guardrails=effects.guardrails,
        growth=growth(read.effect, metric),
        # Unchanged teams or queues have the same work coming in; there a mix cannot pose as a change.
        only_mix=explained_away(effects.mix, metric, better=low > 0)
        if isinstance(read, LevelChange) and case.evidence.comparison is None
        else (),
        only_drift=isinstance(read, TeamStudy) and only_drift(read),
        unproven=_unproven(effects),
        straight=read.straight
        if isinstance(read, LevelChange) and case.study.design.shape == "slope"
        else None,
    )


def _unproven(effects: Found) -> Unproven:
    """Why a difference in one series proves nothing: the model failed before it, or its first days carry it."""
    if effects.placebo_test is not None and effects.placebo_test.failed:
        return "alarms_before"
    return "first_days" if effects.first_days is not None and effects.first_days.alone else ""


def _too_little(error: CannotEstimate, study: BeforeAfter) -> Decision:
    headline = w.without_stop(w.capital(error.reason))
    if isinstance(error, NotEnoughData):
        because = w.together(
            error.reason, say("No change of any size could be told from ordinary ups and downs.")
        )
        more = say(
            "Run again when {needed} with data lie on each side; eight weeks are better.",
            needed=w.counted(error.needed, "day"),
        )
        return Decision("not_enough_data", because, more, "too_few_days", headline)
    if isinstance(error, NotEnoughTeams):
        name = say("Name at least six teams, two of them changed and some of them not.")
        return Decision("not_enough_data", error.reason, name, "too_few_teams", headline)
    better = say(
        "Choose a metric or a scope with more cases."
        if study.design.one_step
        else "Choose a metric or a scope with more cases, or periods in which each change can be "
        "seen without the others."
    )
    because = w.sentence(error.reason)
    return Decision("not_enough_data", because, better, "cannot_estimate", headline)


def _guardrails(case: Case, checks: list[Check]) -> tuple[Guardrail, ...]:
    """Guardrail outcomes; one that cannot be had becomes a check that says why."""
    rails: list[Guardrail] = []
    cut = unreached(case)
    for name, margin in {**case.study.measure.guardrails, **case.evidence.usual}.items():
        if name in case.evidence.absent:
            checks.append(_lacks(case.evidence.metrics[name], case.evidence.absent[name]))
            continue
        if name in cut:
            checks.append(_lacks(case.evidence.metrics[name], cut[name]))
            continue
        if odd := lost_scores(case) if name == "csat" else unreal(case, name, margin):
            checks.append(_lacks(case.evidence.metrics[name], odd))
            continue
        effect, refusal = tried(partial(_effect_of, case, name, alpha=0.05))
        if effect is None:
            why = say("Not available: {error}", error=refusal)
            checks.append(_lacks(case.evidence.metrics[name], why))
            continue
        rail = non_inferiority(effect, good=case.evidence.metrics[name].good, margin=margin)
        checks += counted_alike(case, name)
        share = USUAL_SHARES.get(name) if name in case.evidence.usual else None
        rails.append(replace(rail, share_of_before=share))
    if case.evidence.unmeasured:
        checks.append(
            Check("usual_guardrails_measured", None, w.together(*case.evidence.unmeasured))
        )
    return tuple(rails)


def _lacks(metric: Metric, why: Text) -> Check:
    """A guardrail that cannot be had, and why."""
    return Check("guardrail_available", None, why, of=metric.called)


def _secondary(case: Case) -> tuple[Effect, ...]:
    there = case.evidence.series.keys() - unreached(case).keys()
    measured = [name for name in case.study.measure.secondary if name in there]
    effects, _ = tried_each(measured, partial(_effect_of, case))
    return tuple(effects.values())


def _effect_of(case: Case, name: str, *, alpha: float | None = None) -> Effect:
    """The effect on another metric: every wave at its own date when there are several, else one step."""
    if case.study.design.in_waves:
        return effect_in_waves(case, name, alpha=alpha)
    return step_of(case, name, alpha=alpha).effect
