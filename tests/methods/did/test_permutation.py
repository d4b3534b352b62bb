"""Randomisation inference: every order once, and intervals that invert the test."""

from itertools import permutations

import numpy as np
import pytest

from cs_lib.methods.did.permutation import assignments, count_assignments, invert


@pytest.mark.parametrize("labels", [[0, 0, 1], [0, 1, 1, 2], [3, 3, 3], [0, 1, 2, 3]])
def test_every_different_order_is_listed_once_the_observed_first(labels):
    found = assignments(np.array(labels), seed=1)
    every = set(permutations(labels))
    assert found.every and len(found.labels) == len(every) == count_assignments(np.array(labels))
    assert {tuple(row) for row in found.labels.tolist()} == every
    assert found.labels[0].tolist() == labels


def test_many_orders_are_drawn_from_a_seed():
    labels = np.repeat([0, 1], 12)
    first, again = (assignments(labels, seed=5, most=100, draws=50) for _ in range(2))
    assert not first.every and len(first.labels) == 51
    assert np.array_equal(first.labels, again.labels)


def test_the_interval_holds_the_effects_that_the_test_does_not_reject():
    rng = np.random.default_rng(2)
    labels = np.repeat([1, 0], 4)
    change = np.where(labels == 1, -2.0, 0.0) + rng.normal(0, 0.3, 8)
    orders = assignments(labels, seed=1).labels

    def contrast(values):
        on = orders == 1
        return (on * values).sum(axis=1) / 4 - (~on * values).sum(axis=1) / 4

    found = invert(contrast(change), contrast(labels.astype(float)), 0.1)

    def pvalue(tau):
        moved = abs(contrast(change - tau * labels))
        return float(np.mean(moved >= moved[0] - 1e-9))

    assert found.pvalue == pytest.approx(pvalue(0.0))
    assert found.low < contrast(change)[0] < found.high
    for inside, outside in (
        (found.low + 1e-3, found.low - 1e-3),
        (found.high - 1e-3, found.high + 1e-3),
    ):
        assert pvalue(inside) > 0.1 >= pvalue(outside)
