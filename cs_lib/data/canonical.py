"""From raw relations to `all_<table>`: typed, cleaned, checked, with what their reading told."""

from __future__ import annotations

from pathlib import Path

from cs_lib.data import kept, stamps
from cs_lib.data.breaches import breaches
from cs_lib.data.conform import Conformer, meant
from cs_lib.data.contracts import TABLES, Table
from cs_lib.data.engines.base import Engine, EngineError
from cs_lib.data.facts import TableFacts, read
from cs_lib.data.marks import Marks, marks_of
from cs_lib.data.notes import noted
from cs_lib.data.sources.damage import reason
from cs_lib.data.sources.delivered import Delivered
from cs_lib.data.sources.files import DataError, has_cells, specs
from cs_lib.data.sources.results import contract
from cs_lib.language import later, say
from cs_lib.params import CleaningStep, Source, TableSpec
from cs_lib.params.source import WIDE


def conform_all(
    engine: Engine, source: Source, found: Delivered
) -> tuple[dict[str, TableFacts], list[str]]:
    """Make `all_<table>` relations with canonical columns: the facts of each table, and notes.

    Raises DataError with every breach, those of the files first.
    """
    tables, notes, facts = found.tables, list(found.notes), dict[str, TableFacts]()
    named = tables if source.simulate else source.tables or tables
    broken = (
        found.faults
        + _strange_zones(source)
        + [
            say(
                "{table}: a cleaning step names this table, the source has none{hint}",
                table=step.table,
                hint=meant(step.table, named),
            )
            for step in source.cleaning
            if step.table not in named
        ]
    )
    for name in tables:
        if name in found.made:
            facts[name] = found.made[name]
            continue
        try:
            stored = _stored(source, name)
            sound, more = _conform(engine, source, contract(source, name), notes, stored=stored)
            broken += more
            facts |= {name: sound} if sound else {}
        except EngineError as error:
            broken.append(say("{name}: cannot be read ({error}).", name=name, error=reason(error)))
    if broken:
        raise DataError(broken)
    for name in tables:
        notes += noted(source, contract(source, name), facts[name])
    return facts, notes


def _strange_zones(source: Source) -> list[str]:
    """One sentence for each zone of a column that is no stamp of its table."""
    said = []
    for name, table in source.tables.items():
        stamps_there = (
            [c.name for c in TABLES[name].columns if c.type == "time"] if name in TABLES else []
        )
        said += [
            say(
                "{table}: `zones` names {column}, which is none of its stamps{hint}",
                table=name,
                column=column,
                hint=meant(column, stamps_there),
            )
            for column in table.zones
            if name in TABLES and column not in stamps_there
        ]
    return said


def _stored(source: Source, table: str) -> bool:
    """Whether a table is copied once it is typed: not where it is Parquet, or a query over nothing else."""
    if source.simulate or table in WIDE or not specs(source) or source.tables[table].folder:
        return True
    own = source.tables[table].file
    read = [own] if own else specs(source).values()
    return any(has_cells(Path(spec.path)) for spec in read)


def _conform(
    engine: Engine, source: Source, table: Table, notes: list[str], *, stored: bool
) -> tuple[TableFacts | None, list[str]]:
    """The facts of a sound table, or every breach."""
    marks, differing = _marks(engine, source, table.name)
    if differing:
        return None, [differing]
    named = source.tables.get(table.name) or TableSpec()
    conformer = Conformer(
        engine,
        table,
        f"raw_{table.name}",
        zone=named.timezone or source.timezone,
        zones=named.zones,
        marks=marks,
        settled=named.file is not None and has_cells(Path(named.file.path)),
    )
    missing = conformer.missing_columns()
    if missing:
        return None, missing
    notes += conformer.misspelt()
    steps = [step for step in source.cleaning if step.table == table.name]
    stamp = None if table.name in WIDE else stamps.stamp_of(source, table)
    facts = None if steps else _straight(engine, conformer, stamp, stored=stored)
    if facts:
        if stored:
            engine.run(f"DROP TABLE raw_{table.name}")
        if stored and stamp and not conformer.misspelt():
            kept.keep(engine, source, table, stamp)
        return facts, []
    return _with_twins(engine, conformer, steps, notes, stored=stored)


def _marks(engine: Engine, source: Source, name: str) -> tuple[Marks | None, str]:
    """The signs in a table's numbers that came as text, and one sentence where its files state different ones."""
    named = source.tables.get(name)
    if named is None or source.simulate or not specs(source):
        return None, ""
    if named.file is not None:
        return marks_of(named.file), ""
    if named.query is None:
        return None, ""
    read, _ = engine.names(named.query)
    stated = {file: marks_of(spec) for file, spec in source.files.items() if file.lower() in read}
    different = {marks for marks in stated.values() if marks}
    if len(different) < 2:
        return next(iter(different), None), ""
    files = ", ".join(file for file, marks in stated.items() if marks)
    return None, say(
        "{table}: its query reads files whose numbers are written differently ({files}), so that it cannot be told how "
        "its own are; split it, or let the query write plain numbers.",
        table=name,
        files=files,
    )


