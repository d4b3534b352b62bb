"""Files that `cslib new` wrote: as long as nobody edited one, it may be written again with other choices."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
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


def marked(text: str, notes: Mapping[str, str], choose: Mapping[str, str]) -> str:
    """The settings with notes above their keys; keys that only the user can choose are comments."""
    lines, said = list[str](), ""
    for line in text.splitlines():
        found = re.match(r"( *)(# )?(\w+):", line)
        key, indent = (found[3], found[1]) if found else ("", "")
        if key in notes:
            lines.append(f"{indent}# {notes[key]}")
        if key in choose:
            if choose[key] != said:
                said = choose[key]
                lines.append(f"{indent}# {say('CHOOSE: {what}', what=said)}")
            line = f"{indent}# {line.lstrip()}"
        lines.append(line)
    return "\n".join(lines) + "\n"
