"""The YAML of a source made from guesses: every guess with what it rests on, beside or above it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cs_lib.data.contracts import TABLES
from cs_lib.data.engines.base import identifier, quote
from cs_lib.data.guess.records import Choices, ColumnGuess, FileGuess, Guesses, Reason, TableGuess
from cs_lib.language import say, spoken
from cs_lib.params.source import LOG
from cs_lib.params.template import flow
from cs_lib.runs.starting.reasons import one_line, told
from cs_lib.wording import counted

BESIDE = 44
EXAMPLES = {"en": "Europe/Rome", "zh": "Asia/Shanghai"}  # of time zones
SETTING_OF = {
    "encoding": ("chosen_encoding", "encoding_marked", "encoding_reads"),
    "delimiter": ("chosen_delimiter", "delimiter_fits"),
    "skip_lines": ("title_above",),
    "skip_last_lines": ("total_below",),
    "missing": ("missing_words",),
    "decimal": ("number_signs", "chosen_signs"),
    "thousands": ("number_signs", "chosen_signs"),
}


@dataclass(frozen=True, slots=True)
class About:
    """What the head of a source says besides the guesses."""

    name: str
    title: str
    folder: str
    base: Path
    currency: str = ""
    log: Path | None = None  # the folder of a change log


def source_text(found: Guesses, choices: Choices, about: About) -> str:
    """The source as YAML with its comments in the language in use."""
    lines = [
        *_head(found, choices, about),
        *_files(found, about),
        *_tables(found, about),
        *_unused(found),
    ]
    caveats = [told(reason) for table in found.tables for reason in table.caveats]
    if caveats:
        lines += ["caveats:", *(f"  - {json.dumps(text, ensure_ascii=False)}" for text in caveats)]
    return "\n".join(lines) + "\n"


def _head(found: Guesses, choices: Choices, about: About) -> Iterator[str]:
    yield _comment(
        say("What stands here was guessed from the files; beside each guess is what it rests on.")
    )
    yield _comment(say("Correct what is wrong, then: cslib check {name}", name=about.name))
    yield f"source: {about.name}"
    yield f"title: {flow(about.title)}"
    asked = dict(found.asked).get("timezone")
    if asked:
        yield _comment(say("CHOOSE: {what}", what=told(("timezone", asked))))
        yield f"# timezone: {EXAMPLES[spoken()]}"
    elif choices.timezone:
        yield f"timezone: {flow(choices.timezone)}"
    else:
        yield _comment(
            say(
                "Times carry their zone; calendar days are those of UTC unless `timezone` says otherwise."
            )
        )
        yield f"# timezone: {EXAMPLES[spoken()]}"
    if about.currency:
        yield f"currency: {flow(about.currency)}"
    yield f"folder: {flow(about.folder)}"


def _own(found: Guesses) -> dict[str, FileGuess]:
    """The files that are a canonical table as they stand, by table."""
    files = {file.name: file for file in found.files}
    return {
        table.table: files[table.files[0]]
        for table in found.tables
        if len(table.files) == 1 and _stands(table) and _readers(found, table.files[0]) == 1
    }


def _readers(found: Guesses, file: str) -> int:
    return sum(file in table.files for table in found.tables)


def _stands(table: TableGuess) -> bool:
    """Whether every column is there under its canonical name with its canonical values, and no other one is."""
    left = {header for header, _ in table.left} | {one.column for one in table.offers}
    if table.roles:
        return True
    return not left & {c.name for c in TABLES[table.table].columns} and all(
        one.header == one.column and not one.codes and not one.unknown for one in table.columns
    )


def _files(found: Guesses, about: About) -> Iterator[str]:
    own = {file.name for file in _own(found).values()}
    read = {name for table in found.tables for name in table.files} - own
    if read:
        yield "files:"
    for file in found.files:
        if file.name in read:
            yield f"  {file.name}:{_rows(file)}"
            yield from _settings(file, found, about, indent="    ")


def _rows(file: FileGuess) -> str:
    return f"  # {counted(file.rows, 'row')}"


def _settings(file: FileGuess, found: Guesses, about: About, *, indent: str) -> Iterator[str]:
    """The settings of one file, each with its reason."""
    yield f"{indent}path: {flow(file.path.relative_to(about.base).as_posix())}"
    stated = file.spec.model_dump(exclude_defaults=True, exclude={"path", "dates"})
    reasons = dict(file.why)
    for key, value in stated.items():
        if value is None:
            continue
        why = next((code for code in SETTING_OF.get(key, ()) if code in reasons), "")
        yield _beside(f"{indent}{key}: {flow(value)}", told((why, reasons[why])) if why else "")
    yield from _dates(file, found, indent)


def _dates(file: FileGuess, found: Guesses, indent: str) -> Iterator[str]:
    columns = {
        one.header: one
        for table in found.tables
        if file.name in table.files
        for one in table.columns
    }
    open_ = {header: list(one.open) for header, one in columns.items() if one.open}
    if file.spec.dates and not open_:
        why = [
            told(r)
            for header in file.spec.dates
            for r in columns[header].why
            if r[0] in ("form", "form_like")
        ]
        yield from (_comment(text, indent) for text in dict.fromkeys(why))
        yield f"{indent}dates: {flow(file.spec.dates)}"
    if open_:
        yield _comment(say("CHOOSE one, days first or months first:"), indent)
        for way in range(max(map(len, open_.values()))):
            chosen = {header: forms[min(way, len(forms) - 1)] for header, forms in open_.items()}
            yield f"{indent}# dates: {flow({**file.spec.dates, **chosen})}"


def _tables(found: Guesses, about: About) -> Iterator[str]:
    own = _own(found)
    yield "tables:"
    if about.log:
        yield "  flow_changes:"
        yield _comment(say("Each of its YAML files is a change"), "    ")
        yield f"    folder: {flow(about.log.relative_to(about.base).as_posix())}"
    for table in found.tables:
        if about.log and table.table == LOG:
            continue
        yield f"  {table.table}:"
        for reason in table.why:
            yield _comment(told(reason), "    ")
        if table.roles:
            yield from _wide(table, found, about)
        elif table.table in own:
            file = own[table.table]
            names = ", ".join(one.column for one in table.columns)
            yield _comment(
                say("Its columns have their names already: {columns}", columns=names), "    "
            )
            yield f"    file:{_rows(file)}"
            yield from _settings(file, found, about, indent="      ")
        else:
            yield from _query(table)
        zones = {one.column: one.zone for one in table.columns if one.zone}
        if zones:
            yield _beside(f"    zones: {flow(zones)}", say("the names of the columns say so"))
        reasons: dict[str, list[str]] = {}
        for header, reason in table.left:
            reasons.setdefault(told(reason), []).append(header)
        for why, headers in reasons.items():
            yield _comment(
                say("left out: {header} ({why})", header=", ".join(headers), why=why), "    "
            )


def _wide(table: TableGuess, found: Guesses, about: About) -> Iterator[str]:
    """A table with columns of the user's own: its file, and what each of its columns is."""
    [file] = [one for one in found.files if one.name == table.files[0]]
    yield f"    file:{_rows(file)}"
    yield from _settings(file, found, about, indent="      ")
    yield "    columns:"
    for key, value in table.roles.items():
        yield f"      {key}: {flow(value)}"
    if table.table == "results":
        known = [*table.roles["numbers"], *table.roles.get("labels", [])]
        ask = say(
            "CHOOSE: which of these were known before the assignment? Only they can be covariates and segments."
        )
        yield _comment(ask, "      ")
        yield f"      # before: {flow(known)}"


