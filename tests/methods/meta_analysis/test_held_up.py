"""Follow-ups: the rule by hand, and how often gains that last are called faded and gains that are gone are found."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.meta_analysis.held_up import held_up
from cs_lib.methods.meta_analysis.shrinkage import Estimate, ShrunkEffect, shrink
from cs_lib.methods.meta_analysis.spread_grid import Posterior


def first(mean, sd=0.5):
    return ShrunkEffect("a", mean * 1.5, 1.0, mean, sd, mean - 2 * sd, mean + 2 * sd)


def predicted(mean, sd, se):
    half = 1.959964 * np.hypot(sd, se)
    return Posterior(mean, float(np.hypot(sd, se)), mean - half, mean + half)


def judged(found, se, *, mean=4.0, sd=0.5, good="up"):
    return held_up(first(mean, sd), predicted(mean, sd, se), found, se, good=good)


def test_a_follow_up_near_the_shrunk_effect_holds():
    found = judged(3.5, 0.5)
    assert found.standing == "holds" and found.kept == 0.875
    assert (found.low, found.high) == pytest.approx((3.5 - 0.97998, 3.5 + 0.97998), abs=1e-5)


def test_an_interval_below_half_the_shrunk_effect_is_faded():
    assert judged(0.9, 0.5).standing == "faded"
    edge = judged(1.1, 0.5)  # reaches 2.08, half is 2
    assert edge.standing == "holds" and not edge.below_half


def test_less_is_better_turns_everything_around():
    for found, se in ((3.5, 0.5), (0.9, 0.5), (1.0, 2.0), (-3.0, 0.4)):
        up, down = judged(found, se), judged(-found, se, mean=-4.0, good="down")
        assert (up.standing, up.below_half, up.surprising) == (
            down.standing,
            down.below_half,
            down.surprising,
        )
        assert up.kept == down.kept


def test_a_follow_up_too_small_to_tell_is_not_shown():
    assert judged(0.5, 2.0).standing == "not_shown"
    assert (
        held_up(first(4.0), predicted(4.0, 0.5, 0.5), 1.2, 0.5, good="up", df=2).standing
        == "not_shown"
    )


def test_an_exact_follow_up_of_a_vague_gain_is_no_fading():
    found = judged(0.4, 0.05, mean=1.2, sd=0.7)
    assert found.below_half and not found.surprising and found.standing == "not_shown"


def test_where_nothing_was_gained_nothing_can_hold():
    with pytest.raises(CannotEstimate, match="nothing was gained"):
        judged(1.0, 0.5, mean=-0.2)
    with pytest.raises(CannotEstimate, match="nothing was gained"):
        judged(1.0, 0.5, mean=0.2, good="down")
    with pytest.raises(CannotEstimate, match="follow-up has no effect"):
        judged(float("nan"), 0.5)


@functools.cache
def winners():
    """True effects of winners among 12 studies, mean .5 and spread 1 in standard errors, and their pools."""
    rng, seen = np.random.default_rng(7), []
    for _ in range(150):
        true = 0.5 + rng.standard_normal(12)
        effect = true + rng.standard_normal(12)
        pooled = shrink(Estimate(f"{i:02}", float(y), 1.0) for i, y in enumerate(effect))
        seen += [(float(true[i]), pooled, i) for i in np.flatnonzero(effect > 1.96)]
    return seen


def standings(left, se):
    """Of their follow-ups; `left` of each effect is left. One that shrinks to nothing gained is passed over."""
    noise = np.random.default_rng(8).standard_normal(len(winners()))
    found = []
    for (true, pooled, i), apart in zip(winners(), noise, strict=True):
        study, again = pooled.studies[i], pooled.follow_up(f"{i:02}", se)
        if study.mean > 0:
            found.append(held_up(study, again, left * true + se * apart, se, good="up"))
    return found


def test_lasting_gains_are_hardly_ever_called_faded():
    """At most 2.5 % by construction; the rule without its second condition says it several times as often."""
    seen = standings(1.0, 0.1)
    assert len(seen) > 250
    faded = np.mean([one.standing == "faded" for one in seen])
    alone = np.mean([one.below_half for one in seen])
    assert faded < 0.05 and alone > faded + 0.04
    assert np.mean([one.standing == "holds" for one in seen]) > 0.8


def test_gains_that_are_gone_are_found_when_the_follow_up_is_exact_enough():
    share = {se: np.mean([x.standing == "faded" for x in standings(0.0, se)]) for se in (0.25, 1.0)}
    assert share[0.25] > 0.3 > share[1.0]
    assert np.mean([one.standing == "holds" for one in standings(0.0, 0.25)]) < 0.05
