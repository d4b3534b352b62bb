"""Files that `cslib new` wrote: as long as nobody edited one, it may be written again with other choices."""

from __future__ import annotations

import hashlib
from pathlib import Path

from cs_lib.language import say
from cs_lib.params.places import shown
from cs_lib.runs import publish
from cs_lib.runs.new import NewError

MARK = "# cslib new, "  # and the digest of the lines above


def require_ours(path: Path) -> None:
    """Raises NewError when there is a file already that was not written here, or was edited since."""
    if not path.exists():
        return
    text, _, digest = path.read_text(encoding="utf-8").rpartition(MARK)
    if digest.strip() != _digest(text):
        raise NewError(
            say("{path} exists already; choose another name or edit that file.", path=shown(path))
        )


def put(path: Path, text: str) -> None:
    """Write a file with the mark that tells whether it was edited."""
    path.parent.mkdir(parents=True, exist_ok=True)
    publish.replace_file(path, f"{text}{MARK}{_digest(text)}\n".encode())


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
