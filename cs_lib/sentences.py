"""Sentences that are not said yet: a message with the facts that fill its gaps.

The floors that compute put their records together from these; whoever reads a record says them, with `str`, in the
language then in use. So a record is the same in every language, and machines get the facts. The functions have the
names of those of `wording` and `language`, which say at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from math import isfinite
from typing import TYPE_CHECKING, Any, ParamSpec

from cs_lib import wording
from cs_lib.language import say as said_at_once
from cs_lib.method_titles import METHODS
from cs_lib.quantity import Quantity

if TYPE_CHECKING:
    from cs_lib.quantity import Difference, Unit

P = ParamSpec("P")


class Words:
    """What can be said: `str` of it is the text in the language in use."""

    __slots__ = ()

    def __format__(self, spec: str) -> str:
        raise TypeError(
            "Words in an f-string would be said too early; make them a part of a sentence."
        )

    @property
    def facts(self) -> Any:
        """What machines get in place of the text: numbers, codes and days."""
        raise NotImplementedError


Text = str | Words


@dataclass(frozen=True, slots=True)
class Sentence(Words):
    """A message with named gaps and what fills them."""

    message: str
    parts: tuple[tuple[str, object], ...] = ()

    def __str__(self) -> str:
        return said_at_once(self.message, **{name: _said(part) for name, part in self.parts})

    def __bool__(self) -> bool:
        return bool(self.message)

    def with_words(self, gaps: Mapping[str, Text], codes: Mapping[str, Text]) -> Sentence:
        """The sentence with other words in some of its gaps, and in place of some codes that fill others."""
        found = []
        for name, part in self.parts:
            code = codes.get(part, part) if isinstance(part, str) else part
            found.append((name, gaps.get(name, code)))
        return Sentence(self.message, tuple(found))

    @property
    def facts(self) -> dict[str, Any]:
        """What fills the gaps, by name."""
        return {name: _fact(part) for name, part in self.parts}


@dataclass(frozen=True, slots=True)
class Spoken(Words):
    """A number, day or code that a function of `wording` makes words of."""

    how: str
    args: tuple[object, ...]
    options: tuple[tuple[str, object], ...] = ()

    def __str__(self) -> str:
        speak: Callable[..., str] = getattr(wording, self.how)
        return speak(*map(_said, self.args), **dict(self.options))

    @property
    def facts(self) -> Any:
        """The number, day or code itself; several as a list."""
        found = [_fact(arg) for arg in self.args[: FACTS.get(self.how, 1)]]
        return found[0] if len(found) == 1 else found


@dataclass(frozen=True, slots=True)
class Called(Words):
    """What a code is called by a sentence of its own: a metric by its title."""

    code: str
    title: Sentence

    def __str__(self) -> str:
        return str(self.title)

    @property
    def facts(self) -> str:
        """The code."""
        return self.code


@dataclass(frozen=True, slots=True)
class Method(Words):
    """How an effect was computed: a code of `method_titles.METHODS`, or what was done to another's result."""

    code: str
    of: Method | None = None
    parts: tuple[tuple[str, object], ...] = ()

    def __str__(self) -> str:
        parts = {name: _said(part) for name, part in self.parts}
        return said_at_once(
            METHODS[self.code], **({"method": str(self.of)} if self.of else {}), **parts
        )

    @property
    def path(self) -> str:
        """The codes from the first result on: `welch_t/benjamini_hochberg`."""
        return f"{self.of.path}/{self.code}" if self.of else self.code

    @property
    def facts(self) -> str:
        """The path of its codes."""
        return self.path


# How many of a function's arguments are facts, where it is not the first alone.
FACTS = {
    "bracketed": 2, "days": 2, "ends": 2, "from_to": 2, "instead_of": 2, "interval": 2, "joined": 2, "labelled": 2,
    "rough_ends": 2, "spaced": 99, "together": 99,
}  # fmt: skip


def _said(part: object) -> object:
    """A part as text; what is no words stays as it is."""
    if isinstance(part, Words):
        return str(part)
    if isinstance(part, list | tuple):
        return [_said(each) for each in part]
    return part


