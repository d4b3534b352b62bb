from dataclasses import replace
from functools import cache

import numpy as np
import pytest

import cs_lib.data.simulate as simulation
from cs_lib import data, params
from cs_lib.aggregates import Series
from cs_lib.methods.errors import CannotEstimate, NotEnoughData
from cs_lib.methods.its.level_change import level_change
from cs_lib.methods.its.stages import decompose, joined
from cs_lib.metrics.queries import per_stage
from cs_lib.params import Scope

CHANGE = "2026-01-01"
DAYS = np.arange(np.datetime64("2025-07-03"), np.datetime64("2026-07-02"))
AFTER = np.datetime64(CHANGE) <= DAYS


def noise(rng, sd, rho=0.5):
    """A year of first-order autoregressive days."""
    found = np.zeros(len(DAYS))
    for i, shock in enumerate(rng.normal(0, sd, len(DAYS))):
        found[i] = (rho * found[i - 1] if i else 0) + shock
    return found


def desk(rng, steps, *, level=5.0, sd=0.4):
    """Stage series with a planted step each, and the total of them."""
    contacts = rng.poisson(40, len(DAYS)).astype(float) + 1
    stages = {
        name: Series(name, DAYS, contacts * (level + step * AFTER + noise(rng, sd)), contacts)
        for name, step in steps.items()
    }
    return stages, total_of(stages)


def total_of(stages):
    first = next(iter(stages.values()))
    return Series(
        "resolution_hours", DAYS, sum(s.numerator for s in stages.values()), first.denominator
    )


def test_stage_that_was_changed_is_the_one_named():
    planted = {"queued": -2.0, "assigned": 0.0, "replied": 0.0}
    found = decompose(*desk(np.random.default_rng(1), planted), intervention_date=CHANGE)
    assert found.moved_most == "queued" == found.steps[0].stage
    assert [s.moved for s in found.steps] == [True, False, False]
    assert found.steps[0].share == pytest.approx(1, abs=0.35)
    for step in found.steps:
        assert step.effect.effect_ci_low <= planted[step.stage] <= step.effect.effect_ci_high
    assert not found.refused and not found.no_shares


def test_residual_is_the_total_step_less_the_stages():
    found = decompose(
        *desk(np.random.default_rng(2), {"a": -1.0, "b": 1.0, "c": -1.0}), intervention_date=CHANGE
    )
    assert found.residual == pytest.approx(
        found.total.effect - sum(s.effect.effect for s in found.steps), abs=1e-12
    )
    assert abs(found.residual) < found.total.se
    assert sum(s.share for s in found.steps) == pytest.approx(
        1 - found.residual / found.total.effect
    )


def test_steps_add_up_exactly_when_every_stage_is_a_fixed_part_of_the_total():
    _, total = desk(np.random.default_rng(3), {"a": -1.0, "b": -1.0})
    parts = {"a": 0.6, "b": 0.3, "c": 0.1}
    stages = {n: replace(total, metric=n, numerator=w * total.numerator) for n, w in parts.items()}
    found = decompose(stages, total, intervention_date=CHANGE)
    assert found.residual == pytest.approx(0, abs=1e-6)
    assert {s.stage: s.share for s in found.steps} == pytest.approx(parts, rel=1e-4)


def test_steps_are_those_of_the_weekly_series_with_the_same_options():
    stages, total = desk(np.random.default_rng(4), {"a": -1.0, "b": 0.5})
    options = {"intervention_date": CHANGE, "washout_days": 7, "trend": "none"}
    found = decompose(stages, total, **options)
    alone = level_change(stages["a"], by="week", **options).effect
    step = next(s for s in found.steps if s.stage == "a")
    assert (step.effect.effect, step.effect.pvalue) == (alone.effect, alone.pvalue)
    assert found.total == level_change(total, by="week", **options).effect


def test_no_stage_is_named_more_often_than_promised_when_nothing_changed():
    rng, named = np.random.default_rng(5), 0
    for _ in range(80):
        stages, total = desk(rng, dict.fromkeys("abcd", 0.0))
        found = decompose(stages, total, intervention_date=CHANGE)
        named += found.moved_most is not None
    assert named / 80 <= 0.14  # .05 to .07, with two to three Monte-Carlo errors of .028


def test_stage_intervals_exclude_zero_when_the_adjusted_p_says_so():
    rng = np.random.default_rng(6)
    for step in (0.0, 0.3, 0.5, 1.0):
        found = decompose(*desk(rng, {"a": -step, "b": 0.0, "c": step}), intervention_date=CHANGE)
        for s in found.steps:
            clear = s.effect.effect_ci_low > 0 or s.effect.effect_ci_high < 0
            assert clear == s.moved == (s.adjusted_pvalue <= 0.05)


def test_there_are_no_shares_of_a_total_that_did_not_move():
    found = decompose(
        *desk(np.random.default_rng(7), {"a": -2.0, "b": 2.0}), intervention_date=CHANGE
    )
    assert found.moved_most in ("a", "b") and "no clear step" in str(found.no_shares)
    assert all(np.isnan(s.share) for s in found.steps)


