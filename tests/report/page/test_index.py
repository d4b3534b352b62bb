"""The catalogue: what needs a decision first, each answer in the reader's language."""

import re
from datetime import date
from typing import get_args

import pytest

from cs_lib import sentences as w
from cs_lib import wording
from cs_lib.language import LANGUAGES, speaking
from cs_lib.params.studies import STUDIES
from cs_lib.report.page import index
from cs_lib.report.records import Entry, Health, Run
from cs_lib.results import Verdict
from cs_lib.sentences import say, stored
from tests.report.leftovers import WORD, shown

DAY = w.day(date(2026, 6, 25))
SAID = stored(say("Data to {day}", day=DAY))  # any message that has a translation


@pytest.fixture(autouse=True)
def translated(monkeypatch):
    """The message of these headlines has a translation."""
    from cs_lib import language

    messages = {**language._messages("zh"), ("", "Data to {day}"): "数据截至 {day}"}
    monkeypatch.setattr(language, "_messages", lambda _: messages)


def entry(**changes):
    fields = dict(
        study="s", question="Did it?", notebook="perk_ab_test", state="fresh", as_of="2026-01-01",
        verdict="ship", headline="Up 6 points", href="s/latest/index.html",
    )  # fmt: skip
    return Entry(**{**fields, **changes})


def run(verdict="ship", headline="Up 6 points", **changes):
    return Run("2025-12-01", "b" * 8, "s/runs/1/index.html", verdict, headline, **changes)


def chinese(entries):
    with speaking("zh"):
        return index.render(entries)


def test_an_empty_catalogue_says_what_to_do():
    assert "No study has run yet" in index.render([])


def test_every_verdict_has_its_turn():
    assert set(index.TURN) == set(get_args(Verdict))


def test_what_needs_a_decision_comes_first_then_the_newest_then_the_name():
    expected = [
        entry(study="failed", state="failed", verdict="steady"),
        entry(study="harmed", verdict="worsened", as_of="2026-03-01"),
        entry(study="harmed_and_stale", verdict="stop", state="stale", as_of="2026-02-01"),
        entry(study="invalid", verdict="invalid"),
        entry(study="stale", state="stale", verdict="inconclusive"),
        entry(study="ready", verdict="planned", as_of="2026-04-01"),
        entry(study="a_ship"),
        entry(study="b_ship"),
        entry(study="running", verdict="keep_running", as_of="2026-05-01"),
        entry(study="open", verdict="no_clear_change", as_of="2026-06-01"),
    ]
    mixed = sorted(expected, key=lambda e: e.study[::-1])
    assert index.in_turn(mixed) == expected
    text = index.render(mixed)
    assert re.findall(r'<span class="key">(\w+)<', text) == [e.study for e in expected]


def test_only_what_is_not_up_to_date_carries_a_mark():
    kinds = [entry(study=s, state=s) for s in ("fresh", "stale", "failed")]
    text = index.render(kinds)
    assert ["✗ failed" in text, "! stale" in text, "✓" in text] == [True, True, False]
    assert "3 studies, 1 failed, 1 stale" in text and "All others are up to date." in text
    assert "All are up to date." in index.render([entry()])
    assert "others are up to date" not in index.render([entry(state="stale")])


def test_a_failure_is_told_beside_the_last_answer():
    text = index.render([entry(state="failed", failure="It <broke>.", failure_href="s/failed")])
    assert "It &lt;broke&gt;." in text and '<a href="s/failed">What happened</a>' in text


@pytest.mark.parametrize(
    ("before", "since", "said"),
    [
        (
            run("keep_running"),
            ("data", "settings"),
            "Before (as of 1 December 2025): Keep running. Since then: new data and changed settings.",
        ),
        (run("stop"), (), "Before (as of 1 December 2025): Stop."),
        (
            run("ship", "Up 5 points"),
            ("program",),
            "Before (as of 1 December 2025): the same verdict, other numbers. "
            "Since then: a new version of the analysis.",
        ),
        (run(), ("program",), "Same answer as before (as of 1 December 2025)."),
        (
            run(),
            ("data", "program"),
            "Same answer as before (as of 1 December 2025), with new data.",
        ),
    ],
)
def test_a_row_says_what_changed_since_the_run_before_and_why(before, since, said):
    text = index.render([entry(before=before, since=since, history=(before,))])
    assert f"<small>{said}</small>" in text
    assert '<a href="s/runs/1/index.html">1 December 2025</a>' in text


def test_equal_facts_are_the_same_answer_in_whatever_words():
    before = run("ship", "上升 6 个百分点", language="zh", said=SAID)
    text = index.render([entry(before=before, said=SAID)])
    assert "Same answer as before" in text


def test_every_verdict_of_the_catalogue_has_an_icon_beside_its_colour():
    for verdict in get_args(Verdict):
        word = wording.verdict(verdict)
        text = index.render([entry(verdict=verdict)])
        assert re.search(rf'<span class="badge \w+"><svg.*?</svg>{word}</span>', text), verdict


