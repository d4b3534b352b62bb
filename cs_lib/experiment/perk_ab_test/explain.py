"""What stands beside a perk's effect and never decides: other measures, segments, the effect over time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from cs_lib.aggregates import Moments
from cs_lib.experiment.perk_ab_test.compare import as_mean, effect_of, effect_on, survey_on
from cs_lib.experiment.perk_ab_test.result import Explained, Otherwise
from cs_lib.language import say
from cs_lib.methods.ab.compliance import complier_effect
from cs_lib.methods.ab.multiplicity import benjamini_hochberg
from cs_lib.methods.ab.ratios import relative_lift
from cs_lib.methods.ab.robust import (
    Influence,
    compare_quantiles,
    compare_winsorised,
    influence,
    winsor_cap,
)
from cs_lib.methods.ab.segments import Segments, compare_segments
from cs_lib.methods.errors import CannotEstimate
from cs_lib.metrics import PER_CUSTOMER
from cs_lib.metrics.definition import RatioMetric, SurveyMetric, UnitMetric
from cs_lib.metrics.perk_ab_test import PerkEvidence
from cs_lib.params import PerkAbTest
from cs_lib.results import Effect

SEED = 20261122  # of the bootstrap for quantiles; any will do, and it must not change
UPPER = 0.9  # the quantile beside the median: large buyers


def explain(evidence: PerkEvidence, study: PerkAbTest, arm: str) -> Explained:
    """Everything beside one variant's effect; what cannot be had says why."""
    if study.design.cluster:
        return Explained(otherwise=(_as_if_single(evidence, study, arm),))
    primary = study.measure.primary_metric
    if isinstance(PER_CUSTOMER[primary], SurveyMetric):
        return Explained(survey=survey_on(evidence, study, primary, arm, alpha=study.rule.alpha))
    segments, not_split = _segments(evidence, study, arm)
    return Explained(
        otherwise=_otherwise(evidence, study, arm),
        influence=_influence(evidence, study, arm),
        segments=segments,
        not_split=not_split,
        stretches=_stretches(evidence, study, arm),
        sooner=_sooner(evidence, study, arm),
    )


def _otherwise(evidence: PerkEvidence, study: PerkAbTest, arm: str) -> tuple[Otherwise, ...]:
    """Relative, without covariates, capped, at quantiles, per customer who took the perk."""
    control, primary = study.design.control, study.measure.primary_metric
    margin = f"margin_{study.money.window_days}d" if study.money else ""
    alpha = study.rule.alpha
    rows: list[Otherwise] = []

    def add(name: str, metric: str, make: Callable[[], Effect], *, relative: bool = False) -> None:
        try:
            rows.append(Otherwise(name, metric, make(), relative=relative))
        except CannotEstimate as refusal:
            rows.append(Otherwise(name, metric, None, str(refusal), relative))

    def pair(metric: str) -> tuple[Moments, Moments]:
        moments = evidence.moments[metric]
        return as_mean(moments[control], metric), as_mean(moments[arm], metric)

    add(
        say("As a share of control"),
        primary,
        lambda: relative_lift(*pair(primary), primary, alpha=alpha),
        relative=True,
    )
    if study.measure.covariates:
        add(
            say("Not adjusted for the past"),
            primary,
            lambda: effect_on(evidence, study, primary, arm, adjusted=False),
        )
    taken = f"redeemed_{PER_CUSTOMER[primary].window_days}d"
    if taken in evidence.moments and not isinstance(PER_CUSTOMER[primary], RatioMetric):
        add(
            say("Per customer who used it because it was offered"),
            primary,
            lambda: complier_effect(*pair(primary), primary, taken, alpha=alpha),
        )
    # Margin and not net value: a cost that everybody has would count as a non-zero value.
    for metric in (
        m for m in (primary, margin) if {control, arm} <= {*evidence.histograms.get(m, ())}
    ):
        for name, make in _robust(evidence, study, arm, metric).items():
            add(name, metric, make)
    return tuple(rows)


