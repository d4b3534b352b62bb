"""Several changes at once: against one at a time, a dense fit, planted truth, and refusals."""

import importlib.util
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
import statsmodels.api as sm

from cs_lib.aggregates import Series
from cs_lib.methods.its.ar1 import fit_ar1
from cs_lib.methods.its.changes import days_of, require_separable, weeks_of
from cs_lib.methods.its.days_or_weeks import residual_checks
from cs_lib.methods.its.fit import RHO_BOUNDS_OF_UNIT
from cs_lib.methods.its.joint_changes import Change, changes_in, joint_design
from cs_lib.methods.its.level_change import level_change
from cs_lib.methods.its.periods import TREND_DAYS
from cs_lib.methods.its.wander import drift_shift, drifting, wander_p, wandering
from cs_lib.methods.tails import t_two_sided

PATH = Path(__file__).parents[2] / "bench" / "false_positives.py"
SPEC = importlib.util.spec_from_file_location("false_positives", PATH)
BENCH = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(BENCH)

START = date(2024, 1, 1)
RUNS = 400
SLACK = 2.5 * np.sqrt(0.05 * 0.95 / RUNS)  # 2.5 Monte-Carlo errors of a rate of 5 %
SAME = ("control", "treatment", "effect", "effect_ci_low", "effect_ci_high", "pvalue", "se", "df")


def at(day: int) -> date:
    return START + timedelta(days=day)


def make(n: int = 250, *, rho: float = 0.4, seed: int = 1, add: np.ndarray | float = 0.0) -> Series:
    """Waiting minutes: weekday pattern, AR(1) errors of sd one, whatever is added on top."""
    values = 20 + BENCH.simulate(n, rho, False, 1, seed=seed)[:, 0] + add
    volume = np.random.default_rng(seed).integers(20, 60, n).astype(float)
    return Series("wait", np.datetime64(START) + np.arange(n), values * volume, volume)


def on(n: int, *spans: tuple[int, int]) -> np.ndarray:
    day = np.arange(n)
    return sum((day >= a) & (day < b) for a, b in spans).astype(float)


PILOT = Change.of("pilot", (at(60), at(100)), (at(140), at(180)))
ROLLOUT = Change.of("rollout", at(120))


@pytest.mark.parametrize("by", ["day", "week", "automatic"])
@pytest.mark.parametrize("trend", ["none", "linear", "automatic"])
@pytest.mark.parametrize("options", [{}, {"log_scale": True}, {"washout_days": 9}], ids=str)
def test_one_change_that_stayed_is_level_change(by, trend, options):
    series = make(187, add=2 * on(187, (90, 187)))
    options |= {"by": by, "trend": trend, "holidays": [at(10), at(100)], "alpha": 0.1}
    one = level_change(series, intervention_date=at(90), **options)
    found = changes_in(series, [Change.of("it", at(90))], **options)
    for field in SAME:
        ours, theirs = getattr(found.effects["it"], field), getattr(one.effect, field)
        assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-9)
    assert (found.unit, found.reason, found.trend) == (one.unit, one.reason, one.trend)
    assert found.few_weeks == one.few_weeks
    assert found.effects["it"].nobs == one.effect.nobs
    assert found.effects["it"].details["smallest_detectable"] == pytest.approx(
        one.smallest_detectable
    )
    assert found.fitted == pytest.approx(one.fitted, rel=1e-9)
    assert found.without_all == pytest.approx(one.counterfactual, rel=1e-9)
    assert np.array_equal(found.used, one.used)
    alone = found.of("it")
    assert [row[0] for row in alone.sensitivity] == [row[0] for row in one.sensitivity]
    for ours, theirs in zip(alone.sensitivity, one.sensitivity, strict=True):
        assert ours[1:] == pytest.approx(theirs[1:], rel=1e-9, abs=1e-9)
    assert alone.counterfactual == pytest.approx(one.counterfactual, rel=1e-9)


@pytest.mark.parametrize("by", ["day", "week"])
def test_several_changes_match_statsmodels_gls_at_the_fitted_rho(by):
    n = 400
    series = make(n, rho=0.6)
    changes = [
        Change.of("pilot", (at(90), at(130)), (at(150), at(180))),
        Change.of("rollout", at(200), slope=True),
    ]
    found = changes_in(series, changes, by=by, trend="linear")
    day = np.arange(n)
    value, volume = series.numerator / series.denominator, series.denominator
    columns = [on(n, (90, 130), (150, 180)), on(n, (200, n)), np.maximum(day - 200, 0) / 7]
    if by == "day":
        time, y, x = day, value, np.column_stack(columns)
        rest = [np.ones(n), time, *((day % 7 == k) * 1.0 for k in range(1, 7))]
    else:
        week = np.floor_divide(day - 90, 7)
        time = np.arange(-12, 44)  # day 398 is the first of a week cut short
        share = (week == time[:, None]) * volume
        share /= share.sum(axis=1, keepdims=True)
        y, x = share @ value, share @ np.column_stack(columns)
        rest = [np.ones(len(time)), time]
    rho = found.effects["pilot"].details["rho"]
    sigma = rho ** np.abs(np.subtract.outer(time, time)) if rho else np.eye(len(time))
    expected = sm.GLS(y, np.column_stack([x, *rest]), sigma=sigma).fit()
    pilot, details = found.effects["pilot"], found.effects["rollout"].details
    assert (pilot.effect, pilot.se) == pytest.approx((expected.params[0], expected.bse[0]))
    assert details["step"] == pytest.approx(expected.params[1])
    assert details["slope_per_week"] == pytest.approx(expected.params[2])
    assert found.fitted == pytest.approx(expected.fittedvalues)
    end = np.zeros(len(expected.params))
    end[1:3] = 1, (n - 1 - 200) / 7
    test = expected.t_test(end)
    assert details["end_effect"] == pytest.approx(test.effect[0])
    half = details["end_effect_ci_high"] - details["end_effect"]
    assert half > 1.9 * float(test.sd.item())


