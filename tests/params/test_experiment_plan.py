"""A plan's settings: its faults and contradictions, each one sentence with its key."""

from __future__ import annotations

from datetime import date

import pytest

from cs_lib import params

PLAN = """\
study: plan
notebook: experiment_plan
question: How large must the test of a coupon be?
as_of: "2026-07-01"
source: demo
design:
  experiment: winter
  control: control
  arms: [coupon]
  split: {control: 0.5, coupon: 0.5}
  start: "2026-07-06"
  history: ["2025-09-01", "2026-03-31"]
measure:
  primary_metric: repurchase_60d
  guardrails: {complaint_rate_30d: 0.05}
  covariates: [spent_before_180d]
rule: {min_effect: 0.05}
"""


@pytest.fixture
def faults(settings):
    """What is wrong with the sound plan once `old` is `new`."""

    def said(old: str = "study", new: str = "study") -> list[str]:
        assert old in PLAN
        return settings.said(settings.write(PLAN.replace(old, new), name="plan"))

    return said


def test_sound_plan_has_no_fault(faults):
    assert faults() == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("experiment: winter", "experiment: Winter", "design.experiment (line 7): must be a name of small letters,"
         " digits and _, starting with a letter, got 'Winter'"),
        ('start: "2026-07-06"', 'start: "2026-06-30"', "design.start (line 11): is 2026-06-30, before as_of"
         " 2026-07-01; plan for days to come"),
        ('"2026-03-31"]', '"2026-07-01"]', "design.history (line 12): ends 2026-07-01, but only data before as_of"
         " 2026-07-01 count"),
        ('["2025-09-01", "2026-03-31"]', '["2026-05-02", "2026-06-01"]', "design.history (line 12): begins"
         " 2026-05-02: before as_of 2026-07-01 nobody was followed for 60 days"),
        ("coupon: 0.5}", "coupon: 0.6}", "design.split (line 10): planned shares sum to 1.1, not 1"),
        ("control: control", "control: nobody", "design.control (line 8): 'nobody' has no planned share in"
         " design.split"),
        ("{min_effect: 0.05}", "{min_effect: 0.05, power: 0.3}", "rule.power (line 17): must be greater than or equal"
         " to 0.5, got 0.3"),
        ("{min_effect: 0.05}", "{min_effect: 0.05, planned_n: 9}", "rule.planned_n (line 17): unknown key; known here:"
         " alpha, min_effect, power, correction"),
        ("rule:", "looks: {count: 1}\nrule:", "looks.count (line 17): must be greater than or equal to 2, got 1"),
        ("rule:", "looks: {count: 3, spending: always_valid}\nrule:", "looks.spending (line 17): must be one of"
         " 'obrien_fleming' or 'pocock', got 'always_valid'"),
        ("rule:", "write: plan\nrule:", "write (line 17): 'plan' is this plan itself; name the test otherwise"),
        ("winter", "w" * 56, f"write: set it: '{'w' * 56}_test' is longer than 60 letters"),
        ("rule:", "limit_days: 0\nrule:", "limit_days (line 17): must be greater than or equal to 1, got 0"),
        ("rule:", "population: {chanel: [chat]}\nrule:", "population.chanel (line 17): unknown key; did you mean"
         " 'channel'?"),
        ("repurchase_60d", "csat_score_60d", "measure.primary_metric (line 14): 'csat_score_60d' comes from surveys;"
         " plan with what every customer can have"),
        ("repurchase_60d", "redeemed_60d", "measure.primary_metric (line 14): 'redeemed_60d' exists only once the perk"
         " does; plan with something else"),
        ("repurchase_60d", "resolution_hours", "measure.primary_metric (line 14): 'resolution_hours' is not a metric of"
         " experiment_plan"),
        ("repurchase_60d", "net_value_60d", "measure.primary_metric (line 14): 'net_value_60d' needs the block `money`"
         " (margin_rate, window_days)"),
        ("repurchase_60d", "repurchse_60d", "measure.primary_metric (line 14): no metric 'repurchse_60d'; did you mean"
         " 'repurchase_60d'?"),
    ],
)  # fmt: skip
def test_fault_is_one_sentence_with_its_key_and_line(faults, old, new, said):
    found = faults(old, new)
    assert len(found) == 1 and found[0].startswith(said)


def test_variants_of_a_plan_have_equal_shares(faults):
    uneven = "arms: [coupon, other]\n  split: {control: 0.5, coupon: 0.3, other: 0.2}"
    assert faults("arms: [coupon]\n  split: {control: 0.5, coupon: 0.5}", uneven) == [
        "design.split (line 10): every variant but control must have the same share in a plan"
    ]


def test_what_the_test_itself_refuses_is_refused_in_its_plan(faults):
    assert faults("control: control", "cluster: agent_id\n  control: control") == []
    said = faults("{min_effect: 0.05}", "{min_effect: 0.05, correction: dunnett}")
    assert said == ["rule.correction (line 17): dunnett cannot be combined with measure.covariates"]


def test_defaults_are_those_a_reader_expects(settings):
    study = params.load(settings.write(PLAN, name="plan"))
    assert (study.written_name, study.follow_up_days) == ("winter_test", 60)
    assert (study.rule.power, study.population.complaints_only, study.looks) == (0.8, True, None)
    assert study.design.history == (date(2025, 9, 1), date(2026, 3, 31))


def test_the_longest_window_named_is_the_follow_up(settings):
    text = PLAN.replace("rule:", "money: {margin_rate: 0.3, window_days: 90}\nrule:")
    assert params.load(settings.write(text, name="plan")).follow_up_days == 90
