"""A study of one series that is no plain step: several changes, one taken back, one that grows, from series to page."""

import json
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from cs_lib import params
from cs_lib.aggregates import LoggedChange, Series
from cs_lib.experiment import analyze
from cs_lib.experiment.before_after.case import Case
from cs_lib.experiment.before_after.series import alike, options, second_opinion, step
from cs_lib.methods.its.joint_changes import Change, changes_in
from cs_lib.methods.its.level_change import level_change
from cs_lib.metrics import CATALOGUE
from cs_lib.metrics.by_team import days_inside
from cs_lib.report.before_after.tables import sensitivity as answers
from tests.experiment.before_after.test_analyze import check, evidence, study

START, CHANGE, END = "2025-09-01", "2026-03-02", "2026-08-30"
DAYS = np.arange(np.datetime64(START), np.datetime64(END) + 1)
DESIGN = {
    "intervention_date": CHANGE,
    "pre_period": [START, "2026-03-01"],
    "post_period": [CHANGE, END],
}
CHAT = {"name": "Chat", "day": "2026-01-10", "change_id": "F1"}
OFF = [["2026-04-27", "2026-06-21"]]
NAME = "resolution_hours"


def on(first, last=END):
    return ((np.datetime64(first) <= DAYS) & (np.datetime64(last) >= DAYS)).astype(float)


def made(*parts, seed=3, rho=0.4, name=NAME, level=30.0, spread=1.5, cases=40.0):
    """Daily means with AR(1) errors and whatever is added."""
    rng, noise = np.random.default_rng(seed), np.zeros(len(DAYS))
    for i, shock in enumerate(rng.normal(0, spread, len(DAYS))):
        noise[i] = (rho * noise[i - 1] if i else 0.0) + shock
    below = np.full(len(DAYS), cases)
    return Series(name, DAYS, (level + noise + sum(parts)) * below, below)


def planned(**design):
    return study(design={**DESIGN, **design}, as_of="2026-10-01")


def given(series, **changes):
    flat = Series("volume", DAYS, np.full(len(DAYS), 40.0), np.ones(len(DAYS)))
    fields = {"series": {series.metric: series}, "volume": flat, "scoped_volume": flat}
    return evidence(**{**fields, "observed_until": date(2026, 10, 1), **changes})


def covers(effect, value):
    return effect.effect_ci_low <= value <= effect.effect_ci_high


TWO = made(-8 * on("2026-01-10"), -4 * on(CHANGE))


def test_one_plain_step_is_level_change_to_the_last_digit():
    series, plan = made(-4 * on(CHANGE)), planned(washout_days=3, holidays=["2026-01-01"])
    ours = analyze(given(series), plan).change
    theirs = level_change(
        series, intervention_date=CHANGE, washout_days=3, holidays=[date(2026, 1, 1)], alpha=0.05
    )
    assert ours.effect == theirs.effect and ours.sensitivity == theirs.sensitivity
    assert np.array_equal(ours.counterfactual, theirs.counterfactual)
    assert ours.others == ()


def test_two_changes_fitted_together_keep_their_planted_sizes():
    result = analyze(given(TWO), planned(also=[CHAT]))
    own, (chat,) = result.effect, result.change.others
    assert result.decision.verdict == "improved"
    assert covers(own, -4) and covers(chat, -8)
    assert (own.variant, chat.variant) == ("the change", "Chat")
    assert own.effect == pytest.approx(
        changes_in(TWO, [Change.of("the change", CHANGE), Change.of("Chat", "2026-01-10")])
        .effects["the change"]
        .effect
    )


def read(parts, also, seeds=range(8), by="automatic"):
    """Effects of eight such series, the other change ignored and fitted together."""
    plans, found = (planned(), planned(also=[also])), []
    for seed in seeds:
        series = made(*parts, seed=seed)
        found.append([step(series, p, {NAME: CATALOGUE[NAME]}, by=by).effect for p in plans])
    return zip(*found, strict=True)


