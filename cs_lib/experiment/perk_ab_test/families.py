"""Effects of several variants or several metrics as one family: levels and p-values that hold together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

from cs_lib.experiment.perk_ab_test.compare import effect_on
from cs_lib.experiment.perk_ab_test.result import Comparison
from cs_lib.experiment.perk_ab_test.trial import Trial
from cs_lib.experiment.units import many
from cs_lib.methods.ab.multiplicity import (
    benjamini_hochberg,
    dunnett,
    false_coverage_level,
    holm,
    holm_levels,
)
from cs_lib.methods.errors import CannotEstimate, or_else, or_none, tried_each
from cs_lib.metrics import Metric
from cs_lib.params import PerkAbTest
from cs_lib.results import Effect
from cs_lib.sentences import Method, Text, say

Pair = tuple[Effect, Effect | None]  # The effects on the primary metric and on money.


def _in_words(refusal: CannotEstimate, metric: Metric, study: PerkAbTest) -> Text:
    """A refusal in the words of the page: the metric's label, and what was assigned."""
    words = {
        "unit": say("customer"),
        "units": say("customers"),
        "clusters": many(study.design.together),
    }
    return refusal.reason.with_words(words, {metric.name: metric.called})


def deciding_pairs(trial: Trial) -> tuple[dict[str, Pair], dict[str, Text]]:
    """Both deciding effects of every variant, corrected for their number; and who cannot be compared."""
    name = trial.study.measure.primary_metric
    first: dict[str, Effect] = {}
    refused: dict[str, Text] = {}
    for arm in trial.study.design.arms:
        try:
            first[arm] = effect_on(trial, name, arm)
        except CannotEstimate as reason:
            refused[arm] = _in_words(reason, trial.evidence.metrics[name], trial.study)
    if not first:
        return {}, refused
    if trial.study.rule.correction == "dunnett":
        return _dunnett(trial, list(first), refused)
    pvalues = [effect.pvalue for effect in first.values()]
    levels, adjusted = holm_levels(pvalues, alpha=trial.study.rule.alpha), holm(pvalues)
    pairs: dict[str, Pair] = {}
    for arm, alpha, pvalue in zip(first, levels.tolist(), adjusted.tolist(), strict=True):
        primary = effect_on(trial, name, arm, alpha=alpha).with_(pvalue=pvalue)
        pairs[arm] = primary, _net_value(trial, arm, alpha=alpha)
    return pairs, refused


def _dunnett(
    trial: Trial, arms: Sequence[str], refused: dict[str, Text]
) -> tuple[dict[str, Pair], dict[str, Text]]:
    """Simultaneous intervals over the variants, for behaviour and for money."""
    try:
        primary = _simultaneous(trial, trial.study.measure.primary_metric, arms)
    except CannotEstimate as reason:
        why = _in_words(reason, trial.primary, trial.study)
        return {}, {**refused, **dict.fromkeys(arms, why)}
    net: dict[str, Effect] = {}
    if trial.study.money is not None:
        name = f"net_value_{trial.study.money.window_days}d"
        # Where nobody has been followed that long yet, or nothing varies, there is none.
        net = or_else(net, lambda: _simultaneous(trial, name, arms), KeyError)
    return {arm: (primary[arm], net.get(arm)) for arm in arms}, refused


def _simultaneous(trial: Trial, name: str, arms: Sequence[str]) -> dict[str, Effect]:
    """Dunnett's effects of one metric by variant. Raises CannotEstimate."""
    moments = trial.evidence.moments[name]
    treated = [moments[arm] for arm in arms]
    effects = dunnett(
        moments[trial.study.design.control], treated, name, alpha=trial.study.rule.alpha
    )
    return dict(zip(arms, effects, strict=True))


def _net_value(trial: Trial, arm: str, *, alpha: float) -> Effect | None:
    if trial.study.money is None:
        return None
    name = f"net_value_{trial.study.money.window_days}d"
    return or_none(lambda: effect_on(trial, name, arm, alpha=alpha))


def with_secondary(
    trial: Trial,
    comparisons: list[Comparison],
    absent: dict[str, Text],
) -> list[Comparison]:
    """Secondary metrics of all variants as one family: Benjamini-Hochberg p, intervals that agree."""
    told = [name for name in trial.study.measure.secondary if name not in trial.evidence.absent]
    family = product((c.variant for c in comparisons), told)
    raw, refused = tried_each(family, lambda key: effect_on(trial, key[1], key[0]))
    absent.update({name: reason for (_, name), reason in refused.items()})
    if not raw:
        return comparisons
    pvalues = [effect.pvalue for effect in raw.values()]
    level = false_coverage_level(pvalues, trial.study.rule.alpha)
    final: dict[str, list[Effect]] = {}
    for (arm, name), pvalue in zip(raw, benjamini_hochberg(pvalues).tolist(), strict=True):
        effect = effect_on(trial, name, arm, alpha=level)
        method = Method("benjamini_hochberg", effect.method)
        final.setdefault(arm, []).append(effect.with_(pvalue=pvalue, method=method))
    return [replace(c, secondary=tuple(final.get(c.variant, ()))) for c in comparisons]
