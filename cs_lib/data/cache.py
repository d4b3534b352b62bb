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
from pathlib import Path
from typing import Any

from cs_lib.params import home

VARIABLE = "CS_CACHE"
ROOM = "v1"  # below the folder: the rights of the folder itself are its owner's affair
MOST_BYTES = 10**9  # of all entries; the longest unused go first
MOST_ENTRIES = 10_000
LARGEST = 1_000_000  # bytes of one entry
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
        disk = shutil.disk_usage(room)
        if len(content) > LARGEST or disk.free - len(content) < KEPT_FREE * disk.total:
            return
        _replace(_path(room, kind, key), content)
        _bound(room)
    except UNREADABLE:
        return


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
