"""Each row by week: its points, limits, marks, and the latest period against the one before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from cs_lib.diagnosis.fills import FillStep
from cs_lib.diagnosis.service_scorecard.result import Row, Scale
from cs_lib.diagnosis.steadiness import KIND_OF_UNIT
from cs_lib.diagnosis.thin_days import Thin
from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.monitoring.control_chart import Weeks, weekly
from cs_lib.methods.monitoring.ewma_alarm import EwmaAlarm, ewma_alarm
from cs_lib.methods.monitoring.period_change import PeriodChange, What, period_change
from cs_lib.methods.monitoring.rebases import RebasedChart, rebased_chart
from cs_lib.metrics.service_scorecard import WATCHED, RowSeries, ScorecardEvidence
from cs_lib.params.service_scorecard import (
    ALARM_WEEKS,
    LEAST_WEEKS,
    WEEK,
    Rebase,
    ServiceScorecard,
)
from cs_lib.quantity import Unit
from cs_lib.sentences import Text

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]

WHAT: dict[Unit, What] = {"share": "share", "per_1000": "rate", "score": "score"}
ON_RATIOS = ("minutes", "hours", "per_1000", "count", "money")
WEEKS_BEHIND = 52  # from which the usual variation of a period is read
LEAST_DAYS_OFF = 2  # of a week that is not like others
RARE = 0.8  # of days with a case, below which a week needs none in particular
LEAST_CHANCE = 0.01  # that so many weeks lack a point by chance
EXPECTED_TOLD = (
    12.0  # cases that should have told something, for none of them to say that it was not recorded
)


def rows_of(
    evidence: ScorecardEvidence, study: ServiceScorecard, holes: Thin, steps: Sequence[FillStep]
) -> dict[str, Row]:
    """Every row that has a point."""
    starts = week_starts(evidence)
    found = dict[str, Row]()
    watched = watched_rows(evidence, study)
    for name, row in evidence.rows.items():
        mine = tuple(step for step in steps if (step.table, step.column) in row.reads)
        weeks = _on_grid(row, starts)
        weeks = replace(
            weeks,
            there=weeks.there
            & _told(row, weeks)
            & _whole(row, starts, holes)
            & _kept(mine, starts),
        )
        if weeks.there.any():
            found[name] = _row(row, weeks, study, mine, evidence, watched=watched)
    return found


def week_starts(evidence: ScorecardEvidence) -> NDArray[np.datetime64]:
    """First days of all weeks."""
    first = np.datetime64(evidence.start)
    return first + WEEK * np.arange(((evidence.end - evidence.start).days + 1) // WEEK)


def watched_rows(evidence: ScorecardEvidence, study: ServiceScorecard) -> tuple[str, ...]:
    """Rows that may alarm: those of the settings, else the usual ones, as far as they are there."""
    return tuple(name for name in study.watch.rows or WATCHED if name in evidence.rows)


def logged_rebases(evidence: ScorecardEvidence, study: ServiceScorecard) -> tuple[Rebase, ...]:
    """Those whose cause is in the change log; nothing else moves limits."""
    logged = {one.change_id for one in evidence.changes}
    return tuple(one for one in study.design.rebases if one.change in logged)


def masked_weeks(starts: NDArray[np.datetime64], days_off: Sequence[date]) -> Flags:
    """Weeks with two days off or more, which are not like others."""
    off = np.array(sorted(days_off), dtype="datetime64[D]")
    counts = np.searchsorted(off, starts + WEEK) - np.searchsorted(off, starts)
    return np.asarray(counts >= LEAST_DAYS_OFF)


def _on_grid(row: RowSeries, starts: NDArray[np.datetime64]) -> Weeks:
    """Its weeks among all weeks; those without a point are there with nothing in them."""
    n, first = len(starts), starts[0]
    if row.by_week:
        place = (row.series.days.astype("datetime64[D]") - first).astype(np.int64) // WEEK
        above, below = row.series.numerator, row.series.denominator
        there = below > 0
    else:
        found = weekly(row.series, first)
        place, above, below = found.time, found.numerator, found.denominator
        busy = row.series.denominator > 0
        # A row whose cases are rare has days without any, and they say nothing of the week.
        there = below > 0 if busy.mean() < RARE else found.there
    inside = (place >= 0) & (place < n)
    parts = [np.zeros(n), np.zeros(n), np.zeros(n, dtype=bool)]
    for part, values in zip(parts, (above, below, there), strict=True):
        part[place[inside]] = values[inside]
    return Weeks(starts, np.arange(n), *parts)


def _told(row: RowSeries, weeks: Weeks) -> Flags:
    """Weeks in which what the row looks for was recorded, as far as its cases tell."""
    if row.told is None:
        return np.ones(len(weeks.start), dtype=bool)
    told = _on_grid(replace(row, series=row.told), weeks.start)
    cases = told.denominator.sum()
    usual = told.numerator.sum() / cases if cases else 0.0
    return (told.numerator > 0) | (usual * told.denominator < EXPECTED_TOLD)


def _whole(row: RowSeries, starts: NDArray[np.datetime64], holes: Thin) -> Flags:
    """Weeks in which none of its tables has a hole."""
    whole = np.ones(len(starts), dtype=bool)
    for table in {table for table, _ in row.reads}:
        for hole in holes.get(table, ()):
            first, last = np.datetime64(hole.first), np.datetime64(hole.last)
            whole &= (starts > last) | (starts + WEEK <= first)
    return whole


def _kept(steps: Sequence[FillStep], starts: NDArray[np.datetime64]) -> Flags:
    """Weeks in which each of its columns was kept at all, where it was kept on one side of a date only."""
    kept = np.ones(len(starts), dtype=bool)
    for step in steps:
        if step.ended:
            later = starts + WEEK > np.datetime64(step.day)
            kept &= ~later if step.after < step.before else starts >= np.datetime64(step.day)
    return kept


def _row(
    row: RowSeries,
    weeks: Weeks,
    study: ServiceScorecard,
    steps: tuple[FillStep, ...],
    evidence: ScorecardEvidence,
    *,
    watched: Sequence[str],
) -> Row:
    metric, design = row.metric, study.design
    per = 1000.0 if metric.unit == "per_1000" else 1.0
    off = masked_weeks(weeks.start, design.days_off)
    rebases = [
        one.since
        for one in logged_rebases(evidence, study)
        if not one.metrics or metric.name in one.metrics
    ]
    chart = _chart(metric.unit, weeks, design.weeks_of_baseline, rebases, per=per, masked=off)
    newest = int(np.flatnonzero(weeks.there)[-1])
    change, why_not = _change(weeks, newest, study, WHAT.get(metric.unit, "mean"), per, off)
    target = study.targets.rows.get(metric.name, _promised(metric.name, study, weeks.start[newest]))
    alarm: EwmaAlarm | None = None
    seen: EwmaAlarm | None = None
    silent: Text = ""
    scale = scale_of(metric.unit, weeks)
    if metric.name in watched:
        alarm, silent = _alarm(chart, study, scale, len(watched), masked=off)
        seen, _ = _alarm(chart, study, scale, len(watched), masked=None)
    followed = (
        row.series.days[-1] if not row.by_week else np.datetime64(evidence.observed_until) - 1
    )
    return Row(
        metric.name, row.band, metric,
        chart=chart,
        change=change,
        why_not=why_not,
        mark=chart.mark(good=metric.good),
        target=target,
        assurance=chart.assurance(target, good=metric.good),
        alarm=alarm,
        with_holidays=seen if off.any() else None,
        why_silent=silent,
        scale=scale,
        until=(weeks.start[newest] + WEEK - 1).item(),
        late=_late(weeks, newest, followed),
        steps=steps,
    )  # fmt: skip


def _chart(
    unit: Unit, weeks: Weeks, baseline: int, rebases: Sequence[date], *, per: float, masked: Flags
) -> RebasedChart:
    """The weeks with their limits; only a score may lie below zero."""
    return rebased_chart(
        weeks,
        KIND_OF_UNIT.get(unit, "xmr"),
        rebases=rebases,
        baseline_weeks=max(baseline, LEAST_WEEKS),
        per=per,
        floor=-np.inf if unit == "score" else 0.0,
        masked=masked,
    )


def _late(weeks: Weeks, newest: int, followed: np.datetime64) -> bool:
    """Whether weeks after the newest point should have one: so many are missing that it is no chance."""
    lacking = int((weeks.start[newest + 1 :] + WEEK - 1 <= followed).sum())
    usual = float(weeks.there[: newest + 1].mean())
    return lacking > 0 and (1 - usual) ** lacking < LEAST_CHANCE


def scale_of(unit: Unit, weeks: Weeks) -> Scale:
    """Times, rates and numbers are read as ratios, which a week of zero has none of."""
    positive = bool((weeks.numerator[weeks.there] > 0).all())
    return "ratio" if unit in ON_RATIOS and positive else "difference"


def points(weeks: Weeks, scale: Scale) -> Floats:
    """What the watch reads of each week."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.log(weeks.value) if scale == "ratio" else weeks.value