def test_ignoring_a_change_that_undid_ours_would_have_hidden_it():
    other = {"name": "Chat", "day": "2026-03-16"}
    alone, together = read([-4 * on(CHANGE), 6 * on("2026-03-16")], other)
    assert sum(covers(e, -4) for e in alone) <= 2
    assert sum(e.effect_ci_high < 0 for e in alone) == 0
    assert sum(covers(e, -4) for e in together) >= 7
    assert sum(e.effect_ci_high < 0 for e in together) >= 7


def test_ignoring_a_change_shortly_before_would_have_given_ours_its_credit():
    other = {"name": "Chat", "day": "2026-02-16"}
    alone, together = read([-4 * on("2026-02-16")], other, by="day")
    assert sum(e.effect_ci_high < 0 for e in alone) >= 4
    assert sum(e.effect_ci_high < 0 for e in together) <= 1
    seen_to_wander, _ = read([-4 * on("2026-02-16")], other)
    assert sum(e.effect_ci_high < 0 for e in seen_to_wander) <= 2


def test_what_ignoring_the_others_would_have_said_is_shown_beside():
    alone = analyze(given(TWO), planned())
    assert analyze(given(TWO), planned(also=[CHAT])).found.beside.ignoring == alone.effect
    assert alone.found.beside.ignoring is None


def test_a_change_taken_back_for_a_while_is_read_over_the_days_it_was_on():
    back = on(OFF[0][0], OFF[0][1])
    series = made(-4 * (on(CHANGE) - back), seed=5)
    result = analyze(given(series), planned(off_periods=OFF))
    assert result.decision.verdict == "improved" and covers(result.effect, -4)
    assert result.effect.details["n_on"] + result.effect.details["n_off"] == result.effect.nobs
    naive = analyze(given(series), planned())
    assert abs(naive.effect.effect) < abs(result.effect.effect) - 0.5
    gap = result.change.fitted - result.change.counterfactual
    off = (result.change.start >= np.datetime64(OFF[0][0])) & (
        result.change.start + (6 if result.change.unit == "week" else 0) <= np.datetime64(OFF[0][1])
    )
    assert gap[off] == pytest.approx(0, abs=1e-9) and gap[-1] == pytest.approx(
        result.effect.effect, abs=1e-6
    )


def test_switching_off_and_on_tells_the_change_from_a_drift():
    """A slow fall that goes on would pass for a step; it does not come back when the change is taken away."""
    drift = -0.02 * np.arange(len(DAYS)) - 3 * on("2026-03-09")
    result = analyze(given(made(drift, seed=6)), planned(off_periods=OFF))
    assert result.decision.verdict == "no_clear_change"


def weeks_since():
    return np.maximum((DAYS - np.datetime64(CHANGE)).astype(float), 0) / 7


def test_a_slope_says_step_slope_and_end_and_covers_what_was_planted():
    series = made(-2 * on(CHANGE) - 3 * weeks_since(), rho=0.2, level=130.0)
    result = analyze(given(series), planned(shape="slope"))
    details, weeks = result.effect.details, weeks_since()
    for name, truth in (
        ("step", -2),
        ("slope_per_week", -3),
        ("end_effect", -2 - 3 * weeks[-1]),
    ):
        assert details[f"{name}_ci_low"] <= truth <= details[f"{name}_ci_high"]
    assert covers(result.effect, -2 - 3 * weeks[weeks > 0].mean())
    assert result.decision.verdict == "improved"
    assert "at once" in result.decision.because and "a week since" in result.decision.because
    assert "at once" not in analyze(given(series), planned()).decision.because


def test_a_slope_that_a_season_could_be_is_withheld_in_one_sentence_with_what_is_needed():
    result = analyze(given(made(-2 * on(CHANGE) - 0.1 * weeks_since())), planned(shape="slope"))
    assert result.decision.clause == "like_a_season"
    assert result.decision.verdict == "no_clear_change"
    assert result.change.straight.pvalue < 0.001 < 0.05 < result.effect.pvalue
    assert "Beside a straight line alone it would be" in result.decision.because
    assert "can look just like a change that grows" in result.decision.because
    assert "leave others as they are (design.teams)" in result.decision.next_step
    assert "the least certain counts" in str(result.unit_choice)
    assert covers(result.effect, -2 - 0.1 * weeks_since()[np.datetime64(CHANGE) <= DAYS].mean())


