"""Group-time effects as weights on the adoption groups' means, and the variance of any mixture.

Teams that changed together form a group. Every comparison of Callaway and Sant'Anna (2021) without
covariates is linear in the groups' means by period, with weights that the dates alone decide, so
every summary is too, and its variance needs no more than the teams' deviations from their group.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cs_lib.methods.did.spreads import (
    Errors,
    own_freedom,
    require_own_spreads,
    shared_freedom,
    side_freedom,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

Controls = Literal["not_yet", "never"]
PreBase = Literal["varying", "long"]


@dataclass(frozen=True, slots=True)
class Rules:
    """Who is compared with whom, and against which period."""

    controls: Controls
    anticipation: int
    pre_base: PreBase


@dataclass(frozen=True, slots=True)
class Cells:
    """Comparisons: group at period against base, with a weight for every group and period."""

    group: Ints  # first changed period of the group
    period: Ints
    base: Ints
    n_control: Ints
    load: Floats  # cells x groups x periods


@dataclass(frozen=True, slots=True)
class Groups:
    """Teams by adoption: means by period, and each team's deviation from its group's mean."""

    first: Ints  # groups: first changed period; the number of periods for never
    size: Ints  # groups
    of_team: Ints  # teams: place of its group
    mean: Floats  # groups x periods
    residual: Floats  # teams x periods

    @property
    def df(self) -> int:
        """Degrees of freedom of the deviations: teams less groups."""
        return len(self.of_team) - len(self.size)

    @property
    def never(self) -> NDArray[np.bool_]:
        """Which groups were never changed."""
        return np.asarray(self.first >= self.residual.shape[1])


@dataclass(frozen=True, slots=True)
class Estimates:
    """Linear summaries with their covariance and each one's degrees of freedom."""

    value: Floats
    cov: Floats
    df: Floats

    @property
    def se(self) -> Floats:
        """Standard errors."""
        return np.sqrt(np.diag(self.cov))


def grouped(value: Floats, first: Ints) -> Groups:
    """Teams put together by their first changed period."""
    groups, of_team, size = np.unique(first, return_inverse=True, return_counts=True)
    mean = np.stack([value[of_team == place].mean(axis=0) for place in range(len(groups))])
    return Groups(groups, size.astype(np.int64), of_team, mean, value - mean[of_team])


def all_cells(first: Ints, size: Ints, periods: int, rules: Rules) -> Cells:
    """Every group at every period at which it has a base period and controls.

    From the start of anticipation on, the base is the last period before that. Earlier periods
    are compared with the one before ("varying") or with that same base ("long").
    """
    rows: list[tuple[int, int, int, int, Floats]] = []
    for place, start in enumerate(first):
        last_clean = int(start) - rules.anticipation - 1
        if start >= periods or last_clean < 0:
            continue
        for period in range(periods):
            base = last_clean
            if period <= last_clean and rules.pre_base == "varying":
                base = period - 1
            if base < 0 or base == period:
                continue
            control = _control(first, place, max(period, base), periods, rules)
            if not np.any(control):
                continue
            load = np.zeros((len(first), periods))
            share = np.where(control, size, 0) / size[control].sum()
            load[:, period], load[:, base] = -share, share
            load[place, period], load[place, base] = 1.0, -1.0
            rows.append((int(start), period, base, int(size[control].sum()), load))
    loads = np.array([row[4] for row in rows]).reshape(-1, len(first), periods)
    column = np.array([row[:4] for row in rows], dtype=np.int64).reshape(-1, 4).T
    return Cells(column[0], column[1], column[2], column[3], loads)


def _control(first: Ints, place: int, latest: int, periods: int, rules: Rules) -> NDArray[np.bool_]:
    """Groups that serve as controls up to a period."""
    never = first >= periods
    if rules.controls == "never":
        return never
    control = never | (first > latest + rules.anticipation)
    control[place] = False
    return control


def mix(
    groups: Groups, load: Floats, errors: Errors = "pooled", *, drift: Floats | None = None
) -> Estimates:
    """Summaries with weights `load` (summaries x groups x periods) and their covariance.

    "pooled": one covariance matrix of a team over time, pooled over all groups, given who adopted
    when. It is the pooled-variance t of two groups carried to many, and needs no second team in
    every group. A group's share of a variance is a quadratic form in that matrix, so the degrees
    of freedom are Satterthwaite's: teams less groups when all shares move together, up to the
    number of groups times that when they do not. "own": the same with a matrix for every group,
    which is Welch's t carried to many; degrees of freedom of `spreads.own_freedom`. "sides": one for
    all groups ever changed and one for those never changed. "influence":
    the influence functions of Callaway and Sant'Anna, summed by team, with teams less one degrees
    of freedom; `drift` (summaries x groups) is what one more team in the group adds through
    estimated shares.

    Raises:
        ValueError: "own" errors and a group of one team.
    """
    value = np.einsum("qgt,gt->q", load, groups.mean)
    if errors == "influence":
        influence = _of_each(groups, load)
        if drift is not None:
            influence = influence + drift[:, groups.of_team]
        df = np.full(len(load), float(len(groups.of_team) - 1))
        return Estimates(value, influence @ influence.T, df)
    scaled = load / np.sqrt(groups.size)[None, :, None]
    parts = scaled @ groups.residual.T
    shares = parts @ parts.transpose(0, 2, 1) / groups.df
    if errors == "own":
        cov, own = _own_covariance(groups, load)
        pooled = np.diagonal(shares, axis1=1, axis2=2)
        return Estimates(value, cov, own_freedom(own, pooled, groups.size))
    if errors == "sides":
        return Estimates(value, *_by_side(groups, parts))
    flat = parts.reshape(len(load), -1)
    return Estimates(value, flat @ flat.T / groups.df, shared_freedom(shares, groups.df))


