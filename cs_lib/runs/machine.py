"""What this machine gives a run: the time, memory, room for files, a place for what is temporary."""

from __future__ import annotations

import os
import tempfile
from datetime import datetime
from pathlib import Path

from cs_lib.language import say
from cs_lib.runs.outcome import Exit, RunError

# Less address space makes numerical libraries spin or abort while they are loaded instead of saying so.
LEAST_ADDRESS_MB = 1500
USUAL_ADDRESS_MB = 3500  # what the demo studies need


def now(timespec: str = "seconds") -> str:
    """The time here with its offset, as ISO 8601 writes it: for logs and records, never for a page."""
    return datetime.now().astimezone().isoformat(timespec=timespec)


def require_room() -> None:
    """Raises RunError when no analysis could be loaded here, or no temporary file be written."""
    limit = address_space_mb()
    if limit is not None and limit < LEAST_ADDRESS_MB:
        sentence = say(
            "This process may address {limit} MB; a run needs about {usual} MB. Raise the limit (ulimit -v).",
            limit=limit,
            usual=USUAL_ADDRESS_MB,
        )
        raise RunError(Exit.KERNEL_ENDED, sentence)
    if temporary_folder() is None:
        sentence = say(
            "There is no folder for temporary files that can be written; set TMPDIR to one."
        )
        raise RunError(Exit.KERNEL_ENDED, sentence)


def address_space_mb() -> int | None:
    """The limit of this process's address space in megabytes, or None."""
    try:
        import resource
    except ImportError:  # no such limits on this system
        return None
    soft = resource.getrlimit(resource.RLIMIT_AS)[0]
    return None if soft == resource.RLIM_INFINITY else soft // 1_000_000


def memory_mb() -> int | None:
    """The memory that is left for new processes in megabytes, of the container where it has a limit of its own."""
    found = [_free_mb(), _container_mb()]
    known = [one for one in found if one is not None]
    return min(known) if known else None


def temporary_folder() -> Path | None:
    """Where temporary files go, or None when nothing can be written there."""
    try:
        folder = tempfile.gettempdir()
        with tempfile.TemporaryFile(dir=folder):
            return Path(folder)
    except OSError:
        return None


def free_mb(folder: Path) -> int | None:
    """Room for files in a folder, or in the nearest one above it that is there."""
    for one in (folder, *folder.parents):
        try:
            found = os.statvfs(one)
        except (OSError, AttributeError):
            continue
        return found.f_bavail * found.f_frsize // 1_000_000
    return None


def _free_mb() -> int | None:
    import psutil

    return int(psutil.virtual_memory().available // 1_000_000)


def _container_mb() -> int | None:
    """What a container's own limit leaves, by the control groups of Linux."""
    root = Path("/sys/fs/cgroup")
    for limit, used in (
        ("memory.max", "memory.current"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
    ):
        try:
            most, now = ((root / name).read_text().strip() for name in (limit, used))
            return None if most == "max" else max(0, int(most) - int(now)) // 1_000_000
        except (OSError, ValueError):
            continue
    return None