def pvalues(n: int, changes: list[Change], values: np.ndarray, trues: np.ndarray) -> np.ndarray:
    """p-values of the planted steps as the null, steps x runs, for the automatic choice."""
    days, window = days_of(BENCH.series_of(values[:, 0]), changes, 0, ())
    require_separable(days, changes)
    weeks = weeks_of(days, window, changes, 0)
    trend = min(days.sides()) >= TREND_DAYS
    by_day = fit_ar1(values, joint_design(days, days, changes, trend=trend), days.time)
    means = BENCH.weekly_means(values, days, weeks)
    told = (values, joint_design(days, days, changes, trend=trend), days, by_day)
    wanders = wandering(wander_p(*told))
    drifts = drifting(drift_shift(*told, first_effect(by_day), trend=trend))
    clean = residual_checks(by_day).clean & ~wanders

    def lines_and_curves(null, contrast_of):
        """p-values beside a straight line, and beside whatever curve there is."""
        day, week, waves, drift_day, drift_week = (
            _pvalue(fit, contrast_of(fit, periods), null) for fit, periods in fits
        )
        line = np.where(clean, day, week)
        moved = np.where(drifts, np.where(clean, drift_day, drift_week), line)
        return line, np.where(wanders, waves, moved)

    fits = [(by_day, days)]
    read = ((weeks, "none"), (weeks, "waves"), (days, "drift"), (weeks, "drift"))
    for periods, curve in read:
        design = joint_design(periods, days, changes, trend=trend, curve=curve)
        bounds, y = RHO_BOUNDS_OF_UNIT[periods.unit], values if periods is days else means
        fits.append((fit_ar1(y, design, periods.time, bounds=bounds), periods))
    line, curve = lines_and_curves(0.0, lambda fit, _: first_effect(fit))
    rows = []
    for i, true in enumerate(trues):
        own = lines_and_curves(true, lambda fit, _, i=i: np.eye(fit.beta.shape[1])[i])
        rows.append(np.where(curve >= line, *reversed(own)))
    return np.array(rows)


def first_effect(fit):
    """The contrast that is the step of the change named first."""
    return np.eye(fit.beta.shape[1])[0]


def _pvalue(fit, contrast, true):
    estimate, se, df = fit.contrast(contrast)
    return t_two_sided((estimate - true) / se, df)


CELLS = [  # n, rho, changes; the last is the one whose error rate is held
    (120, 0.5, [Change.of("trial", (at(45), at(80)))]),
    (240, 0.7, [Change.of("trial", (at(60), at(110)), (at(150), at(190)))]),
    (150, 0.3, [Change.of("first", at(45)), Change.of("second", at(95))]),
    (300, 0.7, [Change.of("first", at(90)), Change.of("second", at(190))]),
]


@pytest.mark.parametrize(("n", "rho", "changes"), CELLS)
def test_automatic_choice_keeps_its_false_positive_rate(n, rho, changes):
    values = BENCH.simulate(n, rho, False, RUNS, seed=21)
    if len(changes) == 2:
        values += 1.5 * on(n, (45 if n == 150 else 90, n))[:, None]
    found = pvalues(n, changes, values, np.zeros(len(changes)))[-1]
    assert 0.03 - SLACK <= (found < 0.05).mean() <= 0.08 + SLACK


def test_intervals_cover_two_planted_steps():
    changes = [PILOT, ROLLOUT]
    add = 1.5 * on(250, (60, 100), (140, 180)) - 0.8 * on(250, (120, 250))
    values = BENCH.simulate(250, 0.4, False, RUNS, seed=22) + add[:, None]
    covered = (pvalues(250, changes, values, np.array([1.5, -0.8])) >= 0.05).mean(axis=1)
    assert np.all((covered >= 0.93 - SLACK) & (covered <= 0.97 + SLACK))


def test_the_slice_and_changes_in_agree_on_every_pvalue():
    changes = [PILOT, ROLLOUT]
    values = BENCH.simulate(250, 0.7, True, 10, seed=23)
    fast = pvalues(250, changes, values, np.zeros(2))
    for run, column in enumerate(values.T):
        found = changes_in(BENCH.series_of(column), changes).effects
        ours = [found["pilot"].pvalue, found["rollout"].pvalue]
        assert ours == pytest.approx(fast[:, run], rel=1e-6)


