"""What the story about the scorecard plants. Shares are 0..1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Measure = Literal["first_response", "resolution"]
Assurance = Literal["passes", "hit_and_miss", "fails"]

FIRST_DAY = "2024-07-01"  # a Monday
DAYS = 728  # whole weeks: a year to learn from and a year to watch


@dataclass(frozen=True, slots=True)
class Target:
    """A service level: the share of contacts that should be within the hours, and how that turns out."""

    name: str
    measure: Measure
    hours: float
    goal: float
    assurance: Assurance  # of the weekly share against the goal, by construction


TARGETS = (
    Target("first_response_1h", "first_response", 1.0, 0.76, "hit_and_miss"),
    Target("first_response_4h", "first_response", 4.0, 0.80, "passes"),
    Target("resolution_24h", "resolution", 24.0, 0.90, "fails"),
)


@dataclass(frozen=True, slots=True)
class Bottleneck:
    """One team that takes longer for everything from a date on; the change log knows nothing of it."""

    team_id: str
    live_share: float  # of the period
    factor: float  # on first response and resolution


@dataclass(frozen=True, slots=True)
class ScorecardPlan:
    """All of the story; without a bottleneck on quiet desks."""

    targets: tuple[Target, ...] = TARGETS
    bottleneck: Bottleneck | None = None