def _robust(
    evidence: PerkEvidence, study: PerkAbTest, arm: str, metric: str
) -> Mapping[str, Callable[[], Effect]]:
    """Sensitivities to single large values."""
    histograms, alpha = evidence.histograms[metric], study.rule.alpha
    first, second = histograms[study.design.control], histograms[arm]

    def capped() -> Effect:
        every = [
            histograms[v] for v in (study.design.control, *study.design.arms) if v in histograms
        ]
        return compare_winsorised(first, second, metric, cap=winsor_cap(every, metric), alpha=alpha)

    return {
        say("Largest values capped"): capped,
        say("Of the median customer"): lambda: compare_quantiles(
            first, second, metric, seed=SEED, alpha=alpha
        ),
        say("Of the customer at 90 %"): lambda: compare_quantiles(
            first, second, metric, share=UPPER, seed=SEED, alpha=alpha
        ),
    }


def _as_if_single(evidence: PerkEvidence, study: PerkAbTest, arm: str) -> Otherwise:
    """The narrower interval that forgets who served whom; shown to be seen through."""
    name, metric = (
        say("As if customers had been assigned one by one (wrong)"),
        study.measure.primary_metric,
    )
    try:
        effect = effect_of(
            evidence.moments[metric], metric, study.design.control, arm, alpha=study.rule.alpha
        )
    except CannotEstimate as refusal:
        return Otherwise(name, metric, None, str(refusal))
    return Otherwise(name, metric, effect)


def _influence(evidence: PerkEvidence, study: PerkAbTest, arm: str) -> Influence | None:
    """The single customer who carries most, over the heavy-tailed metrics that decide."""
    found = []
    for metric, histograms in evidence.histograms.items():
        if metric.startswith("margin_"):  # what decides is the net value
            continue
        try:
            found.append(influence(histograms[study.design.control], histograms[arm], metric))
        except (CannotEstimate, KeyError):
            continue
    return max(found, key=lambda one: one.move_in_se) if found else None


def _segments(
    evidence: PerkEvidence, study: PerkAbTest, arm: str
) -> tuple[dict[str, Segments], dict[str, str]]:
    found: dict[str, Segments] = {}
    refused: dict[str, str] = {}
    for column, parts in evidence.segments.items():
        try:
            found[column] = _by_part(parts, study, arm)
        except CannotEstimate as refusal:
            refused[column] = str(refusal)
    if found:
        tests = [split.interaction for split in found.values()]
        adjusted = benjamini_hochberg([test.pvalue for test in tests]).tolist()
        found = {
            column: replace(split, interaction=replace(split.interaction, pvalue=pvalue))
            for (column, split), pvalue in zip(found.items(), adjusted, strict=True)
        }
    return found, refused


def _stretches(evidence: PerkEvidence, study: PerkAbTest, arm: str) -> Segments | None:
    try:
        return _by_part(evidence.stretches, study, arm)
    except CannotEstimate:
        return None


def _by_part(parts: Mapping[str, Mapping[str, Moments]], study: PerkAbTest, arm: str) -> Segments:
    """Effects by part; a part whose ratio cannot be had is left out like one without customers."""
    metric = study.measure.primary_metric
    arms: dict[str, dict[str, Moments]] = {}
    for variant in (study.design.control, arm):
        arms[variant] = {}
        for part, moments in parts.items():
            try:
                arms[variant][part] = as_mean(moments[variant], metric)
            except (CannotEstimate, KeyError):
                continue
    return compare_segments(arms[study.design.control], arms[arm], metric, alpha=study.rule.alpha)


def _sooner(evidence: PerkEvidence, study: PerkAbTest, arm: str) -> tuple[Effect, ...]:
    """The primary effect in rising windows, for customers followed that long."""
    if not isinstance(PER_CUSTOMER[study.measure.primary_metric], UnitMetric):
        return ()
    found = []
    for name, moments in evidence.sooner.items():
        if not any(m.mean[m.names.index(name)] for m in moments.values()):
            continue  # nothing has happened to anybody in so short a window
        try:
            found.append(
                effect_of(moments, name, study.design.control, arm, alpha=study.rule.alpha)
            )
        except CannotEstimate:
            continue
    return tuple(found) if len(found) > 1 else ()
