"""What stands beside a perk's effect and never decides: other measures, segments, the effect over time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from cs_lib.aggregates import Moments
from cs_lib.experiment.perk_ab_test.compare import as_mean, effect_of, effect_on, survey_on
from cs_lib.experiment.perk_ab_test.result import Explained, Otherwise
from cs_lib.experiment.perk_ab_test.trial import Trial
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
from cs_lib.methods.ab.share_intervals import agresti_caffo, miettinen_nurminen
from cs_lib.methods.errors import or_none, tried, tried_each
from cs_lib.metrics import PER_CUSTOMER
from cs_lib.metrics.definition import RatioMetric, SurveyMetric, UnitMetric
from cs_lib.params import PerkAbTest
from cs_lib.results import Effect
from cs_lib.sentences import Text

# Any seed will do for the bootstrap of quantiles, but it must not change.
BOOTSTRAP_SEED = 20261122
# Beside the median, this quantile stands for large buyers.
UPPER_QUANTILE = 0.9

# Intervals of a share that other tools print; Newcombe's decides.
SHARE_INTERVALS = {"agresti_caffo": agresti_caffo, "miettinen_nurminen": miettinen_nurminen}


def explain(trial: Trial, arm: str) -> Explained:
    """Everything beside one variant's effect; what cannot be had says why."""
    if trial.study.design.cluster:
        return Explained(otherwise=_as_if_single(trial, arm))
    primary = trial.study.measure.primary_metric
    if isinstance(PER_CUSTOMER[primary], SurveyMetric):
        survey = survey_on(trial, primary, arm, alpha=trial.study.rule.alpha)
        return Explained(survey=survey, others=_others(trial, arm))
    segments, not_split = _segments(trial, arm)
    return Explained(
        otherwise=_otherwise(trial, arm),
        influence=_influence(trial, arm),
        others=_others(trial, arm),
        segments=segments,
        not_split=not_split,
        stretches=_stretches(trial, arm),
        sooner=_sooner(trial, arm),
    )


def _otherwise(trial: Trial, arm: str) -> tuple[Otherwise, ...]:
    """Relative, without covariates, capped, at quantiles, per customer who took the perk."""
    control, primary = trial.study.design.control, trial.study.measure.primary_metric
    margin = f"margin_{trial.study.money.window_days}d" if trial.study.money else ""
    alpha = trial.study.rule.alpha
    rows: list[Otherwise] = []

    def add(name: str, metric: str, make: Callable[[], Effect], *, relative: bool = False) -> None:
        rows.append(Otherwise(name, metric, *tried(make), relative))

    def pair(metric: str) -> tuple[Moments, Moments]:
        moments = trial.evidence.moments[metric]
        return as_mean(moments[control], metric), as_mean(moments[arm], metric)

    add(
        "relative",
        primary,
        lambda: relative_lift(*pair(primary), primary, alpha=alpha),
        relative=True,
    )
    if trial.study.measure.covariates:
        add(
            "unadjusted",
            primary,
            lambda: effect_on(trial, primary, arm, adjusted=False),
        )
    decided = PER_CUSTOMER[primary]
    if isinstance(decided, UnitMetric) and decided.share:
        for name, interval in SHARE_INTERVALS.items():
            add(name, primary, partial(_with_interval, trial, arm, interval))
    taken = f"redeemed_{PER_CUSTOMER[primary].window_days}d"
    if taken in trial.evidence.moments and not isinstance(PER_CUSTOMER[primary], RatioMetric):
        add(
            "per_user",
            primary,
            lambda: complier_effect(*pair(primary), primary, taken, alpha=alpha),
        )
    # Margin and not net value: a cost that everybody has would count as a non-zero value.
    for metric in (
        m for m in (primary, margin) if {control, arm} <= {*trial.evidence.histograms.get(m, ())}
    ):
        for name, make in _robust(trial, arm, metric).items():
            add(name, metric, make)
    return tuple(rows)


def _with_interval(trial: Trial, arm: str, interval: Callable[[Effect], Effect]) -> Effect:
    """The deciding share, not adjusted, with another interval. Raises CannotEstimate."""
    return interval(effect_on(trial, trial.study.measure.primary_metric, arm, adjusted=False))


