"""A queue that was not changed, beside the one that was: the difference of the two, day by day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cs_lib.aggregates import Series
from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.its.changes import Change
from cs_lib.methods.its.joint_changes import changes_in
from cs_lib.methods.its.level_change import LevelChange, level_change
from cs_lib.results import Effect
from cs_lib.sentences import Method, say


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
        raise CannotEstimate(
            say("{metric}: there is no day on which both queues have a case.", metric=series.metric)
        )
    return Series(series.metric, series.days, np.where(there, gap, 0.0), there.astype(float))


def change_beside(
    series: Series,
    other: Series,
    *,
    log_scale: bool = False,
    changes: Sequence[Change] = (),
    **options: Any,
) -> LevelChange:
    """The step of a changed queue against an unchanged one, in the metric's own unit.

    `level_change` on their difference; on a log scale on their ratio, the step being a factor.
    With `changes`, none of which touched the unchanged queue, `changes_in` reads them together and
    the first one is returned. `treatment` is the changed queue's value while the change was on,
    `control` what it would have been.

    Raises:
        as `level_change` or `changes_in`, and `difference`.
    """
    gap = difference(series, other, log_scale=log_scale)
    if not changes:
        step = level_change(gap, log_scale=log_scale, **options)
        first = Change.of("after", options["intervention_date"])
    else:
        first = changes[0]
        plan = {k: v for k, v in options.items() if k != "intervention_date"}
        step = changes_in(gap, changes, log_scale=log_scale, **plan).of(first.name)
    known = [first, *changes[1:]]
    effect, *others = (
        _in_unit(e, _mean_while(series, step, change))
        for e, change in zip((step.effect, *step.others), known, strict=True)
    )
    scale = effect.control / step.effect.control if log_scale and step.effect.control else 1.0
    read = step.with_effect(effect, detectable=step.smallest_detectable * scale)
    rows = [(n, e * scale, low * scale, high * scale) for n, e, low, high in step.sensitivity]
    return replace(
        read,
        others=tuple(others),
        sensitivity=tuple(rows),
        daily=_in_unit(step.daily, effect.treatment) if step.daily else None,
        weekly=_in_unit(step.weekly, effect.treatment) if step.weekly else None,
        curved=_in_unit(step.curved, effect.treatment) if step.curved else None,
    )


def _mean_while(series: Series, step: LevelChange, change: Change) -> float:
    """The changed queue's own value over the used periods in which a change was on."""
    days = _days_of(step.start[step.used], step.unit)
    seen = np.isin(series.days, days) & change.on(series.days) & (series.denominator > 0)
    return float(series.numerator[seen].sum() / series.denominator[seen].sum())


def _in_unit(effect: Effect, treatment: float) -> Effect:
    """An effect on the difference, or the ratio, of two queues as one on the changed queue."""
    method = Method("against_unchanged_queue", effect.method)
    if effect.details["scale"] != "log":
        return effect.with_(control=treatment - effect.effect, treatment=treatment, method=method)
    names = ("rel_effect", "rel_effect_ci_low", "rel_effect_ci_high")
    relative = [float(effect.details[k]) for k in names]
    control = treatment / (1 + relative[0])
    scale = control / effect.control if effect.control else 1.0
    low, high = control * relative[1], control * relative[2]
    return effect.with_(
        control=control,
        treatment=treatment,
        effect=control * relative[0],
        effect_ci_low=low,
        effect_ci_high=high,
        se=effect.se * scale,
        method=method,
        details={k: _scaled(k, v, scale) for k, v in effect.details.items()},
    )


def _scaled(key: str, value: float | int | str, scale: float) -> float | int | str:
    """A detail in the metric's unit moved to another unit; the others as they are."""
    in_unit = key.startswith(("step", "slope_per_week", "end_effect", "smallest_detectable"))
    return value * scale if in_unit and not isinstance(value, str) else value


def _days_of(starts: NDArray[np.datetime64], unit: str) -> NDArray[np.datetime64]:
    length = 1 if unit == "day" else 7
    return (starts[:, None] + np.arange(length)).ravel()
