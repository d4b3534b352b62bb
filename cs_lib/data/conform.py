"""From whatever a source delivers to the canonical columns and types; every breach counted, none repaired."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from cs_lib.data.contracts import Column, Table
from cs_lib.data.engines.base import Dialect, Engine, identifier, quote
from cs_lib.data.facts import Read, TableFacts, read
from cs_lib.language import full_stop, later, say
from cs_lib.params import nearest
from cs_lib.wording import counted

ZONED = "TIMESTAMP WITH TIME ZONE"
SQL_TYPES = {
    "text": "VARCHAR",
    "time": "TIMESTAMP",
    "date": "DATE",
    "number": "DOUBLE",
    "whole": "BIGINT",
    "flag": "BOOLEAN",
}
WORDS = {
    "time": later("{column} is not a date and time (like 2026-03-31 14:05:00)"),
    "date": later("{column} is not a day (like 2026-03-31)"),
    "number": later("{column} is not a number"),
    "whole": later("{column} is not a whole number"),
    "flag": later("{column} is not true or false"),
}
DAY = r"\s*[1-9]\d{3}[-/]\d{1,2}[-/]\d{1,2}"
CLOCK = r"[ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?"
LOCAL = rf"^{DAY}({CLOCK})?\s*$"
OFFSET = r" ?(Z|UTC|[+-]\d{2}(:?\d{2})?)\s*$"
ABSOLUTE = rf"^{DAY}{CLOCK}{OFFSET}"
EXACT = {
    "FLOAT",
    "DOUBLE",
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
}
MISSPELT = 0.8  # how alike a foreign column and an absent one are before we ask


@dataclass(frozen=True, slots=True)
class Fault:
    """A condition over the typed relation, true in rows that break the contract."""

    condition: str
    meaning: str  # what is wrong, in the language in use


class Conformer:
    """Types one raw relation as a canonical table and lists what breaks the contract."""

    def __init__(self, engine: Engine, table: Table, raw: str, *, zone: str | None) -> None:
        self.engine, self.table, self.raw, self.zone = engine, table, raw, zone
        self.found = engine.columns(raw)

    def missing_columns(self) -> list[str]:
        """Required columns that are not there, each with the nearest name that is."""
        alone = next(iter(self.found), "") if len(self.found) == 1 else ""
        hint = ""
        if alone:
            hint = say(
                " (its only column is '{column}': is `delimiter` right?)", column=_shown(alone)
            )
        return [
            say(
                "{table}: column {column} is missing{hint}",
                table=self.table.name,
                column=c.name,
                hint=meant(c.name, self.found, end=False) or hint + full_stop(),
            )
            for c in self.table.columns
            if c.required and c.name not in self.found
        ]

    def known(self) -> list[str]:
        """The canonical columns that the source delivers."""
        return [c.name for c in self.table.columns if c.name in self.found]

    def misspelt(self) -> list[str]:
        """Columns that are none of the table's but nearly one that is absent, each as a question."""
        names = [c.name for c in self.table.columns]
        absent = [name for name in names if name not in self.found]
        return [
            say(
                "{table}: column '{column}' is not one of its columns and is ignored; did you mean "
                "'{near}'?",
                table=self.table.name,
                column=name,
                near=near,
            )
            for name in self.found
            if name not in names and (near := nearest(name, absent, alike=MISSPELT))
        ]

    def select(self, *, with_raw: bool = False) -> str:
        """The typed columns (absent optional ones are empty); with `raw_` twins for the checks."""
        columns = [f"{self._typed(c)} AS {c.name}" for c in self.table.columns]
        if with_raw:
            columns += [
                f"CAST({identifier(c.name)} AS VARCHAR) AS raw_{c.name}"
                for c in self.table.columns
                if c.name in self.found
            ]
        return f"SELECT {', '.join(columns)} FROM {self._parsed()}"

    def straight(self, blank: Collection[str]) -> str:
        """The typed columns, every one as it was delivered where its type is right already.

        Blank texts stay blank but in the columns of `blank`; numbers may be infinite.
        """
        columns = [f"{self._straight(c, blank)} AS {c.name}" for c in self.table.columns]
        return f"SELECT {', '.join(columns)} FROM {self._parsed()}"

    def sound(self, relation: str, *, blank: Collection[str]) -> Read | None:
        """What a relation made by `straight(blank)` holds, nothing when a row of it breaks the contract.

        In columns that the result calls blank and `blank` does not, blank texts must become empty first.
        """
        if self.zone is None and any(
            self.found[c.name] != ZONED for c in self._delivered() if c.type == "time"
        ):
            return None
        found = read(self.engine, self.table, relation, self.known())
        if found.faulty or self._lost(found.facts):
            return None
        if not found.blank and not self._unique(relation, found.facts.rows):
            return None
        return found

    def breaches(self, relation: str) -> list[str]:
        """Every breach in a relation made by `select(with_raw=True)`, with count and one example."""
        faults = self._faults()
        counts = ", ".join(f"count(*) FILTER (WHERE {fault.condition})" for fault in faults)
        total, *found = self.engine.rows(f"SELECT count(*), {counts} FROM {relation}")[0]
        if total == 0:
            return [say("{table}: no rows.", table=self.table.name)]
        sentences = [
            say(
                "{table}: {wrong} in {rows} (first: {example}).",
                table=self.table.name,
                wrong=fault.meaning,
                rows=counted(n, "row"),
                example=self._example(relation, fault),
            )
            for fault, n in zip(faults, found, strict=True)
            if n
        ]
        return self._zone_breaches(relation) + sentences + self._duplicates(relation)

    def _delivered(self) -> list[Column]:
        return [c for c in self.table.columns if c.name in self.found]

    def _lost(self, facts: TableFacts) -> bool:
        """Whether a value of a foreign type is none of its column's type."""
        foreign = [c.name for c in self._delivered() if c.type != "text" and not self._is_kin(c)]
        if not foreign:
            return False
        counts = ", ".join(f"count({identifier(name)})" for name in foreign)
        delivered = self.engine.rows(f"SELECT {counts} FROM {self.raw}")[0]
        return any(n != facts.of(name).filled for name, n in zip(foreign, delivered, strict=True))

    def _unique(self, relation: str, rows: int) -> bool:
        """Whether no two rows share a key; as many numbers of keys as rows are proof, fewer must be looked at."""
        keys = [[name for name in self.table.key if name in self.found]]
        keys += [list(columns) for columns, _ in self.table.unique]
        for columns in keys:
            number = self.engine.dialect.number_of(columns)
            numbers = f"SELECT DISTINCT {number} AS number FROM {relation}"
            if self.engine.rows(f"SELECT count(*) FROM ({numbers})")[0][0] != rows:
                return not self._duplicates(relation)
        return True

    def _is_kin(self, column: Column) -> bool:
        """Whether every value of the delivered type is one of the column's."""
        kind = self.found[column.name]
        if column.type == "number":
            return kind in EXACT or kind.startswith("DECIMAL")
        if column.type == "whole":
            return kind in EXACT - {"FLOAT", "DOUBLE"}
        return kind == SQL_TYPES[column.type] or (column.type == "time" and kind == ZONED)

    def _straight(self, column: Column, blank: Collection[str]) -> str:
        if column.name not in self.found or not self._is_kin(column):
            return self._typed(column)
        name, kind = identifier(column.name), self.found[column.name]
        if column.type == "time" and kind != ZONED:
            return self.engine.dialect.to_utc(name, self.zone or "UTC")
        if column.type == "time" or (column.type == "text" and column.name in blank):
            return self._typed(column)
        if kind == SQL_TYPES[column.type]:
            return name
        return f"CAST({name} AS {SQL_TYPES[column.type]})"

    def _parsed(self) -> str:
        """The raw relation, with stamps that came as text parsed once, however often an expression names them."""
        texts = [
            c.name
            for c in self._delivered()
            if c.type == "time" and self.found[c.name] == "VARCHAR"
        ]
        if not texts:
            return self.raw
        stamps = ", ".join(
            f"TRY_CAST({identifier(name)} AS TIMESTAMP) AS {_local(name)}" for name in texts
        )
        return f"(SELECT *, {stamps} FROM {self.raw})"

    def _typed(self, column: Column) -> str:
        if column.name not in self.found:
            return f"CAST(NULL AS {SQL_TYPES[column.type]})"
        name, kind = identifier(column.name), self.found[column.name]
        if column.type == "time":
            local = _local(column.name) if kind == "VARCHAR" else f"TRY_CAST({name} AS TIMESTAMP)"
            return _instant(name, local, kind, self.zone or "UTC", self.engine.dialect)
        if column.type == "number":
            number = f"TRY_CAST({name} AS DOUBLE)"
            return f"CASE WHEN isfinite({number}) THEN {number} END"
        if column.type == "whole":
            whole = f"TRY_CAST({name} AS BIGINT)"
            return f"CASE WHEN TRY_CAST({name} AS DOUBLE) = {whole} THEN {whole} END"
        if column.type == "text":
            return f"nullif(CAST({name} AS VARCHAR), '')"
        return f"TRY_CAST({name} AS {SQL_TYPES[column.type]})"

    def _faults(self) -> list[Fault]:
        faults: list[Fault] = []
        for c in self.table.columns:
            if c.name not in self.found:
                continue
            if c.type != "text":
                lost = f"raw_{c.name} IS NOT NULL AND {c.name} IS NULL"
                faults.append(Fault(lost, say(WORDS[c.type], column=c.name)))
            if c.required:
                empty = f"{c.name} IS NULL" if c.type == "text" else f"raw_{c.name} IS NULL"
                faults.append(Fault(empty, say("{column} is empty", column=c.name)))
            if c.values:
                allowed = ", ".join(map(quote, c.values))
                none_of = say(
                    "{column} is none of {values}", column=c.name, values=", ".join(c.values)
                )
                faults.append(Fault(f"{c.name} NOT IN ({allowed})", none_of))
        for rule in self.table.rules:
            faults.append(Fault(f"({rule.never})", rule.said))
        return faults

    def _example(self, relation: str, fault: Fault) -> str:
        key = self.table.key[0]
        touched = [
            c.name
            for c in self.table.columns
            if c.name in self.found
            and c.name != key
            and c.name in fault.condition.replace("raw_", "")
        ]
        columns = ", ".join([f"CAST({key} AS VARCHAR)", *(f"raw_{name}" for name in touched)])
        row = self.engine.rows(
            f"SELECT {columns} FROM {relation} WHERE {fault.condition} ORDER BY 1 LIMIT 1"
        )[0]
        values = ", ".join(f"{name} {_shown(v)}" for name, v in zip(touched, row[1:], strict=True))
        first = f"{key} {_shown(row[0])}"
        return say("{row} with {values}", row=first, values=values) if values else first

    def _zone_breaches(self, relation: str) -> list[str]:
        """Stamps without a zone in a source that names none: guessing would move them by hours."""
        if self.zone is not None:
            return []
        naive = [
            c.name
            for c in self.table.columns
            if c.type == "time" and self._is_naive(relation, c.name)
        ]
        if not naive:
            return []
        return [
            say(
                "{table}: {columns} carry no time zone; set `timezone` in the source.",
                table=self.table.name,
                columns=", ".join(naive),
            )
        ]

    def _is_naive(self, relation: str, name: str) -> bool:
        kind = self.found.get(name, ZONED)
        if kind != "VARCHAR":
            return kind != ZONED
        naive = f"{name} IS NOT NULL AND {self.engine.dialect.matches(f'raw_{name}', LOCAL)}"
        return bool(self.engine.rows(f"SELECT count(*) FROM {relation} WHERE {naive}")[0][0])

    def _duplicates(self, relation: str) -> list[str]:
        key = tuple(name for name in self.table.key if name in self.found)
        shared = say("rows share their key ({columns})", columns=", ".join(key))
        keys = [(key, shared), *((columns, say(said)) for columns, said in self.table.unique)]
        found: list[str] = []
        for columns, meaning in keys:
            listed = ", ".join(columns)
            twice = f"SELECT {listed}, count(*) AS n FROM {relation} GROUP BY {listed} HAVING count(*) > 1"
            count = self.engine.rows(f"SELECT count(*) FROM ({twice})")[0][0]
            if count:
                first = self.engine.rows(f"{twice} ORDER BY {listed} LIMIT 1")[0]
                example = ", ".join(
                    f"{c} {_shown(v)}" for c, v in zip(columns, first, strict=False)
                )
                found.append(
                    say(
                        "{table}: {meaning}: {cases} (first: {example}, {times} times).",
                        table=self.table.name,
                        meaning=meaning,
                        cases=counted(count, "case"),
                        example=example,
                        times=first[-1],
                    )
                )
        return found


