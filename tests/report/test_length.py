"""A page is as short as its decision allows: words open on a desk, links of the contents, sheets of paper."""

import re
import unicodedata

import pytest
from pypdf import PdfReader

pytestmark = pytest.mark.browser
MOST_WORDS = {
    "coupon_after_complaint": 750,
    "three_perks": 750,
    "coupon_with_looks": 750,
    "broken_split": 750,
    "faster_routing": 900,
    "plan_coupon_test": 900,
    "coupon_after_complaint_zh": 750,
    "faster_routing_zh": 900,
    "assistant_deflects": 900,
    "script_change": 900,
    "faulty_export": 750,
    "needs_and_causes": 900,
    "needs_and_causes_zh": 900,
    "journey_map": 900,
    "journey_map_zh": 900,
}
# Languages without spaces: two characters are about a word.
HAN = re.compile(r"[\u4e00-\u9fff]")


def words(text: str) -> float:
    """Words of a text; a Chinese character counts as half of one."""
    return len(HAN.sub(" ", text).split()) + len(HAN.findall(text)) / 2


def letters(text: str) -> str:
    """Without spaces and the joined letters and old signs of fonts."""
    return "".join(unicodedata.normalize("NFKC", text).split())


@pytest.mark.parametrize("study", MOST_WORDS)
def test_a_page_shows_no_more_words_than_its_kind_allows(visit, study):
    page = visit(f"{study}/latest/index.html")
    assert 100 < words(page.inner_text("body")) <= MOST_WORDS[study]


@pytest.mark.parametrize("study", MOST_WORDS)
def test_the_contents_are_three_links_that_lead_somewhere(visit, study):
    page = visit(f"{study}/latest/index.html")
    targets = [a.get_attribute("href") for a in page.locator("nav a").all()]
    assert 2 <= len(targets) <= 3 and len(set(targets)) == len(targets)
    assert all(page.locator(target).count() == 1 for target in targets)


@pytest.mark.parametrize("study", MOST_WORDS)
def test_on_paper_decision_and_evidence_take_two_sheets_and_sheets_are_numbered(
    visit, study, tmp_path
):
    page = visit(f"{study}/latest/index.html")
    page.pdf(path=tmp_path / "page.pdf", prefer_css_page_size=True)
    sheets = [p.extract_text() for p in PdfReader(tmp_path / "page.pdf").pages]
    title = letters(page.locator("#details").inner_text())
    begins = next(i for i, text in enumerate(sheets) if title in letters(text))
    assert begins <= 2
    numbers = [re.search(rf"\b{i + 1} ?/ ?{len(sheets)}\b", text) for i, text in enumerate(sheets)]
    assert all(numbers)


def test_what_is_folded_beside_the_evidence_stands_in_the_appendix_on_paper(visit, tmp_path):
    page = visit("faster_routing/latest/index.html")
    folded = page.locator("#evidence details.more > summary").all_text_contents()
    page.pdf(path=tmp_path / "page.pdf", prefer_css_page_size=True)
    sheets = [p.extract_text() for p in PdfReader(tmp_path / "page.pdf").pages]
    whole = " ".join(" ".join(sheets[1:]).split())
    assert folded and all(title in whole for title in folded)
    assert page.locator(".printed").is_hidden()
