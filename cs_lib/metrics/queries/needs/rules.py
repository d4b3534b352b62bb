"""What rules ask of a contact, as SQL: whether each speaks, and the tables that are joined for it."""

from __future__ import annotations

from collections.abc import Sequence

from cs_lib.data.desk import Desk
from cs_lib.data.engines.base import quote
from cs_lib.params.attribution import Rule, When


def conditions(rules: Sequence[Rule]) -> list[str]:
    """Whether each rule speaks of a contact `c`, beside what `joins` joins, as SQL."""
    stages = _stages(rules)
    return [f"coalesce({_condition(rule.when, stages)}, FALSE)" for rule in rules]


def spoken_for(desk: Desk, rule: Rule) -> bool:
    """Whether the tables that a rule asks for are there."""
    asked = (("orders", rule.when.late_order), ("events", bool(rule.when.steps)))
    return all(desk.has(table) for table, needed in asked if needed)


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
