"""Rising words: against Fisher's exact test, and silent where weeks are shuffled."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from cs_lib.methods.emerging.rising_terms import holding, rising_terms


def test_it_is_fishers_exact_test():
    [found] = rising_terms(["bundle", "rare"], [35, 3], [1, 2], (300, 900))
    other = stats.fisher_exact([[35, 265], [1, 899]], alternative="greater").pvalue
    assert (found.term, found.recent, found.before) == ("bundle", 35, 1)
    assert found.pvalue == pytest.approx(other, rel=1e-9)
    assert found.qvalue == found.pvalue  # the other word was in too few texts to be tested


def test_words_are_tested_together_and_the_surest_comes_first():
    found = rising_terms(["a", "b", "c"], [20, 40, 10], [10, 10, 30], (100, 300))
    assert [one.term for one in found] == ["b", "a"]
    assert found[1].qvalue == pytest.approx(found[1].pvalue * 3 / 2)


def test_a_word_that_became_rarer_is_not_found():
    assert rising_terms(["a"], [0], [60], (100, 300)) == ()


def test_no_words_and_no_recent_texts_are_nothing():
    assert rising_terms([], [], [], (0, 10)) == ()
    assert rising_terms(["a"], [0], [10], (0, 10)) == ()


def test_shuffled_weeks_raise_something_in_one_of_ten_windows_at_most():
    """Words of all kinds of frequency, periods drawn at random: 100 windows."""
    rng = np.random.default_rng(1)
    words = rng.random((1_000, 150)) < 0.3 / np.arange(1, 151)
    alarms = 0
    for _ in range(100):
        late = rng.permutation(1_000) < 235
        sums = words[late].sum(axis=0), words[~late].sum(axis=0)
        alarms += bool(rising_terms([str(i) for i in range(150)], *sums, (235, 765)))
    assert alarms <= 12


def test_texts_that_hold_a_word_count_it_once_and_as_often_as_they_were_written():
    found = holding([("late", "late", "box"), ("late",), ()], [3, 2, 5], [True, False, False])
    assert found == (["box", "late"], [3, 3], [0, 2], (3, 7))
