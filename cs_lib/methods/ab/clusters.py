"""Means compared when units come in clusters: customers' cases, agents, stores."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, sqrt

import numpy as np
from numpy.typing import NDArray

from cs_lib import sentences as w
from cs_lib.aggregates import ClusterSums
from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.tails import t_quantile, t_two_sided
from cs_lib.results import Effect
from cs_lib.sentences import Method, say

Floats = NDArray[np.float64]

# With fewer clusters in the smaller arm CR2 with Satterthwaite's df is used.
FEW_CLUSTERS = 50
# With CR2's degrees of freedom below this share of G - 1 clusters are so unequal that CR1's t(G - 1) is too narrow.
LEAST_SHARE_OF_FREEDOM = 0.7
# Below it even CR2's p-value cannot be trusted (Tipton 2015).
LEAST_DEGREES_OF_FREEDOM = 4.0


@dataclass(frozen=True, slots=True)
class _Table:
    """Units and residual sums by cluster (rows) and arm (control, treatment)."""

    n: Floats
    residual: Floats
    mean: Floats
    within: Floats


def compare_clusters(
    sums: ClusterSums, metric: str, *, control: str, treatment: str, alpha: float = 0.05
) -> Effect:
    """Difference of unit means, treatment minus control, with cluster-robust errors.

    Below 50 clusters in an arm, and with more of very unequal size: CR2 with Satterthwaite degrees of
    freedom under independent working errors (Bell & McCaffrey 2002; Pustejovsky & Tipton 2018); else
    CR1 with t(G - 1). Where what was done is as skewed between some dozens of clusters as an
    exponential variable, CR2 rejected in 6 to 7 %; the jackknife (CR3) does no better.
    Every unit counts alike. `nobs` is the number of clusters; the details hold units, the
    intra-class correlation and the design effect (squared standard error over that of
    independent units).

    Raises:
        CannotEstimate: fewer than two clusters in an arm, fewer than four degrees of freedom,
            missing sums, or no variation.
    """
    table = _table(sums, metric, control, treatment)
    clusters = (table.n > 0).sum(axis=0)
    variance, df = _cr2(table)
    few = bool(clusters.min() < FEW_CLUSTERS) or df < LEAST_SHARE_OF_FREEDOM * (len(table.n) - 1)
    if not few:
        variance, df = _cr1(table)
    alone = _independent(table)
    _require_variation(metric, variance if alone else 0.0)
    require_degrees_of_freedom(metric, df)
    effect, se = float(table.mean[1] - table.mean[0]), sqrt(variance)
    half = t_quantile(1 - alpha / 2, df) * se
    return Effect(
        metric=metric,
        variant=treatment,
        control=float(table.mean[0]),
        treatment=float(table.mean[1]),
        effect=effect,
        effect_ci_low=effect - half,
        effect_ci_high=effect + half,
        pvalue=float(t_two_sided(effect / se, df)),
        nobs=len(table.n),
        method=Method("clusters_cr2" if few else "clusters_cr1"),
        alpha=alpha,
        se=se,
        df=df,
        details=_details(table, clusters, design_effect=variance / alone),
    )


def _require_variation(metric: str, variance: float) -> None:
    if variance == 0:
        raise CannotEstimate(
            say(
                "{metric} does not vary between {clusters}, so nothing can differ.",
                metric=metric,
                clusters=say("clusters"),
            )
        )


def require_degrees_of_freedom(metric: str, df: float) -> None:
    """Raises CannotEstimate below four, where even CR2's p-value cannot be trusted."""
    if df < LEAST_DEGREES_OF_FREEDOM:
        raise CannotEstimate(
            say(
                "{metric}: the {clusters} are too few or too unequal (fewer than four degrees of "
                "freedom) for a standard error.",
                metric=metric,
                clusters=say("clusters"),
            )
        )


