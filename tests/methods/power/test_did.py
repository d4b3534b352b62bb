"""A planned roll-out: read as the study will read it, and placebo roll-outs that agree with the formula."""

from __future__ import annotations

import numpy as np
import pytest

from cs_lib.aggregates import TeamPanel
from cs_lib.experiment import CannotEstimate
from cs_lib.experiment.experiment_plan.before_after.teams import recommended
from cs_lib.methods.did.one_date import compare_team_changes
from cs_lib.methods.did.staggered import group_time_effects
from cs_lib.methods.did.summaries import overall_effect
from cs_lib.methods.its.noise import Noise
from cs_lib.methods.power.did import (
    Schedule,
    contrast,
    placebo_rollouts,
    read_rollouts,
    rollout_precision,
    schedules,
    smallest_change,
    team_noise,
    weeks_needed,
)

ONE_DATE = Schedule((4,), (0,), 10)
WAVES = Schedule((3, 3), (0, 3), 10)
ALL_WAYS = [
    ONE_DATE,
    *(Schedule((k,), (0,), 10) for k in (1, 5)),
    WAVES,
    Schedule((2, 2, 2), (0, 2, 4), 10),
]


def panel(
    teams: int = 10, weeks: int = 20, noise: Noise | None = None, *, seed: int = 0
) -> TeamPanel:
    """Teams that vary alike, beside what they all share in a week."""
    rng = np.random.default_rng(seed)
    errors = (noise or Noise(0.4, 1.0, 4.0, 1)).draw(np.ones(weeks), teams, rng).T
    value = 30 + rng.normal(0, 3, weeks) + rng.normal(0, 5, (teams, 1)) + errors
    names = np.array([f"T{i}" for i in range(teams)])
    starts = np.full(teams, np.datetime64("NaT"), dtype="datetime64[D]")
    periods = np.datetime64("2025-09-04") + 7 * np.arange(weeks)
    return TeamPanel("m", names, periods, value, np.ones_like(value), starts)


def with_(given: TeamPanel, **changes) -> TeamPanel:
    return TeamPanel(**{name: getattr(given, name) for name in given.__slots__} | changes)


@pytest.mark.parametrize("way", ALL_WAYS, ids=str)
@pytest.mark.parametrize("washout", [0, 2])
def test_every_roll_out_is_read_as_the_study_reads_it(way, washout):
    known = panel()
    lots = np.random.default_rng(1).permuted(np.tile(np.arange(10), (4, 1)), axis=1)
    estimate, se, df = read_rollouts(known.value, way, lots, before=9, washout=washout)
    places = way.first_changed(9, 20)
    for run, order in enumerate(lots):
        start = known.start.copy()
        for place, team in enumerate(order):
            if places[place] < 20:
                start[team] = known.periods[places[place]]
        changed = with_(known, start=start)
        effect = (
            overall_effect(group_time_effects(changed))
            if way.staggered
            else compare_team_changes(changed, washout_periods=washout)
        )
        ours = (estimate[run], se[run], df[run])
        assert ours == pytest.approx((effect.effect, effect.se, effect.df), rel=1e-9)


def test_a_roll_out_over_many_teams_is_read_by_influence_functions_as_the_study_does():
    way, known = Schedule((12, 10), (0, 3), 45), panel(45)
    lots = np.random.default_rng(1).permuted(np.tile(np.arange(45), (3, 1)), axis=1)
    estimate, se, df = read_rollouts(known.value, way, lots, before=9)
    for run, order in enumerate(lots):
        start = known.start.copy()
        start[order[:12]], start[order[12:22]] = known.periods[9], known.periods[12]
        effect = overall_effect(group_time_effects(with_(known, start=start)))
        assert effect.details["errors"] == "influence"
        ours = (estimate[run], se[run], df[run])
        assert ours == pytest.approx((effect.effect, effect.se, effect.df), rel=1e-9)


@pytest.mark.parametrize("way", ALL_WAYS, ids=str)
def test_a_constant_change_moves_the_estimate_and_nothing_else(way):
    known, lots = panel(), np.arange(10)[None, :]
    changed = known.value + 1.7 * (np.arange(20) >= way.first_changed(9, 20)[:, None])
    before, after = (read_rollouts(v, way, lots, before=9) for v in (known.value, changed))
    assert after[0] - before[0] == pytest.approx(1.7)
    assert (after[1], after[2]) == (pytest.approx(before[1]), pytest.approx(before[2]))


