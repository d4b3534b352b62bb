"""The files a source reads: where they are, whether they can be read."""

from __future__ import annotations

import codecs
import gzip
import io
import os
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import IO

from cs_lib.data.sources.bounds import folder, is_there, misplaced, unreadable
from cs_lib.language import say
from cs_lib.params import FileSpec, Source
from cs_lib.params.source import WORKBOOKS
from cs_lib.wording import counted

GUESSES = {
    "gb18030": "gb2312",
    "utf-16": "utf-16",
    "cp1252": "cp1252",
}  # and what usual text needs of it
USUAL = 0.9  # share of the foreign characters that are usual ones when a guess is right
YAML = (".yaml", ".yml")
UNPACKING = (OSError, EOFError, zlib.error)
LONGEST = 8 << 20  # bytes of one line; the engine itself reads lines of up to 2 MB in UTF-8
NO_CHARSETS = {
    "idna",
    "mbcs",
    "oem",
    "punycode",
    "raw-unicode-escape",
    "raw_unicode_escape",
    "undefined",
    "unicode-escape",
    "unicode_escape",
    "unicode_internal",
}  # text to Python, though no file of rows is written in them


class DataError(ValueError):
    """Raised once with every breach of the data contract, each one sentence.

    `absent` when nothing of the source is on this machine.
    """

    def __init__(self, breaches: Sequence[str], *, absent: bool = False) -> None:
        self.breaches, self.absent = tuple(breaches), absent
        count = counted(len(breaches), "breach", "breaches")
        head = say("The data break their contract in {count}:", count=count)
        super().__init__("\n".join([head, *(f"  {b}" for b in breaches)]))

    def _render_traceback_(self) -> list[str]:
        """In a notebook the sentences are the message; the stack only hides them."""
        return [str(self)]


def specs(source: Source) -> dict[str, FileSpec]:
    """Every file of a source by the name it has there (a table's own file by the table's name)."""
    own = {name: table.file for name, table in source.tables.items() if table.file is not None}
    return {**source.files, **own}


def source_files(source: Source) -> dict[str, Path]:
    """Every file of a source by name. Raises DataError naming each that is missing, empty or out of bounds.

    The files of a change log that is a folder are named one by one.
    """
    found, breaches = locate(source)
    if breaches:
        raise DataError(breaches, absent=_nothing_there(source))
    logs = {name: found.pop(name) for name in _folders(source) if name in found}
    return found | {
        f"{name}/{one.relative_to(path).as_posix()}": one
        for name, path in logs.items()
        for one in change_files(path)
    }


def change_files(path: Path) -> list[Path]:
    """Every YAML file below a folder, in order; hidden ones are left out, links to folders are not followed."""
    found = list[Path]()
    for here, folders, files in os.walk(path):
        folders[:] = [one for one in folders if not one.startswith(".")]
        found += [Path(here) / one for one in files if one.lower().endswith(YAML)]
    return sorted((one for one in found if not one.name.startswith(".")), key=str)


def _folders(source: Source) -> dict[str, str]:
    """The tables of a source that are a folder of YAML files, and where those lie."""
    return {n: table.folder for n, table in source.tables.items() if table.folder is not None}


def _written(source: Source) -> dict[str, str]:
    """Where every file and folder lies, as the source states it, by the name it has there."""
    return {name: spec.path for name, spec in specs(source).items()} | _folders(source)


def _nothing_there(source: Source) -> bool:
    """Whether none of a source's files is on this machine."""
    named = folder(source)
    if named.path is None:
        return named.unset
    return not any(is_there(named.path, one) for one in _written(source).values())


def locate(source: Source) -> tuple[dict[str, Path], list[str]]:
    """The files that are there, by name, and one sentence for each that is missing, empty or out of bounds.

    A table that is a folder of YAML files is the folder.
    """
    wanted = _written(source)
    if not wanted:
        return {}, []
    named = folder(source)
    if named.path is None:
        return {}, [named.fault]
    there, faults = dict[str, Path](), list[str]()
    for name, written in wanted.items():
        path = named.path / written
        fault = misplaced(name, path, named.path, written=written) or _empty(name, path)
        if fault:
            faults.append(fault)
        else:
            there[name] = path
    return there, faults