def _details(
    table: _Table, clusters: NDArray[np.int64], *, design_effect: float
) -> dict[str, float | int | str]:
    units = table.n.sum(axis=0)
    details: dict[str, float | int | str] = {
        "n_control": int(units[0]),
        "n_treatment": int(units[1]),
        "clusters_control": int(clusters[0]),
        "clusters_treatment": int(clusters[1]),
        "design_effect": design_effect,
    }
    icc = _intra_class(table)
    return details | ({"icc": icc} if isfinite(icc) else {})


def _table(sums: ClusterSums, metric: str, control: str, treatment: str) -> _Table:
    """The two arms side by side, residuals about each arm's mean."""
    arm = np.where(sums.variant == treatment, 1, np.where(sums.variant == control, 0, -1))
    used = (arm >= 0) & (np.asarray(sums.n) > 0)
    if not np.all(np.isfinite(sums.total[used]) & np.isfinite(sums.within[used])):
        raise CannotEstimate(say("{metric}: the sum of a cluster is missing.", metric=metric))
    names, row = np.unique(sums.cluster[used], return_inverse=True)
    n, total = np.zeros((len(names), 2)), np.zeros((len(names), 2))
    np.add.at(n, (row, arm[used]), sums.n[used])
    np.add.at(total, (row, arm[used]), sums.total[used])
    for place, variant in enumerate((control, treatment)):
        if (n[:, place] > 0).sum() < 2:
            raise CannotEstimate(
                say(
                    "{metric}: {variant} has fewer than two {clusters}.",
                    metric=metric,
                    variant=w.name(variant),
                    clusters=say("clusters"),
                )
            )
    mean = total.sum(axis=0) / n.sum(axis=0)
    within = np.bincount(arm[used], sums.within[used], 2).astype(float)
    return _Table(n, total - n * mean, mean, within)


def _cr1(table: _Table) -> tuple[float, float]:
    """Squared standard error and degrees of freedom; Stata's small-sample factor."""
    units, clusters = table.n.sum(), len(table.n)
    score = table.residual / table.n.sum(axis=0)
    meat = float(((score[:, 1] - score[:, 0]) ** 2).sum())
    factor = clusters / (clusters - 1) * (units - 1) / (units - 2)
    return float(factor * meat), float(clusters - 1)


def _cr2(table: _Table) -> tuple[float, float]:
    """Squared standard error and Satterthwaite degrees of freedom, in closed form.

    With one mean per arm the hat matrix is constant within arm, so (I - H)^-1/2 scales a
    cluster's residual sum in an arm by (1 - its share of the arm)^-1/2, also where clusters cross
    arms. P holds the covariances of the clusters' scores: diag(d) less one outer product an arm.
    """
    units = table.n.sum(axis=0)
    weight = np.array([-1, 1]) / units / np.sqrt(1 - table.n / units)
    variance = float(((table.residual * weight).sum(axis=1) ** 2).sum())
    load = table.n * weight / np.sqrt(units)
    d = (table.n * weight**2).sum(axis=1)
    trace = float(d.sum() - (load**2).sum())
    squares = float((d**2).sum() - 2 * (d @ load**2).sum() + ((load.T @ load) ** 2).sum())
    return variance, trace**2 / squares


def _independent(table: _Table) -> float:
    """Squared standard error if the units were independent (Welch's)."""
    units = table.n.sum(axis=0)
    between = (table.residual**2 / np.maximum(table.n, 1)).sum(axis=0)
    return float(((between + table.within) / (units - 1) / units).sum())


def _intra_class(table: _Table) -> float:
    """Share of the variance that lies between clusters of an arm (analysis of variance)."""
    units, cells = table.n.sum(axis=0), int((table.n > 0).sum())
    inside = units.sum() - cells
    if inside <= 0:
        return float("nan")
    between = float((table.residual**2 / np.maximum(table.n, 1)).sum()) / (cells - 2)
    within = float(table.within.sum()) / inside
    size = (units.sum() - float((table.n**2 / units).sum())) / (cells - 2)
    return float((between - within) / (between + (size - 1) * within))
