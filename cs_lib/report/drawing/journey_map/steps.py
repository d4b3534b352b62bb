"""What the drawing of ways shows: the usual steps in order, and the detours between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MOST_STEPS = 9


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the usual path, with what goes straight on from it and what ends at it, as shares of all contacts."""

    name: str
    count: str
    on: float = 0.0
    on_text: str = ""
    ends: float = 0.0
    ends_text: str = ""


@dataclass(frozen=True, slots=True)
class Detour:
    """Contacts that go from a step to one that is not the next: back, to itself, or past some."""

    start: int
    end: int
    share: float
    text: str  # Its count and share.
    words: str  # What it is, where there is room for it: `back to Assigned`.

    @property
    def back(self) -> bool:
        """Whether it is a loop."""
        return self.end <= self.start


@dataclass(frozen=True, slots=True)
class Ways:
    """At most nine steps, and about a dozen detours.

    Raises:
        ValueError: a detour leads to no step, or just to the next one.
    """

    steps: Sequence[Step]
    detours: Sequence[Detour]

    def __post_init__(self) -> None:
        for one in self.detours:
            if not (0 <= one.start < len(self.steps) and 0 <= one.end < len(self.steps)):
                raise ValueError(f"a detour from {one.start} to {one.end} leaves the steps")
            if one.end == one.start + 1:
                raise ValueError(f"from {one.start} to {one.end} is the usual path, no detour")
