"""Where a project's files are: its root, studies, sources and notebooks."""

from __future__ import annotations

import os
from pathlib import Path

from cs_lib.params.problems import ParamsError, Problem, closest

HOME_VARIABLE = "CS_HOME"


def home() -> Path:
    """The project's root: $CS_HOME, else the nearest folder upwards with notebooks/ and params/, else the checkout."""
    named = os.environ.get(HOME_VARIABLE)
    if named:
        return Path(os.path.expanduser(named)).resolve()
    here = Path.cwd().resolve()
    for folder in (here, *here.parents):
        if (folder / "params" / "sources").is_dir() and (folder / "notebooks").is_dir():
            return folder
    return Path(__file__).resolve().parents[2]


def shown(path: Path) -> str:
    """A path as a reader should see it: from the project's root when inside it."""
    path = path.resolve()
    return path.relative_to(home()).as_posix() if path.is_relative_to(home()) else path.name


def study_paths() -> dict[str, Path]:
    """Every study file under params/, by name (`real/hillstrom_email` for params/real/hillstrom_email.yaml)."""
    root = home() / "params"
    found = sorted(p for p in root.rglob("*.yaml") if p.relative_to(root).parts[0] != "sources")
    return {p.relative_to(root).with_suffix("").as_posix(): p for p in found}


def find_study(name: str) -> Path:
    """The file of a study given by path, by name, or by the last part of its name."""
    if name.endswith((".yaml", ".yml")):
        return Path(name).resolve()
    known = study_paths()
    short = {key.rsplit("/", 1)[-1]: path for key, path in known.items()}
    if name in known or name in short:
        return known.get(name) or short[name]
    hint = closest(name, [*known, *short])
    raise ParamsError([Problem("", f"no study '{name}' under params/{hint}")])


def source_path(name: str) -> Path:
    """The file of a source given by name (params/sources/NAME.yaml) or by path from the project's root."""
    if name.endswith((".yaml", ".yml")):
        return (home() / name).resolve()
    return home() / "params" / "sources" / f"{name}.yaml"


def source_names() -> list[str]:
    """The sources of this project."""
    return sorted(p.stem for p in (home() / "params" / "sources").glob("*.yaml"))


def notebook_path(name: str) -> Path:
    """The notebook a study runs."""
    return home() / "notebooks" / f"{name}.ipynb"
