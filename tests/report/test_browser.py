"""The page in a real browser: first screen, phone, dark, print, no script, no network."""

import pytest

pytestmark = pytest.mark.browser
PAGES = (
    "index.html",
    "coupon_after_complaint/latest/index.html",
    "faster_routing/latest/index.html",
    "broken_split/latest/index.html",
)


@pytest.fixture
def visit(browser, reports):
    """Open a page with options; collects requests, errors and complaints of the security policy."""
    contexts = []

    def open_(name, *, width=1200, height=900, **options):
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        page = context.new_page()
        page.requests, page.complaints = [], []
        page.on("request", lambda r: page.requests.append(r.url))
        page.on("console", lambda m: page.complaints.append(m.text))
        page.on("pageerror", lambda e: page.complaints.append(str(e)))
        page.goto((reports / name).resolve().as_uri())
        return page

    yield open_
    for context in contexts:
        context.close()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_asks_for_nothing_but_itself_and_complains_of_nothing(visit, name):
    page = visit(name)
    assert [u for u in page.requests if not u.startswith(("file:", "data:"))] == []
    assert len([u for u in page.requests if u.startswith("file:")]) == 1
    assert page.complaints == []


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", [360, 768, 1200])
def test_a_page_never_scrolls_sideways(visit, name, width):
    page = visit(name, width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(("width", "height"), [(1200, 900), (360, 740)])
def test_the_verdict_is_on_the_first_screen(visit, width, height):
    page = visit("coupon_after_complaint/latest/index.html", width=width, height=height)
    box = page.locator(".verdict").bounding_box()
    assert box["y"] + box["height"] <= height


def test_a_phone_gets_its_own_drawing_at_reading_size(visit):
    page = visit("coupon_after_complaint/latest/index.html", width=360)
    assert page.locator("#behaviour .narrow").is_visible()
    assert not page.locator("#behaviour .wide").is_visible()
    sizes = page.evaluate(
        "[...document.querySelectorAll('#behaviour .narrow text')].map(t => t.getBoundingClientRect().height)"
    )
    assert min(sizes) >= 11


@pytest.mark.parametrize("study", ["three_perks", "coupon_with_looks"])
@pytest.mark.parametrize("width", [360, 1200])
def test_no_text_of_a_drawing_covers_another(visit, width, study):
    page = visit(f"{study}/latest/index.html", width=width)
    clashes = page.evaluate("""() => {
      const seen = [...document.querySelectorAll('#behaviour text, #net-value text, #guardrails text, #looks text')]
        .map(t => [t.textContent, t.getBoundingClientRect(), t.closest('figure').id]).filter(([, b]) => b.width > 0);
      const bad = [];
      seen.forEach(([a, x, f], i) => seen.slice(i + 1).forEach(([b, y, g]) => {
        const w = Math.min(x.right, y.right) - Math.max(x.left, y.left);
        const h = Math.min(x.bottom, y.bottom) - Math.max(x.top, y.top);
        if (f === g && w > 2 && h > 4) bad.push([f, a, b]);
      }));
      return bad;
    }""")
    assert clashes == []


@pytest.mark.parametrize("study", ["faster_routing", "three_perks", "coupon_with_looks"])
@pytest.mark.parametrize("width", [360, 1200])
def test_drawings_stay_inside_the_page(visit, width, study):
    page = visit(f"{study}/latest/index.html", width=width)
    outside = page.evaluate("""() => [...document.querySelectorAll('figure svg text')]
      .filter(t => t.getBoundingClientRect().width > 0)
      .filter(t => t.getBoundingClientRect().right > innerWidth || t.getBoundingClientRect().left < 0)
      .map(t => t.textContent)""")
    assert outside == []


@pytest.mark.parametrize("study", ["faster_routing", "three_perks"])
def test_tables_outside_the_foldouts_need_no_scrolling_on_a_desk_screen(visit, study):
    page = visit(f"{study}/latest/index.html")
    wide = page.evaluate("""() => [...document.querySelectorAll('section .scroll')]
      .filter(d => d.scrollWidth > d.clientWidth + 1).map(d => d.getAttribute('aria-label'))""")
    assert wide == []


def test_dark_mode_turns_text_and_drawings_light(visit):
    page = visit("coupon_after_complaint/latest/index.html", color_scheme="dark")
    body = page.evaluate("getComputedStyle(document.body).backgroundColor")
    label = page.evaluate("getComputedStyle(document.querySelector('#behaviour .wide text')).fill")
    assert body == "rgb(20, 24, 28)"
    assert min(int(v) for v in label[4:-1].split(",")) > 130


def test_one_button_opens_and_closes_all_code(visit):
    page = visit("coupon_after_complaint/latest/index.html")
    code = page.locator("details.code[open]")
    assert code.count() == 0
    page.get_by_role("button", name="Show all code").click()
    assert code.count() == page.locator("details.code").count() > 3
    page.get_by_role("button", name="Hide all code").click()
    assert code.count() == 0


def test_without_scripts_everything_can_still_be_read(visit):
    page = visit("coupon_after_complaint/latest/index.html", java_script_enabled=False)
    assert page.locator(".verdict").is_visible()
    assert not page.get_by_role("button").is_visible()
    page.locator("details.fold summary").first.click()
    assert page.locator("details.fold table").first.is_visible()


def test_foldouts_open_by_keyboard(visit):
    page = visit("coupon_after_complaint/latest/index.html")
    page.locator("details.fold summary").first.focus()
    page.keyboard.press("Enter")
    assert page.locator("details.fold").first.get_attribute("open") is not None


def test_on_paper_the_foldouts_are_open_and_code_is_gone(visit):
    page = visit("faster_routing/latest/index.html")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.locator("details.fold:not([open])").count() == 0
    assert not page.locator("details.code").first.is_visible()


def test_paper_stays_white_when_the_screen_is_dark(visit):
    page = visit("coupon_after_complaint/latest/index.html", color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(27, 31, 36)"


def test_a_page_prints_to_a4(visit, tmp_path):
    from pypdf import PdfReader

    page = visit("faster_routing/latest/index.html")
    page.pdf(path=tmp_path / "page.pdf", prefer_css_page_size=True)
    sheets = PdfReader(tmp_path / "page.pdf").pages
    width, height = (float(v) / 72 * 25.4 for v in sheets[0].mediabox[2:])
    assert (round(width), round(height)) == (210, 297)
    assert 3 <= len(sheets) <= 12


def test_the_catalogue_leads_to_every_page(visit):
    page = visit("index.html")
    links = page.locator("tbody th a")
    assert links.count() == 5
    links.first.click()
    assert page.locator("h1").count() == 1
    assert page.locator(".verdict").is_visible()
