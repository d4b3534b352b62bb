"""How a CSV file stands on the disk: its mark, the lines above its rows, the names of its columns."""

from __future__ import annotations

import codecs
import csv
import io
import re
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from cs_lib.data.forms import VALUE
from cs_lib.data.sources.files import UNPACKING, binary, endless
from cs_lib.language import say
from cs_lib.params import FileSpec

MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins like the mark of UTF-16
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
HEADER = 1_000_000  # characters read for the first lines: thousands of columns fit
SAMPLE = 20  # records looked at to tell a title from names of columns
SIGNS = ",;\t|"
SEPARATOR = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)  # what Excel writes above a CSV file
USUAL = FileSpec.model_fields["delimiter"].default


@dataclass(frozen=True, slots=True)
class Record:
    """The cells of a line, or of several where a quoted cell is broken; `line` is the first of them, from 1."""

    line: int
    cells: list[str]

    @property
    def filled(self) -> int:
        """Cells that are not blank."""
        return sum(bool(cell.strip()) for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Layout:
    """What stands above the rows of a CSV file.

    `columns` are named as the engine will know them, no two alike; `above` counts the lines up to and with the header.
    `repeated` are names that stand several times, whatever their capitals, each with what its columns are called now.
    """

    columns: list[str]
    above: int
    delimiter: str
    first: list[Record] = field(default_factory=list)  # the header and the records after it
    repeated: dict[str, list[str]] = field(default_factory=dict)


def as_marked(path: Path, spec: FileSpec) -> FileSpec:
    """The settings of a file with the encoding that its byte-order mark states, if it has one."""
    try:
        with binary(path) as stream:
            start = stream.read(4)
    except UNPACKING:  # told when the whole file is read
        return spec
    marked = next((encoding for mark, encoding in MARKS if start.startswith(mark)), None)
    if marked is None or codecs.lookup(spec.encoding).name.startswith(marked):
        return spec
    return spec.model_copy(update={"encoding": marked})


def layout(name: str, path: Path, spec: FileSpec) -> tuple[Layout | None, str]:
    """What stands above the rows of a CSV file, or one sentence when it cannot be told."""
    with binary(path) as stream:
        start = io.TextIOWrapper(stream, spec.encoding, newline="").read(HEADER + 1)
    lines = io.StringIO(start.removeprefix("\ufeff"), newline="")
    above, delimiter = _before_header(lines, spec)
    reader = csv.reader(lines, delimiter=delimiter)
    first, ends = list[Record](), list[int]()
    try:
        for _ in range(SAMPLE):
            line = above + reader.line_num + 1
            cells = next(reader, None)
            if cells is None:
                break
            first.append(Record(line, cells))
            ends.append(above + reader.line_num)
    except csv.Error:
        if not first:
            return None, endless(name, path)
    if not first:
        return None, _headless(name, path, spec)
    if len(start) > HEADER and len(first) == 1 and lines.tell() >= len(start):
        return None, endless(name, path)
    columns, repeated = _named(_header(first))
    found = Layout(columns, ends[0], delimiter, first, repeated)
    return found, title(name, path, found, sure=True)


def _before_header(lines: io.StringIO, spec: FileSpec) -> tuple[int, str]:
    """Leave out what stands above the header for certain: how many lines, and the delimiter that holds."""
    for _ in islice(lines, spec.skip_lines):
        pass
    above, delimiter = spec.skip_lines, spec.delimiter
    while True:
        here = lines.tell()
        line = lines.readline()
        stated = SEPARATOR.fullmatch(line)
        if stated:
            delimiter = stated[1] if spec.delimiter == USUAL else spec.delimiter
        elif not line or line.strip(f"{delimiter} \t\r\n"):
            lines.seek(here)
            return above, delimiter
        above += 1


def _header(first: list[Record]) -> list[str]:
    """The names as they stand, without an empty one at the end that is only a delimiter too many."""
    names, *below = (record.cells for record in first)
    last = len(names) - 1
    too_many = last and not names[last] and names[last - 1]
    if too_many and not any(cells[last:] and cells[last] for cells in below):
        return names[:last]
    return names


def _named(header: list[str]) -> tuple[list[str], dict[str, list[str]]]:
    """Names of columns, no two alike: the second of a name is `name_2`, one without a name is `column_3`."""
    taken = {name.lower() for name in header}
    columns, known = list[str](), dict[str, list[str]]()
    for place, name in enumerate(header, start=1):
        called = name or f"column_{place}"
        before = known.setdefault(called.lower(), [])
        number = len(before) + 1
        while (before or not name) and called.lower() in taken:
            called, number = f"{name or 'column'}_{number}", number + 1
        before.append(called)
        taken.add(called.lower())
        columns.append(called)
    return columns, {names[0]: names for names in known.values() if len(names) > 1}


def _headless(name: str, path: Path, spec: FileSpec) -> str:
    if spec.skip_lines:
        return say(
            "{name}: {file} has no line of column names below the {lines} that `skip_lines` leaves out.",
            name=name,
            file=path.name,
            lines=spec.skip_lines,
        )
    return say(
        "{name}: {file} has no line of column names; was the export cut short?",
        name=name,
        file=path.name,
    )


def title(name: str, path: Path, found: Layout, *, sure: bool = False) -> str:
    """One sentence when the first line looks like a title and a later one like the header, else nothing.

    A title fills at most half as many cells; with `sure` one cell above lines of three and more.
    """
    header, *below = found.first
    other = len(header.cells) == 1 and any(
        sign in header.cells[0] for sign in SIGNS if sign != found.delimiter
    )
    widest = max((record.filled for record in below), default=0)
    if other or not 0 < 2 * header.filled <= widest or (sure and (header.filled > 1 or widest < 3)):
        return ""
    likely = next(record for record in below if record.filled >= 2 * header.filled)
    if any(map(VALUE.match, likely.cells)):
        return ""
    return say(
        "{name}: line {line} of {file} ({title}) looks like a title and line {next} ({cells}) like the names of "
        "its columns: set `skip_lines: {lines}` for this file in the source.",
        name=name,
        line=header.line,
        file=path.name,
        title=shown(header.cells),
        next=likely.line,
        cells=shown(likely.cells),
        lines=likely.line - 1,
    )


def shown(cells: list[str]) -> str:
    """The first cells of a line, as far as they fit into a sentence."""
    text = ", ".join(cell.strip() for cell in cells[:6] if cell.strip())
    return text if len(text) <= 60 and len(cells) <= 6 else text[:57].rstrip(", ") + "..."
