"""Charts whose limits start anew at logged dates."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from cs_lib.methods.monitoring.control_chart import CannotChart, Weeks, individuals
from cs_lib.methods.monitoring.rebases import rebased_chart

START = date(2026, 1, 5)


def weeks_of(value, *, cases=100.0, missing=()):
    value = np.asarray(value, float)
    there = ~np.isin(np.arange(len(value)), missing)
    below = np.broadcast_to(np.asarray(cases, float), value.shape) * there
    start = np.datetime64(START) + 7 * np.arange(len(value))
    return Weeks(start, np.arange(len(value)), value * below, below, there)


def noise(weeks, *, level=30.0, seed=1):
    return np.random.default_rng(seed).normal(level, 1.0, weeks)


def day(week, more=0):
    return START + timedelta(weeks=week, days=more)


def test_without_a_rebase_limits_are_frozen_on_the_first_weeks():
    value = noise(60)
    found = rebased_chart(weeks_of(value), "xmr", baseline_weeks=26)
    alone = individuals(value, np.arange(60) < 26)
    assert found.baseline.sum() == 26 and len(found.segments) == 1
    assert found.upper == pytest.approx(alone.upper) and found.centre[0] == alone.centre
    assert not found.newest.provisional and found.newest.reason == ""


def test_later_weeks_never_move_frozen_limits():
    quiet, wild = noise(60), noise(60)
    wild[20:] += 50
    both = [rebased_chart(weeks_of(value), "xmr") for value in (quiet, wild)]
    assert both[0].upper.tolist() == both[1].upper.tolist()
    assert both[1].newest.outside >= 40


def test_a_rebase_starts_new_limits_in_the_next_whole_week():
    value = np.append(noise(40), noise(30, level=20.0, seed=2))
    found = rebased_chart(weeks_of(value), "xmr", rebases=[day(39, 3)])
    assert [(s.first, s.last) for s in found.segments] == [(0, 39), (40, 69)]
    assert found.centre[39] == pytest.approx(30, abs=0.8)
    assert found.centre[40] == pytest.approx(20, abs=0.8)
    assert found.baseline.sum() == 40
    assert found.newest.outside == 0


def test_a_rebase_on_the_first_day_of_a_week_is_that_week():
    assert rebased_chart(weeks_of(noise(60)), "xmr", rebases=[day(40)]).newest.first == 40


def test_rebases_are_sorted_doubled_ones_are_one_and_those_outside_do_nothing():
    days = [day(40, 1), day(20), day(40, 3), day(-9), day(99)]
    found = rebased_chart(weeks_of(noise(60)), "xmr", rebases=days)
    assert [s.first for s in found.segments] == [0, 20, 41]


def test_young_limits_are_provisional_and_younger_ones_are_not_drawn():
    at = {
        weeks: rebased_chart(weeks_of(noise(40 + weeks)), "xmr", rebases=[day(40)])
        for weeks in (11, 12, 19, 20)
    }
    assert at[11].newest.limits is None and np.isnan(at[11].upper[40:]).all()
    assert str(at[11].newest.reason).startswith("Only 11 weeks have a value so far")
    assert [at[weeks].newest.provisional for weeks in (12, 19, 20)] == [True, True, False]
    assert at[19].newest.n_baseline == 19


def test_assurance_and_mark_are_those_of_the_newest_limits():
    """A target that the old limits failed is passed after the rebase, and the other way round."""
    value = np.append(noise(40), noise(30, level=20.0, seed=2))
    value[-1] = 26.0
    old = rebased_chart(weeks_of(value), "xmr")
    new = rebased_chart(weeks_of(value), "xmr", rebases=[day(40)])
    assert (old.assurance(25.0, good="down"), new.assurance(25.0, good="down")) == (
        "fails",
        "passes",
    )
    assert old.mark(good="down").variation == "improving_low"
    assert new.mark(good="down").variation == "concerning_high"
    assert new.mark(good="down").since == 69


def test_a_run_does_not_reach_back_over_a_rebase():
    value = np.append(noise(40), np.tile([20.0, 21.0], 15))
    value[62:] = 20.9
    found = rebased_chart(weeks_of(value), "xmr", rebases=[day(40)]).mark(good=None)
    assert (found.run, found.since) == (9, 61)


def test_without_new_limits_yet_there_is_no_mark_and_no_assurance():
    found = rebased_chart(weeks_of(noise(45)), "xmr", rebases=[day(40)])
    assert found.mark(good="up") is None and found.assurance(10.0, good="up") is None


def test_masked_weeks_are_no_baseline_never_outside_and_break_no_run():
    value = noise(60)
    value[[5, 45]] = 300.0
    hidden = np.isin(np.arange(60), [5, 45])
    found = rebased_chart(weeks_of(value), "xmr", masked=hidden)
    assert not found.baseline[5] and found.baseline[20]
    assert not found.outside[[5, 45]].any() and found.value[45] == 300.0
    value[52:] = [31.0] * 4 + [0.0] + [31.0] * 3
    run = rebased_chart(weeks_of(value), "xmr", masked=hidden | (np.arange(60) == 56)).mark(
        good="up"
    )
    assert run.run >= 7 and not run.outside


def test_missing_weeks_make_no_point_and_no_baseline():
    found = rebased_chart(weeks_of(noise(60), missing=[3, 59]), "xmr")
    assert np.isnan(found.value[[3, 59]]).all() and np.flatnonzero(found.baseline)[-1] == 20
    assert found.mark(good="up") is not None


@pytest.mark.parametrize(("kind", "per"), [("p_prime", 1.0), ("u_prime", 1000.0)])
def test_shares_and_rates_have_their_own_limits(kind, per):
    rng = np.random.default_rng(4)
    cases = rng.integers(150, 450, 60).astype(float)
    rate = rng.poisson(0.2 * cases) / cases * per
    found = rebased_chart(weeks_of(rate, cases=cases), kind, per=per)
    assert found.centre[0] == pytest.approx(0.2 * per, rel=0.1)
    narrow, wide = cases.argmax(), cases.argmin()
    assert found.upper[narrow] < found.upper[wide]
    assert found.outside.sum() <= 1


def test_weeks_that_are_all_alike_have_no_limits_and_say_so():
    found = rebased_chart(
        weeks_of(np.append(np.full(30, 5.0), noise(30))), "xmr", rebases=[day(30)]
    )
    assert found.segments[0].limits is None and found.newest.limits is not None
    assert str(found.segments[0].reason) == "The 20 weeks that limits would rest on are all alike."


def test_no_week_and_too_short_a_baseline_are_refused():
    with pytest.raises(CannotChart, match="no whole week"):
        rebased_chart(weeks_of([]), "xmr")
    with pytest.raises(ValueError, match="at least 20"):
        rebased_chart(weeks_of(noise(60)), "xmr", baseline_weeks=12)
