"""A change log kept as a folder of YAML files, one change each: read strictly, every fault with its file and line."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from math import isfinite
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from cs_lib.aggregates import logged_scope
from cs_lib.data.conform import meant
from cs_lib.data.contracts import FLOW_CHANGES, Column
from cs_lib.data.engines.base import Engine, identifier, quote
from cs_lib.data.forms import ABSOLUTE, LOCAL
from cs_lib.data.sources.bounds import misplaced
from cs_lib.data.sources.files import YAML, change_files, likely_encoding
from cs_lib.language import say
from cs_lib.params import ParamsError, Scope, TableSpec, nearest, strict_yaml

TABLE = FLOW_CHANGES.name
BESIDE = (".md",)  # what else may lie in such a folder
SCOPES = ("scope", "comparison_scope")
PARTS = re.compile(
    r"\s*(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?)?\s*(.*?)\s*"
)
UNWRITABLE = re.compile(r"[,()'\"\n]|^\s|\s$|^$")  # in a value of a logged scope


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of one file: the line it stands on, 0 where it stands on none, and what is wrong."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        if self.line:
            return say(
                "{table}: {file}, line {line}: {fault}",
                table=TABLE, file=self.file, line=self.line, fault=self.message,
            )  # fmt: skip
        return say("{table}: {file}: {fault}", table=TABLE, file=self.file, fault=self.message)


@dataclass(slots=True)
class Entry:
    """One change as its file states it: values by column, the line of each, and what is wrong."""

    file: str
    values: dict[str, str | float] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def wrong(self, key: str, message: str) -> None:
        """Note what is wrong with a key."""
        self.faults.append(Fault(self.file, self.lines.get(key, 0), f"{key}: {message}"))


def add_changes(engine: Engine, path: Path, base: Path, spec: TableSpec, zone: str) -> list[str]:
    """Make `raw_flow_changes` of the files of a folder; one sentence for each fault of any of them.

    Args:
        path: the folder.
        base: the source's folder, which no file may lead out of.
        zone: of days and of stamps without one, for the order of an entry's stamps alone.
    """
    if not path.is_dir():
        return [
            say("{table}: {file} is a file, a folder is expected.", table=TABLE, file=path.name)
        ]
    files, faults = change_files(path), _strangers(path)
    if not files:
        empty = say(
            "{table}: the folder {file} holds no YAML file (*.yaml): is it the right one? Each change is a file.",
            table=TABLE, file=path.name,
        )  # fmt: skip
        return [*faults, empty]
    entries = list[Entry]()
    for one in files:
        shown = one.relative_to(path.parent).as_posix()
        fault = misplaced(TABLE, one, base, written=shown)
        if fault:
            faults.append(fault)
            continue
        entries.append(_entry(one, shown, spec, zone))
    for entry in entries:
        faults += [str(fault) for fault in sorted(entry.faults, key=lambda each: each.line)]
    faults += _twice(entries)
    if not faults:
        _make(engine, entries)
    return faults


def _strangers(path: Path) -> list[str]:
    """One sentence for files that are no YAML files by their name, and may be changes all the same."""
    found = list[str]()
    for here, folders, files in os.walk(path):
        folders[:] = sorted(one for one in folders if not one.startswith("."))
        found += [
            (Path(here) / one).relative_to(path.parent).as_posix()
            for one in sorted(files)
            if not one.startswith(".") and not one.lower().endswith((*YAML, *BESIDE))
        ]
    if not found:
        return []
    return [
        say(
            "{table}: not every file of the folder {folder} is called *.yaml ({named}): name changes so, and keep "
            "other files elsewhere.",
            table=TABLE,
            folder=path.name,
            named=", ".join(found[:3]) + (", ..." if len(found) > 3 else ""),
        )
    ]


def _entry(path: Path, shown: str, spec: TableSpec, zone: str) -> Entry:
    """One file as an entry of the log, with everything that is wrong with it."""
    entry = Entry(shown)
    try:
        raw, lines = strict_yaml.read(path, shown=shown)
    except ParamsError as error:
        entry.faults += _undecoded(path, shown) or [
            Fault(shown, one.line or 0, f"{one.key}: {one.message}" if one.key else one.message)
            for one in error.problems
        ]
        return entry
    entry.lines = {str(key[0]): line for key, line in lines.items() if len(key) == 1}
    known = [column.name for column in FLOW_CHANGES.columns]
    for key, value in raw.items():
        if key in known:
            _read(entry, FLOW_CHANGES.column(key), value)
        else:
            hint = meant(str(key), known)
            entry.wrong(str(key), say("no such key{hint}", hint=hint))
    entry.values.setdefault("change_id", path.name.rsplit(".", 1)[0])
    if raw.get("live_at") is None:
        entry.wrong("live_at", say("missing: the day or the moment it went live"))
    _ordered(entry, spec, zone)
    return entry


def _undecoded(path: Path, shown: str) -> list[Fault]:
    """The fault of a file that is not UTF-8, with the line of the first byte that is not."""
    try:
        found = path.read_bytes()
        found.decode("utf-8")
    except UnicodeDecodeError as error:
        line = found.count(b"\n", 0, error.start) + 1
        start = found.rfind(b"\n", 0, error.start) + 1
        known = likely_encoding(found[start:])
        fault = (
            say("not UTF-8; it reads as {encoding}: save it as UTF-8", encoding=known.upper())
            if known
            else say("not UTF-8; save it as UTF-8")
        )
        return [Fault(shown, line, fault)]
    except OSError:  # told by whoever read it first
        return []
    return []


def _read(entry: Entry, column: Column, value: Any) -> None:
    """Take one value, or note what is wrong with it; a key without a value is as good as none."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return
    if column.name in SCOPES:
        _scope(entry, column.name, value)
    elif column.type == "number":
        _number(entry, column.name, value)
    elif isinstance(value, bool | float | list | dict):
        entry.wrong(column.name, say("must be text; put it in quotes"))
    elif column.type == "time":
        if _moment(str(value)) is None:
            entry.wrong(
                column.name,
                say(
                    "'{value}' is no day or moment like 2026-03-31 or 2026-03-31T18:00",
                    value=value,
                ),
            )
        else:
            entry.values[column.name] = str(value).strip()
    elif column.values and value not in column.values:
        near = nearest(str(value), column.values)
        entry.wrong(
            column.name,
            say("'{value}' is none of its values; did you mean '{near}'?", value=value, near=near)
            if near
            else say(
                "'{value}' is none of its values ({known})",
                value=value, known=", ".join(column.values),
            ),
        )  # fmt: skip
    else:
        entry.values[column.name] = str(value).strip()


