"""Text without what belongs to this machine alone: secrets, folders, addresses in memory."""

from __future__ import annotations

import base64
import html
import json
import os
import re
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import cs_lib
from cs_lib import params
from cs_lib.runs import secrets

ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
URLSAFE = str.maketrans("+/", "-_")
ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,}")


class Scrubber:
    """Replaces secrets by the names of their variables, folders by nothing, addresses by 0x.

    A secret is found as it is, as Python, JSON, HTML and addresses write it, in base64, and line by line. Without
    a source what its folder variable holds is not known. Making one never raises.
    """

    def __init__(
        self, source: params.Source | None = None, environ: Mapping[str, str] | None = None
    ) -> None:
        environ = os.environ if environ is None else environ
        hidden: dict[str, str] = {}
        for value, name in (*_folder(source, environ), *secrets.found(environ)):
            for form in _forms(value):
                hidden.setdefault(form, "$" + re.sub(r"\W", "_", name))
        self._hidden = _replacer(hidden, whole_below=secrets.SHORT)
        self._folders = _replacer(_folders())
        self._scratch = re.compile(re.escape(_temporary()) + r"/cslib-\w+(/tmp)?")

    def secrets(self, text: str) -> str:
        """Without secrets; everything else stays."""
        return self._hidden(ANSI.sub("", text) if "\x1b" in text else text)

    def __call__(self, text: str) -> str:
        """As it may be published."""
        text = self._scratch.sub("<temporary>", self._hidden(ANSI.sub("", text)))
        return ADDRESS.sub("0x", self._folders(text))

    def data(self, value: Any) -> Any:
        """The same for every text and key inside plain data; numbers that JSON cannot hold become null."""
        if isinstance(value, str):
            return self.secrets(value)
        if isinstance(value, dict):
            return {self.secrets(str(key)): self.data(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.data(item) for item in value]
        finite = not isinstance(value, float) or value - value == 0
        return value if finite else None


def _folder(source: params.Source | None, environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What the folder variable of a source holds, with the folder below it, as written and as resolved."""
    if source is None or not (source.folder or "").startswith("$"):
        return
    name = (source.folder or "")[1:].partition("/")[0]
    value = environ.get(name, "").rstrip("/")
    if not value:
        return
    found = {value, os.path.expanduser(value)}
    with suppress(OSError, RuntimeError, ValueError):
        found |= {str(Path(one).resolve()) for one in list(found)}
    home = os.path.expanduser("~")
    found |= {"~" + one.removeprefix(home) for one in found if one.startswith(home + "/")}
    for one in found:
        if len(one) > 1:
            yield one, name


def _forms(value: str) -> set[str]:
    """A secret in the ways that programs write it, and the lines of one that has several."""
    plain = {value, value.strip()}
    lines = [line.strip() for line in value.splitlines() if len(line.strip()) >= secrets.SHORT]
    if len(value.splitlines()) > 1:
        plain |= {*lines, "".join(value.split()), "".join(value.splitlines())}
    escaped = {form for one in plain for form in _escaped(one)}
    twice = {form for one in escaped for form in _escaped(one)}
    encoded = {form for one in plain for form in _encoded(one)}
    least = min(len(value.strip()), secrets.SHORT)
    return {form for form in {*plain, *escaped, *twice, *encoded} if len(form) >= least}


def _escaped(text: str) -> Iterator[str]:
    """As Python, JSON and HTML write it."""
    yield repr(text)[1:-1]
    yield text.encode("unicode_escape").decode()
    yield repr(text.replace('"', "'"))[1:-1].replace("'", "\\'")
    yield text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
    for ascii_only in (True, False):
        as_json = json.dumps(text, ensure_ascii=ascii_only)[1:-1]
        yield from (as_json, as_json.replace("/", "\\/"))
    yield repr(text.encode("utf-8", "surrogateescape"))[2:-1]
    yield html.escape(text).encode("ascii", "xmlcharrefreplace").decode()
    for quotes in (True, False):
        yield html.escape(text, quote=quotes)
    yield html.escape(text).replace("&#x27;", "&#39;").replace("&quot;", "&#34;")


def _encoded(text: str) -> Iterator[str]:
    """As addresses write it, and in base64."""
    raw = text.encode("utf-8", "surrogateescape")
    for encoded in (
        quote(raw, safe=""),
        quote(raw),
        quote_plus(raw),
        quote(raw, safe="/:@!$&'()*+,;="),
    ):
        yield from (encoded, re.sub("%[0-9A-F]{2}", lambda m: m[0].lower(), encoded))
    for code in (base64.b64encode(raw), base64.urlsafe_b64encode(raw)):
        yield from (code.decode(), code.decode().rstrip("="))
    yield raw.hex()
    yield from _inside_base64(raw)


def _inside_base64(raw: bytes) -> Iterator[str]:
    """The letters of base64 that only the secret decides, wherever in a longer text it begins."""
    if len(raw) < secrets.SHORT:
        return
    for before in range(3):
        coded = base64.b64encode(b"\0" * before + raw).decode().rstrip("=")
        inner = coded[-(-8 * before // 6) : 8 * (before + len(raw)) // 6]
        yield from (inner, inner.translate(URLSAFE))


def _temporary() -> str:
    try:
        return tempfile.gettempdir()
    except OSError:  # no folder for temporary files: then none of ours is in a text either
        return "/tmp"


def _folders() -> dict[str, str]:
    """Folders that differ between machines, also where the user's home is written `~`."""
    paths = {
        str(Path(cs_lib.__file__).resolve().parents[1]),
        str(params.home()),
        sys.prefix,
        sys.base_prefix,
    }
    paths |= {sysconfig.get_path(kind) for kind in ("stdlib", "purelib", "platlib")}
    user = os.path.expanduser("~")  # `~` itself where a container knows no home
    short = {"~" + p.removeprefix(user) for p in paths if p.startswith(user + "/")}
    known = {f"{p}/": "" for p in paths | short if len(p) > 2}
    known |= {p: "." for p in paths | short if len(p) > 4}
    return {**known, **({f"{user}/": "~/"} if len(user) > 4 else {})}


def _replacer(known: Mapping[str, str], *, whole_below: int = 0) -> Callable[[str], str]:
    """Replace all at once, the longest first, so that no replacement is replaced again.

    What is shorter than `whole_below` is replaced where it stands as a word of its own.
    """
    if not known:
        return lambda text: text

    def replaced(text: str) -> str:
        there = [one for one in known if one in text]  # much faster than a pattern of all of them
        if not there:
            return text
        return _pattern(there, whole_below).sub(lambda match: known[match[0]], text)

    return replaced


def _pattern(known: Iterable[str], whole_below: int) -> re.Pattern[str]:
    longest = sorted(known, key=len, reverse=True)
    return re.compile(
        "|".join(
            rf"(?<!\w){re.escape(one)}(?!\w)" if len(one) < whole_below else re.escape(one)
            for one in longest
        )
    )
