"""A perk A/B test from its moments: checks first, then effects by assignment, then one decision per variant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from cs_lib import wording as w
from cs_lib.experiment.ab import non_inferiority
from cs_lib.experiment.decide import blocked, decide_perk, waiting
from cs_lib.experiment.economics import Economics, economics
from cs_lib.experiment.looks import Monitoring
from cs_lib.experiment.multiplicity import holm, holm_levels
from cs_lib.experiment.perk_checks import narrowed, perk_checks, undersized
from cs_lib.experiment.perk_looks import (
    Looked,
    before_first_look,
    effect_of,
    look_at_all,
    still_running,
)
from cs_lib.metrics import Metric
from cs_lib.metrics.evidence import PerkEvidence
from cs_lib.params import PerkAbTest
from cs_lib.results import Check, Decision, Effect, Guardrail, Record


@dataclass(frozen=True, slots=True)
class Comparison(Record):
    """One variant against control."""

    variant: str
    primary: Effect
    net_value: Effect | None
    guardrails: tuple[Guardrail, ...]
    secondary: tuple[Effect, ...]
    decision: Decision
    look: date | None = None  # the planned look it was read at
    economics: Economics | None = None


@dataclass(frozen=True, slots=True)
class PerkResult:
    """What an A/B study found. `comparisons` is empty while the effect is withheld."""

    study: PerkAbTest
    metrics: dict[str, Metric]
    currency: str
    checks: tuple[Check, ...]
    comparisons: tuple[Comparison, ...]
    decision: Decision
    assigned: dict[str, int]
    observed: dict[str, int]
    observed_until: date
    monitoring: dict[str, Monitoring] = field(
        default_factory=dict
    )  # by variant, with planned looks

    @property
    def primary(self) -> Metric:
        """The metric that decides."""
        return self.metrics[self.study.measure.primary_metric]

    def effects(self) -> tuple[Effect, ...]:
        """All effects, primary first, by variant."""
        rows: list[Effect] = []
        for c in self.comparisons:
            rows += [
                c.primary,
                *([c.net_value] if c.net_value else []),
                *(g.effect for g in c.guardrails),
                *c.secondary,
            ]
        return tuple(rows)


def analyze_perk(evidence: PerkEvidence, study: PerkAbTest) -> PerkResult:
    """Checks, effects and decision of an A/B study. Effects are withheld when a check blocks or the size is short."""
    observed = {v: m.n for v, m in evidence.moments[study.measure.primary_metric].items()}
    smallest = min(observed.get(v, 0) for v in _compared(study))
    short = smallest < study.rule.planned_n
    checks = perk_checks(evidence, study)
    decision = blocked(checks)
    comparisons: tuple[Comparison, ...] = ()
    looked: dict[str, Looked] = {}
    if decision is None and study.looks is not None:
        looked = look_at_all(evidence, study)
        if not looked:
            decision = before_first_look(study, smallest)
    elif decision is None and short and not _over(evidence, study):
        decision = waiting(smallest, study.rule.planned_n, per_day=_intake(evidence, study))
    elif short:
        checks = (*checks, undersized(smallest, study.rule.planned_n))
    if decision is None:
        comparisons = compare_looked(evidence, study, looked) or compare_all(evidence, study)
        decision = overall(comparisons)
        checks = (*checks, *narrowed([c.primary for c in comparisons]))
    return PerkResult(
        study=study,
        metrics=evidence.metrics,
        currency=evidence.currency,
        checks=checks,
        comparisons=comparisons,
        decision=decision,
        assigned=evidence.assigned,
        observed=observed,
        observed_until=evidence.observed_until,
        monitoring={arm: found.monitoring for arm, found in looked.items()},
    )


def compare_looked(
    evidence: PerkEvidence, study: PerkAbTest, looked: dict[str, Looked]
) -> tuple[Comparison, ...]:
    """Every variant at the first look that decides; else at its latest, decided or still running."""
    return tuple(_at_deciding_look(evidence, study, arm, found) for arm, found in looked.items())


def _at_deciding_look(
    evidence: PerkEvidence, study: PerkAbTest, arm: str, looked: Looked
) -> Comparison:
    for at in looked.looks:
        found = _comparison(evidence, study, arm, primary=at.primary, net=at.net_value)
        if found.decision.verdict in ("ship", "stop"):
            return replace(found, look=at.day)
    if looked.monitoring.ended:
        return replace(found, look=at.day)
    return replace(found, look=at.day, decision=still_running(looked, study))


def _compared(study: PerkAbTest) -> list[str]:
    return [study.design.control, *study.design.arms]


def _over(evidence: PerkEvidence, study: PerkAbTest) -> bool:
    """Whether nobody is left to wait for: the period has ended and every window with it."""
    days = evidence.metrics[study.measure.primary_metric].window_days
    return evidence.observed_until > study.design.period[1] + timedelta(days=days)


def compare_all(evidence: PerkEvidence, study: PerkAbTest) -> tuple[Comparison, ...]:
    """Every variant against control; with several, Holm's p and intervals at the level Holm used."""
    first = [
        _effect(evidence, study.measure.primary_metric, arm, study) for arm in study.design.arms
    ]
    pvalues = [effect.pvalue for effect in first]
    levels = holm_levels(pvalues, alpha=study.rule.alpha)
    adjusted = holm(pvalues)
    found: list[Comparison] = []
    for arm, alpha, pvalue in zip(study.design.arms, levels, adjusted, strict=True):
        alpha, pvalue = float(alpha), float(pvalue)
        primary = _effect(evidence, study.measure.primary_metric, arm, study, alpha=alpha).with_(
            pvalue=pvalue
        )
        net = _net_value(evidence, arm, study, alpha=alpha)
        found.append(_comparison(evidence, study, arm, primary=primary, net=net))
    return tuple(found)


