"""What a metric came to in the last weeks, and how that differs from as many weeks before, weeks varying as they do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.its.ar1 import fit_ar1
from cs_lib.methods.tails import t_quantile
from cs_lib.results import Record
from cs_lib.sentences import Text, say

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
What = Literal["mean", "score", "share", "rate"]
# What has no variance by counting alone; a score may be negative, so it has no logarithm either.
MEANS = ("mean", "score")

# Near 1 the likelihood of a few dozen weeks grows without their saying so: their level is then hardly theirs.
CORRELATIONS = (0.0, 0.7)
# Fewer weeks say too little of how much weeks vary.
LEAST_WEEKS = 12


@dataclass(frozen=True, slots=True)
class Level(Record):
    """The value of some weeks together, with the interval of the level that they vary around."""

    value: float
    low: float
    high: float
    n_weeks: int


@dataclass(frozen=True, slots=True)
class PeriodChange(Record):
    """The last weeks, as many before, and the difference.

    Attributes:
        recent: the last weeks.
        before: as many weeks before them; None where no case lies in them.
        change: recent less before; not a number without `before`, as are `low` and `high`, its interval.
        correlation: of one week with the next.
        dispersion: variance of weeks over what counting alone would give; not a number for means.
        df: degrees of freedom of the intervals.
        n_weeks: weeks with a value, of all the series.
    """

    recent: Level
    before: Level | None
    change: float
    low: float
    high: float
    correlation: float
    dispersion: float
    df: float
    n_weeks: int
    reason: Text = ""


def period_change(
    numerator: Floats,
    denominator: Floats,
    period_weeks: int,
    *,
    what: What,
    per: float = 1.0,
    alpha: float = 0.05,
) -> PeriodChange:
    """The value of the last weeks against that of as many weeks before, both as ratios of sums.

    How much a level is uncertain comes from all weeks: their deviations, standardised by cases, are a first-order
    autoregression about three levels (the last weeks, those before them, all earlier ones), by restricted maximum
    likelihood, so that a change is no variation; weeks never vary less than counting alone makes them. Shares and
    rates have score intervals (Wilson 1927, with that dispersion), means those on the logarithmic scale. The difference
    puts both together (Zou & Donner 2008) with the periods' correlation. docs/bench/watch.md has coverage.

    Args:
        numerator, denominator: one entry a week, in order; 0 below where a week has no value.
        period_weeks: how many weeks make a period.
        what: `mean` (sum of values over cases), `score` (the same where values may be negative), `share` (cases over
            cases) or `rate` (counts over what they come from).
        per: a rate's factor, 1,000 for contacts per 1,000 orders: the numerator is that many times the count.
        alpha: of the two-sided intervals.

    Raises:
        CannotEstimate: no case in the last weeks.
        ValueError: a period of no week.
    """
    if period_weeks < 1:
        raise ValueError("A period has at least one week.")
    weeks = _weeks(numerator / per, denominator / per, period_weeks, what)
    noise, why = _noise(weeks)
    t = t_quantile(1 - alpha / 2, noise.df)
    recent = weeks.level(0, noise, t)
    before = weeks.level(1, noise, t) if weeks.there(1) else None
    together = weeks.correlation(noise.correlation) if before else 0.0
    change, low, high = _difference(recent, before, together)
    return PeriodChange(
        recent=recent,
        before=before,
        change=change,
        low=low,
        high=high,
        correlation=noise.correlation,
        dispersion=noise.dispersion if what not in MEANS else float("nan"),
        df=noise.df,
        n_weeks=len(weeks.group),
        reason=why,
    )


@dataclass(frozen=True, slots=True)
class _Noise:
    """How weeks vary: the variance of a standardised week, over counting's except for means."""

    dispersion: float
    correlation: float
    df: float


