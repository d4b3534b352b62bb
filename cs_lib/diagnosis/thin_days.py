"""Days with hardly a row, by table that goes on by itself: holes, and ends before the data cut."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from cs_lib.methods.monitoring.fillings import Filling, Spell
from cs_lib.methods.monitoring.volume_runs import holes
from cs_lib.metrics.queries.health.by_day import Days, TableDays

Floats = NDArray[np.float64]
Thin = Mapping[str, tuple[Spell, ...]]

# Tables that go on by themselves; assignments and redemptions end when a test does.
GOING_ON = ("contacts", "events", "surveys", "orders", "visits", "exposure")
# The table whose rows lead to another's; contacts and the like follow orders.
FED_BY = {"orders": "contacts", "surveys": "contacts", "events": "contacts"}
LEAST_OVERLAP = 0.9  # of the days, for one table to explain another


def thin_days(
    tables: Mapping[str, TableDays], observed_until: date, holidays: Collection[date]
) -> Thin:
    """The days with hardly a row, by table."""
    found = dict[str, tuple[Spell, ...]]()
    for name in GOING_ON:
        table = tables.get(name)
        if table is not None and len(table.days):
            days, counts = to_the_end(table, observed_until)
            beside = beside_of(tables, name, days)
            found[name] = holes(Filling(days, counts, beside=beside, holidays=holidays))
    return found


def to_the_end(table: TableDays, until: date) -> tuple[Days, Floats]:
    """A table's days up to the data cut, and its rows on them."""
    days = np.arange(table.days[0], np.datetime64(max(until, table.days[0].item() + timedelta(1))))
    counts = np.zeros(len(days))
    kept = min(len(days), len(table.counts))
    counts[:kept] = table.counts[:kept]
    return days, counts


def beside_of(tables: Mapping[str, TableDays], name: str, days: Days) -> Floats | None:
    """The rows of the table that explains another's volume, on the same days; None where it covers too few of them."""
    table = tables.get(FED_BY.get(name, "orders"))
    if table is None or not len(table.days):
        return None
    inside = (days >= table.days[0]) & (days <= table.days[-1])
    if inside.mean() < LEAST_OVERLAP:
        return None
    found: Floats = np.interp(
        days.astype(float), table.days.astype(float), table.counts.astype(float)
    )
    return found
