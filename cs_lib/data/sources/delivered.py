"""Delivered files as raw relations, one per canonical table, with every fault at once."""

from __future__ import annotations

import re
from pathlib import Path

from cs_lib.data import kept
from cs_lib.data.conform import meant
from cs_lib.data.contracts import TABLES
from cs_lib.data.engines.base import Engine, EngineError
from cs_lib.data.facts import TableFacts
from cs_lib.data.sources.bounds import folder, parquet_files, unreadable
from cs_lib.data.sources.files import (
    as_utf8,
    decoding_fault,
    header,
    is_csv,
    locate,
    specs,
)
from cs_lib.language import say
from cs_lib.params import Source
from cs_lib.wording import counted

LOST_THREAD = "state machine reached an invalid state"  # how the engine words mixed line ends


def delivered(engine: Engine, source: Source) -> tuple[list[str], dict[str, TableFacts], list[str]]:
    """Register files, then one raw relation per canonical table: the tables there are, and every fault.

    Between them the facts of tables that are made already, `all_<table>`, and have no raw relation.
    """
    files, breaches = locate(source)
    made = dict[str, TableFacts]()
    lost = {_relation(name, source) for name in specs(source) if name not in files}
    for name, path in files.items():
        if name not in source.files and (facts := kept.restore(engine, source, name)):
            made[name] = facts
            continue
        found = _add_file(engine, name, path, source)
        breaches += found
        lost |= {_relation(name, source)} if found else set()
    engine.seal()
    for name, table in source.tables.items():
        if name not in TABLES:
            breaches.append(
                say(
                    "{name}: no canonical table has this name{hint}",
                    name=name,
                    hint=meant(name, TABLES),
                )
            )
        elif table.query is not None:
            try:
                engine.require_query(table.query)
                engine.run(f"CREATE TABLE raw_{name} AS {table.query}")
            except EngineError as error:
                if not _only_lacks(lost, error):
                    breaches.append(
                        say(
                            "{name}: its query in the source failed ({error}).",
                            name=name,
                            error=error,
                        )
                    )
                lost.add(f"raw_{name}")
    if "contacts" not in source.tables and "perk_assignments" not in source.tables:
        breaches.append(
            say("contacts: the source names no such table; it is the one every study needs.")
        )
    there = [name for name in source.tables if name in TABLES and f"raw_{name}" not in lost]
    return there, made, breaches


def _only_lacks(lost: set[str], error: EngineError) -> bool:
    """Whether a query has no fault of its own but a relation that was already complained of."""
    said = str(error).lower()
    return any(f"table with name {name.lower()} does not exist" in said for name in lost)


def _relation(file: str, source: Source) -> str:
    """What a file is called in the engine."""
    return file if file in source.files else f"raw_{file}"


def _add_file(engine: Engine, name: str, path: Path, source: Source) -> list[str]:
    """Register one file; what keeps it from being read."""
    if not is_csv(path):
        return _add_parquet(engine, name, path, source)
    if path.is_dir():
        return [
            say("{name}: {file} is a folder, a CSV file is expected.", name=name, file=path.name)
        ]
    try:
        return _add_csv(engine, name, path, source)
    except PermissionError:
        return [unreadable(name, path.name)]
    except (
        OSError
    ) as error:  # the file went away meanwhile, or there is no room for a copy in UTF-8
        reason = error.strerror or type(error).__name__
        return [
            say(
                "{name}: {file} cannot be read as CSV ({reason}).",
                name=name,
                file=path.name,
                reason=reason,
            )
        ]


def _add_parquet(engine: Engine, name: str, path: Path, source: Source) -> list[str]:
    base = folder(source).path or path.parent
    paths, fault = parquet_files(name, path, base)
    if fault:
        return [fault]
    try:
        engine.add_parquet(_relation(name, source), paths)
    except EngineError as error:
        return [
            say(
                "{name}: {file} cannot be read as Parquet ({reason}).",
                name=name,
                file=path.name,
                reason=error,
            )
        ]
    return []


def _add_csv(engine: Engine, name: str, path: Path, source: Source) -> list[str]:
    spec, relation = specs(source)[name], _relation(name, source)
    fault = decoding_fault(name, path, spec)
    if fault:
        return [fault]
    columns, fault = header(name, path, spec)
    if fault:
        return [fault]
    twice = next((c for i, c in enumerate(columns) if c in columns[:i]), None)
    if twice is not None:
        return [
            say(
                "{name}: {file} has two columns called '{twice}'.",
                name=name,
                file=path.name,
                twice=twice,
            )
        ]
    for one_line_end in (False, True):
        try:
            with as_utf8(path, spec, one_line_end=one_line_end) as plain:
                engine.add_csv(
                    relation, plain, columns=columns, delimiter=spec.delimiter, missing=spec.missing
                )
            return []
        except EngineError as error:
            fault = say(
                "{name}: {file} cannot be read as CSV ({reason}).",
                name=name,
                file=path.name,
                reason=_csv_fault(error),
            )
            if LOST_THREAD not in error.detail:
                break
    return [fault]


def _csv_fault(error: EngineError) -> str:
    """Where a CSV file breaks off, in an analyst's words."""
    if LOST_THREAD in error.detail:
        return say("its quotes are not well formed")
    line = re.search(r"Error on Line: (\d+)", error.detail)
    if line is None:
        return str(error)
    width = re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", error.detail)
    if width:
        return say(
            "line {line} has {columns}, the header has {expected}",
            line=line[1],
            columns=counted(int(width[2]), "column"),
            expected=width[1],
        )
    if "unterminated quote" in error.detail:
        return say("line {line} opens a quote that is never closed", line=line[1])
    return say("line {line} is not well formed", line=line[1])
