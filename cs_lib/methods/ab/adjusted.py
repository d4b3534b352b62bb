"""Effects adjusted for covariates measured before assignment: narrower intervals, same question.

Lin's (2013) estimator regresses the outcome on the covariates in each arm and compares the two
predictions at the mean covariates of all units. Moments give it exactly. Its HC2 errors need each
unit's leverage and residual; where they were read from the rows, as a `Sandwich` of each arm, they
are used. Else, per arm, the arm's own least-squares variance s2 (1/n + d' S^-1 d): s2 the residual
variance on n - k - 1 degrees of freedom, d the distance of the arm's mean covariates from all
units', S their scatter. It is the sandwich with every squared residual replaced by s2. As d is of
order n^-1/2 in a randomised test, its leading term is HC2's, RSS / n^2, whatever the spread does
with the covariates; relative to HC2 it differs by order 1/n, and by order n^-1/2 when arms differ in
size and squared residuals go along with a covariate. Added is (b1 - b0)' Cov(x) (b1 - b0) / N: the
customers are a sample of those to come, and when the effect depends on the covariates their mean
varies too (Negi & Wooldridge 2021). `se_these_customers` in the details leaves that out, as Lin's
HC2 does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from cs_lib import sentences as w
from cs_lib.aggregates import Moments, Sandwich
from cs_lib.methods.ab.means import compare_means
from cs_lib.methods.ab.ratios import linearise
from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.tails import t_quantile, t_two_sided
from cs_lib.results import Effect
from cs_lib.sentences import Method, say

Floats = NDArray[np.float64]

# A covariate is dropped when the others leave no more than this share of its variance.
MIN_INDEPENDENT_SHARE = 1e-8
# Nothing is left to estimate when the covariates leave less than this share of the outcome's variance.
MIN_UNEXPLAINED_SHARE = 1e-10


@dataclass(frozen=True, slots=True)
class _Fit:
    """One arm's regression: mean predicted at the shared covariates, its variance, slopes."""

    at: float
    variance: float
    slopes: Floats
    df: int


def compare_adjusted(
    control: Moments,
    treatment: Moments,
    metric: str,
    covariates: Sequence[str],
    *,
    errors: Sequence[Sandwich] = (),
    alpha: float = 0.05,
) -> Effect:
    """Difference of means adjusted for covariates, treatment minus control, in the metric's unit.

    Lin's (2013) interacted regression from moments; the module says which standard error. The
    means shown are those predicted at the mean covariates of all units. `variance_ratio` in the
    details is the squared standard error over Welch's: above 1 the covariates did not help.
    A covariate that does not vary or follows from those before it is dropped, and named there.
    `errors` are control's and treatment's HC2 errors, used when made with the covariates kept.

    Raises:
        CannotEstimate: no usable covariate, too few units for them, an outcome that they determine.
    """
    welch = compare_means(control, treatment, metric, alpha=alpha)
    kept = independent(control, treatment, metric, covariates)
    centre = _pooled_mean(control, treatment, kept)
    hc2 = len(errors) == 2 and all(one.covariates == tuple(kept) for one in errors)
    both = zip((control, treatment), errors if hc2 else (None, None), strict=True)
    fit0, fit1 = (_fit(arm, metric, kept, centre, own) for arm, own in both)
    turn = fit1.slopes - fit0.slopes
    sample = float(turn @ pooled_cov(control, treatment, kept) @ turn) / welch.nobs
    parts = np.array([fit0.variance, fit1.variance, sample])
    se = sqrt(parts.sum())
    df = float(parts.sum() ** 2 / (parts**2 / [fit0.df, fit1.df, welch.nobs - 1]).sum())
    effect, half = fit1.at - fit0.at, t_quantile(1 - alpha / 2, df) * se
    return welch.with_(
        control=fit0.at,
        treatment=fit1.at,
        effect=effect,
        effect_ci_low=effect - half,
        effect_ci_high=effect + half,
        pvalue=float(t_two_sided(effect / se, df)),
        method=Method("lin_means_hc2" if hc2 else "lin_means"),
        se=se,
        df=df,
        details={
            **welch.details,
            "variance_ratio": se**2 / welch.se**2,
            "se_these_customers": sqrt(parts[:2].sum()),
            "covariates": ", ".join(kept),
            "dropped": ", ".join(name for name in covariates if name not in kept),
        },
    )


