import numpy as np
import pytest
from lifelines import KaplanMeierFitter
from lifelines.datasets import load_waltons
from lifelines.statistics import logrank_test
from lifelines.utils import median_survival_times, restricted_mean_survival_time
from statsmodels.duration.survfunc import SurvfuncRight, survdiff

from cs_lib.aggregates import Durations
from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.survival.kaplan_meier import (
    compare_restricted_means,
    kaplan_meier,
    log_rank,
    median_time,
    restricted_mean,
)


def durations(group: str, seconds: np.ndarray, ended: np.ndarray) -> Durations:
    """Tied times gathered into counts, as an engine would."""
    pairs = np.column_stack([seconds, ended])
    distinct, count = np.unique(pairs, axis=0, return_counts=True)
    return Durations(group, distinct[:, 0], distinct[:, 1].astype(bool), count)


def waltons(group: str) -> tuple[np.ndarray, np.ndarray]:
    rows = load_waltons().query("group == @group")
    return rows["T"].to_numpy(float), rows["E"].to_numpy()


@pytest.fixture(params=["miR-137", "control"])
def group(request) -> tuple[np.ndarray, np.ndarray]:
    return waltons(request.param)


def test_kaplan_meier_matches_statsmodels_with_greenwood(group):
    curve, expected = kaplan_meier(durations("a", *group)), SurvfuncRight(*group)
    at_events = curve.ended > 0
    left = curve.survival[at_events] > 0
    assert curve.seconds[at_events] == pytest.approx(expected.surv_times)
    assert curve.survival[at_events] == pytest.approx(expected.surv_prob, abs=1e-12)
    assert curve.se[at_events][left] == pytest.approx(expected.surv_prob_se[left], rel=1e-10)


def test_kaplan_meier_matches_lifelines(group):
    curve = kaplan_meier(durations("a", *group))
    expected = KaplanMeierFitter().fit(*group).survival_function_at_times(curve.seconds)
    assert curve.survival == pytest.approx(expected.to_numpy(), abs=1e-8)


def test_median_time_matches_lifelines(group):
    fitter = KaplanMeierFitter().fit(*group)
    low, high = median_survival_times(fitter.confidence_interval_).iloc[0]
    median = median_time(kaplan_meier(durations("a", *group)))
    assert (median.seconds, median.ci_low, median.ci_high) == (
        fitter.median_survival_time_,
        low,
        high,
    )


def test_median_time_is_unknown_when_most_are_still_open():
    open_mostly = durations("a", np.array([1.0, 2, 3, 3]), np.array([1, 0, 0, 0]))
    assert np.isnan(median_time(kaplan_meier(open_mostly)).seconds)


@pytest.mark.parametrize("horizon", [20.0, 50.0, 56.5])
def test_restricted_mean_matches_lifelines(group, horizon):
    fitter = KaplanMeierFitter().fit(*group)
    expected = restricted_mean_survival_time(fitter, t=horizon)
    found = restricted_mean(kaplan_meier(durations("a", *group)), horizon)
    assert found.seconds == pytest.approx(expected, rel=1e-8)


def test_restricted_mean_error_is_the_double_integral_of_greenwoods_covariance(group):
    curve, horizon = kaplan_meier(durations("a", *group)), 50.0
    grid = np.arange(0.5, horizon)  # times are whole, so half-way points integrate exactly
    place = np.searchsorted(curve.seconds, grid, side="right") - 1
    s = np.where(place < 0, 1.0, curve.survival[place])
    relative = np.where(place < 0, 0.0, (curve.se / curve.survival)[place] ** 2)
    covariance = np.outer(s, s) * np.minimum.outer(relative, relative)
    assert restricted_mean(curve, horizon).se == pytest.approx(np.sqrt(covariance.sum()), rel=1e-8)


def test_restricted_mean_without_censoring_is_the_plain_mean_of_cut_times():
    seconds = np.random.default_rng(1).integers(1, 90, 400).astype(float)
    found = restricted_mean(kaplan_meier(durations("a", seconds, np.ones(400))), 60.0)
    cut = np.minimum(seconds, 60)
    assert found.seconds == pytest.approx(cut.mean(), rel=1e-12)
    assert found.se == pytest.approx(cut.std() / 20, rel=1e-10)


def test_compare_restricted_means_rejects_5_percent_under_censoring():
    rng = np.random.default_rng(2)
    found = []
    for _ in range(1_000):
        arms = []
        for name in ("before", "after"):
            event, cut = rng.exponential(40, 150).round(), rng.uniform(60, 120, 150).round()
            arms.append(durations(name, np.minimum(event, cut), event <= cut))
        found.append(compare_restricted_means(*arms, "resolution", horizon=60).pvalue < 0.05)
    assert 0.03 <= np.mean(found) <= 0.07  # 5 % with three Monte-Carlo errors of .007


def test_compare_restricted_means_reports_treatment_minus_control():
    fast, slow = (durations(g, *waltons(g)) for g in ("miR-137", "control"))
    effect = compare_restricted_means(slow, fast, "resolution", horizon=50)
    parts = [restricted_mean(kaplan_meier(d), 50) for d in (slow, fast)]
    assert effect.effect == pytest.approx(parts[1].seconds - parts[0].seconds)
    assert effect.se == pytest.approx(np.hypot(parts[0].se, parts[1].se))
    assert effect.effect_ci_high < 0


def test_log_rank_matches_lifelines_and_statsmodels():
    first, second = waltons("control"), waltons("miR-137")
    found = log_rank(durations("a", *first), durations("b", *second))
    expected = logrank_test(first[0], second[0], first[1], second[1])
    times, ended = np.concatenate([first[0], second[0]]), np.concatenate([first[1], second[1]])
    other = survdiff(times, ended, np.repeat([0, 1], [len(first[0]), len(second[0])]))
    assert found.chi2 == pytest.approx(expected.test_statistic, rel=1e-8)
    assert found.chi2 == pytest.approx(other[0], rel=1e-8)
    assert found.pvalue == pytest.approx(expected.p_value, rel=1e-8)


def test_restricted_mean_refuses_a_horizon_beyond_the_follow_up():
    still_open = durations("a", np.array([1.0, 2, 3]), np.array([1, 1, 0]))
    with pytest.raises(CannotEstimate, match="followed up to the horizon"):
        restricted_mean(kaplan_meier(still_open), 5.0)


def test_kaplan_meier_refuses_an_empty_group():
    with pytest.raises(CannotEstimate, match="holds no contacts"):
        kaplan_meier(Durations("a", np.array([]), np.array([], bool), np.array([], int)))


def test_kaplan_meier_refuses_negative_times():
    with pytest.raises(ValueError, match="zero or more"):
        kaplan_meier(durations("a", np.array([-1.0, 2]), np.array([1, 1])))


def test_log_rank_refuses_groups_without_a_shared_event():
    quiet = durations("a", np.array([5.0, 6]), np.array([0, 0]))
    with pytest.raises(CannotEstimate, match="No event"):
        log_rank(quiet, quiet)
