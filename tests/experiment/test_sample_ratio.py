import numpy as np
import pytest
from scipy import stats

from cs_lib.experiment.errors import CannotEstimate
from cs_lib.experiment.sample_ratio import sample_ratio

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
