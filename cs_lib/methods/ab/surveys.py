"""Survey outcomes when not everybody answers: who answered, and how far that could move the effect."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, sqrt

import numpy as np
from numpy.typing import NDArray

from cs_lib import sentences as w
from cs_lib.aggregates import Answers, Histogram, Moments
from cs_lib.methods.ab.means import compare_means, compare_shares
from cs_lib.methods.ab.robust import histogram_moments
from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.tails import normal_quantile
from cs_lib.results import Effect, Record
from cs_lib.sentences import Method, say

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Bounds(Record):
    """The effect lies between `low` and `high`; the interval adds sampling error.

    It covers the effect itself with the stated confidence, not the whole span (Imbens & Manski
    2004). `trimmed` is the share of answers set aside in one arm, for Lee's bounds.
    """

    metric: str
    variant: str
    low: float
    high: float
    ci_low: float
    ci_high: float
    method: Method
    alpha: float = 0.05
    trimmed: float = 0.0
    low_se: float = 0.0
    high_se: float = 0.0


@dataclass(frozen=True, slots=True)
class SurveyEffect(Record):
    """A survey effect and what it rests on: the response, those who answered, and the bounds."""

    response: Effect
    complete_case: Effect
    lee: Bounds
    worst_case: Bounds


def compare_survey(
    control: Answers,
    treatment: Answers,
    metric: str,
    *,
    scale: tuple[float, float],
    alpha: float = 0.05,
) -> SurveyEffect:
    """Everything a survey outcome needs, treatment minus control, in points of the score.

    The complete-case effect compares those who answered, who differ between arms when the offer
    changes who answers; it is never shown without the bounds.

    Args:
        scale: lowest and highest possible score.

    Raises:
        CannotEstimate: fewer than two answers in an arm, or no variation.
        ValueError: more answers than units offered, or a score outside the scale.
    """
    _check(control, metric, scale)
    _check(treatment, metric, scale)
    first, second = (histogram_moments(arm.scores, metric) for arm in (control, treatment))
    complete = compare_means(first, second, metric, alpha=alpha)
    return SurveyEffect(
        response=response_effect(control, treatment, metric, alpha=alpha),
        complete_case=complete.with_(method=Method("welch_t_answers")),
        lee=lee_bounds(control, treatment, metric, alpha=alpha),
        worst_case=worst_case_bounds(control, treatment, metric, scale=scale, alpha=alpha),
    )


def response_effect(
    control: Answers, treatment: Answers, metric: str, *, alpha: float = 0.05
) -> Effect:
    """Difference of response rates as a share, between -1 and 1; see `compare_shares`.

    Raises:
        CannotEstimate: fewer than two units offered in an arm.
    """
    name = f"{metric}_response_rate"
    first, second = (_response(answers, name) for answers in (control, treatment))
    return compare_shares(first, second, name, alpha=alpha)


def lee_bounds(control: Answers, treatment: Answers, metric: str, *, alpha: float = 0.05) -> Bounds:
    """Bounds on the effect for units that answer in either arm, by trimming (Lee 2009).

    The arm that answers more loses its excess share of answers, from the top for one bound and
    from the bottom for the other. Assumes that the offer moves response one way only. Standard
    errors are Lee's (his proposition 3); scores that tie at the cut are trimmed in part.

    Raises:
        CannotEstimate: fewer than two answers in an arm, or no variation.
    """
    rates = [_answered(answers) / answers.offered for answers in (control, treatment)]
    more = int(rates[1] >= rates[0])
    excess = 1 - min(rates) / max(rates) if max(rates) > 0 else 0.0
    whole, part = (control, treatment) if more else (treatment, control)
    n, mean, variance = _two(whole, metric)
    _two(part, metric)
    shift = (1 - excess) ** 2 * sum(
        (1 - rate) / _answered(answers)
        for rate, answers in zip(rates, (control, treatment), strict=True)
    )
    bounds = []
    for top in (True, False):
        kept, squared = _trimmed(part.scores, excess, top=top, shift=shift)
        bounds.append(((kept - mean) * (1 if more else -1), sqrt(squared + variance / n)))
    low, high = sorted(bounds)
    method = Method("lee_bounds")
    return _bounds(metric, treatment, low, high, alpha, method=method, trimmed=excess)


def worst_case_bounds(
    control: Answers,
    treatment: Answers,
    metric: str,
    *,
    scale: tuple[float, float],
    alpha: float = 0.05,
) -> Bounds:
    """Bounds that assume nothing: who did not answer has the worst score in one arm, the best in the other.

    For all units offered (Manski 1990).

    Raises:
        CannotEstimate: fewer than two units in an arm.
    """
    ends = []
    for first, second in (scale[::-1], scale):
        pair = [
            _filled(answers, score, metric)
            for answers, score in ((control, first), (treatment, second))
        ]
        (n0, mean0, var0), (n1, mean1, var1) = (moments.of(metric) for moments in pair)
        ends.append((mean1 - mean0, sqrt(var0 / n0 + var1 / n1)))
    method = Method("worst_case_bounds")
    return _bounds(metric, treatment, ends[0], ends[1], alpha, method=method)


def imbens_manski(width: float, se: float, alpha: float) -> float:
    """The multiple of the standard errors by which bounds widen to cover the effect itself.

    Between the one-sided and the two-sided normal quantile (Imbens & Manski 2004).
    """
    from scipy.optimize import brentq
    from scipy.special import ndtr

    least, most = -normal_quantile(alpha), -normal_quantile(alpha / 2)
    if se == 0 or width / se > 20:
        return least

    def excess(c: float) -> float:
        return float(alpha - ndtr(-c - width / se) - ndtr(-c))

    return float(brentq(excess, least - 1e-9, most + 1e-9, xtol=1e-12))


def bounds_pvalue(bounds: Bounds) -> float:
    """The smallest alpha at which the interval of the bounds leaves out zero; 1 when they span it."""
    from scipy.optimize import brentq

    if bounds.low <= 0 <= bounds.high:
        return 1.0
    near, se = (bounds.low, bounds.low_se) if bounds.low > 0 else (-bounds.high, bounds.high_se)
    if se == 0:
        return 0.0
    width, largest = max(bounds.high - bounds.low, 0.0), max(bounds.low_se, bounds.high_se)

    def excess(log_alpha: float) -> float:
        return imbens_manski(width, largest, exp(log_alpha)) * se - near

    least, most = -600.0, log(0.999)
    if excess(most) > 0:
        return 1.0
    return exp(float(brentq(excess, least, most, xtol=1e-10))) if excess(least) > 0 else 0.0


def _bounds(
    metric: str,
    treatment: Answers,
    low: tuple[float, float],
    high: tuple[float, float],
    alpha: float,
    *,
    method: Method,
    trimmed: float = 0.0,
) -> Bounds:
    c = imbens_manski(max(high[0] - low[0], 0.0), max(low[1], high[1]), alpha)
    return Bounds(
        metric,
        treatment.scores.variant,
        low[0],
        high[0],
        low[0] - c * low[1],
        high[0] + c * high[1],
        method,
        alpha,
        trimmed,
        low[1],
        high[1],
    )


def _trimmed(scores: Histogram, excess: float, *, top: bool, shift: float) -> tuple[float, float]:
    """Mean of the answers kept, and its squared standard error with that of the cut."""
    sign = 1.0 if top else -1.0
    order = np.argsort(sign * np.asarray(scores.values, dtype=float))
    values, counts = scores.values[order].astype(float), scores.counts[order].astype(float)
    n = counts.sum()
    room = (1 - excess) * n
    kept = np.clip(room - (np.cumsum(counts) - counts), 0, counts)
    mean = float(kept @ values / room)
    variance = float(kept @ (values - mean) ** 2 / room)
    cut = float(values[kept > 1e-9 * n][-1])
    moved = (cut - mean) ** 2
    squared = (variance + moved * excess) / max(room - 1, 1) + moved / (1 - excess) ** 2 * shift
    return mean, float(squared)


def _two(answers: Answers, metric: str) -> tuple[int, float, float]:
    moments = histogram_moments(answers.scores, metric)
    if moments.n < 2:
        raise CannotEstimate(
            say(
                "{metric}: {variant} has fewer than two answers.",
                metric=metric,
                variant=w.name(moments.variant),
            )
        )
    return moments.of(metric)


def _answered(answers: Answers) -> int:
    return int(np.sum(answers.scores.counts))


def _response(answers: Answers, name: str) -> Moments:
    share = np.array([0.0, 1.0])
    counts = np.array([answers.offered - _answered(answers), _answered(answers)])
    return histogram_moments(Histogram(answers.scores.variant, share, counts), name)


def _filled(answers: Answers, score: float, metric: str) -> Moments:
    """Moments of all units offered, the silent ones with the given score."""
    values = np.append(answers.scores.values.astype(float), score)
    counts = np.append(answers.scores.counts, answers.offered - _answered(answers))
    distinct, place = np.unique(values, return_inverse=True)
    summed = np.bincount(place, counts).astype(np.int64)
    moments = histogram_moments(Histogram(answers.scores.variant, distinct, summed), metric)
    if moments.n < 2:
        raise CannotEstimate(
            say(
                "{metric}: {variant} has fewer than two {units}.",
                metric=metric,
                variant=w.name(moments.variant),
                units=say("units"),
            )
        )
    return moments


def _check(answers: Answers, metric: str, scale: tuple[float, float]) -> None:
    values = np.asarray(answers.scores.values, dtype=float)
    if _answered(answers) > answers.offered:
        raise ValueError(f"{metric}: {answers.scores.variant} has more answers than units offered.")
    if not np.all((values >= scale[0]) & (values <= scale[1])):
        raise ValueError(f"{metric}: a score of {answers.scores.variant} is outside the scale.")
