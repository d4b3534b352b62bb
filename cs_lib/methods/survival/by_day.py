"""How long customers waited, before and after, with days and not contacts as what varies.

Contacts of one day share its queue and its staff, and days in a row resemble each other, so the
plain log-rank test and Cox errors of `waiting` see differences everywhere. Here each is carried by
a daily series and judged as the step in a daily metric is.

Measured without any change (200 runs a row, docs/bench/waiting.md): with AR(1) day effects of 0.3 on
the log scale (rho 0.5 and 0.7, 10 or 60 cases a day, 84 or 182 days) the log-rank test of contacts
rejected in 21 to 73 %, that of days in 2 to 7 %, the step in the mean in 2 to 7 %, the interval of
the hazard ratio left 1 out in 1 to 7 %. A trend looks like a change to all three: none is taken out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import exp, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cs_lib.aggregates import DayDurations, Durations, Series
from cs_lib.methods.errors import tried
from cs_lib.methods.its.level_change import LevelChange, level_change
from cs_lib.methods.survival.hazards import HazardRatio, hazard_ratio
from cs_lib.methods.survival.kaplan_meier import LogRank, log_rank
from cs_lib.methods.tails import t_quantile
from cs_lib.results import Effect, Record
from cs_lib.sentences import Method, Text

# An interval that reaches farther in the log ratio has an open end.
LARGEST_LOG_RATIO = 100.0


@dataclass(frozen=True, slots=True)
class WaitingByDay(Record):
    """Two cohorts by opening day: mean up to the horizon, log-rank and hazard ratio, by days.

    `restricted` is the plain step in the daily restricted mean (no trend) in the metric's unit;
    `log_rank` counts events after the change, `pvalue` is the daily one. `design_effect` is by how
    much the variance exceeds that of independent contacts; the interval of `hazard` is widened by it.
    """

    restricted: Effect
    log_rank: LogRank
    pvalue: float
    design_effect: float
    hazard: HazardRatio | None
    hazard_absent: Text = ""


def waiting_by_day(mean: Series, waits: DayDurations, **options: Any) -> WaitingByDay:
    """Waiting before and after, judged by days.

    Args:
        mean: the metric's daily series, that is the mean time up to the horizon of each day's cases.
        waits: duration counts by day of opening; days outside both periods left out.
        options: those of `level_change` but for the trend, of which there is none.

    The log-rank statistic is the sum over contacts opened after the change of what each has more
    than expected at the pooled hazard (martingale residuals), so the test is a step in their daily
    mean. The hazard ratio is Cox's, its standard error times the root of the design effect (at
    least 1) and Student's t; its check of proportional hazards takes contacts as independent,
    which withholds it more often than needed and never less.

    Raises:
        CannotEstimate: as `level_change` or `log_rank`.
    """
    restricted = level_change(mean, trend="none", **options).effect
    waits = _of_days(waits, mean.days)
    before, after = cohorts(waits, **options)
    test = log_rank(before, after)
    step = level_change(log_rank_scores(waits, mean, **options), trend="none", **options)
    effect = _design_effect(step, before, after)
    hazard, absent = tried(
        lambda: _widened(hazard_ratio(before, after, alpha=restricted.alpha), effect, step)
    )
    return WaitingByDay(restricted, test, step.effect.pvalue, effect, hazard, absent)


def _of_days(waits: DayDurations, days: NDArray[np.datetime64]) -> DayDurations:
    """Without the days that the daily series leaves out, their follow-up not being over."""
    kept = np.isin(waits.days, days)
    return DayDurations(waits.days[kept], waits.seconds[kept], waits.ended[kept], waits.count[kept])


def cohorts(waits: DayDurations, **options: Any) -> tuple[Durations, Durations]:
    """Counts of cases opened before the change, and from the end of the wash-out on."""
    start = np.datetime64(options["intervention_date"], "D")
    end = start + int(options.get("washout_days", 0))
    sides = {"before": waits.days < start, "after": waits.days >= end}
    first, second = (
        Durations(name, waits.seconds[at], waits.ended[at], waits.count[at])
        for name, at in sides.items()
    )
    return first, second


def log_rank_scores(waits: DayDurations, mean: Series, **options: Any) -> Series:
    """Observed less expected ends per case, by day of opening, at the hazard of both cohorts together."""
    before, after = cohorts(waits, **options)
    seconds, ended, count = (
        np.concatenate([getattr(before, name), getattr(after, name)])
        for name in ("seconds", "ended", "count")
    )
    times, place = np.unique(seconds, return_inverse=True)
    events = np.bincount(place, count * ended, len(times))
    at_risk = np.cumsum(np.bincount(place, count, len(times))[::-1])[::-1]
    hazard = np.cumsum(events / at_risk)
    own = np.searchsorted(times, waits.seconds).clip(0, len(times) - 1)
    score = (waits.ended - hazard[own]) * waits.count
    days = np.searchsorted(mean.days, waits.days)
    above = np.bincount(days, score, len(mean.days)).astype(float)
    below = np.bincount(days, waits.count, len(mean.days)).astype(float)
    return Series("log_rank_score", mean.days, above, below)


def _design_effect(step: LevelChange, before: Durations, after: Durations) -> float:
    """Variance of the step over what independent contacts would give it; at least one."""
    n = [float(group.count.sum()) for group in (before, after)]
    independent = _variance(before, after) * (1 / n[0] + 1 / n[1]) ** 2
    return max(step.effect.se**2 / independent, 1.0)


def _variance(before: Durations, after: Durations) -> float:
    """Variance of observed less expected ends when contacts are independent."""
    test = log_rank(before, after)
    return (test.observed - test.expected) ** 2 / test.chi2 if test.chi2 > 0 else float("inf")


def _widened(ratio: HazardRatio, design_effect: float, step: LevelChange) -> HazardRatio:
    """The hazard ratio with an interval for days, and the daily p."""
    se = ratio.se * sqrt(design_effect)
    half = t_quantile(1 - ratio.alpha / 2, step.effect.df) * se
    return replace(
        ratio,
        se=se,
        ci_low=exp(ratio.log_ratio - half),
        ci_high=exp(ratio.log_ratio + half) if half < LARGEST_LOG_RATIO else float("inf"),
        pvalue=step.effect.pvalue,
        method=Method("errors_by_days", ratio.method),
    )
