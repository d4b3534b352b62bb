import importlib.util
import sys
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cs_lib.aggregates import TeamPanel
from cs_lib.methods.did.staggered import group_time_effects
from cs_lib.methods.did.summaries import (
    WAYS_TO_COUNT,
    average_effect,
    effects_by_adoption,
    effects_by_calendar,
    effects_by_time_since,
    overall_effect,
    rollout_permutation_test,
)
from cs_lib.methods.errors import CannotEstimate

PATH = Path(__file__).parents[2] / "bench" / "teams_calibration.py"
SPEC = importlib.util.spec_from_file_location("teams_calibration", PATH)
BENCH = importlib.util.module_from_spec(SPEC)
sys.modules["teams_calibration"] = BENCH
SPEC.loader.exec_module(BENCH)

PERIODS = 12
FIRST = np.array([4] * 3 + [6] * 4 + [9] * 2 + [12] * 3)
OPTIONS = list(product(("not_yet", "never"), (0, 1), ("varying", "long")))
RUNS = 400
SLACK = 2.5 * np.sqrt(0.05 * 0.95 / RUNS)


def table(first: np.ndarray = FIRST, *, seed: int = 0, effect: float = 1.0) -> np.ndarray:
    """Teams x periods: levels, random walks, and an effect that grows by period."""
    rng = np.random.default_rng(seed)
    walk = rng.normal(size=(len(first), PERIODS)).cumsum(axis=1) * 0.3
    since = np.maximum(np.arange(PERIODS) - first[:, None] + 1, 0)
    return rng.normal(20, 1, (len(first), 1)) + rng.normal(size=PERIODS) + walk + effect * since / 4


def panel(first: np.ndarray = FIRST, **options) -> TeamPanel:
    return BENCH.panel_of(table(first, **options), first)


def with_(given: TeamPanel, **changes) -> TeamPanel:
    return TeamPanel(**{name: getattr(given, name) for name in given.__slots__} | changes)


def by_hand(
    values: np.ndarray, first: np.ndarray, weight: np.ndarray, options: tuple
) -> dict[tuple[int, int], float]:
    """Every group-time effect from weighted means of teams, spelt out."""
    controls, anticipation, base_rule = options
    found = {}
    for g in sorted(set(first[first < PERIODS].tolist())):
        clean = g - anticipation - 1
        for t in range(PERIODS):
            base = t - 1 if base_rule == "varying" and t <= clean else clean
            control = first >= PERIODS
            if controls == "not_yet":
                control = control | (first > max(t, base) + anticipation)
            control &= first != g
            if base < 0 or base == t or not control.any():
                continue
            change, own = values[:, t] - values[:, base], first == g
            found[g, t] = np.average(change[own], weights=weight[own]) - np.average(
                change[control], weights=weight[control]
            )
    return found


def overall_by_hand(values, first, weight, options) -> float:
    cells = by_hand(values, first, weight, options)
    post = {cell: effect for cell, effect in cells.items() if cell[1] >= cell[0]}
    shares = [weight[first == g].sum() for g, _ in post]
    return float(np.average(list(post.values()), weights=shares))


def average_by_hand(counts, weight, options) -> float:
    """The three averages when teams count by weight."""
    cells = by_hand(table(), FIRST, weight, options)
    post = {cell: effect for cell, effect in cells.items() if cell[1] >= cell[0]}
    teams = {g: weight[g == FIRST].sum() for g, _ in post}
    if counts == "team_period":
        return overall_by_hand(table(), FIRST, weight, options)
    if counts == "team":
        waves = [np.mean([e for (g, _), e in post.items() if g == wave]) for wave in teams]
        return float(np.average(waves, weights=list(teams.values())))
    since = {t - g for g, t in post}
    rows = [[(e, teams[g]) for (g, t), e in post.items() if t - g == k] for k in since]
    means = [np.average([e for e, _ in row], weights=[n for _, n in row]) for row in rows]
    return float(np.mean(means))


