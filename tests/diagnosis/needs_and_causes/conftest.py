"""Simulated desks with planted truths of needs, and what a study of them comes to."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from cs_lib import data
from cs_lib.data import simulate as desks
from cs_lib.diagnosis.needs_and_causes.analyze import analyze
from cs_lib.diagnosis.needs_and_causes.result import NeedsResult
from cs_lib.metrics.needs_and_causes import NeedsEvidence, gather
from cs_lib.metrics.queries.needs.texts import Written
from cs_lib.params import NeedsAndCauses

HOLIDAYS = [
    *(f"2025-10-0{day}" for day in range(1, 9)),
    *(f"2026-02-{day}" for day in range(15, 24)),
    "2026-06-18",
]
simulate = desks.simulate  # the real one


@cache
def desk_of(seed: int, customers: int, story: str) -> desks.SimulatedDesk:
    """A desk with its truth, made once."""
    return simulate(seed=seed, customers=customers, plan=desks.STORIES[story])


def needs_study(source: str, **blocks: Any) -> NeedsAndCauses:
    """Settings of a study of needs of the desk's last year."""
    raw = {
        "study": "needs", "notebook": "needs_and_causes", "question": "What should we fix first here?",
        "as_of": "2026-07-01", "source": source,
        "design": {"period": ["2025-07-02", "2026-06-30"], "holidays": HOLIDAYS},
    }  # fmt: skip
    return NeedsAndCauses.model_validate(raw | blocks)


def evidence_of_desk(
    home: Path,
    patch: pytest.MonkeyPatch,
    desk: desks.SimulatedDesk,
    queries: dict[str, str] | None = None,
    **blocks: Any,
) -> tuple[NeedsEvidence, NeedsAndCauses]:
    """What a study of a simulated desk reads, with queries of ours in place of some tables, and its settings."""
    folder = home / "params" / "sources"
    folder.mkdir(parents=True, exist_ok=True)
    (home / "notebooks").mkdir(exist_ok=True)
    patch.setenv("CS_HOME", str(home))
    patch.setattr(desks, "simulate", lambda **_: desk)
    settings: dict[str, Any] = {
        "source": "simulated", "title": "A simulated desk", "timezone": "Asia/Shanghai", "currency": "CNY",
        "threads": 1, "simulate": {"seed": 1, "customers": 1_000, "story": "steady_needs"},
    }  # fmt: skip
    if queries:
        settings["tables"] = {name: {"query": sql} for name, sql in queries.items()}
    (folder / "simulated.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    study = needs_study("simulated", **blocks)
    loaded = data.load(study)
    try:
        return gather(loaded, study), study
    finally:
        loaded.close()


def needs_of_desk(
    home: Path,
    patch: pytest.MonkeyPatch,
    desk: desks.SimulatedDesk,
    queries: dict[str, str] | None = None,
    **blocks: Any,
) -> NeedsResult:
    """What such a study comes to."""
    return analyze(*evidence_of_desk(home, patch, desk, queries, **blocks))


@cache
def studied(seed: int, customers: int, story: str) -> tuple[desks.SimulatedDesk, NeedsResult]:
    """A desk, and what a study of it comes to; once for all tests of a process."""
    desk = desk_of(seed, customers, story)
    with tempfile.TemporaryDirectory() as home, pytest.MonkeyPatch.context() as patch:
        return desk, needs_of_desk(Path(home), patch, desk, money={"minute_cost": 1.2})


@pytest.fixture(scope="session")
def emerging() -> tuple[desks.SimulatedDesk, NeedsResult]:
    """A desk on which something rises, and what a study of it comes to."""
    return studied(7, 50_000, "emerging_needs")


@pytest.fixture(scope="session")
def steady() -> tuple[desks.SimulatedDesk, NeedsResult]:
    """A desk on which nothing new happens, and what a study of it comes to."""
    return studied(8, 12_000, "steady_needs")


@pytest.fixture(scope="session")
def plain(steady) -> tuple[NeedsEvidence, NeedsAndCauses]:
    """The evidence of the quiet desk without its texts, which take longest to read."""
    _, result = steady
    return replace(result.evidence, written=Written((), 1)), result.study
