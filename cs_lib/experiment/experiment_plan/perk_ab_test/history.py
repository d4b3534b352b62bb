"""What the past tells a plan: how customers come, how a metric varies, what explains it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, sqrt

import numpy as np
from numpy.typing import NDArray

from cs_lib.aggregates import ClusterMoments, ClusterSums, Moments
from cs_lib.methods.ab.ratios import linearise
from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.power.ab import Mean, Outcome, Share
from cs_lib.metrics import Metric
from cs_lib.metrics.definition import RatioMetric, UnitMetric
from cs_lib.metrics.experiment_plan import Entries
from cs_lib.sentences import say

Floats = NDArray[np.float64]

# A direction with less than this share of the covariates' spread carries nothing.
MIN_INDEPENDENT_SHARE = 1e-8


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Different customers to be expected in so many days.

    `curve[d]` is the mean over all stretches of d days in the history; it bends, because who comes
    again is counted once. Beyond the history it goes on as in its last quarter.
    """

    curve: Floats

    @property
    def days_known(self) -> int:
        """Length of the history."""
        return len(self.curve) - 1

    @property
    def per_day_later(self) -> float:
        """New customers per day beyond the history."""
        quarter = max(self.days_known // 4, 1)
        return float(self.curve[-1] - self.curve[-1 - quarter]) / quarter

    def expected(self, days: int) -> float:
        """Different customers in so many days."""
        if days <= self.days_known:
            return float(self.curve[max(days, 0)])
        return float(self.curve[-1]) + (days - self.days_known) * self.per_day_later

    def days_for(self, customers: float) -> int:
        """Days until so many different customers have come.

        Raises:
            CannotEstimate: they would never come.
        """
        wanted = customers - 1e-9
        if wanted <= self.curve[-1]:
            return int(np.count_nonzero(self.curve < wanted))
        if self.per_day_later <= 0:
            raise CannotEstimate(
                say("So many different customers would never come: few were new at the end.")
            )
        return self.days_known + ceil((wanted - float(self.curve[-1])) / self.per_day_later)


def arrivals(entries: Entries) -> Arrivals:
    """Different customers per number of days, from every stretch of the history.

    Raises:
        CannotEstimate: nobody came.
    """
    length = len(entries.days)
    if not entries.count.sum():
        raise CannotEstimate(say("Nobody came in the history, so no intake can be told."))
    curve = np.zeros(length + 1)
    for days in range(1, length + 1):
        # A contact counts in each stretch that holds it and not the customer's contact before it.
        low = np.maximum(np.maximum(entries.previous, entries.day - days) + 1, 0)
        high = np.minimum(entries.day, length - days)
        stretches = np.maximum(high - low + 1, 0)
        curve[days] = (stretches * entries.count).sum() / (length - days + 1)
    return Arrivals(np.maximum.accumulate(curve))


def varying(metric: Metric, moments: Moments) -> Moments:
    """The moments with the metric among them: a ratio as a mean over customers.

    Raises:
        CannotEstimate: a ratio whose denominator is too close to zero.
    """
    if isinstance(metric, RatioMetric) and metric.name not in moments.names:
        return linearise(moments, *metric.parts, metric=metric.name)
    return moments


def outcome_of(metric: Metric, moments: Moments) -> Outcome:
    """What varies from customer to customer: a share, or a mean with its standard deviation.

    Raises:
        CannotEstimate: no variation, or a ratio whose denominator is too close to zero.
    """
    _, mean, variance = varying(metric, moments).of(metric.name)
    scale = metric.scale if isinstance(metric, RatioMetric) else 1.0
    if not variance > 0:
        raise CannotEstimate(
            say("{label} is the same for every customer of the history.", label=metric.called)
        )
    if isinstance(metric, UnitMetric) and metric.share:
        return Share(mean)
    return Mean(scale * sqrt(variance))


def usual_level(metric: Metric, moments: Moments) -> float:
    """The mean of the history, in the metric's unit."""
    scale = metric.scale if isinstance(metric, RatioMetric) else 1.0
    return scale * varying(metric, moments).of(metric.name)[1]


def explained(metric: Metric, moments: Moments, covariates: Sequence[str]) -> float:
    """Share of the metric's variance that the covariates explain together, 0 to 1.

    R squared of the regression on all of them, adjusted for their number; covariates that follow
    from others add nothing.
    """
    full = varying(metric, moments)
    i, j = full.names.index(metric.name), [full.names.index(name) for name in covariates]
    j = [k for k in j if full.cov[k, k] > 0]
    if not j or not full.cov[i, i] > 0 or full.n <= len(j) + 1:
        return 0.0
    spread = np.sqrt(full.cov[j, j])
    across = full.cov[j, i] / spread / sqrt(full.cov[i, i])
    among = full.cov[np.ix_(j, j)] / np.outer(spread, spread)
    raw = float(
        across @ np.linalg.pinv(among, rcond=MIN_INDEPENDENT_SHARE, hermitian=True) @ across
    )
    adjusted = 1 - (1 - raw) * (full.n - 1) / (full.n - len(j) - 1)
    return min(max(adjusted, 0.0), 1 - 1e-9)


@dataclass(frozen=True, slots=True)
class Clusters:
    """Groups assigned as wholes: how many there are, how alike and how unequal they are.

    `icc` is the share of the variance that lies between them; `unequal` is what their unequal
    sizes multiply the mean size by, 1 + the squared coefficient of variation.
    """

    count: int
    icc: float
    unequal: float


def clusters_of(sums: ClusterSums) -> Clusters:
    """Clusters of the history, by analysis of variance; below zero counts as zero.

    Raises:
        CannotEstimate: fewer than two clusters, or never two customers in one.
    """
    n = np.asarray(sums.n, dtype=float)
    count, units = len(n), float(n.sum())
    if count < 2 or units <= count:
        raise CannotEstimate(say("The history has too few groups, or one customer in each."))
    mean = float(sums.total.sum()) / units
    between = float(((sums.total - n * mean) ** 2 / n).sum()) / (count - 1)
    within = float(sums.within.sum()) / (units - count)
    size = (units - float((n**2).sum()) / units) / (count - 1)
    total = between + (size - 1) * within
    icc = (between - within) / total if total > 0 else 0.0
    return Clusters(count, max(icc, 0.0), 1 + float(np.var(n)) / (units / count) ** 2)


def less_covariates(moments: ClusterMoments) -> ClusterSums:
    """The first variable of each cluster less what the others explain of it, by their pooled regression.

    What is left says how alike the customers of a cluster still are once a test is adjusted.
    """
    n = np.asarray(moments.n, dtype=float)
    away = moments.mean - n @ moments.mean / n.sum()
    total = moments.within.sum(axis=0) + (n[:, None] * away).T @ away
    spread = np.sqrt(np.maximum(np.diag(total)[1:], 0.0))
    scale = np.where(spread > 0, 1 / np.where(spread > 0, spread, 1.0), 0.0)
    among = total[1:, 1:] * np.outer(scale, scale)
    inverse = np.linalg.pinv(among, rcond=MIN_INDEPENDENT_SHARE, hermitian=True)
    weight = np.r_[1.0, -scale * (inverse @ (scale * total[1:, 0]))]
    return ClusterSums(
        cluster=moments.cluster,
        variant=moments.variant,
        n=moments.n,
        total=n * (moments.mean @ weight),
        within=np.einsum("i,cij,j->c", weight, moments.within, weight),
    )
