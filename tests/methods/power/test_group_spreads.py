"""Power where every group of teams, or either side, is judged by its own spread."""

import numpy as np
import pytest

from cs_lib.methods.its.noise import Noise
from cs_lib.methods.power.did import Schedule, read_rollouts, rollout_precision
from cs_lib.methods.power.group_spreads import OwnSides, OwnSpreads
from cs_lib.methods.tails import t_two_sided
from tests.methods.power.test_did import WAVES, panel


@pytest.mark.parametrize(
    "way",
    [Schedule((3,), (0,), 6), Schedule((3,), (0,), 12), WAVES, Schedule((2, 2), (0, 2), 10)],
    ids=str,
)
def test_power_of_groups_with_spreads_of_their_own_is_that_of_simulated_roll_outs(way):
    noise, teams = Noise(0.0, 1.0, 4.0, 1), way.teams
    precision, change = rollout_precision(noise, way, before=12, weeks=7), 4.0
    found = []
    for seed in range(1000):
        value = panel(teams, 19, noise, seed=seed).value
        estimate, se, df = read_rollouts(value, way, np.arange(teams)[None], before=12)
        found.append(t_two_sided((estimate[0] + change) / se[0], df[0]) < 0.05)
    assert np.mean(found) == pytest.approx(precision.power(change, 0.05), abs=0.035)
    assert precision.power(0.0, 0.05) < 0.05  # Cautious where a group is small.


def test_the_errors_of_a_schedule_choose_whose_spreads_are_drawn():
    noise = Noise(0.0, 1.0, 4.0, 1)
    even, sides = (
        rollout_precision(noise, way, before=12, weeks=7)
        for way in (Schedule((3,), (0,), 6), Schedule((2, 2), (0, 2), 10))
    )
    assert isinstance(even, OwnSpreads) and even.even and even.freedom == (2, 2)
    assert isinstance(sides, OwnSides) and sides.freedom == (2, 5)
    assert [len(shares) for shares in sides.shares] == [2, 1]
