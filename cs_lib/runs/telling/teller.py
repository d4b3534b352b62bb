"""What there is to tell of a batch, in the order in which it happens; whoever tells takes what suits its reader."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cs_lib.runs.attempt import Outcome
from cs_lib.runs.outcome import Exit
from cs_lib.runs.tasks import Faulty, Waiting


class Teller:
    """Tells nothing."""

    def left_out(self, sentence: str) -> None:
        """A study whose files are not on this machine."""

    def waiting(self, one: Waiting) -> None:
        """A study whose day has not come."""

    def faults(self, faulty: Sequence[Faulty]) -> None:
        """What is wrong with studies that cannot run."""

    def start(self, name: str) -> None:
        """A study begins."""

    def cells(self, name: str, done: int, total: int) -> None:
        """Some of its cells are done."""

    def end(self, outcome: Outcome) -> None:
        """A study is over."""

    def summary(self, outcomes: Sequence[Outcome]) -> None:
        """What came out of all."""

    def hits(self, outcomes: Sequence[Outcome]) -> None:
        """Answers that --fail-on names."""

    def catalogue(self, path: Path) -> None:
        """Where all pages are."""

    def trouble(self, sentence: str) -> None:
        """Something that is no study's fault."""

    def finish(self, code: Exit) -> None:
        """The batch is over; the exit code says how."""
