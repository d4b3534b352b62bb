"""An unchanged queue beside the changed one."""

import numpy as np
import pytest

from cs_lib.aggregates import Series
from cs_lib.experiment import CannotEstimate, analyze
from cs_lib.methods.its.comparison import change_beside, difference
from cs_lib.methods.its.level_change import level_change
from tests.experiment.before_after.test_analyze import CHANGE, END, START, evidence, study

DAYS = np.arange(np.datetime64(START), np.datetime64(END) + 1)
LATE = np.datetime64(CHANGE) <= DAYS


def pair(step, *, shared=6.0, own=0.8, seed=4, name="resolution_hours"):
    """A changed and an unchanged queue that share most of what moves them."""
    rng = np.random.default_rng(seed)
    common = rng.normal(0, shared, len(DAYS))
    values = [30 + common + rng.normal(0, own, len(DAYS)) + s * LATE for s in (step, 0.0)]
    below = np.full(len(DAYS), 40.0)
    return [Series(name, DAYS, v * below, below) for v in values]


def test_the_difference_is_that_of_the_days_values():
    changed, other = pair(-5.0)
    found = difference(changed, other)
    assert found.numerator == pytest.approx(changed.numerator / 40 - other.numerator / 40)
    assert found.denominator.tolist() == [1.0] * len(DAYS)


def test_a_day_on_which_one_queue_is_empty_has_no_value():
    changed, other = pair(-5.0)
    other.denominator[3] = other.numerator[3] = 0.0
    assert difference(changed, other).denominator[3] == 0


def test_queues_of_other_days_are_a_mistake():
    changed, other = pair(-5.0)
    shorter = Series(other.metric, DAYS[1:], other.numerator[1:], other.denominator[1:])
    with pytest.raises(ValueError, match="same days"):
        difference(changed, shorter)


def test_queues_that_never_meet_cannot_be_compared():
    changed, other = pair(-5.0)
    none = Series(other.metric, DAYS, np.zeros(len(DAYS)), np.zeros(len(DAYS)))
    with pytest.raises(CannotEstimate, match="no day on which both queues"):
        difference(changed, none)


def test_what_moves_both_queues_is_taken_out():
    changed, other = pair(-5.0)
    alone = level_change(changed, intervention_date=CHANGE)
    beside = change_beside(changed, other, intervention_date=CHANGE)
    assert beside.effect.se < alone.effect.se / 2
    assert beside.effect.effect == pytest.approx(-5, abs=3 * beside.effect.se)
    assert beside.effect.treatment == pytest.approx(
        changed.numerator[LATE].sum() / changed.denominator[LATE].sum()
    )
    assert beside.effect.control == pytest.approx(beside.effect.treatment - beside.effect.effect)


def test_a_step_in_both_queues_is_no_effect():
    changed, _ = pair(-5.0, seed=4)
    _, other = pair(-5.0, seed=4)
    stepped = Series(other.metric, DAYS, other.numerator - 5.0 * LATE * 40, other.denominator)
    effect = change_beside(changed, stepped, intervention_date=CHANGE).effect
    assert effect.effect_ci_low < 0 < effect.effect_ci_high


def test_on_a_log_scale_the_effect_is_a_factor_of_the_rate():
    rng = np.random.default_rng(8)
    common = np.exp(rng.normal(0, 0.2, len(DAYS)))
    below = np.full(len(DAYS), 1000.0)
    rates = [200 * common * np.exp(rng.normal(0, 0.03, len(DAYS))) * f for f in (0.8**LATE, 1.0)]
    changed, other = (Series("contact_rate", DAYS, r * below, below) for r in rates)
    effect = change_beside(changed, other, log_scale=True, intervention_date=CHANGE).effect
    assert effect.treatment / effect.control == pytest.approx(0.8, abs=0.02)
    assert effect.effect_ci_low < effect.effect < effect.effect_ci_high < 0


def test_a_study_with_an_unchanged_queue_is_read_against_it_and_shows_both():
    changed, other = pair(-5.0)
    given = evidence(series={"resolution_hours": changed}, comparison=other)
    result = analyze(given, study())
    assert result.decision.verdict == "improved"
    assert "unchanged queue" in str(result.change.effect.method)
    assert result.found.beside.alone is not None and "unchanged" not in str(
        result.found.beside.alone.method
    )
