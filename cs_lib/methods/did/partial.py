"""Teams that were not there all the time: in every comparison whose periods they have, or with weeks filled in."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from cs_lib.aggregates import TeamPanel
from cs_lib.methods.did.group_time import Rules, all_cells
from cs_lib.methods.did.panel import Floats, Ints, first_changed, gaps, require_readable, select
from cs_lib.methods.did.spreads import Errors, own_freedom
from cs_lib.methods.did.staggered import Flags, GroupTimeEffects
from cs_lib.methods.did.summaries import (
    WAYS_TO_COUNT,
    Average,
    Counts,
    EffectProfile,
    overall_effect,
)
from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.tails import t_quantile, t_two_sided
from cs_lib.results import Effect
from cs_lib.sentences import say

# A team with fewer periods on a side of its change, or of the first change of all, does not say how it was there.
LEAST_PERIODS_A_SIDE = 4


@dataclass(frozen=True, slots=True)
class Partial:
    """A roll-out in waves read over all teams in the periods they have.

    `partly` names teams that were not there all the time and still count, `gone` those that count in
    no comparison.
    """

    effect: Effect
    averages: tuple[Average, ...]
    waves: EffectProfile
    partly: tuple[str, ...]
    gone: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Every group at every period against its base, from the teams that have both."""

    group: Ints  # First changed period of the cell's group.
    since: Ints  # Periods since then.
    first: Ints  # Of every group.
    of_team: Ints  # Teams: place of its group.
    effect: Floats
    treated: Floats  # The changed teams' mean in the cell's period.
    n_changed: Ints
    influence: Floats  # Cells x teams: what a team's deviation from its group moves the effect by.
    counted: Flags  # Teams that are in some comparison after a change.


def filled_at_one_date(
    panel: TeamPanel, *, washout_periods: int = 0
) -> tuple[TeamPanel, tuple[str, ...]]:
    """The panel with the gaps of some teams filled, and the names of these teams; others keep theirs.

    A missing period gets the mean of the unchanged teams that are there all the time, plus how far
    the team was from them in the periods it has on that side of the change. Its change is then that
    of the periods it has, beside what these teams did in the same ones. A team needs four periods on
    either side (the wash-out left out); without two such unchanged teams nothing is filled.
    """
    require_readable(panel)
    first, missing, periods = first_changed(panel), gaps(panel), len(panel.periods)
    steady = ~missing.any(axis=1) & (first >= periods)
    changed = first[first < periods]
    if not missing.any() or steady.sum() < 2 or not len(changed):
        return panel, ()
    at, place = int(changed.min()), np.arange(periods)
    sides = (place < at, place >= at + washout_periods)
    there = [(~missing & side).sum(axis=1) for side in sides]
    partly = missing.any(axis=1) & (np.minimum(*there) >= LEAST_PERIODS_A_SIDE)
    course, value, weight = (
        panel.value[steady].mean(axis=0),
        panel.value.copy(),
        panel.weight.copy(),
    )
    for row in np.flatnonzero(partly):
        for side in (place < at, place >= at):
            seen, lost = ~missing[row] & side, missing[row] & side
            value[row, lost] = course[lost] + (value[row] - course)[seen].mean()
            weight[row, lost] = 1.0
    filled = replace(panel, value=value, weight=weight)
    return filled, tuple(str(team) for team in panel.teams[partly])


def in_periods_they_have(
    panel: TeamPanel, whole: GroupTimeEffects, *, alpha: float = 0.05
) -> Partial:
    """The averages of a roll-out in waves with every team in the comparisons whose two periods it has.

    ATT(g, t) is the mean change since the base period of the teams of g that have both periods, less
    that of the teams not yet changed that have both; cells weigh by their changed teams. `whole` are
    the effects over the teams that are there all the time: their errors are taken, and at most their
    degrees of freedom. "own": each group's teams around their own mean; "influence": all teams', as
    other packages have them, the weights taken as given.
    Source: Callaway & Sant'Anna 2021 (unbalanced panels: differences within the pairs there are).

    Raises:
        CannotEstimate: no comparison after a change, or teams too few to show how they vary.
        ValueError: parts of the panel that contradict each other.
    """
    require_readable(panel)
    if whole.errors not in ("own", "influence"):
        raise CannotEstimate(
            say("{metric}: too few teams are there all the time.", metric=panel.metric)
        )
    used = first_changed(panel) > 0
    pairs = _pairs(select(panel, used))
    post = pairs.since >= 0
    if not post.any():
        raise CannotEstimate(
            say("{metric}: no team is left as control after the change.", metric=panel.metric)
        )
    of = overall_effect(whole, alpha=alpha)
    averages = tuple(
        _average(pairs, counts, whole.errors, of.df, alpha) for counts in WAYS_TO_COUNT
    )
    names, missing = panel.teams[used], gaps(select(panel, used)).any(axis=1)
    gone = [*panel.teams[~used], *names[~pairs.counted]]
    return Partial(
        effect=_stated(of, averages[0], pairs),
        averages=averages,
        waves=_by_adoption(panel, pairs, whole.errors, of.df, alpha),
        partly=tuple(str(team) for team in names[missing & pairs.counted]),
        gone=tuple(str(team) for team in gone),
    )


