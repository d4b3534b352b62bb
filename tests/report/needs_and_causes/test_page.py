"""The page says what the record says: first screen, figures, tables and the file of actions."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace

import pytest

from cs_lib import report
from cs_lib.language import speaking
from cs_lib.report.needs_and_causes import summary
from cs_lib.report.needs_and_causes.action_list import as_rows
from cs_lib.report.needs_and_causes.words import need, yearly
from cs_lib.report.note import Note

ROOM = report.needs_and_causes
FIGURES = ("coming_back", "needs_by_size", "over_the_weeks", "owners")
TABLES = (
    "action_names", "actions", "agreement",
    "by_owner", "details", "products", "rising", "teams", "tree", "uncoded", "words_that_rose",
)  # fmt: skip


def test_the_first_screen_has_the_three_facts_the_needs_and_what_is_new(result):
    screen = report.decision(result).html()
    problem, back = result.evidence.problem, result.overall[1]
    assert f"{1000 * problem.with_problem / problem.orders:.1f}" in screen
    assert f"{100 * back.beyond:.1f}" in screen
    top = result.needs[0]
    assert need(top.need) in screen and yearly(top.place.total, result) in screen
    assert need(result.news.rose[0].name) in summary.new(result)


@pytest.mark.parametrize("name", FIGURES)
def test_figures_have_their_numbers_and_say_them_to_who_cannot_see(result, name):
    figure = getattr(ROOM, name)(result)
    assert len(figure.data) and figure.title in figure.alt and figure.wide.count("<svg") == 1
    assert figure.narrow and len(figure.alt) > len(figure.title) + 40


def test_the_largest_bar_is_the_largest_need(result):
    data = ROOM.needs_by_size(result).data
    assert data["minutes_a_year"].is_monotonic_decreasing
    assert data["need"].tolist() == [one.need for one in result.needs]
    assert (data["place_low"] <= data["place"]).all() and (
        data["place"] <= data["place_high"]
    ).all()


@pytest.mark.parametrize("name", TABLES)
def test_tables_have_rows(result, name):
    table = getattr(ROOM, name)(result)
    assert not isinstance(table, Note) and len(table.rows)
    assert len(table.columns) == len(table.rows[0])


def test_the_file_of_actions_has_what_the_page_lists(result):
    rows = list(csv.DictReader(io.StringIO(as_rows(result.actions, result.currency))))
    assert [row["action"] for row in rows] == [one.id for one in result.actions]
    prize = result.actions[0].prizes.cause
    assert float(rows[0]["minutes_if_cause_gone"]) == pytest.approx(prize.minutes, abs=0.51)
    assert float(rows[0]["price_if_cause_gone"]) == pytest.approx(prize.minutes * 1.2, abs=0.51)
    facts = report.decision(result).facts()
    assert [one["id"] for one in facts["actions"]] == [one.id for one in result.actions]
    assert set(facts["files"]) == {"actions.csv"}
    assert next(iter(facts["needs"])) == result.needs[0].need


def test_small_groups_are_on_no_table(result):
    study = result.study.model_copy(
        update={"rule": result.study.rule.model_copy(update={"smallest_cell": 1_000})}
    )
    few = replace(result, study=study)
    assert all(int(row[2].replace(",", "")) >= 1_000 for row in ROOM.tree(few).rows)
    assert all(int(row[1].replace(",", "")) >= 1_000 for row in ROOM.teams(few).rows)


def test_without_rules_texts_and_sample_each_place_says_why(result):
    silent = type(result.written)(why_not={"terms": "no text", "topics": "no text"})
    bare = replace(result, rules=None, coding=None, written=silent)
    for name in ("rules", "agreement", "words_that_rose", "uncoded"):
        assert isinstance(getattr(ROOM, name)(bare), Note)


def test_in_chinese_only_codes_and_what_customers_wrote_stay_latin(result):
    with speaking("zh"):
        tables = [str(getattr(ROOM, name)(result)) for name in ("by_owner", "agreement", "teams")]
        told = " ".join([*tables, str(report.decision(result)), summary.new(result)])
    for word in ("contacts", "beyond", "place ", "Owner", "Service", "minutes", "Contacts", "Need"):
        assert not re.search(rf"\b{word}", told), word
