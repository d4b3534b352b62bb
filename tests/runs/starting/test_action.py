"""`cslib new before_after NAME --from ACTION`: the study of a change that a page asked for."""

import json

import pytest

from cs_lib import metrics, params
from cs_lib.cli import main
from tests.runs.starting.test_study import contacts

ACTION = {
    "id": "causes_late_parcel", "need": "late_parcel", "metric": "repeat_contact_rate_30d",
    "scope": {"need_code": ["late_parcel"]},
}  # fmt: skip
PAIN = {
    "id": "way_long_answer", "pain": "long_answer", "metric": "first_response_minutes",
    "scope": {"team_id": ["T1"]},
}  # fmt: skip
CAUSES = """study: causes
notebook: needs_and_causes
question: What should we fix first here?
as_of: "2026-03-01"
source: tiny
design: {period: ["2026-01-01", "2026-02-28"]}
"""


@pytest.fixture
def desk(source, monkeypatch):
    """A source with two months of contacts, and a page that lists an action."""
    monkeypatch.setenv("CS_LANGUAGE", "en")
    source.table("contacts", contacts())
    source.study()
    (source.home / "params" / "causes.yaml").write_text(CAUSES, encoding="utf-8")
    page = source.home / "reports" / "causes" / "latest"
    page.mkdir(parents=True)
    (page / "result.json").write_text(
        json.dumps({"study": "causes", "actions": [ACTION, PAIN]}), encoding="utf-8"
    )
    return source


def test_the_study_measures_what_the_action_says_of_its_contacts(desk, capsys):
    words = ["--from", "causes_late_parcel", "--date", "2026-02-01", "--min-effect", "0.05"]
    assert main(["new", "before_after", "parcels", *words]) == 0
    made = params.load("parcels", also=metrics.problems)
    assert (made.action, made.source) == ("causes_late_parcel", "tiny")
    assert made.design.scope.need_code == ("late_parcel",)
    assert made.measure.primary_metric == "repeat_contact_rate_30d"
    assert "late parcel" in made.question and "cslib run parcels" in capsys.readouterr().out


def test_the_study_of_a_pain_asks_for_it_by_its_name(desk):
    words = ["--from", "way_long_answer", "--date", "2026-02-01", "--min-effect", "30"]
    assert main(["new", "before_after", "waits", *words]) == 0
    made = params.load("waits", also=metrics.problems)
    assert made.action == "way_long_answer"
    assert made.measure.primary_metric == "first_response_minutes"
    assert made.design.scope.team_id == ("T1",)
    assert made.question == "Did the change end “long wait for an answer”?"


def test_an_action_that_no_page_lists_is_one_sentence(desk, capsys):
    assert main(["new", "before_after", "parcels", "--from", "causes_late_parcle"]) == 2
    said = capsys.readouterr().err.strip()
    assert said.count("\n") == 0 and "causes_late_parcle" in said and "causes_late_parcel" in said


def test_an_action_is_for_studies_of_a_change_only(desk, capsys):
    assert main(["new", "data_health", "health", "--from", "causes_late_parcel"]) == 2
    assert "before_after, perk_ab_test, experiment_plan" in capsys.readouterr().err


def test_a_page_that_was_cut_short_is_passed_over(desk, capsys):
    other = desk.home / "reports" / "broken" / "latest"
    other.mkdir(parents=True)
    (other / "result.json").write_text('{"study": "broken", "act', encoding="utf-8")
    assert main(["new", "before_after", "parcels", "--from", "nothing"]) == 2
    assert "causes_late_parcel" in capsys.readouterr().err
