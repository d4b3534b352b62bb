"""What is kept between runs in a folder of the user's own: it saves time, and nothing depends on it.

Every entry holds its key and a checksum, and counts only when both are right; a folder that cannot be read or written
is as good as an empty one. `$CS_CACHE` names the folder, else it is `cs_lib` in `$XDG_CACHE_HOME` or `~/.cache`.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cs_lib.params import home

VARIABLE = "CS_CACHE"
ROOM = "v1"  # below the folder: the rights of the folder itself are its owner's affair
MOST_BYTES = 20 * 10**9  # of all entries; the longest unused go first
MOST_ENTRIES = 10_000
LARGEST = 1_000_000  # bytes of one entry that is no file
FILE = ".file"
KEPT_FREE = 0.1  # of the disk: nothing is written into its last tenth
UNREADABLE = (OSError, ValueError, KeyError, TypeError, RecursionError, RuntimeError)


def get(kind: str, key: Any) -> Any:
    """What was kept under a key of plain data, else None."""
    room = _room()
    if room is None:
        return None
    path = _path(room, kind, key)
    try:
        if path.stat().st_size > LARGEST:
            return None
        entry = json.loads(path.read_text(encoding="utf-8"))
        if entry["key"] != _plain(key) or entry["check"] != _check(entry["key"], entry["value"]):
            return None
        os.utime(path)
    except UNREADABLE:
        return None
    return entry["value"]


def put(kind: str, key: Any, value: Any) -> None:
    """Keep plain data under a key of plain data, where that can be done."""
    room = _room()
    if room is None:
        return
    key, value = _plain(key), _plain(value)
    content = json.dumps({"key": key, "value": value, "check": _check(key, value)}).encode()
    try:
        if len(content) > LARGEST or not _has_room(room, len(content)):
            return
        _replace(_path(room, kind, key), content)
        _bound(room)
    except UNREADABLE:
        return


def put_file(kind: str, key: Any, write: Callable[[Path], None], *, size: int) -> None:
    """Keep a file that `write` makes at a path, of about a size in bytes, where that can be done.

    What `write` raises is raised.
    """
    room = _room()
    if room is None or not _has_room(room, size):
        return
    try:
        number, name = tempfile.mkstemp(dir=room, prefix=".new-")
        os.close(number)
    except OSError:
        return
    new = Path(name)
    try:
        write(new)
        if new.stat().st_size < MOST_BYTES and _has_room(room, 0):
            digest = _copied(new, None)
            os.replace(new, _path(room, kind, key).with_suffix(FILE))
            put(kind, key, digest)
    except OSError:
        return
    finally:
        new.unlink(missing_ok=True)


def copy_file(kind: str, key: Any, to: Path) -> bool:
    """Copy the file that was kept under a key; whether there was one, the copy being what was kept, byte for byte."""
    room, digest = _room(), get(kind, key)
    if room is None or digest is None:
        return False
    path = _path(room, kind, key).with_suffix(FILE)
    try:
        same = bool(_copied(path, to) == digest)
        os.utime(path)
    except OSError:
        return False
    return same


def _copied(path: Path, to: Path | None) -> str:
    """The SHA-256 of a file as it was read, and copied when there is a place for it. Raises OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as stream, (to or Path(os.devnull)).open("wb") as out:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
            out.write(chunk)
    return digest.hexdigest()


def _has_room(room: Path, size: int) -> bool:
    try:
        disk = shutil.disk_usage(room)
    except OSError:
        return False
    return disk.free - size >= KEPT_FREE * disk.total


def usable() -> bool:
    """Whether anything can be kept."""
    room = _room()
    return room is not None and os.access(room, os.W_OK | os.X_OK)


def _room() -> Path | None:
    """The folder of entries, which nobody else can read or write; None where there can be none."""
    try:
        room = _folder() / ROOM
        room.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = room.lstat()
    except UNREADABLE:
        return None
    mine = not hasattr(os, "geteuid") or found.st_uid == os.geteuid()
    alone = os.name == "nt" or not stat.S_IMODE(found.st_mode) & 0o077
    return room if stat.S_ISDIR(found.st_mode) and mine and alone else None


def _folder() -> Path:
    named = os.environ.get(VARIABLE)
    if named:
        return home() / os.path.expanduser(named)
    caches = os.environ.get("XDG_CACHE_HOME", "")
    return Path(caches if os.path.isabs(caches) else os.path.expanduser("~/.cache")) / "cs_lib"


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value))


def _path(room: Path, kind: str, key: Any) -> Path:
    return room / f"{kind}-{_digest(_plain(key))}.json"


def _check(key: Any, value: Any) -> str:
    return _digest([key, value])


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _replace(path: Path, content: bytes) -> None:
    """Put a whole file in place of another, so that a reader finds the one or the other."""
    number, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(number, "wb") as out:
            out.write(content)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def _bound(room: Path) -> None:
    """Take away the longest unused entries beyond the bounds, and what a killed process left."""
    found = []
    with os.scandir(room) as entries:
        for entry in entries:
            try:
                state = entry.stat(follow_symlinks=False)
            except OSError:  # another run took it away
                continue
            found.append((state.st_mtime_ns, state.st_size, entry.path))
    found.sort()
    total, number = sum(size for _, size, _ in found), len(found)
    for _, size, path in found:
        if total <= MOST_BYTES and number <= MOST_ENTRIES:
            return
        Path(path).unlink(missing_ok=True)
        total, number = total - size, number - 1