def _query(table: TableGuess) -> Iterator[str]:
    """The query of a table; where names hold line ends a query on one line, without what it rests on."""
    names = [one.header for one in table.columns] + [one.expression for one in table.columns]
    if any(not name.isprintable() for name in names):
        plain = ", ".join(f"{_value(one)} AS {one.column}" for one in table.columns)
        text = " UNION ALL ".join(f"SELECT {plain} FROM {identifier(file)}" for file in table.files)
        yield f"    query: {json.dumps(_grouped(text, table), ensure_ascii=False)}"
        return
    yield "    query: |"
    for place, file in enumerate(table.files):
        yield from (f"      {line}" for line in _select(table, file, explained=place == 0))
        if place + 1 < len(table.files) and not table.group_by:
            yield "      UNION ALL"


def _grouped(text: str, table: TableGuess) -> str:
    return f"{text} GROUP BY {table.group_by}" if table.group_by else text


def _select(table: TableGuess, file: str, *, explained: bool) -> Iterator[str]:
    if table.group_by and not explained:  # a case may go on in the next file
        return
    yield "SELECT"
    for place, one in enumerate(table.columns):
        end = "," if place + 1 < len(table.columns) else ""
        yield from _column(one, end, explained=explained)
    if explained:
        for one in table.offers:
            yield _note(say("CHOOSE: {why}", why="; ".join(map(told, one.why))), "  ")
            yield f"  -- , {one_line(_value(one))} AS {one.column}"
    if table.group_by:
        rows = " UNION ALL ".join(f"SELECT * FROM {identifier(name)}" for name in table.files)
        yield f"FROM {identifier(file) if len(table.files) == 1 else f'({rows})'}"
        yield f"GROUP BY {table.group_by}"
    else:
        yield f"FROM {identifier(file)}"


