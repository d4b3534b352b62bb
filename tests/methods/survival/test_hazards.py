from datetime import date

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter, KaplanMeierFitter
from lifelines.datasets import load_waltons
from lifelines.statistics import logrank_test, proportional_hazard_test
from lifelines.utils import restricted_mean_survival_time
from statsmodels.duration.hazard_regression import PHReg

from cs_lib import data, params
from cs_lib.aggregates import Durations
from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.survival import hazards as waiting
from cs_lib.methods.survival.hazards import compare_waiting, hazard_ratio
from cs_lib.metrics import DAILY
from cs_lib.metrics.queries import per_day

DAY = 86_400.0
HORIZON = 14 * DAY


def gathered(group, seconds, ended):
    """Rows as counts, as an engine would."""
    pairs = np.column_stack([seconds, ended])
    distinct, count = np.unique(pairs, axis=0, return_counts=True)
    return Durations(group, distinct[:, 0], distinct[:, 1].astype(bool), count)


def rows(*groups):
    """Counts as rows again: time, ended, group 0 or 1."""
    parts = [
        pd.DataFrame({"T": d.seconds, "E": d.ended.astype(int), "g": i}).loc[
            lambda f, d=d: f.index.repeat(d.count)
        ]
        for i, d in enumerate(groups)
    ]
    return pd.concat(parts, ignore_index=True)


def cox(frame):
    return CoxPHFitter().fit(frame, "T", "E", fit_options={"precision": 1e-12})


def arms(rng, n=400, *, factor=1.4, ties=10.0, shape=0.8, horizon=60.0):
    """Weibull times, coarse so that many tie, censored at the horizon and a few before it."""
    found = []
    for name, rate in (("before", 1.0), ("after", factor)):
        event = 30 * (rng.exponential(1, n) / rate) ** (1 / shape)
        event = np.ceil(event / ties) * ties
        lost = np.where(rng.random(n) < 0.1, rng.uniform(0, 80, n).round(), horizon)
        limit = np.minimum(lost, horizon)
        found.append(gathered(name, np.minimum(event, limit), event <= limit))
    return found


@pytest.fixture(scope="module")
def demo():
    """Hours to resolution of the routed teams, before and after."""
    study = params.load("faster_routing")
    desk = data.load(study)
    design = study.design
    periods = {"before": design.pre_period, "after": (date(2026, 2, 12), design.post_period[1])}
    try:
        return per_day.durations(
            desk, DAILY["resolution_hours"], periods=periods, scope=design.changed
        )
    finally:
        desk.close()


def waltons():
    frame = load_waltons()
    named = [frame[frame.group == g] for g in ("control", "miR-137")]
    return [gathered(str(i), f["T"].to_numpy(float), f["E"]) for i, f in enumerate(named)]


@pytest.fixture(params=["coarse", "fine", "waltons", "demo"])
def pair(request):
    if request.param == "demo":
        return request.getfixturevalue("demo")
    if request.param == "waltons":
        return waltons()
    return arms(np.random.default_rng(5), ties={"coarse": 20.0, "fine": 1e-4}[request.param])


def test_cox_with_efron_ties_matches_lifelines(pair):
    found, frame = hazard_ratio(*pair), rows(*pair)
    expected = cox(frame)
    assert found.log_ratio == pytest.approx(expected.params_["g"], rel=1e-6)
    assert found.se == pytest.approx(expected.standard_errors_["g"], rel=1e-6)
    assert found.pvalue == pytest.approx(expected.summary.p["g"], rel=1e-4)
    low, high = np.exp(expected.confidence_intervals_.loc["g"])
    assert (found.ci_low, found.ci_high) == pytest.approx((low, high), rel=1e-6)
    assert (found.nobs, found.events) == (len(frame), frame.E.sum())


def test_cox_with_efron_ties_matches_statsmodels(pair):
    frame = rows(*pair)
    model = PHReg(frame["T"], frame[["g"]], status=frame["E"], ties="efron")
    expected = model.fit(disp=0)
    assert hazard_ratio(*pair).log_ratio == pytest.approx(expected.params[0], rel=1e-5)


