"""Sheets of a workbook as relations of text: cells become what a CSV file would say, and are checked alike."""

from __future__ import annotations

import csv
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from cs_lib.data.engines.base import Engine
from cs_lib.data.sources.text import Added, add_csv
from cs_lib.language import say
from cs_lib.params import FileSpec

LARGEST = (
    2 << 30
)  # bytes of a workbook once unpacked; the longest sheet Excel can hold is about one gigabyte


def add_sheet(engine: Engine, relation: str, name: str, path: Path, spec: FileSpec) -> Added:
    """Register one sheet of a workbook."""
    sheets, fault = filled_sheets(name, path)
    if fault:
        return Added([fault])
    if spec.sheet is not None and spec.sheet not in sheets:
        return Added([_absent(name, path, spec.sheet, sheets)])
    if spec.sheet is None and len(sheets) != 1:
        return Added([_several(name, path, sheets)])
    with sheet_as_csv(path, spec.sheet or sheets[0]) as copy:
        plain = spec.model_copy(update={"encoding": "utf-8", "delimiter": ","})
        return add_csv(engine, relation, name, copy, plain)


def filled_sheets(name: str, path: Path) -> tuple[list[str], str]:
    """The sheets that hold anything, in their order, or one sentence when the workbook cannot be read."""
    from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum

    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as packed:
                if sum(one.file_size for one in packed.infolist()) > LARGEST:
                    return [], say(
                        "{name}: {file} is too large for a workbook; export it as CSV.",
                        name=name,
                        file=path.name,
                    )
        with CalamineWorkbook.from_path(path) as book:
            tables = [
                one.name for one in book.sheets_metadata if one.typ == SheetTypeEnum.WorkSheet
            ]
            found = [one for one in tables if book.get_sheet_by_name(one).height]
    except PermissionError:
        raise
    except (CalamineError, OSError, zipfile.BadZipFile):
        return [], say(
            "{name}: {file} cannot be read as a workbook; it is damaged, cut short or protected by a password.",
            name=name,
            file=path.name,
        )
    return found, ""


def _absent(name: str, path: Path, sheet: str, sheets: list[str]) -> str:
    return say(
        "{name}: {file} has no sheet '{sheet}' that holds anything (its sheets: {sheets}).",
        name=name,
        file=path.name,
        sheet=sheet,
        sheets=", ".join(sheets),
    )


def _several(name: str, path: Path, sheets: list[str]) -> str:
    if not sheets:
        return say("{name}: no sheet of {file} holds anything.", name=name, file=path.name)
    return say(
        "{name}: several sheets of {file} hold something ({sheets}); say which one is meant with `sheet`.",
        name=name,
        file=path.name,
        sheets=", ".join(sheets),
    )


@contextmanager
def sheet_as_csv(path: Path, sheet: str) -> Iterator[Path]:
    """A sheet as a CSV file of the workbook's name, for as long as it is needed: a line a row, from the first one."""
    from python_calamine import CalamineWorkbook

    with tempfile.TemporaryDirectory(prefix="cs-lib-") as folder:
        copy = Path(folder) / path.name
        with (
            CalamineWorkbook.from_path(path) as book,
            copy.open("w", encoding="utf-8", newline="") as out,
        ):
            writer = csv.writer(out, lineterminator="\n")
            for row in rows_of(book, sheet):
                writer.writerow(row) if any(row) else out.write("\n")
        yield copy


def rows_of(book: Any, sheet: str) -> list[list[str]]:
    """The cells of a sheet as text from its first row on, without blank rows at its end."""
    rows = [
        list(map(_text, row))
        for row in book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    ]
    while rows and not any(rows[-1]):
        rows.pop()
    return rows


def _text(cell: Any) -> str:
    """A cell as a CSV file would say it: numbers as programs write them, times in ISO form to the millisecond."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        near = cell + timedelta(microseconds=500)  # a day's fraction in Excel is no whole second
        near = near.replace(microsecond=near.microsecond // 1000 * 1000)
        return near.isoformat(sep=" ", timespec="milliseconds" if near.microsecond else "seconds")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return f"{cell.total_seconds():g}"
    return " ".join(str(cell).split("\n")).replace("\r", "")
