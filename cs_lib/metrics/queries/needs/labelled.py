"""Contacts with the need and the owner that count: people's word first, then the contact's own codes, then rules."""

from __future__ import annotations

from collections.abc import Sequence

from cs_lib.data.desk import Desk
from cs_lib.data.engines.base import quote
from cs_lib.metrics.queries.needs.codings import UNKNOWN, by_people
from cs_lib.metrics.queries.needs.rule_hits import conditions, joins, spoken_for
from cs_lib.params import Scope
from cs_lib.params.attribution import Rule

KEPT = (
    "contact_id",
    "customer_id",
    "status",
    "opened_at",
    "resolved_at",
    "handle_seconds",
    "order_id",
)


def labelled(desk: Desk, rules: Sequence[Rule] = ()) -> str:
    """What to read contacts from, as SQL named `c`: the table itself where nobody coded and no rule can speak.

    A person's coding wins over the codes in a contact, also where the person found no need. A rule speaks only where
    nobody named an owner; rules that ask for a table that is absent are passed over.
    """
    able = [rule for rule in rules if spoken_for(desk, rule)]
    coded = desk.has("codings")
    if not coded and not able:
        return "contacts c"
    own = {name: f"c.{name}" for name in ("need_code", "owner", "root_cause")}
    if coded:
        own = {
            name: f"CASE WHEN h.contact_id IS NOT NULL THEN h.{name} ELSE {sql} END"
            for name, sql in own.items()
        }
    if able:
        said = conditions(able)
        nobody = f"coalesce({own['owner']}, {quote(UNKNOWN)}) = {quote(UNKNOWN)}"
        by_rule = {
            "owner": [(sql, quote(rule.owner)) for rule, sql in zip(able, said, strict=True)],
            "root_cause": [
                (sql, quote(rule.root_cause) if rule.root_cause else "NULL")
                for rule, sql in zip(able, said, strict=True)
            ],
        }
        for name, whens in by_rule.items():
            cases = " ".join(f"WHEN {sql} THEN {value}" for sql, value in whens)
            own[name] = (
                f"CASE WHEN {nobody} THEN CASE {cases} ELSE {own[name]} END ELSE {own[name]} END"
            )
    others = [name for name in dict.fromkeys((*KEPT, *Scope.COLUMNS)) if name not in own]
    columns = [
        *(f"c.{name}" for name in others),
        *(f"{sql} AS {name}" for name, sql in own.items()),
    ]
    people = (
        f" LEFT JOIN ({by_people()}) h ON h.contact_id = c.contact_id AND h.turn = 1"
        if coded
        else ""
    )
    return f"(SELECT {', '.join(columns)} FROM contacts c{people}{joins(able)}) c"
