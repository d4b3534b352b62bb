"""What a source holds, as far as the settings of a first study rest on it: days, teams, changes, experiments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from cs_lib.data.desk import Desk
from cs_lib.params import safe

MOST_TEAMS = 12


@dataclass(frozen=True, slots=True)
class Experiment:
    """One experiment: customers by variant, the most first, and the first and last day of assignment."""

    name: str
    variants: dict[str, int]
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Logged:
    """One change of the change log: when it went live and ended, what it touched, and the action that it names."""

    name: str
    live: date
    ended: date | None = None
    scope: str = ""
    rollout: str = ""
    ramp_days: float | None = None
    action: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """Days from the first to the last whole one, contacts by team, logged changes, experiments, filled columns.

    `filled` counts the rows of a table in which a column is filled, by (table, column).
    """

    as_of: date
    first: date | None
    last: date
    teams: dict[str, int] = field(default_factory=dict)
    changes: dict[str, Logged] = field(default_factory=dict)
    experiments: list[Experiment] = field(default_factory=list)
    filled: Mapping[tuple[str, str], int] = field(default_factory=dict)
    outcomes: tuple[
        str, ...
    ] = ()  # numbers of a table of results or days that are not known to be from before
    shares: frozenset[str] = frozenset()  # those of them that hold 0 and 1 alone
    dated: bool = True  # whether it is known when customers were assigned


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
    if desk.roles:
        return _own(desk)
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


def _own(desk: Desk) -> Held:
    """What a table of results, or of days, holds."""
    name, roles = next(iter(desk.roles.items()))
    numbers = [safe(one) for one in roles.numbers]
    outcomes = tuple(one for one in numbers if one not in roles.known_before)
    day = {"days": "day", "results": "assigned_on" if roles.assigned else ""}[name]
    span = f"min({day}), max({day})" if day else "NULL, NULL"
    first, last = desk.engine.rows(f"SELECT {span} FROM {name}")[0]
    until = last or desk.observed_until - timedelta(days=1)
    if name == "days":
        return Held(until + timedelta(days=1), first, until, outcomes=outcomes)
    odd = ", ".join(f"count(CASE WHEN {one} NOT IN (0, 1) THEN 1 END)" for one in outcomes)
    counts = desk.engine.rows(f"SELECT {odd} FROM {name}")[0] if outcomes else ()
    shares = {one for one, count in zip(outcomes, counts, strict=True) if not count}
    rows = desk.engine.rows(f"SELECT variant, count(*) FROM {name} GROUP BY 1 ORDER BY 2 DESC, 1")
    test = Experiment("", dict(rows), first or until, until)
    return Held(
        desk.observed_until,
        first,
        until,
        experiments=[test],
        outcomes=outcomes,
        shares=frozenset(shares),
        dated=bool(day),
    )


def _changes(desk: Desk, first: date | None) -> dict[str, Logged]:
    """Logged changes that have contacts before and after them, the latest first."""
    if first is None or not desk.has("flow_changes"):
        return {}
    live, ended = desk.day_of("live_at"), desk.day_of("ended_at")
    rows = desk.engine.rows(
        f"SELECT change_id, {live} AS day, {ended}, coalesce(scope, ''), coalesce(rollout, ''), ramp_days,"
        " coalesce(action, ''), coalesce(name, '') FROM flow_changes ORDER BY day DESC, change_id"
    )
    found = [Logged(*row) for row in rows]
    return {one.name: one for one in found if first < one.live < desk.observed_until}


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
