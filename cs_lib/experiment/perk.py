"""A perk A/B test from its moments: checks first, then effects by assignment, then one decision per variant."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import timedelta
from math import nan

from cs_lib import wording as w
from cs_lib.experiment.ab import non_inferiority
from cs_lib.experiment.assigned import many
from cs_lib.experiment.compare import effect_on
from cs_lib.experiment.decide import blocked, decide_perk, waiting
from cs_lib.experiment.errors import CannotEstimate
from cs_lib.experiment.multiplicity import (
    benjamini_hochberg,
    dunnett,
    false_coverage_level,
    holm,
    holm_levels,
)
from cs_lib.experiment.perk_account import account
from cs_lib.experiment.perk_always import Course, courses
from cs_lib.experiment.perk_checks import perk_checks, undersized
from cs_lib.experiment.perk_explain import explain
from cs_lib.experiment.perk_looks import (
    Looked,
    before_first_look,
    contradicted,
    look_at_all,
    still_open,
    still_running,
)
from cs_lib.experiment.perk_result import Comparison, PerkResult
from cs_lib.experiment.perk_trust import trust_checks
from cs_lib.experiment.returns import Economics, economics
from cs_lib.language import say
from cs_lib.metrics import Metric
from cs_lib.metrics.evidence import PerkEvidence
from cs_lib.params import PerkAbTest
from cs_lib.results import Check, Decision, Effect, Good, Guardrail

__all__ = ["Comparison", "PerkResult", "analyze_perk"]

Pair = tuple[Effect, Effect | None]  # primary metric, money


def analyze_perk(evidence: PerkEvidence, study: PerkAbTest) -> PerkResult:
    """Checks, effects and decision of an A/B study. Effects are withheld when a check blocks or the size is short."""
    smallest = min(evidence.observed.get(v, 0) for v in _compared(study))
    short = smallest < study.rule.planned_n
    checks = perk_checks(evidence, study)
    decision = blocked(checks)
    comparisons: tuple[Comparison, ...] = ()
    looked: dict[str, Looked] = {}
    course: dict[str, Course] = {}
    absent = dict(evidence.absent)
    if decision is None and study.looks is not None:
        looked = {} if study.open_ended else look_at_all(evidence, study)
        course = courses(evidence, study) if study.open_ended else {}
        if not looked and not course:
            decision = before_first_look(evidence, study, smallest)
    elif decision is None and short and not _over(evidence, study):
        decision = waiting(smallest, study.rule.planned_n, per_day=_intake(evidence, study))
    elif short:
        checks = (*checks, undersized(smallest, study.rule.planned_n))
    if decision is None:
        found = _compare(evidence, study, looked, course, absent)
        comparisons, refusals = found
        checks = (*checks, *refusals)
        good = evidence.metrics[study.measure.primary_metric].good
        decision = blocked(checks) or overall(comparisons, good)
        checks = (*checks, *trust_checks(evidence, study, comparisons))
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
        monitoring={arm: found.monitoring for arm, found in looked.items()},
        courses=course,
        absent=absent,
    )


def _compare(
    evidence: PerkEvidence,
    study: PerkAbTest,
    looked: dict[str, Looked],
    course: dict[str, Course],
    absent: dict[str, str],
) -> tuple[tuple[Comparison, ...], list[Check]]:
    """Every variant that can be compared, and a refusal for each that cannot; `absent` is added to."""
    rails = {arm: _guardrails(evidence, study, arm, absent) for arm in study.design.arms}
    if looked:
        found = [_at_deciding_look(evidence, study, a, at, rails[a]) for a, at in looked.items()]
        refusals = _never_looked_at(evidence, study, looked)
    elif course:
        found = [_on_course(evidence, study, a, c, rails[a]) for a, c in course.items()]
        refusals = _never_looked_at(evidence, study, course)
    else:
        pairs, refusals = _pairs(evidence, study)
        found = [_comparison(evidence, study, a, pair, rails[a]) for a, pair in pairs.items()]
    running = study.looks is not None and any(c.decision.verdict == "keep_running" for c in found)
    if not running:  # what is not paid for by the looks would be read as final
        found = _with_secondary(evidence, study, found, absent)
    every = tuple(
        replace(
            c,
            explained=explain(evidence, study, c.variant),
            account=account(evidence, study, c.net_value, look=c.look),
        )
        for c in found
    )
    checks = [
        Check(
            say("{part} can be compared", part=w.capital(w.name(arm))),
            False,
            w.sentence(reason),
            not every,
        )
        for arm, reason in refusals.items()
    ]
    return every, checks


def _in_words(refusal: CannotEstimate, metric: Metric, study: PerkAbTest) -> str:
    """A refusal in the words of the page: the metric's label, and what was assigned."""
    reason = refusal.said(
        unit=say("customer"), units=say("customers"), clusters=many(study.design.unit)
    )
    return reason.replace(metric.name, metric.label)


