"""Team by period panels: checks that they can be read, who changed when, and who has no gap."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from cs_lib.aggregates import TeamPanel
from cs_lib.methods.errors import CannotEstimate
from cs_lib.sentences import say

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# A spread below this share of the largest value is rounding.
FLAT_SPREAD_RATIO = 1e-12


def require_readable(panel: TeamPanel) -> None:
    """Refuse a panel whose parts contradict each other.

    Raises:
        ValueError: shapes that do not fit, periods out of order or of unequal length, a team
            twice, negative weights, or a start that is no period's start.
    """
    shape = (len(panel.teams), len(panel.periods))
    if panel.value.shape != shape or panel.weight.shape != shape or len(panel.start) != shape[0]:
        raise ValueError(f"{panel.metric}: teams, periods, values and starts do not fit together.")
    if len(set(panel.teams.tolist())) < shape[0]:
        raise ValueError(f"{panel.metric}: a team is there twice.")
    if not _evenly_spaced(panel.periods):
        raise ValueError(f"{panel.metric}: periods must be in order and of one length.")
    if np.any(panel.weight < 0):
        raise ValueError(f"{panel.metric}: a team has a negative number of cases.")
    known = panel.start[~np.isnat(panel.start)]
    if len(panel.periods):
        inside = known[(known >= panel.periods[0]) & (known <= panel.periods[-1])]
        if not np.all(np.isin(inside, panel.periods)):
            raise ValueError(f"{panel.metric}: a team's start is not the start of a period.")


def _evenly_spaced(periods: NDArray[np.datetime64]) -> bool:
    """Whether steps are equal, in days or in calendar months, or several of the shortest where some are left out."""
    months = periods.astype("datetime64[M]")
    into = (periods - months).astype(np.int64)
    for times, same in ((periods, True), (months, len(set(into.tolist())) <= 1)):
        steps = np.diff(times).astype(np.int64)
        if same and np.all(steps > 0) and (len(steps) == 0 or np.all(steps % steps.min() == 0)):
            return True
    return False


def gaps(panel: TeamPanel) -> NDArray[np.bool_]:
    """Team by period: True where a team has no cases or no value."""
    return ~(np.isfinite(panel.value) & (panel.weight > 0))


def without_gaps(panel: TeamPanel) -> tuple[TeamPanel, tuple[str, ...]]:
    """The teams with cases in every period, and the names of the others."""
    whole = np.asarray(~gaps(panel).any(axis=1))
    dropped = tuple(str(team) for team in panel.teams[~whole])
    return select(panel, whole), dropped


def select(panel: TeamPanel, teams: NDArray[np.bool_]) -> TeamPanel:
    """The panel of some of its teams."""
    return replace(
        panel,
        teams=panel.teams[teams],
        value=panel.value[teams],
        weight=panel.weight[teams],
        start=panel.start[teams],
    )


def require_complete(panel: TeamPanel) -> None:
    """Refuse a panel that cannot be read, or in which a team has no cases in some period.

    Raises:
        CannotEstimate: gaps, or values that never vary.
        ValueError: parts that contradict each other.
    """
    require_readable(panel)
    holes = gaps(panel).sum(axis=1)
    if np.any(holes):
        first = int(np.flatnonzero(holes)[0])
        raise CannotEstimate(
            say(
                "{metric}: team {teams} has no cases in {holes} of {periods} periods; leave "
                "such teams out or take longer periods.",
                metric=panel.metric,
                teams=panel.teams[first],
                holes=holes[first],
                periods=len(panel.periods),
            )
        )
    if panel.value.size and np.ptp(panel.value) == 0:
        raise CannotEstimate(
            say("{metric} has one and the same value everywhere.", metric=panel.metric)
        )


def first_changed(panel: TeamPanel) -> Ints:
    """Position of each team's first changed period; the number of periods when not in the panel.

    A team changed before the first period has 0, as has one changed in it.
    """
    place = np.searchsorted(panel.periods, panel.start).astype(np.int64)
    return np.where(np.isnat(panel.start), len(panel.periods), place)
