"""Where a source may read: its own folder, the project, and what the operator allowed beside it."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from cs_lib.language import say
from cs_lib.params import ALLOW_VARIABLE, Source, home, is_allowed

CIRCLE = (OSError, RuntimeError, ValueError)  # a link in a circle, a name too long, a NUL in it
# Variables that every session has: who sets them did not mean them for a source.
SESSION = {
    "CS_ALLOW",
    "CS_CACHE",
    "CS_HOME",
    "HOME",
    "JPY_PARENT_PID",
    "OLDPWD",
    "PATH",
    "PWD",
    "PYTHONHOME",
    "PYTHONPATH",
    "SHELL",
    "TEMP",
    "TMP",
    "TMPDIR",
    "USERPROFILE",
    "VIRTUAL_ENV",
    "_",
}


@dataclass(frozen=True, slots=True)
class Folder:
    """The folder of a source's files at its real place, or why there is none; `unset` for want of its variable."""

    path: Path | None
    fault: str = ""
    unset: bool = False


def folder(source: Source) -> Folder:
    """The folder that a source names, if a source may name it.

    The value of an environment variable is the operator's own choice. What stands in the source itself (a plain
    folder, `~`, what lies below a variable) must stay where sources may read.
    """
    written = source.folder or ""
    if not written.startswith("$"):
        return _allowed(source, home() / os.path.expanduser(written))
    variable, _, below = written[1:].partition("/")
    value = os.environ.get(variable) if variable else None
    if not value:
        return Folder(None, _unset(source, variable), unset=True)
    try:
        chosen = Path(os.path.expanduser(value)).resolve()
        path = (chosen / below).resolve()
    except CIRCLE:
        return Folder(None, _nowhere(source))
    chosen_for_data = variable not in SESSION and not variable.startswith("XDG_")
    if chosen_for_data and path.is_relative_to(chosen):
        return Folder(path)
    return _allowed(source, path)


def _allowed(source: Source, path: Path) -> Folder:
    try:
        if is_allowed(path):
            return Folder(path.resolve())
    except CIRCLE:
        return Folder(None, _nowhere(source))
    return Folder(
        None,
        say(
            "{title}: its folder '{folder}' lies outside the project; if you trust this source, allow the folder at "
            "the command line (--allow FOLDER) or in the environment variable {variable}.",
            title=say(source.title),
            folder=_short(source.folder or ""),
            variable=ALLOW_VARIABLE,
        ),
    )


def _unset(source: Source, variable: str) -> str:
    hint = f" {source.obtain}" if source.obtain else ""
    return (
        say(
            "{title}: set the environment variable {variable} to the folder of its files.",
            title=say(source.title),
            variable=variable,
        )
        + hint
    )


def _nowhere(source: Source) -> str:
    return say(
        "{title}: its folder '{folder}' cannot be followed; a link in it leads in a circle, or it is no folder's name.",
        title=say(source.title),
        folder=_short(source.folder or ""),
    )


def is_there(base: Path, written: str) -> bool:
    """Whether a source's folder holds anything of a name."""
    try:
        return os.path.lexists(base / written)
    except ValueError:  # a NUL in the name
        return False


def misplaced(name: str, path: Path, base: Path, *, written: str) -> str:
    """One sentence when a file is absent, out of bounds or no file at all, else nothing. Nothing is opened.

    `base` is the source's folder, `written` the path as the source states it.
    """
    try:
        real = path.resolve()
        if not real.is_relative_to(base) and not is_allowed(real):
            return _outside(name, written)
        kind = real.stat().st_mode
    except FileNotFoundError:
        return say(
            "{name}: the file {file} does not exist in the source's folder.",
            name=name,
            file=path.name,
        )
    except PermissionError:
        return unreadable(name, path.name)
    except CIRCLE:
        return say(
            "{name}: the path '{path}' cannot be followed; a link in it leads in a circle, or it is no file's name.",
            name=name,
            path=_short(written),
        )
    if stat.S_ISREG(kind) or stat.S_ISDIR(kind):
        return "" if os.access(real, os.R_OK) else unreadable(name, path.name)
    return _special(name, path.name)


def _outside(name: str, written: str) -> str:
    """The sentence about a path that leaves its folder."""
    return say(
        "{name}: the path '{path}' leads outside the source's folder and the project; if you trust this source, allow "
        "the folder it leads to at the command line (--allow FOLDER) or in the environment variable {variable}.",
        name=name,
        path=_short(written),
        variable=ALLOW_VARIABLE,
    )


def _special(name: str, file: str) -> str:
    """The sentence about a pipe, a device or a socket."""
    return say(
        "{name}: {file} is a pipe, a device or a socket; a file of rows is expected.",
        name=name,
        file=file,
    )


def unreadable(name: str, file: str) -> str:
    """The sentence about a file whose owner lets nobody read it."""
    return say(
        "{name}: {file} cannot be read; ask its owner for the right to read it.",
        name=name,
        file=file,
    )


def _short(written: str) -> str:
    return written if len(written) <= 80 else written[:77] + "..."


def parquet_files(name: str, path: Path, base: Path) -> tuple[list[Path], str]:
    """A Parquet file, or every one below a folder, in order; and one sentence when one of them may not be read.

    Links to folders are not followed.
    """
    if not path.is_dir():
        return [path], ""
    found: list[Path] = []
    for here, _, files in os.walk(path):
        for file in sorted(files):
            if not file.lower().endswith(".parquet"):
                continue
            one = Path(here) / file
            fault = misplaced(name, one, base, written=one.relative_to(path.parent).as_posix())
            if fault:
                return [], fault
            found.append(one)
    if found:
        return sorted(found, key=str), ""
    return [], say(
        "{name}: the folder {file} holds no Parquet file (*.parquet).", name=name, file=path.name
    )
