"""A study's page made in this process, without a kernel: what is patched here holds for it too."""

from __future__ import annotations

import ast
from typing import Any

import nbformat
from nbformat import NotebookNode

from cs_lib import params
from cs_lib.language import Language, speaking, use
from cs_lib.params.study import Study
from cs_lib.report.page import render as page
from cs_lib.report.records import Provenance
from cs_lib.runs import plan_lock
from tests.perk_pages import outputs

QUESTION = "这项改动到底有没有用，划不划算？"  # in the place of the study's own, which is English


def translated(study: Study) -> Study:
    """The study with its page in Chinese, and a question in Chinese."""
    return study.model_copy(update={"language": "zh", "question": QUESTION})


def executed(study: Study) -> NotebookNode:
    """The study's notebook with its outputs, its cells run here one after the other."""
    notebook: NotebookNode = nbformat.read(params.notebook_path(study.notebook), as_version=4)
    names: dict[str, Any] = params.to_cell(study)
    for cell in notebook.cells:
        if cell.cell_type != "code" or "parameters" in cell.metadata.get("tags", []):
            continue
        shown = _run(cell.source, names)
        cell.outputs = []
        if shown is not None:
            cell.outputs = [output for output, _ in outputs(shown, cell.source)]
    return notebook


def _run(source: str, names: dict[str, Any]) -> Any:
    """The value of a cell's last line, when that is an expression."""
    tree = ast.parse(source)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "cell", "exec"), names)
    return eval(compile(ast.Expression(last.value), "cell", "eval"), names) if last else None


def rendered(study: Study, language: Language) -> str:
    """The page of the study as the run command would make it."""
    try:
        with speaking(language):
            return page.render(executed(study), provenance(study))
    finally:
        use("en")  # a notebook's settings set the language of the whole process


def provenance(study: Study) -> Provenance:
    """A first run of the study."""
    first = plan_lock.of(study)
    return Provenance(
        study=study.study,
        digest="0123456789" * 6,
        digests={"notebook": "01" * 32, "code": "23" * 32},
        rerun=f"cslib run {study.study}",
        plan=plan_lock.sentence(first, study),
        parameters=params.to_cell(study),
        defaults=params.defaults(type(study)),
    )
