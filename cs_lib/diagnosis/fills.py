"""Columns that are filled in another share of rows from a day on: how tables are kept, not what customers did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from cs_lib.methods.monitoring.share_steps import ShareStep, share_steps
from cs_lib.metrics.queries.health.by_day import Counts, TableDays
from cs_lib.results import Record

# Known from the first moment; others are filled while a contact is worked, so their latest rows are left out.
AT_ONCE = {
    "contacts": ("customer_id", "channel", "order_id", "product_id", "subject", "is_complaint"),
    "orders": ("amount", "margin", "promised_at", "product_id", "category"),
    "events": ("actor", "agent_id", "team_id", "is_public", "raw_stage", "seq"),
}  # fmt: skip
# They point to rows that may lie before the first day of the source.
POINTING_BACK = {"order_id", "parent_contact_id", "merged_into", "product_id"}
LEAD = timedelta(days=60)
# A stamp was not kept on one side of a date when its share there is below the first number and above the second beside.
NOT_KEPT, KEPT = 0.02, 0.50


@dataclass(frozen=True, slots=True)
class FillStep(Record):
    """A column that was filled in another share of rows from a day on."""

    table: str
    column: str
    day: date
    before: float
    after: float
    found: bool = False  # whether it is filled as before, and what it points to is found in another share of rows

    @property
    def name(self) -> str:
        """Table and column."""
        return f"{self.table}.{self.column}"

    @property
    def ended(self) -> bool:
        """Whether hardly any row has it on one side, and most have it on the other."""
        return min(self.before, self.after) <= NOT_KEPT and max(self.before, self.after) >= KEPT


def steps_of(table: TableDays, above: Counts, below: Counts, until: date | None) -> list[ShareStep]:
    """Steps of a share by day, up to a day."""
    kept = table.days <= np.datetime64(until) if until else np.ones(len(table.days), dtype=bool)
    hits, rows = (v[kept].astype(float) for v in (above, below))
    return list(share_steps(table.days[kept], hits, rows))


def fill_steps(table: TableDays, column: str, first: date, last: date) -> list[FillStep]:
    """When one column of a table began to be filled otherwise, within some days.

    A stamp of what follows a row may be late for reasons of work, so it steps only where it was not kept at all.
    """
    followed = min(last, table.followed or last)
    if column in table.within:
        found = steps_of(table, table.within[column], table.counts, followed)
        found = [
            s
            for s in found
            if min(s.before, s.after) <= NOT_KEPT and max(s.before, s.after) >= KEPT
        ]
    else:
        known = column in AT_ONCE.get(table.table, ())
        found = steps_of(table, table.filled[column], table.counts, last if known else followed)
    since = first + LEAD if column in POINTING_BACK else first
    return [FillStep(table.table, column, s.day, s.before, s.after) for s in found if s.day > since]
