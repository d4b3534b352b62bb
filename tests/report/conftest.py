"""Real pages, made once: the demo through the real command."""

import fcntl
import json
import os
from pathlib import Path

import pytest

from cs_lib import cli, params
from cs_lib.report.page import failure
from cs_lib.report.records import Failure

STUDIES = (
    "coupon_after_complaint",
    "faster_routing",
    "broken_split",
    "three_perks",
    "coupon_with_looks",
    "plan_coupon_test",
    "coupon_after_complaint_zh",
    "faster_routing_zh",
    "assistant_deflects",
    "script_change",
    "faulty_export",
    "needs_and_causes",
    "needs_and_causes_zh",
    "journey_map",
    "journey_map_zh",
    "service_scorecard",
    "service_scorecard_zh",
    "improvement_portfolio",
    "improvement_portfolio_zh",
)
FAILED = "failed.html"


@pytest.fixture(scope="session")
def reports(tmp_path_factory) -> Path:
    """A folder of reports as `cslib run` leaves it, made once for all workers, none of which changes it."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder, made = shared / "reports_of_all", shared / "reports_are_made"
    with (shared / "reports.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            assert cli.main(["run", *STUDIES, "--reports", str(folder)]) == 0
            (folder / FAILED).write_text(failure_page(), encoding="utf-8")
            made.touch()
    return folder


def failure_page() -> str:
    """The page of a run that gave none."""
    study = params.load("faster_routing")
    return failure.render(
        Failure(
            study=study.study,
            question=study.question,
            as_of=str(study.as_of),
            sentence="contacts: 1 breach.\ncontacts.opened_at is empty in 14 rows.",
            parameters=params.to_cell(study),
            detail="Traceback\n  a line",
            last_good="faster_routing/latest/index.html",
            last_good_as_of="2026-06-01",
        )
    )


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
