"""The settings of a source: for each canonical table, the file or query it comes from."""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import cache
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, Field

from cs_lib.params.fields import Names, Positive, SettledDay, Slug, Strict
from cs_lib.params.own.columns import Roles, role_conflicts

THOUSANDS = {
    " ": " ",
    "\u00a0": " ",
    "\u2009": " ",
    "\u202f": " ",
    "'": "'",
    "\u2019": "'",
    ".": ".",
    ",": ",",
}
WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
EPOCHS = ("epoch_s", "epoch_ms")
LOG = "flow_changes"  # the table that can be a folder of YAML files
WIDE = ("results", "days")  # tables whose columns are the user's own
DIRECTIVES = "YymbBdHIMSfp"  # of strptime; the zone of stamps is a setting of the source


_zones = cache(available_timezones)  # read from the disk once


def _zone(name: str) -> str:
    if name not in _zones():
        raise ValueError(
            f"no such time zone: {name!r}; use a name like Europe/Rome or Asia/Shanghai"
        )
    return name


Zone = Annotated[str, AfterValidator(_zone)]


def _instant(text: str) -> str:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f'must be a moment like "2026-03-31T18:00:00", got {text!r}') from None
    return text


def _delimiter(sign: str) -> str:
    if sign in '"\r\n\0':
        raise ValueError(f"must be a sign that can stand between two values, got {sign!r}")
    return sign


def _thousands(sign: str) -> str:
    if sign not in THOUSANDS:
        raise ValueError(f"must be one of . , ' or a blank, got {sign!r}")
    return THOUSANDS[sign]


def _date_form(form: str) -> str:
    """A form of days or stamps that gives every one of them back whole. Raises ValueError, one sentence."""
    if form in EPOCHS:
        return form
    unknown = [sign for sign in re.findall("%(.?)", form) if not sign or sign not in DIRECTIVES]
    if unknown:
        raise ValueError(
            f"'%{unknown[0]}' is not known here; use %Y %y %m %b %B %d %H %I %M %S %f %p"
        )
    moment = datetime(2026, 3, 31, 14, 5)
    try:
        again = datetime.strptime(moment.strftime(form), form)
    except ValueError:
        again = None
    clock = any(f"%{sign}" in form for sign in "HIMSfp")
    if again is None or again.date() != moment.date() or (clock and again != moment):
        raise ValueError(
            "must hold year, month and day (and hours and minutes, %I only with %p), like '%d/%m/%Y %H:%M', or be"
            f" epoch_s or epoch_ms, got {form!r}"
        )
    return form


def _file(value: Any) -> Any:
    return {"path": value} if isinstance(value, str) else value


class FileSpec(Strict):
    """A file of rows: CSV (also .gz), a sheet of a workbook, or Parquet."""

    path: str = Field(description="from `folder`")
    encoding: str = Field(
        default="utf-8",
        description="of a CSV file, for example gbk; a byte-order mark says it as well",
    )
    delimiter: Annotated[str, Field(min_length=1, max_length=1), AfterValidator(_delimiter)] = (
        Field(
            default=",",
            description="between two values of a CSV file; a first line like sep=; says it as well",
        )
    )
    sheet: str | None = Field(
        default=None, description="of an Excel workbook, where several of its sheets hold something"
    )
    missing: Names = Field(
        default=("",), description="what stands for a missing value in a CSV file"
    )
    skip_lines: Annotated[int, Field(ge=0, le=1000)] = Field(
        default=0, description="lines of a CSV file above its line of column names, such as a title"
    )
    skip_last_lines: Annotated[int, Field(ge=0, le=1000)] = Field(
        default=0, description="lines of a CSV file below its rows, such as a total"
    )
    decimal: Literal[".", ","] | None = Field(
        default=None, description="the sign before decimals, for numbers like 12,50"
    )
    thousands: Annotated[str, AfterValidator(_thousands)] | None = Field(
        default=None, description="the sign between groups of three digits, for numbers like 1.234"
    )
    dates: dict[str, Annotated[str, AfterValidator(_date_form)]] = Field(
        default={},
        description="how days or stamps of a CSV file's columns are written, like {opened: '%d/%m/%Y %H:%M'};"
        " epoch_s and epoch_ms are seconds and milliseconds since 1970",
    )

    @property
    def decimal_sign(self) -> str:
        """The sign before decimals, as stated or as the one between groups leaves it."""
        return self.decimal or ("," if self.thousands == "." else ".")


