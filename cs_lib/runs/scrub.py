"""Text without what belongs to this machine alone: secrets, folders, addresses in memory."""

from __future__ import annotations

import html
import os
import re
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import cs_lib
from cs_lib import params

SECRET_NAME = re.compile(
    r"(^|_)(KEY|TOKEN|SECRET|PASSWD|DSN|CREDENTIALS?|PASSPHRASE)(_|$)|PASSWORD"
)
SECRET_VALUE = re.compile(r"://[^/@\s]+:[^/@\s]+@")
SHORTEST = 8  # a shorter value would be found inside ordinary words
ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,}")


class Scrubber:
    """Replaces secrets by the names of their variables, folders by nothing, addresses by 0x."""

    def __init__(self, source: params.Source, environ: Mapping[str, str] | None = None) -> None:
        environ = os.environ if environ is None else environ
        named = (
            {source.folder[1:]}
            if (source.folder or "").startswith("$") and source.folder
            else set()
        )
        hidden = {
            value: f"${name}"
            for name, value in environ.items()
            if value and _secret(name, value, named)
        }
        encoded = {html.escape(value): label for value, label in hidden.items()}
        self._hidden = _replacer({**encoded, **hidden})
        self._folders = _replacer(_folders())
        self._scratch = re.compile(re.escape(tempfile.gettempdir()) + r"/cslib-\w+(/tmp)?")

    def secrets(self, text: str) -> str:
        """Without secrets; everything else stays."""
        return self._hidden(text)

    def __call__(self, text: str) -> str:
        """As it may be published."""
        text = self._scratch.sub("<temporary>", self._hidden(ANSI.sub("", text)))
        return ADDRESS.sub("0x", self._folders(text))

    def data(self, value: Any) -> Any:
        """The same for every text inside plain data; numbers that JSON cannot hold become null."""
        if isinstance(value, str):
            return self._hidden(value)
        if isinstance(value, dict):
            return {str(key): self.data(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.data(item) for item in value]
        finite = not isinstance(value, float) or value - value == 0
        return value if finite else None


def _secret(name: str, value: str, named: set[str]) -> bool:
    if name in named:
        return True
    telling = SECRET_NAME.search(name.upper()) or SECRET_VALUE.search(value)
    return bool(telling) and len(value) >= SHORTEST


def _folders() -> dict[str, str]:
    """Folders that differ between machines, also where the user's home is written `~`."""
    paths = {
        str(Path(cs_lib.__file__).resolve().parents[1]),
        str(params.home()),
        sys.prefix,
        sys.base_prefix,
    }
    paths |= {sysconfig.get_path(kind) for kind in ("stdlib", "purelib", "platlib")}
    user = os.path.expanduser("~")
    short = {"~" + p.removeprefix(user) for p in paths if p.startswith(user + "/")}
    known = {f"{p}/": "" for p in paths | short if len(p) > 2}
    known |= {p: "." for p in paths | short if len(p) > 4}
    return {**known, **({f"{user}/": "~/"} if len(user) > 4 else {})}


def _replacer(known: Mapping[str, str]) -> Callable[[str], str]:
    """Replace all at once, the longest first, so that no replacement is replaced again."""
    if not known:
        return lambda text: text
    longest = sorted(known, key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, longest)))
    return lambda text: pattern.sub(lambda match: known[match[0]], text)
