"""The pages of before/after plans through the real command: what they say, and the settings beside them."""

from __future__ import annotations

import base64
import copy
import json
import re
from pathlib import Path

import pytest

from cs_lib import cli, data, experiment, metrics, params, report

QUEUE, TEAMS = "plan_faster_routing", "plan_team_rollout"
ASKED = {
    QUEUE: {
        "what-does-waiting-cost-and-what-does-it-find",
        "does-the-arithmetic-hold-on-these-data",
    },
    TEAMS: {"how-many-teams-all-at-once-or-in-waves", "which-teams-on-which-days"},
}
OF_A_TEST = {"what-does-each-choice-cost", "how-long-must-it-run", "how-customers-came"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    reports = tmp_path_factory.mktemp("plans")
    assert cli.main(["run", QUEUE, TEAMS, "--reports", str(reports)]) == 0
    return reports


@pytest.fixture(scope="module", params=[QUEUE, TEAMS])
def seen(request, folder) -> tuple[str, str, dict]:
    """A study's name, its page, its facts."""
    latest = folder / request.param / "latest"
    page = (latest / "index.html").read_text(encoding="utf-8").replace("\u2060", "")
    return request.param, page, json.loads((latest / "result.json").read_text(encoding="utf-8"))


def test_first_screen_says_what_result_json_says(seen):
    _, page, facts = seen
    assert (facts["verdict"], facts["plans"]) == ("planned", "before_after")
    assert "Plan of a before/after study" in page and "Ready to start" in page
    assert facts["because"] in page and facts["next_step"] in page
    assert f"{facts['plan']['planned']['weeks']} weeks" in page
    assert page.count('class="fact"') == 3


def test_page_holds_the_sections_of_its_kind_and_no_others(seen):
    name, page, _ = seen
    there = set(re.findall(r'<(?:h2|summary) id="([^"]*)"', page))
    other = TEAMS if name == QUEUE else QUEUE
    assert ASKED[name] <= there
    assert not there & (ASKED[other] | OF_A_TEST)
    assert "Not asked for in this study" not in page


def test_page_has_words_for_its_picture_and_no_raw_number(seen):
    _, page, _ = seen
    assert page.count("<figure ") == 1
    hidden = r"<(svg|style|script|pre).*?</\1>|href=\"data:[^\"]*\""
    words = re.sub(r"<[^>]+>", " ", re.sub(hidden, "", page, flags=re.S))
    assert not re.search(r"\bnan\b|\binf\b|\d\.\d{6,}|\de-\d", words)


def test_settings_on_the_page_and_beside_it_are_the_same_and_accepted(seen, folder, capsys):
    name, page, facts = seen
    (file,) = facts["files"]
    text = (folder / name / "latest" / file).read_bytes()
    link = re.search(rf'download="{file}" href="data:[^,]*,([^"]*)"', page)
    assert base64.b64decode(link[1]) == text
    assert cli.main(["check", str(folder / name / "latest" / file)]) == 0
    assert "ok" in capsys.readouterr().out


@pytest.fixture(scope="module")
def desk():
    opened = data.load(params.load(QUEUE))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def result(desk):
    """A demo's plan with other settings: blocks are updated, values replaced."""

    def made(name, **changes):
        raw = copy.deepcopy(params.to_cell(params.load(name)))
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


RATE = {"primary_metric": "contact_rate", "guardrails": {}}
CASES = {
    "limit": (QUEUE, {"limit_weeks": 4}, "Within the limit a change of"),
    "never": (QUEUE, {"rule": {"min_effect": 0.5}}, "No study of up to two years"),
    "short history": (
        QUEUE,
        {"design": {"history": ["2025-12-25", "2026-01-17"]}},
        "28 are needed",
    ),
    "rate": (QUEUE, {"measure": RATE, "rule": {"min_effect": 20.0}}, "of logarithms"),
    "share": (
        QUEUE,
        {"measure": {"primary_metric": "csat", "guardrails": {}}, "rule": {"min_effect": 0.2}},
        "Satisfied answers",
    ),
    "teams, limit": (TEAMS, {"limit_weeks": 4}, "The best of those compared"),
    "teams, rate": (
        TEAMS,
        {"measure": RATE, "rule": {"min_effect": 20.0}},
        "the same share of the orders",
    ),
    "teams, few": (
        TEAMS,
        {"design": {"rollout": {"teams": ["T01", "T02", "T03"]}}},
        "3 teams are too few",
    ),
    "teams, one at once": (
        TEAMS,
        {"design": {"rollout": {"teams": [f"T0{i}" for i in range(1, 9)], "teams_at_once": 1}}},
        "1 + 1 + 1",
    ),
}


@pytest.mark.parametrize(("name", "changes", "said"), CASES.values(), ids=CASES.keys())
def test_every_plan_can_be_shown_and_says_its_reason(result, name, changes, said):
    text = everything(result(name, **changes))
    assert said in text
    assert not re.search(r"\bnan\b|\binf\b", text)


def test_a_new_settings_file_can_start_from_either_demo(monkeypatch, tmp_path, capsys):
    root = Path(__file__).resolve().parents[3]
    for place in ("params", "notebooks"):
        (tmp_path / place).symlink_to(root / place) if place == "notebooks" else None
    (tmp_path / "params").mkdir()
    for file in (root / "params").glob("plan_*.yaml"):
        (tmp_path / "params" / file.name).write_bytes(file.read_bytes())
    (tmp_path / "params" / "sources").symlink_to(root / "params" / "sources")
    monkeypatch.setenv("CS_HOME", str(tmp_path))
    monkeypatch.setenv("CS_ALLOW", str(root))
    for example, kind in (
        (TEAMS, params.BeforeAfterPlan),
        (QUEUE, params.BeforeAfterPlan),
        ("experiment_plan", params.PerkPlan),
    ):
        assert cli.main(["new", example, f"my_{example}"]) == 0
        assert type(params.load(f"my_{example}")) is kind
    text = (tmp_path / "params" / f"my_{TEAMS}.yaml").read_text(encoding="utf-8")
    for words in ("what is planned: perk_ab_test, or before_after", "most teams that can be changed",
                  "# limit_weeks" if "\nlimit_weeks" not in text else "limit_weeks: 26"):  # fmt: skip
        assert words in text