def _column(one: ColumnGuess, end: str, *, explained: bool) -> Iterator[str]:
    why = "; ".join(told(reason) for reason in one.why if reason[0] != "form")
    if not (one.codes or one.unknown):
        line = f"  {_value(one)} AS {one.column}{end}"
        yield f"{line.ljust(BESIDE)}  -- {why}" if explained and why else line
        return
    case = f"  CASE {identifier(one.header)}"
    yield f"{case.ljust(BESIDE)}  -- {why}" if explained and why else case
    yield from (f"    WHEN {quote(value)} THEN {quote(code)}" for value, code in one.codes.items())
    for value in one.unknown:
        if one.column == "status":
            yield from (
                [f"    -- WHEN {quote(value)} THEN 'open'  -- {say('CHOOSE')}"] if explained else []
            )
        else:
            line = f"    WHEN {quote(value)} THEN 'other'"
            yield f"{line.ljust(BESIDE)}  -- {say('not known here')}" if explained else line
    yield f"    ELSE {identifier(one.header)} END AS {one.column}{end}"


def _value(one: ColumnGuess) -> str:
    """The expression of a column in one line."""
    others = {} if one.column == "status" else dict.fromkeys(one.unknown, "other")
    codes = {**one.codes, **others}
    if codes:
        whens = " ".join(f"WHEN {quote(value)} THEN {quote(code)}" for value, code in codes.items())
        return f"CASE {identifier(one.header)} {whens} ELSE {identifier(one.header)} END"
    return one.expression or identifier(one.header)


def _unused(found: Guesses) -> Iterator[str]:
    for file, reason in found.unused:
        yield _comment(say("left out: {header} ({why})", header=file.path.name, why=told(reason)))
    for file in [one for one in found.files if one.fault]:
        yield _comment(say("left out: {header} ({why})", header=file.path.name, why=file.fault))


def _comment(text: str, indent: str = "") -> str:
    return f"{indent}# {one_line(text)}"


def _note(text: str, indent: str) -> str:
    return f"{indent}-- {one_line(text)}"


def _beside(text: str, means: str) -> str:
    return f"{text.ljust(BESIDE)}  # {means}" if means else text


def asked_before_use(found: Guesses) -> list[Reason]:
    """What must be chosen before the source can be read."""
    return [reason for reason in found.asked if reason[0] != "number_open"]
