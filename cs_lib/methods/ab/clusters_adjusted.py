"""Means compared between clusters and adjusted for covariates: Lin's estimator, errors by cluster.

Each arm has its own regression on the covariates about the mean of all units of both arms. A
cluster may lie in one arm or in both; what it adds to the estimate is its score in one arm less
that in the other. Everything follows from n, means and products by cluster and arm, never rows:
with Z a cluster's regressors in an arm, u its residuals and M = L L' the inverse of the arm's
scatter, Bell and McCaffrey's (I - H)^-1/2 acts on Z'u as L'^-1 (I - L' Z'Z L)^-1/2 L'.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from cs_lib.aggregates import ClusterMoments, ClusterSums, Moments
from cs_lib.methods.ab.adjusted import independent, pooled_cov
from cs_lib.methods.ab.clusters import (
    compare_clusters,
    require_degrees_of_freedom,
)
from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.tails import t_quantile, t_two_sided
from cs_lib.results import Effect
from cs_lib.sentences import Method, say

Floats = NDArray[np.float64]

# A direction in which one cluster has more than this share of an arm's scatter is its own.
MAX_LEVERAGE = 1 - 1e-9


@dataclass(frozen=True, slots=True)
class _Arm:
    """One arm's regression and its clusters: `row` is each entry's cluster.

    `root` is L with L L' the inverse scatter; `scatter` has Z'Z and `score` Z'u of every entry.
    """

    row: NDArray[np.intp]
    n: Floats
    away: Floats  # sums of the covariates' distances from the shared centre
    root: Floats
    scatter: Floats
    score: Floats
    slopes: Floats
    at: float
    independent: float  # squared standard error if units were independent


@dataclass(frozen=True, slots=True)
class _Errors:
    """Standard errors: with the clusters a sample of those to come, and for these alone."""

    whole: float
    own: float
    df: float


def compare_clusters_adjusted(
    moments: ClusterMoments,
    metric: str,
    covariates: Sequence[str],
    *,
    control: str,
    treatment: str,
    alpha: float = 0.05,
) -> Effect:
    """Difference of covariate-adjusted means (Lin 2013), treatment minus control, errors by cluster.

    CR2 and Satterthwaite's degrees of freedom, or CR1, as `compare_clusters` chooses. Added to each
    cluster's score is what its covariates move where slopes differ, because clusters are a sample
    too; `se_these_customers` leaves that out. `variance_ratio` is the squared standard error over
    that without covariates; the intra-class correlation is that of the outcome as it is.

    Raises:
        CannotEstimate: as `compare_clusters`, or no usable covariate.
    """
    plain = compare_clusters(
        _sums(moments, metric), metric, control=control, treatment=treatment, alpha=alpha
    )
    first, second = (_moments(moments, variant) for variant in (control, treatment))
    kept = independent(first, second, metric, covariates)
    arms, clusters = _fitted(moments, (first, second), metric, kept)
    few, turn = plain.method.path == "clusters_cr2", arms[1].slopes - arms[0].slopes
    found = _errors(arms, clusters, turn, few=few)
    _require(metric, found)
    sample = float(turn @ pooled_cov(first, second, kept) @ turn) / (first.n + second.n)
    alone = arms[0].independent + arms[1].independent + sample
    before, after = arms[0].at, arms[1].at
    effect, half = after - before, t_quantile(1 - alpha / 2, found.df) * found.whole
    return plain.with_(
        control=before,
        treatment=after,
        effect=effect,
        effect_ci_low=effect - half,
        effect_ci_high=effect + half,
        pvalue=float(t_two_sided(effect / found.whole, found.df)),
        method=Method("lin_clusters_cr2" if few else "lin_clusters_cr1"),
        se=found.whole,
        df=found.df,
        details={
            **plain.details,
            "design_effect": found.whole**2 / alone,
            "variance_ratio": (found.whole / plain.se) ** 2,
            "se_these_customers": found.own,
            "covariates": ", ".join(kept),
            "dropped": ", ".join(name for name in covariates if name not in kept),
        },
    )


def _require(metric: str, found: _Errors) -> None:
    require_degrees_of_freedom(metric, found.df)
    if not found.whole > 0:
        raise CannotEstimate(say("{metric} follows exactly from the covariates.", metric=metric))


def _errors(arms: Sequence[_Arm], clusters: int, turn: Floats, *, few: bool) -> _Errors:
    """Both standard errors; `turn` is how the slopes differ between the arms."""
    units = int(sum(arm.n.sum() for arm in arms))
    own, df, factor = (_cr2 if few else _cr1)(arms, clusters, units)
    sampled = sqrt(clusters / (clusters - 1)) if few else 1.0
    moved = sampled * _by_cluster([a.away @ turn for a in arms], arms, clusters) / units
    sums = (float((scores**2).sum()) for scores in (own + moved, own))
    whole, alone = (sqrt(factor * total) for total in sums)
    return _Errors(whole, alone, df)


def _fitted(
    moments: ClusterMoments, pair: Sequence[Moments], metric: str, kept: Sequence[str]
) -> tuple[list[_Arm], int]:
    """Both arms about the mean covariates of all their units, and how many clusters there are."""
    variants = [arm.variant for arm in pair]
    used = np.isin(moments.variant, variants) & (np.asarray(moments.n) > 0)
    names, row = np.unique(moments.cluster[used], return_inverse=True)
    units = np.array([arm.n for arm in pair])
    means = np.array([[arm.of(name)[1] for name in kept] for arm in pair])
    centre = units @ means / units.sum()
    return [_arm(moments, used, row, v, metric, kept, centre) for v in variants], len(names)


def _sums(moments: ClusterMoments, metric: str) -> ClusterSums:
    i = moments.names.index(metric)
    total = moments.n * moments.mean[:, i]
    return ClusterSums(moments.cluster, moments.variant, moments.n, total, moments.within[:, i, i])


def _moments(moments: ClusterMoments, variant: str) -> Moments:
    """One arm's units as if they were independent."""
    own = np.asarray(moments.variant == variant)
    n, mean = moments.n[own].astype(float), moments.mean[own]
    centre = n @ mean / n.sum()
    away = mean - centre
    spread = moments.within[own].sum(axis=0) + (away * n[:, None]).T @ away
    return Moments(variant, moments.names, int(n.sum()), centre, spread / max(n.sum() - 1, 1))


