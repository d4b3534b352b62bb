"""HC2 errors of each arm's regression on its covariates: one more pass over customers, once coefficients are known.

A customer's squared residual over one minus leverage, times products of the covariates on the unit
scale, is worked out from that customer's whole numbers alone and brought to a whole number of tiny
steps; those are summed. So the sums are the same bits on any number of threads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from math import floor, log2

import numpy as np
from numpy.typing import NDArray

from cs_lib.aggregates import Moments, Sandwich
from cs_lib.data.engines.base import quote
from cs_lib.metrics.catalogue import PER_CUSTOMER
from cs_lib.metrics.definition import RatioMetric, SurveyMetric
from cs_lib.metrics.queries.values import VALUES, Values

Floats = NDArray[np.float64]

# A covariate that the others leave no more of, in one variant, is one too many: then there is no sandwich.
MIN_INDEPENDENT_SHARE = 1e-8
# A customer whose leverage leaves less than this of the residual fits almost by decree.
LEAST_LEFT = 2.0**-10
# The sum of all squared residuals is about so many steps.
STEPS = 2.0**60


@dataclass(frozen=True, slots=True)
class _Fit:
    """One variant's regression: what an outcome is made of, slopes, and the covariates' unit scale.

    `root` turns distances from the means into uncorrelated ones with variance (n - 1) / n; `rest`
    is the sum of squared residuals.
    """

    moments: Moments
    outcome: Mapping[str, float]
    slopes: Floats
    root: Floats
    rest: float


def sandwiches(
    values: Values,
    moments: Mapping[str, Moments],
    names: Sequence[str],
    covariates: Sequence[str],
    stages: int,
) -> dict[str, dict[str, Sandwich]]:
    """By metric and variant; metrics of one window, whose moments these are.

    What cannot be had is left out: fewer customers than coefficients, covariates that follow from each other,
    an outcome without residuals, or a customer who alone decides a coefficient.
    """
    found: dict[str, dict[str, Sandwich]] = {}
    for variant, known in moments.items():
        fits = {name: fit for name in names if (fit := _fit(known, name, covariates)) is not None}
        if not fits:
            continue
        sums = [sql for fit in fits.values() for sql in _sums(values, fit, covariates)]
        [row] = values.people.desk.engine.rows(
            f"SELECT {_beyond(values, next(iter(fits.values())), covariates)}, {', '.join(sums)} FROM {VALUES}"
            f" WHERE variant = {quote(variant)} AND stage < {stages}"
        )
        if row[0]:
            continue
        rest = iter(row[1:])
        for name, fit in fits.items():
            found.setdefault(name, {})[variant] = _sandwich(fit, covariates, rest)
    return found


def _fit(known: Moments, name: str, covariates: Sequence[str]) -> _Fit | None:
    """The regression of one outcome in one variant, from its moments."""
    outcome = _weights(known, name)
    at = [known.names.index(c) for c in covariates]
    k = len(at)
    if outcome is None or known.n < k + 2:
        return None
    block = known.cov[np.ix_(at, at)]
    size = np.sqrt(np.diag(block))
    if not (size > 0).all():
        return None
    try:
        lower = np.linalg.cholesky(block / np.outer(size, size))
    except np.linalg.LinAlgError:
        return None
    if (np.diag(lower) ** 2 <= MIN_INDEPENDENT_SHARE).any():
        return None
    root = np.linalg.inv(lower).T / size[:, None] * np.sqrt(known.n / (known.n - 1))
    weight = np.zeros(len(known.names))
    for part, times in outcome.items():
        weight[known.names.index(part)] = times
    across = known.cov[at] @ weight
    slopes = np.linalg.solve(block / np.outer(size, size), across / size) / size
    variance = float(weight @ known.cov @ weight)
    rest = (variance - float(across @ slopes)) * (known.n - 1)
    if not rest > 1e-10 * variance * (known.n - 1):
        return None
    return _Fit(known, outcome, slopes, root, rest)


def _weights(known: Moments, name: str) -> dict[str, float] | None:
    """What a metric is made of, times what; ratios of sums as their linear approximation in this variant."""
    metric = PER_CUSTOMER[name]
    if isinstance(metric, SurveyMetric):
        return None
    if not isinstance(metric, RatioMetric):
        return {name: 1.0}
    above, below = (float(known.mean[known.names.index(part)]) for part in metric.parts)
    if not below > 0:
        return None
    return {
        metric.parts[0]: metric.scale / below,
        metric.parts[1]: -metric.scale * above / below**2,
    }


def _sums(values: Values, fit: _Fit, covariates: Sequence[str]) -> Iterator[str]:
    """SQL of the sums of whole steps: of the squared residual over what leverage leaves, times products."""
    away = _distances(values, fit, covariates)
    residual = _combined(values, fit.moments, {**fit.outcome, **_minus(fit, covariates)})
    square = f"({residual}) * ({residual}) / {_left(fit, away)}"
    step = 2.0 ** floor(log2(STEPS / fit.rest))
    whole = values.people.desk.engine.dialect.wide
    for i, j in combinations_with_replacement(range(len(away) + 1), 2):
        factors = [away[p - 1] for p in (i, j) if p]
        product = " * ".join([square, *(f"({f})" for f in factors), _real(step)])
        yield f"sum({whole(f'round({product})')})"


def _beyond(values: Values, fit: _Fit, covariates: Sequence[str]) -> str:
    """SQL of how many customers almost decide a coefficient alone."""
    left = _left(fit, _distances(values, fit, covariates))
    return f"count(CASE WHEN {left} < {_real(LEAST_LEFT)} THEN 1 END)"


def _left(fit: _Fit, away: Sequence[str]) -> str:
    """SQL of one minus a customer's leverage."""
    squares = " + ".join(f"({one}) * ({one})" for one in away)
    n = fit.moments.n
    return f"({_real(1 - 1 / n)} - ({squares}) * {_real(1 / n)})"