def test_a_headline_is_said_in_the_language_of_the_catalogue():
    english = entry(headline="Data to 25 June 2026", said=SAID)
    assert "<p>数据截至 2026年6月25日</p>" in chinese([english])
    assert "<p>Data to 25 June 2026</p>" in index.render([english])
    own = entry(headline="数据截至 2026年6月25日", said=SAID, language="zh")
    assert "<p>Data to 25 June 2026</p>" in index.render([own])


@pytest.mark.parametrize("said", [None, {"of another": "version"}, stored(say("No such words"))])
def test_a_headline_that_cannot_be_said_stands_as_stored_and_names_its_language(said):
    assert '<p lang="en">Up 6 points</p>' in chinese([entry(said=said)])


def test_earlier_answers_are_said_in_the_language_of_the_catalogue_too():
    text = chinese([entry(history=(run(said=SAID), run("stop")))])
    assert "<small>数据截至 2026年6月25日</small>" in text
    assert '<small lang="en">Up 6 points</small>' in text


def test_runs_that_said_the_same_of_the_same_day_are_one_earlier_answer():
    again = Run("2025-12-01", "c" * 8, "s/runs/0/index.html", "ship", "Up 6 points")
    text = index.render([entry(history=(run(), again, run("stop")))])
    assert "Earlier answers: 2" in text
    assert re.findall(r'<li><a href="(.*?)">', text) == ["s/runs/1/index.html"] * 2


def test_a_question_in_another_language_says_which():
    assert '<span class="tongue" lang="en">English</span>' in chinese([entry()])
    assert 'class="tongue"' not in index.render([entry()])
    text = index.render([entry(question="有用吗？", language="zh")])
    assert '<span class="tongue" lang="zh-Hans">中文</span>' in text


def test_a_row_names_its_owner_and_its_last_run():
    text = index.render([entry(owner="Returns <desk>", last_run="2026-02-03")])
    assert "Owner: Returns &lt;desk&gt;" in text
    assert '<td class="day" data-label="Last run">3 February 2026</td>' in text


def test_owners_can_be_chosen_only_where_a_study_names_one():
    assert 'data-of="owner"' not in index.render([entry()])
    text = index.render([entry(owner="Li"), entry(study="t", owner="An"), entry(study="u")])
    assert '<option value="An">An</option><option value="Li">Li</option>' in text


def test_a_plan_is_called_by_what_it_plans():
    text = index.render([entry(notebook="experiment_plan", plans="before_after")])
    assert "Plan of a before/after study" in text


def every_kind() -> list[Entry]:
    """Studies of every kind, verdict and state in both languages, each with a run before."""
    states = ("fresh", "stale", "failed")
    found = []
    for n, verdict in enumerate(get_args(Verdict)):
        for language in LANGUAGES:
            english = language == "en"
            headline = "Up 6" if english else "上升 6"
            before = run(get_args(Verdict)[n - 1], headline, language=language, said=SAID)
            found.append(
                entry(
                    study=f"study_{n}_{language}",
                    notebook=list(STUDIES)[n % len(STUDIES)],
                    verdict=verdict,
                    state=states[n % 3],
                    question="Did it help?" if english else "有用吗？",
                    headline=headline,
                    failure="It broke." if english else "运行失败。",
                    failure_href="s/failed",
                    language=language,
                    said=SAID,
                    owner="王芳",
                    last_run="2026-02-03",
                    history=(before,),
                    before=before,
                    since=("data", "settings", "program")[: n % 4],
                )
            )
    return found


def test_the_chinese_catalogue_has_no_english_word_but_names_and_what_is_marked_english():
    text = chinese(every_kind())
    unmarked = re.sub(r'<(\w+)[^>]* lang="en"[^>]*>.*?</\1>', "", text)
    unnamed = re.sub(r'<span class="key">.*?</span>', "", unmarked)
    words = {found for words in shown(unnamed) for found in WORD.findall(words) if len(found) > 1}
    assert words == set()


def test_what_a_look_at_the_data_found_is_told_with_a_link_and_the_days_beyond():
    look = Health(
        "look/latest/index.html", "2026-07-01", "fit_with_limits", "2026-05-31", "2026-06-15"
    )
    page = index.render([entry(health=look)])
    assert (
        '<a href="look/latest/index.html">Data health as of 1 July 2026: fit with limits.</a>'
        in page
    )
    assert "Days up to 31 May 2026 can be used. This study uses days up to 15 June 2026." in page
    within = Health("look/latest/index.html", "2026-07-01", "fit", "2026-06-30", "2026-06-15")
    assert "This study uses" not in index.render([entry(health=within)])


def test_the_first_row_of_each_notebook_can_be_led_to():
    found = [
        entry(study="a", verdict="steady"),
        entry(study="b", verdict="worsened"),
        entry(study="c", notebook="journey_map", verdict="pain_found"),
    ]
    text = index.render(found)
    assert re.findall(r'<tr id="(\w+)" [^>]*>\n[^\n]*<span class="key">(\w+)<', text) == [
        ("perk_ab_test", "b"), ("journey_map", "c")
    ]  # fmt: skip
    assert text.count(' id="journey_map"') == text.count(' id="perk_ab_test"') == 1
