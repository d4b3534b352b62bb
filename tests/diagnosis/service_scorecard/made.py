"""Desks over two years for a scorecard, and what a study of them comes to."""

from __future__ import annotations

from functools import cache
from typing import Any

import pandas as pd

from cs_lib import data
from cs_lib.data import simulate as desks
from cs_lib.diagnosis.service_scorecard.analyze import analyze
from cs_lib.diagnosis.service_scorecard.result import ScorecardResult
from cs_lib.metrics.service_scorecard import gather
from cs_lib.params import ServiceScorecard, load

simulate = desks.simulate  # the real one
START, DAYS, CUT = "2024-07-01", 728, "2026-06-29"
USED = (
    "contacts", "events", "surveys", "customers", "orders", "flow_changes", "perk_assignments", "perk_redemptions",
)  # fmt: skip


def study(**changes: Any) -> ServiceScorecard:
    """The settings that are shipped, with some changes."""
    found = load("service_scorecard").change(**changes)
    assert isinstance(found, ServiceScorecard)
    return found


@cache
def desk_of(seed: int, customers: int, story: str) -> desks.SimulatedDesk:
    """A desk with its truth, made once."""
    return simulate(
        seed=seed, customers=customers, start=START, days=DAYS, plan=desks.STORIES[story]
    )


def tables_of(desk: desks.SimulatedDesk) -> dict[str, pd.DataFrame]:
    """The tables that a scorecard reads, their stamps with their zone."""
    found = {}
    for name in USED:
        frame = desk.tables[name].copy()
        for column in frame.select_dtypes("datetime"):
            frame[column] = frame[column].dt.tz_localize("UTC")
        found[name] = frame
    return found


def result_of(tables: dict[str, pd.DataFrame], **changes: Any) -> ScorecardResult:
    """What a scorecard of these tables comes to."""
    asked = study(**changes)
    loaded = data.from_frames(
        timezone="Asia/Shanghai", currency="CNY", as_of=asked.as_of.isoformat(), **tables
    )
    try:
        return analyze(gather(loaded, asked), asked)
    finally:
        loaded.close()
