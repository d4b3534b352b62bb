"""The table of rules: by eye, and against the same counts made from rows."""

from __future__ import annotations

from math import isnan

import numpy as np
import pytest

from cs_lib.methods.coding.rule_table import rule_table

RULES = (("late", "process"), ("waiting", "process"), ("rude", "agent"))


def test_by_eye():
    hits = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 1]], dtype=bool)
    counts = np.array([50, 30, 15, 5])
    coded = {"process": np.array([1, 8, 4, 1]), "agent": np.array([2, 2, 0, 3])}
    found = rule_table(RULES, hits, counts, coded)
    assert (found.contacts, found.covered, found.conflicts) == (100, 50, 5)
    late, waiting, rude = found.rules
    assert (late.covered, late.alone, late.overlaps, late.conflicts) == (45, 30, 15, 0)
    assert (waiting.covered, waiting.alone, waiting.overlaps, waiting.conflicts) == (20, 0, 20, 5)
    assert (late.decides, waiting.decides, rude.decides) == (45, 5, 0)
    assert (late.coded, late.precision.value) == (14, 12 / 14)
    assert (rude.coded, rude.precision.value) == (4, 3 / 4)
    assert late.precision.low < 12 / 14 < late.precision.high


def test_it_is_what_rows_say():
    """Snorkel's definitions, one contact at a time."""
    rng = np.random.default_rng(1)
    rows = rng.random((4_000, 4)) < (0.3, 0.1, 0.2, 0.05)
    people = rng.choice(["agent", "product", ""], 4_000)
    rules = (("a", "agent"), ("b", "product"), ("c", "agent"), ("d", "other"))
    sets, of, counts = np.unique(rows, axis=0, return_inverse=True, return_counts=True)
    coded = {
        label: np.bincount(of[people == label], minlength=len(sets))
        for label in ("agent", "product")
    }
    found = rule_table(rules, sets, counts, coded)
    labels = np.array([says for _, says in rules])
    for i, one in enumerate(found.rules):
        mine = rows[rows[:, i]]
        assert one.covered == len(mine)
        assert one.overlaps == sum(row.sum() > 1 for row in mine)
        assert one.conflicts == sum(any(labels[row] != labels[i]) for row in mine)
        theirs = people[rows[:, i] & (people != "")]
        assert one.coded == len(theirs)
        assert one.precision.value == pytest.approx((theirs == labels[i]).mean())
    assert found.conflicts == sum(len(set(labels[row])) > 1 for row in rows)
    assert sum(one.decides for one in found.rules) == found.covered == rows.any(axis=1).sum()


def test_a_rule_that_no_coded_contact_met_has_no_precision():
    found = rule_table(RULES[:1], np.array([[True]]), np.array([9]), {})
    assert found.rules[0].coded == 0 and isnan(found.rules[0].precision.value)
