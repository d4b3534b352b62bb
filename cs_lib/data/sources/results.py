"""Tables with columns of the user's own: a row per customer (results) or per day (days), typed like all others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from cs_lib.data.contracts import TABLES, Column, Table
from cs_lib.data.engines.base import Engine, identifier
from cs_lib.data.forms import ZONED
from cs_lib.language import later, say
from cs_lib.params import Source, nearest
from cs_lib.params.source import WIDE

RESULTS = Table(
    "results",
    later("one row per customer of a test: the variant, what came out, what was known before"),
    (Column("customer_id", required=True), Column("variant", required=True)),
    ("customer_id",),
)
DAYS = Table(
    "days",
    later("one row per day: what was counted or measured on it"),
    (Column("day", "date", required=True),),
    ("day",),
)
OWN = {table.name: table for table in (RESULTS, DAYS)}


def contract(source: Source, name: str) -> Table:
    """The contract of a table of a source: a canonical one, or what the source says of its columns."""
    if name not in OWN:
        return TABLES[name]
    base, roles = OWN[name], source.tables[name].columns
    assert roles is not None
    assigned = [Column("assigned_on", "date", required=True)] if roles.assigned else []
    own = {header: column for column, header in roles.headers.items()}
    numbers = [Column(own[one], "number") for one in roles.numbers]
    labels = [Column(own[one]) for one in roles.labels]
    return replace(base, columns=(*base.columns, *assigned, *numbers, *labels))


def grain(name: str) -> str:
    """What one row of a table is, in the language in use."""
    return say((TABLES | OWN)[name].grain)


def shaped(engine: Engine, source: Source, name: str) -> list[str]:
    """Make `raw_<table>` of `wide_<table>`: its columns under the names of ours. Returns what is missing there."""
    roles = source.tables[name].columns
    assert name in WIDE and roles is not None
    wide = f"wide_{name}"
    found = engine.columns(wide)
    absent = [header for header in roles.headers.values() if header not in found]
    if absent:
        return [_missing(name, header, found) for header in absent]
    listed = [
        f"{_as_day(engine, source, header, found) if own in ('assigned_on', 'day') else identifier(header)} AS {own}"
        for own, header in roles.headers.items()
    ]
    if name == "results" and roles.customer is None:
        listed.insert(0, "CAST(row_number() OVER () AS VARCHAR) AS customer_id")
    engine.run(f"CREATE TABLE raw_{name} AS SELECT {', '.join(listed)} FROM {wide}")
    return []


def _as_day(engine: Engine, source: Source, header: str, found: Mapping[str, str]) -> str:
    """A column of days; of moments that carry their zone, the local day."""
    column = identifier(header)
    if found[header] != ZONED:
        return column
    instant = engine.dialect.without_zone(column)
    return engine.dialect.day_of(instant, source.timezone or "UTC")


def _missing(table: str, header: str, found: Mapping[str, str]) -> str:
    near = nearest(header, found)
    if near:
        return say(
            "{table}: column '{column}' is missing; did you mean '{near}'?",
            table=table, column=header, near=near,
        )  # fmt: skip
    return say(
        "{table}: column '{column}' is missing; there are {columns}.",
        table=table,
        column=header,
        columns=", ".join(list(found)[:12]),
    )
