"""Days of a table that a drawing marks: ends cut short, and days on which rows are missing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from cs_lib.diagnosis.data_health.result import Finding, HealthResult
from cs_lib.metrics.queries.health.by_day import TableDays

CUT, SILENT = "tables_reach_end", "no_silent_days"


def cut(result: HealthResult, table: str) -> tuple[tuple[date, date], ...]:
    """First and last day of each end that was cut short."""
    return tuple(_runs(result, CUT, table))


def silent(result: HealthResult, table: str) -> tuple[date, ...]:
    """Days on which the usual rows are missing though those around them have some."""
    return tuple(
        first + timedelta(days=i)
        for first, last in _runs(result, SILENT, table)
        for i in range((last - first).days + 1)
    )


def _runs(result: HealthResult, code: str, table: str) -> Iterator[tuple[date, date]]:
    for one in result.findings:
        if _about(one, code, table) and one.first is not None and one.last is not None:
            yield one.first, one.last


def _about(one: Finding, code: str, table: str) -> bool:
    return one.failed and one.check.code == code and one.table == table


def to_the_cut(
    result: HealthResult, table: TableDays
) -> tuple[NDArray[np.datetime64], NDArray[np.int64]]:
    """The days of a table up to the last that is wholly observed, and its rows on them; it may have ended before."""
    days, end = table.days.astype("datetime64[D]"), np.datetime64(result.observed_until)
    more = np.arange(days[-1] + 1, end)
    return np.append(days, more), np.append(table.counts, np.zeros(len(more), dtype=np.int64))