def test_stage_without_variation_is_refused_by_name_and_stays_in_the_residual():
    stages, total = desk(np.random.default_rng(8), {"a": -2.0, "b": 0.0})
    stages["flat"] = replace(total, metric="flat", numerator=0.0 * total.numerator)
    found = decompose(stages, total, intervention_date=CHANGE)
    assert set(found.refused) == {"flat"} and {s.stage for s in found.steps} == {"a", "b"}


def test_small_stages_are_joined_by_their_share_before_the_change():
    stages, total = desk(np.random.default_rng(9), {"a": -1.0, "b": 0.0})
    small = {
        n: replace(total, metric=n, numerator=0.01 * total.numerator * (1 + 9 * AFTER))
        for n in ("x", "y")
    }
    found = joined({**stages, **small}, intervention_date=CHANGE, below=0.05)
    assert set(found) == {"a", "b", "rest"} and found["rest"].metric == "rest"
    assert found["rest"].numerator == pytest.approx(small["x"].numerator + small["y"].numerator)
    assert set(joined(stages, intervention_date=CHANGE, below=0.0)) == {"a", "b"}


def test_decompose_refuses_what_is_no_split():
    stages, total = desk(np.random.default_rng(10), {"a": -1.0, "b": 0.0})
    with pytest.raises(CannotEstimate, match="fewer than two stages"):
        decompose({"a": stages["a"]}, total, intervention_date=CHANGE)
    part = replace(total, numerator=0.5 * total.numerator)
    with pytest.raises(CannotEstimate, match="do not add up to resolution_hours"):
        decompose(stages, part, intervention_date=CHANGE)
    fewer = replace(stages["b"], denominator=stages["b"].denominator - 1)
    with pytest.raises(ValueError, match="stage b has other days or other contacts"):
        decompose({**stages, "b": fewer}, total, intervention_date=CHANGE)
    with pytest.raises(NotEnoughData):
        decompose(stages, total, intervention_date="2025-07-10")


BEFORE_REPLY = ("created", "queued", "assigned", "noted")


@cache
def routed(*, changed=True, teams=("T01", "T02", "T03", "T04")):
    """Stages of the routing study on the demo desk, or on one where the change does nothing."""
    plan = simulation.Plan()
    idle = {"first_response_factor": 1.0, "resolution_factor": 1.0}
    changes = tuple(replace(c, **({} if changed else idle)) for c in plan.changes)
    real, study = simulation.simulate, params.load("faster_routing")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            simulation,
            "simulate",
            lambda **how: real(**(how | {"plan": replace(plan, changes=changes)})),
        )
        opened = data.load(study)
    first, last = study.design.pre_period[0], study.design.post_period[1]
    try:
        return per_stage.stage_times(opened, start=first, end=last, scope=Scope(team_id=teams))
    finally:
        opened.close()


def split(evidence, below=0.0):
    design = params.load("faster_routing").design
    stages = joined(evidence.stages, intervention_date=design.intervention_date, below=below)
    return decompose(
        stages,
        evidence.total,
        intervention_date=design.intervention_date,
        washout_days=design.washout_days,
        holidays=design.holidays,
    )


def level(series):
    late = series.days >= np.datetime64("2026-02-12")  # the ramp is over
    return series.numerator[late].sum() / series.denominator[late].sum()


def test_routing_shortens_the_wait_for_a_reply_by_its_factor_and_work_by_the_other():
    """The desk beside its twin without the change: shares of the stages in the true step."""
    there, twin = routed(), routed(changed=False)
    reply = [sum(level(e.stages[s]) for s in BEFORE_REPLY) for e in (there, twin)]
    assert reply[0] / reply[1] == pytest.approx(0.70, abs=0.05)
    assert level(there.total) / level(twin.total) == pytest.approx(0.78, abs=0.05)
    true = {s: level(there.stages[s]) - level(twin.stages[s]) for s in there.stages}
    assert min(true, key=true.__getitem__) == "replied"
    assert sum(true.values()) == pytest.approx(level(there.total) - level(twin.total))


def test_steps_by_stage_of_the_routing_cover_the_difference_to_the_twin_without_it():
    there, twin = routed(), routed(changed=False)
    found = split(there)
    assert not found.refused and abs(found.residual) < 0.05 * abs(found.total.effect)
    for step in found.steps:
        true = level(there.stages[step.stage]) - level(twin.stages[step.stage])
        assert step.effect.effect_ci_low <= true <= step.effect.effect_ci_high, step.stage
    assert found.steps[0].stage == "replied" and found.steps[0].share > 0.5


def test_routing_moves_most_what_follows_our_reply_once_small_stages_are_joined():
    assert split(routed()).moved_most is None  # a dozen stages are too many for this desk
    found = split(routed(), below=0.05)
    assert found.moved_most == "replied"
    assert {s.stage for s in found.steps if s.moved} == {"replied", "in_progress"}


def test_no_stage_moves_in_the_teams_that_kept_the_old_routing():
    kept = routed(teams=("T05", "T06", "T07", "T08"))
    for below in (0.0, 0.05):
        found = split(kept, below)
        assert found.moved_most is None and found.no_shares
