"""Parallel trends before the change: tested, the test's power, and what a break of them would do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special
from scipy.optimize import brentq

from cs_lib.experiment.errors import CannotEstimate
from cs_lib.experiment.group_time import Controls, mix, share_drift, wishart_df
from cs_lib.experiment.staggered import (
    GroupTimeEffects,
    effects_by_time_since,
    group_time_effects,
    overall_effect,
)
from cs_lib.experiment.tails import t_quantile
from cs_lib.experiment.team_panel import Floats
from cs_lib.language import say
from cs_lib.results import Effect, TeamPanel

Deviation = Literal["step", "level"]

MOST_BLOCKS = 4
MAGNITUDES = (0.0, 0.5, 1.0, 1.5, 2.0)
LEADS_ALPHA = 0.2  # share of alpha spent on not knowing the largest deviation before the change


@dataclass(frozen=True, slots=True)
class Pretrend:
    """Joint test that changed teams ran parallel to the others before the change.

    Leads are averaged in `blocks` of neighbouring periods; `lead` is the mean distance of a block
    to the base period (negative, in periods), `effect` its placebo effect in the metric's unit.
    `f` has df_between = number of blocks and `df` degrees of freedom. `bias_per_slope` is what a
    linear trend of one unit a period would add to the overall effect.
    """

    metric: str
    lead: Floats
    effect: Floats
    cov: Floats
    f: float
    df_between: int
    df: float
    pvalue: float
    alpha: float
    bias_per_slope: float


@dataclass(frozen=True, slots=True)
class RelativeBounds:
    """What the overall effect can be when trends break after the change as they may have before.

    One entry per magnitude M. `set_low` and `set_high`: the effects possible if the estimates were
    free of chance; `low` and `high`: the interval. `breakdown` is the M up to which the interval
    leaves zero out, 0 when even the plain interval does not; `breakdown_set` that of the set.
    """

    metric: str
    deviation: Deviation
    magnitude: Floats
    set_low: Floats
    set_high: Floats
    low: Floats
    high: Floats
    largest_before: float
    largest_before_high: float  # upper confidence limit of the largest deviation
    breakdown: float
    breakdown_set: float
    alpha: float


def pretrend_test(
    panel: TeamPanel,
    *,
    controls: Controls = "not_yet",
    anticipation: int = 0,
    alpha: float = 0.05,
    blocks: int = MOST_BLOCKS,
) -> Pretrend:
    """F test that no placebo effect before the change differs from zero.

    Event study with long base periods; leads are averaged in at most `blocks` blocks (fewer when
    few teams would leave the covariance unknown), which keeps the test usable with few teams and
    many periods and gathers a slow drift. The covariance is the pooled one of `overall_effect`, F
    is Hotelling's with the degrees of freedom of Tipton & Pustejovsky (2015). Not significant does
    not mean parallel: see `pretrend_power`.

    Raises:
        CannotEstimate: fewer than two periods before every change, too few teams, or as
            `group_time_effects`.
    """
    effects = group_time_effects(
        panel, controls=controls, anticipation=anticipation, pre_base="long"
    )
    clean = -anticipation - 1  # the base period, counted from the change
    leads = np.unique(effects.since[effects.since < clean])
    most = min(blocks, len(leads), effects.df // 2)
    if len(leads) == 0 or most < 1:
        raise CannotEstimate(
            say("{metric}: no two periods before the change to compare.", metric=panel.metric)
        )
    chosen = np.array([np.isin(effects.since, part) for part in np.array_split(leads, most)])
    return _joint_test(effects, chosen, alpha)


def _joint_test(effects: GroupTimeEffects, chosen: NDArray[np.bool_], alpha: float) -> Pretrend:
    """Hotelling's F that the averages of the chosen cells (blocks x cells) are zero."""
    blocks = len(chosen)
    weight, _ = share_drift(effects.cells, effects.teams, chosen, effects.effect)
    load = np.tensordot(weight, effects.cells.load, axes=1)
    found = mix(effects.teams, load)
    try:
        freedom = wishart_df(effects.teams, load)
        distance = float(found.value @ np.linalg.solve(found.cov, found.value))
    except np.linalg.LinAlgError:
        raise CannotEstimate(
            say("{metric}: placebo effects vary together exactly.", metric=effects.metric)
        ) from None
    df = freedom - blocks + 1
    f = distance * df / (freedom * blocks)
    return Pretrend(
        metric=effects.metric,
        lead=weight @ (effects.since + effects.rules.anticipation + 1),
        effect=found.value,
        cov=found.cov,
        f=f,
        df_between=blocks,
        df=df,
        pvalue=float(special.fdtrc(blocks, df, f)),
        alpha=alpha,
        bias_per_slope=_mean_distance(effects),
    )


def _mean_distance(effects: GroupTimeEffects) -> float:
    """Periods between base and changed period, averaged as the overall effect is."""
    post = effects.since >= 0
    distance = effects.since[post] + 1 + effects.rules.anticipation
    return float(np.average(distance, weights=effects.n_changed[post]))


