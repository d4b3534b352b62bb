"""What was done in a session as settings of a study that `cslib run` repeats."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cs_lib.params.columns import Roles
from cs_lib.params.load import to_cell
from cs_lib.params.places import home, require_project, shown, source_path
from cs_lib.params.problems import ParamsError, Problem
from cs_lib.params.study import Study
from cs_lib.params.template import flow, settings_text

DATA = "data"  # of the project: where the tables of saved frames are


def save_study(
    study: Study,
    name: str,
    *,
    source: str | None = None,
    files: Mapping[str, Callable[[Path], None]] | None = None,
    sources: Mapping[str, str] | None = None,
    replace: bool = False,
) -> list[str]:
    """Write params/NAME.yaml, and before it what it reads; the files that were written, from the project's root.

    `files` are written below the folder `data`, `sources` are texts of params/sources, both by name. Raises
    ParamsError, and writes nothing, for a name that no study can have and where a file is there already, unless
    `replace` is said.
    """
    require_project()
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,59}", name):
        message = (
            f"must be a name of small letters, digits and _, starting with a letter, got '{name}'"
        )
        raise ParamsError([Problem("name", message)])
    target = home() / "params" / f"{name}.yaml"
    tables = {home() / DATA / one: write for one, write in (files or {}).items()}
    texts = {source_path(one): text for one, text in (sources or {}).items()}
    there = [path for path in (target, *texts, *tables) if path.exists()]
    if there and not replace:
        message = "is there already; choose another name, or say replace=True"
        raise ParamsError([Problem("", f"{shown(path)} {message}") for path in there])
    for path, write in tables.items():
        _put(path, write)
    raw = _own(to_cell(study)) | {"study": name, "source": source or study.source}
    head = ["Saved from a session; the scheduled run repeats it: cslib run " + name]
    texts[target] = settings_text(type(study), raw, head=head)
    for path, text in texts.items():
        _put(path, lambda new, text=text: new.write_text(text, encoding="utf-8"))  # type: ignore[misc]
    return [shown(path) for path in (*tables, *texts)]


def source_text(
    name: str, title: str, table: str, file: str, roles: Roles, zone: str | None, currency: str
) -> str:
    """The settings of a source that is one saved table."""
    said = {"source": name, "title": title, "timezone": zone, "currency": currency, "folder": DATA}
    lines = ["# Saved from a session."]
    lines += [f"{key}: {flow(value)}" for key, value in said.items() if value]
    lines += ["tables:", f"  {table}:", f"    file: {flow(file)}", "    columns:"]
    own = roles.model_dump(mode="json")
    lines += [f"      {key}: {flow(value)}" for key, value in own.items() if value]
    return "\n".join(lines) + "\n"


def _own(cell: Mapping[str, Any]) -> dict[str, Any]:
    """Settings without what is left at nothing: a key of a saved study says something."""
    inner = {key: _own(v) if isinstance(v, dict) else v for key, v in cell.items()}
    return {key: v for key, v in inner.items() if v is not None and v not in ("", [], {})}


def _put(path: Path, write: Callable[[Path], Any]) -> None:
    """Put a whole file in its place; readers see nothing or all of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        write(new)
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
