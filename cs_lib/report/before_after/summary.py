"""The first screen of a before/after study: the change, and the guardrails nearest to their margins."""

from __future__ import annotations

from typing import Any

from cs_lib import wording as w
from cs_lib.experiment.before_after.result import BeforeAfterResult
from cs_lib.language import say
from cs_lib.report.fact_cards import effect_card, guard_cards
from cs_lib.report.facts import (
    DesignFacts,
    EffectFacts,
    PlannedFacts,
    effect_facts,
    guardrail_facts,
    headline_facts,
    predicate,
)


def who(result: BeforeAfterResult) -> str:
    """What was compared: days, weeks or teams, and when."""
    design = result.study.design
    before, after = w.short_days(*design.pre_period), w.short_days(*design.post_period)
    if result.teams is not None:
        return say(
            "{nobs}, {before} against {after}",
            nobs=w.counted(result.teams.effect.nobs, "team"),
            before=before,
            after=after,
        )
    if result.effect is None:
        return say("{before} against {after}", before=before, after=after)
    details, unit = result.effect.details, str(result.effect.details["unit"])
    if "n_on" in details:
        return say(
            "{off} without the change, {on} with it, {period}",
            off=w.counted(int(details["n_off"]), unit),
            on=w.counted(int(details["n_on"]), unit),
            period=w.short_days(design.pre_period[0], design.post_period[1]),
        )
    first, second = (w.counted(int(details[part]), unit) for part in ("n_pre", "n_post"))
    return say(
        "{first}, {before}, against {second}, {after}",
        first=first,
        before=before,
        second=second,
        after=after,
    )


def cards(result: BeforeAfterResult) -> list[str]:
    """Up to three cards; nothing while the effect is withheld."""
    if result.effect is None:
        return []
    change = effect_card(result.effect, result.primary, result, band=result.study.rule.min_effect)
    return [change, *guard_cards(result.guardrails, result, most=2)]


def further(result: BeforeAfterResult) -> dict[str, Any]:
    """Facts of this kind of study for machines."""
    study, metrics = result.study, result.metrics
    first, last = study.design.post_period
    scope = predicate(study.design.changed)
    others = result.change.others if result.change else ()
    effects: list[EffectFacts] = []
    if result.found:
        effects.append(effect_facts(result.found.read.effect, result.primary, "primary"))
        for rail in result.found.guardrails:
            effects.append(effect_facts(rail.effect, metrics[rail.metric], "guardrail"))
        for effect in result.found.secondary:
            effects.append(effect_facts(effect, metrics[effect.metric], "secondary"))
    return {
        "headline_facts": headline_facts(result.decision.clause, result.effect, result.primary),
        "design": DesignFacts(
            result.design, scope, (first.isoformat(), last.isoformat()), study.design.change_id
        ),
        "planned": PlannedFacts(study.rule.min_effect, study.rule.alpha),
        "effects": tuple(effects),
        "guardrails": tuple(map(guardrail_facts, result.guardrails)),
        "smallest_detectable": result.smallest_detectable,
        "other_changes": tuple(effect_facts(e, result.primary, "primary") for e in others),
    }