def test_restricted_means_and_log_rank_match_lifelines(pair):
    horizon = min(HORIZON, max(float(d.seconds.max()) for d in pair)) * 0.9
    found = compare_waiting(*pair, "hours", horizon=horizon)
    fits = [KaplanMeierFitter().fit(*np.array(rows(d))[:, :2].T) for d in pair]
    first, second = (restricted_mean_survival_time(fit, t=horizon) for fit in fits)
    assert found.restricted.effect == pytest.approx(second - first, rel=1e-6)
    cut = rows(*pair)
    cut.loc[cut["T"] > horizon, ["T", "E"]] = horizon, 0
    sides = [cut[cut.g == i] for i in (0, 1)]
    test = logrank_test(*(s["T"] for s in sides), *(s["E"] for s in sides))
    assert found.log_rank.chi2 == pytest.approx(test.test_statistic, rel=1e-6)
    assert found.log_rank.pvalue == pytest.approx(test.p_value, rel=1e-6)
    assert found.hazard.log_ratio == pytest.approx(cox(cut).params_["g"], rel=1e-6)


def loop(log_ratio, drift, table, g):
    """Efron's log likelihood, tied event by tied event, with a log ratio that drifts with g."""
    total = 0.0
    for d0, n0, d1, n1, at in zip(*table, g, strict=True):
        r, d = np.exp(log_ratio + drift * at), int(d0 + d1)
        total += d1 * np.log(r)
        total -= sum(np.log(n0 + r * n1 - k / d * (d0 + r * d1)) for k in range(d))
    return total


def test_drift_check_is_the_score_test_of_efrons_likelihood():
    pair = arms(np.random.default_rng(8), n=150, ties=6.0)
    found = hazard_ratio(*pair)
    d0, n0, d1, n1 = waiting.events_of_two(*pair)
    shared = (d0 + d1 > 0) & (n0 > 0) & (n1 > 0)
    table = [v[shared] for v in (d0, n0, d1, n1)]
    d = table[0] + table[2]
    g = (np.cumsum(d) - (d - 1) / 2) / d.sum()
    b, e = found.log_ratio, 1e-4

    def at(i, j):
        return loop(b + i * e, j * e, table, g)

    score = (at(0, 1) - at(0, -1)) / (2 * e)
    bb = -(at(1, 0) - 2 * at(0, 0) + at(-1, 0)) / e**2
    gg = -(at(0, 1) - 2 * at(0, 0) + at(0, -1)) / e**2
    bg = -(at(1, 1) - at(1, -1) - at(-1, 1) + at(-1, -1)) / (4 * e**2)
    expected = float(waiting.chi2_tail(score**2 / (gg - bg**2 / bb), 1))
    assert found.proportional_pvalue == pytest.approx(expected, rel=1e-4)


def test_drift_check_is_close_to_the_older_form_of_lifelines():
    """Grambsch and Therneau's first form takes the information as the same at every event."""
    for seed in range(5):
        frame = rows(*arms(np.random.default_rng(seed), ties=1e-6, factor=1.1))
        older = proportional_hazard_test(cox(frame), frame, time_transform="rank").p_value
        pair = [gathered(str(i), f["T"].to_numpy(), f.E) for i, f in frame.groupby("g")]
        assert hazard_ratio(*pair).proportional_pvalue == pytest.approx(older, abs=0.02)


def test_ratio_is_usable_at_proportional_hazards_about_95_times_in_100():
    rng = np.random.default_rng(11)
    found = [hazard_ratio(*arms(rng, n=150)) for _ in range(600)]
    assert 0.03 <= np.mean([not h.usable for h in found]) <= 0.075
    covered = np.mean([h.ci_low <= 1.4 <= h.ci_high for h in arms_fine(rng)])
    assert covered >= 0.92


def arms_fine(rng):
    return [hazard_ratio(*arms(rng, n=150, ties=1e-3)) for _ in range(300)]


def test_ratio_is_flagged_when_it_drifts():
    rng = np.random.default_rng(12)
    early = np.ceil(rng.exponential(30, 1_500))
    late = np.ceil(30 * rng.weibull(2.0, 1_500))
    pair = [gathered(g, np.minimum(t, 90), t <= 90) for g, t in (("a", early), ("b", late))]
    found = compare_waiting(*pair, "hours", horizon=90)
    assert not found.hazard.usable and found.hazard.proportional_pvalue < 1e-6


