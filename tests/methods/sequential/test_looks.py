from datetime import date, timedelta

import numpy as np
import pytest
from scipy import stats

from cs_lib.aggregates import Moments
from cs_lib.methods.ab.means import compare_means
from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.sequential.looks import Look, LookPlan, look_at, monitor, with_new_information
from cs_lib.methods.sequential.spending import Side, boundaries, crossing

START = date(2024, 3, 1)
PLAN = LookPlan(planned_n=1000)
NS = (200, 400, 600, 800, 1000)


def looks(zs, ns=NS, *, se=1.0, df=float("inf")) -> list[Look]:
    days = (START + timedelta(7 * k) for k in range(len(zs)))
    return [Look(day, z * se, se, n, df) for day, z, n in zip(days, zs, ns, strict=False)]


def test_monitor_holds_each_look_against_its_own_boundary():
    found = monitor(looks([1.0, 2.0, 2.7, 2.0, 2.0], se=3.0), PLAN)
    assert [look.upper for look in found.looks] == pytest.approx(
        boundaries(np.array(NS) / 1000).upper
    )
    assert [look.crossed for look in found.looks] == [False, False, True, False, False]
    assert found.stopped == START + timedelta(14)
    assert found.shown is found.looks[2]
    third = found.looks[2]
    assert third.ci_low == pytest.approx(3 * (2.7 - third.upper))
    assert third.ci_high == pytest.approx(3 * (2.7 + third.upper))


def test_monitor_gives_the_same_answer_twice_and_never_rewrites_a_past_look():
    all_looks = looks([1.0, 2.0, 2.2, 2.1, 2.3])
    whole = monitor(all_looks, PLAN)
    assert monitor(all_looks, PLAN) == whole
    for count in range(1, 6):
        assert monitor(all_looks[:count], PLAN).looks == whole.looks[:count]


def test_no_p_is_final_while_the_test_runs():
    running = monitor(looks([1.0, 2.5, 2.5]), PLAN)
    assert running.pvalue is None and not running.ended and running.stopped is None
    assert running.repeated_pvalue > 0.05 > 2 * stats.norm.sf(2.5)


def test_the_final_p_at_the_end_counts_the_looks_before():
    ended = monitor(looks([0.1, 0.3, 0.5, 1.0, 2.0]), PLAN)
    assert ended.ended and ended.looks[-1].final
    edges = np.append(boundaries(np.array(NS) / 1000).upper[:4], 2.0)
    root = np.sqrt(np.arange(1, 6))
    corr = np.minimum.outer(root, root) / np.maximum.outer(root, root)
    joint = stats.multivariate_normal(np.zeros(5), corr, abseps=1e-7, releps=1e-7, seed=1)
    calm = joint.cdf(edges, lower_limit=-edges)
    assert ended.pvalue == pytest.approx(1 - calm, abs=1e-5)
    assert ended.pvalue > 0.05 > 2 * stats.norm.sf(2.0)


def test_the_final_p_at_an_early_stop_is_the_chance_of_stopping_so_or_sooner():
    found = monitor(looks([1.0, 2.0, 2.9, 0.0, 0.0]), PLAN)
    bounds = boundaries([0.2, 0.4, 0.6])
    above, _ = crossing(bounds)
    rng = np.random.default_rng(1)
    paths = rng.normal(size=(2_000_000, 3)).cumsum(axis=1) / np.sqrt([1, 2, 3])
    calm = np.all(np.abs(paths[:, :2]) < bounds.upper[:2], axis=1)
    expected = 2 * (above[:2].sum() + np.mean(calm & (paths[:, 2] >= 2.9)))
    assert found.pvalue == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize("kind", ["obrien_fleming", "pocock"])
@pytest.mark.parametrize("harm", [None, Side("pocock", 0.025), Side("pocock", 0.01)])
@pytest.mark.parametrize("good", ["up", "down"])
def test_boundary_interval_and_p_always_agree(kind, harm, good):
    plan = LookPlan(1000, kind=kind, harm=harm, good=good)
    rng = np.random.default_rng(2)
    for zs in rng.normal(0, 2.0, (15, 5)):
        found = monitor(looks(zs, (130, 310, 550, 580, 1070), df=60.0), plan)
        for look in found.looks:
            assert look.crossed == (not look.ci_low < 0 < look.ci_high)
            assert look.crossed == (look.repeated_pvalue <= plan.alpha)
        assert (found.stopped is not None) == (found.pvalue <= plan.alpha)


def test_the_repeated_p_is_the_alpha_whose_boundary_passes_through_z():
    found = monitor(looks([1.0, 1.5, 1.8]), PLAN)
    alpha = found.looks[2].repeated_pvalue
    assert boundaries([0.2, 0.4, 0.6], alpha=alpha).upper[2] == pytest.approx(1.8, abs=1e-8)


def test_repeated_p_is_monotone_and_a_probability_for_any_z():
    zs = [0.0, 0.01, 0.5, 1.0, 2.0, 3.0, 5.0, 9.0, 20.0, 80.0]
    for kind in ("obrien_fleming", "pocock"):
        plan = LookPlan(1000, kind=kind)
        found = [monitor(looks([0.0, z], (300, 900)), plan).looks[1].repeated_pvalue for z in zs]
        assert np.all(np.diff(found) <= 0) and found[0] == 1 and 0 < found[-1] < 1e-290


