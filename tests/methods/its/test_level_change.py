import importlib.util
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
import statsmodels.api as sm

from cs_lib.aggregates import Series
from cs_lib.methods.errors import CannotEstimate, NotEnoughData
from cs_lib.methods.its.level_change import level_change
from cs_lib.methods.its.periods import Window, daily_periods, design_matrix, weekly_periods
from tests.bench.steps import intervention

PATH = Path(__file__).parents[2] / "bench" / "false_positives.py"
SPEC = importlib.util.spec_from_file_location("false_positives", PATH)
BENCH = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(BENCH)

START = date(2024, 1, 1)
CHANGE = START + timedelta(days=90)
RUNS = 400
SLACK = 2.5 * np.sqrt(0.05 * 0.95 / RUNS)  # 2.5 Monte-Carlo errors of a rate of 5 %


def make(
    n: int = 180, *, rho: float = 0.4, step: float = 0.0, seed: int = 1, base: float = 20.0
) -> Series:
    """Waiting minutes: weekday pattern, AR(1) errors of sd one, a step after 90 days."""
    values = base + BENCH.simulate(n, rho, False, 1, seed=seed)[:, 0]
    values[90:] += step
    volume = np.random.default_rng(seed).integers(20, 60, n).astype(float)
    return Series("wait", np.datetime64(START) + np.arange(n), values * volume, volume)


def without(series: Series, days: np.ndarray) -> Series:
    """The same series, nothing having been measured on some days."""
    kept = ~np.isin(np.arange(len(series.days)), days)
    return Series("wait", series.days, series.numerator * kept, series.denominator * kept)


def change(series: Series, **options) -> object:
    return level_change(series, intervention_date=CHANGE, **options)


@pytest.mark.parametrize(
    ("n", "rho", "noise", "bar"),
    [
        (60, 0.7, False, 0.08),
        (90, 0.0, False, 0.08),
        (180, 0.7, True, 0.09),
        (365, 0.5, True, 0.09),
    ],
)
def test_automatic_choice_keeps_its_false_positive_rate(n, rho, noise, bar):
    pvalues = BENCH.pvalues(BENCH.simulate(n, rho, noise, RUNS, seed=11))
    assert 0.03 - SLACK <= (pvalues["auto"] < 0.05).mean() <= bar + SLACK


