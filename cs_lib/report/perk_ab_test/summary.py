"""The first screen of a perk study: the best variant's behaviour and money, its guardrail nearest to the margin."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cs_lib import wording as w
from cs_lib.experiment.perk_ab_test.result import Comparison, PerkResult
from cs_lib.language import say
from cs_lib.report.fact_cards import effect_card, guard_cards
from cs_lib.report.facts import (
    DesignFacts,
    EffectFacts,
    PlannedFacts,
    VariantFacts,
    effect_facts,
    guardrail_facts,
    headline_facts,
)


def who(result: PerkResult) -> str:
    """How many were observed, when."""
    start, end = result.study.assigned_days
    compared = [result.study.design.control, *result.study.design.arms]
    n = sum(result.observed.get(v, 0) for v in compared)
    if result.study.design.period is None:
        return w.counted(n, "customer")
    return say("{n}, assigned {start}", n=w.counted(n, "customer"), start=w.short_days(start, end))


def cards(result: PerkResult) -> list[str]:
    """Up to three cards; nothing while the effect is withheld."""
    if not result.comparisons:
        return []
    best, worth = result.best, result.study.rule.min_effect
    whose = w.name(best.variant) if len(result.comparisons) > 1 else ""
    listed = [effect_card(best.primary, result.primary, result, band=worth, whose=whose)]
    if best.net_value:
        metric = result.metrics[best.net_value.metric]
        listed.append(effect_card(best.net_value, metric, result, band=0.0, whose=whose))
    return [*listed, *guard_cards(best.guardrails, result, most=1, whose=whose)]


def further(result: PerkResult) -> dict[str, Any]:
    """Facts of this kind of study for machines."""
    study, best = result.study, result.best if result.comparisons else None
    start, end = (day.isoformat() for day in study.assigned_days)
    experiment = (study.design.experiment,) if study.design.experiment else ()
    scope: dict[str, tuple[str, ...]] = {"experiment_id": experiment} if experiment else {}
    return {
        "headline_facts": headline_facts(result.decision.clause, result.effect, result.primary),
        "design": DesignFacts("randomised", scope, (start, end) if study.design.period else None),
        "planned": PlannedFacts(study.rule.min_effect, study.rule.alpha, study.rule.planned_n),
        "effects": tuple(_effects(result)),
        "guardrails": tuple(map(guardrail_facts, best.guardrails)) if best else (),
        "variants": tuple(map(_variant, result.comparisons)),
        "assigned": result.assigned,
        "observed": result.observed,
    }


def _effects(result: PerkResult) -> Iterator[EffectFacts]:
    """Every effect, variant by variant, with what it is for."""
    for c in result.comparisons:
        yield effect_facts(c.primary, result.metrics[c.primary.metric], "primary")
        if c.net_value and c.net_value.metric != c.primary.metric:
            yield effect_facts(c.net_value, result.metrics[c.net_value.metric], "money")
        for rail in c.guardrails:
            yield effect_facts(rail.effect, result.metrics[rail.metric], "guardrail")
        for effect in c.secondary:
            yield effect_facts(effect, result.metrics[effect.metric], "secondary")


def _variant(comparison: Comparison) -> VariantFacts:
    d = comparison.decision
    outcomes = {rail.metric: str(rail.outcome) for rail in comparison.guardrails}
    return VariantFacts(comparison.variant, d.verdict, d.clause, d.because, d.next_step, outcomes)