def test_harm_is_told_from_benefit_by_the_good_direction():
    zs = [0.0, -3.5]
    up = monitor(looks(zs), PLAN).looks[1]
    down = monitor(looks(zs), LookPlan(1000, good="down")).looks[1]
    assert up.crossed and up.crossed_harm
    assert down.crossed and not down.crossed_harm


def test_a_harm_boundary_stops_sooner_on_the_harmful_side_only():
    plan = LookPlan(1000, harm=Side("pocock", 0.025))
    assert monitor(looks([-2.5]), plan).looks[0].crossed_harm
    assert not monitor(looks([2.5]), plan).looks[0].crossed
    assert monitor(looks([2.5]), LookPlan(1000, harm=plan.harm, good="down")).looks[0].crossed_harm
    assert not monitor(looks([-2.5]), PLAN).looks[0].crossed


def test_the_end_date_ends_the_test_below_the_planned_n_and_spends_the_rest():
    plan = LookPlan(1000, end=START + timedelta(14))
    found = monitor(looks([1.0, 1.0, 2.1, 9.0]), plan)
    assert found.ended and found.unused == 1 and len(found.looks) == 3
    assert found.looks[-1].upper == boundaries([0.2, 0.4, 0.6], ended=True).upper[-1]
    assert found.pvalue is not None


def test_looks_after_the_planned_n_are_left_out():
    found = monitor(looks([1.0, 1.0, 9.0], (500, 1200, 1300)), PLAN)
    assert found.unused == 1 and found.stopped is None and found.looks[-1].fraction == 1.2


def test_small_samples_use_the_t_value_with_the_same_tail():
    found = monitor(looks([2.5], (1000,), df=8.0), PLAN)
    expected = stats.t(8).ppf(0.975)
    assert found.looks[0].ci_low == pytest.approx(2.5 - expected)
    assert found.pvalue == pytest.approx(2 * stats.t(8).sf(2.5))


def test_an_effect_becomes_a_look():
    arms = [
        Moments(v, ("spend",), 300, np.array([m]), np.array([[4.0]]))
        for v, m in (("control", 5.0), ("treatment", 5.5))
    ]
    effect = compare_means(*arms, "spend")
    look = look_at(START, effect)
    assert (look.estimate, look.n, look.df) == (effect.effect, 600, effect.df)
    final = monitor([look], LookPlan(planned_n=600)).looks[0]
    assert (final.ci_low, final.ci_high) == pytest.approx(
        (effect.effect_ci_low, effect.effect_ci_high)
    )


def test_a_day_on_which_nobody_matured_is_no_look():
    days = looks([1.0, 1.1, 1.2, 1.3], (200, 200, 201, 201))
    assert [look.n for look in with_new_information(days)] == [200, 201]
    with pytest.raises(ValueError, match="must increase"):
        monitor(days, PLAN)


def test_monitor_shows_one_row_per_look():
    frame = monitor(looks([1.0, 2.0]), PLAN).to_frame()
    assert list(frame["n"]) == [200, 400]
    assert not frame.isna().any(axis=None)


def test_monitor_rejects_5_percent_of_tests_without_effect_over_14_looks():
    rng = np.random.default_rng(3)
    ns = 100 * np.arange(1, 15)
    upper = boundaries(ns / 1400).upper
    zs = rng.normal(size=(20_000, 14)).cumsum(axis=1) / np.sqrt(np.arange(1, 15))
    assert np.mean(np.any(np.abs(zs) >= upper, axis=1)) == pytest.approx(0.05, abs=0.005)
    plan = LookPlan(1400)
    for path in zs[:5]:
        stopped = monitor(looks(path, ns), plan).stopped is not None
        assert stopped == bool(np.any(np.abs(path) >= upper))


def test_final_p_is_uniform_without_an_effect():
    rng = np.random.default_rng(4)
    zs = rng.normal(size=(400, 3)).cumsum(axis=1) / np.sqrt([1, 2, 3])
    plan = LookPlan(900, kind="pocock")
    found = [monitor(looks(path, (300, 600, 900)), plan).pvalue for path in zs]
    assert stats.kstest(found, "uniform").pvalue > 0.01


@pytest.mark.parametrize(
    ("ns", "order", "sentence"),
    [
        ((200, 400), (1, 0), "stands after that of"),
        ((200, 400), (0, 0), "two looks of 2024-03-01"),
        ((400, 200), (0, 1), "fewer units were mature"),
    ],
)
def test_monitor_refuses_looks_that_are_out_of_order(ns, order, sentence):
    days = looks([1.0, 1.0], ns)
    with pytest.raises(ValueError, match=sentence):
        monitor([days[k] for k in order], PLAN)


@pytest.mark.parametrize("se", [0.0, float("nan")])
def test_monitor_refuses_a_look_without_a_standard_error(se):
    with pytest.raises(CannotEstimate, match="no estimate with a standard error"):
        monitor([Look(START, 1.0, se, 100)], PLAN)


def test_monitor_refuses_no_looks_and_an_empty_plan():
    with pytest.raises(ValueError, match="no look yet"):
        monitor([], PLAN)
    with pytest.raises(ValueError, match="at least one"):
        monitor(looks([1.0]), LookPlan(0))
    with pytest.raises(CannotEstimate, match="no unit was mature"):
        monitor([Look(START, 1.0, 1.0, 0)], PLAN)
