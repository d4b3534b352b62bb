"""A log with a row for the start of a step and one for its end becomes one row a step."""

from __future__ import annotations

from collections.abc import Sequence

from cs_lib.data.engines.base import identifier, quote
from cs_lib.data.guess.columns import Asked
from cs_lib.data.guess.records import ColumnGuess, TableGuess
from cs_lib.data.guess.words import ENDED, INSTANCE, LIFECYCLE, STARTED, squeezed

MERGED = ("ts", "seq")  # what differs between the two rows of a step


def paired(asked: Asked, events: TableGuess, headers: Sequence[str]) -> None:
    """Starts and ends put together by the number of the step; told where the rows have no such number."""
    sides = _sides(asked, headers)
    time = events.of("ts")
    if sides is None or time is None or events.of("started_at"):
        return
    header, started, ended = sides
    number = next((h for h in headers if squeezed(h) in INSTANCE), None)
    if number is None:
        events.caveats.append(("start_and_end_apart", {"header": header}))
        return
    kept = [one.header for one in events.columns if one.column not in MERGED and one.header]
    events.group_by = ", ".join(map(identifier, dict.fromkeys([number, *kept])))
    stamp = as_stamp(asked, time)
    facts = {"header": header, "number": number}
    start = ColumnGuess(
        "started_at", local=time.local, zone=time.zone, why=[("start_of_step", facts)]
    )
    start.expression = f"min({stamp}) FILTER (WHERE {identifier(header)} IN ({_listed(started)}))"
    end = f"max({stamp}) FILTER (WHERE {identifier(header)} IN ({_listed(ended)}))"
    # A step without an end has ended, for all that is known, with its last row.
    time.expression = f"coalesce({end}, max({stamp}))"
    time.why.append(("end_of_step", facts))
    order = events.of("seq")
    if order and order.header:
        order.expression = f"max({identifier(order.header)})"
    events.columns.append(start)


def as_stamp(asked: Asked, step: ColumnGuess) -> str:
    """The time of a step as a stamp: a text would be ordered by its letters."""
    name = identifier(step.header)
    if step.form or step.open or asked.kinds[step.header] != "VARCHAR":
        return name
    return f"CAST({name} AS {'TIMESTAMP' if step.local else 'TIMESTAMPTZ'})"


def _sides(asked: Asked, headers: Sequence[str]) -> tuple[str, list[str], list[str]] | None:
    """The column that tells starts from ends, and its values for either."""
    for header in headers:
        if squeezed(header) not in LIFECYCLE:
            continue
        values = list(asked.codes(header) or ())
        started = [v for v in values if squeezed(v) in STARTED]
        ended = [v for v in values if squeezed(v) in ENDED]
        if started and ended:
            return header, started, ended
    return None


def _listed(values: Sequence[str]) -> str:
    return ", ".join(map(quote, values))
