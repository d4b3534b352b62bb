"""The effect in one series under a study's plan: a plain step, or one of several changes fitted together."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from cs_lib.experiment.its import LevelChange, level_change
from cs_lib.experiment.its_changes import changes_in
from cs_lib.experiment.its_choice import By
from cs_lib.experiment.its_doses import Change
from cs_lib.metrics import Metric
from cs_lib.params import BeforeAfter
from cs_lib.params.changes import STUDIED
from cs_lib.results import Series


def step(
    series: Series,
    study: BeforeAfter,
    metrics: dict[str, Metric],
    *,
    alpha: float | None = None,
    by: By = "automatic",
) -> LevelChange:
    """The effect in one series under the study's plan; rates per orders as a factor where that can be had."""
    plan = options(study, alpha) | {"by": by, "log_scale": as_factor(series, metrics)}
    if study.design.one_step:
        return level_change(series, **plan)
    del plan["intervention_date"]
    return changes_in(series, changes_of(study), **plan).of(STUDIED)


def as_factor(series: Series, metrics: dict[str, Metric]) -> bool:
    """Whether the step is read on the log scale: a rate per orders, with contacts on every day.

    A day of zero has no logarithm. Weeks have one, but so few contacts a day are told apart better
    on the plain scale by days, at the same error rate (docs/bench/rates.md).
    """
    there = series.denominator > 0
    return metrics[series.metric].unit == "per_1000" and bool(np.all(series.numerator[there] > 0))


def options(study: BeforeAfter, alpha: float | None = None) -> dict[str, Any]:
    """What the settings say about every series: the day, the wash-out, holidays, the level."""
    design = study.design
    return {
        "intervention_date": design.intervention_date,
        "washout_days": design.washout_days,
        "holidays": design.holidays,
        "alpha": alpha or study.rule.alpha,
    }


def changes_of(study: BeforeAfter) -> tuple[Change, ...]:
    """The studied change, then those that are fitted together with it."""
    design = study.design
    studied = Change.of(STUDIED, *design.spans, slope=design.shape == "slope")
    return (studied, *(Change.of(other.name, other.span) for other in design.also))


def alike(series: Series, study: BeforeAfter) -> Series:
    """The series where nothing but the studied change differs from the day before it.

    Days after it without the change, and days on which another change was not as on that eve, carry
    no value.
    """
    if study.design.one_step:
        return series
    day = np.datetime64(study.design.intervention_date)
    studied, *others = changes_of(study)
    days = series.days.astype("datetime64[D]")
    same = (days < day) | studied.on(days)
    for other in others:
        same &= other.on(days) == other.on(np.array([day - 1]))[0]
    return replace(
        series,
        numerator=np.where(same, series.numerator, 0.0),
        denominator=np.where(same, series.denominator, 0.0),
    )
