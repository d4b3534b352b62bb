"""Numbers as whole numbers: sums of integers are the same in any order, sums of floating numbers are not."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from cs_lib.data.engines.base import Engine

DIGITS = (2, 4, 6)  # decimals tried in turn: cents first
OFF = 1e-6  # how far a value may lie beside a whole number of steps and count as one; less where it is small
BITS = 44  # of a true floating number: products of 500 thousand million rows add up to 127 bits


@dataclass(frozen=True, slots=True)
class Scale:
    """A column as integers: `steps` of them are one unit, the largest of either sign is `most`.

    A value between two steps is rounded half up to one.
    """

    steps: int = 1
    most: int = 0

    @property
    def binary(self) -> bool:
        """Whether the steps are those of true floating numbers: values are rounded to them, within 44 bits."""
        return self.steps not in (1, *(10**digits for digits in DIGITS))


def off_the_steps(column: str) -> list[str]:
    """SQL aggregates: how many values of a column lie beside the steps of each of `DIGITS`."""
    steps = [f"{column} * {10**digits}e0" for digits in DIGITS]
    return [
        f"count(CASE WHEN abs({x} - round({x})) > {OFF} * least(1e0, abs({x})) THEN 1 END)"
        for x in steps
    ]


def scale_of(engine: Engine, table: str, column: str) -> Scale:
    """The coarsest of cents, 1/10,000 and 1/1,000,000 in which a column's values are whole, else a binary step."""
    counts = ", ".join(off_the_steps(column))
    largest, *off = engine.rows(f"SELECT max(abs({column})), {counts} FROM {table}")[0]
    return scale_for(float(largest or 0), off)


def scale_for(largest: float, beside: Sequence[int]) -> Scale:
    """The scale from the largest absolute value, and how many values lie beside the steps of each of `DIGITS`."""
    for digits, count in zip(DIGITS, beside, strict=True):
        if not count and largest * 10**digits < 2**52:
            return Scale(10**digits, math.ceil(largest * 10**digits))
    bits = max(0, BITS - math.frexp(largest)[1])
    return Scale(2**bits, math.ceil(largest * 2**bits))
