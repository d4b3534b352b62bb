"""From team to team and from person to person, and back."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Handoffs:
    """Moves between holders (teams, or people), from one step that names one to the next that does.

    Attributes:
        names: the busiest, at most 30; the rest are `other`.
        moves: how often from the first to the second, by names.
        cases, moved: contacts with a named holder, and those that changed it at least once.
        changes: all changes.
        returning, returns: contacts in which an earlier holder got it back directly (A-B-A), and how often.
    """

    names: tuple[str, ...]
    moves: dict[tuple[str, str], int]
    cases: int
    moved: int
    changes: int
    returning: int
    returns: int
