"""The week of a shift: the statistic by statsmodels, the bars of the bench on few desks, and what is no shift."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from cs_lib.methods.process import worst_week
from cs_lib.methods.process.worst_week import worst_weeks
from tests.bench import journey_weeks

RNG = np.random.default_rng(4)
NOISE = journey_weeks.waits(RNG, 1, 40, 0.3)[0]


def only(weekly):
    """The one shift of one series."""
    (found,) = worst_weeks([("queue", weekly)])
    return found


def test_the_statistic_is_the_largest_f_of_generalised_least_squares():
    y = np.log(NOISE * np.where(np.arange(40) >= 25, 1.4, 1.0))
    values, likely = {}, {}
    for at in range(4, 37):
        design = np.column_stack([np.ones(40), np.arange(40) >= at]).astype(float)
        for rho in worst_week.RHOS:
            apart = np.abs(np.subtract.outer(np.arange(40), np.arange(40)))
            errors = np.where(apart == 0, 1.0, np.sign(rho) ** apart * np.abs(rho) ** apart)
            fit = sm.GLS(y, design, errors).fit()
            inner = np.linalg.slogdet(design.T @ np.linalg.solve(errors, design))[1]
            size = np.linalg.slogdet(errors)[1] + inner
            likely[at, rho] = -(38 * np.log(fit.ssr) + size) / 2
            values[at, rho] = fit.tvalues[1] ** 2
        values[at] = values[at, max(worst_week.RHOS, key=lambda r, at=at: likely[at, r])]
    at = max(range(4, 37), key=lambda k: values[k])
    statistic, week, rho = (one[0] for one in worst_week._largest(y[None, :]))
    assert (statistic, week) == (pytest.approx(values[at]), at)
    assert values[at, rho] == pytest.approx(values[at])


def test_a_queue_that_tripled_is_named_with_its_week():
    found = only(NOISE * np.where(np.arange(40) >= 22, 3.0, 1.0))
    assert found.found and found.week == 22 and found.pvalue < 0.005
    assert found.ratio == pytest.approx(3.0, rel=0.25)
    shorter = only(NOISE / np.where(np.arange(40) >= 22, 3.0, 1.0))
    assert shorter.found and shorter.ratio < 0.5


def test_weeks_without_contacts_are_left_out_and_the_place_stays():
    weekly = NOISE * np.where(np.arange(40) >= 22, 3.0, 1.0)
    weekly[[3, 10, 30]] = -1, np.nan, -1
    assert only(weekly).found and only(weekly).week == 22


@pytest.mark.parametrize("weeks,rho", [(26, 0.0), (52, 0.5)])
def test_false_alarms_and_power_are_those_of_the_bench(weeks, rho):
    """20 desks of ten series: at most .05 alone and of ten, and three standard errors; tripled ones are found."""
    row = journey_weeks.measured(weeks, rho, 20, seed=7)
    assert row["alone"] <= 0.05 + 0.046 and row["of ten"] <= 0.05 + 0.15
    assert row["found 3"] >= 0.7 and row["week 3"] >= 0.8


def test_what_is_no_shift_for_good():
    weeks = np.arange(40)
    pulse = only(NOISE * np.where((weeks >= 15) & (weeks < 21), 5.0, 1.0))
    line = only(NOISE * np.exp(weeks / 15))
    assert not (pulse.found or pulse.lasting) and pulse.pvalue < 0.05
    assert line.ratio > 2 and not (line.sudden or line.found)


def test_several_series_share_one_budget():
    many = worst_weeks(
        [(str(i), row) for i, row in enumerate(journey_weeks.waits(RNG, 8, 30, 0.2))]
    )
    assert all(one.adjusted >= one.pvalue for one in many)
    assert min(one.adjusted for one in many) == pytest.approx(
        min(1, 8 * min(one.pvalue for one in many))
    )


def test_series_that_say_nothing_are_left_out():
    assert (
        worst_weeks([("short", NOISE[:15]), ("flat", np.ones(30)), ("no wait", np.zeros(30))]) == ()
    )
    assert worst_weeks([]) == ()