def test_a_slope_from_too_few_usable_weeks_is_refused_in_one_sentence():
    gaps = made()
    quiet = (np.datetime64("2026-04-01") <= DAYS) & (np.datetime64("2026-07-15") >= DAYS)
    gaps = replace(gaps, denominator=np.where(quiet, 0, gaps.denominator))
    result = analyze(given(gaps), planned(shape="slope"))
    assert (result.decision.verdict, result.effects()) == ("not_enough_data", ())
    assert "A slope of the change cannot be had" in result.decision.because
    assert "12 are needed" in result.decision.because
    assert result.decision.next_step.endswith("seen without the others.")


def test_changes_that_cannot_be_told_apart_withhold_the_effect():
    near = {"name": "Chat", "day": "2026-02-14"}
    result = analyze(given(made()), planned(also=[near], washout_days=7))
    assert result.decision.verdict == "not_enough_data"
    assert "Chat" in result.decision.because and "14 are needed" in result.decision.because


def test_guardrails_and_secondary_metrics_are_read_by_the_same_model():
    near = {**CHAT, "day": "2026-02-16"}
    rail = made(4 * on(near["day"]), name="reopen_rate", seed=8)
    rail = replace(rail, numerator=rail.numerator / 100)
    measure = {
        "primary_metric": NAME, "guardrails": {"reopen_rate": 0.05}, "usual_guardrails": False
    }  # fmt: skip
    found = given(TWO)
    found.series["reopen_rate"] = rail
    found.metrics["reopen_rate"] = CATALOGUE["reopen_rate"]
    plan = study(design={**DESIGN, "also": [near]}, measure=measure, as_of="2026-10-01")
    (guard,) = analyze(found, plan).guardrails
    assert guard.effect == step(rail, plan, found.metrics, alpha=0.05).effect
    assert covers(guard.effect, 0) and guard.effect.variant == "the change"
    alone = level_change(rail, intervention_date=CHANGE, by="day").effect
    assert alone.effect > 0.02 > abs(guard.effect.effect)  # chat's would have been held against it


def test_placebo_dates_have_the_other_change_in_the_model_and_keep_away_from_it():
    chat = {**CHAT, "day": "2026-01-05"}
    placebo = analyze(given(TWO), planned(also=[chat])).found.placebo
    pre = np.datetime64(CHANGE) > DAYS
    past = Series(NAME, DAYS[pre], TWO.numerator[pre], TWO.denominator[pre])
    tried = Change.of("tried", str(placebo.dates[2]))
    again = changes_in(past, [tried, Change.of("Chat", "2026-01-05")]).effects["tried"]
    assert placebo.effects[2] == again.effect and placebo.lows[2] == again.effect_ci_low
    away = np.abs((placebo.dates - np.datetime64("2026-01-05")).astype(int))
    assert placebo.n_dates >= 5 and away.min() >= 14
    assert analyze(given(TWO), planned()).found.placebo.n_dates > placebo.n_dates


def test_placebo_dates_of_a_slope_keep_twelve_weeks_a_side():
    placebo = analyze(
        given(TWO), planned(shape="slope", pre_period=[START, "2026-03-01"])
    ).found.placebo
    assert placebo is not None and placebo.dates[-1] + 84 == np.datetime64(CHANGE)
    assert placebo.dates[0] >= np.datetime64(START) + 84


