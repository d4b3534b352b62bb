"""Delivered files as raw relations, one per canonical table, with every fault at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from cs_lib.data import kept
from cs_lib.data.conform import meant
from cs_lib.data.contracts import TABLES
from cs_lib.data.engines.base import Engine, EngineError
from cs_lib.data.facts import TableFacts
from cs_lib.data.sources.bounds import folder, parquet_files, unreadable
from cs_lib.data.sources.change_log import add_changes
from cs_lib.data.sources.damage import reason, refused_value
from cs_lib.data.sources.files import is_csv, is_workbook, locate, specs
from cs_lib.data.sources.results import shaped
from cs_lib.data.sources.text import Added, add_csv
from cs_lib.data.sources.workbook import add_sheet
from cs_lib.language import say
from cs_lib.params import Source
from cs_lib.params.source import WIDE
from cs_lib.wording import counted


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a source delivers: tables, facts of those made already (`all_<table>`), every fault, what must be told."""

    tables: list[str]
    made: dict[str, TableFacts] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def delivered(engine: Engine, source: Source) -> Delivered:
    """Register files, then one raw relation per canonical table that is not made already."""
    files, breaches = locate(source)
    made, added = dict[str, TableFacts](), dict[str, Added]()
    named = [*specs(source), *(n for n, table in source.tables.items() if table.folder is not None)]
    lost = {_lost(name, source) for name in named if name not in files}
    for name, path in files.items():
        if name not in source.files and (facts := kept.restore(engine, source, name)):
            made[name] = facts
            continue
        found = added[name] = _add_file(engine, name, path, source)
        breaches += found.faults
        lost |= {_lost(name, source)} if found.faults else set()
    engine.seal()
    notes = [note for found in added.values() for note in found.notes]
    for name, table in source.tables.items():
        if name in WIDE:
            breaches += _wide(engine, source, name, lost)
        elif name not in TABLES:
            breaches.append(
                say(
                    "{name}: no canonical table has this name{hint}",
                    name=name,
                    hint=meant(name, TABLES),
                )
            )
        elif table.query is not None:
            fault = _query(engine, name, table.query, lost)
            breaches += [fault] if fault else []
            notes += [] if f"raw_{name}" in lost else _repeated(engine, source, name, added)
        elif name in added:
            breaches += _repeated_own(name, files[name], added[name])
    if not {"contacts", "perk_assignments", *WIDE} & set(source.tables):
        breaches.append(
            say("contacts: the source names no such table; it is the one every study needs.")
        )
    known = {*TABLES, *WIDE}
    there = [name for name in source.tables if name in known and f"raw_{name}" not in lost]
    return Delivered(there, made, breaches, notes)


def _wide(engine: Engine, source: Source, name: str, lost: set[str]) -> list[str]:
    """Make the raw relation of a table whose columns are the user's own; what keeps it from being made."""
    query, faults = source.tables[name].query, list[str]()
    if query is not None:
        fault = _query(engine, name, query, lost, made="wide")
        faults = [fault] if fault else []
    if f"raw_{name}" in lost:
        return faults
    if faults := shaped(engine, source, name):
        lost.add(f"raw_{name}")
    return faults


def _query(engine: Engine, name: str, query: str, lost: set[str], *, made: str = "raw") -> str:
    """Make the raw relation of a table by its query; a sentence about what the query has wrong, else nothing."""
    try:
        engine.require_query(query)
        engine.run(f"CREATE TABLE {made}_{name} AS {query}")
    except EngineError as error:
        own = not _only_lacks(lost, error)
        lost.add(f"raw_{name}")
        return _query_fault(name, error) if own else ""
    return ""


def _query_fault(name: str, error: EngineError) -> str:
    """Why a query failed: in words of ours where a value of a file is the reason."""
    value = refused_value(error)
    if not value:
        return say(
            "{name}: its query in the source failed ({error}).", name=name, error=reason(error)
        )
    return say(
        "{name}: its query in the source takes the value '{value}' of a file for what it is not as it stands. Say how "
        "such values are written (`decimal`, `thousands`, `dates` of the file) and let the query pass the column on "
        "as it is, or use TRY_CAST, which leaves them empty.",
        name=name,
        value=value,
    )


