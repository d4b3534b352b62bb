"""A project small enough to run in a second: two cells of analysis, one study, pages of a few lines."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import types
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

import cs_lib
from cs_lib.runs import digest

STUDY: dict[str, Any] = {
    "study": "tiny",
    "notebook": "perk_ab_test",
    "question": "Does a tiny perk do anything at all?",
    "as_of": "2026-07-01",
    "source": "demo",
    "design": {
        "experiment": "perk",
        "control": "control",
        "arms": ["coupon"],
        "split": {"control": 0.5, "coupon": 0.5},
        "period": ["2025-08-25", "2026-04-01"],
    },
    "measure": {"primary_metric": "repurchase_60d"},
    "money": {"margin_rate": 0.35, "window_days": 60},
    "rule": {"alpha": 0.05, "min_effect": 0.02, "planned_n": 1000},
}
SOURCE = {"source": "demo", "title": "Simulated", "simulate": {"seed": 7, "customers": 500}}
UNSET = {"looks": None, "language": "en", "follows": None, "action": None, "owner": None}
PARAMETERS = "\n".join(f"{key} = {value!r}" for key, value in {**STUDY, **UNSET}.items())
RESULT = """
from IPython.display import display
facts = {"study": study, "verdict": "ship", "headline": "Up by " + str(total), "as_of": as_of}
display({"application/vnd.cs-lib.result+json": facts}, raw=True)
""".strip()

PAGES = '''
"""Pages of a few lines in place of the real ones."""
import json, sys, types
def render(notebook, provenance):
    outputs = [dict(o) for c in notebook.cells for o in c.get("outputs", [])]
    return json.dumps([outputs, provenance.plan, provenance.rerun, provenance.parameters], ensure_ascii=False, indent=1)
def render_failure(failure):
    return json.dumps([failure.sentence, failure.detail, failure.last_good, failure.last_good_as_of])
def render_index(entries):
    return "\\n".join(f"{e.study} {e.state} {e.verdict} {len(e.history)} {e.failure}" for e in entries)
PAGES = {
    f"cs_lib.report.page.{name}": types.ModuleType(f"cs_lib.report.page.{name}")
    for name in ("render", "failure", "index")
}
for module, drawn in zip(PAGES.values(), (render, render_failure, render_index)):
    module.render = drawn
'''


@dataclass(frozen=True)
class Project:
    """A project folder, and the command run in it."""

    home: Path

    @property
    def reports(self) -> Path:
        return self.home / "reports"

    def notebook(
        self, *bodies: str, name: str = "perk_ab_test", parameters: str = PARAMETERS
    ) -> None:
        """A notebook with these analysis cells; the last has to leave `total`."""
        cells = [_cell("# Tiny", "markdown"), _cell(parameters, "code", "parameters")]
        for number, body in enumerate(bodies or ("total = 1 + 1",), start=1):
            cells += [_cell(f"## Part {number}", "markdown"), _cell(body, "code")]
        cells.append(_cell(RESULT, "code"))
        raw = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
        (self.home / "notebooks" / f"{name}.ipynb").write_text(json.dumps(raw))

    def study(self, name: str = "tiny", **changes: Any) -> Path:
        """A settings file; a change to None takes the key away."""
        settings = {**STUDY, "study": name, **changes}
        kept = {key: value for key, value in settings.items() if value is not None}
        path = self.home / "params" / f"{name}.yaml"
        path.write_text(yaml.safe_dump(kept, allow_unicode=True, sort_keys=False))
        return path

    def source(self, **changes: Any) -> None:
        (self.home / "params" / "sources" / "demo.yaml").write_text(
            yaml.safe_dump({**SOURCE, **changes})
        )

    def cslib(
        self, *words: str, before: str = "", timeout: float = 60, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """The command as a user starts it, in a process of its own."""
        return subprocess.run(
            self.command(*words, before=before),
            env=self.environment(**variables),
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=timeout,
        )

    def command(self, *words: str, before: str = "") -> list[str]:
        pages = "import sys, stub_pages; sys.modules.update(stub_pages.PAGES)"
        code = f"{pages}\n{before}\nfrom cs_lib.cli import main\nsys.exit(main(sys.argv[1:]))"
        return [sys.executable, "-c", code, *words]

    def environment(self, **variables: str) -> dict[str, str]:
        root = Path(cs_lib.__file__).parents[1]
        paths = os.pathsep.join([str(self.home / "stubs"), str(root)])
        return {**os.environ, "CS_HOME": str(self.home), "PYTHONPATH": paths, **variables}

    def latest(self, study: str = "tiny") -> Path:
        return self.reports / study / "latest"

    def json(self, *parts: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.reports.joinpath(*parts).read_text())
        return found

    def tree(self, study: str = "tiny") -> dict[str, bytes]:
        """Every file a reader of the latest page could open, by name."""
        return {p.name: p.read_bytes() for p in self.latest(study).iterdir()}


def _cell(text: str, kind: str, *tags: str) -> dict[str, Any]:
    code = {"outputs": [], "execution_count": None} if kind == "code" else {}
    return {"cell_type": kind, "metadata": {"tags": list(tags)}, "source": text, **code}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """The project, empty of reports; also the home of what runs in this process."""
    for folder in ("params/sources", "notebooks", "stubs"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "stubs" / "stub_pages.py").write_text(PAGES)
    made = Project(tmp_path)
    made.notebook()
    made.study()
    made.source()
    monkeypatch.setenv("CS_HOME", str(tmp_path))
    digest.code.cache_clear()  # the library may be edited while its tests run
    names: dict[str, Any] = {}
    exec(PAGES, names)
    for name, module in names["PAGES"].items():
        assert isinstance(module, types.ModuleType)
        monkeypatch.setitem(sys.modules, name, module)
        monkeypatch.setattr(f"cs_lib.report.page.{name.rsplit('.', 1)[1]}", module, raising=False)
    return made
