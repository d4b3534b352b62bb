import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.multivariate import test_mvmean_2indep as hotelling

from cs_lib.aggregates import TeamPanel
from cs_lib.methods.did.drift import relative_bounds
from cs_lib.methods.did.pretrend import detectable_slope, pretrend_power, pretrend_test
from cs_lib.methods.did.staggered import group_time_effects
from cs_lib.methods.did.summaries import overall_effect
from cs_lib.methods.errors import CannotEstimate

PERIODS = 12
AT = 6
WEEKS = np.datetime64("2024-01-01") + 7 * np.arange(PERIODS)


def table(teams: int = 40, changed: int = 15, *, slope: float = 0.0, seed: int = 4) -> np.ndarray:
    """Levels, random walks, an effect of 2 from the seventh week, and perhaps a drift."""
    rng = np.random.default_rng(seed)
    on = (np.arange(teams) < changed)[:, None]
    walk = rng.normal(size=(teams, PERIODS)).cumsum(axis=1) * 0.3
    line = slope * np.arange(PERIODS) + 2.0 * (np.arange(PERIODS) >= AT)
    return rng.normal(20, 1, (teams, 1)) + rng.normal(size=PERIODS) + walk + on * line


def panel(values: np.ndarray, changed: int = 15, at: int = AT) -> TeamPanel:
    start = np.where(np.arange(len(values)) < changed, WEEKS[at], np.datetime64("NaT"))
    names = np.array([f"team {row}" for row in range(len(values))])
    return TeamPanel("minutes", names, WEEKS, values, np.ones_like(values), start)


@pytest.mark.parametrize("blocks", [2, 3, 5])
def test_joint_test_is_hotellings_on_the_leads_when_all_changed_at_once(blocks):
    values = table(slope=0.05)
    leads = values[:, : AT - 1] - values[:, [AT - 1]]
    parts = np.array_split(np.arange(AT - 1), blocks)
    means = np.column_stack([leads[:, part].mean(axis=1) for part in parts])
    expected = hotelling(means[:15], means[15:])
    found = pretrend_test(panel(values), blocks=blocks)
    assert found.df_between == blocks
    assert found.effect == pytest.approx(means[:15].mean(axis=0) - means[15:].mean(axis=0))
    assert found.f == pytest.approx(expected.statistic)
    assert found.df == pytest.approx(expected.df[1])
    assert found.pvalue == pytest.approx(expected.pvalue)


def test_joint_test_of_one_block_is_the_pooled_t():
    values = table(slope=0.05)
    lead = values[:, : AT - 1].mean(axis=1) - values[:, AT - 1]
    found = pretrend_test(panel(values), blocks=1)
    assert found.pvalue == pytest.approx(stats.ttest_ind(lead[:15], lead[15:]).pvalue)


def test_power_is_how_often_a_line_of_that_slope_is_found():
    found, slope = pretrend_test(panel(table(60, 25)), blocks=4), 0.1
    assert found.lead == pytest.approx([-4.5, -3.0, -2.0, -1.0])
    rejected = [
        pretrend_test(panel(table(60, 25, slope=slope, seed=seed), 25), blocks=4).pvalue < 0.05
        for seed in range(300)
    ]
    typical = np.median(
        [pretrend_power(pretrend_test(panel(table(60, 25, seed=s), 25)), slope) for s in range(60)]
    )
    assert typical == pytest.approx(np.mean(rejected), abs=0.08)


def test_power_is_the_level_without_a_trend_and_grows_with_it():
    found = pretrend_test(panel(table()))
    power = pretrend_power(found, [0.0, 0.05, -0.05, 0.1, 1.0])
    assert power[0] == pytest.approx(0.05)
    assert power[1] == pytest.approx(power[2])
    assert np.all(np.diff(power[[0, 1, 3, 4]]) > 0) and power[4] > 0.999


@pytest.mark.parametrize("power", [0.5, 0.8])
def test_detectable_slope_is_found_with_that_power(power):
    found = pretrend_test(panel(table()))
    slope = detectable_slope(found, power)
    assert pretrend_power(found, slope) == pytest.approx(power)
    assert found.bias_per_slope == pytest.approx(3.5)  # six changed weeks, 1 to 6 from the base


def test_a_line_biases_the_overall_effect_as_said():
    flat, sloped = panel(table()), panel(table(slope=0.4))
    moved = overall_effect(group_time_effects(sloped)).effect
    moved -= overall_effect(group_time_effects(flat)).effect
    assert moved == pytest.approx(0.4 * pretrend_test(flat).bias_per_slope)


