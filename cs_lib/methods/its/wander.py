"""Interrupted time series: does the level keep to a straight line, and what is done when it does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

import numpy as np

from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.its.ar1 import Ar1Fit, Floats, whiten
from cs_lib.methods.its.days_or_weeks import (
    CURVE_DECIDES,
    By,
    Flags,
    HasFit,
    Reason,
    attempt,
    choose,
)
from cs_lib.methods.its.periods import (
    SEASON_TERMS,
    SLOW_WAVES,
    Curve,
    Periods,
    carries_drift,
    drift,
    slow_waves,
)
from cs_lib.methods.tails import f_tail
from cs_lib.results import Effect

# Missing a level that wanders costs false alarms, seeing one where there is none only precision.
WANDER_TEST_LEVEL = 0.15
# A slow drift counts when it would move the change by more than so many of its standard errors.
LARGEST_DRIFT_SHIFT = 1.0
# A curve is fitted when so many degrees of freedom are left to judge it by.
LEAST_FREEDOM_BESIDE_A_CURVE = 4


class HasModel(HasFit, Protocol):
    """A reading of a change by days or by weeks, as far as it is asked about here."""

    @property
    def periods(self) -> Periods:
        """The days or weeks."""
        ...

    @property
    def design(self) -> Floats:
        """The terms of the model."""
        ...

    @property
    def effect(self) -> Effect:
        """The change that decides."""
        ...

    @property
    def sloped(self) -> bool:
        """Whether a trend is in the model."""
        ...

    @property
    def wander_p(self) -> float:
        """See `wander_p`."""
        ...

    @property
    def drift_shift(self) -> float:
        """See `drift_shift`."""
        ...


F = TypeVar("F", bound=HasModel)


@dataclass(frozen=True, slots=True)
class Reading(Generic[F]):
    """The reading that counts and why; the one beside a curve where there is one."""

    line: F  # beside a straight line
    reason: Reason
    curve: F | None = None
    details: dict[str, Any] = field(default_factory=dict)  # what the level was found to do
    other: F | None = None  # beside another curve, and nearer to a change than `curve`

    @property
    def chosen(self) -> F:
        """The one that counts."""
        return self.curve if self.curve is not None and self.reason in CURVE_DECIDES else self.line

    @property
    def curves(self) -> tuple[F, ...]:
        """The readings beside curves."""
        return tuple(read for read in (self.other, self.curve) if read is not None)

    @property
    def every(self) -> tuple[F, ...]:
        """Everything that must show a change for it to count."""
        return (self.line, *self.curves)


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
    return added_terms_p(y, design, slow_waves(periods)[periods.used], periods, fit)


def added_terms_p(
    y: Floats, design: Floats, terms: Floats, periods: Periods, fit: Ar1Fit
) -> Floats:
    """p-value of terms (n x k, the used periods) on top of the fitted model, per series; see `wander_p`."""
    rho, added = np.atleast_1d(fit.rho), terms.shape[1]
    left_over = len(y) - design.shape[1] - added
    if left_over < 2:
        return np.ones(len(rho))
    rows, white = _whitened(y, np.column_stack([design, terms]), periods, rho)
    frame, _ = np.linalg.qr(rows)
    parts = np.einsum("mnp,mn->mp", frame, white)
    left = (white**2).sum(axis=1) - (parts**2).sum(axis=1)
    ratio = (parts[:, -added:] ** 2).sum(axis=1) / added / (left / left_over)
    return f_tail(ratio, added, left_over)


def drift_shift(
    y: Floats, design: Floats, periods: Periods, fit: Ar1Fit, weights: Floats, *, trend: bool
) -> Floats:
    """By how many of its standard errors a slow drift would move the change, per series (m).

    The change is a weighted sum of the model's coefficients. One term is added, the slowest that the
    model lacks (`drift`), at the correlation that was fitted without it. With a trend in the model it is
    a bend: a change half-way is the same with and without it, but the nearer it is to an end, the more
    a bend too gentle to be seen poses as a step. Zero where too few periods are left. Other
    arguments are those of `wander_p`.

    Source: what an omitted term does to the others (Frisch & Waugh 1933); comparing an estimate
    with the one that a wider model gives: Hausman 1978.
    """
    rho = np.atleast_1d(fit.rho)
    if len(y) - design.shape[1] - 1 < 2:
        return np.zeros(len(rho))
    columns = np.column_stack([design, drift(periods, trend=trend)[periods.used]])
    rows, white = _whitened(y, columns, periods, rho)
    frame, upper = np.linalg.qr(rows)
    size = np.einsum("mn,mn->m", frame[:, :, -1], white) / upper[:, -1, -1]
    like_drift = np.linalg.solve(upper[:, :-1, :-1], upper[:, :-1, -1:])[:, :, 0]
    _, se, _ = fit.contrast(weights)
    return np.asarray(np.abs(like_drift @ weights * size) / np.atleast_1d(se))


def _whitened(y: Floats, columns: Floats, periods: Periods, rho: Floats) -> tuple[Floats, Floats]:
    """Columns (m x n x p) and series (m x n), whitened by the correlation of each series."""
    times = periods.time[periods.used]
    rows = [whiten(np.tile(column, (len(rho), 1)), times, rho) for column in columns.T]
    return np.stack(rows, axis=2), whiten(y.reshape(len(y), -1).T, times, rho)


def wandering(p: Floats | float) -> Flags:
    """Whether a level with these p-values is taken to wander."""
    return np.asarray(np.asarray(p) < WANDER_TEST_LEVEL)


def drifting(shift: Floats | float) -> Flags:
    """Whether a drift that would move the change so far is reckoned with."""
    return np.asarray(np.asarray(shift) > LARGEST_DRIFT_SHIFT)


def room_for_curve(periods: Periods, columns: int, curve: Curve = "waves") -> bool:
    """Whether these periods carry a model of so many columns with the curve on top."""
    added = {"none": 0, "drift": 1, "waves": SLOW_WAVES, "season": SEASON_TERMS}[curve]
    return int(periods.used.sum()) - columns - added >= LEAST_FREEDOM_BESIDE_A_CURVE


def read_change(
    daily: F | None,
    weekly: F | None,
    by: By,
    faults: list[CannotEstimate],
    beside: Callable[[F, Curve], F],
    *,
    drifts: bool = True,
) -> Reading[F]:
    """Days or weeks as `choose` has it, and beside a curve too where the level may not keep to a line.

    A level that wanders (see `wander_p`) is read by weeks beside a line and beside slow waves. Where
    it does not, but a slow drift would move the change (see `drift_shift`), the days or weeks are read
    without and with that drift: a bend, or a straight line where no trend is in the model because a side is
    too short. Of two readings the one nearer to chance counts: a level that wanders can
    pose as a step beside a straight line, and beside a curve something else can. Only
    what both show counts as shown: taking the larger p-value of two tests of one hypothesis keeps the
    level of either. Measured in docs/bench/wander.md.

    Args:
        beside: fits the same periods again with a curve in the model.
        drifts: whether a drift may be added; not when a model without a trend was asked for.

    Raises:
        CannotEstimate: neither days nor weeks could be fitted; the first of the faults.
    Source: the intersection-union test, Berger 1982.
    """
    line, reason = choose(daily, weekly, by, faults)
    if by != "automatic":
        return Reading(line, reason)
    tested = daily or line
    known = {}
    if tested.sloped:
        known["wander_p"] = tested.wander_p
    if drifts and carries_drift(tested.periods):
        known["drift_shift"] = tested.drift_shift

    def tried(curve: Curve) -> F | None:
        if not room_for_curve(line.periods, line.design.shape[1], curve):
            return None
        return attempt(lambda: beside(line, curve), must=False, faults=faults)

    if weekly is not None and wandering(known.get("wander_p", 1.0)):
        line, reason = weekly, "wandering_short"
        if waves := tried("waves"):
            kept = claims_less(line, waves)
            return Reading(line, "wandering_line" if kept else "wandering_curve", waves, known)
    if drifting(known.get("drift_shift", 0.0)) and (moved := tried("drift")):
        kept = claims_less(line, moved)
        return Reading(line, "drift_without" if kept else "drift_with", moved, known)
    return Reading(line, reason, None, known)


def claims_less(line: HasModel, curve: HasModel) -> bool:
    """Whether the change is nearer to chance beside the straight line than beside the curve."""
    return line.effect.pvalue > curve.effect.pvalue
