"""Which rules speak of which contacts, and what people say of the same ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from cs_lib.data.contracts import OWNERS
from cs_lib.data.desk import Desk
from cs_lib.data.engines.base import quote
from cs_lib.metrics.definitions.contacts import REAL
from cs_lib.metrics.queries.needs.codings import first_by_people
from cs_lib.metrics.queries.sql import between, matches, not_available
from cs_lib.params import Scope
from cs_lib.params.attribution import Rule, When
from cs_lib.sentences import say

Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class RuleHits:
    """Contacts by the rules that speak of them: one entry for each set of rules that speak together.

    `hits` has a row for each set and a column for each rule; `coded` has for each owner that people named their
    contacts of each set.
    """

    rules: tuple[tuple[str, str], ...]  # name and owner, in their order
    hits: NDArray[np.bool_]
    counts: Whole
    coded: dict[str, Whole]


def rule_hits(
    desk: Desk, rules: Sequence[Rule], start: date, end: date, scope: Scope | None = None
) -> RuleHits:
    """Every contact opened on some local days, by the rules that speak of it.

    Raises:
        NotAvailable: a rule asks for orders or events, and the source has none.
    """
    for rule in rules:
        _require(desk, rule)
    beside, people = joins(rules), "NULL"
    if desk.has("codings"):
        beside += f" LEFT JOIN ({first_by_people('owner')}) h ON h.contact_id = c.contact_id"
        people = "h.label"
    spoken = conditions(rules)
    keys = ", ".join(str(i + 1) for i in range(len(rules) + 1))
    rows = desk.engine.rows(
        f"SELECT {', '.join([*spoken, people])}, count(*) FROM contacts c{beside}"
        f" WHERE {REAL} AND {matches(scope)} AND {between(desk.day_of('c.opened_at'), start, end)}"
        f" GROUP BY {keys} ORDER BY {keys}"
    )
    place: dict[tuple[bool, ...], int] = {}
    for row in rows:
        place.setdefault(tuple(row[: len(rules)]), len(place))
    counts = np.zeros(len(place), dtype=np.int64)
    coded = {owner: np.zeros(len(place), dtype=np.int64) for owner in OWNERS}
    for row in rows:
        at = place[tuple(row[: len(rules)])]
        counts[at] += row[-1]
        if row[-2] is not None:
            coded[row[-2]][at] += row[-1]
    hits = np.array(list(place), dtype=bool).reshape(len(place), len(rules))
    named = {owner: n for owner, n in coded.items() if n.any()}
    return RuleHits(tuple((rule.name, rule.owner) for rule in rules), hits, counts, named)


def conditions(rules: Sequence[Rule]) -> list[str]:
    """Whether each rule speaks of a contact `c`, beside what `joins` joins, as SQL."""
    stages = _stages(rules)
    return [f"coalesce({_condition(rule.when, stages)}, FALSE)" for rule in rules]


def spoken_for(desk: Desk, rule: Rule) -> bool:
    """Whether the tables that a rule asks for are there."""
    asked = (("orders", rule.when.late_order), ("events", bool(rule.when.steps)))
    return all(desk.has(table) for table, needed in asked if needed)


def _require(desk: Desk, rule: Rule) -> None:
    """Raises NotAvailable when a rule asks for a table that is absent."""
    asked = [("orders", rule.when.late_order), ("events", bool(rule.when.steps))]
    for table, needed in asked:
        if needed and not desk.has(table):
            raise not_available(say("rule {name}", name=rule.name), desk.absent[table])


def joins(rules: Sequence[Rule]) -> str:
    """What contacts are joined with for the rules' conditions."""
    found = ""
    if any(rule.when.late_order for rule in rules):
        found += " LEFT JOIN orders o ON o.order_id = c.order_id"
    if stages := _stages(rules):
        counted = ", ".join(
            f"count(CASE WHEN e.stage = {quote(stage)} THEN 1 END) AS times_{i}"
            for i, stage in enumerate(stages)
        )
        those = ", ".join(map(quote, stages))
        found += (
            f" LEFT JOIN (SELECT e.contact_id, {counted} FROM events e WHERE e.stage IN ({those}) GROUP BY 1) s"
            " ON s.contact_id = c.contact_id"
        )
    return found


def _stages(rules: Sequence[Rule]) -> list[str]:
    """Every stage that a rule counts, in order."""
    return sorted({stage for rule in rules for stage in rule.when.steps})


def _condition(when: When, stages: Sequence[str]) -> str:
    """What must hold for a rule to speak, as SQL."""
    parts = [
        f"c.{column} IN ({', '.join(map(quote, values))})"
        for column, values in when.columns.items()
    ]
    if when.subject_has:
        words = (
            f"position({quote(word.lower())} IN lower(c.subject)) > 0" for word in when.subject_has
        )
        parts.append(f"({' OR '.join(words)})")
    parts += [f"s.times_{stages.index(stage)} >= {n}" for stage, n in sorted(when.steps.items())]
    if when.late_order:
        came = "(o.delivered_at IS NULL OR o.delivered_at > o.promised_at)"
        parts.append(f"o.promised_at < c.opened_at AND {came}")
    return f"({' AND '.join(parts)})"
