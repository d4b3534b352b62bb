import numpy as np
import pytest

from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.power.ab import Design, Mean, Share, equal_looks, power_for, sample_size
from cs_lib.methods.power.duration import Intake, plan_for_days, plan_for_effect, power_curve

DESIGN = Design(looks=equal_looks(5))
INTAKE = Intake(per_day=120.0, window_days=30)


def test_days_are_intake_plus_the_outcome_window():
    assert INTAKE.days_for(1200) == 40
    assert INTAKE.days_for(1201) == 41
    assert INTAKE.mature_after(40) == 1200
    assert INTAKE.mature_after(30) == 0 == INTAKE.mature_after(3)


def test_after_the_planned_days_the_planned_units_are_mature():
    for per_day in (0.7, 13.0, 333.3):
        intake = Intake(per_day, 7)
        for total in (1, 10, 999, 12_345):
            days = intake.days_for(total)
            assert intake.mature_after(days) >= total > intake.mature_after(days - 1)


def test_plan_for_effect_holds_together():
    plan = plan_for_effect(Share(0.3), -0.03, DESIGN, INTAKE)
    assert (plan.n_control, plan.n_treatment) == sample_size(Share(0.3), -0.03, DESIGN)
    assert plan.n_total == plan.n_control + plan.n_treatment
    assert plan.days == INTAKE.days_for(plan.n_total)
    assert plan.power == pytest.approx(0.8, abs=1e-3) and plan.power >= 0.8
    assert plan.smallest_effect == pytest.approx(0.03, rel=1e-3) and plan.smallest_effect <= 0.03
    assert plan.inflation == pytest.approx(1.0247, abs=1e-3)


def test_three_arms_share_one_control():
    plan = plan_for_effect(Mean(10.0), 2.0, Design(arms=3, allocation=0.5), INTAKE)
    assert plan.n_total == plan.n_control + 3 * plan.n_treatment
    assert plan.level == pytest.approx(0.05 / 3)


def test_plan_for_days_undoes_plan_for_effect():
    plan = plan_for_effect(Share(0.3), -0.03, DESIGN, INTAKE)
    back = plan_for_days(Share(0.3), -0.03, DESIGN, INTAKE, days=plan.days)
    assert back.n_control >= plan.n_control
    assert back.smallest_effect == pytest.approx(0.03, rel=0.02)


def test_power_curve_rises_and_the_smallest_effect_falls_with_the_days():
    curve = power_curve(Share(0.3), 0.03, DESIGN, INTAKE, days=range(0, 150, 10))
    assert curve.days[0] > INTAKE.window_days and curve.days[-1] == 140
    assert np.all(np.diff(curve.power) > 0) and np.all(np.diff(curve.smallest_effect) < 0)
    assert curve.power[-1] == power_for(Share(0.3), 0.03, curve.n_total[-1] // 2, DESIGN)
    reaches = curve.power >= 0.8
    assert np.array_equal(reaches, curve.smallest_effect <= 0.03)


def test_power_curve_says_infinite_where_no_change_of_the_share_would_be_found():
    curve = power_curve(Share(0.02), -0.01, Design(), Intake(20.0), days=[5, 400])
    assert np.isinf(curve.smallest_effect[0]) and np.isfinite(curve.smallest_effect[1])


def test_a_plan_of_too_few_days_is_refused():
    with pytest.raises(CannotEstimate, match="In so few days"):
        plan_for_days(Mean(1.0), 1.0, DESIGN, INTAKE, days=30)
    with pytest.raises(CannotEstimate, match="In so few days"):
        power_curve(Mean(1.0), 1.0, DESIGN, INTAKE, days=[1, 30])


def test_no_intake_is_refused():
    with pytest.raises(CannotEstimate, match="never fills"):
        Intake(0.0)
    with pytest.raises(CannotEstimate, match="shorter than zero"):
        Intake(1.0, -1)
