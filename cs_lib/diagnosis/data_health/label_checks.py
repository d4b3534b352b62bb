"""Are labels written in one way, and the same ones throughout?"""

from __future__ import annotations

import numpy as np

from cs_lib import sentences as w
from cs_lib.diagnosis.data_health.kinds import failed, passed
from cs_lib.diagnosis.data_health.result import Finding
from cs_lib.metrics.data_health import HealthEvidence
from cs_lib.metrics.queries.by_day import Days, TableDays
from cs_lib.metrics.queries.values_found import Label, Labels
from cs_lib.sentences import say

LEAST_ALIKE = 3  # rows of the rarer writings
# At its own pace a label should have had so many rows in the days when it had none, in at least so many days.
LEAST_MISSED, LEAST_DAYS = 10.0, 14
# Labels of one side only must hold this share of the rows beside the date.
LEAST_TURNED = 0.10
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
    """Labels that appear or disappear for good and hold much of the rows beside the date."""
    filled = table.filled.get(labels.column)
    if labels.column not in FIXED or filled is None:
        return []
    busy = filled > 0
    days, rows = table.days[busy], filled[busy].astype(float)
    new = [
        v
        for v in labels.labels
        if v.first and _absent(v, days[days < np.datetime64(v.first)], days)
    ]
    gone = [
        v for v in labels.labels if v.last and _absent(v, days[days > np.datetime64(v.last)], days)
    ]
    shares = [0.0]
    if new:
        since = days >= np.datetime64(min(v.first for v in new if v.first))
        shares.append(sum(v.count for v in new) / float(rows[since].sum()))
    if gone:
        until = days <= np.datetime64(max(v.last for v in gone if v.last))
        shares.append(sum(v.count for v in gone) / float(rows[until].sum()))
    if max(shares) < LEAST_TURNED:
        return []
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
        "Values of {column} came or went: {told}; such values hold {share} of rows.",
        column=f"{labels.table}.{labels.column}",
        told=w.listed(told),
        share=w.percent(max(shares), places=0),
    )
    dates = [v.first for v in new if v.first] + [v.last for v in gone if v.last]
    return [
        failed(
            "labels_stay", found, table=labels.table, columns=(labels.column,),
            count=sum(v.count for v in {*new, *gone}), among=int(rows.sum()), first=min(dates), last=max(dates),
            example=(new or gone)[0].value,
        )
    ]  # fmt: skip


def _absent(label: Label, empty: Days, days: Days) -> bool:
    """Whether a label that lives on has too many empty days at an end for chance."""
    if label.first is None or label.last is None:
        return False
    lived = (days >= np.datetime64(label.first)) & (days <= np.datetime64(label.last))
    pace = label.count / max(int(lived.sum()), 1)
    return len(empty) >= LEAST_DAYS and pace * len(empty) >= LEAST_MISSED
