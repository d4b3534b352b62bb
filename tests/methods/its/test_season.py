"""A season told by the years before: against a dense fit, what tells none, and what it does to a step."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
import statsmodels.api as sm

from cs_lib.aggregates import Series
from cs_lib.methods.its.level_change import level_change
from cs_lib.methods.its.season import season_of
from tests.bench.history import draw, measure, waves_of
from tests.bench.steps import stepped
from tests.bench.wander import PROCESSES

UNTIL = date(2026, 1, 1)
N, AT = 240, 120
CHANGE = str(np.datetime64(UNTIL) + AT)


def days_of(length, ends=UNTIL):
    return np.datetime64(ends) - length + np.arange(length)


def wave(days, size=1.0, shift=0.0):
    return size * np.sin(2 * np.pi * (days.astype(int) / 365.25 + shift))


def drawn(days, *, seed=0, process="AR(1) 0.3"):
    return 20 + PROCESSES[process](np.random.default_rng(seed), len(days), 1)[:, 0]


def series_of(days, values, cases=1.0):
    below = np.full(len(days), cases)
    return Series("wait", days, values * below, below)


def told(values, days, **options):
    return season_of(series_of(days, values), until=UNTIL, **options)


BEFORE = days_of(7 * 120)


def test_sizes_and_their_errors_are_those_of_a_dense_fit():
    values = drawn(BEFORE) + wave(BEFORE)
    found = told(values, BEFORE)
    weeks = values.reshape(-1, 7).mean(axis=1)
    turns = [
        f(2 * np.pi * k * BEFORE.astype(int) / 365.25) for k in (1, 2) for f in (np.sin, np.cos)
    ]
    columns = [turn.reshape(-1, 7).mean(axis=1) for turn in turns[: len(found.waves.sizes)]]
    design = np.column_stack([*columns, np.ones(120), np.arange(120)])
    best = max(
        (dense(weeks, design, rho) for rho in np.linspace(0, 0.4, 161)), key=lambda one: one[0]
    )[1]
    k = len(columns)
    assert found.waves.sizes == pytest.approx(best.params[:k], rel=1e-3, abs=1e-3)
    assert np.diag(found.waves.cov) == pytest.approx(np.diag(best.cov_params())[:k], rel=1e-2)
    assert (found.weeks, found.last) == (120, date(2025, 12, 31))
    assert found.swing == pytest.approx(2, abs=0.4)


def dense(y, design, rho):
    """Restricted log-likelihood, and the generalised least squares fit."""
    lag = np.abs(np.subtract.outer(np.arange(len(y)), np.arange(len(y))))
    cov = rho**lag
    fit = sm.GLS(y, design, sigma=cov).fit()
    sandwich = design.T @ np.linalg.inv(cov) @ design
    freedom = len(y) - design.shape[1]
    level = freedom * np.log(fit.ssr) + np.linalg.slogdet(cov)[1] + np.linalg.slogdet(sandwich)[1]
    return -level / 2, fit


CLEAN = drawn(BEFORE, seed=2)
PEAK = 3 * np.exp(-0.5 * ((np.arange(len(BEFORE)) % 365 - 180) / 15) ** 2)


@pytest.mark.parametrize(
    ("values", "days"),
    [
        (CLEAN, BEFORE),  # no season
        (CLEAN + PEAK, BEFORE),  # of another shape
        ((CLEAN + wave(BEFORE))[-720:], BEFORE[-720:]),  # not two years of it
        (CLEAN + wave(BEFORE) * (BEFORE[420] < BEFORE), BEFORE),  # only in the newer year
        (CLEAN + wave(BEFORE, shift=0.25 * (BEFORE[420] < BEFORE)), BEFORE),  # moved
        (CLEAN + wave(BEFORE) + 2.0 * (BEFORE[300] < BEFORE), BEFORE),  # beside a step
        (20 + np.cumsum(np.random.default_rng(3).normal(0, 0.1, 840)), BEFORE),  # wanders
    ],
)
def test_no_season_is_told(values, days):
    assert told(CLEAN + wave(BEFORE), BEFORE) is not None
    assert told(values, days) is None


def test_missing_weeks_are_borne_up_to_a_tenth():
    series = series_of(BEFORE, CLEAN + wave(BEFORE))
    for weeks, there in ((11, True), (13, False)):
        below = series.denominator.copy()
        below[210 : 210 + 7 * weeks] = 0
        found = season_of(replace(series, denominator=below), until=UNTIL)
        assert (found is not None) == there
        assert found is None or found.weeks == 120 - weeks


def test_a_longer_history_is_read_back_three_years():
    days = days_of(7 * 220)
    found = told(drawn(days, seed=1) + wave(days), days)
    assert found.weeks == 156


def study(seed=5, step=0.0):
    days = np.datetime64(UNTIL) + np.arange(N)
    return series_of(days, drawn(days, seed=seed) + wave(days) + step * (np.arange(N) >= AT))


def test_a_step_without_its_season_has_both_errors():
    season = told(CLEAN + wave(BEFORE), BEFORE)
    series = study(step=1.0)
    change = level_change(series, intervention_date=CHANGE, season=season, by="day")
    days, t = series.days, np.arange(N)
    turns = [f(2 * np.pi * k * days.astype(int) / 365.25) for k in (1, 2) for f in (np.sin, np.cos)]
    columns = np.column_stack(turns[: len(season.waves.sizes)])
    weekday = (days.astype(int)[:, None] % 7 == np.arange(1, 7)).astype(float)
    design = np.column_stack([t >= AT, np.ones(N), t, weekday]).astype(float)
    rho = change.effect.details["rho"]
    inverse = np.linalg.inv(rho ** np.abs(np.subtract.outer(t, t)))
    weights = (np.linalg.inv(design.T @ inverse @ design) @ design.T @ inverse)[0]
    left = series.numerator - columns @ season.waves.sizes
    moved = weights @ columns
    plain = level_change(series_of(days, left), intervention_date=CHANGE, by="day")
    own = plain.effect
    assert change.effect.effect == pytest.approx(weights @ left)
    assert change.effect.se**2 == pytest.approx(own.se**2 + moved @ season.waves.cov @ moved)
    assert change.effect.se > own.se and change.season is season
    assert change.effect.treatment == pytest.approx(series.numerator[AT:].mean())
    # The lines that are drawn hold the season.
    assert change.fitted == pytest.approx(plain.fitted + columns @ season.waves.sizes)
    assert change.observed == pytest.approx(series.numerator)


def test_a_season_of_a_rate_is_a_factor():
    values, days = 20 * np.exp(0.05 * (drawn(BEFORE) - 20) + wave(BEFORE, 0.2)), BEFORE
    season = told(values, days, log_scale=True)
    assert np.expm1(season.swing) == pytest.approx(np.expm1(0.4), abs=0.1)
    with pytest.raises(ValueError, match="other scale"):
        level_change(study(), intervention_date=CHANGE, season=season)
    assert told(np.where(np.arange(840) < 7, 0.0, values), days, log_scale=True) is None


def test_each_history_is_read_as_side_by_side():
    values, used = draw("a year's wave of 0.5 sd", 200, 6, seed=1)
    days = np.datetime64(UNTIL) - 1095 + np.arange(len(values))
    waves = waves_of(values[:1095], used, 1095)
    fast = stepped(values[1095:], np.ones((200, 6)), waves=waves).auto()
    for run, one in enumerate(values.T):
        season = told(one[:1095], days[:1095])
        assert (season is not None) == waves.told[run]
        if season is not None:
            series = series_of(days[1095:], one[1095:])
            change = str(days[1095 + 100])
            found = level_change(series, intervention_date=change, season=season)
            assert found.effect.pvalue == pytest.approx(fast[run], rel=0.02, abs=1e-4)


@pytest.mark.parametrize(
    ("process", "told_in", "bar"),
    [("a year's wave of 0.5 sd", (0.6, 1.0), 0.08), ("level moves by 0.1 a day", (0.0, 0.2), 0.12)],
)
def test_years_before_find_a_season_and_no_step_where_there_is_none(process, told_in, bar):
    row = measure(process, 365, 730, 60, seed=2)
    assert told_in[0] <= row["told"] <= told_in[1]
    assert row["with"] <= bar
    assert row["power with"] >= row["power without"] + 0.2 * (told_in[0] > 0)