@dataclass(frozen=True, slots=True)
class _Weeks:
    """Weeks with cases: both parts, their time, and the period each lies in (0 the last, 1 before, 2 earlier)."""

    above: Floats
    below: Floats
    time: Places
    group: Places
    what: What

    def there(self, group: int) -> bool:
        """Whether a period has any."""
        return bool((self.group == group).any())

    def value(self, group: int) -> float:
        """A period's ratio of sums."""
        own = self.group == group
        return float(self.above[own].sum() / self.below[own].sum())

    def counting(self) -> float:
        """Variance of one case by counting alone, averaged over the levels; 1 for means."""
        if self.what in MEANS:
            return 1.0
        total = 0.0
        for group in np.unique(self.group):
            value, own = self.value(group), self.group == group
            unit = value * (1 - value) if self.what == "share" else value
            total += unit * float(self.below[own].sum())
        return total / float(self.below.sum())

    def spread(self, first: int, second: int, correlation: float) -> float:
        """Covariance of two periods' values in units of the variance of a standardised week."""
        a, b = self.group == first, self.group == second
        root = np.sqrt(self.below)
        alike = correlation ** np.abs(self.time[a][:, None] - self.time[b])
        both = root[a] @ alike @ root[b]
        return float(both / (self.below[a].sum() * self.below[b].sum()))

    def correlation(self, correlation: float) -> float:
        """Of the values of the two periods."""
        own = self.spread(0, 0, correlation) * self.spread(1, 1, correlation)
        return self.spread(0, 1, correlation) / float(np.sqrt(own))

    def level(self, group: int, noise: _Noise, t: float) -> Level:
        """A period's value with its interval."""
        value, n = self.value(group), int((self.group == group).sum())
        size = t**2 * noise.dispersion * self.spread(group, group, noise.correlation)
        if self.what in MEANS:
            half = float(np.sqrt(size))
            low, high = (
                (value - half, value + half) if self.what == "score" else _of_mean(value, half)
            )
            return Level(value, low, high, n)
        variance = value * (1 - value) if self.what == "share" else value
        half = float(np.sqrt(size * variance + size**2 / 4))
        shrunk = 1 + size if self.what == "share" else 1.0
        low, high = (value + size / 2 - half) / shrunk, (value + size / 2 + half) / shrunk
        top = 1.0 if self.what == "share" else np.inf
        return Level(value, min(max(low, 0.0), value), max(min(high, top), value), n)


def _weeks(above: Floats, below: Floats, period: int, what: What) -> _Weeks:
    """The weeks with cases, counted backwards from the last; fewer than two whole periods have no week before."""
    time = np.arange(len(below)) - len(below)
    group = np.minimum((-time - 1) // period, 2)
    if len(below) < 2 * period:
        group[group == 1] = 2
    there = below > 0
    weeks = _Weeks(above[there], below[there], time[there], group[there], what)
    if not weeks.there(0):
        raise CannotEstimate(say("No case lies in the last weeks."))
    return weeks


def _of_mean(value: float, half: float) -> tuple[float, float]:
    """On the logarithmic scale where there is one."""
    if value > 0:
        ratio = float(np.exp(half / value))
        return value / ratio, value * ratio
    return value - half, value + half


def _noise(weeks: _Weeks) -> tuple[_Noise, Text]:
    """How the weeks vary about their levels; without enough of them the dispersion is not a number, and why."""
    n, groups = len(weeks.group), np.unique(weeks.group)
    if n < LEAST_WEEKS:
        return _Noise(float("nan"), 0.0, float("nan")), say(
            "Only {n} weeks have a value; an interval needs {LEAST_WEEKS}.",
            n=n,
            LEAST_WEEKS=LEAST_WEEKS,
        )
    counting = weeks.counting()
    root = np.sqrt(weeks.below)
    design = root[:, None] * (weeks.group[:, None] == groups)
    try:
        fit = fit_ar1(weeks.above / root, design, weeks.time, bounds=CORRELATIONS)
    except CannotEstimate:
        if weeks.what in MEANS:
            return _Noise(float("nan"), 0.0, float("nan")), say("All weeks are alike.")
        return _Noise(1.0, 0.0, float(n - len(groups))), ""
    newest = np.where(groups == 0, 1.0, np.where(groups == 1, -1.0, 0.0))
    df = float(fit.contrast(newest)[2])
    rho, variance = float(fit.rho), float(fit.sigma2)
    dispersion = variance if weeks.what in MEANS else max(variance / counting, 1.0)
    return _Noise(dispersion, rho, df), ""


def _difference(
    recent: Level, before: Level | None, correlation: float
) -> tuple[float, float, float]:
    """Of two correlated values with asymmetric intervals (Zou & Donner 2008); not numbers without the second."""
    if before is None:
        return float("nan"), float("nan"), float("nan")

    def apart(first: float, second: float) -> float:
        return float(np.sqrt(first**2 + second**2 - 2 * correlation * first * second))

    change = recent.value - before.value
    low = change - apart(recent.value - recent.low, before.high - before.value)
    return change, low, change + apart(recent.high - recent.value, before.value - before.low)
