"""What a person sees while studies run: moving lines on a terminal, plain lines with their time in a log."""

from __future__ import annotations

import os
import shutil
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TextIO
from unicodedata import east_asian_width

from cs_lib.language import say, speaking, spoken
from cs_lib.runs import machine
from cs_lib.runs.attempt import Outcome
from cs_lib.runs.outcome import Exit
from cs_lib.runs.tasks import Faulty, Waiting
from cs_lib.runs.telling import terminal
from cs_lib.runs.telling.teller import Teller

GREEN, RED, YELLOW, BOLD = "32", "31", "33", "1"
BAR = 20


class Log(Teller):
    """Plain lines, one when a study starts and one when it ends, then a table."""

    stamped = True

    def __init__(self, out: TextIO, names: Sequence[str], reports: Path) -> None:
        self._out, self._lock, self._language = out, threading.Lock(), spoken()
        self._width = max(map(len, names), default=0)
        self._reports = reports

    def left_out(self, sentence: str) -> None:
        """A study whose files are not on this machine."""
        print(say("left out: {sentence}", sentence=sentence), file=self._out)

    def waiting(self, one: Waiting) -> None:
        """A study whose day has not come."""
        print(one.sentence, file=self._out)

    def faults(self, faulty: Sequence[Faulty]) -> None:
        """What is wrong with studies that cannot run."""
        print("\n".join(dict.fromkeys(one.text for one in faulty)), file=sys.stderr)

    def start(self, name: str) -> None:
        """A study begins."""
        with speaking(self._language):  # not the study's, in which it is run
            self._line(name, say("running ..."))

    def end(self, outcome: Outcome) -> None:
        """A study is over."""
        with speaking(self._language):
            self._line(outcome.study, terminal.line(outcome, self._reports))

    def summary(self, outcomes: Sequence[Outcome]) -> None:
        """A table of what came out, and where the only page is."""
        head, *lines = table([terminal.head(), *map(terminal.row, outcomes)])
        print("", self.colour(head, BOLD), *lines, "", sep="\n", file=self._out)
        if len(outcomes) == 1 and (page := terminal.page(outcomes[0], self._reports)):
            print(page, file=self._out)

    def catalogue(self, path: Path) -> None:
        """Where all pages are."""
        print(path, file=self._out)

    def trouble(self, sentence: str) -> None:
        """Something that is no study's fault."""
        print(sentence, file=sys.stderr)

    def colour(self, text: str, code: str) -> str:
        """Text as it is: a log has no colours."""
        return text

    def _line(self, name: str, text: str) -> None:
        with self._lock:
            start = f"{machine.now()}  " if self.stamped else ""
            print(f"{start}{name.ljust(self._width)}  {text}", file=self._out, flush=True)


class Plain(Log):
    """The same for a terminal that cannot move its lines."""

    stamped = False


class Terminal(Log):
    """One line with a bar for each running study; finished ones scroll away above."""

    def __init__(self, out: TextIO, names: Sequence[str], reports: Path) -> None:
        super().__init__(out, names, reports)
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

    def end(self, outcome: Outcome) -> None:
        """Replace the bar by the outcome."""
        with speaking(self._language):
            text = terminal.line(outcome, self._reports)
        colour = YELLOW if outcome.code == Exit.INTERRUPTED else RED if outcome.code else GREEN
        line = f"{outcome.study.ljust(self._width)}  {self.colour(text, colour)}\n"
        self._paint(lambda: self._running.pop(outcome.study, None), above=line)

    def _paint(self, change: Callable[[], object], *, above: str = "") -> None:
        with self._lock:
            lines = len(self._running)
            self._out.write(f"\x1b[{lines}A\x1b[J" if lines else "")
            self._out.write(above)
            change()
            room = shutil.get_terminal_size().columns - 1
            for name, text in self._running.items():
                self._out.write(f"{name.ljust(self._width)}  {text}"[:room] + "\n")
            self._out.flush()


def on(out: TextIO, names: Sequence[str], reports: Path) -> Log:
    """The way of telling a person that suits the output."""
    if not out.isatty():
        return Log(out, names, reports)
    return (Plain if os.environ.get("TERM") == "dumb" else Terminal)(out, names, reports)


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
