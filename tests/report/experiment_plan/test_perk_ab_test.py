"""The page of a plan through the real command: what it says, and the settings beside it."""

from __future__ import annotations

import base64
import copy
import json
import re
from pathlib import Path

import pytest

from cs_lib import cli, data, experiment, metrics, params, report

ROOT = Path(__file__).resolve().parents[3]
STUDY = "plan_coupon_test"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    reports = tmp_path_factory.mktemp("plans")
    assert cli.main(["run", STUDY, "--reports", str(reports)]) == 0
    return reports / STUDY / "latest"


@pytest.fixture(scope="module")
def page(folder) -> str:
    return (folder / "index.html").read_text(encoding="utf-8").replace("\u2060", "")


@pytest.fixture(scope="module")
def facts(folder) -> dict:
    return json.loads((folder / "result.json").read_text(encoding="utf-8"))


def test_first_screen_says_what_result_json_says(page, facts):
    assert facts["verdict"] == "planned" and "Ready to start" in page
    assert facts["because"] in page and facts["next_step"] in page
    assert f"{facts['plan']['planned']['days']} days" in page
    assert page.count('class="fact"') == 3


def test_a_plan_that_is_tried_again_is_no_changed_plan(page):
    assert "Plan of an experiment" in page
    assert "plan unchanged" not in page and "Plan unchanged" not in page


def test_settings_on_the_page_and_beside_it_are_the_same(page, folder, facts):
    assert facts["files"] == ["winter_coupon_test.yaml"]
    text = (folder / "winter_coupon_test.yaml").read_bytes()
    link = re.search(r'download="winter_coupon_test.yaml" href="data:[^,]*,([^"]*)"', page)
    assert base64.b64decode(link[1]) == text
    assert "planned_n: 1266" in text.decode()


def test_published_settings_can_be_checked_as_they_lie_there(folder, capsys):
    assert cli.main(["check", str(folder / "winter_coupon_test.yaml")]) == 0
    said = (
        capsys.readouterr().out
    )  # The study is of a day that may lie ahead of whoever reads this.
    assert "ok" in said or "is not due before 2026-11-29" in said


def test_page_has_words_for_every_picture_and_no_raw_number(page):
    assert page.count("<figure ") == 2
    for svg in re.findall(r"<svg[^>]*>", page):
        assert "aria-labelledby" in svg or 'aria-hidden="true"' in svg
    hidden = r"<(svg|style|script|pre).*?</\1>|href=\"data:[^\"]*\""
    words = re.sub(r"<[^>]+>", " ", re.sub(hidden, "", page, flags=re.S))
    assert not re.search(r"\bnan\b|\binf\b|\d\.\d{6,}|\de-\d", words)


@pytest.fixture(scope="module")
def desk():
    opened = data.load(params.load(STUDY))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def result(desk):
    """The demo's plan with other settings: blocks are updated, values replaced."""

    def made(**changes):
        raw = copy.deepcopy(params.to_cell(params.load(STUDY)))
        for key, value in changes.items():
            raw[key] = {**(raw[key] or {}), **value} if isinstance(value, dict) else value
        study, problems = params.check_study(raw, file="x", lines={}, also=metrics.problems)
        assert problems == []
        return experiment.analyze(metrics.gather(desk, study), study)

    return made


def everything(result) -> str:
    """All that a page would show of a plan, as text."""
    plan = report.experiment_plan
    told = [
        each for story in (plan.story(result), plan.history(result)) for each, _ in story.outputs()
    ]
    shown = [plan.guardrails, plan.settings, report.tables.checks, report.tables.definitions]
    told += [one(result) for one in (*shown, report.decision)]
    parts = [{"text/html": "<p>", **each._repr_mimebundle_()} for each in told]
    assert all(part["text/html"] for part in parts)
    return "\n".join(part["text/plain"] for part in parts)


CASES = {
    "not feasible": ({"rule": {"min_effect": 0.02}}, "NOT FEASIBLE"),
    "impossible": ({"rule": {"min_effect": 0.5}}, "would leave the range"),
    "never": ({"rule": {"min_effect": 0.0005}, "limit_days": None}, "within ten years"),
    "nothing within the limit": ({"limit_days": 30}, "Within 30 days nothing could be shown."),
    "nobody": ({"population": {"channel": ["letter"]}}, "NOT ENOUGH DATA"),
    "few": ({"design": {"history": ["2026-05-01", "2026-05-01"]}}, "a plan needs 100"),
    "by agent": (
        {"design": {"cluster": "agent_id"}, "measure": {"covariates": []}, "looks": None},
        "Whole clusters assigned (80",
    ),
    "uneven": (
        {"design": {"split": {"control": 0.3, "coupon": 0.7}}},
        "Unequal shares of control and the others",
    ),
    "fewer is better": (
        {"measure": {"primary_metric": "complaint_rate_30d", "guardrails": {}}},
        "If the coupon lowers “Complain again within 30 days”",
    ),
    "ratio": (
        {"measure": {"primary_metric": "order_value_60d"}, "rule": {"min_effect": 10.0}},
        "“Revenue per order in 60 days” by ¥10.00",
    ),
}


@pytest.mark.parametrize(("changes", "said"), CASES.values(), ids=CASES.keys())
def test_every_plan_can_be_shown_and_says_its_reason(result, changes, said):
    text = everything(result(**changes))
    assert said in text
    assert not re.search(r"\bnan\b|\binf\b", text)


def test_settings_are_withheld_while_the_test_is_not_ready(result):
    found = result(rule={"min_effect": 0.02})
    assert "No settings are written" in report.experiment_plan.settings(found).text
    assert report.decision(found).facts().get("files", {}) == {}
