"""The watch's alarm: by hand, on gaps and masks, and how often and how soon it speaks."""

from __future__ import annotations

import numpy as np
import pytest

from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.monitoring.ewma_alarm import ewma_alarm, lag_one
from cs_lib.methods.monitoring.ewma_limits import ewma_limit


def weekly(weeks, *, seed=1, rho=0.0, level=3.0):
    """Stationary weeks of standard deviation 1 about a level."""
    shock = np.random.default_rng(seed).normal(size=weeks)
    value = shock.copy()
    for t in range(1, weeks):
        value[t] = rho * value[t - 1] + (1 - rho**2) ** 0.5 * shock[t]
    return level + value


def first(n, weeks):
    return np.arange(weeks) < n


def watch(value, n=52, *, probability=0.05, masked=None):
    return ewma_alarm(value, first(n, len(value)), probability=probability, masked=masked)


def test_the_ewma_starts_at_the_centre_and_moves_a_fifth_of_the_way():
    value = weekly(60)
    found = watch(value)
    assert found.centre == value[:52].mean() and found.sd == value[:52].std(ddof=1)
    assert np.isnan(found.ewma[:52]).all()
    now = found.centre
    for place in range(52, 60):
        now = 0.8 * now + 0.2 * value[place]
        assert found.ewma[place] == pytest.approx(now, rel=1e-12)
    assert (found.n_baseline, found.n_watched, found.newest) == (52, 8, 59)


def test_limits_lie_a_third_of_the_limit_in_standard_deviations_around_the_centre():
    found = watch(weekly(60))
    assert found.limit == ewma_limit(0.05, 52, found.correlation_used)
    assert found.upper - found.centre == pytest.approx(found.limit * found.sd / 3)
    assert found.centre - found.lower == pytest.approx(found.upper - found.centre)


def test_the_limit_is_for_a_correlation_above_the_estimated_one():
    found = watch(weekly(140, rho=0.4), 104)
    assert 0.2 < found.correlation < 0.6
    assert found.correlation_used > found.correlation
    assert watch(weekly(140), 104).limit < found.limit


def test_the_correlation_is_freed_of_its_bias():
    """1,500 baselines of 39 weeks: plain lag one averages about .05 less than what is planted."""
    there = np.ones(39, bool)
    found, plain = [], []
    for seed in range(1_500):
        value = weekly(39, rho=0.4, seed=seed)
        apart = value - value.mean()
        found.append(lag_one(value, there))
        plain.append((apart[1:] * apart[:-1]).sum() / (apart**2).sum())
    assert np.mean(found) == pytest.approx(0.4, abs=0.015)
    assert np.mean(plain) < 0.35


def test_a_gap_makes_no_pair():
    value, there = weekly(40, rho=0.5), np.ones(40, bool)
    there[20] = False
    apart = value - value[there].mean()
    pairs = [apart[i] * apart[i + 1] for i in range(39) if i not in (19, 20)]
    raw = np.mean(pairs) / (apart[there] ** 2).mean()
    assert lag_one(value, there) == pytest.approx((38 * raw + 1) / 35, rel=1e-12)


def test_a_shift_is_found_dated_and_sized():
    value = weekly(80, seed=3)
    value[64:] += 2.0
    found = watch(value)
    signal = found.signal
    assert signal.direction == "high" and abs(signal.since - 64) <= 2
    assert 64 <= signal.flagged <= 72 and signal.last == 79
    assert signal.low < 2.0 < signal.high and signal.low > 0
    down = watch(6.0 - value)
    assert (down.signal.direction, down.signal.since) == ("low", signal.since)
    assert down.signal.size == pytest.approx(-signal.size)


def test_a_shift_that_went_away_is_a_signal_of_the_past():
    value = weekly(110, seed=3)
    value[60:72] += 3.0
    found = watch(value)
    assert found.signal is None and len(found.signals) == 1
    assert 60 <= found.signals[0].flagged < found.signals[0].last < 80


def test_two_shifts_are_two_signals():
    value = weekly(120, seed=3)
    value[60:75] += 3.0
    value[75:100] -= 3.0
    assert [s.direction for s in watch(value).signals] == ["high", "low"]


def test_a_missing_week_makes_no_step_and_keeps_the_signal():
    value = weekly(80, seed=3)
    value[64:] += 2.0
    value[[66, 79]] = np.nan
    found = watch(value)
    assert found.ewma[66] == found.ewma[65] and found.ewma[79] == found.ewma[78]
    assert found.newest == 78 and found.signal is not None and found.n_watched == 26


def test_masked_weeks_are_neither_watched_nor_baseline():
    value = weekly(80)
    value[[10, 70]] = 40.0
    masked = np.isin(np.arange(80), [10, 70])
    found = watch(value, masked=masked)
    gone = np.where(masked, np.nan, value)
    assert found.signals == () and found.n_baseline == 51
    assert found.sd == pytest.approx(np.nanstd(gone[:52], ddof=1))
    assert watch(value).sd > 4


def test_short_baselines_ask_for_attention_only():
    value = weekly(80)
    assert watch(value, 38).standing == "attention"
    assert watch(value, 39).standing == "alarm"
    with pytest.raises(CannotEstimate, match="Only 19 of the weeks to compare with"):
        watch(value, 19)


def test_weeks_that_are_all_alike_are_refused():
    with pytest.raises(CannotEstimate, match="what is usual cannot be told"):
        watch(np.full(80, 0.1))


def test_the_logarithm_of_none_is_not_taken_for_a_missing_week():
    value = weekly(60)
    value[55] = -np.inf
    with pytest.raises(ValueError, match="half a case"):
        watch(value)


def test_nothing_watched_yet_is_no_signal():
    found = watch(weekly(52))
    assert found.n_watched == 0 and found.signal is None and np.isnan(found.ewma).all()


def test_the_probability_is_taken_into_the_table():
    assert watch(weekly(60), probability=0.0001).probability == 0.002


@pytest.mark.parametrize(("n", "rho"), [(39, 0.0), (39, 0.4), (104, 0.6)])
def test_stable_series_stay_within_the_stated_rate(n, rho):
    runs = 400
    false = [bool(watch(weekly(n + 52, rho=rho, seed=s), n).signals) for s in range(runs)]
    assert np.mean(false) < 0.05 + 2.5 * (0.05 * 0.95 / runs) ** 0.5


def test_a_shift_of_two_standard_deviations_is_mostly_found_within_eight_weeks():
    found = []
    for seed in range(200):
        value = weekly(60, seed=seed)
        value[52:] += 2.0
        found.append(bool(watch(value).signals))
    assert np.mean(found) > 0.75
