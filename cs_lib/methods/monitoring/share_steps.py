"""Dates from which a share is another one: a column that stopped being filled, keys that stopped being found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

Days = NDArray[np.datetime64]
Floats = NDArray[np.float64]

# Only so many days on each side of a date are compared, so that a drift is not taken for a step.
MOST_DAYS = 28
LEAST_DAYS = 14
# A share moves by so much when recording changes, and by so many standard errors too: the largest of many dates and
# columns is looked at. The errors are those of independent rows, widened by what the weeks vary beyond that.
LEAST_STEP, LEAST_ERRORS = 0.10, 6.0
WEEK = 7
MEDIAN_OF_SQUARES = 0.4549  # of a chi-squared number with one degree of freedom
LEAST_VARIANCE = 0.002  # of one row; a share of 0 or 1 is no proof that there is no variation


@dataclass(frozen=True, slots=True)
class ShareStep:
    """A date, and the share in the weeks before it and from it on."""

    day: date
    before: float
    after: float


def share_steps(days: Days, above: Floats, below: Floats) -> tuple[ShareStep, ...]:
    """Every step of `above / below`, in order; days without rows say nothing.

    The clearest step is taken first, then each side is looked at alone.
    """
    scale = _dispersion(above, below)
    return tuple(sorted(_steps(days, above, below, scale), key=lambda step: step.day))


def _steps(days: Days, above: Floats, below: Floats, scale: float) -> list[ShareStep]:
    found = _clearest(days, above, below, scale)
    if found is None:
        return []
    at, step = found
    early = _steps(days[:at], above[:at], below[:at], scale)
    return [*early, step, *_steps(days[at:], above[at:], below[at:], scale)]


def _clearest(
    days: Days, above: Floats, below: Floats, scale: float
) -> tuple[int, ShareStep] | None:
    """The step with most standard errors, and its place; None where none is large and clear."""
    at = np.arange(LEAST_DAYS, len(days) - LEAST_DAYS + 1)
    if not len(at):
        return None
    hits, rows = (np.append(0.0, np.cumsum(values)) for values in (above, below))
    first, last = np.maximum(at - MOST_DAYS, 0), np.minimum(at + MOST_DAYS, len(days))
    sides = rows[at] - rows[first], rows[last] - rows[at]
    there = (sides[0] > 0) & (sides[1] > 0)
    n0, n1 = (np.where(there, side, 1.0) for side in sides)
    before, after = (hits[at] - hits[first]) / n0, (hits[last] - hits[at]) / n1
    pooled = (hits[last] - hits[first]) / (n0 + n1)
    variance = np.maximum(pooled * (1 - pooled), LEAST_VARIANCE) * scale
    errors = np.abs(after - before) / np.sqrt(variance * (1 / n0 + 1 / n1))
    steps = there & (np.abs(after - before) >= LEAST_STEP) & (errors >= LEAST_ERRORS)
    if not steps.any():
        return None
    best = int(np.argmax(np.where(steps, errors, 0.0)))
    place = int(at[best])
    return place, ShareStep(days[place].item(), float(before[best]), float(after[best]))


def _dispersion(above: Floats, below: Floats) -> float:
    """How much more weeks vary than independent rows would, from neighbours, so that no step sets it; at least 1."""
    whole = len(below) // WEEK * WEEK
    hits, rows = (v[:whole].reshape(-1, WEEK).sum(axis=1) for v in (above, below))
    hits, rows = hits[rows > 0], rows[rows > 0]
    if len(rows) < 3:
        return 1.0
    shares = hits / rows
    pooled = float(hits.sum() / rows.sum())
    variance = max(pooled * (1 - pooled), LEAST_VARIANCE) * (1 / rows[1:] + 1 / rows[:-1])
    return max(1.0, float(np.median(np.diff(shares) ** 2 / variance)) / MEDIAN_OF_SQUARES)
