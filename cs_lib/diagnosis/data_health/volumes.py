"""Are all days there? Tables that end early, silent days, imports, orders that fall."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import numpy as np

from cs_lib import sentences as w
from cs_lib.diagnosis.data_health.kinds import failed, passed
from cs_lib.diagnosis.data_health.result import Finding
from cs_lib.diagnosis.thin_days import Thin, beside_of, thin_days, to_the_end
from cs_lib.language import later
from cs_lib.methods.monitoring.fillings import Filling, Spell
from cs_lib.methods.monitoring.volume_runs import LONGEST_HOLIDAY, TOUCHES, YEAR, surges
from cs_lib.metrics.data_health import HealthEvidence
from cs_lib.metrics.queries.health.by_day import TableDays
from cs_lib.params.data_health import Analysis
from cs_lib.results import rows_found
from cs_lib.sentences import Text, say

ARRIVING = (
    "contacts",
    "orders",
    "surveys",
)  # whose rows come one by one; steps may be taken in a batch
WANTED_BY: dict[str, tuple[Analysis, ...]] = {
    "contacts": (
        "before_after_duration", "before_after_rate", "recurrence", "needs", "scorecard", "containment", "journey",
    ),
    "events": ("journey",),
    "surveys": ("survey", "scorecard"),
    "orders": ("perk_ab_test", "before_after_rate", "scorecard"),
    "visits": ("perk_ab_test",),
    "exposure": ("before_after_rate", "scorecard"),
}  # fmt: skip
LEAST_DAYS_IMPORTED = 3  # of a surge: a day or two may be a sale
# A few weeks before a longer hole are not worth the hole.
LEAST_BEFORE_HOLE, WEEK = 28, 7
# Weeks on each side of a date whose medians are compared, and the ratio beyond which orders moved for good.
LEVEL_WEEKS = 8
MOVED = 0.6


def thin_runs(evidence: HealthEvidence, holidays: tuple[date, ...]) -> Thin:
    """The days with hardly a row, by table that goes on by itself."""
    return thin_days(evidence.tables, evidence.observed_until, holidays)


def volume_findings(
    evidence: HealthEvidence,
    thin: Thin,
    whole: Mapping[str, tuple[date, date]],
    holidays: tuple[date, ...],
) -> list[Finding]:
    """Checks of the days of every table that goes on by itself."""
    ends, silent, imported = list[Finding](), list[Finding](), list[Finding]()
    looked = [evidence.tables[name] for name in thin]
    for table in looked:
        runs = thin[table.table]
        ends += [_ended(table, run, evidence) for run in runs if at_end(run, evidence)]
        silent += [
            _silent(table, run, _tells(evidence, table, run, whole[table.table][0]))
            for run in runs
            if not at_end(run, evidence)
        ]
        if table.table in ARRIVING:
            days, counts = to_the_end(table, evidence.observed_until)
            beside = beside_of(evidence.tables, table.table, days)
            more = surges(Filling(days, counts, beside=beside, holidays=holidays))
            imported += [_surge(table, run) for run in more if run.days >= LEAST_DAYS_IMPORTED]
    rows = sum(table.rows for table in looked)
    return [
        *(ends or [passed("tables_reach_end", say("Every table goes on to the last day."), table="", among=rows)]),
        *(silent or [passed("no_silent_days", say("No table has days without its usual rows."), table="", among=rows)]),
        *(imported or [passed("no_surge", say("No table has far more rows than usual."), table="", among=rows)]),
        *_orders(evidence),
    ]  # fmt: skip


def at_end(run: Spell, evidence: HealthEvidence) -> bool:
    """Whether a run of thin days lasts to the data cut."""
    return run.last >= evidence.observed_until - timedelta(days=1 + TOUCHES)


def whole_days(evidence: HealthEvidence, thin: Thin) -> dict[str, tuple[date, date]]:
    """First and last well-filled day by table, those with days alone."""
    found = dict[str, tuple[date, date]]()
    for name, table in evidence.tables.items():
        if not len(table.days):
            continue
        first, last = table.days[0].item(), evidence.observed_until - timedelta(days=1)
        for run in thin.get(name, ()):
            if at_end(run, evidence):
                last = run.first - timedelta(days=1)
            elif (run.first - first).days <= max(WEEK, min(LEAST_BEFORE_HOLE, run.days)):
                first = run.last + timedelta(days=1)
        found[name] = (first, last)
    return found


def _rows(table: TableDays, run: Spell) -> Text:
    return rows_found(w.table(table.table), run.found, run.usual, run.first, run.last)


def _ended(table: TableDays, run: Spell, evidence: HealthEvidence) -> Finding:
    found = say("The table looks cut off: {rows}.", rows=_rows(table, run))
    return failed(
        "tables_reach_end",
        found,
        table=table.table,
        count=max(0, round(run.usual - run.found)),
        among=round(run.usual),
        first=run.first,
        last=evidence.observed_until - timedelta(days=1),
        limits=WANTED_BY.get(table.table, ()),
    )


def _tells(evidence: HealthEvidence, table: TableDays, run: Spell, first: date) -> bool:
    """Whether another table, the year before or its length tell that a run is no holiday."""
    beside = beside_of(evidence.tables, table.table, table.days) is not None
    return beside or (run.first - first).days > YEAR or run.days > LONGEST_HOLIDAY


def _silent(table: TableDays, run: Spell, told: bool) -> Finding:
    """A hole; a note where it may be a holiday."""
    message = (
        later("There are only {rows}; no holiday and no other table explains it.")
        if told
        else later("There are only {rows}; if these are holidays, name them in the settings.")
    )
    found = say(message, rows=_rows(table, run))
    return failed(
        "no_silent_days",
        found,
        table=table.table,
        count=max(0, round(run.usual - run.found)),
        among=round(run.usual),
        first=run.first,
        last=run.last,
        limits=WANTED_BY.get(table.table, ()),
        passed=False if told else None,
    )


def _surge(table: TableDays, run: Spell) -> Finding:
    found = say("There are {rows}; ask whether they were imported.", rows=_rows(table, run))
    return failed(
        "no_surge",
        found,
        table=table.table,
        count=max(0, round(run.found - run.usual)),
        among=round(run.found),
        first=run.first,
        last=run.last,
        limits=WANTED_BY.get(table.table, ()),
    )


def _orders(evidence: HealthEvidence) -> list[Finding]:
    """Whether orders moved to another level for good."""
    table = evidence.tables.get("orders")
    if table is None or len(table.days) < 4 * LEVEL_WEEKS * 7:
        return []
    weeks = len(table.counts) // 7
    counts = table.counts[: weeks * 7].reshape(weeks, 7).sum(axis=1)
    at = range(LEVEL_WEEKS, weeks - LEVEL_WEEKS + 1)
    levels = [
        (np.median(counts[i - LEVEL_WEEKS : i]), np.median(counts[i : i + LEVEL_WEEKS])) for i in at
    ]
    ratios = [float(after / before) if before > 0 else 1.0 for before, after in levels]
    worst = min(range(len(ratios)), key=lambda i: min(ratios[i], 1 / max(ratios[i], 1e-9)))
    ratio, (before, after) = ratios[worst], levels[worst]
    # A week of fewer orders varies by more than what is looked for.
    if MOVED <= ratio <= 1 / MOVED or max(before, after) < 30:
        return [
            passed(
                "orders_steady", say("Orders keep their level."), table="orders", among=table.rows
            )
        ]
    day = table.days[7 * (worst + LEVEL_WEEKS)].item()
    found = say(
        "Around {day} orders go from {before} to {after} a week and stay there.",
        day=w.day(day),
        before=w.count(float(before)),
        after=w.count(float(after)),
    )
    return [
        failed(
            "orders_steady",
            found,
            table="orders",
            count=round(abs(float(after - before))),
            among=round(float(max(before, after))),
            first=day,
        )
    ]
