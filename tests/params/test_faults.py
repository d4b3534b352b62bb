"""A fault in a study's settings is one sentence with its key and line, and all come at once."""

from __future__ import annotations

import pytest

from cs_lib import metrics, params


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("money:", "mony:", "mony (line 15): unknown key; did you mean 'money'?"),
        ("guardrails:", "gardrails:", "measure.gardrails (line 14): unknown key; did you mean 'guardrails'?"),
        ("planned_n: 1200", "planned_n: 1200, x: 1", "rule.x (line 16): unknown key; known here: alpha,"
         " min_effect, planned_n, correction"),
        ("arms: [coupon]", "arms: coupon", "design.arms (line 9): must be a list, got 'coupon'"),
        ("arms: [coupon]", "arms: [7]", "design.arms.0 (line 9): must be text, got 7"),
        ("arms: [coupon]", "arms: []", "design.arms (line 9): must name at least one, got an empty list"),
        ("arms: [coupon]", "arms: [coupon, coupon]", "design.arms (line 9): 'coupon' stands twice; keep one"),
        ("coupon: 0.5}", "coupon: half}", "design.split.coupon (line 10): must be a number, got 'half'"),
        ("coupon: 0.5}", "coupon: 0.4, coupon: 0.1}", "design.split.coupon (line 10): stands twice"
         " (first on line 10); keep one"),
        ("planned_n: 1200", "planned_n: 12.5", "rule.planned_n (line 16): must be a whole number, got 12.5"),
        ("planned_n: 1200", "planned_n: no", "rule.planned_n (line 16): must be a whole number, got 'no'"),
        ("planned_n: 1200", "planned_n: 007", "rule.planned_n (line 16): must be a whole number, got '007'"),
        ("planned_n: 1200", "planned_n: true", "rule.planned_n (line 16): must be a whole number, got True"),
        (", planned_n: 1200", "", "rule.planned_n (line 16): missing"),
        ("alpha: 0.05", "alpha: 0.5", "rule.alpha (line 16): must be less than or equal to 0.2, got 0.5"),
        ("min_effect: 0.02", "min_effect: 0", "rule.min_effect (line 16): must be greater than 0, got 0"),
        ("min_effect: 0.02", "min_effect: 1e999", "rule.min_effect (line 16): must be a finite number, got inf"),
        ("window_days: 60", "window_days: 366", "money.window_days (line 15): must be less than or equal to 365,"
         " got 366"),
        ('"2026-07-01"', '"2026-06-31"', "as_of (line 4): no such day in the calendar: 2026-06-31"),
        ('"2026-07-01"', "20260701", "as_of (line 4): must be a date like \"2026-03-31\", got 20260701"),
        ('"2026-07-01"', "01/07/2026", "as_of (line 4): must be a date like \"2026-03-31\", got '01/07/2026'"),
        ('"2026-07-01"', '"9999-12-31"', "as_of (line 4): lies outside the years 1900 to 2199: 9999-12-31"),
        ('"2025-08-25", "2026-04-01"', '"2025-08-25"', "design.period (line 11): must be two dates, first and"
         " last day: [from, to]"),
        ('"2025-08-25", "2026-04-01"', '"2025-08-25", "2025-08-24"', "design.period (line 11): ends"
         " (2025-08-24) before it starts (2025-08-25)"),
        ("study: coupon", "study: voucher", "study (line 1): must be 'coupon', the name of its file, got 'voucher'"),
        ("source: demo", "source: dem", "source (line 5): no source 'dem' in params/sources; did you mean 'demo'?"),
        ("notebook: perk_ab_test", "notebook: perk_ab", "notebook (line 2): no notebook 'perk_ab'; did you mean"
         " 'perk_ab_test'? (one of perk_ab_test, before_after, experiment_plan, data_health, needs_and_causes,"
         " journey_map, service_scorecard, improvement_portfolio)"),
        ("notebook: perk_ab_test\n", "", "notebook: missing (one of perk_ab_test, before_after, experiment_plan,"
         " data_health, needs_and_causes, journey_map, service_scorecard, improvement_portfolio)"),
        ("repurchase_60d", "repurchse_60d", "measure.primary_metric (line 13): no metric 'repurchse_60d'; did you"
         " mean 'repurchase_60d'?"),
        ("complaint_rate_60d", "csat", "measure.guardrails.csat (line 14): 'csat' is not a metric of perk_ab_test;"
         " it can use repurchase_Nd, revenue_Nd, net_value_Nd, margin_Nd, perk_cost_Nd, discount_Nd, complaint_rate_Nd,"
         " visit_Nd, orders_Nd, contacts_Nd, repeat_complaint_Nd, perks_Nd, redeemed_Nd, referrals_Nd, order_value_Nd,"
         " contacts_per_1000_orders_Nd, csat_score_Nd, recommend_score_Nd"),
    ],
)  # fmt: skip
def test_fault_is_one_sentence_with_its_key_and_line(settings, old, new, said):
    assert settings.faults(old, new) == [said]


