"""Real pages, made once: the demo through the real command."""

import json
import os
from pathlib import Path

import pytest

from cs_lib import cli

STUDIES = (
    "coupon_after_complaint",
    "faster_routing",
    "broken_split",
    "three_perks",
    "coupon_with_looks",
)


@pytest.fixture(scope="session")
def reports(tmp_path_factory) -> Path:
    """A folder of reports as `cslib run` leaves it."""
    folder = tmp_path_factory.mktemp("reports")
    assert cli.main(["run", *STUDIES, "--reports", str(folder)]) == 0
    return folder


@pytest.fixture(scope="session")
def result(reports):
    """result.json of a study."""

    def read(study: str) -> dict:
        return json.loads((reports / study / "latest" / "result.json").read_text(encoding="utf-8"))

    return read


@pytest.fixture(scope="session")
def page_of(reports):
    """The HTML of a study's page."""

    def read(study: str) -> str:
        return (reports / study / "latest" / "index.html").read_text(encoding="utf-8")

    return read


@pytest.fixture(scope="module")  # its event loop must be gone before other tests start kernels
def browser():
    """Headless Chromium; without it these tests skip, but never in CI."""
    from shutil import which

    from playwright.sync_api import sync_playwright

    path = which("chromium") or which("chromium-browser") or which("google-chrome")
    if path is None:
        message = "Chromium is not installed; the page was not tested in a browser."
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        chromium = playwright.chromium.launch(executable_path=path, args=flags)
        yield chromium
        chromium.close()
