"""What a roll-out over teams would find: by formula from the teams' past, and by placebo roll-outs on it."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cs_lib.aggregates import TeamPanel
from cs_lib.methods.did.group_time import Cells, Groups, Rules, all_cells, share_drift
from cs_lib.methods.did.one_date import FEWEST_TEAMS
from cs_lib.methods.did.panel import require_complete
from cs_lib.methods.did.spreads import (
    Errors,
    errors_at_one_date,
    errors_in_waves,
    even_freedom,
    own_freedom,
    shared_freedom,
    side_freedom,
)
from cs_lib.methods.did.staggered import LEAST_DEGREES_OF_FREEDOM
from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.its.noise import Noise, fit_noise
from cs_lib.methods.power.group_spreads import OwnSides, OwnSpreads
from cs_lib.methods.power.its import LARGEST_STEP_IN_SD, Precision, smallest_step
from cs_lib.methods.tails import t_two_sided
from cs_lib.results import Record
from cs_lib.sentences import say

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Column = NDArray[np.bool_]

# A history, and the part of it before a placebo date, must have so many weeks.
LEAST_WEEKS = 8
ROLLOUTS_PER_DATE = 400
MOST_PLACEBO_DATES = 12
# Controls, anticipation and base periods of `staggered.group_time_effects` unless it is told otherwise.
AS_READ = Rules("not_yet", 0, "varying")


@dataclass(frozen=True, slots=True)
class Schedule(Record):
    """How many teams are changed on which date; the rest stay as they are until the result.

    `starts` are weeks from the first date, rising from zero, one for each wave in `sizes`.
    """

    sizes: tuple[int, ...]
    starts: tuple[int, ...]
    teams: int

    @property
    def changed(self) -> int:
        """Teams changed in the end."""
        return sum(self.sizes)

    @property
    def staggered(self) -> bool:
        """Whether teams are changed on several dates."""
        return len(self.sizes) > 1

    @property
    def readable(self) -> bool:
        """Whether the method that reads it has teams enough."""
        if not 0 < self.changed < self.teams or self.teams < FEWEST_TEAMS:
            return False
        return not self.staggered or self.teams - len(self.sizes) - 1 >= LEAST_DEGREES_OF_FREEDOM

    @property
    def errors(self) -> Errors:
        """Whose spread the study will judge the change by."""
        size = np.array([*self.sizes, self.teams - self.changed])
        return errors_in_waves(size) if self.staggered else errors_at_one_date(*size.tolist())

    @property
    def shows_spread(self) -> bool:
        """Whether unlike spreads do no harm: each can be seen, or both sides are equally large."""
        return self.errors != "pooled"

    def first_changed(self, before: int, periods: int) -> Ints:
        """First changed period of every team, waves first; the number of periods for never."""
        firsts = [before + s for size, s in zip(self.sizes, self.starts, strict=True) for _ in range(size)]  # fmt: skip
        return np.array(firsts + [periods] * (self.teams - self.changed), dtype=np.int64)


def team_noise(panel: TeamPanel) -> Noise:
    """How a team's weeks vary beside the other teams': what all share in a week is taken out.

    Raises:
        CannotEstimate: fewer than eight weeks, fewer than four teams, gaps, no variation.
    """
    teams, weeks = panel.value.shape
    if teams < FEWEST_TEAMS:
        raise CannotEstimate(
            say(
                "{teams} teams are too few for a roll-out; {FEWEST_TEAMS} are needed.",
                teams=teams,
                FEWEST_TEAMS=FEWEST_TEAMS,
            )
        )
    if weeks < LEAST_WEEKS:
        raise CannotEstimate(
            say(
                "The history has {weeks} whole weeks; {LEAST_WEEKS} are needed.",
                weeks=weeks,
                LEAST_WEEKS=LEAST_WEEKS,
            )
        )
    require_complete(panel)
    apart = (panel.value - panel.value.mean(axis=0)).T
    noise = fit_noise(apart, np.ones((weeks, 1)), np.arange(weeks), np.ones(weeks))
    # Less the mean of all teams a team varies a little less.
    return Noise(noise.rho, noise.share, noise.variance * teams / (teams - 1), noise.freedom)


Contrast = tuple[Literal["one_date", "staggered"], Floats, Ints, Ints]


def contrast(schedule: Schedule, *, before: int, weeks: int, washout: int = 0) -> Contrast:
    """The weights that make the method's estimate: its kind, groups x periods, group sizes, group of each team.

    One date: after less before of each team (`teams.compare_team_changes`), the first `washout`
    weeks left out. Several: the average of all group-time effects (`staggered.overall_effect`).

    Raises:
        CannotEstimate: no week is left to compare.
    """
    periods = before + weeks
    first = schedule.first_changed(before, periods)
    groups, of_team, counts = np.unique(first, return_inverse=True, return_counts=True)
    size = counts.astype(np.int64)
    if not schedule.staggered:
        if weeks <= washout or before < 1:
            raise CannotEstimate(say("No week is left on a side of the change."))
        change = np.zeros(periods)
        change[:before], change[before + washout :] = -1 / before, 1 / (weeks - washout)
        return "one_date", np.stack([change, -change]), size, of_team.astype(np.int64)
    cells = all_cells(groups, size, periods, AS_READ)
    post = cells.period >= cells.group
    if not post.any() or weeks <= schedule.starts[-1]:
        raise CannotEstimate(say("No week is left after the last wave."))
    weight = size[np.searchsorted(groups, cells.group)] * post
    load = np.tensordot(weight / weight.sum(), cells.load, axes=1)
    return "staggered", load, size, of_team.astype(np.int64)


def rollout_precision(
    noise: Noise, schedule: Schedule, *, before: int, weeks: int, washout: int = 0
) -> Precision:
    """Spread of the estimate when teams vary alike, with the method's degrees of freedom.

    The errors are those that the study will take for so many teams.

    Raises:
        CannotEstimate: the method cannot read such a roll-out.
    """
    if not schedule.readable:
        raise CannotEstimate(say("There are too few teams for so many dates."))
    kind, load, size, _ = contrast(schedule, before=before, weeks=weeks, washout=washout)
    periods = before + weeks
    cov = noise.covariance(np.arange(periods), np.ones(periods))
    scaled = load / np.sqrt(size)[:, None]
    shares = scaled @ cov @ scaled.T
    total, errors = float(np.trace(shares)), schedule.errors
    df = float(schedule.teams - len(size))
    if errors == "sides":
        mine = tuple(shares[side][:, side] for side in _sides(size))
        teams_less_groups = tuple(int((size[side] - 1).sum()) for side in _sides(size))
        own = np.array([np.trace(each) for each in mine])
        each = np.array(
            [shared_freedom(part, n) for part, n in zip(mine, teams_less_groups, strict=True)]
        )
        df = float(side_freedom(own, own, each))
        return OwnSides(sqrt(total), sqrt(total), df, mine, teams_less_groups)
    if errors in ("own", "even"):
        parts, freedom = np.diag(shares), (size - 1).astype(float)
        df = float(side_freedom(parts, parts, freedom))
        known = tuple(parts.tolist()), tuple(freedom.tolist())
        return OwnSpreads(sqrt(total), sqrt(total), df, *known, even=errors == "even")
    if errors == "influence":
        df = float(schedule.teams - 1)
    elif kind == "staggered":
        df *= total**2 / float((shares**2).sum())
    return Precision(sqrt(total), sqrt(total), df)


def _sides(size: Ints) -> tuple[Column, Column]:
    """Which groups were ever changed, and which is the last one, never changed."""
    never = np.arange(len(size)) == len(size) - 1
    return ~never, never


def smallest_change(precision: Precision, *, power: float, alpha: float) -> float:
    """The change found with this power, in the metric's unit."""
    smallest = smallest_step(
        lambda step: precision.power(step, alpha), power, LARGEST_STEP_IN_SD * precision.sd
    )
    return float(smallest)