@pytest.mark.parametrize("way", [ONE_DATE, WAVES], ids=str)
@pytest.mark.parametrize("rho", [0.0, 0.6])
def test_placebo_roll_outs_on_many_histories_find_what_the_formula_says(way, rho):
    noise = Noise(rho, 1.0, 4.0, 1)
    change = 3.0 * rollout_precision(noise, way, before=12, weeks=7).sd
    runs = [
        placebo_rollouts(
            panel(noise=noise, weeks=24, seed=seed), noise, way, change=change, alpha=0.05, weeks=7
        )
        for seed in range(70)
    ]
    assert np.mean([r.found for r in runs]) == pytest.approx(
        np.mean([r.expected for r in runs]), abs=0.05
    )
    assert 0.03 < np.mean([r.false_alarms for r in runs]) < 0.07


def test_placebo_roll_outs_are_the_same_every_time_and_need_room():
    noise, known = Noise(0.4, 1.0, 4.0, 1), panel()
    one, two = (
        placebo_rollouts(known, noise, WAVES, change=2, alpha=0.05, weeks=8, seed=3)
        for _ in range(2)
    )
    assert one == two and one.dates == 5 and one.rollouts == 2000
    assert placebo_rollouts(known, noise, WAVES, change=2, alpha=0.05, weeks=13) is None


def test_teams_errors_are_those_beside_the_other_teams():
    found = [team_noise(panel(30, 30, Noise(0.5, 1.0, 4.0, 1), seed=s)) for s in range(10)]
    assert np.median([f.variance for f in found]) == pytest.approx(4.0, rel=0.1)
    assert np.median([f.rho * f.share for f in found]) == pytest.approx(0.5, abs=0.07)


def test_weeks_needed_are_the_fewest():
    noise = Noise(0.3, 1.0, 4.0, 1)
    options = {"power": 0.8, "alpha": 0.05, "before": 20, "washout": 1}
    weeks = weeks_needed(noise, ONE_DATE, change=1.8, most=60, **options)
    assert weeks is not None
    powers = [
        rollout_precision(noise, ONE_DATE, before=20, weeks=n, washout=1).power(1.8, 0.05)
        for n in (weeks - 1, weeks)
    ]
    assert powers[0] < 0.8 <= powers[1]
    assert weeks_needed(noise, ONE_DATE, change=1.8, most=weeks - 1, **options) is None


def test_smallest_change_is_the_one_with_that_power():
    precision = rollout_precision(Noise(0.3, 1.0, 4.0, 1), WAVES, before=12, weeks=10)
    found = smallest_change(precision, power=0.8, alpha=0.05)
    assert precision.power(found, 0.05) == pytest.approx(0.8, abs=1e-6)


def test_ways_leave_a_team_unchanged_and_keep_to_what_the_settings_allow():
    ways = schedules(8, at_once=2, most=6, between=3)
    assert all(way.changed <= 6 and max(way.sizes) <= 2 and way.readable for way in ways)
    assert {len(way.sizes) for way in ways} == {1, 2, 3, 4}
    assert next(way for way in ways if len(way.sizes) == 3).starts == (0, 3, 6)
    assert max(way.changed for way in schedules(8)) == 7
    assert schedules(3) == ()


def test_fewer_teams_are_recommended_when_they_cost_a_tenth_more_weeks_at_most():
    ways = {Schedule((k,), (0,), 10): n for k, n in ((3, 24), (4, 21), (5, 20))}
    assert recommended(ways).changed == 4
    assert recommended({way: None for way in ways}) is None


def test_teams_whose_spread_nobody_can_see_are_recommended_last():
    few, seen, halves = (Schedule((k,), (0,), 12) for k in (2, 4, 6))
    assert [way.shows_spread for way in (few, seen, halves)] == [False, True, True]
    assert [way.errors for way in (few, seen, halves)] == ["pooled", "own", "even"]
    assert Schedule((2, 2), (0, 2), 12).errors == "sides"
    assert not Schedule((1, 2), (0, 2), 12).shows_spread
    assert recommended({few: 10, seen: 14, halves: 20}) == seen
    assert recommended({few: 10, seen: None}) == few


def test_what_cannot_be_read_is_refused_in_one_sentence():
    noise = Noise(0.3, 1.0, 4.0, 1)
    with pytest.raises(CannotEstimate, match="3 teams are too few for a roll-out; 4 are needed"):
        team_noise(panel(3))
    with pytest.raises(CannotEstimate, match="has 7 whole weeks; 8 are needed"):
        team_noise(panel(weeks=7))
    with pytest.raises(CannotEstimate, match="No week is left"):
        contrast(WAVES, before=5, weeks=3)
    with pytest.raises(CannotEstimate, match="too few teams for so many dates"):
        rollout_precision(noise, Schedule((1, 1, 1), (0, 1, 2), 5), before=5, weeks=6)
