"""Teams changed at several dates: effects by adoption group and period, and their summaries."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cs_lib.aggregates import TeamPanel
from cs_lib.methods.did.group_time import (
    Cells,
    Controls,
    Groups,
    PreBase,
    Rules,
    all_cells,
    grouped,
    mix,
    share_drift,
)
from cs_lib.methods.did.panel import (
    FLAT_SPREAD_RATIO,
    Floats,
    Ints,
    first_changed,
    require_complete,
)
from cs_lib.methods.did.spreads import Errors, errors_in_waves
from cs_lib.methods.errors import CannotEstimate
from cs_lib.sentences import say

Flags = NDArray[np.bool_]
# There must be so many more teams than adoption groups.
LEAST_DEGREES_OF_FREEDOM = 2


@dataclass(frozen=True, slots=True)
class GroupTimeEffects:
    """Effect on each adoption group in each period; before its change, the placebo of that period.

    `since` counts periods from the change: 0 is the first changed one. `left_out` names teams
    that cannot be used, having been changed before there was a base period.
    """

    metric: str
    rules: Rules
    group: NDArray[np.datetime64]
    period: NDArray[np.datetime64]
    since: Ints
    effect: Floats
    se: Floats  # By `row_errors`.
    n_changed: Ints
    n_control: Ints
    df: int
    left_out: tuple[str, ...]
    cells: Cells
    teams: Groups
    value: Floats  # Teams x periods, of the teams used.

    @property
    def errors(self) -> Errors:
        """Whose spread an average of these effects is judged by, see `spreads.errors_in_waves`."""
        return errors_in_waves(self.teams.size, never=bool(self.teams.never[-1]))

    @property
    def row_errors(self) -> Errors:
        """The same for single periods: never "own" or "sides", which leaves too little freedom for many rows."""
        return "influence" if self.errors == "influence" else "pooled"


def group_time_effects(
    panel: TeamPanel,
    *,
    controls: Controls = "not_yet",
    anticipation: int = 0,
    pre_base: PreBase = "varying",
) -> GroupTimeEffects:
    """ATT(g, t): mean change of the teams adopting in g since their base period, less the controls'.

    No covariates, teams alike. Controls are the teams not changed by t (and `anticipation` periods
    beyond), or only those never changed. The base period of t >= g - anticipation is
    g - anticipation - 1; placebos of earlier periods compare with the period before ("varying") or
    with that same base ("long"). Periods in which a group has no control left have no effect.
    Source: Callaway & Sant'Anna 2021.

    Raises:
        CannotEstimate: gaps, nobody changed, no control left, no base period, values that do not
            vary, or fewer than two teams more than there are adoption dates.
        ValueError: parts of the panel that contradict each other, or a negative anticipation.
    """
    if anticipation < 0:
        raise ValueError("The anticipation cannot be shorter than zero periods.")
    require_complete(panel)
    rules = Rules(controls, anticipation, pre_base)
    used = first_changed(panel) > anticipation
    cells, teams = _comparisons(panel, used, rules)
    estimates = mix(teams, cells.load)
    require_variation(panel.metric, estimates.se, panel.value)
    if errors_in_waves(teams.size, never=bool(teams.never[-1])) == "influence":
        _, drift = share_drift(cells, teams, np.eye(len(cells.period), dtype=bool), estimates.value)
        estimates = mix(teams, cells.load, "influence", drift=drift)
    place = np.searchsorted(teams.first, cells.group)
    return GroupTimeEffects(
        metric=panel.metric,
        rules=rules,
        group=panel.periods[cells.group],
        period=panel.periods[cells.period],
        since=cells.period - cells.group,
        effect=estimates.value,
        se=estimates.se,
        n_changed=teams.size[place],
        n_control=cells.n_control,
        df=teams.df,
        left_out=tuple(str(team) for team in panel.teams[~used]),
        cells=cells,
        teams=teams,
        value=panel.value[used],
    )


def _comparisons(panel: TeamPanel, used: Flags, rules: Rules) -> tuple[Cells, Groups]:
    first, periods = first_changed(panel), len(panel.periods)
    if not np.any(first < periods):
        raise CannotEstimate(
            say("{metric}: no team was changed within these periods.", metric=panel.metric)
        )
    if not np.any(first[used] < periods):
        raise CannotEstimate(
            say("{metric}: no changed team has a period before its change.", metric=panel.metric)
        )
    teams = grouped(panel.value[used], first[used])
    cells = all_cells(teams.first, teams.size, periods, rules)
    if not np.any(cells.period >= cells.group):
        raise CannotEstimate(
            say("{metric}: no team is left as control after the change.", metric=panel.metric)
        )
    if teams.df < LEAST_DEGREES_OF_FREEDOM:
        raise CannotEstimate(
            say(
                "{metric}: nearly every team was changed at a date of its own, so the chance "
                "variation between teams is not known.",
                metric=panel.metric,
            )
        )
    return cells, teams


def require_variation(metric: str, se: Floats, value: Floats) -> None:
    """Raises CannotEstimate when the teams do not vary enough for a standard error."""
    if np.any(se <= FLAT_SPREAD_RATIO * float(np.abs(value).max())):
        raise CannotEstimate(
            say("{metric} does not vary between teams in some period.", metric=metric)
        )
