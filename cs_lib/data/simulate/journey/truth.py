"""The planted truths of the story about the journey, as records. Satisfaction is the share of scores of 4 and 5."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pandas as pd

Pain = Literal["chase", "second_handoff", "missed_follow_up"]


@dataclass(frozen=True, slots=True)
class GapTruth:
    """What a survey is expected to show: satisfaction of those hit less that of the others, among who answers.

    Expectations over who is asked, scores and answers, given the contacts of this desk. `within` compares
    inside cells of need as coded and fifth of the time from opening to resolution, weighted by the
    expected answers of those hit; cells without others are left out.
    """

    raw: float
    within: float


@dataclass(frozen=True, slots=True)
class PainTruth:
    """One pain. Its population: resolved contacts, not merged, spam or cancelled.

    Of `missed_follow_up` only those of them with a promise that was due before the cut. `effect` is the
    mean difference, over the contacts hit, that the pain itself makes: the same contact with the same times
    and all else, without it; `effect_answered` is that among those who answer.
    """

    kind: Pain
    latent_shift: float  # points on the 1-5 scale before rounding
    population: int
    contacts: int  # hit
    customers: int  # of these contacts, without anonymous ones
    owners: dict[str, int]  # of these contacts, as coded
    expected_share: float  # of the population, by the planted chances
    effect: float
    effect_answered: float
    gap: GapTruth


@dataclass(frozen=True, slots=True)
class DecoyTruth:
    """Contacts that waited on the customer: no effect is planted, need and duration make the gap."""

    stage: str
    population: int
    contacts: int
    expected_share: float
    effect: float
    gap: GapTruth


@dataclass(frozen=True, slots=True)
class QueueTruth:
    """The team whose contacts wait longer, from creation and from the queue, for being picked up.

    Counts contacts opened from `live_at` on that people of the team picked up first before the cut,
    withdrawn ones too.
    """

    team_id: str
    live_at: pd.Timestamp
    factor: float
    contacts: int
    median_hours: float  # from opening to pick-up
    median_hours_without: float  # the same contacts at a factor of 1
    hours_added: float  # over all of them


@dataclass(frozen=True, slots=True)
class JourneyTruth:
    """All of the story. Counts are of resolved contacts, not merged, spam or cancelled.

    `chases` by when (some in both), `handoffs` by the teams that a contact went through, `promises` due
    before the cut by what became of them.
    """

    pains: tuple[PainTruth, ...]
    decoy: DecoyTruth
    queue: QueueTruth
    chases: dict[str, int]
    handoffs: dict[str, int]
    promises: dict[str, int]

    def pain(self, kind: Pain) -> PainTruth:
        """One pain by kind."""
        return next(p for p in self.pains if p.kind == kind)
