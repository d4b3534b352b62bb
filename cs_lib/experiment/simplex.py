"""Weights that are not negative and sum to one, closest to a target: exactly, without a seed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

Floats = NDArray[np.float64]


def simplex_weights(columns: Floats, target: Floats, *, ridge: float = 0.0) -> Floats:
    """The w >= 0 with sum one that minimises |columns @ w - target|^2 + ridge |w|^2.

    The nearest point to the origin in the convex hull of the columns less the target. With u = s w,
    |P u|^2 + (s - 1)^2 is least, at any s > 0, for the same w, so non-negative least squares
    (Lawson & Hanson 1974, an active-set method that ends at the exact solution) gives w up to its
    sum. Without a ridge and with more weights than rows the solution need not be unique; it is
    always the same one.
    """
    n = columns.shape[1]
    points = columns - target[:, None]
    if ridge > 0:
        points = np.vstack([points, np.sqrt(ridge) * np.eye(n)])
    scale = float(np.sqrt((points**2).sum(axis=0).mean()))
    if scale == 0:
        return np.full(n, 1 / n)
    rows = np.vstack([points / scale, np.ones(n)])
    goal = np.zeros(len(rows))
    goal[-1] = 1.0
    solution, _ = nnls(rows, goal, maxiter=100 * n)
    return np.asarray(solution / solution.sum())
