"""What a log of steps can carry: what is missing in it, out of order, or done by a clock."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LogFacts:
    """Counts over the study's contacts and their steps.

    Attributes:
        contacts, with_steps: contacts, and those with a step.
        strangers: steps (of the whole log) whose contact is not there.
        ties: steps at the very time of the step before them in their contact.
        unordered: those of them that `seq` does not order.
        repeated: steps equal to the one before in contact, time, stage and name.
        early: steps before their contact was opened.
        unfinished: contacts not resolved by the data cut.
        other: steps whose stage is `other`.
        teams, agents, actors: steps that name a team, a person, an actor.
        double: steps with a start of their own (`started_at`) beside their end.
        promised: contacts with `follow_up_due_at`; None where the column is not there.
        asked_back: contacts with a step `follow_up`.
        public: our replies that say whether they were public, of all our replies.
    """

    contacts: int
    with_steps: int
    strangers: int
    events: int
    ties: int
    unordered: int
    repeated: int
    early: int
    unfinished: int
    other: int
    teams: int
    agents: int
    actors: int
    double: int
    promised: int | None
    asked_back: int
    public: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Timer:
    """Times from the last resolution to the closing that lie on one length: a clock closed them, nobody's work.

    Attributes:
        days: the length.
        cases, among: contacts closed by it, and contacts closed after a resolution.
        micros: the time from resolution to closing of all of these, in all.
    """

    days: float
    cases: int
    among: int
    micros: int


@dataclass(frozen=True, slots=True)
class Worked:
    """Work and idle time where steps have a start and an end (bupaR's definitions), microseconds.

    Attributes:
        cases: contacts; throughput_median from first start to last end; processing_mean and idle_mean a contact,
            idle being time of the contact in which no step runs.
        people: by person, idle time between the person's own steps inside the log.
    """

    cases: int
    throughput_median: int
    processing_mean: float
    idle_mean: float
    people: dict[str, int]
