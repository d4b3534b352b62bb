"""Control charts against a published example, a second implementation and simulated weeks."""

from datetime import date
from itertools import pairwise

import numpy as np
import pytest

from cs_lib.aggregates import Series
from cs_lib.diagnosis import watch
from cs_lib.methods.monitoring.control_chart import (
    RUN_LENGTH,
    CannotChart,
    control_chart,
    individuals,
    laney_p,
    laney_u,
    longest_run,
)
from cs_lib.metrics import CATALOGUE
from tests.experiment.before_after.test_analyze import evidence, study

CHANGE = date(2026, 6, 1)
# NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2.2: flow rates of ten batches.
FLOW = np.array([49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1])


def daily(weekly, *, cases=10.0, before=None, lead=0, name="resolution_hours"):
    """A daily series of weekly values, the change after `before` weeks, `lead` more days at the front."""
    before = len(weekly) if before is None else before
    first = np.datetime64(CHANGE) - 7 * before - lead
    days = first + np.arange(7 * len(weekly) + lead)
    below = np.repeat(np.broadcast_to(np.asarray(cases, float), len(weekly)), 7)
    value = np.repeat(np.asarray(weekly, float), 7)
    value, below = (np.concatenate([np.full(lead, v[0]), v]) for v in (value, below))
    return Series(name, days, value * below, below)


def noise(n, *, seed=1, level=30.0):
    return np.random.default_rng(seed).normal(level, 2.0, n)


def chart(weekly, kind="xmr", **changes):
    given = {k: changes.pop(k) for k in ("washout_days", "per") if k in changes}
    return control_chart(daily(weekly, **changes), kind, intervention_date=CHANGE, **given)


def test_xmr_limits_are_those_of_the_nist_handbook():
    found = individuals(FLOW, np.ones(10, bool))
    assert found.centre == pytest.approx(50.81)
    assert found.lower == pytest.approx(np.full(10, 45.8159), abs=1e-4)
    assert found.upper == pytest.approx(np.full(10, 55.8041), abs=1e-4)


def by_hand(count, size, spread):
    """Laney's limits one point after the other, as he describes them."""
    centre = sum(count) / sum(size)
    z = [(x / n - centre) / (spread(centre) / n) ** 0.5 for x, n in zip(count, size, strict=True)]
    ranges = [abs(b - a) for a, b in pairwise(z)]
    sigma_z = sum(ranges) / len(ranges) / 1.128
    return [
        (centre - 3 * (spread(centre) / n) ** 0.5 * sigma_z, centre + 3 * (spread(centre) / n) ** 0.5 * sigma_z)
        for n in size
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("limits", "spread", "top"),
    [(laney_p, lambda p: p * (1 - p), 1.0), (laney_u, lambda u: u, np.inf)],
    ids=["p'", "u'"],
)
def test_laney_limits_agree_with_a_second_implementation(limits, spread, top):
    rng = np.random.default_rng(7)
    size = rng.integers(20, 300, 30).astype(float)
    count = rng.binomial(size.astype(int), np.clip(rng.normal(0.2, 0.05, 30), 0, 1)).astype(float)
    found = limits(count, size, np.ones(30, bool))
    low, high = np.array(by_hand(count, size, spread)).T
    assert found.lower == pytest.approx(np.maximum(low, 0), rel=1e-12)
    assert found.upper == pytest.approx(np.minimum(high, top), rel=1e-12)


def test_limits_never_use_a_week_from_the_change_on():
    quiet, wild = noise(30), noise(30)
    wild[20:] += 500
    found = [chart(w, before=20).limits for w in (quiet, wild)]
    assert found[0].centre == found[1].centre
    assert found[0].upper[0] == found[1].upper[0]


def share_outside(limits, value):
    return float(((value < limits.lower) | (value > limits.upper)).mean())


