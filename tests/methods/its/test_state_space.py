"""The state-space sensitivity: against statsmodels and a dense forecast, truth, and refusals."""

import subprocess
import sys
from datetime import date, timedelta

import numpy as np
import pytest
from statsmodels.tsa.statespace.structural import UnobservedComponents, UnobservedComponentsResults

from cs_lib.aggregates import Series
from cs_lib.methods.errors import CannotEstimate, NotEnoughData
from cs_lib.methods.its.state_space import StateSpace, state_space

START = date(2024, 1, 1)
N, PRE = 170, 120
CHANGE = START + timedelta(days=PRE)
WEEKDAY = np.array([0.8, 0.3, 0.0, 0.0, -0.2, -0.9, -0.6])


def make(
    n: int = N, *, step: float = 0.0, seed: int = 1, wander: float = 0.05
) -> tuple[Series, Series]:
    """Waiting minutes of a queue and of one beside it: a level that both follow, weekdays, noise."""
    rng = np.random.default_rng([seed, 3])
    common = np.cumsum(rng.normal(size=n)) * 0.3
    own = np.cumsum(rng.normal(size=n)) * wander
    pattern = WEEKDAY[np.arange(n) % 7]
    value = 20 + 0.8 * common + own + pattern + rng.normal(size=n)
    value[PRE:] += step
    other = 12 + common + 0.5 * rng.normal(size=n)
    volume = rng.integers(20, 60, n).astype(float)
    days = np.datetime64(START) + np.arange(n)
    return Series("wait", days, value * volume, volume), Series("wait", days, other, np.ones(n))


def found(series: Series, **options) -> StateSpace:
    return state_space(series, intervention_date=CHANGE, **options)


def without(series: Series, *days: int) -> Series:
    kept = ~np.isin(np.arange(len(series.days)), days)
    return Series("wait", series.days, series.numerator * kept, series.denominator * kept)


def dense(
    series: Series, control: Series | None, noise: float, level: float
) -> tuple[np.ndarray, np.ndarray]:
    """Best linear unbiased forecast of the days after, and its errors' full covariance."""
    n, day = len(series.days), np.arange(len(series.days))
    y = series.numerator / series.denominator
    columns = [np.ones(n), *((day % 7 == k) * 1.0 for k in range(1, 7))]
    if control is not None:
        columns.append(control.numerator / control.denominator)
    x = np.column_stack(columns)
    v = noise * np.eye(n) + level * np.minimum.outer(day, day)
    pre, post = slice(0, PRE), slice(PRE, n)
    k = np.linalg.solve(v[pre, pre], v[pre, post]).T
    bread = np.linalg.inv(x[pre].T @ np.linalg.solve(v[pre, pre], x[pre]))
    beta = bread @ x[pre].T @ np.linalg.solve(v[pre, pre], y[pre])
    gap = x[post] - k @ x[pre]
    mean = x[post] @ beta + k @ (y[pre] - x[pre] @ beta)
    return mean, v[post, post] - k @ v[pre, post] + gap @ bread @ gap.T


def direct(y: np.ndarray, exog: np.ndarray | None) -> UnobservedComponentsResults:
    """statsmodels on the days before, in the metric's own unit."""
    options = {} if exog is None else {"exog": exog, "mle_regression": False}
    model = UnobservedComponents(
        y, "local level", seasonal=7, stochastic_seasonal=False, use_exact_diffuse=True, **options
    )
    return model.fit(disp=False, maxiter=500, cov_type="none")


@pytest.mark.parametrize("beside", [False, True])
def test_forecast_is_that_of_statsmodels_used_directly(beside):
    series, other = make()
    ours = found(series, control=other if beside else None)
    y, exog = series.numerator / series.denominator, other.numerator[:, None]
    theirs = direct(y[:PRE], exog[:PRE] if beside else None)
    forecast = theirs.get_forecast(N - PRE, **({"exog": exog[PRE:]} if beside else {}))
    assert ours.expected == pytest.approx(np.asarray(forecast.predicted_mean), abs=5e-3)
    low, high = np.asarray(forecast.conf_int(alpha=0.05)).T
    assert ours.expected_low == pytest.approx(low, abs=2e-2)
    assert ours.expected_high == pytest.approx(high, abs=2e-2)
    variances = [ours.effect.details[k] for k in ("noise_variance", "level_variance")]
    assert variances == pytest.approx(theirs.params[:2], rel=2e-2, abs=1e-3)


