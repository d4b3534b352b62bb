"""Whether the plan was changed after data were seen."""

from cs_lib.runs import plan_lock
from cs_lib.runs import tasks as studies


def test_plan_is_unchanged_at_the_first_run_and_at_its_repetition(project):
    study = studies.open_study("tiny")
    first = plan_lock.first(project.reports / "tiny", study)
    assert (
        plan_lock.sentence(first, study)
        == "Plan unchanged since the first run (data to 1 July 2026)."
    )


def test_each_changed_setting_is_named_with_both_values(project):
    first = plan_lock.of(studies.open_study("tiny"))
    project.study(rule={"min_effect": 0.01, "planned_n": 1000}, money=None, as_of="2026-08-01")
    sentence = plan_lock.sentence(first, studies.open_study("tiny"))
    assert sentence == (
        "Plan changed after the first run of 1 July 2026: money.margin_rate 0.35 -> not set; "
        "money.window_days 60 -> not set; rule.min_effect 0.02 -> 0.01."
    )


def test_later_data_or_another_question_are_no_change_of_plan(project):
    first = plan_lock.of(studies.open_study("tiny"))
    project.study(as_of="2026-08-01", question="The same thing in other words?")
    assert plan_lock.sentence(first, studies.open_study("tiny")).startswith("Plan unchanged")
