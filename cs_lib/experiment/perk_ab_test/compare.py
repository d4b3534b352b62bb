"""One metric, one variant against control: the method that the metric and the design ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from cs_lib import sentences as w
from cs_lib.aggregates import Moments, Sandwich
from cs_lib.experiment.perk_ab_test.trial import Trial
from cs_lib.experiment.units import one
from cs_lib.methods.ab.adjusted import compare_adjusted
from cs_lib.methods.ab.clusters import compare_clusters
from cs_lib.methods.ab.clusters_adjusted import compare_clusters_adjusted
from cs_lib.methods.ab.means import compare_means, compare_shares
from cs_lib.methods.ab.ratios import linearise
from cs_lib.methods.ab.surveys import SurveyEffect, bounds_pvalue, compare_survey
from cs_lib.methods.errors import CannotEstimate
from cs_lib.metrics import PER_CUSTOMER
from cs_lib.metrics.definition import RatioMetric, SurveyMetric, UnitMetric
from cs_lib.params import PerkAbTest
from cs_lib.results import Effect
from cs_lib.sentences import Method, say


def effect_on(
    trial: Trial,
    name: str,
    arm: str,
    *,
    alpha: float | None = None,
    adjusted: bool = True,
) -> Effect:
    """The effect of being assigned to `arm`, by everything known at the data cut.

    Customers of a cluster move together: errors by cluster. Survey scores: the interval of the bounds, so that
    silence is never read as agreement. With covariates adjusted, unless `adjusted` is False.

    Raises:
        CannotEstimate: the data do not carry an estimate; the message says why.
    """
    alpha = alpha or trial.study.rule.alpha
    if trial.study.design.cluster:
        return _between_clusters(trial, name, arm, alpha=alpha, adjusted=adjusted)
    if isinstance(PER_CUSTOMER[name], SurveyMetric):
        return bounded(survey_on(trial, name, arm, alpha=alpha), name)
    return effect_of(
        trial.evidence.moments[name],
        name,
        trial.study.design.control,
        arm,
        alpha=alpha,
        covariates=trial.study.measure.covariates if adjusted else (),
        errors=trial.evidence.sandwiches.get(name, {}),
    )


def _between_clusters(trial: Trial, name: str, arm: str, *, alpha: float, adjusted: bool) -> Effect:
    """An effect with errors by cluster. Raises CannotEstimate."""
    evidence, design = trial.evidence, trial.study.design
    if name not in evidence.clusters:
        raise CannotEstimate(
            say(
                "{name} is not available with errors by {unit}.",
                name=name,
                unit=one(design.together),
            )
        )
    if adjusted and name in evidence.cluster_moments:
        effect = compare_clusters_adjusted(
            evidence.cluster_moments[name],
            name,
            trial.study.measure.covariates,
            control=design.control,
            treatment=arm,
            alpha=alpha,
        )
    else:
        effect = compare_clusters(
            evidence.clusters[name], name, control=design.control, treatment=arm, alpha=alpha
        )
    return effect.with_(details={**effect.details, "counted_by": design.together})


def effect_of(
    moments: Mapping[str, Moments],
    name: str,
    control: str,
    arm: str,
    *,
    alpha: float,
    covariates: Sequence[str] = (),
    errors: Mapping[str, Sandwich] = MappingProxyType({}),
) -> Effect:
    """A variant against control from moments, by the method its metric asks for. Raises CannotEstimate."""
    for variant in (control, arm):
        if variant not in moments:
            raise CannotEstimate(
                say(
                    "{name}: nobody in {variant} has been followed to the end yet.",
                    name=name,
                    variant=w.name(variant),
                )
            )
    metric = PER_CUSTOMER[name]
    first, second = (as_mean(moments[variant], name) for variant in (control, arm))
    if covariates:
        known = [errors[v] for v in (control, arm) if v in errors]
        effect = compare_adjusted(first, second, name, covariates, errors=known, alpha=alpha)
    elif isinstance(metric, UnitMetric) and metric.share:
        effect = compare_shares(first, second, name, alpha=alpha)
    else:
        effect = compare_means(first, second, name, alpha=alpha)
    if isinstance(metric, RatioMetric):
        effect = effect.with_(method=Method("ratio_of_sums", effect.method))
    return effect


# By the path of a method's codes, what is left of it when looks give the interval.
WITHOUT_INTERVAL = {
    "fisher_newcombe": "fisher",
    "pooled_z_newcombe": "pooled_z",
    "lin_means": "lin_means_plain",
    "lin_means/ratio_of_sums": "lin_means_plain",
    "welch_t/ratio_of_sums": "welch_t_ratio_of_sums",
}


def estimated_by(method: Method) -> Method:
    """A method of `effect_of` without that of its interval, which looks put another in place of."""
    short = WITHOUT_INTERVAL.get(method.path)
    return Method(short) if short else method


def effect_at(
    known: Mapping[str, Mapping[str, Moments]], study: PerkAbTest, name: str, arm: str
) -> Effect:
    """The effect by what was known at one look. Raises CannotEstimate, also where nothing varies."""
    if name not in known:
        raise CannotEstimate(say("{name} cannot be looked at before the end.", name=name))
    effect = effect_of(
        known[name],
        name,
        study.design.control,
        arm,
        alpha=0.05,
        covariates=study.measure.covariates,
    )
    if not effect.se > 0:
        raise CannotEstimate(
            say(
                "{metric} has the same value for every {unit}, so nothing can differ.",
                metric=name,
                unit=say("unit"),
            )
        )
    return effect


def as_mean(moments: Moments, name: str) -> Moments:
    """Moments in which the metric is a mean over customers; ratios linearised. Raises CannotEstimate."""
    metric = PER_CUSTOMER[name]
    if not isinstance(metric, RatioMetric):
        return moments
    return scaled(linearise(moments, *metric.parts, metric=name), name, metric.scale)


def scaled(moments: Moments, name: str, factor: float) -> Moments:
    """The moments with one variable times a factor."""
    by = np.ones(len(moments.names))
    by[moments.names.index(name)] = factor
    return replace(moments, mean=moments.mean * by, cov=moments.cov * np.outer(by, by))


def survey_on(trial: Trial, name: str, arm: str, *, alpha: float) -> SurveyEffect:
    """A survey score with who answered and the bounds. Raises CannotEstimate."""
    metric, answers = trial.evidence.metrics[name], trial.evidence.answers.get(name, {})
    assert isinstance(metric, SurveyMetric)
    for variant in (trial.study.design.control, arm):
        if variant not in answers or not answers[variant].scores.counts.sum():
            raise CannotEstimate(
                say(
                    "{label}: nobody in {variant} has answered.",
                    label=metric.called,
                    variant=w.name(variant),
                )
            )
    return compare_survey(
        answers[trial.study.design.control], answers[arm], name, scale=metric.scale, alpha=alpha
    )


def bounded(survey: SurveyEffect, name: str) -> Effect:
    """The difference between those who answered, with the interval and p of Lee's bounds."""
    low, high = survey.lee.ci_low, survey.lee.ci_high
    return survey.complete_case.with_(
        metric=name,
        effect_ci_low=low,
        effect_ci_high=high,
        pvalue=bounds_pvalue(survey.lee),
        method=Method("welch_t_lee_bounds"),
        details={
            **survey.complete_case.details,
            "lee_low": survey.lee.low,
            "lee_high": survey.lee.high,
            "trimmed": survey.lee.trimmed,
        },
    )
