"""The first screen of a source's health: what it can answer, and the days that are there."""

from __future__ import annotations

import html
from datetime import date, timedelta
from typing import Any

from cs_lib import wording as w
from cs_lib.diagnosis.data_health.result import HealthResult, Readiness
from cs_lib.language import say
from cs_lib.metrics.queries.health.by_day import TableDays
from cs_lib.report.data_health.marks import cut, silent, to_the_cut
from cs_lib.report.data_health.matrix import readiness
from cs_lib.report.diagnosis_facts import PerDayFacts, ReadinessFacts
from cs_lib.report.drawing.day_strip import DayStrip, Span, day_strip
from cs_lib.report.facts import DesignFacts, headline_facts

# Of the tables with days, the first that is there stands for the source.
LEADING = ("contacts", "orders", "perk_assignments", "events")


def who(result: HealthResult) -> str:
    """How much there is, from when to when."""
    table = leading(result)
    if table is None or table.first is None or table.last is None:
        return w.counted(len(result.evidence.tables), "table")
    return say(
        "{title}: {rows} rows, {days}",
        title=w.capital(w.name(table.table)),
        rows=w.count(table.rows),
        days=w.short_days(table.first, table.last),
    )


def leading(result: HealthResult) -> TableDays | None:
    """The table whose days stand for the source; None when no table has days."""
    tables = result.evidence.tables
    with_days = [name for name in (*LEADING, *tables) if name in tables and len(tables[name].days)]
    return tables[with_days[0]] if with_days else None


def cards(result: HealthResult) -> list[str]:
    """The matrix over the whole width, then the strip of days."""
    table = leading(result)
    matrix = f'<div class="whole">{readiness(result).html()}</div>'
    return [matrix, *([_strip(result, table)] if table is not None else [])]


def _strip(result: HealthResult, table: TableDays) -> str:
    days, counts = to_the_cut(result, table)
    first, last, most = days[0].item(), days[-1].item(), w.count(int(counts.max()))
    spans = tuple(_span(span, first, last) for span in cut(result, table.table))
    gaps = silent(result, table.table)
    title = say("{table} per day", table=w.capital(w.name(table.table)))
    key = w.together(
        say("At most {most} a day.", most=most),
        say("Grey: cut short.") if spans else "",
        say("Dark marks: rows are missing ({days}).", days=_some_days(gaps)) if gaps else "",
    )
    spoken = say("{title}, {days}.", title=title, days=w.short_days(first, last))
    strip = day_strip(
        "per-day",
        w.together(spoken, *(w.sentence(span.words) for span in spans), key),
        DayStrip(
            tuple(int(n) for n in counts),
            (w.day(first), w.day(last)),
            spans,
            tuple((day - first).days for day in gaps),
        ),
    )
    return (
        f'<div class="fact whole"><h2>{html.escape(title)}</h2>{strip}'
        f'<p class="key">{html.escape(key)}</p></div>'
    )


MOST_DAYS_NAMED = 3


def _some_days(days: tuple[date, ...]) -> str:
    """Days by name, the first few of many."""
    named = [w.day(day) for day in days[:MOST_DAYS_NAMED]]
    more = len(days) - len(named)
    return w.listed([*named, say("{more} more", more=w.count(more))] if more else named)


def _span(span: tuple[date, date], first: date, last: date) -> Span:
    start, end = span
    words = (
        say("cut short from {day}", day=w.day(start))
        if start - first > last - end
        else say("cut short until {day}", day=w.day(end))
    )
    return Span((start - first).days, (end - first).days, words)


def further(result: HealthResult) -> dict[str, Any]:
    """Facts of a source's health for machines."""
    table = leading(result)
    last = result.observed_until - timedelta(days=1)
    first = table.first if table and table.first else last
    return {
        "headline_facts": headline_facts(result.decision.clause, None),
        "design": DesignFacts("source", {}, (first.isoformat(), last.isoformat())),
        "planned": None,
        "effects": (),
        "readiness": {one.analysis: _ready(one) for one in result.readiness},
        "per_day": {
            name: PerDayFacts(
                t.days[0].item().isoformat(),
                tuple(map(int, t.counts)),
                t.printed,
                tuple(map(int, t.prints)),
            )
            for name, t in result.evidence.tables.items()
            if len(t.days)
        },
    }


def _ready(one: Readiness) -> ReadinessFacts:
    return ReadinessFacts(
        state=one.state,
        wanted=one.wanted,
        reasons=tuple(map(str, one.reasons)),
        missing=one.missing,
        usable_from=one.usable_from.isoformat() if one.usable_from else None,
        usable_to=one.usable_to.isoformat() if one.usable_to else None,
        changes_it=str(one.changes_it),
    )
