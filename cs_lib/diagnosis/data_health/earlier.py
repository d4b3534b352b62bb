"""What one extract alone cannot show: rows that came late, rows that are gone, rows that were written anew."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from cs_lib import sentences as w
from cs_lib.diagnosis.data_health.kinds import failed, much, passed
from cs_lib.diagnosis.data_health.result import Finding
from cs_lib.language import later
from cs_lib.metrics.data_health import HealthEvidence
from cs_lib.metrics.queries.health.by_day import TableDays
from cs_lib.metrics.queries.health.earlier import Print
from cs_lib.sentences import Text, say

LEAST, LEAST_SHARE = 5, 0.001  # rows of days that both looks know
MOST_DAYS_NAMED = 3
# Of the days with as many rows as before: where all others are unlike, another version made the numbers.
ALL_ANEW = 0.99
PHRASES = {
    "late": later(
        "{rows} of {days} came into {table} after the look of {cut}, the oldest {back} before it."
    ),
    "gone": later("{rows} of {days} that the look of {cut} saw are no longer in {table}."),
    "anew": later(
        "In {table} {days} have as many rows as at the look of {cut}, and not the same: they were written anew."
    ),
}


@dataclass(frozen=True, slots=True)
class _Both:
    """The days of a table that both looks know, and what each found on them."""

    days: NDArray[np.datetime64]
    then: NDArray[np.int64]
    now: NDArray[np.int64]
    anew: NDArray[np.bool_]
    comparable: bool


def earlier_findings(evidence: HealthEvidence) -> list[Finding]:
    """What changed since the earlier look; nothing where none is named."""
    before = evidence.before
    if before is None:
        return []
    cut, found, rows = before.observed_until, list[Finding](), 0
    unlike = list[str]()
    for name, print_ in before.tables.items():
        table = evidence.tables.get(name)
        if table is None or not len(table.days):
            continue
        both = _both(table, print_, cut)
        rows += int(both.then.sum())
        unlike += [] if both.comparable else [name]
        found += _of_table(name, both, cut)
    good: Text = say("Every day that the look of {cut} knew is as it was.", cut=w.day(cut))
    if unlike:
        good = w.together(
            say("Every day that the look of {cut} knew has as many rows as then.", cut=w.day(cut)),
            say(
                "Whether they are the same rows cannot be told ({tables}): the columns, or the version that read them, "
                "are others.",
                tables=w.listed([w.table(name) for name in unlike]),
            ),
        )
    return found or [passed("days_stay", good, table="", among=rows)]


def _both(table: TableDays, print_: Print, cut: date) -> _Both:
    """The days before the earlier cut, from the first that either has."""
    first = min(table.days[0], print_.days[0]) if len(print_.days) else table.days[0]
    days = np.arange(first, max(np.datetime64(cut), first))
    then, now = _on(days, print_.days, print_.counts), _on(days, table.days, table.counts)
    same = (then == now) & (now > 0)
    anew = np.zeros(len(days), dtype=bool)
    comparable = print_.printed == table.printed and len(print_.prints) == len(print_.days)
    if comparable:
        own = (_on(days, print_.days, print_.prints), _on(days, table.days, table.prints))
        anew = same & (own[0] != own[1])
        comparable = not same.any() or anew.sum() <= ALL_ANEW * same.sum()
    return _Both(days, then, now, anew & comparable, comparable)


def _on(
    days: NDArray[np.datetime64], theirs: NDArray[np.datetime64], values: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Values by day on other days, 0 where there are none."""
    found = np.zeros(len(days), dtype=np.int64)
    inside = np.isin(theirs, days)
    found[(theirs[inside] - days[0]).astype(int)] = values[inside]
    return found


def _of_table(name: str, both: _Both, cut: date) -> list[Finding]:
    """Rows that came late, are gone, and days that were written anew."""
    changed = {
        "late": np.maximum(both.now - both.then, 0),
        "gone": np.maximum(both.then - both.now, 0),
        "anew": np.where(both.anew, both.now, 0),
    }
    among, found = int(np.maximum(both.then, both.now).sum()), list[Finding]()
    for what, rows in changed.items():
        count = int(rows.sum())
        if not much(count, among, least=LEAST, least_share=LEAST_SHARE):
            continue
        days = both.days[rows > 0].tolist()
        back = (cut - days[0]).days
        words: Text = say(
            PHRASES[what],
            rows=w.counted(count, "row"),
            days=_days(days),
            table=w.table(name),
            cut=w.day(cut),
            back=w.counted(back, "day"),
        )
        if what == "late":
            words = w.together(words, _advice(rows, both, cut))
        found.append(
            failed(
                "days_stay", words, table=name, count=count, among=among,
                first=days[0], last=days[-1],
            )
        )  # fmt: skip
    return found


def _advice(rows: NDArray[np.int64], both: _Both, cut: date) -> Text:
    """How long before the cut a period should end: until then hardly a row was missing."""
    short = rows > 0.01 * np.maximum(both.now, 1)
    oldest = both.days[short][0].item() if short.any() else cut
    days = (cut - oldest).days
    if not days:
        return ""
    return say(
        "A study that had ended then should have left out the last {days}.",
        days=w.counted(days, "day"),
    )


def _days(days: list[date]) -> Text:
    """Days in words: one by one, or from the first to the last and how many."""
    if len(days) <= MOST_DAYS_NAMED:
        return w.listed([w.day(day) for day in days])
    whole = (days[-1] - days[0]) == timedelta(days=len(days) - 1)
    if whole:
        return w.days(days[0], days[-1])
    return say(
        "{n} between {first} and {last}",
        n=w.counted(len(days), "day"),
        first=w.day(days[0]),
        last=w.day(days[-1]),
    )
