"""Forecasts against findings: by hand, Wilson's interval written out, and intervals that hold what they promise."""

from __future__ import annotations

import numpy as np
import pytest

from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.meta_analysis.calibration import (
    FollowUp,
    Plan,
    held_intervals,
    planned_against_found,
    share_part,
)
from cs_lib.methods.meta_analysis.shrinkage import Estimate, shrink
from cs_lib.methods.meta_analysis.spread_grid import Posterior


def test_plans_by_hand_in_either_direction():
    found = planned_against_found(
        [Plan("c", 0.02, 0.01, "up"), Plan("a", 2.0, -3.0, "down"), Plan("b", 1.0, 0.5, "down")]
    )
    assert found.ratios == (("a", 1.5), ("b", -0.5), ("c", 0.5))
    assert found.median == 0.5 and (found.reached.count, found.reached.n) == (1, 3)


def test_a_share_has_wilsons_interval():
    part, z = share_part(7, 9), 1.959963984540054
    centre = (7 + z**2 / 2) / (9 + z**2)
    half = z / (9 + z**2) * (7 * 2 / 9 + z**2 / 4) ** 0.5
    assert (part.low, part.high) == pytest.approx((centre - half, centre + half), rel=1e-9)
    assert part.share == 7 / 9 and share_part(0, 4).low == 0


def ends(low, high):
    return Posterior((low + high) / 2, 1.0, low, high)


def test_misses_on_the_bad_side_are_counted_apart():
    given = [
        FollowUp("a", 1.0, "up", ((0.8, ends(2, 4)), (0.95, ends(0, 6)))),
        FollowUp("b", 5.0, "up", ((0.8, ends(2, 4)), (0.95, ends(0, 6)))),
        FollowUp("c", -1.0, "down", ((0.8, ends(-4, -2)), (0.95, ends(-6, 0)))),
    ]
    eighty, wide = held_intervals(given)
    assert (eighty.level, eighty.held.count, eighty.below) == (0.8, 0, 2)
    assert (wide.level, wide.held.count, wide.held.n, wide.below) == (0.95, 3, 3, 0)


def test_nothing_to_compare_is_refused():
    with pytest.raises(CannotEstimate, match="No study has both"):
        planned_against_found([])
    with pytest.raises(CannotEstimate, match="a size above 0"):
        planned_against_found([Plan("a", 0.0, 1.0, "up")])
    with pytest.raises(CannotEstimate, match="without an effect"):
        planned_against_found([Plan("a", 1.0, float("nan"), "up")])
    with pytest.raises(CannotEstimate, match="No study has been followed up"):
        held_intervals([])
    with pytest.raises(CannotEstimate, match="A follow-up has no effect"):
        held_intervals([FollowUp("a", float("nan"), "up", ())])


def test_predictive_intervals_of_winners_hold_their_level_though_they_are_winners():
    rng, given = np.random.default_rng(5), []
    for _ in range(60):
        true = 0.5 + 1.5 * rng.standard_normal(15)
        effect = true + rng.standard_normal(15)
        again = true + 0.8 * rng.standard_normal(15)
        studies = [Estimate(f"{i:02}", float(y), 1.0) for i, y in enumerate(effect)]
        levels = {level: shrink(studies, alpha=1 - level) for level in (0.8, 0.95)}
        given += [
            FollowUp(
                one.id,
                float(again[i]),
                "up",
                tuple((level, pooled.follow_up(one.id, 0.8)) for level, pooled in levels.items()),
            )
            for i, one in enumerate(studies)
            if one.effect > 1.96
        ]
    eighty, wide = held_intervals(given)
    assert len(given) > 180
    assert eighty.held.share == pytest.approx(0.8, abs=0.07)
    assert wide.held.share == pytest.approx(0.95, abs=0.035)