def meant(word: str, known: Iterable[str], *, end: bool = True) -> str:
    """The end of a sentence with its mark: a question for the nearest known word, or a full stop (`end`)."""
    near = nearest(word, known)
    if near:
        return say("; did you mean '{near}'?", near=near)
    return full_stop() if end else ""


def _local(column: str) -> str:
    """What a text is called once it is parsed as a stamp without zone."""
    return identifier(f"{column} without zone")


def _instant(name: str, local: str, kind: str, zone: str, dialect: Dialect) -> str:
    """A UTC instant from text with or without an offset, from a zoned stamp, a local stamp or a day.

    `local` is the column as a stamp without zone. Text of any other form is no stamp: the engine would read
    `10:00 PM` as ten in the morning.
    """
    if kind == ZONED:
        return dialect.without_zone(name)
    if kind != "VARCHAR":
        return dialect.to_utc(local, zone)
    joined = f"regexp_replace({name}, ' ?(UTC|[+-][0-9:]+) *$', '\\1')"
    joined = f"replace({joined}, 'UTC', 'Z')"
    absolute = dialect.without_zone(f"TRY_CAST({joined} AS TIMESTAMPTZ)")
    return (
        f"CASE WHEN {dialect.matches(name, LOCAL)} THEN {dialect.to_utc(local, zone)}"
        f" WHEN {dialect.matches(name, ABSOLUTE)} THEN {absolute} END"
    )


def _shown(value: object) -> str:
    text = say("(empty)") if value is None else str(value)
    return text if len(text) <= 40 else text[:37] + "..."