def _empty(name: str, path: Path) -> str:
    """One sentence when there is nothing in a file, or nothing once it is unpacked."""
    if not path.is_file():
        return ""
    if path.stat().st_size == 0:
        return say(
            "{name}: the file {file} is empty (0 bytes); was the export cut short?",
            name=name,
            file=path.name,
        )
    try:
        with binary(path) if is_csv(path) else path.open("rb") as stream:
            if stream.read(1):
                return ""
    except PermissionError:
        return unreadable(name, path.name)
    except UNPACKING:
        return _damaged(name, path)
    return say(
        "{name}: the file {file} holds nothing once unpacked; was the export cut short?",
        name=name,
        file=path.name,
    )


def _damaged(name: str, path: Path) -> str:
    return say(
        "{name}: the file {file} cannot be unpacked; it is damaged or not gzip.",
        name=name,
        file=path.name,
    )


def is_csv(path: Path) -> bool:
    """Whether a file is text to be parsed."""
    return path.name.lower().endswith((".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt", ".txt.gz"))


def is_workbook(path: Path) -> bool:
    """Whether a file has sheets of cells."""
    return path.name.lower().endswith(WORKBOOKS)


def has_cells(path: Path) -> bool:
    """Whether a file's values are cells to be parsed: text or a workbook, and not columns that have their types."""
    return is_csv(path) or is_workbook(path)


def binary(path: Path) -> IO[bytes]:
    """The file's bytes, unpacked when it is gzip."""
    return gzip.open(path, "rb") if path.suffix.lower() == ".gz" else path.open("rb")  # type: ignore[return-value]


def decoding_fault(name: str, path: Path, spec: FileSpec) -> str:
    """One sentence when a CSV file is damaged, not in its stated encoding or one endless line, else nothing."""
    fault = encoding_fault(name, spec.encoding)
    if fault:
        return fault
    decoder = codecs.getincrementaldecoder(spec.encoding)()
    read, ended, line = 0, False, 0
    try:
        for chunk in _chunks(path):
            read += len(chunk)
            end = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
            line = line + len(chunk) if end < 0 else len(chunk) - end
            if line > LONGEST:
                return endless(name, path)
            decoder.decode(chunk)
        ended = True
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        before = read - len(error.object)
        where = {
            "name": name,
            "file": path.name,
            "encoding": spec.encoding.upper(),
            "byte": before + error.start,
            "line": _line_of(path, before + error.start),
        }
        if ended:
            return say(
                "{name}: {file} is not {encoding} in line {line} (near byte {byte}): it ends inside a character; "
                "was the export cut short?",
                **where,
            )
        start = error.object.rfind(b"\n", 0, error.start) + 1 if before else 0
        fault = say("{name}: {file} is not {encoding} in line {line} (near byte {byte}).", **where)
        return fault + _guess(error.object[start:], declared=spec.encoding)
    except UnicodeError:  # UTF-16 that does not say its byte order
        return say(
            "{name}: {file} is not {encoding}.",
            name=name,
            file=path.name,
            encoding=spec.encoding.upper(),
        )
    except UNPACKING:
        return _damaged(name, path)
    return ""


def _line_of(path: Path, byte: int) -> int:
    """The line of a file, from 1, in which a byte stands; one NUL beside each sign does no harm."""
    ends, left = [0, 0], byte
    for chunk in _chunks(path):
        part = chunk[:left]
        ends = [before + part.count(end) for before, end in zip(ends, (b"\n", b"\r"), strict=True)]
        left -= len(part)
        if not left:
            break
    return max(ends) + 1


def encoding_fault(name: str, encoding: str) -> str:
    """One sentence when a name is no encoding of text files, else nothing."""
    try:
        found = codecs.lookup(encoding)
    except (LookupError, ValueError):
        return say(
            "{name}: there is no encoding called '{encoding}'.", name=name, encoding=encoding
        )
    text = getattr(found, "_is_text_encoding", True) and found.name not in NO_CHARSETS
    if text and found.incrementaldecoder is not None:
        return ""
    return say(
        "{name}: '{encoding}' is no encoding of text files; set it to utf-8, gbk or another character set.",
        name=name,
        encoding=encoding,
    )


