"""What was guessed about a user's files: codes and facts; whoever writes them down says the sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cs_lib.params import FileSpec

Reason = tuple[str, Mapping[str, object]]  # a code and the facts that fill its sentence


@dataclass(frozen=True, slots=True)
class Choices:
    """What the user decided: it stands before every guess.

    `tables` by name of the file, `columns` (of canonical names) the header that is meant or nothing to leave it out,
    `values` what a word of a status, channel or step means.
    """

    encoding: str | None = None
    delimiter: str | None = None
    decimal: str | None = None
    thousands: str | None = None
    dates: str | None = None
    timezone: str | None = None
    survey: str | None = None
    experiment: str | None = None
    tables: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class FileGuess:
    """One file: how it is to be read, what that rests on, and what keeps it from being used (`fault`, a sentence)."""

    name: str
    path: Path
    spec: FileSpec
    why: list[Reason] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    rows: int = 0
    fault: str = ""


@dataclass(slots=True)
class ColumnGuess:
    """A canonical column: the header it comes from, or an expression of its own, and what that rests on.

    `codes` are the values that are called otherwise here, `unknown` those that nobody knows; of a stamp `zone` is
    stated by the header and `local` says that it needs one. `open` holds the date forms that only the user can choose
    between.
    """

    column: str
    header: str = ""
    expression: str = ""
    why: list[Reason] = field(default_factory=list)
    codes: dict[str, str] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    form: str = ""
    open: dict[str, str] = field(default_factory=dict)
    local: bool = False
    zone: str = ""


@dataclass(slots=True)
class TableGuess:
    """A canonical table from files of the same columns; `left` are headers that went nowhere, each with its reason."""

    table: str
    files: list[str]
    columns: list[ColumnGuess]
    left: list[tuple[str, Reason]] = field(default_factory=list)
    why: list[Reason] = field(default_factory=list)
    caveats: list[Reason] = field(default_factory=list)
    offers: list[ColumnGuess] = field(
        default_factory=list
    )  # what only the user can know: taken into use by hand
    group_by: str = ""
    # Of tables with columns of the user's own: what each is, by key of `columns`, and its type.
    roles: dict[str, Any] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)

    def of(self, column: str) -> ColumnGuess | None:
        """The guess of a canonical column."""
        return next((one for one in self.columns if one.column == column), None)


@dataclass(slots=True)
class Guesses:
    """Everything about a user's files: those read, tables, files that went nowhere, what only the user can decide."""

    files: list[FileGuess]
    tables: list[TableGuess]
    unused: list[tuple[FileGuess, Reason]] = field(default_factory=list)
    asked: list[Reason] = field(default_factory=list)
