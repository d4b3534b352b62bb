"""Rows that name a customer whom nobody knows, or another than a table beside does: from a share, or a day, on told."""

from __future__ import annotations

from cs_lib import sentences as w
from cs_lib.methods.monitoring.share_steps import ShareStep, share_steps
from cs_lib.metrics.queries.trust.whose import Whose
from cs_lib.sentences import Text, say

# To speak of a share of rows, and from which on; families share an account.
LEAST_ROWS, MIN_STRANGERS = 20, 0.05


def step_of(whose: Whose) -> ShareStep | None:
    """The day on which the share of rows at fault changes most; None where it stays."""
    steps = share_steps(whose.days, whose.wrong.astype(float), whose.rows.astype(float))
    return max(steps, key=lambda one: abs(one.after - one.before), default=None)


def most_of(whose: Whose) -> float:
    """The share at fault, or by how much it changes on a day, whichever is more."""
    step = step_of(whose)
    return max(whose.share, abs(step.after - step.before) if step else 0.0)


def told_of(whose: Whose) -> Text:
    """What is wrong, in a clause; nothing where too few rows are at fault."""
    step = step_of(whose)
    if whose.rows.sum() < LEAST_ROWS or (whose.share < MIN_STRANGERS and step is None):
        return ""
    said = say(
        "{wrong} of {rows} in {table} name a customer who is not in {other}, as ids of sessions or guests do"
        if whose.fault == "unknown"
        else "{wrong} of {rows} in {table} name another customer than their {column} in {other}",
        wrong=w.count(int(whose.wrong.sum())),
        rows=w.counted(int(whose.rows.sum()), "row"),
        table=whose.table,
        column=whose.column,
        other=whose.other,
    )
    if step is None:
        return said
    return say(
        "{said} ({after} from {day} on, {before} in the weeks before)",
        said=said,
        day=w.day(step.day),
        after=w.percent(step.after),
        before=w.percent(step.before),
    )
