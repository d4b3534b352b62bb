"""Stamps as they are delivered: with a zone, without one, or as text in the one form that needs no guess."""

from __future__ import annotations

import re

from cs_lib.data.engines.base import Dialect, identifier

ZONED = "TIMESTAMP WITH TIME ZONE"
DAY = r"\s*[1-9]\d{3}[-/]\d{1,2}[-/]\d{1,2}"
CLOCK = r"[ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?"
LOCAL = rf"^{DAY}({CLOCK})?\s*$"
OFFSET = r" ?(Z|UTC|[+-]\d{2}(:?\d{2})?)\s*$"
ABSOLUTE = rf"^{DAY}{CLOCK}{OFFSET}"
VALUE = re.compile(
    rf"{DAY}|\s*[+-]?\d+([.,]\d+)?\s*$"
)  # a text that is hardly the name of a column


def local_name(column: str) -> str:
    """What a text is called once it is parsed as a stamp without zone."""
    return identifier(f"{column} without zone")


def instant(name: str, local: str, kind: str, zone: str, dialect: Dialect) -> str:
    """A UTC instant from text with or without an offset, from a zoned stamp, a local stamp or a day.

    `local` is the column as a stamp without zone. Text of any other form is no stamp: the engine would read
    `10:00 PM` as ten in the morning.
    """
    if kind == ZONED:
        return dialect.without_zone(name)
    if kind != "VARCHAR":
        return dialect.to_utc(local, zone)
    joined = f"regexp_replace({name}, ' ?(UTC|[+-][0-9:]+) *$', '\\1')"
    joined = f"replace({joined}, 'UTC', 'Z')"
    absolute = dialect.without_zone(f"TRY_CAST({joined} AS TIMESTAMPTZ)")
    return (
        f"CASE WHEN {dialect.matches(name, LOCAL)} THEN {dialect.to_utc(local, zone)}"
        f" WHEN {dialect.matches(name, ABSOLUTE)} THEN {absolute} END"
    )