def _stated(of: Effect, simple: Average, pairs: _Pairs) -> Effect:
    """The average over team-periods in the words of that over the teams that are there all the time."""
    post = pairs.since >= 0
    treatment = float(np.average(pairs.treated[post], weights=pairs.n_changed[post]))
    return of.with_(
        control=treatment - simple.effect,
        treatment=treatment,
        effect=simple.effect,
        effect_ci_low=simple.low,
        effect_ci_high=simple.high,
        pvalue=float(t_two_sided(simple.effect / simple.se, simple.df)),
        nobs=int(pairs.counted.sum()),
        se=simple.se,
        df=simple.df,
    )


def _pairs(panel: TeamPanel) -> _Pairs:
    """The comparisons of a panel with gaps."""
    first, there, periods = first_changed(panel), ~gaps(panel), len(panel.periods)
    groups, of_team, size = np.unique(first, return_inverse=True, return_counts=True)
    cells = all_cells(groups, size, periods, Rules("not_yet", 0, "varying"))
    kept, rows, counted = [], [], np.zeros(len(first), dtype=bool)
    for k, (group, period, base) in enumerate(
        zip(cells.group, cells.period, cells.base, strict=True)
    ):
        both = there[:, period] & there[:, base]
        changed = both & (first == group)
        control = both & (first > max(period, base)) & (first != group)
        if not changed.any() or not control.any():
            continue
        change = np.where(both, panel.value[:, period] - panel.value[:, base], 0.0)
        kept.append(k)
        rows.append(
            (
                change[changed].mean() - change[control].mean(),
                panel.value[changed, period].mean(),
                changed.sum(),
                _moved(change, changed, control, of_team),
            )
        )
        if period >= group:
            counted |= changed | control
    return _Pairs(
        group=cells.group[kept],
        since=(cells.period - cells.group)[kept],
        first=groups,
        of_team=of_team.astype(np.int64),
        effect=np.array([row[0] for row in rows]),
        treated=np.array([row[1] for row in rows]),
        n_changed=np.array([row[2] for row in rows], dtype=np.int64),
        influence=np.array([row[3] for row in rows]).reshape(len(rows), len(first)),
        counted=counted,
    )


def _moved(change: Floats, changed: Flags, control: Flags, of_team: Ints) -> Floats:
    """What every team's deviation from the mean change of its group moves a comparison by."""
    moved = np.zeros(len(change))
    moved[changed] = (change[changed] - change[changed].mean()) / changed.sum()
    for place in np.unique(of_team[control]):
        mine = control & (of_team == place)
        moved[mine] = -(change[mine] - change[mine].mean()) / control.sum()
    return moved


def _average(pairs: _Pairs, counts: Counts, errors: Errors, most: float, alpha: float) -> Average:
    """One average of the effects after the change."""
    post = pairs.since >= 0
    n = pairs.n_changed * post
    if counts == "team_period":
        weight = n / n.sum()
    else:
        key = pairs.group if counts == "team" else pairs.since
        weight = np.zeros(len(n))
        for value in np.unique(key[post]):
            mine = post & (key == value)
            # A wave counts by its teams, a time since the change once.
            votes = n[mine].max() if counts == "team" else 1.0
            weight[mine] = votes * n[mine] / n[mine].sum()
        weight = weight / weight.sum()
    effect, se, df = _judged(pairs, weight, errors, most)
    half = t_quantile(1 - alpha / 2, df) * se
    return Average(counts, effect, se, effect - half, effect + half, df, alpha)


def _judged(
    pairs: _Pairs, weight: Floats, errors: Errors, most: float
) -> tuple[float, float, float]:
    """A weighted mean of the cells, its standard error and degrees of freedom."""
    effect, moved = float(weight @ pairs.effect), weight @ pairs.influence
    if errors == "influence":
        return effect, float(np.sqrt((moved**2).sum())), most
    size = np.bincount(pairs.of_team[pairs.counted], minlength=len(pairs.first))
    squares = np.bincount(pairs.of_team, moved**2, minlength=len(pairs.first))
    size, squares = size[squares > 0], squares[squares > 0]
    parts = squares * size / (size - 1)
    return effect, float(np.sqrt(parts.sum())), min(float(own_freedom(parts, parts, size)), most)


def _by_adoption(
    panel: TeamPanel, pairs: _Pairs, errors: Errors, most: float, alpha: float
) -> EffectProfile:
    """Average effect on each wave over its changed periods."""
    post = pairs.since >= 0
    keys = np.unique(pairs.group[post])
    weight = (pairs.group == keys[:, None]) * post * pairs.n_changed
    weight = weight / weight.sum(axis=1, keepdims=True)
    rows = np.array([_judged(pairs, row, errors, most) for row in weight])
    effect, se, df = rows.T
    half, wide = (
        np.array([t_quantile(1 - level / 2, f) for f in df]) * se
        for level in (alpha, alpha / len(keys))
    )
    moved = weight @ pairs.influence
    largest = [int(pairs.n_changed[row > 0].max()) for row in weight]
    return EffectProfile(
        by="adoption",
        key=panel.periods[keys],
        effect=effect,
        se=se,
        low=effect - half,
        high=effect + half,
        band_low=effect - wide,
        band_high=effect + wide,
        pvalue=t_two_sided(effect / se, df),
        n_changed=np.array(largest, dtype=np.int64),
        df=df,
        alpha=alpha,
        cov=moved @ moved.T,
    )
