"""The matrix: a mark and a word for each kind of study, and the heaviest reason in a clause without a code."""

import re
from dataclasses import replace

import pytest

from cs_lib import report
from cs_lib.diagnosis.data_health.kinds import KINDS
from cs_lib.params.data_health import ANALYSES
from cs_lib.report.data_health import clauses, matrix
from cs_lib.results import Check
from cs_lib.sentences import say
from tests.report.data_health.made import health

CODE = re.compile(r"[a-z]_[a-z]")


def rows(result):
    return {row[0]: row[1:] for row in report.data_health.readiness(result).rows}


def test_each_state_has_a_shape_and_a_word_beside_its_colour():
    found = rows(health())
    assert found["Surveys and their scores"][0] == "✓ yes"
    assert found["Needs and causes"][0] == "◐ in part"
    assert found["Perk A/B test"][0] == "✗ no"
    assert len(found) == len(ANALYSES) == 9


def test_what_can_be_done_names_its_days_and_what_cannot_its_reason():
    found = rows(health())
    assert found["Surveys and their scores"][1] == "5 Jan to 19 Mar 2026"
    assert found["Service scorecard"][1] == "Contacts end too early; 5 Jan to 19 Mar 2026"
    assert found["What the bot solves alone"][1] == "No orders and order numbers"


def test_what_nobody_asked_for_stands_last_and_says_so():
    names = [row[0] for row in report.data_health.readiness(health()).rows]
    assert names[-1] == "Journey through the stages (not asked for)"


def test_what_stops_a_study_outweighs_what_limits_it():
    result = health()
    cut, keys, _ = result.findings
    one = next(r for r in result.readiness if r.analysis == "scorecard")
    limited = replace(keys, limits=("scorecard",), check=Check("scores_stay", False, say("So.")))
    assert clauses.clause(replace(result, findings=(limited, cut)), one) == "contacts end too early"
    stopped = replace(cut, stops=("scorecard",), limits=(), count=1)
    heavy = replace(limited, count=200)
    assert (
        clauses.clause(replace(result, findings=(heavy, stopped)), one) == "contacts end too early"
    )
    assert (
        clauses.clause(replace(result, findings=(heavy, cut)), one)
        == "scores were changed afterwards"
    )


@pytest.mark.parametrize("code", KINDS)
def test_every_kind_of_check_has_a_clause_without_a_code(code):
    result = health()
    finding = replace(
        result.findings[0],
        check=Check(code, False, say("Long.")),
        columns=("team_id",),
        stops=("needs",),
    )
    one = next(r for r in result.readiness if r.analysis == "needs")
    text = clauses.clause(replace(result, findings=(finding,)), one)
    assert text and text != "Long" and not CODE.search(text)


def test_a_table_that_is_not_there_is_named_and_not_its_columns():
    result = health()
    one = next(r for r in result.readiness if r.state == "no")
    absent = replace(one, missing=("surveys.score", "surveys.answered_at", "contacts.resolved_at"))
    assert (
        clauses.clause(replace(result, findings=()), absent) == "no surveys and times of resolution"
    )


def test_the_words_of_states_are_those_of_machines():
    states = {r.state for r in health().readiness}
    assert states == set(matrix.STATES) == {"yes", "half", "no"}
