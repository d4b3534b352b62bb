"""The ways that contacts take: steps, what follows what, and whole ways."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """One kind of step, by its own name in the log where the log has names.

    Attributes:
        name, stage: the log's name, and the canonical stage it was taken as.
        phase: in which phase most of these steps fall.
        events, cases: how many, in how many contacts.
        first, last: contacts that begin, and that end with it.
        repeated: contacts with it more than once.
        self_loops: events that follow the same step directly.
        again_same, again_other: events of a contact that already had the step, done by the same person as the last
            time, or by another; not counted where either person is not named.
    """

    name: str
    stage: str
    phase: str
    events: int
    cases: int
    first: int
    last: int
    repeated: int
    self_loops: int
    again_same: int
    again_other: int


@dataclass(frozen=True, slots=True)
class Edge:
    """One step directly after another: how often, in how many contacts, and the microseconds between, in all."""

    before: str
    after: str
    count: int
    cases: int
    micros: int


@dataclass(frozen=True, slots=True)
class Variant:
    """One whole way, its steps in order, and how many contacts took it."""

    steps: tuple[str, ...]
    cases: int


@dataclass(frozen=True, slots=True)
class Ways:
    """All ways.

    Attributes:
        steps: by events, most first.
        edges: by count, most first; for each step `first` + edges into it = its events = edges out of it + `last`.
        variants: the commonest, at most `MOST_VARIANTS`, most contacts first.
        cases, events: contacts with steps, and their steps.
        different, once: how many ways there are, and how many of them one contact took alone.
        cover_80: how many of the commonest it takes to hold 80 % of the contacts.
    """

    steps: tuple[Step, ...]
    edges: tuple[Edge, ...]
    variants: tuple[Variant, ...]
    cases: int
    events: int
    different: int
    once: int
    cover_80: int
