from itertools import combinations

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy import stats

from cs_lib.aggregates import TeamPanel
from cs_lib.methods.did.one_date import (
    compare_team_changes,
    randomisation_test,
    team_changes,
    team_rule,
    unlike_teams,
)
from cs_lib.methods.did.panel import first_changed, without_gaps
from cs_lib.methods.did.permutation import assignments, count_assignments, invert
from cs_lib.methods.errors import CannotEstimate

WEEKS = np.datetime64("2024-01-01") + 7 * np.arange(20)
NEVER = np.datetime64("NaT")


def panel(teams: int = 10, changed: int = 4, *, effect: float = 0.0, seed: int = 1) -> TeamPanel:
    """Handling minutes by team and week; the first teams are changed in the ninth week."""
    rng = np.random.default_rng(seed)
    value = rng.normal(20, 2, (teams, 1)) + rng.normal(size=20) + rng.normal(size=(teams, 20))
    value[:changed, 8:] += effect
    start = np.array([WEEKS[8]] * changed + [NEVER] * (teams - changed))
    names = np.array([f"team {row}" for row in range(teams)])
    return TeamPanel("minutes", names, WEEKS, value, rng.poisson(50, value.shape) + 1.0, start)


def with_(given: TeamPanel, **changes) -> TeamPanel:
    return TeamPanel(**{name: getattr(given, name) for name in given.__slots__} | changes)


def changes(given: TeamPanel) -> np.ndarray:
    return given.value[:, 8:].mean(axis=1) - given.value[:, :8].mean(axis=1)


@pytest.mark.parametrize(("teams", "changed"), [(7, 1), (8, 7), (9, 2)])
def test_teams_too_few_for_a_spread_are_read_by_the_pooled_t(teams, changed):
    given = panel(teams, changed, effect=1.0)
    found, change = compare_team_changes(given), changes(given)
    assert found.df == teams - 2 and found.details["errors"] == "pooled"
    if changed in (1, teams - 1):  # scipy has no variance of one: the regression has
        rows = pd.DataFrame({"y": change, "x": np.arange(teams) < changed})
        fit = smf.ols("y ~ x", rows).fit()
        assert found.effect == pytest.approx(fit.params.iloc[1])
        assert found.pvalue == pytest.approx(fit.pvalues.iloc[1])
        assert found.effect_ci_low == pytest.approx(fit.conf_int().iloc[1, 0])
        return
    expected = stats.ttest_ind(change[:changed], change[changed:])
    assert found.effect == pytest.approx(change[:changed].mean() - change[changed:].mean())
    assert found.pvalue == pytest.approx(expected.pvalue)
    low, high = expected.confidence_interval(0.95)
    assert (found.effect_ci_low, found.effect_ci_high) == pytest.approx((low, high))


