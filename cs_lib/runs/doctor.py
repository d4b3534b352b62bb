"""`cslib doctor`: what on this machine would fail tonight."""

from __future__ import annotations

import locale
import os
import platform
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Literal

from cs_lib import params
from cs_lib.language import later, say, speaking
from cs_lib.runs import machine, publish, shared
from cs_lib.runs import tasks as studies
from cs_lib.runs.attempt import Options
from cs_lib.runs.outcome import Exit
from cs_lib.runs.scrub import Scrubber
from cs_lib.runs.telling import terminal

Level = Literal["ok", "look", "bad"]
WORDS: dict[Level, str] = {
    "ok": later("ok"),
    "look": later("look at this"),
    "bad": later("will fail"),
}
KERNEL_MB, LEAST_DISK_MB, KERNEL_SECONDS = 600, 500, 60.0
LIBRARIES = ("ipykernel", "pandas", "duckdb", "statsmodels", "matplotlib")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    level: Level
    what: str
    sentence: str


def doctor(options: Options) -> Exit:
    """Print every finding in the reader's language; exit 2 when something would fail tonight."""
    with speaking(terminal.language()):
        hide = Scrubber().secrets
        found = [replace(one, sentence=hide(one.sentence)) for one in _findings(options)]
        for one in found:
            print(f"{say(WORDS[one.level])}: {one.what}: {one.sentence}")
        bad = sum(one.level == "bad" for one in found)
        print(
            say("{n} of these would fail tonight.", n=bad)
            if bad
            else say("Nothing here would fail tonight.")
        )
    return Exit.BAD_INPUT if bad else Exit.DONE


def _findings(options: Options) -> Iterator[Finding]:
    looks: list[Callable[[], Iterator[Finding]]] = [
        _python, _packages, _memory, partial(_kernel, options), _temporary,
        partial(_reports, options.reports), _terminal, _fonts, _project, partial(_studies, options),
    ]  # fmt: skip
    for look in looks:
        try:
            yield from look()
        except Exception as error:  # what cannot even be looked at will not work tonight
            yield Finding("bad", say("this program"), f"{type(error).__name__}: {error}")


def _python() -> Iterator[Finding]:
    version = platform.python_version()
    fits = sys.version_info >= (3, 11)
    sentence = version if fits else say("{version}; 3.11 or newer is needed", version=version)
    yield Finding("ok" if fits else "bad", "Python", sentence)


def _packages() -> Iterator[Finding]:
    """Installed versions against those this checkout was tested with."""
    what = say("packages")
    locked = _locked()
    absent = [name for name in LIBRARIES if _version(name) is None]
    if absent:
        sentence = say("not installed: {names}", names=", ".join(absent))
        yield Finding("bad", what, sentence)
        return
    other = [
        f"{name} {_version(name)} ({wanted})"
        for name, wanted in locked.items()
        if _version(name) not in (None, wanted)
    ]
    if other:
        sentence = say(
            "other versions than those tested (in brackets): {names}", names=", ".join(other)
        )
        yield Finding("look", what, sentence)
    else:
        count = len(locked)
        sentence = say("{n} as tested", n=count) if count else say("there, versions not compared")
        yield Finding("ok", what, sentence)


def _locked() -> dict[str, str]:
    found = {}
    with suppress(OSError, ImportError):
        from packaging.requirements import Requirement

        text = (params.home() / "requirements.lock").read_text(encoding="utf-8")
        for line in re.findall(r"^[A-Za-z0-9._-]+==[^\\\n]+", text, flags=re.M):
            one = Requirement(line.strip())
            if one.marker is None or one.marker.evaluate():
                found[one.name] = str(one.specifier).removeprefix("==")
    return found


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _memory() -> Iterator[Finding]:
    limit, free = machine.address_space_mb(), machine.memory_mb()
    if limit is not None and limit < machine.USUAL_ADDRESS_MB:
        sentence = say(
            "this process may address {limit} MB; a run needs about {usual} MB",
            limit=limit,
            usual=machine.USUAL_ADDRESS_MB,
        )
        yield Finding(
            "bad" if limit < machine.LEAST_ADDRESS_MB else "look", say("memory"), sentence
        )
    elif free is not None:
        few = free < KERNEL_MB
        sentence = say("{free} MB free", free=free)
        if few:
            sentence += say("; one study needs about {least} MB", least=KERNEL_MB)
        yield Finding("look" if few else "ok", say("memory"), sentence)


