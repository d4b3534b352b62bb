"""Surveys: who was asked, who answered, and how their contacts went."""

from __future__ import annotations

from dataclasses import dataclass

from cs_lib.metrics.queries.by_day import Counts, Days


@dataclass(frozen=True, slots=True)
class Offered:
    """Surveys of one kind by the local day of the offer, those old enough to have been answered.

    Attributes:
        offered, answered: surveys of each day, and those answered within 14 days.
        answered_hours, silent_hours: median hours to resolution of contacts whose survey was and was not answered;
            not a number without any.
        changed: contacts whose surveys of this kind carry more than one score.
    """

    kind: str
    days: Days
    offered: Counts
    answered: Counts
    answered_hours: float
    silent_hours: float
    changed: int
