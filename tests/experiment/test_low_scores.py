"""Low scores that were left out: fewer of them, and of the others as many as ever."""

from __future__ import annotations

import numpy as np
import pytest

from cs_lib.experiment.low_scores import low_scores_lost

BEFORE = {1: 60, 2: 60, 3: 80, 4: 150, 5: 250}


@pytest.mark.parametrize(
    ("after", "lost"),
    [
        ({1: 18, 2: 18, 3: 80, 4: 150, 5: 250}, (1, 2)),
        # Content now: they gave a higher score instead.
        ({1: 18, 2: 18, 3: 80, 4: 180, 5: 304}, None),
        # Fewer answer, whatever they think.
        ({score: n // 2 for score, n in BEFORE.items()}, None),
        # Too few to tell.
        ({1: 50, 2: 52, 3: 80, 4: 150, 5: 250}, None),
        (dict(BEFORE), None),
        ({}, None),
        # Nobody answers at all, and few gave the highest score: no more than that is known.
        ({5: 10}, None),
    ],
)
def test_low_scores_that_are_gone_while_others_stay(after, lost):
    found = low_scores_lost((BEFORE, after), (2_000.0, 2_000.0))
    assert (found and (found.side, found.most)) == lost
    turned = low_scores_lost((after, BEFORE), (2_000.0, 2_000.0))
    assert (turned and (turned.side, turned.most)) == (lost and (0, lost[1]))


def test_shares_are_those_of_all_who_were_asked():
    found = low_scores_lost((BEFORE, {1: 9, 2: 9, 3: 40, 4: 75, 5: 125}), (2_000.0, 1_000.0))
    assert found and found.shares == (0.06, 0.018)


def test_nobody_asked_tells_nothing():
    assert low_scores_lost((BEFORE, BEFORE), (0.0, 100.0)) is None


def test_chance_alone_does_not_lose_low_scores():
    """Two sides of one distribution, of which one answers somewhat more."""
    rng = np.random.default_rng(2)
    shares = np.array([0.1, 0.1, 0.13, 0.25, 0.42])
    for _ in range(300):
        sides = [
            dict(zip(range(1, 6), rng.multinomial(int(n), shares).tolist(), strict=True))
            for n in rng.uniform(200, 1_000, 2)
        ]
        assert low_scores_lost((sides[0], sides[1]), (2_000.0, 2_000.0)) is None or (
            sum(sides[0].values()) > 2 * sum(sides[1].values())
        )
