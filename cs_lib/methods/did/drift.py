"""Would the finding survive if changed teams had gone on drifting away from the others?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import gcd
from typing import Literal

import numpy as np

from cs_lib.aggregates import TeamPanel
from cs_lib.methods.did.group_time import Controls
from cs_lib.methods.did.panel import Floats, first_changed
from cs_lib.methods.did.pretrend import ALPHA_SHARE_OF_LEADS, Deviation, mean_distance
from cs_lib.methods.did.staggered import GroupTimeEffects, group_time_effects
from cs_lib.methods.did.summaries import effects_by_time_since, overall_effect
from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.tails import t_quantile
from cs_lib.results import Effect
from cs_lib.sentences import say

# A block is at most a month of weeks.
MOST_PERIODS_PER_BLOCK = 4
# Before the first change there must be two steps from block to block to learn from.
LEAST_BLOCKS = 3


# The page shows these.
SHOWN_MAGNITUDES = (0.0, 0.5, 1.0)
MAGNITUDES = (0.0, 0.5, 1.0, 1.5, 2.0)


@dataclass(frozen=True, slots=True)
class Drift:
    """Bounds of the effect under drifts as large as before, from blocks of `block` periods."""

    bounds: RelativeBounds
    block: int

    @property
    def as_before(self) -> tuple[float, float]:
        """The interval when trends go on to differ by as much as the largest step before (x 1)."""
        at = int(np.flatnonzero(self.bounds.magnitude == 1.0)[0])
        return float(self.bounds.low[at]), float(self.bounds.high[at])


def drift_bounds(panel: TeamPanel, *, alpha: float = 0.05) -> Drift:
    """Relative-magnitude bounds of the overall effect, from neighbouring periods taken together.

    Between single weeks chance moves teams more than any drift does, and a change of twenty weeks
    would allow twenty such moves in a row; blocks average chance out and leave the slow drift that
    is to be feared. A block has at most 4 periods, no change inside, and leaves at least three
    blocks before the first change; weeks that fill no block are left out, and a wash-out counts as
    changed. Teams are compared with the last block before their change, so at no drift (x 0) the
    interval is not that of a comparison with all periods before.

    Raises:
        CannotEstimate: fewer than three periods before the first change, or as `relative_bounds`.
    Source: Rambachan & Roth 2023.
    """
    size = _block(panel)
    bounds = relative_bounds(in_blocks(panel, size), magnitudes=SHOWN_MAGNITUDES, alpha=alpha)
    return Drift(bounds, size)


def _block(panel: TeamPanel) -> int:
    """Periods of a block: as many as the dates of change and the time before the first allow."""
    first, periods = first_changed(panel), len(panel.periods)
    starts = np.unique(first[first < periods])
    if len(starts) == 0:
        raise CannotEstimate(
            say("{metric}: no team was changed within these periods.", metric=panel.metric)
        )
    apart = gcd(*(int(start - starts[0]) for start in starts)) if len(starts) > 1 else 0
    for size in range(MOST_PERIODS_PER_BLOCK, 0, -1):
        fits = starts[0] >= LEAST_BLOCKS * size and periods - starts[-1] >= size
        if fits and apart % size == 0:
            return size
    raise CannotEstimate(
        say(
            "{metric}: too few periods before the change to say how teams drift.",
            metric=panel.metric,
        )
    )


def in_blocks(panel: TeamPanel, size: int) -> TeamPanel:
    """Means of `size` periods in a row, counted from the first change; cases are summed.

    Blocks stand at equal steps from the first one's start, also where periods were left out.
    """
    first = first_changed(panel)
    at, periods = int(first.min()), len(panel.periods)
    begin = at % size
    blocks = (periods - begin) // size
    read = slice(begin, begin + blocks * size)
    step = size * np.diff(panel.periods).min() if periods > 1 else np.timedelta64(1, "D")
    starts = panel.periods[begin] + step * np.arange(blocks + 1)
    block = np.minimum((first - begin) // size, blocks)

    def folded(values: np.ndarray) -> np.ndarray:
        return values[:, read].reshape(len(values), blocks, size)

    return replace(
        panel,
        periods=starts[:-1],
        value=folded(panel.value).mean(axis=2),
        weight=folded(panel.weight).sum(axis=2),
        start=np.where(first < periods, starts[block], np.datetime64("NaT")),
    )


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
    largest_before_high: float  # The upper confidence limit of the largest deviation.
    breakdown: float
    breakdown_set: float
    alpha: float


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
    reach = mean_distance(effects) if deviation == "step" else 1.0
    return _bounds(
        overall, _largest_before(effects, alpha * ALPHA_SHARE_OF_LEADS), deviation, given, reach
    )


def _bounds(
    overall: Effect,
    before: tuple[float, float],
    deviation: Deviation,
    magnitude: Floats,
    reach: float,
) -> RelativeBounds:
    (largest, highest), alpha, size = before, overall.alpha, abs(overall.effect)
    known = magnitude * reach * largest
    wide = t_quantile(1 - alpha * (1 - ALPHA_SHARE_OF_LEADS) / 2, overall.df) * overall.se
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