@pytest.mark.parametrize("options", OPTIONS)
def test_group_time_effects_are_differences_of_team_means(options):
    controls, anticipation, pre_base = options
    found = group_time_effects(
        panel(), controls=controls, anticipation=anticipation, pre_base=pre_base
    )
    expected = by_hand(table(), FIRST, np.ones(len(FIRST)), options)
    keys = zip(found.cells.group.tolist(), found.cells.period.tolist(), strict=True)
    assert dict(zip(keys, found.effect, strict=True)) == pytest.approx(expected)


@pytest.mark.parametrize("options", OPTIONS)
def test_influence_errors_are_the_estimates_slope_in_each_teams_weight(options):
    controls, anticipation, pre_base = options
    effects = group_time_effects(
        panel(), controls=controls, anticipation=anticipation, pre_base=pre_base
    )
    slopes, step = [], 1e-5
    for team in range(len(FIRST)):
        moved = [np.ones(len(FIRST)) + sign * step * np.eye(len(FIRST))[team] for sign in (1, -1)]
        high, low = (overall_by_hand(table(), FIRST, weight, options) for weight in moved)
        slopes.append((high - low) / (2 * step))
    found = overall_effect(effects, errors="influence")
    assert found.se == pytest.approx(np.sqrt(np.sum(np.square(slopes))), rel=1e-6)
    assert found.df == len(FIRST) - 1
    for counts in WAYS_TO_COUNT:
        average = average_effect(effects, counts, errors="influence")
        moved = [
            average_by_hand(counts, np.ones(len(FIRST)) + sign * step * one, options)
            for one in np.eye(len(FIRST))
            for sign in (1, -1)
        ]
        slopes = (np.array(moved[::2]) - np.array(moved[1::2])) / (2 * step)
        assert average.se == pytest.approx(np.sqrt(np.sum(slopes**2)), rel=1e-6)


def long_rows(first: np.ndarray = FIRST) -> pd.DataFrame:
    teams = len(first)
    return pd.DataFrame(
        {
            "team": np.repeat(np.arange(teams), PERIODS),
            "week": np.tile(np.arange(1, PERIODS + 1), teams),
            "y": table(first).ravel(),
            "first": np.repeat(np.where(first < PERIODS, first + 1, 0), PERIODS),
        }
    )


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("controls", "theirs"), [("not_yet", "not_yet_treated"), ("never", "never_treated")]
)
def test_effects_errors_and_summaries_match_diff_diff(controls, theirs):
    package = pytest.importorskip("diff_diff")
    model = package.CallawaySantAnna(control_group=theirs, base_period="varying")
    expected = model.fit(long_rows(), "y", "team", "week", "first", aggregate="all")
    effects = group_time_effects(panel(), controls=controls)
    cells = zip(effects.cells.group + 1, effects.cells.period + 1, effects.effect, strict=True)
    for group, period, effect in cells:
        assert effect == pytest.approx(expected.group_time_effects[group, period]["effect"])
    overall = overall_effect(effects, errors="influence")
    assert overall.effect == pytest.approx(expected.overall_att)
    assert overall.se == pytest.approx(expected.overall_se)
    profile = effects_by_time_since(effects, errors="influence")
    for key, effect, se in zip(profile.key.tolist(), profile.effect, profile.se, strict=True):
        assert effect == pytest.approx(expected.event_study_effects[key]["effect"])
        assert se == pytest.approx(expected.event_study_effects[key]["se"])


@pytest.mark.filterwarnings("ignore")
def test_with_many_teams_the_errors_chosen_are_those_of_diff_diff():
    package = pytest.importorskip("diff_diff")
    first = np.array([4] * 12 + [6] * 14 + [9] * 11 + [12] * 20)
    model = package.CallawaySantAnna(control_group="not_yet_treated", base_period="varying")
    rows = long_rows(first)
    expected = model.fit(rows, "y", "team", "week", "first", aggregate="all")
    effects = group_time_effects(panel(first))
    assert effects.errors == effects.row_errors == "influence"
    overall = overall_effect(effects)
    assert (overall.effect, overall.se) == pytest.approx(
        (expected.overall_att, expected.overall_se)
    )
    assert overall.df == len(first) - 1
    cells = zip(effects.cells.group + 1, effects.cells.period + 1, effects.se, strict=True)
    for group, period, se in cells:
        assert se == pytest.approx(expected.group_time_effects[group, period]["se"])
    profile = effects_by_time_since(effects)
    for key, se in zip(profile.key.tolist(), profile.se, strict=True):
        assert se == pytest.approx(expected.event_study_effects[key]["se"])
    waves = effects_by_adoption(effects)
    for key, se in zip((5, 7, 10), waves.se, strict=True):
        assert se == pytest.approx(expected.group_effects[key]["se"])