def _never_looked_at(
    evidence: PerkEvidence, study: PerkAbTest, seen: Collection[str]
) -> dict[str, str]:
    """Variants without any look that could be read, beside others that have one."""
    return {
        arm: (
            say(
                "no look of {arm} can be read yet: {arm_2} fully observed so far",
                arm=w.name(arm),
                arm_2=w.counted(evidence.observed.get(arm, 0), "customer"),
            )
        )
        for arm in study.design.arms
        if arm not in seen
    }


def _at_deciding_look(
    evidence: PerkEvidence,
    study: PerkAbTest,
    arm: str,
    looked: Looked,
    rails: tuple[Guardrail, ...],
) -> Comparison:
    """A variant at the first look that decides; else at its latest, decided or still running."""
    for at in looked.looks:
        found = _comparison(evidence, study, arm, (at.primary, at.net_value), rails)
        if found.decision.verdict in ("ship", "stop"):
            return replace(found, look=at.day)
    if looked.monitoring.ended:
        return replace(found, look=at.day)
    return replace(found, look=at.day, decision=still_running(looked, study))


def _on_course(
    evidence: PerkEvidence,
    study: PerkAbTest,
    arm: str,
    course: Course,
    rails: tuple[Guardrail, ...],
) -> Comparison:
    """A variant at the first look whose running interval decides, else at its latest."""
    for i, day in enumerate(course.days):
        net = course.net_value[i] if course.net_value else None
        found = _comparison(evidence, study, arm, (course.primary[i], net), rails)
        if found.decision.verdict in ("ship", "stop"):
            return replace(found, look=day)
    decided = (
        contradicted(found, course)
        if course.contradicted
        else still_open(found, evidence.observed_until, study)
    )
    return replace(found, look=day, decision=decided)


def _pairs(evidence: PerkEvidence, study: PerkAbTest) -> tuple[dict[str, Pair], dict[str, str]]:
    """Both deciding effects of every variant, corrected for their number; and who cannot be compared."""
    name = study.measure.primary_metric
    first: dict[str, Effect] = {}
    refused: dict[str, str] = {}
    for arm in study.design.arms:
        try:
            first[arm] = effect_on(evidence, study, name, arm)
        except CannotEstimate as reason:
            refused[arm] = _in_words(reason, evidence.metrics[name], study)
    if not first:
        return {}, refused
    if study.rule.correction == "dunnett":
        return _dunnett(evidence, study, list(first), refused)
    pvalues = [effect.pvalue for effect in first.values()]
    levels, adjusted = holm_levels(pvalues, alpha=study.rule.alpha), holm(pvalues)
    found: dict[str, Pair] = {}
    for arm, alpha, pvalue in zip(first, levels.tolist(), adjusted.tolist(), strict=True):
        primary = effect_on(evidence, study, name, arm, alpha=alpha).with_(pvalue=pvalue)
        found[arm] = primary, _net_value(evidence, study, arm, alpha=alpha)
    return found, refused


def _dunnett(
    evidence: PerkEvidence, study: PerkAbTest, arms: Sequence[str], refused: dict[str, str]
) -> tuple[dict[str, Pair], dict[str, str]]:
    """Simultaneous intervals over the variants, for behaviour and for money."""
    try:
        primary = _simultaneous(evidence, study, study.measure.primary_metric, arms)
    except CannotEstimate as reason:
        why = _in_words(reason, evidence.metrics[study.measure.primary_metric], study)
        return {}, {**refused, **dict.fromkeys(arms, why)}
    net: dict[str, Effect] = {}
    if study.money is not None:
        try:
            net = _simultaneous(evidence, study, f"net_value_{study.money.window_days}d", arms)
        except (CannotEstimate, KeyError):
            net = {}  # nobody has been followed that long yet, or nothing varies
    return {arm: (primary[arm], net.get(arm)) for arm in arms}, refused


def _simultaneous(
    evidence: PerkEvidence, study: PerkAbTest, name: str, arms: Sequence[str]
) -> dict[str, Effect]:
    """Dunnett's effects of one metric by variant. Raises CannotEstimate."""
    moments = evidence.moments[name]
    treated = [moments[arm] for arm in arms]
    found = dunnett(moments[study.design.control], treated, name, alpha=study.rule.alpha)
    return dict(zip(arms, found, strict=True))


def _net_value(
    evidence: PerkEvidence, study: PerkAbTest, arm: str, *, alpha: float
) -> Effect | None:
    if study.money is None:
        return None
    try:
        return effect_on(evidence, study, f"net_value_{study.money.window_days}d", arm, alpha=alpha)
    except CannotEstimate:
        return None


def _guardrails(
    evidence: PerkEvidence, study: PerkAbTest, arm: str, absent: dict[str, str]
) -> tuple[Guardrail, ...]:
    """What must not get worse; a metric without an estimate goes to `absent` with the reason."""
    found = []
    for name, margin in evidence.guardrails.items():
        try:
            effect = effect_on(evidence, study, name, arm, alpha=0.05, adjusted=False)
        except CannotEstimate as reason:
            absent[name] = str(reason)
            continue
        good = evidence.metrics[name].good
        found.append(non_inferiority(effect, good=good, margin=margin))
    return tuple(found)


