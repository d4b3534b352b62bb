"""Settings of a before/after plan: which kind is planned, its faults, and the parameters cell they share."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cs_lib import params
from cs_lib.params import BeforeAfterPlan, PerkPlan, strict_yaml

ROOT = Path(__file__).resolve().parents[2]
PLAN = """\
study: plan
notebook: experiment_plan
plans: before_after
question: How long must the queue be watched?
as_of: "2026-02-01"
source: demo
design:
  change: routing
  start: "2026-02-05"
  history: ["2025-09-04", "2026-01-17"]
  rollout: {teams: [T01, T02, T03, T04], most_teams: 3}
measure: {primary_metric: resolution_hours}
rule: {min_effect: 6}
"""


@pytest.fixture
def faults(settings):
    """What is wrong with the sound plan once `old` is `new`."""

    def said(old: str = "study", new: str = "study") -> list[str]:
        assert old in PLAN
        return settings.said(settings.write(PLAN.replace(old, new), name="plan"))

    return said


def test_sound_plan_has_no_fault_and_is_of_its_kind(faults, settings):
    assert faults() == []
    study = params.load(settings.write(PLAN, name="plan"))
    assert type(study) is BeforeAfterPlan
    assert (study.written_name, study.rule.power) == ("routing_study", 0.8)
    assert study.scope.team_id == ("T01", "T02", "T03", "T04")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("plans: before_after", "plans: befor_after", "plans (line 3): cannot plan 'befor_after'; did you mean"
         " 'before_after'? (one of perk_ab_test, before_after)"),
        ('start: "2026-02-05"', 'start: "2026-01-30"', "design.start (line 9): is 2026-01-30, before as_of 2026-02-01;"
         " plan for days to come"),
        ('"2026-01-17"]', '"2026-02-03"]', "design.history (line 10): ends 2026-02-03, but only data before as_of"
         " 2026-02-01 count"),
        ("most_teams: 3", "most_teams: 4", "design.rollout.most_teams (line 11): is 4 of 4 teams; one at least must"
         " stay as it is"),
        ("most_teams: 3", "most_teams: 2, teams_at_once: 3", "design.rollout.teams_at_once (line 11): is 3, more than"
         " most_teams (2)"),
        ("  rollout:", "  scope: {team_id: [T01]}\n  rollout:", "design.scope (line 11): leave team_id out:"
         " design.rollout names the teams"),
        ("rule:", "money: {margin_rate: 0.3, window_days: 60}\nrule:", "money (line 13): unknown key; known here:"
         " study, notebook"),
        ("rule:", "limit_weeks: 1\nrule:", "limit_weeks (line 13): must be greater than or equal to 2, got 1"),
        ("rule:", "write: plan\nrule:", "write (line 13): 'plan' is this plan itself; name the study otherwise"),
        ("change: routing", f"change: {'r' * 57}", f"write: set it: '{'r' * 57}_study' is longer than 60 letters"),
        ("resolution_hours", "repurchase_60d", "measure.primary_metric (line 12): 'repurchase_60d' is not a metric of"
         " experiment_plan"),
        ("resolution_hours", "resolution_hour", "measure.primary_metric (line 12): no metric 'resolution_hour'; did"
         " you mean 'resolution_hours'?"),
        ("{primary_metric: resolution_hours}", "{primary_metric: resolution_hours, secondary: [resolution_hours]}",
         "measure.secondary (line 12): 'resolution_hours' is already the primary metric or a guardrail"),
    ],
)  # fmt: skip
def test_fault_is_one_sentence_with_its_key_and_line(faults, old, new, said):
    found = faults(old, new)
    assert len(found) == 1 and found[0].startswith(said)


def test_all_faults_are_listed_at_once_for_the_kind_that_is_planned(settings):
    text = PLAN.replace("min_effect: 6", "min_effect: big").replace(
        "most_teams: 3", "most_teams: 9"
    )
    text = text.replace('as_of: "2026-02-01"', 'as_of: "2026-02-10"') + "looks: {count: 2}\n"
    keys = [fault.split(" ")[0] for fault in settings.said(settings.write(text, name="plan"))]
    assert keys == ["design.start", "design.rollout.most_teams", "rule.min_effect", "looks"]


def cell() -> dict:
    """The notebook's own names, as its parameters cell leaves them."""
    nb = json.loads((ROOT / "notebooks" / "experiment_plan.ipynb").read_text(encoding="utf-8"))
    source = next(c for c in nb["cells"] if "parameters" in c["metadata"].get("tags", []))["source"]
    names: dict = {}
    exec("".join(source), names)
    return {k: v for k, v in names.items() if not k.startswith("__")}


@pytest.fixture
def repository(monkeypatch):
    monkeypatch.setenv("CS_HOME", str(ROOT))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("plan_faster_routing", BeforeAfterPlan),
        ("plan_team_rollout", BeforeAfterPlan),
        ("plan_coupon_test", PerkPlan),
    ],
)
def test_plain_papermill_gives_either_kind_whatever_the_cell_held_before(repository, name, kind):
    path = params.find_study(name)
    raw, _ = strict_yaml.read(path, shown=name)
    study = params.from_cell({**cell(), **raw})
    assert type(study) is kind and study == params.load(name)


def test_what_cannot_be_planned_is_refused_in_the_cell_too(repository):
    with pytest.raises(params.ParamsError, match="plans: cannot plan 'x'"):
        params.from_cell({**cell(), "plans": "x"})
