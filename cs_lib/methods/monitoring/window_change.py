"""How a level differs between two stretches of weeks that need not touch, weeks varying and resembling each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.its.ar1 import fit_ar1
from cs_lib.methods.tails import t_quantile
from cs_lib.results import Record
from cs_lib.sentences import say

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
CORRELATIONS = (
    0.0,
    0.7,
)  # near 1 the likelihood of a few dozen weeks grows without their saying so
LEAST_WEEKS = 4  # on each side


@dataclass(frozen=True, slots=True)
class WindowChange(Record):
    """Two levels and their difference, later less earlier, with its interval.

    Attributes:
        earlier, later: mean values of both stretches, weeks weighing as they determine it.
        change, se, df, low, high: the difference.
        correlation: of one week with the next.
    """

    earlier: float
    later: float
    change: float
    se: float
    df: float
    low: float
    high: float
    correlation: float


def window_change(
    values: Floats, earlier: NDArray[np.bool_], later: NDArray[np.bool_], *, alpha: float = 0.05
) -> WindowChange:
    """The difference of the levels of two stretches of weeks.

    Weeks are an autoregression of first order about the level of each stretch, and about one each for what lies before,
    between and after them, by restricted maximum likelihood with Satterthwaite's degrees of freedom
    (Patterson & Thompson 1971; Giesbrecht & Burns 1985).

    Args:
        values: one a week, in order; not a number where a week has none.
        earlier, later: which weeks the stretches are.
        alpha: one minus the level of the interval.

    Raises:
        CannotEstimate: fewer than four weeks with a value on a side, or weeks that are all alike.
    """
    there = np.isfinite(values)
    if min((there & earlier).sum(), (there & later).sum()) < LEAST_WEEKS:
        raise CannotEstimate(
            say("Fewer than {least} weeks on a side have a value.", least=LEAST_WEEKS)
        )
    group = np.zeros(len(values), dtype=np.int64)
    marks = np.where(earlier, 1, np.where(later, 2, 0))
    group[1:] = np.cumsum(marks[1:] != marks[:-1])
    own = group[there]
    groups = np.unique(own)
    design = (own[:, None] == groups).astype(float)
    fit = fit_ar1(values[there], design, np.flatnonzero(there), bounds=CORRELATIONS)
    sides = [np.isin(groups, group[side & there]).astype(float) for side in (earlier, later)]
    first, second = (side / side.sum() for side in sides)
    change, se, df = (float(x) for x in fit.contrast(second - first))
    half = t_quantile(1 - alpha / 2, df) * se
    return WindowChange(
        earlier=float(fit.beta @ first),
        later=float(fit.beta @ second),
        change=change,
        se=se,
        df=df,
        low=change - half,
        high=change + half,
        correlation=float(fit.rho),
    )
