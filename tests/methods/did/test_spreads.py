"""Which error so many teams carry, its degrees of freedom, and a slice of the bench of unlike teams."""

import numpy as np
import pytest

from cs_lib.methods.did.one_date import compare_team_changes, team_changes
from cs_lib.methods.did.spreads import (
    errors_at_one_date,
    errors_in_waves,
    even_freedom,
    own_freedom,
    require_own_spreads,
    shared_freedom,
    side_freedom,
)
from cs_lib.methods.did.staggered import group_time_effects
from cs_lib.methods.did.summaries import overall_effect
from tests.bench import teams_spreads
from tests.bench.teams_calibration import dates, panel_of, values


@pytest.mark.parametrize(
    ("changed", "control", "errors"),
    [
        *((1, 20, "pooled"), (2, 9, "pooled"), (9, 2, "pooled"), (1, 1, "pooled")),
        *((2, 2, "even"), (3, 3, "even"), (3, 4, "own")),
    ],
)
def test_the_sizes_of_the_two_sides_choose_the_errors(changed, control, errors):
    assert errors_at_one_date(changed, control) == errors


@pytest.mark.parametrize(
    ("size", "errors"),
    [
        ([2, 3, 9], "sides"),
        ([1, 3, 3], "sides"),
        ([1, 2, 9], "pooled"),
        ([2, 2, 2], "pooled"),
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


def test_waves_of_which_all_are_changed_have_no_side_to_compare_spreads_with():
    assert errors_in_waves(np.array([2, 3, 9]), never=False) == "pooled"


def test_freedom_of_equal_sides_lies_between_that_of_either_and_that_of_both():
    # Three a side: one varies, the other does not, drawn together 2 + 1.5 and 0 + 1.5: 2 x 25 / 14.5.
    assert even_freedom(np.array([1.0, 0.0]), 3) == pytest.approx(50 / 14.5)
    assert even_freedom(np.array([[1.0, 1.0], [2.0, 2.0]]), 3) == pytest.approx([4, 4])
    assert even_freedom(np.zeros(2), 3) == 0


def test_freedom_of_groups_under_one_covariance_counts_loads_that_differ():
    alike, apart = np.ones((2, 2)), np.eye(2)  # the same load twice, or two unrelated ones
    assert shared_freedom(np.stack([alike, apart]), 5.0) == pytest.approx([5, 10])
    one = np.array([2.0, 1.0])
    assert side_freedom(one, one, np.array([4.0, 8.0])) == pytest.approx(9 / (4 / 4 + 1 / 8))


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


@pytest.mark.parametrize("changed", [3, 5])
def test_the_bench_gives_the_p_of_the_library(changed):
    first = dates({10: changed}, 10 - changed)
    given, on = panel_of(values(np.random.default_rng(4), 1, 10)[0], first), np.arange(10) < changed
    change = team_changes(given).change
    found = teams_spreads.pvalues(change[None], on, np.array([changed, 10 - changed]), 0.0)
    assert found["chosen"][0] == pytest.approx(compare_team_changes(given).pvalue)
    assert found["pooled"][0] == pytest.approx(compare_team_changes(given, errors="pooled").pvalue)


def test_the_bench_judges_waves_as_the_library_does():
    first = dates({8: 3, 11: 4}, 5)
    table = values(np.random.default_rng(5), 1, 12)[0]
    effects, ways = (
        group_time_effects(panel_of(table, first)),
        ("pooled", "own", "sides", "influence"),
    )
    for way, figures in teams_spreads.judged(effects.cells, table, first, ways).items():
        found = overall_effect(effects, errors=way)
        assert figures == pytest.approx((found.effect, found.se, found.df))


@pytest.mark.parametrize(("sizes", "way"), [((3, 3, 3), "own"), ((2, 2, 2), "sides")])
def test_waves_that_vary_twice_as_much_are_no_effect(sizes, way):
    rollout = teams_spreads.Rollout(sizes, 20 - sum(sizes), 2.0)
    row = teams_spreads.in_waves(rollout, 700, seed=2)
    assert rollout.errors == way and row[way] <= 0.07 < row["pooled"]


def test_three_of_six_teams_that_vary_twice_as_much_are_no_effect():
    row = teams_spreads.at_one_date(6, 3, 2.0, 60_000, seed=4)
    assert row["chosen"] <= 0.06 < row["pooled"]
