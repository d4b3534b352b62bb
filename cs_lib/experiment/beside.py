"""A queue that was not changed, beside the one that was: the difference of the two, day by day."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cs_lib.experiment.errors import CannotEstimate
from cs_lib.experiment.its import LevelChange, level_change
from cs_lib.results import Series


def difference(series: Series, other: Series, *, log_scale: bool = False) -> Series:
    """The series minus the other, by day; on a log scale the series over the other.

    What moves both (season, weekday, load) cancels. A day on which either has no case has no
    value. The denominator is 1, so a week is the mean of its days.

    Raises:
        CannotEstimate: no day on which both have a value.
        ValueError: series of different days.
    """
    if not np.array_equal(series.days, other.days):
        raise ValueError(f"{series.metric}: the two series must have the same days.")
    there = (series.denominator > 0) & (other.denominator > 0)
    values = [
        np.divide(s.numerator, s.denominator, out=np.zeros(len(there)), where=there)
        for s in (series, other)
    ]
    if log_scale:
        there &= values[1] > 0
        gap = np.divide(values[0], values[1], out=np.zeros(len(there)), where=there)
    else:
        gap = values[0] - values[1]
    if not there.any():
        raise CannotEstimate(f"{series.metric}: there is no day on which both queues have a case.")
    return Series(series.metric, series.days, np.where(there, gap, 0.0), there.astype(float))


def change_beside(
    series: Series, other: Series, *, log_scale: bool = False, **options: Any
) -> LevelChange:
    """The step of a changed queue against an unchanged one, in the metric's own unit.

    `level_change` on their difference; on a log scale on their ratio, the step being a factor.
    `treatment` is the changed queue's value after the change, `control` what it would have been.

    Raises:
        as `level_change` and `difference`.
    """
    gap = difference(series, other, log_scale=log_scale)
    found = level_change(gap, log_scale=log_scale, **options)
    after = found.start[
        found.used & (found.start >= np.datetime64(str(options["intervention_date"])))
    ]
    seen = np.isin(series.days, _days_of(after, found.unit)) & (series.denominator > 0)
    treatment = float(series.numerator[seen].sum() / series.denominator[seen].sum())
    effect = found.effect
    if log_scale:
        relative = [
            float(effect.details[k])
            for k in ("rel_effect", "rel_effect_ci_low", "rel_effect_ci_high")
        ]
        control = treatment / (1 + relative[0])
        limits = [control * r for r in relative]
        scale = control / effect.control if effect.control else 1.0
    else:
        limits = [effect.effect, effect.effect_ci_low, effect.effect_ci_high]
        control, scale = treatment - effect.effect, 1.0
    moved = effect.with_(
        control=control,
        treatment=treatment,
        effect=limits[0],
        effect_ci_low=limits[1],
        effect_ci_high=limits[2],
        se=effect.se * scale,
        method=f"{effect.method}, against an unchanged queue",
    )
    return found.with_effect(moved, detectable=found.smallest_detectable * scale)


def _days_of(starts: NDArray[np.datetime64], unit: str) -> NDArray[np.datetime64]:
    length = 1 if unit == "day" else 7
    return (starts[:, None] + np.arange(length)).ravel()
