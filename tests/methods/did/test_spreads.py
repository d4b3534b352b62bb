"""Which error so many teams carry, its degrees of freedom, and a slice of the bench of unlike teams."""

import numpy as np
import pytest

from cs_lib.methods.did.one_date import compare_team_changes, team_changes
from cs_lib.methods.did.spreads import (
    errors_at_one_date,
    errors_in_waves,
    own_freedom,
    require_own_spreads,
)
from cs_lib.methods.did.staggered import group_time_effects
from cs_lib.methods.did.summaries import overall_effect
from tests.bench import teams_spreads
from tests.bench.teams_calibration import dates, panel_of, values


@pytest.mark.parametrize(
    ("changed", "control", "errors"),
    [(1, 20, "pooled"), (2, 9, "pooled"), (9, 2, "pooled"), (3, 3, "pooled"), (3, 4, "own")],
)
def test_the_sizes_of_the_two_sides_choose_the_errors(changed, control, errors):
    assert errors_at_one_date(changed, control) == errors


@pytest.mark.parametrize(
    ("size", "errors"),
    [
        ([2, 3, 9], "pooled"),
        ([3, 3, 3], "own"),
        ([3, 40, 60], "own"),
        ([10, 10, 20], "influence"),
        ([10, 10, 19], "own"),
        ([9, 20, 60], "own"),
        ([2, 500], "pooled"),  # one date
        ([30, 30], "pooled"),
        ([30, 40], "own"),
    ],
)
def test_the_sizes_of_waves_choose_the_errors(size, errors):
    assert errors_in_waves(np.array(size)) == errors


def test_freedom_is_the_smaller_of_two():
    size, alike = np.array([3, 6]), 1 / np.array([3, 6])
    # Own parts as if all varied alike: both are the same, (1/3 + 1/6)^2 / (1/9/2 + 1/36/5).
    assert own_freedom(alike, alike, size) == pytest.approx(0.25 / (1 / 18 + 1 / 180))
    # All from the six: 5 alone would be more. All from the three: 2.
    assert own_freedom(np.array([0.0, 1.0]), alike, size) == pytest.approx(0.25 * 180 / 11)
    assert own_freedom(np.array([1.0, 0.0]), alike, size) == pytest.approx(2)
    assert own_freedom(np.zeros(2), alike, size) == 0  # No variation; whoever asks refuses.


def test_a_group_of_one_has_no_spread():
    with pytest.raises(ValueError, match="no spread of its own"):
        require_own_spreads(np.array([1, 5]))
    require_own_spreads(np.array([2, 5]))


@pytest.mark.parametrize(("teams", "changed"), [(20, 3), (20, 5)])
def test_changed_teams_that_vary_twice_as_much_are_no_effect(teams, changed):
    row = teams_spreads.at_one_date(teams, changed, 2.0, 4_000, seed=3)
    assert row["chosen"] <= 0.06 + 2.5 * np.sqrt(0.05 * 0.95 / 4_000)
    assert row["pooled"] > 0.12


def test_the_bench_gives_the_p_of_the_library():
    first = dates({10: 3}, 7)
    given, on = panel_of(values(np.random.default_rng(4), 1, 10)[0], first), np.arange(10) < 3
    change = team_changes(given).change
    found = teams_spreads.pvalues(change[None], on, np.array([3, 7]), 0.0)
    assert found["chosen"][0] == pytest.approx(compare_team_changes(given).pvalue)
    assert found["pooled"][0] == pytest.approx(compare_team_changes(given, errors="pooled").pvalue)


def test_the_bench_judges_waves_as_the_library_does():
    first = dates({8: 3, 11: 4}, 5)
    table = values(np.random.default_rng(5), 1, 12)[0]
    effects, ways = group_time_effects(panel_of(table, first)), ("pooled", "own", "influence")
    for way, figures in teams_spreads.judged(effects.cells, table, first, ways).items():
        found = overall_effect(effects, errors=way)
        assert figures == pytest.approx((found.effect, found.se, found.df))


def test_waves_that_vary_twice_as_much_are_no_effect():
    rollout = teams_spreads.Rollout((3, 3, 3), 11, 2.0)
    row = teams_spreads.in_waves(rollout, 1_000, seed=2)
    assert rollout.errors == "own" and row["own"] <= 0.08 < row["pooled"]
