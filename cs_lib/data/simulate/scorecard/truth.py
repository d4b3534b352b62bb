"""The planted truths of the story about the scorecard, as records."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cs_lib.data.simulate.scorecard.plan import Assurance, Measure

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class HeadlineTruth:
    """Orders with a problem per 1,000 orders placed: a contact about the order within so many days of it.

    Contacts that are withdrawn, merged or spam do not count. Expectations over who writes, given when
    the orders of this desk were placed, promised and delivered: of all its orders, had the product fix
    never been there or always. Both are the same on a desk without it.
    """

    change_id: str
    live_at: pd.Timestamp  # naive UTC; not a time when the log has no such change
    before_7d: float
    after_7d: float
    before_30d: float
    after_30d: float


@dataclass(frozen=True, slots=True)
class BottleneckTruth:
    """The team whose contacts take longer: `factor` on first response and on resolution of each.

    Acts on contacts opened from `live_at` whose `team_id` it is, calendar clock.
    """

    team_id: str
    live_at: pd.Timestamp  # naive UTC
    factor: float
    first_case_at: pd.Timestamp  # opening of the first of these contacts
    contacts: int  # not withdrawn
    contact_share: float  # of all contacts from that day on that people worked and nobody withdrew


@dataclass(frozen=True, slots=True)
class ServiceLevelTruth:
    """The share of contacts within the hours of a target, in expectation over durations.

    Given who wrote when about what. Withdrawn, merged and spam left out; first response without
    contacts that a bot alone handled, resolution with them. `assurance` holds before the bottleneck.
    """

    name: str
    measure: Measure
    hours: float
    goal: float
    assurance: Assurance
    before: float  # contacts opened before the bottleneck; all on a desk without it
    after: float  # the same as `before` on a desk without it


@dataclass(frozen=True, slots=True)
class ScorecardTruth:
    """All of the story.

    `weeks` has one row per whole week, counted backwards from the cut: `week` (its first local day),
    `orders` placed, expected `problems_7d` and `problems_30d` per 1,000 of them (had all been observed
    so long), `contacts` opened, and the expected share of each service level by its name.
    """

    headline: HeadlineTruth
    bottleneck: BottleneckTruth | None
    service_levels: tuple[ServiceLevelTruth, ...]
    special_days: tuple[dt.date, ...]  # holidays and sales, on which the market is not as usual
    weeks: pd.DataFrame

    def service_level(self, name: str) -> ServiceLevelTruth:
        """One service level by name."""
        return next(s for s in self.service_levels if s.name == name)
