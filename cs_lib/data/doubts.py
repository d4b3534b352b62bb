"""What a column of text that does not parse looks like: a guess, how many of its rows speak for it, and the setting."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cs_lib.data.engines.base import Engine, identifier
from cs_lib.data.marks import CANDIDATES
from cs_lib.language import say
from cs_lib.wording import counted

EXAMPLES = 20  # values from either end that are looked at before the whole column is asked
CLOCKS = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p", " %I:%M%p")
ORDERS = ("%d{0}%m{0}%Y", "%m{0}%d{0}%Y", "%Y{0}%m{0}%d", "%d{0}%m{0}%y", "%m{0}%d{0}%y",
          "%d{0}%b{0}%Y", "%d{0}%b{0}%y", "%d{0}%B{0}%Y")  # fmt: skip
OTHERS = ("%y-%m-%d", "%Y%m%d", "%b %d, %Y")
DAYS = (*(order.format(sign) for order in ORDERS for sign in "/.- "), *OTHERS)
STAMPS = (*CLOCKS, *(clock.replace(" ", "T") for clock in CLOCKS[1:4]))
EPOCHS = {"epoch_s": (re.compile(r"[12]\d{9}"), 1), "epoch_ms": (re.compile(r"[12]\d{12}"), 1000)}
FORMS = (*EPOCHS, *(day + clock for day in DAYS for clock in STAMPS))


@dataclass(frozen=True, slots=True)
class Delivered:
    """A column as it was delivered; `settled` when a setting of its own file can say how its days are written."""

    engine: Engine
    relation: str
    column: str
    settled: bool

    @property
    def text(self) -> str:
        """SQL of its values as text."""
        return f"CAST({identifier(self.column)} AS VARCHAR)"

    def values(self, condition: str, number: int, *, last: bool = False) -> list[str]:
        """The first (or last) different values that meet a condition."""
        order = "DESC" if last else "ASC"
        rows = self.engine.rows(
            f"SELECT DISTINCT {self.text} AS value FROM {self.relation} WHERE {self.text} <> '' AND {condition}"
            f" ORDER BY value {order} LIMIT {number}"
        )
        return [row[0] for row in rows]

    def counts(self, conditions: Sequence[str]) -> list[int]:
        """In how many rows each condition holds."""
        asked = ", ".join(f"count(CASE WHEN {text} THEN 1 END)" for text in conditions)
        return list(self.engine.rows(f"SELECT {asked} FROM {self.relation}")[0])


def number_hint(column: Delivered) -> str:
    """How numbers that do not parse are written, in one sentence; nothing when no guess explains most of the column."""
    text, matches = column.text, column.engine.dialect.matches
    refused = f"TRY_CAST({text} AS DOUBLE) IS NULL"
    tests = [matches(text, marks.pattern()) for marks in CANDIDATES]
    filled, odd, *read = column.counts([f"{text} <> ''", f"{text} <> '' AND {refused}", *tests])
    if 2 * max(read) <= filled:
        return ""
    likely = [marks for marks, n in zip(CANDIDATES, read, strict=True) if n == max(read)]
    fewest = min(marks.supposed for marks in likely)
    guesses = [marks for marks in likely if marks.supposed == fewest]
    values = column.values(f"{refused} AND {matches(text, guesses[0].pattern())}", 1)
    if not values:
        return ""
    readings = [(marks.value(values[0]), marks.settings()) for marks in guesses]
    return _hint(column.column, values[0], odd, filled, readings, for_file=True)


def date_hint(column: Delivered, refused: str) -> str:
    """How days or stamps that do not parse are written, in one sentence; nothing when no guess explains most of them.

    `refused` is the condition of rows whose value is none.
    """
    text, dialect = column.text, column.engine.dialect
    examples = column.values(refused, EXAMPLES) + column.values(refused, EXAMPLES, last=True)
    forms = [form for form in FORMS if any(_read(examples, form))]
    if not forms:
        return ""
    tests = [f"{refused} AND {dialect.parsed(text, form)} IS NOT NULL" for form in forms]
    filled, odd, *read = column.counts([f"{text} <> ''", f"{text} <> '' AND {refused}", *tests])
    guesses = [form for form, n in zip(forms, read, strict=True) if n == max(read)]
    if 2 * max(read) <= odd:
        return ""
    others = [form for form in forms if form not in guesses]
    settles = " AND ".join(
        [refused, f"{dialect.parsed(text, guesses[0])} IS NOT NULL"]
        + [f"{dialect.parsed(text, form)} IS NULL" for form in others]
    )
    value = (column.values(settles, 1) or list(examples))[0]
    readings = [(_stamp(value, form), _saying(column, form)) for form in guesses]
    return _hint(column.column, value, odd, filled, readings, for_file=column.settled)


def _hint(
    column: str,
    value: str,
    odd: int,
    filled: int,
    readings: Sequence[tuple[str, str]],
    *,
    for_file: bool,
) -> str:
    evidence = {
        "count": f"{odd:,}",
        "rows": counted(filled, "row"),
        "column": column,
        "value": value,
    }
    if len(readings) > 1:
        ways = [say("{reading} with `{setting}`", reading=r, setting=s) for r, s in readings]
        return say(
            "In {count} of {rows} {column} looks like {value}, which can be read in {number} ways: {ways}. Only you "
            "can know which is meant; set that one for its file, or write it into the query.",
            **evidence,
            number=len(readings),
            ways="; ".join(ways),
        )
    reading, setting = readings[0]
    if for_file:
        return say(
            "In {count} of {rows} {column} looks like {value}: set `{setting}` for its file, and {value} is read as "
            "{reading}.",
            **evidence,
            setting=setting,
            reading=reading,
        )
    return say(
        "In {count} of {rows} {column} looks like {value}: write `{setting}` into its query, and {value} is read as "
        "{reading}.",
        **evidence,
        setting=setting,
        reading=reading,
    )


def _read(values: Sequence[str], form: str) -> list[datetime | None]:
    """Each text in a form as a stamp (UTC, of an epoch), None where it is none."""
    return [read_one(value.strip(), form) for value in values]


def read_one(value: str, form: str) -> datetime | None:
    """A text in a form as a stamp (UTC, of an epoch), None where it is none."""
    if form in EPOCHS:
        pattern, steps = EPOCHS[form]
        whole = pattern.fullmatch(value)
        return datetime.fromtimestamp(int(value) / steps, UTC) if whole else None
    try:
        return datetime.strptime(value, form)
    except ValueError:
        return None


def _stamp(value: str, form: str) -> str:
    found = read_one(value.strip(), form)
    if found is None:
        return ""
    clock = f"{found:%Y-%m-%d %H:%M:%S}" + (" UTC" if found.tzinfo else "")
    return clock if form in EPOCHS or "%H" in form or "%I" in form else f"{found:%Y-%m-%d}"


def _saying(column: Delivered, form: str) -> str:
    """The setting of a file, or what a query says, for days or stamps in a form."""
    if column.settled:
        return f"dates: {{{column.column}: '{form}'}}"
    return column.engine.dialect.reading(column.column, form)