class TableSpec(Strict):
    """One canonical table: a file that already has its columns, or a query over `files`; a change log also a folder."""

    file: Annotated[FileSpec, BeforeValidator(_file)] | None = None
    query: str | None = Field(
        default=None,
        description="one SELECT (or WITH ... SELECT) that only reads the source's files",
    )
    folder: str | None = Field(
        default=None,
        description="of `flow_changes`: a folder of YAML files, from the source's `folder`, one file for each change",
    )
    timezone: Zone | None = Field(
        default=None,
        description="zone of this table's stamps without one, where it is not the source's",
    )
    zones: dict[str, Zone] = Field(
        default={}, description="zone of single columns' stamps without one, like {closed_at: UTC}"
    )
    columns: Roles | None = Field(
        default=None,
        description="of `results` (a row per customer) and `days` (a row per day): what its columns are",
    )


class CleaningStep(Strict):
    """A named repair; the page says how many rows it touched."""

    table: str
    because: str = Field(min_length=5, description="why, in words a reader understands")
    drop_where: str | None = Field(
        default=None, description="rows that meet this condition are left out"
    )
    clear: str | None = Field(default=None, description="the column emptied ...")
    where: str | None = Field(default=None, description="... in rows that meet this condition")
    rewrite: str | None = Field(
        default=None, description="the column of text, such as an id, written anew ..."
    )
    by: str | None = Field(
        default=None, description="... as this expression says, such as lpad(customer_id, 6, '0')"
    )

    @property
    def complete(self) -> bool:
        """Whether it says one thing to do, with all that it takes."""
        ways = (self.drop_where, self.clear, self.rewrite)
        whole = (
            (self.clear is None) == (self.where is None),
            (self.rewrite is None) == (self.by is None),
        )
        return sum(way is not None for way in ways) == 1 and all(whole)


class Simulate(Strict):
    """The simulated service desk."""

    story: Literal[
        "usual",
        "rollout_in_waves",
        "assistant_that_deflects",
        "steady_needs",
        "emerging_needs",
        "journey",
        "journey_quiet",
        "scorecard",
        "scorecard_quiet",
    ] = Field(default="usual", description="what happens there besides the usual")
    seed: int = 7
    customers: Annotated[int, Field(ge=500, le=1_000_000)] = 20_000
    start: SettledDay = date(2025, 7, 1)
    days: Annotated[int, Field(ge=180, le=1_500)] = 365


