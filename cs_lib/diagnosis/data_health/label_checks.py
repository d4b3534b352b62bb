"""Are labels written in one way, and the same ones throughout?"""

from __future__ import annotations

from datetime import date

import numpy as np

from cs_lib import sentences as w
from cs_lib.diagnosis.data_health.kinds import failed, passed
from cs_lib.diagnosis.data_health.result import Finding
from cs_lib.metrics.data_health import HealthEvidence
from cs_lib.metrics.queries.health.by_day import Days, TableDays
from cs_lib.metrics.queries.health.values_found import Label, Labels
from cs_lib.sentences import say

LEAST_ALIKE = 3  # rows of the rarer writings
# At its own pace a label should have had so many rows in the days when it had none, in at least so many days.
LEAST_MISSED, LEAST_DAYS = 10.0, 42
# A new list of labels ends old ones where it begins new ones: both sides hold this share of the rows. One side alone
# must hold most rows; labels come and go one by one in every desk.
LEAST_TURNED, MOST_TURNED, NEAR = 0.10, 0.60, 14
LEAST_CONCERNED = 0.05  # of all rows
# Products come and go by themselves.
FIXED = ("team_id", "need_code", "issue", "priority", "raw_stage", "root_cause")
MOST_NAMED = 2


def label_findings(evidence: HealthEvidence) -> list[Finding]:
    """Checks of every column of labels."""
    alike = [f for each in evidence.labels for f in _alike(each)]
    turned = [f for each in evidence.labels for f in _turned(each, evidence.tables[each.table])]
    values = sum(len(each.labels) for each in evidence.labels)
    if not values:
        return []
    return [
        *(alike or [passed("labels_written_alike", say("Every label is written in one way."), table="", among=values)]),
        *(turned or [passed("labels_stay", say("Labels stay the same throughout."), table="", among=values)]),
    ]  # fmt: skip


def _alike(labels: Labels) -> list[Finding]:
    """One finding per column: values that differ only in form."""
    groups = [
        group for group in labels.alike if sum(label.count for label in group[1:]) >= LEAST_ALIKE
    ]
    if not groups:
        return []
    rare = sum(label.count for group in groups for label in group[1:])
    rows = sum(label.count for label in labels.labels)
    pairs = [
        say("{one} and {other}", one=w.quoted(g[0].value), other=w.quoted(g[1].value))
        for g in groups[:MOST_NAMED]
    ]
    found = say(
        "{column} writes {groups} in more than one way: {examples}; {rows} rows carry the rarer one.",
        column=f"{labels.table}.{labels.column}",
        groups=w.counted(len(groups), "label"),
        examples=w.listed(pairs),
        rows=w.count(rare),
    )
    return [
        failed(
            "labels_written_alike", found, table=labels.table, columns=(labels.column,), count=rare, among=rows,
            example=f"{groups[0][0].value} / {groups[0][1].value}",
        )
    ]  # fmt: skip


def _turned(labels: Labels, table: TableDays) -> list[Finding]:
    """Labels that appear or disappear for good around one date and hold much of the rows there."""
    filled = table.filled.get(labels.column)
    if labels.column not in FIXED or filled is None or not filled.any():
        return []
    busy = filled > 0
    days, rate = table.days[busy], float(filled.sum()) / int(busy.sum())
    new = [v for v in labels.labels if v.first and _begins(v, days)]
    gone = [v for v in labels.labels if v.last and _stops(v, days)]
    dates = sorted({*(v.first for v in new if v.first), *(v.last for v in gone if v.last)})
    for day in dates:
        here = (
            [v for v in new if v.first and abs((v.first - day).days) <= NEAR],
            [v for v in gone if v.last and abs((v.last - day).days) <= NEAR],
        )
        shares = [sum(_pace(v, days) for v in side) / rate for side in here]
        concerned = sum(v.count for side in here for v in side)
        if concerned < LEAST_CONCERNED * filled.sum():
            continue
        if min(shares) >= LEAST_TURNED or max(shares) >= MOST_TURNED:
            return [_turn(labels, day, *here, max(shares), int(filled.sum()))]
    return []


def _turn(
    labels: Labels, day: date, new: list[Label], gone: list[Label], share: float, rows: int
) -> Finding:
    told = [
        say("{value} first appears on {day}", value=w.quoted(v.value), day=w.day(v.first))
        for v in new[:MOST_NAMED]
        if v.first
    ]
    told += [
        say("{value} is last seen on {day}", value=w.quoted(v.value), day=w.day(v.last))
        for v in gone[:MOST_NAMED]
        if v.last
    ]
    found = say(
        "Values of {column} come or go around {day}: {told}; about {share} of rows are of such values.",
        column=f"{labels.table}.{labels.column}",
        day=w.day(day),
        told=w.listed(told),
        share=w.percent(min(share, 1.0), places=0),
    )
    return failed(
        "labels_stay", found, table=labels.table, columns=(labels.column,), count=sum(v.count for v in (*new, *gone)),
        among=rows, first=day, last=day, example=(new or gone)[0].value,
    )  # fmt: skip


def _pace(label: Label, days: Days) -> float:
    """Rows a day while the label is in use."""
    lived = (days >= np.datetime64(label.first)) & (days <= np.datetime64(label.last))
    return label.count / max(int(lived.sum()), 1)


def _begins(label: Label, days: Days) -> bool:
    """Whether it appears too late for chance, and long after the first day."""
    return _absent(label, days[days < np.datetime64(label.first)], days)


def _stops(label: Label, days: Days) -> bool:
    """Whether it is last seen too early for chance, and long before the last day."""
    return _absent(label, days[days > np.datetime64(label.last)], days)


def _absent(label: Label, empty: Days, days: Days) -> bool:
    return len(empty) >= LEAST_DAYS and _pace(label, days) * len(empty) >= LEAST_MISSED
