"""A study whose day has not come waits, is no fault, and is run when its day has come."""

from datetime import date

import pytest

from cs_lib import params
from cs_lib.cli import main
from cs_lib.runs import tasks as studies
from tests.runs.test_rolling import clock, rolling  # noqa: F401

FIXED = {
    "intervention_date": "2026-02-05",
    "pre_period": ["2026-01-01", "2026-02-04"],
    "post_period": ["2026-05-06", "2026-06-30"],
}


@pytest.fixture
def waiting(rolling, clock):  # noqa: F811
    """A study of fixed days, stated for 1 July 2026, of a source that is no simulated desk, which ends in time."""
    rolling.source(simulate=None, tables={"contacts": {"file": "contacts.csv"}})
    (rolling.home / "contacts.csv").write_text(
        "contact_id,opened_at,status\n1,2026-01-05T10:00:00,open\n", encoding="utf-8"
    )
    study(rolling)
    clock("2026-06-30T23:00:00+00:00")
    return rolling


def study(project, name="tiny", **changes):
    settings = {
        "notebook": "before_after", "as_of": "2026-07-01", "design": FIXED, "money": None,
        "measure": {"primary_metric": "resolution_hours"}, "rule": {"min_effect": 2.0}, **changes,
    }  # fmt: skip
    project.study(name, **settings)


def test_until_its_day_it_waits_and_then_the_same_command_runs_it(waiting, clock, capsys):  # noqa: F811
    for words in (["--all"], ["--all", "--as-of", "today"], ["tiny", "--as-of", "2026-06-30"]):
        assert main(["run", *words]) == 0
        told = capsys.readouterr()
        assert "tiny is not due before 2026-07-01" in told.out and not told.err
    assert not (waiting.reports / "tiny").exists()
    assert main(["run", "--all", "--quiet"]) == 0
    told = capsys.readouterr()
    assert told.out + told.err == ""
    assert main(["check", "tiny"]) == 0
    capsys.readouterr()
    assert main(["list"]) == 0
    assert "due on 2026-07-01" in capsys.readouterr().out
    clock("2026-07-01T00:30:00+00:00")
    assert main(["run", "--all", "--as-of", "today"]) == 0
    assert (waiting.reports / "tiny" / "latest").exists()
    assert main(["list"]) == 0
    assert "fresh" in capsys.readouterr().out


def test_the_day_is_that_of_the_sources_zone(waiting, clock):  # noqa: F811
    waiting.source(
        simulate=None, timezone="Asia/Shanghai", tables={"contacts": {"file": "contacts.csv"}}
    )
    assert studies.due_on("tiny") is None
    clock("2026-06-30T15:59:00+00:00")
    assert studies.due_on("tiny") == date(2026, 7, 1)


def test_a_night_with_waiting_and_faulty_studies_loses_neither(waiting, capsys):
    study(waiting, "broken", rule={"min_effect": -1})
    assert main(["run", "--all", "--as-of", "2026-06-01", "--json"]) == 2
    told = capsys.readouterr().out
    assert '"event": "waiting"' in told and '"study": "broken"' in told


def test_days_that_move_are_read_before_unless_another_study_is_followed(waiting):
    moving = {**FIXED, "post_period": ["2026-02-05", None]}
    study(waiting, design=moving)
    assert studies.due_on("tiny", as_of="2026-06-01") is None
    assert studies.due_on("tiny", as_of="2026-02-05") == date(2026, 7, 1)  # no day yet
    study(waiting, design=moving, follows="other")
    assert studies.due_on("tiny", as_of="2026-06-01") == date(2026, 7, 1)


def test_a_day_that_has_come_and_faulty_settings_are_not_waited_for(waiting):
    assert studies.due_on("tiny", as_of="2026-07-01") is None
    study(waiting, rule={"min_effect": -1})
    assert studies.due_on("tiny") is None and studies.due_on("nowhere") is None


def test_a_simulated_desk_knows_its_days_whatever_the_clock_says(waiting, clock):  # noqa: F811
    waiting.source()
    clock("2025-01-01T00:00:00+00:00")
    assert studies.due_on("tiny") is None
    study(waiting, as_of="2026-07-02")
    assert studies.due_on("tiny") == date(2026, 7, 2)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"follows": "tiny_90d"}, "follows itself"),
        ({"follows": "nobody"}, "neither settings under params/ nor a page"),
        ({"follows": "first", "measure": {"primary_metric": "csat"}},
         "measures csat, and follows first, which measures repeat_contact_rate_7d"),
        ({"follows": "perk"}, "is of before_after, and follows perk, which is of perk_ab_test"),
        ({"follows": "paged"}, "follows paged, which measures csat"),
        ({"follows": "loop"}, "follow each other"),
        ({"follows": "first"}, ""), ({}, ""),
    ],
)  # fmt: skip
def test_what_a_study_follows_is_there_and_of_the_same_metric(waiting, capsys, changes, said):
    waiting.study("perk")
    study(waiting, "first", measure={"primary_metric": "repeat_contact_rate_7d"})
    study(waiting, "loop", follows="tiny_90d")
    page = waiting.reports / "paged" / "latest" / "result.json"
    page.parent.mkdir(parents=True)
    page.write_text(
        '{"notebook": "before_after", "effects": [{"role": "primary", "metric": "csat"}]}'
    )
    measure = {"measure": {"primary_metric": "repeat_contact_rate_30d"}}
    study(waiting, "tiny_90d", **{**measure, **changes})
    assert main(["check", "tiny_90d"]) == (2 if said else 0)
    told = capsys.readouterr().err
    assert said in told and told.count("\n") == bool(said)
    assert params.load("tiny_90d").follows == changes.get("follows")
