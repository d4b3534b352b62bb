"""The posterior of a spread on a grid, and with it that of everything which is normal given the spread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

from cs_lib.results import Record

Floats = NDArray[np.float64]
MeanPrior = Literal["sceptical", "flat"]
SpreadPrior = Literal["half_normal", "flat"]
SCALE = 2.0  # of the half-normal prior of the spread, in median standard errors
MEAN_APART = 0.75  # what the prior of the mean has beside the spread, in median standard errors
POINTS = 120  # of the grid of spreads
COARSE, FARTHEST, NEGLIGIBLE = 400, 1e8, 40.0  # how far the grid must reach is looked up first
MOST_STEPS, EXACT = 80, 1e-13  # of the search for an end of an interval


@dataclass(frozen=True, slots=True)
class Posterior(Record):
    """What is believed of a number: its mean, standard deviation and interval."""

    mean: float
    sd: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class SpreadGrid:
    """The posterior of the spread on a grid, and of the mean given each spread.

    Attributes:
        effect, se: one entry a study.
        log_spread: where the grid lies, arcsinh(spread / scale) in equal steps: density and integrands are even and
            smooth in it, so that the plain trapezoid sum is exact to many digits.
        scale: the median standard error.
        density: of the grid's points in `log_spread`, not normed.
        tau: the spreads.
        weight: their posterior probabilities.
        centre, variance: of the mean given each spread.
        level: of the intervals.
    """

    effect: Floats
    se: Floats
    log_spread: Floats
    scale: float
    density: Floats
    tau: Floats
    weight: Floats
    centre: Floats
    variance: Floats
    level: float

    @classmethod
    def of(
        cls,
        effect: Floats,
        se: Floats,
        *,
        alpha: float,
        mean_prior: MeanPrior,
        spread_prior: SpreadPrior,
    ) -> SpreadGrid:
        """The grid as far as the posterior reaches, of effects and their standard errors."""
        scale = float(np.median(se))
        priors = (mean_prior, spread_prior)
        coarse = np.linspace(0, np.arcsinh(FARTHEST), COARSE)
        high = _log_density(coarse, effect, se, scale, priors)[0]
        reached = np.flatnonzero(high > high.max() - NEGLIGIBLE)[-1]
        points = np.linspace(0, coarse[min(reached + 1, COARSE - 1)], POINTS)
        log_density, centre, variance = _log_density(points, effect, se, scale, priors)
        density = np.exp(log_density - log_density.max())
        part = density.copy()
        part[[0, -1]] /= 2
        tau = scale * np.sinh(points)
        weight = part / part.sum()
        return cls(effect, se, points, scale, density, tau, weight, centre, variance, 1 - alpha)

    def mean(self) -> Posterior:
        """Of the mean of true effects."""
        return self._mixed(self.centre, self.variance)

    def next_effect(self) -> Posterior:
        """Of the true effect of a next study."""
        return self._mixed(self.centre, self.variance + self.tau**2)

    def spread(self) -> Posterior:
        """Of the standard deviation of true effects."""
        from scipy.interpolate import CubicSpline

        below = CubicSpline(self.log_spread, self.density).antiderivative()
        tail, whole = (1 - self.level) / 2, float(below(self.log_spread[-1]))
        wanted = whole * np.array([tail, 1 - tail])
        least, most = (np.full(2, self.log_spread[end]) for end in (0, -1))
        shape = below.derivative()
        ends = _root(lambda x: (below(x) - wanted, shape(x)), least, most)
        low, high = self.scale * np.sinh(ends)
        # The spread itself is no even function of the grid's points: the sum lacks what its slope at 0 brings.
        lacks = self.log_spread[1] * self.scale * self.weight[0] / 6
        mean = float((self.weight * self.tau).sum() + lacks)
        sd = (float((self.weight * self.tau**2).sum()) - mean**2) ** 0.5
        return Posterior(mean, sd, float(low), float(high))

    def sum(self, weights: Floats) -> Posterior:
        """Of a weighted sum of true effects."""
        return self._mixed(*self._given_spread(weights))

    def estimate(self, place: int, se: float) -> Posterior:
        """Of an estimate with a standard error of one study's true effect."""
        mean, variance = self._given_spread(np.arange(len(self.se)) == place)
        return self._mixed(mean, variance + se**2)

    def each(self) -> list[Posterior]:
        """Of every study's true effect."""
        rest = 1 - self._kept
        mean = self._kept * self.effect[:, None] + rest * self.centre
        variance = self.se[:, None] ** 2 * self._kept + rest**2 * self.variance
        found = zip(*self._mixtures(mean, variance), strict=True)
        return [Posterior(*map(float, one)) for one in found]

    @property
    def _kept(self) -> Floats:
        """How much each spread leaves of each effect's distance from the mean, studies by spreads."""
        return self.tau**2 / (self.se[:, None] ** 2 + self.tau**2)

    def _given_spread(self, weights: Floats) -> tuple[Floats, Floats]:
        """Mean and variance of a weighted sum of true effects by spread: the mean is an error that all share."""
        each, kept = weights[:, None], self._kept
        lies = kept * self.effect[:, None] + (1 - kept) * self.centre
        shared = (each * (1 - kept)).sum(axis=0)
        own = (each**2 * self.se[:, None] ** 2 * kept).sum(axis=0)
        return (each * lies).sum(axis=0), own + shared**2 * self.variance

    def _mixed(self, mean: Floats, variance: Floats) -> Posterior:
        """Of one mixture of normals over the spreads."""
        return Posterior(*(float(row[0]) for row in self._mixtures(mean[None], variance[None])))

    def _mixtures(self, mean: Floats, variance: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Means, standard deviations and both ends of mixtures over the spreads, one a row."""
        middle = (self.weight * mean).sum(axis=1)
        sd = np.sqrt((self.weight * (variance + (mean - middle[:, None]) ** 2)).sum(axis=1))
        each = np.sqrt(np.maximum(variance, np.finfo(float).tiny))
        tail = (1 - self.level) / 2
        far = -special.ndtri(tail) * each
        least, most = (mean - far).min(axis=1), (mean + far).max(axis=1)

        def end(want: float) -> Floats:
            def rises(x: Floats) -> tuple[Floats, Floats]:
                apart = (x[:, None] - mean) / each
                below = (self.weight * special.ndtr(apart)).sum(axis=1) - want
                slope = (self.weight / each * np.exp(-(apart**2) / 2)).sum(axis=1)
                return below, slope / np.sqrt(2 * np.pi)

            return _root(rises, least, most)

        return middle, sd, end(tail), end(1 - tail)


def _log_density(
    log_spread: Floats,
    effect: Floats,
    se: Floats,
    scale: float,
    priors: tuple[MeanPrior, SpreadPrior],
) -> tuple[Floats, Floats, Floats]:
    """Log posterior density of points of the grid, and the mean given each, with its variance."""
    mean_prior, spread_prior = priors
    tau = scale * np.sinh(log_spread)
    variances = se[:, None] ** 2 + tau**2
    prior = np.zeros_like(tau) if mean_prior == "flat" else 1 / (tau**2 + (MEAN_APART * scale) ** 2)
    precision = (1 / variances).sum(axis=0) + prior
    centre = (effect[:, None] / variances).sum(axis=0) / precision
    apart = ((effect[:, None] - centre) ** 2 / variances).sum(axis=0) + prior * centre**2
    found = -(np.log(variances).sum(axis=0) + np.log(precision) + apart) / 2
    if mean_prior == "sceptical":
        found += np.log(prior) / 2
    if spread_prior == "half_normal":
        found -= (tau / (SCALE * scale)) ** 2 / 2
    return found + np.log(np.cosh(log_spread)), centre, 1 / precision


def _root(rises: Callable[[Floats], tuple[Floats, Floats]], low: Floats, high: Floats) -> Floats:
    """Where rising functions are 0, one entry a function: Newton's steps, and halves where one would lead astray.

    Args:
        rises: the functions and their slopes.
        low, high: what they are 0 between.
    """
    x, near = (low + high) / 2, EXACT * (high - low)
    for step in range(MOST_STEPS):
        value, slope = rises(x)
        low, high = np.where(value < 0, x, low), np.where(value < 0, high, x)
        half = (low + high) / 2
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            newton = x - value / slope
        astray = ~((newton >= low) & (newton <= high)) | (step > MOST_STEPS / 4)
        nearer = np.where(astray, half, newton)
        if (np.abs(nearer - x) <= near).all():
            return nearer
        x = nearer
    return x