def test_unknown_notebook_hides_no_fault_of_what_every_study_states(settings):
    text = "study: other\nnotebook: perk_ab\nas_of: 2026-02-30\nsource: dem\nrule: {alpha: none}\n"
    assert settings.said(settings.write(text, name="mine")) == [
        "question: missing",
        "study (line 1): must be 'mine', the name of its file, got 'other'",
        "notebook (line 2): no notebook 'perk_ab'; did you mean 'perk_ab_test'?"
        " (one of perk_ab_test, before_after, experiment_plan, data_health, needs_and_causes,"
        " journey_map, service_scorecard, improvement_portfolio)",
        "as_of (line 3): no such day in the calendar: 2026-02-30",
        "source (line 4): no source 'dem' in params/sources; did you mean 'demo'?",
    ]


def test_misspelt_required_key_is_unknown_and_missing(settings):
    assert settings.faults("control: control", "contrl: control") == [
        "design.control (line 6): missing",
        "design.contrl (line 8): unknown key; did you mean 'control'?",
    ]


def test_sound_settings_have_no_fault(settings):
    assert settings.faults("coupon", "coupon") == settings.faults("routing", "routing") == []


def test_unquoted_date_is_the_same_date(settings):
    assert settings.faults('"2026-07-01"', "2026-07-01") == []


@pytest.mark.parametrize(
    "block", ["measure: {primary_metric: resolution_hours}", "rule: {min_effect: 2}"]
)
def test_block_left_empty_is_one_sentence(settings, block):
    key = block.split(":")[0]
    line = 12 if key == "measure" else 13
    needed = "primary_metric" if key == "measure" else "min_effect"
    assert settings.faults(block, f"{key}:") == [
        f"{key} (line {line}): must be a block of `key: value` lines, got nothing: give {needed}"
    ]


def test_a_whole_design_left_empty_is_one_sentence(settings):
    text = "study: empty\nnotebook: before_after\nquestion: Is anything here?\nas_of: 2026-07-01\n"
    text += "source: demo\ndesign:\nmeasure: {primary_metric: csat}\nrule: {min_effect: 1}\n"
    path = settings.write(text, name="empty")
    assert settings.said(path) == [
        "design (line 6): must be a block of `key: value` lines, got nothing:"
        " give intervention_date, pre_period, post_period"
    ]


def test_many_faults_come_at_once_with_file_key_and_line(settings):
    text = (
        "study: five\nnotebook: before_after\nquestion: Did it get any better?\nas_of: 2026-02-30\n"
        "source: dmeo\ndesign:\n  intervention_date: 2026-02-05\n  washout: 7\n"
        "  pre_period: [2025-09-04, 2026-02-06]\n  post_period: [2026-02-05, 2026-06-10]\n"
        "measure: {primary_metric: resolution}\nrule: {min_effect: some}\n"
    )
    with pytest.raises(params.ParamsError) as caught:
        params.load(settings.write(text, name="five"), also=metrics.problems)
    assert {(p.file, p.key, p.line) for p in caught.value.problems} == {
        ("params/five.yaml", "as_of", 4),
        ("params/five.yaml", "source", 5),
        ("params/five.yaml", "design.washout", 8),
        ("params/five.yaml", "design.pre_period", 9),
        ("params/five.yaml", "design.post_period", 10),
        ("params/five.yaml", "measure.primary_metric", 11),
        ("params/five.yaml", "rule.min_effect", 12),
    }
    assert str(caught.value).startswith(
        "params/five.yaml: 7 problems\n  as_of (line 4): no such day"
    )


def test_faults_come_in_the_order_of_the_file(settings):
    said = settings.faults("planned_n: 1200}\n", "planned_n: 0}\nas_off: 1\n")
    assert [line.split(":")[0] for line in said] == ["rule.planned_n (line 16)", "as_off (line 17)"]


def test_net_value_needs_a_margin(settings):
    text = "measure:" + settings.coupon.split("measure:")[1].split("rule:")[0]
    assert settings.faults(text, "measure: {primary_metric: net_value_60d}\n") == [
        "measure.primary_metric (line 12): 'net_value_60d' needs the block `money` (margin_rate, window_days)"
    ]


def test_unknown_study_is_refused_with_the_nearest_name(settings):
    settings.write("study: coupon\n", name="coupon")
    with pytest.raises(
        params.ParamsError, match=r"no study 'cupon' under params/; did you mean 'coupon'\?"
    ):
        params.load("cupon")


def test_missing_study_file_is_refused(settings):
    with pytest.raises(params.ParamsError, match="the file does not exist"):
        params.load(settings.home / "params" / "nowhere.yaml")


def test_error_shows_sentences_instead_of_a_stack_in_a_notebook():
    error = params.ParamsError([params.Problem("as_of", "missing", "a.yaml", 3)])
    assert error._render_traceback_() == ["a.yaml: 1 problem\n  as_of (line 3): missing"]
