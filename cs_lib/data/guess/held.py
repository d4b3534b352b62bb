"""What a source holds, as far as the settings of a first study rest on it: days, teams, changes, experiments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from cs_lib.data.desk import Desk

MOST_TEAMS = 12


@dataclass(frozen=True, slots=True)
class Experiment:
    """One experiment: customers by variant, the most first, and the first and last day of assignment."""

    name: str
    variants: dict[str, int]
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Held:
    """Days from the first to the last whole one, contacts by team, logged changes, experiments, filled columns.

    `filled` counts the rows of a table in which a column is filled, by (table, column).
    """

    as_of: date
    first: date | None
    last: date
    teams: dict[str, int] = field(default_factory=dict)
    changes: dict[str, date] = field(default_factory=dict)
    experiments: list[Experiment] = field(default_factory=list)
    filled: Mapping[tuple[str, str], int] = field(default_factory=dict)


def held(desk: Desk) -> Held:
    """What a desk holds before its cut."""
    filled = {
        (table, column): desk.engine.rows(f"SELECT count({column}) FROM {table}")[0][0]
        for table, column in (
            ("contacts", "customer_id"), ("contacts", "first_response_at"), ("contacts", "resolved_at"),
            ("orders", "order_id"), ("visits", "visited_at"),
        )
        if desk.has(table)
    }  # fmt: skip
    last = desk.observed_until - timedelta(days=1)
    first, teams = None, dict[str, int]()
    if desk.has("contacts"):
        first = desk.engine.rows(f"SELECT min({desk.day_of('opened_at')}) FROM contacts")[0][0]
        teams = dict(
            desk.engine.rows(
                "SELECT team_id, count(*) AS n FROM contacts WHERE team_id IS NOT NULL"
                f" GROUP BY team_id ORDER BY n DESC, team_id LIMIT {MOST_TEAMS}"
            )
        )
    return Held(
        desk.observed_until, first, last, teams, _changes(desk, first), _experiments(desk), filled
    )


def _changes(desk: Desk, first: date | None) -> dict[str, date]:
    """Logged changes that have contacts before and after them, the latest first."""
    if first is None or not desk.has("flow_changes"):
        return {}
    day = desk.day_of("live_at")
    rows = desk.engine.rows(
        f"SELECT change_id, {day} AS day FROM flow_changes ORDER BY day DESC, change_id"
    )
    return {name: day for name, day in rows if day and first < day < desk.observed_until}


def _experiments(desk: Desk) -> list[Experiment]:
    """Experiments with what they assigned, the largest first."""
    if not desk.has("perk_assignments"):
        return []
    day = desk.day_of("assigned_at")
    rows = desk.engine.rows(
        f"SELECT experiment_id, variant, count(*), min({day}), max({day}) FROM perk_assignments"
        " GROUP BY experiment_id, variant ORDER BY count(*) DESC, variant"
    )
    found = {}
    for name in dict.fromkeys(row[0] for row in rows):
        own = [row[1:] for row in rows if row[0] == name]
        variants = {variant: number for variant, number, *_ in own}
        found[name] = Experiment(
            name, variants, min(row[2] for row in own), max(row[3] for row in own)
        )
    return sorted(found.values(), key=lambda one: (-sum(one.variants.values()), one.name))