def _number(entry: Entry, key: str, value: Any) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not isfinite(value) or value < 0:
        entry.wrong(key, say("must be a number of 0 or more"))
    else:
        entry.values[key] = float(value)


def _scope(entry: Entry, key: str, value: Any) -> None:
    """For whom: values by column, or the text that logs have for it."""
    form = "team_id in (T01, T02)"
    if isinstance(value, dict):
        faults = list(_of_mapping(value))
        for fault in faults:
            entry.wrong(key, fault)
        if not faults:
            named = {one: v if isinstance(v, list) else [v] for one, v in value.items()}
            entry.values[key] = " and ".join(
                f"{one} in ({', '.join(map(str, v))})" for one, v in named.items()
            )
        return
    if not isinstance(value, str):
        entry.wrong(
            key, say("must be like {values} or {form}", values="{team_id: [T01, T02]}", form=form)
        )
        return
    read = logged_scope(value)
    if read is None and re.search(r"\bin\s*[(\[]", value, re.IGNORECASE):
        entry.wrong(key, say("'{value}' is not written like {form}", value=value, form=form))
        return
    unknown = [one for one in read or () if one not in Scope.COLUMNS]
    for one in unknown:
        entry.wrong(key, _no_column(one))
    if not unknown:
        entry.values[key] = value.strip()


def _of_mapping(value: dict[str, Any]) -> Iterator[str]:
    """What is wrong with values by column."""
    if not value:
        yield say("names nothing; leave it out")
    for column, values in value.items():
        if column not in Scope.COLUMNS:
            yield _no_column(str(column))
            continue
        listed = values if isinstance(values, list) else [values]
        if not listed:
            yield say("{column} names no value", column=column)
        for one in listed:
            if isinstance(one, bool | float) or not isinstance(one, str | int):
                yield say("the values of {column} must be text; put them in quotes", column=column)
            elif UNWRITABLE.search(str(one)):
                yield say(
                    "'{value}' of {column} is blank or holds a comma, a bracket or a quote, which no logged scope can",
                    value=one,
                    column=column,
                )


