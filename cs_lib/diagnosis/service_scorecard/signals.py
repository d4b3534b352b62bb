"""Rows that are elsewhere than usual now, what is known to explain it, and where to look next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from math import exp, log1p

from cs_lib.diagnosis.service_scorecard.result import Row, Signal
from cs_lib.methods.monitoring.ewma_alarm import EwmaAlarm
from cs_lib.metrics.service_scorecard import ScorecardEvidence
from cs_lib.params.service_scorecard import WEEK

# The notebook that looks further into a row.
NEXT = {
    "problems": "needs_and_causes",
    "basics": "journey_map",
    "delight": "journey_map",
}
NEXT_OF = {
    "csat_response_rate": "data_health",
    "first_contact_resolution_7d": "needs_and_causes",
    "perk_redemption": "perk_ab_test",
}
# A change may show in a row from so many days before the estimated start on, which is itself uncertain.
DAYS_AROUND = 28
DAYS_TO_SHOW = timedelta(days=182)  # a change that explains a signal shows within half a year
# Signals a year of an unchanged row whose newest point is marked by the picture: outside, or a run of eight.
PICTURE_A_YEAR = 52 / 153


HOLIDAYS = "holidays"


def signals_of(evidence: ScorecardEvidence, rows: Mapping[str, Row]) -> tuple[Signal, ...]:
    """Alarms first and what is worse before what is better, then in the order of the page."""
    found = [_explained(one, rows[one.metric], evidence) for one in _signals(rows)]
    order = list(rows)
    return tuple(sorted(found, key=lambda s: (s.kind != "alarm", s.better, order.index(s.metric))))


def _signals(rows: Mapping[str, Row]) -> Iterator[Signal]:
    """One of each row at most: by the watch where it watches, else by the picture."""
    for row in rows.values():
        if row.alarm is None:
            found = _of_picture(row)
        elif row.alarm.signal is not None:
            found = _of_watch(row, row.alarm)
        elif row.with_holidays is not None and row.with_holidays.signal is not None:
            seen = _of_watch(row, row.with_holidays)
            found = replace(seen, kind="attention", explained_by=(HOLIDAYS,))
        else:
            found = None
        if found is not None:
            yield found


def _of_watch(row: Row, alarm: EwmaAlarm) -> Signal:
    """What the watch says of the newest point; ratios as what they are above or below 1."""
    found = alarm.signal
    assert found is not None
    sizes = (found.size, found.low, found.high)
    size, low, high = (exp(x) - 1 for x in sizes) if row.scale == "ratio" else sizes
    starts = row.chart.weeks.start
    return Signal(
        metric=row.name,
        kind=alarm.standing,
        since=starts[found.since].item(),
        flagged=starts[found.flagged].item(),
        direction="up" if found.direction == "high" else "down",
        better=(found.direction == "high") == (row.good == "up"),
        size=size,
        low=low,
        high=high,
        scale=row.scale,
        false_alarms_per_year=-log1p(-alarm.probability),
        explained_by=(),
        next=NEXT_OF.get(row.name, NEXT[row.band]),
    )


def _of_picture(row: Row) -> Signal | None:
    """What the limits say of the newest point; no alarm, since unchanged rows are marked often."""
    mark = row.mark
    if mark is None or mark.since is None:
        return None
    up = mark.variation.endswith("high")
    since = row.chart.weeks.start[mark.since].item()
    return Signal(
        metric=row.name,
        kind="attention",
        since=since,
        flagged=since,
        direction="up" if up else "down",
        better=up == (row.good == "up"),
        size=None,
        low=None,
        high=None,
        scale=row.scale,
        false_alarms_per_year=PICTURE_A_YEAR,
        explained_by=(),
        next=NEXT_OF.get(row.name, NEXT[row.band]),
    )


def _explained(signal: Signal, row: Row, evidence: ScorecardEvidence) -> Signal:
    """The same with what is known to have changed about then; what is explained is no alarm."""
    around = timedelta(days=DAYS_AROUND)
    until = signal.flagged + timedelta(days=WEEK)
    causes = [*signal.explained_by]
    causes += [step.name for step in row.steps if step.day <= row.until]
    since = max(signal.since, signal.flagged - DAYS_TO_SHOW) - around
    logged = [one.change_id for one in evidence.changes if since <= one.day < until]
    if not causes and not logged:
        return signal
    return replace(
        signal,
        kind="attention",
        explained_by=(*causes, *logged),
        titles={one.change_id: one.title for one in evidence.changes if one.change_id in logged},
        next="data_health"
        if any(step.name in causes for step in row.steps)
        else "before_after"
        if logged
        else signal.next,
    )