def test_the_log_and_the_settings_agree_on_what_is_fitted_together():
    log = (
        LoggedChange("F1", "Chat entry", date(2026, 1, 10), ""),
        LoggedChange("F2", "New script", date(2026, 5, 1), ""),
    )
    found = check(analyze(given(TWO, changes=log[:1]), planned(also=[CHAT])), "No other change")
    assert found.passed and found.finding.startswith("Fitted together with the studied one: Chat")
    result = analyze(given(TWO, changes=log), planned(also=[CHAT]))
    found = check(result, "No other change")
    assert not found.passed and found.finding.startswith("Also in these periods: New script")
    assert "Fitted together" in found.finding
    assert [c[0] for c in result.logged] == ["F2"]


def test_a_day_that_the_log_contradicts_is_a_doubt():
    log = (LoggedChange("F1", "Chat entry", date(2026, 1, 17), ""),)
    found = check(analyze(given(TWO, changes=log), planned(also=[CHAT])), "No other change")
    assert not found.passed and "other days than design.also: Chat entry" in found.finding


def test_a_second_change_on_the_very_day_is_a_doubt_when_the_studied_one_is_in_the_log():
    log = tuple(LoggedChange(i, i, date(2026, 3, 2), "") for i in ("F1", "F2"))
    result = analyze(given(made(-4 * on(CHANGE)), changes=log), planned(change_id="F1"))
    assert not check(result, "No other change").passed
    assert [c[0] for c in result.logged] == ["F2"]


def test_error_models_are_compared_in_one_sentence():
    result = analyze(given(TWO), planned(also=[CHAT]))
    found = check(result, "Error models agree")
    rows = [row[1] for row in result.change.sensitivity]
    assert found.passed and f"Under {len(rows)} error models" in found.finding


def test_two_bad_weeks_right_after_the_change_are_no_verdict():
    result = analyze(given(made(8 * on(CHANGE, "2026-03-15"))), planned())
    assert result.effect.pvalue < 0.05 and result.found.first_days.alone
    assert result.decision.verdict == "no_clear_change"
    assert "only in the first two weeks" in str(result.decision.headline)
    assert not check(result, "Not the first days alone").passed
    assert abs(result.found.first_days.later.effect) < 1


def test_a_change_that_stays_is_read_without_its_first_days_too():
    result = analyze(given(made(-4 * on(CHANGE))), planned(washout_days=7))
    found = check(result, "Not the first days alone")
    assert (
        found.passed
        and "Without the first two weeks after the change the effect is" in found.finding
    )
    assert result.found.first_days.later.nobs == result.effect.nobs - 14
    slope = analyze(given(made(-4 * on(CHANGE))), planned(shape="slope"))
    assert slope.found.first_days is None


def test_what_the_model_does_not_describe_before_the_change_withholds_the_verdict():
    result = analyze(given(made(-4 * on(CHANGE), 8 * on(START, "2025-12-01"))), planned())
    assert result.found.placebo_test.failed and result.effect.pvalue < 0.05
    assert result.decision.verdict == "no_clear_change"
    assert "as much moves where nothing was changed" in str(result.decision.headline)
    said = check(result, "Quiet before the change").finding
    assert "The steps before the change are larger than chance makes them" in said


def test_a_calendar_is_named_on_the_page_and_its_days_are_holidays():
    known, problems = params.check_study(
        {**json.loads(planned().model_dump_json()), "design": {**DESIGN, "calendar": "CN"}},
        file="x", lines={},
    )  # fmt: skip
    assert problems == []
    result = analyze(given(made(-4 * on(CHANGE))), known)
    found = check(result, "Public holidays by the calendar")
    assert found.passed and "16 February to 23 February 2026" in found.finding
    assert date(2026, 2, 20) in options(known)["holidays"]


def test_weekends_worked_in_exchange_carry_no_value():
    known = planned(calendar="CN")
    days = np.array(["2026-02-13", "2026-02-14", "2026-02-15"], dtype="datetime64[D]")
    assert days_inside(days, known).tolist() == [True, False, True]
    assert days_inside(days, planned()).tolist() == [True, True, True]


