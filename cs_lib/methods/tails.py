"""Tails and quantiles of the t, normal, F and chi-square distributions, without heavy imports."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

Floats = NDArray[np.float64]


def t_two_sided(t: ArrayLike, df: ArrayLike) -> Floats:
    """Probability of a t value at least this far from zero; df may be fractional or infinite."""
    far = -np.abs(np.asarray(t, dtype=float))
    freedom = np.asarray(df, dtype=float)
    finite = np.where(np.isfinite(freedom), freedom, 1.0)
    tail = np.where(np.isfinite(freedom), special.stdtr(finite, far), special.ndtr(far))
    return np.asarray(2 * tail)


def t_quantile(probability: float, df: float) -> float:
    """The value below which a t variable falls with this probability."""
    if np.isinf(df):
        return normal_quantile(probability)
    return float(special.stdtrit(df, probability))


def normal_quantile(probability: float) -> float:
    """The value below which a standard normal variable falls with this probability."""
    return float(special.ndtri(probability))


def f_tail(value: ArrayLike, df_between: float, df_within: float) -> Floats:
    """Probability that an F variable exceeds the value."""
    return np.asarray(special.fdtrc(df_between, df_within, np.asarray(value, dtype=float)))


def chi2_tail(value: ArrayLike, df: float) -> Floats:
    """Probability that a chi-square variable exceeds the value."""
    return np.asarray(special.chdtrc(df, np.asarray(value, dtype=float)))
