"""`cslib new source`: a commented source made from a user's own files."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cs_lib import params
from cs_lib.data.conform import meant
from cs_lib.data.contracts import TABLES
from cs_lib.data.engines.base import EngineError
from cs_lib.data.guess.look import READ, common_folder, look
from cs_lib.data.guess.records import Choices, Guesses
from cs_lib.data.guess.words import HEADERS
from cs_lib.data.sources.files import change_files
from cs_lib.language import later, say
from cs_lib.params import strict_yaml
from cs_lib.params.places import resolved, shown
from cs_lib.params.source import WIDE
from cs_lib.runs.new import NewError
from cs_lib.runs.starting.marked import put, require_ours
from cs_lib.runs.starting.reasons import told
from cs_lib.runs.starting.source_text import About, asked_before_use, source_text
from cs_lib.wording import counted

STUDIES = {
    "before_after": ("contacts", "days"),
    "perk_ab_test": ("perk_assignments", "results"),
}
VARIABLE = "CS_DATA"  # what the public sets use as well


@dataclass(frozen=True, slots=True)
class Written:
    """The source on the disk, what to say of it, and what must be chosen before it can be read."""

    path: Path
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    studies: list[str] = field(default_factory=list)  # notebooks that have what they need


def new_source(
    name: str, given: Sequence[str], choices: Choices, *, title: str = "", currency: str = ""
) -> Written:
    """Write params/sources/NAME.yaml from files and folders.

    Raises NewError where there is nothing to make one of, and ParamsError for a choice that no source can have.
    """
    target = _target(name)
    paths, log = _without_log(_files(given))
    try:
        found = look(paths, choices, name)
    except EngineError as error:
        raise NewError(say("The files cannot be looked at ({error}).", error=error)) from error
    _require_known(choices, found)
    if not found.tables:
        raise NewError(
            "\n".join([say("No file is a table that is known here."), *_left_out(found)])
        )
    base = common_folder([*(file.path for file in found.files), *([log] if log else [])])
    folder, export = _folder(name, base)
    called = title or name.replace("_", " ").capitalize()
    about = About(name, called, folder, base, currency, log)
    text = source_text(found, choices, about)
    raw, lines = strict_yaml.parse(text, shown=shown(target))
    problems = params.check_source(raw, file=shown(target), lines=lines)
    if problems:
        raise params.ParamsError(problems)
    put(target, text)
    said = [say("{path} is written.", path=shown(target)), *_tables(found), *_left_out(found)]
    said += [say("flow_changes: the folder {folder}.", folder=log.name)] if log else []
    said += [told(reason) for reason in found.asked if reason not in asked_before_use(found)]
    studies = [
        study
        for study, tables in STUDIES.items()
        if any(one.table in tables for one in found.tables)
    ]
    asked = [told(reason) for reason in asked_before_use(found)]
    return Written(target, [*said, *export], asked, studies)


def _require_known(choices: Choices, found: Guesses) -> None:
    """Raises NewError naming every choice about a table, a column or a header that is not there."""
    columns = {c.name for table in TABLES.values() for c in table.columns}
    codes = {v for table in TABLES.values() for c in table.columns for v in c.values}
    headers = {header for file in found.files for header in file.columns}
    stems = {file.path.name.split(".")[0] for file in found.files}
    wrong = [
        say(
            "There is no {what} called '{name}'{hint}",
            what=say(what),
            name=name,
            hint=meant(name, known),
        )
        for what, given, known in (
            (later("file"), choices.tables, stems),
            (later("canonical table"), choices.tables.values(), (*HEADERS, *WIDE)),
            (later("canonical column"), choices.columns, columns),
            (later("header"), filter(None, choices.columns.values()), headers),
            (later("code"), choices.values.values(), codes),
        )
        for name in given
        if name not in known
    ]
    if wrong:
        raise NewError("\n".join(wrong))


def _target(name: str) -> Path:
    """Where the source goes: a new file, or one that was written here and not edited since."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,59}", name):
        raise NewError(
            say(
                "'{name}' cannot be a source: use small letters, digits and _, starting with a letter, at most 60.",
                name=name,
            )
        )
    params.require_project()
    path = params.source_path(name)
    require_ours(path)
    return path


def _files(given: Sequence[str]) -> list[Path]:
    """The files and folders that were named, at their real places."""
    if not given:
        raise NewError(say("Name the files: cslib new source NAME FILE..."))
    paths = [resolved(os.path.expanduser(one)) for one in given]
    absent = [one for one, path in zip(given, paths, strict=True) if not path.exists()]
    if absent:
        raise NewError(say("There is no file {file}.", file=", ".join(absent)))
    return paths


def _without_log(paths: list[Path]) -> tuple[list[Path], Path | None]:
    """The files and folders without the one that holds YAML files and nothing else: a change log.

    Raises NewError where there are several.
    """
    logs = [
        path
        for path in paths
        if path.is_dir()
        and change_files(path)
        and not any(one.name.lower().endswith(READ) for one in path.iterdir())
    ]
    if len(logs) > 1:
        named = ", ".join(path.name for path in logs)
        raise NewError(
            say("Only one folder can be the change log, these are several: {named}.", named=named)
        )
    return [path for path in paths if path not in logs], logs[0] if logs else None


def _folder(name: str, base: Path) -> tuple[str, list[str]]:
    """What the source calls its folder, and what to type before it can be read in another session."""
    root = params.home()
    if base.is_relative_to(root):
        return base.relative_to(root).as_posix(), []
    known = os.environ.get(VARIABLE)
    if known and base.is_relative_to(resolved(os.path.expanduser(known))):
        below = base.relative_to(resolved(os.path.expanduser(known))).as_posix()
        return f"${VARIABLE}" + ("" if below == "." else f"/{below}"), []
    variable = f"CS_{name.upper()}" if known else VARIABLE
    os.environ[variable] = str(base)  # for the check that follows
    command = f"export {variable}={shlex.quote(str(base))}"
    return f"${variable}", [
        say("The files lie outside the project; in every session type: {command}", command=command)
    ]


def _tables(found: Guesses) -> list[str]:
    files = {file.name: file for file in found.files}
    return [
        say(
            "  {table}: {columns} from {files} ({rows})",
            table=table.table,
            columns=counted(len(table.columns), "column"),
            files=", ".join(files[name].path.name for name in table.files[:4])
            + ("..." if table.files[4:] else ""),
            rows=counted(sum(files[name].rows for name in table.files), "row"),
        )
        for table in found.tables
    ]


def _left_out(found: Guesses) -> list[str]:
    faulty = [(file.path.name, file.fault) for file in found.files if file.fault]
    unused = [(file.path.name, told(reason)) for file, reason in found.unused]
    return [
        say("  left out: {header} ({why})", header=name, why=why)
        for name, why in [*faulty, *unused]
    ]
