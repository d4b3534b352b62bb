"""Do the days right after a change carry its effect alone? The effect beside that of the later days."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cs_lib.methods.tails import t_two_sided
from cs_lib.results import Effect, Record

FIRST_DAYS = 14
# The later days must show clearly less before the first ones are said to carry the effect: chosen by
# simulation, so that a step keeps its power (docs/bench/first_days.md).
NOTABLE_LEVEL = 0.20
# The variance of the difference is the one's less the other's; chance must not make it vanish.
LEAST_SHARE_OF_VARIANCE = 0.05


@dataclass(frozen=True, slots=True)
class FirstDays(Record):
    """An effect, and what is left of it in the days from the third week on."""

    later: Effect
    pvalue: float  # of the difference between the two
    alone: bool  # There is an effect, and the later days neither show it nor come near it.


def first_days(whole: Effect, later: Effect) -> FirstDays:
    """Compare an effect with the same one read without the first two weeks after the change.

    Both are efficient under the same errors, the first uses all days, so that the variance of their
    difference is the difference of their variances (Hausman 1978), here at least a twentieth of the
    later one's. On a log scale steps of the logarithm are compared.
    """
    (step, se), (rest, rest_se) = _on_scale(whole), _on_scale(later)
    variance = max(rest_se**2 - se**2, LEAST_SHARE_OF_VARIANCE * rest_se**2)
    pvalue = float(t_two_sided((step - rest) / np.sqrt(variance), later.df))
    less = abs(rest) < abs(step) or step * rest < 0
    gone = later.pvalue >= whole.alpha or step * rest < 0
    found = whole.pvalue < whole.alpha
    return FirstDays(later, pvalue, found and gone and less and pvalue < NOTABLE_LEVEL)


def _on_scale(effect: Effect) -> tuple[float, float]:
    """Step and standard error on the scale of the model."""
    if effect.details.get("scale") != "log":
        return effect.effect, effect.se
    return float(np.log(effect.treatment / effect.control)), effect.se / effect.treatment
