"""Did the variants get the shares of units that were planned?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from cs_lib.experiment.errors import CannotEstimate
from cs_lib.experiment.tails import chi2_tail
from cs_lib.results import Record

ALARM = 0.001
ATTENTION = 0.01


@dataclass(frozen=True, slots=True)
class SampleRatio(Record):
    """Observed against planned shares (0 to 1) by variant, in the order of the plan."""

    pvalue: float
    chi2: float
    df: int
    observed: dict[str, float]
    planned: dict[str, float]
    level: Literal["ok", "attention", "alarm"]


def sample_ratio(counts: Mapping[str, int], planned: Mapping[str, float]) -> SampleRatio:
    """Chi-square test of the units per variant against the planned weights.

    An alarm is p below .001, attention p below .01 (Fabijan et al. 2019). For a single look; a
    daily watch needs a sequential test. Weights need not add up to one.

    Raises:
        ValueError: fewer than two planned variants, a weight not above zero, or units in a
            variant that the plan does not name (a holdout must be left out by the caller).
        CannotEstimate: no units at all.
    """
    weights = np.array(list(planned.values()), dtype=float)
    if len(weights) < 2 or not np.all(weights > 0):
        raise ValueError("The plan needs at least two variants, each with a weight above zero.")
    unplanned = sorted(set(counts) - set(planned))
    if unplanned:
        raise ValueError(f"Units in variants that the plan does not name: {', '.join(unplanned)}.")
    units = np.array([counts.get(variant, 0) for variant in planned], dtype=float)
    total = units.sum()
    if total == 0:
        raise CannotEstimate("No units were assigned, so the split cannot be tested.")
    shares = weights / weights.sum()
    chi2 = float(((units - total * shares) ** 2 / (total * shares)).sum())
    df = len(weights) - 1
    pvalue = float(chi2_tail(chi2, df))
    return SampleRatio(
        pvalue=pvalue,
        chi2=chi2,
        df=df,
        observed=dict(zip(planned, (units / total).tolist(), strict=True)),
        planned=dict(zip(planned, shares.tolist(), strict=True)),
        level="alarm" if pvalue < ALARM else "attention" if pvalue < ATTENTION else "ok",
    )
