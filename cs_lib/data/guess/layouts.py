"""How a CSV file is written: its encoding, what stands between values, lines that are no rows."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from pathlib import Path

from cs_lib.data.forms import VALUE
from cs_lib.data.guess.records import Choices, FileGuess, Reason
from cs_lib.data.guess.words import TOTALS, squeezed
from cs_lib.data.sources.files import UNPACKING, binary, likely_encoding
from cs_lib.data.sources.layout import SEPARATOR, SIGNS, as_marked, shown
from cs_lib.params import FileSpec

START = 1_000_000  # characters that are looked at for the delimiter
RECORDS = 200
ALIKE = 0.9  # share of records of the usual width when a delimiter is right
LAST = 3  # lines below the rows that are looked at


def layout_of(name: str, path: Path, choices: Choices) -> FileGuess:
    """How a file of text is to be read, as far as it can be told. Raises OSError for one that cannot be opened."""
    guess = FileGuess(name, path, FileSpec(path=path.name))
    try:
        _see_encoding(guess, choices)
        text = _start(guess)
    except (*UNPACKING, UnicodeError, LookupError):
        return guess  # told when the file is read whole
    records = _see_delimiter(guess, text, choices)
    if records:
        _see_title(guess, records)
        _see_total(guess)
    return guess


def _set(guess: FileGuess, reason: Reason, **settings: object) -> None:
    guess.spec = guess.spec.model_copy(update=settings)
    guess.why.append(reason)


def _see_encoding(guess: FileGuess, choices: Choices) -> None:
    if choices.encoding:
        _set(guess, ("chosen_encoding", {}), encoding=choices.encoding)
        return
    marked = as_marked(guess.path, guess.spec)
    if marked.encoding != guess.spec.encoding:
        _set(
            guess,
            ("encoding_marked", {"encoding": marked.encoding.upper()}),
            encoding=marked.encoding,
        )
        return
    sample = _not_utf8(guess.path)
    likely = likely_encoding(sample) if sample else ""
    if likely:
        likely = likely if _decodes(guess.path, likely) else {"gbk": "gb18030"}.get(likely, likely)
        example = _example(sample.decode(likely, "replace"))
        _set(
            guess,
            ("encoding_reads", {"encoding": likely.upper(), "text": example}),
            encoding=likely,
        )


def _not_utf8(path: Path) -> bytes:
    """The part of a file, from the beginning of a line, in which it is not UTF-8; nothing when all of it is."""
    decoder, before = codecs.getincrementaldecoder("utf-8")(), b""
    with binary(path) as stream:
        while chunk := stream.read(1 << 20):
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as error:
                begins = error.object.rfind(b"\n", 0, error.start) + 1
                return bytes((before if begins == 0 else b"") + error.object[begins:])
            before = chunk[chunk.rfind(b"\n") + 1 :]
    return b""


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with binary(path) as stream:
            while chunk := stream.read(1 << 20):
                decoder.decode(chunk)
    except UnicodeError:
        return False
    return True


def _example(text: str) -> str:
    """The first word of a text that has a sign beyond ASCII."""
    words = text.replace(",", " ").replace(";", " ").replace("\t", " ").split()
    return next((word.strip('"')[:20] for word in words if not word.isascii()), "")


def _start(guess: FileGuess) -> str:
    with binary(guess.path) as stream:
        text = io.TextIOWrapper(stream, guess.spec.encoding, errors="replace", newline="").read(
            START
        )
    return text.removeprefix("\ufeff")


def _records(text: str, sign: str) -> list[tuple[int, list[str]]]:
    """The first records with the line on which each begins, from 1."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=sign)
    found, line = [], 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                found.append((line, cells))
            line = reader.line_num + 1
            if len(found) == RECORDS:
                break
    except csv.Error:
        pass
    whole = len(text) < START or len(found) == RECORDS
    return found if whole else found[:-1]


def _width(records: list[tuple[int, list[str]]]) -> tuple[int, float]:
    """The usual number of cells, and the share of records that have it."""
    if not records:
        return 0, 0.0
    [(width, times)] = Counter(len(cells) for _, cells in records).most_common(1)
    return width, times / len(records)


def _see_delimiter(guess: FileGuess, text: str, choices: Choices) -> list[tuple[int, list[str]]]:
    """Set the delimiter; the first records as it takes them apart."""
    stated = SEPARATOR.match(text)
    if choices.delimiter:
        _set(guess, ("chosen_delimiter", {}), delimiter=choices.delimiter)
        return _records(text, choices.delimiter)
    if stated:  # read as it says, whatever the settings
        return []
    tried = {sign: _records(text, sign) for sign in SIGNS}
    fitting = {}
    for sign, records in tried.items():
        width, share = _width(records)
        if width > 1 and (share >= ALIKE or len(records) <= 10):
            fitting[sign] = (share >= ALIKE, width)
    if not fitting:
        return tried[","]
    sign = max(fitting, key=lambda one: fitting[one])
    if sign != guess.spec.delimiter:
        facts = {"sign": {"\t": "tab"}.get(sign, sign), "columns": fitting[sign][1]}
        _set(guess, ("delimiter_fits", facts), delimiter=sign)
    return tried[sign]


def _see_title(guess: FileGuess, records: list[tuple[int, list[str]]]) -> None:
    """Leave out lines above the first one that is filled like names of columns."""
    width, _ = _width(records)
    for place, (line, cells) in enumerate(records[:20]):
        filled = sum(bool(cell.strip()) for cell in cells)
        if len(cells) >= width and 2 * filled > width:
            above = records[:place]
            if above and not any(map(VALUE.match, cells)):
                facts = {"lines": line - 1, "text": shown(above[0][1])}
                _set(guess, ("title_above", facts), skip_lines=line - 1)
            return


def _see_total(guess: FileGuess) -> None:
    """Leave out lines below the rows that are a sum or a remark."""
    with binary(guess.path) as stream:
        tail = b""
        while chunk := stream.read(1 << 20):
            tail = tail[-(1 << 16) :] + chunk
    lines = [
        line for line in tail.decode(guess.spec.encoding, "replace").splitlines() if line.strip()
    ]
    found = list[str]()
    for line in reversed(lines[-LAST:]):
        cells = next(csv.reader([line], delimiter=guess.spec.delimiter), [])
        first = next((cell for cell in cells if cell.strip()), "")
        if squeezed(first) not in TOTALS:
            break
        found.append(shown(cells))
    if found:
        facts = {"lines": len(found), "text": "; ".join(reversed(found))}
        _set(guess, ("total_below", facts), skip_last_lines=len(found))
