"""Relative lift: treatment over control, minus one, with an interval that holds near zero."""

from __future__ import annotations

from math import exp, inf, log, sqrt

import numpy as np

from cs_lib.experiment.ab import compare_means
from cs_lib.experiment.errors import CannotEstimate
from cs_lib.experiment.tails import t_quantile, t_two_sided
from cs_lib.language import say
from cs_lib.results import Effect, Moments

STEADY = 5.0  # mean over its standard error from which its logarithm is near normal


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
    steady = mean0 >= STEADY * sqrt(part0) and mean1 >= STEADY * sqrt(part1) and mean1 > 0
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
        method=say("Relative lift, log ratio") if steady else say("Relative lift, Fieller"),
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
    if parts.sum() == 0:  # treatment is all zero and never varies: only control is left
        return float(n0 - 1)
    shares = parts / parts.sum()
    return float(1 / (shares**2 / np.array([n0 - 1, n1 - 1])).sum())
