"""What a notebook shows reads as on the page."""

import json

import pytest

from cs_lib.language import speaking
from cs_lib.report.markup import styled
from cs_lib.report.summary import check_line
from cs_lib.results import Check

pytestmark = pytest.mark.browser
STUDIES = ("coupon_after_complaint", "faster_routing", "broken_split")


def outputs(reports, study):
    """The HTML outputs of the notebook that stands beside a page."""
    text = (reports / study / "latest" / "notebook.ipynb").read_text(encoding="utf-8")
    cells = json.loads(text)["cells"]
    data = [o.get("data", {}) for c in cells for o in c.get("outputs", [])]
    return ["".join(d["text/html"]) for d in data if "text/html" in d]


@pytest.mark.parametrize("study", STUDIES)
def test_the_sentence_of_the_checks_is_that_of_the_page(browser, visit, reports, study):
    on_page = visit(f"{study}/latest/index.html").locator(".checks").inner_text()
    page = browser.new_page()
    page.set_content("".join(outputs(reports, study)))
    assert page.locator(".checks").inner_text().split() == on_page.split()
    page.close()


@pytest.mark.parametrize(("language", "words"), [("en", "1 of 1 checks passed"), ("zh", "1")])
def test_the_number_of_checks_is_read_without_a_link_to_follow(browser, language, words):
    page = browser.new_page()
    with speaking(language):
        page.set_content(styled(check_line((Check("extract_complete", True, ""),), "12 days")))
    link = page.locator(".checks a")
    assert link.is_visible() and words in link.inner_text()
    assert link.evaluate("e => getComputedStyle(e).pointerEvents") == "none"
    page.close()


@pytest.mark.parametrize("study", STUDIES)
def test_tables_look_as_on_the_page(browser, reports, study):
    page = browser.new_page(viewport={"width": 1100, "height": 900})
    page.set_content("".join(outputs(reports, study)))
    look = page.evaluate("""() => {
      const style = (e, what) => getComputedStyle(e)[what], all = q => [...document.querySelectorAll('.cs-out ' + q)];
      return {
        captions: all('caption').map(e => [style(e, 'textAlign'), style(e, 'fontWeight')].join()),
        numbers: all('.n').map(e => style(e, 'textAlign')),
        words: all('tbody th').map(e => style(e, 'textAlign')),
        tones: all('td.ok, td.bad, td.look').map(e => style(e, 'color') === style(e.parentElement, 'color')),
      };
    }""")
    assert set(look["captions"]) == {"left,600"}
    assert set(look["numbers"]) == {"right"}
    assert set(look["words"]) == {"left"}
    assert set(look["tones"]) == {False}
    page.close()


@pytest.mark.parametrize("study", STUDIES[:1])
def test_what_is_folded_opens(browser, reports, study):
    page = browser.new_page()
    page.set_content("".join(outputs(reports, study)))
    fold = page.locator(".cs-out details").first
    fold.locator("summary").click()
    assert fold.locator("p").first.is_visible()
    page.close()
