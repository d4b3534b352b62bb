"""Wins by chance: the published table, the solved one, and simulated years of studies."""

from __future__ import annotations

from math import isnan

import numpy as np
import pytest

from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.meta_analysis.chance_wins import chance_wins, false_positive_risk


def test_the_published_table_takes_the_observed_rate_for_the_true_share():
    found = [false_positive_risk(rate) for rate in (0.08, 0.10, 0.15, 1 / 3)]
    assert found == pytest.approx([0.264, 0.220, 0.150, 0.059], abs=6e-4)
    by_hand = 0.025 * 0.92 / (0.025 * 0.92 + 0.8 * 0.08)
    assert found[0] == pytest.approx(by_hand, rel=1e-12)


def test_solved_for_the_true_share_it_is_another_one():
    found = [chance_wins(300, wins) for wins in (24, 30, 45, 100)]
    assert [one.false_share for one in found] == pytest.approx(
        [0.290, 0.226, 0.140, 0.045], abs=5e-4
    )
    assert [one.published for one in found] == pytest.approx([0.264, 0.220, 0.150, 0.059], abs=6e-4)
    assert found[0].false_wins == pytest.approx(24 * found[0].false_share)
    assert found[0].expected == 7.5


@pytest.mark.parametrize(("share", "alpha", "power"), [(0.1, 0.05, 0.8), (0.3, 0.1, 0.5)])
def test_it_counts_the_wins_that_were_planted_by_chance(share, alpha, power):
    rng = np.random.default_rng(2)
    helps = rng.random(200_000) < share
    won = rng.random(len(helps)) < np.where(helps, power, alpha / 2)
    found = chance_wins(len(helps), int(won.sum()), alpha=alpha, power=power)
    assert found.true_share == pytest.approx(share, abs=0.01)
    assert found.false_wins == pytest.approx((won & ~helps).sum(), rel=0.06)


def test_as_few_wins_as_chance_gives_are_all_by_chance_and_none_are_no_share():
    assert (chance_wins(100, 2).true_share, chance_wins(100, 2).false_wins) == (0, 2)
    assert chance_wins(100, 100).false_share == 0
    none = chance_wins(40, 0)
    assert isnan(none.false_share) and isnan(none.published) and none.false_wins == 0


def test_counts_that_cannot_be_are_refused():
    with pytest.raises(CannotEstimate, match="no decided study"):
        chance_wins(0, 0)
    with pytest.raises(ValueError, match="more wins than studies"):
        chance_wins(3, 4)
    with pytest.raises(ValueError, match="half of alpha"):
        chance_wins(3, 1, power=0.02)
