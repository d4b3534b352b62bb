"""How far single large values carry an effect: capped means, influence of one unit, quantiles."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, inf, sqrt

import numpy as np
from numpy.typing import NDArray

from cs_lib import sentences as w
from cs_lib.aggregates import Histogram, Moments
from cs_lib.methods.ab.means import compare_means
from cs_lib.methods.errors import CannotEstimate
from cs_lib.results import Effect, Record
from cs_lib.sentences import Method, say

Floats = NDArray[np.float64]

CAP_QUANTILE = 0.99
# So many units are needed beyond a quantile, in each arm.
LEAST_UNITS_BEYOND_QUANTILE = 5


@dataclass(frozen=True, slots=True)
class Influence(Record):
    """The one unit whose absence moves the estimate most, and by how much.

    `move` is the change in the metric's unit when the unit is left out; `move_in_se` its size in
    standard errors of the estimate without it. With the unit's own value in the standard error the
    ratio could never exceed 1, however wild the value.
    """

    metric: str
    variant: str
    value: float
    move: float
    move_in_se: float


def histogram_moments(histogram: Histogram, metric: str) -> Moments:
    """Moments of the values as they are.

    Raises:
        CannotEstimate: no values.
        ValueError: values that do not rise, or a negative count.
    """
    values, counts = _checked(histogram, metric)
    n = int(counts.sum())
    mean = float(values @ counts / n)
    spread = float((values - mean) ** 2 @ counts)
    variance = spread / (n - 1) if n > 1 else float("nan")
    return Moments(histogram.variant, (metric,), n, np.array([mean]), np.array([[variance]]))


def winsor_cap(histograms: list[Histogram], metric: str, *, share: float = CAP_QUANTILE) -> float:
    """The size that 99 % of the non-zero values of all arms together do not exceed.

    Non-zero, because in spend that is mostly zero the 99 % point of everything may be zero; all
    arms together, because a cap per arm would bias the comparison (Kohavi, Tang & Xu 2020).

    Raises:
        CannotEstimate: every value is zero.
    """
    pairs = [_checked(histogram, metric) for histogram in histograms]
    size = np.abs(np.concatenate([values for values, _ in pairs]))
    counts = np.concatenate([counts for _, counts in pairs])[size > 0]
    if not counts.sum() > 0:
        raise CannotEstimate(
            say("{metric} is zero for every unit, so there is nothing to cap.", metric=metric)
        )
    return _quantile(size[size > 0], counts, share)


def compare_winsorised(
    control: Histogram,
    treatment: Histogram,
    metric: str,
    *,
    cap: float | None = None,
    alpha: float = 0.05,
) -> Effect:
    """Difference of means of values capped in size at `cap`, by default that of these two arms.

    A sensitivity: it is the effect on another quantity, and does not replace the mean. With several
    arms the caller gives one cap for all.

    Raises:
        CannotEstimate: all zero, fewer than two units, or no variation below the cap.
    """
    cap = winsor_cap([control, treatment], metric) if cap is None else cap
    first, capped_first = _capped(control, cap, metric)
    second, capped_second = _capped(treatment, cap, metric)
    effect = compare_means(first, second, metric, alpha=alpha)
    details = {**effect.details, "cap": cap, "capped": capped_first + capped_second}
    return effect.with_(method=Method("welch_t_capped"), details=details)


def influence(control: Histogram, treatment: Histogram, metric: str) -> Influence:
    """The largest move of the difference of means when one unit is left out.

    Raises:
        CannotEstimate: fewer than three units in an arm, or no variation at all.
    """
    pair = [histogram_moments(histogram, metric) for histogram in (control, treatment)]
    if min(moments.n for moments in pair) < 3:
        raise CannotEstimate(say("{metric}: an arm has fewer than three units.", metric=metric))
    compare_means(pair[0], pair[1], metric)
    moves = [
        _left_out(moments, other, float(value), metric, sign)
        for moments, other, histogram, sign in (
            (pair[0], pair[1], control, -1),
            (pair[1], pair[0], treatment, 1),
        )
        for value in histogram.values[histogram.counts > 0][[0, -1]]
    ]
    return max(moves, key=lambda one: one.move_in_se)


def compare_quantiles(
    control: Histogram,
    treatment: Histogram,
    metric: str,
    *,
    share: float = 0.5,
    seed: int,
    draws: int = 10_000,
    alpha: float = 0.05,
) -> Effect:
    """Difference of quantiles (the value that `share` of the units do not exceed).

    Percentile bootstrap. The order statistic of a resample is the data's quantile at a
    beta-distributed rank, so drawing ranks is the multinomial bootstrap over distinct values
    without its cost (Efron 1979; David & Nagaraja 2003).

    Raises:
        CannotEstimate: fewer than five units beyond the quantile in an arm, or a quantile that
            is the same value in both arms and every resample.
    """
    rng = np.random.default_rng(seed)
    before, first = _resampled(control, metric, share, rng, draws)
    after, second = _resampled(treatment, metric, share, rng, draws)
    difference, effect = second - first, after - before
    if effect == 0 and not difference.any():
        raise CannotEstimate(
            say(
                "{metric}: the quantile is one value that most units share, so it cannot move.",
                metric=metric,
            )
        )
    low, high = np.quantile(difference, [alpha / 2, 1 - alpha / 2], method="inverted_cdf")
    below, above = (difference <= 0).sum(), (difference >= 0).sum()
    return Effect(
        metric=metric,
        variant=treatment.variant,
        control=before,
        treatment=after,
        effect=effect,
        effect_ci_low=float(low),
        effect_ci_high=float(high),
        pvalue=float(min(2 * (min(below, above) + 1) / (draws + 1), 1.0)),
        nobs=int(control.counts.sum() + treatment.counts.sum()),
        method=Method("quantiles_bootstrap"),
        alpha=alpha,
        se=float(difference.std(ddof=1)),
        details={"quantile": share, "draws": draws, "seed": seed},
    )


def _resampled(
    histogram: Histogram, metric: str, share: float, rng: np.random.Generator, draws: int
) -> tuple[float, Floats]:
    """A quantile, and what resamples of as many units would give for it."""
    values, counts = _checked(histogram, metric)
    n = int(counts.sum())
    if n * min(share, 1 - share) < LEAST_UNITS_BEYOND_QUANTILE:
        raise CannotEstimate(
            say(
                "{metric}: {variant} has too few units beyond the quantile.",
                metric=metric,
                variant=w.name(histogram.variant),
            )
        )
    rank = ceil(n * share - 1e-9)
    ranks = rng.beta(rank, n - rank + 1, draws)
    return _quantile(values, counts, share), _at(values, counts, ranks)


def _checked(histogram: Histogram, metric: str) -> tuple[Floats, Floats]:
    values = np.asarray(histogram.values, dtype=float)
    counts = np.asarray(histogram.counts, dtype=float)
    if not (np.all(np.isfinite(values)) and np.all(np.diff(values) > 0) and np.all(counts >= 0)):
        raise ValueError(f"{metric}: values must rise and counts be zero or more.")
    if counts.sum() == 0:
        raise CannotEstimate(
            say(
                "{metric}: {variant} has no values.",
                metric=metric,
                variant=w.name(histogram.variant),
            )
        )
    return values, counts


def _capped(histogram: Histogram, cap: float, metric: str) -> tuple[Moments, int]:
    """Moments of the capped values, and how many were capped."""
    values, counts = _checked(histogram, metric)
    distinct, place = np.unique(np.clip(values, -cap, cap), return_inverse=True)
    kept = Histogram(histogram.variant, distinct, np.bincount(place, counts).astype(np.int64))
    return histogram_moments(kept, metric), int(counts[np.abs(values) > cap].sum())


def _left_out(arm: Moments, other: Moments, value: float, metric: str, sign: int) -> Influence:
    """One unit's absence: the mean, the variance and so the standard error without it."""
    n, mean, variance = arm.of(metric)
    away = value - mean
    rest = max((n - 1) * variance - n / (n - 1) * away**2, 0.0)
    if rest < 1e-12 * (n - 1) * variance:  # All others are alike; what is left is rounding.
        rest = 0.0
    m, _, var = other.of(metric)
    se = sqrt(rest / (n - 2) / (n - 1) + var / m)
    move = -sign * away / (n - 1)
    in_se = abs(move) / se if se > 0 else (inf if move else 0.0)
    return Influence(metric, arm.variant, value, move, in_se)


def _quantile(values: Floats, counts: Floats, share: float) -> float:
    """The smallest value that at least `share` of the units do not exceed."""
    order = np.argsort(values, kind="stable")
    return float(_at(values[order], counts[order], np.array([share - 1e-12]))[0])


def _at(values: Floats, counts: Floats, shares: Floats) -> Floats:
    """Values of rising histogram at cumulative shares."""
    cumulative = np.cumsum(counts) / counts.sum()
    place = np.searchsorted(cumulative, shares, side="left")
    return np.asarray(values[np.minimum(place, len(values) - 1)])
