"""How a series varies by itself: autocorrelated errors, with white noise on top where the data show it."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, sqrt

import numpy as np
from numpy.typing import NDArray

from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.its.ar1 import RHO_BOUNDS, Bounds, fit_ar1
from cs_lib.results import Record
from cs_lib.sentences import say

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# When the correlation at one step is nearer to one, errors and drift cannot be told apart.
LONGEST_MEMORY = 0.95
AR1_SHARE_GRID = np.linspace(0.05, 0.95, 19)
RHO_GRID = np.array([0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.88, LONGEST_MEMORY])
GRID_REFINEMENTS = 3
# One more parameter must raise twice the log-likelihood by this much (Akaike 1974).
MIN_GAIN_OF_ONE_PARAMETER = 2.0


@dataclass(frozen=True, slots=True)
class Noise(Record):
    """Errors of variance `variance`, of which `share` is AR(1) with correlation `rho` at one step.

    The rest is white and multiplied by the spread of each period (1 on average): that of means of
    few cases, say. `share` 1 is AR(1) alone.
    """

    rho: float
    share: float
    variance: float
    freedom: int

    @property
    def sd(self) -> float:
        """Standard deviation of one period."""
        return sqrt(self.variance)

    def covariance(self, times: Ints, spread: Floats) -> Floats:
        """Covariance matrix of periods at these times, n x n."""
        powers = self.variance * self.share * self.rho ** np.arange(int(np.ptp(times)) + 1)
        matrix: Floats = powers[np.abs(times[:, None] - times[None, :])]
        matrix[np.diag_indices_from(matrix)] += self.variance * (1 - self.share) * spread
        return matrix

    def draw(self, spread: Floats, runs: int, rng: np.random.Generator) -> Floats:
        """Errors of consecutive periods, n x runs."""
        n = len(spread)
        errors = rng.normal(size=(n, runs))
        step = sqrt(1 - self.rho**2)
        for t in range(1, n):
            errors[t] = self.rho * errors[t - 1] + step * errors[t]
        errors *= sqrt(self.variance * self.share)
        if self.share < 1:
            scale = np.sqrt(self.variance * (1 - self.share) * spread)[:, None]
            errors += scale * rng.normal(size=(n, runs))
        return errors


def fit_noise(
    y: Floats, design: Floats, times: Ints, spread: Floats, *, bounds: Bounds = RHO_BOUNDS
) -> Noise:
    """Errors of a regression, by restricted maximum likelihood: AR(1), and noise where it shows.

    Noise on top is taken in when it raises the restricted likelihood by more than its one
    parameter is worth. Found on a grid that is refined around its best point; the likelihood comes
    from a Kalman filter that all points of the grid share.

    Args:
        y: n values, or n x m for m independent series with the same errors (teams).
        design: n x p, full column rank, for each series its own coefficients.
        times: n increasing whole numbers; a jump is a gap.
        spread: n, positive: how much larger the white noise of a period is than usual.
        bounds: where rho is sought without noise.

    Raises:
        CannotEstimate: too few periods, terms that cannot be told apart, no variation.
    Source: Patterson & Thompson 1971; the error model: Granger & Morris 1976.
    """
    values = y.reshape(len(y), -1)
    require_terms(values, design)
    search = _Search(values, design, times, spread)
    if values.shape[1] == 1:
        rho = float(fit_ar1(values[:, 0], design, times, bounds=bounds).rho)
        plain = search.best(np.array([rho]), np.array([1.0]))
    else:
        plain = search.refined(RHO_GRID, np.array([1.0]))
    mixed = search.refined(RHO_GRID[1:], AR1_SHARE_GRID)
    best = mixed if 2 * (mixed[0] - plain[0]) > MIN_GAIN_OF_ONE_PARAMETER else plain
    _, rho, share, variance = best
    if not (isfinite(variance) and variance > 0):
        raise CannotEstimate(say("The series does not vary around the model: nothing to judge by."))
    return Noise(rho, share, variance, (len(values) - design.shape[1]) * values.shape[1])


def require_terms(values: Floats, design: Floats) -> None:
    """Refuse what leaves nothing to estimate the errors from.

    Raises:
        CannotEstimate: fewer than two periods more than terms, or values that never vary.
    """
    if len(values) - design.shape[1] < 2:
        raise CannotEstimate(say("Too few periods for the number of terms in the model."))
    if not np.any(np.ptp(values, axis=0) > 0):
        raise CannotEstimate(say("The series does not vary around the model: nothing to judge by."))


Point = tuple[float, float, float, float]  # restricted log-likelihood, rho, share, variance


@dataclass(frozen=True, slots=True)
class _Search:
    """Restricted likelihoods of many pairs of rho and share at once."""

    values: Floats
    design: Floats
    times: Ints
    spread: Floats

    def refined(self, rhos: Floats, shares: Floats) -> Point:
        """The best pair of a grid, then of finer grids around it."""
        best = self.best(rhos, shares)
        for _ in range(GRID_REFINEMENTS):
            rhos, shares = _around(rhos, best[1]), _around(shares, best[2])
            best = max(best, self.best(rhos, shares))
        return best

    def best(self, rhos: Floats, shares: Floats) -> Point:
        """The best pair of a grid."""
        rho, share = (g.ravel() for g in np.meshgrid(rhos, shares, indexing="ij"))
        white, logdet = self._whitened(rho, share)
        n, p = self.design.shape
        m = self.values.shape[1]
        columns = white.transpose(1, 2, 0)
        cross = columns @ columns.transpose(0, 2, 1)
        xx, xy = cross[:, :p, :p], cross[:, :p, p:]
        yy = np.trace(cross[:, p:, p:], axis1=1, axis2=2)
        rss = yy - (xy * np.linalg.solve(xx, xy)).sum(axis=(1, 2))
        freedom = m * (n - p)
        variance = np.maximum(rss, np.finfo(float).tiny) / freedom
        level = freedom * np.log(variance) + m * (logdet + np.linalg.slogdet(xx)[1])
        at = int(np.argmin(level))
        return -float(level[at]) / 2, float(rho[at]), float(share[at]), float(variance[at])

    def _whitened(self, rho: Floats, share: Floats) -> tuple[Floats, Floats]:
        """Innovations over their standard deviation (n x pairs x columns), and the log determinant."""
        columns = np.column_stack([self.design, self.values])
        white = np.empty((len(columns), len(rho), columns.shape[1]))
        state, unsure = np.zeros(white.shape[1:]), share.copy()
        logdet = np.zeros(len(rho))
        for t, row in enumerate(columns):
            if t:
                fade = rho ** (self.times[t] - self.times[t - 1])
                state *= fade[:, None]
                unsure = fade**2 * unsure + share * (1 - fade**2)
            total = unsure + (1 - share) * self.spread[t]
            new = row - state
            white[t] = new / np.sqrt(total)[:, None]
            logdet += np.log(total)
            gain = unsure / total
            state += gain[:, None] * new
            unsure = unsure * (1 - gain)
        return white, logdet


def _around(grid: Floats, best: float) -> Floats:
    """Five points between the neighbours of the best one."""
    if len(grid) == 1:
        return grid
    place = int(np.argmin(np.abs(grid - best)))
    return np.linspace(grid[max(place - 1, 0)], grid[min(place + 1, len(grid) - 1)], 5)
