"""The split over time against scipy, and how often it cries wolf."""

from datetime import date, timedelta

import numpy as np
import pytest
from scipy import stats

from cs_lib.methods.ab.split_over_time import split_over_time
from cs_lib.methods.errors import CannotEstimate

START = date(2026, 1, 1)
RISING = np.linspace(0.2, 2, 60)
FALLING = np.exp(-np.linspace(0, 3, 60))


def named(rows):
    """Counts by day and variant, from rows of counts."""
    return {
        (START + timedelta(days=i)).isoformat(): {"control": int(a), "coupon": int(b)}
        for i, (a, b) in enumerate(rows)
    }


def test_it_is_the_chi_square_test_of_the_parts():
    rng = np.random.default_rng(3)
    rows = np.column_stack([rng.poisson(8, 30), rng.poisson(4, 30)])
    found = split_over_time(named(rows))
    sizes = np.cumsum(rows.sum(axis=1))
    ends = [int(np.searchsorted(sizes, sizes[-1] * k / 10 - 1e-9)) + 1 for k in range(1, 11)]
    table = [rows[a:b].sum(axis=0) for a, b in zip([0, *ends], ends, strict=False)]
    expected = stats.chi2_contingency(table, correction=False)
    assert (found.parts, found.df) == (10, expected.dof)
    assert found.chi2 == pytest.approx(expected.statistic, rel=1e-12)
    steps = [
        stats.chi2_contingency(
            [np.sum(table[:k], axis=0), np.sum(table[k:], axis=0)], correction=False
        )
        for k in range(1, 10)
    ]
    one = min(step.pvalue for step in steps)
    assert found.step_chi2 == pytest.approx(max(step.statistic for step in steps), rel=1e-12)
    assert found.pvalue == pytest.approx(min(1, 2 * min(expected.pvalue, 9 * one)), rel=1e-9)


def test_parts_are_as_many_as_let_every_variant_expect_five():
    assert split_over_time(named([(2, 1)] * 20)).parts == 4  # coupon expects a third of 15
    assert split_over_time(named([(20, 10)] * 2)).parts == 2


@pytest.mark.parametrize("rows", [[], [(5, 5)], [(2, 1)] * 9, [(9, 0)] * 9])
def test_too_few_customers_for_two_parts_or_one_variant_are_refused(rows):
    with pytest.raises(CannotEstimate, match="too few units"):
        split_over_time(named(rows))


def test_every_change_is_found_on_its_day():
    found = split_over_time(named([(9, 1)] * 20 + [(5, 5)] * 20 + [(1, 9)] * 20))
    assert found.level == "alarm"
    assert [p.first for p in found.phases] == ["2026-01-01", "2026-01-21", "2026-02-10"]
    assert found.phases[1].last == "2026-02-09"
    assert found.phases[0].counts == {"control": 180, "coupon": 20}


def test_days_without_anybody_are_no_phase():
    rows = [(9, 1)] * 10 + [(0, 0)] * 5 + [(5, 5)] * 10
    assert [p.first for p in split_over_time(named(rows)).phases] == ["2026-01-01", "2026-01-16"]


@pytest.mark.parametrize("intake", [RISING, FALLING], ids=["rising", "falling"])
@pytest.mark.parametrize("share", [0.1, 0.5])
def test_false_alarms_are_as_rare_as_their_level_says_when_the_intake_drifts(intake, share):
    rng = np.random.default_rng(20261127)
    found = []
    for _ in range(600):
        sizes = rng.multinomial(500, intake / intake.sum())
        coupon = rng.binomial(sizes, share)
        found.append(split_over_time(named(np.column_stack([sizes - coupon, coupon]))).pvalue)
    rates = [np.mean(np.array(found) < level) for level in (0.05, 0.01)]
    assert rates[0] <= 0.068 and rates[1] <= 0.02  # two standard errors of 600 runs above the level
    assert rates[0] >= 0.01  # two tests and Bonferroni's inequality make it careful


def test_a_coupon_raised_from_a_tenth_to_half_is_nearly_always_found_within_days():
    rng = np.random.default_rng(5)
    late = []
    for _ in range(100):
        coupon = np.r_[rng.binomial(8, 0.1, 60), rng.binomial(8, 0.5, 60)]
        found = split_over_time(named(np.column_stack([8 - coupon, coupon])))
        assert found.level == "alarm"
        day = date.fromisoformat(found.phases[1].first)
        late.append(abs((day - START).days - 60))
    assert np.mean(np.array(late) <= 3) >= 0.9
