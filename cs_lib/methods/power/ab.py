"""How many customers, how many days, how small an effect: planning a test before it starts.

Two-sided always. Power counts a rejection on either side, at the end or at an earlier look. Effects
are treatment minus control in the metric's own unit; n is units per arm, mature ones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from math import inf, isfinite, sqrt
from typing import Literal

import numpy as np
from scipy import special

from cs_lib.aggregates import Moments
from cs_lib.methods.ab.multiplicity import dunnett_critical
from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.sequential.spending import Kind, required_drift, sequential_power
from cs_lib.methods.tails import normal_quantile, t_quantile
from cs_lib.results import Good
from cs_lib.sentences import Sentence, say

MOST_UNITS = 10**10


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean with the standard deviation of one unit; the treatment's own one when it differs."""

    sd: float
    sd_treatment: float | None = None

    def variances(self, effect: float) -> tuple[float, float]:
        """Variance of one unit in control and treatment, whatever the effect.

        Raises:
            CannotEstimate: a standard deviation that is not above zero.
        """
        other = self.sd if self.sd_treatment is None else self.sd_treatment
        if not (self.sd > 0 and other > 0 and isfinite(self.sd + other)):
            raise CannotEstimate(
                say("The metric does not vary, so no number of units can be planned.")
            )
        return self.sd**2, other**2


@dataclass(frozen=True, slots=True)
class Share:
    """A share between 0 and 1, by its value in control; the effect moves the treatment's variance."""

    control: float

    def variances(self, effect: float) -> tuple[float, float]:
        """Variance of one unit in control and treatment under this effect (unpooled).

        Raises:
            CannotEstimate: a share outside 0 to 1, or one that never varies.
        """
        treated = self.control + effect
        if not (0 <= self.control <= 1 and -1e-12 <= treated <= 1 + 1e-12):
            raise CannotEstimate(
                say("With this effect the share would leave the range from 0 to 1.")
            )
        treated = min(max(treated, 0.0), 1.0)
        parts = self.control * (1 - self.control), treated * (1 - treated)
        if sum(parts) == 0:
            raise CannotEstimate(
                say("The share does not vary, so no number of units can be planned.")
            )
        return parts


Outcome = Mean | Share


@dataclass(frozen=True, slots=True)
class Design:
    """What is decided before the data: level, power, arms, allocation, precision, looks.

    `arms` treatment arms share one control and the level; `allocation` is units in each treatment
    arm per control unit; `rho` the correlation with what was known before assignment; clusters of
    `cluster_size` units are assigned together; `looks` are information fractions, the last one 1.
    """

    alpha: float = 0.05
    power: float = 0.8
    arms: int = 1
    correction: Literal["bonferroni", "dunnett"] = "bonferroni"
    allocation: float = 1.0
    rho: float = 0.0
    cluster_size: float = 1.0
    icc: float = 0.0
    looks: tuple[float, ...] = (1.0,)
    kind: Kind = "obrien_fleming"

    def __post_init__(self) -> None:
        """Refuse what no test can be.

        Raises:
            CannotEstimate: the first setting outside its range, in one sentence.
        """
        refusals = {
            "The level alpha must lie between 0 and 1.": 0 < self.alpha < 1,
            "The power must lie between alpha and 1.": self.alpha < self.power < 1,
            "A test needs at least one treatment arm.": self.arms >= 1,
            "The allocation must be above zero.": 0 < self.allocation < inf,
            "The correlation must lie between -1 and 1, both excluded.": -1 < self.rho < 1,
            "A cluster has at least one unit.": 1 <= self.cluster_size < inf,
            "The intra-cluster correlation must lie between 0 and 1.": 0 <= self.icc <= 1,
            "The last look must be at information fraction 1.": self.looks[-1:] == (1.0,),
            "The correction is either bonferroni or dunnett.": self.correction
            in ("bonferroni", "dunnett"),
        }
        for sentence, fine in refusals.items():
            if not fine:
                raise CannotEstimate(Sentence(sentence))

    @property
    def level(self) -> float:
        """Two-sided level of one comparison with control."""
        if self.correction == "dunnett":
            return dunnett_level(self.alpha, self.arms, self.allocation)
        return self.alpha / self.arms

    @property
    def variance_factor(self) -> float:
        """What covariates and clusters do to n: (1 - rho²)(1 + (m - 1) ICC)."""
        return (1 - self.rho**2) * (1 + (self.cluster_size - 1) * self.icc)

    @property
    def inflation(self) -> float:
        """What the looks do to the planned n: the squared ratio of the drifts that have the power."""
        needed = required_drift(self.power, alpha=self.level, looks=self.looks, kind=self.kind)
        return (needed / required_drift(self.power, alpha=self.level)) ** 2


def equal_looks(count: int) -> tuple[float, ...]:
    """Information fractions of equally spaced looks.

    Raises:
        CannotEstimate: fewer than one look.
    """
    if count < 1:
        raise CannotEstimate(say("A test needs at least one look."))
    return tuple(k / count for k in range(1, count + 1))


