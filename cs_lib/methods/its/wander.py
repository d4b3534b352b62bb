"""Interrupted time series: does the level keep to a straight line, and what is done when it does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np

from cs_lib.methods.its.ar1 import Ar1Fit, Floats, whiten
from cs_lib.methods.its.days_or_weeks import Flags, Reason
from cs_lib.methods.its.periods import SLOW_WAVES, Periods, slow_waves
from cs_lib.methods.tails import f_tail
from cs_lib.results import Effect

# Missing a level that wanders costs false alarms, seeing one where there is none only precision.
WANDER_TEST_LEVEL = 0.15
# A curve is fitted when so many degrees of freedom are left to judge it by.
LEAST_FREEDOM_BESIDE_A_CURVE = 4

F = TypeVar("F")


def wander_p(y: Floats, design: Floats, periods: Periods, fit: Ar1Fit) -> Floats:
    """p-value of three slow waves on top of the fitted model, per series (m).

    The generalised least squares F test at the correlation that was fitted without the waves:
    rows whitened by it, the waves' share of the sum of squares over the remaining mean square.
    Errors with the model's autocorrelation and a level that keeps to the line give uniform
    p-values, nearly; a wave of a year, a random walk, a long memory or a slow drift under daily noise
    make them small. One where too few periods are left to test.

    Args:
        y: n values of the used periods, or n x m for m series.
        design: n x p, the used periods' rows of the model.
        periods: used or not; the waves run from the first to the last of them.
        fit: the fit of `y` on `design`.

    Source: the test of added terms in a regression with known error covariance (Rao 1973, 4b);
    slow cosines for a level that moves smoothly: Müller & Watson 2008.
    """
    used = periods.used
    values = y.reshape(len(y), -1)
    columns = np.column_stack([design, slow_waves(periods)[used]])
    n, p = columns.shape
    added = p - design.shape[1]
    rho = np.atleast_1d(fit.rho)
    if n - p < 2:
        return np.ones(len(rho))
    times = periods.time[used]
    rows = [whiten(np.tile(column, (len(rho), 1)), times, rho) for column in columns.T]
    frame, _ = np.linalg.qr(np.stack(rows, axis=2))
    white = whiten(values.T, times, rho)
    parts = np.einsum("mnp,mn->mp", frame, white)
    left = (white**2).sum(axis=1) - (parts**2).sum(axis=1)
    ratio = (parts[:, -added:] ** 2).sum(axis=1) / added / (left / (n - p))
    return f_tail(ratio, added, n - p)


def wandering(p: Floats | float) -> Flags:
    """Whether a level with these p-values is taken to wander."""
    return np.asarray(np.asarray(p) < WANDER_TEST_LEVEL)


def room_for_curve(periods: Periods, columns: int) -> bool:
    """Whether these periods carry a model of so many columns with slow waves on top."""
    return int(periods.used.sum()) - columns - SLOW_WAVES >= LEAST_FREEDOM_BESIDE_A_CURVE


def less_certain(line: F, curve: F | None, effect: Callable[[F], Effect]) -> tuple[F, Reason]:
    """Of two readings by weeks the one whose effect is nearer to chance, and which it is.

    A level that wanders can pose as a step beside a straight line, and beside a curve that follows
    it something else can. Only what both show counts as shown: taking the larger p-value of
    two tests of one hypothesis keeps the level of either. Measured in docs/bench/wander.md.

    Source: the intersection-union test, Berger 1982.
    """
    if curve is None:
        return line, "wandering_short"
    if effect(curve).pvalue >= effect(line).pvalue:
        return curve, "wandering_curve"
    return line, "wandering_line"
