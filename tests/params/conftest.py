"""Two sound studies in a project of their own, and the faults an edit brings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from cs_lib import metrics, params

COUPON = """\
study: coupon
notebook: perk_ab_test
question: Does a coupon bring customers back?
as_of: "2026-07-01"
source: demo
design:
  experiment: perk
  control: control
  arms: [coupon]
  split: {control: 0.5, coupon: 0.5}
  period: ["2025-08-25", "2026-04-01"]
measure:
  primary_metric: repurchase_60d
  guardrails: {complaint_rate_60d: 0.05}
money: {margin_rate: 0.35, window_days: 60}
rule: {alpha: 0.05, min_effect: 0.02, planned_n: 1200}
"""
ROUTING = """\
study: routing
notebook: before_after
question: Did routing by skill help?
as_of: "2026-07-01"
source: demo
design:
  intervention_date: "2026-02-05"
  washout_days: 7
  pre_period: ["2025-09-04", "2026-02-04"]
  post_period: ["2026-02-05", "2026-06-10"]
  scope: {team_id: [T01]}
measure: {primary_metric: resolution_hours}
rule: {min_effect: 2}
"""
DEMO = "source: demo\ntitle: Simulated\nsimulate: {seed: 7, customers: 500}\n"
LOG = """\
source: log
title: A log
timezone: Europe/Rome
folder: files
files:
  steps: steps.csv
tables:
  contacts: {file: contacts.csv}
  events: {query: SELECT * FROM steps}
"""


@dataclass(frozen=True)
class Settings:
    """Settings files as an analyst edits them."""

    home: Path
    coupon: str = COUPON

    def write(self, text: str, *, name: str) -> Path:
        path = self.home / "params" / f"{name}.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    def faults(self, old: str, new: str) -> list[str]:
        """What is wrong with whichever sound study holds `old`, once that is `new`."""
        text = next(t for t in (COUPON, ROUTING) if old in t)
        path = self.write(text.replace(old, new), name=text.split()[1])
        return self.said(path)

    def said(self, path: Path) -> list[str]:
        try:
            params.load(path, also=metrics.problems)
        except params.ParamsError as error:
            return [str(problem) for problem in error.problems]
        return []

    def source_faults(self, old: str, new: str) -> list[str]:
        """The same for the source `log`."""
        assert old in LOG
        self.write(LOG.replace(old, new), name="sources/log")
        try:
            params.load_source("log")
        except params.ParamsError as error:
            return [str(problem) for problem in error.problems]
        return []


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for folder in ("params/sources", "notebooks"):
        (tmp_path / folder).mkdir(parents=True)
    monkeypatch.setenv("CS_HOME", str(tmp_path))
    made = Settings(tmp_path)
    made.write(DEMO, name="sources/demo")
    return made
