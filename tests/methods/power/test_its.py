"""A planned before/after study: simulated exactly as it will be read, and a formula that agrees."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from math import inf

import numpy as np
import pytest

from cs_lib.aggregates import Series
from cs_lib.experiment import NotEnoughData
from cs_lib.methods.its.level_change import level_change
from cs_lib.methods.its.noise import Noise
from cs_lib.methods.its.periods import Window
from cs_lib.methods.its.season import Season, Waves, season_columns
from cs_lib.methods.power.its import (
    Precision,
    expected,
    in_unit,
    noise_by_week,
    on_scale,
    simulate_steps,
)
from cs_lib.methods.power.timeline import Past, read_past, timeline
from tests.bench.planning import REFERENCE, known_errors

START = date(2026, 2, 5)
FIRST = np.datetime64("2025-09-04")
HOLIDAYS = (date(2025, 10, 1), date(2026, 2, 20))


def past(noise: Noise, *, log_scale: bool = False, cases: float = 8.0, days: int = 150) -> Past:
    """A history with these errors; its volumes vary from day to day, a few days have no case."""
    volume = np.random.default_rng(2).poisson(cases, days).astype(float)
    series = Series("metric", FIRST + np.arange(days), volume, volume)
    busy = volume[volume > 0]
    usual = 1 / float(np.mean(1 / busy))
    pattern = np.array([0.1, 0.0, -0.2, -0.3, 0.2, 0.1, 0.1])
    return Past(
        series, Window.of(START), log_scale, noise, 1.0, pattern, usual, int((volume > 0).sum())
    )


@pytest.mark.parametrize("log_scale", [False, True])
@pytest.mark.parametrize(("washout", "holidays"), [(0, ()), (10, HOLIDAYS)])
@pytest.mark.parametrize("step", [0.0, 0.15])
def test_every_simulated_study_is_read_as_level_change_reads_it(log_scale, washout, holidays, step):
    known = past(Noise(0.5, 0.6, 0.04, 1), log_scale=log_scale, cases=4.0)
    line = timeline(
        known, START, weeks_before=12, weeks_after=8, washout_days=washout, holidays=holidays
    )
    found = simulate_steps(line, known, runs=12, seed=5)
    drawn = known.noise.draw(known.spread(line.days.denominator), 12, np.random.default_rng(5))
    drawn += known.pattern[line.days.start.astype(np.int64) % 7][:, None]
    drawn += step * line.days.post[:, None]
    for run in range(12):
        value = np.exp(drawn[:, run]) if log_scale else drawn[:, run]
        volume = line.days.denominator
        change = level_change(
            Series("metric", line.days.start, value * volume, volume),
            intervention_date=START,
            washout_days=washout,
            holidays=holidays,
            log_scale=log_scale,
        )
        assert (change.unit == "week") == found.by_week[run]
        parts = {name: getattr(found, name)[:, [run]] for name in ("estimate", "se", "df")}
        one = replace(found, **parts)
        alpha = change.effect.pvalue
        assert one.power(step, alpha * 1.0001) == 1.0
        assert one.power(step, alpha * 0.9999) == 0.0


def season(log_scale: bool = False) -> Season:
    """A wave of 0.4, known to within 0.03."""
    sizes, cov = np.array([0.3, -0.2, 0.0, 0.1]), 0.03**2 * np.eye(4)
    waves = Waves(sizes, cov, 0.1 * cov, np.float64(50.0), 100, np.bool_(True))
    return Season(waves, date(2023, 1, 1), date(2025, 9, 3), 104, log_scale)


@pytest.mark.parametrize("log_scale", [False, True])
def test_a_study_that_knows_its_season_is_read_as_level_change_reads_it(log_scale):
    told = season(log_scale)
    known = replace(past(Noise(0.5, 0.6, 0.04, 1), log_scale=log_scale), season=told)
    line = timeline(known, START, weeks_before=12, weeks_after=8)
    found, rng = simulate_steps(line, known, runs=12, seed=5), np.random.default_rng(5)
    drawn = known.noise.draw(known.spread(line.days.denominator), 12, rng)
    drawn += known.pattern[line.days.start.astype(np.int64) % 7][:, None]
    missed = 0.03 * rng.normal(size=(4, 12))
    drawn += season_columns(line.days) @ (missed + told.waves.sizes[:, None])
    for run in np.flatnonzero(~found.by_week):
        value, volume = np.exp(drawn[:, run]) if log_scale else drawn[:, run], line.days.denominator
        series = Series("metric", line.days.start, value * volume, volume)
        change = level_change(series, intervention_date=START, log_scale=log_scale, season=told)
        assert change.unit == "day"
        one = [float(getattr(found, name)[:, run].max()) for name in ("se", "df")]
        assert change.effect.df == pytest.approx(one[1])
        assert log_scale or change.effect.se == pytest.approx(one[0])


def test_formula_agrees_with_the_simulation_where_a_season_is_known():
    bare = past(Noise(0.3, 1.0, 0.04, 1))
    line = timeline(bare, START, weeks_before=20, weeks_after=20)
    smallest = []
    for known in (bare, replace(bare, season=season())):
        found = simulate_steps(line, known, runs=600, seed=1)
        said = expected(line, known, shares=found.shares)
        smallest.append(found.smallest(0.8, 0.05))
        assert said.smallest(0.8, 0.05) == pytest.approx(smallest[-1], rel=0.12)
    assert smallest[1] > 1.05 * smallest[0]


@pytest.mark.parametrize(
    "noise", [Noise(0.0, 1.0, 1.0, 1), Noise(0.5, 1.0, 4.0, 1), Noise(0.8, 0.3, 1.0, 1)]
)
@pytest.mark.parametrize("weeks", [10, 20])
def test_formula_agrees_with_the_simulation(noise, weeks):
    known = past(noise)
    line = timeline(known, START, weeks_before=20, weeks_after=weeks)
    found = simulate_steps(line, known, runs=800, seed=1)
    said = expected(line, known, shares=found.shares)
    smallest = found.smallest(0.8, 0.05)
    assert said.smallest(0.8, 0.05) == pytest.approx(smallest, rel=0.12)
    assert said.power(smallest, 0.05) == pytest.approx(0.8, abs=0.08)
    assert 0.02 < found.power(0.0, 0.05) < 0.09


@pytest.mark.parametrize(("days", "rho"), [(84, 0.0), (182, 0.5), (364, 0.3), (364, 0.7)])
def test_smallest_step_is_that_of_the_table_when_the_errors_are_known(days, rho):
    assert known_errors(days, rho) == pytest.approx(REFERENCE[days][rho], rel=0.02)


def test_power_of_a_t_test_is_the_noncentral_one():
    from statsmodels.stats.power import TTestPower

    theirs = TTestPower().power(effect_size=0.5, nobs=25, alpha=0.05)
    assert Precision(0.2, 0.2, 24).power(0.5, 0.05) == pytest.approx(theirs, abs=1e-6)


def test_weeks_are_chosen_more_often_when_days_carry_noise():
    line = timeline(past(Noise(0.0, 1.0, 1.0, 1)), START, weeks_before=20, weeks_after=20)
    shares = [
        simulate_steps(line, past(noise), runs=300).by_week.mean()
        for noise in (Noise(0.7, 1.0, 1.0, 1), Noise(0.9, 0.5, 1.0, 1))
    ]
    assert shares[0] < 0.45 < shares[1]


def test_volumes_to_come_are_those_of_the_history_and_the_same_every_time():
    known = past(Noise(0.0, 1.0, 1.0, 1), cases=1.0)
    line = timeline(known, START, weeks_before=20, weeks_after=30)
    again = timeline(known, START, weeks_before=20, weeks_after=12)
    same = again.days.denominator
    assert np.array_equal(line.days.denominator[: len(same)], same)
    kept = line.days.start <= known.series.days[-1]
    place = (line.days.start[kept] - known.series.days[0]).astype(int)
    assert np.array_equal(line.days.denominator[kept], known.series.denominator[place])
    both = line.days.denominator[~kept], known.series.denominator
    empty = [float((volume == 0).mean()) for volume in both]
    assert empty[0] == pytest.approx(empty[1], abs=0.12)


def test_history_is_read_with_its_level_pattern_and_errors():
    rng, days = np.random.default_rng(4), FIRST + np.arange(300)
    weekend = np.where(days.astype(int) % 7 >= 5, 3.0, 0.0)
    value = 20 + weekend + Noise(0.6, 1.0, 4.0, 1).draw(np.ones(300), 1, rng)[:, 0]
    found = read_past(Series("m", days, value * 10, np.full(300, 10.0)))
    assert found.level == pytest.approx(value.mean())
    assert found.pattern[5] - found.pattern[0] == pytest.approx(3.0, abs=0.8)
    assert found.noise.rho * found.noise.share == pytest.approx(0.6, abs=0.12)
    assert found.usable == 300 and not found.log_scale


def test_a_rate_is_read_on_the_log_scale_unless_a_day_is_zero():
    days, ones = FIRST + np.arange(60), np.ones(60)
    value = np.random.default_rng(0).lognormal(0, 0.2, 60)
    assert read_past(Series("m", days, value, ones), log_scale=True).log_scale
    value[7] = 0.0
    assert not read_past(Series("m", days, value, ones), log_scale=True).log_scale


def test_a_history_of_four_weeks_is_the_least():
    days = FIRST + np.arange(27)
    with pytest.raises(NotEnoughData, match="27 usable days; 28 are needed"):
        read_past(Series("m", days, np.arange(27.0), np.ones(27)))


def test_sizes_change_scales_and_back():
    known = replace(past(Noise(0.0, 1.0, 1.0, 1), log_scale=True), level=50.0)
    for good in ("up", "down"):
        assert in_unit(on_scale(10.0, known, good), known, good) == pytest.approx(10.0)
    assert on_scale(60.0, known, "down") == inf
    assert on_scale(10.0, known, "down") == pytest.approx(-np.log(0.8))


def test_weekly_autocorrelation_is_that_of_means_over_seven_days():
    assert noise_by_week(Noise(0.0, 1.0, 1.0, 1)) == 0.0
    long = Noise(0.9, 1.0, 1.0, 1).draw(np.ones(70_000), 1, np.random.default_rng(0))[:, 0]
    weeks = long.reshape(-1, 7).mean(axis=1)
    measured = np.corrcoef(weeks[1:], weeks[:-1])[0, 1]
    assert noise_by_week(Noise(0.9, 1.0, 1.0, 1)) == pytest.approx(measured, abs=0.03)
