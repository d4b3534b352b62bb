"""Looks at a user's files, every row of them, and says what each seems to be."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from cs_lib.data.contracts import TABLES
from cs_lib.data.engines import connect
from cs_lib.data.engines.base import Engine, EngineError, identifier
from cs_lib.data.guess.columns import Asked, Numbers
from cs_lib.data.guess.from_events import contacts_of
from cs_lib.data.guess.layouts import layout_of
from cs_lib.data.guess.records import Choices, ColumnGuess, FileGuess, Guesses, TableGuess
from cs_lib.data.guess.tables import Mapper, likely_tables, nearest_table
from cs_lib.data.guess.wide import outdoes, wide_of
from cs_lib.data.guess.words import CREATED, HEADERS, squeezed
from cs_lib.data.sources.damage import reason
from cs_lib.data.sources.files import has_cells, is_csv, is_workbook
from cs_lib.data.sources.text import add_csv
from cs_lib.data.sources.workbook import add_sheet, filled_sheets, sheet_as_csv
from cs_lib.language import say
from cs_lib.params import FileSpec, Source
from cs_lib.params.source import WORKBOOKS

READ = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz", ".parquet", *WORKBOOKS)


def look(paths: Sequence[Path], choices: Choices, name: str) -> Guesses:
    """What files, or those in folders, seem to be. `name` is the source's, and an experiment's that has none."""
    engine = connect(Source(source="looked_at", title="looked at"))
    try:
        files = [_read(engine, *one, choices) for one in _named(_unfolded(paths))]
        engine.seal()
        found = Guesses(files, [])
        for group in _alike(files):
            _map(engine, found, group, choices, name)
        _contacts_from_events(engine, found, choices)
        _ask(found, choices)
        return found
    finally:
        engine.close()


def _unfolded(paths: Sequence[Path]) -> Iterator[Path]:
    """The files, and of a folder those in it that can be read."""
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        for one in sorted(path.iterdir()):
            if one.is_file() and one.name.lower().endswith(READ) and not one.name.startswith("."):
                yield one


def _named(paths: Iterator[Path]) -> Iterator[tuple[str, Path, str | None]]:
    """Each file with a name of its own in the source, and of a workbook every sheet that holds something.

    None is called like a canonical table, or what becomes of it.
    """
    taken = {f"{before}{table}" for table in TABLES for before in ("", "raw_", "all_")}
    for number, path in enumerate(dict.fromkeys(paths), start=1):
        stem = path.name.split(".")[0]
        sheets = filled_sheets(stem, path)[0] if is_workbook(path) else []
        for sheet in sheets or [""]:
            words = stem if len(sheets) < 2 else f"{stem}_{sheet}"
            slug = re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")[:40]
            name = slug if slug[:1].isalpha() else f"file_{slug or number}"
            if name in taken:
                name = next(
                    one for i in range(10_000) if (one := f"{name}_{i or 'file'}") not in taken
                )
            taken.add(name)
            yield name, path, sheet if len(sheets) > 1 else None


def _read(engine: Engine, name: str, path: Path, sheet: str | None, choices: Choices) -> FileGuess:
    """One file or sheet registered in the engine, with how it was read."""
    if is_workbook(path):
        guess = _layout_of_sheet(name, path, sheet)
        if not guess.fault:
            guess.fault = " ".join(add_sheet(engine, name, name, path, guess.spec).faults)
    elif is_csv(path):
        guess = layout_of(name, path, choices)
        guess.fault = " ".join(add_csv(engine, name, name, path, guess.spec).faults)
    elif not path.name.lower().endswith(READ):
        fault = say("files of this kind cannot be read; export it as CSV")
        guess = FileGuess(name, path, FileSpec(path=path.name), fault=fault)
    else:
        guess = FileGuess(name, path, FileSpec(path=path.name))
        try:
            engine.add_parquet(name, [path])
            engine.columns(identifier(name))
        except EngineError as error:
            guess.fault = reason(error, [path])
    if not guess.fault:
        guess.columns = list(engine.columns(identifier(name)))
        guess.rows = int(engine.rows(f"SELECT count(*) FROM {identifier(name)}")[0][0])
    return guess


def _layout_of_sheet(name: str, path: Path, sheet: str | None) -> FileGuess:
    """How a sheet is to be read; with a fault where the workbook cannot be."""
    guess = FileGuess(name, path, FileSpec(path=path.name, sheet=sheet))
    sheets, guess.fault = filled_sheets(name, path)
    if not guess.fault and sheets:
        with sheet_as_csv(path, sheet or sheets[0]) as copy:
            seen = layout_of(name, copy, Choices(encoding="utf-8", delimiter=","))
        skipped = {key: getattr(seen.spec, key) for key in ("skip_lines", "skip_last_lines")}
        guess.spec = guess.spec.model_copy(update=skipped)
        guess.why = [reason for reason in seen.why if not reason[0].startswith("chosen")]
    return guess


def _alike(files: Sequence[FileGuess]) -> list[list[FileGuess]]:
    """Files of the same columns together, such as an export a month."""
    groups: dict[tuple[str, ...], list[FileGuess]] = {}
    for file in [one for one in files if not one.fault]:
        groups.setdefault(tuple(file.columns), []).append(file)
    return list(groups.values())


def _map(
    engine: Engine, found: Guesses, group: list[FileGuess], choices: Choices, name: str
) -> None:
    """The table that a group of files is, or why it is none."""
    first = group[0]
    if not first.rows and len(group) == 1:
        found.unused.append((first, ("no_rows", {})))
        return
    relation = _together(engine, group)
    asked = Asked(engine, relation)
    names = [file.name for file in group]
    stem, stated = first.path.name.split(".")[0], bool(choices.tables)
    tables = likely_tables(stem, first.columns, choices)
    guesses = [
        guess for table in tables if (guess := Mapper(asked, table, names, choices, name).mapped())
    ]
    wide = wide_of(asked, names, choices, choices.tables.get(stem))
    alone = len(found.files) == len(group)
    if wide and wide.table == "results" and not stated and outdoes(asked, guesses, alone=alone):
        guesses = []
    possible = [guess for guess in guesses if stated or _is_possible(asked, guess)]
    contacts = [
        guess for guess in guesses if guess.table == "contacts"
    ]  # the check tells what repeats
    own = [wide] if wide and choices.tables.get(stem) in (None, wide.table) else []
    for guess in [*possible, *contacts, *own][:1]:
        if guess.table == "events" and all(has_cells(file.path) for file in group):
            _number(guess)
        if _take(found, guess, group):
            _settings(asked, guess, group, choices)
        return
    near, lacking = nearest_table(stem, first.columns, choices)
    facts = {"table": near, "lacking": ", ".join(lacking), "headers": ", ".join(first.columns[:12])}
    code = "lacks" if lacking else "holds_something_else"
    found.unused += [(file, (code, facts)) for file in group]


def _number(guess: TableGuess) -> None:
    """Steps of a log that has no numbers come in the order of its rows: some have the same time."""
    if guess.of("seq") is None:
        place = [one.column for one in guess.columns].index("ts") + 1
        row = "max(rowid)" if guess.group_by else "rowid"
        guess.columns.insert(place, ColumnGuess("seq", expression=row, why=[("row_order", {})]))


def _together(engine: Engine, group: list[FileGuess]) -> str:
    if len(group) == 1:
        return group[0].name
    columns = ", ".join(map(identifier, group[0].columns))
    rows = " UNION ALL ".join(f"SELECT {columns} FROM {identifier(file.name)}" for file in group)
    relation = f"{group[0].name}_and_others"
    engine.run(f"CREATE VIEW {identifier(relation)} AS {rows}")
    return relation


def _is_possible(asked: Asked, guess: TableGuess) -> bool:
    """Whether rows can be what their headers say: a customer is there once, a contact is not there again and again."""
    time, step = guess.of("ts"), guess.of("stage")
    if guess.table == "events" and time and step:  # copies of tickets are no log of their steps
        return (
            squeezed(time.header) not in CREATED
            or squeezed(step.header) not in HEADERS["contacts"]["status"]
        )
    key = guess.of({"customers": "customer_id", "contacts": "contact_id"}.get(guess.table, ""))
    if key is None:
        return True
    filled, different = asked.count(key.header)
    if guess.table == "contacts":
        return 2 * different > filled
    return filled == different and len(guess.columns) > 1


def _take(found: Guesses, guess: TableGuess, group: list[FileGuess]) -> bool:
    """Keep the guess; of two for one table the one that knows more columns."""
    before = next((one for one in found.tables if one.table == guess.table), None)
    files = {file.name: file for file in found.files}
    facts = {"table": guess.table}
    if before is None or len(guess.columns) > len(before.columns):
        if before:
            found.tables.remove(before)
            found.unused += [(files[name], ("second_table", facts)) for name in before.files]
        found.tables.append(guess)
        return True
    found.unused += [(file, ("second_table", facts)) for file in group]
    return False


def _settings(asked: Asked, guess: TableGuess, group: list[FileGuess], choices: Choices) -> None:
    """The settings of files that their columns ask for: forms of dates, signs in numbers, words for nothing."""
    kinds = guess.kinds or {c.name: c.type for c in TABLES[guess.table].columns}
    used = [one for one in guess.columns if one.header]
    dates = {one.header: one.form for one in used if one.form}
    numeric = [one.header for one in used if kinds[one.column] in ("number", "whole")]
    missing = {w for one in used if kinds[one.column] in ("time", "date", "number", "whole", "flag")
               for w in asked.missing(one.header)}  # fmt: skip
    numbers = asked.numbers(numeric)
    stated = bool(choices.decimal or choices.thousands)
    if numbers and numbers.open and not stated:
        _offer(guess, numeric, numbers)
    for file in [file for file in group if has_cells(file.path)]:
        spec = file.spec.model_copy(update={"dates": dates})
        if missing:
            spec = spec.model_copy(update={"missing": ("", *sorted(missing))})
            file.why.append(("missing_words", {"values": ", ".join(sorted(missing))}))
        if stated:
            spec = spec.model_copy(
                update={"decimal": choices.decimal, "thousands": choices.thousands}
            )
            file.why.append(("chosen_signs", {}))
        elif numbers and numbers.marks:
            signs = {"decimal": numbers.marks.decimal, "thousands": numbers.marks.thousands or None}
            spec = spec.model_copy(update=signs)
            file.why.append(
                (
                    "number_signs",
                    {"value": numbers.example, "read": numbers.marks.value(numbers.example)},
                )
            )
        elif numbers and numbers.open:
            file.why.append(("number_open", {"value": numbers.example, "sign": numbers.open[0]}))
        file.spec = spec


def _offer(guess: TableGuess, headers: list[str], numbers: Numbers) -> None:
    """Columns whose numbers can be read in two ways are not taken until the user says which."""
    facts = {"value": numbers.example, "sign": numbers.open[0]}
    for one in [one for one in guess.columns if one.header in headers]:
        guess.columns.remove(one)
        guess.offers.append(
            ColumnGuess(one.column, expression=identifier(one.header), why=[("number_open", facts)])
        )


def _contacts_from_events(engine: Engine, found: Guesses, choices: Choices) -> None:
    """Where there is a log of steps and no contacts, one contact a case."""
    tables = {one.table: one for one in found.tables}
    if "contacts" in tables or "events" not in tables or "perk_assignments" in tables:
        return
    events = tables["events"]
    files = [file for file in found.files if file.name in events.files]
    relation = files[0].name if len(files) == 1 else f"{files[0].name}_and_others"
    found.tables.insert(0, contacts_of(Asked(engine, relation), events, choices))


def _ask(found: Guesses, choices: Choices) -> None:
    """What only the user can know, each once."""
    zoneless = [
        one.header
        for table in found.tables
        for one in table.columns
        if one.local and not one.zone and one.header
    ]
    if zoneless and not choices.timezone:
        found.asked.append(("timezone", {"headers": ", ".join(dict.fromkeys(zoneless))}))
    for table in found.tables:
        for one in [one for one in table.columns if one.open]:
            ways = [f"{form} ({day})" for form, day in one.open.items()]
            found.asked.append(
                ("date_form", {"header": one.header, "ways": ways, "column": one.column})
            )
        if table.table == "surveys" and table.of("scale_min") is None:
            found.asked.append(("survey", {}))
        status = table.of("status")
        if status and status.unknown:
            found.asked.append(
                ("status", {"values": ", ".join(status.unknown[:6]), "first": status.unknown[0]})
            )
    for file in found.files:
        found.asked += [reason for reason in file.why if reason[0] == "number_open"]


def common_folder(paths: Sequence[Path]) -> Path:
    """The folder in which all files lie."""
    return Path(os.path.commonpath([path.parent for path in paths]))
