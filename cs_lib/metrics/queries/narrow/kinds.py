"""Which table holds a metric's cases, on which days, and what of the source's tables is read for it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cs_lib.data.contracts import TABLES
from cs_lib.data.desk import Desk
from cs_lib.metrics.definition import DailyMetric
from cs_lib.metrics.queries import steps
from cs_lib.metrics.queries.sql import between

Kind = Literal["contacts", "histories", "surveys", "orders", "customers", "perk_assignments"]
TABLE: dict[Kind, str] = {
    "contacts": steps.CONTACTS,
    "histories": "cs_histories",  # contacts with what followed: their steps, repeats
    "surveys": "cs_surveys",
    "orders": "cs_orders",
    "customers": "cs_customers",
    "perk_assignments": "cs_perks",
}


@dataclass(frozen=True, slots=True)
class Window:
    """Local days from `start` to `end`, and the days a case is followed where its metric leaves that open."""

    start: date
    end: date
    horizon: int | None = None

    def holds(self, day: str) -> str:
        """Whether a local day lies in it, as SQL."""
        return between(day, self.start, self.end)

    @property
    def days(self) -> NDArray[np.datetime64]:
        """Every day."""
        return np.arange(np.datetime64(self.start), np.datetime64(self.end) + 1)


def kind_of(metric: DailyMetric) -> Kind:
    """Which table holds a metric's cases."""
    if metric.cases == "contacts" and ("events" in metric.needs or metric.follows_customers):
        return "histories"
    return metric.cases


def joins(metric: DailyMetric) -> bool:
    """Whether a case is more than its own row of the source."""
    found = kind_of(metric) == "histories" or "agents" in metric.needs
    return found or metric.asks("first_contact", "first_redeemed")


def has(table: str, column: str) -> bool:
    """Whether a canonical table has a column."""
    return any(c.name == column for c in TABLES[table].columns)


def source_columns(desk: Desk, table: str, text: str, *, always: Collection[str] = ()) -> list[str]:
    """Columns of a source's table `x` that a text names as `c.name`: stamps as whole numbers, with `_day` their day."""
    wanted = {*re.findall(r"\bc\.(\w+)", text), *always}
    found = []
    for column in TABLES[table].columns:
        name = column.name
        if name in wanted:
            stamp = f"{desk.engine.dialect.micros(f'x.{name}')} AS {name}"
            found.append(stamp if column.type == "time" else f"x.{name}")
        if f"{name}_day" in wanted:
            found.append(f"{desk.day_of(f'x.{name}')} AS {name}_day")
    return found


def any_of(conditions: Iterable[str]) -> str:
    """Conditions as one that any of them meets."""
    return f"({' OR '.join(f'({one})' for one in conditions)})"


def dated_elsewhere(metric: DailyMetric) -> bool:
    """Whether contacts outside a window's days, as their own stamps say, may have cases in them."""
    if metric.cases != "contacts":
        return metric.cases == "surveys"
    return not has("contacts", metric.time.removeprefix("c."))


def of_contacts(name: str) -> bool:
    """Whether a name is a column of the table of contacts."""
    return name == "cost_per_hour" or has("contacts", name)
