"""Tables of a source's health: rows lost are counted once, timers named, labels that look alike side by side."""

from dataclasses import replace

from cs_lib import report
from cs_lib.results import Check
from cs_lib.sentences import say
from tests.report.data_health.made import evidence, health

HEALTH = report.data_health


def test_a_join_counts_what_was_found_spelt_otherwise_too_early_and_lost():
    assert HEALTH.joins(health()).rows == (
        ("contacts.order_id → orders.order_id", "200", "75.0\N{NARROW NO-BREAK SPACE}%", "20", "10", "20", "O9"),
    )  # fmt: skip


def test_joins_that_are_whole_are_told_in_a_sentence():
    found = evidence()
    whole = replace(found, joins=(replace(found.joins[0], matched=200, by_form=0, lead_in=0),))
    assert HEALTH.joins(health(evidence=whole)).text == "Every key finds the row that it names."


def test_the_time_that_most_rows_share_stands_beside_what_cannot_be():
    assert HEALTH.times(health()).rows == (
        ("contacts: resolved_at → closed_at", "100", "3", "5", "15.0 days", "60.0\N{NARROW NO-BREAK SPACE}%"),
    )  # fmt: skip


def test_labels_that_look_alike_come_first_then_those_that_a_check_saw_change():
    rows = HEALTH.labels(health()).rows
    assert [(row[1], row[5]) for row in rows] == [("late", "–"), ("Late ", "looks like “late”")]
    new = replace(
        health().findings[0], check=Check("labels_stay", False, say("x")), columns=("issue",)
    )
    assert HEALTH.labels(health(findings=(new,))).rows[2][1:] == (
        "defect", "300", "1 March 2026", "29 March 2026", "came later",
    )  # fmt: skip


def test_a_long_example_is_cut():
    long = replace(health().findings[0], example="0009792311464db532ff765bf7b182ae")
    assert HEALTH.findings(health(findings=(long,))).rows[0][4] == "0009792311464db532ff765b…"


def test_who_answers_stands_beside_who_does_not():
    row = HEALTH.answers(health()).rows[0]
    assert row == ("csat", "3,360", "25.0\N{NARROW NO-BREAK SPACE}%", "5.0", "20.0", "2")


def test_the_open_table_has_each_kind_of_check_once_with_what_it_costs():
    result = health()
    small = replace(result.findings[0], count=1)
    table = HEALTH.doubts(replace(result, findings=(small, *result.findings)))
    assert [row[0] for row in table.rows].count(result.findings[0].check.name) == 1
    assert (
        "a tenth of the contacts is there. Every rate of the last ten days is too low."
        in table.rows[0][2]
    )
    assert (table.name, table.caption) == (
        "checks",
        "The checks that matter most here; 1 more below",
    )


def test_what_failed_has_rows_share_example_and_cost_and_what_passed_stands_apart():
    table = HEALTH.findings(health())
    assert table.folded and len(table.rows) == 2
    assert table.rows[0][3:] == (
        "10 (11.9\N{NARROW NO-BREAK SPACE}%)", "2026-03-20", "Every rate of the last ten days is too low.",
    )  # fmt: skip
    assert HEALTH.passed(health()).rows == (("Every case followed", "All of them."),)
    assert HEALTH.findings(health(findings=health().findings[2:])).text == "No check failed."


def test_the_repair_to_begin_with_is_the_first_and_says_how_many_studies_wait():
    assert HEALTH.repairs(health()).items == (
        "Export contacts up to the last day. It would help 3 kinds of study.",
        "Export orders from December on. It would help 1 kind of study.",
    )


def test_without_a_failed_check_what_is_missing_is_to_be_delivered_and_else_nothing():
    lacking = HEALTH.repairs(health(findings=()))
    assert lacking.items == ("Export contacts up to the last day. It would help 6 kinds of study.",)
    sound = tuple(replace(one, changes_it="") for one in health().readiness)
    note = HEALTH.repairs(health(findings=(), readiness=sound))
    assert note.text == "Nothing has to be repaired or delivered: no check failed."


def test_what_each_kind_of_study_needs_is_told_in_full():
    row = next(r for r in HEALTH.needs(health()).rows if r[0] == "Perk A/B test")
    assert row[1:] == (
        "✗ no", "–", "No orders and order numbers", "orders, contacts.order_id",
        "Export contacts up to the last day.",
    )  # fmt: skip
