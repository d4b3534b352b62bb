"""Columns over time and within a row: what is filled, which stamps can be, which stamps a machine set."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np

from cs_lib import sentences as w
from cs_lib.diagnosis.data_health.kinds import failed, much, passed, share
from cs_lib.diagnosis.data_health.result import Finding
from cs_lib.diagnosis.fills import FillStep, fill_steps
from cs_lib.methods.monitoring.pile_ups import pile_ups
from cs_lib.metrics.data_health import HealthEvidence
from cs_lib.metrics.queries.health.by_day import TableDays
from cs_lib.metrics.queries.health.gaps import BINS_A_DAY, Bursts, Gaps
from cs_lib.params.data_health import Analysis
from cs_lib.sentences import Text, say

# Each test fills these in its own way, so they step whenever one begins or ends.
UNLIKE_BY_TEST = {
    "perk_assignments": (
        "perk_kind", "delivered_at", "expires_at", "face_value", "unit_cost", "stratum", "contact_id",
    )
}  # fmt: skip
# Rows at fault that move a number, and a share of them.
LEAST, LEAST_SHARE = 5, 0.01
MAY_BE_MIDNIGHT = {"perk_assignments"}  # a list is drawn at midnight
LIMITED_BY_TIME: dict[str, tuple[Analysis, ...]] = {
    "contacts": ("before_after_duration", "recurrence"),
    "orders": ("perk_ab_test",),
    "surveys": ("survey",),
    "events": ("journey",),
}
LEAST_ODD, LEAST_ODD_SHARE = 20, 0.05
CLOCKS_SHARE = 0.005  # of rows in hours of a clock change; two hours in a half year are 0.05 %
BURST_SHARE = 0.01
ONE_END_SHARE = 0.5
STOPPED_BY: dict[str, tuple[Analysis, ...]] = {
    "contacts.customer_id": ("recurrence", "scorecard", "containment"),
    "contacts.order_id": ("before_after_rate", "needs"),
    "contacts.need_code": ("needs", "recurrence", "scorecard"),
    "contacts.issue": ("needs",),
    "contacts.owner": ("needs",),
    "contacts.root_cause": ("needs",),
    "contacts.handled_by": ("containment",),
    "contacts.team_id": ("before_after_duration", "journey"),
    "contacts.agent_id": ("journey",),
    "contacts.resolved_at": ("before_after_duration", "recurrence", "scorecard"),
    "contacts.first_response_at": ("before_after_duration",),
    "contacts.channel": ("before_after_duration", "before_after_rate"),
    "orders.amount": ("perk_ab_test",),
    "orders.margin": ("perk_ab_test",),
    "surveys.contact_id": ("survey",),
    "surveys.score": ("survey",),
}
ENDS_OF_STAMPS = {
    "contacts": (
        ("ends_stamped", "unstamped", "ended", "resolved_at"),
        ("status_agrees", "open_with_end", "still_open", "resolved_at"),
        ("stamps_in_order", "closed_before_resolved", "both_ends", "closed_at"),
        ("stamps_in_order", "resolved_before_answer", "ended", "first_response_at"),
    )
}


def column_findings(
    evidence: HealthEvidence, whole: Mapping[str, tuple[date, date]]
) -> list[Finding]:
    """Checks of the columns of every table, each on its whole days."""
    return [
        *_filled(evidence, whole),
        *_amounts(evidence),
        *_within_a_row(evidence),
        *_midnights(evidence),
        *_at_once(evidence),
        *_one_end(evidence),
        *_bursts(evidence.bursts),
        *_timers(evidence.gaps),
        *_clock_change(evidence),
    ]


def _filled(evidence: HealthEvidence, whole: Mapping[str, tuple[date, date]]) -> list[Finding]:
    found = [f for name, days in whole.items() for f in _fills_of(evidence.tables[name], *days)]
    rows = sum(table.rows for table in evidence.tables.values())
    return found or [
        passed("columns_kept_filled", say("Every column is filled the same way throughout."), table="", among=rows)
    ]  # fmt: skip


def _fills_of(table: TableDays, first: date, last: date) -> list[Finding]:
    """Columns of one table whose share filled is another from a date on; stamps of what follows by age."""
    return [
        _step(table, column, step)
        for column in table.filled
        if column not in UNLIKE_BY_TEST.get(table.table, ())
        for step in fill_steps(table, column, first, last)
    ]


def _amounts(evidence: HealthEvidence) -> list[Finding]:
    """Orders without an amount; nothing where there is none at all."""
    orders = evidence.tables.get("orders")
    if orders is None or not orders.has("amount"):
        return []
    empty = orders.rows - orders.totals["amount"]
    words = say("{part} orders have no amount.", part=share(empty, orders.rows))
    if not much(empty, orders.rows, least=LEAST, least_share=LEAST_SHARE):
        return [passed("amounts_there", words, table="orders", among=orders.rows)]
    return [
        failed(
            "amounts_there", words, table="orders", columns=("amount",), count=empty, among=orders.rows,
            first=orders.first, last=orders.last,
        )
    ]  # fmt: skip


def _step(table: TableDays, column: str, step: FillStep) -> Finding:
    found = say(
        "From {day} on {after} of rows have {column}, {before} in the weeks before.",
        day=w.day(step.day),
        after=w.percent(step.after, places=0),
        before=w.percent(step.before, places=0),
        column=step.name,
    )
    later = table.days >= np.datetime64(step.day)
    lost = later if step.after < step.before else ~later
    count = int((table.counts - table.filled[column])[lost].sum())
    return failed(
        "columns_kept_filled",
        found,
        table=table.table,
        columns=(column,),
        count=count,
        among=int(table.counts[lost].sum()),
        first=step.day,
        limits=STOPPED_BY.get(f"{table.table}.{column}", ()),
    )


def _within_a_row(evidence: HealthEvidence) -> list[Finding]:
    """Stamps that the status or another stamp contradicts."""
    table = evidence.tables.get("contacts")
    if table is None:
        return []
    found, good = list[Finding](), dict[str, Finding]()
    for code, mark, among, column in ENDS_OF_STAMPS["contacts"]:
        if mark not in table.marks or among not in table.marks:
            continue
        count, below = table.marked(mark), table.marked(among)
        words = _contradicted(mark, share(count, below), column)
        if much(count, below, least=LEAST, least_share=LEAST_SHARE):
            days = table.days[table.marks[mark] > 0]
            first, last = days[0].item(), days[-1].item()
            found.append(
                failed(
                    code, words, table="contacts", columns=(column,), count=count, among=below, first=first,
                    last=last,
                )
            )  # fmt: skip
        else:
            good[code] = passed(code, words, table="contacts", among=below)
    failing = {finding.check.code for finding in found}
    return [*found, *(finding for code, finding in good.items() if code not in failing)]


def _contradicted(mark: str, part: Text, column: str) -> Text:
    """What such a mark says of contacts."""
    if mark == "unstamped":
        return say("{part} resolved or closed contacts have no resolved_at.", part=part)
    if mark == "open_with_end":
        return say("{part} open contacts have a resolved_at or closed_at.", part=part)
    if mark == "closed_before_resolved":
        return say("{part} contacts were closed before they were resolved.", part=part)
    return say("{part} contacts were resolved before their first response.", part=part)


def _midnights(evidence: HealthEvidence) -> list[Finding]:
    found = list[Finding]()
    for table in evidence.tables.values():
        if table.table in MAY_BE_MIDNIGHT:
            continue
        limits = LIMITED_BY_TIME.get(table.table, ())
        for mark in table.marks:
            column = mark.removeprefix("midnight:")
            below = table.totals.get(column, 0)
            if mark != f"midnight:{column}" or not much(
                table.marked(mark), below, least=LEAST_ODD, least_share=LEAST_ODD_SHARE
            ):
                continue
            words = say(
                "{part} stamps of {column} are midnight sharp.",
                part=share(table.marked(mark), below),
                column=f"{table.table}.{column}",
            )
            found.append(
                _marked(table, mark, "stamps_have_a_time", column, below, words, limits=limits)
            )
    return found or [passed("stamps_have_a_time", say("Stamps have their time of day."), table="")]


def _marked(
    table: TableDays, mark: str, code: str, column: str, below: int, words: Text, **more: object
) -> Finding:
    days = table.days[table.marks[mark] > 0]
    return failed(
        code, words, table=table.table, columns=(column,), count=table.marked(mark), among=below,
        first=days[0].item(), last=days[-1].item(), **more,  # type: ignore[arg-type]
    )  # fmt: skip


def _at_once(evidence: HealthEvidence) -> list[Finding]:
    found = list[Finding]()
    for table in evidence.tables.values():
        for column in ("resolved_at", "first_response_at", "delivered_at"):
            mark, below = f"at_once:{column}", table.totals.get(column, 0)
            if not much(table.marked(mark), below, least=LEAST_ODD, least_share=LEAST_ODD_SHARE):
                continue
            words = say(
                "{part} stamps of {column} repeat the stamp of the opening.",
                part=share(table.marked(mark), below),
                column=f"{table.table}.{column}",
            )
            more: dict[str, object] = {}
            if column == "first_response_at":  # a bot may answer at once
                more = {"stops": (), "limits": ("before_after_duration",)}
            if column == "delivered_at":
                more = {"stops": (), "limits": ("needs",)}
            found.append(_marked(table, mark, "not_stamped_at_once", column, below, words, **more))
    good = say("Stamps of what follows are not those of the opening.")
    return found or [passed("not_stamped_at_once", good, table="contacts")]


def _one_end(evidence: HealthEvidence) -> list[Finding]:
    """Whether the resolution is the closing under another name."""
    table = evidence.tables.get("contacts")
    if table is None or not table.marked("both_ends"):
        return []
    count, below = table.marked("one_end"), table.marked("both_ends")
    words = say("{part} contacts were resolved and closed at one moment.", part=share(count, below))
    if much(count, below, least=LEAST_ODD, least_share=ONE_END_SHARE):
        return [_marked(table, "one_end", "resolved_is_not_closed", "resolved_at", below, words)]
    return [passed("resolved_is_not_closed", words, table="contacts", among=below)]


def _bursts(bursts: tuple[Bursts, ...]) -> list[Finding]:
    found = list[Finding]()
    for each in bursts:
        if not each.top or not much(each.held, each.rows, least=LEAST_ODD, least_share=BURST_SHARE):
            continue
        words = say(
            "{part} stamps of {column} share their second with at least nine others; {count} fall on {stamp} UTC.",
            part=share(each.held, each.rows),
            column=f"{each.table}.{each.column}",
            count=w.count(each.top[0].count),
            stamp=f"{each.top[0].instant:%Y-%m-%d %H:%M:%S}",
        )
        found.append(
            failed(
                "no_bursts", words, table=each.table, columns=(each.column,), count=each.held, among=each.rows,
                first=min(b.instant for b in each.top).date(), last=max(b.instant for b in each.top).date(),
                example=f"{each.top[0].instant:%Y-%m-%d %H:%M:%S}",
            )
        )  # fmt: skip
    return found or [passed("no_bursts", say("No second holds many stamps at once."), table="")]


def _timers(gaps: tuple[Gaps, ...]) -> list[Finding]:
    """Times on one length: a note between resolution and closing, where a timer is usual; a fault elsewhere."""
    found = list[Finding]()
    for each in gaps:
        if each.table != "contacts":
            continue
        closing = (each.start, each.end) == ("resolved_at", "closed_at")
        for pile in pile_ups(each.bins, each.counts, each.rows, bins_a_day=BINS_A_DAY):
            words = say(
                "{part} times from {start} to {end} lie within 0.1 days of {days} days: a timer.",
                part=share(pile.count, each.rows),
                start=each.start,
                end=each.end,
                days=w.plain(pile.days, 1),
            )
            found.append(
                failed(
                    "no_timer", words, table="contacts", columns=(each.end,), count=pile.count, among=each.rows,
                    passed=None if closing else False,
                )
            )  # fmt: skip
    return found or [passed("no_timer", say("No length of time stands out."), table="contacts")]


def _clock_change(evidence: HealthEvidence) -> list[Finding]:
    tables = [table for table in evidence.tables.values() if "clock_change" in table.marks]
    if not tables:
        return []
    count, rows = (
        sum(v) for v in zip(*((t.marked("clock_change"), t.rows) for t in tables), strict=True)
    )
    words = say("{part} rows lie in an hour in which clocks changed.", part=share(count, rows))
    worst = max(tables, key=lambda t: t.marked("clock_change") / max(t.rows, 1))
    if much(worst.marked("clock_change"), worst.rows, least=LEAST_ODD, least_share=CLOCKS_SHARE):
        return [_marked(worst, "clock_change", "clock_change", "", worst.rows, words)]
    return [passed("clock_change", words, table="", among=rows)]
