"""What is left of English on a page in another language, and a language in which nothing is."""

from __future__ import annotations

import html
import re
from functools import cache
from zlib import crc32

from tests.messages import messages

SILENT = r"<(style|script|pre|code)\b.*?</\1>"
SPOKEN = ("aria-label", "alt", "title", "data-label", "data-words", "placeholder")
WORD = re.compile(r"[A-Za-z]+(?:['’.&_-]?[A-Za-z0-9]+)*")
GAP = re.compile(r"\{[^{}]*\}|[A-Za-z]+")


@cache
def pseudo() -> dict[tuple[str, str], str]:
    """Every message that the catalogues hold with each of its words as Chinese letters, gaps kept."""
    return {(context, message): _foreign(message) for context, message, _ in messages()}


def _foreign(message: str) -> str:
    months = re.sub(r"\{(\w*?)(?:short_)?month\}", r"{\1month_number}", message)
    return GAP.sub(lambda found: found[0] if found[0][0] == "{" else _word(found[0]), months)


def _word(word: str) -> str:
    """One to four Chinese letters that always stand for this word."""
    seed = crc32(word.encode())
    return "".join(chr(0x4E00 + (seed >> 7 * i) % 5000) for i in range(-(-len(word) // 3)))[:4]


def shown(page: str) -> list[str]:
    """Every text of a page that is seen or read out, without code, settings and file names."""
    kept = re.sub(SILENT, " ", page, flags=re.S)
    kept = re.sub(
        r"<tbody>(?:(?!</tbody>).)*<th scope=\"row\">notebook</th>.*?</tbody>",
        " ",
        kept,
        flags=re.S,
    )
    names = "|".join(SPOKEN)
    said = [html.unescape(text) for text in re.findall(rf'\s(?:{names})="([^"]*)"', kept)]
    texts = [html.unescape(text).strip() for text in re.split(r"<[^>]*>", kept)]
    return [re.sub(r"\{\w+\}", "", text) for text in [*texts, *said] if text]


def leftovers(page: str, allowed: frozenset[str]) -> dict[str, str]:
    """Latin words of two or more letters that are not allowed, each with the text where it stands."""
    found: dict[str, str] = {}
    for text in shown(page):
        for word in WORD.findall(text):
            if len(word) > 1 and word not in allowed:
                found.setdefault(word, text)
    return found


def runs(page: str, allowed: frozenset[str]) -> list[str]:
    """Two or more Latin words in a row that are not allowed, each run once."""
    found: dict[str, None] = {}
    for text in shown(page):
        for run in re.findall(rf"{WORD.pattern}(?: {WORD.pattern})+", text):
            words = [word for word in run.split() if len(word) > 1 and word not in allowed]
            if len(words) > 1:
                found[run] = None
    return list(found)
