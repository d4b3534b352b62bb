"""Sections of a page that exist only when a study's design asks for them, each with its own heading."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cs_lib import wording as w
from cs_lib.language import prose, say
from cs_lib.report.note import Note
from cs_lib.report.table import Table

# Under these keys of an output's metadata stand the call that gives the same, and where on the page it goes.
MADE_BY, PLACE = "made_by", "place"
Part = Callable[[Any], Any]  # It makes a figure or a table of a result, or a note in their place.


@dataclass(frozen=True, slots=True)
class Chapter:
    """A question, what a reader must know, and the figures and tables that answer it.

    `title` and `words` are messages; a word in `parts` is Markdown that stands between two answers. It
    stands open on the page only where `opens` says that the decision needs it.
    """

    title: str
    words: str
    parts: tuple[Part | str, ...]
    opens: Callable[[Any], bool] = lambda result: True


def never(result: Any) -> bool:
    """Of chapters that no decision needs."""
    return False


def in_doubt(code: str) -> Callable[[Any], bool]:
    """Of chapters that are needed when a check is in doubt."""

    def opens(result: Any) -> bool:
        return any(c.code == code and c.passed is False for c in result.checks)

    return opens


def folded(part: Part) -> Part:
    """A table that opens on a tap, because a figure beside it says the same."""

    def shown(result: Any) -> Any:
        answer = part(result)
        return replace(answer, folded=True) if isinstance(answer, Table) else answer

    shown.__name__ = part.__name__
    return shown


@dataclass(frozen=True, slots=True)
class Chapters:
    """The chapters that a study asks for; what else the notebook can do is told in one line."""

    room: str
    told: tuple[tuple[Chapter, bool, tuple[Any, ...]], ...]  # Whether it stands open.
    others: tuple[str, ...]

    def outputs(self) -> Iterator[tuple[Any, dict[str, str]]]:
        """What is shown in turn, each with what the page must know of it."""

        for chapter, opens, shown in self.told:
            yield Heading(chapter), {PLACE: "evidence" if opens else "more"}
            for part, answer in zip(chapter.parts, shown, strict=True):
                if isinstance(answer, Note) and answer.kind == "unasked":
                    continue
                name = "" if isinstance(part, str) else part.__name__
                yield answer, {MADE_BY: f"report.{self.room}.{name}(result)"} if name else {}
        if self.others:
            yield Note(also(self.others), "unasked also"), {}

    def _ipython_display_(self) -> None:
        from IPython.display import display as shown_by_ipython

        display: Callable[..., None] = shown_by_ipython
        for answer, known in self.outputs():
            display(answer, metadata=known)

    def __str__(self) -> str:
        """The headings, one a line."""
        return "\n".join(say(chapter.title) for chapter, *_ in self.told)


@dataclass(frozen=True, slots=True)
class Heading:
    """A chapter's heading and words as Markdown."""

    chapter: Chapter

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        title = say(self.chapter.title)
        return {
            "text/plain": f"## {title}",
            "text/markdown": f"## {title}\n\n{prose(self.chapter.words)}",
        }


@dataclass(frozen=True, slots=True)
class Words:
    """A paragraph between two answers."""

    text: str

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/plain": prose(self.text), "text/markdown": prose(self.text)}


def chapters(room: str, every: Sequence[Chapter], result: Any) -> Chapters:
    """Those of a room's chapters in which something was asked for, answered."""
    told, others = [], []
    for chapter in every:
        shown = tuple(Words(p) if isinstance(p, str) else p(result) for p in chapter.parts)
        answers = [s for s in shown if not isinstance(s, Words)]
        left_out = [s.what for s in answers if isinstance(s, Note) and s.kind == "unasked"]
        if len(left_out) == len(answers):
            others += left_out
        else:
            told.append((chapter, chapter.opens(result), shown))
    return Chapters(room, tuple(told), tuple(dict.fromkeys(others)))


def also(what: Sequence[str]) -> str:
    """What else the notebook does when the settings ask for it."""
    return say("Not asked for in this study: {what}.", what=w.listed(list(what)))
