"""The words of texts, in languages with blanks between them and in Chinese."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import Any

from cs_lib.methods.errors import CannotEstimate
from cs_lib.sentences import say

CHINESE = re.compile(r"[\u4e00-\u9fff]")
# Letters alone, with an apostrophe inside; what has a digit is a number, a code or a placeholder.
WORD = re.compile(r"(?<![\w])[^\W\d_]+(?:['’][^\W\d_]+)*(?![\w])")
LEAST_LETTERS, LEAST_CHINESE = 3, 2


def words_of(
    texts: Iterable[str], *, stop: Collection[str] = (), known: Collection[str] = ()
) -> list[tuple[str, ...]]:
    """The words of each text, in small letters and in their order; short ones, numbers and stop words left out.

    Texts with Chinese letters are cut by rjieba, which is jieba's cut with its dictionary inside; a Chinese word has
    two letters at least, any other three. Blanks do not part Chinese words, so splitting on them gives sentences.

    Args:
        texts: what customers wrote.
        stop: words that say nothing here, whatever their case.
        known: words of one's own (names of products) that are not cut.

    Raises:
        CannotEstimate: a text is Chinese and rjieba is not installed.
    """
    silent = {word.lower() for word in stop}
    cut = _Cutter(known)
    return [tuple(word for word in cut.words(text.lower()) if word not in silent) for text in texts]


class _Cutter:
    """Cuts texts; the Chinese dictionary is read when one needs it."""

    def __init__(self, known: Collection[str]) -> None:
        self._known = tuple(sorted(known))

    def words(self, text: str) -> Iterable[str]:
        """Words that are long enough to mean something."""
        parts = self._cut(text) if CHINESE.search(text) else WORD.findall(text)
        for part in parts:
            if CHINESE.search(part):
                if len(part) >= LEAST_CHINESE and not re.search(r"[\W\da-z_]", part):
                    yield part
            elif len(part) >= LEAST_LETTERS and WORD.fullmatch(part):
                yield part

    def _cut(self, text: str) -> list[str]:
        return list(_chinese(self._known).cut(text))


@lru_cache(maxsize=4)
def _chinese(known: tuple[str, ...]) -> Any:
    """The Chinese cutter, its dictionary read once."""
    try:
        from rjieba import Jieba
    except ImportError:
        raise not_installed() from None
    found = Jieba()
    for word in known:
        found.add_word(word, None, None)
    return found


def not_installed() -> CannotEstimate:
    """The refusal where the libraries for texts are not there."""
    return CannotEstimate(
        say("The libraries for texts are not installed; `pip install cs-lib[text]` brings them.")
    )
