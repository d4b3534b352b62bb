"""An analyst's first ten minutes in the real JupyterLab: start page, notebook, run, change, run; in both themes."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import nbformat
import pytest

from tests.perk_pages import assigned, bought, csv, plan, read

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 180  # seconds; on a quiet machine all of it takes a few
NOTEBOOK = "perk_ab_test"

WHOLE = {"@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"}}  # cells off the screen too
STILL = "() => ![...document.querySelectorAll('.jp-InputPrompt')].some(e => e.textContent.includes('*'))"

# Boxes lighter than mid-grey on a dark page, tables and drawings that leave the cell, words too faint to read.
LOOK = """() => {
  const shade = c => { const v = c.match(/[\\d.]+/g).map(Number); return v[3] < 0.5 ? null : (v[0] + v[1] + v[2]) / 3; };
  const out = [...document.querySelectorAll('.cs-out')].filter(e => e.getBoundingClientRect().height);
  const all = out.flatMap(e => [e, ...e.querySelectorAll('*')]);
  return {
    cards: out.length,
    light: all.map(e => [e.tagName, shade(getComputedStyle(e).backgroundColor)]).filter(([, v]) => v !== null && v > 128),
    dark: all.map(e => [e.tagName, shade(getComputedStyle(e).backgroundColor)]).filter(([, v]) => v !== null && v < 128),
    words: out.map(e => shade(getComputedStyle(e).color)),
    wide: out.filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.innerText.slice(0, 60)),
  };
}"""


@contextmanager
def lab(home: Path, overrides: dict):
    """JupyterLab as `make lab` starts it, on a copy of the project, with settings of its own; yields its address."""
    config = home / "project" / "notebooks" / ".jupyter" / "labconfig" / "default_setting_overrides.json"
    config.write_text(json.dumps({**json.loads(config.read_text(encoding="utf-8")), **overrides}))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")} | {
        "JUPYTER_CONFIG_PATH": str(config.parents[1]),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    command += [f"--port={port}", "--IdentityProvider.token=lab"]
    log = (home / "lab.log").open("w")
    server = subprocess.Popen(command, cwd=home / "project", env=env, stdout=log, stderr=log)
    try:
        _wait_for(f"http://127.0.0.1:{port}/api", home / "lab.log")
        yield f"http://127.0.0.1:{port}/?token=lab"
    finally:
        server.terminate()
        server.wait(30)
        log.close()


def _wait_for(address: str, log: Path) -> None:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            direct.open(address, timeout=5).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise AssertionError(log.read_text())


@pytest.fixture
def copy(tmp_path) -> Path:
    """A place with the project's notebooks and settings, so that saving in JupyterLab touches neither."""
    for folder in ("notebooks", "params"):
        shutil.copytree(ROOT / folder, tmp_path / "project" / folder)
    shutil.copy(ROOT / "pyproject.toml", tmp_path / "project")
    return tmp_path


def _choose(page, *names: str) -> None:
    """Click through a menu."""
    for name in names:
        page.locator("[class$=-itemLabel]", has_text=re.compile(f"^{name}$")).click()


def verdict(page, word: str) -> None:
    """Wait until the decision cell says this word."""
    page.locator(".jp-NotebookPanel .cs-out .verdict .word", has_text=word).wait_for()


def idle(page) -> None:
    """Wait until the kernel is there and no cell waits for it."""
    page.wait_for_function(STILL)
    page.locator("#jp-main-statusbar").get_by_text("| Idle").first.wait_for()


@pytest.mark.browser
@pytest.mark.slow
def test_an_analyst_finds_runs_changes_and_reads_a_notebook_in_both_themes(browser, copy):
    with lab(copy, WHOLE) as address:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(1000 * PATIENCE)
        page.goto(address)
        start = page.locator(".jp-MarkdownViewer")
        start.get_by_role("heading", name="Start here").wait_for()
        start.get_by_role("link", name=NOTEBOOK).click()
        idle(page)
        _choose(page, "Run", "Run All Cells")
        verdict(page, "Ship")
        idle(page)
        _looks_right(page, "light")
        _choose(page, "Settings", "Theme", "JupyterLab Dark")
        page.locator("body[data-jp-theme-light=false]").wait_for(state="attached")
        _change(page, "'min_effect': 0.02", "'min_effect': 0.09")
        _choose(page, "Run", "Run All Cells")
        verdict(page, "Inconclusive")
        idle(page)
        _looks_right(page, "dark")
        page.close()


