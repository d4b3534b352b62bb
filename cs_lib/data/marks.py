"""Numbers as text: which sign stands before decimals and which between groups of three digits."""

from __future__ import annotations

from dataclasses import dataclass

from cs_lib.data.engines.base import Dialect, quote
from cs_lib.params import FileSpec

SIGNS = {" ": " \u00a0\u2009\u202f", "'": "'\u2019"}  # what else is written for a sign


@dataclass(frozen=True, slots=True)
class Marks:
    """The signs in a file's numbers; both None: numbers as engines and programs write them."""

    decimal: str = "."
    thousands: str = ""

    def pattern(self) -> str:
        """A regular expression of a whole text that is a number written so."""
        whole = r"\d+"
        if self.thousands:
            whole = rf"(\d{{1,3}}([{self._signs()}]\d{{3}})+|\d+)"
        return rf"^\s*[+-]?({whole}([{self.decimal}]\d*)?|[{self.decimal}]\d+)\s*$"

    def plain(self, text: str) -> str:
        """SQL: the same number as programs write it, of a text that has the pattern."""
        for sign in self._signs():
            text = f"replace({text}, {quote(sign)}, '')"
        return text if self.decimal == "." else f"replace({text}, {quote(self.decimal)}, '.')"

    def number(self, text: str, dialect: Dialect) -> str:
        """SQL: a text as a number, NULL where it is not written so."""
        read = f"TRY_CAST({self.plain(text)} AS DOUBLE)"
        return f"CASE WHEN {dialect.matches(text, self.pattern())} THEN {read} END"

    def value(self, text: str) -> str:
        """A text that has the pattern as programs write it."""
        for sign in self._signs():
            text = text.replace(sign, "")
        return text.strip().replace(self.decimal, ".")

    @property
    def supposed(self) -> int:
        """In how many ways the signs are others than programs write."""
        return (self.decimal != ".") + bool(self.thousands)

    def settings(self) -> str:
        """The settings of a file that say so."""
        stated = []
        if self.decimal == ",":
            stated.append("decimal: ','")
        if self.thousands:
            stated.append(f"thousands: {_in_yaml(self.thousands)}")
        return ", ".join(stated) or "decimal: '.'"

    def _signs(self) -> str:
        return SIGNS.get(self.thousands, self.thousands)


def _in_yaml(sign: str) -> str:
    return '"\'"' if sign == "'" else f"'{sign}'"


def marks_of(spec: FileSpec) -> Marks | None:
    """What a file's settings say of its numbers, if they say anything."""
    if spec.decimal is None and spec.thousands is None:
        return None
    return Marks(spec.decimal_sign, spec.thousands or "")


CANDIDATES = (
    Marks(","),
    Marks(",", "."),
    Marks(".", ","),
    Marks(",", " "),
    Marks(".", " "),
    Marks(".", "'"),
    Marks(",", "'"),
)
