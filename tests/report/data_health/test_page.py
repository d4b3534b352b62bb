"""The page of a source's health in a browser: the matrix on the first screen, every foldout legible at any width."""

import pytest

pytestmark = pytest.mark.browser
PAGE = "faulty_export/latest/index.html"
OPEN = "document.querySelectorAll('details').forEach(d => d.open = true)"
BOXES = "[...document.querySelectorAll('.days text')].map(t => t.getBoundingClientRect())"


def bottom(page, part):
    box = page.locator(part).first.bounding_box()
    return box["y"] + box["height"]


def test_a_desk_screen_holds_the_matrix_and_the_days_begin_on_it(visit):
    page = visit(PAGE)
    assert page.locator("#readiness tbody tr").count() == 9
    assert bottom(page, "#readiness") <= 900
    assert page.locator(".days").bounding_box()["y"] < 900


def test_the_strip_is_as_wide_as_its_card_and_its_letters_are_not_stretched(visit):
    for width in (360, 1200):
        page = visit(PAGE, width=width)
        strip, card = (page.locator(part).bounding_box() for part in (".days", ".fact.whole"))
        assert card["width"] - strip["width"] < 40
        boxes = page.evaluate(f"{BOXES}.map(b => [b.height, b.right])")
        assert boxes and all(11 <= high <= 20 and right <= width for high, right in boxes)


@pytest.mark.parametrize("width", [360, 1200])
def test_every_figure_has_its_own_drawing_inside_the_page_and_no_words_cover_others(visit, width):
    page = visit(PAGE, width=width)
    page.evaluate(OPEN)
    shown = page.evaluate("""() => [...document.querySelectorAll('figure')].map(f => [f.id,
      ...['wide', 'narrow'].map(n => f.querySelector('.' + n).getBoundingClientRect().width > 0)])""")
    assert {name for name, *_ in shown} == {"volumes", "completeness", "surveys-by-week"}
    assert all([wide, narrow] == [width > 560, width <= 560] for _, wide, narrow in shown)
    outside, clashes = page.evaluate("""() => {
      const seen = [...document.querySelectorAll('figure svg text')]
        .map(t => [t.textContent, t.getBoundingClientRect(), t.closest('figure').id]).filter(([, b]) => b.width > 0);
      const out = seen.filter(([, b]) => b.right > innerWidth || b.left < 0).map(([t]) => t), bad = [];
      seen.forEach(([a, x, f], i) => seen.slice(i + 1).forEach(([b, y, g]) => {
        const w = Math.min(x.right, y.right) - Math.max(x.left, y.left);
        const h = Math.min(x.bottom, y.bottom) - Math.max(x.top, y.top);
        if (f === g && w > 2 && h > 4) bad.push([f, a, b]);
      }));
      return [out, bad];
    }""")
    assert (outside, clashes) == ([], [])


def test_the_map_turns_with_dark_mode(visit):
    page = visit(PAGE, color_scheme="dark")
    page.evaluate(OPEN)
    path = "document.querySelector('#completeness .wide path')"
    assert page.evaluate(f"getComputedStyle({path}).fill") == "rgb(108, 176, 255)"
