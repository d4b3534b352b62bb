"""Ratio metrics: one sum over another per variant, such as orders per session."""

from __future__ import annotations

from math import sqrt

import numpy as np

from cs_lib import wording as w
from cs_lib.experiment.ab import compare_means
from cs_lib.experiment.errors import CannotEstimate
from cs_lib.experiment.lift import STEADY, relative_lift
from cs_lib.language import later, say
from cs_lib.results import Effect, Moments

ROUNDING = 1e-13  # share of its terms below which a difference of variances is zero


def compare_ratios(
    control: Moments,
    treatment: Moments,
    numerator: str,
    denominator: str,
    *,
    metric: str,
    alpha: float = 0.05,
) -> Effect:
    """Difference of sum(numerator) / sum(denominator), treatment minus control.

    Delta method on the customers' sums, ddof 1, Welch's t (Deng, Knoblich & Lu 2018).

    Raises:
        CannotEstimate: a denominator too close to zero, fewer than two units, no variation.
    """
    first, second = (
        linearise(arm, numerator, denominator, metric=metric) for arm in (control, treatment)
    )
    effect = compare_means(first, second, metric, alpha=alpha)
    return effect.with_(method=say("Welch t on the ratio, delta method"))


def ratio_lift(
    control: Moments,
    treatment: Moments,
    numerator: str,
    denominator: str,
    *,
    metric: str,
    alpha: float = 0.05,
) -> Effect:
    """Relative lift of sum(numerator) / sum(denominator) as a share; see `relative_lift`.

    Raises:
        CannotEstimate: as `compare_ratios`, and a control ratio of zero or less.
    """
    first, second = (
        linearise(arm, numerator, denominator, metric=metric) for arm in (control, treatment)
    )
    effect = relative_lift(first, second, metric, alpha=alpha)
    return effect.with_(method=say("{method} of ratios", method=effect.method))


def linearise(moments: Moments, numerator: str, denominator: str, *, metric: str) -> Moments:
    """The moments with one more variable, `metric`: the ratio as a mean over units.

    Each unit's value is ratio + (numerator - ratio x denominator) / mean(denominator); its mean is
    the ratio and its variance the delta method's. Covariances with the other variables follow, so
    a ratio can be adjusted for covariates like any mean (Deng et al. 2018).

    Raises:
        CannotEstimate: a mean denominator below 5 of its standard errors: the ratio is not near
            normal there.
    """
    i, j = moments.names.index(numerator), moments.names.index(denominator)
    n, below, variance = moments.of(denominator)
    if n < 2:
        raise CannotEstimate(
            later("{metric}: {variant} has fewer than two {units}."),
            metric=metric,
            variant=w.name(moments.variant),
            units=say("units"),
        )
    if not (below > 0 and below >= STEADY * sqrt(variance / n)):
        raise CannotEstimate(
            say(
                "{metric}: the mean of {denominator} in {variant} is too close to zero to "
                "divide by.",
                metric=metric,
                denominator=denominator,
                variant=w.name(moments.variant),
            )
        )
    ratio = float(moments.mean[i]) / below
    weights = np.zeros(len(moments.names))
    weights[i], weights[j] = 1 / below, -ratio / below
    if i == j:
        weights[i] = 0.0
    full = np.vstack([np.eye(len(weights)), weights])
    cov = full @ moments.cov @ full.T
    size = weights**2 @ np.diag(moments.cov)
    if cov[-1, -1] <= ROUNDING * size:
        cov[-1, :] = cov[:, -1] = 0.0
    mean = np.append(moments.mean, ratio)
    return Moments(moments.variant, (*moments.names, metric), n, mean, cov)
