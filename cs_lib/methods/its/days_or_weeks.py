"""Interrupted time series: the choice between days and weeks, for any fit that has both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.its.ar1 import Ar1Fit
from cs_lib.methods.tails import chi2_tail, normal_quantile

By = Literal["automatic", "day", "week"]
Reason = Literal[
    "clean",  # The days pass every check.
    "declared",  # The caller chose the unit.
    "short_noise",  # Weeks, because the days have noise on top of the autocorrelation.
    "weekday_pattern",  # Weeks, because a weekday pattern is left over.
    "autocorrelated",  # Weeks, because the Ljung-Box test objects.
    "days_impossible",  # Weeks, because days cannot be fitted (zeros on a log scale, say).
    "weeks_impossible",  # Days in spite of an objection, because there are too few whole weeks.
    # The level wanders, so that weeks are read beside a straight line and beside a curve:
    "wandering_line",  # The straight line, which claims less.
    "wandering_curve",  # The curve, which claims less.
    "wandering_short",  # The straight line, because there are too few weeks for a curve.
    # A slow drift of the level would move the change by more than its error, so that days or weeks,
    # as their residuals ask, are read without and with it:
    "drift_without",  # The reading without it, which claims less.
    "drift_with",  # The reading with it, which claims less.
    # A change that grows is read beside a line, beside a wave of a year and beside slow waves:
    "slope_line",  # The straight line, which claims least.
    "slope_season",  # The wave of a year, which claims least.
    "slope_curve",  # The slow waves, which claim least.
]
# Here the reading beside a curve counts.
CURVE_DECIDES = ("wandering_curve", "drift_with", "slope_season", "slope_curve")


class HasFit(Protocol):
    """Whatever was fitted by days or by weeks."""

    @property
    def fit(self) -> Ar1Fit:
        """The regression behind it."""
        ...


F = TypeVar("F", bound=HasFit)


def attempt(fitting: Callable[[], F], *, must: bool, faults: list[CannotEstimate]) -> F | None:
    """The fit, or nothing when it cannot be had and another may serve; why not is added to `faults`."""
    try:
        return fitting()
    except CannotEstimate as fault:
        if must:
            raise
        faults.append(fault)
        return None


def choose(
    daily: F | None, weekly: F | None, by: By, faults: Sequence[CannotEstimate]
) -> tuple[F, Reason]:
    """Days if their whitened residuals are clean, else weeks, and why.

    Raises:
        CannotEstimate: neither could be fitted; the first of the faults.
    """
    if daily is None:
        if weekly is None:
            raise faults[0]
        return weekly, "declared" if by == "week" else "days_impossible"
    if by == "day":
        return daily, "declared"
    fault = residual_checks(daily.fit).fault()
    if not fault:
        return daily, "clean"
    return (daily, "weeks_impossible") if weekly is None else (weekly, fault)


Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Fault = Literal["", "autocorrelated", "short_noise", "weekday_pattern"]

LAGS_TESTED = 14
LJUNG_BOX_LEVEL = 0.05
# The test is one-sided and strict on purpose: missing the noise costs false alarms.
NOISE_TEST_LEVEL = 0.30
# In a short series the test has little power, so that any sign of noise counts.
NOISE_TEST_LEVEL_IF_SHORT = 0.50
# A series with less than eight weeks on each side is short.
SHORT_SERIES_DAYS = 112
# The test is one-sided.
WEEKDAY_TEST_LEVEL = 0.01


@dataclass(frozen=True, slots=True)
class ResidualChecks:
    """Three tests of the whitened residuals of m series; see `residual_checks`."""

    ljung_box_p: Floats
    noise_z: Floats
    weekday_z: Floats
    noise_limit: float  # From this noise_z on, days are given up.

    @property
    def clean(self) -> Flags:
        """None of the three objects to days with AR(1) errors."""
        return (
            (self.ljung_box_p > LJUNG_BOX_LEVEL)
            & (self.noise_z < self.noise_limit)
            & (self.weekday_z < normal_quantile(1 - WEEKDAY_TEST_LEVEL))
        )

    def fault(self, index: int = 0) -> Fault:
        """The most telling objection to one series, empty when clean."""
        if self.noise_z[index] >= self.noise_limit:
            return "short_noise"
        if self.weekday_z[index] >= normal_quantile(1 - WEEKDAY_TEST_LEVEL):
            return "weekday_pattern"
        return "" if self.ljung_box_p[index] > LJUNG_BOX_LEVEL else "autocorrelated"


def residual_checks(fit: Ar1Fit) -> ResidualChecks:
    """Ljung-Box over 14 lags, a score test for noise on top, and the same weekday a week on.

    `noise_z` is the score test of AR(1) against ARMA(1, 1), turned so that AR(1) plus white
    noise, which is what averages of few tickets are, pushes it up. The noise makes the short
    lags look less persistent than the long ones are, so daily intervals come out too narrow; the
    plain Ljung-Box test spreads its power over 14 lags and seldom sees it. With r_k the residual
    autocorrelations and rho fitted, sqrt(n) sum_{k>=2} rho^(k-2) r_k is standard normal under
    AR(1). Its level is 30 %, and 50 % below 112 days: chosen by simulation, so that the automatic
    choice keeps its error rate under such noise. Measured for a change half-way at 90, 180 and 365
    days (docs/bench/wander.md), the choice by these thresholds alone raises false alarms in at most
    8 % under AR(1) up to .9, with and without noise of the same variance, AR(2) and backlogs. It
    raises up to 24 % under a year's wave, 16 % under a level that wanders, 13 % under noise on a slow
    AR(1), 10 % under a long memory and 9 % under autocorrelation at lag 7: `wander.wander_p` is there
    for those. `weekday_z` is sqrt(n) r_7: a weekday pattern
    that the weekday terms do not catch.

    Source: Ljung & Box 1978; Granger & Morris 1976; Godfrey 1979.
    """
    white = np.atleast_2d(fit.whitened)
    rho = np.atleast_1d(fit.rho)[:, None]
    n = white.shape[1]
    r = _autocorrelations(white, LAGS_TESTED)
    noise = np.sqrt(n) * (rho ** np.arange(LAGS_TESTED - 1) * r[:, 1:]).sum(axis=1)
    limit = normal_quantile(
        1 - (NOISE_TEST_LEVEL_IF_SHORT if n < SHORT_SERIES_DAYS else NOISE_TEST_LEVEL)
    )
    return ResidualChecks(ljung_box_p(white), noise, np.sqrt(n) * r[:, 6], limit)


def ljung_box_p(whitened: Floats) -> Floats:
    """p-value per series (m x n) over 14 lags, or n / 2 if fewer, one spent on rho."""
    n = whitened.shape[1]
    lags = min(LAGS_TESTED, n // 2)
    weights = n * (n + 2) / (n - np.arange(1, lags + 1))
    return chi2_tail(_autocorrelations(whitened, lags) ** 2 @ weights, lags - 1)


def _autocorrelations(white: Floats, lags: int) -> Floats:
    power = (white**2).sum(axis=1)
    pairs = [(white[:, k:] * white[:, :-k]).sum(axis=1) for k in range(1, lags + 1)]
    r: Floats = np.stack(pairs, axis=1) / power[:, None]
    return r
