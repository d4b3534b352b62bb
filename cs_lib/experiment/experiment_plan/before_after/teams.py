"""How many teams must be changed and for how many weeks: ways to roll out compared, one recommended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from math import inf

import numpy as np

from cs_lib.aggregates import Series, TeamPanel
from cs_lib.experiment.before_after.team_panel import Rate, panel_of
from cs_lib.experiment.experiment_plan.before_after.result import TeamOption, TeamPlan
from cs_lib.methods.did.panel import without_gaps
from cs_lib.methods.its.noise import Noise
from cs_lib.methods.its.periods import DAYS_PER_WEEK
from cs_lib.methods.power.did import (
    LEAST_WEEKS,
    Schedule,
    placebo_rollouts,
    rollout_precision,
    schedules,
    smallest_change,
    team_noise,
    weeks_needed,
)
from cs_lib.params import BeforeAfterPlan
from cs_lib.params.experiment_plan import Rollout

MOST_WEEKS = 104
# So many weeks are shown when no way finds the change.
USUAL_WEEKS = 12
POINTS_OF_CURVE = 16
# A history should have room for so many placebo dates.
WANTED_PLACEBO_DATES = 4
# For fewer changed teams it is worth waiting longer by this share of the weeks.
WORTHWHILE_EXTRA_WEEKS_SHARE = 0.1


def plan_teams(
    series: Mapping[str, Series],
    study: BeforeAfterPlan,
    *,
    weeks_before: int,
    rate: Rate | None = None,
) -> TeamPlan:
    """Ways to roll out over these teams, and the one recommended.

    The recommended one is among those that need the fewest weeks, or up to a tenth more, the one
    that changes the fewest teams; ways that leave a side or wave of one or two teams come last. Who
    is changed when is drawn by lot from the settings' seed.

    Raises:
        CannotEstimate: too few teams or weeks, or teams that do not vary.
    """
    rollout = study.design.rollout
    assert rollout is not None
    whole = panel_of(series, {}, origin=study.design.start, rate=rate)
    panel, gone = without_gaps(whole)
    noise = team_noise(panel)
    most = MOST_WEEKS if study.limit_weeks is None else study.limit_weeks
    ways = schedules(
        len(panel.teams),
        at_once=rollout.teams_at_once,
        most=rollout.most_teams,
        between=rollout.weeks_between,
    )
    weeks = _weeks_of(ways, noise, study, weeks_before)
    best = recommended({way: n for way, n in weeks.items() if n is not None and n <= most})
    shown = weeks[best] if best else None
    shown = shown or study.limit_weeks or USUAL_WEEKS
    options = tuple(
        _option(way, weeks[way], shown, panel, noise, study, weeks_before) for way in ways
    )
    chosen = next((option for option in options if option.schedule == best), None)
    return TeamPlan(
        level=float(panel.value.mean()),
        noise=noise,
        weeks_known=len(panel.periods),
        teams=tuple(str(team) for team in panel.teams),
        left_out=(*gone, *sorted(set(rollout.teams) - set(series))),
        shown_weeks=shown,
        rate=rate,
        options=options,
        chosen=chosen,
        dates=_dates(panel, rollout, best, study.design.start) if best else (),
    )


def _weeks_of(
    ways: Sequence[Schedule], noise: Noise, study: BeforeAfterPlan, before: int
) -> dict[Schedule, int | None]:
    """Weeks after the first change that each way needs; None beyond the most."""
    rule = study.rule
    return {
        way: weeks_needed(
            noise,
            way,
            change=rule.min_effect,
            power=rule.power,
            alpha=rule.alpha,
            before=before,
            washout=-(-study.design.washout_days // DAYS_PER_WEEK),
            most=MOST_WEEKS,
        )
        for way in ways
    }


def recommended(weeks: Mapping[Schedule, int | None]) -> Schedule | None:
    """Of ways that need the fewest weeks or a tenth more, the one with the fewest teams and dates.

    Ways whose groups are too small to show how much they vary are only taken when no other is there.
    """
    known = {way: n for way, n in weeks.items() if n is not None}
    if not known:
        return None
    known = {way: n for way, n in known.items() if way.shows_spread} or known
    fewest = min(known.values())
    near = [
        way
        for way, n in known.items()
        if n <= fewest + max(1, WORTHWHILE_EXTRA_WEEKS_SHARE * fewest)
    ]
    return min(near, key=lambda way: (way.changed, len(way.sizes), known[way]))


def _option(
    way: Schedule,
    needed: int | None,
    shown: int,
    panel: TeamPanel,
    noise: Noise,
    study: BeforeAfterPlan,
    before: int,
) -> TeamOption:
    rule, rollout = study.rule, study.design.rollout
    washout = -(-study.design.washout_days // DAYS_PER_WEEK)
    smallest, power = inf, float("nan")
    least = way.starts[-1] + (0 if way.staggered else washout)
    if shown > least:
        precision = rollout_precision(noise, way, before=before, weeks=shown, washout=washout)
        smallest = smallest_change(precision, power=rule.power, alpha=rule.alpha)
        power = precision.power(rule.min_effect, rule.alpha)
    room = panel.value.shape[1] - LEAST_WEEKS - WANTED_PLACEBO_DATES + 1
    placebos = None
    if min(shown, room) > least:
        placebos = placebo_rollouts(
            panel,
            noise,
            way,
            change=rule.min_effect,
            alpha=rule.alpha,
            weeks=min(shown, room),
            washout=washout,
            seed=rollout.seed if rollout else 0,
        )
    return TeamOption(way, needed, smallest, power, placebos)


def way_curve(
    plan: TeamPlan, study: BeforeAfterPlan, *, weeks_before: int
) -> list[tuple[int, float, float]]:
    """Weeks, smallest change found and power of the way recommended, or of the best of those compared."""
    best = plan.chosen or min(plan.options, key=lambda o: o.smallest, default=None)
    if best is None:
        return []
    rule, way = study.rule, best.schedule
    washout = -(-study.design.washout_days // DAYS_PER_WEEK)
    first = way.starts[-1] + 2 + (0 if way.staggered else washout)
    last = min(max(round(1.5 * plan.shown_weeks), study.limit_weeks or 0), MOST_WEEKS)
    points: list[tuple[int, float, float]] = []
    for weeks in sorted(
        {*np.linspace(first, last, POINTS_OF_CURVE).round().astype(int), plan.shown_weeks}
    ):
        if weeks < first:
            continue
        at = rollout_precision(
            plan.noise, way, before=weeks_before, weeks=int(weeks), washout=washout
        )
        smallest = smallest_change(at, power=rule.power, alpha=rule.alpha)
        points.append((int(weeks), smallest, at.power(rule.min_effect, rule.alpha)))
    return points


def _dates(
    panel: TeamPanel, rollout: Rollout, way: Schedule, start: date
) -> tuple[tuple[str, date | None], ...]:
    """The day of every team, drawn by lot; in the order of the waves, then those that stay."""
    names: Sequence[str] = [str(team) for team in panel.teams]
    order = np.random.default_rng(rollout.seed).permutation(len(names))
    days: list[date | None] = []
    for size, week in zip(way.sizes, way.starts, strict=True):
        days += [start + timedelta(days=DAYS_PER_WEEK * week)] * size
    days += [None] * (len(names) - way.changed)
    drawn = [(names[place], day) for place, day in zip(order, days, strict=True)]
    return tuple(sorted(drawn, key=lambda pair: (pair[1] or date.max, pair[0])))