def compare_adjusted_ratios(
    control: Moments,
    treatment: Moments,
    numerator: str,
    denominator: str,
    covariates: Sequence[str],
    *,
    metric: str,
    alpha: float = 0.05,
) -> Effect:
    """Difference of ratios of sums adjusted for covariates: linearised, then as means.

    Raises:
        CannotEstimate: as `compare_adjusted`, or a denominator too close to zero.
    Source: Deng, Knoblich & Lu 2018; Lin 2013.
    """
    first, second = (
        linearise(arm, numerator, denominator, metric=metric) for arm in (control, treatment)
    )
    effect = compare_adjusted(first, second, metric, covariates, alpha=alpha)
    return effect.with_(method=Method("lin_ratios"))


def independent(
    control: Moments, treatment: Moments, metric: str, covariates: Sequence[str]
) -> list[str]:
    """Covariates that vary in both arms and do not follow from those before them."""
    kept: list[str] = []
    for name in covariates:
        if min(_left_over(arm, name, kept) for arm in (control, treatment)) > MIN_INDEPENDENT_SHARE:
            kept.append(name)
    if not kept:
        raise CannotEstimate(
            say("{metric}: no covariate varies in both arms, so nothing can adjust.", metric=metric)
        )
    return kept


def _left_over(arm: Moments, name: str, others: Sequence[str]) -> float:
    """Share of a variable's variance that the others do not explain, 0 to 1."""
    _, _, variance = arm.of(name)
    if not variance > 0:
        return 0.0
    slopes, across = _regress(arm, name, others)
    return max(1 - float(across @ slopes) / variance, 0.0)


def _fit(
    arm: Moments, metric: str, names: Sequence[str], centre: Floats, errors: Sandwich | None
) -> _Fit:
    n, mean, variance = arm.of(metric)
    df = n - len(names) - 1
    if df < 1:
        raise CannotEstimate(
            say(
                "{metric}: {variant} has too few {units} for {names} covariates.",
                metric=metric,
                variant=w.name(arm.variant),
                names=len(names),
                units=say("units"),
            )
        )
    left = _left_over(arm, metric, names)
    if variance > 0 and left < MIN_UNEXPLAINED_SHARE:
        raise CannotEstimate(
            say(
                "{metric} follows exactly from the covariates in {variant}; was one of them "
                "measured after assignment?",
                metric=metric,
                variant=w.name(arm.variant),
            )
        )
    slopes, _ = _regress(arm, metric, names)
    away = np.array([arm.of(name)[1] for name in names]) - centre
    at = mean - float(slopes @ away)
    if errors is not None:
        there = np.array([1.0, *-away])
        return _Fit(at, float(there @ errors.cov @ there), slopes, df)
    scatter = (n - 1) * _block(arm, names)
    spread = left * variance * (n - 1) / df
    distance = float(away @ np.linalg.solve(scatter, away))
    return _Fit(at, spread * (1 / n + distance), slopes, df)


def _regress(arm: Moments, name: str, on: Sequence[str]) -> tuple[Floats, Floats]:
    """Slopes of a variable on others, and its covariances with them; solved on the unit scale."""
    i, j = arm.names.index(name), [arm.names.index(other) for other in on]
    across = arm.cov[j, i]
    scale = np.sqrt(arm.cov[j, j])
    slopes = np.linalg.solve(_block(arm, on) / np.outer(scale, scale), across / scale) / scale
    return slopes, across


def _block(arm: Moments, names: Sequence[str]) -> Floats:
    index = [arm.names.index(name) for name in names]
    return np.asarray(arm.cov[np.ix_(index, index)])


def _pooled_mean(control: Moments, treatment: Moments, names: Sequence[str]) -> Floats:
    sums = [arm.n * np.array([arm.of(name)[1] for name in names]) for arm in (control, treatment)]
    return np.asarray((sums[0] + sums[1]) / (control.n + treatment.n))


def pooled_cov(control: Moments, treatment: Moments, names: Sequence[str]) -> Floats:
    """Covariances of some variables inside both arms, pooled."""
    parts = [(arm.n - 1) * _block(arm, names) for arm in (control, treatment)]
    return np.asarray((parts[0] + parts[1]) / (control.n + treatment.n - 2))
