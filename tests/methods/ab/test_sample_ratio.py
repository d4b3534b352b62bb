import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from cs_lib.methods.ab.sample_ratio import sample_ratio, sample_ratio_by, sample_ratio_watch
from cs_lib.methods.errors import CannotEstimate

PLAN = {"control": 1.0, "coupon": 1.0, "call": 2.0}


def test_sample_ratio_matches_scipy_under_an_unequal_plan():
    result = sample_ratio({"call": 2080, "control": 990, "coupon": 1010}, PLAN)
    expected = stats.chisquare([990, 1010, 2080], [1020, 1020, 2040])
    assert result.chi2 == pytest.approx(expected.statistic, rel=1e-12)
    assert result.pvalue == pytest.approx(expected.pvalue, rel=1e-12)
    assert result.planned == {"control": 0.25, "coupon": 0.25, "call": 0.5}
    assert sum(result.observed.values()) == pytest.approx(1)


@pytest.mark.parametrize(("control", "level"), [(5000, "ok"), (5140, "attention"), (5180, "alarm")])
def test_sample_ratio_grades_the_split(control, level):
    counts = {"control": control, "treatment": 10_000 - control}
    assert sample_ratio(counts, {"control": 0.5, "treatment": 0.5}).level == level


def test_sample_ratio_alarms_on_a_variant_that_got_nobody():
    assert sample_ratio({"control": 100}, {"control": 0.5, "treatment": 0.5}).level == "alarm"


def test_sample_ratio_raises_few_false_alarms():
    rng = np.random.default_rng(1)
    controls = rng.binomial(5_000, 0.3, 4_000)
    plan = {"control": 0.3, "treatment": 0.7}
    levels = [sample_ratio({"control": x, "treatment": 5_000 - x}, plan).level for x in controls]
    assert np.mean([level != "ok" for level in levels]) == pytest.approx(0.01, abs=0.005)


def test_sample_ratio_refuses_a_variant_outside_the_plan():
    with pytest.raises(ValueError, match="does not name: holdout"):
        sample_ratio({"control": 5, "holdout": 3}, {"control": 0.5, "treatment": 0.5})


def test_sample_ratio_refuses_an_empty_study():
    with pytest.raises(CannotEstimate, match="No units were assigned"):
        sample_ratio({}, {"control": 0.5, "treatment": 0.5})


@pytest.mark.parametrize("plan", [{"control": 1.0}, {"control": 1.0, "treatment": 0.0}])
def test_sample_ratio_refuses_a_plan_without_two_weights(plan):
    with pytest.raises(ValueError, match="at least two variants"):
        sample_ratio({"control": 5}, plan)


HALVES = {"control": 0.5, "treatment": 0.5}


def arrivals(rng: np.random.Generator, shares, days: int, per_day: int) -> dict[str, np.ndarray]:
    daily = rng.multinomial(per_day, shares, days).cumsum(axis=0)
    return dict(zip(PLAN, daily.T, strict=True))


def test_sample_ratio_watch_matches_scipys_dirichlet_multinomial():
    counts = {"control": [3, 12], "coupon": [5, 9], "call": [7, 31]}
    found = sample_ratio_watch(counts, PLAN, concentration=10).log_e
    for day in range(2):
        x = [counts[name][day] for name in PLAN]
        mixture = stats.dirichlet_multinomial([2.5, 2.5, 5.0], sum(x)).logpmf(x)
        planned = stats.multinomial(sum(x), [0.25, 0.25, 0.5]).logpmf(x)
        assert found[day] == pytest.approx(mixture - planned, abs=1e-10)