def test_summaries_match_the_numbers_of_csdid():
    """csdid 0.4.3 on this panel: simple, group and calendar aggregation, analytic errors."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=(12, 1)) + rng.normal(size=(12, 12)).cumsum(axis=1) * 0.3
    values = values + rng.normal(size=12) + (np.arange(12) >= FIRST[:, None])
    given = BENCH.panel_of(values, FIRST)
    for anticipation, effect, se in (
        (0, 1.4156065594318732, 0.23470955777741204),
        (1, 1.5536498619117627, 0.3752839347186986),
    ):
        found = group_time_effects(given, anticipation=anticipation)
        overall = overall_effect(found, errors="influence")
        assert (overall.effect, overall.se) == pytest.approx((effect, se), rel=1e-9)
    effects = group_time_effects(given)
    groups = effects_by_adoption(effects, errors="influence")
    assert groups.effect == pytest.approx([1.27665882, 1.60739555, 1.20424156])
    assert groups.se == pytest.approx([0.33733959, 0.20635616, 0.38606704])
    calendar = effects_by_calendar(effects, errors="influence")
    assert calendar.effect[[0, 4, 7]] == pytest.approx([0.78059994, 1.39296327, 1.81543739])
    assert calendar.se[[0, 4, 7]] == pytest.approx([0.09117461, 0.26282725, 0.42982213])


def test_pooled_errors_are_the_pooled_t_and_own_ones_welchs_when_all_changed_at_once():
    first = np.array([7] * 3 + [12] * 5)
    values = table(first)
    change = values[:, 7:].mean(axis=1) - values[:, 6]
    effects = group_time_effects(BENCH.panel_of(values, first))
    expected = stats.ttest_ind(change[:3], change[3:])
    found = overall_effect(effects, errors="pooled")
    assert found.effect == pytest.approx(change[:3].mean() - change[3:].mean())
    assert found.pvalue == pytest.approx(expected.pvalue)
    assert found.df == pytest.approx(6)
    assert found.effect_ci_low == pytest.approx(expected.confidence_interval(0.95).low)
    welch = stats.ttest_ind(change[:3], change[3:], equal_var=False)
    own = overall_effect(effects)
    assert own.details["errors"] == "own"
    assert own.effect / own.se == pytest.approx(welch.statistic)
    alike = (1 / 3 + 1 / 5) ** 2 / (1 / 9 / 2 + 1 / 25 / 4)
    assert own.df == pytest.approx(min(welch.df, alike))


def overall_loads(values: np.ndarray, first: np.ndarray) -> np.ndarray:
    """What each team and period moves the overall effect by; it is linear in the values."""
    ones, load = np.ones(len(first)), np.zeros_like(values)
    base = overall_by_hand(values, first, ones, OPTIONS[0])
    for team, period in product(range(len(first)), range(PERIODS)):
        moved = values.copy()
        moved[team, period] += 1.0
        load[team, period] = overall_by_hand(moved, first, ones, OPTIONS[0]) - base
    return load


def test_own_errors_are_the_sum_over_waves_of_their_own_variances():
    first = np.where(FIRST == 9, 6, FIRST)  # no wave of two
    values = table(first)
    effects = group_time_effects(BENCH.panel_of(values, first))
    load, size = overall_loads(values, first), {g: (first == g).sum() for g in np.unique(first)}
    own = {g: n * np.var((load * values)[first == g].sum(axis=1), ddof=1) for g, n in size.items()}
    found = overall_effect(effects)
    assert (effects.errors, effects.row_errors) == ("own", "pooled")
    assert found.se == pytest.approx(np.sqrt(sum(own.values())), rel=1e-6)
    satterthwaite = sum(own.values()) ** 2 / sum(v**2 / (size[g] - 1) for g, v in own.items())
    assert found.df <= satterthwaite * (1 + 1e-9)


def test_pooled_variance_is_the_quadratic_form_in_the_covariance_over_time():
    effects = group_time_effects(panel())
    values, residual = table(), table()
    for group in np.unique(FIRST):
        residual[group == FIRST] -= values[group == FIRST].mean(axis=0)
    sigma = residual.T @ residual / (len(FIRST) - 4)
    load = overall_loads(values, FIRST)
    variance = np.einsum("it,ts,is->", load, sigma, load)
    pooled = overall_effect(effects, errors="pooled")
    assert pooled.se == pytest.approx(np.sqrt(variance), rel=1e-6)


def test_errors_by_side_are_quadratic_forms_in_two_covariances_over_time():
    effects = group_time_effects(panel())
    values, residual, load = table(), table(), overall_loads(table(), FIRST)
    for group in np.unique(FIRST):
        residual[group == FIRST] -= values[group == FIRST].mean(axis=0)
    variance = 0.0
    for side, waves in ((FIRST < PERIODS, 3), (FIRST >= PERIODS, 1)):
        sigma = residual[side].T @ residual[side] / (side.sum() - waves)
        variance += np.einsum("it,ts,is->", load[side], sigma, load[side])
    assert effects.errors == "sides"
    assert overall_effect(effects).se == pytest.approx(np.sqrt(variance), rel=1e-6)


def test_growing_effects_are_recovered_where_two_way_effects_are_not():
    first = np.array([4] * 30 + [6] * 30 + [9] * 30 + [12] * 30)
    found = effects_by_time_since(group_time_effects(panel(first, effect=4.0)))
    truth = np.maximum(found.key + 1, 0)
    assert np.all((found.band_low <= truth) & (truth <= found.band_high))
    assert found.key[found.key >= 0].tolist() == list(range(8))


def test_teams_are_their_own_controls_until_they_change_and_never_after():
    first = np.array([4] * 4 + [8] * 4)
    found = group_time_effects(panel(first))
    early = found.cells.group == 4
    assert found.cells.period[early].max() == 7  # from 8 on nobody is left
    assert not np.any(found.cells.period[~early] >= 8)


def test_summaries_say_how_many_teams_stand_behind_a_row():
    effects = group_time_effects(panel())
    since = effects_by_time_since(effects)
    behind = dict(zip(since.key.tolist(), since.n_changed.tolist(), strict=True))
    assert (behind[0], behind[4], behind[7]) == (9, 7, 3)
    assert effects_by_adoption(effects).n_changed.tolist() == [3, 4, 2]
    assert effects_by_calendar(effects).n_changed.tolist() == [3, 3, 7, 7, 7, 9, 9, 9]


def test_bands_hold_for_all_rows_together_and_are_wider():
    found = effects_by_time_since(group_time_effects(panel()))
    assert np.all(found.band_low < found.low) and np.all(found.band_high > found.high)
    wide = stats.t.ppf(1 - 0.025 / len(found.key), found.df) * found.se
    assert found.band_high - found.effect == pytest.approx(wide)


def test_permuted_dates_count_every_order_of_the_roll_out():
    first = np.array([4, 4, 6, 6, 6, 12, 12])
    values = table(first)
    found = rollout_permutation_test(group_time_effects(BENCH.panel_of(values, first)))
    observed = overall_by_hand(values, first, np.ones(7), OPTIONS[0])
    orders = {tuple(row) for row in BENCH.assignments(first, seed=0).labels.tolist()}
    every = [overall_by_hand(values, np.array(o), np.ones(7), OPTIONS[0]) for o in orders]
    assert len(every) == found.details["n_assignments"] == 210
    assert found.pvalue == pytest.approx(np.mean(np.abs(every) >= abs(observed) - 1e-12))
    assert found.se == pytest.approx(np.std(every))


def test_permutation_interval_ends_where_the_test_begins_to_reject():
    first = np.array([4, 4, 6, 6, 6, 12, 12])
    values = table(first)
    found = rollout_permutation_test(group_time_effects(BENCH.panel_of(values, first)))
    room = 1e-6 * (found.effect_ci_high - found.effect_ci_low)
    for edge, outwards in ((found.effect_ci_low, -1), (found.effect_ci_high, 1)):
        for tau, rejected in ((edge + outwards * room, True), (edge - outwards * room, False)):
            moved = BENCH.panel_of(values - tau * BENCH.treated(first, PERIODS), first)
            again = rollout_permutation_test(group_time_effects(moved))
            assert (again.pvalue <= 0.05) == rejected


def test_permutation_is_seeded():
    effects = group_time_effects(panel())
    found = rollout_permutation_test(effects, seed=1)
    assert rollout_permutation_test(effects, seed=1) == found
    assert rollout_permutation_test(effects, seed=2) != found


def test_teams_changed_before_a_base_period_are_left_out_by_name():
    first = np.concatenate([[0, 0], FIRST])
    found = group_time_effects(panel(first))
    assert found.left_out == ("team 0", "team 1")
    same = group_time_effects(BENCH.panel_of(table(first)[2:], FIRST))
    assert found.effect == pytest.approx(same.effect)


@pytest.mark.parametrize(
    ("first", "options", "sentence"),
    [
        ([12] * 6, {}, "no team was changed"),
        ([0] * 3 + [12] * 3, {}, "no changed team has a period before"),
        ([5] * 6, {}, "no team is left as control"),
        ([5] * 3 + [8] * 3, {"controls": "never"}, "no team is left as control"),
        ([3, 4, 5, 6, 12, 12], {}, "date of its own"),
        ([5], {}, "no team is left as control"),
    ],
)
def test_designs_that_carry_no_effect_are_refused_in_a_sentence(first, options, sentence):
    with pytest.raises(CannotEstimate, match=sentence):
        group_time_effects(panel(np.array(first)), **options)


def test_values_that_carry_no_effect_are_refused_in_a_sentence():
    given = panel()
    with pytest.raises(CannotEstimate, match="one and the same value"):
        group_time_effects(with_(given, value=np.full_like(given.value, 3.0)))
    same = np.tile(np.arange(12.0), (12, 1))
    with pytest.raises(CannotEstimate, match="does not vary between teams"):
        group_time_effects(with_(given, value=same))
    holed = np.where(np.arange(12) == 5, np.nan, given.value)
    with pytest.raises(CannotEstimate, match="no cases in 1 of 12 periods"):
        group_time_effects(with_(given, value=holed))
    with pytest.raises(ValueError, match="anticipation"):
        group_time_effects(given, anticipation=-1)


def test_pooled_errors_hold_their_level_where_influence_functions_do_not():
    found = BENCH.ways(BENCH.DESIGNS["12 teams, waves 3 3 3, never 3"], RUNS, seed=11, orders=99)
    assert abs(found["pooled, Satterthwaite"] - 0.05) <= SLACK
    assert found["influence, z"] > 0.08


@pytest.mark.parametrize(
    ("estimator", "data"),
    [
        ("Collapsed t", "6 teams, 3 changed"),
        ("Collapsed t", "12 teams, 1 changed"),
        ("Group-time", "12 teams, waves 1 2 3, never 6"),
        ("Event-study band", "12 teams, waves 3 3 3, never 3"),
        ("Pre-trend F", "12 teams, waves 3 3 3, never 3"),
        ("Synthetic DiD", "10 donors"),
        ("Synthetic control", "10 donors"),
    ],
)
def test_a_slice_of_the_bench_meets_its_bars(estimator, data):
    cell = next(c for c in BENCH.CELLS if (c.estimator, c.data) == (estimator, data))
    rejected, covered, _ = BENCH.measure(cell, RUNS, seed=21)
    assert cell.rejects[0] - SLACK <= rejected <= cell.rejects[1] + SLACK
    assert np.isnan(covered) or cell.covers[0] - SLACK <= covered <= cell.covers[1] + SLACK


def test_the_bench_gives_the_library_number():
    values = BENCH.values(np.random.default_rng(1), 1, 12)[0]
    first = BENCH.DESIGNS["12 teams, waves 3 3 3, never 3"]
    found = overall_effect(group_time_effects(BENCH.panel_of(values, first)))
    assert (BENCH.overall_load(first, 20) * values).sum() == pytest.approx(found.effect)
