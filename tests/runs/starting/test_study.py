"""`cslib new NOTEBOOK NAME --source S`: settings from what a source holds; what nobody can read from data is asked."""

from datetime import date, timedelta

import pytest

from cs_lib import metrics, params
from cs_lib.cli import main

FIRST = date(2026, 1, 1)


def contacts(*, days=60):
    """Two contacts a day, of team A in two of three."""
    lines = ["contact_id customer_id opened_at status resolved_at team_id"]
    for n in range(2 * days):
        day = FIRST + timedelta(days=n // 2)
        lines.append(
            f"C{n} K{n % 30} {day}T09:00:00 resolved {day}T11:00:00 {'B' if n % 3 == 0 else 'A'}"
        )
    return "\n".join(lines)


def assignments(*variants, experiment="E1"):
    lines = ["assignment_id experiment_id customer_id variant assigned_at"]
    for n in range(20):
        day = FIRST + timedelta(days=n)
        lines.append(
            f"{experiment}{n} {experiment} K{n} {variants[n % len(variants)]} {day}T12:00:00"
        )
    return "\n".join(lines)


@pytest.fixture
def desk(source, monkeypatch):
    """A source with two months of contacts."""
    monkeypatch.setenv("CS_LANGUAGE", "en")
    source.table("contacts", contacts())
    source.study()
    return source


def test_a_change_with_its_day_and_effect_is_written_ready_to_run(desk, capsys):
    words = ["--source", "tiny", "--date", "2026-02-01", "--min-effect", "2"]
    assert main(["new", "before_after", "routing", *words]) == 0
    made = params.load("routing", also=metrics.problems)
    assert (made.as_of, made.source) == (date(2026, 3, 1), "tiny")
    assert made.design.pre_period == (FIRST, date(2026, 1, 31))
    assert made.design.post_period == (date(2026, 2, 1), date(2026, 2, 28))
    assert (made.measure.primary_metric, made.rule.min_effect) == ("resolution_hours", 2)
    said = capsys.readouterr().out
    assert "Contacts by team: A 78, B 40." in said and "cslib run routing" in said


def test_without_a_day_the_choices_are_comments_and_named_as_flags(desk, capsys):
    assert main(["new", "before_after", "routing", "--source", "tiny"]) == 2
    text = (desk.home / "params" / "routing.yaml").read_text(encoding="utf-8")
    assert '\n  # intervention_date: "2026-01-30"' in text and "\n  # min_effect: 1 " in text
    assert text.count("CHOOSE: On which day did the change go live? --date 2026-01-30") == 1
    told = capsys.readouterr().err
    assert "--date 2026-01-30" in told and "--min-effect 1" in told
    words = ["--source", "tiny", "--date", "2026-02-01", "--min-effect", "2"]
    assert main(["new", "before_after", "routing", *words]) == 0  # nobody edited it


def test_settings_that_were_edited_are_not_written_over(desk, capsys):
    path = desk.home / "params" / "routing.yaml"
    path.write_text("study: routing\n")
    assert main(["new", "before_after", "routing", "--source", "tiny"]) == 2
    assert "exists already" in capsys.readouterr().err and path.read_text() == "study: routing\n"


def test_the_only_logged_change_is_taken_and_of_several_one_is_asked_for(desk, capsys):
    head = "change_id live_at\n"
    desk.table("flow_changes", head + "F1 2026-02-03T08:00:00\nF0 2025-01-01T08:00:00")
    desk.study()
    assert main(["new", "before_after", "logged", "--source", "tiny", "--min-effect", "2"]) == 0
    made = params.load("logged")
    assert (made.design.change_id, made.design.intervention_date) == ("F1", date(2026, 2, 3))
    desk.table("flow_changes", head + "F1 2026-02-03T08:00:00\nF2 2026-02-10T08:00:00")
    desk.study()
    assert main(["new", "before_after", "two", "--source", "tiny", "--min-effect", "2"]) == 2
    assert "Which logged change is it (F2 2026-02-10, F1 2026-02-03)?" in capsys.readouterr().err


def test_a_test_has_its_arms_and_days_and_is_asked_for_its_plan(desk, capsys):
    desk.table("perk_assignments", assignments("control", "coupon"))
    desk.study()
    assert main(["new", "perk_ab_test", "winter", "--source", "tiny"]) == 2
    told = capsys.readouterr()
    assert "Assigned so far: control 10, coupon 10" in told.out
    assert all(
        flag in told.err
        for flag in ("--split control=0.5,coupon=0.5", "--planned-n", "--min-effect")
    )
    words = ["--split", "control=0.6,coupon=0.4", "--planned-n", "10", "--min-effect", "0.1"]
    assert main(["new", "perk_ab_test", "winter", "--source", "tiny", *words]) == 0
    made = params.load("winter", also=metrics.problems)
    assert (made.design.experiment, made.design.control, made.design.arms) == (
        "E1",
        "control",
        ("coupon",),
    )
    assert made.design.split == {"control": 0.6, "coupon": 0.4}
    assert made.design.period == (FIRST, date(2026, 1, 20))
    assert made.measure.primary_metric == "contacts_30d"  # the last was followed for 39 days


def test_variants_of_which_none_is_called_a_control_are_asked_for(desk, capsys):
    desk.table("perk_assignments", assignments("red", "blue"))
    desk.study()
    assert main(["new", "perk_ab_test", "winter", "--source", "tiny"]) == 2
    assert "Which variant is the control (blue, red)? --control blue" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["before_after", "x", "--source", "tiny", "--date", "2020-01-01"],
            "the change must lie between",
        ),
        (["before_after", "x", "--source", "none"], "none"),
        (["before_after", "X!", "--source", "tiny"], "cannot be a study"),
        (
            ["data_health", "x", "--source", "tiny"],
            "--source is for one of before_after, perk_ab_test",
        ),
        (["perk_ab_test", "x", "--source", "tiny"], "deliver perk_assignments first"),
    ],
)
def test_what_cannot_be_made_is_one_sentence(desk, capsys, words, said):
    assert main(["new", *words]) == 2
    told = capsys.readouterr().err
    assert said in told and "Traceback" not in told


def test_a_terminal_in_chinese_gets_a_page_in_chinese(desk, monkeypatch):
    monkeypatch.setenv("CS_LANGUAGE", "zh")
    words = ["--source", "tiny", "--date", "2026-02-01", "--min-effect", "2"]
    assert main(["new", "before_after", "routing", *words]) == 0
    made = params.load("routing")
    assert (
        made.language == "zh"
        and "2026年2月1日的改动" in made.question
        and "Did" not in made.question
    )
