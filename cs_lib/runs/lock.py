"""One run of a study at a time: a lock file that the system frees when its holder dies."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from cs_lib.language import say
from cs_lib.runs.outcome import Exit, RunError

try:
    import fcntl
except ImportError:  # a system without file locks runs without them rather than not at all
    fcntl = None  # type: ignore[assignment]


@contextmanager
def hold(reports: Path, name: str, *, wait: bool = False) -> Iterator[None]:
    """Hold the lock of a study. Raises RunError (locked) naming the process that has it.

    A file left by a dead process is no obstacle: the system has freed its lock.
    """
    path = reports / ".locks" / f"{name}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        if fcntl is not None:
            _take(descriptor, name, wait=wait)
        os.ftruncate(descriptor, 0)
        started = datetime.now().astimezone().isoformat(timespec="seconds")
        os.pwrite(descriptor, f"{os.getpid()} {started}\n".encode(), 0)
        yield
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _take(descriptor: int, name: str, *, wait: bool) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        pid, _, since = os.pread(descriptor, 200, 0).decode().strip().partition(" ")
        sentence = (
            say(
                "{name} is being run by process {pid} since {since}; wait for it or end it.",
                name=name,
                pid=pid,
                since=since,
            )
            if pid
            else say("{name} is being run by another process; wait for it or end it.", name=name)
        )
        raise RunError(Exit.LOCKED, sentence) from None