def weeks_needed(
    noise: Noise,
    schedule: Schedule,
    *,
    change: float,
    power: float,
    alpha: float,
    before: int,
    washout: int,
    most: int,
) -> int | None:
    """The fewest weeks from the first date that find such a change; None beyond `most`."""

    def enough(weeks: int) -> bool:
        precision = rollout_precision(noise, schedule, before=before, weeks=weeks, washout=washout)
        return precision.power(change, alpha) >= power

    least = schedule.starts[-1] + 2 + (0 if schedule.staggered else washout)
    if not schedule.readable or most < least or not enough(most):
        return None
    low, high = least - 1, most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


@dataclass(frozen=True, slots=True)
class Placebos(Record):
    """Fake roll-outs on real history: how often a change put in was found, and one was where none is."""

    weeks: int
    dates: int
    rollouts: int
    found: float
    expected: float  # The formula's answer for the same dates.
    false_alarms: float


def placebo_rollouts(
    panel: TeamPanel,
    noise: Noise,
    schedule: Schedule,
    *,
    change: float,
    alpha: float,
    weeks: int,
    washout: int = 0,
    seed: int = 0,
) -> Placebos | None:
    """The method on the history, fake dates given to real teams by lot, with and without a change put in.

    Every week with eight weeks before it and `weeks` after is a date, at most twelve of them, evenly
    spread; 400 lots each. A constant change moves the estimate by itself and leaves its standard
    error as it is, so that one pass serves both questions. Dates overlap and the teams are the same
    ones, so the rates are those of this history. None when no date has room.
    """
    known = panel.value.shape[1]
    dates = np.arange(LEAST_WEEKS, known - weeks + 1)
    if not len(dates) or not schedule.readable:
        return None
    dates = np.unique(
        dates[np.linspace(0, len(dates) - 1, min(len(dates), MOST_PLACEBO_DATES)).astype(int)]
    )
    rng = np.random.default_rng(seed)
    detections, alarms, formula = [], [], []
    for before in dates.tolist():
        value = panel.value[:, : before + weeks]
        lots = rng.permuted(np.tile(np.arange(schedule.teams), (ROLLOUTS_PER_DATE, 1)), axis=1)
        estimate, se, df = read_rollouts(value, schedule, lots, before=before, washout=washout)
        detections.append((t_two_sided((estimate + change) / se, df) < alpha).mean())
        alarms.append((t_two_sided(estimate / se, df) < alpha).mean())
        precision = rollout_precision(noise, schedule, before=before, weeks=weeks, washout=washout)
        formula.append(precision.power(change, alpha))
    means = [float(np.mean(rates)) for rates in (detections, formula, alarms)]
    return Placebos(weeks, len(dates), ROLLOUTS_PER_DATE * len(dates), *means)


