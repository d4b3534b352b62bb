"""Standard output and error as a run needs them: writing never raises and never waits for long.

A terminal may lack a character, a pipe may have lost its reader or have one that does not read, a disk may be
full, a stream may have been closed before we began. The work behind the words goes on.
"""

from __future__ import annotations

import io
import os
import select
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import TextIO

# What ASCII and GBK terminals have in place of the characters our sentences use.
PLAIN = str.maketrans(
    {
        "\u2212": "-", "\u2013": "-", "\u2014": "-", "\u2026": "...", "\u00d7": "x", "\u00b7": "*",
        "\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2264": "<=", "\u2265": ">=",
        "\u00a0": " ", "\u2009": " ", "\u202f": " ", "\u2060": "", "\u00a5": "CNY ", "\u20ac": "EUR ",
        "\u2192": "->", "\u00b1": "+/-", "\uff1a": ": ", "\uff0c": ", ", "\u3002": ". ",
    }
)  # fmt: skip
PIECE = 4096  # bytes that a pipe takes at once when it is ready to take any
MOST_WAITING = 4_000_000  # characters kept for a reader who does not read
PATIENCE_SECONDS = 30.0  # at the end, for a reader who has stopped reading
IMPATIENCE_SECONDS = 0.2  # the same when somebody wants us to end now


class Stream(io.TextIOBase):
    """A text stream that cannot fail: what cannot be shown is replaced, what cannot be written is dropped."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self._encoding = _encoding(stream)
        self._descriptor = _descriptor(stream)
        self._waiting = bytearray()
        self._gone = stream is None

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """The encoding of what is behind it."""
        return self._encoding

    def writable(self) -> bool:
        """Always."""
        return True

    def isatty(self) -> bool:
        """Whether a person sits before it."""
        try:
            return self._stream is not None and self._stream.isatty()
        except (OSError, ValueError):
            return False

    def fileno(self) -> int:
        """The descriptor behind it. Raises OSError when there is none."""
        if self._descriptor is None:
            raise io.UnsupportedOperation("fileno")
        return self._descriptor

    def write(self, text: str) -> int:
        """Show a text, as far as it can be shown now; what a slow reader has not taken is kept for him."""
        shown = _shown(text, self._encoding)
        if self._gone:
            return len(text)
        if self._descriptor is None:
            self._plainly(shown)
            return len(text)
        if len(self._waiting) < MOST_WAITING:
            self._waiting += shown.encode(self._encoding, "replace")
        self._drain(0.0)
        return len(text)

    def flush(self) -> None:
        """Show what is waiting, as far as the reader takes it."""
        if self._descriptor is None:
            with suppress(OSError, ValueError, AttributeError):
                if self._stream is not None:
                    self._stream.flush()
        else:
            self._drain(0.0)

    def finish(self, patience: float = PATIENCE_SECONDS) -> None:
        """Show what is still waiting; a reader who takes nothing for so many seconds is not waited for."""
        self._drain(patience)

    def _plainly(self, text: str) -> None:
        """To a stream without a descriptor, such as a notebook's or a test's."""
        assert self._stream is not None
        with suppress(OSError, ValueError, AttributeError):
            self._stream.write(text)
            self._stream.flush()

    def _drain(self, patience: float) -> None:
        until = monotonic() + patience
        while self._waiting and not self._gone and self._descriptor is not None:
            if not _ready(self._descriptor, max(0.0, until - monotonic())):
                return
            try:
                written = os.write(self._descriptor, self._waiting[:PIECE])
            except BlockingIOError:
                if monotonic() >= until:
                    return
                select.select([], [], [], 0.01)
                continue
            except (
                OSError
            ):  # no reader any more, no room on the disk: whatever is missing stays missing
                self._gone = _reader_left(self._descriptor)
                self._waiting.clear()
                return
            del self._waiting[:written]
            until = monotonic() + patience


def _ready(descriptor: int, seconds: float) -> bool:
    """Whether a write would not wait; a file is always ready, and so is a reader who has left."""
    if os.name != "posix":
        return True
    watched = select.poll()
    watched.register(descriptor, select.POLLOUT)
    return bool(watched.poll(1000 * seconds))


def _reader_left(descriptor: int) -> bool:
    try:
        return not stat.S_ISREG(os.fstat(descriptor).st_mode)
    except OSError:
        return True


def _encoding(stream: TextIO | None) -> str:
    named = getattr(stream, "encoding", None) or "utf-8"
    try:
        "".encode(named)
    except LookupError:
        return "ascii"
    return str(named)


def _descriptor(stream: TextIO | None) -> int | None:
    """The file descriptor that a stream's text ends in, unless it is a stand-in."""
    try:
        return stream.fileno() if stream is not None else None
    except (OSError, ValueError, AttributeError):
        return None


def _shown(text: str, encoding: str) -> str:
    """The text in characters that the encoding has."""
    try:
        text.encode(encoding)
        return text
    except UnicodeError:
        return "".join(map(lambda c: _letter(c, encoding), text))


def _letter(letter: str, encoding: str) -> str:
    for candidate in (letter, letter.translate(PLAIN)):
        try:
            candidate.encode(encoding)
            return candidate
        except UnicodeError:
            continue
    return "?"


@contextmanager
def unbreakable() -> Iterator[Callable[[], None]]:
    """While in this block nothing that is told can raise, on either stream; gives what shows the rest at once."""
    _open_standard_descriptors()
    before = sys.stdout, sys.stderr
    with suppress(OSError, ValueError, AttributeError):
        sys.stdout.flush()
    sys.stdout, sys.stderr = out, err = Stream(sys.stdout), Stream(sys.stderr)

    def finish(patience: float = IMPATIENCE_SECONDS) -> None:
        for stream in (out, err):
            stream.finish(patience)

    try:
        yield finish
    finally:
        sys.stdout, sys.stderr = before
        finish(PATIENCE_SECONDS)


def _open_standard_descriptors() -> None:
    """A closed descriptor would be given to the next file opened, and what is told would be written into it."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            with suppress(OSError):
                os.open(os.devnull, os.O_RDWR)
