"""How the values of a column are written: stamps, numbers, words for a status. Every row is asked, none is guessed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cs_lib.data.doubts import FORMS, read_one
from cs_lib.data.engines.base import Engine, identifier, quote
from cs_lib.data.forms import ABSOLUTE, LOCAL, ZONED
from cs_lib.data.guess.words import MISSING
from cs_lib.data.marks import CANDIDATES, Marks

EXAMPLES = 40  # different values from either end in which forms are tried before all rows are asked
MOST_CODES = 60  # different values that a column of codes may have
EAST_ASIAN = tuple(
    day + clock
    for day in ("%Y年%m月%d日", "%Y.%m.%d")
    for clock in ("", " %H:%M", " %H:%M:%S", "%H:%M", "%H:%M:%S")
)
THREE = r"^\s*[+-]?[1-9]\d{0,2}[.,]\d{3}\s*$"


@dataclass(frozen=True, slots=True)
class Stamps:
    """How stamps are written; `form` of strptime where none of ours is needed, `open` where several read them.

    `open` has what one value is in each form; `first` is a value that is no stamp, of `odd` rows out of `filled`.
    """

    filled: int
    odd: int = 0
    first: str = ""
    local: bool = False
    form: str = ""
    open: dict[str, str] = field(default_factory=dict)
    example: str = ""
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Numbers:
    """The signs in the numbers of some columns; `open` when the values can be read in more than one way."""

    marks: Marks | None = None
    open: tuple[str, ...] = ()
    example: str = ""
    missing: tuple[str, ...] = ()


class Asked:
    """Questions to the rows of a relation."""

    def __init__(self, engine: Engine, relation: str) -> None:
        self.engine, self.relation = engine, relation
        self.kinds = engine.columns(identifier(relation))
        self.rows = int(self._first("count(*)")[0])

    def _first(self, *asked: str) -> tuple[int, ...]:
        [row] = self.engine.rows(f"SELECT {', '.join(asked)} FROM {identifier(self.relation)}")
        return row

    def _counts(self, tests: Sequence[str]) -> list[int]:
        return list(self._first(*(f"count(CASE WHEN {test} THEN 1 END)" for test in tests)))

    def _values(self, header: str, test: str, number: int) -> list[str]:
        """Different values that meet a condition, from either end of their order."""
        text, found = identifier(header), list[str]()
        for order in ("ASC", "DESC"):
            found += [
                row[0]
                for row in self.engine.rows(
                    f"SELECT DISTINCT {text} AS value FROM {identifier(self.relation)} WHERE {test}"
                    f" ORDER BY value {order} LIMIT {number}"
                )
            ]
        return list(dict.fromkeys(found))

    def filled(self, header: str) -> str:
        """The condition that a column holds something."""
        name = identifier(header)
        if self.kinds[header] != "VARCHAR":
            return f"{name} IS NOT NULL"
        words = ", ".join(map(quote, ("", *MISSING)))
        return f"trim({name}) NOT IN ({words})"

    def count(self, header: str) -> tuple[int, int]:
        """How many rows hold something, and how many different values there are."""
        name, filled = identifier(header), self.filled(header)
        one, two = self._first(
            f"count(CASE WHEN {filled} THEN 1 END)",
            f"count(DISTINCT CASE WHEN {filled} THEN {name} END)",
        )
        return one, two

    def one(self, header: str) -> str:
        """A value of a column, as text."""
        return str(next(iter(self._values(header, self.filled(header), 1)), ""))

    def missing(self, header: str) -> tuple[str, ...]:
        """Words for nothing that stand in a column."""
        if self.kinds[header] != "VARCHAR":
            return ()
        words, name = ", ".join(map(quote, MISSING)), identifier(header)
        return tuple(self._values(header, f"{name} IN ({words})", len(MISSING)))

    def codes(self, header: str) -> dict[str, int] | None:
        """The values of a column with their rows, the most usual first; None when there are too many for codes."""
        text = f"CAST({identifier(header)} AS VARCHAR)"
        rows = self.engine.rows(
            f"SELECT {text} AS value, count(*) AS n FROM {identifier(self.relation)} WHERE {self.filled(header)}"
            f" GROUP BY 1 ORDER BY n DESC, value LIMIT {MOST_CODES + 1}"
        )
        return dict(rows) if len(rows) <= MOST_CODES else None

    def stamps(self, header: str) -> Stamps | None:
        """How a column's stamps are written, None when it holds none at all."""
        kind = self.kinds[header]
        if kind == "VARCHAR":
            return self._stamps_of_text(header)
        if kind.startswith(("TIMESTAMP", "DATE")):
            return Stamps(self.count(header)[0], local=kind != ZONED)
        return None

    def _stamps_of_text(self, header: str) -> Stamps | None:
        name, filled, matches = identifier(header), self.filled(header), self.engine.dialect.matches
        local = f"{filled} AND {matches(name, LOCAL)}"
        absolute = f"{filled} AND {matches(name, ABSOLUTE)}"
        rows, locals_, absolutes = self._counts([filled, local, absolute])
        if not rows:
            return None
        missing = self.missing(header)
        if locals_ + absolutes == rows:
            example = self._values(header, filled, 1)[0]
            return Stamps(rows, local=locals_ > 0, example=example, missing=missing)
        samples = self._values(header, filled, EXAMPLES)
        forms = [
            form
            for form in (*FORMS, *EAST_ASIAN)
            if all(read_one(one.strip(), form) for one in samples)
        ]
        tests = [
            f"{filled} AND {self.engine.dialect.parsed(f'trim({name})', form)} IS NOT NULL"
            for form in forms
        ]
        reads = self._counts(tests) if tests else []
        whole = [form for form, read in zip(forms, reads, strict=True) if read == rows]
        if whole:
            return self._of_forms(rows, whole, samples, missing)
        if 2 * (locals_ + absolutes) < rows:
            return None
        neither = f"{filled} AND NOT {matches(name, LOCAL)} AND NOT {matches(name, ABSOLUTE)}"
        odd = self._values(header, neither, 1)[0]
        return Stamps(rows, rows - locals_ - absolutes, odd, locals_ > 0, missing=missing)

    def _of_forms(
        self, rows: int, forms: list[str], samples: list[str], missing: tuple[str, ...]
    ) -> Stamps:
        """One form, or several where they read some value differently."""
        readings: dict[tuple[object, ...], str] = {}
        for form in forms:
            readings.setdefault(tuple(read_one(one.strip(), form) for one in samples), form)
        ways = list(readings.values())
        local = not ways[0].startswith("epoch")
        if len(ways) == 1:
            return Stamps(
                rows, local=local, form=ways[0], example=_telling(samples, ways[0]), missing=missing
            )
        first, *_ = (
            one for one in samples if len({read_one(one.strip(), form) for form in ways}) > 1
        )
        read = {form: f"{read_one(first.strip(), form):%Y-%m-%d}" for form in ways}
        return Stamps(rows, local=local, open=read, example=first, missing=missing)

    def numbers(self, headers: Sequence[str]) -> Numbers | None:
        """How the numbers of some columns of text are written; None when they hold something else."""
        headers = [one for one in headers if self.kinds[one] == "VARCHAR"]
        if not headers:
            return Numbers()
        missing = tuple(dict.fromkeys(word for one in headers for word in self.missing(one)))
        plain, rows = Marks(), sum(self.count(one)[0] for one in headers)
        ways = (plain, *CANDIDATES)
        fitting = [marks for marks in ways if self._read(headers, marks.pattern()) == rows]
        if not fitting:
            return None
        samples = [v for one in headers for v in self._values(one, self.filled(one), EXAMPLES)]
        three = self._read(headers, THREE)
        marked = [one for one in samples if "." in one or "," in one]
        if three and three == self._read(headers, r"[.,]"):
            signs = {sign for one in marked for sign in one if sign in ".,"}
            if len(signs) == 1:
                return Numbers(open=tuple(signs), example=marked[0], missing=missing)
        if fitting[0] == plain:
            return Numbers(missing=missing)
        fewest = min(fitting, key=lambda marks: marks.supposed)
        return Numbers(fewest, example=next(iter(marked), samples[0]), missing=missing)

    def _read(self, headers: Sequence[str], pattern: str) -> int:
        """In how many cells of some columns a text is written so."""
        matches = self.engine.dialect.matches
        return sum(
            self._counts(
                [f"{self.filled(h)} AND {matches(identifier(h), pattern)}" for h in headers]
            )
        )


def _telling(samples: Sequence[str], form: str) -> str:
    """The value that tells days from months best."""
    return max(samples, key=lambda one: found.day if (found := read_one(one.strip(), form)) else 0)
