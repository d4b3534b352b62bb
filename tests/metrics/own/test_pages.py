"""The notebooks' own cells with metrics of one's own as primary, secondary and guardrail, and in plans."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from cs_lib import params
from cs_lib.language import use
from tests.metrics.own.conftest import LARGE, QUICK

ROOT = Path(__file__).resolve().parents[3]
SOURCE = (
    "source: demo\ntitle: Simulated\ntimezone: Asia/Shanghai\nsimulate: {seed: 7, customers: 500}\n"
)
MINUTES = {
    **QUICK, "metric": "minutes", "label": "Minutes", "kind": "mean", "yes": None, "window": None,
    "stamp": "resolved_at", "value": "handle_seconds", "unit": "minutes",
}  # fmt: skip
HOURS = {**QUICK, "metric": "hours", "label": "Hours", "kind": "duration", "of": None, "yes": None, "window": 14,
         "to": "resolved_at", "unit": "hours", "direction": "down"}  # fmt: skip
PAGES = {
    "faster_routing": ("hours", {"minutes": 2.0}, ["quick"]),
    "coupon_after_complaint": ("large_order_60d", {"minutes_60d": 2.0}, []),
    "plan_coupon_test": ("large_order_60d", {"minutes_60d": 2.0}, []),
}


@pytest.fixture
def project(tmp_path, own):
    for spec in (LARGE, QUICK, MINUTES, HOURS):
        own(spec)
    (tmp_path / "params" / "sources" / "demo.yaml").write_text(SOURCE)
    yield tmp_path
    use("en")


@pytest.mark.parametrize("name", PAGES)
def test_every_cell_runs(project, name):
    primary, guardrails, secondary = PAGES[name]
    settings = yaml.safe_load((ROOT / "params" / f"{name}.yaml").read_text(encoding="utf-8"))
    settings["measure"] = {
        "primary_metric": primary,
        "guardrails": guardrails,
        "secondary": secondary,
    }
    settings["language"] = "zh"
    (project / "params" / f"{name}.yaml").write_text(yaml.safe_dump(settings, allow_unicode=True))
    notebook = json.loads(
        (ROOT / "notebooks" / f"{settings['notebook']}.ipynb").read_text(encoding="utf-8")
    )
    cells = ["".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code"]
    names = dict(params.to_cell(params.load(name)))
    for cell in cells[1:]:
        exec(compile(cell, name, "exec"), names)
    result = names["result"]
    assert primary in result.metrics and set(guardrails) <= set(result.metrics)
    assert result.decision.verdict and str(result.decision.headline)
