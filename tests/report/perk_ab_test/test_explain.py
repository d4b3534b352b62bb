"""What stands beside a perk's effect: segments, stretches, windows, silence, looks; and sections nobody asked for."""

from __future__ import annotations

import re
from functools import cache

import nbformat
import numpy as np
import pytest

from cs_lib import data, experiment, metrics, params
from cs_lib.report import perk_ab_test
from cs_lib.report.note import Note, unasked
from cs_lib.report.page import render as page
from tests.perk_pages import assigned, bought, csv, plan, read
from tests.report.page.test_render import decision, notebook, provenance

STUDIES = ("three_perks", "coupon_without_end", "care_and_recommendation", "care_by_agent")
EXPLAINED = {
    "three_perks": ["segments", "since-assignment", "over-time"],
    "coupon_without_end": ["looks"],
    "care_and_recommendation": ["silence"],
    "care_by_agent": ["money-steps"],
}


@cache
def seen(name):
    """A demo study and its page, without a kernel."""
    study = params.load(name)
    desk = data.load(study)
    try:
        return read(desk, study)
    finally:
        desk.close()


def headings(text):
    return re.findall(r"<(?:h2|summary id)[^>]*>(.*?)</", text)


def code(*outputs):
    cell = nbformat.v4.new_code_cell("report.figures.x(result)")
    cell.outputs = [
        nbformat.v4.new_output("display_data", data=o._repr_mimebundle_()) for o in outputs
    ]
    return cell


def markdown(title):
    return nbformat.v4.new_markdown_cell(f"## {title}\n\nWords.")


NOT_ASKED = unasked("money")


@pytest.mark.parametrize(
    ("cells", "stays"),
    [
        ([code(NOT_ASKED)], False),
        ([code(NOT_ASKED), code(NOT_ASKED)], False),
        ([code(NOT_ASKED), code(Note("Withheld.", "withheld"))], True),
        ([code(Note("Withheld."))], True),
        ([], True),
    ],
    ids=["one unasked", "two unasked", "one unasked, one withheld", "withheld", "words alone"],
)
def test_a_section_is_left_off_only_when_all_it_shows_was_not_asked_for(cells, stays):
    text = page.render(notebook(markdown("Did it pay?"), *cells, decision()), provenance())
    assert ('id="did-it-pay"' in text) == stays
    assert ("Not asked for" in text) == (
        stays and any(c.outputs for c in cells[:1]) and len(cells) > 1
    )


def test_a_section_with_one_figure_that_was_asked_for_stays_whole():
    figure = perk_ab_test.behaviour(seen("three_perks").result)
    cells = markdown("Did it pay?"), code(NOT_ASKED), code(figure)
    text = page.render(notebook(*cells, decision()), provenance())
    assert 'id="behaviour"' in text and "Not asked for in this study: money." in text


def test_a_note_is_escaped_and_marks_itself():
    bundle = unasked("<b>money</b>")._repr_mimebundle_()
    assert bundle["text/html"] == (
        '<p class="note unasked"><span class="mathjax_ignore tex2jax_ignore">'
        "Not asked for in this study: &lt;b&gt;money&lt;/b&gt;.</span></p>"
    )
    assert 'class="note"' in Note("x")._repr_mimebundle_()["text/html"]


def test_every_study_shows_the_sections_it_asked_for_and_no_other():
    shown = {name: set(headings(seen(name).html)) for name in STUDIES}
    whom, pays = "For whom does it work?", "Did it pay?"
    silence, lasts = "Who answered, and who kept silent?", "Does it last?"
    for name, expected in {
        "three_perks": {whom, pays, lasts},
        "coupon_without_end": {pays},
        "care_and_recommendation": {silence},
        "care_by_agent": {pays},
    }.items():
        assert shown[name] & {whom, pays, silence, lasts} == expected, name
    assert f"<li>{lasts}</li>" in seen("coupon_without_end").html  # asked for, and withheld


@pytest.mark.parametrize("name", STUDIES)
def test_no_page_holds_a_number_that_nobody_rounded(name):
    assert seen(name).raw == []


@pytest.mark.parametrize(("name", "figure"), [(n, f) for n, fs in EXPLAINED.items() for f in fs])
def test_every_figure_has_words_for_those_who_cannot_see_it(name, figure):
    made = getattr(perk_ab_test, figure.replace("-", "_"))(seen(name).result)
    assert made.alt.startswith(made.title) and len(made.alt) > len(made.title) + 20
    for drawing in (made.wide, made.narrow):
        assert 'role="img"' in drawing and "<title" in drawing
    assert len(made.data) >= 1
    assert "nan" not in made.alt and "–" not in made.alt


