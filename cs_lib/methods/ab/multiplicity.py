"""Several comparisons at once: Holm, Benjamini-Hochberg and Dunnett, for tests and intervals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from cs_lib.aggregates import Moments
from cs_lib.methods.ab.means import compare_means
from cs_lib.methods.tails import t_quantile, t_two_sided
from cs_lib.results import Effect
from cs_lib.sentences import Method


def holm(pvalues: ArrayLike) -> NDArray[np.float64]:
    """Adjusted p-values, in the order given: reject where one is at most alpha (Holm 1979).

    Raises:
        ValueError: a p-value missing or outside 0 to 1.
    """
    p = _checked(pvalues)
    order = np.argsort(p, kind="stable")
    adjusted = np.empty_like(p)
    adjusted[order] = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    return np.minimum(adjusted, 1.0)


def holm_levels(pvalues: ArrayLike, alpha: float = 0.05) -> NDArray[np.float64]:
    """Level for each comparison's interval, in the order given.

    At these levels an interval excludes zero exactly when Holm rejects: the comparison rejected
    at step j of k gets alpha / (k - j + 1), and all that are not rejected get alpha / (k - r),
    r being how many are. They agree with the test; they are not simultaneous intervals.

    Raises:
        ValueError: a p-value missing or outside 0 to 1.
    """
    p = _checked(pvalues)
    k = len(p)
    order = np.argsort(p, kind="stable")
    steps = alpha / np.arange(k, 0, -1)
    passed = np.logical_and.accumulate(p[order] <= steps)
    rejected = int(passed.sum())
    levels = np.empty_like(p)
    levels[order] = np.where(passed, steps, alpha / max(k - rejected, 1))
    return levels


def _checked(pvalues: ArrayLike) -> NDArray[np.float64]:
    p = np.asarray(pvalues, dtype=float)
    if p.ndim != 1 or not np.all((p >= 0) & (p <= 1)):
        raise ValueError("p-values must be a list of numbers between 0 and 1.")
    return p


def benjamini_hochberg(pvalues: ArrayLike) -> NDArray[np.float64]:
    """Adjusted p-values, in the order given: rejecting those at most q keeps the false share at q.

    Step-up procedure for the false discovery rate (Benjamini & Hochberg 1995), for secondary
    metrics, which stay exploratory.

    Raises:
        ValueError: a p-value missing or outside 0 to 1.
    """
    p = _checked(pvalues)
    k = len(p)
    order = np.argsort(p, kind="stable")[::-1]
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum.accumulate(p[order] * k / np.arange(k, 0, -1))
    return np.minimum(adjusted, 1.0)


def false_coverage_level(pvalues: ArrayLike, alpha: float = 0.05) -> float:
    """Level for the intervals of what Benjamini-Hochberg selects: alpha x selected / all.

    At this level an interval excludes zero exactly when its comparison is selected, and of the
    selected intervals a share of alpha at most misses its effect (Benjamini & Yekutieli 2005).
    With none selected it is alpha / all.

    Raises:
        ValueError: a p-value missing or outside 0 to 1.
    """
    adjusted = benjamini_hochberg(pvalues)
    selected = int((adjusted <= alpha).sum())
    return alpha * max(selected, 1) / max(len(adjusted), 1)


def dunnett_pvalues(t: ArrayLike, shared: ArrayLike, df: ArrayLike) -> NDArray[np.float64]:
    """Adjusted two-sided p-values of several treatments against one control, in the order given.

    Each is the probability that the largest of all |t| reaches that comparison's, when no
    treatment differs (Dunnett 1955). Computed by quadrature, so there is no seed.

    Args:
        t: t values of treatment minus control.
        shared: share of each difference's variance that is the control's; two comparisons then
            correlate by the root of their product.
        df: degrees of freedom, one for all or one per comparison (Hasler & Hothorn 2008).

    Raises:
        ValueError: a share outside 0 to 1, or a t value that is missing.
    """
    values, share = np.abs(np.asarray(t, dtype=float)), np.asarray(shared, dtype=float)
    if values.shape != share.shape or not np.all((share >= 0) & (share <= 1)):
        raise ValueError("Every t value needs the control's share of its variance, 0 to 1.")
    if np.isnan(values).any():
        raise ValueError("A t value is missing.")
    freedom = np.broadcast_to(np.asarray(df, dtype=float), values.shape)
    tails = [_largest_exceeds(c, share, d) for c, d in zip(values, freedom, strict=True)]
    alone = t_two_sided(values, freedom)  # Far in the tail quadrature has no digits left.
    return np.clip(tails, alone, np.minimum(alone * len(values), 1.0))


def dunnett_critical(shared: ArrayLike, df: float, alpha: float = 0.05) -> float:
    """The value that the largest |t| of several treatments against one control exceeds with alpha.

    estimate ± this x se are simultaneous intervals (Dunnett 1955). See `dunnett_pvalues`.
    """
    from scipy.optimize import brentq

    share = np.asarray(shared, dtype=float)
    low, high = t_quantile(1 - alpha / 2, df), t_quantile(1 - alpha / 2 / len(share), df)
    if len(share) == 1:
        return low
    return float(brentq(lambda c: _largest_exceeds(c, share, df) - alpha, low, high, xtol=1e-10))


def dunnett(
    control: Moments, treatments: Sequence[Moments], metric: str, *, alpha: float = 0.05
) -> list[Effect]:
    """Every treatment against one control, with simultaneous intervals that agree with the p-values.

    Dunnett's (1955) test for unequal variances: Welch's t each, correlated through control's
    estimated variance, each with its own Satterthwaite degrees of freedom (Hasler & Hothorn 2008).

    Raises:
        CannotEstimate: fewer than two units in an arm, or no variation.
    """
    effects = [compare_means(control, arm, metric, alpha=alpha) for arm in treatments]
    n0, _, var0 = control.of(metric)
    shared = [min(var0 / n0 / effect.se**2, 1.0) for effect in effects]
    pvalues = dunnett_pvalues([e.effect / e.se for e in effects], shared, [e.df for e in effects])
    simultaneous = []
    for effect, pvalue in zip(effects, pvalues, strict=True):
        half = dunnett_critical(shared, effect.df, alpha) * effect.se
        simultaneous.append(
            effect.with_(
                effect_ci_low=effect.effect - half,
                effect_ci_high=effect.effect + half,
                pvalue=float(pvalue),
                method=Method("welch_t_dunnett"),
            )
        )
    return simultaneous


def _largest_exceeds(c: float, shared: NDArray[np.float64], df: float) -> float:
    """P(max |T| >= c): given the control's deviation z and the scale s the rest are independent.

    T_j = (root(shared_j) z + root(1 - shared_j) e_j) / s with s2 chi-square over df. The
    trapezoid rule over z is exact to rounding, as everything smooth vanishes at both ends.
    """
    root, rest = np.sqrt(shared)[:, None, None], np.sqrt(np.maximum(1 - shared, 1e-12))
    z = np.linspace(-9.0, 9.0, 801)
    scale, s_weight = _scales(df)
    edge = c * scale[None, :, None]
    across = root * z[None, None, :]
    width = rest[:, None, None]
    inside = special.ndtr((edge - across) / width) - special.ndtr((-edge - across) / width)
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) * (z[1] - z[0])
    return float(1 - s_weight @ (np.prod(inside, axis=0) @ density))


def _scales(df: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Values of the root of chi-square / df and weights that sum to one."""
    if np.isinf(df):
        return np.ones(1), np.ones(1)
    low, high = (float(np.sqrt(special.chdtri(df, p) / df)) for p in (1 - 1e-13, 1e-13))
    x, weight = np.polynomial.legendre.leggauss(40)
    s = low + (high - low) / 2 * (x + 1)
    log_density = df * np.log(s) - df * s**2 / 2 - np.log(s)
    mass = weight * np.exp(log_density - log_density.max())
    return s, mass / mass.sum()
