"""The alarm of a watch: an EWMA of weekly points whose limit knows the series' own correlation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.monitoring.ewma_limits import SD_OF_EWMA, WEIGHT, ewma_limit, usable
from cs_lib.methods.tails import t_quantile
from cs_lib.results import Record
from cs_lib.sentences import say

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Direction = Literal["high", "low"]
Standing = Literal["alarm", "attention"]

# With fewer weeks of baseline the limit is so wide that next to nothing would be seen.
LEAST_WEEKS = 20
# With fewer weeks than these a signal asks for attention and is no alarm.
LEAST_WEEKS_OF_ALARM = 39
# The limit is that of a correlation so many standard errors above the estimated one.
ERRORS_ABOVE = 1.0
MOST_CORRELATION = 0.9


@dataclass(frozen=True, slots=True)
class Signal(Record):
    """A stretch in which the EWMA was beyond its limits, from one crossing of the centre to the next.

    Attributes:
        direction: on which side of the centre.
        flagged: place of the week in which it was first beyond.
        last: place of the last week in which it was.
        since: place of the week from which the points are estimated to lie elsewhere.
        size: mean of the points from then until `last`, less the centre, in their unit.
        low, high: its 95 % interval.
    """

    direction: Direction
    flagged: int
    last: int
    since: int
    size: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class EwmaAlarm(Record):
    """The EWMA of every watched week, its limits, and the signals in order.

    Attributes:
        standing: what a signal is: an alarm, or only attention where the baseline is short.
        centre, sd: of the points of the baseline.
        ewma: one entry a week, in the unit of the points; not a number before the watch, unchanged in a week without a
            point.
        lower, upper: its limits.
        limit: distance of the limits from the centre, in standard deviations of the EWMA of independent weeks.
        correlation: of one week with the next in the baseline; at least 0.
        correlation_used: the higher one that the limit is for.
        n_baseline, n_watched: points.
        probability: of a false signal in 52 weeks that the limit is for.
        newest: place of the last week with a point; -1 without one.
    """

    standing: Standing
    centre: float
    sd: float
    ewma: Floats
    lower: float
    upper: float
    limit: float
    correlation: float
    correlation_used: float
    n_baseline: int
    n_watched: int
    probability: float
    newest: int
    signals: tuple[Signal, ...]

    @property
    def signal(self) -> Signal | None:
        """The one that stands at the newest point; None when the EWMA lies within its limits now."""
        if self.signals and self.signals[-1].last == self.newest:
            return self.signals[-1]
        return None


def ewma_alarm(
    value: Floats, baseline: Flags, *, probability: float, masked: Flags | None = None
) -> EwmaAlarm:
    """Whether weekly points moved away from a frozen baseline, however weeks resemble each other.

    An EWMA of weight .2 (Roberts 1959) starts at the baseline's mean. Its limit is the one that a stationary normal
    AR(1) series leaves within 52 weeks with the given probability, mean and standard deviation being estimated from as
    many weeks, at a correlation one standard error above the bias-corrected one of the baseline (docs/bench/watch.md).

    Args:
        value: one point a week, in order; not a number where there is none. Durations and rates belong on the
            logarithmic scale.
        baseline: the weeks that mean, spread and correlation come from; those after the last of them are watched.
        probability: of a false signal in 52 weeks, such as a yearly budget over the number of series; taken into .002
            to .3.
        masked: weeks with a known cause, such as a holiday: neither baseline nor watched.

    Raises:
        CannotEstimate: fewer than 20 points in the baseline, or all alike.
    """
    there = np.isfinite(value) & (True if masked is None else ~masked)
    calm = baseline & there
    n = int(calm.sum())
    if n < LEAST_WEEKS:
        raise CannotEstimate(
            say(
                "Only {n} weeks with a value lie in the baseline; the watch needs {LEAST_WEEKS}, "
                "and {LEAST_WEEKS_OF_ALARM} for an alarm.",
                n=n,
                LEAST_WEEKS=LEAST_WEEKS,
                LEAST_WEEKS_OF_ALARM=LEAST_WEEKS_OF_ALARM,
            )
        )
    centre, sd = float(value[calm].mean()), float(value[calm].std(ddof=1))
    if not sd > 1e-12 * max(1.0, abs(centre)):
        raise CannotEstimate(
            say("All weeks of the baseline are alike, so it shows no usual variation.")
        )
    correlation = lag_one(value, calm)
    bound = min(
        correlation + ERRORS_ABOVE * np.sqrt((1 - correlation**2) / n), MOST_CORRELATION
    )
    limit = ewma_limit(probability, n, bound)
    watched = there & (np.arange(len(value)) > np.flatnonzero(baseline)[-1])
    ewma = _ewma(value, watched, centre)
    reach = limit * SD_OF_EWMA * sd
    newest = int(np.flatnonzero(there)[-1])
    found = EwmaAlarm(
        "alarm" if n >= LEAST_WEEKS_OF_ALARM else "attention",
        centre,
        sd,
        ewma,
        centre - reach,
        centre + reach,
        limit,
        correlation,
        float(bound),
        n,
        int(watched.sum()),
        usable(probability),
        newest,
        (),
    )
    return found
