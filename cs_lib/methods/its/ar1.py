"""Linear regression with first-order autoregressive errors, by restricted maximum likelihood.

The model is y = X b + e with cov(e_i, e_j) = sigma2 * rho ** |t_i - t_j|. Times may have gaps:
the innovation after a gap g has variance sigma2 * (1 - rho ** (2 g)), exactly. All the likelihood
needs is a weighted sum of cross products made once per distinct gap; after that an evaluation
costs nothing in n, and many series that share a design are fitted side by side.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cs_lib.methods.errors import CannotEstimate
from cs_lib.sentences import say

Floats = NDArray[np.float64]
Three = tuple[Floats, Floats, Floats]  # a value with its first and second derivative in rho

Bounds = tuple[float, float]

RHO_BOUNDS: Bounds = (-0.3, 0.98)
RHO_BOUNDS_NOT_NEGATIVE: Bounds = (0.0, 0.98)
RHO_GRID_POINTS = 41
NEWTON_STEPS = 80


@dataclass(frozen=True, slots=True)
class Ar1Fit:
    """Fits of m series that share a design; for a single series the leading axis m is dropped."""

    beta: Floats  # m x p
    cov: Floats  # m x p x p
    cov_slope: Floats  # m x p x p: derivative of cov in rho, sigma2 at its best for that rho
    rho: Floats  # m: correlation at one time step
    sigma2: Floats  # m: marginal variance of the errors
    curvature: Floats  # m: minus the second derivative in rho of the profiled loglik
    loglik: Floats  # m: restricted log-likelihood
    whitened: Floats  # m x n: innovations over their standard deviation
    df_resid: int

    def contrast(self, weights: ArrayLike) -> tuple[Floats, Floats, Floats]:
        """Estimate, standard error and Satterthwaite degrees of freedom of weights @ beta.

        df = 2 v^2 / var(v), v being the contrast's variance and var(v) its delta-method variance
        under the observed restricted information of (sigma2, rho). With sigma2 profiled out this
        is 2 / (2 / df_resid + slope^2 / curvature), slope = d log(v) / d rho.
        Source: Giesbrecht & Burns 1985; Fai & Cornelius 1996.
        """
        c = np.asarray(weights, dtype=float)
        variance = np.einsum("...ij,i,j->...", self.cov, c, c)
        slope = np.einsum("...ij,i,j->...", self.cov_slope, c, c) / variance
        df = 2 / (2 / self.df_resid + slope**2 / self.curvature)
        return self.beta @ c, np.sqrt(variance), df


def fit_ar1(
    y: ArrayLike, design: ArrayLike, times: ArrayLike, *, bounds: Bounds = RHO_BOUNDS
) -> Ar1Fit:
    """Restricted maximum likelihood fit of a regression with AR(1) errors.

    Args:
        y: n values, or n x m for m series with the same design and times.
        design: n x p, full column rank.
        times: n increasing whole numbers (days or weeks); a jump is a gap, not a missing value.
        bounds: where rho is sought. At a bound the information about rho is floored at its
            large-sample value, n / (1 - rho^2).

    Raises:
        CannotEstimate: no residual degrees of freedom left, a design without full rank, or a
            series that the design explains exactly.

    Source: Patterson & Thompson 1971; Harville 1977. Agrees with a dense GLS-REML fit.
    """
    problem = _problem(y, design, times)
    fit = problem.fit_at(_best_rho(problem, bounds), bounds)
    return _single(fit) if np.ndim(y) == 1 else fit


def gls_at(y: ArrayLike, design: ArrayLike, times: ArrayLike, rho: ArrayLike) -> Ar1Fit:
    """The same fit with rho given, one or one per series (0: ordinary least squares).

    Degrees of freedom are n - p.
    """
    problem = _problem(y, design, times)
    fit = problem.fit_at(np.broadcast_to(np.asarray(rho, float), problem.m).copy(), None)
    return _single(fit) if np.ndim(y) == 1 else fit


def whiten(x: Floats, times: NDArray[np.int64], rho: Floats) -> Floats:
    """Innovations of each series (m x n) given its rho, each over sqrt(1 - rho^(2 gap))."""
    power = rho[:, None] ** np.diff(times)
    scaled = (x[:, 1:] - power * x[:, :-1]) / np.sqrt(1 - power**2)
    return np.concatenate([x[:, :1], scaled], axis=1)


def _problem(y: ArrayLike, design: ArrayLike, times: ArrayLike) -> _Problem:
    values = np.asarray(y, dtype=float)
    columns = values.reshape(len(values), -1)
    return _Problem(columns, np.asarray(design, float), np.asarray(times, np.int64))


def _single(fit: Ar1Fit) -> Ar1Fit:
    return Ar1Fit(
        fit.beta[0],
        fit.cov[0],
        fit.cov_slope[0],
        fit.rho[0],
        fit.sigma2[0],
        fit.curvature[0],
        fit.loglik[0],
        fit.whitened[0],
        fit.df_resid,
    )


@dataclass(frozen=True, slots=True)
class _Point:
    """The problem at one rho per series, gamma and sigma2 at their best for it."""

    gamma: Floats  # m x p: GLS coefficients of the ordinary residuals on the orthonormal design
    inverse: Floats  # m x p x p: (Q' R^-1 Q)^-1
    inverse_slope: Floats
    rss: Floats  # m: weighted residual sum of squares
    rss_slope: Floats
    objective: Three  # -2 restricted log-likelihood up to a constant


class _Problem:
    """Cross products of an orthonormal design and of the ordinary residuals, by distinct gap."""

    def __init__(self, y: Floats, design: Floats, times: NDArray[np.int64]) -> None:
        self.n, self.p = design.shape
        self.m = y.shape[1]
        if self.n - self.p < 2:
            raise CannotEstimate(say("Too few periods for the number of terms in the model."))
        self.times, self.design, self.y = times, design, y
        self.q, self.r = np.linalg.qr(design)
        size = np.abs(np.diag(self.r))
        if size.min() < 1e-10 * size.max():
            raise CannotEstimate(
                say("Two terms of the model cannot be told apart in these periods.")
            )
        self.ols = self.q.T @ y
        e = y - self.q @ self.ols
        e -= self.q @ (self.q.T @ e)
        scale = np.abs(y).max(axis=0)
        if np.any(np.sqrt((e * e).sum(axis=0)) <= 1e-12 * self.n * scale):
            raise CannotEstimate(
                say("The series does not vary around the model: nothing to judge by.")
            )
        self.e = e
        self.gap, self.which = np.unique(np.diff(times), return_inverse=True)
        self.gap_count = np.bincount(self.which).astype(float)
        self.xx = self._sums(self.q, self.q, "ia,ib->ab")
        self.xy = self._sums(self.q, e, "ia,im->ma")
        self.yy = self._sums(e, e, "im,im->m")

    def _sums(self, a: Floats, b: Floats, product: str) -> Floats:
        """Products that, weighted by `_weights`, add up to a' R(rho)^-1 b."""
        base = np.einsum(product, a[:1], b[:1]) - np.einsum(product, a[:-1], b[:-1])
        parts = [base]
        for sign in (-1, 1):
            u, v = a[1:] + sign * a[:-1], b[1:] + sign * b[:-1]
            for g in range(len(self.gap)):
                on = self.which == g
                parts.append(np.einsum(product, u[on], v[on]) / 2)
        return np.stack(parts)

    def _weights(self, rho: Floats) -> tuple[Three, Three]:
        """Weights of the sums, m x k, and log det R(rho), m, each with two derivatives.

        With s = rho^gap: 1 / (1 - s) on squared differences, 1 / (1 + s) on squared sums.
        """
        g = self.gap[None, :].astype(float)
        r = rho[:, None]
        s = r ** self.gap[None, :]
        s1 = g * r ** (self.gap[None, :] - 1)
        s2 = np.where(g > 1, g * (g - 1) * r ** np.maximum(self.gap[None, :] - 2, 0), 0.0)
        u, v = 1 / (1 - s), 1 / (1 + s)
        one, zero = np.ones_like(r), np.zeros_like(r)
        weights = (
            np.hstack([one, u, v]),
            np.hstack([zero, u**2 * s1, -(v**2) * s1]),
            np.hstack([zero, 2 * u**3 * s1**2 + u**2 * s2, 2 * v**3 * s1**2 - v**2 * s2]),
        )
        logdet = (
            np.log1p(-(s**2)) @ self.gap_count,
            ((v - u) * s1) @ self.gap_count,
            ((v - u) * s2 - (u**2 + v**2) * s1**2) @ self.gap_count,
        )
        return weights, logdet

    def at(self, rho: Floats) -> _Point:
        """Profile the coefficients and sigma2 out at one rho per series."""
        weights, logdet = self._weights(rho)
        xx, xx1, xx2 = (np.tensordot(w, self.xx, 1) for w in weights)
        xy, xy1, xy2 = (np.einsum("mk,kma->ma", w, self.xy) for w in weights)
        yy, yy1, yy2 = (np.einsum("mk,km->m", w, self.yy) for w in weights)
        inverse = np.asarray(np.linalg.inv(xx), dtype=np.float64)
        turn, turn2 = inverse @ xx1, inverse @ xx2
        gamma = _times(inverse, xy)
        pull = xy1 - _times(xx1, gamma)
        rss = yy - _dot(xy, gamma)
        rss1 = yy1 - 2 * _dot(xy1, gamma) + _dot(gamma, _times(xx1, gamma))
        rss2 = yy2 - 2 * _dot(xy2, gamma) + _dot(gamma, _times(xx2, gamma))
        rss2 = rss2 - 2 * _dot(pull, _times(inverse, pull))
        df = self.n - self.p
        objective = (
            df * np.log(rss) + logdet[0] + np.linalg.slogdet(xx)[1],
            df * rss1 / rss + logdet[1] + _trace(turn),
            df * (rss2 / rss - (rss1 / rss) ** 2) + logdet[2] + _trace(turn2) - _trace(turn @ turn),
        )
        return _Point(gamma, inverse, -turn @ inverse, rss, rss1, objective)

    def levels(self, grid: Floats) -> Floats:
        """The objective at each rho of a grid, for every series: grid points x m."""
        (weights, *_), (logdet, *_) = self._weights(grid)
        xx = np.tensordot(weights, self.xx, 1)
        xy = np.tensordot(weights, self.xy, 1)
        rss = weights @ self.yy - (xy @ np.linalg.inv(xx) * xy).sum(axis=2)
        fixed = logdet + np.linalg.slogdet(xx)[1]
        level: Floats = (self.n - self.p) * np.log(rss) + fixed[:, None]
        return level

    def _curvature(self, point: _Point, rho: Floats, bounds: Bounds | None) -> Floats:
        """Information about rho; without limit when rho is given."""
        if bounds is None:
            return np.full(self.m, np.inf)
        curvature = point.objective[2] / 2
        edge = (rho <= bounds[0]) | (rho >= bounds[1]) | (curvature <= 0)
        return np.where(edge, np.maximum(curvature, self.n / (1 - rho**2)), curvature)

    def fit_at(self, rho: Floats, bounds: Bounds | None) -> Ar1Fit:
        """The fit at a rho per series, back in the units of the design."""
        point = self.at(rho)
        df = self.n - self.p
        sigma2 = point.rss / df
        back = np.linalg.inv(self.r)
        beta = (point.gamma + self.ols.T) @ back.T
        cov = sigma2[:, None, None] * (back @ point.inverse @ back.T)
        slope = sigma2[:, None, None] * (back @ point.inverse_slope @ back.T)
        slope += cov * (point.rss_slope / point.rss)[:, None, None]
        curvature = self._curvature(point, rho, bounds)
        constant = df * (1 + np.log(2 * np.pi / df)) + 2 * np.log(np.abs(np.diag(self.r))).sum()
        resid = self.e.T - point.gamma @ self.q.T
        white = whiten(resid, self.times, rho) / np.sqrt(sigma2)[:, None]
        loglik = -(point.objective[0] + constant) / 2
        return Ar1Fit(beta, cov, slope, rho, sigma2, curvature, loglik, white, df)