def test_the_alt_text_of_a_forest_names_every_row_with_its_numbers():
    made = perk_ab_test.segments(seen("three_perks").result)
    splits = seen("three_perks").result.best.explained.segments
    parts = [part for split in splits.values() for part in split.shrunk]
    assert len(parts) == len(made.data) == 9
    assert all(f": {part.replace('_', ' ')}: " in made.alt for part in parts)
    assert made.alt.count("percentage points.") == 9


def test_the_segments_table_has_every_variant_and_those_left_out():
    made = perk_ab_test.segment_effects(seen("three_perks").result)
    assert len(made.rows) == 3 * (9 + 2)
    pooled = [row for row in made.rows if row[0].endswith("mean of all, random effects")]
    assert len(pooled) == 3 * 2 and all(row[2] != "–" and row[6] == "–" for row in pooled)
    assert {row[1] for row in made.rows} == {"coupon", "discount", "custom care"}


def test_guardrails_are_tested_against_their_margins_and_the_outcome_goes_with_the_p():
    result = seen("three_perks").result
    made = perk_ab_test.guardrail_tests(result)
    assert len(made.rows) == len(result.rails)
    for row, rail in zip(made.rows, result.rails, strict=True):
        assert (row[6] == "holds") == (rail.pvalue < 0.025)
        assert row[5] != "–"


def test_a_share_has_the_intervals_of_other_tools_beside_it():
    table = perk_ab_test.otherwise(seen("three_perks").result)
    named = [row[0] for row in table.rows if row[2] == "coupon"]
    assert "Not adjusted, with Agresti and Caffo's interval" in named
    assert "Not adjusted, with Miettinen and Nurminen's interval" in named


def test_the_money_has_the_error_of_the_return_and_the_cost_of_a_use():
    table = perk_ab_test.economics(seen("three_perks").result)
    rows = {row[0]: row[1] for row in table.rows}
    assert rows["Standard error of the return"] != "–"
    assert "to" in rows["Cost per customer who used it"]


def test_stretches_and_windows_are_in_order_and_the_last_window_is_that_of_the_decision():
    result = seen("three_perks").result
    starts = list(result.best.explained.stretches.effects)
    assert starts == sorted(starts) and len(starts) == 4
    windows = [result.metrics[e.metric].window_days for e in result.best.explained.sooner]
    assert windows == [7, 14, 30, 60]
    more = perk_ab_test.since_assignment(result).more
    assert "The last window is that of the decision; here without adjusting for the past." in more


def test_the_title_over_time_and_the_check_never_disagree():
    result = seen("three_perks").result
    check = seen("three_perks").check("Steady over time")
    assert (
        check.passed
        and "no clear difference between early and late" in perk_ab_test.over_time(result).title
    )


def test_silence_is_drawn_with_the_bounds_wider_than_the_answers():
    result = seen("care_and_recommendation").result
    made, survey = perk_ab_test.silence(result), result.best.explained.survey
    assert made.title == "Silence could explain the difference"
    assert survey.lee.ci_low < survey.complete_case.effect_ci_low
    assert "Those who answered: " in made.alt and "Allowing for silence: " in made.alt


def test_a_running_test_shows_its_running_interval_and_nothing_for_one_look():
    page_of = seen("coupon_without_end")
    assert page_of.result.running
    assert page_of.shown["perk_ab_test.looks"].startswith("After ")
    for name in ("since_assignment", "over_time", "otherwise"):
        assert page_of.shown[f"perk_ab_test.{name}"].startswith("Withheld while the test runs")
    primary = page_of.result.comparisons[0].primary
    fixed = primary.effect - 1.96 * primary.se
    assert f"{100 * fixed:+.1f} to" not in page_of.words
    assert "(open)" in page_of.shown["perk_ab_test.economics"]


