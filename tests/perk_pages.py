"""A perk study from files to its page without a kernel: what a test writes, what a reader would see."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pandas as pd
from nbformat import NotebookNode

from cs_lib import experiment, metrics, params, report
from cs_lib.data import Desk
from cs_lib.experiment.perk_ab_test.analyze import PerkResult
from cs_lib.report.chapters import MADE_BY, Chapters
from cs_lib.report.page import render as page
from cs_lib.report.records import Provenance
from tests.titles import titled

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOK = ROOT / "notebooks" / "perk_ab_test.ipynb"
START = pd.Timestamp("2026-01-01")
RAW = re.compile(r"\bnan\b|\binf\b|\bNaT\b|\d\.\d{6,}|\d\.?\d*e[+-]\d", re.I)
BROKEN = re.compile(r"\bnan\b|\binf\b|\bNaT\b|–\s*points|[+−¥]–", re.I)


def settings(**changes: Any) -> dict[str, Any]:
    """A study of experiment `e` over January 2026; a dotted key changes one entry of a block."""
    found: dict[str, Any] = {
        "study": "perk",
        "notebook": "perk_ab_test",
        "question": "Does the perk bring them back?",
        "as_of": "2026-06-01",
        "source": "tiny",
        "design": {
            "experiment": "e",
            "control": "control",
            "arms": ["coupon"],
            "split": {"control": 0.5, "coupon": 0.5},
            "period": ["2026-01-01", "2026-01-31"],
        },
        "measure": {"primary_metric": "repurchase_30d"},
        "money": {"margin_rate": 0.3, "window_days": 30},
        "rule": {"min_effect": 0.02, "planned_n": 100},
    }
    for key, value in changes.items():
        block, _, entry = key.partition("__")
        if entry:
            found[block] = {**(found.get(block) or {}), entry: value}
        else:
            found[block] = value
    return found


def plan(**changes: Any) -> params.PerkAbTest:
    """The same as a study."""
    return params.PerkAbTest.model_validate(settings(**changes))


def faults(**changes: Any) -> list[str]:
    """What is wrong with such settings, as sentences."""
    _, found = params.check_study(settings(**changes), file="x", lines={}, also=metrics.problems)
    return [str(problem) for problem in found]


def assigned(size: int = 400, arms: tuple[str, ...] = ("control", "coupon")) -> pd.DataFrame:
    """Customers in turn to each arm, evenly over January, perks delivered at once."""
    i = np.arange(size)
    frame = pd.DataFrame({"assignment_id": [f"P{k:05}" for k in i]})
    frame["experiment_id"], frame["customer_id"] = "e", [f"C{k:05}" for k in i]
    frame["variant"] = np.array(arms)[i % len(arms)]
    frame["perk_kind"] = np.where(frame.variant == "control", "none", "coupon")
    frame["assigned_at"] = START + pd.to_timedelta((i * 30 * 24 * 60 // size), unit="min")
    frame["delivered_at"] = frame.assigned_at.where(frame.variant != "control")
    frame["unit_cost"] = np.where(frame.variant == "control", np.nan, 2.0)
    return frame


def bought(people: pd.DataFrame, amount: Any = 100.0, *, after_days: float = 5) -> pd.DataFrame:
    """One order of each of these customers."""
    frame = pd.DataFrame({"order_id": "O" + people.customer_id, "customer_id": people.customer_id})
    frame["ordered_at"] = people.assigned_at + pd.to_timedelta(after_days, unit="D")
    frame["amount"] = amount
    return frame


def csv(frame: pd.DataFrame) -> str:
    """A frame as a delivered file."""
    return frame.to_csv(index=False)


@dataclass
class Seen:
    """What a study came to: the result, its page, and what each figure and table says."""

    result: PerkResult
    html: str
    facts: dict[str, Any]
    shown: dict[str, str]
    notebook: NotebookNode

    @property
    def words(self) -> str:
        """The page as it is read, without pictures, code and data links."""
        hidden = r"<(svg|style|script|pre).*?</\1>|href=\"data:[^\"]*\""
        return unescape(re.sub(r"<[^>]+>", " ", re.sub(hidden, "", self.html, flags=re.S)))

    @property
    def drawn(self) -> str:
        """The words inside the pictures."""
        return " ".join(unescape(t) for t in re.findall(r"<text[^>]*>(.*?)</text>", self.html))

    @property
    def raw(self) -> list[str]:
        """Numbers that nobody rounded, and values that are none, wherever a reader or a machine sees them."""
        facts = json.dumps(self.facts, allow_nan=False, ensure_ascii=False)
        return [
            *RAW.findall(self.words),
            *RAW.findall(self.drawn),
            *BROKEN.findall(" ".join((self.words, self.drawn, facts, *self.shown.values()))),
        ]

    def check(self, name: str) -> Any:
        """One check by its name."""
        return next(c for c in self.result.checks if titled(c) == name)


def outputs(answer: Any, call: str) -> list[tuple[NotebookNode, str]]:
    """What a cell puts out, with the call that makes each: one thing, or chapter by chapter."""
    told = answer.outputs() if isinstance(answer, Chapters) else [(answer, {MADE_BY: call})]
    return [
        (
            nbformat.v4.new_output("display_data", data=each._repr_mimebundle_(), metadata=known),
            known.get(MADE_BY, ""),
        )
        for each, known in told
    ]


def read(desk: Desk, study: params.PerkAbTest) -> Seen:
    """The study analysed, every figure and table of the notebook made, and the page rendered."""
    result = experiment.analyze(metrics.gather(desk, study), study)
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    names, shown = {"desk": desk, "result": result, "report": report}, {}
    facts: dict[str, Any] = {}
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        cell.outputs = []
        last = cell.source.strip().splitlines()[-1]
        if not last.startswith("report."):
            continue
        for output, call in outputs(eval(last, {}, names), last):
            cell.outputs.append(output)
            shown[call.partition("(")[0].removeprefix("report.")] = str(output.data["text/plain"])
            facts = output.data.get(page.RESULT_MIME, facts)
    provenance = Provenance(
        study=study.study, digest="0" * 64, digests={"data": "1" * 64}, rerun="cslib run perk",
        plan="", parameters={}, defaults={},
    )  # fmt: skip
    return Seen(result, page.render(notebook, provenance), facts, shown, notebook)
