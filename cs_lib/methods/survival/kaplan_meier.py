"""Time to an event, some of it not seen yet: Kaplan-Meier, restricted mean, log-rank."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from cs_lib.aggregates import Durations
from cs_lib.language import later
from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.tails import chi2_tail, normal_quantile, t_two_sided
from cs_lib.results import Effect, Record
from cs_lib.sentences import Method, Text, say

Floats = NDArray[np.float64]
GROUP_NAMES = {"before": later("before"), "after": later("after")}


@dataclass(frozen=True, slots=True)
class SurvivalCurve:
    """Share still open just after each distinct time; flat in between, one before the first."""

    group: str
    seconds: Floats
    survival: Floats
    se: Floats
    at_risk: Floats
    ended: Floats

    @property
    def nobs(self) -> int:
        """Contacts in the group, ended or not."""
        return int(self.at_risk[0])


@dataclass(frozen=True, slots=True)
class MedianTime(Record):
    """Seconds until half have ended, with limits; not a number where the curve stays above."""

    group: str
    seconds: float
    ci_low: float
    ci_high: float
    alpha: float


@dataclass(frozen=True, slots=True)
class RestrictedMean(Record):
    """Mean seconds until the event or the horizon, whichever comes first."""

    group: str
    seconds: float
    se: float
    horizon: float
    nobs: int


@dataclass(frozen=True, slots=True)
class LogRank(Record):
    """Log-rank test that two groups end at the same rate at all times."""

    chi2: float
    df: int
    pvalue: float
    observed: float  # The events in the second group.
    expected: float


def kaplan_meier(durations: Durations) -> SurvivalCurve:
    """Share still open over time, with Greenwood's standard error; ties are exact.

    Where an event and a censoring fall together, the event comes first. Once nobody is left the
    share and its standard error are 0.

    Raises:
        CannotEstimate: no contact in the group.
        ValueError: a negative or missing time or count.
    Source: Kaplan & Meier 1958; Greenwood 1926.
    """
    seconds, ended, at_risk = _risk_table(durations)
    survival = np.asarray(np.cumprod(1 - ended / at_risk), dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        hazard_var = np.cumsum(ended / (at_risk * (at_risk - ended)))
        se = np.where(survival > 0, survival * np.sqrt(hazard_var), 0.0)
    return SurvivalCurve(durations.group, seconds, survival, se, at_risk, ended)


def median_time(curve: SurvivalCurve, *, alpha: float = 0.05) -> MedianTime:
    """Seconds by which half have ended, with the interval that inverts log(-log) limits.

    Source: Brookmeyer & Crowley 1982; Klein & Moeschberger 2003, section 4.5.
    """
    z = normal_quantile(1 - alpha / 2)
    inside = (curve.survival > 0) & (curve.survival < 1)
    s = np.where(inside, curve.survival, 0.5)
    spread = z * curve.se / (s * np.abs(np.log(s)))
    low = np.where(inside, s ** np.exp(spread), curve.survival)
    high = np.where(inside, s ** np.exp(-spread), curve.survival)
    return MedianTime(
        group=curve.group,
        seconds=_first_at_or_below_half(curve.seconds, curve.survival),
        ci_low=_first_at_or_below_half(curve.seconds, low),
        ci_high=_first_at_or_below_half(curve.seconds, high),
        alpha=alpha,
    )


def restricted_mean(curve: SurvivalCurve, horizon: float) -> RestrictedMean:
    """Area under the curve up to the horizon, in seconds, with its sampling standard error.

    The variance is the sum over event times of (area left)^2 d / (n (n - d)); it is not the
    variance of the restricted times themselves.

    Raises:
        ValueError: a horizon that is not above zero.
        CannotEstimate: contacts are still open and none was followed to the horizon.
    Source: Irwin 1949; Royston & Parmar 2013.
    """
    if not horizon > 0:
        raise ValueError("The horizon must be above zero seconds.")
    if horizon > curve.seconds[-1] and curve.survival[-1] > 0:
        raise CannotEstimate(
            say("No contact in {group} was followed up to the horizon.", group=_shown(curve.group))
        )
    before = curve.seconds < horizon
    knots = np.concatenate([[0.0], curve.seconds[before], [horizon]])
    level = np.concatenate([[1.0], curve.survival[before]])
    pieces = level * np.diff(knots)
    left = pieces.sum() - np.cumsum(pieces)[:-1]
    n, d = curve.at_risk[before], curve.ended[before]
    some = (d > 0) & (d < n)
    variance = float((left[some] ** 2 * d[some] / (n[some] * (n[some] - d[some]))).sum())
    return RestrictedMean(curve.group, float(pieces.sum()), sqrt(variance), horizon, curve.nobs)


def compare_restricted_means(
    control: Durations,
    treatment: Durations,
    metric: str,
    *,
    horizon: float,
    alpha: float = 0.05,
) -> Effect:
    """Difference in mean seconds up to the horizon, treatment minus control; normal test.

    Both groups need the same follow-up for this to be fair: cohorts by opening date.

    Raises:
        CannotEstimate: an empty group, follow-up shorter than the horizon, or no variation.
        ValueError: a horizon that is not above zero.
    Source: Royston & Parmar 2013; Uno et al. 2014.
    """
    first = restricted_mean(kaplan_meier(control), horizon)
    second = restricted_mean(kaplan_meier(treatment), horizon)
    se = sqrt(first.se**2 + second.se**2)
    if se == 0:
        raise CannotEstimate(
            say("{metric} does not vary before the horizon: nothing can differ.", metric=metric)
        )
    effect = second.seconds - first.seconds
    half = normal_quantile(1 - alpha / 2) * se
    return Effect(
        metric=metric,
        variant=treatment.group,
        control=first.seconds,
        treatment=second.seconds,
        effect=effect,
        effect_ci_low=effect - half,
        effect_ci_high=effect + half,
        pvalue=float(t_two_sided(effect / se, np.inf)),
        nobs=first.nobs + second.nobs,
        method=Method("restricted_means"),
        alpha=alpha,
        se=se,
        details={"horizon_seconds": horizon, "n_control": first.nobs, "n_treatment": second.nobs},
    )


def log_rank(control: Durations, treatment: Durations) -> LogRank:
    """Chi-square test that both groups end at the same rate at all times, one degree of freedom.

    Raises:
        CannotEstimate: an empty group, or no event while both groups were at risk.
    Source: Mantel 1966; Peto & Peto 1972, with the hypergeometric variance for ties.
    """
    d0, n0, d1, n1 = events_of_two(control, treatment)
    d, n = d0 + d1, n0 + n1
    expected = d * n1 / n
    variance = expected * (n0 / n) * (n - d) / np.maximum(n - 1, 1)
    if variance.sum() == 0:
        raise CannotEstimate(say("No event happened while both groups were still at risk."))
    chi2 = float((d1 - expected).sum() ** 2 / variance.sum())
    return LogRank(chi2, 1, float(chi2_tail(chi2, 1)), float(d1.sum()), float(expected.sum()))


def events_of_two(
    control: Durations, treatment: Durations
) -> tuple[Floats, Floats, Floats, Floats]:
    """Events at, and contacts at risk just before, every time of either group: first, then second.

    Raises:
        CannotEstimate: an empty group.
        ValueError: a negative or missing time or count.
    """
    first, second = _risk_table(control), _risk_table(treatment)
    times = np.union1d(first[0], second[0])
    return (*_at_times(first, times), *_at_times(second, times))


def _shown(group: str) -> Text:
    """A group's name in the language in use, where it is one of ours."""
    return say(GROUP_NAMES.get(group, group))


