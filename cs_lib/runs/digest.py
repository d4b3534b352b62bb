"""The name of a run: digests of everything that goes into it. Imports nothing heavy."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from importlib import metadata
from pathlib import Path
from typing import Any

import cs_lib
from cs_lib import metrics, params
from cs_lib.runs import notebook

PACKAGES = (  # black is not needed, but formats the injected cell where it is installed
    "black", "duckdb", "ipykernel", "ipython", "jinja2", "matplotlib", "matplotlib-inline",
    "mistune", "nbclient", "nbconvert", "nbformat", "numpy", "pandas", "papermill", "patsy",
    "pyarrow", "pydantic", "pygments", "pyyaml", "scipy", "seaborn", "statsmodels",
)  # fmt: skip
GENERATED = {".pyc", ".pyo", ".mo"}
# What a source says of how it is read, on which no number depends: a larger machine changes no page.
ROOM = {"memory_limit_gb", "threads"}


@dataclass(frozen=True, slots=True)
class Inputs:
    """Digests by input, and those of each file of data."""

    digests: dict[str, str]
    files: dict[str, str]

    @property
    def digest(self) -> str:
        """The one digest that names a run."""
        return of(self.digests)

    def changed(self, earlier: Mapping[str, str]) -> list[str]:
        """The inputs that are not what they were."""
        return [name for name, value in self.digests.items() if earlier.get(name) != value]


def inputs(study: params.Study, cells: notebook.Cells, *, rehash: bool = False) -> Inputs:
    """What a run of this study would be made of; with `rehash` files are read even where their digest is known.

    Raises DataError when a file is missing.
    """
    source = params.load_source(study.source)
    files = data(source, rehash=rehash)
    simulated = source.simulate.model_dump(mode="json") if source.simulate else None
    digests = {
        "notebook": of([[c["cell_type"], notebook.source(c), notebook.tags(c)] for c in cells]),
        "code": code(),
        "params": of([params.to_cell(study), _stated(source), *_own(study)]),
        "data": of([files, simulated, *_earlier(study), *_pages(study)]),
        "environment": of(environment()),
    }
    return Inputs(digests, files)


def settings(study: params.Study) -> str:
    """The digest of a study's settings but for its day, so that a later day is no change of them."""
    stated = {key: value for key, value in params.to_cell(study).items() if key != "as_of"}
    return of([stated, _stated(params.load_source(study.source)), *_own(study)])


def _own(study: params.Study) -> list[dict[str, Any]]:
    """What the files of metrics of one's own say; nothing where a study names none."""
    found = metrics.stated(study)
    return [found] if found else []


def _stated(source: params.Source) -> dict[str, Any]:
    return source.model_dump(mode="json", exclude=ROOM)


def source(study: params.Study) -> str:
    """The digest of a study's source: equal sources and equal data are the same tables."""
    return of(params.load_source(study.source).model_dump(mode="json"))


def of(value: Any) -> str:
    """The digest of plain data, the same for any order of keys."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def data(source: params.Source, *, rehash: bool = False) -> dict[str, str]:
    """The digest of each file a source reads, by its name there. Raises DataError."""
    from cs_lib.data.sources import digests
    from cs_lib.data.sources.files import source_files

    read = partial(digests.of_file, again=rehash)
    return {name: _path(path, read) for name, path in sorted(source_files(source).items())}


def _earlier(study: params.Study) -> list[str]:
    """The digest of the earlier result that a study is compared with, where it names one that is there."""
    named = getattr(getattr(study, "design", None), "previous", None)
    path = params.home() / named if named else None
    return [_file(path)] if path is not None and path.is_file() else []


def _pages(study: params.Study) -> list[str]:
    """The digest of the results of other studies that a study reads."""
    if not isinstance(study, params.ImprovementPortfolio):
        return []
    from cs_lib.metrics.improvement_portfolio import results_of

    return [hashlib.sha256(repr(results_of(study)).encode()).hexdigest()]


def _path(path: Path, read: Callable[[Path], str]) -> str:
    """Of a file, or of a folder of files."""
    if path.is_file():
        return read(path)
    parts = sorted(p for p in path.rglob("*") if p.is_file())
    return of({p.relative_to(path).as_posix(): _path(p, read) for p in parts})


def _file(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@cache
def code() -> str:
    """The digest of the library: its modules, templates, catalogues."""
    root = Path(cs_lib.__file__).parent
    files = (p for p in root.rglob("*") if p.is_file() and p.suffix not in GENERATED)
    kept = sorted(p for p in files if "__pycache__" not in p.parts)
    return of({p.relative_to(root).as_posix(): _file(p) for p in kept})


@cache
def versions() -> dict[str, str]:
    """Installed versions of the packages that can change a page."""
    return {name: _version(name) for name in PACKAGES}


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "absent"


def environment() -> dict[str, str]:
    """What a page depends on besides ours: Python, the kind of machine, package versions."""
    machine = {"python": platform.python_version(), "system": platform.system()}
    return {**machine, "machine": platform.machine(), **versions()}
