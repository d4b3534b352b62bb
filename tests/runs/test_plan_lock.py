"""Whether the plan was changed after data were seen."""

import json
import os

import pytest

from cs_lib.cli import main
from cs_lib.runs import digest, plan_lock
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


ROUTING = {
    "notebook": "before_after",
    "as_of": "2026-07-01",
    "design": {
        "intervention_date": "2026-02-05",
        "pre_period": "last 22 weeks",
        "post_period": ["2026-02-05", None],
    },
    "measure": {"primary_metric": "resolution_hours"},
    "rule": {"min_effect": 2.0},
    "money": None,
}


def routing(project, **design):
    project.study(**{**ROUTING, "design": {**ROUTING["design"], **design}})
    return studies.open_study("tiny")


def test_a_plan_holds_periods_as_they_are_written(project):
    stored = plan_lock.of(routing(project)).to_json()["plan"]["design"]
    assert (stored["pre_period"], stored["post_period"]) == ("last 22 weeks", ["2026-02-05", None])


@pytest.mark.parametrize("written", [["2026-02-05", None], "last 8 weeks"])
def test_days_that_move_every_night_are_no_change_of_plan(project, written):
    first = plan_lock.of(routing(project, post_period=written))
    for as_of in ("2026-07-02", "2026-08-31", "2027-01-01"):
        study = studies.open_study("tiny", as_of=as_of)
        assert str(study.design.post_period[1]) < as_of
        assert not plan_lock.changed(first, study)
        assert plan_lock.sentence(first, study).startswith("Plan unchanged")


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("last 26 weeks", 'design.post_period ["2026-02-05", null] -> last 26 weeks'),
        (["2026-02-05", "2026-06-30"], 'design.post_period ["2026-02-05", null] -> ["2026-02-05", "2026-06-30"]'),
    ],
)  # fmt: skip
def test_another_way_of_writing_it_is_a_change_even_when_the_days_are_the_same(
    project, written, told
):
    first = plan_lock.of(routing(project))
    study = routing(project, post_period=written)
    assert plan_lock.changed(first, study) and told in plan_lock.sentence(first, study)


def test_a_scope_left_empty_is_no_change_of_plan_when_the_record_is_read(project):
    study = routing(project)
    stored = json.loads(json.dumps(plan_lock.of(study).to_json()))
    stored["plan"]["design"]["scope"] = {}  # as records of before may hold it
    stored["hash"] = digest.of(stored["plan"])
    folder = project.reports / "tiny"
    folder.mkdir(parents=True)
    (folder / "plan.json").write_text(json.dumps(stored))
    assert not plan_lock.changed(plan_lock.first(folder, study), study)


def test_a_record_of_before_periods_could_move_compares_equal(project):
    """As it was written then: days only."""
    design = {
        "pre_period": ["2025-09-04", "2026-02-04"],
        "post_period": ["2026-02-05", "2026-06-10"],
    }
    study = routing(project, **design)
    folder = project.reports / "tiny"
    folder.mkdir(parents=True)
    plan = {
        "design": {"intervention_date": "2026-02-05", "washout_days": 0, **design, "shape": "step",
                   "picked_for_bad_results": False},
        "measure": {"primary_metric": "resolution_hours", "usual_guardrails": True},
        "rule": {"alpha": 0.05, "min_effect": 2.0},
    }  # fmt: skip
    (folder / "plan.json").write_text(json.dumps({"as_of": "2026-07-01", "plan": plan}))
    assert not plan_lock.changed(plan_lock.first(folder, study), study)
    moved = routing(project)
    assert plan_lock.changed(plan_lock.first(folder, moved), moved)


def edited(plan):
    plan["plan"]["rule"]["alpha"] = 0.2
    return json.dumps(plan)


DAMAGE = {
    "a list": lambda plan: "[1, 2]",
    "a word": lambda plan: '"plan"',
    "nothing": lambda plan: "",
    "cut off": lambda plan: json.dumps(plan)[:40],
    "no text": lambda plan: b"\xff\xfe\x00",
    "too deep": lambda plan: "[" * 100_000,
    "no plan": lambda plan: json.dumps({"as_of": plan["as_of"]}),
    "plan of a list": lambda plan: json.dumps({**plan, "plan": []}),
    "day of a number": lambda plan: json.dumps({**plan, "as_of": 7}),
    "no such day": lambda plan: json.dumps({**plan, "as_of": "2026-02-30"}),
    "edited by hand": edited,
}
DAMAGED = (
    "The record of the first plan (plan.json) is damaged: this plan was compared with nothing."
)


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_record_is_told_and_kept_and_is_no_new_plan(project, damage):
    study = studies.open_study("tiny")
    path = project.reports / "tiny" / "plan.json"
    path.parent.mkdir(parents=True)
    text = damage(plan_lock.of(study).to_json())
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    before = path.read_bytes()
    first = plan_lock.first(path.parent, study)
    assert first.damaged and not plan_lock.changed(first, study)
    assert plan_lock.sentence(first, study) == DAMAGED
    assert path.read_bytes() == before


def test_a_run_with_a_damaged_record_has_its_page_that_says_so(project):
    folder = project.reports / "tiny"
    folder.mkdir(parents=True)
    (folder / "plan.json").write_text("[]")
    for _ in range(2):
        assert main(["run", "tiny", "--force"]) == 0
        assert DAMAGED in (project.latest() / "index.html").read_text()
        assert (folder / "plan.json").read_text() == "[]"
    assert main(["verify", "tiny"]) == 0


@pytest.mark.parametrize("odd", ["folder", "pipe", "link"])
def test_what_is_no_file_in_its_place_neither_hangs_nor_ends_a_run(project, odd):
    path = project.reports / "tiny" / "plan.json"
    path.parent.mkdir(parents=True)
    {"folder": path.mkdir, "pipe": lambda: os.mkfifo(path),
     "link": lambda: path.symlink_to("nowhere")}[odd]()  # fmt: skip
    assert main(["run", "tiny"]) == 0
    assert DAMAGED in (project.latest() / "index.html").read_text()
    assert os.path.lexists(path) and not path.is_file()


def test_a_record_whose_digest_fits_is_whole(project):
    assert main(["run", "tiny"]) == 0
    stored = project.json("tiny", "plan.json")
    assert stored["hash"] == digest.of(stored["plan"])
    assert not plan_lock.first(project.reports / "tiny", studies.open_study("tiny")).damaged
