"""CSV files as relations of text, read as they are; what keeps one from being read is told with its line."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from cs_lib.data.conform import meant
from cs_lib.data.engines.base import Engine, EngineError, NoRoom, identifier
from cs_lib.data.forms import ZONED
from cs_lib.data.sources.files import as_utf8, decoding_fault, encoding_fault, last_line
from cs_lib.data.sources.layout import SIGNS, Layout, as_marked, layout, shown, title
from cs_lib.language import say
from cs_lib.params import FileSpec
from cs_lib.params.source import EPOCHS
from cs_lib.wording import counted

LOST_THREAD = "state machine reached an invalid state"  # how the engine words mixed line ends
WIDTH = re.compile(r"Expected Number of Columns: (\d+) Found: (\d+)")
LINE = re.compile(r"Original Line:\s*([^\n]*)")


@dataclass(frozen=True, slots=True)
class Added:
    """What became of a CSV file: what keeps it from being read, what was left out of it, names that repeat."""

    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    repeated: dict[str, list[str]] = field(default_factory=dict)


def add_csv(engine: Engine, relation: str, name: str, path: Path, spec: FileSpec) -> Added:
    """Register a CSV file. Raises OSError when the file went away meanwhile, or there is no room for a copy of it."""
    fault = encoding_fault(name, spec.encoding)
    if fault:
        return Added([fault])
    spec = as_marked(path, spec)
    fault = decoding_fault(name, path, spec)
    if fault:
        return Added([fault])
    found, fault = layout(name, path, spec)
    if fault or found is None:
        return Added([fault])
    left_out = list[str]()
    # The engine leaves out one line as it stands; of several it would guess how they end.
    cut = found.above if found.above > 1 else 0
    for one_line_end in (False, True):
        try:
            with as_utf8(path, spec, without=cut, one_line_end=one_line_end) as plain:
                left_out = plain.left_out
                engine.add_csv(
                    relation,
                    plain.path,
                    columns=found.columns,
                    above=found.above - cut,
                    delimiter=found.delimiter,
                    missing=spec.missing,
                )
            break
        except EngineError as error:
            if LOST_THREAD not in error.detail or one_line_end:
                return Added([_unread(name, path, spec, found, error)])
    notes = [_left_out(name, path, left_out)] if left_out else []
    return Added(_read_dates(engine, relation, name, path, spec), notes, found.repeated)


def _left_out(name: str, path: Path, lines: list[str]) -> str:
    return say(
        "{name}: {lines} at the end of {file} left out, as `skip_last_lines` says: {text}.",
        name=name,
        lines=counted(len(lines), "line"),
        file=path.name,
        text=shown(lines),
    )


def _read_dates(engine: Engine, relation: str, name: str, path: Path, spec: FileSpec) -> list[str]:
    """Make stamps of the columns whose form the settings state; one sentence for each that has another."""
    there = engine.columns(identifier(relation)) if spec.dates else {}
    faults = []
    for column, form in spec.dates.items():
        if column not in there:
            faults.append(
                say(
                    "{name}: `dates` names the column '{column}', {file} has none of that name{hint}",
                    name=name,
                    column=column,
                    file=path.name,
                    hint=meant(column, there),
                )
            )
            continue
        text, blank = identifier(column), f"trim({identifier(column)}) = ''"
        stamp = engine.dialect.parsed(text, form)
        lost = f"NOT {blank} AND {stamp} IS NULL"
        [(count, first)] = engine.rows(
            f"SELECT count(*), min({text}) FROM {identifier(relation)} WHERE {lost}"
        )
        if count:
            faults.append(
                say(
                    "{name}: {column} is not written like '{form}' in {rows} of {file} (first: {value}); see `dates` "
                    "in the source.",
                    name=name,
                    column=column,
                    form=form,
                    rows=counted(count, "row"),
                    file=path.name,
                    value=shown([first]),
                )
            )
            continue
        kind = ZONED if form in EPOCHS else "TIMESTAMP"
        engine.run(
            f"ALTER TABLE {identifier(relation)} ALTER COLUMN {text} SET DATA TYPE {kind} USING {stamp}"
        )
    return faults


def _unread(name: str, path: Path, spec: FileSpec, found: Layout, error: EngineError) -> str:
    """Why a CSV file breaks off, and what may help."""
    reason, line = _reason(error, found.above if found.above > 1 else 0)
    likely = title(name, path, found) if 0 < line <= found.first[-1].line else ""
    if likely:
        return likely
    fault = say(
        "{name}: {file} cannot be read as CSV ({reason}).", name=name, file=path.name, reason=reason
    )
    names = found.first[0].cells
    if len(names) == 1 and any(sign in names[0] for sign in SIGNS):
        return fault + " " + say("Is `delimiter` right? It is '{sign}'.", sign=found.delimiter)
    return " ".join(filter(None, [fault, _as_total(path, spec, error)]))


def _as_total(path: Path, spec: FileSpec, error: EngineError) -> str:
    """One sentence when the line that has too few columns is the last one."""
    width, text = WIDTH.search(error.detail), LINE.search(error.detail)
    if not width or not text or int(width[2]) >= int(width[1]):
        return ""
    last = last_line(path, spec.encoding)
    if text[1].strip() != last:
        return ""
    return say(
        "It is the last line ({text}): if it is a total and no row, set `skip_last_lines: 1` for this file in the "
        "source.",
        text=shown([last]),
    )


def _reason(error: EngineError, above: int) -> tuple[str, int]:
    """Where a CSV file breaks off, in an analyst's words, and the line; 0 where it is not known.

    `above` are lines that stand above the first one that the engine saw.
    """
    if isinstance(error, NoRoom):
        return str(error), 0
    if LOST_THREAD in error.detail:
        return say("its quotes are not well formed"), 0
    found = re.search(r"Error on Line: (\d+)", error.detail)
    if found is None:
        return say("its lines cannot be taken apart into columns"), 0
    line = int(found[1]) + above
    width = WIDTH.search(error.detail)
    if width:
        columns = counted(int(width[2]), "column")
        message = say(
            "line {line} has {columns}, the header has {expected}",
            line=line,
            columns=columns,
            expected=width[1],
        )
        return message, line
    if "unterminated quote" in error.detail:
        return say("line {line} opens a quote that is never closed", line=line), line
    return say("line {line} is not well formed", line=line), line
