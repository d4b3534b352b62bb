"""From whatever a source delivers to the canonical columns and types; every breach counted, none repaired."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from cs_lib.data.breaches import duplicates, shown
from cs_lib.data.clocks import Change, changes, days, may_be_late, unclear
from cs_lib.data.contracts import Column, Table
from cs_lib.data.engines.base import Engine, identifier, quote
from cs_lib.data.facts import Read, TableFacts, read
from cs_lib.data.forms import LOCAL, VALUE, ZONED, instant, local_name
from cs_lib.data.marks import Marks
from cs_lib.language import full_stop, say
from cs_lib.params import nearest

SQL_TYPES = {
    "text": "VARCHAR",
    "time": "TIMESTAMP",
    "date": "DATE",
    "number": "DOUBLE",
    "whole": "BIGINT",
    "flag": "BOOLEAN",
}
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
CASTS = {  # kinds of values that can be read as one of a type; of others none can
    "time": ("VARCHAR", "TIMESTAMP", "DATE"),
    "date": ("VARCHAR", "TIMESTAMP", "DATE"),
} | dict.fromkeys(
    ("number", "whole", "flag"),
    ("VARCHAR", "BOOLEAN", "DECIMAL", "FLOAT", "DOUBLE", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT",
     "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"),
)  # fmt: skip
THREE = r"^\s*[+-]?[1-9]\d{0,2}\.\d{3}\s*$"  # a number that could be one thousand and some
MANY = 20  # such numbers and no other with a dot: a note
MISSPELT = 0.8  # how alike a foreign column and an absent one are before we ask


class Conformer:
    """Types one raw relation as a canonical table and lists what breaks the contract."""

    def __init__(
        self,
        engine: Engine,
        table: Table,
        raw: str,
        *,
        zone: str | None,
        zones: Mapping[str, str] | None = None,
        marks: Marks | None = None,
        settled: bool = False,
    ) -> None:
        self.engine, self.table, self.raw, self.zone = engine, table, raw, zone
        self.zones, self.marks = zones or {}, marks
        self.settled = settled  # a setting of its own file can say how its days are written
        self.found = engine.columns(raw)
        self.moves: dict[
            str, tuple[Change, ...]
        ] = {}  # of the clocks, by stamp whose readings may be late

    def zone_of(self, column: str) -> str | None:
        """The zone of a column's stamps without one."""
        return self.zones.get(column, self.zone)

    def missing_columns(self) -> list[str]:
        """Required columns that are not there, each with the nearest name that is."""
        names = [c.name for c in self.table.columns]
        if not any(name in self.found for name in names) and any(map(VALUE.match, self.found)):
            return [
                say(
                    "{table}: its file seems to have no line of column names: its first line ({cells}) looks like a "
                    "row.",
                    table=self.table.name,
                    cells=", ".join(map(shown, list(self.found)[:4])),
                )
            ]
        alone = next(iter(self.found), "") if len(self.found) == 1 else ""
        hint = ""
        if alone:
            hint = say(
                " (its only column is '{column}': is `delimiter` right?)", column=shown(alone)
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
        twins = [f"raw_{name}" for name in self.known()] if with_raw else []
        columns += [f"CAST({identifier(twin[4:])} AS VARCHAR) AS {twin}" for twin in twins]
        return self._mended(f"SELECT {', '.join(columns)} FROM {self._parsed()}", twins)

    def straight(self, blank: Collection[str]) -> str:
        """The typed columns, every one as it was delivered where its type is right already.

        Blank texts stay blank but in the columns of `blank`; numbers may be infinite.
        """
        columns = [f"{self._straight(c, blank)} AS {c.name}" for c in self.table.columns]
        return self._mended(f"SELECT {', '.join(columns)} FROM {self._parsed()}", [])

    def sound(self, relation: str, *, blank: Collection[str]) -> Read | None:
        """What a relation made by `straight(blank)` holds, nothing when a row of it breaks the contract.

        In columns that the result calls blank and `blank` does not, blank texts must become empty first.
        """
        if any(self.zone_of(c.name) is None for c in self._naive()):
            return None
        found = read(self.engine, self.table, relation, self.known(), self.midnights())
        if found.faulty:
            return None
        facts, whole = self.looked(found.facts, relation)
        if not whole or (not found.blank and not self._unique(relation, facts.rows)):
            return None
        return replace(found, facts=facts)

    def midnights(self) -> dict[str, str]:
        """The zone in which each stamp's midnights count."""
        return {
            c.name: self.zone_of(c.name) or "UTC" for c in self._delivered() if c.type == "time"
        }

    def looked(self, facts: TableFacts, relation: str) -> tuple[TableFacts, bool]:
        """Facts with what only the delivered values tell, in one statement, and whether none of them was lost.

        `relation` is the typed one that the facts are of.
        """
        foreign = [c.name for c in self._delivered() if c.type != "text" and not self._is_kin(c)]
        local, inside = self._unclear(facts, relation)
        dotted = [c.name for c in self._delivered() if self._may_be_grouped(c, facts)]
        asked = [f"count({identifier(name)})" for name in foreign]
        for name, condition in inside.items():
            stamp = local_name(name)
            asked += [f"count(CASE WHEN {condition} THEN 1 END)"]
            asked += [f"min(CASE WHEN {condition} THEN {stamp} END)"]
        for name in dotted:
            three = self.engine.dialect.matches(identifier(name), THREE)
            tests = (f"{identifier(name)} LIKE '%.%'", three)
            asked += [f"count(CASE WHEN {test} THEN 1 END)" for test in tests]
        if not asked:
            return facts, True
        columns = ", ".join(["*", *local])
        told = iter(
            self.engine.rows(f"SELECT {', '.join(asked)} FROM (SELECT {columns} FROM {self.raw})")[
                0
            ]
        )
        whole = [next(told) == facts.of(name).filled for name in foreign]
        known = dict(facts.columns)
        for name in inside:
            known[name] = replace(known[name], unclear=next(told), unclear_first=next(told))
        for name in dotted:
            dots, threes = next(told), next(told)
            sure = dots == threes and dots >= MANY
            known[name] = replace(known[name], grouped=dots if sure else 0)
        return replace(facts, columns=known), all(whole)

    def look_at_clocks(self, relation: str) -> bool:
        """Whether stamps of a typed relation lie where clocks were moved; from here on order is kept there."""
        naive = {c.name for c in self._naive()}
        early = sorted({names["early"] for names in self._orders() if names["early"] in naive})
        if not early:
            return False
        asked = ", ".join(f"min({name}), max({name})" for name in early)
        edges = self.engine.rows(f"SELECT {asked} FROM {relation}")[0]
        spans = {
            name: (first, last)
            for name, first, last in zip(early, edges[::2], edges[1::2], strict=True)
            if isinstance(first, datetime) and isinstance(last, datetime)
        }
        self.keep_order(spans.get)
        return self.is_mending()

    def keep_order(self, span: Callable[[str], tuple[datetime, datetime] | None]) -> None:
        """From here on no stamp lies before another by a move of the clocks alone; `span` is a column's range."""
        for column in self._naive():
            zone, edges = self.zone_of(column.name), span(column.name)
            if zone and edges:
                self.moves[column.name] = changes(zone, *edges)

    def is_mending(self) -> bool:
        """Whether order is kept anywhere."""
        return any(self.moves.values())

    def _orders(self) -> list[dict[str, str]]:
        """The rules by which one stamp never lies before another, both being delivered."""
        rules = [dict(rule.columns) for rule in self.table.rules if "early" in dict(rule.columns)]
        return [
            names for names in rules if names["early"] in self.found and names["late"] in self.found
        ]

    def _mended(self, typed: str, twins: list[str]) -> str:
        """A typed query in which a stamp that seems to lie before another only by a move of the clocks counts as it."""
        late = {
            names["late"]: names["early"]
            for names in self._orders()
            if self.moves.get(names["early"])
        }
        if not late:
            return typed
        columns = ", ".join(
            self._in_order(late[c.name], c.name) if c.name in late else c.name
            for c in self.table.columns
        )
        return f"SELECT {', '.join([columns, *twins])} FROM ({typed})"

    def _in_order(self, early: str, late: str) -> str:
        moves, micros = self.moves[early], self.engine.dialect.micros
        most = max(int(move.jump.total_seconds()) for move in moves) * 10**6
        moved = f"{may_be_late(early, moves)} AND {micros(early)} - {micros(late)} <= {most}"
        return f"CASE WHEN {late} < {early} AND {moved} THEN {early} ELSE {late} END AS {late}"

    def _naive(self) -> list[Column]:
        """Stamps that may come without a zone."""
        return [c for c in self._delivered() if c.type == "time" and self.found[c.name] != ZONED]

    def _unclear(self, facts: TableFacts, relation: str) -> tuple[list[str], dict[str, str]]:
        """SQL of local stamps, and by column whether one is such that its zone left it out or had it twice."""
        local, inside, moves = list[str](), dict[str, str](), self._moves_within(facts, relation)
        for name, found in moves.items():
            stamp = f"TRY_CAST({identifier(name)} AS TIMESTAMP)"
            if (
                self.found[name] == "VARCHAR"
            ):  # few rows have such a day, only they are parsed once more
                listed = ", ".join(map(quote, days(found)))
                naive = self.engine.dialect.matches(identifier(name), LOCAL)
                stamp = f"CASE WHEN {naive} THEN {stamp} END"
                stamp = (
                    f"CASE WHEN substr({identifier(name)}, 1, 10) IN ({listed}) THEN {stamp} END"
                )
            local.append(f"{stamp} AS {local_name(name)}")
            inside[name] = unclear(local_name(name), found)
        return local, inside

    def _moves_within(self, facts: TableFacts, relation: str) -> dict[str, tuple[Change, ...]]:
        """The moves of the clocks that stamps without zone may have met, by column."""
        found = dict[str, tuple[Change, ...]]()
        for column in self._naive():
            span, zone = facts.span(column.name), self.zone_of(column.name)
            if span and zone and (moves := changes(zone, *span)):
                found[column.name] = moves
        texts = [name for name in found if self.found[name] == "VARCHAR"]
        if texts:  # an instant costs little to compare, a text much
            tests = (may_be_late(name, found[name]) for name in texts)
            asked = ", ".join(f"count(CASE WHEN {test} THEN 1 END)" for test in tests)
            counts = self.engine.rows(f"SELECT {asked} FROM {relation}")[0]
            met = {name for name, n in zip(texts, counts, strict=True) if n}
            found = {n: moves for n, moves in found.items() if n not in texts or n in met}
        return found

    def _may_be_grouped(self, column: Column, facts: TableFacts) -> bool:
        """Whether numbers that came as text could be thousands: below 1,000, and not whole cents."""
        told = facts.of(column.name)
        as_text = column.type == "number" and self.found[column.name] == "VARCHAR"
        return as_text and self.marks is None and told.largest < 1000 and any(told.beside[:1])

    def _delivered(self) -> list[Column]:
        return [c for c in self.table.columns if c.name in self.found]

    def _unique(self, relation: str, rows: int) -> bool:
        """Whether no two rows share a key; as many numbers of keys as rows are proof, fewer must be looked at."""
        keys = [[name for name in self.table.key if name in self.found]]
        keys += [list(columns) for columns, _ in self.table.unique]
        for columns in keys:
            number = self.engine.dialect.number_of(columns)
            numbers = f"SELECT DISTINCT {number} AS number FROM {relation}"
            if self.engine.rows(f"SELECT count(*) FROM ({numbers})")[0][0] != rows:
                return not duplicates(self.engine, self.table, self.found, relation)
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
            return self.engine.dialect.to_utc(name, self.zone_of(column.name) or "UTC")
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
            f"TRY_CAST({identifier(name)} AS TIMESTAMP) AS {local_name(name)}" for name in texts
        )
        return f"(SELECT *, {stamps} FROM {self.raw})"

    def _typed(self, column: Column) -> str:
        if column.name not in self.found:
            return f"CAST(NULL AS {SQL_TYPES[column.type]})"
        name, kind = identifier(column.name), self.found[column.name]
        if column.type != "text" and not kind.startswith(CASTS[column.type]):
            return f"CAST(NULL AS {SQL_TYPES[column.type]})"
        if column.type == "time":
            local = (
                local_name(column.name) if kind == "VARCHAR" else f"TRY_CAST({name} AS TIMESTAMP)"
            )
            zone = self.zone_of(column.name) or "UTC"
            return instant(name, local, kind, zone, self.engine.dialect)
        if column.type in ("number", "whole"):
            number = f"TRY_CAST({name} AS DOUBLE)"
            if self.marks and kind == "VARCHAR":
                number = self.marks.number(name, self.engine.dialect)
            if column.type == "number":
                return f"CASE WHEN isfinite({number}) THEN {number} END"
            whole = f"TRY_CAST({name} AS BIGINT)"
            if self.marks and kind == "VARCHAR":
                whole = f"TRY_CAST({number} AS BIGINT)"
            return f"CASE WHEN {number} = {whole} THEN {whole} END"
        if column.type == "text":
            return f"nullif(CAST({name} AS VARCHAR), '')"
        return f"TRY_CAST({name} AS {SQL_TYPES[column.type]})"


def meant(word: str, known: Iterable[str], *, end: bool = True) -> str:
    """The end of a sentence with its mark: a question for the nearest known word, or a full stop (`end`)."""
    near = nearest(word, known)
    if near:
        return say("; did you mean '{near}'?", near=near)
    return full_stop() if end else ""