def pretrend_power(pretrend: Pretrend, slopes: ArrayLike) -> NDArray[np.float64]:
    """Probability that the test rejects at its alpha if trends differ by a line of this slope.

    Slopes are in the metric's unit per period, changed teams against their controls; a trend that
    all changed teams share shows in full only against controls="never". Non-central F with the
    estimated covariance, whose inverse is too large on average and is shrunk; itself an estimate.
    Source: Roth 2022, with F in place of chi-square.
    """
    lines = np.asarray(slopes, dtype=float)
    unit = float(pretrend.lead @ np.linalg.solve(pretrend.cov, pretrend.lead))
    critical = special.fdtri(pretrend.df_between, pretrend.df, 1 - pretrend.alpha)
    centre = unit * lines**2 * pretrend.df / (pretrend.df + pretrend.df_between - 1)
    return np.asarray(1 - special.ncfdtr(pretrend.df_between, pretrend.df, centre, critical))


def detectable_slope(pretrend: Pretrend, power: float = 0.8) -> float:
    """The slope per period that the test finds with this power, in the metric's unit.

    Times `bias_per_slope` it is the bias of the overall effect that would have gone unseen with
    one minus that probability.

    Raises:
        ValueError: a power that is not between the test's level and one.
    """
    if not pretrend.alpha < power < 1:
        raise ValueError("The power must lie between the test's level and one.")
    high = 1.0 / float(np.sqrt(pretrend.lead @ np.linalg.solve(pretrend.cov, pretrend.lead)))
    while pretrend_power(pretrend, high) < power:
        high *= 2
    return float(brentq(lambda slope: float(pretrend_power(pretrend, slope)) - power, 0.0, high))


def relative_bounds(
    panel: TeamPanel,
    *,
    magnitudes: Sequence[float] = MAGNITUDES,
    deviation: Deviation = "step",
    controls: Controls = "not_yet",
    anticipation: int = 0,
    alpha: float = 0.05,
) -> RelativeBounds:
    """Bounds of the overall effect when trends may break M times as much as they did before.

    "step" is the relative-magnitude restriction of Rambachan & Roth (2023): from one period to the
    next, changed and other teams drift apart by at most M times the largest such step before the
    change, so the bias of an effect e periods after adoption is at most (e + 1) steps. "level":
    the whole distance after the change is at most M times the largest distance to the base period
    before it.

    The set is the overall effect plus or minus M x B x largest, B being the mean number of steps
    ("step") or one ("level"). The interval puts the upper limit of the largest (Bonferroni-t over
    the leads at a fifth of alpha) in its place and adds t x standard error at four fifths of
    alpha; at M = 0 it is the plain interval. By Bonferroni's inequality it covers at 1 - alpha or
    more for every deviation allowed, whatever the correlation of leads and effect.

    Not computed of HonestDiD: the conditional and hybrid moment-inequality intervals, which are
    shorter when leads are noisy; the smoothness restriction and mixtures; sign and monotonicity
    restrictions; bounds for single periods or other averages than the overall effect.

    Raises:
        CannotEstimate: fewer than two periods before every change, or as `group_time_effects`.
        ValueError: a negative magnitude.
    """
    given = np.asarray(magnitudes, dtype=float)
    if not np.all(given >= 0):
        raise ValueError("A magnitude cannot be negative.")
    base: Literal["varying", "long"] = "varying" if deviation == "step" else "long"
    effects = group_time_effects(panel, controls=controls, anticipation=anticipation, pre_base=base)
    overall = overall_effect(effects, alpha=alpha)
    reach = _mean_distance(effects) if deviation == "step" else 1.0
    return _bounds(overall, _largest_before(effects, alpha * LEADS_ALPHA), deviation, given, reach)


def _bounds(
    overall: Effect,
    before: tuple[float, float],
    deviation: Deviation,
    magnitude: Floats,
    reach: float,
) -> RelativeBounds:
    (largest, highest), alpha, size = before, overall.alpha, abs(overall.effect)
    known = magnitude * reach * largest
    wide = t_quantile(1 - alpha * (1 - LEADS_ALPHA) / 2, overall.df) * overall.se
    plain = overall.effect - overall.effect_ci_low
    half = np.where(magnitude > 0, wide + magnitude * reach * highest, plain)
    return RelativeBounds(
        metric=overall.metric,
        deviation=deviation,
        magnitude=magnitude,
        set_low=overall.effect - known,
        set_high=overall.effect + known,
        low=overall.effect - half,
        high=overall.effect + half,
        largest_before=largest,
        largest_before_high=highest,
        breakdown=max(size - wide, 0.0) / (reach * highest),
        breakdown_set=size / (reach * largest) if largest > 0 else float("inf"),
        alpha=alpha,
    )


def _largest_before(effects: GroupTimeEffects, alpha: float) -> tuple[float, float]:
    """Largest placebo effect, and an upper limit of the largest true one at 1 - alpha."""
    profile = effects_by_time_since(effects)
    before = profile.key.astype(np.int64) < -effects.rules.anticipation
    if not np.any(before):
        raise CannotEstimate(
            say(
                "{metric}: no two periods before the change, so no deviation to compare with.",
                metric=effects.metric,
            )
        )
    size, n = np.abs(profile.effect[before]), int(before.sum())
    limit = [t_quantile(1 - alpha / 2 / n, df) for df in profile.df[before]]
    return float(size.max()), float((size + np.array(limit) * profile.se[before]).max())