def test_a_steady_process_leaves_xmr_limits_three_times_in_a_thousand():
    """200,000 normal points, a long baseline: 0.27 % are beyond three standard deviations."""
    value = np.random.default_rng(3).normal(size=200_000)
    base = np.arange(len(value)) < 100_000
    found = individuals(value, base, floor=-np.inf)
    assert 0.002 < share_outside(found, value) < 0.0035


def test_twenty_weeks_of_baseline_raise_about_one_alarm_in_a_hundred():
    """2,000 steady series; what the caption of the figure says."""
    rng, alarms = np.random.default_rng(4), []
    for _ in range(2_000):
        value = rng.normal(size=40)
        found = individuals(value, np.arange(40) < 20, floor=-np.inf)
        late = (value < found.lower[0]) | (value > found.upper[0])
        alarms.append(late[20:].mean())
    assert 0.008 < np.mean(alarms) < 0.016


def test_weeks_that_resemble_each_other_raise_more_alarms():
    """AR(1) at 0.5, the marginal spread unchanged."""
    rng = np.random.default_rng(5)
    value = np.zeros(50_000)
    for i, shock in enumerate(rng.normal(size=len(value) - 1) * np.sqrt(0.75), start=1):
        value[i] = 0.5 * value[i - 1] + shock
    found = individuals(value, np.ones(len(value), bool), floor=-np.inf)
    assert share_outside(found, value) > 0.02


def test_about_one_steady_process_in_twenty_is_called_unsteady_on_twenty_weeks():
    """400 baselines of independent weeks: a point outside, or eight in a row on one side."""
    rng = np.random.default_rng(9)
    found = [chart(rng.normal(30, 1, 20)) for _ in range(400)]
    called = [c.outside.any() or longest_run(c, c.baseline)[0] >= RUN_LENGTH for c in found]
    assert 0.02 < np.mean(called) < 0.09


@pytest.mark.parametrize("kind", ["p", "u"])
def test_laney_stays_calm_where_plain_limits_cry_wolf(kind):
    """3,000 weeks of about 300 cases whose true share or rate wanders from week to week."""
    rng = np.random.default_rng(6)
    size = rng.integers(150, 450, 3_000).astype(float)
    base = np.ones(3_000, bool)
    if kind == "p":
        count = rng.binomial(size.astype(int), rng.normal(0.3, 0.05, 3_000)).astype(float)
        found = laney_p(count, size, base)
        plain = np.sqrt(found.centre * (1 - found.centre) / size)
    else:
        count = rng.poisson(size * rng.normal(0.2, 0.03, 3_000)).astype(float)
        found = laney_u(count, size, base)
        plain = np.sqrt(found.centre / size)
    value = count / size
    assert share_outside(found, value) < 0.01
    assert (np.abs(value - found.centre) > 3 * plain).mean() > 0.05
    assert found.sigma_z > 1.2


def test_laney_equals_the_plain_chart_when_only_counting_makes_weeks_differ():
    rng = np.random.default_rng(8)
    size = np.full(20_000, 200.0)
    found = laney_p(rng.binomial(200, 0.3, 20_000).astype(float), size, np.ones(20_000, bool))
    assert found.sigma_z == pytest.approx(1, abs=0.02)


def test_fewer_than_twelve_whole_weeks_carry_no_limits():
    with pytest.raises(CannotChart, match="Only 11 whole weeks with cases lie before the change"):
        chart(noise(11), lead=6)
    assert chart(noise(12)).n_baseline == 12


def test_weeks_are_counted_from_the_change_and_cut_ones_are_dropped():
    found = chart(noise(30), before=20, lead=3)
    assert found.weeks.start[found.after][0] == np.datetime64(CHANGE)
    assert found.n_baseline == 20 and len(found.weeks.start) == 30


