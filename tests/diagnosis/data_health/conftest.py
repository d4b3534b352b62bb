"""Simulated desks with and without faults, and what their health comes to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from cs_lib import data
from cs_lib.data import simulate as desks
from cs_lib.diagnosis.data_health.analyze import analyze
from cs_lib.diagnosis.data_health.result import Finding, HealthResult
from cs_lib.metrics.data_health import gather
from cs_lib.params.data_health import DataHealth

CUSTOMERS = 4_000
simulate = desks.simulate  # the real one
AS_OF = "2026-07-01"
Health = Callable[..., HealthResult]


@cache
def simulated(seed: int, customers: int, story: str) -> desks.SimulatedDesk:
    """A desk, simulated once for all faults that are planted in it."""
    return simulate(seed=seed, customers=customers, plan=desks.STORIES[story])


def health_study(source: str, as_of: str = AS_OF, **design: Any) -> DataHealth:
    """The settings of a look at a source."""
    return DataHealth.model_validate(
        {
            "study": "health",
            "notebook": "data_health",
            "question": "What can this source answer today?",
            "as_of": as_of,
            "source": source,
            "design": design,
        }
    )


def health_of(study: DataHealth) -> HealthResult:
    """What a source on disk can answer."""
    desk = data.load(study)
    try:
        return analyze(gather(desk, study), study)
    finally:
        desk.close()


@pytest.fixture(scope="session")
def seen() -> dict[str, HealthResult]:
    """What was looked at: tests of several faults in one desk look once."""
    return {}


@pytest.fixture
def health(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seen: dict[str, HealthResult]
) -> Iterator[Health]:
    """The health of a simulated desk with queries of ours in place of some tables."""
    (tmp_path / "params" / "sources").mkdir(parents=True)
    (tmp_path / "notebooks").mkdir()
    monkeypatch.setenv("CS_HOME", str(tmp_path))

    def look(
        seed: int = 1,
        size: int = CUSTOMERS,
        *,
        story: str = "usual",
        zone: str = "Asia/Shanghai",
        as_of: str = AS_OF,
        design: Any = None,
        **queries: str,
    ) -> HealthResult:
        desk = simulated(seed, size, story)
        monkeypatch.setattr(desks, "simulate", lambda **_: desk)
        settings: dict[str, Any] = {
            "source": "faulty",
            "title": "A desk with a fault",
            "timezone": zone,
            "currency": "CNY",
            "threads": 1,
            "simulate": {"story": story, "seed": seed, "customers": size},
        }
        if queries:
            settings["tables"] = {name: {"query": sql} for name, sql in queries.items()}
        path = tmp_path / "params" / "sources" / "faulty.yaml"
        path.write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")
        asked = repr((settings, as_of, design))
        if asked not in seen:
            seen[asked] = health_of(health_study("faulty", as_of, **(design or {})))
        return seen[asked]

    yield look


def failing(result: HealthResult) -> list[Finding]:
    """Checks that did not pass; notes are none."""
    return [finding for finding in result.findings if finding.failed]


def codes(result: HealthResult) -> set[str]:
    """Their codes."""
    return {finding.check.code for finding in failing(result)}


def the(result: HealthResult, code: str, column: str = "") -> Finding:
    """The one failed check of a code, of one column where there are several."""
    found = [
        f for f in failing(result) if f.check.code == code and (not column or column in f.columns)
    ]
    assert len(found) == 1, [str(f.check.found) for f in found]
    return found[0]
