"""The page of a portfolio: what machines read, figures that show both numbers, tables that leave nothing out."""

import numpy as np
import pytest
from pydantic import TypeAdapter

from cs_lib import report
from cs_lib.language import speaking
from cs_lib.report.facts import Facts
from tests.experiment.improvement_portfolio.made import (
    answer,
    by_day,
    files,
    perk_test,
    portfolio,
    result,
)

VALUES = (-5.0, -4.0, -3.0, -3.5, -0.5, 0.5)
room = report.improvement_portfolio


@pytest.fixture(scope="module")
def found():
    level = 200 + np.random.default_rng(3).normal(0, 4, 730)
    studies = [result(f"fix_{k}", value, 1.0) for k, value in enumerate(VALUES)]
    follow = result(
        "fix_0_90d", 0.2, 0.3, follows="fix_0",
        design={"scope": {"need_code": ["fix_0"]}, "period": ["2026-06-01", "2026-06-30"]},
    )  # fmt: skip
    made = files(*studies, follow, perk_test("coupon", 0.05, 0.01, 4.0))
    made["cut/latest/result.json"] = b'{"version": 2, "st'
    settings = portfolio(design={"period": ["2025-07-01", "2026-06-30"]})
    return answer(made, settings, headline=by_day(level))


def test_machines_read_sums_studies_what_is_due_and_the_headline(found):
    facts = report.decision(found).facts()
    sums = facts["portfolio"]["contact_rate/before_after"]
    assert sums["sum"] == pytest.approx(found.main.total.mean, rel=1e-9)
    assert (sums["k"], sums["counted"]) == (6, 6)
    assert sums["sum_ci_low"] < sums["sum"] < sums["sum_ci_high"]
    places = {one["study"]: one["held_up"] for one in facts["studies"]}
    assert places["fix_0"] == "faded" and places["fix_1"] is None
    assert {one["study"] for one in facts["due_follow_ups"]} >= {"fix_1", "fix_2"}
    assert facts["top_down"]["not_explained"] == pytest.approx(
        facts["top_down"]["moved"] - facts["top_down"]["claimed"], rel=1e-6
    )
    assert TypeAdapter(Facts).validate_python(facts)


def test_facts_are_the_same_in_both_languages_but_for_sentences(found):
    def numbers(language):
        with speaking(language):
            facts = report.decision(found).facts()
        return {key: facts[key] for key in ("portfolio", "studies", "due_follow_ups", "top_down")}

    assert numbers("en") == numbers("zh")


def test_the_figure_shows_the_estimate_before_and_after(found):
    figure = room.shrunken(found)
    frame = figure.to_frame().set_index("id")
    assert frame.loc["fix_0", "effect"] == -5.0 and frame.loc["fix_0", "mean"] > -5.0
    assert "in place of −5.0" in figure.title
    hollow = figure.wide.count("fill: var(--paper, #ffffff)")
    assert hollow >= len(VALUES)


def test_the_ledger_has_every_study_and_says_which_counts(found):
    rows = {row[0]: row for row in room.ledger(found).rows}
    assert set(rows) == {"Coupon", *(f"Fix {k}" for k in range(6))}
    assert rows["Fix 0"][5:] == ("in the sum", "faded")
    assert rows["Coupon"][5] == "not added up"


def test_steps_of_the_headline_lead_from_one_level_to_the_other(found):
    figure, one = room.top_down(found), found.top_down
    for words in ("Before", "Claimed by studies", "Not explained", "Lately"):
        assert words in figure.wide and words in figure.alt
    assert one.level_before + one.claimed + one.rest == pytest.approx(one.level_before + one.moved)


def test_files_that_cannot_be_read_stand_in_the_drawer(found):
    assert ("cut/latest/result.json", "cannot be read") in {
        row[:2] for row in room.drawer(found).rows
    }


def test_with_too_few_studies_every_part_says_why_and_none_is_a_zero():
    few = answer(files(result("fix"), perk_test("coupon", 0.05, 0.01, 4.0)))
    for part in (room.shrunken, room.held_up, room.top_down):
        assert str(part(few))
    sums = room.sums(few).rows
    assert all(row[3] == "–" for row in sums)
    facts = report.decision(few).facts()
    assert all(one["sum"] is None for one in facts["portfolio"].values())
    nothing = answer({})
    for part in (
        "ledger",
        "sums",
        "shrunken",
        "by_month",
        "top_down",
        "held_up",
        "forecasts",
        "days",
    ):
        assert str(getattr(room, part)(nothing))
