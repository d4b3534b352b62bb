"""Contacts made from a log of their steps, where no file holds contacts."""

from __future__ import annotations

from cs_lib.data.engines.base import identifier, quote
from cs_lib.data.guess.columns import Asked
from cs_lib.data.guess.records import Choices, ColumnGuess, Reason, TableGuess
from cs_lib.data.guess.tables import by_header
from cs_lib.data.guess.two_rows import as_stamp

OF_A_CASE = ("customer_id", "issue", "priority", "team_id", "product_id", "order_id")


def contacts_of(asked: Asked, events: TableGuess, choices: Choices) -> TableGuess:
    """One contact a case: opened at its first step, resolved at the last step that resolves it."""
    case, step, stage = (events.of(name) for name in ("contact_id", "ts", "stage"))
    if case is None or step is None or stage is None:
        raise ValueError("a log has a case, a time and a step")
    stamp = as_stamp(asked, step)
    ends = {
        code: [v for v, meant in _codes(asked, stage).items() if meant == code]
        for code in ("resolved", "closed")
    }
    made: Reason = ("from_events", {"header": case.header})
    found = TableGuess("contacts", events.files, [], why=[made], caveats=[made])
    found.group_by = identifier(case.header)
    found.columns.append(
        ColumnGuess("contact_id", case.header, why=[("header", {"header": case.header})])
    )
    found.columns.append(
        _made("opened_at", f"min({stamp})", step, ("first_step", {"header": step.header}))
    )
    for code in [code for code, words in ends.items() if words]:
        when = f"{identifier(stage.header)} IN ({', '.join(map(quote, ends[code]))})"
        why: Reason = ("last_step", {"values": ", ".join(ends[code])})
        found.columns.append(_made(f"{code}_at", f"max({stamp}) FILTER (WHERE {when})", step, why))
    found.columns.append(_status(stage, ends))
    if not any(ends.values()):
        found.caveats.append(("no_status", {"headers": ""}))
    order = events.of("seq")
    others = [name for name in asked.kinds if order is None or name != order.header]
    for column, headers in by_header("contacts", others, choices).items():
        if column in OF_A_CASE and asked.count(headers[0])[0]:
            value = identifier(headers[0])
            expression = f"arg_min({value}, ({stamp}, {value}))"
            found.columns.append(
                ColumnGuess(
                    column, expression=expression, why=[("first_value", {"header": headers[0]})]
                )
            )
    return found


def _codes(asked: Asked, stage: ColumnGuess) -> dict[str, str]:
    """What each value of the steps means, those that are called so already among them."""
    values = asked.codes(stage.header) or {}
    return {value: stage.codes.get(value, value) for value in values}


def _made(column: str, expression: str, step: ColumnGuess, why: Reason) -> ColumnGuess:
    return ColumnGuess(column, expression=expression, why=[why], local=step.local, zone=step.zone)


def _status(stage: ColumnGuess, ends: dict[str, list[str]]) -> ColumnGuess:
    """The farthest a case came."""
    whens = [
        f"WHEN count(*) FILTER (WHERE {identifier(stage.header)} IN ({', '.join(map(quote, ends[code]))})) > 0"
        f" THEN '{code}'"
        for code in ("closed", "resolved")
        if ends[code]
    ]
    expression = f"CASE {' '.join(whens)} ELSE 'open' END" if whens else "'open'"
    return ColumnGuess("status", expression=expression, why=[("status_by_steps", {})])
