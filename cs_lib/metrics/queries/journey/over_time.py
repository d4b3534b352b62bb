"""The waits of each phase over the weeks, and what slow contacts have that fast ones have not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cs_lib.metrics.queries.journey.phases import Phase


@dataclass(frozen=True, slots=True)
class WeeklyWait:
    """Time of contacts in one phase, by the week of their opening, of one team or of all.

    Attributes:
        team: the team that the contact was first with; None for all.
        weeks: the first day of each, in order (`datetime64[D]`); the last week ends with the study.
        cases, median, p90: contacts, and microseconds in the phase; -1 where the week has none.
    """

    phase: Phase
    team: str | None
    weeks: NDArray[np.datetime64]
    cases: NDArray[np.int64]
    median: NDArray[np.int64]
    p90: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Feature:
    """Contacts with one trait among the slow fifth and among the fast fifth of resolved ones.

    `of` is what kind of trait: need_code, channel, team_id, priority, product_id, or step (the log's name of a step
    that the contact has at least once); `value` which.
    """

    of: str
    value: str
    slow: int
    fast: int


@dataclass(frozen=True, slots=True)
class SlowAndFast:
    """The slow fifth and the fast fifth of resolved contacts, by time to resolution, and what they have."""

    slow: int
    fast: int
    slow_from: int  # microseconds
    fast_to: int
    features: tuple[Feature, ...]
