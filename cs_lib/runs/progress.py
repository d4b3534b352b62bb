"""What a user sees while studies run: moving lines on a terminal, plain lines in a log."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TextIO
from unicodedata import east_asian_width

from cs_lib.language import say, speaking, spoken

GREEN, RED, YELLOW, BOLD = "32", "31", "33", "1"
BAR = 20


class Log:
    """Plain lines, one when a study starts and one when it ends."""

    def __init__(self, out: TextIO, names: list[str]) -> None:
        self._out, self._lock, self._language = out, threading.Lock(), spoken()
        self._width = max(map(len, names), default=0)

    def colour(self, text: str, code: str) -> str:
        """Text as it is: a log has no colours."""
        return text

    def start(self, name: str) -> None:
        """A study begins."""
        with speaking(self._language):  # not the study's, in which it is run
            self._line(name, say("running ..."))

    def cells(self, name: str, done: int, total: int) -> None:
        """Some cells are done; a log does not tell."""

    def end(self, name: str, text: str, colour: str) -> None:
        """A study is over."""
        self._line(name, text)

    def _line(self, name: str, text: str) -> None:
        with self._lock, suppress(BrokenPipeError):
            print(f"{name.ljust(self._width)}  {text}", file=self._out, flush=True)


class Terminal(Log):
    """One line with a bar for each running study; finished ones scroll away above."""

    def __init__(self, out: TextIO, names: list[str]) -> None:
        super().__init__(out, names)
        self._running: dict[str, str] = {}

    def colour(self, text: str, code: str) -> str:
        """Coloured unless the user's NO_COLOR says otherwise."""
        return text if os.environ.get("NO_COLOR") else f"\x1b[{code}m{text}\x1b[0m"

    def start(self, name: str) -> None:
        """A study begins."""
        self.cells(name, 0, 1)

    def cells(self, name: str, done: int, total: int) -> None:
        """Move the bar of a study."""
        full = BAR * done // max(total, 1)
        bar = "#" * full + "." * (BAR - full)
        with speaking(self._language):
            count = say("{done}/{total} cells", done=done, total=total) if done else say("starting")
        self._paint(lambda: self._running.__setitem__(name, f"[{bar}] {count}"))

    def end(self, name: str, text: str, colour: str) -> None:
        """Replace the bar by the outcome."""
        line = f"{name.ljust(self._width)}  {self.colour(text, colour)}\n"
        self._paint(lambda: self._running.pop(name, None), above=line)

    def _paint(self, change: Callable[[], object], *, above: str = "") -> None:
        with self._lock, suppress(BrokenPipeError):
            lines = len(self._running)
            self._out.write(f"\x1b[{lines}A\x1b[J" if lines else "")
            self._out.write(above)
            change()
            room = shutil.get_terminal_size().columns - 1
            for name, text in self._running.items():
                self._out.write(f"{name.ljust(self._width)}  {text}"[:room] + "\n")
            self._out.flush()


def on(out: TextIO, names: list[str]) -> Log:
    """The way of telling that suits the output."""
    return (
        Terminal(out, names)
        if out.isatty() and os.environ.get("TERM") != "dumb"
        else Log(out, names)
    )


def _width(text: str) -> int:
    """Columns of a terminal that a text takes; Chinese letters take two."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows in columns; the last one as long as it is."""
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    padded = [
        [cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)]
        for row in rows
    ]
    return ["  ".join(cells).rstrip() for cells in padded]
