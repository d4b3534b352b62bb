"""What every step of the simulation needs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cs_lib.data.simulate.columns import DAY, Array
from cs_lib.data.simulate.demand import Clock
from cs_lib.data.simulate.plan import Plan


@dataclass(frozen=True, slots=True)
class Desk:
    """Staff by number, and the daily log duration shock that all teams share."""

    agent_team: Array
    cost_per_hour: Array
    hired: Array
    shock: Array


@dataclass(frozen=True, slots=True)
class World:
    """The plan, the demand clock, the desk and the random generator.

    The test that randomised agents draws from `aside` alone, and what a story adds to the usual desk
    from `apart`, so that nothing else changes with them.
    """

    plan: Plan
    clock: Clock
    desk: Desk
    rng: np.random.Generator
    aside: np.random.Generator
    apart: np.random.Generator

    def need(self, code: str) -> int:
        """Row number of a need."""
        return [n.code for n in self.plan.needs].index(code)

    def live(self, change_id: str) -> float:
        """Local midnight at which a change went live, in seconds; never when the log lacks it."""
        days = self.clock.days - self.clock.lead
        shares = [c.live_share for c in self.plan.changes if c.change_id == change_id]
        return self.clock.begin + round(shares[0] * days) * DAY if shares else float("inf")
