"""The log of a study's last attempt: what happened when, warnings and crash reports, which do not belong on a page."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from cs_lib.runs import machine, shared
from cs_lib.runs.scrub import Scrubber

FOLDER = ".logs"
MOST_CHARACTERS = 1_000_000  # of a line that is not whole yet


class ScrubbedLog(io.TextIOBase):
    """A text file that holds no secret; a full disk does not end the analysis."""

    def __init__(self, stream: TextIO, scrub: Scrubber) -> None:
        self._stream, self._scrub, self._begun = stream, scrub, ""

    def note(self, text: str) -> None:
        """One line of what happened, with its time."""
        self.write(f"{machine.now()}  {text}\n")

    def write(self, text: str) -> int:
        """Append a text; a line is written when it is whole, so that no secret is cut in two."""
        whole, end, self._begun = (self._begun + text).rpartition("\n")
        if len(self._begun) > MOST_CHARACTERS:
            whole, end, self._begun = whole + end + self._begun, "", ""
        self._append(whole + end)
        return len(text)

    def finish(self) -> None:
        """Append what was begun."""
        self._append(self._begun)
        self._begun = ""

    def flush(self) -> None:
        """Every whole line is flushed."""

    def _append(self, text: str) -> None:
        with suppress(OSError, ValueError):
            self._stream.write(self._scrub(text))
            self._stream.flush()


@contextmanager
def opened(reports: Path, study: str, scrub: Scrubber) -> Iterator[ScrubbedLog]:
    """The log of an attempt, begun anew; one that cannot be written is no reason not to run."""
    stream = _new(reports, f"{study}.log")
    log = ScrubbedLog(stream, scrub)
    try:
        yield log
    finally:
        log.finish()
        with suppress(OSError, ValueError):
            stream.close()


def _new(reports: Path, name: str) -> TextIO:
    """A new file in the place of an older one, never through a link; in memory when there can be none."""
    path = reports / FOLDER / name
    try:
        shared.make_folder(path.parent)
        with suppress(FileNotFoundError):
            path.unlink()
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        shared.share(descriptor, path.parent)
        return os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace")
    except OSError:
        return io.StringIO()
