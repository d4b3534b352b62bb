"""Control charts of weekly points with limits frozen before a change: XmR, Laney's p' and u'."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cs_lib.aggregates import Series
from cs_lib.methods.errors import CannotEstimate
from cs_lib.results import Record
from cs_lib.sentences import say

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Kind = Literal["xmr", "p_prime", "u_prime"]

LIMIT_IN_SIGMAS = 3.0
# The mean range of two independent normal values, in standard deviations, is known as d2.
MEAN_RANGE_OF_TWO = 1.128
# The upper limit of a range of two, in mean ranges, is known as D4.
LARGEST_RANGE = 3.267
# With fewer weeks of baseline the limits themselves are little but chance.
LEAST_WEEKS = 12
# From so many weeks of baseline on, limits are called settled (Wheeler & Chambers 1992).
USUAL_WEEKS = 20
# A week with cases on fewer days has no point.
DAYS_IN_WEEK_WITH_CASES = 4
# So many points in a row on one side of the centre line say that a process moved (Wheeler 2000).
RUN_LENGTH = 8
DAYS_PER_WEEK = 7


class CannotChart(CannotEstimate):
    """A series that carries no limits; the message is one sentence that says why."""


@dataclass(frozen=True, slots=True)
class Limits(Record):
    """Centre line and natural limits, one entry of each limit per point.

    `sigma_z` is Laney's: the spread from point to point over what counting alone would give; not
    a number for XmR, which has nothing to compare with.
    """

    centre: float
    lower: Floats
    upper: Floats
    sigma_z: float = float("nan")


@dataclass(frozen=True, slots=True)
class Weeks(Record):
    """Whole weeks counted from a day (`time` 0 starts there): both parts of the metric, summed.

    `there` is False for a week with too few days with cases.
    """

    start: NDArray[np.datetime64]
    time: NDArray[np.int64]
    numerator: Floats
    denominator: Floats
    there: Flags

    @property
    def value(self) -> Floats:
        """Numerator over denominator; not a number where a week has no point."""
        return np.where(
            self.there, self.numerator / np.where(self.there, self.denominator, 1.0), np.nan
        )


@dataclass(frozen=True, slots=True)
class ControlChart(Record):
    """Weekly points in the metric's unit, their limits, and which points lie outside.

    Limits rest on `baseline` alone. Weeks in the wash-out are neither baseline nor `after`, and
    are never called outside.
    """

    metric: str
    kind: Kind
    weeks: Weeks
    limits: Limits
    baseline: Flags
    after: Flags
    outside: Flags

    @property
    def n_baseline(self) -> int:
        """Weeks that the limits rest on."""
        return int(self.baseline.sum())


def control_chart(
    series: Series,
    kind: Kind,
    *,
    intervention_date: str | date,
    washout_days: int = 0,
    per: float = 1.0,
) -> ControlChart:
    """The control chart of a daily series by weeks, its limits frozen at the change.

    XmR for averages (Wheeler & Chambers 1992), p' for shares and u' for rates (Laney 2002): the
    last two widen where a week has few cases, and by as much as weeks vary beyond counting.

    Args:
        per: a rate's factor, 1,000 for contacts per 1,000 orders: the numerator is that many
            times the count.

    Raises:
        CannotChart: fewer than 12 whole weeks before the change, or no variation among them.
    """
    weeks = weekly(series, np.datetime64(str(intervention_date), "D"))
    washed_out = (weeks.time >= 0) & (weeks.time * DAYS_PER_WEEK < washout_days)
    baseline = weeks.there & (weeks.time < 0)
    after = weeks.there & (weeks.time >= 0) & ~washed_out
    if baseline.sum() < LEAST_WEEKS:
        raise CannotChart(
            say(
                "Only {sum} whole weeks with cases lie before the change; limits need "
                "{LEAST_WEEKS}, {USUAL_WEEKS} are better.",
                sum=int(baseline.sum()),
                LEAST_WEEKS=LEAST_WEEKS,
                USUAL_WEEKS=USUAL_WEEKS,
            )
        )
    limits = limits_of(weeks, kind, baseline, per=per)
    with np.errstate(invalid="ignore"):
        beyond = (weeks.value < limits.lower) | (weeks.value > limits.upper)
    outside = beyond & (baseline | after)
    return ControlChart(series.metric, kind, weeks, limits, baseline, after, outside)


def limits_of(
    weeks: Weeks,
    kind: Kind,
    baseline: Flags,
    *,
    per: float = 1.0,
    floor: float = 0.0,
    screened: bool = False,
) -> Limits:
    """Limits of a kind of chart for all weeks, from those of the baseline.

    Args:
        per: a rate's factor, as in `control_chart`.
        floor: of XmR limits, where values cannot lie below it.
        screened: leave ranges that are far too large for chance out of XmR limits.

    Raises:
        CannotChart: the baseline carries none.
    """
    if kind == "xmr":
        return individuals(weeks.value, baseline, floor=floor, screened=screened)
    if kind == "p_prime":
        return laney_p(weeks.numerator, weeks.denominator, baseline)
    return laney_u(weeks.numerator / per, weeks.denominator / per, baseline)


def longest_run(chart: ControlChart, which: Flags) -> tuple[int, bool]:
    """The longest run of points of `which` on one side of the centre line, and whether it lies above.

    A point on the line, and a week without one, neither lengthens nor breaks a run.
    """
    side = np.sign(chart.weeks.value[which] - chart.limits.centre)
    side = side[np.isfinite(side) & (side != 0)]
    if not len(side):
        return 0, False
    ends = np.flatnonzero(np.append(np.diff(side) != 0, True))
    lengths = np.diff(ends, prepend=-1)
    longest = int(lengths.argmax())
    return int(lengths[longest]), bool(side[ends[longest]] > 0)


def weekly(series: Series, start: np.datetime64) -> Weeks:
    """The whole weeks of a series counted from `start`, so that none straddles it."""
    time = (series.days.astype("datetime64[D]") - start).astype(np.int64)
    week = np.floor_divide(time, DAYS_PER_WEEK)
    first, last = int(-(-time[0] // DAYS_PER_WEEK)), int((time[-1] + 1) // DAYS_PER_WEEK)
    number = np.arange(first, max(last, first))
    inside = (week >= first) & (week < last)
    place = week[inside] - first

    def total(values: Floats) -> Floats:
        return np.bincount(place, values[inside], len(number)).astype(float)

    with_cases = total((series.denominator > 0).astype(float))
    return Weeks(
        start=start + number * DAYS_PER_WEEK,
        time=number,
        numerator=total(series.numerator),
        denominator=total(series.denominator),
        there=with_cases >= DAYS_IN_WEEK_WITH_CASES,
    )


def individuals(
    value: Floats, baseline: Flags, *, floor: float = 0.0, screened: bool = False
) -> Limits:
    """Natural process limits: the baseline's mean and 3 / 1.128 = 2.66 of its mean moving range.

    Source: Wheeler & Chambers 1992. A range is taken between neighbours that both lie in the
    baseline; a missing point makes no range.

    Args:
        value: one point a period; not a number where there is none.
        floor: no value can lie below it, so neither does a limit.
        screened: ranges above 3.267 times their mean are left out of it, once (Nelson 1982).

    Raises:
        CannotChart: no two neighbours, or all alike.
    """
    centre = float(value[baseline].mean())
    reach = LIMIT_IN_SIGMAS * _sigma(value, baseline, screened=screened)
    every = np.ones(len(value))
    return Limits(centre, np.maximum((centre - reach) * every, floor), (centre + reach) * every)


def laney_p(count: Floats, cases: Floats, baseline: Flags) -> Limits:
    """Laney's p' limits of a share, between 0 and 1; infinitely wide where there is no case.

    The share's binomial standard deviation in each point, times the spread from point to point of
    the standardised shares (Laney 2002). Plain p limits are those with `sigma_z` = 1.

    Raises:
        CannotChart: the share is 0 or 1 in all of the baseline, or its points are all alike.
    """
    centre = float(count[baseline].sum() / cases[baseline].sum())
    if not 0 < centre < 1:
        raise CannotChart(say("Before the change the share is the same in every week."))
    limits = _laney(count, cases, baseline, centre, centre * (1 - centre))
    return Limits(
        centre, np.maximum(limits.lower, 0.0), np.minimum(limits.upper, 1.0), limits.sigma_z
    )


def laney_u(count: Floats, area: Floats, baseline: Flags) -> Limits:
    """Laney's u' limits of a rate, never negative: count per unit of `area`, such as thousands of orders.

    As `laney_p`, with the Poisson standard deviation (Laney 2002).

    Raises:
        CannotChart: no count in the baseline, or its points are all alike.
    """
    centre = float(count[baseline].sum() / area[baseline].sum())
    if not centre > 0:
        raise CannotChart(say("Before the change nothing was counted in any week."))
    limits = _laney(count, area, baseline, centre, centre)
    return Limits(centre, np.maximum(limits.lower, 0.0), limits.upper, limits.sigma_z)


def _laney(count: Floats, size: Floats, baseline: Flags, centre: float, variance: float) -> Limits:
    """Limits from the variance of one unit of size; open where there is no size."""
    there = size > 0
    safe = np.where(there, size, 1.0)
    own = np.where(there, np.sqrt(variance / safe), np.inf)
    z = np.where(there, (count / safe - centre) / np.where(there, own, 1.0), np.nan)
    sigma_z = _sigma(z, baseline)
    reach = LIMIT_IN_SIGMAS * sigma_z * own
    return Limits(centre, centre - reach, centre + reach, sigma_z)


def _sigma(value: Floats, baseline: Flags, *, screened: bool = False) -> float:
    """The standard deviation by the mean moving range of neighbours in the baseline."""
    both = baseline[1:] & baseline[:-1]
    ranges = np.abs(np.diff(value))[both]
    if screened and len(ranges):
        ranges = ranges[ranges <= LARGEST_RANGE * ranges.mean()]
    if not len(ranges) or not ranges.mean() > 0:
        raise CannotChart(
            say("Before the change all weeks are alike, so nothing can leave its limits.")
        )
    return float(ranges.mean()) / MEAN_RANGE_OF_TWO
