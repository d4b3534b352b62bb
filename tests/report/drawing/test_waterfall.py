"""Waterfalls of money and mix, and the control chart: the steps add up, the titles claim no more than was found."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from cs_lib import data, diagnosis, experiment, metrics, params
from cs_lib.experiment import analyze
from cs_lib.experiment.perk_ab_test.compare import effect_of
from cs_lib.report import before_after, perk_ab_test
from cs_lib.report.drawing import waterfall as p
from cs_lib.report.drawing.figure import Figure
from tests.experiment.before_after.test_analyze import evidence, series, study
from tests.methods.its.test_mix import part, total

MONEY = ("three_perks", "coupon_with_looks", "coupon_without_end", "care_by_agent")


@cache
def seen(name):
    """A demo study: settings, evidence, result."""
    own = params.load(name)
    desk = data.load(own)
    try:
        found = metrics.gather(desk, own)
    finally:
        desk.close()
    return own, found, experiment.analyze(found, own)


@pytest.mark.parametrize("name", MONEY)
def test_the_steps_of_money_add_up_to_the_net_value_of_the_page(name):
    """Adjusted for covariates, at a look, always-valid, by clusters: whatever the method."""
    result = seen(name)[2]
    drawn = perk_ab_test.money_steps(result).data
    shown = [c.net_value for c in result.comparisons]
    sums = drawn.extra_margin + drawn.discounts + drawn.unit_costs
    assert sums.to_numpy() == pytest.approx([e.effect for e in shown], abs=1e-9)
    assert drawn.net_value_ci_low.tolist() == [e.effect_ci_low for e in shown]
    assert drawn.variant.tolist() == [e.variant for e in shown]


def test_each_part_is_measured_and_not_merely_what_is_left_over():
    """The adjusted cost of a perk, estimated directly, is discounts plus unit cost."""
    own, found, result = seen("three_perks")
    for c in result.comparisons:
        cost = effect_of(
            found.moments["perk_cost_60d"], "perk_cost_60d", "control", c.variant, alpha=0.05,
            covariates=own.measure.covariates,
        )  # fmt: skip
        assert c.account.adjusted
        assert c.account.discounts + c.account.unit_costs == pytest.approx(cost.effect, abs=1e-9)


def test_the_steps_are_those_of_the_table_when_nothing_is_adjusted():
    for name in ("coupon_with_looks", "care_by_agent"):
        for c in seen(name)[2].comparisons:
            assert not c.account.adjusted
            assert c.account.margin == pytest.approx(c.economics.extra_margin)
            cost = c.account.discounts + c.account.unit_costs
            assert cost == pytest.approx(c.economics.extra_cost)


def test_an_adjusted_waterfall_says_so_and_another_does_not():
    assert "adjusted for the past" in perk_ab_test.money_steps(seen("three_perks")[2]).more
    assert "adjusted" not in perk_ab_test.money_steps(seen("care_by_agent")[2]).more


def test_at_most_three_variants_are_drawn_the_best_and_the_rest_are_named():
    result = seen("three_perks")[2]
    worst = next(c for c in result.comparisons if c.variant == "custom_care")
    net = worst.net_value.with_(effect=worst.net_value.effect + 1)
    less_bad = replace(
        worst,
        variant="gift_card",
        account=replace(worst.account, variant="gift_card", net_value=net),
    )
    found = perk_ab_test.money_steps(replace(result, comparisons=(*result.comparisons, less_bad)))
    assert "Gift card" in found.wide and "Custom care" not in found.wide
    assert "Not drawn: custom care" in found.more
    assert set(found.data.variant) == {"coupon", "discount", "custom_care", "gift_card"}


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(1.0, 9.0, "of it stays"), (-9.0, -1.0, "not enough"), (-3.0, 9.0, "is open")],
)
def test_the_title_of_one_variant_claims_what_its_interval_allows(low, high, said):
    result = seen("care_by_agent")[2]
    c = result.comparisons[0]
    net = c.net_value.with_(effect_ci_low=low, effect_ci_high=high)
    found = perk_ab_test.money_steps(
        replace(result, comparisons=(replace(c, account=replace(c.account, net_value=net)),))
    )
    assert said in found.title


def test_no_money_no_steps_and_no_result_no_steps():
    result = seen("care_by_agent")[2]
    bare = replace(
        result,
        study=result.study.model_copy(update={"money": None}),
        comparisons=tuple(replace(c, account=None) for c in result.comparisons),
    )
    assert perk_ab_test.money_steps(bare).kind == "unasked"
    early = seen("perk_interim")[2]
    assert "Withheld while the test runs" in perk_ab_test.money_steps(early).text


def mixed(value, cases):
    """A study whose parts have these values and cases before and after, with a little noise."""
    parts, rng = {}, np.random.default_rng(1)
    for (name, levels), counts in zip(value.items(), cases, strict=True):
        flat = part(levels, counts)
        shaken = flat.numerator * rng.normal(1, 0.02, len(flat.days))
        parts[name] = replace(flat, numerator=shaken)
    found = evidence(series={"resolution_hours": total(parts)}, parts={"channel": parts})
    return analyze(found, study())


def test_the_mix_that_makes_the_difference_is_in_the_title_with_its_parts():
    result = mixed({"chat": (10, 10), "phone": (40, 39)}, [(20, 60), (80, 40)])
    found = before_after.what_came_in(result)
    assert found.title.startswith("Another mix by channel explains −11.8 hours of")
    assert "phone −" in found.wide and "What came in" in found.wide
    one = found.data.set_index("group")
    split = result.found.mix[0].split
    assert one.by_mix.sum() + one.by_change.sum() == pytest.approx(split.after - split.before)
    assert split.before == pytest.approx(34, abs=0.3)


def test_a_mix_that_did_not_move_makes_up_little():
    result = mixed({"chat": (10, 7), "phone": (40, 30)}, [(20, 21), (80, 80)])
    assert "explains little" in before_after.what_came_in(result).title


def test_a_narrow_screen_gets_taller_rows_only_when_numbers_are_long():
    short, long = (
        [p.Fall("x", (p.Step("Extra margin", text, 0, 3, "#000"),))]
        for text in ("+¥3", "+¥3 " * 12)
    )
    assert p.height(short, narrow=True) < p.height(long, narrow=True)
    assert p.height(short, narrow=False) == p.height(long, narrow=False)


def test_what_came_in_is_not_asked_of_a_metric_without_parts():
    assert before_after.what_came_in(analyze(evidence(), study())).kind == "unasked"


def watched(step=0.0, **changes):
    found = evidence(
        series={"resolution_hours": series("resolution_hours", 30.0, step, spread=3.0, **changes)}
    )
    return before_after.steady(analyze(found, study()), diagnosis.watch(found, study()))


def test_a_steady_series_is_called_steady_and_its_limits_are_in_the_data():
    found = watched()
    assert found.title == "Steady before; after the change none of 12 weeks outside the limits"
    assert "Fewer than 20 weeks make them provisional" in found.more
    assert found.data.period.value_counts().to_dict() == {"before": 13, "after": 12}
    assert not found.data.outside.any()


def test_weeks_outside_after_the_change_are_counted_in_the_title():
    found = watched(step=-15.0)
    assert "after the change 12 of 12 weeks outside the limits" in found.title
    assert found.data.outside.sum() == 12


def test_one_week_outside_before_the_change_is_named():
    ours = evidence()
    daily = ours.series["resolution_hours"]
    spoilt = daily.numerator.copy()
    spoilt[28:35] *= 3
    found = replace(ours, series={"resolution_hours": replace(daily, numerator=spoilt)})
    shown = before_after.steady(analyze(found, study()), diagnosis.watch(found, study()))
    week = shown.data.week_from[shown.data.outside & (shown.data.period == "before")]
    assert len(week) == 1
    day = np.datetime64(week.iloc[0]).item()
    named = f"{day.day} {day:%b %Y}"
    assert f"Not steady before: 1 of 13 weeks outside the limits (from {named})" in shown.title
    assert named in shown.wide


def test_a_short_pre_period_gets_a_sentence_and_no_chart():
    from tests.experiment.before_after.test_analyze import SETTINGS

    design = {**SETTINGS["design"], "pre_period": ["2026-01-20", "2026-04-01"]}
    own, found = study(design=design), evidence()
    daily = found.series["resolution_hours"]
    late = daily.days >= np.datetime64("2026-01-20")
    cut = replace(daily, **{k: getattr(daily, k)[late] for k in ("days", "numerator", "denominator")})  # fmt: skip
    found = replace(found, series={"resolution_hours": cut})
    note = before_after.steady(analyze(found, own), diagnosis.watch(found, own))
    assert note.text.startswith("Not available. Only 10 whole weeks") and note.kind != "unasked"


def test_a_withheld_effect_withholds_the_chart_and_teams_are_not_asked_for_one():
    ours, own = evidence(contacts=0.0), study()
    result = analyze(ours, own)
    assert result.effect is None
    assert not isinstance(before_after.steady(result, diagnosis.watch(ours, own)), Figure)
    teams, found, result = seen("routing_by_team")
    assert before_after.steady(result, diagnosis.watch(found, teams)).kind == "unasked"
