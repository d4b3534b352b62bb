"""What two-way fixed effects average when teams were changed at several dates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cs_lib.aggregates import TeamPanel
from cs_lib.methods.did.group_time import Groups, grouped
from cs_lib.methods.did.panel import Floats, first_changed, require_complete
from cs_lib.methods.errors import CannotEstimate
from cs_lib.sentences import say

Kind = Literal[
    "changed_against_never",
    "earlier_against_later",  # The later group is not yet changed.
    "later_against_earlier",  # Forbidden, because the control is already changed.
    "changed_against_always",  # Forbidden, because the control was changed from the start.
]
COMPARISON_KINDS: tuple[Kind, ...] = (
    "changed_against_never",
    "earlier_against_later",
    "later_against_earlier",
    "changed_against_always",
)
FORBIDDEN_KINDS = COMPARISON_KINDS[2:]

Row = tuple[Kind, int, int, float, float]  # kind, changed and control group, weight, estimate


@dataclass(frozen=True, slots=True)
class Bacon:
    """The two-way fixed-effects estimate as a weighted sum of comparisons of two groups.

    One entry per comparison: kind, adoption date of the group that changes and of its control (not
    a time for never), weight (they sum to one) and estimate in the metric's unit. `weight_of` and
    `effect_of` add up by kind, the latter as a weighted mean, kinds without weight left out.
    """

    twfe: float
    kind: tuple[Kind, ...]
    changed: NDArray[np.datetime64]
    control: NDArray[np.datetime64]
    weight: Floats
    estimate: Floats
    weight_of: dict[Kind, float]
    effect_of: dict[Kind, float]
    forbidden_share: float  # The weight of comparisons whose control was already changed.


def bacon_decomposition(panel: TeamPanel) -> Bacon:
    """Which comparisons the regression on team, period and changed-or-not averages, and how heavily.

    Teams alike, unweighted. Comparisons with teams changed earlier take any growth of their effect
    for a trend: where `forbidden_share` is more than a little, the regression's number is not the
    effect. Teams changed in the first period count as always changed.
    Source: Goodman-Bacon 2021.

    Raises:
        CannotEstimate: gaps, nobody changed, nobody to compare with, or values that do not vary.
        ValueError: parts of the panel that contradict each other.
    """
    require_complete(panel)
    first, periods = first_changed(panel), len(panel.periods)
    if not np.any(first < periods):
        raise CannotEstimate(
            say("{metric}: no team was changed within these periods.", metric=panel.metric)
        )
    groups = grouped(panel.value, first)
    if len(groups.first) == 1:
        raise CannotEstimate(
            say("{metric}: all teams were changed at once, with no control.", metric=panel.metric)
        )
    rows = _comparisons(groups, periods)
    treated = (np.arange(periods) >= first[:, None]).astype(float)
    inside = treated - treated.mean(axis=0) - treated.mean(axis=1, keepdims=True) + treated.mean()
    total = float((inside**2).sum())
    weight = np.array([row[3] for row in rows]) / total * periods
    estimate = np.array([row[4] for row in rows])
    kind = tuple(row[0] for row in rows)
    weight_of, effect_of = _by_kind(kind, weight, estimate)
    dates = np.append(panel.periods, np.datetime64("NaT"))
    return Bacon(
        twfe=float((inside * panel.value).sum() / total),
        kind=kind,
        changed=dates[[row[1] for row in rows]],
        control=dates[[row[2] for row in rows]],
        weight=weight,
        estimate=estimate,
        weight_of=weight_of,
        effect_of=effect_of,
        forbidden_share=float(sum(weight_of.get(name, 0.0) for name in FORBIDDEN_KINDS)),
    )


def _by_kind(
    kind: tuple[Kind, ...], weight: Floats, estimate: Floats
) -> tuple[dict[Kind, float], dict[Kind, float]]:
    """Weights and weighted mean estimates of the kinds that occur."""
    weight_of: dict[Kind, float] = {}
    effect_of: dict[Kind, float] = {}
    for name in COMPARISON_KINDS:
        chosen = np.array([k == name for k in kind])
        if np.any(chosen):
            weight_of[name] = float(weight[chosen].sum())
            effect_of[name] = float(weight[chosen] @ estimate[chosen] / weight[chosen].sum())
    return weight_of, effect_of


def _comparisons(groups: Groups, periods: int) -> list[Row]:
    """Every pair of groups, both ways where both change, with weights times teams squared."""
    rows: list[Row] = []
    for early, start in enumerate(groups.first):
        for late in range(early + 1, len(groups.first)):
            then = int(groups.first[late])
            rows.extend(_pair(groups, early, late, int(start), then, periods))
    return rows


def _pair(groups: Groups, early: int, late: int, start: int, then: int, periods: int) -> list[Row]:
    """The comparisons of two groups, `start` being changed before `then`."""
    teams = float(groups.size[early] * groups.size[late]) / float(groups.size.sum())
    # The share of periods in which each group is changed.
    share, later = 1 - start / periods, 1 - then / periods
    rows: list[Row] = []
    if start > 0:
        kind: Kind = "changed_against_never" if then >= periods else "earlier_against_later"
        estimate = _double(groups.mean, early, late, slice(0, start), slice(start, then))
        rows.append((kind, start, then, teams * (share - later) * (1 - share), estimate))
    if then < periods:
        kind = "later_against_earlier" if start > 0 else "changed_against_always"
        before, after = slice(start, then), slice(then, periods)
        estimate = _double(groups.mean, late, early, before, after)
        rows.append((kind, then, start, teams * later * (share - later), estimate))
    return rows


def _double(mean: Floats, changed: int, control: int, before: slice, after: slice) -> float:
    """After minus before of one group, less that of the other."""
    gap = mean[changed] - mean[control]
    return float(gap[after].mean() - gap[before].mean())
