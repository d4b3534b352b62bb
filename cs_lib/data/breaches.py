"""What breaks the contract of a table: each fault counted, with one example and, where one can tell, a remedy."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cs_lib.data.contracts import Column, Table
from cs_lib.data.doubts import Delivered, date_hint, number_hint
from cs_lib.data.engines.base import Engine, quote
from cs_lib.data.forms import ABSOLUTE, LOCAL, ZONED
from cs_lib.language import later, say
from cs_lib.wording import counted

if TYPE_CHECKING:
    from cs_lib.data.conform import Conformer

TOTAL = re.compile(
    r"\s*(grand[ -]?|sub-?)?(total|totals|sum|summe|gesamt|gesamtsumme|totale|totaux)\b|\s*(合计|总计|小计|总和)",
    re.IGNORECASE,
)
WORDS = {
    "time": later("{column} is not a date and time (like 2026-03-31 14:05:00)"),
    "date": later("{column} is not a day (like 2026-03-31)"),
    "number": later("{column} is not a number"),
    "whole": later("{column} is not a whole number"),
    "flag": later("{column} is not true or false"),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """A condition over the typed relation, true in rows that break the contract."""

    condition: str
    meaning: str  # what is wrong, in the language in use
    unread: Column | None = None  # the column whose values are none of its type


def breaches(conformer: Conformer, relation: str) -> list[str]:
    """Every breach in a relation made by `select(with_raw=True)`, with count and one example."""
    engine, table = conformer.engine, conformer.table
    faults = _faults(conformer)
    counts = ", ".join(f"count(*) FILTER (WHERE {fault.condition})" for fault in faults)
    total, *found = engine.rows(f"SELECT count(*), {counts} FROM {relation}")[0]
    if total == 0:
        return [say("{table}: no rows.", table=table.name)]
    sentences = []
    for fault, n in zip(faults, found, strict=True):
        if n:
            said = say(
                "{table}: {wrong} in {rows} (first: {example}).",
                table=table.name,
                wrong=fault.meaning,
                rows=counted(n, "row"),
                example=_example(conformer, relation, fault),
            )
            sentences.append(" ".join(filter(None, [said, _remedy(conformer, fault)])))
    sentences += duplicates(engine, table, conformer.found, relation)
    return (
        _zone_breaches(conformer, relation) + sentences + (_total(conformer) if sentences else [])
    )


def _remedy(conformer: Conformer, fault: Fault) -> str:
    """What the values of a faulty column look like and which setting reads them, where one can tell."""
    column, dialect = fault.unread, conformer.engine.dialect
    if column is None:
        return ""
    delivered = Delivered(conformer.engine, conformer.raw, column.name, conformer.settled)
    if column.type in ("number", "whole") and conformer.marks is None:
        return number_hint(delivered)
    if column.type == "time":
        tests = (dialect.matches(delivered.text, form) for form in (LOCAL, ABSOLUTE))
        return date_hint(delivered, f"NOT ({' OR '.join(tests)})")
    if column.type == "date":
        return date_hint(delivered, f"TRY_CAST({delivered.text} AS DATE) IS NULL")
    return ""


def _total(conformer: Conformer) -> list[str]:
    """One sentence when the last row of a file looks like a total and no row."""
    if not conformer.settled:
        return []
    row: tuple[Any, ...] = conformer.engine.rows(
        f"SELECT * FROM {conformer.raw} ORDER BY {conformer.engine.dialect.row_of(conformer.raw)} DESC LIMIT 1"
    )[0]
    cells = [str(value) for value in row if value is not None]
    missing = any(
        value is None and column in conformer.table.required
        for column, value in zip(conformer.found, row, strict=True)
    )
    if not missing or not any(TOTAL.match(cell) for cell in cells):
        return []
    return [
        say(
            "{table}: the last row ({cells}) looks like a total: leave it out with `skip_last_lines: 1` for its file.",
            table=conformer.table.name,
            cells=", ".join(map(shown, cells[:4])),
        )
    ]


def _faults(conformer: Conformer) -> list[Fault]:
    faults: list[Fault] = []
    for c in conformer.table.columns:
        if c.name not in conformer.found:
            continue
        if c.type != "text":
            lost = f"raw_{c.name} IS NOT NULL AND {c.name} IS NULL"
            faults.append(Fault(lost, say(WORDS[c.type], column=c.name), c))
        if c.required:
            empty = f"{c.name} IS NULL" if c.type == "text" else f"raw_{c.name} IS NULL"
            faults.append(Fault(empty, say("{column} is empty", column=c.name)))
        if c.values:
            allowed = ", ".join(map(quote, c.values))
            none_of = say("{column} is none of {values}", column=c.name, values=", ".join(c.values))
            faults.append(Fault(f"{c.name} NOT IN ({allowed})", none_of))
    for rule in conformer.table.rules:
        faults.append(Fault(f"({rule.never})", rule.said))
    return faults


def _example(conformer: Conformer, relation: str, fault: Fault) -> str:
    key = conformer.table.key[0]
    touched = [
        c.name
        for c in conformer.table.columns
        if c.name in conformer.found
        and c.name != key
        and c.name in fault.condition.replace("raw_", "")
    ]
    columns = ", ".join([f"CAST({key} AS VARCHAR)", *(f"raw_{name}" for name in touched)])
    row = conformer.engine.rows(
        f"SELECT {columns} FROM {relation} WHERE {fault.condition} ORDER BY 1 LIMIT 1"
    )[0]
    values = ", ".join(f"{name} {shown(v)}" for name, v in zip(touched, row[1:], strict=True))
    first = f"{key} {shown(row[0])}"
    return say("{row} with {values}", row=first, values=values) if values else first


def _zone_breaches(conformer: Conformer, relation: str) -> list[str]:
    """Stamps without a zone where the source names none for them: guessing would move them by hours."""
    naive = [
        c.name
        for c in conformer.table.columns
        if c.type == "time"
        and conformer.zone_of(c.name) is None
        and _is_naive(conformer, relation, c.name)
    ]
    if not naive:
        return []
    return [
        say(
            "{table}: {columns} carry no time zone; set `timezone` in the source.",
            table=conformer.table.name,
            columns=", ".join(naive),
        )
    ]


def _is_naive(conformer: Conformer, relation: str, name: str) -> bool:
    kind = conformer.found.get(name, ZONED)
    if kind != "VARCHAR":
        return kind != ZONED
    naive = f"{name} IS NOT NULL AND {conformer.engine.dialect.matches(f'raw_{name}', LOCAL)}"
    return bool(conformer.engine.rows(f"SELECT count(*) FROM {relation} WHERE {naive}")[0][0])


def duplicates(engine: Engine, table: Table, found: Collection[str], relation: str) -> list[str]:
    """The keys of a table that rows share, each with one example."""
    key = tuple(name for name in table.key if name in found)
    shared = say("rows share their key ({columns})", columns=", ".join(key))
    keys = [(key, shared), *((columns, say(words)) for columns, words in table.unique)]
    said = list[str]()
    for columns, meaning in keys:
        listed = ", ".join(columns)
        twice = (
            f"SELECT {listed}, count(*) AS n FROM {relation} GROUP BY {listed} HAVING count(*) > 1"
        )
        count = engine.rows(f"SELECT count(*) FROM ({twice})")[0][0]
        if count:
            first = engine.rows(f"{twice} ORDER BY {listed} LIMIT 1")[0]
            example = ", ".join(f"{c} {shown(v)}" for c, v in zip(columns, first, strict=False))
            said.append(
                say(
                    "{table}: {meaning}: {cases} (first: {example}, {times} times).",
                    table=table.name,
                    meaning=meaning,
                    cases=counted(count, "case"),
                    example=example,
                    times=first[-1],
                )
            )
    return said


def shown(value: object) -> str:
    """A value as far as it fits into a sentence."""
    text = say("(empty)") if value is None else str(value)
    return text if len(text) <= 40 else text[:37] + "..."