def _change(
    weeks: Weeks, newest: int, study: ServiceScorecard, what: What, per: float, off: Flags
) -> tuple[PeriodChange | None, Text]:
    """The last period with points, and the one before it."""
    first, two_periods = (
        max(newest + 1 - WEEKS_BEHIND, 0),
        newest + 1 - 2 * study.design.period_weeks,
    )
    usable = weeks.there & ~(off & (np.arange(len(off)) < two_periods))
    above, below = (
        np.where(usable, part, 0.0)[first : newest + 1]
        for part in (weeks.numerator, weeks.denominator)
    )
    try:
        found = period_change(
            above, below, study.design.period_weeks, what=what, per=per, alpha=study.rule.alpha
        )
    except CannotEstimate as refusal:
        return None, refusal.reason
    return found, found.reason


def _promised(name: str, study: ServiceScorecard, week: np.datetime64) -> float | None:
    """The share that was promised of a service level in a week, where everybody was promised the same."""
    of = {"first_response_in_target": "first_response", "resolution_in_target": "resolution"}.get(
        name
    )
    last: date = (week + WEEK - 1).astype("datetime64[D]").item()
    levels = [one for one in study.targets.service_levels if one.of == of and one.since <= last]
    if not levels:
        return None
    newest = {
        (one.priority, one.channel): one.share
        for one in sorted(levels, key=lambda level: level.since)
    }
    shares = set(newest.values())
    return shares.pop() if len(shares) == 1 else None


def _alarm(
    chart: RebasedChart,
    study: ServiceScorecard,
    scale: Scale,
    series: int,
    *,
    masked: Flags | None,
) -> tuple[EwmaAlarm | None, Text]:
    """The EWMA of the newest segment; its baseline is the segment's first weeks."""
    segment, n = chart.newest, len(chart.weeks.start)
    own = np.arange(n) >= segment.first
    value = np.where(own, points(chart.weeks, scale), np.nan)
    usable = np.flatnonzero(np.isfinite(value) & ~chart.masked)
    most = study.design.weeks_of_baseline
    if segment.first:  # a new process is watched as soon as it has some weeks
        most = ALARM_WEEKS if len(usable) > ALARM_WEEKS else LEAST_WEEKS
    baseline = np.isin(np.arange(n), usable[:most])
    chance = 1 - np.exp(-study.watch.false_alarms_per_year / series)
    try:
        return ewma_alarm(value, baseline, probability=float(chance), masked=masked), ""
    except CannotEstimate as refusal:
        return None, refusal.reason