def power_for(outcome: Outcome, effect: float, n_control: float, design: Design) -> float:
    """Probability of rejecting no effect, for one comparison with control.

    Means and clusters: Welch's t with Satterthwaite degrees of freedom (non-central t); shares:
    unpooled normal. With looks: first crossing of the spending boundaries under the drift, the t
    margin carried over as the ratio of the critical values. Too few units for a variance: 0.

    Args:
        n_control: mature units in control; the treatment arm has `allocation` times as many.
    """
    variances = outcome.variances(effect)
    n = (n_control, n_control * design.allocation)
    groups = [units / design.cluster_size for units in n]
    if min(groups) <= 1:
        return 0.0
    parts = [design.variance_factor * v / units for v, units in zip(variances, n, strict=True)]
    drift = abs(effect) / sqrt(sum(parts))
    normal = isinstance(outcome, Share) and design.cluster_size == 1
    freedom = sum(p**2 / (g - 1) for p, g in zip(parts, groups, strict=True)) / sum(parts) ** 2
    df = inf if normal else 1 / freedom
    if design.looks == (1.0,):
        return _fixed_power(drift, df, design.level)
    probability = 1 - design.level / 2
    drift *= normal_quantile(probability) / t_quantile(probability, df)
    return sequential_power(drift, alpha=design.level, looks=design.looks, kind=design.kind)


def sample_size(outcome: Outcome, effect: float, design: Design) -> tuple[int, int]:
    """Smallest mature units in control, and in each treatment arm, that reach the power.

    Raises:
        CannotEstimate: no effect to find, or one that would need more than ten billion units.
    """
    if not (isfinite(effect) and effect != 0):
        raise CannotEstimate(say("The smallest effect worth acting on must differ from zero."))

    def enough(units: int) -> bool:
        return power_for(outcome, effect, units, design) >= design.power

    high = 2
    while not enough(high):
        high *= 2
        if high > MOST_UNITS:
            raise CannotEstimate(say("The effect is too small to be found by any feasible number."))
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high, int(np.ceil(high * design.allocation - 1e-9))


def smallest_effect(
    outcome: Outcome, n_control: float, design: Design, *, direction: Good = "up"
) -> float:
    """Size of the smallest effect, above zero, that these units find with the design's power.

    Args:
        direction: whether a share would rise or fall; no matter for a mean.

    Raises:
        CannotEstimate: too few units, or not even the largest possible change would be found.
    """
    from scipy.optimize import brentq

    sign = 1.0 if direction == "up" else -1.0

    def short(size: float) -> float:
        return power_for(outcome, sign * size, n_control, design) - design.power

    high = _largest(outcome, direction, short)
    if short(high) < 0:
        raise CannotEstimate(
            say("Not even the largest possible change would be found with these units.")
        )
    return float(brentq(short, high * 1e-9, high, xtol=high * 1e-12, rtol=1e-12))


@lru_cache(maxsize=256)
def dunnett_level(alpha: float, arms: int, allocation: float = 1.0) -> float:
    """Two-sided level of each of several comparisons with one control that together keep alpha.

    For large n (Dunnett 1955): with allocation a the comparisons correlate by a / (1 + a).
    """
    if arms == 1:
        return alpha
    correlation = np.full(arms, allocation / (1 + allocation))
    return 2 * float(special.ndtr(-dunnett_critical(correlation, inf, alpha)))


def ratio_sd(moments: Moments, numerator: str, denominator: str) -> float:
    """Standard deviation of one unit's share in a ratio of means, for `Mean` (delta method).

    Of (y - R x) / mean(x) with R = mean(y) / mean(x) (Deng, Knoblich & Lu 2018).

    Raises:
        CannotEstimate: a denominator whose mean is not above zero.
    """
    i, j = moments.names.index(numerator), moments.names.index(denominator)
    base = float(moments.mean[j])
    if not base > 0:
        raise CannotEstimate(
            say(
                "{denominator} has no mean above zero, so the ratio is undefined.",
                denominator=denominator,
            )
        )
    ratio, cov = float(moments.mean[i]) / base, moments.cov
    variance = cov[i, i] - 2 * ratio * cov[i, j] + ratio**2 * cov[j, j]
    return sqrt(max(float(variance), 0.0)) / base


def _largest(outcome: Outcome, direction: Good, short: Callable[[float], float]) -> float:
    """A change large enough to start the search from: the possible one, or one that is found."""
    if isinstance(outcome, Share):
        return 1 - outcome.control if direction == "up" else outcome.control
    size = outcome.sd
    for _ in range(60):
        if short(size) >= 0:
            break
        size *= 2
    return size


def _fixed_power(drift: float, df: float, level: float) -> float:
    critical = t_quantile(1 - level / 2, df)
    if not isfinite(df):
        return float(special.ndtr(drift - critical) + special.ndtr(-drift - critical))
    # The library has no number for some probabilities below 1e-15: they are zero here.
    inside, below = np.nan_to_num(special.nctdtr(df, drift, [critical, -critical]))
    return float(np.clip(1 - inside + below, 0, 1))
