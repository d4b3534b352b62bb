"""The planned looks of a perk test, wired to its decision."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from cs_lib import data, experiment, metrics, params
from cs_lib.metrics.catalogue import in_currency
from tests.experiment.perk_ab_test.test_analyze import SETTINGS, evidence, one, share, study

DAYS = ["2026-03-15", "2026-04-15", "2026-05-15", "2026-06-15"]
LOOKS = {"spending": "obrien_fleming", "dates": DAYS}


def looked(shares, *, until=date(2026, 7, 1), value=6.0, spending="obrien_fleming"):
    """A coupon test with one more quarter of 1,000 per arm at each look; `shares` bought at each."""
    seen = []
    for i, (day, bought) in enumerate(zip(DAYS, shares, strict=True)):
        n = 250 * (i + 1)
        moments = {
            "repurchase_60d": {
                "control": share("control", "repurchase_60d", n, round(0.25 * n)),
                "coupon": share("coupon", "repurchase_60d", n, round(bought * n)),
            },
            "net_value_60d": {
                "control": one("control", "net_value_60d", n, 50.0, 900.0),
                "coupon": one("coupon", "net_value_60d", n, 50.0 + value, 900.0),
            },
        }
        if date.fromisoformat(day) <= until:
            seen.append((date.fromisoformat(day), moments))
    given = evidence(n=1000, until=until, looks=tuple(seen))
    return experiment.analyze(given, study(looks={**LOOKS, "spending": spending}))


def test_strong_evidence_ships_at_the_first_look_that_decides_and_stays_decided():
    early = looked([0.45, 0.45, 0.45, 0.45], until=date(2026, 4, 20))
    late = looked([0.45, 0.45, 0.45, 0.45])
    assert (early.decision.verdict, late.decision.verdict) == ("ship", "ship")
    assert early.comparisons[0].look == late.comparisons[0].look
    assert early.comparisons[0].primary == late.comparisons[0].primary


def test_a_look_that_would_be_significant_alone_does_not_end_the_test():
    result = looked([0.33, 0.33, 0.33, 0.33], until=date(2026, 3, 20))
    effect = result.comparisons[0].primary
    assert effect.effect / effect.se > 1.96
    assert effect.pvalue > 0.05
    assert result.decision.verdict == "keep_running"


def test_the_last_look_ends_the_test_whatever_it_found():
    result = looked([0.26, 0.26, 0.26, 0.26], value=0.0)
    assert result.monitoring["coupon"].ended
    assert result.decision.verdict in ("inconclusive", "stop")


def test_a_perk_that_loses_money_is_stopped_before_the_end():
    result = looked([0.40, 0.40, 0.40, 0.40], value=-20.0)
    assert (result.decision.verdict, result.comparisons[0].look) == ("stop", date(2026, 3, 15))
    assert "costs ¥20.00 more than they bring in" in result.decision.because


def test_before_the_first_look_nothing_is_shown():
    result = looked([0.45] * 4, until=date(2026, 3, 10))
    assert (result.decision.verdict, result.effects()) == ("keep_running", ())
    assert "first planned look is on 15 March 2026" in result.decision.because


def test_the_next_look_is_named():
    result = looked([0.27] * 4, until=date(2026, 4, 20))
    assert result.decision.next_step == "The next look is on 15 May 2026."


def test_intervals_are_wider_than_those_of_one_look():
    from cs_lib.methods.tails import normal_quantile

    effect = looked([0.27] * 4, until=date(2026, 4, 20)).comparisons[0].primary
    half = (effect.effect_ci_high - effect.effect_ci_low) / 2
    assert half > 1.3 * normal_quantile(0.975) * effect.se


def test_several_arms_share_the_error_level():
    given = looked([0.27] * 4)
    counts = dict.fromkeys(("control", "coupon", "care"), 1000)
    split = dict.fromkeys(counts, 1 / 3)
    design = {**SETTINGS["design"], "arms": ["coupon", "care"], "split": split}
    seen = tuple(
        (
            day,
            {
                m: {**by, "care": one("care", m, by["coupon"].n, *by["coupon"].of(m)[1:])}
                for m, by in found.items()
            },
        )
        for day, found in _looks_of()
    )
    bought = {"control": 250, "coupon": 270, "care": 270}
    value = {"control": 50.0, "coupon": 50.0, "care": 50.0}
    both = evidence(n=1000, counts=counts, bought=bought, value=value, looks=seen)
    result = experiment.analyze(both, study(design=design, looks=LOOKS))
    assert result.monitoring["coupon"].alpha == pytest.approx(0.025)
    wide, narrow = result.comparisons[0].primary, given.comparisons[0].primary
    assert wide.effect_ci_low < narrow.effect_ci_low


def _looks_of():
    n = 1000
    moments = {
        "repurchase_60d": {
            "control": share("control", "repurchase_60d", n, 250),
            "coupon": share("coupon", "repurchase_60d", n, 270),
        },
        "net_value_60d": {
            "control": one("control", "net_value_60d", n, 50.0, 900.0),
            "coupon": one("coupon", "net_value_60d", n, 50.0, 900.0),
        },
    }
    return ((date(2026, 6, 15), moments),)


def test_looks_out_of_order_and_too_early_are_refused():
    draft, problems = params.check_study(
        {**SETTINGS, "looks": {"dates": ["2026-06-01", "2026-02-01", "2026-05-01"]}},
        file="x",
        lines={},
    )
    told = " ".join(map(str, problems))
    assert draft is not None
    assert "write them in order" in told
    early = {**SETTINGS, "looks": {"dates": ["2026-02-01", "2026-05-01"]}}
    _, problems = params.check_study(early, file="x", lines={})
    assert "nobody has been followed for 60 days yet" in str(problems[0])


def test_a_running_test_with_looks_may_plan_beyond_as_of():
    settings = {
        **SETTINGS,
        "as_of": "2026-02-20",
        "looks": LOOKS,
        "measure": {"primary_metric": "repurchase_30d"},
    }
    settings["money"] = None
    _, problems = params.check_study(settings, file="x", lines={})
    assert problems == []


def test_moments_at_an_earlier_look_are_those_of_an_earlier_run():
    later = params.load("coupon_with_looks")
    earlier = later.model_copy(update={"as_of": date(2026, 2, 1)})
    found = []
    for version in (later, earlier):
        desk = data.load(version)
        found.append(dict(metrics.gather(desk, version).looks)[date(2026, 2, 1)])
        desk.close()
    for variant in ("control", "coupon"):
        a, b = (f["repurchase_60d"][variant] for f in found)
        assert a.n == b.n
        assert np.allclose(a.mean, b.mean, atol=2e-3)  # cancellations after that day may differ


def nightly(as_of):
    """What the demo's planned looks say on one night."""
    study = params.load("coupon_with_looks", as_of=as_of)
    desk = data.load(study)
    try:
        return experiment.analyze(metrics.gather(desk, study), study)
    finally:
        desk.close()


