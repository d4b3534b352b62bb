"""What was done in a session as settings of a study that `cslib run` repeats."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cs_lib.metrics.from_frame import Kept
from cs_lib.params import (
    ParamsError,
    Problem,
    Roles,
    Study,
    home,
    require_project,
    source_path,
    to_cell,
)
from cs_lib.params.days.as_of import day_of
from cs_lib.params.places import shown
from cs_lib.params.template import flow, settings_text
from cs_lib.runs import tasks

DATA = "data"  # of the project: where the tables of saved frames are


def save_frame(study: Study, kept: Kept, name: str, *, replace: bool = False) -> list[str]:
    """Write params/NAME.yaml and what it reads: params/sources/NAME.yaml and data/NAME.parquet; returns the files.

    Raises ParamsError, and writes nothing, for a name that no study can have and where a file is there already, unless
    `replace` is said.
    """
    require_project()
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,59}", name):
        message = f"must be small letters, digits and _, starting with a letter, got '{name}'"
        raise ParamsError([Problem("name", message)])
    file, settings = home() / DATA / f"{name}.parquet", home() / "params" / f"{name}.yaml"
    source = source_path(name)
    there = [path for path in (settings, source, file) if path.exists()]
    if there and not replace:
        message = "is there already; choose another name, or say replace=True"
        raise ParamsError([Problem("", f"{shown(path)} {message}") for path in there])
    raw = _own(to_cell(study)) | {"study": name, "source": name}
    if (
        kept.table == "results" and kept.roles.assigned is None
    ):  # no day of its own: known as of today
        raw["as_of"] = day_of(tasks.given_day("today"), kept.timezone)
    head = [f"Saved from a session; a scheduled run repeats it: cslib run {name}"]
    _put(file, lambda new: kept.frame.to_parquet(new, index=False))
    _put(
        source, lambda new: new.write_text(_source(name, study.question, file.name, kept), "utf-8")
    )
    text = settings_text(type(study), raw, head=head)
    _put(settings, lambda new: new.write_text(text, "utf-8"))
    return [shown(path) for path in (file, source, settings)]


def _source(name: str, title: str, file: str, kept: Kept) -> str:
    """The settings of a source that is one saved table."""
    said = {
        "source": name,
        "title": title,
        "timezone": kept.timezone,
        "currency": kept.currency,
        "folder": DATA,
    }
    lines = [
        "# Saved from a session.",
        *(f"{key}: {flow(value)}" for key, value in said.items() if value),
    ]
    lines += ["tables:", f"  {kept.table}:", f"    file: {flow(file)}", "    columns:"]
    lines += columns_text(kept.roles, "      ")
    return "\n".join(lines) + "\n"


def columns_text(roles: Roles, indent: str) -> list[str]:
    """What the columns of a table are, a line of YAML for each key."""
    own = roles.model_dump(mode="json")
    return [f"{indent}{key}: {flow(value)}" for key, value in own.items() if value]


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
