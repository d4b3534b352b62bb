"""One spread for all teams, or one for every group: which error a comparison of groups takes, and its freedom."""

from __future__ import annotations

from typing import Literal

import numpy as np

from cs_lib.methods.did.panel import Floats, Ints

Errors = Literal["pooled", "own", "influence"]

# With fewer teams a group does not show how much it varies.
FEWEST_FOR_OWN_SPREAD = 3
# From so many teams on, so many of them in every group, influence functions hold their level.
FEWEST_FOR_INFLUENCE = 40
FEWEST_A_GROUP_FOR_INFLUENCE = 10


def errors_at_one_date(n_changed: int, n_control: int) -> Errors:
    """Whose spread the changes of two groups of teams are judged by.

    "pooled" when a group has one or two teams, and when both are equally large: the standard error
    is then the same, and the pooled t with G - 2 degrees of freedom rejected in 5.7 to 6.2 % when
    one group varied twice as much as the other. "own" (Welch) otherwise: there the pooled t
    rejected in 8 to 27 %.
    """
    few = min(n_changed, n_control) < FEWEST_FOR_OWN_SPREAD
    return "pooled" if few or n_changed == n_control else "own"


def errors_in_waves(size: Ints) -> Errors:
    """Whose spread averages of group-time effects are judged by, given the teams of every group.

    Two groups, all changed at one date, are judged as there. With more groups "influence" with 40
    teams or more, ten of them in every group, as other packages have them;
    "own" when every group has three or more; "pooled" otherwise. With 40 to 500 teams of which the
    changed ones vary twice as much, "pooled" rejected in up to 30 % and "influence" in up to 13 %
    where a wave had two or three teams.
    """
    if len(size) == 2:
        return errors_at_one_date(*size.tolist())
    if size.sum() >= FEWEST_FOR_INFLUENCE and size.min() >= FEWEST_A_GROUP_FOR_INFLUENCE:
        return "influence"
    return "own" if size.min() >= FEWEST_FOR_OWN_SPREAD else "pooled"


def require_own_spreads(size: Ints) -> None:
    """Raises ValueError when a group has a single team, which has no spread."""
    if size.min() < 2:
        raise ValueError("A group of one team has no spread of its own.")


def own_freedom(own: Floats, pooled: Floats, size: Ints) -> Floats:
    """Degrees of freedom of a variance that is a sum over groups, each with its own spread.

    The smaller of two: Satterthwaite's from the groups' own parts (Welch 1947), too many when a
    small group happens to vary little; and what they would be if all teams varied alike (Bell &
    McCaffrey 2002), too many when a small group varies more.

    Args:
        own: each group's part of the variance, from its own spread; groups last.
        pooled: each group's part if all teams had one spread, up to a common factor.
        size: teams of every group, two or more.
    """
    freedom = []
    for part in (own, pooled):
        squares = (part**2 / (size - 1)).sum(axis=-1)
        freedom.append(part.sum(axis=-1) ** 2 / np.where(squares > 0, squares, 1.0))
    return np.asarray(np.minimum(*freedom), dtype=np.float64)