def _distances(values: Values, fit: _Fit, covariates: Sequence[str]) -> list[str]:
    """SQL of a customer's covariates about their means, uncorrelated and on the unit scale."""
    return [
        _combined(values, fit.moments, dict(zip(covariates, column.tolist(), strict=True)))
        for column in fit.root.T
    ]


def _minus(fit: _Fit, covariates: Sequence[str]) -> dict[str, float]:
    return {c: -slope for c, slope in zip(covariates, fit.slopes.tolist(), strict=True)}


def _combined(values: Values, known: Moments, weights: Mapping[str, float]) -> str:
    """SQL of a sum of variables times weights, about its mean."""
    of = dict[int, float]()
    for name, weight in weights.items():
        exact = values.sums[name]
        for i, times in exact.parts.items():
            of[i] = of.get(i, 0.0) + weight * times / exact.steps
    mean = sum(w * float(known.mean[known.names.index(name)]) for name, w in weights.items())
    return " + ".join([*(f"x{i} * {_real(w)}" for i, w in of.items()), _real(-mean)])


def _real(value: float) -> str:
    """A number as an SQL literal that every engine reads as a double."""
    exact = repr(float(value))
    return f"({exact})" if "e" in exact else f"({exact}e0)"


def _sandwich(fit: _Fit, covariates: Sequence[str], sums: Iterator[int]) -> Sandwich:
    """The covariance of the prediction at the variant's own means and of the slopes, on the covariates' scale."""
    k, n = len(covariates), fit.moments.n
    step = 2.0 ** floor(log2(STEPS / fit.rest))
    meat = np.zeros((k + 1, k + 1))
    for i, j in combinations_with_replacement(range(k + 1), 2):
        meat[i, j] = meat[j, i] = int(next(sums)) / step / n**2
    turn = np.zeros((k + 1, k + 1))
    turn[0, 0], turn[1:, 1:] = 1.0, fit.root
    return Sandwich(tuple(covariates), turn @ meat @ turn.T)
