"""The planned looks of a perk test: all of them recomputed at every run, and what they allow to say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from math import isfinite

from cs_lib import sentences as w
from cs_lib.aggregates import Moments
from cs_lib.experiment.perk_ab_test.compare import effect_at, effect_of, estimated_by
from cs_lib.experiment.perk_ab_test.result import Comparison, Course
from cs_lib.experiment.perk_ab_test.trial import Trial
from cs_lib.methods.errors import or_none, tried_each
from cs_lib.methods.sequential.always_valid import ConfidenceSequence, confidence_sequence
from cs_lib.methods.sequential.looks import (
    LookPlan,
    LookResult,
    Monitoring,
    look_at,
    monitor,
    with_new_information,
)
from cs_lib.methods.sequential.spending import Side
from cs_lib.methods.tails import t_two_sided
from cs_lib.metrics.perk_ab_test import next_look
from cs_lib.params import PerkAbTest
from cs_lib.results import Decision, Effect
from cs_lib.sentences import Method, Text, say


@dataclass(frozen=True, slots=True)
class AtLook:
    """One look's effects, their intervals valid for all looks together."""

    day: date
    number: int
    primary: Effect
    net_value: Effect | None


@dataclass(frozen=True, slots=True)
class Looked:
    """One variant's looks, oldest first, up to the end of its test."""

    monitoring: Monitoring
    looks: tuple[AtLook, ...]


def look_at_all(trial: Trial) -> dict[str, Looked]:
    """Every variant that can be compared at a past look; several variants share the error level.

    Repeated intervals hold at all looks together, so any rule may be applied to them at every look.
    """
    looked_at: dict[str, Looked] = {}
    for arm in trial.study.design.arms:
        looked = _look_at(trial, arm)
        if looked is not None:
            looked_at[arm] = looked
    return looked_at


def _look_at(trial: Trial, arm: str) -> Looked | None:
    name, plan = trial.study.measure.primary_metric, _plan(trial)
    moments = dict(trial.evidence.looks)
    # A look at which nobody is mature yet, or all are alike, has none.
    effects, _ = tried_each(moments, lambda day: effect_at(moments[day], trial.study, name, arm))
    if not effects:
        return None
    monitoring = monitor(
        with_new_information([look_at(day, effect) for day, effect in effects.items()]), plan
    )
    looks = [
        AtLook(
            day=look.as_of,
            number=i + 1,
            primary=_valid_at_all(effects[look.as_of], monitoring, i),
            net_value=_net_value(trial, arm, look, alpha=plan.alpha),
        )
        for i, look in enumerate(monitoring.looks)
    ]
    return Looked(monitoring, tuple(looks))


def _valid_at_all(effect: Effect, monitoring: Monitoring, i: int) -> Effect:
    """The effect at look i with its repeated interval and the smallest repeated p so far."""
    shown = monitoring.looks[i]
    return effect.with_(
        effect_ci_low=shown.ci_low,
        effect_ci_high=shown.ci_high,
        pvalue=min(look.repeated_pvalue for look in monitoring.looks[: i + 1]),
        alpha=monitoring.alpha,
        method=Method("repeated_interval", estimated_by(effect.method), parts=(("look", i + 1),)),
    )


def at_latest_look(trial: Trial) -> Trial:
    """The trial by what was known at its latest look, so that a run between two looks decides nothing new."""
    if not trial.evidence.looks:
        return trial
    _, known = trial.evidence.looks[-1]
    moments = {**trial.evidence.moments, **known}
    return replace(trial, evidence=replace(trial.evidence, moments=moments))


def _plan(trial: Trial) -> LookPlan:
    assert trial.study.looks is not None
    alpha = trial.study.rule.alpha / len(trial.study.design.arms)
    return LookPlan(
        planned_n=2 * trial.study.rule.size,
        alpha=alpha,
        kind="pocock" if trial.study.looks.spending == "pocock" else "obrien_fleming",
        end=trial.study.looks.dates[-1],
        harm=Side(trial.study.looks.harm, alpha / 2) if trial.study.looks.harm else None,
        good=trial.primary.good,
    )


def _net_value(trial: Trial, arm: str, look: LookResult, *, alpha: float) -> Effect | None:
    """Money at the same look, its interval as wide as the boundary there asks for."""
    if trial.study.money is None:
        return None
    name = f"net_value_{trial.study.money.window_days}d"
    nominal = max(float(t_two_sided(look.upper, float("inf"))), 1e-12)
    study, looks = trial.study, dict(trial.evidence.looks)
    control, past = study.design.control, study.measure.covariates

    def at_the_look() -> Effect:
        moments = looks[look.as_of][name]
        return effect_of(moments, name, control, arm, alpha=nominal, covariates=past)

    effect = or_none(at_the_look, KeyError)
    if effect is None:
        return None
    # The adjusted p crosses alpha exactly when the interval crosses zero.
    adjusted = min(1.0, effect.pvalue * alpha / nominal)
    return effect.with_(
        alpha=alpha,
        pvalue=adjusted,
        method=Method("all_looks_interval", effect.method),
    )


def before_first_look(trial: Trial, observed: int) -> Decision:
    """`keep_running` while no look is past, or nobody could be compared at one."""
    assert trial.study.looks is not None
    if trial.study.open_ended or any(
        day <= trial.evidence.observed_until for day in trial.study.looks.dates
    ):
        because = say(
            "No look can be read yet: {observed} per variant are fully observed so far, too few or "
            "too alike for an estimate.",
            observed=w.counted(observed, "customer"),
        )
        again = say("Run on; the next run looks again.")
        headline = say("No look can be read yet")
        return Decision("keep_running", because, again, "look_unreadable", headline)
    because = say(
        "The first planned look is on {dates}; {observed} per variant are fully observed so far.",
        dates=w.day(trial.study.looks.dates[0]),
        observed=w.counted(observed, "customer"),
    )
    headline = say("The first planned look is on {dates}", dates=w.day(trial.study.looks.dates[0]))
    wait = say("Wait for the planned look.")
    return Decision("keep_running", because, wait, "before_first_look", headline)


