"""Simulated desks with planted pains of the way, and what a study of them comes to."""

from __future__ import annotations

from functools import cache
from typing import Any

import pandas as pd
import pytest

from cs_lib import data
from cs_lib.data import simulate as desks
from cs_lib.diagnosis.journey_map.analyze import analyze
from cs_lib.diagnosis.journey_map.result import JourneyResult
from cs_lib.metrics.journey_map import gather
from tests.diagnosis.journey_map.made import study

simulate = desks.simulate  # the real one
USED = ("contacts", "events", "surveys", "flow_changes")


def tables_of(desk: desks.SimulatedDesk) -> dict[str, pd.DataFrame]:
    """The tables that a journey reads, their stamps with their zone."""
    found = {}
    for name in USED:
        frame = desk.tables[name].copy()
        for column in frame.select_dtypes("datetime"):
            frame[column] = frame[column].dt.tz_localize("UTC")
        found[name] = frame
    return found


def result_of(tables: dict[str, pd.DataFrame], **blocks: Any) -> JourneyResult:
    """What a study of a year of these tables comes to."""
    asked = study(design={"period": ["2025-07-02", "2026-06-30"]}, **blocks)
    loaded = data.from_frames(
        timezone="Asia/Shanghai", currency="CNY", as_of="2026-07-01", **tables
    )
    try:
        return analyze(gather(loaded, asked), asked)
    finally:
        loaded.close()


@cache
def desk_of(seed: int, customers: int, story: str) -> desks.SimulatedDesk:
    """A desk with its truth, made once."""
    return simulate(seed=seed, customers=customers, plan=desks.STORIES[story])


@cache
def studied(seed: int, customers: int, story: str) -> tuple[desks.SimulatedDesk, JourneyResult]:
    """A desk, and what a study of it comes to; once for all tests of a process."""
    desk = desk_of(seed, customers, story)
    return desk, result_of(tables_of(desk))


@pytest.fixture(scope="session")
def loud() -> tuple[desks.SimulatedDesk, JourneyResult]:
    """A desk with three pains, a decoy, and a queue that triples."""
    return studied(7, 20_000, "journey")


@pytest.fixture(scope="session")
def quiet() -> tuple[desks.SimulatedDesk, JourneyResult]:
    """The same steps, without an effect of any of them."""
    return studied(7, 20_000, "journey_quiet")


@pytest.fixture
def small() -> dict[str, pd.DataFrame]:
    """The tables of a small desk, to be spoilt."""
    return tables_of(desk_of(3, 2_500, "journey"))
