"""Parallel trends before the change: tested, the test's power, and what a break of them would do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special
from scipy.optimize import brentq

from cs_lib.aggregates import TeamPanel
from cs_lib.methods.did.group_time import Controls, mix, share_drift, wishart_df
from cs_lib.methods.did.panel import Floats
from cs_lib.methods.did.staggered import GroupTimeEffects, group_time_effects
from cs_lib.methods.errors import CannotEstimate
from cs_lib.sentences import say

Deviation = Literal["step", "level"]

MOST_BLOCKS = 4


# This share of alpha is spent on not knowing the largest deviation before the change.
ALPHA_SHARE_OF_LEADS = 0.2


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
    clean = -anticipation - 1  # The base period, counted from the change.
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
    estimates = mix(effects.teams, load)
    try:
        freedom = wishart_df(effects.teams, load)
        distance = float(estimates.value @ np.linalg.solve(estimates.cov, estimates.value))
    except np.linalg.LinAlgError:
        raise CannotEstimate(
            say("{metric}: placebo effects vary together exactly.", metric=effects.metric)
        ) from None
    df = freedom - blocks + 1
    f = distance * df / (freedom * blocks)
    return Pretrend(
        metric=effects.metric,
        lead=weight @ (effects.since + effects.rules.anticipation + 1),
        effect=estimates.value,
        cov=estimates.cov,
        f=f,
        df_between=blocks,
        df=df,
        pvalue=float(special.fdtrc(blocks, df, f)),
        alpha=alpha,
        bias_per_slope=mean_distance(effects),
    )


def mean_distance(effects: GroupTimeEffects) -> float:
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
