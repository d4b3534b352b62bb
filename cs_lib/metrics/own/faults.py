"""What is wrong with a metric of one's own: with its kind, its table, its unit, its conditions. All of it at once."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from cs_lib.data.contracts import TABLES, Table
from cs_lib.metrics.own.conditions import later_stamps
from cs_lib.metrics.own.rows import (
    TYPES,
    column_of,
    condition_faults,
    dated_by,
    final,
    is_stamp,
    known_later,
    no_column,
    no_stamp,
    too_early,
)
from cs_lib.params import nearest
from cs_lib.sentences import Text, say

Fault = tuple[str, Text]  # the key of the file, and the sentence
CUSTOMER_KEYS = {
    "contacts": "customer_id",
    "orders": "customer_id",
    "surveys": "customer_id",
    "visits": "customer_id",
    "perk_assignments": "customer_id",
    "perk_redemptions": "assignment_id",
    "customers": "referred_by=customer_id",
}
BY_DAY = ("contacts", "orders", "surveys")  # tables whose rows make a series of days
UNITS = {
    "amount": ("money",), "margin": ("money",), "discount_amount": ("money",), "face_value": ("money",),
    "unit_cost": ("money",), "handle_seconds": ("minutes", "hours"),
}  # fmt: skip
UNITS_OF_KIND = {
    "share": ("share",), "count": ("count",), "duration": ("minutes", "hours"), "rate": ("count", "per_1000"),
    "ratio": ("share", "count", "money", "per_1000"),
}  # fmt: skip
# Besides what every kind states: what a kind must and what it may state.
MUST = {
    "share": ("table", "of"), "mean": ("table", "value", "of", "unit"), "count": ("table",),
    "rate": ("table", "per", "unit"), "duration": ("table", "to", "unit", "window"),
    "ratio": ("above", "below", "unit"),
}  # fmt: skip
MAY = {
    "share": ("stamp", "filter", "yes", "unit", "window"), "mean": ("stamp", "filter", "window"),
    "count": ("stamp", "filter", "unit"), "rate": ("stamp", "filter"), "duration": ("stamp", "filter"), "ratio": (),
}  # fmt: skip
KEYS = (
    "of", "table", "stamp", "value", "filter", "yes", "to", "per", "above", "below", "window", "unit",
)  # fmt: skip


def faults(draft: Any) -> Iterator[Fault]:
    """Every fault of a file as read; what was found faulty before is None."""
    yield from _label_faults(draft)
    if draft.kind is None:
        return
    yield from _key_faults(draft)
    table = TABLES.get(draft.table or "")
    if draft.kind != "ratio" and draft.table is not None:
        if draft.table not in CUSTOMER_KEYS:
            yield "table", _no_table(draft.table)
        elif table is not None:
            yield from _table_faults(draft, table)
    yield from _unit_faults(draft)
    if draft.kind == "rate" and draft.per is not None:
        yield from _per_faults(draft.per)


def _no_table(name: str) -> Text:
    near = nearest(name, CUSTOMER_KEYS)
    if near:
        return say("no table '{name}'; did you mean '{near}'?", name=name, near=near)
    known = ", ".join(CUSTOMER_KEYS)
    return say(
        "no table '{name}' whose rows a metric can count (one of {known})", name=name, known=known
    )


def _label_faults(draft: Any) -> Iterator[Fault]:
    """Gaps that nothing fills; a name that would be read as one with a window."""
    if isinstance(draft.metric, str) and re.search(r"_\d+d$", draft.metric):
        yield (
            "metric",
            say(
                "'{name}' must not end in a number of days: a study names the window, like {name}_30d",
                name=re.sub(r"_\d+d$", "", draft.metric),
            ),
        )
    texts = [draft.label] if not isinstance(draft.label, dict) else list(draft.label.values())
    if any(
        re.search(r"[{}]", text.replace("{days}", "")) for text in texts if isinstance(text, str)
    ):
        yield "label", say("braces may only hold {gap}, which stands for the window", gap="{days}")
    yield from _window_faults(draft, texts)


def _window_faults(draft: Any, texts: Sequence[Any]) -> Iterator[Fault]:
    """A label that names the window of rows that have none."""
    by_row = draft.of == "rows" or draft.kind in ("duration", "rate")
    if (
        by_row
        and draft.window == 0
        and any("{days}" in text for text in texts if isinstance(text, str))
    ):
        yield (
            "label",
            say("{gap} stands for the window, and these rows have none by day", gap="{days}"),
        )


def _key_faults(draft: Any) -> Iterator[Fault]:
    """Keys that a kind needs and has not, or has and cannot use."""
    unset: tuple[Any, ...] = (None, {}, 0)
    for key in MUST[draft.kind]:
        if getattr(draft, key) in unset:
            yield key, say("missing; a {kind} needs it", kind=draft.kind)
    known = (*MUST[draft.kind], *MAY[draft.kind])
    for key in KEYS:
        if key not in known and getattr(draft, key) not in unset:
            yield key, say("has no meaning for a {kind}; leave it out", kind=draft.kind)
    if draft.kind == "share" and draft.of == "rows" and draft.yes == {}:
        yield "yes", say("missing; say which of the rows are the part that the share tells")
    if draft.of == "customers" and (draft.yes or draft.window):
        key = "yes" if draft.yes else "window"
        yield key, say("belongs to a share or mean of rows; a study names the window of customers")


def _table_faults(draft: Any, table: Table) -> Iterator[Fault]:
    stamp = dated_by(table.name, draft.stamp)
    if not is_stamp(table, stamp):
        yield "stamp", no_stamp(table, stamp)
        return
    yield from _use_faults(draft, table, stamp)
    for part in ("filter", "yes"):
        for name, condition in (getattr(draft, part) or {}).items():
            for fault in condition_faults(table, stamp, name, condition):
                yield f"{part}.{name}", fault
            for fault in too_early(draft, part, table, stamp, name, condition):
                yield f"{part}.{name}", fault
    if draft.value is not None and draft.kind == "mean":
        yield from _value_faults(draft, table, stamp)
    if draft.to is not None and draft.kind == "duration":
        if not is_stamp(table, draft.to):
            yield "to", no_stamp(table, draft.to)
        elif draft.to not in later_stamps(table, stamp):
            yield "to", say("{to} does not come after {stamp}", to=draft.to, stamp=stamp)


def _use_faults(draft: Any, table: Table, stamp: str) -> Iterator[Fault]:
    """Tables that a kind cannot use: rows of users alone, rows that have no days."""
    by_row = draft.of == "rows" or draft.kind in ("duration", "rate")
    if by_row and table.name == "perk_redemptions":
        yield (
            "table",
            say(
                "only customers who used a perk have rows in perk_redemptions, so a {kind} of its rows would compare "
                "those alone; use `of: customers`",
                kind=draft.kind,
            ),
        )
    elif by_row and table.name not in BY_DAY and (draft.window or draft.kind == "duration"):
        yield (
            "table",
            say(
                "rows of {table} are not followed by day; use {known}",
                table=table.name,
                known=", ".join(BY_DAY),
            ),
        )


def _value_faults(draft: Any, table: Table, stamp: str) -> Iterator[Fault]:
    column = column_of(table, draft.value)
    if column is None:
        yield "value", no_column(table, draft.value)
    elif column.type not in ("number", "whole"):
        yield (
            "value",
            say(
                "{column} is {type}, a mean needs a number",
                column=column.name,
                type=say(TYPES[column.type]),
            ),
        )
    elif column.name not in UNITS:
        yield (
            "value",
            say(
                "{column} has no unit that a mean could be told in; a share can ask whether it is at least so much",
                column=column.name,
            ),
        )
    elif (since := known_later(table, stamp, column.name)) is not None:
        yield "value", final(column.name, since)


def _unit_faults(draft: Any) -> Iterator[Fault]:
    """A unit that contradicts the kind or the value."""
    if draft.unit is None:
        return
    of = draft.value if draft.kind == "mean" else draft.kind
    known = UNITS.get(of) or UNITS_OF_KIND.get(of)
    if known and draft.unit not in known:
        yield (
            "unit",
            say(
                "{what} is told in {known}, not in {unit}",
                what=of,
                known=" / ".join(known),
                unit=draft.unit,
            ),
        )


def _per_faults(per: Any) -> Iterator[Fault]:
    if per.table is None:
        return
    table = TABLES.get(per.table)
    if table is None or per.table not in CUSTOMER_KEYS:
        yield "per.table", _no_table(per.table)
        return
    stamp = dated_by(per.table, per.stamp)
    if not is_stamp(table, stamp):
        yield "per.stamp", no_stamp(table, stamp)
        return
    draft = SimpleNamespace(kind="rate", of=None, window=0, filter=per.filter)
    for name, condition in (per.filter or {}).items():
        for fault in (
            *condition_faults(table, stamp, name, condition),
            *too_early(draft, "filter", table, stamp, name, condition),
        ):
            yield f"per.filter.{name}", fault


def ratio_unit_faults(unit: str | None, above: str | None, below: str | None) -> Iterator[Fault]:
    """A unit that is not that of the parts, whose units are given; None where a part is none."""
    if unit is None or above is None or below is None:
        return
    money = above == "money" != below
    if money != (unit == "money"):
        yield (
            "unit",
            say("it is an amount of money per {below}: its unit is money", below=below)
            if money
            else say("only an amount of money over something else is told in money"),
        )


def part_faults(
    parts: Mapping[str, str], units: Collection[str], known: Collection[str]
) -> Iterator[Fault]:
    """The parts of a ratio that are no plain metric of customers; `parts` are names by key."""
    for key, name in parts.items():
        if name in units:
            continue
        near = nearest(name, units)
        if name in known:
            yield key, say("'{name}' is no sum of customers; a ratio takes two of those", name=name)
        elif near:
            yield key, say("no metric '{name}'; did you mean '{near}'?", name=name, near=near)
        else:
            yield key, say("no metric '{name}' (one of {known})", name=name, known=", ".join(units))
