"""`cslib new NOTEBOOK NAME --from ACTION`: what the change log and the plan know is filled in, and says from where."""

import json
from datetime import date
from pathlib import Path

import pytest

from cs_lib import metrics, params
from cs_lib.cli import main
from cs_lib.data.guess.held import Logged
from cs_lib.runs.new import NewError
from cs_lib.runs.starting.action import Listed, listed
from cs_lib.runs.starting.changes import fitting, joined, scope_of, the_one, washout
from cs_lib.runs.starting.follow_up import follow_up
from tests.runs.starting.test_action import ACTION, CAUSES, PAIN
from tests.runs.starting.test_study import assignments, contacts

NAME = "causes_late_parcel"
HEAD = "change_id live_at ended_at scope rollout ramp_days\n"


@pytest.fixture
def desk(source, monkeypatch):
    """Two months of contacts, and pages of two days that list an action."""
    monkeypatch.setenv("CS_LANGUAGE", "en")
    source.table("contacts", contacts())
    source.study()
    (source.home / "params" / "causes.yaml").write_text(CAUSES, encoding="utf-8")
    page(source.home, "causes/runs/2026-01-10-aa", as_of="2026-01-10", actions=[ACTION])
    page(source.home, "causes/latest", as_of="2026-03-01", actions=[ACTION, PAIN])
    return source


def page(home: Path, folder: str, **facts):
    """A published result."""
    path = home / "reports" / folder / "result.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    known = {"study": folder.split("/")[0], **facts}
    path.write_text(json.dumps(known), encoding="utf-8")
    return path


def plan(home: Path, name="plan", *, settings="", **facts):
    """The page of a plan, with the settings that it wrote."""
    known = {
        "notebook": "experiment_plan", "plans": "before_after", "as_of": "2026-01-20", "action": NAME,
        "planned": {"min_effect": 0.04, "alpha": 0.1}, "plan": {"metric": "repeat_contact_rate_30d"},
        "design": {"scope": {"need_code": ["late_parcel"]}}, "files": ["written.yaml"] if settings else [],
    }  # fmt: skip
    path = page(home, f"{name}/latest", **{**known, **facts})
    if settings:
        path.with_name("written.yaml").write_text(settings, encoding="utf-8")


WRITTEN = """study: planned
notebook: before_after
as_of: "2026-04-02"
source: tiny
design:
  intervention_date: "2026-02-20"
  pre_period: ["2026-01-30", "2026-02-19"]
  post_period: ["2026-02-20", "2026-03-01"]
  holidays: ["2026-02-16"]
measure: {primary_metric: repeat_contact_rate_30d, guardrails: {csat: 0.2}}
rule: {alpha: 0.1, min_effect: 0.04}
"""


def log(desk, *rows):
    desk.table("flow_changes", HEAD + "\n".join(rows))
    desk.study()


def text(desk, name):
    return (desk.home / "params" / f"{name}.yaml").read_text(encoding="utf-8")


def test_change_log_and_plan_fill_everything_and_the_follow_up_is_written_beside(desk, capsys):
    log(desk, "F0 2026-01-05T08:00:00 - - - -", f"{NAME} 2026-02-03T08:00:00 - - staged 3")
    plan(desk.home, settings=WRITTEN)
    assert main(["new", "before_after", "parcels", "--from", NAME]) == 0
    made = params.load("parcels", also=metrics.problems)
    assert (made.action, made.design.change_id) == (NAME, NAME)
    assert (made.design.intervention_date, made.design.washout_days) == (date(2026, 2, 3), 3)
    assert made.design.pre_period == (date(2026, 1, 13), date(2026, 2, 2))  # 21 days, as planned
    assert made.design.post_period == (date(2026, 2, 3), date(2026, 2, 12))  # 10 days, as planned
    assert made.design.holidays == (date(2026, 2, 16),)  # a day of the calendar does not move
    assert (made.rule.min_effect, made.rule.alpha) == (0.04, 0.1)
    assert made.measure.guardrails == {"csat": 0.2}
    assert made.as_of == date(2026, 3, 16)  # 32 days after the last, as planned
    again = params.load("parcels_90d", also=metrics.problems)
    assert (again.follows, again.action) == ("parcels", NAME)
    assert again.design.pre_period == made.design.pre_period
    assert again.design.post_period == (date(2026, 5, 4), date(2026, 5, 13))
    assert again.as_of == date(2026, 6, 13)  # the last day's cases are followed for 30 days
    assert again.question.startswith("Does it still hold? Did the change end")
    said = " ".join(capsys.readouterr().out.split())
    for where in (said, " ".join(text(desk, "parcels").split())):
        assert f"{NAME} went live on 2026-02-03; it is called {NAME} itself" in where
        assert "The smallest effect worth acting on: from the plan plan, as of 2026-01-20." in where
        assert "From the page causes, as of 2026-03-01." in where
        assert "The change log has a ramp of 3 days." in where
    assert "It follows parcels and is due on 2026-06-13" in said


