"""Whether a gain still holds when it is measured again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.meta_analysis.shrinkage import ShrunkEffect
from cs_lib.methods.meta_analysis.spread_grid import Posterior
from cs_lib.methods.tails import t_quantile
from cs_lib.results import Good, Record
from cs_lib.sentences import say

Standing = Literal["holds", "faded", "not_shown"]

KEPT = 0.5  # the part of a gain of which a follow-up must reach as much


@dataclass(frozen=True, slots=True)
class HeldUp(Record):
    """A gain and its follow-up, in the unit and direction of the metric.

    Attributes:
        standing: see the function `held_up`.
        expected: the first study's effect with chance taken out.
        expected_low, expected_high: where the follow-up's estimate lies if nothing changed.
        found, low, high: the follow-up's estimate with its interval.
        kept: found over expected.
        below_half: whether the follow-up's interval leaves out as much as half of what was expected.
        surprising: whether the follow-up's estimate is smaller than it would be if nothing changed.
    """

    standing: Standing
    expected: float
    expected_low: float
    expected_high: float
    found: float
    low: float
    high: float
    kept: float
    below_half: bool
    surprising: bool


def held_up(
    first: ShrunkEffect,
    predicted: Posterior,
    effect: float,
    se: float,
    *,
    good: Good,
    df: float = np.inf,
    alpha: float = 0.05,
) -> HeldUp:
    """Whether a follow-up shows a gain again, shows that it faded, or neither.

    A winner's own estimate is no measure: if nothing fades, seven to nine of ten winners measure smaller the second
    time. So the follow-up is held against the shrunk effect. All in the direction that is good:

    - `faded`: the whole interval of the follow-up lies below half the shrunk effect, and its estimate lies below the
      predictive interval, where second estimates of an unchanged effect lie. Without the second condition an exact
      follow-up would call faded what was never as large (docs/bench/portfolio.md has how often).
    - `holds`: the whole interval lies above no effect and reaches half the shrunk effect.
    - `not_shown`: everything else. A follow-up too small to tell is of this kind, never `faded`.

    Args:
        first: the study that is checked, of `shrink` without the follow-up among its studies.
        predicted: `Pooled.follow_up` of that study with the follow-up's standard error, at the same level.
        effect, se: of the follow-up.
        good: whether more or less of the metric is better.
        df: degrees of freedom of `se`.
        alpha: one minus the level of the follow-up's interval.

    Raises:
        CannotEstimate: nothing was gained, so nothing can hold; or the follow-up has no effect or standard error.
    """
    if not (np.isfinite(effect) and np.isfinite(se) and se > 0):
        raise CannotEstimate(say("The follow-up has no effect with a standard error above 0."))
    side = 1.0 if good == "up" else -1.0
    if side * first.mean <= 0:
        raise CannotEstimate(say("With chance taken out nothing was gained that could still hold."))
    effect, half = float(effect), float(t_quantile(1 - alpha / 2, df) * se)
    low, high = effect - half, effect + half
    least, most = (low, high) if side > 0 else (-high, -low)
    below_half = bool(most < KEPT * side * first.mean)
    surprising = bool(side * effect < min(side * predicted.low, side * predicted.high))
    standing = _standing(least, below_half=below_half, surprising=surprising)
    expected, kept = (first.mean, predicted.low, predicted.high), effect / first.mean
    return HeldUp(standing, *expected, effect, low, high, kept, below_half, surprising)


def _standing(least: float, *, below_half: bool, surprising: bool) -> Standing:
    if below_half and surprising:
        return "faded"
    return "holds" if least > 0 and not below_half else "not_shown"
