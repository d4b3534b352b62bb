"""Why rows of a file cannot be read, in words of ours: the engine's own name what only it knows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from cs_lib.data.engines.base import EngineError, NoRoom, NotAllowed
from cs_lib.language import say

DAMAGE = re.compile(
    r"IO Error|TProtocol|Failed to read|decompress|Out of buffer|don't know what type|Prefetch|Invalid data|Corrupt"
)  # how the engine words a file that is not whole


def reason(error: EngineError, paths: Sequence[Path] = ()) -> str:
    """Why a statement failed, in words of ours where a file is the reason; with `paths` it was about these alone."""
    if isinstance(error, NoRoom | NotAllowed):
        return str(error)
    if "No magic bytes" in error.detail or "too small to be" in error.detail:
        if any(_is_archive(path) for path in paths):
            return say("it is an Excel workbook or another archive; export it as CSV")
        return say("it is no Parquet file, or it was cut short")
    lacks = re.search(
        r'schema mismatch.*?column "(.*?)" was read from.*?found in file "(?:.*[/\\])?(.*?)"',
        error.detail,
        re.DOTALL,
    )
    if lacks:
        return say(
            "its file {file} has no column {column}, others have", file=lacks[2], column=lacks[1]
        )
    kinds = re.search(r'failed to cast column "(.*?)"', error.detail)
    if kinds:
        return say(
            "its files hold values of different kinds in the column {column}", column=kinds[1]
        )
    if paths or DAMAGE.search(error.detail):
        return say("a file is damaged, or was changed while it was read")
    value = refused_value(error)
    return (
        say("the value '{value}' is not what it is taken for", value=value) if value else str(error)
    )


def refused_value(error: EngineError) -> str:
    """The value of a file that a query takes for what it is not; nothing when that is not why it failed."""
    found = re.search(
        r"""(?:Could not (?:convert|parse) string|field (?:format|value)[^"'\n]*) ["'](.*?)["']""",
        error.detail,
    )
    return found[1] if found and not isinstance(error, NotAllowed) else ""


def _is_archive(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(2) == b"PK"
    except OSError:
        return False