def test_no_log_and_no_plan_leave_the_questions_and_write_no_follow_up(desk, capsys):
    assert main(["new", "before_after", "parcels", "--from", NAME]) == 2
    told = capsys.readouterr().err
    assert "On which day did the change go live?" in told and "--min-effect" in told
    assert not (desk.home / "params" / "parcels_90d.yaml").exists()
    plan(desk.home, "cut", settings=WRITTEN)
    (desk.home / "reports" / "cut" / "latest" / "result.json").write_text('{"notebook": "exp')
    plan(desk.home, "hours", plan={"metric": "resolution_hours"})
    plan(desk.home, "aimless", planned=None)
    assert main(["new", "before_after", "parcels", "--from", NAME, "--date", "2026-02-01"]) == 2
    told = capsys.readouterr()
    assert "--min-effect" in told.err and "The smallest effect" not in told.out
    assert (
        "Nothing is taken from the plan hours: it is of resolution_hours, this study of "
        "repeat_contact_rate_30d." in told.out
    )
    assert "Nothing is taken from the plan aimless: it names no smallest effect" in told.out


def test_names_that_leave_no_room_for_the_follow_up_write_nothing(desk, capsys):
    words = ["--from", NAME, "--date", "2026-02-01", "--min-effect", "0.05"]
    long = "p" * 57
    assert main(["new", "before_after", long, *words]) == 2
    assert f"Its follow-up would be called {long}_90d" in capsys.readouterr().err
    (desk.home / "params" / "real").mkdir()
    (desk.home / "params" / "real" / "parcels_90d.yaml").write_text("study: parcels_90d\n")
    assert main(["new", "before_after", "parcels", *words]) == 2
    assert "parcels_90d.yaml exists already" in capsys.readouterr().err
    assert not list((desk.home / "params").glob("p*.yaml"))


def test_an_action_outlives_its_page_but_not_its_source(desk, capsys):
    page(desk.home, "causes/latest", as_of="2026-03-01", actions=[])  # solved: off the list
    found = listed(NAME, desk.home / "reports")
    assert (found.since, found.as_of) == (date(2026, 1, 10), date(2026, 1, 10))
    (desk.home / "params" / "causes.yaml").unlink()
    words = ["new", "before_after", "parcels", "--from", NAME, "--date", "2026-02-01"]
    assert main(words) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and "name it: --source NAME" in told and "causes" in told
    assert main([*words, "--source", "tiny", "--min-effect", "0.05"]) == 0
    assert params.load("parcels").source == "tiny"


def test_a_perk_test_has_the_plans_metric_size_and_days_and_a_follow_up_in_90_days(desk, capsys):
    desk.table("perk_assignments", assignments("control", "coupon"))
    desk.study()
    plan(
        desk.home, plans="perk_ab_test", plan={"metric": "contacts_30d"},
        settings=f"""study: planned
notebook: perk_ab_test
as_of: "2026-03-03"
source: tiny
action: {NAME}
design:
  experiment: E1
  control: control
  arms: [coupon]
  split: {{control: 0.5, coupon: 0.5}}
  period: ["2026-01-11", "2026-01-30"]
measure: {{primary_metric: contacts_30d, secondary: [contacts_14d]}}
rule: {{alpha: 0.1, min_effect: 0.04, planned_n: 10, correction: holm}}
looks: {{spending: pocock, dates: ["2026-02-20", "2026-03-03"]}}
""",
    )  # fmt: skip
    assert main(["new", "perk_ab_test", "winter", "--from", NAME]) == 0
    made = params.load("winter", also=metrics.problems)
    assert (made.action, made.design.experiment, made.measure.primary_metric) == (
        NAME,
        "E1",
        "contacts_30d",
    )
    assert (made.rule.min_effect, made.rule.alpha, made.rule.planned_n) == (0.04, 0.1, 10)
    assert made.looks.dates == (date(2026, 2, 10), date(2026, 2, 21))  # ten days sooner
    assert "late parcel" in made.question
    again = params.load("winter_90d", also=metrics.problems)
    assert (again.follows, again.looks, again.measure.secondary) == (
        "winter",
        None,
        ("contacts_14d",),
    )
    assert again.measure.primary_metric == "contacts_90d"
    assert again.as_of == date(2026, 4, 21)  # the last was assigned on 20 January
    assert "Customers per variant: from the plan plan, as of 2026-01-20." in capsys.readouterr().out


def test_a_plan_begins_with_an_action_too(desk):
    words = ["--from", "way_long_answer", "--date", "2027-02-01", "--min-effect", "30"]
    assert main(["new", "experiment_plan", "waits", *words]) == 0
    made = params.load("waits", also=metrics.problems)
    assert (made.action, made.plans, made.design.change) == (
        "way_long_answer",
        "before_after",
        "way_long_answer",
    )
    assert made.design.scope.team_id == ("T1",)
    assert not (desk.home / "params" / "waits_90d.yaml").exists()


ONE = Listed(
    id="a_x", need="x", pain="", metric="contact_rate", scope={"need_code": ["x"]}, page="a",
    since=date(2026, 1, 10), as_of=date(2026, 3, 1), reports=Path("nowhere"),
)  # fmt: skip