def _with_secondary(
    evidence: PerkEvidence,
    study: PerkAbTest,
    found: list[Comparison],
    absent: dict[str, str],
) -> list[Comparison]:
    """Secondary metrics of all variants as one family: Benjamini-Hochberg p, intervals that agree."""
    raw: dict[tuple[str, str], Effect] = {}
    for comparison in found:
        for name in study.measure.secondary:
            try:
                raw[comparison.variant, name] = effect_on(evidence, study, name, comparison.variant)
            except CannotEstimate as reason:
                absent[name] = str(reason)
    if not raw:
        return found
    pvalues = [effect.pvalue for effect in raw.values()]
    level = false_coverage_level(pvalues, study.rule.alpha)
    final: dict[str, list[Effect]] = {}
    for (arm, name), pvalue in zip(raw, benjamini_hochberg(pvalues).tolist(), strict=True):
        effect = effect_on(evidence, study, name, arm, alpha=level)
        method = say("{method}; Benjamini-Hochberg", method=effect.method)
        final.setdefault(arm, []).append(effect.with_(pvalue=pvalue, method=method))
    return [replace(c, secondary=tuple(final.get(c.variant, ()))) for c in found]


def _comparison(
    evidence: PerkEvidence,
    study: PerkAbTest,
    arm: str,
    effects: Pair,
    guardrails: tuple[Guardrail, ...],
) -> Comparison:
    primary, net = effects
    decision = decide_perk(
        primary,
        net,
        guardrails,
        metrics=evidence.metrics,
        min_effect=study.rule.min_effect,
        currency=evidence.currency,
        counts_money=study.money is not None,
        unit=study.design.unit,
    )
    money = _economics(evidence, study, arm, primary)
    return Comparison(arm, primary, net, guardrails, (), decision, economics=money)


def _economics(
    evidence: PerkEvidence, study: PerkAbTest, arm: str, primary: Effect
) -> Economics | None:
    """The money of one variant; the extra buyers are known when buying is what the study measures."""
    if study.money is None:
        return None
    margin, cost = (f"{name}_{study.money.window_days}d" for name in ("margin", "perk_cost"))
    moments = evidence.moments.get(margin, {})
    if study.design.control not in moments or arm not in moments:
        return None
    buys = primary.metric.startswith("repurchase_")
    found = economics(
        moments[study.design.control],
        moments[arm],
        primary if buys else None,
        margin=margin,
        cost=cost,
        offered=evidence.assigned[arm],
        unused=evidence.unused.get(arm, 0.0),
        alpha=primary.alpha,
    )
    # Its interval is for one look at independent customers; for clusters or several looks there is none.
    alone = study.design.cluster is None and study.looks is None
    return found if alone else replace(found, roi_low=nan, roi_high=nan)


def overall(comparisons: Sequence[Comparison], good: Good) -> Decision:
    """One verdict for the page: the variant to ship if there is one, else the most hopeful of the others."""
    if len(comparisons) == 1:
        return comparisons[0].decision
    rank = {"ship": 0, "keep_running": 1, "inconclusive": 2, "stop": 3}
    ordered = sorted(comparisons, key=lambda c: (rank[c.decision.verdict], -_worth(c, good)))
    best = ordered[0]
    others = [f"{w.name(c.variant)}: {w.verdict(c.decision.verdict).lower()}" for c in ordered[1:]]
    because = say(
        "{part} comes out best. {because}",
        part=w.capital(w.name(best.variant)),
        because=best.decision.because,
    )
    return Decision(
        best.decision.verdict,
        say("{because} The others: {others}.", because=because, others=w.listed(others)),
        best.decision.next_step,
    )


def _compared(study: PerkAbTest) -> list[str]:
    return [study.design.control, *study.design.arms]


def _over(evidence: PerkEvidence, study: PerkAbTest) -> bool:
    """Whether nobody is left to wait for: the period has ended and every window with it."""
    days = evidence.metrics[study.measure.primary_metric].window_days
    return evidence.observed_until > study.assigned_days[1] + timedelta(days=days)


def _worth(comparison: Comparison, good: Good) -> float:
    """Money when it is known, else the gain in the metric that decides."""
    if comparison.net_value:
        return comparison.net_value.effect
    return comparison.primary.effect if good == "up" else -comparison.primary.effect


def _intake(evidence: PerkEvidence, study: PerkAbTest) -> float:
    """Customers assigned per day and compared variant, over the observed part of the period."""
    start, end = study.assigned_days
    days = (min(end, evidence.observed_until) - start).days + 1
    return min(evidence.assigned.get(v, 0) for v in _compared(study)) / days if days > 0 else 0.0
