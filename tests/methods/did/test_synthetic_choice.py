"""Which synthetic comparison decides for one changed team."""

import numpy as np
import pytest

from cs_lib.methods.did.synthetic import fit_weights, synthetic_effect
from cs_lib.methods.did.synthetic_choice import choose_synthetic, foretold
from cs_lib.methods.errors import CannotEstimate
from tests.methods.did.test_synthetic import BEFORE, panel, with_


def test_a_team_of_another_level_is_compared_with_levels_taken_out():
    found = choose_synthetic(panel(level=1.5, effect=2.0))
    assert found.decides.how == "did"
    assert found.decides.effect.effect == pytest.approx(2, abs=3 * found.decides.effect.se)


def test_a_team_inside_the_others_may_be_compared_at_their_level():
    chosen = [choose_synthetic(panel(seed=seed)) for seed in range(12)]
    assert {c.decides.how for c in chosen} == {"did", "control"}
    for c in chosen:
        better = min(c.miss, key=c.miss.get)
        assert c.decides.how == (better if c.other and c.other.fit == "good" else c.decides.how)
        assert c.other is None or c.other.how != c.decides.how


def test_what_comes_after_the_change_has_no_say():
    plain, moved = choose_synthetic(panel(seed=3)), choose_synthetic(panel(seed=3, effect=50.0))
    assert (plain.decides.how, plain.miss) == (moved.decides.how, moved.miss)


def test_the_miss_is_that_of_foretelling_every_team_from_the_others():
    value = panel().value[:, :BEFORE]
    errors = []
    for row in range(len(value)):
        others = np.delete(value, row, axis=0)
        donor = fit_weights(value[row], others, BEFORE - 6, "control").donor
        errors.append((value[row] - donor @ others)[-6:].mean())
    assert foretold(value, 6, "control") == pytest.approx(np.sqrt(np.mean(np.square(errors))))


def test_a_wash_out_leaves_the_first_changed_periods_out():
    given = panel(effect=2.0)
    ramp = given.value.copy()
    ramp[0, BEFORE : BEFORE + 3] += 100.0
    with_ramp = synthetic_effect(with_(given, value=ramp), washout_periods=3)
    without = synthetic_effect(given, washout_periods=3)
    assert with_ramp.effect.effect == pytest.approx(without.effect.effect)
    assert len(without.periods) == len(given.periods) - 3
    assert without.effect.details["periods_after"] == len(given.periods) - BEFORE - 3


@pytest.mark.parametrize("washout", [-1, 12])
def test_a_wash_out_that_leaves_nothing_is_refused(washout):
    with pytest.raises(ValueError, match=r"wash-out|no period after"):
        synthetic_effect(panel(), washout_periods=washout)


def test_too_few_donors_are_refused():
    with pytest.raises(CannotEstimate, match="8 are needed"):
        choose_synthetic(panel(donors=7))
