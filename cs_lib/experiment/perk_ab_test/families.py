"""Effects of several variants or several metrics as one family: levels and p-values that hold together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cs_lib.experiment.perk_ab_test.compare import effect_on
from cs_lib.experiment.perk_ab_test.result import Comparison
from cs_lib.experiment.units import many
from cs_lib.language import say
from cs_lib.methods.ab.multiplicity import (
    benjamini_hochberg,
    dunnett,
    false_coverage_level,
    holm,
    holm_levels,
)
from cs_lib.methods.errors import CannotEstimate
from cs_lib.metrics import Metric
from cs_lib.metrics.perk_ab_test import PerkEvidence
from cs_lib.params import PerkAbTest
from cs_lib.results import Effect

Pair = tuple[Effect, Effect | None]  # primary metric, money


def _in_words(refusal: CannotEstimate, metric: Metric, study: PerkAbTest) -> str:
    """A refusal in the words of the page: the metric's label, and what was assigned."""
    reason = refusal.said(
        unit=say("customer"), units=say("customers"), clusters=many(study.design.unit)
    )
    return reason.replace(metric.name, metric.label)


def deciding_pairs(
    evidence: PerkEvidence, study: PerkAbTest
) -> tuple[dict[str, Pair], dict[str, str]]:
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


def with_secondary(
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