def _straight(
    engine: Engine, conformer: Conformer, stamp: stamps.Stamp | None, *, stored: bool
) -> TableFacts | None:
    """Make `all_<table>` at once; nothing is made unless every row is sound, as checked now or as stamped before."""
    name, kind = f"all_{conformer.table.name}", "TABLE" if stored else "VIEW"
    known = stamps.recall(stamp, conformer.table) if stamp else None
    blank = frozenset(conformer.known()) if stored else known.blank if known else frozenset[str]()
    try:
        if known and engine.rows(f"SELECT count(*) FROM {conformer.raw}") == [(known.facts.rows,)]:
            if known.mended:
                conformer.keep_order(known.facts.span)
            engine.run(f"CREATE {kind} {name} AS {conformer.straight(blank)}")
            return known.facts
        while True:
            engine.run(f"CREATE {kind} {name} AS {conformer.straight(blank)}")
            found = conformer.sound(name, blank=blank)
            if found and not found.blank:
                if stamp:
                    stamps.remember(stamp, stamps.Sound(found.facts, blank, conformer.is_mending()))
                return found.facts
            again = not found and not conformer.moves and conformer.look_at_clocks(name)
            engine.run(f"DROP {kind} {name}")
            if not again and (not found or found.blank <= blank):
                return None
            blank |= found.blank if found else frozenset()
    except EngineError:  # told, with all else, by the slower way
        engine.run(f"DROP {kind} IF EXISTS {name}")
        return None


def _with_twins(
    engine: Engine,
    conformer: Conformer,
    steps: list[CleaningStep],
    notes: list[str],
    *,
    stored: bool,
) -> tuple[TableFacts | None, list[str]]:
    """Make `all_<table>` by way of a relation that keeps what was delivered: for cleaning and for faults."""
    table, kind, faults = conformer.table, "TABLE" if stored else "VIEW", list[str]()
    if not conformer.moves:
        conformer.look_at_clocks(f"({conformer.select()})")
    engine.run(f"CREATE {kind} checked_{table.name} AS {conformer.select(with_raw=True)}")
    for step in steps:
        try:
            notes.append(_clean(engine, conformer, step, stored=stored))
        except (EngineError, ValueError) as error:
            faults.append(
                say(
                    "{table}: the cleaning step '{because}' cannot be done ({error}).",
                    table=table.name,
                    because=step.because,
                    error=reason(error) if isinstance(error, EngineError) else error,
                )
            )
    broken = faults + breaches(conformer, f"checked_{table.name}")
    names = ", ".join(c.name for c in table.columns)
    engine.run(f"CREATE {kind} all_{table.name} AS SELECT {names} FROM checked_{table.name}")
    facts = None
    if not broken:
        plain = read(engine, table, f"all_{table.name}", conformer.known(), conformer.midnights())
        facts, _ = conformer.looked(plain.facts, f"all_{table.name}")
    if stored:
        engine.run(f"DROP TABLE checked_{table.name}")
        engine.run(f"DROP TABLE raw_{table.name}")
    return facts, broken


def _clean(engine: Engine, conformer: Conformer, step: CleaningStep, *, stored: bool) -> str:
    """Apply one named step; the sentence says how many rows it touched. Raises ValueError when it cannot."""
    if not stored:
        raise ValueError(say("Parquet is not copied; put it into the table's query"))
    column = step.clear or step.rewrite
    if column is not None and column not in conformer.known():
        hint = meant(column, conformer.known(), end=False)
        raise ValueError(say("there is no column {column}{hint}", column=column, hint=hint))
    relation = f"checked_{step.table}"
    condition, change, message = (
        _rewriting(engine, conformer, step, relation)
        if step.rewrite
        else _removing(engine, step, relation)
    )
    total, count = engine.rows(
        f"SELECT count(*), count(*) FILTER (WHERE {condition}) FROM {relation}"
    )[0]
    engine.run(f"{change} WHERE {condition}")
    return say(
        message,
        table=step.table,
        column=column,
        count=f"{count:,}",
        total=f"{total:,}",
        because=say(step.because),
    )


def _removing(engine: Engine, step: CleaningStep, relation: str) -> tuple[str, str, str]:
    """The rows that lose a value or are left out: their condition, the statement, and what is said of it."""
    condition = (step.where if step.drop_where is None else step.drop_where) or ""
    engine.require_condition(condition)
    condition = f"(\n{condition}\n)"
    kinds = list(engine.columns(f"(SELECT {condition} FROM {relation})").values())
    if kinds != ["BOOLEAN"]:
        kind = ", ".join(kinds)
        raise ValueError(say("it must be true or false of every row, this is {kind}", kind=kind))
    if step.drop_where is not None:
        message = later("{table}: left out in {count} of {total} rows, because {because}.")
        return condition, f"DELETE FROM {relation}", message
    columns = [f"{name} = NULL" for name in (step.clear, f"raw_{step.clear}")]
    message = later("{table}: {column} emptied in {count} of {total} rows, because {because}.")
    return condition, f"UPDATE {relation} SET {', '.join(columns)}", message


def _rewriting(
    engine: Engine, conformer: Conformer, step: CleaningStep, relation: str
) -> tuple[str, str, str]:
    """The same of a column of text that is written anew; only rows in which that changes anything count."""
    column = step.rewrite or ""
    if conformer.table.column(column).type != "text":
        raise ValueError(say("{column} is no text; put it into the table's query", column=column))
    engine.require_condition(step.by or "")
    anew = f"nullif(CAST((\n{step.by}\n) AS VARCHAR), '')"
    columns = [f"{name} = {anew}" for name in (column, f"raw_{column}")]
    message = later("{table}: {column} written anew in {count} of {total} rows, because {because}.")
    return (
        f"{anew} IS DISTINCT FROM {column}",
        f"UPDATE {relation} SET {', '.join(columns)}",
        message,
    )
