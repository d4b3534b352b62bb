"""The alarm of a watch: an EWMA of weekly points whose limit knows the series' own correlation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.monitoring.ewma_limits import SD_OF_EWMA, WEIGHT, ewma_limit, usable
from cs_lib.methods.tails import normal_quantile, t_quantile
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
# A shift is looked for from so many weeks before the EWMA came over to its side.
WEEKS_AHEAD = 4
# The limit is that of a higher correlation than the estimated one, by so much times how rare a signal is meant to be (a
# normal quantile, less this one) over the weeks: set so that the probability holds for correlations up to .6.
ABOVE, NOT_RARE = 5.0, 0.7
MOST_CORRELATION = 0.9
LEAST_SPREAD = 1e-12


@dataclass(frozen=True, slots=True)
class Signal(Record):
    """A stretch in which the EWMA was beyond its limits, from one crossing of the centre to the next.

    Attributes:
        direction: on which side of the centre.
        flagged: place of the week in which it was first beyond.
        last: place of the last week in which it was.
        since: place of the week from which the points are estimated to lie elsewhere.
        size: mean of the points from then until `last`, less the centre, in their unit.
        low, high: its 95 % interval. It holds the size of large shifts; one of a single standard deviation is only
            flagged when chance makes it look larger, and then lies below in one of five or more.
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
        correlation_used: the higher one that the limit is for, because the estimate may be too low.
        n_baseline, n_watched: points.
        probability: of a false signal in 52 weeks, at most, where weeks correlate by up to .6.
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
    many weeks. At the estimated correlation that would be left twice as often as stated, so a higher one is taken: then
    the probability holds (docs/bench/watch.md has what it costs).

    Args:
        value: one point a week, in order; not a number where there is none. Durations and rates belong on the
            logarithmic scale, counts of none with half a case added first.
        baseline: the weeks that mean, spread and correlation come from; those after the last of them are watched.
        probability: of a false signal in 52 weeks, such as a yearly budget over the number of series; taken into .002
            to .3.
        masked: weeks with a known cause, such as a holiday: neither baseline nor watched.

    Raises:
        CannotEstimate: fewer than 20 points in the baseline, or all alike.
        ValueError: an infinite point, such as the logarithm of none: the week is not missing.
    """
    if np.isinf(value).any():
        raise ValueError("A point is infinite; add half a case before the logarithm is taken.")
    there = np.isfinite(value) & (True if masked is None else ~masked)
    usual = _usual(value, baseline & there, usable(probability))
    watched = there & (np.arange(len(value)) > np.flatnonzero(baseline)[-1])
    limit = ewma_limit(probability, usual.n, usual.bound)
    ewma = _ewma(value, watched, usual.centre)
    reach = limit * SD_OF_EWMA * usual.sd
    return EwmaAlarm(
        standing="alarm" if usual.n >= LEAST_WEEKS_OF_ALARM else "attention",
        centre=usual.centre,
        sd=usual.sd,
        ewma=ewma,
        lower=usual.centre - reach,
        upper=usual.centre + reach,
        limit=limit,
        correlation=usual.correlation,
        correlation_used=usual.bound,
        n_baseline=usual.n,
        n_watched=int(watched.sum()),
        probability=usable(probability),
        newest=int(np.flatnonzero(there)[-1]),
        signals=tuple(_signals(value, watched, ewma, reach, usual)),
    )


def lag_one(value: Floats, there: Flags) -> float:
    """Correlation of neighbouring weeks, its bias from estimating the mean taken out (Kendall 1954).

    Args:
        value: one point a week.
        there: the weeks to read; a gap makes no pair.
    """
    apart = np.where(there, value - value[there].mean(), 0.0)
    pairs, n = there[1:] & there[:-1], int(there.sum())
    if not pairs.any():
        return 0.0
    raw = float((apart[1:] * apart[:-1])[pairs].mean() / (apart[there] ** 2).mean())
    return float(np.clip(((n - 1) * raw + 1) / (n - 4), -MOST_CORRELATION, MOST_CORRELATION))


@dataclass(frozen=True, slots=True)
class _Usual:
    """What the baseline shows: points, mean, standard deviation, correlation and the bound that is taken for it."""

    n: int
    centre: float
    sd: float
    correlation: float
    bound: float

    def inflation(self, weeks: int) -> float:
        """Variance of the mean of so many weeks in a row, over that of one."""
        lag = np.arange(1, weeks)
        return float(1 + 2 * ((1 - lag / weeks) * self.correlation**lag).sum()) / weeks

    def interval(self, points: Floats) -> tuple[float, float, float]:
        """How far a mean of points in a row lies from the centre, with its 95 % interval."""
        size = float(points.mean()) - self.centre
        whole = self.n * self.inflation(self.n)
        variance = self.sd**2 * (self.n - 1) / (self.n - whole)
        se = np.sqrt(variance * (self.inflation(len(points)) + self.inflation(self.n)))
        alike = self.correlation**2
        df = max(self.n * (1 - alike) / (1 + alike) - 1, 1.0)
        half = t_quantile(0.975, df) * float(se)
        return size, size - half, size + half


def _usual(value: Floats, calm: Flags, probability: float) -> _Usual:
    n = int(calm.sum())
    if n < LEAST_WEEKS:
        raise CannotEstimate(
            say(
                "Only {n} of the weeks to compare with have a value; the watch needs {LEAST_WEEKS}, "
                "and {LEAST_WEEKS_OF_ALARM} for an alarm.",
                n=n,
                LEAST_WEEKS=LEAST_WEEKS,
                LEAST_WEEKS_OF_ALARM=LEAST_WEEKS_OF_ALARM,
            )
        )
    centre, sd = float(value[calm].mean()), float(value[calm].std(ddof=1))
    if not sd > LEAST_SPREAD * max(1.0, abs(centre)):
        raise CannotEstimate(
            say("All weeks to compare with are alike, so what is usual cannot be told.")
        )
    correlation = lag_one(value, calm)
    rare = normal_quantile(1 - probability / 2) - NOT_RARE
    bound = correlation + ABOVE * max(rare, 0.0) * np.sqrt(1 - correlation**2) / n
    return _Usual(
        n, centre, sd, max(correlation, 0.0), float(np.clip(bound, 0.0, MOST_CORRELATION))
    )


def _ewma(value: Floats, watched: Flags, centre: float) -> Floats:
    """From the centre on, one step a watched point; not a number before the first."""
    found, now = np.full(len(value), np.nan), centre
    first = int(np.argmax(watched)) if watched.any() else len(value)
    steps = []
    for point, counts in zip(value[first:].tolist(), watched[first:].tolist(), strict=True):
        now += WEIGHT * (point - now) if counts else 0.0
        steps.append(now)
    found[first:] = steps
    return found


def _signals(
    value: Floats, watched: Flags, ewma: Floats, reach: float, usual: _Usual
) -> Iterator[Signal]:
    """Stretches on one side of the centre in which the EWMA was beyond its limit."""
    places = np.flatnonzero(watched)
    apart = ewma[places] - usual.centre
    ends = np.flatnonzero(np.diff(np.sign(apart)) != 0) + 1
    for stretch in np.split(np.arange(len(places)), ends):
        beyond = stretch[np.abs(apart[stretch]) > reach]
        if len(beyond):
            first, last = int(beyond[0]), int(beyond[-1])
            up = bool(apart[first] > 0)
            begins = max(int(stretch[0]) - WEEKS_AHEAD, 0)
            own = value[places[begins : last + 1]] - usual.centre
            since = begins + _since(own, first - begins, up=up)
            size, low, high = usual.interval(value[places[since : last + 1]])
            yield Signal(
                "high" if up else "low",
                int(places[first]),
                int(places[last]),
                int(places[since]),
                size,
                low,
                high,
            )


def _since(apart: Floats, flagged: int, *, up: bool) -> int:
    """The likeliest first point of a lasting shift: maximum likelihood, its size unknown (Hinkley 1970)."""
    side = apart if up else -apart
    total = np.cumsum(side[::-1])[::-1]
    weeks = np.arange(len(side), 0, -1)
    likely = np.where(total > 0, total**2 / weeks, -np.inf)
    return int(np.argmax(likely[: flagged + 1]))