def _risk_table(durations: Durations) -> tuple[Floats, Floats, Floats]:
    """Distinct times, events at each, and contacts at risk just before each."""
    count = np.asarray(durations.count, dtype=float)
    seconds = np.asarray(durations.seconds, dtype=float)
    if not (np.all(np.isfinite(seconds)) and np.all(seconds >= 0) and np.all(count >= 0)):
        raise ValueError(f"Times and counts of {durations.group} must be zero or more.")
    if count.sum() == 0:
        raise CannotEstimate(say("{group} holds no contacts.", group=_shown(durations.group)))
    some = count > 0
    times, place = np.unique(seconds[some], return_inverse=True)
    ended = np.bincount(place, count[some] * durations.ended[some], len(times)).astype(float)
    leaving = np.bincount(place, count[some], len(times)).astype(float)
    return times, ended, np.cumsum(leaving[::-1])[::-1]


def _at_times(table: tuple[Floats, Floats, Floats], times: Floats) -> tuple[Floats, Floats]:
    """Events at, and contacts at risk just before, each of the given times."""
    own, own_ended, own_at_risk = table
    ended = np.zeros_like(times)
    ended[np.searchsorted(times, own)] = own_ended
    place = np.searchsorted(own, times)
    return ended, np.append(own_at_risk, 0.0)[place]


def _first_at_or_below_half(seconds: Floats, share: Floats) -> float:
    below = np.flatnonzero(share <= 0.5 + 1e-12)
    return float(seconds[below[0]]) if len(below) else float("nan")
