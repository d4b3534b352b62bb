"""The log of a study's last attempt: warnings and crash reports, which do not belong on a page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TextIO, cast

from cs_lib.runs.scrub import Scrubber


class ScrubbedLog:
    """A text file that holds no secret; a full disk does not end the analysis."""

    def __init__(self, stream: TextIO, scrub: Scrubber) -> None:
        self._stream, self._scrub = stream, scrub

    def write(self, text: str) -> int:
        """Append a text."""
        with suppress(OSError):
            self._stream.write(self._scrub(text))
            self._stream.flush()
        return len(text)

    def flush(self) -> None:
        """Every write is flushed."""


@contextmanager
def opened(reports: Path, study: str, scrub: Scrubber) -> Iterator[IO[str]]:
    """The log of an attempt, begun anew."""
    path = reports / ".logs" / f"{study}.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as stream:
        yield cast(IO[str], ScrubbedLog(stream, scrub))
        with suppress(OSError):
            stream.flush()
