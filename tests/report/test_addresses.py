"""Links between pages lead there from the latest page and from among earlier runs, whatever other pages there are."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from cs_lib.language import speaking
from cs_lib.report.addresses import page_of, pages_of
from cs_lib.report.markup import frame
from cs_lib.report.page import index
from cs_lib.report.service_scorecard.tables import looks
from cs_lib.results import Decision
from tests.report.page.test_index import entry


def fails(name):
    """A row that misses its target every week."""
    from cs_lib.metrics.catalogue import DAILY

    return SimpleNamespace(
        name=name, metric=DAILY[name], target=0.5, assurance="fails", band="basics"
    )


def result(**pages):
    rows = {name: fails(name) for name in ("csat", "csat_response_rate")}
    return SimpleNamespace(
        rows=rows,
        signals=(),
        decision=Decision("steady", "", "", "none_beyond_limits", ""),
        study=SimpleNamespace(pages=pages),
    )


def test_a_look_leads_to_the_page_that_is_named_else_to_the_catalogue():
    [(words, to), (others, there)] = looks(result(journey_map="our_way")).links
    assert (words, to) == ("See our way", "../../our_way/latest/index.html")
    assert (others, there) == ("Look further: Data health", "../../index.html#data_health")
    with speaking("zh"):
        assert looks(result()).links[0][1] == "../../index.zh.html#journey_map"


@pytest.mark.browser
@pytest.mark.slow
def test_links_arrive_from_the_latest_page_and_from_earlier_runs(browser, tmp_path: Path):
    pages = {
        "index.html": index.render([
            entry(study="perk"), entry(study="way", notebook="journey_map", href="way/latest/index.html"),
        ]),
        "way/latest/index.html": "<p>the way</p>",
    }  # fmt: skip
    script = frame("page.js")["script"]
    links = f'<a href="{page_of("way")}">page</a><a href="{pages_of("journey_map")}">kind</a>'
    for folder in ("runs/latest", "runs/runs/2026-06-01", "card/latest", "card/runs/2026-06-01"):
        pages[f"{folder}/index.html"] = f"<body>{links}<script>{script}</script></body>"
    for name, text in pages.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    page = browser.new_page()
    for name in [name for name in pages if name.split("/")[0] in ("runs", "card")]:
        page.goto((tmp_path / name).as_uri())
        page.get_by_text("page").click()
        assert page.inner_text("p") == "the way", name
        page.goto((tmp_path / name).as_uri())
        page.get_by_text("kind").click()
        page.locator("#journey_map").wait_for()
        shown = page.locator("tbody tr:visible")
        assert (shown.count(), shown.first.get_attribute("id")) == (1, "journey_map"), name
    page.close()
