"""Traits of slow contacts: each number by scipy and statsmodels, and the rate of false discoveries on nothing."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest

from cs_lib.methods.process.slow_and_fast import slow_and_fast

SLOW, FAST = 400, 500
TRAITS = [(120, 90), (30, 40), (9, 9), (12, 0), (0, 14), (200, 251), (400, 498)]


def test_each_number_by_another_implementation():
    found = slow_and_fast(TRAITS, SLOW, FAST)
    assert [one.name for one in found] == [0, 1, 3, 4, 5, 6]  # (9, 9) is too small on both sides
    pvalues = []
    for one in found:
        a, b = TRAITS[one.name]
        if min(SLOW, FAST) * min((a + b) / 900, 1 - (a + b) / 900) < 5:
            pvalues.append(stats.fisher_exact([[a, SLOW - a], [b, FAST - b]]).pvalue)
        else:
            pvalues.append(proportions_ztest([a, b], [SLOW, FAST])[1])
        ends = confint_proportions_2indep(
            a, SLOW, b, FAST, compare="ratio", method="log-adjusted", correction=False
        )
        assert (one.low, one.high) == pytest.approx(ends)
        assert (one.slow, one.fast) == (a / SLOW, b / FAST) and one.low < one.ratio < one.high
    assert [one.pvalue for one in found] == pytest.approx(pvalues)
    rejected, qvalues, *_ = multipletests(pvalues, 0.10, method="fdr_bh")
    assert [one.qvalue for one in found] == pytest.approx(qvalues)
    assert [one.found for one in found] == list(rejected)
    assert {one.name for one in found if one.found} >= {0, 3, 4}


def test_false_discoveries_on_nothing_but_two_traits():
    """300 desks of 30 traits, two of which slow contacts have 1.5 times as often."""
    rng = np.random.default_rng(5)
    shares = np.geomspace(0.005, 0.4, 30)
    truly = np.arange(30) >= 28
    false, hits = [], []
    for _ in range(300):
        slow, fast = (
            rng.binomial(SLOW, shares * np.where(truly, 1.5, 1.0)),
            rng.binomial(FAST, shares),
        )
        found = slow_and_fast(list(zip(slow.tolist(), fast.tolist(), strict=True)), SLOW, FAST)
        named = [one.name for one in found if one.found]
        false.append(np.mean(~truly[named]) if named else 0.0)
        hits.append(np.mean(np.isin([28, 29], named)))
    assert np.mean(false) <= 0.10 + 0.02 and np.mean(hits) > 0.9


def test_nobody_slow_is_nothing_and_nonsense_is_refused():
    assert slow_and_fast([(0, 20)], 0, 100) == slow_and_fast([(3, 2)], 100, 100) == ()
    with pytest.raises(ValueError):
        slow_and_fast([(101, 2)], 100, 100)
