"""Does the event log agree with itself and with the contacts it is about?"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class EventLog:
    """The event log of all contacts, in numbers.

    Attributes:
        rows, cases: events, and contacts that have any.
        repeats: events beyond the first of the same contact, activity and stamp.
        ties: events beyond the first of the same contact and stamp.
        against: contacts that contradict their events, by code (see `AGAINST`).
        among: contacts that could have, by the same code.
        examples: one contact id by code.
        people: events that close or resolve, by agent: the largest first, as (agent_id, events).
        work: all events that close or resolve and name an agent.
    """

    rows: int
    cases: int
    repeats: int
    ties: int
    against: dict[str, int] = field(default_factory=dict)
    among: dict[str, int] = field(default_factory=dict)
    examples: dict[str, str] = field(default_factory=dict)
    people: tuple[tuple[str, int], ...] = ()
    work: int = 0


AGAINST = (
    "before_opening",  # an event lies before the contact was opened
    "starts_with_end",  # the first event is a completion
    "no_event",  # a worked contact without any event, though others have them
    "resolved_unlogged",  # resolved_at is there, a resolved event is not, though others have it
    "resolved_too_early",  # resolved_at lies before the last resolved event: the first close was taken
    "reopened_unlogged",  # resolved twice without a reopening between
    "answer_unlogged",  # first_response_at without a public reply of a person or bot at that time
)
