"""Tables that were found sound before: a file of the same bytes, read the same way, is not checked again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

from cs_lib.data import cache
from cs_lib.data.contracts import Column, Table
from cs_lib.data.facts import ColumnFacts, Moment, TableFacts
from cs_lib.data.sources import digests
from cs_lib.data.sources.bounds import folder, parquet_files
from cs_lib.data.sources.files import has_cells
from cs_lib.params import Source

KIND = "sound"


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a check of a table rests on, and the files behind it as they stood when they were digested."""

    key: list[Any]
    files: tuple[tuple[Path, digests.State], ...]


@dataclass(frozen=True, slots=True)
class Sound:
    """What the check of a sound table told; `blank` are the text columns in which blanks must become empty.

    `mended` when stamps lay before others by a move of the clocks alone.
    """

    facts: TableFacts
    blank: frozenset[str]
    mended: bool = False


def stamp_of(source: Source, table: Table) -> Stamp | None:
    """The stamp of a table that is a file as it stands.

    None for what can change with the same files (a query may ask the clock), for files still being written, and where
    nothing can be kept.
    """
    named = source.tables.get(table.name)
    cleaned = any(step.table == table.name for step in source.cleaning)
    if source.simulate or named is None or named.file is None or cleaned or not cache.usable():
        return None
    base = folder(source).path
    if base is None:
        return None
    path = base / named.file.path
    paths = [path] if has_cells(path) else parquet_files(table.name, path, base)[0]
    try:
        files = tuple((one, digests.state(one)) for one in paths)
        if not files or not all(digests.is_settled(state) for _, state in files):
            return None
        parts = [[one.relative_to(base).as_posix(), digests.of_file(one)] for one in paths]
    except OSError:
        return None
    read = [table.name, named.model_dump(mode="json"), source.timezone]
    return Stamp([_code(), _version(source.engine), *read, parts], files)


def recall(stamp: Stamp, table: Table) -> Sound | None:
    """What an earlier check of the same bytes told."""
    kept = cache.get(KIND, stamp.key)
    try:
        columns = {
            table.column(name).name: _column(table.column(name), told)
            for name, told in kept["columns"].items()
        }
        facts = TableFacts(int(kept["rows"]), columns)
        return Sound(facts, frozenset(kept["blank"]), bool(kept["mended"]))
    except (TypeError, ValueError, KeyError, AttributeError, StopIteration):
        return None


def remember(stamp: Stamp, sound: Sound) -> None:
    """Keep what a check told, unless a file changed while it was checked."""
    try:
        if any(digests.state(path) != state for path, state in stamp.files):
            return
    except OSError:
        return
    columns = {
        name: [
            c.filled,
            _text(c.first),
            _text(c.last),
            c.largest,
            list(c.beside),
            [c.midnight, c.unclear, _text(c.unclear_first), c.grouped],
        ]
        for name, c in sound.facts.columns.items()
    }
    told = {
        "rows": sound.facts.rows,
        "blank": sorted(sound.blank),
        "mended": sound.mended,
        "columns": columns,
    }
    cache.put(KIND, stamp.key, told)


def _column(column: Column, told: list[Any]) -> ColumnFacts:
    filled, first, last, largest, beside, (midnight, unclear, unclear_first, grouped) = told
    moment = date.fromisoformat if column.type == "date" else datetime.fromisoformat
    return ColumnFacts(
        int(filled),
        moment(first) if first else None,
        moment(last) if last else None,
        float(largest),
        tuple(map(int, beside)),
        int(midnight),
        int(unclear),
        datetime.fromisoformat(unclear_first) if unclear_first else None,
        int(grouped),
    )


def _text(moment: Moment | None) -> str | None:
    return moment.isoformat() if moment else None


@lru_cache
def _code() -> str:
    """The digest of the code that types and checks; contracts are code too."""
    root = Path(__file__).parent
    modules = (p for p in root.rglob("*.py") if "simulate" not in p.relative_to(root).parts)
    digest = hashlib.sha256()
    for path in sorted(modules):
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


@lru_cache
def _version(engine: str) -> str:
    try:
        return f"{engine} {metadata.version(engine)}"
    except metadata.PackageNotFoundError:
        return engine
