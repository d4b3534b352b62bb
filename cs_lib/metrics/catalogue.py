"""Every metric by name. A test of each stands on a table small enough to count by eye."""

from __future__ import annotations

from cs_lib.metrics.contacts import BY_DAY
from cs_lib.metrics.customers import FAMILIES, PAST
from cs_lib.metrics.definition import DailyMetric, Metric, UnitMetric, widened

__all__ = [
    "CATALOGUE",
    "COVARIATES",
    "DAILY",
    "FAMILIES",
    "PAST",
    "PAST_WINDOWS",
    "PER_UNIT",
    "WINDOWS",
]

WINDOWS = (7, 14, 30, 60, 90)
PAST_WINDOWS = (30, 90, 180, 365)

DAILY: dict[str, DailyMetric] = {m.name: m for m in BY_DAY}
PER_UNIT: dict[str, UnitMetric] = {
    member.name: member
    for family in FAMILIES
    for member in (widened(family, days) for days in WINDOWS)
}
COVARIATES: dict[str, UnitMetric] = {
    member.name: member for family in PAST for member in (widened(family, d) for d in PAST_WINDOWS)
}
CATALOGUE: dict[str, Metric] = {**DAILY, **PER_UNIT, **COVARIATES}
