"""The page for everybody: axe finds nothing, keyboard and touch reach all, large letters fit, scripts may be off."""

import re

import pytest

from cs_lib.report.page.glossary import TERMS

pytestmark = pytest.mark.browser
KINDS = {
    "catalogue": "index.html",
    "catalogue in Chinese": "index.zh.html",
    "perk": "coupon_after_complaint/latest/index.html",
    "before/after": "faster_routing/latest/index.html",
    "perk in Chinese": "coupon_after_complaint_zh/latest/index.html",
    "before/after in Chinese": "faster_routing_zh/latest/index.html",
    "plan": "plan_coupon_test/latest/index.html",
    "data health": "faulty_export/latest/index.html",
    "needs": "needs_and_causes/latest/index.html",
    "journey": "journey_map/latest/index.html",
    "invalid": "broken_split/latest/index.html",
    "failure": "failed.html",
}
PERK = KINDS["perk"]
LOOKS = {
    "desk": {},
    "phone": {"width": 360, "has_touch": True},
    "dark": {"color_scheme": "dark"},
    "everything open": {"unfolded": True},
}


def violations(page):
    """What axe finds, each with the first element it concerns."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [(v["id"], v["nodes"][0]["html"][:120]) for v in found]


def unfold(page):
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    if page.locator("#show-code").count():
        page.locator("#show-code").check()


@pytest.mark.parametrize("name", KINDS.values(), ids=KINDS.keys())
@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS.keys())
def test_axe_finds_no_violation(visit, name, look):
    options = {k: v for k, v in look.items() if k != "unfolded"}
    page = visit(name, **options)
    if look.get("unfolded"):
        unfold(page)
    assert violations(page) == []


@pytest.mark.parametrize(
    ("fault", "rule"),
    [
        ("document.documentElement.removeAttribute('lang')", "html-has-lang"),
        ("document.querySelector('.kicker').style.color = '#ccc'", "color-contrast"),
        ("document.querySelector('.strip').removeAttribute('aria-labelledby');"
         "document.querySelector('.strip title').remove()", "svg-img-alt"),
    ],
)  # fmt: skip
def test_axe_would_find_a_fault(visit, fault, rule):
    page = visit(PERK)
    page.evaluate(fault)
    assert rule in [name for name, _ in violations(page)]


def test_the_first_tab_offers_to_skip_to_the_evidence(visit):
    page = visit(PERK)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.locator(".skip").bounding_box()["x"] >= 0
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    inside = "document.getElementById('evidence').contains(document.activeElement)"
    assert page.evaluate(inside)


@pytest.mark.parametrize("name", KINDS.values(), ids=KINDS.keys())
def test_every_tab_stop_is_seen(visit, name):
    page = visit(name)
    everything = "a[href], button, summary, input, select, [tabindex='0']"
    shown = [e for e in page.locator(everything).all() if e.is_visible()]
    assert shown
    for _ in shown:
        page.keyboard.press("Tab")
        style = page.evaluate(
            "(s => [s.outlineStyle, parseFloat(s.outlineWidth)])(getComputedStyle(document.activeElement))"
        )
        assert style[0] != "none" and style[1] >= 2


@pytest.mark.parametrize("name", [KINDS["perk"], KINDS["before/after"], KINDS["plan"]])
def test_every_known_term_at_the_head_of_a_column_is_explained(visit, name):
    page = visit(name)
    heads = page.locator("thead th").all()
    for head in heads:
        words = head.evaluate("e => (e.querySelector('button') || e).textContent").strip()
        assert (words in TERMS) == (head.locator("button.term").count() == 1), words
    for button in page.locator("button.term").all():
        target = page.locator(f"#{button.get_attribute('popovertarget')}")
        assert target.count() == 1 and button.text_content() in target.text_content()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_term_opens_by_keyboard_and_closes_by_escape(visit, scripts):
    page = visit(PERK, java_script_enabled=scripts)
    button = page.locator("section button.term:visible").first
    box = page.locator(f"#{button.get_attribute('popovertarget')}")
    assert not box.is_visible()
    button.focus()
    page.keyboard.press("Enter")
    assert box.is_visible()
    page.keyboard.press("Escape")
    assert not box.is_visible()


def test_terms_and_counts_open_by_touch_on_a_phone(visit):
    page = visit(PERK, width=360, height=740, has_touch=True)
    what = page.locator(".fact .what").first
    what.locator("summary").tap()
    assert what.locator("p").is_visible()
    button = page.locator("section button.term:visible").first
    button.tap()
    assert page.locator(f"#{button.get_attribute('popovertarget')}").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_every_metric_on_the_first_screen_says_what_it_counts(visit):
    page = visit(PERK)
    assert page.locator(".fact .what p").count() == page.locator(".fact").count() == 3


@pytest.mark.parametrize("name", KINDS.values(), ids=KINDS.keys())
@pytest.mark.parametrize(
    ("width", "letters"), [(600, "100%"), (1200, "200%"), (360, "200%")], ids=str
)
def test_twice_the_size_needs_no_sideways_scrolling(visit, name, width, letters):
    page = visit(name, width=width)
    page.evaluate("size => document.documentElement.style.fontSize = size", letters)
    unfold(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("name", KINDS.values(), ids=KINDS.keys())
def test_on_a_phone_every_table_is_read_without_scrolling(visit, name):
    page = visit(name, width=360)
    unfold(page)
    wide = page.evaluate("""() => [...document.querySelectorAll('table')]
      .filter(t => t.parentElement.scrollWidth > t.parentElement.clientWidth + 1)
      .map(t => t.caption.textContent)""")
    assert wide == []
    unnamed = page.evaluate("""() => [...document.querySelectorAll('.stack:not(.studies):not(.toned) td')]
      .filter(d => d.dataset.label && !getComputedStyle(d, '::before').content.includes(d.dataset.label)).length""")
    assert unnamed == 0


@pytest.mark.parametrize("name", KINDS.values(), ids=KINDS.keys())
def test_numbers_stand_at_the_right_and_the_first_column_names_the_row(visit, name):
    page = visit(name)
    ends = page.evaluate("""() => [...document.querySelectorAll('td.n, th.n')]
      .map(e => getComputedStyle(e).textAlign)""")
    assert set(ends) <= {"right"} and (ends or name not in (KINDS["perk"], KINDS["plan"]))
    rows = page.evaluate("""() => [...document.querySelectorAll('tbody tr')]
      .map(r => r.firstElementChild.getAttribute('scope'))""")
    assert set(rows) <= {"row", "rowgroup"}


def test_without_scripts_everything_can_still_be_read(visit):
    page = visit(PERK, java_script_enabled=False)
    assert page.locator(".verdict").is_visible()
    page.locator("details.fold summary").first.click()
    assert page.locator("details.fold p").first.is_visible()
    page.get_by_label("Show the code of each step").check()
    assert page.locator("section:not(.appendix) .code").first.is_visible()


def test_without_scripts_the_catalogue_shows_every_row_and_no_filter(visit):
    page = visit("index.html", java_script_enabled=False)
    rows = page.locator("tbody tr")
    assert rows.count() == 19 and all(row.is_visible() for row in rows.all())
    assert not page.locator("#filter").is_visible()


def test_the_catalogue_filters_by_words_kind_answer_and_state(visit):
    page = visit("index.html")
    rows, shown = page.locator("tbody tr:visible"), page.locator("#shown")
    page.get_by_label("Find").fill("coupon BROKEN")
    assert rows.count() == 1 and "log lost" in rows.first.text_content()
    assert shown.text_content() == "1 of 19 shown"
    page.get_by_label("Find").fill("")
    for choice, kept in [("State", 6), ("Kind", 1), ("Answer", 1)]:
        options = page.get_by_label(choice).locator("option").all_text_contents()
        assert options[0] == "any" and len(options) > 1
        page.get_by_label(choice).select_option(options[-1])
        assert rows.count() >= kept, choice
        assert shown.text_content() == f"{rows.count()} of 19 shown"
        page.get_by_label(choice).select_option("any")
    page.get_by_label("Kind").select_option("Before/after study")
    kept = {"faster_routing", "faster_routing_zh", "assistant_deflects", "script_change"}
    assert set(rows.locator(".key").all_text_contents()) == kept
    assert page.get_by_label("Owner").count() == 0


@pytest.mark.parametrize("name", KINDS.values(), ids=KINDS.keys())
def test_a_mail_preview_that_locks_the_page_in_still_shows_it(browser, reports, name):
    page = browser.new_page()
    complaints = []
    page.on("pageerror", lambda e: complaints.append(str(e)))
    page.set_content('<iframe sandbox style="width:900px;height:800px"></iframe>')
    text = (reports / name).read_text(encoding="utf-8")
    page.locator("iframe").evaluate("(frame, text) => frame.srcdoc = text", text)
    inside = page.frame_locator("iframe")
    inside.locator("h1").wait_for(state="visible")
    for fold in inside.locator("main details.fold > summary").all()[:2]:
        fold.click()
    if inside.locator("#show-code").count():
        inside.locator("#show-code").check()
        assert inside.locator(".code pre").first.is_visible()
    assert complaints == []
    page.close()


@pytest.mark.parametrize("name", KINDS.values(), ids=KINDS.keys())
def test_a_script_that_is_not_ours_does_not_run(visit, reports, tmp_path, name):
    text = (reports / name).read_text(encoding="utf-8")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1]
    scripts = [part for part in policy.split("; ") if part.startswith(("script", "default"))]
    assert scripts[0] == "default-src 'none'" and "unsafe" not in "".join(scripts)
    foreign = tmp_path / "foreign.html"
    bad = "<script>document.title = 'taken'</script><img src=x onerror=\"document.title='taken'\">"
    foreign.write_text(text.replace("</main>", f"{bad}</main>"), encoding="utf-8")
    page = visit(foreign)
    assert page.title() != "taken"
    assert any("Content Security Policy" in c for c in page.complaints)
