"""Rising needs: the formula by another way, the bars of the bench on few desks, and what must not be called a rise."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from cs_lib.methods.emerging.rising_counts import NEEDED, in_blocks, rises_without, rising_counts
from cs_lib.methods.errors import CannotEstimate
from tests.bench import emerging

BLOCKS = np.array(
    [[40, 60, 50, 45, 55, 50, 90], [10, 8, 12, 9, 11, 10, 9], [200, 300, 150, 210, 240, 130, 220]]
)
ORDERS = np.array([1000, 1100, 900, 1000, 1000, 1000, 1050])


def test_it_is_the_published_formula():
    """One need at a time, with scipy's t and statsmodels' Benjamini-Hochberg."""
    found = rising_counts("abc", BLOCKS, ORDERS)
    above = below = 0.0
    for counts in BLOCKS:
        mu = ORDERS[:6] * counts[:6].sum() / ORDERS[:6].sum()
        above += 6 / 5 * ((counts[:6] - mu) ** 2).sum() - mu.sum()
        below += (mu**2).sum()
    cv2 = max(above / below, 0)
    assert cv2 > 0 and found.variation == pytest.approx(cv2**0.5) and found.df == 15 / 4
    pvalues = []
    for counts, one in zip(BLOCKS, found.needs, strict=True):
        a, b = counts[6], counts[:6].sum()
        log_ratio = np.log((a + 0.5) / ORDERS[6]) - np.log((b + 0.5) / ORDERS[:6].sum())
        se = np.sqrt(1 / (a + 0.5) + 1 / (b + 0.5) + cv2 * (1 + 1 / 6))
        pvalues.append(stats.t.sf(log_ratio / se, 15 / 4))
        ends = np.exp(log_ratio + stats.t.ppf([0.025, 0.975], 15 / 4) * se)
        assert (one.low, one.high) == pytest.approx(ends)
        assert (one.recent, one.before) == (a, b) and one.ratio == pytest.approx(np.exp(log_ratio))
    assert [one.pvalue for one in found.needs] == pytest.approx(pvalues)
    rejected, qvalues, *_ = multipletests(pvalues, 0.10, method="fdr_bh")
    assert [one.qvalue for one in found.needs] == pytest.approx(qvalues)
    assert [one.found for one in found.needs] == list(rejected)


POWER = dict(
    zip(
        emerging.SETTINGS,
        [(1.0, 0.84), (0.93, 0.70), (0.82, 0.64), (0.39, 0.31), (0.65, 0.51), (0.31, 0.24)],
        strict=True,
    )
)


@pytest.mark.parametrize("setting", POWER)
def test_false_discoveries_and_power_are_those_of_the_bench(setting):
    """300 desks a setting: FDR .12 at most (and two standard errors), power within four of them."""
    false, finds_40, finds_12, quiet = emerging.measured(emerging.pooled, setting, 300, seed=2)
    assert false <= 0.12 + 2 * 0.016 and quiet <= 0.12 + 2 * 0.019
    assert (finds_40, finds_12) == pytest.approx(POWER[setting], abs=0.11)


def test_a_poisson_test_of_the_same_desks_is_wrong_twice_as_often():
    false, *_ = emerging.measured(emerging.poisson_exact, (0.25, 0.5, 0.0), 100)
    assert false > 0.3


def test_what_follows_more_orders_has_not_risen():
    steady = np.full((10, 7), 100)
    steady[:, 6] = 200
    found = rising_counts([str(i) for i in range(10)], steady, np.append(np.ones(6), 2.0))
    assert not any(one.found for one in found.needs) and found.needs[0].ratio == pytest.approx(
        1.0, 2e-3
    )


def test_a_share_that_rose_because_others_fell_has_not_risen():
    counts = np.full((10, 7), 100)
    counts[1:, 6] = 40
    found = rising_counts([str(i) for i in range(10)], counts, np.ones(7))
    assert counts[0, 6] / counts[:, 6].sum() > 0.2 and not any(one.found for one in found.needs)


def test_a_need_that_was_never_there_is_found_and_empty_ones_are_not():
    counts = np.vstack([np.full((8, 7), 50), [0, 0, 0, 0, 0, 0, 30], np.zeros(7)])
    found = rising_counts([str(i) for i in range(10)], counts, np.ones(7))
    assert [one.name for one in found.needs if one.found] == ["8"]
    assert found.needs[9].pvalue > 0.1


def test_what_was_as_high_before_has_risen_and_is_not_new():
    """After each of two holidays, of which one lies in the baseline; and a need that rises for the first time."""
    counts = np.vstack([np.full((8, 7), 50), [40, 40, 90, 40, 40, 40, 88], [50] * 6 + [110]])
    holiday, new = rising_counts([str(i) for i in range(10)], counts, np.ones(7)).needs[8:]
    assert holiday.found and holiday.seen_before and holiday.peak == pytest.approx(6 * 90.5 / 290.5)
    assert new.found and not new.seen_before


def test_the_last_28_weeks_are_seven_blocks():
    weekly = np.vstack([np.arange(30), np.ones(30)])
    assert in_blocks(weekly).tolist() == [
        [2 + 3 + 4 + 5 + 16 * i for i in range(7)],
        [4.0] * 7,
    ]
    with pytest.raises(CannotEstimate, match="28 whole weeks, there are 27"):
        in_blocks(np.ones((2, 27)))


def test_what_cannot_be_compared_is_said():
    with pytest.raises(CannotEstimate, match="orders in each of its seven blocks"):
        rising_counts("abc", BLOCKS, [1, 1, 0, 1, 1, 1, 1])
    with pytest.raises(ValueError, match="seven blocks"):
        rising_counts("abc", BLOCKS[:, :6], ORDERS[:6])


def test_a_rise_of_two_weeks_after_a_holiday_is_gone_without_them():
    """By eye: 20 a week of 1,000 orders, 60 in the last two weeks; then 32 in all of the last four."""
    weekly, orders = np.full(NEEDED, 20), np.full(NEEDED, 1000)
    weekly[-2:] = 60
    kept = np.ones(NEEDED, dtype=bool)
    kept[-2:] = False
    [one] = rising_counts(["late"], in_blocks(weekly)[None], in_blocks(orders)).needs
    assert one.found and not rises_without(one, weekly, orders, kept, 0.0)
    assert rises_without(one, weekly, orders, np.ones(NEEDED, dtype=bool), 0.0)
    weekly[-4:-2] = 60  # a rise that began before the holiday is one without its weeks too
    [one] = rising_counts(["late"], in_blocks(weekly)[None], in_blocks(orders)).needs
    assert rises_without(one, weekly, orders, kept, 0.0)
    assert not rises_without(
        one, weekly, orders, kept, 0.8
    )  # not where weeks vary as much by themselves
    kept[-4:] = False
    assert not rises_without(one, weekly, orders, kept, 0.0)  # nothing is left to show it
