"""Demand by day, and the clock that turns customers' order rates into order times."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from cs_lib.data.simulate.columns import DAY, HOUR, Array
from cs_lib.data.simulate.plan import OrderPlan

HOURS = np.array([3, 2, 1, 1, 1, 1, 2, 4, 6, 8, 10, 10, 10, 9, 9, 9, 9, 9, 10, 12, 14, 14, 11, 6])

# Lunar new year; other years simply have no Spring Festival dip.
SPRING_FESTIVAL = {
    2023: (1, 22), 2024: (2, 10), 2025: (1, 29), 2026: (2, 17), 2027: (2, 6), 2028: (1, 26),
}  # fmt: skip

# First month and day, length in days, factor on orders.
FIXED_DATES = (
    (1, 1, 1, 0.85),
    (6, 18, 1, 1.70),
    (10, 1, 8, 0.78),  # National Day
    (11, 1, 10, 1.20),
    (11, 11, 1, 2.40),
    (12, 12, 1, 1.30),
)


@dataclass(frozen=True, slots=True)
class Clock:
    """Demand over time: `factors` by day (1 = average), cumulated by the hour in average days.

    The first `lead` days run before the period, so that contacts about older orders are there
    from its first day on.
    """

    first: dt.date
    lead: int
    factors: Array
    cumulated: Array

    @property
    def days(self) -> int:
        """Days with lead-in."""
        return len(self.factors)

    @property
    def begin(self) -> float:
        """Start of the period, in seconds after the first midnight."""
        return self.lead * DAY

    @property
    def cut(self) -> float:
        """The data cut, in seconds after the first midnight."""
        return self.days * DAY

    def elapsed(self, seconds: Array) -> Array:
        """Average days of demand from the start until each moment."""
        return np.asarray(np.interp(seconds, np.arange(len(self.cumulated)) * HOUR, self.cumulated))

    def moment(self, elapsed: Array) -> Array:
        """The moments at which so many average days of demand have passed, in whole seconds."""
        hours = np.arange(len(self.cumulated)) * HOUR
        return np.asarray(np.rint(np.interp(elapsed, self.cumulated, hours)))

    def day(self, seconds: Array) -> Array:
        """Day numbers from the first midnight."""
        return np.clip(seconds // DAY, 0, self.days - 1).astype(np.int64)

    def weekday(self, seconds: Array) -> Array:
        """Weekdays, Monday = 0."""
        return (self.day(seconds) + self.first.weekday()) % 7


def make_clock(
    plan: OrderPlan, *, start: dt.date, days: int, lead: int, rng: np.random.Generator
) -> Clock:
    """The demand clock: weekdays, season and holidays planted, an AR(1) factor drawn."""
    first, length = start - dt.timedelta(days=lead), days + lead
    planted = planted_factors(plan, start=first, days=length)
    drawn = np.exp(ar1(plan.rho, plan.daily_sd, length, rng) - plan.daily_sd**2 / 2)
    factors = planted / planted.mean() * drawn
    hourly = np.outer(factors, HOURS / HOURS.sum()).ravel()
    return Clock(first, lead, factors, np.concatenate([[0.0], np.cumsum(hourly)]))


def planted_factors(plan: OrderPlan, *, start: dt.date, days: int) -> Array:
    """Demand by day without chance: weekday x season x holidays."""
    dates = [start + dt.timedelta(days=i) for i in range(days)]
    weekday = np.array([plan.weekday[d.weekday()] for d in dates])
    phase = np.array([d.timetuple().tm_yday - 350 for d in dates]) * 2 * np.pi / 365.25
    holidays = np.array([special(d) for d in dates])
    return np.asarray(weekday * (1 + plan.season * np.cos(phase)) * holidays)


def special(date: dt.date) -> float:
    """The holiday or sale factor of one date; 1 on other days."""
    if date.year in SPRING_FESTIVAL and -2 <= (date - spring_festival(date.year)).days <= 6:
        return 0.5
    for month, day, length, factor in FIXED_DATES:
        if 0 <= (date - dt.date(date.year, month, day)).days < length:
            return factor
    return 1.0


def spring_festival(year: int) -> dt.date:
    """First day of the lunar new year."""
    month, day = SPRING_FESTIVAL[year]
    return dt.date(year, month, day)


def public_holidays(start: dt.date, days: int) -> tuple[dt.date, ...]:
    """National Day and Spring Festival dates in the period, when extended-day teams rest."""
    dates = [start + dt.timedelta(days=i) for i in range(days)]
    return tuple(d for d in dates if special(d) in (0.5, 0.78))


def ar1(rho: float, sd: float, size: int, rng: np.random.Generator) -> Array:
    """A stationary first-order autoregression with standard deviation `sd`."""
    shocks = rng.normal(0.0, sd * np.sqrt(1 - rho**2), size)
    shocks[0] = rng.normal(0.0, sd)
    for i in range(1, size):
        shocks[i] += rho * shocks[i - 1]
    return shocks


def time_of_day(rng: np.random.Generator, size: int) -> Array:
    """Seconds after midnight at which customers write or call."""
    hour = np.searchsorted(np.cumsum(HOURS) / HOURS.sum(), rng.random(size), side="right")
    return np.floor((hour + rng.random(size)) * HOUR)
