"""Days of a table that a drawing marks: ends cut short, days without a row."""

from __future__ import annotations

from datetime import date

from cs_lib.diagnosis.data_health.result import HealthResult


def cut(result: HealthResult, table: str) -> tuple[tuple[date, date], ...]:
    """First and last day of each end that was cut short."""
    return tuple(getattr(result, "cut", {}).get(table, ()))


def silent(result: HealthResult, table: str) -> tuple[date, ...]:
    """Days without a row though those around them have some."""
    return tuple(getattr(result, "silent", {}).get(table, ()))
