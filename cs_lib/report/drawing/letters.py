"""How wide a text is in letters, without a font: light, because tables of words need it too."""

from unicodedata import east_asian_width

# A Chinese character is an em wide; a Latin letter is about 0.55 of one.
FULL_WIDTH_LETTERS = 1.8


def letters(text: str) -> float:
    """The width of a text in Latin letters of average width."""
    return sum(FULL_WIDTH_LETTERS if east_asian_width(c) in "WF" else 1.0 for c in text)
