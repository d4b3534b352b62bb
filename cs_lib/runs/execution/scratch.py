"""Folders for temporary files: gone with what made them, and swept by the next run when that was killed."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

try:
    import fcntl
except (
    ImportError
):  # Without file locks nobody can tell whether a folder is still used: nothing is swept.
    fcntl = None  # type: ignore[assignment]

PREFIX, ALIVE = "cslib-", ".alive"
YOUNG_SECONDS = 60  # a folder may be there before it is marked as used
_live: set[Path] = set()
_guard = threading.Lock()


class Scratch:
    """A folder for one child process, in use as long as this process lives. Raises OSError."""

    def __init__(self, folder: str | None = None) -> None:
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=folder))
        with _guard:
            _live.add(self.path)
        self._alive = os.open(self.path / ALIVE, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        if fcntl is not None:
            with suppress(OSError):
                fcntl.flock(self._alive, fcntl.LOCK_SH)

    def remove(self) -> None:
        """The folder and everything in it."""
        with suppress(OSError):
            os.close(self._alive)
        _remove(self.path)


def remove_all() -> None:
    """Every folder of this process, when it ends without waiting for its threads."""
    with _guard:
        left = list(_live)
    for path in left:
        _remove(path)


def sweep() -> None:
    """Remove what processes that are dead have left in the folder for temporary files."""
    if fcntl is None:
        return
    with suppress(OSError):
        for entry in os.scandir(tempfile.gettempdir()):
            if entry.name.startswith(PREFIX) and _left(entry):
                shutil.rmtree(entry.path, ignore_errors=True)


def _left(entry: os.DirEntry[str]) -> bool:
    """Whether a folder is ours, marked, old enough, and used by nobody any more."""
    try:
        found = entry.stat(follow_symlinks=False)
        mine = entry.is_dir(follow_symlinks=False) and found.st_uid == os.getuid()
        if not mine or time.time() - found.st_mtime < YOUNG_SECONDS:
            return False
        descriptor = os.open(Path(entry.path) / ALIVE, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)


def _remove(path: Path) -> None:
    shutil.rmtree(path, ignore_errors=True)
    with _guard:
        _live.discard(path)
