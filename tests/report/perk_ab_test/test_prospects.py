"""What a perk brings at the volume of its test, and the numbers at which its verdict would turn."""

import re

import pytest

from cs_lib.report import perk_ab_test
from tests.report.perk_ab_test.test_explain import seen


def test_a_month_is_the_net_value_of_all_customers_of_an_average_month():
    result = seen("three_perks").result
    start, end = result.study.assigned_days
    customers = sum(result.assigned.values()) / ((end - start).days + 1) * 365.25 / 12
    text = perk_ab_test.at_scale(result).text
    amounts = [float(a.replace(",", "")) for a in re.findall(r"\+¥([\d,]+)", text)]
    net = result.best.net_value
    ends = (net.effect, net.effect_ci_low, net.effect_ci_high)
    wanted = [end * customers * months for months in (1, 12) for end in ends]
    assert amounts == pytest.approx(wanted, rel=0.005)
    assert f"{round(customers):,} customers a month" in text


def test_what_would_turn_the_verdict_are_numbers_of_the_test():
    result = seen("three_perks").result
    lift, net, rail = perk_ab_test.turning(result).items
    assert f"from +{100 * result.best.economics.break_even_lift:.1f} points on" in lift
    assert f"cost ¥{result.best.net_value.effect:.2f} more" in net
    assert "worse would be too much" in rail


def test_while_a_test_runs_nothing_is_said_of_what_it_comes_to():
    running = seen("coupon_without_end").result
    assert perk_ab_test.at_scale(running).kind == perk_ab_test.turning(running).kind == "unasked"
