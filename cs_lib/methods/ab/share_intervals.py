"""Intervals of a difference of two shares: Newcombe's, which decides, and those that others print beside it."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt

from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.tails import normal_quantile, t_two_sided
from cs_lib.results import Effect
from cs_lib.sentences import Method, say

# Beyond so many standard errors a tail is nothing.
FARTHEST_Z = 38.0
# How near a bound of the score interval is found.
TOLERANCE = 1e-13
Counts = tuple[int, int, int, int]


def newcombe(x0: int, n0: int, x1: int, n1: int, z: float) -> tuple[float, float]:
    """Hybrid score interval at so many standard errors (Newcombe 1998, method 10)."""
    share0, share1 = x0 / n0, x1 / n1
    low0, high0 = _wilson(share0, n0, z)
    low1, high1 = _wilson(share1, n1, z)
    effect = share1 - share0
    low = effect - sqrt((share1 - low1) ** 2 + (high0 - share0) ** 2)
    return low, effect + sqrt((high1 - share1) ** 2 + (share0 - low0) ** 2)


def newcombe_above(counts: Counts, bound: float) -> float:
    """One-sided p against a difference of at most `bound`: the level at which Newcombe's interval ends there."""
    x0, n0, x1, n1 = counts
    effect = x1 / n1 - x0 / n0
    above = effect > bound

    def beyond(z: float) -> float:
        low, high = newcombe(x0, n0, x1, n1, z)
        return low - bound if above else bound - high

    if effect == bound:
        return 0.5
    if beyond(FARTHEST_Z) > 0:
        return 0.0 if above else 1.0
    tail = float(t_two_sided(_crossing(beyond, 0.0, FARTHEST_Z), float("inf"))) / 2
    return tail if above else 1 - tail


def agresti_caffo(effect: Effect) -> Effect:
    """The interval and p with one success and one failure added to each arm (Agresti & Caffo 2000).

    Raises:
        CannotEstimate: the effect does not come from counts.
    """
    x0, n0, x1, n1 = counts_of(effect)
    share0, share1 = (x0 + 1) / (n0 + 2), (x1 + 1) / (n1 + 2)
    moved = share1 - share0
    se = sqrt(share0 * (1 - share0) / (n0 + 2) + share1 * (1 - share1) / (n1 + 2))
    half = normal_quantile(1 - effect.alpha / 2) * se
    return effect.with_(
        effect_ci_low=moved - half,
        effect_ci_high=moved + half,
        pvalue=float(t_two_sided(moved / se, float("inf"))),
        method=Method("agresti_caffo"),
        se=se,
    )


def miettinen_nurminen(effect: Effect) -> Effect:
    """The score interval and its p, variance times N / (N - 1) (Miettinen & Nurminen 1985).

    Raises:
        CannotEstimate: the effect does not come from counts.
    """
    counts = counts_of(effect)
    z = normal_quantile(1 - effect.alpha / 2)

    def away(difference: float) -> float:
        return abs(_score(counts, difference)) - z

    return effect.with_(
        effect_ci_low=_crossing(away, effect.effect, -1 + TOLERANCE),
        effect_ci_high=_crossing(away, effect.effect, 1 - TOLERANCE),
        pvalue=float(t_two_sided(_score(counts, 0.0), float("inf"))),
        method=Method("miettinen_nurminen"),
    )


def counts_of(effect: Effect) -> Counts:
    """Successes and units of control, then of treatment. Raises CannotEstimate for what is no share."""
    keys = ("x_control", "n_control", "x_treatment", "n_treatment")
    if any(key not in effect.details for key in keys):
        raise CannotEstimate(say("{metric} is not a share of customers.", metric=effect.metric))
    x0, n0, x1, n1 = (int(effect.details[key]) for key in keys)
    return x0, n0, x1, n1


def _wilson(share: float, n: int, z: float) -> tuple[float, float]:
    """Score interval of one share (Wilson 1927)."""
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return centre - half, centre + half


def _score(counts: Counts, difference: float) -> float:
    """How many standard errors the shares lie from a difference, each as likely as the difference allows."""
    x0, n0, x1, n1 = counts
    share0 = _likeliest(counts, difference)
    share1 = share0 + difference
    variance = share0 * (1 - share0) / n0 + share1 * (1 - share1) / n1
    moved = x1 / n1 - x0 / n0 - difference
    total = n0 + n1
    if moved == 0:
        return 0.0
    return moved / sqrt(max(variance, 1e-300) * total / (total - 1))


def _likeliest(counts: Counts, difference: float) -> float:
    """Control's share of greatest likelihood when the other is larger by a difference: where its slope is zero."""
    x0, n0, x1, n1 = counts
    low, high = max(0.0, -difference), min(1.0, 1 - difference)

    def slope(share: float) -> float:
        other = share + difference
        return (x0 - n0 * share) * other * (1 - other) + (x1 - n1 * other) * share * (1 - share)

    ends = low + TOLERANCE * (high - low), high - TOLERANCE * (high - low)
    if slope(ends[0]) <= 0:
        return low
    if slope(ends[1]) >= 0:
        return high
    return _crossing(slope, *ends)


def _crossing(of: Callable[[float], float], first: float, last: float) -> float:
    """Where a function changes its sign between two points; the last one where it does not."""
    from scipy.optimize import brentq

    if of(first) * of(last) > 0:
        return last
    return float(brentq(of, first, last, xtol=1e-14, rtol=1e-14))
