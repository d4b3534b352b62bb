"""What must be told of a table that is sound: readings that were taken although another one is possible."""

from __future__ import annotations

from cs_lib.data.contracts import Table
from cs_lib.data.facts import TableFacts
from cs_lib.language import say
from cs_lib.params import Source, TableSpec
from cs_lib.wording import counted


def noted(source: Source, table: Table, facts: TableFacts) -> list[str]:
    """One sentence for each column with stamps in an hour that clocks moved, or decimals that may be thousands."""
    named = source.tables.get(table.name) or TableSpec()
    said = []
    for name, column in facts.columns.items():
        if column.unclear:
            zone = named.zones.get(name) or named.timezone or source.timezone
            said.append(
                say(
                    "{table}: {column} has {stamps} in an hour that the clocks of {zone} left out or had twice (first: "
                    "{first}); the later reading is taken, and what lies before one of them only because the clocks "
                    "were moved counts as the same moment.",
                    table=table.name,
                    stamps=counted(column.unclear, "stamp"),
                    column=name,
                    zone=zone,
                    first=column.unclear_first,
                )
            )
        if column.grouped:
            said.append(
                say(
                    "{table}: each of the {rows} with a dot in {column} has three digits after it (like 1.234); they "
                    "are read as decimals. If they are thousands, set `thousands: '.'` for its file; if not, "
                    "`decimal: '.'` says so.",
                    table=table.name,
                    rows=counted(column.grouped, "row"),
                    column=name,
                )
            )
    return said