def test_the_digest_of_the_running_chart_changes_with_its_numbers(source):
    found = []
    for every in (3, 5, 5):
        people = assigned(800)
        buyers = people.iloc[::every]
        source.settings["observed_until"] = "2026-06-01T00:00:00"
        source.file("perk_assignments", csv(people))
        source.file("orders", csv(bought(buyers, 10.0 + np.arange(len(buyers)) % 3)))
        study = plan(looks={"spending": "always_valid"}, design__period=["2026-01-01", None])
        desk = source.desk("2026-06-01")
        result = experiment.analyze(metrics.gather(desk, study), study)
        found.append(perk_ab_test.looks(result))
    assert found[0].digest != found[1].digest == found[2].digest
    assert list(found[0].data.columns[:2]) == ["day", "metric"]
    assert found[1].wide == found[2].wide != found[0].wide


# In a browser


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The pages on disk."""
    folder = tmp_path_factory.mktemp("explained")
    for name in STUDIES:
        (folder / f"{name}.html").write_text(seen(name).html, encoding="utf-8")
    return folder


@pytest.fixture
def visit(browser, pages):
    contexts = []

    def open_(name, width):
        context = browser.new_context(viewport={"width": width, "height": 900})
        contexts.append(context)
        opened = context.new_page()
        opened.goto((pages / f"{name}.html").resolve().as_uri())
        return opened

    yield open_
    for context in contexts:
        context.close()


CLASHES = """() => {
  const seen = [...document.querySelectorAll('figure svg text')]
    .map(t => [t.textContent, t.getBoundingClientRect(), t.closest('figure').id]).filter(([, b]) => b.width > 0);
  const bad = [];
  seen.forEach(([a, x, f], i) => seen.slice(i + 1).forEach(([b, y, g]) => {
    const w = Math.min(x.right, y.right) - Math.max(x.left, y.left);
    const h = Math.min(x.bottom, y.bottom) - Math.max(x.top, y.top);
    if (f === g && w > 2 && h > 4) bad.push([f, a, b]);
  }));
  return bad;
}"""
OUTSIDE = """() => [...document.querySelectorAll('figure svg text')]
  .map(t => [t.textContent, t.getBoundingClientRect()]).filter(([, b]) => b.width > 0)
  .filter(([, b]) => b.right > innerWidth || b.left < 0).map(([t]) => t)"""


@pytest.mark.browser
@pytest.mark.parametrize("name", STUDIES)
@pytest.mark.parametrize("width", [360, 1200])
def test_no_text_of_a_drawing_covers_another_or_leaves_the_page(visit, name, width):
    opened = visit(name, width)
    drawn = opened.locator("figure").evaluate_all("all => all.map(f => f.id)")
    assert set(EXPLAINED[name]) <= set(drawn)
    assert opened.evaluate(CLASHES) == []
    assert opened.evaluate(OUTSIDE) == []
    assert opened.evaluate("document.documentElement.scrollWidth") <= width


LONG = "extended_personal_follow_up_call_by_a_senior_agent"


@pytest.mark.browser
@pytest.mark.parametrize("running", [False, True], ids=["decided", "running"])
def test_long_names_and_large_amounts_stay_inside_their_drawing(source, browser, running):
    rng, people = np.random.default_rng(3), assigned(1600)
    people["variant"] = people.variant.replace("coupon", LONG)
    parts = [
        "customers_who_complained_about_late_delivery_twice",
        "new",
        "企业客户与长期合作伙伴的高价值分层",
    ]
    people["stratum"] = [parts[i // 2 % 3] for i in range(len(people))]
    buyers = people[rng.random(1600) < np.where(people.variant == "control", 0.2, 0.35)]
    source.settings |= {"observed_until": "2026-06-01T00:00:00", "currency": "CNY"}
    source.file("perk_assignments", csv(people))
    source.file("orders", csv(bought(buyers, rng.lognormal(8, 1, len(buyers)).round(2))))
    asked = {
        "design__arms": [LONG], "design__split": {"control": 0.5, LONG: 0.5},
        "measure__segments": ["stratum"], "rule__min_effect": 100.0,
        "measure__primary_metric": "revenue_30d",
    }  # fmt: skip
    if running:
        asked["looks"] = {"spending": "always_valid", "every_days": 1}
    made = read(source.desk("2026-06-01"), plan(**asked))
    assert made.raw == [] and LONG.replace("_", " ") in made.words
    for width in (360, 1200):
        opened = browser.new_page(viewport={"width": width, "height": 900})
        opened.set_content(made.html)
        assert opened.evaluate(CLASHES) == []
        assert opened.evaluate(OUTSIDE) == []
        assert opened.evaluate("document.documentElement.scrollWidth") <= width
        opened.close()
