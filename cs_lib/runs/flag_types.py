"""What a flag may hold, as argparse wants it: the value, or one sentence in its own words."""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")
MOST_DIGITS = 9


def whole(least: int) -> Callable[[str], int]:
    """A whole number from `least` on."""

    def typed(text: str) -> int:
        digits = text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS
        if not digits or int(text) < least:
            raise ArgumentTypeError(f"must be a whole number from {least}, got '{text}'")
        return int(text)

    return typed


def positive(what: str = "a number", *, below: float = 1e12) -> Callable[[str], float]:
    """A number above 0."""

    def typed(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = 0.0
        if not 0 < value < below:
            raise ArgumentTypeError(f"must be {what} above 0, got '{text}'")
        return value

    return typed


def day(text: str) -> str:
    """A day as it is written in settings."""
    from datetime import date

    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ArgumentTypeError(f"must be a day like 2026-03-31, got '{text}'") from None


def pair(text: str) -> tuple[str, str]:
    """Two words with = between them."""
    left, sign, right = text.partition("=")
    if not (left.strip() and sign):
        raise ArgumentTypeError(f"must be two words with = between them, got '{text}'")
    return left.strip(), right.strip()


def shares(text: str) -> list[tuple[str, float]]:
    """Names with their shares: `control=0.5,coupon=0.5`."""
    share = positive()
    return [(name, share(number)) for name, number in map(pair, text.split(","))]


def sign(text: str) -> str:
    """One sign between two values; `tab` is one."""
    found = {"tab": "\t", "\\t": "\t"}.get(text, text)
    if len(found) != 1 or found in '"\r\n':
        raise ArgumentTypeError(f"must be one sign, or tab, got '{text}'")
    return found


def survey(text: str) -> str:
    """A kind of survey with its scale."""
    import re

    if not re.fullmatch(r"(csat|nps|ces|resolved):\d+-\d+", text):
        raise ArgumentTypeError(f"must be like csat:1-5 or nps:0-10, got '{text}'")
    return text


def refusing(read: Callable[[str], Value]) -> Callable[[str], Value]:
    """The value that a function reads, its ValueError told as argparse tells faults."""

    def typed(text: str) -> Value:
        try:
            return read(text)
        except ValueError as error:
            raise ArgumentTypeError(str(error)) from None

    return typed
