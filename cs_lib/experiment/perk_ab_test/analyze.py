"""A perk A/B test from its moments: checks first, then effects by assignment, then one decision per variant."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial

from cs_lib import sentences as w
from cs_lib.experiment.checks import blocked, with_doubt
from cs_lib.experiment.perk_ab_test.account import account
from cs_lib.experiment.perk_ab_test.checks import perk_checks, undersized
from cs_lib.experiment.perk_ab_test.compare import effect_on
from cs_lib.experiment.perk_ab_test.decide import decide_perk, waiting
from cs_lib.experiment.perk_ab_test.explain import explain
from cs_lib.experiment.perk_ab_test.families import Pair, deciding_pairs, with_secondary
from cs_lib.experiment.perk_ab_test.looks import (
    Looked,
    at_latest_look,
    before_first_look,
    contradicted,
    courses,
    look_at_all,
    still_open,
    still_running,
)
from cs_lib.experiment.perk_ab_test.recorded import believed
from cs_lib.experiment.perk_ab_test.result import Comparison, Course, PerkResult, ranked
from cs_lib.experiment.perk_ab_test.trial import Trial
from cs_lib.experiment.perk_ab_test.trust import trust_checks
from cs_lib.methods.ab.economics import Economics, economics, without_errors
from cs_lib.methods.ab.means import non_inferiority
from cs_lib.methods.errors import tried
from cs_lib.metrics.perk_ab_test import PerkEvidence
from cs_lib.metrics.plannable import is_buying
from cs_lib.params import PerkAbTest
from cs_lib.results import Check, Decision, Effect, Good, Guardrail
from cs_lib.sentences import Text, say

__all__ = ["Comparison", "PerkResult", "analyze"]


def analyze(evidence: PerkEvidence, study: PerkAbTest) -> PerkResult:
    """Checks, effects and decision of an A/B study. Effects are withheld when a check blocks or the size is short."""
    trial, recorded = believed(Trial(evidence, study))
    evidence = trial.evidence
    smallest = min(evidence.observed.get(v, 0) for v in _compared(study))
    short = smallest < study.rule.size
    checks = (*perk_checks(trial), *recorded)
    decision = blocked(checks)
    comparisons: tuple[Comparison, ...] = ()
    looked: dict[str, Looked] = {}
    course: dict[str, Course] = {}
    absent = dict(evidence.absent)
    if decision is None and study.looks is not None:
        looked = {} if study.open_ended else look_at_all(trial)
        course = courses(trial) if study.open_ended else {}
        if not looked and not course:
            decision = before_first_look(trial, smallest)
    elif decision is None and short and not _over(trial):
        decision = waiting(smallest, study.rule.size, per_day=_intake(trial))
    elif short:
        checks = (*checks, undersized(smallest, study.rule.size))
    if decision is None:
        comparisons, refusals = _compare(trial, looked, course, absent)
        checks = (*checks, *refusals)
        good = trial.primary.good
        checks = (*checks, *trust_checks(trial, comparisons))
        decision = blocked(checks) or with_doubt(overall(comparisons, good), checks)
    return PerkResult(
        study=study,
        metrics=evidence.metrics,
        currency=evidence.currency,
        checks=checks,
        comparisons=comparisons,
        decision=decision,
        assigned=evidence.assigned,
        observed=evidence.observed,
        observed_until=evidence.observed_until,
        monitoring={arm: looks.monitoring for arm, looks in looked.items()},
        courses=course,
        absent=absent,
    )


def _compare(
    trial: Trial,
    looked: dict[str, Looked],
    course: dict[str, Course],
    absent: dict[str, Text],
) -> tuple[tuple[Comparison, ...], list[Check]]:
    """Every variant that can be compared, and a refusal for each that cannot; `absent` is added to."""
    rails = {arm: _guardrails(trial, arm, absent) for arm in trial.study.design.arms}
    if looked:
        compared = [_at_deciding_look(trial, a, at, rails[a]) for a, at in looked.items()]
        refusals = _never_looked_at(trial, looked)
    elif course:
        compared = [_on_course(trial, a, c, rails[a]) for a, c in course.items()]
        refusals = _never_looked_at(trial, course)
    else:
        pairs, refusals = deciding_pairs(trial)
        compared = [_comparison(trial, a, pair, rails[a]) for a, pair in pairs.items()]
    running = trial.study.looks is not None and any(
        c.decision.verdict == "keep_running" for c in compared
    )
    # While the test runs, these would be read as final, and the looks have not paid for them.
    if not running:
        compared = with_secondary(trial, compared, absent)
    every = tuple(
        replace(
            c,
            explained=explain(trial, c.variant),
            account=account(trial, c.net_value, look=c.look),
        )
        for c in compared
    )
    checks = [
        Check(
            "can_be_compared",
            False,
            w.sentence(reason),
            blocks_decision=not every,
            of=w.capital(w.name(arm)),
        )
        for arm, reason in refusals.items()
    ]
    return every, checks


def _never_looked_at(trial: Trial, seen: Collection[str]) -> dict[str, Text]:
    """Variants without any look that could be read, beside others that have one."""
    return {
        arm: (
            say(
                "no look of {variant} can be read yet: {customers} fully observed so far",
                variant=w.name(arm),
                customers=w.counted(trial.evidence.observed.get(arm, 0), "customer"),
            )
        )
        for arm in trial.study.design.arms
        if arm not in seen
    }


def _at_deciding_look(
    trial: Trial,
    arm: str,
    looked: Looked,
    rails: tuple[Guardrail, ...],
) -> Comparison:
    """A variant at the first look that decides; else at its latest, decided or still running."""
    for at in looked.looks:
        comparison = _comparison(trial, arm, (at.primary, at.net_value), rails)
        if comparison.decision.verdict in ("ship", "stop"):
            return replace(comparison, look=at.day)
    if looked.monitoring.ended:
        return replace(comparison, look=at.day)
    return replace(comparison, look=at.day, decision=still_running(looked, trial.study))


def _on_course(
    trial: Trial,
    arm: str,
    course: Course,
    rails: tuple[Guardrail, ...],
) -> Comparison:
    """A variant at the first look whose running interval decides, else at its latest."""
    for i, day in enumerate(course.days):
        net = course.net_value[i] if course.net_value else None
        comparison = _comparison(trial, arm, (course.primary[i], net), rails)
        if comparison.decision.verdict in ("ship", "stop"):
            return replace(comparison, look=day)
    decided = (
        contradicted(comparison, course)
        if course.contradicted
        else still_open(comparison, trial.evidence.observed_until, trial.study)
    )
    return replace(comparison, look=day, decision=decided)


def _guardrails(trial: Trial, arm: str, absent: dict[str, Text]) -> tuple[Guardrail, ...]:
    """What must not get worse; a metric without an estimate goes to `absent` with the reason."""
    rails, known = [], at_latest_look(trial)
    for name, margin in trial.evidence.guardrails.items():
        effect, refusal = tried(partial(effect_on, known, name, arm, alpha=0.05, adjusted=False))
        if effect is None:
            absent[name] = refusal
            continue
        good = trial.evidence.metrics[name].good
        rails.append(non_inferiority(effect, good=good, margin=margin))
    return tuple(rails)


def _comparison(
    trial: Trial,
    arm: str,
    effects: Pair,
    guardrails: tuple[Guardrail, ...],
) -> Comparison:
    primary, net = effects
    decision = decide_perk(
        primary,
        net,
        guardrails,
        metrics=trial.evidence.metrics,
        min_effect=trial.study.rule.min_effect,
        counts_money=trial.study.money is not None,
        unit=trial.study.design.unit,
    )
    money = _economics(trial, arm, primary)
    return Comparison(arm, primary, net, guardrails, (), decision, economics=money)


def _economics(trial: Trial, arm: str, primary: Effect) -> Economics | None:
    """The money of one variant; the extra buyers are known when buying is what the study measures."""
    if trial.study.money is None:
        return None
    margin, cost = (f"{name}_{trial.study.money.window_days}d" for name in ("margin", "perk_cost"))
    moments = trial.evidence.moments.get(margin, {})
    if trial.study.design.control not in moments or arm not in moments:
        return None
    buys = is_buying(primary.metric)
    money = economics(
        moments[trial.study.design.control],
        moments[arm],
        primary if buys else None,
        margin=margin,
        cost=cost,
        used=f"redeemed_{trial.study.money.window_days}d",
        offered=trial.evidence.assigned[arm],
        unused=trial.evidence.unused.get(arm, 0.0),
        alpha=primary.alpha,
    )
    # Its interval is for one look at independent customers; for clusters or several looks there is none.
    alone = trial.study.design.cluster is None and trial.study.looks is None
    return money if alone else without_errors(money)


def overall(comparisons: Sequence[Comparison], good: Good) -> Decision:
    """One verdict for the page: the variant to ship if there is one, else the most hopeful of the others."""
    if len(comparisons) == 1:
        return comparisons[0].decision
    best, *rest = ranked(comparisons, good)
    others = [w.labelled(w.name(c.variant), w.lower(w.verdict(c.decision.verdict))) for c in rest]
    because = say(
        "{variant} comes out best. {because}",
        variant=w.capital(w.name(best.variant)),
        because=best.decision.reason,
    )
    return Decision(
        best.decision.verdict,
        say(
            "{because} The others: {others}. Each interval is wider because {perks} are compared.",
            because=because,
            others=w.listed(others),
            perks=w.counted(len(comparisons), "perk"),
        ),
        best.decision.advice,
        best.decision.clause,
        say(
            "{variant}: {headline}",
            variant=w.capital(w.name(best.variant)),
            headline=w.small(best.decision.headline),
        ),
    )


def _compared(study: PerkAbTest) -> list[str]:
    return [study.design.control, *study.design.arms]


def _over(trial: Trial) -> bool:
    """Whether nobody is left to wait for: the period has ended and every window with it."""
    days = trial.primary.window_days
    return trial.evidence.observed_until > trial.study.assigned_days[1] + timedelta(days=days)


def _intake(trial: Trial) -> float:
    """Customers assigned per day and compared variant, over the observed part of the period."""
    start, end = trial.study.assigned_days
    days = (min(end, trial.evidence.observed_until) - start).days + 1
    return (
        min(trial.evidence.assigned.get(v, 0) for v in _compared(trial.study)) / days
        if days > 0
        else 0.0
    )
