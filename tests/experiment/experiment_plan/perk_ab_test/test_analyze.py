"""A plan's numbers: against the power functions, against statsmodels, and against planted truth."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from math import isfinite, sqrt

import numpy as np
import pytest
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import samplesize_proportions_2indep_onetail

from cs_lib import metrics, params
from cs_lib.aggregates import ClusterMoments, ClusterSums, Moments
from cs_lib.experiment import analyze
from cs_lib.experiment.experiment_plan.perk_ab_test.history import (
    arrivals,
    clusters_of,
    explained,
    less_covariates,
)
from cs_lib.methods.ab.adjusted import compare_adjusted
from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.power.ab import Design, Mean, equal_looks, sample_size, smallest_effect
from cs_lib.metrics import CATALOGUE
from cs_lib.metrics.catalogue import in_currency
from cs_lib.metrics.experiment_plan import Entries, PerkPlanEvidence
from cs_lib.params import PerkPlan, strict_yaml
from tests.titles import titled

HISTORY = (date(2026, 1, 1), date(2026, 4, 10))
DAYS = 100


def plan(**changes) -> PerkPlan:
    raw = {
        "study": "plan",
        "notebook": "experiment_plan",
        "question": "How large must the test be?",
        "as_of": "2026-07-01",
        "source": "demo",
        "design": {
            "experiment": "winter",
            "control": "control",
            "arms": ["coupon"],
            "split": {"control": 0.5, "coupon": 0.5},
            "start": "2026-07-06",
            "history": [day.isoformat() for day in HISTORY],
        },
        "measure": {"primary_metric": "revenue_30d"},
        "rule": {"min_effect": 5.0},
    }
    for key, value in changes.items():
        raw[key] = {**raw[key], **value} if isinstance(raw.get(key), dict) else value
    study, problems = params.check_study(raw, file="plan", lines={}, also=metrics.problems)
    assert not problems and isinstance(study, PerkPlan)
    return study


def steady(per_day: int, days: int = DAYS, again: int | None = None) -> Entries:
    """So many customers every day, each of whom comes once, or again after so many days."""
    every = np.arange(days)
    old = np.zeros(0, int) if again is None else every[every >= again]
    day = np.concatenate([every if again is None else every[:again], old])
    previous = np.where(day < (days if again is None else again), -1, day - (again or 0))
    return Entries(
        np.datetime64(HISTORY[0]) + every,
        np.bincount(day[previous < 0], minlength=days) * per_day,
        day,
        previous,
        np.full(len(day), per_day),
    )


def moments(n=4000, mean=60.0, sd=50.0, r=0.0, **others) -> Moments:
    """Revenue beside what was spent before, so correlated; or other metrics as (mean, variance)."""
    names = ("revenue_30d", "spent_before_180d", *others)
    cov = np.diag([sd**2, 400.0, *(v for _, v in others.values())])
    cov[0, 1] = cov[1, 0] = r * sd * 20
    return Moments(
        "history", names, n, np.array([mean, 100.0, *(m for m, _ in others.values())]), cov
    )


def evidence(
    study, found, *, entries=None, clusters=None, entered=4000, cluster_moments=None
) -> PerkPlanEvidence:
    measure = study.measure
    money = [f"net_value_{study.money.window_days}d"] if study.money else []
    names = [measure.primary_metric, *money, *measure.guardrails]
    return PerkPlanEvidence(
        metrics=in_currency((*names, *measure.covariates), "CNY"),
        moments={name: found for name in names} if found else {},
        entries=entries or steady(40),
        entered=entered,
        with_perk=0,
        clusters=clusters,
        observed_until=date(2026, 7, 1),
        currency="CNY",
        guardrails=dict(measure.guardrails),
        cluster_moments=cluster_moments,
    )


def planned(study, found=None, **changes):
    return analyze(evidence(study, found or moments(), **changes), study)


def test_size_is_what_the_power_functions_say():
    result = planned(plan())
    expected = sample_size(Mean(50.0), 5.0, Design())
    assert (result.planned.n_control, result.planned.n_treatment) == expected
    assert result.decision.verdict == "planned"


def test_size_of_a_share_agrees_with_statsmodels():
    study = plan(measure={"primary_metric": "repurchase_30d"}, rule={"min_effect": 0.04})
    share = Moments(
        "history", ("repurchase_30d",), 5000, np.array([0.3]), np.array([[0.21 * 5000 / 4999]])
    )
    theirs = samplesize_proportions_2indep_onetail(0.04, 0.3, 0.8, alpha=0.05)
    assert planned(study, share).planned.n_control == pytest.approx(theirs, rel=0.01)


def test_size_of_a_mean_agrees_with_statsmodels():
    theirs = NormalIndPower().solve_power(5 / 50, alpha=0.05, power=0.8)
    assert planned(plan()).planned.n_control == pytest.approx(theirs, rel=0.005)


def test_days_are_intake_and_follow_up():
    option = planned(plan()).planned
    assert option.assigned_days == -(-option.n_total // 40)
    assert option.days == option.assigned_days + 30
    assert option.result_on == date(2026, 7, 6) + timedelta(days=option.days)


def test_customers_who_come_again_are_counted_once_in_each_stretch():
    found = arrivals(steady(10, days=100, again=20))
    assert found.expected(20) == pytest.approx(200)  # nobody comes twice in so short a time
    assert found.expected(60) == pytest.approx(200)  # all come back, nobody is new
    with pytest.raises(CannotEstimate, match="would never come"):
        found.days_for(201)


def test_expected_customers_are_the_mean_over_all_stretches_counted_one_by_one():
    rng = np.random.default_rng(3)
    who, when = rng.integers(0, 60, 150), np.sort(rng.integers(0, 40, 150))
    pairs: dict[tuple[int, int], int] = {}
    last: dict[int, int] = {}
    for customer, day in zip(who, when, strict=True):
        key = (int(day), last.get(customer, -1))
        pairs[key] = pairs.get(key, 0) + 1
        last[customer] = int(day)
    days, previous = np.array(list(pairs)).T
    entries = Entries(np.datetime64(HISTORY[0]) + np.arange(40), np.zeros(40, int), days, previous,
                      np.array(list(pairs.values())))  # fmt: skip
    for length in (1, 7, 25, 40):
        each = [
            len(set(who[(when >= start) & (when < start + length)]))
            for start in range(40 - length + 1)
        ]
        assert arrivals(entries).expected(length) == pytest.approx(np.mean(each))


def test_beyond_the_history_intake_goes_on_as_at_its_end():
    found = arrivals(steady(10))
    assert found.expected(150) == pytest.approx(1500)
    assert found.days_for(1500) == 150 and found.days_for(1500.5) == 151


def test_covariates_save_what_they_explain():
    study = plan(measure={"covariates": ["spent_before_180d"]})
    result = planned(study, moments(r=0.5))
    factor = {c.name: c.factor for c in result.choices}["covariates"]
    assert factor == pytest.approx(1 - result.past.explained, rel=0.01)
    assert result.past.explained == pytest.approx(0.25, abs=0.001)
    assert result.planned.n_total < planned(plan(), moments(r=0.5)).planned.n_total


def test_explained_variance_is_that_of_a_regression():
    rng = np.random.default_rng(4)
    x = rng.normal(size=(3000, 2))
    x[:, 1] += 0.6 * x[:, 0]
    y = x @ [2.0, 1.0] + rng.normal(0, 3, 3000)
    table = np.column_stack([y, x, x[:, 0] * 2])  # the third follows from the first
    names = ("revenue_30d", "spent_before_30d", "orders_before_30d", "contacts_before_30d")
    found = Moments("history", names, 3000, table.mean(axis=0), np.cov(table, rowvar=False))
    fit = np.linalg.lstsq(np.column_stack([np.ones(3000), x]), y, rcond=None)
    r2 = 1 - fit[1][0] / ((y - y.mean()) ** 2).sum()
    metric = CATALOGUE["revenue_30d"]
    assert explained(metric, found, names[1:3]) == pytest.approx(r2, abs=0.001)
    assert explained(metric, found, names[1:]) == pytest.approx(r2, abs=0.001)


def cluster_sums(icc: float, groups: int = 80, size: int = 50, sd: float = 50.0) -> ClusterSums:
    rng = np.random.default_rng(5)
    level = rng.normal(0, sqrt(icc) * sd, groups)
    rows = 60 + level[:, None] + rng.normal(0, sqrt(1 - icc) * sd, (groups, size))
    names = np.array([f"A{i}" for i in range(groups)])
    within = ((rows - rows.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
    return ClusterSums(names, np.full(groups, "history"), np.full(groups, size), rows.sum(axis=1), within)  # fmt: skip


def test_likeness_within_groups_is_found():
    found = clusters_of(cluster_sums(0.1, groups=400))
    assert (found.count, found.unequal) == (400, 1)
    assert found.icc == pytest.approx(0.1, abs=0.02)
    assert clusters_of(cluster_sums(0.0)).icc == pytest.approx(0, abs=0.01)


def test_whole_groups_cost_the_design_effect_of_the_groups_there_are():
    study = plan(design={"cluster": "agent_id"}, rule={"min_effect": 8.0})
    result = planned(study, clusters=cluster_sums(0.02))
    size = result.planned.n_total / 80
    effect = {c.name: c.factor for c in result.choices}["cluster"]
    assert effect == pytest.approx(1 + (size - 1) * result.past.icc, rel=0.08)  # and fewer freedoms
    assert effect > 1.2


def beside_covariate(
    shared: float, groups: int = 80, size: int = 50, sd: float = 50.0
) -> ClusterMoments:
    """Groups that are alike by 0.05 in what a covariate says, and by `shared` beyond it; it says half of all."""
    rng = np.random.default_rng(6)
    before = rng.normal(0, sqrt(0.05), (groups, 1)) + rng.normal(0, sqrt(0.95), (groups, size))
    rest = rng.normal(0, sqrt(shared), (groups, 1)) + rng.normal(
        0, sqrt(1 - shared), (groups, size)
    )
    rows = np.stack([60 + sd * sqrt(0.5) * (before + rest), 100 + 20 * before], axis=2)
    away = rows - rows.mean(axis=1, keepdims=True)
    within = np.einsum("gic,gid->gcd", away, away)
    names, past = np.array([f"A{i}" for i in range(groups)]), np.full(groups, "history")
    pair = ("revenue_30d", "spent_before_180d")
    return ClusterMoments(pair, names, past, np.full(groups, size), rows.mean(axis=1), within)


def test_what_covariates_leave_is_the_residual_of_the_regression_on_rows():
    given = beside_covariate(0.2)
    left = clusters_of(less_covariates(given))
    assert left.icc == pytest.approx(0.2, abs=0.05)
    none = replace(given, within=given.within * [[1, 0], [0, 0]], mean=given.mean * [1, 0])
    plain = clusters_of(less_covariates(none))
    alone = ClusterSums(
        given.cluster, given.variant, given.n, given.n * given.mean[:, 0], given.within[:, 0, 0]
    )
    assert plain.icc == pytest.approx(clusters_of(alone).icc)  # A covariate that never varies.


def test_covariates_and_whole_groups_are_planned_together():
    study = plan(
        design={"cluster": "agent_id"},
        measure={"primary_metric": "revenue_30d", "covariates": ["spent_before_180d"]},
        rule={"min_effect": 8.0},
    )
    given = beside_covariate(0.0)
    sums = ClusterSums(
        given.cluster, given.variant, given.n, given.n * given.mean[:, 0], given.within[:, 0, 0]
    )
    both = planned(study, moments(r=sqrt(0.5)), clusters=sums, cluster_moments=given)
    factor = {c.name: c.factor for c in both.choices}
    assert factor["plan"] < min(factor["cluster"], 1.0)
    # Nothing shared is left, and half of the variance.
    assert factor["plan"] == pytest.approx(0.5, abs=0.1)
    assert both.past.icc_left < both.past.icc
    (groups,) = (c.finding for c in both.checks if titled(c) == "Enough groups to assign")
    assert "Of what the covariates leave" in groups


def test_too_few_groups_are_refused_whatever_the_days():
    study = plan(design={"cluster": "team_id"})
    result = planned(study, clusters=cluster_sums(0.1, groups=12, size=300))
    assert (result.decision.verdict, result.planned, result.settings) == ("not_feasible", None, "")
    assert "too few groups" in result.decision.because


def test_looks_and_variants_cost_what_the_design_says():
    split = {"control": 0.25, "a": 0.25, "b": 0.25, "c": 0.25}
    looks = {"count": 5, "spending": "pocock"}
    study = plan(looks=looks, design={"arms": ["a", "b", "c"], "split": split})
    factors = {c.name: c.factor for c in planned(study).choices}
    looks = Design(looks=equal_looks(5), kind="pocock").inflation
    three = sample_size(Mean(50.0), 5.0, Design(arms=3))[0]
    one = sample_size(Mean(50.0), 5.0, Design())[0]
    assert factors["looks"] == pytest.approx(looks, rel=0.01)
    assert factors["correction"] == pytest.approx(three / one)
    assert set(factors) == {"plain", "looks", "correction", "plan"}


def test_customers_in_variants_that_are_not_compared_take_longer():
    both = planned(plan()).planned
    half = planned(plan(design={"split": {"control": 0.25, "coupon": 0.25, "other": 0.5}})).planned
    assert half.n_total == both.n_total
    assert half.assigned_days == pytest.approx(2 * both.assigned_days, abs=1)


def test_a_limit_that_is_too_short_says_what_could_be_shown_in_it():
    result = planned(plan(limit_days=60))
    assert result.decision.verdict == "not_feasible" and result.settings == ""
    assert result.within.days == 60
    expected = smallest_effect(Mean(50.0), 600, Design())
    assert result.within.smallest_effect == pytest.approx(expected)
    assert "Within the limit 600 customers per variant can show ¥8.09" in result.decision.because
    assert planned(plan(limit_days=110)).decision.verdict == "planned"


def test_a_limit_within_the_window_shows_nothing():
    result = planned(plan(limit_days=20))
    assert "Within 20 days nothing could be shown." in result.decision.because


@pytest.mark.parametrize(
    ("found", "changes", "sentence"),
    [
        (moments(n=99), {}, "99 were followed for 30 days; a plan needs 100"),
        (None, {"entered": 0}, "Nobody would have entered such a test"),
        (None, {}, "0 were followed for 30 days"),
        (moments(sd=0.0), {}, "is the same for every customer of the history"),
    ],
)
def test_a_past_that_tells_too_little_is_named_and_no_error(found, changes, sentence):
    study = plan()
    result = analyze(evidence(study, found, **changes), study)
    assert result.decision.verdict == "not_enough_data"
    assert sentence in result.decision.because
    assert (result.options, result.curve, result.settings) == ((), (), "")


def test_an_effect_that_cannot_be_is_not_feasible():
    study = plan(measure={"primary_metric": "repurchase_30d"}, rule={"min_effect": 0.8})
    share = Moments("history", ("repurchase_30d",), 5000, np.array([0.3]), np.array([[0.21]]))
    result = planned(study, share)
    assert result.decision.verdict == "not_feasible"
    assert "would leave the range" in result.decision.because


def test_ten_years_are_no_plan():
    result = planned(plan(rule={"min_effect": 0.01}))
    assert result.decision.verdict == "not_feasible"
    assert "would not come within ten years" in result.decision.because


def test_a_guardrail_shows_the_margin_it_can_rule_out():
    study = plan(measure={"guardrails": {"complaint_rate_30d": 0.04}})
    found = moments(complaint_rate_30d=(0.2, 0.16))
    result = planned(study, found)
    guard = result.guardrails[0]
    se = sqrt(2 * 0.16 / result.planned.n_control)
    assert guard.smallest_margin == pytest.approx((1.95996 + 0.84162) * se, rel=0.005)
    assert guard.needed == sample_size(Mean(0.4), 0.04, Design())[0]
    assert guard.holds is (guard.smallest_margin <= 0.04 * 1.02)


def test_net_value_shows_the_least_money_it_can():
    study = plan(money={"margin_rate": 0.3, "window_days": 30})
    found = moments(net_value_30d=(20.0, 900.0))
    result = planned(study, found)
    expected = smallest_effect(Mean(30.0), result.planned.n_control, Design())
    assert result.planned.smallest_net_value == pytest.approx(expected)


def test_chances_are_those_of_simulated_tests():
    study = plan(looks={"count": 3, "spending": "obrien_fleming"})
    result = planned(study)
    from cs_lib.methods.sequential.spending import boundaries

    bounds = boundaries(equal_looks(3))
    se = sqrt(2 * 2500 / result.planned.n_control)
    rng = np.random.default_rng(6)
    steps = rng.normal(size=(20_000, 3)).cumsum(axis=1) / np.sqrt([1, 2, 3])
    for row in result.chances:
        z = steps + (row.effect / se) * np.sqrt(bounds.fractions)
        worth = z - 5 / se * np.sqrt(bounds.fractions)
        assert row.above_zero == pytest.approx((z >= bounds.upper).any(axis=1).mean(), abs=0.012)
        assert row.worth_it == pytest.approx((worth >= bounds.upper).any(axis=1).mean(), abs=0.012)
        below = (worth <= bounds.lower).any(axis=1).mean()
        assert row.too_small == pytest.approx(below, abs=0.012)


def test_a_test_of_the_planned_size_finds_the_planned_effect_as_often_as_planned():
    study = plan(measure={"covariates": ["spent_before_180d"]})
    n = planned(study, moments(r=0.6)).planned.n_control
    rng = np.random.default_rng(7)
    found = 0
    for _ in range(600):
        x = rng.normal(100, 20, (2, n))
        y = 60 + 0.6 * 50 / 20 * (x - 100) + rng.normal(0, 50 * 0.8, (2, n))
        y[1] += 5.0
        arms = [
            Moments(name, ("revenue_30d", "spent_before_180d"), n, np.array([a.mean(), b.mean()]), np.cov(a, b))
            for name, a, b in zip(("control", "coupon"), y, x, strict=True)
        ]  # fmt: skip
        found += compare_adjusted(*arms, "revenue_30d", ["spent_before_180d"]).pvalue < 0.05
    assert found / 600 == pytest.approx(0.8, abs=0.05)


WRITTEN = {
    "plain": {},
    "money, guardrails, covariates, looks": {
        "measure": {
            "covariates": ["spent_before_180d"], "guardrails": {"complaint_rate_30d": 0.05},
            "secondary": ["orders_90d"],
        },
        "money": {"margin_rate": 0.3, "window_days": 60, "budget": 9000.0},
        "looks": {"count": 6},
    },
    "more looks than days": {"rule": {"min_effect": 60.0}, "looks": {"count": 20, "spending": "pocock"}},
    "one day": {"rule": {"min_effect": 90.0}, "looks": {"count": 4}},
    "several uneven variants": {
        "design": {"arms": ["a", "b"], "split": {"control": 0.4, "a": 0.2, "b": 0.2, "off": 0.2}},
        "looks": {"count": 2},
    },
    "dunnett": {
        "design": {"arms": ["a", "b"], "split": {"control": 0.5, "a": 0.25, "b": 0.25}},
        "rule": {"correction": "dunnett"},
    },
    "whole agents": {"design": {"cluster": "agent_id"}, "rule": {"min_effect": 9.0}, "write": "by_agent"},
    "long names": {"design": {"arms": ["a" * 90], "split": {"control": 0.5, "a" * 90: 0.5}}},
    "names that are words of YAML": {"design": {"control": "no", "arms": ["yes"], "split": {"no": 0.5, "yes": 0.5}}},
}  # fmt: skip


@pytest.mark.parametrize("changes", WRITTEN.values(), ids=WRITTEN.keys())
def test_written_settings_are_accepted_and_are_the_plan(changes):
    study = plan(**changes)
    found = moments(complaint_rate_30d=(0.2, 0.16), net_value_60d=(20.0, 900.0))
    result = planned(study, found, clusters=cluster_sums(0.02) if study.design.cluster else None)
    assert result.decision.verdict == "planned"
    raw, lines = strict_yaml.parse(result.settings, shown="written")
    test, problems = params.check_study(raw, file="written", lines=lines, also=metrics.problems)
    assert problems == [] and isinstance(test, params.PerkAbTest)
    option, start, end = result.planned, *test.assigned_days
    assert (test.study, test.design.experiment) == (study.written_name, "winter")
    assert (start, (end - start).days + 1) == (study.design.start, option.assigned_days)
    assert test.as_of == option.result_on
    followed = test.as_of - end - timedelta(days=1)
    assert followed.days == study.follow_up_days  # the last one assigned is followed to the end
    assert (test.measure, test.money) == (study.measure, study.money)
    if study.looks is None:
        assert test.rule.planned_n == min(option.n_control, option.n_treatment)
    else:
        assert test.looks.dates[-1] == test.as_of and len(test.looks.dates) <= study.looks.count


def test_looks_fall_when_equal_parts_are_followed():
    study = plan(looks={"count": 4})
    result = planned(study)
    raw, _ = strict_yaml.parse(result.settings, shown="written")
    days = [(date.fromisoformat(d) - date(2026, 7, 6)).days - 30 for d in raw["looks"]["dates"]]
    assert days == [-(-result.planned.n_total * k // (4 * 40)) for k in (1, 2, 3, 4)]


def test_every_key_of_the_written_settings_is_explained():
    text = planned(plan()).settings
    for key in ("period:", "planned_n:", "primary_metric:", "alpha:", "as_of:"):
        line = next(row for row in text.splitlines() if row.strip().startswith(key))
        assert "  # " in line
    assert text.startswith("# Written by the plan 'plan'")


def test_the_page_never_shows_more_than_the_plan_itself_needs():
    result = planned(plan())
    lengths = [o.assigned_days for o in result.options]
    assert lengths == sorted(set(lengths))
    assert result.planned in result.options
    assert all(isfinite(o.power) for o in result.curve)


def test_checks_doubt_what_is_thin():
    study = plan()
    few = replace(evidence(study, moments(), entries=steady(40, days=20)), with_perk=2000)
    doubts = {titled(c) for c in analyze(few, study).checks if c.passed is False}
    assert doubts == {"Enough history", "Intake seen before", "The past is like control"}
