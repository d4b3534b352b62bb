"""The grid: one row a metric, what it comes to, how it varies, whether it reaches its target, what changed."""

from __future__ import annotations

from datetime import timedelta
from math import isfinite, nan

from cs_lib import wording as w
from cs_lib.diagnosis.service_scorecard.result import Row, ScorecardResult
from cs_lib.language import later, say
from cs_lib.metrics.service_scorecard import ROWS
from cs_lib.quantity import Quantity
from cs_lib.report import scorecard_grid as g
from cs_lib.report.effects import factor
from cs_lib.report.note import Note
from cs_lib.report.service_scorecard.weeks import tick, weekly

BANDS = {
    "problems": later("Fewer problems"),
    "basics": later("Basics"),
    "delight": later("Delight"),
}
# Rows that stand elsewhere: in the figure of the headline, beside the score that they belong to, on the journey map.
ELSEWHERE = ("contact_rate", "csat_response_rate", "promoter_response_rate", "handoffs")
ANSWERED = {"csat": "csat_response_rate", "promoter_score": "promoter_response_rate"}
FORTNIGHT = timedelta(days=14)


def grid(result: ScorecardResult) -> g.Grid | Note:
    """All rows that could be measured, in three bands; what could not is told in a table of its own."""
    bands = [
        g.Band(
            say(BANDS[band]),
            [_row(result.rows[name], result) for name in names if _shown(name, result)],
        )
        for band, names in ROWS.items()
    ]
    bands = [band for band in bands if band.rows]
    if not bands:
        return Note(say("No row has a week with a point."))
    weeks = w.counted(result.study.design.period_weeks, "week")
    return g.Grid(
        caption=say(
            "The latest {weeks} of each row with intervals, its weeks, and the {weeks} before. Weeks with holidays make"
            " no limits.",
            weeks=weeks,
        ),
        period=say("Latest {weeks}", weeks=weeks),
        against=say("Against the {weeks} before", weeks=weeks),
        bands=bands,
    )


def _shown(name: str, result: ScorecardResult) -> bool:
    return name in result.rows and name not in ELSEWHERE


def _row(row: Row, result: ScorecardResult) -> g.Row:
    of, found = row.metric.quantity, row.change
    value = span = change = change_span = ""
    if found is not None:
        value = short(found.recent.value, of)
        span = (
            w.ends(found.recent.low, found.recent.high, of, signed=False)
            if isfinite(found.recent.low)
            else ""
        )
        if isfinite(found.low):
            change = short(found.change, of, signed=True)
            change_span = w.ends(found.low, found.high, of)
    answered = result.rows.get(ANSWERED.get(row.name, ""))
    if answered is not None and answered.change is not None:
        rate = say("{share} answered", share=w.percent(answered.change.recent.value, places=0))
        span = w.separated([span, rate]) if span else rate
    newest = max(one.until for one in result.rows.values())
    return g.Row(
        name=row.metric.label,
        value=value,
        span=span,
        weekly=weekly(row),
        tick=tick(row),
        variation=row.mark.variation if row.mark else None,
        change=change,
        change_span=change_span,
        assurance=row.assurance,
        target=short(row.target, of) if row.target is not None else "",
        period=say("up to {day}", day=w.short_day(row.until))
        if newest - row.until > FORTNIGHT
        else "",
        target_at=row.target * factor(row.metric) if row.target is not None else nan,
    )


def short(value: float, of: Quantity, *, signed: bool = False) -> str:
    """A value in a narrow cell; a rate's name says per what."""
    if of.unit == "per_1000":
        return w.number(value, of, signed=signed)
    return w.change(value, of) if signed else w.level(value, of)