def test_routing_makes_waits_shorter_by_a_factor_so_that_its_hazard_ratio_is_flagged(demo):
    found = compare_waiting(*demo, "resolution_hours", horizon=HORIZON, unit_seconds=3_600)
    assert found.restricted.effect_ci_high < 0 < found.restricted.control < 100
    assert found.log_rank.pvalue < 1e-6
    assert found.hazard.ratio > 1 and not found.hazard.usable


def test_contacts_of_one_day_share_its_shocks_so_these_p_values_are_too_bold():
    rng, rejected = np.random.default_rng(13), 0
    for _ in range(200):
        pair = []
        for name in ("before", "after"):
            shock = np.repeat(rng.normal(0, 0.3, 60), 30)
            took = np.ceil(30 * np.exp(shock + rng.normal(0, 1, 1_800)))
            pair.append(gathered(name, np.minimum(took, 300), took <= 300))
        rejected += waiting.log_rank(*pair).pvalue < 0.05
    assert rejected / 200 > 0.15


def test_what_happens_after_the_horizon_counts_for_neither():
    long = arms(np.random.default_rng(3), ties=1.0, horizon=60.0)
    first = compare_waiting(*long, "hours", horizon=30)
    short = [waiting._cut(d, 30) for d in long]
    again = compare_waiting(*short, "hours", horizon=30)
    assert first.hazard == again.hazard and first.log_rank == again.log_rank
    assert first.restricted.effect == pytest.approx(again.restricted.effect)


def test_closed_form_of_ties_is_the_sum_over_tied_events():
    table = tuple(np.array([v]) for v in (137.0, 4_000.0, 211.0, 3_000.0))
    expected, variance = waiting._efron(0.3, table)
    r, k = np.exp(0.3), np.arange(348)
    p = r * (3_000 - k * 211 / 348) / (4_000 + r * 3_000 - k * (137 + r * 211) / 348)
    assert expected[0] == pytest.approx(p.sum(), rel=1e-10)
    assert variance[0] == pytest.approx((p * (1 - p)).sum(), rel=1e-8)


def test_ties_keep_their_digits_among_ten_million_contacts():
    n = 10_000_000
    seconds = np.arange(1, 101) * 60.0
    count = np.full(100, n // 100)
    pair = [Durations(g, seconds, np.ones(100, bool), count) for g in ("a", "b")]
    found = hazard_ratio(*pair)
    assert found.log_ratio == pytest.approx(0, abs=1e-9) and found.usable


def test_groups_in_the_other_order_give_the_inverse_ratio():
    first, second = arms(np.random.default_rng(4))
    there, back = hazard_ratio(first, second), hazard_ratio(second, first)
    assert there.log_ratio == pytest.approx(-back.log_ratio, rel=1e-9)
    assert there.proportional_pvalue == pytest.approx(back.proportional_pvalue, rel=1e-9)


def test_comparison_goes_without_a_ratio_when_one_group_never_ends():
    some = gathered("a", np.array([1.0, 2, 3, 9]), np.array([1, 1, 1, 0]))
    none = gathered("b", np.array([9.0, 9, 9]), np.array([0, 0, 0]))
    found = compare_waiting(some, none, "hours", horizon=9)
    assert found.hazard is None and "only one of them had events" in str(found.hazard_absent)
    with pytest.raises(CannotEstimate, match="no hazard ratio"):
        hazard_ratio(some, none)


def test_ratio_from_one_event_time_is_not_usable():
    pair = [gathered(g, np.array([5.0] * 9), np.arange(9) < k) for g, k in (("a", 4), ("b", 6))]
    found = hazard_ratio(*pair)
    assert np.isnan(found.proportional_pvalue) and not found.usable


def test_waiting_refuses_an_empty_group_and_a_unit_without_length():
    full = gathered("a", np.array([1.0, 2]), np.array([1, 1]))
    empty = Durations("b", np.array([]), np.array([], bool), np.array([], int))
    with pytest.raises(CannotEstimate, match="holds no contacts"):
        compare_waiting(full, empty, "hours", horizon=2)
    with pytest.raises(ValueError, match="longer than zero"):
        compare_waiting(full, full, "hours", horizon=2, unit_seconds=0)
