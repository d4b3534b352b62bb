"""A perk test without an end: intervals that hold at every look, and verdicts that stay."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest

from cs_lib import experiment
from cs_lib.aggregates import Moments
from cs_lib.experiment.perk_ab_test.looks import LEAST_PER_ARM, courses
from cs_lib.experiment.perk_ab_test.trial import Trial
from cs_lib.metrics.catalogue import in_currency
from cs_lib.metrics.perk_ab_test import PerkEvidence
from tests.perk_pages import plan
from tests.titles import titled

FIRST = date(2026, 2, 1)
ALWAYS = {"spending": "always_valid", "every_days": 1}
OPEN = ["2026-01-01", None]
NAMES = ("repurchase_30d", "net_value_30d")
ARMS = ("control", "coupon")


def study(**changes):
    base = {"looks": ALWAYS, "design__period": OPEN, "rule__planned_n": 3000}
    return plan(**{**base, **changes})


def draws(rng, arm, size, *, lift=0.0, money=0.0):
    """Who bought, and what it brought: zero for most, a lot for few."""
    bought = rng.random(size) < 0.2 + lift * (arm != "control")
    value = bought * rng.lognormal(3, 1.2, size) + money * (arm != "control")
    return np.column_stack([bought, value]).astype(float)


def cumulative(values, sizes):
    """Moments of the first n rows for every n; from sums, so that 60 looks cost one pass."""
    ends = np.asarray(sizes) - 1
    centre = values.mean(axis=0)
    away = values - centre
    first = np.cumsum(away, axis=0)[ends]
    second = np.cumsum(away[:, :, None] * away[:, None, :], axis=0)[ends]
    n = np.asarray(sizes, float)[:, None]
    mean = first / n
    cov = (second - n[:, :, None] * mean[:, :, None] * mean[:, None, :]) / (n[:, :, None] - 1)
    return mean + centre, cov


def looks_of(values, sizes, names=NAMES):
    """One day after the other, what was known of every variant."""
    seen = {arm: cumulative(v, sizes) for arm, v in values.items()}
    found = []
    for k, n in enumerate(sizes):
        by = {a: Moments(a, names, int(n), mean[k], cov[k]) for a, (mean, cov) in seen.items()}
        found.append((FIRST + timedelta(days=k), dict.fromkeys(names, by)))
    return tuple(found)


def evidence(looks, names=NAMES):
    last = looks[-1][1]
    sizes = {arm: m.n for arm, m in last[names[0]].items()}
    return PerkEvidence(
        metrics=in_currency(names, "EUR"),
        moments=dict(last),
        assigned=sizes,
        observed=sizes,
        redeemed={},
        counts_redemptions=True,
        observed_until=looks[-1][0],
        currency="EUR",
        looks=looks,
    )


SIZES = np.arange(100, 3100, 50)


def trial(seed, *, lift=0.0, money=0.0, arms=ARMS, sizes=SIZES):
    rng = np.random.default_rng([9, seed])
    values = {a: draws(rng, a, int(sizes[-1]), lift=lift, money=money) for a in arms}
    return looks_of(values, sizes)


@pytest.fixture(scope="module")
def working():
    return trial(1, lift=0.1, money=3.0)


def test_the_moments_of_the_simulation_are_those_of_numpy():
    values = draws(np.random.default_rng(2), "coupon", 500)
    mean, cov = cumulative(values, [200, 500])
    assert np.allclose(mean[0], values[:200].mean(axis=0), rtol=1e-9)
    assert np.allclose(cov[1], np.cov(values, rowvar=False), rtol=1e-9)


def test_the_running_interval_never_widens_and_p_never_rises(working):
    course = courses(Trial(evidence(working), study()))["coupon"]
    assert len(course.days) == len(SIZES)
    for effects in (course.primary, course.net_value):
        for before, after in pairwise(effects):
            assert after.effect_ci_low >= before.effect_ci_low
            assert after.effect_ci_high <= before.effect_ci_high
            assert after.pvalue <= before.pvalue
            assert after.nobs > before.nobs


def test_p_is_at_most_alpha_exactly_when_the_running_interval_leaves_out_zero(working):
    course = courses(Trial(evidence(working), study()))["coupon"]
    out = [not e.effect_ci_low <= 0 <= e.effect_ci_high for e in course.primary]
    assert [e.pvalue <= 0.05 for e in course.primary] == out
    assert any(out) and not all(out)


def test_the_estimate_of_a_look_is_its_own_and_not_the_running_one(working):
    course = courses(Trial(evidence(working), study()))["coupon"]
    for k, (_, known) in enumerate(working):
        by = known["net_value_30d"]
        assert course.net_value[k].effect == by["coupon"].mean[1] - by["control"].mean[1]


def test_a_look_at_fewer_than_a_hundred_customers_a_variant_is_not_read():
    looks = trial(3, sizes=np.array([50, LEAST_PER_ARM - 1, LEAST_PER_ARM, 200]))
    course = courses(Trial(evidence(looks), study()))["coupon"]
    assert course.days == tuple(day for day, _ in looks[2:])


def test_a_day_on_which_nobody_was_added_is_no_look():
    looks = trial(4, sizes=np.array([200, 200, 300, 300, 400]))
    course = courses(Trial(evidence(looks), study()))["coupon"]
    assert [e.nobs for e in course.primary] == [400, 600, 800]
    assert course.days == tuple(looks[i][0] for i in (0, 2, 4))


def test_looks_at_which_nobody_had_bought_yet_are_passed_over():
    rng = np.random.default_rng(5)
    values = {a: draws(rng, a, 1000) for a in ARMS}
    for rows in values.values():
        rows[:250, 0] = 0.0
    looks = looks_of(values, np.array([150, 250, 400, 1000]))
    found = courses(Trial(evidence(looks), study(money=None)))["coupon"]
    assert [e.nobs for e in found.primary] == [800, 2000]
    nothing = looks_of({a: rows * 0 for a, rows in values.items()}, np.array([150, 1000]))
    assert courses(Trial(evidence(nothing), study(money=None))) == {}
    result = experiment.analyze(evidence(nothing), study(money=None))
    assert result.decision.verdict == "keep_running"
    assert "too few or too alike for an estimate" in result.decision.because


def ever_out(course):
    return course.primary[-1].pvalue <= 0.05


@pytest.mark.parametrize("column", [0, 1], ids=["shares", "heavy-tailed money"])
def test_at_most_5_percent_of_400_tests_without_effect_ever_leave_out_zero_in_60_looks(column):
    name = ("repurchase_30d", "revenue_30d")[column]
    plan_of = study(measure__primary_metric=name, money=None)
    rng = np.random.default_rng(20)
    ever, naive = 0, 0
    for _ in range(400):
        values = {a: draws(rng, a, 3050)[:, [column]] for a in ARMS}
        looks = looks_of(values, SIZES, (name,))
        course = courses(Trial(evidence(looks, (name,)), plan_of))["coupon"]
        ever += ever_out(course)
        naive += any(abs(e.effect / e.se) > 1.96 for e in course.primary)
    assert ever / 400 <= 0.05
    assert naive / 400 > 0.2  # what looking 60 times would do without it


def test_a_real_effect_is_found_by_most_tests_long_before_the_planned_size():
    found = [courses(Trial(evidence(trial(s, lift=0.1)), study()))["coupon"] for s in range(20, 40)]
    assert sum(ever_out(course) for course in found) >= 18


def test_a_decided_test_stays_decided_at_the_same_look_whatever_comes_later():
    looks = trial(6, lift=0.12, money=4.0)
    decided = None
    for k in range(1, len(looks) + 1):
        result = experiment.analyze(evidence(looks[:k]), study())
        c = result.comparisons[0]
        if decided is None and c.decision.verdict != "keep_running":
            decided = c
        if decided is not None:
            assert (c.decision, c.look, c.primary) == (
                decided.decision, decided.look, decided.primary,
            )  # fmt: skip
    assert decided is not None and decided.decision.verdict == "ship"
    assert decided.look < looks[-1][0]


def test_later_customers_who_say_the_opposite_do_not_undo_a_decision():
    looks = trial(7, lift=0.12, money=4.0)
    rng = np.random.default_rng(8)
    sizes = np.arange(3100, 9000, 500)
    late = {a: draws(rng, a, 9000, lift=-0.15, money=-9.0) for a in ARMS}
    more = looks_of(late, sizes)
    moved = tuple(
        (looks[-1][0] + timedelta(days=i + 1), known) for i, (_, known) in enumerate(more)
    )
    first = experiment.analyze(evidence(looks), study())
    then = experiment.analyze(evidence((*looks, *moved)), study())
    assert first.decision.verdict == "ship"
    assert (then.decision, then.comparisons[0].look) == (first.decision, first.comparisons[0].look)
    assert then.courses["coupon"].contradicted is not None


def test_looks_that_contradict_each_other_end_without_a_verdict_and_say_so():
    """Good for long, then a month of as much harm: no single effect agrees with both."""
    rng, names = np.random.default_rng(10), ("repurchase_30d",)
    values = {
        a: np.vstack([draws(rng, a, 3000, lift=0.1), draws(rng, a, 30_000, lift=-0.19)])[:, :1]
        for a in ARMS
    }
    looks = looks_of(values, np.array([*range(200, 3001, 200), 33_000]), names)
    wanted = study(money=None, rule__min_effect=0.08)
    course = courses(Trial(evidence(looks, names), wanted))["coupon"]
    assert (course.contradicted, course.days[-1]) == (looks[-1][0], looks[-2][0])
    assert all(e.effect_ci_low <= e.effect_ci_high for e in course.primary)
    result = experiment.analyze(evidence(looks, names), wanted)
    assert result.decision.verdict == "inconclusive" and not result.running
    assert result.decision.because.startswith(
        "The looks contradict each other: by 16 February 2026 no effect agrees with all of them."
        " The effect has changed while the test ran."
    )
    before = experiment.analyze(evidence(looks[:-1], names), wanted)
    assert before.decision.verdict == "keep_running"


def test_several_variants_share_the_error_level():
    arms = ("control", "coupon", "care")
    looks = trial(11, lift=0.05, arms=arms)
    both = study(
        design__arms=["coupon", "care"], design__split={a: 1 / 3 for a in arms},
    )  # fmt: skip
    shared, alone = courses(Trial(evidence(looks), both)), courses(Trial(evidence(looks), study()))
    assert set(shared) == {"coupon", "care"}
    for wide, narrow in zip(shared["coupon"].primary, alone["coupon"].primary, strict=True):
        assert (wide.alpha, narrow.alpha) == (0.025, 0.05)
        assert wide.effect_ci_low < narrow.effect_ci_low
    halved = courses(Trial(evidence(looks), study(rule__alpha=0.025)))["coupon"]
    assert shared["coupon"].primary == halved.primary


def test_a_variant_without_a_readable_look_is_named_beside_the_others():
    looks = trial(12)
    few = trial(14, arms=("care",), sizes=np.full(len(SIZES), 40))
    both = tuple(
        (day, {m: {**by, **extra[m]} for m, by in known.items()})
        for (day, known), (_, extra) in zip(looks, few, strict=True)
    )
    split = {"control": 0.49, "coupon": 0.49, "care": 0.02}
    counts = {"control": 3050, "coupon": 3050, "care": 124}
    given = replace(evidence(both), assigned=counts, observed={**counts, "care": 40})
    result = experiment.analyze(given, study(design__arms=["coupon", "care"], design__split=split))
    assert [c.variant for c in result.comparisons] == ["coupon"]
    told = next(c for c in result.checks if titled(c) == "Care can be compared")
    assert told.finding == "No look of care can be read yet: 40 customers fully observed so far."
    assert (told.passed, told.blocks_decision) == (False, False)


def test_while_it_runs_it_names_the_day_of_the_next_look():
    looks = trial(13)[:6]
    result = experiment.analyze(evidence(looks), study())
    assert result.decision.verdict == "keep_running" and result.running
    assert result.decision.next_step == "Run on; the next look is on 7 February 2026."


def test_nothing_secondary_stands_beside_a_test_that_runs():
    looks = trial(13)[:6]
    asked = {"measure__secondary": ["net_value_30d"]}
    assert experiment.analyze(evidence(looks), study(**asked)).comparisons[0].secondary == ()
    done = experiment.analyze(evidence(trial(6, lift=0.12, money=4.0)), study(**asked))
    assert [e.metric for e in done.comparisons[0].secondary] == ["net_value_30d"]
