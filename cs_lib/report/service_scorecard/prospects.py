"""What would change the picture, in sentences."""

from __future__ import annotations

from cs_lib import wording as w
from cs_lib.diagnosis.service_scorecard.result import ScorecardResult
from cs_lib.diagnosis.service_scorecard.signals import PICTURE_A_YEAR
from cs_lib.language import say
from cs_lib.report.note import Note
from cs_lib.report.points import Points


def turning(result: ScorecardResult) -> Points | Note:
    """How many signals chance alone would give, which rows are silent, and what the picture waits for."""
    told = list[str]()
    marked = [row for row in result.rows.values() if row.mark is not None]
    if marked:
        told.append(
            say(
                "Of {n} rows, chance alone marks some about {times} times a year; only the watch, with {alarms} false"
                " alarms a year, is meant to be acted on.",
                n=w.count(len(marked)),
                times=w.count(round(len(marked) * PICTURE_A_YEAR)),
                alarms=w.plain(result.study.watch.false_alarms_per_year, 1),
            )
        )
    slow = [row for row in result.rows.values() if row.metric.window_days >= 30]
    if slow:
        told.append(
            say(
                "Rows that follow orders or contacts for 30 days are a month old: their newest week ends on {day}.",
                day=w.day(min(row.until for row in slow)),
            )
        )
    missed = [one for one in result.signals if one.explained_by == ("holidays",)]
    if missed:
        told.append(
            say(
                "{n} would stand out if weeks with holidays counted.",
                n=w.counted(len(missed), "row"),
            )
        )
    return Points(tuple(told)) if told else Note(say("Nothing that is known would change it."))
