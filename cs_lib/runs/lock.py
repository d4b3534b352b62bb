"""One run of a study at a time: a lock file that the system frees when its holder dies."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cs_lib.language import say
from cs_lib.runs import machine, shared
from cs_lib.runs.outcome import Exit, RunError

try:
    import fcntl
except ImportError:  # a system without file locks runs without them rather than not at all
    fcntl = None  # type: ignore[assignment]

FOLDER = ".locks"
WAIT_SECONDS, STEP_SECONDS = 30.0, 0.05
NO_LINK = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)


@contextmanager
def hold(reports: Path, name: str, *, wait: bool = False) -> Iterator[None]:
    """Hold the lock of a study. Raises RunError (locked) naming the process that has it.

    With `wait` only after half a minute. A file left by a dead process is no obstacle: the system has
    freed its lock. Links are never followed, neither for the folder of locks nor for a lock.
    """
    descriptor, mine = _opened(reports, f"{name}.lock")
    try:
        if fcntl is not None:
            _take(descriptor, name, wait=wait)
        if mine:
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()} {machine.now()}\n".encode(), 0)
        yield
        if mine:
            with suppress(OSError):
                os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _opened(reports: Path, name: str) -> tuple[int, bool]:
    """The lock file, and whether it may be written. Raises RunError for a link or anything but a file."""
    folder = reports / FOLDER
    shared.make_folder(folder)
    try:
        parent = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | NO_LINK)
    except NotADirectoryError:
        raise _refused(FOLDER) from None
    except OSError as error:
        raise (_refused(FOLDER) if folder.is_symlink() else error) from None
    try:
        descriptor, mine = _file(parent, name)
    finally:
        os.close(parent)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _refused(f"{FOLDER}/{name}")
    if mine:
        shared.share(descriptor, reports)
    return descriptor, mine


def _file(parent: int, name: str) -> tuple[int, bool]:
    patient = NO_LINK | getattr(os, "O_NONBLOCK", 0)  # a pipe in its place would wait for a reader
    try:
        return os.open(name, os.O_RDWR | os.O_CREAT | patient, 0o666, dir_fd=parent), True
    except PermissionError as error:
        with suppress(OSError):  # another user's, in a folder of several: locking needs no writing
            return os.open(name, os.O_RDONLY | patient, dir_fd=parent), False
        raise error
    except OSError:
        if stat.S_ISREG(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode):
            raise
        raise _refused(f"{FOLDER}/{name}") from None


def _refused(name: str) -> RunError:
    sentence = say(
        "{name} in the reports folder is a link or no plain file, and nothing is locked by it: remove it.",
        name=name,
    )
    return RunError(Exit.NOT_PUBLISHED, sentence)


def _take(descriptor: int, name: str, *, wait: bool) -> None:
    until = time.monotonic() + (WAIT_SECONDS if wait else 0.0)
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= until:
                raise RunError(Exit.LOCKED, _held(descriptor, name)) from None
            time.sleep(STEP_SECONDS)


def _held(descriptor: int, name: str) -> str:
    text = os.pread(descriptor, 200, 0).decode(errors="replace")
    pid, _, since = text.strip().partition(" ")
    if pid.isdecimal() and since.isprintable():
        return say(
            "{name} is being run by process {pid} since {since}; wait for it or end it.",
            name=name,
            pid=pid,
            since=since,
        )
    return say("{name} is being run by another process; wait for it or end it.", name=name)
