"""Whether what a metric looks for was recorded on both sides of a change: what is not recorded is never zero."""

from __future__ import annotations

from datetime import date
from typing import Literal

import numpy as np

from cs_lib.aggregates import Series
from cs_lib.data.desk import Desk
from cs_lib.metrics.definition import DailyMetric
from cs_lib.metrics.queries.sql import not_available
from cs_lib.sentences import Text, say

# At the pace of one side, the other should have had so many.
MIN_MISSED = 12.0
# Of so many cases, none.
MIN_CASES = 300
# A side has hardly any where the other has it in most cases.
MAX_SHARE_IF_NOT_KEPT, MIN_SHARE_IF_KEPT = 0.02, 0.5
Silence = Literal["never", "before", "after"]


def silence(told: Series, change: date) -> Silence | None:
    """The side of a change on which nothing was recorded, from cases that tell something over all cases."""
    early = told.days < np.datetime64(change)
    kept = [float(told.numerator[side].sum()) for side in (early, ~early)]
    cases = [float(told.denominator[side].sum()) for side in (early, ~early)]
    if not any(kept):
        return "never" if sum(cases) >= MIN_CASES else None
    if not all(cases):
        return None
    shares = [k / n for k, n in zip(kept, cases, strict=True)]
    sides: tuple[Silence, Silence] = ("before", "after")
    for i, side in enumerate(sides):
        missed = shares[1 - i] * cases[i] >= MIN_MISSED
        hardly = shares[i] < MAX_SHARE_IF_NOT_KEPT and shares[1 - i] >= MIN_SHARE_IF_KEPT
        if missed and (kept[i] == 0 or hardly):
            return side
    return None


def unrecorded(metric: DailyMetric, told: Series | None, change: date) -> Text:
    """Why a metric cannot be had although its tables are there; nothing when it can."""
    if metric.told is None or told is None:
        return ""
    side, what = silence(told, change), say(metric.told[1])
    if side is None:
        return ""
    why = {
        "never": say("{what} is not recorded in any case of these periods", what=what),
        "before": say("{what} is not recorded before the change", what=what),
        "after": say("{what} is not recorded after the change", what=what),
    }
    return not_available(metric.name, why[side]).reason


def without_cases(desk: Desk, metric: DailyMetric, series: Series, change: date) -> Text:
    """Why a metric has no case on a side of the change; nothing when it has some on both."""
    early = series.days < np.datetime64(change)
    there = [bool(series.denominator[side].any()) for side in (early, ~early)]
    if all(there):
        return ""
    if not any(there):
        for table in ("events", "surveys"):
            if table in metric.needs and not _joined(desk, table):
                why = say("no contact_id of {table} is found among the contacts", table=table)
                return not_available(metric.name, why).reason
        why = say("it has no case in these periods")
    else:
        why = (
            say("it has no case after the change")
            if there[0]
            else say("it has no case before the change")
        )
    return not_available(metric.name, why).reason


def _joined(desk: Desk, table: str) -> bool:
    found = f"SELECT 1 FROM {table} t JOIN contacts c ON c.contact_id = t.contact_id LIMIT 1"
    return bool(desk.engine.rows(found))
