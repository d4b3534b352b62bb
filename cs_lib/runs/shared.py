"""A reports folder of several users: what one writes, the others of the folder's group may replace."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

GROUP = stat.S_IRGRP | stat.S_IWGRP


def make_folder(folder: Path) -> None:
    """A folder with those above it, each with the group's rights of the one it stands in. Raises OSError."""
    if folder.is_dir():
        return
    if folder.parent != folder:
        make_folder(folder.parent)
    try:
        folder.mkdir()
    except FileExistsError:
        if not folder.is_dir():
            raise
        return
    _grant(folder, folder.parent, stat.S_IXGRP)


def share(file: int | Path, like: Path) -> None:
    """Give a file the group's rights that its folder has, whatever the user's own habit is (umask)."""
    _grant(file, like, 0)


def _grant(target: int | Path, like: Path, also: int) -> None:
    """Rights are only ever added, and only where the folder is meant to be written by its group."""
    if os.name != "posix":
        return
    with suppress(OSError):
        above, mine = os.stat(like).st_mode, stat.S_IMODE(os.stat(target).st_mode)
        if not above & stat.S_IWGRP:
            return
        wanted = mine | (above & GROUP) | (above & also) | (above & stat.S_ISGID if also else 0)
        if wanted != mine:
            os.chmod(target, wanted)