@pytest.mark.browser
@pytest.mark.slow
def test_money_in_dollars_is_no_mathematics(browser, copy, source):
    source.settings |= {"currency": "USD", "observed_until": "2026-06-01T00:00:00"}
    people = assigned()
    source.file("perk_assignments", csv(people))
    source.file("orders", csv(bought(people, 10.0 + people.index % 7)))
    seen = read(source.desk("2026-06-01"), plan(question="Is $5 off worth $2, or $3 at most?"))
    named = copy / "project" / "notebooks" / "dollars.ipynb"
    formula = nbformat.v4.new_markdown_cell("$x^2$")
    seen.notebook.cells.append(formula)
    nbformat.write(seen.notebook, named)
    with lab(copy, WHOLE) as address:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(1000 * PATIENCE)
        page.goto(address.replace("/?", f"/lab/tree/notebooks/{named.name}?reset&"))
        verdict(page, "Stop")
        idle(page)
        page.locator(".jp-MarkdownCell mjx-container").wait_for(state="attached")  # set by now
        page.wait_for_timeout(500)
        assert page.locator(".jp-OutputArea mjx-container").count() == 0
        said = page.locator(".cs-out .verdict").first.inner_text()
        assert re.sub(r"\s+", " ", str(seen.result.decision.reason)) in re.sub(r"\s+", " ", said)
        assert "$" in said
        passed = [c for c in seen.result.checks if c.passed]
        told = page.locator(".cs-out .checks").first.inner_text()
        assert f"all {len(passed)} checks passed, among them: split as planned" in told
        page.close()


@pytest.mark.browser
@pytest.mark.slow
def test_opening_a_notebook_marks_nothing_unsaved_and_saving_it_changes_no_byte(browser, copy):
    folder = copy / "project" / "notebooks"
    with lab(copy, {}) as address:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(1000 * PATIENCE)
        for path in sorted(folder.glob("*.ipynb")):
            page.goto(address.replace("/?", f"/lab/tree/notebooks/{path.name}?reset&"))
            page.locator(".jp-NotebookPanel").wait_for()
            idle(page)
            page.wait_for_timeout(1000)  # what the kernel tells is written a moment later
            assert page.locator(".lm-TabBar-tab.jp-mod-dirty").count() == 0, path.name
            page.locator(".jp-NotebookPanel .jp-Cell").first.click()
            page.keyboard.press("Escape")
            page.keyboard.press("b")  # a cell more, which is a change
            page.locator(".lm-TabBar-tab.jp-mod-dirty").wait_for()
            page.keyboard.press("d")
            page.keyboard.press("d")
            page.keyboard.press("Control+s")
            page.locator(".lm-TabBar-tab.jp-mod-dirty").wait_for(state="detached")
            assert path.read_bytes() == (ROOT / "notebooks" / path.name).read_bytes()
        page.close()


def _change(page, old: str, new: str) -> None:
    """Edit the settings cell as a person does."""
    cell = page.locator(".jp-NotebookPanel .jp-CodeCell .cm-content").first
    cell.scroll_into_view_if_needed()
    line = cell.locator(".cm-line", has_text=old.split(":")[0])
    line.click()
    page.keyboard.press("Home")
    page.keyboard.press("Shift+End")
    page.keyboard.insert_text(f"    {new},")


def _looks_right(page, theme: str) -> None:
    """No box of the other theme, nothing wider than its cell."""
    if os.environ.get("CS_SHOTS"):  # a folder: for the eye
        page.screenshot(path=Path(os.environ["CS_SHOTS"]) / f"lab_{theme}.png")
    found = page.evaluate(LOOK)
    assert found["cards"] >= 12
    assert found["wide"] == []
    assert found["light" if theme == "dark" else "dark"] == []
    assert all((shade > 150) == (theme == "dark") for shade in found["words"])


def test_the_start_page_links_every_notebook_and_nothing_that_is_not_there():
    page = ROOT / "notebooks" / "README.md"
    links = re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []
    assert {link for link in links if link.endswith(".ipynb")} == {
        p.name for p in page.parent.glob("*.ipynb")
    }


def test_make_lab_opens_the_start_page_as_a_page():
    commands = subprocess.run(["make", "-n", "lab"], cwd=ROOT, capture_output=True, text=True)
    assert f'JUPYTER_CONFIG_PATH="{ROOT}/notebooks/.jupyter"' in commands.stdout
    config = ROOT / "notebooks" / ".jupyter" / "jupyter_lab_config.json"
    address = json.loads(config.read_text(encoding="utf-8"))["LabApp"]["default_url"]
    assert (ROOT / address.removeprefix("/lab/tree/")).is_file()