def _robust(trial: Trial, arm: str, metric: str) -> Mapping[str, Callable[[], Effect]]:
    """Sensitivities to single large values."""
    histograms, alpha = trial.evidence.histograms[metric], trial.study.rule.alpha
    first, second = histograms[trial.study.design.control], histograms[arm]

    def capped() -> Effect:
        every = [
            histograms[v]
            for v in (trial.study.design.control, *trial.study.design.arms)
            if v in histograms
        ]
        return compare_winsorised(first, second, metric, cap=winsor_cap(every, metric), alpha=alpha)

    return {
        "capped": capped,
        "median": lambda: compare_quantiles(
            first, second, metric, seed=BOOTSTRAP_SEED, alpha=alpha
        ),
        "upper": lambda: compare_quantiles(
            first, second, metric, share=UPPER_QUANTILE, seed=BOOTSTRAP_SEED, alpha=alpha
        ),
    }


def _as_if_single(trial: Trial, arm: str) -> tuple[Otherwise, ...]:
    """Without covariates; and the narrower interval that forgets who served whom, shown to be seen through."""
    metric, study = trial.study.measure.primary_metric, trial.study
    moments, past = trial.evidence.moments[metric], study.measure.covariates
    rows: list[Otherwise] = []
    if past:
        plain = tried(lambda: effect_on(trial, metric, arm, adjusted=False))
        rows.append(Otherwise("unadjusted", metric, *plain))
    alone = tried(
        lambda: effect_of(
            moments, metric, study.design.control, arm, alpha=study.rule.alpha, covariates=past
        )
    )
    name = "one_by_one" if study.design.whole else "not_together"
    return (*rows, Otherwise(name, metric, *alone))


def _influence(trial: Trial, arm: str) -> Influence | None:
    """The single customer who carries most, over the heavy-tailed metrics that decide."""
    found = _influences(trial, arm, _deciding(trial.study))
    return max(found, key=lambda one: one.move_in_se, default=None)


def _others(trial: Trial, arm: str) -> tuple[Influence, ...]:
    """The single customer who carries most, for every other heavy-tailed metric that the page judges."""
    measure = trial.study.measure
    asked = dict.fromkeys([*trial.evidence.guardrails, *measure.secondary])
    return _influences(trial, arm, [m for m in asked if m not in _deciding(trial.study)])


def _deciding(study: PerkAbTest) -> list[str]:
    money = [f"net_value_{study.money.window_days}d"] if study.money else []
    return [study.measure.primary_metric, *money]


def _influences(trial: Trial, arm: str, metrics: Sequence[str]) -> tuple[Influence, ...]:
    control, histograms = trial.study.design.control, trial.evidence.histograms
    found, _ = tried_each(
        metrics, lambda m: influence(histograms[m][control], histograms[m][arm], m), KeyError
    )
    return tuple(found.values())


def _segments(trial: Trial, arm: str) -> tuple[dict[str, Segments], dict[str, Text]]:
    parts = trial.evidence.segments
    splits, refused = tried_each(parts, lambda column: _by_part(parts[column], trial.study, arm))
    if splits:
        tests = [split.interaction for split in splits.values()]
        adjusted = benjamini_hochberg([test.pvalue for test in tests]).tolist()
        splits = {
            column: replace(split, interaction=replace(split.interaction, pvalue=pvalue))
            for (column, split), pvalue in zip(splits.items(), adjusted, strict=True)
        }
    return splits, refused


def _stretches(trial: Trial, arm: str) -> Segments | None:
    return or_none(lambda: _by_part(trial.evidence.stretches, trial.study, arm))


def _by_part(parts: Mapping[str, Mapping[str, Moments]], study: PerkAbTest, arm: str) -> Segments:
    """Effects by part; a part whose ratio cannot be had is left out like one without customers."""
    metric = study.measure.primary_metric

    def mean_of(variant: str, part: str) -> Moments:
        return as_mean(parts[part][variant], metric)

    arms: dict[str, dict[str, Moments]] = {}
    for variant in (study.design.control, arm):
        arms[variant], _ = tried_each(parts, partial(mean_of, variant), KeyError)
    return compare_segments(arms[study.design.control], arms[arm], metric, alpha=study.rule.alpha)


def _sooner(trial: Trial, arm: str) -> tuple[Effect, ...]:
    """The primary effect in rising windows, for customers followed that long."""
    if not isinstance(PER_CUSTOMER[trial.study.measure.primary_metric], UnitMetric):
        return ()
    study, sooner = trial.study, trial.evidence.sooner
    windows = [  # without those too short for anything to have happened to anybody
        name
        for name, moments in sooner.items()
        if any(m.mean[m.names.index(name)] for m in moments.values())
    ]
    effects, _ = tried_each(
        windows,
        lambda name: effect_of(
            sooner[name], name, study.design.control, arm, alpha=study.rule.alpha
        ),
    )
    return tuple(effects.values()) if len(effects) > 1 else ()