def _fact(part: object) -> Any:
    if isinstance(part, Words):
        return part.facts
    if isinstance(part, list | tuple):
        return [_fact(each) for each in part]
    return part


def say(message: str, /, **parts: object) -> Sentence:
    """A sentence to be said later."""
    return Sentence(message, tuple(parts.items()))


def _spoken(how: Callable[P, str]) -> Callable[P, Spoken]:
    """A function of `wording` that speaks when its words are read."""

    def later(*args: P.args, **options: P.kwargs) -> Spoken:
        return Spoken(how.__name__, args, tuple(options.items()))

    later.__doc__ = how.__doc__
    return later


change = _spoken(wording.change)
confidence = _spoken(wording.confidence)
count = _spoken(wording.count)
counted = _spoken(wording.counted)
day = _spoken(wording.day)
days = _spoken(wording.days)
ends = _spoken(wording.ends)
from_to = _spoken(wording.from_to)
instead_of = _spoken(wording.instead_of)
interval = _spoken(wording.interval)
level = _spoken(wording.level)
month_name = _spoken(wording.month_name)
name = _spoken(wording.name)
number = _spoken(wording.number)
percent = _spoken(wording.percent)
plain = _spoken(wording.plain)
rough = _spoken(wording.rough)
rough_ends = _spoken(wording.rough_ends)
significant = _spoken(wording.significant)
size = _spoken(wording.size)
stated = _spoken(wording.stated)
table = _spoken(wording.table)
verdict = _spoken(wording.verdict)


def capital(text: Text) -> Spoken:
    """The first letter large."""
    return Spoken("capital", (text,))


def small(text: Text) -> Spoken:
    """The first letter small, within a sentence."""
    return Spoken("small", (text,))


def lower(text: Text) -> Spoken:
    """All letters small."""
    return Spoken("lower", (text,))


def sentence(text: Text) -> Spoken:
    """The first letter large, a full stop at the end."""
    return Spoken("sentence", (text,))


def listed(items: Iterable[Text]) -> Spoken:
    """Words joined as in speech: `a, b and c`."""
    return Spoken("listed", (tuple(items),))


def without_stop(text: Text) -> Spoken:
    """A sentence without its full stop, for lists."""
    return Spoken("without_stop", (text,))


def separated(items: Iterable[Text]) -> Spoken:
    """Words set apart by commas."""
    return Spoken("separated", (tuple(items),))


def together(*parts: Text) -> Spoken:
    """Sentences one after the other; those without words are left out."""
    return Spoken("together", parts)


def spaced(*parts: Text) -> Spoken:
    """Words beside each other: `12 control`."""
    return Spoken("spaced", parts)


def bracketed(what: Text, more: Text) -> Spoken:
    """Words with more of them in brackets: `a (b)`."""
    return Spoken("bracketed", (what, more))


def labelled(name: Text, text: Text) -> Spoken:
    """A name and what is said of it: `coupon: stop`."""
    return Spoken("labelled", (name, text))


def quoted(text: Text) -> Spoken:
    """Words in quotation marks."""
    return Spoken("quoted", (text,))


def joined(mark: str, items: Iterable[Text]) -> Spoken:
    """Words with a message between them."""
    return Spoken("joined", (mark, tuple(items)))


def first(words: Text) -> Text:
    """The first of several sentences that stand together."""
    if isinstance(words, Spoken) and words.how == "together":
        kept = [part for part in words.args if isinstance(part, str | Words) and part]
        return first(kept[0]) if kept else ""
    return words


def moved(label: Text, effect: Difference, of: Quantity | Unit) -> Spoken:
    """What happened to a metric, with its interval; no claim when the interval spans zero."""
    return Spoken("moved", (label, effect, of))


