"""Whether the model may be believed around the change: the days before it, and the first ones after it."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from cs_lib import sentences as w
from cs_lib.experiment.before_after.case import Case
from cs_lib.experiment.before_after.series import as_factor, changes_of, options
from cs_lib.methods.errors import or_none
from cs_lib.methods.its.comparison import change_beside
from cs_lib.methods.its.first_days import FIRST_DAYS, FirstDays, first_days
from cs_lib.methods.its.joint_changes import changes_in
from cs_lib.methods.its.level_change import LevelChange, level_change
from cs_lib.methods.its.placebo_test import PlaceboTest, placebo_test
from cs_lib.metrics.public_days import without_days
from cs_lib.params.changes import STUDIED
from cs_lib.results import Check
from cs_lib.sentences import say


def model_before(case: Case, read: LevelChange) -> PlaceboTest | None:
    """The fitted model against the days before the studied change."""
    return placebo_test(read, from_day=np.datetime64(case.study.design.intervention_date))


def read_first_days(case: Case, read: LevelChange) -> FirstDays | None:
    """The effect beside that of the later days; None for a slope, or when too few days are left.

    Read as the effect was: by the same unit, with or without a trend, against the same queue, and
    with the other changes in the model; beside a straight line also where the level wanders, because
    the effect must show there too.
    """
    if case.study.design.shape == "slope":
        return None
    return or_none(lambda: first_days(read.straight, _later(case, read).effect))


def _later(case: Case, read: LevelChange) -> LevelChange:
    """The change without its first two weeks. Raises CannotEstimate."""
    study, metrics = case.study, case.evidence.metrics
    start = study.design.intervention_date + timedelta(days=study.design.washout_days)
    first = [start + timedelta(days=day) for day in range(FIRST_DAYS)]
    series, other = without_days(case.series, first), case.evidence.comparison
    plan = options(study) | {"by": read.unit, "trend": "linear" if read.trend else "none"}
    changes = () if study.design.one_step else changes_of(study)
    if study.design.one_step:
        plan["season"] = read.season
    if other is not None:
        plan["log_scale"] = metrics[series.metric].unit == "per_1000"
        return change_beside(series, other, changes=changes, **plan)
    plan["log_scale"] = as_factor(case.series if read.season else series, metrics)
    if not changes:
        return level_change(series, **plan)
    del plan["intervention_date"]
    return changes_in(series, changes, **plan).of(STUDIED)


def first_days_checks(case: Case, found: FirstDays | None) -> list[Check]:
    """One sentence on what the later days show; nothing for a slope, which may fade."""
    name = "first_days"
    if case.study.design.shape == "slope":
        return []
    if found is None:
        short = say("The days after the change are too few to be read without the first two weeks.")
        return [Check(name, None, short)]
    unit, effect = case.primary.quantity, found.later
    step = w.bracketed(
        w.change(effect.effect, unit), w.interval(effect.effect_ci_low, effect.effect_ci_high, unit)
    )
    finding = (
        say(
            "Without the first two weeks after the change no clear effect is left: {step}. The first days "
            "carry it alone.",
            step=step,
        )
        if found.alone
        else say("Without the first two weeks after the change the effect is {step}.", step=step)
    )
    return [Check(name, not found.alone, finding)]
