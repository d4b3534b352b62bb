"""The language that the suite speaks: every sentence a reader sees passes through here.

A message is a whole sentence in English with named gaps; gettext catalogues in cs_lib/locale hold
the other languages. A message that a catalogue lacks stays English; a test looks for those.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Literal, get_args

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
FOLDER = Path(__file__).parent / "locale"
COUNTED = "counted"  # context of nouns after a number: Chinese puts a measure word before them
HAN = "\u4e00-\u9fff）”》"
HIDING = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\u3164\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
MARKS = {",": "，", ";": "；", ":": "："}

_usual: Language = "en"
_learnt: dict[Language, dict[str, str]] = {}  # what settings say in another language themselves
_here: ContextVar[Language | None] = ContextVar("_here", default=None)


def use(language: Language) -> None:
    """Speak this language from now on, in the whole process."""
    global _usual
    _usual = language


def spoken() -> Language:
    """The language in use."""
    return _here.get() or _usual


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Speak a language for a while, in this thread only."""
    before = _here.set(language)
    try:
        yield
    finally:
        _here.reset(before)


def learn(language: Language, messages: Mapping[str, str]) -> None:
    """Say messages of settings in a language as these put them; what a catalogue holds stays as it is there."""
    _learnt.setdefault(language, {}).update(messages)


def say(message: str, /, **parts: object) -> str:
    """The message in the language in use, its gaps filled."""
    language = spoken()
    text = message if language == "en" else _in(language, message)
    if language == "en" and parts.get("days") == 1:
        text = text.replace("{days} days", "{days} day")
    return text.format(**{name: _said(part) for name, part in parts.items()}) if parts else text


def _in(language: Language, message: str) -> str:
    """A message in another language than English; itself where nobody has put it into that."""
    found = _messages(language).get(("", message))
    return found if found is not None else _learnt.get(language, {}).get(message, message)


def _said(part: object) -> object:
    """A part that is a sentence itself, said now."""
    return part if isinstance(part, str | int | float) else str(part)


def known(message: str) -> bool:
    """Whether the language in use has this message; English has every one."""
    language = spoken()
    return language == "en" or not message or ("", message) in _messages(language)


def later(message: str) -> str:
    """A message of a constant, as it stands: marked for the catalogues, said by `say` when it is used."""
    return message


def noun(one: str, many: str, number: int) -> str:
    """The noun after a number, with its measure word where the language has them."""
    language = spoken()
    if language == "en":
        return one if number == 1 else many
    return _messages(language).get((COUNTED, one), one)


def prose(markdown: str) -> str:
    """Markdown in the language in use: a message is a heading, a paragraph or an item of a list."""
    if spoken() == "en":
        return markdown
    return "\n".join(mark + say(words) if words else "" for mark, words in pieces(markdown))


def pieces(markdown: str) -> list[tuple[str, str]]:
    """The messages of some Markdown with the mark each begins with; an empty one is a blank line."""
    found: list[tuple[str, str]] = []
    for line in markdown.split("\n"):
        mark = re.match(r"(?:#+ +|- +)?", line)[0]  # type: ignore[index]
        words = line[len(mark) :].strip()
        if words and not mark and found and found[-1][1] and not found[-1][0].startswith("#"):
            found[-1] = (found[-1][0], f"{found[-1][1]} {words}")
        else:
            found.append((mark, words))
    return found


def visible(text: str) -> str:
    """Text in which nothing hides: marks that turn the reading direction, have no width, or control a terminal.

    They are shown by their number, `[U+202E]`. Letters of languages that are read from the right stay as
    they are, and so do the joiners inside their words and inside emoji.
    """
    return HIDING.sub(lambda mark: f"[U+{ord(mark[0]):04X}]", text)


def full_stop() -> str:
    """What ends a sentence in the language in use."""
    return {"en": ".", "zh": "。"}[spoken()]


def typeset(text: str) -> str:
    """Text or markup with the punctuation of the language in use, where parts were put together."""
    if spoken() != "zh":
        return text
    kept = r"(<(?:style|script|pre|code)\b.*?</(?:style|script|pre|code)>|<[^>]*>)"
    parts = re.split(kept, text, flags=re.S)
    return "".join(part if i % 2 else _chinese(part) for i, part in enumerate(parts))


def _chinese(text: str) -> str:
    """Full-width marks after Chinese letters, and no space after them."""
    text = re.sub(rf"(?<=[{HAN}])([,;:]) ", lambda m: MARKS[m[1]], text)
    text = re.sub(rf"(?<=[{HAN}])\. ?(?=[{HAN}]|$)", "。", text)
    text = re.sub(r"(?<=[和或])(?=\d)", " ", text)
    return re.sub(r"(?<=[。，；：！？]) +", "", text)


@cache
def _messages(language: Language) -> dict[tuple[str, str], str]:
    """What a catalogue holds, by context and message; without what nobody has translated or checked."""
    from babel.messages.pofile import read_po

    with (FOLDER / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    return {
        (message.context or "", str(message.id)): str(message.string)
        for message in catalogue
        if message.id and message.string and not message.fuzzy
    }
