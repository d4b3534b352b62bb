"""The page on paper: nothing cut, nothing left behind at the end of a sheet, heads repeated."""

import re
import unicodedata

import pytest
from pypdf import PdfReader

pytestmark = pytest.mark.browser
STUDIES = (
    "coupon_after_complaint",
    "faster_routing",
    "plan_coupon_test",
    "broken_split",
    "faulty_export",
)
A4 = (210, 297)  # mm
NUMBER = re.compile(r"\s*\d+ / \d+\s*")  # at the foot of each sheet


@pytest.fixture(params=[True, False], ids=["scripts", "no scripts"])
def sheets(request, visit, tmp_path):
    """The lines of each sheet of a study's page, made with and without scripts; what the page holds."""

    def made(study):
        page = visit(f"{study}/latest/index.html", java_script_enabled=request.param)
        titles = [
            t.strip()
            for t in page.locator(
                "h2:not(.fact h2), h3, details.fold > summary"
            ).all_text_contents()
        ]
        page.pdf(path=tmp_path / "page.pdf", prefer_css_page_size=True)
        pages = PdfReader(tmp_path / "page.pdf").pages
        width, height = (float(v) / 72 * 25.4 for v in pages[0].mediabox[2:])
        assert (round(width), round(height)) == A4
        texts = [p.extract_text().splitlines() for p in pages]
        lines = [[plain(x) for x in t if x.strip() and not NUMBER.fullmatch(x)] for t in texts]
        return lines, [plain(t) for t in titles]

    return made


def plain(text):
    """Without joined letters and the signs that keep a number on one line."""
    whole = unicodedata.normalize("NFKC", text.replace("\u2060", ""))
    whole = re.sub(r"\s+", " ", whole).strip()
    return re.sub(r"([+\u2212]) ([¥$€£])", r"\1\2", whole)  # some fonts have a space for the sign


@pytest.mark.parametrize("study", STUDIES)
def test_a_study_prints_whole_and_no_title_stands_alone_at_the_end_of_a_sheet(sheets, study):
    lines, titles = sheets(study)
    assert 3 <= len(lines) <= 14
    text = plain(" ".join(line for sheet in lines for line in sheet))
    assert [t for t in titles if t not in text] == []
    assert [sheet[-1] for sheet in lines if sheet[-1] in titles] == []
    setting = "design.holidays" if study == "faulty_export" else "rule.alpha 0.0"
    assert setting in text  # the foldouts are open


def test_a_long_table_repeats_its_head_with_every_columns_name(sheets):
    lines, _ = sheets("faster_routing")
    heads = [i for i, sheet in enumerate(lines) if "Setting Value Default" in sheet]
    assert len(heads) >= 2 and lines[heads[-1]][0] == "Setting Value Default"
    assert any("Metric Variant Expected Observed Difference Interval p n" in s for s in lines)


def test_terms_are_explained_on_paper_and_code_stays_off_it(sheets):
    lines, _ = sheets("coupon_after_complaint")
    text = " ".join(line for sheet in lines for line in sheet)
    assert "The values that the data leave plausible" in text
    assert "report.figures" not in text and "Show the code" not in text


@pytest.mark.parametrize("study", STUDIES[:3])
def test_no_figure_is_taller_than_a_sheet_or_wider_than_its_text(visit, study):
    page = visit(f"{study}/latest/index.html", width=673)  # the text width of A4 in CSS pixels
    page.emulate_media(media="print")
    boxes = page.evaluate("""() => [...document.querySelectorAll('figure, .fact')].map(f =>
      [f.getBoundingClientRect().height, f.scrollWidth - f.clientWidth, getComputedStyle(f).breakInside])""")
    assert boxes
    assert all(h < 1000 and extra <= 1 and cut == "avoid" for h, extra, cut in boxes)


@pytest.mark.parametrize("study", ["faster_routing", "faster_routing_zh"])
def test_the_checks_and_what_would_change_our_mind_take_the_whole_width(visit, study):
    page = visit(f"{study}/latest/index.html", width=673)
    page.emulate_media(media="print")
    wide = page.evaluate("""() => ['#evidence', '#checks table', '#evidence .points'].map(
        s => document.querySelector(s).getBoundingClientRect().width)""")
    assert min(wide[1:]) > 0.9 * wide[0]