def test_a_week_with_too_few_days_has_no_point_and_makes_no_range():
    value = noise(20)
    whole = daily(value)
    gone = np.arange(140) // 7 == 9
    gone[9 * 7 : 9 * 7 + 3] = False  # three days are left
    above, below = (np.where(gone, 0, v) for v in (whole.numerator, whole.denominator))
    holed = Series(whole.metric, whole.days, above, below)
    found = control_chart(holed, "xmr", intervention_date=CHANGE)
    ranges = np.abs(np.diff(value))
    rest = np.delete(ranges, [8, 9]).mean()
    assert found.n_baseline == 19 and np.isnan(found.weeks.value[9])
    assert found.limits.upper[0] - found.limits.centre == pytest.approx(3 * rest / 1.128)


def test_a_point_outside_is_found_but_not_in_the_wash_out():
    value = noise(30)
    value[[5, 20, 25]] = 300.0, 300.0, -0.0
    found = chart(value, before=20, washout_days=7)
    assert np.flatnonzero(found.outside).tolist() == [5]
    assert not found.after[20] and found.after[21]


def test_no_limit_lies_where_no_value_can():
    value = np.abs(np.random.default_rng(2).normal(1, 3, 30))
    assert chart(value).limits.lower.min() == 0
    shares = laney_p(np.tile([9.0, 10.0, 7.0], 8), np.full(24, 10.0), np.ones(24, bool))
    assert shares.upper.max() <= 1


@pytest.mark.parametrize(
    ("weekly", "kind", "said"),
    [
        ([5.0] * 20, "xmr", "all weeks are alike"),
        ([0.0] * 20, "p_prime", "the same in every week"),
        ([0.0] * 20, "u_prime", "nothing was counted"),
    ],
)
def test_weeks_without_variation_are_refused(weekly, kind, said):
    with pytest.raises(CannotChart, match=said):
        chart(weekly, kind)


def test_a_week_without_cases_has_open_limits():
    cases = np.full(30, 50.0)
    cases[25] = 0.0
    found = chart(np.random.default_rng(3).uniform(0.1, 0.3, 30), "p_prime", cases=cases, before=20)
    assert (found.limits.lower[25], found.limits.upper[25]) == (0, 1)
    assert not found.outside[25] and not found.after[25]


def test_the_longest_run_is_counted_on_one_side_of_the_average():
    value = np.tile([29.0, 31.0], 10).astype(float)
    late = [28.0, 28.0, 32.0, 28.0, 27.0, 30.0, 26.0, 28.0]  # 30 is the average itself
    found = chart(np.append(value, late), before=20)
    assert longest_run(found, found.after) == (4, False)
    assert longest_run(found, found.baseline)[0] == 1
    assert longest_run(found, np.zeros(28, bool)) == (0, False)


def test_a_study_is_watched_by_the_chart_its_unit_asks_for():
    kinds = {"resolution_hours": "xmr", "reopen_rate": "p_prime", "contact_rate": "u_prime"}
    for name, kind in kinds.items():
        own = study(measure={"primary_metric": name})
        days = evidence().series["resolution_hours"].days
        below = np.full(len(days), 40.0)
        top = np.random.default_rng(1).binomial(40, 0.2, len(days)) * 1.0
        scale = 1000.0 if name == "contact_rate" else 1.0
        series = Series(name, days, top * scale, below)
        seen = watch(evidence(metrics={name: CATALOGUE[name]}, series={name: series}), own).chart
        assert seen.kind == kind
        before = days < np.datetime64(own.design.intervention_date)
        assert seen.limits.centre == pytest.approx(top[before].mean() / 40 * scale, rel=0.1)
        if kind == "u_prime":  # counts alone make these weeks differ, a little less than Poisson's
            assert 0.4 < seen.limits.sigma_z < 1.4


def test_teams_have_no_single_series_to_watch():
    design = {
        "intervention_date": "2026-04-02",
        "pre_period": ["2026-01-01", "2026-04-01"],
        "post_period": ["2026-04-02", "2026-06-30"],
        "teams": {f"T{i}": "2026-04-02" if i < 3 else None for i in range(6)},
    }
    found = watch(evidence(), study(design=design))
    assert found.chart is None and not found.asked
