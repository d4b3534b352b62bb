"""A level that wanders: the test that sees it, the curve, and the less certain of two readings."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
import statsmodels.api as sm

from cs_lib.aggregates import Series
from cs_lib.methods.its.ar1 import fit_ar1
from cs_lib.methods.its.joint_changes import Change, changes_in
from cs_lib.methods.its.level_change import level_change
from cs_lib.methods.its.periods import (
    Window,
    daily_periods,
    design_matrix,
    slow_waves,
    spans_years,
    weekly_periods,
)
from cs_lib.methods.its.wander import drift_shift, wander_p
from tests.bench.steps import START, autocorrelated, series_of, stepped

N = 364
CHANGE = date(2024, 7, 1)


def daily(*, wave: float = 0.0, seed: int = 1, n: int = N) -> np.ndarray:
    """Autocorrelated days around 20, on a wave of one year that turns at the change."""
    noise = autocorrelated(np.random.default_rng(seed), (n, 1), 0.3)[:, 0]
    return 20 + noise + wave * np.sin(2 * np.pi * np.arange(n) / 365.25)


def read(values: np.ndarray, **options):
    series = series_of("wait", values, np.ones(len(values)))
    return level_change(series, intervention_date=CHANGE, **options)


def periods(n: int = N):
    days = daily_periods(series_of("wait", np.ones(n), np.ones(n)), Window.of(CHANGE))
    used = days.used.copy()
    used[50:60] = False
    return replace(days, used=used)


def test_wander_test_is_the_f_test_of_three_cosines_in_a_gls_with_the_fitted_correlation():
    days, values = periods(), daily(wave=0.4)
    used, design = days.used, design_matrix(days, trend=True)[days.used]
    y = values[used]
    fit = fit_ar1(y, design, days.time[used])
    lags = np.abs(np.subtract.outer(days.time[used], days.time[used]))
    place = (np.arange(N) + 0.5) / N
    waves = np.column_stack([np.cos(np.pi * k * place) for k in (1, 2, 3)])[used]
    full = sm.GLS(y, np.column_stack([design, waves]), sigma=float(fit.rho) ** lags).fit()
    added = np.eye(design.shape[1] + 3)[-3:]
    assert wander_p(y, design, days, fit)[0] == pytest.approx(full.f_test(added).pvalue, rel=1e-6)


def test_wander_test_of_many_series_is_that_of_each():
    days = periods()
    used, design = days.used, design_matrix(days, trend=True)[days.used]
    y = np.column_stack([daily(seed=seed, wave=0.3 * seed)[used] for seed in range(4)])
    together = wander_p(y, design, days, fit_ar1(y, design, days.time[used]))
    for k in range(4):
        alone = wander_p(y[:, k], design, days, fit_ar1(y[:, k], design, days.time[used]))
        assert together[k] == pytest.approx(alone[0], rel=1e-9)


@pytest.mark.parametrize("trend", [True, False])
def test_drift_shift_is_how_far_the_step_moves_in_a_gls_with_the_drift(trend):
    days, values = replace(periods(), time=np.arange(N) - 300), daily(wave=0.6)
    used, design = days.used, design_matrix(days, trend=trend)[days.used]
    y, weights = values[used], np.eye(design.shape[1])[0]
    fit = fit_ar1(y, design, days.time[used])
    lags = np.abs(np.subtract.outer(days.time[used], days.time[used]))
    bend = np.cos(2 * np.pi * (np.arange(N) + 0.5) / N)
    added = (bend if trend else np.arange(N))[used]
    line, moved = (
        sm.GLS(y, x, sigma=float(fit.rho) ** lags).fit()
        for x in (design, np.column_stack([design, added]))
    )
    expected = abs(moved.params[0] - line.params[0]) / line.bse[0]
    found = drift_shift(y, design, days, fit, weights, trend=trend)[0]
    assert found == pytest.approx(expected, rel=1e-6)
    assert found > 0.1


def uneven(n: int, at: int, runs: int = 6):
    """Series with a slow bend, changed on this day: each as `level_change` reads it, and side by side."""
    rng = np.random.default_rng(7)
    wave = np.sin(2 * np.pi * (np.arange(n)[:, None] / 365.25 + rng.uniform(size=runs)))
    values = 20 + autocorrelated(rng, (n, runs), 0.3) + wave
    day = (START + at).item()
    found = [
        level_change(series_of("wait", v, np.ones(n)), intervention_date=day) for v in values.T
    ]
    return found, stepped(values, np.ones_like(values), at=at)


@pytest.mark.parametrize(("n", "at"), [(90, 22), (90, 68), (180, 45), (180, 135)])
def test_a_change_near_one_end_is_read_without_and_with_a_drift(n, at):
    found, fast = uneven(n, at)
    reasons = [change.reason for change in found]
    assert any(reason in ("drift_without", "drift_with") for reason in reasons)
    for run, change in enumerate(found):
        assert change.effect.pvalue == pytest.approx(fast.auto()[run], rel=1e-5)
        assert change.straight.pvalue == pytest.approx(fast.straight()[run], rel=1e-5)
        if change.reason in ("drift_without", "drift_with"):
            assert change.effect.details["drift_shift"] > 1
            both = (change.straight.pvalue, change.curved.pvalue)
            assert change.effect.pvalue == max(both)
            assert (change.effect.details["trend"] == "drift") == (change.reason == "drift_with")


def test_no_drift_is_added_where_too_few_days_carry_one_or_none_is_wanted():
    values = 20 + np.arange(90) / 20 + daily(n=90) - 20
    ones = np.ones(90)
    for last, at, options, tried in (
        (90, 22, {}, True),
        (55, 22, {}, False),
        (90, 22, {"trend": "none"}, False),
        (90, 22, {"by": "day"}, False),
    ):
        series = series_of("wait", values[:last], ones[:last])
        found = level_change(series, intervention_date=(START + at).item(), **options)
        assert ("drift_shift" in found.effect.details) == tried
        assert (found.curved is not None) == tried


def test_too_few_periods_are_not_tested():
    days = daily_periods(series_of("wait", np.arange(14.0) ** 2, np.ones(14)), Window(START + 7))
    weeks = weekly_periods(days, Window(START + 7))
    design = np.ones((2, 1))
    fit = fit_ar1(np.arange(14.0) ** 2, np.ones((14, 1)), days.time)
    assert wander_p(np.array([1.0, 2.0]), design, weeks, fit).tolist() == [1.0]


def test_a_years_wave_is_no_step_and_the_record_says_why():
    naive = read(daily(wave=2.0), by="day").effect
    found = read(daily(wave=2.0))
    assert naive.pvalue < 1e-4
    assert (found.unit, found.reason) == ("week", "wandering_curve")
    assert found.effect.pvalue > 0.05
    assert found.effect.details["wander_p"] < 0.01
    assert found.effect.details["trend"] == "curve"
    assert found.effect.method.code == "its_by_week_curve"


def test_both_readings_are_kept_and_the_less_certain_one_counts():
    seen = set()
    for seed in range(12):
        found = read(daily(wave=1.0, seed=seed))
        seen.add(found.reason)
        assert found.curved is not None
        chosen = max((found.weekly, found.curved), key=lambda effect: effect.pvalue)
        assert found.effect.effect == chosen.effect
        rows = {name: effect for name, effect, _, _ in found.sensitivity}
        assert rows["ar1_curve_week"] == found.curved.effect
        assert rows["ar1_week"] == found.weekly.effect
    assert seen == {"wandering_line", "wandering_curve"}


def test_reading_beside_a_curve_is_a_gls_of_weeks_with_three_cosines():
    curved = read(daily(wave=2.0)).curved
    weeks = weekly_periods(
        daily_periods(series_of("wait", daily(wave=2.0), np.ones(N)), Window.of(CHANGE)),
        Window.of(CHANGE),
    )
    x = np.column_stack([weeks.time >= 0, np.ones(52), weeks.time, slow_waves(weeks)])
    rho = curved.details["rho"]
    sigma = rho ** np.abs(np.subtract.outer(weeks.time, weeks.time)) if rho else np.eye(52)
    expected = sm.GLS(weeks.value, x.astype(float), sigma=sigma).fit()
    assert curved.effect == pytest.approx(expected.params[0], rel=1e-6)
    assert curved.se == pytest.approx(expected.bse[0], rel=1e-6)


def test_smallest_change_is_that_of_the_wider_reading():
    found = read(daily(wave=1.0, seed=3))
    alone = read(daily(wave=1.0, seed=3), by="week")
    assert found.smallest_detectable > alone.smallest_detectable


def test_declared_days_or_weeks_are_read_beside_a_line():
    for by in ("day", "week"):
        found = read(daily(wave=2.0), by=by)
        assert (found.reason, found.curved) == ("declared", None)
        assert "wander_p" not in found.effect.details


def test_few_weeks_carry_no_curve():
    reasons = set()
    for seed in range(20):
        series = series_of("wait", daily(n=60, seed=seed), np.ones(60))
        found = level_change(series, intervention_date=(START + 30).item())
        reasons.add(found.reason)
        assert found.curved is None
        assert (found.reason == "wandering_short") == (found.effect.details["wander_p"] < 0.15)
    assert "wandering_short" in reasons


def test_one_change_that_stayed_is_read_alike_by_changes_in():
    values = daily(wave=1.0, seed=5)
    alone = read(values)
    series = series_of("wait", values, np.ones(N))
    beside = changes_in(series, [Change.of("it", CHANGE)]).of("it")
    assert beside.reason == alone.reason != "clean"
    assert beside.effect.pvalue == pytest.approx(alone.effect.pvalue, rel=1e-9)
    assert beside.curved.effect == pytest.approx(alone.curved.effect, rel=1e-9)
    assert beside.smallest_detectable == pytest.approx(alone.smallest_detectable, rel=1e-9)


def three_years(last: int) -> Series:
    values = daily(wave=2.0, n=1095 + last)
    return series_of("wait", values, np.ones(len(values)))


def test_three_years_of_days_carry_a_wave_of_one_year():
    options = {"intervention_date": (START + 548).item()}
    long, short = (level_change(three_years(last), **options) for last in (0, -1))
    assert long.effect.details["trend"] == "linear_and_season"
    assert short.effect.details["trend"] != "linear_and_season"
    assert 2 * long.effect.se < short.effect.se


def test_years_are_counted_from_the_first_to_the_last_used_day():
    series = three_years(0)
    days = daily_periods(series, Window(START + 548))
    used = days.used.copy()
    used[0] = False
    assert spans_years(days) and not spans_years(replace(days, used=used))
