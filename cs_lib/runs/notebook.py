"""The notebook of a study as it stands in notebooks/: read, checked, with fixed cell ids."""

from __future__ import annotations

import ast
import json
import re
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cs_lib.language import say

PARAMETERS = "parameters"
INJECTED = "injected-parameters"
MOST_BYTES = 20_000_000

Cells = Sequence[Mapping[str, Any]]


class NotebookError(ValueError):
    """Raised when a notebook cannot be run as a study; the message is one sentence."""


def read(path: Path) -> dict[str, Any]:
    """The notebook as plain data: every cell with an id, no outputs. Raises NotebookError."""
    name = f"notebooks/{path.name}"
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise NotebookError(f"{name}: not a file")
        if found.st_size > MOST_BYTES:
            raise NotebookError(f"{name}: {found.st_size:,} bytes; at most {MOST_BYTES:,} are read")
        raw: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NotebookError(f"{name}: the file does not exist") from None
    except (OSError, RuntimeError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise NotebookError(f"{name}: cannot be read ({why})") from None
    except ValueError as error:
        if isinstance(error, NotebookError):
            raise
        raise NotebookError(f"{name}: not a notebook: {error}") from None
    _require_format(raw, name)
    _fix(raw)
    if parameters_cell(raw["cells"]) is None:
        raise NotebookError(
            f"{name}: no code cell is tagged `{PARAMETERS}`; settings would have no place to go"
        )
    return raw


def _require_format(raw: Any, name: str) -> None:
    """Raises NotebookError unless it has cells as the format says."""
    if not isinstance(raw, dict) or raw.get("nbformat") != 4 or "cells" not in raw:
        raise NotebookError(f"{name}: not a notebook of format 4; save it with JupyterLab")
    cells = raw["cells"]
    if not isinstance(cells, list):
        raise NotebookError(f"{name}: its cells are no list; save it with JupyterLab")
    bad = [number for number, cell in enumerate(cells, start=1) if not _well_formed(cell)]
    if bad:
        raise NotebookError(
            f"{name}: cell {bad[0]} is no cell of format 4; save it with JupyterLab"
        )


def _well_formed(cell: Any) -> bool:
    if not isinstance(cell, dict) or cell.get("cell_type") not in ("code", "markdown", "raw"):
        return False
    text, about = cell.get("source", ""), cell.get("metadata", {})
    lines = isinstance(text, list) and all(isinstance(line, str) for line in text)
    if not (isinstance(text, str) or lines) or not isinstance(about, dict):
        return False
    marks = about.get("tags", [])
    named = cell.get("id")
    return (
        isinstance(marks, list)
        and all(isinstance(mark, str) for mark in marks)
        and (named is None or isinstance(named, str))
    )


def _fix(raw: dict[str, Any]) -> None:
    """Ids that are missing or stand twice are made from the cell's place, never at random."""
    seen: set[str] = set()
    for number, cell in enumerate(raw["cells"], start=1):
        if not cell.get("id") or cell["id"] in seen:
            cell["id"] = f"cell-{number}"
        seen.add(cell["id"])
        cell.setdefault("metadata", {})
        cell["source"] = source(cell)
        if cell["cell_type"] == "code":
            cell.update(outputs=[], execution_count=None)
    minor = raw.get("nbformat_minor", 0)
    raw["nbformat_minor"] = max(5, minor) if isinstance(minor, int) else 5
    if not isinstance(raw.get("metadata"), dict):
        raw["metadata"] = {}


def source(cell: Mapping[str, Any]) -> str:
    """A cell's text, which a notebook file may hold in lines."""
    text = cell.get("source", "")
    return text if isinstance(text, str) else "".join(text)


def tags(cell: Mapping[str, Any]) -> list[str]:
    """The tags of a cell."""
    return list(cell.get("metadata", {}).get("tags", []))


def parameters_cell(cells: Cells) -> Mapping[str, Any] | None:
    """The code cell tagged `parameters`, or None."""
    tagged = (c for c in cells if c["cell_type"] == "code" and PARAMETERS in tags(c))
    return next(tagged, None)


def defaults(cells: Cells) -> dict[str, Any]:
    """The names and literal values of the parameters cell; a value that is no literal is None."""
    cell = parameters_cell(cells)
    found: dict[str, Any] = {}
    try:
        statements = ast.parse(source(cell)).body if cell else []
    except SyntaxError:
        return found
    for line in statements:
        targets = line.targets if isinstance(line, ast.Assign) else []
        if isinstance(line, ast.AnnAssign) and line.value is not None:
            targets = [line.target]
        for target in targets:
            if isinstance(target, ast.Name):
                found[target.id] = _literal(line)
    return found


def _literal(line: ast.stmt) -> Any:
    try:
        return ast.literal_eval(line.value)  # type: ignore[attr-defined]
    except (ValueError, TypeError):
        return None


def step(cells: Cells, index: int) -> str:
    """Where a reader finds a cell: the heading above it, or its number."""
    for cell in reversed(cells[: index + 1]):
        heading = re.search(r"^#+ +(.+?)\s*$", source(cell), flags=re.MULTILINE)
        if cell["cell_type"] == "markdown" and heading:
            return say("the step '{heading}'", heading=say(heading[1]))
    return say("cell {number}", number=index + 1)
