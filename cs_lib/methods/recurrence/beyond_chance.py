"""Customers who come back with the same need, beyond those who would have come anyway."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from cs_lib.aggregates import Returns
from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.tails import normal_quantile
from cs_lib.sentences import say

Floats = NDArray[np.float64]

LEAST_FOLLOWED = 30  # contacts, for a rate of those who come back
LEAST_CUSTOMERS = 10


@dataclass(frozen=True, slots=True)
class Recurrence:
    """One group of contacts: who came back, who would have by chance, and the difference.

    Attributes:
        followed: contacts whose days are all observed; `customers` wrote them.
        rate, rate_low, rate_high: the share after which the customer came back.
        chance, chance_low, chance_high: the same customers' share in a later window of as many days.
        beyond, beyond_low, beyond_high: rate minus chance.
        part, part_se: of those who came back, the share that is beyond chance (beyond / rate), with standard error.
    """

    group: str
    days: int
    followed: int
    customers: int
    rate: float
    rate_low: float
    rate_high: float
    chance: float
    chance_low: float
    chance_high: float
    beyond: float
    beyond_low: float
    beyond_high: float
    part: float
    part_se: float


def beyond_chance(returns: Returns, *, alpha: float = 0.05) -> Recurrence:
    """The share of contacts after which the customer comes back, and how much of it chance does not explain.

    Chance is the share of windows of as many days, 31 to 90 days after the same contacts' resolutions, in which the
    customer came anew with the same need: not within 30 days of another resolution, so that a chain of repeats is
    not taken for chance. All are ratios of sums over customers, with the delta method's errors clustered by customer
    (Deng, Knoblich & Lu 2018). Contacts too young for the later windows count in the rate alone.

    Args:
        returns: sums and products over customers.
        alpha: one minus the level of the intervals.

    Raises:
        CannotEstimate: fewer than 30 contacts or 10 customers followed, or none followed for 90 days.
    """
    n, x, m, z = (float(total) for total in returns.totals)
    _require_enough(returns)
    rate, chance = x / n, z / (returns.windows * m)
    of_rate = np.array([-rate / n, 1 / n, 0, 0])
    of_chance = np.array([0, 0, -chance / m, 1 / (returns.windows * m)])
    z_value = normal_quantile(1 - alpha / 2)

    def ends(value: float, slope: Floats, least: float) -> tuple[float, float]:
        half = z_value * _se(returns, slope)
        return max(value - half, least), min(value + half, 1.0)

    part = (rate - chance) / rate if rate > 0 else float("nan")
    of_part = (chance * of_rate / rate - of_chance) / rate if rate > 0 else of_rate
    rate_ends, chance_ends = ends(rate, of_rate, 0.0), ends(chance, of_chance, 0.0)
    beyond_ends = ends(rate - chance, of_rate - of_chance, -1.0)
    return Recurrence(
        returns.group,
        returns.days,
        int(n),
        returns.customers,
        rate,
        *rate_ends,
        chance,
        *chance_ends,
        rate - chance,
        *beyond_ends,
        part,
        _se(returns, of_part),
    )


def _require_enough(returns: Returns) -> None:
    n, _, m, _ = map(int, returns.totals)
    if n < LEAST_FOLLOWED or returns.customers < LEAST_CUSTOMERS:
        raise CannotEstimate(
            say(
                "Only {n} contacts of {customers} customers can be followed for {days} days.",
                n=n,
                customers=returns.customers,
                days=returns.days,
            )
        )
    if m < LEAST_FOLLOWED:
        raise CannotEstimate(
            say("Only {n} contacts can be followed for 90 days, to see what chance does.", n=m)
        )


def _se(returns: Returns, slope: Floats) -> float:
    """The error of a function of the totals, by its slopes, with customers drawn."""
    few = returns.customers / (returns.customers - 1)
    return sqrt(max(few * float(slope @ returns.products @ slope), 0.0))
