"""The first screen: how much there is, the matrix, the strip of days; and what machines read of it."""

import json
import re
from dataclasses import replace
from pathlib import Path

from jsonschema import Draft202012Validator

from cs_lib import report
from cs_lib.metrics.queries.health.by_day import TableDays
from cs_lib.report.drawing.day_strip import DayStrip, Span, day_strip
from tests.report.data_health.made import DAYS, FULL, evidence, health

SCHEMA = Path(__file__).resolve().parents[3] / "docs" / "result.schema.json"


def test_the_first_screen_has_the_verdict_then_the_matrix_then_the_days():
    text = report.decision(health()).html()
    places = [
        text.index(mark) for mark in ('class="verdict bad"', 'id="readiness"', 'class="days"')
    ]
    assert places == sorted(places)
    assert "Contacts: 3,000 rows, 5 Jan to 29 Mar 2026" in text


def test_a_check_that_fails_for_several_tables_is_named_once():
    result = health()
    twice = replace(result, findings=(*result.findings, result.findings[0]))
    assert report.decision(twice).html().count("✗ export cut short") <= 1


def test_the_strip_shades_the_cut_end_and_is_told_to_listeners():
    text = report.decision(health()).html()
    strip = re.search(
        r'<svg class="days".*?</svg></svg>|<svg class="days".*?</svg>.*?</svg>', text, re.S
    )[0]
    title = re.search(r"<title[^>]*>(.*?)</title>", strip)[1]
    assert "Cut short from 20 March 2026." in title and "At most 40 a day." in title
    left, width = (
        float(v) for v in re.search(r'<rect x="([\d.]+)%" y="20" width="([\d.]+)%"', strip).groups()
    )
    assert (round(left / 100 * 84), round(width / 100 * 84)) == (74, 10)


def test_days_after_the_last_row_belong_to_the_strip():
    short = TableDays("contacts", 2_800, DAYS[:70], FULL[:70])
    found = evidence()
    result = health(evidence=replace(found, tables={**found.tables, "contacts": short}))
    text = report.decision(result).html()
    assert 'viewBox="0 0 84 1000"' in text and ">29 March 2026</text>" in text


def test_a_strip_has_a_step_for_each_day_and_marks_the_silent_ones():
    svg = day_strip("d", "alt", DayStrip((2, 0, 4), ("a", "b"), (Span(2, 2, "cut"),), (1,)))
    assert 'd="M0 1000V500h1V1000h1V0h1V1000z"' in svg
    assert '<line x1="50%" x2="50%" y1="83" y2="95"' in svg


def test_machines_read_states_missing_tables_and_days():
    facts = report.decision(health()).facts()
    assert facts["readiness"]["survey"] == {
        "state": "yes", "wanted": True, "reasons": [], "missing": [], "usable_from": "2026-01-05",
        "usable_to": "2026-03-19", "changes_it": "",
    }  # fmt: skip
    assert facts["readiness"]["journey"]["wanted"] is False
    assert facts["per_day"]["orders"] == {
        "first": "2026-01-05",
        "counts": [100] * 20 + [0, 0] + [100] * 62,
    }
    assert (facts["planned"], facts["design"]["kind"]) == (None, "source")
    assert facts["observed_until"] == "2026-03-30"
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    whole = {**facts, "language": "en", "digest": "", "digests": {}, "plan_changed": False}
    assert [e.message for e in Draft202012Validator(schema).iter_errors(whole)] == []
