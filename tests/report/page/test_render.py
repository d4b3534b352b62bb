"""The page as a document: order, structure, self-containment, size."""

import base64
import csv
import html
import io
import re
from html.parser import HTMLParser

import nbformat
import pytest

from cs_lib.report.page import failure as failure_page
from cs_lib.report.page import render as page
from cs_lib.report.records import RESULT_MIME, Failure, Provenance

GOOD = (
    "coupon_after_complaint",
    "faster_routing",
    "broken_split",
    "three_perks",
    "coupon_with_looks",
    "plan_coupon_test",
    "faulty_export",
)


class Outline(HTMLParser):
    """Tags in order, with their attributes, and the text of headings."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.ids, self.headings, self._open = [], [], [], None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.tags.append((tag, attributes))
        if attributes.get("id"):
            self.ids.append(attributes["id"])
        if tag in ("h1", "h2", "h3"):
            self._open = (tag, "")

    def handle_data(self, data):
        if self._open:
            self._open = (self._open[0], self._open[1] + data)

    def handle_endtag(self, tag):
        if self._open and tag == self._open[0]:
            self.headings.append(self._open)
            self._open = None


@pytest.mark.parametrize("study", GOOD)
def test_a_page_has_one_h1_which_is_its_title_and_its_question(page_of, result, study):
    text = page_of(study)
    ones = [h for level, h in Outline(text).headings if level == "h1"]
    question = result(study)["question"]
    assert ones == [question]
    assert f"<title>{question}</title>" in text


@pytest.mark.parametrize("study", GOOD)
def test_the_decision_comes_before_any_section(page_of, study):
    text = page_of(study)
    assert text.index('class="verdict') < text.index("<section aria-labelledby")


@pytest.mark.parametrize("study", GOOD)
def test_ids_are_unique_and_links_inside_the_page_have_a_target(page_of, study):
    text = page_of(study)
    outline = Outline(text)
    assert len(outline.ids) == len(set(outline.ids))
    inside = {
        a["href"][1:] for t, a in outline.tags if t == "a" and a.get("href", "").startswith("#")
    }
    inside |= set(re.findall(r"(?:href=\"#|url\(#)([^\")]+)", text))
    inside |= {a["aria-labelledby"] for _, a in outline.tags if a.get("aria-labelledby")}
    assert inside <= set(outline.ids)


@pytest.mark.parametrize("study", GOOD)
def test_nothing_points_to_the_network_or_to_this_machine(page_of, study):
    text = page_of(study)
    found = re.findall(r"(?:src|href|action)=\"(https?:[^\"]*|file:[^\"]*|/[^\"]*)", text)
    assert found == []
    assert "default-src 'none'" in text
    assert not re.search(r"[\"' (](?:/home|/tmp|/ro" r"ot|/usr|/var)/", text)


@pytest.mark.parametrize("study", GOOD)
def test_a_page_reads_in_the_promised_order(page_of, study):
    text = page_of(study)
    turning = ['id="what-would-change-our-mind"'] if "would-change-our-mind" in text else []
    marks = [
        'class="verdict', 'id="evidence"', 'id="checks"', *turning,
        'id="details"', 'id="the-method-in-plain-words"', 'id="what-was-read"', "Settings of this study",
        "<footer>",
    ]  # fmt: skip
    places = [text.index(mark) for mark in marks]
    assert places == sorted(places)
    assert all(text.count(mark) == 1 for mark in marks)


@pytest.mark.parametrize("study", GOOD)
def test_every_table_has_a_caption_and_scoped_heads(page_of, study):
    text = page_of(study)
    assert text.count("<table") == text.count("<caption>")
    heads = [a for t, a in Outline(text).tags if t == "th"]
    assert all(a.get("scope") in ("col", "row") for a in heads)


@pytest.mark.parametrize("study", GOOD)
def test_every_picture_has_words(page_of, study):
    tags = [a for t, a in Outline(page_of(study)).tags if t == "svg"]
    assert tags
    assert all(a.get("aria-labelledby") or a.get("aria-hidden") == "true" for a in tags)


@pytest.mark.parametrize("study", GOOD)
def test_the_page_is_light_besides_its_figures_and_tables(page_of, study):
    shown = r"<figure.*?</figure>|<table.*?</table>|<svg.*?</svg>|href=\"data:[^\"]*\""
    bare = re.sub(shown, "", page_of(study), flags=re.S)
    assert len(bare.encode()) <= 32_000


@pytest.mark.parametrize("name", ["index.html", "failed.html"])
def test_the_catalogue_and_a_failure_are_light_besides_their_tables(reports, name):
    text = (reports / name).read_text(encoding="utf-8")
    assert len(re.sub(r"<table.*?</table>", "", text, flags=re.S).encode()) <= 16_500


@pytest.mark.parametrize("study", GOOD)
def test_every_figure_brings_its_data_with_names_and_for_any_spreadsheet(page_of, study):
    text = page_of(study)
    figures = re.findall(r'<figure id="([^"]+)">(.*?)</figure>', text, re.S)
    size = 0
    for name, inside in figures:
        link = re.search(
            r'download="([^"]+)" href="data:text/csv;charset=utf-8;base64,([^"]*)"', inside
        )
        assert link[1] == f"{name}.csv"
        raw = base64.b64decode(link[2])
        assert raw.startswith("\ufeff".encode())
        head, *rows = csv.reader(io.StringIO(raw.decode("utf-8-sig")))
        assert rows and all(re.fullmatch(r"[a-z_0-9]+", column) for column in head)
        assert len(set(head)) == len(head)
        size += len(link[2])
    assert bool(figures) == (study != "broken_split")
    assert size <= 60_000


def test_rows_of_one_metric_and_variant_can_be_told_apart_in_the_data(page_of):
    text = page_of("three_perks")
    for name in ("segments", "since-assignment", "over-time"):
        link = re.search(rf'download="{name}.csv" href="data:[^,]*,([^"]*)"', text)
        rows = list(csv.DictReader(io.StringIO(base64.b64decode(link[1]).decode("utf-8-sig"))))
        assert len({row["label"] for row in rows}) == len(rows) > 2


@pytest.mark.parametrize("study", GOOD)
def test_a_p_value_is_never_zero(page_of, study):
    cells = re.findall(r'data-label="p(?: \(BH\))?">([^<]*)<', page_of(study))
    assert all(re.fullmatch(r"&lt; 0\.001|0\.\d{2,3}|1\.00|–", cell) for cell in cells)
    assert cells or study in ("broken_split", "plan_coupon_test", "faulty_export")


@pytest.mark.parametrize("study", GOOD)
def test_no_number_on_the_page_is_raw_or_missing(page_of, study):
    hidden = r"<(svg|style|script|pre).*?</\1>|href=\"data:[^\"]*\""
    words = re.sub(r"<[^>]+>", " ", re.sub(hidden, "", page_of(study), flags=re.S))
    assert not re.search(r"\bnan\b|\binf\b|\d\.\d{6,}|\de-\d", words)


def test_a_figures_data_can_be_taken_from_the_page_itself(page_of, result):
    text = page_of("three_perks")
    link = re.search(
        r'<figure id="behaviour">.*?download="behaviour.csv" href="data:[^,]*,([^"]*)"', text, re.S
    )
    rows = list(csv.DictReader(io.StringIO(base64.b64decode(link[1]).decode("utf-8-sig"))))
    primary = result("three_perks")["effects"][0]
    assert float(rows[0]["effect"]) == pytest.approx(primary["effect"], rel=1e-5)


def test_a_withheld_effect_appears_nowhere_on_the_page(page_of, result):
    facts, text = result("broken_split"), page_of("broken_split")
    assert (facts["verdict"], facts["effects"]) == ("invalid", [])
    assert "Withheld: a check that the comparison rests on has failed." in text
    assert 'class="fact"' not in text


def test_withheld_questions_are_told_once_with_the_reason(page_of):
    text = page_of("broken_split")
    told = text[text.index('<h2 id="withheld">') :]
    assert text.count("Withheld: a check that the comparison rests on has failed.") == 1
    assert told.index("<li>Did it change what customers do?</li>") < told.index(
        "<li>Did it pay?</li>"
    )
    assert ">Did it pay?</h2>" not in text
    assert 'id="withheld"' not in page_of("three_perks")


def test_the_first_screen_says_what_result_json_says(page_of, result):
    facts, text = result("three_perks"), page_of("three_perks")
    assert facts["because"] in text.replace("\u2060", "")
    assert facts["next_step"] in text


def test_figures_of_the_same_page_do_not_share_names(page_of):
    names = re.findall(r'<figure id="([^"]+)"', page_of("faster_routing"))
    assert len(names) == len(set(names)) == 6


def notebook(*cells):
    nb = nbformat.v4.new_notebook()
    nb.cells = list(cells)
    return nb


def decision(html="<p>box</p>"):
    facts = {
        "study": "s",
        "notebook": "perk_ab_test",
        "question": "Why <now>?",
        "as_of": "2026-01-01",
    }
    data = {RESULT_MIME: facts, "text/html": html}
    cell = nbformat.v4.new_code_cell("report.decision(result)", metadata={"tags": ["decision"]})
    cell.outputs = [nbformat.v4.new_output("display_data", data=data)]
    return cell


def provenance(**changes):
    fields = dict(
        study="s", digest="0" * 64, digests={"data": "1" * 64}, rerun="cslib run s",
        plan="Plan unchanged since the first run (data to 2026-01-01).",
        parameters={"a": {"b": 1}, "c": "x<y"}, defaults={"a": {"b": 2}, "c": "x<y"},
    )  # fmt: skip
    return Provenance(**{**fields, **changes})


def test_a_notebook_without_a_result_gives_no_page():
    with pytest.raises(page.PageError, match="ended without a result"):
        page.render(notebook(nbformat.v4.new_markdown_cell("# Title")), provenance())


def test_a_picture_without_words_gives_no_page():
    bare = nbformat.v4.new_code_cell("x")
    bare.outputs = [nbformat.v4.new_output("display_data", data={"text/html": "<svg></svg>"})]
    with pytest.raises(page.PageError, match="no description"):
        page.render(notebook(nbformat.v4.new_markdown_cell("## A"), bare, decision()), provenance())


def test_words_from_settings_are_escaped():
    text = page.render(notebook(decision()), provenance())
    assert "<h1>Why &lt;now&gt;?</h1>" in text
    assert "x&lt;y" in text and "x<y" not in text


def test_changed_settings_are_marked_with_their_default():
    values = {"a": {"b": 1, "free": {"x": 2}}, "c": 3, "own": "z"}
    table = page.parameters(values, {"a": {"b": 2, "free": {}}, "c": 3})
    assert table.rows == (
        ("a.b", "1", "changed from 2"),
        ("a.free.x", "2", "changed from –"),
        ("c", "3", ""),
        ("own", "z", ""),
    )
    assert table.tones == {(r, c): "changed" for r in (0, 1) for c in (1, 2)}


def test_the_page_marks_what_its_study_changed(page_of):
    row = re.search(
        r"<tr><th scope=\"row\">design.washout_days</th>.*?</tr>", page_of("faster_routing")
    )
    assert row[0].count('class="changed') == 2 and "changed from 0" in row[0]


def test_the_appendix_is_folded_and_comes_last():
    cells = [
        nbformat.v4.new_markdown_cell("## Late", metadata={"tags": ["appendix"]}),
        nbformat.v4.new_code_cell(
            "1", outputs=[nbformat.v4.new_output("display_data", data={"text/plain": "one"})]
        ),
        nbformat.v4.new_markdown_cell("## Early\n\nText."),
        decision(),
    ]
    text = page.render(notebook(*cells), provenance())
    assert text.index('id="early"') < text.index('id="late"')
    assert re.search(r'<details class="fold"><summary id="late">', text)


def test_a_changed_plan_stands_in_the_first_line():
    plan = "Plan changed after the first run of 2026-01-01: rule.alpha 0.05 -> 0.1."
    text = page.render(notebook(decision()), provenance(plan=plan, plan_changed=True))
    assert "<span>plan changed</span>" in text and "0.05 -&gt; 0.1" in text


def test_a_damaged_record_of_the_plan_is_neither_changed_nor_unchanged():
    text = page.render(notebook(decision()), provenance(plan="It is damaged.", plan_damaged=True))
    assert "<span>first plan not known</span>" in text and "It is damaged." in text
    assert "plan changed" not in text and "plan unchanged" not in text


def test_periods_that_move_show_their_days_and_how_they_are_written():
    written = {
        "pre": "last 26 weeks",
        "post": ["2026-02-05", None],
        "off": [["2026-03-01", "2026-03-20"], ["2026-05-01", None]],
    }
    moved = {
        "design.pre": ["2025-08-07", "2026-02-04"],
        "design.post": ["2026-02-05", "2026-06-30"],
        "design.off": [["2026-03-01", "2026-03-20"], ["2026-05-01", "2026-06-30"]],
    }  # fmt: skip
    facts = provenance(parameters={"design": written}, moved=moved)
    for text in (
        page.render(notebook(decision()), facts),
        failure_page.render(failure(parameters={"design": written}, moved=moved)),
    ):
        told = html.unescape(text)
        assert "2025-08-07, 2026-02-04 (written: last 26 weeks)" in told
        assert '2026-02-05, 2026-06-30 (written: ["2026-02-05", null])' in told
        assert (
            "2026-03-01, 2026-03-20; 2026-05-01, 2026-06-30 (written: "
            '[["2026-03-01", "2026-03-20"], ["2026-05-01", null]])' in told
        )


def failure(**changes):
    fields = dict(
        study="s", question="Did it?", as_of="2026-01-01", sentence="contacts: 3 breaches.",
        parameters={"a": 1}, detail="Traceback <x>", last_good="../latest/index.html",
        last_good_as_of="2025-12-01",
    )  # fmt: skip
    return Failure(**{**fields, **changes})


def test_a_failure_page_says_what_failed_and_where_the_last_good_page_is():
    text = failure_page.render(failure())
    assert "contacts: 3 breaches." in text
    assert '<a href="../latest/index.html">as of 1 December 2025</a>' in text
    assert "Traceback &lt;x&gt;" in text


def test_a_first_failure_says_that_there_is_no_earlier_page():
    assert "no earlier page" in failure_page.render(failure(last_good=""))


def test_a_page_says_its_language_and_keeps_apart_headings_without_latin_letters():
    chinese = [nbformat.v4.new_markdown_cell(f"## {t}\n\n文字。") for t in ("有用吗？", "划算吗？")]
    made = provenance(parameters={"language": "zh"})
    text = page.render(notebook(*chinese, decision()), made)
    assert '<html lang="zh-Hans">' in text
    ids = re.findall(r'<h2 id="(section-\d+)"', text)
    assert len(ids) == len(set(ids)) == 2
    assert '<html lang="en">' in page.render(notebook(decision()), provenance())


def test_the_style_names_chinese_fonts_of_every_system():
    from cs_lib.report.markup import css

    for font in ("PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC"):
        assert css().count(font) == 2


@pytest.mark.parametrize("name", ["page.html.j2", "index.html.j2", "failure.html.j2"])
def test_a_template_keeps_its_words_in_one_place(name):
    from cs_lib.report.markup import text as file

    body = file(name).partition("} -%}")[2]
    words = re.sub(r"<[^>]*>|\{\{.*?\}\}|\{%.*?%\}", " ", body, flags=re.S)
    assert re.findall(r"[A-Za-z]{2,}", words) == []