@pytest.mark.parametrize("teams", [4, 6, 10])
def test_equally_many_teams_are_read_with_freedom_between_welch_and_pooled(teams):
    given, n = panel(teams, teams // 2, effect=1.0), teams // 2
    found, change = compare_team_changes(given), changes(given)
    pooled = stats.ttest_ind(change[:n], change[n:])
    welch = stats.ttest_ind(change[:n], change[n:], equal_var=False)
    assert (found.details["errors"], found.method.code) == ("even", "team_change_even")
    assert found.effect / found.se == pytest.approx(pooled.statistic)
    one, other = change[:n].var(ddof=1), change[n:].var(ddof=1)
    common = (one + other) / 2
    one, other = ((v * (n - 1) + 3 * common) / (n + 2) for v in (one, other))
    assert found.df == pytest.approx((n - 1) * (one + other) ** 2 / (one**2 + other**2))
    assert welch.df < found.df < teams - 2
    assert found.pvalue == pytest.approx(2 * stats.t.sf(abs(pooled.statistic), found.df))


def bell_mccaffrey(changed: np.ndarray) -> float:
    """Degrees of freedom of HC2 for a dummy, if all vary alike, from the regression's matrices."""
    x = np.column_stack([np.ones(len(changed)), changed])
    inverse = np.linalg.inv(x.T @ x)
    hat = x @ inverse @ x.T
    to_slope = (x @ inverse)[:, 1] / np.sqrt(1 - np.diag(hat))
    rest = np.eye(len(changed)) - hat
    form = rest @ np.diag(to_slope**2) @ rest
    return float(np.trace(form) ** 2 / np.trace(form @ form))


@pytest.mark.parametrize(
    ("teams", "changed", "seed"), [(10, 4, 1), (10, 4, 3), (12, 3, 2), (9, 6, 4)]
)
def test_unequal_groups_are_read_by_welch_with_the_smaller_of_two_degrees_of_freedom(
    teams, changed, seed
):
    given = panel(teams, changed, effect=1.0, seed=seed)
    found, change = compare_team_changes(given), changes(given)
    welch = stats.ttest_ind(change[:changed], change[changed:], equal_var=False)
    assert found.details["errors"] == "own"
    assert found.effect / found.se == pytest.approx(welch.statistic)
    alike = bell_mccaffrey(np.arange(teams) < changed)
    assert found.df == pytest.approx(min(welch.df, alike))
    assert found.pvalue == pytest.approx(2 * stats.t.sf(abs(welch.statistic), found.df))
    half = stats.t.ppf(0.975, found.df) * found.se
    assert found.effect_ci_high == pytest.approx(found.effect + half)


def test_either_degrees_of_freedom_can_be_the_smaller():
    frees = [compare_team_changes(panel(10, 4, seed=seed)).df for seed in range(12)]
    alike = bell_mccaffrey(np.arange(10) < 4)
    assert min(frees) < alike - 0.5 and max(frees) == pytest.approx(alike)


@pytest.mark.parametrize(("teams", "changed", "times"), [(9, 1, 2.0), (9, 2, 2.0), (9, 7, 3.0)])
def test_teams_set_to_vary_more_are_weighted_least_squares(teams, changed, times):
    given = panel(teams, changed, effect=1.0)
    small = (np.arange(teams) < changed) == (2 * changed <= teams)
    weights = np.where(small, 1 / times**2, 1.0)
    rows = pd.DataFrame({"y": changes(given), "x": np.arange(teams) < changed})
    fit = smf.wls("y ~ x", rows, weights=weights).fit()
    found = unlike_teams(given, times=times)
    assert (found.effect, found.se) == pytest.approx((fit.params.iloc[1], fit.bse.iloc[1]))
    assert (found.pvalue, found.df) == pytest.approx((fit.pvalues.iloc[1], teams - 2))
    assert unlike_teams(given, times=1.0).se == pytest.approx(compare_team_changes(given).se)


def test_one_team_has_no_spread_of_its_own():
    with pytest.raises(ValueError, match="no spread of its own"):
        compare_team_changes(panel(7, 1), errors="own")


def test_what_hits_every_team_or_one_team_always_cancels():
    given, rng = panel(effect=1.0), np.random.default_rng(2)
    moved = given.value + 9 * rng.normal(size=(10, 1)) + 9 * rng.normal(size=20)
    found, again = compare_team_changes(given), compare_team_changes(with_(given, value=moved))
    assert again.effect == pytest.approx(found.effect)
    assert again.se == pytest.approx(found.se)


def test_control_is_what_the_changed_teams_would_have_had():
    given = panel(effect=3.0)
    found = compare_team_changes(given)
    assert found.treatment == pytest.approx(given.value[:4, 8:].mean())
    assert found.treatment - found.control == pytest.approx(found.effect)


def test_periods_may_count_by_cases():
    given = panel()
    found = team_changes(given, by_cases=True)
    expected = (given.value * given.weight)[:, :8].sum(axis=1) / given.weight[:, :8].sum(axis=1)
    assert found.before == pytest.approx(expected)


def test_wash_out_periods_are_not_read():
    given = panel(effect=1.0)
    spoiled = given.value.copy()
    spoiled[:, 8:10] = 99.0
    found = team_changes(with_(given, value=spoiled), washout_periods=2)
    assert found.n_after == 10
    assert found.after == pytest.approx(given.value[:, 10:].mean(axis=1))


@pytest.mark.parametrize(
    ("teams", "changed", "code", "smallest"),
    [
        (3, 1, "descriptive", 1 / 3),
        (4, 2, "fragile", 2 / 6),
        (5, 1, "fragile", 1 / 5),
        (6, 2, "t_alone", 1 / 15),
        (6, 3, "t_alone", 2 / 20),
        (7, 2, "t_and_randomisation", 1 / 21),
        (20, 1, "t_alone", 1 / 20),
        (21, 1, "t_and_randomisation", 1 / 21),
        (8, 4, "t_and_randomisation", 2 / 70),
        (9, 0, "descriptive", 1.0),
        (9, 9, "descriptive", 1.0),
    ],
)
def test_rule_says_which_inference_so_few_teams_carry(teams, changed, code, smallest):
    rule = team_rule(teams, changed)
    assert (rule.code, rule.smallest_p) == (code, pytest.approx(smallest))


@pytest.mark.parametrize("changed", [2, 4])
def test_randomisation_p_counts_every_choice_of_teams(changed):
    given = panel(8, changed, effect=1.0)
    change = team_changes(given).change
    every = []
    for chosen in combinations(range(8), changed):
        on = np.isin(np.arange(8), chosen)
        every.append(change[on].mean() - change[~on].mean())
    observed = change[:changed].mean() - change[changed:].mean()
    found = randomisation_test(given)
    assert found.pvalue == pytest.approx(np.mean(np.abs(every) >= abs(observed) - 1e-12))
    assert found.details["n_assignments"] == len(every)
    assert found.se == pytest.approx(np.std(every))


def test_randomisation_p_is_that_of_scipy():
    given = panel(9, 4, effect=0.7)
    change = team_changes(given).change
    expected = stats.permutation_test(
        (change[:4], change[4:]),
        lambda a, b, axis: np.abs(a.mean(axis=axis) - b.mean(axis=axis)),
        alternative="greater",
        n_resamples=np.inf,
    )
    assert randomisation_test(given).pvalue == pytest.approx(expected.pvalue)


@pytest.mark.parametrize(("teams", "changed"), [(8, 4), (9, 3), (12, 6)])
def test_randomisation_interval_ends_where_the_test_begins_to_reject(teams, changed):
    given = panel(teams, changed, effect=1.0)
    found = randomisation_test(given)
    room = 1e-6 * (found.effect_ci_high - found.effect_ci_low)
    for edge, outwards in ((found.effect_ci_low, -1), (found.effect_ci_high, 1)):
        for tau, rejected in ((edge + outwards * room, True), (edge - outwards * room, False)):
            moved = given.value.copy()
            moved[:changed, 8:] -= tau
            assert (randomisation_test(with_(given, value=moved)).pvalue <= 0.05) == rejected


def test_interval_is_the_whole_line_when_no_choice_could_reject():
    found = randomisation_test(panel(6, 2, effect=50.0))
    assert found.details["smallest_p"] == pytest.approx(1 / 15)
    assert (found.effect_ci_low, found.effect_ci_high) == (-np.inf, np.inf)
    assert found.pvalue == pytest.approx(1 / 15)


def test_many_teams_are_drawn_with_a_seed():
    given = panel(18, 9, effect=0.5)
    found = randomisation_test(given, seed=3)
    assert found.details["assignments"] == "drawn" and found.details["n_assignments"] == 10_000
    assert randomisation_test(given, seed=3) == found
    assert randomisation_test(given, seed=4).pvalue != found.pvalue
    assert found.pvalue == pytest.approx(compare_team_changes(given).pvalue, abs=0.02)
    assert found.effect_ci_low == pytest.approx(compare_team_changes(given).effect_ci_low, abs=0.1)


def test_every_order_is_listed_once_with_the_observed_first():
    labels = np.array([2, 0, 1, 0, 2, 1, 1])
    listed = assignments(labels, seed=0)
    assert listed.every and len(listed.labels) == count_assignments(labels) == 210
    assert len({tuple(row) for row in listed.labels.tolist()}) == 210
    assert listed.labels[0].tolist() == labels.tolist()
    assert (np.sort(listed.labels, axis=1) == np.sort(labels)).all()


def test_inverted_test_of_few_statistics_can_be_checked_by_eye():
    # observed 3; the others move to -1 at shift 0: as extreme as |3 - tau| while tau is in 2..4
    found = invert(np.array([3.0, -1.0, 1.0]), np.array([1.0, 0.0, 0.0]), alpha=0.4)
    assert (found.pvalue, found.smallest_p) == pytest.approx((1 / 3, 1 / 3))
    assert (found.low, found.high) == (2.0, 4.0)


def test_a_team_changed_after_the_last_period_is_a_control():
    given = panel()
    start = given.start.copy()
    start[4] = WEEKS[-1] + 7
    assert first_changed(with_(given, start=start))[4] == 20
    assert compare_team_changes(with_(given, start=start)) == compare_team_changes(given)


def test_calendar_months_are_periods_of_one_length():
    months = np.arange("2023-01", "2024-09", dtype="datetime64[M]").astype("datetime64[D]")
    given = panel()
    start = np.where(np.isnat(given.start), NEVER, months[8])
    assert compare_team_changes(with_(given, periods=months, start=start)).effect


def test_teams_with_a_gap_are_refused_or_left_out_by_name():
    given = panel()
    value, weight = given.value.copy(), given.weight.copy()
    value[6, 3], weight[6, 3] = np.nan, 0.0
    holed = with_(given, value=value, weight=weight)
    with pytest.raises(CannotEstimate, match=r"team 6 has no cases in 1 of 20 periods"):
        compare_team_changes(holed)
    rest, dropped = without_gaps(holed)
    assert dropped == ("team 6",) and len(rest.teams) == 9
    assert np.isfinite(compare_team_changes(rest).effect)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"start": np.full(10, NEVER)}, "no team was changed"),
        ({"start": np.full(10, WEEKS[8])}, "none is left as control"),
        ({"start": np.array([WEEKS[8], WEEKS[9]] + [NEVER] * 8)}, "several dates"),
        ({"start": np.array([WEEKS[0]] * 4 + [NEVER] * 6)}, "no period before"),
        ({"value": np.full((10, 20), 5.0)}, "one and the same value"),
        ({"value": np.tile(np.arange(20.0), (10, 1))}, "do not vary"),
    ],
)
@pytest.mark.parametrize("test", [compare_team_changes, randomisation_test])
def test_panels_that_carry_no_test_are_refused_in_a_sentence(test, changes, sentence):
    with pytest.raises(CannotEstimate, match=sentence):
        test(with_(panel(), **changes))


def test_three_teams_are_refused():
    with pytest.raises(CannotEstimate, match="3 teams are too few"):
        compare_team_changes(panel(3, 1))
    with pytest.raises(CannotEstimate, match="none is left as control"):
        compare_team_changes(panel(1, 1))


def test_a_wash_out_that_leaves_nothing_is_refused():
    with pytest.raises(CannotEstimate, match="no period after"):
        compare_team_changes(panel(), washout_periods=12)
    with pytest.raises(ValueError, match="wash-out"):
        compare_team_changes(panel(), washout_periods=-1)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"periods": WEEKS[::-1]}, "in order"),
        ({"periods": np.append(WEEKS[:-1], WEEKS[-1] + 3)}, "of one length"),
        ({"teams": np.array(["one"] * 10)}, "twice"),
        ({"teams": np.array(["one", "two"])}, "do not fit"),
        ({"weight": np.full((10, 20), -1.0)}, "negative number"),
        ({"start": np.array([WEEKS[8] + 2] + [NEVER] * 9)}, "not the start of a period"),
    ],
)
def test_a_panel_that_contradicts_itself_is_an_error(changes, sentence):
    with pytest.raises(ValueError, match=sentence):
        compare_team_changes(with_(panel(), **changes))