def _kernel(options: Options) -> Iterator[Finding]:
    """Whether the libraries of an analysis load, in a process like a kernel's."""
    words = f"import {', '.join(LIBRARIES)}"
    try:
        done = subprocess.run(
            [sys.executable, "-c", words],
            capture_output=True,
            timeout=min(KERNEL_SECONDS, options.timeout),
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        yield Finding("bad", say("kernel"), str(error))
        return
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines() or [str(done.returncode)]
        yield Finding("bad", say("kernel"), say("its libraries do not load: {why}", why=lines[-1]))
    else:
        yield Finding("ok", say("kernel"), say("its libraries load"))


def _temporary() -> Iterator[Finding]:
    folder = machine.temporary_folder()
    if folder is None:
        sentence = say("no folder can be written; set TMPDIR to one")
        yield Finding("bad", say("temporary files"), sentence)
        return
    yield _room(say("temporary files"), folder)


def _room(what: str, folder: Path) -> Finding:
    free = machine.free_mb(folder)
    if free is not None and free < LEAST_DISK_MB:
        return Finding("look", what, say("{folder}: {free} MB free", folder=folder, free=free))
    return Finding("ok", what, str(folder))


def _reports(reports: Path) -> Iterator[Finding]:
    """Whether a page could be published: a file, its renaming, and a link in the folder."""
    what = say("reports folder")
    probe = reports / f".doctor.{os.getpid()}"
    try:
        shared.make_folder(reports)
        publish.replace_file(probe, b"")
        probe.unlink()
    except OSError as error:
        why = error.strerror or str(error)
        yield Finding("bad", what, say("{folder}: {why}", folder=reports, why=why))
        return
    yield _room(what, reports)


def _terminal() -> Iterator[Finding]:
    encoding = str(getattr(sys.stdout, "encoding", None) or locale.getpreferredencoding(False))
    try:
        "−–—≥，。".encode(encoding)
    except (LookupError, UnicodeError):
        sentence = say("{encoding}: some characters are shown as others", encoding=encoding)
        yield Finding("look", say("terminal"), sentence)
        return
    yield Finding("ok", say("terminal"), encoding)


def _fonts() -> Iterator[Finding]:
    """Pages use the reader's fonts; only what prints pages on this machine needs its own."""
    try:
        done = subprocess.run(["fc-list", ":lang=zh", "family"], capture_output=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return
    if not done.stdout.strip():
        sentence = say("no Chinese font: printing Chinese pages on this machine would show boxes")
        yield Finding("look", say("fonts"), sentence)


def _project() -> Iterator[Finding]:
    what = say("project")
    try:
        params.require_project()
    except params.ParamsError as error:
        yield Finding("bad", what, str(error))
        return
    yield Finding("ok", what, str(params.home()))


def _studies(options: Options) -> Iterator[Finding]:
    """Every study's settings, notebook and files, as `cslib run --all` would find them."""
    prepared = studies.prepare(
        studies.all_names(),
        as_of=options.as_of,
        everything=True,
        missed=partial(publish.had_page, options.reports),
    )
    for one in prepared.faulty:
        lines = one.text.splitlines()
        yield Finding("bad", one.name or say("project"), " ".join(line.strip() for line in lines))
    for sentence in prepared.left_out:
        yield Finding("look", say("left out"), sentence)
    for waits in prepared.waiting:
        yield Finding("ok", say("studies"), waits.sentence)
    if prepared.tasks:
        sentence = say("{n} can run", n=len(prepared.tasks))
        yield Finding("ok", say("studies"), sentence)
    elif not prepared.faulty and not prepared.waiting:
        yield Finding("bad", say("studies"), say("none under params/ can run"))
