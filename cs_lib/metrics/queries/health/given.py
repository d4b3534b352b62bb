"""To whom perks were given: by chance or not, and how far their contacts had come by then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from cs_lib.data.desk import Desk
from cs_lib.metrics.queries.trust.looked_at import some_seconds

MOST_EXPERIMENTS = 50


@dataclass(frozen=True, slots=True)
class Given:
    """One experiment; of very many assignments some are looked at.

    Attributes:
        experiment: its id.
        assigned: customers assigned, to whatever.
        perked: those assigned to a perk (its kind is not `none`; where no kind is known, one was delivered).
        contacts: those whose contact that led to it is known.
        resolved: of these, contacts that were resolved by then.
        first, last: local days of assignment.
    """

    experiment: str
    assigned: int
    perked: int
    contacts: int
    resolved: int
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Perks:
    """Experiments, the largest first, and the complaints of the source: all, and those ever resolved."""

    given: tuple[Given, ...] = ()
    complaints: int = 0
    resolved: int = 0


def perks(desk: Desk) -> Perks:
    """What the table of assignments tells of who was given a perk; nothing without it."""
    if not desk.rows.get("perk_assignments"):
        return Perks()
    facts, micros = desk.facts["perk_assignments"], desk.engine.dialect.micros
    kind, delivered = (facts.of(name).filled for name in ("perk_kind", "delivered_at"))
    perked = (
        "coalesce(a.perk_kind, 'none') <> 'none'"
        if kind
        else "a.delivered_at IS NOT NULL"
        if delivered
        else "TRUE"
    )
    known = bool(desk.rows.get("contacts")) and facts.of("contact_id").filled
    join = " LEFT JOIN contacts k ON k.contact_id = a.contact_id" if known else ""
    led = "k.contact_id" if known else "NULL"
    done = f"{micros('k.resolved_at')} <= {micros('a.assigned_at')}" if known else "FALSE"
    day, some = (
        desk.day_of("a.assigned_at"),
        some_seconds(micros("a.assigned_at"), desk.rows["perk_assignments"]),
    )
    rows = desk.engine.rows(
        f"SELECT a.experiment_id, count(*), count(CASE WHEN {perked} THEN 1 END), count({led}),"
        f" count(CASE WHEN {done} THEN 1 END), min({day}), max({day}) FROM perk_assignments a{join}"
        f" WHERE {some} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {MOST_EXPERIMENTS}"
    )
    every = ended = 0
    if known and desk.facts["contacts"].of("is_complaint").filled:
        counted = "SELECT count(*), count(resolved_at) FROM contacts WHERE is_complaint"
        [(every, ended)] = desk.engine.rows(counted)
    return Perks(tuple(Given(*row) for row in rows), every, ended)
