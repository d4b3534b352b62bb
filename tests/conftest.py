"""Public data for those who have it, and a source small enough to read in a test."""

from __future__ import annotations

import gc
import os

# Threads of the linear algebra wait for the other worker's more than they compute. As in our kernels, one
# is enough; and no test builds the parsers that `cs_lib.runs` does without. Both before anything is imported.
os.environ |= {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
import cs_lib.runs  # noqa: F401, I001

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from cs_lib import data
from cs_lib.data import Desk
from cs_lib.params import BeforeAfter

ROOT = Path(__file__).resolve().parents[1]
# Reading the tests makes millions of objects, none of them garbage.
gc.set_threshold(100_000, 50, 50)


@pytest.fixture(autouse=True, scope="session")
def _no_cache_at_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Fixtures of whole modules keep nothing in the user's own folder either."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CS_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(autouse=True)
def cache_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What is kept between runs is kept here, new for each test; $CS_CACHE points there."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("CS_CACHE", str(folder))
    return folder


@pytest.fixture
def real_data(monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the public data sets; $CS_DATA points there while the test runs."""
    folder = Path(os.environ.get("CS_DATA") or ROOT.parent / "shared" / "data").resolve()
    if not (folder / "helpdesk_events.csv.gz").is_file():
        message = "the public data sets are not here: set CS_DATA to their folder"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    monkeypatch.setenv("CS_DATA", str(folder))
    monkeypatch.setenv("CS_HOME", str(ROOT))
    return folder


@dataclass
class TinySource:
    """A source written by a test: its files, its settings, and what loading it says."""

    home: Path
    settings: dict[str, Any] = field(default_factory=dict)
    opened: list[Desk] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.settings = {"source": "tiny", "title": "Tiny desk", "timezone": "UTC", "tables": {}}

    def file(self, name: str, content: str | bytes, **spec: Any) -> Path:
        """A file that is a canonical table as it stands."""
        path = self.home / (name if "." in name else f"{name}.csv")
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        self.settings["tables"][path.name.split(".")[0]] = {"file": {"path": path.name, **spec}}
        return path

    def table(self, name: str, rows: str) -> None:
        """The same from columns set apart by spaces, `-` for a missing value."""
        lines = [line.split() for line in rows.strip().splitlines()]
        cells = [["" if cell == "-" else cell for cell in line] for line in lines]
        self.file(name, "\n".join(",".join(line) for line in cells) + "\n")

    def study(self, as_of: str = "2026-03-01") -> BeforeAfter:
        """The settings on disk, and a study that reads them."""
        path = self.home / "params" / "sources" / "tiny.yaml"
        path.write_text(
            yaml.safe_dump(self.settings, allow_unicode=True, sort_keys=False), encoding="utf-8"
        )
        return BeforeAfter.model_validate(
            {
                "study": "tiny",
                "notebook": "before_after",
                "question": "Did it get any better?",
                "as_of": as_of,
                "source": "tiny",
                "design": {
                    "intervention_date": "2026-02-01",
                    "pre_period": ["2026-01-01", "2026-01-31"],
                    "post_period": ["2026-02-01", "2026-02-28"],
                },
                "measure": {"primary_metric": "resolution_hours"},
                "rule": {"min_effect": 1},
            }
        )

    def breaches(self, as_of: str = "2026-03-01") -> list[str]:
        """What is wrong with the data, as a user reads it."""
        return data.check(self.study(as_of))

    def desk(self, as_of: str = "2026-03-01") -> Desk:
        """The desk, closed when the test ends."""
        self.opened.append(data.load(self.study(as_of)))
        return self.opened[-1]


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TinySource]:
    """An empty source in a project of its own."""
    for folder in ("params/sources", "notebooks"):
        (tmp_path / folder).mkdir(parents=True)
    monkeypatch.setenv("CS_HOME", str(tmp_path))
    tiny = TinySource(tmp_path)
    yield tiny
    for desk in tiny.opened:
        desk.close()


@pytest.fixture(scope="module")  # its event loop must be gone before other tests start kernels
def browser():
    """Headless Chromium; without it these tests skip, but never in CI."""
    from shutil import which

    from playwright.sync_api import sync_playwright

    path = which("chromium") or which("chromium-browser") or which("google-chrome")
    if path is None:
        message = "Chromium is not installed; the page was not tested in a browser."
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        chromium = playwright.chromium.launch(executable_path=path, args=flags)
        yield chromium
        chromium.close()
