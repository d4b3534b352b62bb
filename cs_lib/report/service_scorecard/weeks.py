"""Rows as the drawings take them: weeks in the units shown, limits in stretches, what was logged beside them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import numpy as np

from cs_lib import wording as w
from cs_lib.diagnosis.service_scorecard.result import Row, ScorecardResult
from cs_lib.diagnosis.service_scorecard.rows import logged_rebases
from cs_lib.methods.monitoring.control_chart import RUN_LENGTH
from cs_lib.report.drawing.scorecard.logged import Logged
from cs_lib.report.drawing.scorecard.weekly import Held, Weekly
from cs_lib.report.effects import factor

WEEK = timedelta(days=7)
Day = np.datetime64
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def weekly(row: Row) -> Weekly:
    """A row's weeks: points and limits in the units shown, those outside and those of a long run at the end."""
    chart, k = row.chart, factor(row.metric)
    held = []
    for part in chart.segments:
        if part.limits is None:
            continue
        own = slice(part.first, part.last + 1)
        there = chart.weeks.there[own]
        lower, upper = (
            np.where(there, limit[own] * k, np.nan) for limit in (chart.lower, chart.upper)
        )
        held.append(
            Held(part.first, part.last + 1, part.limits.centre * k, lower, upper)
        )  # fmt: skip
    return Weekly(chart.weeks.start, chart.value * k, chart.outside, _run(row), tuple(held))


def _run(row: Row) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Points of the run that marks the newest one; none where nothing does."""
    found = np.zeros(len(row.chart.weeks.start), dtype=bool)
    if row.mark is not None and row.mark.since is not None and row.mark.run >= RUN_LENGTH:
        found[row.mark.since :] = np.isfinite(row.chart.value[row.mark.since :])
    return found


def tick(row: Row) -> Callable[[float], str]:
    """How a number on the row's axis is said."""
    unit, k = row.metric.quantity, factor(row.metric)

    def said(value: float) -> str:
        return w.level(value / k, unit) if unit.unit == "share" else w.number(value, unit)

    return said


def ends(result: ScorecardResult) -> tuple[Day, Day]:
    """The first day, and the day after the last."""
    return Day(result.evidence.start), Day(result.evidence.end) + 1


def changes(result: ScorecardResult) -> tuple[Logged, ...]:
    """Logged changes of these weeks, numbered in their order."""
    found = [one for one in result.evidence.changes if one.day <= result.evidence.end]
    return tuple(
        Logged(Day(one.day), w.count(i), w.labelled(w.short_day(one.day), str(one.title)))
        for i, one in enumerate(found, start=1)
    )


def rebased(result: ScorecardResult, row: str) -> tuple[Logged, ...]:
    """Where a row's limits were set anew, lettered, with the change that is the cause."""
    titles = {one.change_id: str(one.title) for one in result.evidence.changes}
    asked = logged_rebases(result.evidence, result.study)
    found = [one for one in asked if not one.metrics or row in one.metrics]
    return tuple(
        Logged(
            Day(one.since),
            LETTERS[i % len(LETTERS)],
            w.labelled(w.short_day(one.since), titles.get(one.change, one.change)),
        )
        for i, one in enumerate(found)
    )


def holidays(result: ScorecardResult) -> tuple[tuple[Day, Day], ...]:
    """Weeks with holidays as stretches: the first day, and the day after the last."""
    found = list[tuple[Day, Day]]()
    for start in result.masked:
        first, after = Day(start), Day(start + WEEK)
        if found and found[-1][1] == first:
            found[-1] = (found[-1][0], after)
        else:
            found.append((first, after))
    return tuple(found)
