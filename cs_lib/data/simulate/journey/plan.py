"""What the story about the journey plants. Shares are 0..1, shifts are points of latent satisfaction (1-5)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChasePlan:
    """Customers who write again, twice at least, before we have written.

    The chance within a silence of h hours is most x (1 - exp(-h / hours)): before the first answer, and
    while a person works on it.
    """

    answer_most: float = 0.55
    answer_hours: float = 8.0
    work_most: float = 0.13
    work_hours: float = 12.0
    third_share: float = 0.25  # of those who chase during the work: a third message
    shift: float = -0.50


@dataclass(frozen=True, slots=True)
class HandoffPlan:
    """Contacts that reach the wrong team are handed on, some of them again, some once more."""

    first_share: float = 0.15
    misrouted_first_share: float = 0.75  # of the need that is about being sent to the wrong team
    again_share: float = 0.28  # of contacts handed on: a second time
    third_share: float = 0.20  # of these: a third time, to and fro between two teams
    back_share: float = 0.50  # of those handed on twice: back to the first team
    shift: float = -0.80  # from the second handoff on, however many there are


@dataclass(frozen=True, slots=True)
class PromisePlan:
    """At the resolution of a complaint a person may promise to call until six in the evening two days later.

    All surveys of the story are offered after that, and after the calls that come late.
    """

    promised_share: float = 0.42  # of resolved complaints that a person worked
    late_share: float = 0.15  # of promises: kept within a day after the due time
    missed_share: float = 0.28
    unpromised_call_share: float = 0.15  # of the other resolved complaints
    due_days: int = 2
    due_hour: int = 18
    shift: float = -0.68  # of those missed; a late call moves nothing


@dataclass(frozen=True, slots=True)
class QueuePlan:
    """One team whose contacts wait longer for being picked up, from a date on."""

    team_id: str = "T03"
    live_share: float = 0.60  # of the period
    factor: float = 3.0


@dataclass(frozen=True, slots=True)
class WaitPlan:
    """The decoy: waiting on others does nothing, but what is hard and long waits more.

    The chance rises from none at `from_hours` of resolution time to its most at `to_hours`, in logs.
    Needs are hard whose median of hours to resolution is at least `hard_hours`.
    """

    hard_hours: float = 14.0
    hard_shift: float = -0.60  # of satisfaction with a hard need, waited or not
    hard_share: float = 0.60
    easy_share: float = 0.20
    from_hours: float = 2.0
    to_hours: float = 24.0


@dataclass(frozen=True, slots=True)
class StepPlan:
    """Steps that carry no pain. Shares are of contacts that a person worked, unless the name says otherwise."""

    added_share: float = 0.06  # one more message from the customer before the first answer
    started_share: float = 0.60  # work is begun by whoever took it
    taken_up_share: float = 0.80  # of handoffs: the next team begins work
    repeat_share: float = 0.14  # the same agent begins work again
    redo_share: float = 0.07  # a colleague of the same team begins it again


@dataclass(frozen=True, slots=True)
class JourneyPlan:
    """All of the story."""

    chases: ChasePlan = ChasePlan()
    handoffs: HandoffPlan = HandoffPlan()
    promises: PromisePlan = PromisePlan()
    queue: QueuePlan = QueuePlan()
    waits: WaitPlan = WaitPlan()
    steps: StepPlan = StepPlan()