def test_nights_between_two_looks_decide_nothing_and_spend_nothing():
    """Guardrails too are those of the look: read every night, one would break a margin some night by chance."""
    at_look, *between = (nightly(day) for day in ("2026-02-01", "2026-02-20", "2026-03-31"))
    first = at_look.comparisons[0]
    assert (at_look.decision.verdict, first.look) == ("keep_running", date(2026, 2, 1))
    for night in between:
        [one] = night.comparisons
        assert (night.decision, one.look) == (at_look.decision, first.look)
        assert len(night.monitoring["coupon"].looks) == len(at_look.monitoring["coupon"].looks) == 2
        assert night.observed["coupon"] > at_look.observed["coupon"]  # the counts do move
        for now, then in zip(one.guardrails, first.guardrails, strict=True):
            assert (now.metric, now.outcome, now.effect.nobs) == (
                then.metric, then.outcome, then.effect.nobs,
            )  # fmt: skip
            assert now.effect.effect == pytest.approx(then.effect.effect, abs=5e-3)
    later = nightly("2026-04-01")
    assert len(later.monitoring["coupon"].looks) == 3
    assert later.comparisons[0].guardrails[0].effect.nobs > first.guardrails[0].effect.nobs


def test_a_guardrail_that_breaks_between_two_looks_waits_for_the_next():
    n, name = 500, "complaint_rate_60d"
    quiet, loud = (
        {"control": share("control", name, n, 50), "coupon": share("coupon", name, n, bad)}
        for bad in (50, 200)
    )
    bought = {
        "control": share("control", "repurchase_60d", n, 125),
        "coupon": share("coupon", "repurchase_60d", n, 130),
    }
    value = {arm: one(arm, "net_value_60d", n, 50.0, 900.0) for arm in ("control", "coupon")}
    seen = {"repurchase_60d": bought, "net_value_60d": value}
    named = in_currency([*seen, name], "CNY")

    def on(known):
        look = ((date(2026, 3, 15), {**seen, name: known}),)
        given = evidence(
            n=1000, until=date(2026, 4, 1), looks=look, metrics=named, guardrails={name: 0.05}
        )
        given = replace(given, moments={**given.moments, name: loud})
        return experiment.analyze(given, study(looks=LOOKS)).decision

    assert on(quiet).verdict == "keep_running"
    assert (on(loud).verdict, on(loud).clause) == ("stop", "guardrail_breached")


def test_before_anybody_is_observed_a_nightly_run_waits_for_its_first_look():
    early = nightly("2025-09-20")
    assert (early.decision.verdict, early.decision.clause) == ("keep_running", "before_first_look")


def test_the_level_over_four_looks_is_kept():
    """No effect, 600 tests of four looks: at most 5 % may ever cross; Monte-Carlo s.e. is .009.

    Boundaries depend on the looks' n alone: those of one test are laid on all, and some are read one by one.
    """
    from cs_lib.methods.sequential.looks import Look, LookPlan, monitor

    draw = np.random.default_rng(11).normal(size=(600, 4)).cumsum(axis=1) / np.sqrt(np.arange(1, 5))
    plan = LookPlan(planned_n=2000, alpha=0.05)
    looks = [(date.fromisoformat(day), 500 * (i + 1)) for i, day in enumerate(DAYS)]

    def read(row):
        return monitor([Look(d, z, 1.0, n) for (d, n), z in zip(looks, row, strict=True)], plan)

    low, high = np.array([(look.lower, look.upper) for look in read(draw[0]).looks]).T
    crossed = ((draw >= high) | (draw <= low)).any(axis=1)
    for i in (*range(30), *np.flatnonzero(crossed)[:10]):
        assert (read(draw[i]).stopped is not None) == crossed[i]
    assert 0 < crossed.mean() <= 0.05 + 2.6 * 0.009