class Source(Strict):
    """A source of canonical tables."""

    source: Slug
    title: str
    engine: Literal["duckdb"] = "duckdb"
    memory_limit_gb: Annotated[Positive, Field(ge=0.01, le=4096)] = 2.0
    threads: Annotated[int, Field(ge=1, le=1024)] | None = Field(
        default=None, description="of the engine, all cores unless set; no number depends on it"
    )
    timezone: Zone | None = Field(
        default=None, description="zone of stamps without one, and of the calendar days in reports"
    )
    currency: str = Field(default="", max_length=3)
    observed_until: Annotated[str, AfterValidator(_instant)] | None = Field(
        default=None, description="end of observation when it is before as_of"
    )
    folder: str | None = Field(
        default=None,
        description="$NAME of an environment variable (or $NAME/below), or a folder of the project",
    )
    obtain: str = Field(default="", description="where a user gets the files")
    caveats: Names = Field(
        default=(), description="what a reader must know about this data; printed on every page"
    )
    simulate: Simulate | None = None
    files: dict[Slug, Annotated[FileSpec, BeforeValidator(_file)]] = Field(default={})
    tables: dict[str, TableSpec] = Field(default={})
    cleaning: Annotated[
        tuple[CleaningStep, ...], BeforeValidator(lambda v: tuple(v) if isinstance(v, list) else v)
    ] = ()

    @classmethod
    def conflicts(cls, draft: Any) -> list[tuple[str, str]]:
        """Contradictions of a source."""
        if draft.simulate is not None:
            return _simulated_conflicts(draft)
        found = (
            [("tables", "missing; name at least `contacts`, or set `simulate`")]
            if draft.tables == {}
            else []
        )
        for name in draft.files or ():
            if name in (draft.tables or ()):
                message = f"'{name}' is also the name of a table; call the file something else"
                found.append((f"files.{name}", message))
        for name, table in (draft.tables or {}).items():
            found += _way_conflicts(name, table)
            found += [
                (f"tables.{name}.{key}", message) for key, message in _role_conflicts(name, table)
            ]
        found += _sign_conflicts(draft) + _sheet_conflicts(draft)
        for i, step in enumerate(draft.cleaning or ()):
            if not step.complete:
                message = (
                    "give either `drop_where`, or `clear` with `where`, or `rewrite` with `by`"
                )
                found.append((f"cleaning.{i}", message))
        return found


def _way_conflicts(name: str, table: TableSpec) -> list[tuple[str, str]]:
    """A table that comes from nowhere, from two places, or from a folder of changes that it is none of."""
    if name == LOG:
        if sum(way is not None for way in (table.file, table.query, table.folder)) != 1:
            return [(f"tables.{name}", "give either `file` or `query`, or `folder`")]
        return []
    found = []
    if (table.file is None) == (table.query is None):
        found.append((f"tables.{name}", "give either `file` or `query`"))
    if table.folder is not None:
        message = f"only {LOG} can be a folder of YAML files; leave it out"
        found.append((f"tables.{name}.folder", message))
    return found


def _role_conflicts(name: str, table: TableSpec) -> list[tuple[str, str]]:
    """What is said of columns where it must not be, or is not where it must."""
    if name in WIDE and table.columns is None:
        return [("columns", "missing")]
    if name not in WIDE and table.columns is not None:
        return [("columns", f"only {' and '.join(WIDE)} have it; leave it out")]
    return role_conflicts(name, table.columns) if table.columns is not None else []


def _sign_conflicts(draft: Any) -> list[tuple[str, str]]:
    """Files whose numbers would have one sign for two things."""
    message = "`decimal` and `thousands` are the same sign; keep the one that is meant"
    return [
        (key, message) for key, spec in _specs(draft).items() if spec.thousands == spec.decimal_sign
    ]


def _sheet_conflicts(draft: Any) -> list[tuple[str, str]]:
    """Files that have no sheets."""
    message = f"only a workbook ({', '.join(WORKBOOKS)}) has sheets"
    return [
        (f"{key}.sheet", message)
        for key, spec in _specs(draft).items()
        if spec.sheet is not None and not spec.path.lower().endswith(WORKBOOKS)
    ]


def _specs(draft: Any) -> dict[str, FileSpec]:
    """Every file of a source by the key of its settings."""
    named = {f"files.{name}": spec for name, spec in (draft.files or {}).items()}
    named |= {f"tables.{name}.file": table.file for name, table in (draft.tables or {}).items()}
    return {key: spec for key, spec in named.items() if spec}


def _simulated_conflicts(draft: Any) -> list[tuple[str, str]]:
    """A simulated source reads no file; a query may show less than what was simulated."""
    found = [("files", "a simulated source reads no files")] if draft.files else []
    for name, table in (draft.tables or {}).items():
        if table.file is not None or table.query is None or table.folder is not None:
            message = f"a simulated source has no files; give a `query` over simulated_{name}"
            found.append((f"tables.{name}", message))
    return found