def _by_side(groups: Groups, parts: Floats) -> tuple[Floats, Floats]:
    """Covariance of the summaries and their degrees of freedom, changed and unchanged teams having their own spread.

    `parts` (summaries x groups x teams) is what each team's deviation is under each group's load.
    """
    cov, own, pooled, freedom = np.zeros((len(parts), len(parts))), [], [], []
    for side in (~groups.never, groups.never):
        load = parts[:, side]
        mine = load[:, :, side[groups.of_team]]
        df = int((groups.size[side] - 1).sum())
        shares = mine @ mine.transpose(0, 2, 1) / df
        flat = mine.reshape(len(parts), -1)
        cov += flat @ flat.T / df
        own.append(np.trace(shares, axis1=1, axis2=2))
        pooled.append((load**2).sum(axis=(1, 2)))
        freedom.append(shared_freedom(shares, df))
    return cov, side_freedom(*(np.stack(part, axis=-1) for part in (own, pooled, freedom)))


def _of_each(groups: Groups, load: Floats) -> Floats:
    """What each team's deviation from its group moves each summary by (summaries x teams)."""
    own = load[:, groups.of_team, :] / groups.size[groups.of_team][None, :, None]
    return np.asarray(np.einsum("qit,it->qi", own, groups.residual), dtype=np.float64)


def _own_covariance(groups: Groups, load: Floats) -> tuple[Floats, Floats]:
    """Covariance of the summaries and each group's part of their variances (summaries x groups)."""
    require_own_spreads(groups.size)
    fuller = np.sqrt(groups.size / (groups.size - 1))[groups.of_team]
    moved = _of_each(groups, load) * fuller
    member = groups.of_team[:, None] == np.arange(len(groups.size))
    return moved @ moved.T, moved**2 @ member


def wishart_df(groups: Groups, load: Floats) -> float:
    """Degrees of freedom of the pooled covariance of several summaries taken together.

    Those of the Wishart matrix whose entries vary as much in total, after the summaries have been
    made independent with variance one (Tipton & Pustejovsky 2015); for one summary Satterthwaite's.
    """
    scaled = load / np.sqrt(groups.size)[None, :, None]
    parts = scaled @ groups.residual.T / np.sqrt(groups.df)  # summaries x groups x teams
    root = np.linalg.cholesky(np.einsum("qgi,pgi->qp", parts, parts))
    q = len(load)
    unit = np.linalg.solve(root, parts.reshape(q, -1)).reshape(parts.shape)
    cross = np.einsum("qgi,phi->ghqp", unit, unit)
    trace = np.trace(cross, axis1=2, axis2=3)
    total = (trace**2).sum() + np.einsum("ghqp,ghpq->", cross, cross)
    return float(groups.df * q * (q + 1) / total)


def share_drift(
    cells: Cells, groups: Groups, chosen: NDArray[np.bool_], effect: Floats
) -> tuple[Floats, Floats]:
    """Weights of the chosen cells in each summary, by group size, and what those sizes' chance adds.

    Args:
        cells, groups: the comparisons and the teams.
        chosen: summaries x cells.
        effect: of every cell.

    Returns:
        Weights (summaries x cells, rows sum to one) and drift (summaries x groups): the influence
        of one more team of a group, already divided by the number of teams.
    """
    place = np.searchsorted(groups.first, cells.group)
    size = groups.size[place] * chosen
    total = size.sum(axis=1, keepdims=True)
    weight = size / total
    excess = chosen * (effect - (weight @ effect)[:, None]) / total
    member = place[:, None] == np.arange(len(groups.size))
    return weight, excess @ member + weight @ _pool_drift(cells, groups)


def _pool_drift(cells: Cells, groups: Groups) -> Floats:
    """What one more team of a group among the controls adds to each comparison (cells x groups)."""
    rows = np.arange(len(cells.period))
    share = -cells.load[rows, :, cells.period]
    share[rows, np.searchsorted(groups.first, cells.group)] = 0
    change = (groups.mean[:, cells.period] - groups.mean[:, cells.base]).T
    away = change - (share * change).sum(axis=1, keepdims=True)
    return np.asarray(-away * (share > 0) / cells.n_control[:, None])
