"""Limits of published series: to the digits that were printed, or those of a second implementation.

The series are facts of their sources. Complaints per 1,000 sales (Taylor 2017) are not here: the printed table could
not be had.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from cs_lib.methods.monitoring.control_chart import Weeks, individuals, laney_p, laney_u
from cs_lib.methods.monitoring.rebases import rebased_chart

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
