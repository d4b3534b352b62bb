"""One series of a before/after study: the deciding effect, and what is said beside it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from cs_lib import sentences as w
from cs_lib.aggregates import Series
from cs_lib.experiment.before_after.case import Case
from cs_lib.experiment.before_after.season import season_before
from cs_lib.methods.errors import or_none
from cs_lib.methods.its.changes import Change
from cs_lib.methods.its.comparison import change_beside, difference
from cs_lib.methods.its.days_or_weeks import By
from cs_lib.methods.its.joint_changes import changes_in
from cs_lib.methods.its.level_change import LevelChange, level_change
from cs_lib.methods.its.placebo import Placebo, placebo_dates
from cs_lib.methods.its.season import Season
from cs_lib.methods.its.stages import StageSplit, decompose, joined
from cs_lib.methods.its.state_space import state_space
from cs_lib.metrics import Metric
from cs_lib.metrics.queries.per_stage import StageEvidence
from cs_lib.params import BeforeAfter
from cs_lib.params.changes import STUDIED
from cs_lib.results import Effect
from cs_lib.sentences import Text, say

# Stages below this share of the time before the change are put together.
SMALL_STAGE_SHARE = 0.05


def primary_change(case: Case) -> LevelChange:
    """The effect on the primary metric, against the unchanged queue when there is one."""
    name = case.study.measure.primary_metric
    series, other = case.evidence.series[name], case.evidence.comparison
    season = season_of_primary(case)
    if other is None:
        return step(series, case.study, case.evidence.metrics, season=season)
    plan = options(case.study) | {"log_scale": case.evidence.metrics[name].unit == "per_1000"}
    if case.study.design.one_step:
        return change_beside(series, other, season=season, **plan)
    return change_beside(series, other, changes=changes_of(case.study), **plan)


def season_of_primary(case: Case) -> Season | None:
    """The season of the deciding metric that the years before tell, on the scale on which it is read."""
    metrics = case.evidence.metrics
    log_scale = as_factor(case.series, metrics)
    if case.evidence.comparison is not None:
        log_scale = metrics[case.series.metric].unit == "per_1000"
    return season_before(case, log_scale=log_scale)


def without_comparison(case: Case) -> Effect | None:
    """The same effect without the unchanged queue, to be seen beside it."""
    if case.evidence.comparison is None:
        return None
    return or_none(lambda: step(case.series, case.study, case.evidence.metrics).effect)


def others_ignored(case: Case) -> Effect | None:
    """The same effect had the other changes not been in the model; nothing where there are none."""
    if not case.study.design.also:
        return None
    design = case.study.design.model_copy(update={"also": ()})
    alone = replace(case, study=case.study.model_copy(update={"design": design}))
    return or_none(lambda: primary_change(alone).effect)


def season_left(case: Case) -> Effect | None:
    """The same effect with the season of the years before left in; nothing where none was taken out."""
    if season_of_primary(case) is None:
        return None
    unread = replace(case, evidence=replace(case.evidence, earlier=None))
    return or_none(lambda: primary_change(unread).effect)


def second_opinion(case: Case) -> Effect | None:
    """The change against a state-space forecast from before it; nothing where that cannot be had.

    The unchanged queue is its control series. Days on which another change differs from the day
    before ours are left out: a forecast knows nothing of them.
    """
    series, control = alike(case.series, case.study), case.evidence.comparison
    return or_none(lambda: state_space(series, control=control, **options(case.study)).effect)


def quiet_before(case: Case) -> Placebo | None:
    """The same method at dates before the change."""
    series = case.series
    log_scale = as_factor(series, case.evidence.metrics)
    if case.evidence.comparison is not None:
        log_scale = case.evidence.metrics[series.metric].unit == "per_1000"
        series = difference(series, case.evidence.comparison, log_scale=log_scale)
    _, *others = changes_of(case.study)
    slope = case.study.design.shape == "slope"
    return placebo_dates(
        series,
        log_scale=log_scale,
        others=others,
        slope=slope,
        season=season_before(case, log_scale=log_scale),
        **options(case.study),
    )


def by_stage(case: Case) -> StageSplit | None:
    """In which stage the time changed; nothing when the steps cannot be told apart."""
    measured = case.evidence.stages
    return None if measured is None else or_none(lambda: _split_in_stages(case, measured))


def _split_in_stages(case: Case, measured: StageEvidence) -> StageSplit:
    plan = options(case.study)
    kept = joined(
        measured.stages, intervention_date=plan["intervention_date"], below=SMALL_STAGE_SHARE
    )
    if case.study.design.one_step:
        return decompose(kept, measured.total, **plan)
    known = dict.fromkeys((*kept, measured.total.metric), case.primary)
    return decompose(
        kept,
        measured.total,
        read=lambda series: step(series, case.study, known, by="week").effect,
        **plan,
    )


def growth(effect: Effect, metric: Metric) -> Text:
    """What a slope says: at once, a week since, and at the end; nothing without a slope."""
    if "slope_per_week" not in effect.details:
        return ""
    said = {}
    for name in ("step", "slope_per_week", "end_effect"):
        value, low, high = (
            float(effect.details[k]) for k in (name, f"{name}_ci_low", f"{name}_ci_high")
        )
        span = w.interval(low, high, metric.quantity)
        said[name] = w.bracketed(w.change(value, metric.quantity), span)
    return say(
        "That is the mean while it was on: {at_once} at once, {per_week} a week since, "
        "{at_end} at the end.",
        at_once=said["step"],
        per_week=said["slope_per_week"],
        at_end=said["end_effect"],
    )


def step_of(case: Case, name: str, *, alpha: float | None = None) -> LevelChange:
    """The effect on another of the case's metrics, under the study's plan."""
    return step(case.evidence.series[name], case.study, case.evidence.metrics, alpha=alpha)


def step(
    series: Series,
    study: BeforeAfter,
    metrics: dict[str, Metric],
    *,
    alpha: float | None = None,
    by: By = "automatic",
    season: Season | None = None,
) -> LevelChange:
    """The effect in one series under the study's plan; rates per orders as a factor where that can be had."""
    plan = options(study, alpha) | {"by": by, "log_scale": as_factor(series, metrics)}
    if study.design.one_step:
        return level_change(series, season=season, **plan)
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
        "holidays": design.days_off,
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
