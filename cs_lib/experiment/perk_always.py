"""A perk test without an end date: all looks recomputed, intervals and p valid at all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from cs_lib.experiment.always_valid import ConfidenceSequence, confidence_sequence
from cs_lib.experiment.compare import effect_at, estimated_by
from cs_lib.experiment.errors import CannotEstimate
from cs_lib.language import say
from cs_lib.metrics.evidence import PerkEvidence
from cs_lib.params import PerkAbTest
from cs_lib.results import Effect

LEAST_PER_ARM = 100  # customers from which the theory of large samples is relied on


@dataclass(frozen=True, slots=True)
class Course:
    """One variant's effect over its looks, oldest first, with the running interval."""

    days: tuple[date, ...]
    primary: tuple[Effect, ...]
    net_value: tuple[Effect, ...]  # empty when no money is counted
    contradicted: date | None = None  # the look by which nothing is left of the running interval


def courses(evidence: PerkEvidence, study: PerkAbTest) -> dict[str, Course]:
    """Every variant that has a look; several variants share the error level (Bonferroni)."""
    found = {arm: _course(evidence, study, arm) for arm in study.design.arms}
    return {arm: course for arm, course in found.items() if course is not None}


def _course(evidence: PerkEvidence, study: PerkAbTest, arm: str) -> Course | None:
    names = [study.measure.primary_metric]
    names += [f"net_value_{study.money.window_days}d"] if study.money else []
    looks: dict[date, list[Effect]] = {}
    for day, moments in evidence.looks:
        try:
            effects = [effect_at(moments, study, name, arm) for name in names]
        except CannotEstimate:
            continue  # nobody is mature yet at this look, or all are alike
        if _enough(effects, looks):
            looks[day] = effects
    if not looks:
        return None
    alpha = study.rule.alpha / len(study.design.arms)
    columns = [
        _valid([effects[i] for effects in looks.values()], study, alpha) for i in range(len(names))
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
        planned_n=2 * study.rule.planned_n,
        alpha=alpha,
    )
    return tuple(
        effect.with_(
            effect_ci_low=float(sequence.running_low[i]),
            effect_ci_high=float(sequence.running_high[i]),
            pvalue=float(sequence.pvalue[i]),
            alpha=alpha,
            method=say(
                "{part}; always-valid interval and p (confidence sequence)",
                part=estimated_by(effect.method),
            ),
        )
        for i, effect in enumerate(effects)
        if not sequence.empty[i]
    )
