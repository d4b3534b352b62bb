"""Figures of a source's health: weeks add up, an unfinished week is blank, words fit in both widths and languages."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from cs_lib import report
from cs_lib.language import speaking
from cs_lib.metrics.queries.health.by_day import TableDays
from cs_lib.report.data_health.weeks import Filled, weeks_of
from cs_lib.report.drawing.figure import Figure
from cs_lib.results import Check
from cs_lib.sentences import say
from tests.report.data_health.made import DAYS, evidence, findings, health
from tests.report.drawing.test_labels import boxes, overlap

FIGURES = ("completeness", "volumes", "surveys_by_week")


def test_weeks_begin_on_mondays_and_lose_no_row():
    days = np.arange(
        np.datetime64("2026-01-07"), np.datetime64("2026-01-21")
    )  # Wednesday to Tuesday
    table = TableDays("contacts", 14, days, np.ones(14, dtype=np.int64))
    weeks = weeks_of([table])
    assert weeks.starts.astype(str).tolist() == ["2026-01-05", "2026-01-12", "2026-01-19"]
    assert weeks.sums(days, table.counts).tolist() == [5, 7, 2]


def test_years_are_drawn_in_steps_of_several_weeks():
    days = np.arange(np.datetime64("2020-01-06"), np.datetime64("2024-01-01"))
    weeks = weeks_of([TableDays("contacts", 0, days, np.ones(len(days), dtype=np.int64))])
    assert (weeks.each, len(weeks.starts)) == (4, 52)
    assert weeks.sums(days, np.ones(len(days), dtype=np.int64)).tolist() == [28] * 52


def test_few_rows_say_nothing_about_a_share():
    counts = np.array([100, 1, 100, 0])
    row = Filled("t.c", np.array([50, 0, 60, 0]), counts)
    assert row.spread == pytest.approx(0.1) and np.isnan(row.shares[3])


def test_what_follows_later_is_counted_by_age_and_blank_while_it_may_still_follow():
    data = report.data_health.completeness(health()).data
    resolved = data[data.column == "contacts.resolved_at"].set_index("week")
    assert resolved.loc["2026-02-23", ["filled", "rows"]].tolist() == [70, 280]
    assert resolved.loc["2026-03-02":, "rows"].sum() == 0


def test_a_column_that_is_filled_throughout_is_counted_and_not_drawn():
    figure = report.data_health.completeness(health())
    assert set(figure.data.column) == {"contacts.team_id", "contacts.resolved_at"}
    assert "2 more columns are filled throughout" in figure.caption
    assert "0\N{NARROW NO-BREAK SPACE}% → 100" in figure.alt


def test_the_title_claims_a_switch_only_where_a_check_found_one():
    assert (
        report.data_health.completeness(health()).title
        == "No column was switched on or off half way"
    )
    kept = replace(
        findings()[0], check=Check("columns_kept_filled", False, say("x")), columns=("team_id",)
    )
    title = report.data_health.completeness(health(findings=(kept,))).title
    assert title.startswith("contacts.team_id was not filled all the time")


def test_volumes_show_every_table_with_days_its_cut_and_its_holes():
    hole = replace(
        findings()[0], check=Check("no_silent_days", False, say("x")), table="orders",
        first=DAYS[20].item(), last=DAYS[21].item(),
    )  # fmt: skip
    figure = report.data_health.volumes(health(findings=(*findings(), hole)))
    assert list(figure.data.columns) == ["day", "contacts", "orders"]
    assert figure.title == "Cut short: contacts"
    assert "rows are missing" in figure.wide and "cut short" in figure.narrow
    assert figure.data.contacts.sum() == 3_000


def test_the_drawings_are_seaborns_in_our_frame(monkeypatch):
    import seaborn

    called = []
    for name in ("heatmap", "lineplot"):
        own = getattr(seaborn, name)
        monkeypatch.setattr(
            seaborn,
            name,
            lambda *a, own=own, name=name, **k: (called.append(name), own(*a, **k))[1],
        )
    report.data_health.completeness(health())
    report.data_health.volumes(health())
    assert set(called) == {"heatmap", "lineplot"}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_words_of_a_drawing_overlap_or_leave_it_or_are_small(language):
    with speaking(language):
        figures = [getattr(report.data_health, name)(health()) for name in FIGURES]
    for figure in figures:
        for svg, canvas in ((figure.wide, 920), (figure.narrow, 340)):
            words = boxes(svg)
            assert words and min(size for _, size, _ in words) >= 12, figure.name
            assert [w for w, _, box in words if box[0] < -3 or box[2] > canvas + 3] == []
            pairs = combinations(words, 2)
            assert [(a[0], b[0]) for a, b in pairs if min(overlap(a[2], b[2])) > 3] == []


def test_colours_follow_dark_mode_and_nothing_is_left_of_pyplot():
    import matplotlib.pyplot as plt

    made = [getattr(report.data_health, name)(health()) for name in FIGURES]
    assert plt.get_fignums() == []
    for figure in made:
        for svg in (figure.wide, figure.narrow):
            bare = svg.replace("var(--", "")
            assert "var(--treatment, #0b5cad)" in svg and "<style" not in bare


def test_without_days_or_surveys_a_sentence_stands_in_the_figures_place():
    none = replace(evidence(), tables={"customers": evidence().tables["customers"]}, surveys=())
    result = health(evidence=none, findings=())
    for name in FIGURES:
        note = getattr(report.data_health, name)(result)
        assert not isinstance(note, Figure) and note.text.endswith(".")
    assert report.data_health.answers(result).kind == "unasked"
