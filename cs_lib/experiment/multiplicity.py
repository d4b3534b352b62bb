"""Several comparisons with one control: Holm's step-down correction, for tests and intervals."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


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
