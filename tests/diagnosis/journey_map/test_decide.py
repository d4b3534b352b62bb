"""What the page of a journey comes to, from evidence made by hand, good and bad."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cs_lib.diagnosis.journey_map.analyze import analyze
from tests.diagnosis.journey_map.made import LOG, cells, evidence, size, study

NOBODY = tuple(replace(one, offered=0, answered=0, satisfied=0) for one in evidence().phases)


def codes(result, passed):
    return [one.code for one in result.checks if one.passed is passed]


def test_a_clear_pain_is_found_and_the_other_is_not():
    result = analyze(evidence(), study())
    assert result.decision.verdict == "pain_found"
    assert [one.pain for one in result.found] == ["chased"]
    chased = result.found[0]
    assert chased.within.value == pytest.approx(90 / 150 - 340 / 400)
    assert chased.customers == pytest.approx(900 / (181 * 12 / 365.25))
    assert chased.owner == "service_flow"
    assert chased.response_rate == pytest.approx(0.5)
    assert "have to ask again" in str(result.decision.reason)
    assert [one.id for one in result.actions] == ["way_chased"]
    assert result.actions[0].scope == {"team_id": ("T1",)}


def test_a_gap_that_vanishes_within_need_and_time_is_no_pain():
    """Hit contacts are mostly of a need that pleases few: the raw gap is large, the gap within is none."""
    hard, easy = cells("chased", (180, 90), (60, 30), 1), cells("chased", (20, 18), (900, 810), 1)
    easy = [replace(one, need="easy") for one in easy]
    result = analyze(evidence(pains=(size("chased", 600),), cells=(*hard, *easy)), study())
    [found] = result.pains
    assert found.raw.value < -0.2
    assert abs(found.within.value) < 0.01
    assert not found.found
    assert result.decision.verdict == "no_clear_pain"


def test_time_with_nobody_counts_nowhere():
    result = analyze(evidence(), study())
    hours = {one.phase: one.total for one in result.held}
    assert hours == {"answer": 20_000, "work": 35_100, "others": 16_000}
    assert "solved" not in hours


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        (
            {"log": replace(LOG, contacts=0, with_steps=0, events=0)},
            "steps_recorded",
            "no contacts",
        ),
        ({"log": replace(LOG, with_steps=1200)}, "steps_recorded", "30"),
        ({"log": replace(LOG, other=19_000)}, "steps_have_phases", "95"),
        ({"phases": NOBODY}, "satisfaction_known", "No customer"),
    ],
)
def test_a_log_that_cannot_say_is_called_too_thin(changes, code, words):
    result = analyze(evidence(**changes), study())
    assert result.decision.verdict == "log_too_thin"
    assert code in codes(result, False)
    assert words in next(one.finding for one in result.checks if one.code == code)


@pytest.mark.parametrize(
    ("log", "code"),
    [
        (replace(LOG, repeated=2000), "steps_once"),
        (replace(LOG, ties=5000, unordered=3000), "steps_ordered"),
        (replace(LOG, strangers=4000), "steps_find_contacts"),
        (replace(LOG, early=900), "steps_after_opening"),
        (replace(LOG, unfinished=2000), "contacts_finished"),
    ],
)
def test_faults_of_the_log_are_said(log, code):
    result = analyze(evidence(log=log), study())
    assert code in codes(result, False)


def test_a_pain_that_nobody_could_have_is_not_zero():
    """Nothing is said of a pain that the source cannot tell, and why is on the page."""
    result = analyze(evidence(absent={"promise_missed": "No contact has a promise."}), study())
    assert "promise_missed" not in [one.pain for one in result.pains]
    said = next(one.finding for one in result.checks if one.code == "part_missing")
    assert said.endswith("No contact has a promise.")


def test_few_hits_are_not_compared():
    result = analyze(
        evidence(pains=(size("chased", 9),), cells=tuple(cells("chased", (2, 0), (400, 340)))),
        study(),
    )
    assert result.pains[0].within is None
    assert result.decision.verdict == "no_clear_pain"
