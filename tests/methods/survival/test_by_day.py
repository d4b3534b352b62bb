"""Waiting times judged by days: against the tests of contacts, row by row, and under AR(1) days."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter, NelsonAalenFitter
from lifelines.statistics import logrank_test

from cs_lib.methods.its.level_change import level_change
from cs_lib.methods.survival.by_day import cohorts, log_rank_scores, waiting_by_day
from cs_lib.methods.survival.hazards import hazard_ratio
from tests.bench.waiting_calibration import draw, measure

CELL = (84, 0.5, 0.3, 40)


def rows(waits, change):
    """Counts as rows again: time, ended, opened after the change, day."""
    frame = pd.DataFrame({"T": waits.seconds, "E": waits.ended.astype(int), "day": waits.days})
    frame["g"] = (frame["day"] >= np.datetime64(change)).astype(int)
    return frame.loc[frame.index.repeat(waits.count)].reset_index(drop=True)


@pytest.fixture(scope="module")
def sample():
    return draw(np.random.default_rng(1), *CELL, shorter=0.9)


def test_the_log_rank_is_that_of_the_rows(sample):
    mean, waits, change = sample
    frame = rows(waits, change)
    first, second = (frame[frame["g"] == g] for g in (0, 1))
    expected = logrank_test(first["T"], second["T"], first["E"], second["E"])
    found = waiting_by_day(mean, waits, intervention_date=change)
    assert found.log_rank.pvalue == pytest.approx(expected.p_value)


def test_scores_are_martingale_residuals_summed_by_day(sample):
    mean, waits, change = sample
    frame = rows(waits, change)
    pooled = NelsonAalenFitter(nelson_aalen_smoothing=False).fit(frame["T"], frame["E"])
    hazard = pooled.cumulative_hazard_at_times(frame["T"]).to_numpy()
    expected = (frame["E"] - hazard).groupby(frame["day"]).sum()
    found = log_rank_scores(waits, mean, intervention_date=change)
    assert found.numerator == pytest.approx(expected.to_numpy())
    assert found.denominator == pytest.approx(frame.groupby("day").size().to_numpy())
    total = found.numerator[found.days >= np.datetime64(change)].sum()
    test = waiting_by_day(mean, waits, intervention_date=change).log_rank
    assert total == pytest.approx(test.observed - test.expected)


def test_the_restricted_mean_is_the_plain_step_of_the_daily_series(sample):
    mean, waits, change = sample
    found = waiting_by_day(mean, waits, intervention_date=change)
    by_hand = level_change(mean, intervention_date=change, trend="none").effect
    assert found.restricted == by_hand
    seconds = np.sum(waits.seconds * waits.count) / waits.count.sum()
    assert mean.numerator.sum() / mean.denominator.sum() == pytest.approx(seconds / 3600, rel=0.06)


def test_the_hazard_ratio_is_coxs_with_a_wider_interval(sample):
    mean, waits, change = sample
    model = CoxPHFitter().fit(rows(waits, change)[["T", "E", "g"]], "T", "E")
    found = waiting_by_day(mean, waits, intervention_date=change)
    plain = hazard_ratio(*cohorts(waits, intervention_date=change))
    assert found.hazard.log_ratio == pytest.approx(model.params_["g"], rel=1e-4)
    assert plain.se == pytest.approx(model.standard_errors_["g"], rel=1e-4)
    assert found.hazard.se == pytest.approx(plain.se * np.sqrt(found.design_effect))
    assert found.design_effect > 3 and found.hazard.ci_low < plain.ci_low


def test_the_wash_out_belongs_to_neither_cohort(sample):
    mean, waits, change = sample
    given = {"intervention_date": change, "washout_days": 7}
    before, after = cohorts(waits, **given)
    day = np.datetime64(change)
    left_out = waits.count[(waits.days >= day) & (waits.days < day + 7)].sum()
    assert before.count.sum() + after.count.sum() == waits.count.sum() - left_out
    odd = waits.seconds.copy()
    odd[(waits.days >= day) & (waits.days < day + 7)] = 60.0
    found = waiting_by_day(mean, replace(waits, seconds=odd), **given)
    assert found.pvalue == waiting_by_day(mean, waits, **given).pvalue


def test_days_that_the_series_leaves_out_are_left_out(sample):
    mean, waits, change = sample
    shorter = replace(
        mean,
        days=mean.days[:-3],
        numerator=mean.numerator[:-3],
        denominator=mean.denominator[:-3],
    )
    found = waiting_by_day(shorter, waits, intervention_date=change)
    kept = waits.count[waits.ended & (waits.days <= shorter.days[-1])]
    assert found.log_rank.observed < kept.sum()
    whole = waiting_by_day(mean, waits, intervention_date=change)
    assert found.log_rank.observed < whole.log_rank.observed


def test_days_and_not_contacts_decide_when_days_resemble_each_other():
    contacts, days, mean, _, ratio, *_ = measure(CELL, 60, seed=5)
    assert contacts > 0.3  # what taking contacts as independent does
    assert days <= 0.1 and mean <= 0.1 and ratio <= 0.1


def test_independent_contacts_cost_little():
    *_, effect, power = measure((84, 0.0, 0.0, 40), 20, seed=6)
    assert effect < 2 and power > 0.95