def _arm(
    moments: ClusterMoments,
    used: NDArray[np.bool_],
    row: NDArray[np.intp],
    variant: str,
    metric: str,
    kept: Sequence[str],
    centre: Floats,
) -> _Arm:
    """The regression of one arm's outcome on its covariates about `centre`, and what each cluster adds."""
    place = moments.names.index(metric)
    at = [moments.names.index(name) for name in kept]
    own = np.asarray(moments.variant == variant) & used
    n = moments.n[own].astype(float)
    x, y = moments.mean[own][:, at] - centre, moments.mean[own, place]
    z = np.column_stack([np.ones(len(n)), x])
    scatter = n[:, None, None] * z[:, :, None] * z[:, None, :]
    scatter[:, 1:, 1:] += moments.within[own][:, at][:, :, at]
    across = (n * y)[:, None] * z
    across[:, 1:] += moments.within[own][:, at, place]
    whole = scatter.sum(axis=0)
    size = np.sqrt(np.diag(whole))
    root = np.linalg.inv(np.linalg.cholesky(whole / np.outer(size, size))).T / size[:, None]
    beta = root @ (root.T @ across.sum(axis=0))
    score = across - scatter @ beta
    # Sums of squares about each entry's mean, so that nothing cancels at large means.
    left = y - z @ beta
    spread = moments.within[own][:, [place, *at]][:, :, [place, *at]]
    turned = np.concatenate([[1.0], -beta[1:]])
    rest = float((n * left**2).sum() + (spread @ turned @ turned).sum())
    degrees = n.sum() - len(beta)
    if degrees < 1:
        raise CannotEstimate(say("{metric}: too few units for the covariates.", metric=metric))
    alone = rest / degrees * float((root @ root.T)[0, 0])
    return _Arm(
        row[own[used]], n, n[:, None] * x, root, scatter, score, beta[1:], float(beta[0]), alone
    )


def _by_cluster(parts: Sequence[Floats], arms: Sequence[_Arm], clusters: int) -> Floats:
    """Sums over both arms of what each entry adds, by cluster."""
    found = np.zeros((clusters, *parts[0].shape[1:]))
    for part, arm in zip(parts, arms, strict=True):
        np.add.at(found, arm.row, part)
    return found


def _cr1(arms: Sequence[_Arm], clusters: int, units: int) -> tuple[Floats, float, float]:
    """Each cluster's score, degrees of freedom, and Stata's small-sample factor."""
    signed = [
        sign * arm.score @ arm.root @ arm.root[0] for sign, arm in zip((-1, 1), arms, strict=True)
    ]
    k = sum(len(arm.root) for arm in arms)
    factor = clusters / (clusters - 1) * (units - 1) / (units - k)
    return _by_cluster(signed, arms, clusters), float(clusters - 1), factor


def _cr2(arms: Sequence[_Arm], clusters: int, units: int) -> tuple[Floats, float, float]:
    """Each cluster's adjusted score and Satterthwaite's degrees of freedom; the factor is one.

    As in `compare_clusters`: P, the covariances of the scores under independent errors, is
    diag(d) less the outer product of what each cluster loads on the arms' coefficients.
    """
    scores, squares, loads = [], [], []
    for sign, arm in zip((-1, 1), arms, strict=True):
        share, turned = np.linalg.eigh(arm.root.T @ arm.scatter @ arm.root)
        grown = np.where(share < MAX_LEVERAGE, 1 / np.sqrt(np.maximum(1 - share, 1e-12)), 0.0)
        first = arm.root[0] @ turned  # of the intercept, in each entry's own directions
        scores.append(
            sign * ((first * grown) * ((arm.score @ arm.root)[:, None, :] @ turned)[:, 0]).sum(1)
        )
        squares.append((first**2 * grown**2 * share).sum(axis=1))
        loads.append((turned @ (first * grown * share)[:, :, None])[:, :, 0])
    d = _by_cluster(squares, arms, clusters)
    load = np.zeros((clusters, sum(part.shape[1] for part in loads)))
    start = 0
    for part, arm in zip(loads, arms, strict=True):
        np.add.at(load[:, start : start + part.shape[1]], arm.row, part)
        start += part.shape[1]
    trace = float(d.sum() - (load**2).sum())
    total = float((d**2).sum() - 2 * (d @ load**2).sum() + ((load.T @ load) ** 2).sum())
    return _by_cluster(scores, arms, clusters), trace**2 / total, 1.0
