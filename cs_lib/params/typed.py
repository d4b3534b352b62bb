"""The names that a notebook's settings were given, read from the cells that ran in its kernel."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any

# How a cell begins that papermill puts after the settings cell.
INJECTED = "# Parameters"
# A cell that gives both is the settings cell, or the one that a run put in its place.
SETTINGS = {"study", "notebook"}


def typed(names: Mapping[str, Any]) -> list[str]:
    """Every name given in the last settings cell and in cells that papermill added to it, in their order.

    `names` are the globals of a kernel, which hold the cells that ran as `In`; without them there is
    nothing to tell. Names that begin with an underscore are a person's own.
    """
    history = names.get("In")
    cells = history if isinstance(history, list) else []
    given = [list(_assigned(str(cell))) for cell in cells]
    last = max((i for i, own in enumerate(given) if set(own) >= SETTINGS), default=0)
    found = [
        name
        for i, own in enumerate(given)
        if i == last or (i > last and str(cells[i]).lstrip().startswith(INJECTED))
        for name in own
    ]
    return [name for name in dict.fromkeys(found) if not name.startswith("_")]


def _assigned(cell: str) -> Iterator[str]:
    """The names that a cell's own lines give a value."""
    try:
        lines = ast.parse(cell).body
    except (SyntaxError, ValueError):
        return
    for line in lines:
        if isinstance(line, ast.Assign):
            targets: list[ast.expr] = line.targets
        elif isinstance(line, ast.AnnAssign) and line.value is not None:
            targets = [line.target]
        else:
            continue
        yield from (target.id for target in targets if isinstance(target, ast.Name))
