"""What is wrong with the conditions of a metric of one's own: columns, values, and what is not known in time."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from cs_lib import sentences as w
from cs_lib.data.contracts import TABLES, Column, Table
from cs_lib.language import later
from cs_lib.metrics.definition import MICROS_A_DAY as DAY
from cs_lib.metrics.own.conditions import later_stamps
from cs_lib.params import Condition, micros_of, nearest
from cs_lib.sentences import Text, say

STAMPS = {"customers": "first_seen_at"}  # what dates a row where the contract leaves it open
# How a contact ends that was none; nothing later changes it.
NOT_REAL = {"merged", "spam", "cancelled"}
# Numbers that are not known before another stamp of their row.
KNOWN_FROM = {("contacts", "handle_seconds"): "resolved_at", ("surveys", "score"): "answered_at"}
TYPES = {
    "text": later("text"),
    "number": later("a number"),
    "whole": later("a number"),
    "flag": later("true or false"),
    "time": later("a stamp"),
    "date": later("a day"),
}
TAKEN_BY = {  # the types of column that an operator can be asked of
    "one_of": ("text", "number", "whole", "flag"), "none_of": ("text", "number", "whole", "flag"),
    "at_least": ("number", "whole"), "at_most": ("number", "whole"), "above": ("number", "whole"),
    "below": ("number", "whole"), "within": ("time",), "later_than": ("time",),
}  # fmt: skip
SPANS = {"within", "later_than"}


def dated_by(table: str, stamp: str | None) -> str:
    """The stamp that dates the rows of a table."""
    return stamp or STAMPS.get(table) or TABLES[table].row_time or ""


def condition_faults(table: Table, stamp: str, name: str, condition: Condition) -> Iterator[Text]:
    """What is wrong with one column's condition whatever it is for."""
    column = column_of(table, name)
    if column is None:
        yield no_column(table, name)
        return
    asked = condition.asked
    if not asked:
        yield say(
            "says nothing; give one_of, none_of, at_least, at_most, above, below, empty or within"
        )
    for how, what in asked.items():
        if how in TAKEN_BY and column.type not in TAKEN_BY[how]:
            yield say(
                "{how} cannot be asked of {column}, which is {type}",
                how=how,
                column=name,
                type=say(TYPES[column.type]),
            )
        elif how in ("one_of", "none_of"):
            yield from _value_ofcolumn_of(column, what)
    if name == stamp and asked:
        yield say("{column} dates the rows, so every row has it; leave it out", column=name)


def _value_ofcolumn_of(column: Column, values: Collection[Any]) -> Iterator[Text]:
    """Values of the wrong type, or that the contract does not have."""
    right: dict[str, tuple[type, ...]] = {"text": (str,), "flag": (bool,)}
    for value in values:
        kinds = right.get(column.type, (int, float))
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            shown = w.quoted(value) if isinstance(value, str) else str(value).lower()
            hint = say("; write it in quotes") if column.type == "text" else ""
            yield say(
                "{column} is {type}, {value} is not{hint}",
                column=column.name,
                type=say(TYPES[column.type]),
                value=shown,
                hint=hint,
            )
        elif column.values and value not in column.values:
            near = nearest(str(value), column.values)
            if near:
                yield say(
                    "{column} has no value '{value}'; did you mean '{near}'?",
                    column=column.name,
                    value=value,
                    near=near,
                )
            else:
                yield say(
                    "{column} has no value '{value}' (one of {known})",
                    column=column.name,
                    value=value,
                    known=", ".join(column.values),
                )


def too_early(
    draft: Any, part: str, table: Table, stamp: str, name: str, condition: Condition
) -> Iterator[Text]:
    """Conditions on what is not known yet when the row is dated: how it comes out would depend on the data cut."""
    if column_of(table, name) is None or name == stamp:
        return
    asked = condition.asked
    if name == "status" and table.name == "contacts":
        values = {*(condition.one_of or ()), *(condition.none_of or ())}
        if values & {*table.column("status").values} - NOT_REAL:
            yield say(
                "status is as of the day the data end, so rows of the last days would be judged before their time; ask "
                "of resolved_at how soon it came (within), and of status only merged, spam and cancelled"
            )
        return
    if spans := SPANS & set(asked):
        yield from _span_faults(
            draft, TABLES[table.name].column(name), {k: asked[k] for k in spans}
        )
    taken_back = name == "cancelled_at" and asked == {"empty": True}
    if name in later_stamps(table, stamp) and not (SPANS & set(asked) or taken_back):
        yield say(
            "{column} is only known after {stamp}, so rows of the last days would be left out or judged before their "
            "time; ask how soon it came (within), or date the rows by it (stamp: {column})",
            column=name,
            stamp=stamp,
        )
    since = known_later(table, stamp, name)
    limited = since is not None and (draft.filter or {}).get(since)
    if since is not None and not (part == "yes" and limited and limited.within):
        yield final(name, since)


def _span_faults(draft: Any, column: Column, spans: Mapping[str, str]) -> Iterator[Text]:
    """Times after a row for which the row is not followed."""
    if draft.of == "customers" or draft.kind not in ("share", "mean", "duration"):
        yield say(
            "within and later_than can only be asked of rows that are followed by day: a share, mean or duration "
            "of rows"
        )
        return
    longest = draft.window * DAY if isinstance(draft.window, int) else 0
    for span in spans.values():
        if column.later and micros_of(span) > longest:
            yield say(
                "whether {column} came in {span} is only known after them: set `window` to at least {number}",
                column=column.name,
                span=span,
                number=-(-micros_of(span) // DAY),
            )


def known_later(table: Table, stamp: str, column: str) -> str | None:
    """The stamp from which a number is known, where that is not the one that dates the rows, or an earlier one."""
    since = KNOWN_FROM.get((table.name, column))
    return since if since in later_stamps(table, stamp) else None


def final(column: str, since: str) -> Text:
    """The fault of a number that is asked for before it is known."""
    return say(
        "{column} is only known once there is {since}; date the rows by it (stamp: {since})",
        column=column,
        since=since,
    )


def column_of(table: Table, name: str) -> Column | None:
    """The column of a name, if the table has it."""
    return next((c for c in table.columns if c.name == name), None)


def is_stamp(table: Table, name: str) -> bool:
    """Whether a table has a stamp of this name."""
    column = column_of(table, name)
    return column is not None and column.type == "time"


def no_column(table: Table, name: str) -> Text:
    """The fault of a name that is no column."""
    near = nearest(name, [c.name for c in table.columns])
    if near:
        return say(
            "{table} has no column {name}; did you mean {near}?",
            table=table.name,
            name=name,
            near=near,
        )
    return say("{table} has no column {name}; see docs/tables.md", table=table.name, name=name)


def no_stamp(table: Table, name: str) -> Text:
    """The fault of a name that is no stamp."""
    known = ", ".join(c.name for c in table.columns if c.type == "time")
    return say(
        "{name} is no stamp of {table} (one of {known})", name=name, table=table.name, known=known
    )
