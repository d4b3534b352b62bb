"""Charts whose limits start anew at logged dates, and limits of published series to the digits that were printed.

The series are facts of their sources. Complaints per 1,000 sales (Taylor 2017) are not here: the printed table could
not be had.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from cs_lib.methods.monitoring.control_chart import (
    CannotChart,
    Weeks,
    individuals,
    laney_p,
    laney_u,
)
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


# Attendances at major accident and emergency departments, and those seen within four hours, over 20 weeks:
# Mohammed, Panesar, Laney & Wilson, BMJ Quality & Safety 2013.
SEEN = np.array([
    266501, 264225, 276532, 281461, 269071, 261215, 270409, 279778, 270483, 270320,
    267923, 271478, 255353, 256820, 261835, 259144, 255910, 260863, 264465, 260989,
], float)  # fmt: skip
CAME = np.array([
    280443, 276823, 291681, 296155, 282343, 275888, 283867, 295251, 284468, 282529,
    279618, 283932, 266629, 268091, 276803, 271578, 266005, 273520, 278574, 273772,
], float)  # fmt: skip
# Clostridium difficile infections and days at risk by month, November 2012 to October 2015, Hvidovre Hospital (HAIBA);
# an intervention followed after 24 months.
INFECTIONS = np.array([
    17, 12, 27, 20, 20, 18, 22, 19, 19, 24, 17, 16, 24, 19, 19, 22, 25, 19,
    17, 6, 25, 17, 11, 14, 9, 11, 7, 13, 5, 5, 3, 5, 9, 4, 5, 9,
], float)  # fmt: skip
DAYS = np.array([
    14768.4166666667, 14460.3333333333, 16176.9166666667, 14226.5, 14816.25, 14335.2916666667,
    14964.5416666667, 14327.875, 13200.5833333333, 13855.625, 13794.5, 14070.8333333333,
    14496.8333333333, 14332.25, 14927.0, 13362.125, 14058.125, 14388.0833333333,
    14673.4166666667, 14153.5416666667, 13830.7083333333, 14171.375, 14637.9583333333, 14713.0833333333,
    14750.625, 14881.6666666667, 15203.75, 13589.75, 15111.5416666667, 13729.9583333333,
    13879.8333333333, 13895.8333333333, 13140.6666666667, 13372.9166666667, 13959.375, 14181.3333333333,
])  # fmt: skip
BEFORE = np.arange(36) < 24
# The vignette of the NHS's plot-the-dots package: one of 18 points is a 10.
DOTS = np.array([1, 2, 1, 2, 10, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1], float)
# Published limits round 3 / 1.128 to 2.66.
ROUNDED = 2.66 / (3 / 1.128)


def places(flags):
    return (np.flatnonzero(flags) + 1).tolist()


def beyond(value, lower, upper):
    return (value < lower) | (value > upper)


def test_weeks_of_the_four_hour_target_have_the_published_laney_limits():
    every = np.ones(20, bool)
    found = laney_p(SEEN, CAME, every)
    assert found.centre == pytest.approx(0.9528997, abs=5e-8)
    assert found.sigma_z == pytest.approx(10.6404, abs=5e-5)
    assert found.lower[0] == pytest.approx(0.9401296441775141, abs=1e-12)
    assert found.upper[0] == pytest.approx(0.9656697785108682, abs=1e-12)
    assert found.lower[-1] == pytest.approx(0.93997499652290417, abs=1e-12)
    assert not beyond(SEEN / CAME, found.lower, found.upper).any()


def test_plain_p_limits_would_call_sixteen_of_the_twenty_weeks_unusual():
    found = laney_p(SEEN, CAME, np.ones(20, bool))
    plain = (found.upper - found.centre) / found.sigma_z
    assert plain[0] == pytest.approx(0.9540998580423673 - 0.95289971134419116, abs=1e-12)
    assert beyond(SEEN / CAME, found.centre - plain, found.centre + plain).sum() == 16


def test_infections_have_the_published_u_limits_and_signals():
    per = DAYS / 10_000
    found = laney_u(INFECTIONS, per, BEFORE)
    assert found.centre == pytest.approx(13.0242, abs=5e-5)
    assert found.sigma_z == pytest.approx(1.0672, abs=5e-5)
    after = laney_u(INFECTIONS, per, ~BEFORE)
    assert after.centre == pytest.approx(5.0089, abs=5e-5)
    rate = INFECTIONS / per
    assert places(beyond(rate, found.lower, found.upper)) == [29, 31, 34]
    plain = (found.upper - found.centre) / found.sigma_z
    assert places(beyond(rate, found.centre - plain, found.centre + plain)) == [
        29, 30, 31, 32, 34, 35,
    ]  # fmt: skip


def test_infections_have_the_published_individuals_limits():
    found = individuals(INFECTIONS / DAYS * 10_000, BEFORE)
    reach = (found.upper[0] - found.centre) * ROUNDED
    assert (found.centre - reach, found.centre + reach) == pytest.approx(
        (3.3989, 22.6765), abs=6e-5
    )


def test_infections_rebased_after_the_intervention_are_steady():
    """24 months, then 12: as many as limits need, and still provisional."""
    start = np.array(
        [np.datetime64(f"{2012 + (10 + i) // 12}-{(10 + i) % 12 + 1:02}-01") for i in range(36)]
    )
    months = Weeks(start, np.arange(36), INFECTIONS, DAYS / 10_000, np.ones(36, bool))
    found = rebased_chart(months, "u_prime", rebases=[date(2014, 11, 1)], baseline_weeks=24)
    first, second = found.segments
    assert (first.n_baseline, second.n_baseline) == (24, 12)
    assert (first.provisional, second.provisional) == (False, True)
    assert found.centre[[0, 35]] == pytest.approx((13.0242, 5.0089), abs=5e-5)
    assert not found.outside.any()


@pytest.mark.parametrize(
    ("screened", "low", "high"), [(False, -3.0626, 6.9515), (True, -0.7156, 4.6044)]
)
def test_one_wild_point_widens_limits_unless_its_ranges_are_screened(screened, low, high):
    found = individuals(DOTS, np.ones(18, bool), floor=-np.inf, screened=screened)
    reach = (found.upper[0] - found.centre) * ROUNDED
    assert found.centre == pytest.approx(1.9444, abs=5e-5)
    assert (found.centre - reach, found.centre + reach) == pytest.approx((low, high), abs=6e-5)
