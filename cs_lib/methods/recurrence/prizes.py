"""What a need costs, and what two ways out of it would save: solving it for good, and removing its cause."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from cs_lib.methods.tails import normal_quantile

SECONDS_A_MINUTE = 60
DAYS_A_YEAR = 365


@dataclass(frozen=True, slots=True)
class Effort:
    """Seconds of work on one need: first contacts and repeats, with the sums over customers of squares and products."""

    first: float
    repeat: float
    first_squares: float
    repeat_squares: float
    product: float


@dataclass(frozen=True, slots=True)
class Prize:
    """Minutes a year that would not be needed, their interval, and what they cost; no price where none is known."""

    minutes: float
    low: float
    high: float
    price: float | None = None
    price_low: float | None = None
    price_high: float | None = None


@dataclass(frozen=True, slots=True)
class Prizes:
    """`for_good`: every contact solved at once, None where chance is not known. `cause`: its cause is gone."""

    for_good: Prize | None
    cause: Prize


def prizes(
    effort: Effort,
    part: tuple[float, float] | None,
    *,
    days: int,
    minute_price: float | None = None,
    alpha: float = 0.05,
) -> Prizes:
    """What is to be won from one need in a year.

    Solved for good, repeats vanish as far as they are beyond chance: a customer who would have come anyway still
    comes. With the cause removed all contacts vanish, repeats among them; the two prizes are never added. Errors are
    those of sums over customers with Poisson weights; the share beyond chance is taken as independent of the repeats'
    minutes, and its error joins by the delta method.

    Args:
        effort: seconds of the observed days.
        part: the share of repeats that is beyond chance (`Recurrence.part`), with its standard error; None where it
            cannot be had.
        days: observed days, made a year.
        minute_price: what a minute of work costs.
        alpha: one minus the level of the intervals.
    """
    whole = effort.first + effort.repeat
    of_whole = effort.first_squares + effort.repeat_squares + 2 * effort.product
    yearly = DAYS_A_YEAR / days / SECONDS_A_MINUTE
    z = normal_quantile(1 - alpha / 2)

    def prize(seconds: float, variance: float) -> Prize:
        half = z * sqrt(variance)
        ends = (seconds, max(seconds - half, 0.0), seconds + half)
        minutes = [end * yearly for end in ends]
        prices = [None if minute_price is None else one * minute_price for one in minutes]
        return Prize(*minutes, *prices)

    if effort.repeat == 0:
        part = (0.0, 0.0)  # of no repeats there is no share
    if part is None:
        return Prizes(None, prize(whole, of_whole))
    share, share_se = min(max(part[0], 0.0), 1.0), part[1]
    of_good = effort.repeat_squares * share**2 + (effort.repeat * share_se) ** 2
    return Prizes(prize(effort.repeat * share, of_good), prize(whole, of_whole))
