"""The house: agents of teams, and the tables of agents, teams, calendars and the change log."""

from __future__ import annotations

import numpy as np

from cs_lib.data.simulate.columns import Array, Columns, make_ids
from cs_lib.data.simulate.world import World

OPENING = {"round_the_clock": ("00:00", "24:00"), "extended_day": ("09:00", "21:00")}


def pick_agent(world: World, team: Array) -> Array:
    """A random agent of each team."""
    counts = np.array([t.agents for t in world.plan.teams])
    firsts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    number = np.floor(world.rng.random(len(team)) * counts[team]).astype(np.int64)
    return np.asarray(firsts[team] + number)


def agent_columns(world: World) -> Columns:
    """Agents by code; the virtual assistant is the only bot."""
    team = world.desk.agent_team
    names = np.array([t.team_id for t in world.plan.teams], dtype=object)
    tier = np.array([t.tier for t in world.plan.teams])[team]
    return {
        "agent_id": make_ids("A", len(team), 3),
        "team_id": names[team],
        "kind": np.where(tier == 0, "bot", "human").astype(object),
        "hired_at": world.desk.hired,
        "cost_per_hour": world.desk.cost_per_hour,
    }


def team_columns(world: World, timezone: str) -> Columns:
    """Teams with tier and calendar."""
    teams = world.plan.teams
    return {
        "team_id": np.array([t.team_id for t in teams], dtype=object),
        "name": np.array([t.name for t in teams], dtype=object),
        "tier": np.array([t.tier for t in teams]),
        "timezone": np.full(len(teams), timezone, dtype=object),
        "calendar_id": np.array([t.calendar_id for t in teams], dtype=object),
    }


def calendar_columns() -> Columns:
    """Opening hours by weekday (Monday = 0), local time."""
    rows = [(name, day, *hours) for name, hours in OPENING.items() for day in range(7)]
    names, days, opens, closes = zip(*rows, strict=True)
    return {
        "calendar_id": np.array(names, dtype=object),
        "weekday": np.array(days),
        "open": np.array(opens, dtype=object),
        "close": np.array(closes, dtype=object),
    }


def change_columns(world: World) -> Columns:
    """The change log; every change is still live."""
    changes = world.plan.changes
    live = [world.live(c.change_id) for c in changes]
    texts = {
        name: np.array([getattr(c, name) for c in changes], dtype=object)
        for name in ("change_id", "name", "kind", "scope", "primary_metric",
                     "expected_direction", "owner", "comparison_scope")
    }  # fmt: skip
    staged = ["staged" if c.ramp_days else "all_at_once" for c in changes]
    return {
        **texts,
        "live_at": np.array(live, dtype=float),
        "ended_at": np.full(len(changes), np.nan),
        "rollout": np.array(staged, dtype=object),
        "ramp_days": np.array([c.ramp_days for c in changes]),
    }
