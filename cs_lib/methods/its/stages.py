"""Which stage of the flow a change moved: the step in every stage beside the step in the total."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np

from cs_lib.aggregates import Series
from cs_lib.methods.ab.multiplicity import benjamini_hochberg, false_coverage_level
from cs_lib.methods.errors import CannotEstimate, tried_each
from cs_lib.methods.its.level_change import Trend, level_change
from cs_lib.methods.tails import t_quantile
from cs_lib.results import Effect, Record
from cs_lib.sentences import Text, say

REST_OF_STAGES = "rest"
# The stages may miss the total by this share of it.
STAGE_SUM_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class StageStep(Record):
    """The step in one stage; its interval agrees with the adjusted p-value."""

    stage: str
    effect: Effect
    adjusted_pvalue: float  # Corrected over the stages (Benjamini-Hochberg).
    moved: bool  # the adjusted p is at most alpha
    share: float  # The part of the total step; not a number when the total has none to share.


@dataclass(frozen=True, slots=True)
class StageSplit(Record):
    """Steps by stage, largest first. Exploratory: the step in the total decides, this explains it."""

    total: Effect
    steps: tuple[StageStep, ...]
    moved_most: str | None  # The largest of the stages that moved; None when none did.
    residual: float  # total step minus the sum of the stages' steps, in the metric's unit
    no_shares: Text = ""  # why the shares are not numbers
    refused: dict[str, Text] = field(default_factory=dict)  # By stage, why it has no step.


def decompose(
    stage_series: Mapping[str, Series],
    total_series: Series,
    *,
    intervention_date: str | date,
    alpha: float = 0.05,
    washout_days: int = 0,
    holidays: Sequence[date] = (),
    trend: Trend = "automatic",
    read: Callable[[Series], Effect] | None = None,
) -> StageSplit:
    """The step by weeks in every stage series and in the total, with one set of options.

    Each stage keeps an autocorrelation of its own, so the steps need not add up to the total's
    although the series do: `residual` says what is left (and holds the stages that were refused).
    Shares divide by the total step, and are given only when its own p is at most alpha. p-values are
    adjusted over the stages, and their intervals are at the level that agrees with them. `read`
    has the effect of one series by weeks in some other way than the options do.

    Raises:
        CannotEstimate: fewer than two stages, stages that do not add up to the total, no step to be
            had in the total, or none in any stage. NotEnoughData as `level_change`.
        ValueError: stages with other days or other contacts than the total.
    Source: Benjamini & Hochberg 1995; Benjamini & Yekutieli 2005; for the steps `level_change`.
    """
    _require_parts(stage_series, total_series)
    options: dict[str, Any] = {
        "intervention_date": intervention_date,
        "alpha": alpha,
        "washout_days": washout_days,
        "holidays": holidays,
        "trend": trend,
        "by": "week",
    }
    read = read or (lambda series: level_change(series, **options).effect)
    total = read(total_series)
    no_shares: Text = ""
    effects, refused = _effects(stage_series, read, total_series.metric)
    if total.pvalue > alpha:
        no_shares = say("The total shows no clear step that stages could have a share of.")
    steps = _steps(effects, float("nan") if no_shares else total.effect, alpha)
    return StageSplit(
        total=total,
        steps=steps,
        moved_most=next((s.stage for s in steps if s.moved), None),
        residual=total.effect - sum(e.effect for e in effects.values()),
        no_shares=no_shares,
        refused=refused,
    )


def joined(
    stage_series: Mapping[str, Series], *, intervention_date: str | date, below: float
) -> dict[str, Series]:
    """The stages with those that hold a smaller share of the time than `below` made one, `rest`.

    Shares are of the time before the intervention, so what the change did has no say in it. Fewer
    stages leave each a better chance against the correction for having looked at all of them.
    """
    start = np.datetime64(str(intervention_date), "D")
    before = {n: float(s.numerator[s.days < start].sum()) for n, s in stage_series.items()}
    least = below * sum(before.values())
    kept = {n: s for n, s in stage_series.items() if before[n] >= least}
    small = [s for n, s in stage_series.items() if n not in kept]
    if len(small) < 2:
        return dict(stage_series)
    above = np.sum([s.numerator for s in small], axis=0)
    return {**kept, REST_OF_STAGES: replace(small[0], metric=REST_OF_STAGES, numerator=above)}


def _require_parts(stages: Mapping[str, Series], total: Series) -> None:
    if len(stages) < 2:
        raise CannotEstimate(
            say("{metric} has fewer than two stages to split its step over.", metric=total.metric)
        )
    for name, series in stages.items():
        same = np.array_equal(series.days, total.days)
        if not (same and np.allclose(series.denominator, total.denominator)):
            raise ValueError(f"The stage {name} has other days or other contacts than the total.")
    missing = total.numerator - sum(s.numerator for s in stages.values())
    if np.abs(missing).sum() > STAGE_SUM_TOLERANCE * np.abs(total.numerator).sum():
        raise CannotEstimate(
            say("The stages do not add up to {metric}, so none has a share.", metric=total.metric)
        )


def _effects(
    stages: Mapping[str, Series], read: Callable[[Series], Effect], metric: str
) -> tuple[dict[str, Effect], dict[str, Text]]:
    """The step of every stage that has one, and why the others have none; refuses when none has."""
    effects, refused = tried_each(stages, lambda stage: read(stages[stage]))
    if not effects:
        raise CannotEstimate(
            say("{metric}: no stage has a step that can be estimated.", metric=metric)
        )
    return effects, refused


def _steps(effects: dict[str, Effect], whole: float, alpha: float) -> tuple[StageStep, ...]:
    """Adjusted over the stages, largest step first."""
    pvalues = [effect.pvalue for effect in effects.values()]
    adjusted, level = benjamini_hochberg(pvalues), false_coverage_level(pvalues, alpha)
    steps = [
        StageStep(stage, _at_level(e, level), float(p), bool(p <= alpha), e.effect / whole)
        for (stage, e), p in zip(effects.items(), adjusted, strict=True)
    ]
    return tuple(sorted(steps, key=lambda step: -abs(step.effect.effect)))


def _at_level(effect: Effect, alpha: float) -> Effect:
    half = t_quantile(1 - alpha / 2, effect.df) * effect.se
    return effect.with_(
        effect_ci_low=effect.effect - half, effect_ci_high=effect.effect + half, alpha=alpha
    )
