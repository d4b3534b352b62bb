"""The first screen of a perk study: the best variant's behaviour and money, its guardrail nearest to the margin."""

from __future__ import annotations

from typing import Any

from cs_lib import wording as w
from cs_lib.experiment.perk_ab_test.result import PerkResult
from cs_lib.language import say
from cs_lib.report.fact_cards import effect_card, effect_facts, guard_cards, in_one_line
from cs_lib.results import plain


def headline(result: PerkResult) -> str:
    """The deciding effect and the money in one line, or why there is none."""
    if not result.comparisons:
        return w.first_sentence(result.decision.because)
    best = result.best
    effects = [best.primary, *([best.net_value] if best.net_value else [])]
    who = f"{w.capital(w.name(best.variant))}: " if len(result.comparisons) > 1 else ""
    return who + in_one_line(effects, result)


def who(result: PerkResult) -> str:
    """How many were observed, when."""
    start, end = result.study.assigned_days
    compared = [result.study.design.control, *result.study.design.arms]
    n = sum(result.observed.get(v, 0) for v in compared)
    return say("{n}, assigned {start}", n=w.counted(n, "customer"), start=w.short_days(start, end))


def cards(result: PerkResult) -> list[str]:
    """Up to three cards; nothing while the effect is withheld."""
    if not result.comparisons:
        return []
    best, worth = result.best, result.study.rule.min_effect
    whose = w.name(best.variant) if len(result.comparisons) > 1 else ""
    found = [effect_card(best.primary, result.primary, result, band=worth, whose=whose)]
    if best.net_value:
        metric = result.metrics[best.net_value.metric]
        found.append(effect_card(best.net_value, metric, result, band=0.0, whose=whose))
    return [*found, *guard_cards(best.guardrails, result, most=1, whose=whose)]


def further(result: PerkResult) -> dict[str, Any]:
    """Facts of this kind of study for machines."""
    variants = [
        {
            "variant": c.variant,
            **plain(c.decision),
            "guardrails": {g.metric: g.outcome for g in c.guardrails},
        }
        for c in result.comparisons
    ]
    return {
        "effects": effect_facts(result.effects(), result),
        "variants": variants,
        "assigned": result.assigned,
        "observed": result.observed,
    }