def read_rollouts(
    value: Floats, schedule: Schedule, lots: Ints, *, before: int, washout: int = 0
) -> tuple[Floats, Floats, Floats]:
    """Estimate, standard error and degrees of freedom of many roll-outs on one panel.

    Args:
        value: teams x periods.
        schedule: sizes and dates of the waves.
        lots: roll-outs x teams; row r says which team takes each place of the schedule.
        before: periods before the first date.
        washout: periods left out after one date.
    """
    weeks = value.shape[1] - before
    kind, load, size, of_team = contrast(schedule, before=before, weeks=weeks, washout=washout)
    group = np.eye(len(size))[of_team]  # places x groups
    drawn = (value @ load.T)[lots]  # roll-outs x places x groups: each team under each group's load
    means = np.einsum("rig,ih->rhg", drawn, group) / size[None, :, None]
    estimate = np.einsum("rgg->r", means)
    apart = (drawn - np.einsum("ih,rhg->rig", group, means)) / np.sqrt(size)
    errors = schedule.errors
    if errors == "influence":
        moved = np.einsum("rig,ig->ri", apart, group / np.sqrt(size))
        moved += _drifts(value, schedule, lots, before)[:, of_team]
        df = np.full(len(lots), float(len(of_team) - 1))
        return estimate, np.sqrt((moved**2).sum(axis=1)), df
    freedom = len(of_team) - len(size)
    shares = np.einsum("rig,rih->rgh", apart, apart) / freedom
    pooled = np.einsum("rgg->rg", shares)
    if errors in ("own", "even"):
        parts = np.einsum("rig,ig->rg", apart**2, group) / (size - 1)
        even = errors == "even"
        df = even_freedom(parts, int(size[0])) if even else own_freedom(parts, pooled, size)
        return estimate, np.sqrt(parts.sum(axis=1)), df
    if errors == "sides":
        return estimate, *_read_by_side(apart, of_team, size)
    total = pooled.sum(axis=1)
    df = np.full(len(lots), float(freedom))
    if kind == "staggered":
        df *= total**2 / (shares**2).sum(axis=(1, 2))
    return estimate, np.sqrt(total), df


def _read_by_side(apart: Floats, of_team: Ints, size: Ints) -> tuple[Floats, Floats]:
    """Standard error and degrees of freedom when changed and unchanged teams have their own spread."""
    own, pooled, freedom = [], [], []
    for side in _sides(size):
        load = apart[:, :, side]
        mine = load[:, side[of_team]]
        df = float((size[side] - 1).sum())
        shares = np.einsum("rig,rih->rgh", mine, mine) / df
        own.append(np.trace(shares, axis1=1, axis2=2))
        pooled.append((load**2).sum(axis=(1, 2)))
        freedom.append(shared_freedom(shares, df))
    parts = [np.stack(part, axis=-1) for part in (own, pooled, freedom)]
    return np.sqrt(parts[0].sum(axis=-1)), side_freedom(*parts)


def _drifts(value: Floats, schedule: Schedule, lots: Ints, before: int) -> Floats:
    """What one more team in a group adds through estimated shares (roll-outs x groups)."""
    first = schedule.first_changed(before, value.shape[1])
    groups, of_team, size = np.unique(first, return_inverse=True, return_counts=True)
    cells: Cells = all_cells(groups, size, value.shape[1], AS_READ)
    post = (cells.period >= cells.group)[None]
    member = np.eye(len(size))[of_team] / size
    found = []
    for lot in lots:
        mean = member.T @ value[lot]
        teams = Groups(groups, size, of_team, mean, np.empty((0, 0)))
        effect = np.einsum("cgt,gt->c", cells.load, mean)
        found.append(share_drift(cells, teams, post, effect)[1][0])
    return np.array(found)


def schedules(
    teams: int, *, at_once: int | None = None, most: int | None = None, between: int = 2
) -> tuple[Schedule, ...]:
    """Roll-outs worth comparing: one date with every number of teams, and two to four waves.

    Waves are as large as they can be with as many teams left unchanged as in a wave.
    """
    highest = min(teams - 1, most or teams)
    rollouts = [Schedule((k,), (0,), teams) for k in range(1, min(highest, at_once or teams) + 1)]
    for waves in (2, 3, 4):
        size = min(teams // (waves + 1), highest // waves, at_once or teams)
        if size:
            starts = tuple(between * i for i in range(waves))
            rollouts.append(Schedule((size,) * waves, starts, teams))
    return tuple(s for s in rollouts if s.readable)
