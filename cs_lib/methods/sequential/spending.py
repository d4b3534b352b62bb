"""Boundaries for looks at a running test: alpha spending at whatever information there was.

Scale: z, the estimate over its standard error. Time: information fraction, mature units over
planned units; the last look may exceed one. Under a drift d the expected z at fraction t is
d * sqrt(t). Probabilities come from recursive integration over the paths that have crossed nothing
yet (Armitage, McPherson & Rowe 1969; Jennison & Turnbull 2000, chapter 19), here with
Gauss-Legendre nodes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, e, exp, log, log1p, sqrt
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.tails import normal_quantile
from cs_lib.sentences import say

Floats = NDArray[np.float64]
Kind = Literal["obrien_fleming", "pocock"]

# A look must add this share to the information before it.
LEAST_INFORMATION_GAIN = 1e-3
# So many standard deviations away no probability is left.
FARTHEST_SD = 8.5
# A level below this is met by the marginal tail alone.
NEGLIGIBLE_LOG_TAIL = log(1e-12)
NODES_PER_STEP_WIDTH = 2.0


@dataclass(frozen=True, slots=True)
class Side:
    """One boundary: how it spends, and its one-sided level."""

    kind: Kind = "obrien_fleming"
    alpha: float = 0.025

    def log_spent(self, fraction: float) -> float:
        """Logarithm of the one-sided level spent up to a fraction; all of it from one on."""
        if fraction >= 1:
            return log(self.alpha)
        if self.kind == "pocock":
            return log(self.alpha) + log(log1p((e - 1) * fraction))
        z = -normal_quantile(self.alpha / 2)
        return log(2) + float(special.log_ndtr(-z / sqrt(fraction)))

    def spent(self, fraction: float) -> float:
        """One-sided level spent up to a fraction (Lan & DeMets 1983).

        O'Brien-Fleming type 2 - 2 Phi(z / sqrt(t)) with z the 1 - alpha/2 quantile; Pocock type
        alpha log(1 + (e - 1) t). Beyond one, the whole level.
        """
        return exp(self.log_spent(fraction))


@dataclass(frozen=True, slots=True)
class Boundaries:
    """Critical z values at each look: stop at or above `upper`, at or below `lower`."""

    fractions: Floats
    upper: Floats
    lower: Floats


@dataclass(frozen=True, slots=True)
class _Paths:
    """Probability of z at one look, on nodes, over the paths that crossed nothing before."""

    information: float
    z: Floats
    mass: Floats


_START = _Paths(0.0, np.zeros(1), np.ones(1))


def sides(alpha: float, kind: Kind, harm: Side | None = None) -> tuple[Side, Side]:
    """Upper and lower side of a two-sided test at level `alpha`: half of it each.

    A boundary for harm replaces the lower side; it may spend faster, and at most the same half, so
    that both together never exceed `alpha`.

    Raises:
        ValueError: a level outside 0 to 1, an unknown kind, or a harm level above half of alpha.
    """
    if not 0 < alpha < 1:
        raise ValueError("The level alpha must lie between 0 and 1.")
    upper = Side(kind, alpha / 2)
    lower = harm or upper
    if {upper.kind, lower.kind} - {"obrien_fleming", "pocock"}:
        raise ValueError("Spending is either obrien_fleming or pocock.")
    if not 0 < lower.alpha <= alpha / 2 * (1 + 1e-9):
        raise ValueError("The level for harm must be above zero and at most half of alpha.")
    return upper, lower


def boundaries(
    fractions: Sequence[float],
    *,
    alpha: float = 0.05,
    kind: Kind = "obrien_fleming",
    harm: Side | None = None,
    ended: bool = False,
) -> Boundaries:
    """Critical z values at looks that happened at these information fractions.

    Each look spends what the spending function allows by its own fraction minus what was spent
    before, so looks need not fall where they were planned, and a later look never changes an
    earlier boundary. A side that is crossed first counts; both sides are integrated together.

    Args:
        fractions: information used, increasing; only the last may reach or exceed one.
        alpha: two-sided level of the whole test.
        harm: a separate lower boundary with its own spending and one-sided level.
        ended: the last look is the end although its fraction is below one: it spends the rest.

    Raises:
        ValueError: fractions that do not increase, or a level outside its range.
        CannotEstimate: a look that adds almost no information.
    """
    times = checked_fractions(fractions)
    above, below = sides(alpha, kind, harm)
    upper, lower = np.empty(len(times)), np.empty(len(times))
    paths = _START
    for k, time in enumerate(times):
        if k:
            paths = _advance(paths, times[k - 1], lower[k - 1], upper[k - 1], time)
        last = ended and k == len(times) - 1
        due = [_log_due(side, times[:k], time, last=last) for side in (above, below)]
        upper[k] = _bound(paths, time, due[0], 1.0)
        lower[k] = -upper[k] if above == below else -_bound(paths, time, due[1], -1.0)
    return Boundaries(times, upper, lower)


def crossing(bounds: Boundaries, drift: float = 0.0) -> tuple[Floats, Floats]:
    """Probability of first crossing at each look: above, and below.

    Args:
        drift: expected z at information fraction one; zero is no effect.
    """
    above, below = np.empty(len(bounds.fractions)), np.empty(len(bounds.fractions))
    paths = _START
    for k, time in enumerate(bounds.fractions):
        if k:
            low, high = bounds.lower[k - 1], bounds.upper[k - 1]
            paths = _advance(paths, bounds.fractions[k - 1], low, high, time, drift)
        above[k] = _beyond(paths, time, bounds.upper[k], 1.0, drift)
        below[k] = _beyond(paths, time, bounds.lower[k], -1.0, drift)
    return above, below


def stagewise_tails(bounds: Boundaries, look: int, z: float) -> tuple[float, float]:
    """One-sided p-values, above and below, of having stopped at a look (from 0) with this z.

    Stage-wise ordering: an earlier crossing is more extreme than a later one, and within a look
    the larger z is (Fairbanks & Madsen 1982; Jennison & Turnbull 2000, section 8.4). Only the
    boundaries before the look matter; the two add up to one.
    """
    upper, lower = bounds.upper[: look + 1].copy(), bounds.lower[: look + 1].copy()
    upper[look] = lower[look] = z
    above, below = crossing(Boundaries(bounds.fractions[: look + 1], upper, lower))
    return float(above.sum()), float(below.sum())


def sequential_power(
    drift: float,
    *,
    alpha: float = 0.05,
    looks: tuple[float, ...] = (1.0,),
    kind: Kind = "obrien_fleming",
) -> float:
    """Probability of crossing either boundary at some look, under a drift."""
    above, below = crossing(_planned(alpha, looks, kind), min(drift, 40.0))
    return float(min(above.sum() + below.sum(), 1.0))


@lru_cache(maxsize=256)
def required_drift(
    power: float,
    *,
    alpha: float = 0.05,
    looks: tuple[float, ...] = (1.0,),
    kind: Kind = "obrien_fleming",
) -> float:
    """The drift, expected z at fraction one, that gives the power; above alpha, below one."""
    from scipy.optimize import brentq

    def short(drift: float) -> float:
        return sequential_power(drift, alpha=alpha, looks=looks, kind=kind) - power

    return float(brentq(short, 0.0, 40.0, xtol=1e-12))


@lru_cache(maxsize=256)
def _planned(alpha: float, looks: tuple[float, ...], kind: Kind) -> Boundaries:
    return boundaries(looks, alpha=alpha, kind=kind)


def checked_fractions(fractions: Sequence[float]) -> Floats:
    """Information fractions as an array, increasing and above zero.

    Raises:
        ValueError: none, missing, not increasing, or a look after the planned information.
        CannotEstimate: a look that adds less than a thousandth to the information before it.
    """
    times = np.asarray(fractions, dtype=float)
    if times.ndim != 1 or len(times) == 0 or not np.all(np.isfinite(times)) or times.min() <= 0:
        raise ValueError("Every look needs an information fraction above zero.")
    if np.any(np.diff(times) <= 0):
        raise ValueError("Information must increase from look to look.")
    if np.any(times[:-1] >= 1):
        raise ValueError("A look came after the planned information was reached.")
    if np.any(np.diff(times) < LEAST_INFORMATION_GAIN * times[:-1]):
        raise CannotEstimate(
            say("A look adds almost no information to the look before it; leave it out.")
        )
    return times


def _log_due(side: Side, before: Floats, time: float, *, last: bool) -> float:
    """Logarithm of the level that a look may still spend."""
    total = side.log_spent(1.0 if last else time)
    if len(before) == 0:
        return total
    return total + log(-np.expm1(side.log_spent(before[-1]) - total))


def _bound(paths: _Paths, time: float, log_due: float, sign: float) -> float:
    """The z, in the direction of `sign`, beyond which surviving paths have this probability."""
    marginal = -float(special.ndtri_exp(log_due))
    if log_due < NEGLIGIBLE_LOG_TAIL or paths is _START:
        return marginal
    from scipy.optimize import brentq

    target = normal_quantile(exp(log_due))

    def excess(z: float) -> float:
        return normal_quantile(_beyond(paths, time, sign * z, sign)) - target

    return float(brentq(excess, -FARTHEST_SD, marginal + 1e-9, xtol=1e-12, rtol=1e-13))


def _beyond(paths: _Paths, time: float, z: float, sign: float, drift: float = 0.0) -> float:
    """Probability of z or beyond at a later look, without having crossed before."""
    gain = time - paths.information
    ahead = paths.z * sqrt(paths.information) + drift * gain - z * sqrt(time)
    return float(paths.mass @ special.ndtr(sign * ahead / sqrt(gain)))


def _advance(
    paths: _Paths, time: float, low: float, high: float, following: float, drift: float = 0.0
) -> _Paths:
    """The paths that are still between the boundaries after a look.

    The nodes are close enough for the step that led here and for the one to the following look.
    """
    gain = time - paths.information
    centre = drift * sqrt(time)
    low, high = max(low, centre - FARTHEST_SD), min(high, centre + FARTHEST_SD)
    width = sqrt(min(gain / time, (following - time) / time, 1.0))
    span = max(high - low, 0.0)
    x, weights = _legendre(16 * ceil(1 + NODES_PER_STEP_WIDTH * span / width / 16))
    z = low + span * (x + 1) / 2
    reached = (paths.z * sqrt(paths.information) + drift * gain) / sqrt(gain)
    density = np.exp(-0.5 * (z[:, None] * sqrt(time / gain) - reached) ** 2) @ paths.mass
    scale = sqrt(time / gain / (2 * np.pi)) * span / 2
    return _Paths(float(time), z, density * weights * scale)


@lru_cache(maxsize=128)
def _legendre(count: int) -> tuple[Floats, Floats]:
    x, weights = special.roots_legendre(count)
    return np.asarray(x), np.asarray(weights)
