"""What a perk costs and returns per offered customer: return, break-even, price of an extra buyer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isfinite, nan, sqrt

import numpy as np
from numpy.typing import NDArray

from cs_lib.aggregates import Moments
from cs_lib.methods.tails import normal_quantile
from cs_lib.results import Effect, Record

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Economics(Record):
    """One variant against control, in money per offered customer unless said otherwise.

    A value that cannot be given (no cost, no buyers, an effect that may be zero) is not a number.
    """

    variant: str
    extra_margin: float
    extra_cost: float
    # Extra margin over extra cost, minus 1: 0.2 means 20 cents earned per unit spent.
    roi: float
    roi_low: float
    roi_high: float
    roi_se: float
    break_even_lift: float  # The extra share of buyers that would pay the cost.
    cost_per_extra_buyer: float
    cost_per_extra_buyer_low: float
    cost_per_extra_buyer_high: float
    # Its cost over the share of customers who used it, whatever they would have bought anyway.
    cost_per_user: float
    cost_per_user_low: float
    cost_per_user_high: float
    spent: float  # On all customers offered so far.
    unused: float  # The face value of perks that may still be redeemed.


def economics(
    control: Moments,
    treatment: Moments,
    buyers: Effect | None,
    *,
    margin: str,
    cost: str,
    used: str = "",
    offered: int,
    unused: float,
    alpha: float = 0.05,
) -> Economics:
    """The money of one variant.

    The return is a ratio of two differences with Fieller's interval (Fieller 1954), because the
    same orders make margin and cost move together; its standard error is the delta method's (Deng,
    Knoblich & Lu 2018). Break-even assumes that an extra buyer brings what one in control brings.

    Args:
        buyers: the effect on the share who buy, when the study measures one.
        margin, cost: names in the moments.
        used: the share who used the perk, where it is known.
    """
    i, j = control.names.index(margin), control.names.index(cost)
    gain, spent = (float(treatment.mean[k] - control.mean[k]) for k in (i, j))
    spread = treatment.cov / treatment.n + control.cov / control.n
    critical = normal_quantile(1 - alpha / 2)
    top, bottom, both = (float(spread[a, b]) for a, b in ((i, i), (j, j), (i, j)))
    low, high = ratio_interval(gain, spent, top, bottom, both, critical)
    per_buyer = float(control.mean[i]) / buyers.control if buyers and buyers.control > 0 else nan
    price, cheap, dear = _price(spent, buyers)
    user, user_low, user_high = _per_user(treatment, cost, used, critical)
    return Economics(
        variant=treatment.variant,
        extra_margin=gain,
        extra_cost=spent,
        roi=gain / spent - 1 if spent > 0 else nan,
        roi_low=low - 1,
        roi_high=high - 1,
        roi_se=_ratio_error(gain, spent, spread[np.ix_([i, j], [i, j])]),
        break_even_lift=spent / per_buyer if per_buyer > 0 else nan,
        cost_per_extra_buyer=price,
        cost_per_extra_buyer_low=cheap,
        cost_per_extra_buyer_high=dear,
        cost_per_user=user,
        cost_per_user_low=user_low,
        cost_per_user_high=user_high,
        spent=float(treatment.mean[j]) * offered,
        unused=unused,
    )


def without_errors(money: Economics) -> Economics:
    """The same without what holds only for independent customers looked at once."""
    return replace(
        money, roi_low=nan, roi_high=nan, roi_se=nan, cost_per_user_low=nan, cost_per_user_high=nan
    )


def _ratio_error(top: float, bottom: float, spread: NDArray[np.float64]) -> float:
    """Standard error of a ratio by the delta method; not a number without a cost."""
    if not bottom > 0:
        return nan
    slope = np.array([1.0, -top / bottom]) / bottom
    return sqrt(float(slope @ spread @ slope))


def _per_user(
    treatment: Moments, cost: str, used: str, critical: float
) -> tuple[float, float, float]:
    """What was spent for each customer who used the perk, with Fieller's interval."""
    if used not in treatment.names:
        return nan, nan, nan
    at = [treatment.names.index(name) for name in (cost, used)]
    spent, share = (float(treatment.mean[k]) for k in at)
    if not (share > 0 and spent > 0):
        return nan, nan, nan
    spread = treatment.cov[np.ix_(at, at)] / treatment.n
    low, high = ratio_interval(
        spent, share, float(spread[0, 0]), float(spread[1, 1]), float(spread[0, 1]), critical
    )
    return spent / share, low, high


def ratio_interval(
    top: float, bottom: float, var_top: float, var_bottom: float, cov: float, critical: float
) -> Interval:
    """Fieller's interval for a ratio of two correlated normal estimates; not numbers when unbounded.

    The set of r with (top - r bottom)^2 <= c^2 (var_top - 2 r cov + r^2 var_bottom).
    """
    c2 = critical**2
    a = bottom**2 - c2 * var_bottom
    b = top * bottom - c2 * cov
    c = top**2 - c2 * var_top
    inside = b**2 - a * c
    if a <= 0 or inside < 0:
        return nan, nan
    root = sqrt(inside)
    return (b - root) / a, (b + root) / a


def _price(spent: float, buyers: Effect | None) -> tuple[float, float, float]:
    """Cost per extra buyer with its range over the effect's interval; only when there surely are some."""
    if buyers is None or not (spent > 0 and buyers.effect_ci_low > 0):
        return nan, nan, nan
    dearest = spent / buyers.effect_ci_low
    return (
        spent / buyers.effect,
        spent / buyers.effect_ci_high,
        dearest if isfinite(dearest) else nan,
    )
