"""The digest of a file's bytes, read once for as long as the file is not touched. Imports nothing heavy."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

from cs_lib.data import cache

KIND = "digest"
SETTLED = (
    2_000_000_000  # nanoseconds since its last change after which no writer is at a file any more
)

State = tuple[int, ...]  # size, times of change, place on the disk

_read: dict[tuple[str, State], str] = {}  # what this process read itself


def of_file(path: Path, *, again: bool = False) -> str:
    """The SHA-256 of a file in hexadecimal digits; with `again` it is read even where its digest is known.

    A process reads a file once, however often it asks. Raises OSError.
    """
    before = state(path)
    name = os.path.realpath(path)
    if (name, before) in _read:
        return _read[name, before]
    known = None if again else cache.get(KIND, [name, *before])
    if _is_digest(known):
        return str(known)
    with path.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if state(path) == before:
        _read[name, before] = found
        if is_settled(before):
            cache.put(KIND, [name, *before], found)
    return found


def state(path: Path) -> State:
    """What changes with a file. Raises OSError."""
    found = path.stat()
    return (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_dev)


def is_settled(found: State) -> bool:
    """Whether a file was last changed so long ago that a further change would show in its times."""
    _, modified, changed, *_ = found
    return time.time_ns() - max(modified, changed) >= SETTLED


def _is_digest(value: object) -> bool:
    return isinstance(value, str) and len(value) == 64
