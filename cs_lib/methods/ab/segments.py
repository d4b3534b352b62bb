"""For whom did it work? One effect per declared segment, a test that they differ, and shrinkage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from cs_lib.aggregates import Moments
from cs_lib.methods.ab.means import compare_means
from cs_lib.methods.ab.multiplicity import benjamini_hochberg
from cs_lib.methods.errors import CannotEstimate, tried
from cs_lib.methods.tails import normal_quantile, t_two_sided
from cs_lib.results import Effect, Record
from cs_lib.sentences import Method, Text, say

Floats = NDArray[np.float64]

# The mean shrinkage is taken over a grid of so many points.
SHRINKAGE_GRID_POINTS = 500


@dataclass(frozen=True, slots=True)
class Interaction(Record):
    """Test that the effect is the same in every segment: F on df_between and df degrees.

    `wald` is the chi-square statistic before its small-sample correction. `spread` is the standard
    deviation of the true effects between segments, in the metric's unit, 0 when none shows.
    """

    metric: str
    f: float
    df_between: int
    df: float
    pvalue: float
    wald: float
    spread: float


@dataclass(frozen=True, slots=True)
class Segments(Record):
    """Effects by segment, as estimated (p-values Benjamini-Hochberg) and shrunk to each other.

    `pooled` is the mean effect of segments as these; `left_out` says of each segment without an
    effect why.
    """

    interaction: Interaction
    effects: dict[str, Effect]
    shrunk: dict[str, Effect]
    left_out: dict[str, Text]
    pooled: Effect


def compare_segments(
    control: Mapping[str, Moments],
    treatment: Mapping[str, Moments],
    metric: str,
    *,
    alpha: float = 0.05,
) -> Segments:
    """Welch's effect in every segment, the interaction test, and shrunk effects.

    Segments must be declared, and known before assignment. Read the interaction first: without it
    a difference between segments is noise. p-values are adjusted within the metric (Benjamini &
    Hochberg 1995); the intervals of `effects` are not.

    Raises:
        CannotEstimate: fewer than two segments with an effect.
    """
    effects: dict[str, Effect] = {}
    left_out: dict[str, Text] = {}
    for name in dict.fromkeys([*control, *treatment]):
        if name not in control or name not in treatment:
            left_out[name] = say("{metric}: the segment lies in one variant only.", metric=metric)
            continue
        effect, refusal = tried(
            partial(compare_means, control[name], treatment[name], metric, alpha=alpha)
        )
        if effect is None:
            left_out[name] = refusal
        else:
            effects[name] = effect
    if len(effects) < 2:
        raise CannotEstimate(
            say("{metric}: fewer than two segments can be compared.", metric=metric)
        )
    adjusted = benjamini_hochberg([effect.pvalue for effect in effects.values()])
    return Segments(
        interaction(effects),
        {
            name: effect.with_(
                pvalue=float(p), method=Method("benjamini_hochberg_p", effect.method)
            )
            for (name, effect), p in zip(effects.items(), adjusted, strict=True)
        },
        shrink(effects, alpha=alpha),
        left_out,
        pool(effects, alpha=alpha),
    )


def interaction(effects: Mapping[str, Effect]) -> Interaction:
    """Whether the effects of disjoint segments differ, each with its own variance.

    The Wald statistic of the saturated model with HC2 errors (a cell's HC2 variance is s2 / n), as
    an F with Welch's (1951) correction and degrees of freedom; for two segments it is the squared
    t of their difference with Satterthwaite's.

    Raises:
        CannotEstimate: fewer than two effects.
    """
    estimate, variance = _parts(effects)
    weight = 1 / variance
    wald = _scatter(estimate, weight)
    k = len(estimate)
    freedom = np.array([effect.df for effect in effects.values()])
    uneven = float(((1 - weight / weight.sum()) ** 2 / freedom).sum())
    f = wald / (k - 1) / (1 + 2 * (k - 2) / (k**2 - 1) * uneven)
    df = (k**2 - 1) / (3 * uneven) if uneven > 0 else np.inf
    metric = next(iter(effects.values())).metric
    pvalue = _f_tail(f, k - 1, df)
    return Interaction(metric, f, k - 1, df, pvalue, wald, sqrt(_between(estimate, variance)))


def shrink(effects: Mapping[str, Effect], *, alpha: float = 0.05) -> dict[str, Effect]:
    """Effects drawn towards their common mean by how much noise explains of their spread.

    Normal random effects, averaged over the variance between segments under the uniform shrinkage
    prior (Daniels 1999). Taking DerSimonian & Laird's variance as known, as is usual, covered 85 to
    95 % in simulation, this 92 to 99 %, mostly with smaller errors; their effect is in the details.

    Raises:
        CannotEstimate: fewer than two effects.
    """
    estimate, variance = _parts(effects)
    plug, _, pull = _given(estimate, variance, np.array([_between(estimate, variance)]))
    mean, se = _averaged(estimate, variance)
    half = normal_quantile(1 - alpha / 2) * se
    pvalue = t_two_sided(mean / se, np.inf)
    return {
        name: effect.with_(
            effect=float(mean[i]),
            effect_ci_low=float(mean[i] - half[i]),
            effect_ci_high=float(mean[i] + half[i]),
            pvalue=float(pvalue[i]),
            method=Method("shrunk_segments"),
            alpha=alpha,
            se=float(se[i]),
            df=float("inf"),
            details={
                **effect.details,
                "raw_effect": effect.effect,
                "dersimonian_laird": float(plug[0, i]),
                "pull": float(pull[0, i]),
            },
        )
        for i, (name, effect) in enumerate(effects.items())
    }


def pool(effects: Mapping[str, Effect], *, alpha: float = 0.05) -> Effect:
    """The mean of the segments' effects, each with the variance between segments added to its own.

    Random effects, normal interval (DerSimonian & Laird 1986). It weighs segments nearly alike when
    they differ much, so it is not the effect on all customers; `i_squared` in the details is the
    share of the spread that noise does not explain. The means of both arms are weighed alike.

    Raises:
        CannotEstimate: fewer than two effects.
    """
    estimate, variance = _parts(effects)
    rows = list(effects.values())
    between = _between(estimate, variance)
    weight = 1 / (variance + between)
    share, se = weight / weight.sum(), 1 / sqrt(weight.sum())
    scatter, half = _scatter(estimate, 1 / variance), normal_quantile(1 - alpha / 2) * se
    mean = float(share @ estimate)
    return rows[0].with_(
        control=float(share @ np.array([e.control for e in rows])),
        treatment=float(share @ np.array([e.treatment for e in rows])),
        effect=mean,
        effect_ci_low=mean - half,
        effect_ci_high=mean + half,
        pvalue=float(t_two_sided(mean / se, np.inf)),
        nobs=sum(e.nobs for e in rows),
        method=Method("pooled_segments"),
        alpha=alpha,
        se=se,
        df=float("inf"),
        details={
            "segments": len(rows),
            "spread": sqrt(between),
            "i_squared": max(1 - (len(rows) - 1) / scatter, 0.0) if scatter > 0 else 0.0,
        },
    )


def _averaged(estimate: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """Posterior means and standard deviations over a grid of equally likely mean shrinkages."""
    kept = (np.arange(SHRINKAGE_GRID_POINTS) + 0.5) / SHRINKAGE_GRID_POINTS
    between = (1 - kept) / kept / float(np.mean(1 / variance))
    mean, squared, _ = _given(estimate, variance, between)
    weight = 1 / (variance + between[:, None])
    total = weight.sum(axis=1)
    centre = weight @ estimate / total
    away = (weight * (estimate - centre[:, None]) ** 2).sum(axis=1)
    log_likelihood = (np.log(weight).sum(axis=1) - np.log(total) - away) / 2
    share = np.exp(log_likelihood - log_likelihood.max())
    share /= share.sum()
    average = share @ mean
    return average, np.sqrt(share @ (squared + (mean - average) ** 2))


def _given(estimate: Floats, variance: Floats, between: Floats) -> tuple[Floats, Floats, Floats]:
    """Means, variances and pulls of the effects for each variance between segments (rows)."""
    weight = 1 / (variance + between[:, None])
    total = weight.sum(axis=1)[:, None]
    centre = weight @ estimate[:, None] / total
    pull = variance * weight
    mean = centre + (1 - pull) * (estimate - centre)
    return mean, (1 - pull) * variance + pull**2 / total, pull


def _parts(effects: Mapping[str, Effect]) -> tuple[Floats, Floats]:
    if len(effects) < 2:
        raise CannotEstimate(say("Fewer than two segments can be compared."))
    rows = list(effects.values())
    return np.array([e.effect for e in rows]), np.array([e.se for e in rows]) ** 2


def _scatter(estimate: Floats, weight: Floats) -> float:
    """Weighted squares about the weighted mean (Cochran's Q)."""
    centre = weight @ estimate / weight.sum()
    return float(weight @ (estimate - centre) ** 2)


def _between(estimate: Floats, variance: Floats) -> float:
    """Variance of the true effects between segments, zero or more (DerSimonian & Laird 1986)."""
    weight = 1 / variance
    excess = _scatter(estimate, weight) - (len(estimate) - 1)
    size = float(weight.sum() - (weight**2).sum() / weight.sum())
    return max(excess / size, 0.0) if size > 0 else 0.0


def _f_tail(f: float, df_between: int, df: float) -> float:
    """Probability that an F variable exceeds the value; df may be infinite."""
    from scipy import special

    if np.isinf(df):
        return float(special.chdtrc(df_between, f * df_between))
    return float(special.fdtrc(df_between, df, f))
