"""Figures of a source's health: which columns are filled when, how much comes in, who answers surveys."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cs_lib import wording as w
from cs_lib.diagnosis.data_health.result import HealthResult
from cs_lib.language import later, say
from cs_lib.metrics.queries.health.by_day import TableDays
from cs_lib.metrics.queries.health.offered import Offered
from cs_lib.report.data_health.marks import cut, silent, to_the_cut
from cs_lib.report.data_health.tables import no_surveys
from cs_lib.report.data_health.weeks import Filled, Weeks, weeks_of
from cs_lib.report.drawing import completeness as tones
from cs_lib.report.drawing import volumes as multiples
from cs_lib.report.drawing.figure import Figure, figure
from cs_lib.report.note import Note

MOST_COLUMNS = 10
# A column that every step has filled to this share is filled throughout.
THROUGHOUT = 0.995
MOVED = 0.05
KEPT, ANSWERED = "columns_kept_filled", "answered_alike"  # checks whose findings are drawn
MOST_DAILY = 400  # A line through more days than this is a smear.


def completeness(result: HealthResult) -> Figure | Note:
    """Columns by weeks in one tone: a step is seen where a mean would hide it."""
    tables = [t for t in result.evidence.tables.values() if len(t.days) and t.filled]
    if not tables:
        return Note(say("No table has days, so there is nothing to draw over time."))
    weeks = weeks_of(tables)
    rows = [row for table in tables for row in _rows(table, weeks)]
    moving = [r for r in rows if r.judged.min(initial=1) < THROUGHOUT and r.filled.any()]
    if not moving:
        return Note(say("Every column that is delivered is filled throughout."))
    found = {f"{f.table}.{c}" for f in result.findings if f.failed for c in f.columns}
    shown = sorted(moving, key=lambda r: (r.name not in found, -r.spread))[:MOST_COLUMNS]
    data = tones.Completeness(
        [r.name for r in shown],
        weeks.starts,
        np.array([r.shares for r in shown]),
        [_ends(r) for r in shown],
    )
    title = _completeness_title(result, shown)
    return figure(
        "completeness",
        title=title,
        caption=_completeness_caption(weeks, len(rows), len(moving), len(shown)),
        alt=f"{title}. " + " ".join(f"{r.name}: {_ends(r)}." for r in shown),
        data=_completeness_data(shown, weeks),
        wide=tones.tones(data, narrow=False),
        narrow=tones.tones(data, narrow=True),
        height=tones.height(data, narrow=False),
        narrow_height=tones.height(data, narrow=True),
        more=say(
            "What usually follows later (a response, an end, a delivery, an answer) counts as filled when it came "
            "within 28 days, and weeks younger than that are blank: not yet is not the same as not recorded."
        ),
    )


def _rows(table: TableDays, weeks: Weeks) -> list[Filled]:
    """The columns of a table; those that follow later by what followed in time, as far as it could."""
    days = table.days.astype("datetime64[D]")
    rows = weeks.sums(days, table.counts)
    found = []
    for column, counts in table.filled.items():
        name, filled, among = f"{table.table}.{column}", counts, rows
        if column in table.within:
            filled = table.within[column]
            old = (
                days <= np.datetime64(table.followed)
                if table.followed
                else np.zeros(len(days), bool)
            )
            among = weeks.sums(days[old], table.counts[old])
            found.append(Filled(name, weeks.sums(days[old], filled[old]), among))
            continue
        found.append(Filled(name, weeks.sums(days, filled), among))
    return [row for row in found if row.rows.any()]


def _ends(row: Filled) -> str:
    """`98 % → 41 %` where it moved, else its share."""
    first, last = row.ends
    if abs(first - last) < MOVED:
        return w.percent(row.whole, places=0)
    return f"{w.percent(first, places=0)} → {w.percent(last, places=0)}"


def _completeness_title(result: HealthResult, shown: Sequence[Filled]) -> str:
    """The column that a check found switched on or off, as far as it is drawn."""
    names = {r.name: r for r in shown}
    faulty = [
        names[name]
        for f in result.findings
        if f.failed and f.check.code == KEPT
        for name in (f"{f.table}.{column}" for column in f.columns)
        if name in names
    ]
    if not faulty:
        return say("No column was switched on or off half way")
    worst = max(faulty, key=lambda r: r.spread)
    return say("{name} was not filled all the time: {ends}", name=worst.name, ends=_ends(worst))


def _completeness_caption(weeks: Weeks, rows: int, moving: int, shown: int) -> str:
    step = (
        say("Each step is a week.")
        if weeks.each == 1
        else say("Each step is {n} weeks.", n=w.count(weeks.each))
    )
    return w.together(
        say(
            "Dark: filled; pale: empty; blank: no rows. At the right: all weeks, or the first and the last four steps."
        ),
        step,
        say("{n} more columns are filled throughout.", n=w.count(rows - moving))
        if rows > moving
        else "",
        say("{n} more are the same all the time.", n=w.count(moving - shown))
        if moving > shown
        else "",
    )


def _completeness_data(shown: Sequence[Filled], weeks: Weeks) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "column": np.repeat([r.name for r in shown], len(weeks.starts)),
            "week": np.tile(np.datetime_as_string(weeks.starts, unit="D"), len(shown)),
            "filled": np.concatenate([r.filled for r in shown]),
            "rows": np.concatenate([r.rows for r in shown]),
        }
    )


def volumes(result: HealthResult) -> Figure | Note:
    """Rows of every table over time, one under the other."""
    tables = [t for t in result.evidence.tables.values() if len(t.days)]
    if not tables:
        return Note(say("No table has days, so there is nothing to draw over time."))
    weeks, daily = weeks_of(tables), max(len(t.days) for t in tables) <= MOST_DAILY
    panels = [_panel(result, t, None if daily else weeks) for t in tables]
    data = multiples.Volumes(
        panels, say("cut short"), say("rows are missing"), say("named holiday"),
        np.array(result.study.holidays, dtype="datetime64[D]"),
    )  # fmt: skip
    title = _volumes_title(result, tables)
    return figure(
        "volumes",
        title=title,
        caption=say("Rows per day, each table on a scale of its own that starts at zero.")
        if daily
        else _per_step(weeks),
        alt=f"{title}. " + " ".join(f"{p.name}: {p.text}." for p in panels),
        data=_volumes_data(tables),
        wide=multiples.volumes(data, narrow=False),
        narrow=multiples.volumes(data, narrow=True),
        height=multiples.height(data, narrow=False),
        narrow_height=multiples.height(data, narrow=True),
    )


def _per_step(weeks: Weeks) -> str:
    if weeks.each == 1:
        return say("Rows per week, each table on a scale of its own that starts at zero.")
    return say(
        "Rows per {n} weeks, each table on a scale of its own that starts at zero.",
        n=w.count(weeks.each),
    )


def _panel(result: HealthResult, table: TableDays, weeks: Weeks | None) -> multiples.Panel:
    days, counts = to_the_cut(result, table)
    text = say(
        "{rows} rows, half of the days {median} or more",
        rows=w.count(int(counts.sum())),
        median=w.count(float(np.median(counts))),
    )
    if weeks is not None:
        days, counts = weeks.starts, weeks.sums(days, counts)
    return multiples.Panel(
        w.name(table.table),
        text,
        days,
        counts.astype(np.float64),
        _as_days(silent(result, table.table)),
        [(np.datetime64(a), np.datetime64(b)) for a, b in cut(result, table.table)],
    )


def _as_days(days: Sequence[date]) -> NDArray[np.datetime64]:
    return np.array(days, dtype="datetime64[D]")


def _volumes_title(result: HealthResult, tables: Sequence[TableDays]) -> str:
    for marked, message in (
        (cut, later("Cut short: {tables}")),
        (silent, later("Rows are missing on some days: {tables}")),
    ):
        named = [w.name(t.table) for t in tables if marked(result, t.table)]
        if named:
            return say(message, tables=w.listed(named))
    return say("Every table runs from its first day to its last")


def _volumes_data(tables: Sequence[TableDays]) -> pd.DataFrame:
    """A row for each day, a column for each table; empty before a table begins and after it ends."""
    columns = [pd.Series(t.counts, index=pd.DatetimeIndex(t.days), name=t.table) for t in tables]
    frame = pd.concat(columns, axis=1).sort_index()
    frame = frame.astype("Int64")
    frame.insert(0, "day", pd.DatetimeIndex(frame.index).strftime("%Y-%m-%d"))
    return frame.reset_index(drop=True)


def surveys_by_week(result: HealthResult) -> Figure | Note:
    """Surveys offered and the share answered, week by week."""
    kinds = [s for s in result.evidence.surveys if len(s.days)]
    if not kinds:
        return no_surveys()
    spans = [TableDays("surveys", 0, s.days, s.offered) for s in kinds]
    weeks = weeks_of(spans)
    told = [(s, weeks.sums(s.days, s.offered), weeks.sums(s.days, s.answered)) for s in kinds]
    rows = [Filled(s.kind, answered, offered) for s, offered, answered in told]
    panels = [
        p for (s, o, a), row in zip(told, rows, strict=True) for p in _pair(s, o, a, row, weeks)
    ]
    data = multiples.Volumes(panels, "", "", "", _as_days(()))
    title = _answers_title(result, rows)
    return figure(
        "surveys-by-week",
        title=title,
        caption=_per_step_of_surveys(weeks),
        alt=f"{title}. " + " ".join(f"{p.name}: {p.text}." for p in panels),
        data=_completeness_data(rows, weeks).rename(
            columns={"column": "kind", "filled": "answered", "rows": "offered"}
        ),
        wide=multiples.volumes(data, narrow=False),
        narrow=multiples.volumes(data, narrow=True),
        height=multiples.height(data, narrow=False),
        narrow_height=multiples.height(data, narrow=True),
    )


def _per_step_of_surveys(weeks: Weeks) -> str:
    step = (
        say("Each step is a week.")
        if weeks.each == 1
        else say("Each step is {n} weeks.", n=w.count(weeks.each))
    )
    return w.together(say("Answered within 14 days; surveys younger than that are left out."), step)


def _pair(
    survey: Offered,
    offered: NDArray[np.int64],
    answered: NDArray[np.int64],
    row: Filled,
    weeks: Weeks,
) -> list[multiples.Panel]:
    kind = w.name(survey.kind)
    return [
        multiples.Panel(
            say("{kind}, offered", kind=kind),
            w.counted(int(offered.sum()), "survey"),
            weeks.starts,
            offered.astype(np.float64),
            _as_days(()),
            (),
        ),
        multiples.Panel(
            say("{kind}, share answered", kind=kind),
            _ends(row),
            weeks.starts[offered > 0],
            row.shares[offered > 0],
            _as_days(()),
            (),
        ),
    ]


def _answers_title(result: HealthResult, rows: Sequence[Filled]) -> str:
    """What the check on answers found."""
    if any(f.failed and f.check.code == ANSWERED for f in result.findings):
        most = max(rows, key=lambda r: abs(r.ends[0] - r.ends[1]))
        return say(
            "Surveys are not answered as before: {kind}, {ends}",
            kind=w.name(most.name),
            ends=_ends(most),
        )
    return say("Surveys are answered about as often throughout")
