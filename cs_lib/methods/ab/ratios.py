"""Ratio metrics: one sum over another per variant, such as orders per session."""

from __future__ import annotations

from math import exp, inf, log, sqrt

import numpy as np

from cs_lib import sentences as w
from cs_lib.aggregates import Moments
from cs_lib.methods.ab.means import compare_means
from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.tails import t_quantile, t_two_sided
from cs_lib.results import Effect
from cs_lib.sentences import Method, say

# A difference of variances below this share of its terms is zero.
VARIANCE_TOLERANCE = 1e-13


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
    return effect.with_(method=Method("welch_t_ratio"))


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
    return effect.with_(method=Method("of_ratios", effect.method))


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
            say(
                "{metric}: {variant} has fewer than two {units}.",
                metric=metric,
                variant=w.name(moments.variant),
                units=say("units"),
            )
        )
    if not (below > 0 and below >= MIN_MEAN_IN_SE * sqrt(variance / n)):
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
    if cov[-1, -1] <= VARIANCE_TOLERANCE * size:
        cov[-1, :] = cov[:, -1] = 0.0
    mean = np.append(moments.mean, ratio)
    return Moments(moments.variant, (*moments.names, metric), n, mean, cov)


# From so many standard errors on, the logarithm of a mean is near normal.
MIN_MEAN_IN_SE = 5.0


def relative_lift(
    control: Moments, treatment: Moments, metric: str, *, alpha: float = 0.05
) -> Effect:
    """Lift of the mean as a share: 0.1 is 10 % more than control. `se` is first-order.

    Delta method on the log ratio when both means are at least 5 of their standard errors above
    zero (Deng, Knoblich & Lu 2018), else Fieller's set (Fieller 1954). Both take
    Satterthwaite degrees of freedom at the ratio found; p and a bounded interval agree. A Fieller
    set without end has infinite limits, on both sides, and `interval` in the details says
    `unbounded`: the data rule out no lift, or only some in between.

    Raises:
        CannotEstimate: a control mean of zero or less, fewer than two units, no variation.
    """
    difference = compare_means(control, treatment, metric, alpha=alpha)
    n0, mean0, var0 = control.of(metric)
    n1, mean1, var1 = treatment.of(metric)
    if mean0 <= 0:
        raise CannotEstimate(
            say(
                "{metric}: the control mean is not above zero, so a relative lift has no meaning.",
                metric=metric,
            )
        )
    ratio, part0, part1 = mean1 / mean0, var0 / n0, var1 / n1
    df = _freedom(ratio, part0, n0, part1, n1)
    steady = (
        mean0 >= MIN_MEAN_IN_SE * sqrt(part0)
        and mean1 >= MIN_MEAN_IN_SE * sqrt(part1)
        and mean1 > 0
    )
    se = sqrt(part1 + ratio**2 * part0) / mean0
    if steady:
        low, high, t = _log_interval(ratio, se / ratio, t_quantile(1 - alpha / 2, df))
    else:
        low, high = fieller(mean0, part0, mean1, part1, critical=t_quantile(1 - alpha / 2, df))
        t = (mean1 - mean0) / sqrt(part0 + part1)
    details = {**difference.details, "interval": "bounded" if high < inf else "unbounded"}
    return difference.with_(
        effect=ratio - 1,
        effect_ci_low=low - 1,
        effect_ci_high=high - 1,
        pvalue=float(t_two_sided(t, df)),
        method=Method("lift_log_ratio" if steady else "lift_fieller"),
        se=se,
        df=df,
        details=details,
    )


def fieller(
    mean0: float, part0: float, mean1: float, part1: float, *, critical: float
) -> tuple[float, float]:
    """Limits of the ratio mean1 / mean0 of independent means; infinite when the set has no end.

    Args:
        part0, part1: squared standard errors of the means.
        critical: the t or normal quantile.
    Source: Fieller 1954.
    """
    square = mean0**2 - critical**2 * part0
    if square <= 0:
        return -inf, inf
    rest = mean1**2 - critical**2 * part1
    root = sqrt(max((mean0 * mean1) ** 2 - square * rest, 0.0))
    return (mean0 * mean1 - root) / square, (mean0 * mean1 + root) / square


def _log_interval(ratio: float, se: float, critical: float) -> tuple[float, float, float]:
    """Limits of the ratio and the t value of its log; a ratio known exactly has no width."""
    centre = log(ratio)
    return exp(centre - critical * se), exp(centre + critical * se), centre / se


def _freedom(ratio: float, part0: float, n0: int, part1: float, n1: int) -> float:
    """Satterthwaite degrees of freedom of mean1 - ratio x mean0."""
    parts = np.array([ratio**2 * part0, part1])
    if parts.sum() == 0:  # Treatment is zero and never varies, so that only control is left.
        return float(n0 - 1)
    shares = parts / parts.sum()
    return float(1 / (shares**2 / np.array([n0 - 1, n1 - 1])).sum())