@pytest.mark.filterwarnings("ignore")
def test_bounds_and_slope_match_diff_diff():
    package = pytest.importorskip("diff_diff")
    values = table(400, 150, slope=0.02)
    rows = pd.DataFrame(
        {
            "y": values.ravel(),
            "team": np.repeat(np.arange(400), PERIODS),
            "week": np.tile(np.arange(1, PERIODS + 1), 400),
            "first": np.repeat(np.where(np.arange(400) < 150, AT + 1, 0), PERIODS),
        }
    )
    model = package.CallawaySantAnna(control_group="never_treated", base_period="universal")
    study = model.fit(rows, "y", "team", "week", "first", aggregate="event_study")
    found = relative_bounds(panel(values, 150), magnitudes=(0.5, 1.0, 2.0))
    for place, magnitude in enumerate(found.magnitude):
        theirs = package.HonestDiD(method="relative_magnitude", M=float(magnitude)).fit(study)
        assert (found.set_low[place], found.set_high[place]) == pytest.approx(
            (theirs.lb, theirs.ub)
        )
    theirs = package.PreTrendsPower(pretest_form="wald").fit(study)
    ours = detectable_slope(pretrend_test(panel(values, 150), blocks=5))
    assert ours == pytest.approx(theirs.mdv, rel=0.03)  # theirs: many teams, chi-square


def test_bounds_are_the_plain_interval_at_zero_and_widen_evenly():
    given = panel(table())
    plain = overall_effect(group_time_effects(given))
    found = relative_bounds(given, magnitudes=(0.0, 1.0, 2.0))
    assert (found.low[0], found.high[0]) == pytest.approx(
        (plain.effect_ci_low, plain.effect_ci_high)
    )
    assert found.set_low[0] == found.set_high[0] == plain.effect
    values = table()
    steps = np.diff(values[:, :AT], axis=1)
    largest = np.abs(steps[:15].mean(axis=0) - steps[15:].mean(axis=0)).max()
    assert found.largest_before == pytest.approx(largest)
    assert found.high[2] - found.high[1] == pytest.approx(3.5 * found.largest_before_high)
    assert found.largest_before_high > found.largest_before


def test_level_bounds_take_the_distance_to_the_base_period():
    values = table()
    found = relative_bounds(panel(values), magnitudes=(1.0,), deviation="level")
    away = values[:, : AT - 1] - values[:, [AT - 1]]
    largest = np.abs(away[:15].mean(axis=0) - away[15:].mean(axis=0)).max()
    assert found.largest_before == pytest.approx(largest)
    assert found.set_high[0] - found.set_low[0] == pytest.approx(2 * largest)


def test_breakdown_is_where_the_interval_reaches_zero():
    given = panel(table(200, 80))
    found = relative_bounds(given)
    assert found.breakdown > 0
    at = relative_bounds(given, magnitudes=(found.breakdown, found.breakdown_set))
    assert at.low[0] == pytest.approx(0, abs=1e-9)
    assert at.set_low[1] == pytest.approx(0, abs=1e-9)


def test_breakdown_is_zero_when_the_plain_interval_holds_zero():
    rng = np.random.default_rng(1)
    found = relative_bounds(panel(rng.normal(size=(40, PERIODS))))
    assert found.low[0] < 0 < found.high[0]
    assert found.breakdown == 0


def test_four_teams_get_no_more_blocks_than_their_covariance_carries():
    found = pretrend_test(panel(table(4, 2), 2))
    assert found.df_between == 1 and found.df == pytest.approx(2)
    assert np.isfinite(found.pvalue)


def test_no_lead_before_the_change_is_refused_in_a_sentence():
    given = panel(table(), at=1)
    with pytest.raises(CannotEstimate, match="no two periods before"):
        pretrend_test(given)
    with pytest.raises(CannotEstimate, match="no two periods before"):
        relative_bounds(given)
    with pytest.raises(ValueError, match="negative"):
        relative_bounds(panel(table()), magnitudes=(-1.0,))
    with pytest.raises(ValueError, match="power"):
        detectable_slope(pretrend_test(panel(table())), 0.01)


def test_noncentral_f_is_that_of_scipy():
    found = pretrend_test(panel(table()))
    unit = found.lead @ np.linalg.solve(found.cov, found.lead)
    shrunk = 0.01 * unit * found.df / (found.df + found.df_between - 1)
    critical = stats.f.ppf(0.95, found.df_between, found.df)
    expected = stats.ncf.sf(critical, found.df_between, found.df, shrunk)
    assert pretrend_power(found, 0.1) == pytest.approx(expected)