def change(name, day, scope="need_code in (x)", **more):
    return Logged(name, date(2026, 2, day), scope=scope, **more)


@pytest.mark.parametrize(
    ("changes", "rule", "names"),
    [
        ([change("F2", 5, action="a_x"), change("a_x", 4), change("F1", 3)], "action", ["F2"]),
        ([change("a_x", 4, scope="all of it"), change("F1", 3)], "id", ["a_x"]),
        ([change("F2", 5), change("F1", 3)], "scope", ["F2", "F1"]),
        ([change("F2", 5, action="a_y"), change("F1", 3)], "scope", ["F1"]),
        ([Logged("F1", date(2026, 1, 9), scope="need_code in (x)")], "", []),
        ([change("F1", 3, scope="need_code in (x, y)"), change("F2", 4, scope="")], "", []),
        ([], "", []),
    ],
)
def test_a_change_is_an_actions_by_its_column_then_by_its_name_then_by_its_scope(
    changes, rule, names
):
    found = fitting(changes, ONE)
    assert (found.rule, [one.name for one in found.changes]) == (rule, names)


def test_of_two_changes_that_fit_the_day_tells_which(desk, capsys):
    found = fitting([change("F2", 5), change("F1", 3)], ONE)
    assert the_one(found, None) is None and the_one(found, date(2026, 2, 4)) is None
    assert the_one(found, date(2026, 2, 3)).name == "F1"
    log(desk, "F1 2026-02-03T08:00:00 - - - -", "F2 2026-02-10T08:00:00 - - - -")
    page(
        desk.home,
        "way/latest",
        as_of="2026-01-10",
        actions=[{**PAIN, "id": "way_all", "scope": {}}],
    )
    (desk.home / "params" / "way.yaml").write_text(CAUSES.replace("causes", "way", 1))
    assert main(["new", "before_after", "waits", "--from", "way_all", "--min-effect", "30"]) == 2
    told = capsys.readouterr().err
    assert "Which logged change is it (F2 2026-02-10, F1 2026-02-03)?" in told


def test_contacts_are_those_of_the_action_that_the_change_touched():
    assert joined(ONE, change("F", 3, scope="team_id in (T2, T1)"))[0] == {
        "need_code": ["x"],
        "team_id": ["T1", "T2"],
    }
    both = change("F", 3, scope="need_code in (x, y) and channel in (chat)")
    assert joined(ONE, both)[0] == {**ONE.scope, "channel": ["chat"]}
    scope, said = joined(ONE, change("F", 3, scope="need_code in (y)"))
    assert scope == ONE.scope and "is it this change?" in said
    scope, said = joined(ONE, change("F", 3, scope="everything in chat"))
    assert scope == ONE.scope and "“everything in chat”" in said
    assert scope_of(change("F", 3, scope=" ")) == {}


@pytest.mark.parametrize(
    ("ramp", "days"), [(7.0, 7), (0.0, 0), (None, 0), (2.5, 0), (-3.0, 0), (400.0, 0)]
)
def test_a_ramp_that_cannot_be_left_out_is_told(ramp, days):
    found, said = washout(change("F", 3, ramp_days=ramp))
    assert found == days and bool(said) == bool(ramp)
    assert "in stages" in washout(change("F", 3, rollout="staged"))[1]


def test_a_follow_up_never_reads_a_day_again(source):
    study = source.study()
    long = study.change(as_of="2026-07-01", design={"post_period": ["2026-02-01", "2026-06-30"]})
    raw = follow_up(long, "later")
    assert raw["design"]["post_period"] == ["2026-07-01", "2026-11-27"]
    assert raw["as_of"] == "2026-12-12"  # times are counted for 14 days


def test_where_nothing_can_be_looked_at_again_one_sentence_says_why(source):
    study = source.study()
    with pytest.raises(NewError, match="itself the follow-up of first"):
        follow_up(study.change(follows="first"), "later")
    with pytest.raises(NewError, match="ended on 2026-04-01"):
        follow_up(study, "later", ended=date(2026, 4, 1))
    off = study.change(as_of="2026-05-01", design={"post_period": ["2026-02-01", "2026-04-30"], "off_periods":
                       [["2026-03-01", "2026-03-20"]]})  # fmt: skip
    with pytest.raises(NewError, match="not about one change that stayed"):
        follow_up(off, "later")


def test_a_follow_up_is_written_of_any_study_that_is_there(desk, capsys):
    (desk.home / "params" / "tiny.yaml").write_text(WRITTEN.replace("planned", "tiny").replace(
        "as_of:", "question: Did it get any better here?\nas_of:"))  # fmt: skip
    assert main(["new", "follow_up", "later", "--from", "tiny"]) == 0
    assert params.load("later").follows == "tiny"
    assert main(["new", "follow_up", "later", "--from", "tinny"]) == 2
    assert main(["new", "follow_up", "again", "--from", "causes"]) == 2
    assert main(["new", "follow_up", "again"]) == 2
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 3 and "did you mean 'tiny'" in told[0]
    assert "finds no effect that could fade" in told[1] and "--from STUDY" in told[2]
