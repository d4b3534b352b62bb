"""Where a project's files are: its root, studies, sources and notebooks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cs_lib.params.problems import ParamsError, Problem, closest

HOME_VARIABLE = "CS_HOME"
REPORTS_VARIABLE, REPORTS = "CS_REPORTS", "reports"
ALLOW_VARIABLE = (
    "CS_ALLOW"  # folders outside the project that a source may read, as PATH lists its own
)


def home() -> Path:
    """The project's root: $CS_HOME, else the nearest folder upwards with notebooks/ and params/, else the checkout."""
    named = os.environ.get(HOME_VARIABLE)
    if named:
        return resolved(os.path.expanduser(named))
    try:
        here = Path.cwd().resolve()
    except (OSError, RuntimeError):  # the working folder has been deleted
        return Path(__file__).resolve().parents[2]
    for folder in (here, *here.parents):
        if os.path.isdir(folder / "params" / "sources") and os.path.isdir(folder / "notebooks"):
            return folder
    return Path(__file__).resolve().parents[2]


def reports() -> Path:
    """Where pages are published: $CS_REPORTS, else reports/ of the project."""
    named = os.environ.get(REPORTS_VARIABLE)
    return resolved(os.path.expanduser(named)) if named else home() / REPORTS


@contextmanager
def published_in(folder: Path) -> Iterator[None]:
    """Where pages are published for the time being, also for the processes that are started."""
    before = os.environ.get(REPORTS_VARIABLE)
    os.environ[REPORTS_VARIABLE] = str(folder)
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(REPORTS_VARIABLE, None)
        else:
            os.environ[REPORTS_VARIABLE] = before


def require_project() -> None:
    """Raises ParamsError when there is no project where one is looked for."""
    root = home()
    absent = [name for name in ("notebooks", "params") if not os.path.isdir(root / name)]
    if absent:
        named = (
            f"{HOME_VARIABLE}={os.environ[HOME_VARIABLE]}: " if HOME_VARIABLE in os.environ else ""
        )
        folders = " and ".join(f"{name}/" for name in absent)
        raise ParamsError([Problem("", f"{named}{root} is no project: it has no {folders}")])


def allowed_folders() -> list[Path]:
    """The project and the folders that the operator allowed beside it, each at its real place.

    A name that does not begin at the root is read from the project's root: processes of one run stand in
    different folders.
    """
    named = os.environ.get(ALLOW_VARIABLE, "").split(os.pathsep)
    folders = (home() / os.path.expanduser(name) for name in named if name.strip())
    return [home(), *map(resolved, folders)]


def is_allowed(path: Path) -> bool:
    """Whether a path leads, links followed, into the project or into a folder that the operator allowed.

    Raises OSError or RuntimeError for a path that cannot be followed, a link that runs in a circle among them.
    """
    real = path.resolve()
    return any(real.is_relative_to(folder) for folder in allowed_folders())


def shown(path: Path) -> str:
    """A path as a reader should see it: from the project's root when inside it, a link by its own name."""
    for one in (Path(os.path.abspath(path)), resolved(path)):
        if one.is_relative_to(home()):
            return one.relative_to(home()).as_posix()
    return path.name


def resolved(path: str | Path) -> Path:
    """The real path; where links run in a circle the path as it is written."""
    try:
        return Path(path).resolve()
    except (OSError, RuntimeError):
        return Path(os.path.abspath(path))


def study_paths() -> dict[str, Path]:
    """Every study file under params/, by name (`real/hillstrom_email` for params/real/hillstrom_email.yaml).

    Whatever is called *.yaml counts, so that one that cannot be read is told and not passed over.
    """
    root = home() / "params"
    found = []
    for folder, folders, files in os.walk(root):
        if Path(folder) == root:
            folders[:] = [name for name in folders if name not in ("sources", "metrics")]
        found += [Path(folder) / name for name in (*files, *folders) if name.endswith(".yaml")]
    return {p.relative_to(root).with_suffix("").as_posix(): p for p in sorted(found)}


def find_study(name: str) -> Path:
    """The file of a study given by path, by name, or by the last part of its name."""
    if name.endswith((".yaml", ".yml")):
        return resolved(name)
    known = study_paths()
    short = {key.rsplit("/", 1)[-1]: path for key, path in known.items()}
    if name in known or name in short:
        return known.get(name) or short[name]
    hint = closest(name, [*known, *short])
    raise ParamsError([Problem("", f"no study '{name}' under params/{hint}")])


def source_path(name: str) -> Path:
    """The file of a source given by name (params/sources/NAME.yaml) or by path from the project's root."""
    if name.endswith((".yaml", ".yml")):
        return resolved(home() / name)
    return home() / "params" / "sources" / f"{name}.yaml"


def source_names() -> list[str]:
    """The sources of this project."""
    return sorted(p.stem for p in (home() / "params" / "sources").glob("*.yaml"))


def notebook_path(name: str) -> Path:
    """The notebook a study runs."""
    return home() / "notebooks" / f"{name}.ipynb"
