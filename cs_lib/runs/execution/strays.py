"""Ending a process with everything it has started, in its own session or not, adopted by others or not."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

SET_CHILD_SUBREAPER = 36  # of Linux' prctl
ROUNDS = 10  # a process may start another while it is being ended


def end(process: int | None, scratch: Path) -> None:
    """End a process, its descendants, and whoever was given its folder for temporary files."""
    for _ in range(ROUNDS):
        found = {*_below(process), *_given(scratch)} - {os.getpid()}
        if not found:
            return
        _kill(found)


@contextmanager
def adopting() -> Iterator[None]:
    """While in this block this process adopts what its children leave behind, and ends it with the block."""
    before = {child.pid for child in _children(os.getpid())}
    _subreaper(True)
    try:
        yield
    finally:
        for _ in range(ROUNDS):
            left = {c.pid for c in _children(os.getpid())} - before
            if not left:
                break
            _kill({pid for one in left for pid in (one, *_below(one))})
            for one in left:
                with suppress(ChildProcessError):
                    os.waitpid(one, 0)
        _subreaper(False)


def _below(process: int | None) -> Iterable[int]:
    """A process and its descendants; none when it has ended."""
    if process is None:
        return ()
    return {process, *(child.pid for child in _children(process, recursive=True))} - _ended(process)


def _ended(process: int) -> set[int]:
    """The process itself when it is dead, perhaps not yet buried."""
    try:
        dead = psutil.Process(process).status() == psutil.STATUS_ZOMBIE
    except psutil.Error:
        dead = True
    return {process} if dead else set()


def _children(process: int, *, recursive: bool = False) -> list[psutil.Process]:
    try:
        found = psutil.Process(process).children(recursive=recursive)
        return [one for one in found if one.status() != psutil.STATUS_ZOMBIE or not recursive]
    except psutil.Error:
        return []


def _given(scratch: Path) -> set[int]:
    """Processes whose environment names a folder: children that moved to a session of their own keep it."""
    found = set()
    for one in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if str(scratch / "tmp") == one.environ().get("TMPDIR"):
                found.add(one.pid)
    return found


def _kill(processes: Iterable[int]) -> None:
    for one in processes:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(one, signal.SIGKILL)


def _subreaper(wanted: bool) -> None:
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(SET_CHILD_SUBREAPER, int(wanted), 0, 0, 0)
