"""Intervals and p-values for a test without an end date: valid at all looks together, for ever.

Asymptotic confidence sequence by a normal mixture (Howard, Ramdas, McAuliffe & Sekhon 2021;
Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas 2024, theorem 2.2). It needs no number of looks and no
end; the price is an interval about half as wide again as a fixed one, at any time. The planned n
only says where it is to be narrowest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from cs_lib.aggregates import Moments
from cs_lib.methods.ab.means import compare_means
from cs_lib.methods.errors import CannotEstimate
from cs_lib.sentences import say

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ConfidenceSequence:
    """One entry per look, in order; intervals in the metric's unit.

    `low` to `high` is the interval of that look alone; `running_low` to `running_high` the part
    that no look up to then has excluded. `pvalue` is the running minimum: it is at most alpha
    exactly when the running interval excludes zero. Where looks contradict each other (chance at
    most alpha) `running_low` exceeds `running_high`, and `empty` says so.
    """

    n: Floats
    estimate: Floats
    low: Floats
    high: Floats
    running_low: Floats
    running_high: Floats
    pvalue: Floats
    alpha: float

    @property
    def empty(self) -> NDArray[np.bool_]:
        """Looks by which nothing is left of the running interval."""
        return np.asarray(self.running_low > self.running_high)


def confidence_sequence(
    estimate: ArrayLike, se: ArrayLike, n: ArrayLike, *, planned_n: float, alpha: float = 0.05
) -> ConfidenceSequence:
    """Two-sided confidence sequence for a difference, from estimate and standard error at each look.

    The interval is estimate ± se * c with c² = (1 + 1/r)(log(1 + r) - 2 log alpha), r = n rho²,
    and the p-value the smallest of the mixture's 1 / e so far. It holds as n grows: a look at a few
    dozen units of heavy-tailed money is not covered by the theory.

    Args:
        n: mature units in all arms, increasing.
        planned_n: units at which the interval is to be narrowest.
        alpha: two-sided level over all looks together.

    Raises:
        ValueError: no looks, lengths that differ, n that does not increase, a level outside 0 to 1.
        CannotEstimate: a look without an estimate or with a standard error that is not above zero.
    """
    centre, error, units = (np.asarray(x, dtype=float) for x in (estimate, se, n))
    _check(centre, error, units)
    mixing = units * mixture_precision(planned_n, alpha)
    half = error * np.sqrt((1 + 1 / mixing) * (np.log1p(mixing) - 2 * log(alpha)))
    log_e = (centre / error) ** 2 * mixing / (2 * (1 + mixing)) - np.log1p(mixing) / 2
    return ConfidenceSequence(
        n=units,
        estimate=centre,
        low=centre - half,
        high=centre + half,
        running_low=np.maximum.accumulate(centre - half),
        running_high=np.minimum.accumulate(centre + half),
        pvalue=np.exp(-np.maximum(np.maximum.accumulate(log_e), 0)),
        alpha=alpha,
    )


def mixture_precision(planned_n: float, alpha: float) -> float:
    """The mixing variance rho², per unit, that makes the interval narrowest at the planned n.

    rho² = (-W(-alpha² / e) - 1) / n, W the lower branch of Lambert's function.

    Raises:
        ValueError: a planned n below one or a level outside 0 to 1.
    """
    if not planned_n >= 1:
        raise ValueError("The planned number of units must be at least one.")
    if not 0 < alpha < 1:
        raise ValueError("The level alpha must lie between 0 and 1.")
    branch = special.lambertw(-(alpha**2) * exp(-1), k=-1)
    return float(-branch.real - 1) / planned_n


def running_differences(
    control: Sequence[Moments], treatment: Sequence[Moments], metric: str
) -> tuple[Floats, Floats, Floats]:
    """Difference of means, its unpooled standard error and n of both arms, at each look.

    Args:
        control, treatment: moments of all mature units up to each look, same looks in both.

    Raises:
        ValueError: a different number of looks in the two arms.
        CannotEstimate: as `compare_means`, at the first look where that happens.
    """
    if len(control) != len(treatment):
        raise ValueError("Both arms need the same looks.")
    effects = [compare_means(c, t, metric) for c, t in zip(control, treatment, strict=True)]
    rows = np.array([(e.effect, e.se, e.nobs) for e in effects], dtype=float).reshape(-1, 3)
    return rows[:, 0], rows[:, 1], rows[:, 2]


def _check(estimate: Floats, se: Floats, n: Floats) -> None:
    if n.ndim != 1 or len(n) == 0 or not estimate.shape == se.shape == n.shape:
        raise ValueError("Estimates, standard errors and n must be lists of the same looks.")
    if not np.all(np.isfinite(estimate)) or not np.all(np.isfinite(se) & (se > 0)):
        raise CannotEstimate(say("A look has no estimate with a standard error above zero."))
    if not n[0] >= 1 or not np.all(np.diff(n) > 0):
        raise ValueError("The number of units must increase from look to look.")
