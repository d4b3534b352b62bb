"""The step in one series under a study's plan."""

from __future__ import annotations

from typing import Any

from cs_lib.experiment.errors import CannotEstimate, NotEnoughData
from cs_lib.experiment.its import LevelChange, level_change
from cs_lib.metrics import Metric
from cs_lib.params import BeforeAfter
from cs_lib.results import Series


def step(
    series: Series, study: BeforeAfter, metrics: dict[str, Metric], *, alpha: float | None = None
) -> LevelChange:
    """The level change of one series under the study's plan; rates per orders on the log scale where none is zero."""
    plan = options(study, alpha)
    if metrics[series.metric].unit == "per_1000":
        try:
            return level_change(series, log_scale=True, **plan)
        except NotEnoughData:
            raise
        except CannotEstimate:
            pass  # a period without any contact has no logarithm; the plain scale has no such trouble
    return level_change(series, **plan)


def options(study: BeforeAfter, alpha: float | None = None) -> dict[str, Any]:
    """What the settings say about every series: the day, the wash-out, holidays, the level."""
    design = study.design
    return {
        "intervention_date": design.intervention_date,
        "washout_days": design.washout_days,
        "holidays": design.holidays,
        "alpha": alpha or study.rule.alpha,
    }
