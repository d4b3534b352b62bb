"""Times whose shape no work has, on counts small enough to see."""

from __future__ import annotations

import numpy as np

from cs_lib.methods.monitoring.time_shapes import cut_off, moved, of_one_length


def test_an_edge_is_looked_for_by_whole_half_hours():
    usual, shifted = (
        [30, 20, 10, 10, 5, 5, 5, 5, 2, 2, 1, 0],
        [0, 0, 30, 20, 10, 10, 5, 5, 5, 5, 4, 1],
    )
    found = moved(np.array([usual, shifted]))
    assert (found.side, found.quarters, found.expected) == (1, 2, 50.0)
    assert moved(np.array([shifted, usual])).side == 0
    assert moved(np.array([usual, usual])) is None
    assert moved(np.array([usual, [0, 1, 2, 4, 6, 8, 10, 12, 14, 14, 13, 11]])) is None


def test_a_cut_is_sharp_and_no_gathering():
    usual = np.array([40, 30, 20, 20, 20, 20, 10, 8])
    lost = np.array([40, 30, 20, 20, 0, 0, 0, 0])
    found = cut_off(np.array([usual, lost]))
    assert (found.side, found.quarters, found.gathered) == (1, 4, False)
    gathered = cut_off(np.array([usual, [40, 30, 20, 78, 0, 0, 0, 0]]))
    assert gathered.gathered
    assert cut_off(np.array([usual, [140, 20, 5, 2, 1, 0, 0, 0]])) is None
    assert cut_off(np.array([usual * 2, [*(usual[:-1] * 2), 0]])).quarters == 7


def test_lengths_of_whole_minutes_are_no_machine():
    sides = np.zeros((2, 900), dtype=np.int64)
    sides[1, 45], sides[0, 10:200] = 60, 1
    assert of_one_length(sides, (400, 400)) == (1, (45,))
    sides[:] = 0
    sides[1, 60], sides[0, 120:900:60] = 100, 10
    assert of_one_length(sides, (400, 400)) is None