@pytest.mark.parametrize(("n", "rho", "noise"), [(90, 0.5, False), (180, 0.3, True)])
def test_automatic_choice_covers_a_planted_step(n, rho, noise):
    values = BENCH.simulate(n, rho, noise, RUNS, seed=12)
    values[n // 2 :] += 1.5
    covered = (BENCH.pvalues(values, 1.5)["auto"] >= 0.05).mean()
    assert 0.93 - SLACK <= covered <= 0.97 + SLACK


@pytest.mark.parametrize("n", [60, 181])
def test_bench_and_level_change_agree_on_every_pvalue(n):
    values = BENCH.simulate(n, 0.7, True, 12, seed=13)
    fast = BENCH.pvalues(values)
    for run, column in enumerate(values.T):
        date_ = str(intervention(n))
        found = level_change(BENCH.series_of(column), intervention_date=date_)
        assert found.effect.pvalue == pytest.approx(fast["auto"][run], rel=1e-6)
        assert (found.unit == "day") == fast["clean"][run]


def test_step_is_recovered_within_its_interval():
    effect = change(make(365, step=3.0)).effect
    assert effect.effect_ci_low < 3.0 < effect.effect_ci_high
    assert effect.pvalue < 0.01
    assert effect.treatment - effect.control == pytest.approx(effect.effect)


def test_step_shifts_the_effect_and_nothing_else():
    flat, stepped = change(make()), change(make(step=2.0))
    assert stepped.effect.effect == pytest.approx(flat.effect.effect + 2.0)
    assert stepped.effect.se == pytest.approx(flat.effect.se)
    assert stepped.unit == flat.unit


def test_trend_is_not_taken_for_a_step():
    series = make(365, rho=0.2)
    drift = Series(
        "wait",
        series.days,
        series.numerator + series.denominator * np.arange(365) / 50,
        series.denominator,
    )
    before, after = (change(s, by="day").effect for s in (series, drift))
    assert after.effect == pytest.approx(before.effect, abs=1e-8)
    assert change(drift).reason == change(series).reason


def test_daily_step_matches_statsmodels_gls_at_the_fitted_rho():
    series = make()
    effect = change(series, by="day").effect
    days = daily_periods(series, Window.of(CHANGE))
    lags = np.abs(np.subtract.outer(days.time, days.time))
    design = design_matrix(days, trend=True)
    expected = sm.GLS(days.value, design, sigma=effect.details["rho"] ** lags).fit()
    assert effect.effect == pytest.approx(expected.params[0], rel=1e-6)
    assert effect.se == pytest.approx(expected.bse[0], rel=1e-6)


def test_sensitivity_matches_statsmodels_ols_and_newey_west():
    series = make(rho=0.7)
    rows = {name: limits for name, *limits in change(series).sensitivity}
    days = daily_periods(series, Window.of(CHANGE))
    ols = sm.OLS(days.value, design_matrix(days, trend=True))
    hac = {"maxlags": 7, "use_correction": True}
    robust = ols.fit(cov_type="HAC", cov_kwds=hac, use_t=True)
    assert rows["independent_day"][1:] == pytest.approx(ols.fit().conf_int()[0], rel=1e-8)
    assert rows["hac_7_day"][1:] == pytest.approx(robust.conf_int()[0], rel=1e-8)
    assert set(rows) == {"independent_day", "hac_7_day", "ar1_day", "ar1_week"}


def test_weeks_are_whole_and_never_straddle_the_change():
    series = make(186)
    weeks = weekly_periods(daily_periods(series, Window.of(CHANGE)), Window.of(CHANGE))
    first = slice(90, 97)
    at = int(np.flatnonzero(weeks.start == np.datetime64(CHANGE))[0])
    assert (weeks.time[0], weeks.time[-1]) == (-12, 12)
    assert weeks.numerator[at] == pytest.approx(series.numerator[first].sum())
    assert weeks.value[at] == pytest.approx(
        series.numerator[first].sum() / series.denominator[first].sum()
    )


def test_weeks_are_chosen_when_noise_lies_on_top():
    units = []
    for seed in range(10):
        values = BENCH.simulate(365, 0.8, True, 1, seed=seed)[:, 0]
        found = level_change(BENCH.series_of(values), intervention_date=str(intervention(365)))
        units.append((found.unit, found.reason.split("_")[0]))
    assert units.count(("week", "short")) + units.count(("week", "wandering")) >= 9
    assert units.count(("week", "short")) >= 5


def test_wash_out_is_left_out_and_stays_a_gap_in_time():
    series = make(step=2.0)
    spoiled = Series("wait", series.days, series.numerator.copy(), series.denominator)
    spoiled.numerator[90:100] *= 9
    found = change(spoiled, washout_days=10, by="day")
    assert found.effect.details["n_post"] == 80
    assert found.effect.effect == pytest.approx(
        change(without(series, np.arange(90, 100)), by="day").effect.effect
    )
    assert not found.used[90:100].any()


def test_days_without_a_denominator_are_missing_not_zero():
    series = make(step=2.0)
    gone = without(series, np.array([3, 50, 51, 52, 120]))
    found = change(gone, by="day")
    assert found.effect.nobs == 175
    assert found.effect.effect_ci_low < 2.0 < found.effect.effect_ci_high
    assert np.isnan(found.observed[50]) and not np.isnan(found.fitted[50])


def test_a_desk_closed_at_weekends_can_be_analysed():
    series = make(step=3.0)
    closed = np.flatnonzero(np.arange(180) % 7 >= 5)
    found = change(without(series, closed), by="day")
    assert found.effect.effect_ci_low < 3.0 < found.effect.effect_ci_high
    assert change(without(series, closed), by="week").effect.effect > 0


def test_holidays_do_not_move_the_step():
    series = make(step=2.0)
    off = [START + timedelta(days=day) for day in (10, 60, 100, 150)]
    spoiled = Series("wait", series.days, series.numerator.copy(), series.denominator)
    spoiled.numerator[[10, 60, 100, 150]] += 30 * series.denominator[[10, 60, 100, 150]]
    clean = change(series, by="day", holidays=off).effect
    assert change(spoiled, by="day", holidays=off).effect.effect == pytest.approx(clean.effect)


def test_log_scale_reports_a_factor_in_the_metrics_own_unit():
    values = np.exp(3 + 0.1 * BENCH.simulate(180, 0.3, False, 1, seed=4)[:, 0])
    values[90:] *= 1.2
    series = Series("wait", make().days, values, np.ones(180))
    effect = change(series, log_scale=True, by="day").effect
    assert effect.details["rel_effect_ci_low"] < 0.2 < effect.details["rel_effect_ci_high"]
    assert effect.effect / effect.control == pytest.approx(effect.details["rel_effect"])
    assert effect.treatment == pytest.approx(values[90:].mean())
    assert effect.treatment - effect.control == pytest.approx(effect.effect)


def test_log_scale_falls_back_to_weeks_when_a_day_is_zero():
    series = make()
    series.numerator[40] = 0
    found = change(series, log_scale=True)
    assert (found.unit, found.reason, found.daily) == ("week", "days_impossible", None)
    with pytest.raises(CannotEstimate, match="zero in some days"):
        change(series, log_scale=True, by="day")


def test_log_scale_refuses_a_zero_week():
    series = make()
    series.numerator[34:48] = 0
    with pytest.raises(CannotEstimate, match="zero in some weeks"):
        change(series, log_scale=True, by="week")


def test_curves_differ_by_the_step_after_the_change_only():
    found = change(make(step=2.0), by="day")
    gap = found.fitted - found.counterfactual
    assert gap[:90] == pytest.approx(np.zeros(90), abs=1e-12)
    assert gap[90:] == pytest.approx(np.full(90, found.effect.effect))


def test_smallest_detectable_is_found_80_percent_of_the_time():
    values = BENCH.simulate(180, 0.3, False, RUNS, seed=15)
    steps = [
        level_change(BENCH.series_of(y), intervention_date=str(intervention(180)), by="day")
        for y in values.T[:40]
    ]
    size = float(np.median([found.smallest_detectable for found in steps]))
    values[90:] += size
    power = (BENCH.pvalues(values)["day"] < 0.05).mean()
    assert power == pytest.approx(0.8, abs=0.06)


@pytest.mark.parametrize(("days", "trend"), [(27, False), (28, True)])
def test_trend_enters_from_28_days_a_side(days, trend):
    series = make()
    short = slice(90 - days, 90 + days)
    cut = Series("wait", series.days[short], series.numerator[short], series.denominator[short])
    assert change(cut).trend is trend


def test_few_weeks_are_flagged_as_fragile():
    series = make()
    short = slice(60, 120)
    cut = Series("wait", series.days[short], series.numerator[short], series.denominator[short])
    assert change(cut, by="week").few_weeks
    assert not change(series, by="week").few_weeks


def test_fewer_than_14_days_a_side_is_not_enough_data():
    series = make()
    short = slice(77, 180)
    cut = Series("wait", series.days[short], series.numerator[short], series.denominator[short])
    with pytest.raises(NotEnoughData, match="13 usable days before") as refusal:
        change(cut)
    assert (refusal.value.n_pre, refusal.value.needed) == (13, 14)


def test_a_constant_series_is_refused():
    flat = Series("wait", make().days, np.full(180, 40.0), np.full(180, 20.0))
    with pytest.raises(CannotEstimate):
        change(flat)


def test_days_out_of_order_are_refused():
    series = make()
    jumbled = Series("wait", series.days[::-1], series.numerator, series.denominator)
    with pytest.raises(ValueError, match="in order"):
        change(jumbled)


def test_a_negative_wash_out_is_refused():
    with pytest.raises(ValueError, match="wash-out"):
        change(make(), washout_days=-1)
