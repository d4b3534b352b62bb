"""What a study of the journey came to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from cs_lib.diagnosis.from_evidence import FromEvidence
from cs_lib.metrics.journey_map import JourneyEvidence
from cs_lib.metrics.queries.journey.pains import Pain, Sort
from cs_lib.metrics.queries.journey.phases import Holder, Phase
from cs_lib.params.journey_map import JourneyMap
from cs_lib.results import Check, Decision, Record

MICROS_AN_HOUR = 3_600_000_000


@dataclass(frozen=True, slots=True, repr=False)
class Gap(Record):
    """How much less often customers who were hit are satisfied: a difference of shares, below zero is worse."""

    value: float
    low: float
    high: float
    pvalue: float


@dataclass(frozen=True, slots=True, repr=False)
class Satisfied(Record):
    """The share of satisfied ones among those who answered, with its interval (Wilson)."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, repr=False)
class PainFinding(Record):
    """One pain on the way.

    Attributes:
        pain, sort, phase: its code, what sort of pain it is, and where on the way it lies.
        possible, hit: contacts that could have been hit, and that were; `customers` of these a month.
        severity: median of those hit: hours of the wait, or handoffs; None where nothing can be measured.
        threshold: hours from which a wait counts as long; None for other pains; `by_target` when the settings say so.
        offered, answered: of those hit, surveys offered and answered.
        raw: the gap in satisfaction as it is; `within` the same within need and time to resolution. None where too
            few answered.
        covered: the share of the answers of those hit that have somebody to be compared with.
        size: satisfied customers that it may cost a month, with interval; None without a gap.
        found: whether the gap within is beyond chance among all pains tested, and large enough.
        owner: who can end it; `team` the team that most of those hit were with, where one has most of them.
        back: the share of those hit who come back within 30 days, and of the others; None where that is not known.
    """

    pain: Pain
    sort: Sort
    phase: Phase
    possible: int
    hit: int
    customers: float
    severity: float | None
    threshold: float | None
    by_target: bool
    offered: int
    answered: int
    raw: Gap | None
    within: Gap | None
    covered: float
    size: float | None
    size_low: float | None
    size_high: float | None
    found: bool
    owner: str
    team: str | None
    metric: str
    back: tuple[float, float] | None

    @property
    def share(self) -> float:
        """Contacts hit of those that could have been."""
        return self.hit / self.possible if self.possible else 0.0

    @property
    def response_rate(self) -> float:
        """Surveys answered of those offered, of contacts that were hit; not a number without any."""
        return self.answered / self.offered if self.offered else float("nan")


@dataclass(frozen=True, slots=True, repr=False)
class Timers(Record):
    """Closings that lie on a few lengths of time: a clock closed them, nobody's work.

    Attributes:
        days: the lengths, the commonest first.
        cases, among: contacts closed by them, and contacts closed after a resolution.
        hours: from resolution to closing, of all of these together.
    """

    days: tuple[float, ...]
    cases: int
    among: int
    hours: float


@dataclass(frozen=True, slots=True, repr=False)
class Held(Record):
    """Hours in one phase, by who held the contacts."""

    phase: Phase
    hours: dict[Holder, float]

    @property
    def total(self) -> float:
        """All hours of the phase."""
        return sum(self.hours.values())


@dataclass(frozen=True, slots=True, repr=False)
class Trait(Record):
    """What slow contacts have more or less often than fast ones; `ratio` of the shares with its interval."""

    of: str
    value: str
    slow: float
    fast: float
    ratio: float
    low: float
    high: float
    qvalue: float


@dataclass(frozen=True, slots=True, repr=False)
class Shift(Record):
    """A wait that is longer, or shorter, for good from a week on; `ratio` of the level after and before."""

    phase: Phase
    team: str | None
    week: date
    ratio: float
    pvalue: float


@dataclass(frozen=True, slots=True, repr=False)
class Action(Record):
    """What to do about one pain, as far as a change log and a study can begin with it."""

    id: str
    pain: Pain
    owner: str
    metric: str
    scope: dict[str, tuple[str, ...]]
    contacts: int


@dataclass(frozen=True, slots=True, repr=False)
class JourneyResult(FromEvidence):
    """Where it hurts. `evidence` holds what the figures draw."""

    study: JourneyMap
    metrics: dict[str, Any]  # there are none; every answer has the field
    currency: str
    checks: tuple[Check, ...]
    decision: Decision
    pains: tuple[PainFinding, ...]  # those found first, then the others, the largest first
    satisfied: dict[str, Satisfied]  # by phase, where somebody answered
    held: tuple[Held, ...]
    timers: Timers | None
    traits: tuple[Trait, ...]
    shifts: tuple[Shift, ...]
    actions: tuple[Action, ...]
    evidence: JourneyEvidence

    @property
    def found(self) -> tuple[PainFinding, ...]:
        """Pains that are told as such, the worst first."""
        return tuple(one for one in self.pains if one.found)


def months_of(evidence: JourneyEvidence) -> float:
    """Months of the study, of 365.25 / 12 days."""
    return ((evidence.end - evidence.start).days + 1) * 12 / 365.25


def in_hours(micros: int | None) -> float | None:
    """Microseconds as hours."""
    return None if micros is None else micros / MICROS_AN_HOUR