# The functions of `wording` that stored words may name; anything else in a file is no words of ours.
SPEAKERS = {
    "bracketed", "capital", "change", "confidence", "count", "counted", "day", "days", "ends", "from_to",
    "instead_of", "interval", "joined", "labelled", "level", "listed", "lower", "month_name", "moved",
    "name", "number", "percent", "plain", "quoted", "rough", "rough_ends", "sentence", "separated",
    "significant", "size", "small", "spaced", "stated", "table", "together", "verdict", "without_stop",
}  # fmt: skip
_REACHING = re.compile(r"\{\w*[^\w}]")  # a gap that would look into what fills it
_ENDS = ("control", "treatment", "effect", "effect_ci_low", "effect_ci_high", "alpha")


@dataclass(frozen=True, slots=True)
class Moved:
    """What `moved` needs of an effect, read back from a file."""

    control: float
    treatment: float
    effect: float
    effect_ci_low: float
    effect_ci_high: float
    alpha: float


def stored(words: object) -> Any:
    """Words as plain data, from which `restored` makes the same words again, for any language."""
    match words:
        case Sentence(message, parts):
            return {"say": message, "parts": _named(parts)}
        case Spoken(how, args, options):
            return {"how": how, "args": stored(args), "options": _named(options)}
        case Called(code, title):
            return {"called": code, "title": stored(title)}
        case Method(code, of, parts):
            return {"method": code, "of": stored(of), "parts": _named(parts)}
        case Quantity(unit, currency):
            return {"unit": unit, "currency": currency}
        case list() | tuple():
            return [stored(each) for each in words]
        case date():
            return {"day": f"{words:%Y-%m-%d}"}
    return _stored_value(words)


def _stored_value(value: object) -> Any:
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return float(f"{value:.10g}") if isfinite(value) else {"number": str(float(value))}
    if hasattr(value, "tolist"):  # a number or a list of numpy's
        return stored(value.tolist())
    if all(hasattr(value, name) for name in _ENDS):
        return {"moved": [stored(float(getattr(value, name))) for name in _ENDS]}
    return str(value)


def _named(parts: Iterable[tuple[str, object]]) -> dict[str, Any]:
    return {name: stored(part) for name, part in parts}


def restored(data: Any, otherwise: str = "") -> Text:
    """The words that `stored` made plain data of; `otherwise` when they cannot be said any more."""
    try:
        words = _restored(data)
        text = words if isinstance(words, str | Words) else otherwise
        return text if str(text) else otherwise
    except Exception:  # a file of another version, or edited by hand
        return otherwise


def _restored(data: Any) -> Any:
    match data:
        case {"say": str(message), "parts": dict(parts)} if not _REACHING.search(message):
            return Sentence(message, _parts(parts))
        case {"how": str(how), "args": list(args), "options": dict(options)} if how in SPEAKERS:
            return Spoken(how, _restored(args), _parts(options))
        case {"called": str(code), "title": title}:
            return Called(code, _restored(title))
        case {"method": str(code), "of": of, "parts": dict(parts)}:
            return Method(code, _restored(of), _parts(parts))
        case list():
            return tuple(map(_restored, data))
    return _restored_value(data)


def _restored_value(data: Any) -> Any:
    match data:
        case {"unit": unit, "currency": str(currency)}:
            return Quantity(unit, currency)
        case {"day": str(iso)}:
            return date.fromisoformat(iso)
        case {"number": str(number)}:
            return float(number)
        case {"moved": list(ends)}:
            return Moved(*_restored(ends))
        case dict():
            raise ValueError("no words of ours")
    return data


def _parts(parts: Mapping[str, Any]) -> tuple[tuple[str, object], ...]:
    return tuple((name, _restored(part)) for name, part in parts.items())


def messages(words: object) -> frozenset[str]:
    """The messages that words are made of, without the nouns after numbers."""
    match words:
        case Sentence(message, parts):
            return frozenset({message}).union(*(messages(part) for _, part in parts))
        case Spoken(_, args, _):
            return messages(args)
        case Called(_, title):
            return messages(title)
        case Method(code, of, parts):
            return frozenset({METHODS[code]}).union(messages(of), *(messages(p) for _, p in parts))
        case list() | tuple():
            return frozenset().union(*map(messages, words))
    return frozenset()
