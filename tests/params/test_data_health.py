"""Settings of the health of a source: the kinds of study it is wanted for."""

import pytest

from cs_lib import metrics, params
from cs_lib.params.data_health import ANALYSES

RAW = {
    "study": "health",
    "notebook": "data_health",
    "question": "What can this source answer today?",
    "as_of": "2026-07-01",
    "source": "demo",
}


def checked(**design):
    return params.check_study(
        {**RAW, **({"design": design} if design else {})}, file="x", lines={}, also=metrics.problems
    )


def test_without_a_list_the_source_is_wanted_for_every_kind_of_study():
    found, problems = checked()
    assert problems == [] and found.analyses == ANALYSES and len(ANALYSES) == 9


def test_a_list_names_the_kinds_that_decide():
    found, problems = checked(studies=["journey", "survey"], holidays=["2026-01-01"])
    assert problems == [] and found.analyses == ("journey", "survey")
    assert [str(day) for day in found.holidays] == ["2026-01-01"]


@pytest.mark.parametrize(
    ("design", "said"),
    [
        ({"studies": ["jurney"]}, "design.studies.0: must be one of 'perk_ab_test'"),
        ({"studies": ["survey", "survey"]}, "design.studies"),
        ({"metric": "csat"}, "design.metric: unknown key"),
    ],
)
def test_a_kind_that_is_none_is_refused_in_one_sentence(design, said):
    _, problems = checked(**design)
    assert len(problems) == 1 and said in str(problems[0])


def test_a_study_without_metrics_has_none_that_could_be_misspelt():
    found, _ = checked()
    assert list(metrics.problems(found)) == []
