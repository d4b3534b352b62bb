"""Contradictions of a before/after study that names teams or an unchanged queue."""

import pytest

from cs_lib import params
from tests.experiment.before_after.test_analyze import SETTINGS


def told(**design):
    settings = {**SETTINGS, "design": {**SETTINGS["design"], **design}}
    _, problems = params.check_study(settings, file="x", lines={})
    return [f"{p.key}: {p.message}" for p in problems]


TEAMS = {"T01": "2026-04-02", "T02": None}


@pytest.mark.parametrize(
    ("design", "said"),
    [
        ({"comparison": {}}, "design.comparison: must name which contacts were not changed"),
        ({"comparison": {"team_id": ["T05"]}}, "design.comparison: holds contacts of design.scope too; name a queue"
         " that the change did not touch"),
        ({"scope": {"team_id": ["T01", "T05"]}, "comparison": {"team_id": ["T05"]}},
         "design.comparison: holds contacts of design.scope too; name a queue that the change did not touch"),
        ({"teams": {"T01": None}}, "design.teams: no team has a day on which it was changed"),
        ({"teams": {"T01": "2026-04-10", "T02": None}}, "design.intervention_date: is 2026-04-02, but the first team"
         " was changed on 2026-04-10"),
        ({"teams": {**TEAMS, "T03": "2026-08-01"}}, "design.teams: T03 was changed on 2026-08-01, after the"
         " post-period"),
        ({"teams": TEAMS, "scope": {"team_id": ["T01"]}}, "design.scope: leave team_id out: design.teams names the"
         " teams"),
        ({"teams": TEAMS, "scope": {"channel": ["chat"]}, "comparison": {"channel": ["phone"]}},
         "design.comparison: leave it out: teams without a day are compared with"),
    ],
)  # fmt: skip
def test_a_contradiction_is_one_sentence(design, said):
    assert told(**design) == [said]


def test_sound_designs_have_no_fault():
    assert told(teams=TEAMS) == []
    assert told(scope={"team_id": ["T01"]}, comparison={"team_id": ["T05"]}) == []


def test_with_teams_the_changed_ones_are_the_scope():
    design = params.BeforeAfter.model_validate(
        {**SETTINGS, "design": {**SETTINGS["design"], "teams": TEAMS}}
    ).design
    assert design.changed.team_id == ("T01",)