def endless(name: str, path: Path) -> str:
    """The sentence about a line that no table has."""
    return say(
        "{name}: {file} has a line that is too long to be one of a table; is it a CSV file, and are its quotes "
        "closed?",
        name=name,
        file=path.name,
    )


@dataclass(frozen=True, slots=True)
class Plain:
    """A CSV file in UTF-8, for as long as it is needed; `left_out` are the lines that were cut off its end."""

    path: Path
    left_out: list[str] = field(default_factory=list)


@contextmanager
def as_utf8(
    path: Path, spec: FileSpec, *, without: int = 0, one_line_end: bool = False
) -> Iterator[Plain]:
    """The file itself when it is UTF-8 and wanted whole, else a copy.

    A copy is without the first lines and those that the settings leave out; in it, and with `one_line_end`, CR LF and
    CR are LF.
    """
    one_line_end |= spec.skip_last_lines > 0 or without > 0
    if codecs.lookup(spec.encoding).name == "utf-8" and not one_line_end:
        yield Plain(path)
        return
    with tempfile.TemporaryDirectory(prefix="cs-lib-") as folder:
        copy = Path(folder) / "copy.csv"
        decoder = codecs.getincrementaldecoder(spec.encoding)()
        lines = io.IncrementalNewlineDecoder(decoder, translate=one_line_end)
        with copy.open("w", encoding="utf-8", newline="") as out:
            for chunk in chain(_chunks(path), [b""]):
                text = lines.decode(chunk, final=not chunk)
                while without and text:
                    _, ended, text = text.partition("\n")
                    without -= bool(ended)
                out.write(text)
        yield Plain(copy, _cut(copy, spec.skip_last_lines) if spec.skip_last_lines else [])


def _cut(copy: Path, lines: int) -> list[str]:
    """Take the last lines that are not blank off a file whose lines end in LF; what they were."""
    with copy.open("r+b") as stream:
        size = stream.seek(0, io.SEEK_END)
        start = stream.seek(max(0, size - LONGEST))
        kept, *last = stream.read().rstrip(b"\n ").rsplit(b"\n", lines)
        stream.truncate(start + len(kept) + 1)
    return [line.decode("utf-8", "replace") for line in last]


def last_line(path: Path, encoding: str) -> str:
    """The last line of a file that is not blank, without blanks around it."""
    tail = b""
    for chunk in _chunks(path):
        tail = tail[-len(chunk) :] + chunk
    lines = tail.decode(encoding, "replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


def _guess(sample: bytes, *, declared: str) -> str:
    """A remedy when a sample reads as plausible text in another encoding; none when it is merely damaged."""
    damaged = sample.decode(declared, "replace")
    if len(_foreign(damaged)) > 2 * damaged.count("\ufffd"):
        return ""
    known = likely_encoding(sample)
    if not known:
        return ""
    return say(
        " It reads as {encoding}: set `encoding: {code}` for this file in the source.",
        encoding=known.upper(),
        code=known,
    )


def likely_encoding(sample: bytes) -> str:
    """The encoding in which a sample that is not UTF-8 reads as usual text, nothing when in none that is known here."""
    for encoding, usual in GUESSES.items():
        try:
            text = codecs.getincrementaldecoder(encoding)().decode(sample)
        except UnicodeError:
            continue
        foreign = _foreign(text)
        common = foreign.encode(usual, "ignore").decode(usual)
        if any(c < " " and c not in "\t\r\n" for c in text) or len(common) < USUAL * len(foreign):
            continue
        return "gbk" if encoding == "gb18030" else encoding
    return ""


def _foreign(text: str) -> str:
    return "".join(c for c in text if c > "\x7f")


def _chunks(path: Path) -> Iterator[bytes]:
    with binary(path) as stream:
        while chunk := stream.read(1 << 20):
            yield chunk