@pytest.mark.parametrize("beside", [False, True])
def test_effect_and_interval_match_a_dense_forecast_at_the_fitted_variances(beside):
    series, other = make(step=1.0)
    ours = found(series, control=other if beside else None)
    details = ours.effect.details
    mean, cov = dense(
        series, other if beside else None, details["noise_variance"], details["level_variance"]
    )
    weights = series.denominator[PRE:] / series.denominator[PRE:].sum()
    assert ours.expected == pytest.approx(mean, rel=1e-6)
    assert ours.effect.control == pytest.approx(weights @ mean, rel=1e-6)
    assert ours.effect.se == pytest.approx(np.sqrt(weights @ cov @ weights), rel=1e-5)
    half = (ours.expected_high - ours.expected_low) / 2
    assert half == pytest.approx(1.959964 * np.sqrt(np.diag(cov)), rel=1e-5)
    total = series.denominator[PRE:].sum()
    effect = ours.effect
    limits = np.array([effect.effect, effect.effect_ci_low, effect.effect_ci_high])
    assert ours.cumulative == pytest.approx(limits * total)
    seen = series.numerator[PRE:].sum() - mean @ series.denominator[PRE:]
    assert ours.cumulative[0] == pytest.approx(seen, rel=1e-5)


@pytest.mark.parametrize(("wander", "low", "high"), [(0.05, 0.70, 0.93), (0.3, 0.85, 1.0)])
def test_planted_step_is_covered_less_often_the_less_the_level_wanders(wander, low, high):
    effects = []
    for seed in range(60):
        series, other = make(step=2.0, seed=seed, wander=wander)
        effects.append(found(series, control=other).effect)
    covered = np.mean([e.effect_ci_low < 2.0 < e.effect_ci_high for e in effects])
    assert low <= covered <= high
    values = np.array([e.effect for e in effects])
    assert values.mean() == pytest.approx(2.0, abs=2.5 * values.std() / np.sqrt(len(values)))


def test_planted_step_shifts_the_effect_and_nothing_else():
    flat, moved = found(make()[0]).effect, found(make(step=3.0)[0]).effect
    assert moved.effect == pytest.approx(flat.effect + 3.0)
    assert moved.se == flat.se


def test_control_series_narrows_the_interval_when_both_wander_together():
    series, other = make()
    assert found(series, control=other).effect.se < 0.8 * found(series).effect.se


def test_the_same_data_give_the_same_answer():
    first, second = found(make()[0]), found(make()[0])
    assert first.effect == second.effect
    assert np.array_equal(first.expected, second.expected)


def test_days_without_a_value_holidays_and_the_wash_out_count_as_missing():
    series, other = make()
    spoiled = Series("wait", series.days, series.numerator.copy(), series.denominator)
    spoiled.numerator[[30, *range(PRE, PRE + 5)]] *= 9
    clean = found(without(series, 30, *range(PRE, PRE + 5)), control=without(other, 50, 150))
    off = [START + timedelta(days=30)]
    ours = found(spoiled, control=without(other, 50, 150), washout_days=5, holidays=off)
    assert ours.effect.effect == pytest.approx(clean.effect.effect)
    assert ours.effect.se == pytest.approx(clean.effect.se)
    assert ours.effect.nobs == N - 8


def test_too_few_days_are_refused():
    series, _ = make()
    with pytest.raises(NotEnoughData, match="27 usable days before") as refusal:
        found(without(series, *range(PRE - 27)))
    assert (refusal.value.n_pre, refusal.value.needed) == (27, 28)
    with pytest.raises(NotEnoughData, match="13 after"):
        found(without(series, *range(PRE + 13, N)))


def test_a_constant_series_or_control_is_refused():
    series, _ = make()
    flat = Series("wait", series.days, series.denominator * 3, series.denominator)
    with pytest.raises(CannotEstimate, match="wait does not vary"):
        found(flat)
    with pytest.raises(CannotEstimate, match="control series of wait does not vary"):
        found(series, control=flat)


def test_a_search_that_stops_early_is_refused_by_name(monkeypatch):
    monkeypatch.setattr("cs_lib.methods.its.state_space.MAX_ITERATIONS", 1)
    with pytest.raises(CannotEstimate, match="state-space model of wait did not converge"):
        found(make()[0])


def test_series_of_other_days_or_with_days_absent_are_refused():
    series, other = make()
    gap = np.delete(np.arange(N), 40)
    cut = Series("wait", series.days[gap], series.numerator[gap], series.denominator[gap])
    with pytest.raises(ValueError, match="every day"):
        found(cut)
    with pytest.raises(ValueError, match="same days"):
        found(series, control=Series("wait", other.days + 1, other.numerator, other.denominator))


def test_importing_it_does_not_load_statsmodels():
    code = "import sys, cs_lib.methods.its.state_space; print('statsmodels' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
