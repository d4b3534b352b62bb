"""Whether what a metric looks for was recorded on both sides of a change: what is not recorded is never zero.

So are the values that a scope names, and the scores of surveys: one that ends at a change was renamed, or left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np

from cs_lib.aggregates import Series
from cs_lib.data.desk import Desk
from cs_lib.metrics.definition import DailyMetric
from cs_lib.metrics.queries.sql import between, matches, named, not_available
from cs_lib.metrics.queries.tables import Window
from cs_lib.params import Scope
from cs_lib.sentences import Text, say

# At the pace of one side, the other should have had so many.
MIN_MISSED = 12.0
# Of so many cases, none.
MIN_CASES = 300
# A side has hardly any where the other has it in most cases.
MAX_SHARE_IF_NOT_KEPT, MIN_SHARE_IF_KEPT = 0.02, 0.5
# A value that should have had so many on a side has none by chance once in a million times.
LEAST_OF_A_VALUE = 14.0
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


@dataclass(frozen=True, slots=True)
class Turned:
    """Values of a column that have contacts on one side of a change only, with their share of the scope there.

    `ours` are named by the scope, `others` are not and have theirs on the other side.
    """

    column: str
    side: Literal["before", "after"]
    ours: tuple[str, ...]
    others: tuple[str, ...]
    share: float


def turned(desk: Desk, window: Window, scope: Scope, change: date) -> list[Turned]:
    """Values that a scope names and that end, or begin, at a change."""
    day = desk.day_of("c.opened_at")
    early = f"{day} < DATE '{change.isoformat()}'"
    found = []
    for column in named(scope):
        rows = desk.engine.rows(
            f"SELECT c.{column}, count(CASE WHEN {early} THEN 1 END), count(*) FROM contacts c"
            f" WHERE c.{column} IS NOT NULL AND {between(day, window.start, window.end)} GROUP BY 1 ORDER BY 1"
        )
        counts = {value: (before, every - before) for value, before, every in rows}
        found += _turned(column, counts, set(getattr(scope, column)))
    return found


def _turned(column: str, counts: dict[str, tuple[int, int]], ours: set[str]) -> list[Turned]:
    """Of values with their contacts before and after."""
    totals = [sum(n[side] for n in counts.values()) for side in (0, 1)]
    if not all(totals):
        return []
    found = []
    sides: tuple[Literal["before", "after"], ...] = ("before", "after")
    for side, name in enumerate(sides):
        only = {
            value: {s for s in (0, 1) if not n[1 - s] and n[s] / totals[s] * totals[1 - s] >= LEAST_OF_A_VALUE}
            for value, n in counts.items()
        }  # fmt: skip
        mine = tuple(v for v in sorted(ours & counts.keys()) if side in only[v])
        inside = sum(counts[v][side] for v in ours & counts.keys())
        if mine and inside:
            others = tuple(v for v in counts if v not in ours and 1 - side in only[v])
            share = sum(counts[v][side] for v in mine) / inside
            # Where as many others of the scope begin, the scope names both spellings.
            theirs = sum(counts[v][1 - side] for v in ours & counts.keys() if 1 - side in only[v])
            if theirs / totals[1 - side] < inside * share / totals[side] / 2:
                found.append(Turned(column, name, mine, others, share))
    return found


def unscored(desk: Desk, kind: str, window: Window, change: date) -> list[tuple[float, bool]]:
    """Scores at an end of their scale that are given on one side of a change only, and whether before it."""
    if not desk.has("surveys"):
        return []
    day = desk.day_of("s.offered_at")
    rows = desk.engine.rows(
        f"SELECT s.score, s.scale_min, s.scale_max, count(CASE WHEN {day} < DATE '{change.isoformat()}' THEN 1 END),"
        f" count(*) FROM surveys s WHERE s.kind = '{kind}' AND s.score IS NOT NULL"
        f" AND {between(day, window.start, window.end)} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    )
    totals = [sum(row[3] for row in rows), sum(row[4] - row[3] for row in rows)]
    if not all(totals):
        return []
    found = []
    for score, low, high, before, every in rows:
        counts = (before, every - before)
        for side in (0, 1):
            usual = counts[side] / totals[side] * totals[1 - side]
            if score in (low, high) and not counts[1 - side] and usual >= LEAST_OF_A_VALUE:
                found.append((float(score), side == 0))
    return found


def scores_by_side(
    desk: Desk, kind: str, window: Window, scope: Scope, change: date
) -> tuple[dict[float, int], dict[float, int]]:
    """How often each score was given for contacts of a scope, before a change and from it on."""
    if not desk.has("surveys"):
        return {}, {}
    day = desk.day_of("s.offered_at")
    mine = f" JOIN contacts c ON c.contact_id = s.contact_id AND {matches(scope)}"
    rows = desk.engine.rows(
        f"SELECT s.score, count(CASE WHEN {day} < DATE '{change.isoformat()}' THEN 1 END), count(*) FROM surveys s"
        f"{mine if named(scope) else ''} WHERE s.kind = '{kind}' AND s.score IS NOT NULL"
        f" AND {between(day, window.start, window.end)} GROUP BY 1 ORDER BY 1"
    )
    before = {float(score): int(n) for score, n, _ in rows}
    return before, {float(score): int(every - n) for score, n, every in rows}
