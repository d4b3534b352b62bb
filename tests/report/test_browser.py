"""The page in a real browser: first screen, phone, dark, print, no script, no network."""

from pathlib import Path

import pytest
from matplotlib.image import imread

pytestmark = pytest.mark.browser
PAGES = (
    "index.html",
    "coupon_after_complaint/latest/index.html",
    "faster_routing/latest/index.html",
    "broken_split/latest/index.html",
    "plan_coupon_test/latest/index.html",
    "faulty_export/latest/index.html",
    "needs_and_causes/latest/index.html",
    "journey_map/latest/index.html",
    "failed.html",
)


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


FIRST_SCREENS = [
    (study, width, height)
    for study in (
        "coupon_after_complaint",
        "faster_routing",
        "plan_coupon_test",
        "broken_split",
        "faulty_export",
        "needs_and_causes",
        "journey_map",
    )
    for width, height in [(1200, 900), (360, 740)]
]


@pytest.mark.parametrize(("study", "width", "height"), FIRST_SCREENS)
def test_the_first_screen_holds_question_verdict_next_step_and_checks(visit, study, width, height):
    page = visit(f"{study}/latest/index.html", width=width, height=height)
    for part in ("h1", ".verdict .word svg", ".verdict .next", ".checks"):
        assert bottom(page, part) <= height, part


@pytest.mark.parametrize("study", ["coupon_after_complaint", "faster_routing", "plan_coupon_test"])
def test_a_desk_screen_holds_every_fact(visit, study):
    page = visit(f"{study}/latest/index.html")
    assert page.locator(".fact").count() == 3
    assert bottom(page, ".facts") <= 900


def test_a_phones_first_screen_holds_effect_and_money_with_their_strips(visit):
    page = visit("coupon_after_complaint/latest/index.html", width=360, height=740)
    for part in (
        ".fact:nth-child(1) .strip",
        ".fact:nth-child(2) .big",
        ".fact:nth-child(2) .strip",
    ):
        assert bottom(page, part) <= 740, part


def bottom(page, part):
    box = page.locator(part).first.bounding_box()
    return box["y"] + box["height"]


def test_a_strip_is_drawn_to_scale(visit, result):
    page = visit("coupon_after_complaint/latest/index.html")
    primary = result("coupon_after_complaint")["effects"][0]
    left, right, zero, band = page.evaluate("""() => {
      const s = document.querySelector('.strip'), box = q => s.querySelector(q).getBBox();
      const [axis, zero, ...rest] = s.querySelectorAll('line'), all = [...s.querySelectorAll('line')];
      const l = all.find(e => e.getAttribute('stroke-width') === '6').getBBox(), b = box('rect');
      return [l.x, l.x + l.width, zero.getBBox().x, b.x + b.width];
    }""")
    each = (band - zero) / 0.02  # pixels for a share of one: the band ends at the plan's 2 points
    assert (left - zero) / each == pytest.approx(primary["effect_ci_low"], abs=2e-4)
    assert (right - zero) / each == pytest.approx(primary["effect_ci_high"], abs=2e-4)


def test_a_phone_gets_its_own_drawing_at_reading_size(visit):
    page = visit("three_perks/latest/index.html", width=360)
    assert page.locator("#behaviour .narrow").is_visible()
    assert not page.locator("#behaviour .wide").is_visible()
    sizes = page.evaluate(
        "[...document.querySelectorAll('#behaviour .narrow text')].map(t => t.getBoundingClientRect().height)"
    )
    assert min(sizes) >= 11


