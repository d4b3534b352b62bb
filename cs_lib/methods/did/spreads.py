"""One spread for all teams, or one for every group: which error a comparison of groups takes, and its freedom."""

from __future__ import annotations

from typing import Literal

import numpy as np

from cs_lib.methods.did.panel import Floats, Ints

Errors = Literal[
    "pooled",  # One spread for all teams.
    "even",  # The same between two sides of as many teams, with fewer degrees of freedom when they look unlike.
    "own",  # One for every group.
    "sides",  # One for the teams ever changed and one for the others.
    "influence",  # How much every single team moves the answer.
]

# With fewer teams a group does not show how much it varies.
FEWEST_FOR_OWN_SPREAD = 3
# From so many teams on, so many of them in every group, influence functions hold their level.
FEWEST_FOR_INFLUENCE = 40
FEWEST_A_GROUP_FOR_INFLUENCE = 10
# A side's teams less its waves; with fewer a side does not show how much it varies.
LEAST_FREEDOM_OF_A_SIDE = 2
# Degrees of freedom by which two equally large sides are drawn towards their common spread.
DRAWN_TOGETHER = 3


def errors_at_one_date(n_changed: int, n_control: int) -> Errors:
    """Whose spread the changes of two groups of teams are judged by.

    "even" when both groups are equally large, two teams or more: the standard error is then the same
    with one spread or two, and only its freedom is not, see `even_freedom`. "pooled" when a group has
    one or two teams. "own" (Welch) otherwise: there the pooled t rejected in 8 to 27 % when one group
    varied twice as much as the other.
    """
    if n_changed == n_control > 1:
        return "even"
    return "pooled" if min(n_changed, n_control) < FEWEST_FOR_OWN_SPREAD else "own"


def errors_in_waves(size: Ints, *, never: bool = True) -> Errors:
    """Whose spread averages of group-time effects are judged by, given the teams of every group.

    `never` says whether the last group was never changed.

    Two groups, all changed at one date, are judged as there, equally large ones by one spread. With
    more groups "influence" with 40 teams or more, ten of them in every group, as other packages have
    them; "own" when every group has three or more; "sides" when waves are smaller, but changed and
    unchanged teams show their spread taken together; "pooled" otherwise. With 40 to 500 teams of
    which the changed ones vary twice as much, "pooled" rejected in up to 30 % and "influence" in up
    to 13 % where a wave had two or three teams; "sides" in 3 to 4 % with three waves of two teams
    (docs/bench/teams_spreads.md).
    """
    if len(size) == 2:
        errors = errors_at_one_date(*size.tolist())
        return "pooled" if errors == "even" else errors
    if size.sum() >= FEWEST_FOR_INFLUENCE and size.min() >= FEWEST_A_GROUP_FOR_INFLUENCE:
        return "influence"
    if size.min() >= FEWEST_FOR_OWN_SPREAD:
        return "own"
    changed = int((size[:-1] - 1).sum())
    shown = never and min(changed, int(size[-1]) - 1) >= LEAST_FREEDOM_OF_A_SIDE
    return "sides" if shown else "pooled"


def require_own_spreads(size: Ints) -> None:
    """Raises ValueError when a group has a single team, which has no spread."""
    if size.min() < 2:
        raise ValueError("A group of one team has no spread of its own.")


def own_freedom(own: Floats, pooled: Floats, size: Ints | Floats) -> Floats:
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


def even_freedom(own: Floats, size: int) -> Floats:
    """Degrees of freedom of the difference of two groups of `size` teams, each with its own spread.

    Satterthwaite's (Welch 1947), from spreads drawn towards their common one by three degrees of
    freedom. From the spreads alone he has too few when both are small and alike, which costs up to a
    fifth of the power; twice `size` less two, as if they were alike, are too many when they are not.
    At ratios of spreads from one half to two this rejects in at most 6 % (docs/bench/teams_spreads.md).
    Drawing variances together: Smyth 2004.

    Args:
        own: each group's part of the variance; groups last.
        size: teams of either group, two or more.
    """
    drawn = (size - 1) * own + DRAWN_TOGETHER * own.mean(axis=-1, keepdims=True)
    squares = (drawn**2).sum(axis=-1)
    total = drawn.sum(axis=-1)
    return np.asarray((size - 1) * total**2 / np.where(squares > 0, squares, 1.0), dtype=np.float64)


def shared_freedom(shares: Floats, df: float) -> Floats:
    """Satterthwaite's degrees of freedom of a sum over groups whose teams share one covariance matrix.

    Args:
        shares: (..., groups, groups), products of the groups' loads under that matrix; parts on the diagonal.
        df: degrees of freedom of the matrix.
    """
    total, squares = np.trace(shares, axis1=-2, axis2=-1), (shares**2).sum(axis=(-2, -1))
    return np.asarray(df * total**2 / np.where(squares > 0, squares, 1.0), dtype=np.float64)


def side_freedom(own: Floats, pooled: Floats, freedom: Floats) -> Floats:
    """Degrees of freedom of a variance that is a sum over two sides, each with `freedom` of its own (sides last)."""
    return own_freedom(own, pooled, freedom + 1)
