"""One series of a before/after study: the deciding effect, and what is said beside it."""

from __future__ import annotations

from cs_lib import wording as w
from cs_lib.experiment.beside import change_beside, difference
from cs_lib.experiment.errors import CannotEstimate
from cs_lib.experiment.flow_step import alike, as_factor, changes_of, options, step
from cs_lib.experiment.its import LevelChange
from cs_lib.experiment.placebo import Placebo, placebo_dates
from cs_lib.experiment.stages import StageSplit, decompose, joined
from cs_lib.experiment.state_space import state_space
from cs_lib.language import say
from cs_lib.metrics import Metric
from cs_lib.metrics.evidence import SeriesEvidence
from cs_lib.params import BeforeAfter
from cs_lib.results import Effect

SMALL_STAGE = 0.05  # share of the time before the change below which stages are put together


def primary_change(evidence: SeriesEvidence, study: BeforeAfter) -> LevelChange:
    """The effect on the primary metric, against the unchanged queue when there is one."""
    name = study.measure.primary_metric
    series, other = evidence.series[name], evidence.comparison
    if other is None:
        return step(series, study, evidence.metrics)
    changes = () if study.design.one_step else changes_of(study)
    log_scale = evidence.metrics[name].unit == "per_1000"
    return change_beside(series, other, log_scale=log_scale, changes=changes, **options(study))


def without_comparison(evidence: SeriesEvidence, study: BeforeAfter) -> Effect | None:
    """The same effect without the unchanged queue, to be seen beside it."""
    if evidence.comparison is None:
        return None
    try:
        return step(evidence.series[study.measure.primary_metric], study, evidence.metrics).effect
    except CannotEstimate:
        return None


def others_ignored(evidence: SeriesEvidence, study: BeforeAfter) -> Effect | None:
    """The same effect had the other changes not been in the model; nothing where there are none."""
    if not study.design.also:
        return None
    design = study.design.model_copy(update={"also": ()})
    try:
        return primary_change(evidence, study.model_copy(update={"design": design})).effect
    except CannotEstimate:
        return None


def second_opinion(evidence: SeriesEvidence, study: BeforeAfter) -> Effect | None:
    """The change against a state-space forecast from before it; nothing where that cannot be had.

    The unchanged queue is its control series. Days on which another change differs from the day
    before ours are left out: a forecast knows nothing of them.
    """
    series = alike(evidence.series[study.measure.primary_metric], study)
    try:
        return state_space(series, control=evidence.comparison, **options(study)).effect
    except CannotEstimate:
        return None


def quiet_before(evidence: SeriesEvidence, study: BeforeAfter) -> Placebo | None:
    """The same method at dates before the change."""
    series = evidence.series[study.measure.primary_metric]
    log_scale = as_factor(series, evidence.metrics)
    if evidence.comparison is not None:
        log_scale = evidence.metrics[series.metric].unit == "per_1000"
        series = difference(series, evidence.comparison, log_scale=log_scale)
    _, *others = changes_of(study)
    slope = study.design.shape == "slope"
    return placebo_dates(series, log_scale=log_scale, others=others, slope=slope, **options(study))


def by_stage(evidence: SeriesEvidence, study: BeforeAfter) -> StageSplit | None:
    """In which stage the time changed; nothing when the steps cannot be told apart."""
    found = evidence.stages
    if found is None:
        return None
    plan = options(study)
    metric = evidence.metrics[study.measure.primary_metric]
    try:
        kept = joined(found.stages, intervention_date=plan["intervention_date"], below=SMALL_STAGE)
        if study.design.one_step:
            return decompose(kept, found.total, **plan)
        known = dict.fromkeys((*kept, found.total.metric), metric)
        return decompose(
            kept,
            found.total,
            read=lambda series: step(series, study, known, by="week").effect,
            **plan,
        )
    except CannotEstimate:
        return None


def growth(effect: Effect, metric: Metric, currency: str) -> str:
    """What a slope says: at once, a week since, and at the end; nothing without a slope."""
    if "slope_per_week" not in effect.details:
        return ""
    said = {}
    for name in ("step", "slope_per_week", "end_effect"):
        value, low, high = (
            float(effect.details[k]) for k in (name, f"{name}_ci_low", f"{name}_ci_high")
        )
        span = w.interval(low, high, metric.unit, currency=currency)
        said[name] = f"{w.change(value, metric.unit, currency=currency)} ({span})"
    return say(
        "That is the mean while it was on: {said} at once, {said_2} a week since, "
        "{said_3} at the end.",
        said=said["step"],
        said_2=said["slope_per_week"],
        said_3=said["end_effect"],
    )