def test_sample_ratio_watch_is_the_product_of_one_unit_after_another():
    rng = np.random.default_rng(5)
    seen, prior, log_e = np.zeros(2), np.array([15.0, 35.0]), 0.0
    plan = {"control": 0.3, "treatment": 0.7}
    for unit in rng.choice(2, 200, p=[0.4, 0.6]):
        share = (prior[unit] + seen[unit]) / (50 + seen.sum())
        log_e += np.log(share / plan["treatment" if unit else "control"])
        seen[unit] += 1
    counts = {"control": [seen[0]], "treatment": [seen[1]]}
    found = sample_ratio_watch(counts, plan, concentration=50)
    assert found.log_e[0] == pytest.approx(log_e, abs=1e-9)


@pytest.mark.parametrize("concentration", [100.0, 1000.0])
def test_sample_ratio_watch_cries_wolf_no_more_often_than_its_bound(concentration):
    rng = np.random.default_rng(6)
    runs = [arrivals(rng, [0.25, 0.25, 0.5], 100, 100) for _ in range(2_000)]
    largest = [sample_ratio_watch(x, PLAN, concentration=concentration).largest_e for x in runs]
    assert 0.005 < np.mean(np.array(largest) >= 20) <= 0.05
    assert np.mean(np.array(largest) >= 1000) <= 0.002


def test_sample_ratio_watch_finds_a_broken_split_and_keeps_the_alarm():
    rng = np.random.default_rng(7)
    broken = rng.binomial(100, 0.6, 30).cumsum()
    control = np.concatenate([broken, broken[-1] + 40 * np.arange(1, 31)])
    units = 100 * np.arange(1, 61)
    found = sample_ratio_watch({"control": control, "treatment": units - control}, HALVES)
    assert found.first_alarm is not None and found.first_alarm < 15
    assert found.level == "alarm" and found.log_e[-1] < np.log(1000) <= max(found.log_e)
    assert found.pvalue == pytest.approx(1 / found.largest_e)


def test_sample_ratio_watch_alarms_on_a_variant_that_got_nobody():
    found = sample_ratio_watch({"control": [500, 3_000_000]}, HALVES)
    assert found.level == "alarm" and np.isfinite(found.largest_e)


@pytest.mark.parametrize(
    ("counts", "sentence"),
    [
        ({"control": [5, 4], "treatment": [1, 2]}, "must not shrink"),
        ({"control": [5.5], "treatment": [1]}, "whole numbers"),
        ({"control": [-1], "treatment": [1]}, "whole numbers"),
        ({"control": [1, 2], "treatment": [1]}, "same days"),
        ({"control": [1], "holdout": [1]}, "does not name: holdout"),
        ({"control": [0], "treatment": [0]}, "No units were assigned"),
        ({}, "No units were assigned"),
    ],
)
def test_sample_ratio_watch_refuses_counts_that_cannot_be(counts, sentence):
    with pytest.raises(ValueError, match=sentence):
        sample_ratio_watch(counts, HALVES)


def test_sample_ratio_watch_refuses_a_prior_without_weight():
    with pytest.raises(ValueError, match="above zero"):
        sample_ratio_watch({"control": [1]}, HALVES, concentration=0)


def test_sample_ratio_by_adjusts_for_the_number_of_parts_as_statsmodels_does():
    rng = np.random.default_rng(8)
    controls = {f"day {k}": int(x) for k, x in enumerate(rng.binomial(400, 0.52, 12))}
    counts = {day: {"control": x, "treatment": 400 - x} for day, x in controls.items()}
    found = sample_ratio_by(counts, HALVES)
    expected = multipletests([part.pvalue for part in found], method="fdr_bh")[1]
    assert [part.adjusted for part in found] == pytest.approx(expected.tolist())
    assert [part.part for part in found] == list(counts)


def test_sample_ratio_by_points_at_the_broken_part_and_skips_the_tiny_one():
    counts = {
        "web": {"control": 1000, "treatment": 1010},
        "app": {"control": 1200, "treatment": 900},
        "fax": {"control": 9},
    }
    assert [part.level for part in sample_ratio_by(counts, HALVES)] == ["ok", "alarm", "too_few"]
    assert sample_ratio_by({}, HALVES) == ()
