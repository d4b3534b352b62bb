"""Pages in Chinese are Chinese throughout: nothing that is shown or read out is left in English.

A made-up language translates every message that the catalogues can hold, so that what never passes
through `say` shows up without a translator; the catalogue itself is judged on the same pages.
"""

import re

import pytest

from cs_lib import language, params
from cs_lib.data.contracts import TABLES
from cs_lib.language import speaking
from cs_lib.report.page import failure, index
from cs_lib.report.records import Entry, Failure, Run
from tests.report import in_process
from tests.report.leftovers import leftovers, pseudo, runs

STUDIES = (
    "coupon_after_complaint",
    "coupon_with_looks",
    "three_perks",
    "care_and_recommendation",
    "broken_split",
    "faster_routing",
    "routing_and_chat",
    "rollout_in_waves",
    "plan_coupon_test",
    "plan_faster_routing",
    "plan_team_rollout",
)
# Names that no language translates: tables, metrics by their code, files, the desk's own codes.
CODES = frozenset(
    {*TABLES, "CNY", "Asia", "Shanghai", "cslib", "broken_split", "perk_after_complaint"}
    | {"care_by_agent", "winter_coupon_test", "winter_coupon_test.yaml", "skill_routing_study"}
    | {"skill_routing_study.yaml", "routing_rollout_study", "routing_rollout_study.yaml"}
    | {"orders_before_180d", "spent_before_180d", "need_code", "team_id", "unclear_manual"}
    | {f"T{team:02d}" for team in range(1, 13)}
    | {f"SKU-{product:02d}" for product in range(1, 13)}
)
# What a Chinese reader expects in Latin letters: methods and authors, units, settings by their key.
NAMES = frozenset(
    {
        "AR",
        "ARIMA",
        "Benjamini",
        "Bonferroni",
        "Box",
        "CR2",
        "CSV",
        "CUPED",
        "Cox",
        "DID",
        "Dunnett",
        "Fieller",
        "Fisher",
        "Goodman-Bacon",
        "Greenwood",
        "HC2",
        "Haberman",
        "Hochberg",
        "Holm",
        "Kaplan-Meier",
        "Kitagawa",
        "Laney",
        "Lee",
        "Lin",
        "Ljung-Box",
        "Mantel",
        "Newcombe",
        "Newey-West",
        "O'Brien-Fleming",
        "Pocock",
        "REML",
        "Romano-Wolf",
        "SKU",
        "Satterthwaite",
        "Tukey",
        "Welch",
        "Wheeler",
        "Wilson",
        "XmR",
        "YAML",
        "Yuen",
        "bootstrap",
        "log-rank",
    }
)


@pytest.fixture
def made_up(monkeypatch):
    monkeypatch.setattr(language, "_messages", lambda _: pseudo())


@pytest.mark.parametrize("study", STUDIES)
def test_every_word_of_a_page_passes_through_the_language(made_up, study):
    text = in_process.rendered(in_process.translated(params.load(study)), "zh")
    assert leftovers(text, CODES) == {}


@pytest.mark.parametrize("study", STUDIES)
def test_a_chinese_page_has_no_english_words_in_a_row(study):
    text = in_process.rendered(in_process.translated(params.load(study)), "zh")
    assert runs(text, CODES | NAMES) == []
    assert '<html lang="zh-Hans">' in text


def failure_page() -> str:
    study = in_process.translated(params.load("faster_routing"))
    return failure.render(
        Failure(
            study="第一项",
            question=study.question,
            as_of=str(study.as_of),
            sentence="数据不全。",
            parameters=params.to_cell(study),
            detail="Traceback",
            last_good="faster_routing/latest/index.html",
            last_good_as_of="2026-06-01",
            language=study.language,
        )
    )


def entries() -> list[Entry]:
    """Rows of every state, in both languages."""
    older = (
        Run("2026-01-01", "a" * 8, "s/1", "ship", "复购 +6 个百分点", "zh"),
        Run("2025-12-01", "b" * 8, "s/2", "stop", "复购 +5 个百分点", "zh"),
    )
    common = {"as_of": "2026-01-01", "verdict": "ship", "headline": "复购 +6", "href": "s/1"}
    return [
        Entry(study="甲", question="有用吗？", notebook="perk_ab_test", state="fresh",
              history=older, before=older[1], since=("data", "settings", "program"), owner="王芳",
              last_run="2026-01-02", language="zh", **common),
        Entry(study="乙", question="有用吗？", notebook="before_after", state="stale",
              language="zh", **common),
        Entry(study="丙", question="有用吗？", notebook="experiment_plan", state="failed",
              failure="数据不全。", failure_href="s/failed", language="zh", **common),
    ]  # fmt: skip


@pytest.mark.parametrize("made", [failure_page, lambda: index.render(entries())])
def test_a_failure_and_the_catalogue_pass_through_the_language(made_up, made):
    with speaking("zh"):
        assert leftovers(made(), CODES | {"English"}) == {}


@pytest.mark.parametrize("made", [failure_page, lambda: index.render(entries())])
def test_a_failure_and_the_catalogue_are_chinese(made):
    with speaking("zh"):
        assert runs(made(), CODES | NAMES) == []


def test_the_catalogue_leads_to_itself_in_the_other_language():
    english = index.render(entries())
    with speaking("zh"):
        chinese = index.render(entries())
    assert '<a href="index.zh.html" hreflang="zh-Hans" lang="zh-Hans">中文</a>' in english
    assert '<a href="index.html" hreflang="en" lang="en">English</a>' in chinese
    assert '<html lang="zh-Hans">' in chinese
    assert '<p lang="zh-Hans">复购 +6</p>' in english
    assert "<p>复购 +6</p>" in chinese


def test_leftovers_are_seen_in_texts_and_in_words_read_out_but_not_in_code():
    text = '<p>甲 some words 乙</p><code>a b</code><svg aria-label="left over"></svg><td>T01 R</td>'
    assert set(leftovers(text, frozenset({"T01"}))) == {"some", "words", "left", "over"}
    assert runs(text, frozenset({"T01"})) == ["some words", "left over"]


def test_the_made_up_language_keeps_gaps_and_leaves_no_word():
    for message in pseudo().values():
        assert not re.search(r"[A-Za-z]", re.sub(r"\{[^{}]*\}", "", message))


def test_terms_are_explained_in_the_language_of_their_column(made_up):
    from cs_lib.report.page.glossary import Term, explained

    with speaking("zh"):
        head = f'<th scope="col">{language.say("Interval")}</th>'
        found: dict[str, Term] = {}
        assert 'class="term"' in explained(head, found)
    assert [term.name for term in found.values()] != ["Interval"]


@pytest.mark.parametrize("study", ["coupon_after_complaint", "faster_routing", "data_health"])
def test_a_chinese_demo_study_has_the_settings_of_its_english_one(study):
    own, other = (params.to_cell(params.load(name)) for name in (study, f"{study}_zh"))
    differ = {key for key in own if own[key] != other[key]}
    assert differ == {"study", "question", "language"}