def contradicted(comparison: Comparison, course: Course) -> Decision:
    """`inconclusive` when the looks of a test without end rule out every effect between them."""
    assert course.contradicted is not None
    because = say(
        "The looks contradict each other: by {contradicted} no effect agrees with all "
        "of them. The effect has changed while the test ran. Before that: {because}",
        contradicted=w.day(course.contradicted),
        because=comparison.decision.reason,
    )
    return Decision(
        "inconclusive",
        because,
        say("Read the effect over time, and start a new test."),
        "looks_contradict",
        say(
            "The looks contradict each other since {day}: the effect has changed",
            day=w.day(course.contradicted),
        ),
    )


def still_open(comparison: Comparison, until: date, study: PerkAbTest) -> Decision:
    """`keep_running` while a test without end has not decided."""
    because = say(
        "{because} That does not decide yet. The interval is wide because it holds however often one looks.",
        because=comparison.decision.reason,
    )
    day = w.day(next_look(study, until))
    return Decision(
        "keep_running",
        because,
        say("Run on; the next look is on {day}.", day=day),
        "still_open",
        say("{so_far}; next look on {day}", so_far=comparison.decision.headline, day=day),
    )


def still_running(looked: Looked, study: PerkAbTest) -> Decision:
    """`keep_running` after a look that did not cross."""
    assert study.looks is not None
    past, planned = looked.looks, study.looks.dates
    because: Text = say(
        "At look {past} of {planned} the variants differ, but it is still open whether by enough "
        "to act on, or whether it pays."
        if looked.monitoring.stopped
        else "At look {past} of {planned} the evidence does not decide yet.",
        past=w.count(len(past)),
        planned=w.count(len(planned)),
    )
    because = w.together(
        because, say("The interval is wide because looking often has been paid for.")
    )
    if not isfinite(past[-1].primary.effect_ci_low):
        because = say("It is too early: at this look no interval can be given yet.")
    ahead = [day for day in planned if day > past[-1].day]
    after = (
        say("The next look is on {ahead}.", ahead=w.day(ahead[0]))
        if ahead
        else say("The next run ends the test.")
    )
    headline = say(
        "Look {past} of {planned} does not decide yet",
        past=w.count(len(past)),
        planned=w.count(len(planned)),
    )
    return Decision("keep_running", because, after, "boundary_not_crossed", headline)


# From so many customers on, the theory of large samples is relied on.
LEAST_PER_ARM = 100


def courses(trial: Trial) -> dict[str, Course]:
    """Every variant that has a look; several variants share the error level (Bonferroni)."""
    known = {arm: _course(trial, arm) for arm in trial.study.design.arms}
    return {arm: course for arm, course in known.items() if course is not None}


def _effects_at(
    moments: Mapping[str, Mapping[str, Moments]], study: PerkAbTest, names: list[str], arm: str
) -> list[Effect]:
    """Behaviour and money at one look. Raises CannotEstimate when one of them cannot be had."""
    return [effect_at(moments, study, name, arm) for name in names]


def _course(trial: Trial, arm: str) -> Course | None:
    names = [trial.study.measure.primary_metric]
    names += [f"net_value_{trial.study.money.window_days}d"] if trial.study.money else []
    looks: dict[date, list[Effect]] = {}
    for day, moments in trial.evidence.looks:
        effects = or_none(partial(_effects_at, moments, trial.study, names, arm))
        if effects is None:
            continue  # Nobody is mature yet at this look, or all are alike.
        if _enough(effects, looks):
            looks[day] = effects
    if not looks:
        return None
    alpha = trial.study.rule.alpha / len(trial.study.design.arms)
    columns = [
        _valid([effects[i] for effects in looks.values()], trial.study, alpha)
        for i in range(len(names))
    ]
    days, agreeing = tuple(looks), min(len(column) for column in columns)
    return Course(
        days[:agreeing],
        columns[0][:agreeing],
        columns[1][:agreeing] if len(columns) > 1 else (),
        days[agreeing] if agreeing < len(days) else None,
    )


def _enough(effects: Sequence[Effect], looks: dict[date, list[Effect]]) -> bool:
    """Large enough samples, each with new customers since the last look."""
    arms = [e.details.get(key, 0) for e in effects for key in ("n_control", "n_treatment")]
    if min(float(n) for n in arms) < LEAST_PER_ARM:
        return False
    earlier = next(reversed(looks.values()), None)
    return earlier is None or all(
        now.nobs > then.nobs for now, then in zip(effects, earlier, strict=True)
    )


def _valid(effects: Sequence[Effect], study: PerkAbTest, alpha: float) -> tuple[Effect, ...]:
    """The effects with running intervals and p-values that hold at all looks together.

    Up to the look, if any, that contradicts those before: chance does that in alpha of all tests,
    else the effect has changed.
    """
    sequence: ConfidenceSequence = confidence_sequence(
        [e.effect for e in effects],
        [e.se for e in effects],
        [e.nobs for e in effects],
        planned_n=2 * study.rule.size,
        alpha=alpha,
    )
    return tuple(
        effect.with_(
            effect_ci_low=float(sequence.running_low[i]),
            effect_ci_high=float(sequence.running_high[i]),
            pvalue=float(sequence.pvalue[i]),
            alpha=alpha,
            method=Method("always_valid", estimated_by(effect.method)),
        )
        for i, effect in enumerate(effects)
        if not sequence.empty[i]
    )