def test_planted_steps_shift_the_effects_and_nothing_else():
    flat = changes_in(make(), [PILOT, ROLLOUT], by="day").effects
    add = 3 * on(250, (60, 100), (140, 180)) - 2 * on(250, (120, 250))
    moved = changes_in(make(add=add), [PILOT, ROLLOUT], by="day").effects
    for name, step in (("pilot", 3), ("rollout", -2)):
        assert moved[name].effect == pytest.approx(flat[name].effect + step)
        assert moved[name].se == pytest.approx(flat[name].se)
        assert moved[name].treatment - moved[name].control == pytest.approx(moved[name].effect)


@pytest.mark.parametrize("by", ["day", "week"])
def test_a_planted_step_with_a_slope_is_recovered_within_its_intervals(by):
    weeks_on = np.maximum(np.arange(400) - 180, 0) / 7
    series = make(400, rho=0.2, add=2 * on(400, (180, 400)) + 0.3 * weeks_on)
    effect = changes_in(series, [Change.of("it", at(180), slope=True)], by=by).effects["it"]
    truth = {"step": 2.0, "slope_per_week": 0.3, "end_effect": 2 + 0.3 * weeks_on[-1]}
    for name, value in truth.items():
        assert effect.details[f"{name}_ci_low"] < value < effect.details[f"{name}_ci_high"]
    assert effect.details["slope_pvalue"] < 0.001
    middle = 2 + 0.3 * weeks_on[180:].mean()
    assert effect.effect_ci_low < middle < effect.effect_ci_high


def test_a_planted_slope_shifts_the_slope_by_exactly_as_much_by_days_and_by_weeks():
    change = Change.of("it", (at(100), at(260)), slope=True)
    weeks_on = np.where(on(400, (100, 260)) > 0, (np.arange(400) - 100) / 7, 0.0)
    for by in ("day", "week"):
        flat = changes_in(make(400), [change], by=by).effects["it"]
        bent = changes_in(make(400, add=0.5 * weeks_on), [change], by=by).effects["it"]
        name = "slope_per_week"
        assert bent.details[name] == pytest.approx(flat.details[name] + 0.5)
        assert bent.details["step"] == pytest.approx(flat.details["step"], abs=1e-8)
        end = flat.details["end_effect"] + 0.5 * 159 / 7
        assert bent.details["end_effect"] == pytest.approx(end)


def test_a_week_in_which_a_change_was_switched_carries_its_share_of_days():
    add = 3 * on(250, (60, 100), (140, 180)) - 2 * on(250, (120, 250))
    flat = changes_in(make(), [PILOT, ROLLOUT], by="week").effects
    moved = changes_in(make(add=add), [PILOT, ROLLOUT], by="week").effects
    assert moved["pilot"].effect == pytest.approx(flat["pilot"].effect + 3)
    assert moved["rollout"].effect == pytest.approx(flat["rollout"].effect - 2)


def test_log_scale_recovers_a_factor():
    series = make(add=0.0)
    value = np.exp(0.1 * (series.numerator / series.denominator - 20) + 3)
    value *= 1.2 ** on(250, (60, 100), (140, 180)) * 0.9 ** on(250, (120, 250))
    factors = Series("wait", series.days, value * series.denominator, series.denominator)
    found = changes_in(factors, [PILOT, ROLLOUT], log_scale=True).effects
    for name, share in (("pilot", 0.2), ("rollout", -0.1)):
        details = found[name].details
        assert details["rel_effect_ci_low"] < share < details["rel_effect_ci_high"]
        assert found[name].effect / found[name].control == pytest.approx(details["rel_effect"])


def test_curves_leave_out_one_change_or_all():
    found = changes_in(make(), [PILOT, ROLLOUT], by="day")
    pilot = on(250, (60, 100), (140, 180)) * found.effects["pilot"].effect
    rollout = on(250, (120, 250)) * found.effects["rollout"].effect
    assert found.fitted - found.without["pilot"] == pytest.approx(pilot, abs=1e-9)
    assert found.fitted - found.without["rollout"] == pytest.approx(rollout, abs=1e-9)
    assert found.fitted - found.without_all == pytest.approx(pilot + rollout, abs=1e-9)


@pytest.mark.parametrize("by", ["day", "week"])
def test_a_wash_out_follows_every_switch(by):
    spoiled = make()
    for first in (60, 100, 120, 140, 180):
        spoiled.numerator[first : first + 5] *= 9
    calm = changes_in(make(), [PILOT, ROLLOUT], washout_days=5, by=by)
    found = changes_in(spoiled, [PILOT, ROLLOUT], washout_days=5, by=by)
    for name in ("pilot", "rollout"):
        assert found.effects[name].effect == pytest.approx(calm.effects[name].effect)
    if by == "day":
        assert found.used.sum() == 250 - 25