def _net_value(
    evidence: PerkEvidence, arm: str, study: PerkAbTest, *, alpha: float
) -> Effect | None:
    if study.money is None:
        return None
    return _effect(evidence, f"net_value_{study.money.window_days}d", arm, study, alpha=alpha)


def _comparison(
    evidence: PerkEvidence, study: PerkAbTest, arm: str, *, primary: Effect, net: Effect | None
) -> Comparison:
    guardrails = tuple(
        non_inferiority(
            _effect(evidence, name, arm, study, alpha=0.05, adjusted=False),
            good=evidence.metrics[name].good,
            margin=margin,
        )
        for name, margin in study.measure.guardrails.items()
    )
    decision = decide_perk(
        primary,
        net,
        guardrails,
        metric=evidence.metrics[primary.metric],
        min_effect=study.rule.min_effect,
        currency=evidence.currency,
    )
    secondary = tuple(_effect(evidence, name, arm, study) for name in study.measure.secondary)
    return Comparison(
        arm,
        primary,
        net,
        guardrails,
        secondary,
        decision,
        economics=_economics(evidence, study, arm, primary),
    )


def _economics(
    evidence: PerkEvidence, study: PerkAbTest, arm: str, primary: Effect
) -> Economics | None:
    """The money of one variant; the extra buyers are known when buying is what the study measures."""
    if study.money is None:
        return None
    margin, cost = (f"{name}_{study.money.window_days}d" for name in ("margin", "perk_cost"))
    if margin not in evidence.moments:
        return None
    buys = primary.metric.startswith("repurchase_")
    return economics(
        evidence.moments[margin][study.design.control],
        evidence.moments[margin][arm],
        primary if buys else None,
        margin=margin,
        cost=cost,
        offered=evidence.assigned[arm],
        unused=evidence.unused.get(arm, 0.0),
        alpha=primary.alpha,
    )


def _effect(
    evidence: PerkEvidence,
    name: str,
    arm: str,
    study: PerkAbTest,
    *,
    alpha: float | None = None,
    adjusted: bool = True,
) -> Effect:
    return effect_of(
        evidence.moments[name],
        name,
        study.design.control,
        arm,
        alpha=alpha or study.rule.alpha,
        covariates=study.measure.covariates if adjusted else (),
    )


def overall(comparisons: Sequence[Comparison]) -> Decision:
    """One verdict for the page: the variant to ship if there is one, else the most hopeful of the others."""
    if len(comparisons) == 1:
        return comparisons[0].decision
    rank = {"ship": 0, "keep_running": 1, "inconclusive": 2, "stop": 3}
    ordered = sorted(comparisons, key=lambda c: (rank[c.decision.verdict], -_worth(c)))
    best = ordered[0]
    others = [f"{w.name(c.variant)}: {w.VERDICTS[c.decision.verdict].lower()}" for c in ordered[1:]]
    because = (
        f"{w.sentence(w.name(best.variant)).rstrip('.')} comes out best. {best.decision.because}"
    )
    return Decision(
        best.decision.verdict,
        f"{because} The others: {w.listed(others)}.",
        f"{best.decision.next_step}",
    )


def _worth(comparison: Comparison) -> float:
    return comparison.net_value.effect if comparison.net_value else comparison.primary.effect


def _intake(evidence: PerkEvidence, study: PerkAbTest) -> float:
    """Customers assigned per day and compared variant, over the observed part of the period."""
    start, end = study.design.period
    days = (min(end, evidence.observed_until) - start).days + 1
    return min(evidence.assigned.get(v, 0) for v in _compared(study)) / days if days > 0 else 0.0
