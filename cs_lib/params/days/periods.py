"""Periods that move: `[first, null]` and `last 26 weeks` become days when settings are checked, by as_of alone."""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from cs_lib.params.fields import iso_date

WINDOW = re.compile(r"last ([1-9][0-9]{0,4}) (day|week|month)s?")
EARLIEST = date(1900, 1, 1)


@dataclass(frozen=True, slots=True)
class Moving:
    """How a period may be written besides as two dates.

    It ends on the day before `until`, a dotted key whose value is a day. `since` is the key of a day
    before which no window starts. With `each` the setting is a list of periods; `windows` allows
    `last 26 weeks`.
    """

    until: str
    since: str = ""
    windows: bool = True
    each: bool = False

    @property
    def forms(self) -> str:
        """The allowed ways of writing it."""
        end = f"[first, null] for up to {self._end}"
        if not self.windows:
            return f"two dates, first and last day: [from, to], or {end}"
        window = 'a window like "last 26 weeks" (days, weeks or months; at least 1)'
        return f"two dates, first and last day: [from, to], {end}, or {window}"

    @property
    def _end(self) -> str:
        return "the day before " + self.until.rsplit(".", 1)[-1]


@dataclass(slots=True)
class Resolved:
    """Settings with days in every period, how the moving ones were written, and what was wrong.

    `faults` has a sentence for each faulty period, by its place; none where the day it hangs on is the
    faulty one, which is told there.
    """

    raw: dict[str, Any]
    written: dict[str, Any] = field(default_factory=dict)
    faults: dict[tuple[str | int, ...], str | None] = field(default_factory=dict)


class _Unclear(ValueError):
    """Raised where a period hangs on a day that is itself faulty."""


def resolve(raw: Mapping[str, Any], moving: Mapping[str, Moving]) -> Resolved:
    """Put days in the place of what moves. Depends on the settings alone, never on the clock."""
    found = Resolved(dict(raw))
    for key, how in moving.items():
        value = at(raw, key)
        if value is None:
            continue
        place = tuple(key.split("."))
        if not how.each:
            days = _one(value, how, raw, found, place)
        elif isinstance(value, list | tuple):
            days = [_one(item, how, raw, found, (*place, i)) for i, item in enumerate(value)]
        else:
            continue
        if days is not value and days != value:
            found.written[key] = _plain(value)
            found.raw = _with(found.raw, place, days)
    return found


def _one(
    value: Any, how: Moving, raw: Mapping[str, Any], found: Resolved, place: tuple[str | int, ...]
) -> Any:
    """The period as two days where it moves; else, and where it is faulty, as it is."""
    try:
        return _days(value, how, raw)
    except _Unclear:
        found.faults[place] = None
    except ValueError as error:
        found.faults[place] = str(error)
    return value


def _days(value: Any, how: Moving, raw: Mapping[str, Any]) -> Any:
    if isinstance(value, str):
        match = WINDOW.fullmatch(value) if how.windows else None
        if match is None:
            raise ValueError(f"must be {how.forms}, got {_short(value)}")
        return _window(int(match[1]), match[2], how, raw)
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise ValueError(f"must be {how.forms}, got {_short(value)}")
    first, last = value
    if last is not None or first is None:
        return value
    until, start = _day(raw, how.until), date.min
    with suppress(ValueError):  # a first day that is none is told by its field
        start = iso_date(first)
    if start >= until:
        raise ValueError(f"starts {start}, {_too_late(how, until)}")
    return [_plain(first), (until - timedelta(days=1)).isoformat()]


def _window(count: int, unit: str, how: Moving, raw: Mapping[str, Any]) -> list[str]:
    until = _day(raw, how.until)
    try:
        first = _back(until, count, unit)
    except (OverflowError, ValueError):
        first = date.min
    since = _day(raw, how.since) if how.since else None
    if since is not None:
        if since >= until:
            raise ValueError(f"holds no day yet: it starts {since}, {_too_late(how, until)}")
        first = max(first, since)
    if first < EARLIEST:
        raise ValueError(f"reaches back beyond the year {EARLIEST.year}")
    return [first.isoformat(), (until - timedelta(days=1)).isoformat()]


def _back(day: date, count: int, unit: str) -> date:
    """So long before a day; of a month that has no such day, its last one."""
    if unit != "month":
        return day - timedelta(days=count * (7 if unit == "week" else 1))
    months = day.year * 12 + day.month - 1 - count
    year, month = divmod(months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _too_late(how: Moving, until: date) -> str:
    if how.until == "as_of":
        return f"but only data before as_of {until} count"
    return f"not before {how.until.rsplit('.', 1)[-1]} {until}"


def _day(raw: Mapping[str, Any], key: str) -> date:
    try:
        return iso_date(at(raw, key))
    except ValueError:
        raise _Unclear from None


def at(raw: Any, key: str) -> Any:
    """What stands at a dotted key; None when nothing does."""
    for part in key.split("."):
        raw = raw.get(part) if isinstance(raw, Mapping) else None
    return raw


def _with(raw: Mapping[str, Any], place: tuple[str, ...], value: Any) -> dict[str, Any]:
    """The same settings with one value in the place of another."""
    name, *inner = place
    return {**raw, name: _with(raw[name], tuple(inner), value) if inner else value}


def put(cell: Mapping[str, Any], key: str, value: Any) -> dict[str, Any]:
    """The same settings with another value at a dotted key."""
    return _with(cell, tuple(key.split(".")), value)


def _plain(value: Any) -> Any:
    """As settings files and cells hold it: dates as text, lists as lists."""
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
