"""The scorecard as a table: read aloud, on a phone, on one sheet; what is not available says why."""

import re
from collections import Counter
from dataclasses import replace

import pytest
from pypdf import PdfReader

from cs_lib.language import speaking
from cs_lib.report.markup import css
from cs_lib.report.scorecard_grid import ASSURANCES, VARIATIONS, Missing
from tests.report.drawing import scorecards
from tests.report.leftovers import leftovers
from tests.report.test_accessible import violations


def rows(html):
    """The rows of metrics."""
    return re.findall(r'<tr><th scope="row".*?</tr>', html)


def test_each_metric_is_a_row_with_its_numbers_weeks_and_words_under_its_band():
    grid = scorecards.plain_grid("en")
    html = grid.html()
    assert [len(rows(body)) for body in html.split("<tbody>")[1:]] == [6, 11, 3]
    for band in grid.bands:
        assert f'<th scope="rowgroup" colspan="6">{band.name}</th>' in html
    first = rows(html)[0]
    assert "<b>84.1</b> <span>80.2 to 88.3</span> <span>27 Apr to 24 May 2026</span>" in first
    assert "<b>−4.3</b>" in first
    assert "low: better" in first and "steadily met" in first and "at most 100" in first
    assert first.count("<svg") == 3 and first.count('role="img"') == 1


def test_a_metric_that_is_not_available_says_why_and_shows_no_number():
    grid = scorecards.plain_grid("en")
    missing = [row for band in grid.bands for row in band.rows if isinstance(row, Missing)]
    shown = {row.reason: one for one in rows(grid.html()) for row in missing if row.reason in one}
    assert len(shown) == len(missing) == 2
    assert not any("<svg" in one or "<b>" in one for one in shown.values())


def test_without_limits_a_row_claims_no_course():
    grid = scorecards.plain_grid("en")
    few = next(one for one in rows(grid.html()) if "31 % answered" in one)
    assert "too few weeks" in few and not any(words in few for words in VARIATIONS.values())
    assert 'class="sign"' not in few


def test_a_name_leads_to_its_definition_and_ids_are_given_once():
    grid = scorecards.plain_grid("en")
    html = grid.html()
    assert len(re.findall(r'<th scope="row" class="name"><a href="#means-\d+">', html)) == 20
    ids = Counter(re.findall(r'\bid="([^"]+)"', html))
    assert max(ids.values()) == 1 and set(re.findall(r'aria-labelledby="([^"]+)"', html)) <= set(
        ids
    )
    bare = replace(grid.bands[0].rows[0], link="", name="<Orders>")
    one = replace(grid, bands=[replace(grid.bands[0], rows=[bare])]).html()
    assert "&lt;Orders&gt;</th>" in one and "<a " not in one


def test_the_table_without_drawings_says_the_same():
    grid = scorecards.plain_grid("en")
    frame = grid.to_frame()
    assert frame.shape == (20, 7) and "61.0 (57.9 to 64.2)" in frame.iloc[1].tolist()
    assert "84.1 (80.2 to 88.3, 27 Apr to 24 May 2026)" in frame.iloc[0].tolist()
    assert "steadily met (at most 100)" in str(grid)
    assert set(grid._repr_mimebundle_()) == {"text/plain", "text/html"}


def test_every_word_of_the_table_is_said_in_the_language_in_use():
    with speaking("zh"):
        html = scorecards.plain_grid("zh").html()
    assert leftovers(html, frozenset()) == {}
    english = {*VARIATIONS.values(), *ASSURANCES.values(), "too few weeks", "By week"}
    assert not any(words in html for words in english)
    assert ">高</text>" in html and ">低</text>" in html


def page_of(grid):
    """A page with the grid alone."""
    return (
        f"<!doctype html><html lang=en><head><meta charset=utf-8><title>t</title><style>{css(grid=True)}</style></head>"
        f"<body><main><h1>Scorecard</h1><div id=evidence><section><h2>What moved?</h2><div class=cs-out>{grid.html()}"
        f"</div></section></div></main></body></html>"
    )


@pytest.fixture
def shown(browser):
    """Open a page of the grid alone."""
    opened = []

    def open_(grid, width):
        page = browser.new_page(viewport={"width": width, "height": 900})
        opened.append(page)
        page.set_content(page_of(grid))
        return page

    yield open_
    for page in opened:
        page.close()


@pytest.mark.browser
def test_twenty_rows_with_their_heading_take_one_sheet(shown, tmp_path):
    page = shown(scorecards.plain_grid("en"), 1200)
    page.pdf(path=tmp_path / "grid.pdf", prefer_css_page_size=True)
    assert len(PdfReader(tmp_path / "grid.pdf").pages) == 1


@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 700, 1200])
def test_nothing_leaves_its_cell_and_nothing_scrolls_sideways(shown, width):
    page = shown(scorecards.long_grid("en"), width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    over = page.evaluate("""() => {
      const rows = [...document.querySelectorAll('.grid tr')].map(r => [...r.children]);
      const boxes = rows.map(r => r.map(c => c.getBoundingClientRect()));
      const across = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1;
      const upright = (a, b) => Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;
      const met = row => row.flatMap((a, i) => row.slice(i + 1).filter(b => across(a, b) && upright(a, b)));
      return boxes.flatMap(met).length;
    }""")
    assert over == 0
    wide = page.evaluate("""() => [...document.querySelectorAll('.grid td, .grid th')]
      .filter(c => c.scrollWidth > c.clientWidth + 1).map(c => c.textContent)""")
    assert wide == []


@pytest.mark.browser
def test_on_a_phone_a_metric_takes_two_lines(shown):
    page = shown(scorecards.plain_grid("en"), 360)
    tops = page.evaluate("""() => [...document.querySelectorAll('.grid tbody tr:not(.band)')]
      .filter(r => r.children.length === 6)
      .map(r => [...r.children].map(c => c.getBoundingClientRect()).map(b => b.top + b.height / 2))""")
    assert len(tops) == 18
    for name, now, weeks, vary, sure, moved in tops:
        assert max(name, now) < min(weeks, vary, sure, moved)


@pytest.mark.browser
def test_axe_finds_no_violation(shown):
    assert violations(shown(scorecards.plain_grid("en"), 360)) == []


@pytest.mark.browser
def test_the_head_of_the_columns_stays_in_sight(shown):
    for width in (360, 1200):
        page = shown(scorecards.plain_grid("en"), width)
        page.evaluate("document.querySelector('.grid').scrollIntoView(); scrollBy(0, 500)")
        head = page.locator(".grid thead th").first.bounding_box()
        assert 0 <= head["y"] < 40
