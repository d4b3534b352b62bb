"""Which values stand in a column: labels that come and go or look alike, and single ids that hold very much."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Label:
    """One value of a column of labels: rows, and the first and last local day that has it."""

    value: str
    count: int
    first: date | None
    last: date | None


@dataclass(frozen=True, slots=True)
class Labels:
    """The values of a column of labels, largest first; `alike` are groups that differ only in form."""

    table: str
    column: str
    labels: tuple[Label, ...]
    alike: tuple[tuple[Label, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Holder:
    """One id and the rows that carry it; `means_nothing` when it is a word for nobody."""

    value: str
    count: int
    means_nothing: bool


@dataclass(frozen=True, slots=True)
class Holders:
    """The ids of a column with most rows: `filled` rows with any id, `distinct` ids."""

    table: str
    column: str
    filled: int
    distinct: int
    top: tuple[Holder, ...]
