"""Do the days right after a change carry its effect alone? The effect beside that of the later days."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cs_lib.methods.its.ar1 import Floats
from cs_lib.methods.tails import t_two_sided
from cs_lib.results import Effect, Record

FIRST_DAYS = 14
# The later days must show clearly less before the first ones are said to carry the effect: chosen by
# simulation, so that a step keeps its power (docs/bench/placebo.md).
NOTABLE_LEVEL = 0.20
# The variance of the difference is the one's less the other's; chance must not make it vanish.
LEAST_SHARE_OF_VARIANCE = 0.05


@dataclass(frozen=True, slots=True)
class FirstDays(Record):
    """An effect, and what is left of it in the days from the third week on."""

    later: Effect
    pvalue: float  # of the difference between the two
    alone: bool  # There is an effect, and the later days neither show it nor come near it.


@dataclass(frozen=True, slots=True)
class Steps:
    """Steps of m series on the scale of the model, each with its error and degrees of freedom."""

    estimate: Floats
    se: Floats
    df: Floats

    @property
    def pvalue(self) -> Floats:
        """Two-sided, against no step."""
        return t_two_sided(self.estimate / self.se, self.df)


def first_days(whole: Effect, later: Effect) -> FirstDays:
    """Compare an effect with the same one read without the first two weeks after the change.

    On a log scale steps of the logarithm are compared. The rule is that of `carried_alone`.
    """
    pair = [_steps(effect) for effect in (whole, later)]
    alone = carried_alone(*pair, alpha=whole.alpha)
    return FirstDays(later, float(difference_p(*pair)[0]), bool(alone[0]))


def difference_p(whole: Steps, later: Steps) -> Floats:
    """p-values of the differences between steps and those of the later days.

    Both are efficient under the same errors and the first uses all days, so that the variance of their
    difference is the difference of their variances (Hausman 1978), here at least a twentieth of the
    later one's.
    """
    variance = np.maximum(later.se**2 - whole.se**2, LEAST_SHARE_OF_VARIANCE * later.se**2)
    return t_two_sided((whole.estimate - later.estimate) / np.sqrt(variance), later.df)


def carried_alone(whole: Steps, later: Steps, *, alpha: float) -> NDArray[np.bool_]:
    """Whether there is a step that the later days neither show nor come near.

    They do not show it at `alpha`, or show one of the other sign; they are nearer to none; and the
    difference is notable (p below .20).
    """
    other_side = whole.estimate * later.estimate < 0
    gone = other_side | (later.pvalue >= alpha)
    less = other_side | (np.abs(later.estimate) < np.abs(whole.estimate))
    notable = difference_p(whole, later) < NOTABLE_LEVEL
    return np.asarray((whole.pvalue < alpha) & gone & less & notable)


def _steps(effect: Effect) -> Steps:
    """One effect on the scale of the model."""
    step, se = effect.effect, effect.se
    if effect.details.get("scale") == "log":
        step, se = float(np.log(effect.treatment / effect.control)), se / effect.treatment
    return Steps(*(np.array([value], dtype=float) for value in (step, se, effect.df)))