@pytest.mark.parametrize("study", ["three_perks", "coupon_with_looks", "faster_routing"])
@pytest.mark.parametrize("width", [360, 1200])
def test_no_text_of_a_drawing_covers_another(visit, width, study):
    page = visit(f"{study}/latest/index.html", width=width)
    clashes = page.evaluate("""() => {
      const seen = [...document.querySelectorAll('figure svg text')]
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


@pytest.mark.parametrize("study", ["faster_routing", "three_perks", "faulty_export"])
def test_tables_outside_the_foldouts_need_no_scrolling_on_a_desk_screen(visit, study):
    page = visit(f"{study}/latest/index.html")
    wide = page.evaluate("""() => [...document.querySelectorAll('#evidence .scroll')]
      .filter(d => d.scrollWidth > d.clientWidth + 1).map(d => d.getAttribute('aria-label'))""")
    assert wide == []


def test_dark_mode_turns_text_and_drawings_light(visit):
    page = visit("three_perks/latest/index.html", color_scheme="dark")
    body = page.evaluate("getComputedStyle(document.body).backgroundColor")
    label = page.evaluate("getComputedStyle(document.querySelector('#behaviour .wide text')).fill")
    assert body == "rgb(20, 24, 28)"
    assert min(int(v) for v in label[4:-1].split(",")) > 130


def test_one_toggle_shows_and_hides_all_code(visit):
    page = visit("coupon_after_complaint/latest/index.html")
    code = page.locator("section:not(.appendix) .code")
    assert code.count() > 3 and not any(c.is_visible() for c in code.all())
    page.get_by_label("Show the code of each step").check()
    assert all(c.is_visible() for c in code.all())
    page.get_by_label("Show the code of each step").uncheck()
    assert not any(c.is_visible() for c in code.all())


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
    assert not page.locator(".code").first.is_visible()
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.locator("details.fold[open]").count() == 0


def test_paper_stays_white_when_the_screen_is_dark(visit):
    page = visit("coupon_after_complaint/latest/index.html", color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(27, 31, 36)"


def test_the_data_of_a_figure_can_be_saved_from_the_page(visit, result):
    page = visit("three_perks/latest/index.html", accept_downloads=True)
    with page.expect_download() as download:
        page.locator("#behaviour .data").click()
    assert download.value.suggested_filename == "behaviour.csv"
    text = Path(download.value.path()).read_text(encoding="utf-8-sig")
    head, first = text.splitlines()[:2]
    row = dict(zip(head.split(","), first.split(","), strict=False))
    primary = result("three_perks")["effects"][0]
    assert float(row["effect"]) == pytest.approx(primary["effect"], rel=1e-5)


@pytest.mark.parametrize("width", [360, 1200])
def test_a_figure_can_be_saved_as_a_picture(visit, tmp_path, width):
    page = visit(
        "three_perks/latest/index.html", width=width, accept_downloads=True, color_scheme="dark"
    )
    with page.expect_download() as download:
        page.locator("#behaviour .picture").click()
    assert download.value.suggested_filename == "behaviour.png"
    download.value.save_as(tmp_path / "behaviour.png")
    pixels = imread(tmp_path / "behaviour.png")[..., :3]
    high, wide, _ = pixels.shape
    assert wide == 2 * ((340 if width == 360 else 920) + 48) and 300 < high < 1600
    assert (pixels[0, 0] == 1).all()  # White, though the screen is dark.
    blue = (pixels[..., 2] - pixels[..., 0] > 0.4).any(axis=1)
    ink = (pixels.max(axis=2) < 0.3).any(axis=1)
    assert blue.sum() > 10  # The interval of the variant that won.
    assert ink[: high // 3].any() and ink[high // 3 :].any()  # The title, and words of the drawing.
    assert page.complaints == []


def test_without_scripts_no_picture_is_offered(visit):
    page = visit("three_perks/latest/index.html", java_script_enabled=False)
    assert page.locator("#behaviour .data").is_visible()
    assert not page.locator("#behaviour .picture").is_visible()


def test_on_paper_a_figure_offers_nothing_to_press(visit):
    page = visit("three_perks/latest/index.html")
    assert page.locator("#behaviour .picture").is_visible()
    page.emulate_media(media="print")
    assert not page.locator("#behaviour .picture").is_visible()
    assert not page.locator("#behaviour .about").is_visible()


def test_the_catalogue_leads_to_every_page(visit):
    page = visit("index.html")
    links = page.locator("tbody th a")
    assert links.count() == 19
    links.first.click()
    assert page.locator("h1").count() == 1
    assert page.locator(".verdict").is_visible()