def _no_column(name: str) -> str:
    return say(
        "'{column}' is no column of a scope{hint}",
        column=name,
        hint=meant(name, Scope.COLUMNS, end=False)
        or f" ({', '.join(Scope.COLUMNS)})",
    )  # fmt: skip


def _moment(text: str) -> tuple[datetime, bool] | None:
    """A day or a moment, and whether it is a day alone; None for any other text, or one that no calendar has."""
    found = PARTS.fullmatch(text)
    if found is None or not (re.match(LOCAL, text) or re.match(ABSOLUTE, text)):
        return None
    year, month, day, hour, minute, second, fraction, offset = found.groups()
    clock = (
        f"T{int(hour):02d}:{minute}:{second or '00'}.{(fraction or '0')[:6]:0<6}" if hour else ""
    )
    zone = {"Z": "+00:00", "UTC": "+00:00"}.get(offset, offset)
    try:
        stamp = datetime.fromisoformat(f"{year}-{int(month):02d}-{int(day):02d}{clock}{zone}")
    except ValueError:
        return None
    return (stamp, not hour) if 1900 <= stamp.year < 2200 else None


def _ordered(entry: Entry, spec: TableSpec, zone: str) -> None:
    """Note an end before the start, and a cause that was found once the change was there.

    What ends on the day it went live, by a day alone, is taken to end in the moment it did.
    """
    known = {
        key: _local(entry.values[key], spec.zones.get(key) or spec.timezone or zone)
        for key in ("live_at", "ended_at", "found_at")
        if key in entry.values
    }
    live = known.get("live_at")
    if live is None:
        return
    begun, by_day = live
    if ended := known.get("ended_at"):
        days_only = by_day or ended[1]
        before = ended[0].date() < begun.date() if days_only else ended[0] < begun
        if before:
            entry.wrong("ended_at", say("lies before live_at"))
        elif ended[1] and ended[0].date() == begun.date():
            entry.values["ended_at"] = entry.values["live_at"]
    if (found := known.get("found_at")) and found[0].date() > begun.date():
        entry.wrong("found_at", say("lies after live_at: a cause is found before the change"))


def _local(value: str | float, zone: str) -> tuple[datetime, bool]:
    """A moment as the clocks of a zone show it."""
    moment = _moment(str(value))
    assert moment is not None
    stamp, by_day = moment
    local = stamp if stamp.tzinfo is None else stamp.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    return local, by_day


def _twice(entries: list[Entry]) -> list[str]:
    """One sentence for each id that several files have."""
    files: dict[str, list[str]] = {}
    for entry in entries:
        if "change_id" in entry.values:
            files.setdefault(str(entry.values["change_id"]), []).append(_place(entry))
    return [
        say(
            "{table}: the change '{id}' stands in several files ({files}); every change has an id of its own.",
            table=TABLE, id=name, files=", ".join(places),
        )
        for name, places in files.items()
        if len(places) > 1
    ]  # fmt: skip


def _place(entry: Entry) -> str:
    line = entry.lines.get("change_id")
    return say("{file}, line {line}", file=entry.file, line=line) if line else entry.file


def _make(engine: Engine, entries: list[Entry]) -> None:
    """The rows as text, as a file of rows has them; columns that no file has are left out."""
    columns = [c for c in FLOW_CHANGES.columns if any(c.name in one.values for one in entries)]
    rows = ", ".join(
        f"({', '.join(_literal(entry.values.get(c.name)) for c in columns)})" for entry in entries
    )
    names = ", ".join(identifier(c.name) for c in columns)
    typed = ", ".join(
        f"CAST({identifier(c.name)} AS {'DOUBLE' if c.type == 'number' else 'VARCHAR'})"
        f" AS {identifier(c.name)}"
        for c in columns
    )
    engine.run(f"CREATE TABLE raw_{TABLE} AS SELECT {typed} FROM (VALUES {rows}) AS t({names})")


def _literal(value: str | float | None) -> str:
    if value is None:
        return "NULL"
    return repr(value) if isinstance(value, float) else quote(value)
