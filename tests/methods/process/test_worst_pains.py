"""The order of pains: sizes and their ends written out, what is found, and how often the ends hold the size."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from cs_lib.methods.process.adjusted_gap import adjusted_gap
from cs_lib.methods.process.worst_pains import worst_pains


def gap(satisfied: int, answered: int = 400):
    """Hit contacts against 4,000 of which four in five are satisfied."""
    return adjusted_gap(([answered], [satisfied]), ([4000], [3200]))


PAINS = [
    ("small", 100, gap(270)),
    ("large", 5000, gap(300)),
    ("chance", 40_000, gap(318)),
    ("unasked", 300, None),
    ("liked", 900, gap(370)),
]


def test_the_order_and_what_is_found():
    ranked = worst_pains(PAINS, 6.0)
    assert [one.name for one in ranked] == ["large", "small", "chance", "liked", "unasked"]
    assert [one.found for one in ranked] == [True, True, False, False, False]
    large = ranked[0]
    assert large.customers == pytest.approx(5000 / 6)
    assert large.size == pytest.approx(5000 / 6 * 0.05)
    assert ranked[2].size > large.size / 2 and ranked[2].low < 0 < ranked[2].high
    assert ranked[3].size < 0 and ranked[4].size is None and ranked[4].qvalue is None


def test_q_is_benjamini_hochbergs_over_the_pains_that_have_a_gap():
    named = {name: one for name, _, one in PAINS if one is not None}
    qvalues = multipletests([one.pvalue for one in named.values()], 0.1, method="fdr_bh")[1]
    ranked = {one.name: one.qvalue for one in worst_pains(PAINS, 6.0)}
    assert [ranked[name] for name in named] == pytest.approx(qvalues)


def test_a_clear_gap_below_the_smallest_is_not_found():
    found = worst_pains([("clear", 100, replace(gap(300), gap=-0.015, pvalue=1e-9))], 1.0)
    assert not found[0].found and found[0].qvalue < 0.01
    assert worst_pains([("clear", 100, gap(300))], 1.0, smallest_gap=0.2)[0].found is False


def test_ends_are_recovered_from_the_gap_and_the_count():
    one = PAINS[0][2]
    size = worst_pains([PAINS[0]], 2.0)[0]
    lacks, count = -one.gap, 1.959964 * 10
    assert size.low == pytest.approx(
        (100 * lacks - np.hypot(100 * (one.high - one.gap), lacks * count)) / 2
    )
    assert size.high == pytest.approx(
        (100 * lacks + np.hypot(100 * (one.gap - one.low), lacks * count)) / 2
    )
    with pytest.raises(ValueError):
        worst_pains(PAINS, 0.0)


def test_the_ends_hold_the_size_as_often_as_they_say():
    """1,500 pains of 60 customers on average, of whom 40 answer, ten points below."""
    rng = np.random.default_rng(2)
    held = 0
    for _ in range(1500):
        one = adjusted_gap(([40], [rng.binomial(40, 0.6)]), ([600], [rng.binomial(600, 0.7)]))
        found = worst_pains([("", int(rng.poisson(60)), one)], 1.0)[0]
        held += found.low <= 60 * 0.1 <= found.high
    assert held / 1500 == pytest.approx(0.95, abs=0.02)
