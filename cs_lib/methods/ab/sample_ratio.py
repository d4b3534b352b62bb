"""Did the variants get the shares of units that were planned?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from cs_lib.methods.ab.multiplicity import benjamini_hochberg
from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.tails import chi2_tail
from cs_lib.results import Record
from cs_lib.sentences import say

ALARM_P = 0.001
ATTENTION_P = 0.01
SMALLEST_EXPECTED_COUNT = 5
PRIOR_CONCENTRATION = 1000.0
# A float cannot hold the exponential of more.
LARGEST_LOG = 700.0
Level = Literal["ok", "attention", "alarm"]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SequentialSampleRatio(Record):
    """The split watched over time, one entry per day.

    `log_e` is the natural logarithm of the evidence that day against the planned split. `largest_e`
    is the largest so far, `pvalue` its inverse, at most one; an alarm stays. `first_alarm` is the
    position of the first day at or above the alarm.
    """

    log_e: tuple[float, ...]
    largest_e: float
    pvalue: float
    first_alarm: int | None
    level: Level


@dataclass(frozen=True, slots=True)
class SampleRatioPart(Record):
    """One day or segment: p, and p adjusted for the number of parts (None where too few units)."""

    part: str
    nobs: int
    pvalue: float | None
    adjusted: float | None
    level: Literal["ok", "attention", "alarm", "too_few"]


@dataclass(frozen=True, slots=True)
class SampleRatio(Record):
    """Observed against planned shares (0 to 1) by variant, in the order of the plan."""

    pvalue: float
    chi2: float
    df: int
    observed: dict[str, float]
    planned: dict[str, float]
    level: Level


def sample_ratio(counts: Mapping[str, int], planned: Mapping[str, float]) -> SampleRatio:
    """Chi-square test of the units per variant against the planned weights.

    An alarm is p below .001, attention p below .01 (Fabijan et al. 2019). For a single look; a
    daily watch needs a sequential test. Weights need not add up to one.

    Raises:
        ValueError: fewer than two planned variants, a weight not above zero, or units in a
            variant that the plan does not name (a holdout must be left out by the caller).
        CannotEstimate: no units at all.
    """
    shares = _planned_shares(planned, counts)
    units = np.array([counts.get(variant, 0) for variant in planned], dtype=float)
    total = units.sum()
    if total == 0:
        raise CannotEstimate(say("No units were assigned, so the split cannot be tested."))
    chi2 = float(((units - total * shares) ** 2 / (total * shares)).sum())
    df = len(shares) - 1
    pvalue = float(chi2_tail(chi2, df))
    return SampleRatio(
        pvalue=pvalue,
        chi2=chi2,
        df=df,
        observed=dict(zip(planned, (units / total).tolist(), strict=True)),
        planned=dict(zip(planned, shares.tolist(), strict=True)),
        level=_level(pvalue),
    )


def sample_ratio_watch(
    cumulative: Mapping[str, ArrayLike],
    planned: Mapping[str, float],
    *,
    concentration: float = PRIOR_CONCENTRATION,
) -> SequentialSampleRatio:
    """Evidence against the planned split that may be looked at every day.

    E-value of a Dirichlet-multinomial alternative against the planned weights (Lindon & Malek
    2022). When the plan is kept it reaches 1000 in at most one test of a thousand, over any number
    of days. Alarm from 1000, attention above 100.

    Args:
        cumulative: units per variant up to each day, in order of arrival, all days the same.
        concentration: units' worth of belief that the split lies near the plan; the larger, the
            sooner a small deviation shows among many units and the later a large one among few.

    Raises:
        ValueError: as `sample_ratio`; counts that shrink or are no whole numbers; another number
            of days in some variant; a concentration not above zero.
        CannotEstimate: no units at all.
    """
    shares = _planned_shares(planned, cumulative)
    units = _cumulative_counts(cumulative, planned)
    if not concentration > 0:
        raise ValueError("The concentration must be above zero.")
    prior = concentration * shares
    joint = special.gammaln(prior + units) - special.gammaln(prior) - units * np.log(shares)
    total = units.sum(axis=1)
    norm = special.gammaln(concentration) - special.gammaln(concentration + total)
    log_e = norm + joint.sum(axis=1)
    best = max(float(log_e.max()), 0.0)
    pvalue = float(np.exp(-best))
    over = np.flatnonzero(log_e >= -np.log(ALARM_P))
    return SequentialSampleRatio(
        log_e=tuple(log_e.tolist()),
        largest_e=float(np.exp(min(best, LARGEST_LOG))),
        pvalue=pvalue,
        first_alarm=int(over[0]) if len(over) else None,
        level="alarm" if len(over) else _level(pvalue),
    )


def sample_ratio_by(
    counts: Mapping[str, Mapping[str, int]], planned: Mapping[str, float]
) -> tuple[SampleRatioPart, ...]:
    """Chi-square test of the split within each day or segment, adjusted for their number.

    Adjusted by Benjamini & Hochberg (1995) over the parts that are tested; grades as in
    `sample_ratio`, on the adjusted p. A part in which some variant expects fewer than 5 units is
    not tested. For one look at all parts: days added one by one need `sample_ratio_watch`.

    Args:
        counts: units per variant, by name of the part.

    Raises:
        ValueError: as `sample_ratio`.
    """
    least = SMALLEST_EXPECTED_COUNT / min(_planned_shares(planned, {}).tolist())
    sizes = {part: sum(units.values()) for part, units in counts.items()}
    tested = [part for part, size in sizes.items() if size >= least]
    raw = {part: sample_ratio(counts[part], planned).pvalue for part in tested}
    adjusted = dict(zip(tested, benjamini_hochberg(list(raw.values())).tolist(), strict=True))
    return tuple(
        SampleRatioPart(part, size, raw[part], adjusted[part], _level(adjusted[part]))
        if part in adjusted
        else SampleRatioPart(part, size, None, None, "too_few")
        for part, size in sizes.items()
    )


def _level(pvalue: float) -> Level:
    return "alarm" if pvalue < ALARM_P else "attention" if pvalue < ATTENTION_P else "ok"


def _planned_shares(planned: Mapping[str, float], counted: Mapping[str, object]) -> Floats:
    """Planned weights as shares, in the order of the plan; refused when units lie outside it."""
    weights = np.array(list(planned.values()), dtype=float)
    if len(weights) < 2 or not np.all(np.isfinite(weights) & (weights > 0)):
        raise ValueError("The plan needs at least two variants, each with a weight above zero.")
    unplanned = sorted(set(counted) - set(planned))
    if unplanned:
        raise ValueError(f"Units in variants that the plan does not name: {', '.join(unplanned)}.")
    return np.asarray(weights / weights.sum())


def _cumulative_counts(cumulative: Mapping[str, ArrayLike], planned: Mapping[str, float]) -> Floats:
    """Days by variants; a variant without counts had none."""
    given = {name: np.asarray(days, dtype=float) for name, days in cumulative.items()}
    lengths = {days.shape for days in given.values()}
    if not given or lengths == {(0,)}:
        raise CannotEstimate(say("No units were assigned, so the split cannot be tested."))
    if len(lengths) > 1 or len(next(iter(lengths))) != 1:
        raise ValueError("Every variant needs a cumulative count for the same days.")
    none = np.zeros(next(iter(lengths)))
    units = np.column_stack([given.get(name, none) for name in planned])
    if not np.all(np.isfinite(units) & (units >= 0) & (units == np.rint(units))):
        raise ValueError("Cumulative counts must be whole numbers, zero or more.")
    if np.any(np.diff(units, axis=0) < 0):
        raise ValueError("Cumulative counts must not shrink from day to day.")
    if units[-1].sum() == 0:
        raise CannotEstimate(say("No units were assigned, so the split cannot be tested."))
    return units