def _repeated_own(name: str, path: Path, found: Added) -> list[str]:
    """One sentence for each column of a table that its file has several times."""
    canonical = [column.name for column in TABLES[name].columns] if name in TABLES else []
    return [
        say(
            "{name}: {file} has {columns} called '{twice}', capitals aside; keep the one that is meant.",
            name=name,
            file=path.name,
            columns=counted(len(names), "column"),
            twice=column,
        )
        for column, names in found.repeated.items()
        if column.lower() in canonical
    ]


def _repeated(engine: Engine, source: Source, name: str, added: dict[str, Added]) -> list[str]:
    """One sentence for each column that a query reads and its file has several times."""
    tables, columns = engine.names(source.tables[name].query or "")
    canonical = {column.name for column in TABLES[name].columns}
    said = []
    for file in source.files:
        repeated = added[file].repeated if file in added and file.lower() in tables else {}
        for column, names in repeated.items():
            called = column.lower()
            if called in columns or ("*" in columns and called in canonical):
                said.append(
                    say(
                        "{name}: {file} has {columns} called '{column}'; the query reads the first of them, the "
                        "others are called {others}.",
                        name=name,
                        file=Path(source.files[file].path).name,
                        columns=counted(len(names), "column"),
                        column=column,
                        others=", ".join(names[1:]),
                    )
                )
    return said


def _only_lacks(lost: set[str], error: EngineError) -> bool:
    """Whether a query has no fault of its own but a relation that was already complained of."""
    said = str(error).lower()
    return any(f"table with name {name.lower()} does not exist" in said for name in lost)


def _relation(file: str, source: Source) -> str:
    """What a file is called in the engine."""
    return file if file in source.files else f"{'wide' if file in WIDE else 'raw'}_{file}"


def _lost(file: str, source: Source) -> str:
    """What cannot be made when a file cannot be read."""
    return file if file in source.files else f"raw_{file}"


def _add_file(engine: Engine, name: str, path: Path, source: Source) -> Added:
    """Register one file, or the folder of a change log; what keeps it from being read."""
    own = source.tables.get(name)
    if name not in source.files and own is not None and own.folder is not None:
        base, zone = folder(source).path or path.parent, source.timezone or "UTC"
        return Added(add_changes(engine, path, base, own, zone))
    if is_workbook(path) and path.is_file():
        return add_sheet(engine, _relation(name, source), name, path, specs(source)[name])
    if not is_csv(path):
        return Added(_add_parquet(engine, name, path, source))
    if path.is_dir():
        return Added(
            [say("{name}: {file} is a folder, a CSV file is expected.", name=name, file=path.name)]
        )
    try:
        return add_csv(engine, _relation(name, source), name, path, specs(source)[name])
    except PermissionError:
        return Added([unreadable(name, path.name)])
    except (
        OSError
    ) as error:  # the file went away meanwhile, or there is no room for a copy in UTF-8
        why = error.strerror or type(error).__name__
        return Added(
            [
                say(
                    "{name}: {file} cannot be read as CSV ({reason}).",
                    name=name,
                    file=path.name,
                    reason=why,
                )
            ]
        )


def _add_parquet(engine: Engine, name: str, path: Path, source: Source) -> list[str]:
    base, spec = folder(source).path or path.parent, specs(source)[name]
    idle = [key for key in ("skip_lines", "skip_last_lines", "dates") if getattr(spec, key)]
    if idle:
        return [
            say(
                "{name}: {file} is no CSV file; {settings} cannot be had for it.",
                name=name,
                file=path.name,
                settings=", ".join(f"`{key}`" for key in idle),
            )
        ]
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
                reason=reason(error, paths),
            )
        ]
    return []
