"""How much room words take in a drawing, before anything is drawn. Text stays text, so readers' fonts decide."""

from __future__ import annotations

from unicodedata import east_asian_width

FULL = 1.8  # a Chinese character is an em wide; a Latin letter is about 0.55 of one


def letters(text: str) -> float:
    """The width of a text in Latin letters of average width."""
    return sum(FULL if east_asian_width(c) in "WF" else 1.0 for c in text)


def fitted(text: str, pixels: float, letter: float) -> str:
    """A text that fits, cut off with an ellipsis; the whole of it stands in the words beside the drawing."""
    room = int(pixels / letter)
    if letters(text) <= room:
        return text
    kept = text
    while kept and letters(kept) > room - 1:
        kept = kept[:-1]
    return f"{kept.rstrip()}…"