def test_the_state_space_forecast_stands_beside_and_never_decides():
    result = analyze(given(made(-4 * on(CHANGE), rho=0.2)), planned())
    assert str(result.found.beside.forecast.method).startswith("State-space")
    assert result.found.beside.too_wide is None
    assert covers(result.found.beside.forecast, -4) and str(result.effect.method).startswith(
        "Interrupted"
    )
    assert result.found.beside.forecast.effect not in [row[1] for row in result.change.sensitivity]


def test_a_forecast_of_a_level_that_wandered_says_that_it_cannot_tell():
    result = analyze(given(made(-4 * on(CHANGE), rho=0.4)), planned())
    assert result.found.beside.forecast is None and result.found.beside.too_wide > 4
    row = answers(result).rows[-1]
    assert row[0].startswith("State-space") and row[1:] == ("cannot tell", "4.4 times as wide")


def test_the_forecast_is_not_asked_about_days_on_which_another_change_came_in():
    late = {"name": "Chat", "day": "2026-06-01"}
    series = made(-4 * on(CHANGE), -20 * on("2026-06-01"), rho=0.2)
    result = analyze(given(series), planned(also=[late]))
    assert covers(result.found.beside.forecast, -4) and result.found.beside.forecast.effect > -10
    kept = alike(series, planned(also=[late], off_periods=[["2026-04-01", "2026-04-30"]]))
    days = DAYS[kept.denominator > 0]
    assert days[-1] == np.datetime64("2026-05-31")
    assert not np.any((days >= np.datetime64("2026-04-01")) & (days <= np.datetime64("2026-04-30")))


def test_an_unchanged_queue_stands_beside_several_changes():
    shared = np.random.default_rng(11).normal(0, 5, len(DAYS))
    ours = made(shared, -8 * on("2026-01-10"), -4 * on(CHANGE), spread=0.8)
    other = made(shared, seed=12, spread=0.8)
    result = analyze(given(ours, comparison=other), planned(also=[CHAT]))
    assert covers(result.effect, -4) and covers(result.change.others[0], -8)
    assert result.effect.se < result.found.beside.alone.se / 2
    late = ours.days >= np.datetime64(CHANGE)
    assert result.effect.treatment == pytest.approx(
        ours.numerator[late].sum() / ours.denominator[late].sum(), rel=0.01
    )
    assert result.effect.control == pytest.approx(result.effect.treatment - result.effect.effect)
    forecast = second_opinion(Case(given(ours, comparison=other), planned(also=[CHAT])))
    assert forecast.details["control_series"] == 1


def test_a_queue_as_bad_and_unchanged_settles_what_a_bad_queue_alone_cannot():
    ours, asbad = made(-6 * on(CHANGE)), made(seed=13)
    better = made(seed=13, level=20.0)
    picked = {"picked_for_bad_results": True, "scope": {"team_id": ["T1"]},
              "comparison": {"team_id": ["T2"]}}  # fmt: skip
    alone = analyze(given(ours), planned(picked_for_bad_results=True)).decision
    assert alone.next_step == "Compare with a queue that was as bad and was not changed."
    beside = analyze(given(ours, comparison=better), planned(**picked)).decision
    assert (beside.verdict, beside.clause) == (alone.verdict, alone.clause)
    result = analyze(given(ours, comparison=asbad), planned(**picked))
    assert result.decision.verdict == "improved"
    assert check(result, "Not picked for bad results").passed


def test_rates_per_orders_keep_the_log_scale_with_several_changes():
    factor = 0.7 ** on("2026-01-10") * 0.85 ** on(CHANGE)
    rate = made(name="contact_rate", level=200.0, spread=6.0)
    rate = replace(rate, numerator=rate.numerator * factor)
    found = given(rate, metrics={"contact_rate": CATALOGUE["contact_rate"]})
    plan = study(
        design={**DESIGN, "also": [CHAT]},
        measure={"primary_metric": "contact_rate"},
        as_of="2026-10-01",
    )
    effect = analyze(found, plan).effect
    assert effect.details["rel_effect_ci_low"] <= -0.15 <= effect.details["rel_effect_ci_high"]
    assert "log scale" in str(effect.method)