def _best_rho(problem: _Problem, bounds: Bounds) -> Floats:
    """The best rho per series: the best of a grid, then Newton kept inside its neighbours."""
    grid = np.tanh(np.linspace(np.arctanh(bounds[0]), np.arctanh(bounds[1]), RHO_GRID_POINTS))
    grid[[0, -1]] = bounds
    best = np.argmin(problem.levels(grid), axis=0)
    low, high = grid[np.maximum(best - 1, 0)], grid[np.minimum(best + 1, RHO_GRID_POINTS - 1)]
    rho: Floats = grid[best]
    settled = np.zeros(
        problem.m, dtype=bool
    )  # what has settled stays, whoever else is in the batch
    for _ in range(NEWTON_STEPS):
        _, slope, curve = problem.at(rho).objective
        low, high = np.where(slope < 0, rho, low), np.where(slope > 0, rho, high)
        with np.errstate(divide="ignore", invalid="ignore"):
            step = rho - slope / curve
        inside = (curve > 0) & (step >= low) & (step <= high)
        moved: Floats = np.where(settled, rho, np.where(inside, step, (low + high) / 2))
        settled |= np.abs(moved - rho) < 1e-12
        rho = moved
        if settled.all():
            break
    return rho


def _times(matrix: Floats, vector: Floats) -> Floats:
    return np.asarray(np.einsum("mab,mb->ma", matrix, vector), dtype=np.float64)


def _dot(a: Floats, b: Floats) -> Floats:
    return np.asarray(np.einsum("ma,ma->m", a, b), dtype=np.float64)


def _trace(matrix: Floats) -> Floats:
    return np.asarray(np.einsum("maa->m", matrix), dtype=np.float64)
