"""Faults in settings: collected, then raised once, each as one sentence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault: where it stands and what is wrong with it."""

    key: str
    message: str
    file: str = ""
    line: int | None = None

    def __str__(self) -> str:
        where = f" (line {self.line})" if self.line else ""
        return f"{self.key}{where}: {self.message}" if self.key else self.message


class ParamsError(ValueError):
    """Raised once with every fault found in one study or source."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(describe(self.problems))

    def _render_traceback_(self) -> list[str]:
        """In a notebook the sentences are the message; the stack only hides them."""
        return [str(self)]


class UnknownName(KeyError):
    """Raised for a name that is not there, with the nearest one that is."""

    def __init__(self, what: str, name: str, known: Iterable[str]) -> None:
        self.sentence = f"no {what} '{name}'{closest(name, known)}"
        super().__init__(self.sentence)

    def __str__(self) -> str:
        return self.sentence

    def _render_traceback_(self) -> list[str]:
        return [self.sentence]


def describe(problems: Sequence[Problem]) -> str:
    """All faults as text, grouped by file."""
    lines: list[str] = []
    for file in dict.fromkeys(p.file for p in problems):
        mine = [p for p in problems if p.file == file]
        count = "1 problem" if len(mine) == 1 else f"{len(mine)} problems"
        lines.append(f"{file or 'settings'}: {count}")
        lines += [f"  {problem}" for problem in mine]
    return "\n".join(lines)


def closest(word: str, known: Iterable[str], *, alike: float = 0.65) -> str:
    """`; did you mean 'x'?` for the nearest known word at least `alike` (0 to 1), or nothing."""
    near = nearest(word, known, alike=alike)
    return f"; did you mean '{near}'?" if near else ""


def nearest(word: str, known: Iterable[str], *, alike: float = 0.65) -> str:
    """The nearest known word at least `alike` (0 to 1), or nothing."""
    lowered = {k.lower(): k for k in known}
    hits = get_close_matches(word.lower(), list(lowered), n=1, cutoff=alike)
    return lowered[hits[0]] if hits else ""
