"""Interrupted time series: the choice between days and weeks, for any fit that has both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, Protocol, TypeVar

from cs_lib.experiment.errors import CannotEstimate
from cs_lib.experiment.its_checks import residual_checks
from cs_lib.experiment.reml import Ar1Fit

By = Literal["automatic", "day", "week"]
Reason = Literal[
    "clean",  # days pass every check
    "declared",  # the caller said so
    "short_noise",  # weeks: noise on top of the autocorrelation
    "weekday_pattern",  # weeks: a weekday pattern is left over
    "autocorrelated",  # weeks: Ljung-Box objects
    "days_impossible",  # weeks: days cannot be fitted (zeros on a log scale, say)
    "weeks_impossible",  # days in spite of an objection: too few whole weeks
]


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
