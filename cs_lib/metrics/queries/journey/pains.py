"""Who was hit by what on the way, and how satisfied they were, within need and duration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cs_lib.metrics.queries.journey.phases import Phase

Pain = Literal[
    "long_answer", "long_work", "long_third_party", "long_again",
    "chased", "handed_on_twice", "wrote_after_handoff", "reopened_soon",
    "promise_missed", "no_follow_up",
]  # fmt: skip
SORTS: dict[Pain, tuple[Literal["long_wait", "in_the_dark", "no_follow_up"], Phase]] = {
    "long_answer": ("long_wait", "answer"),
    "long_work": ("long_wait", "work"),
    "long_third_party": ("long_wait", "others"),
    "long_again": ("long_wait", "again"),
    "chased": ("in_the_dark", "answer"),
    "handed_on_twice": ("in_the_dark", "work"),
    "wrote_after_handoff": ("in_the_dark", "work"),
    "reopened_soon": ("in_the_dark", "again"),
    "promise_missed": ("no_follow_up", "after"),
    "no_follow_up": ("no_follow_up", "after"),
}
STRATA = 5  # parts of the time to resolution, of equal size


@dataclass(frozen=True, slots=True)
class PainCell:
    """Contacts of one need and one fifth of the time to resolution, hit by a pain or not.

    Only contacts that could have been hit count: resolved ones for what comes after, complaints for a missing
    follow-up, those with a promise for a missed one, those in a phase for its long waits, all for chasing.

    Attributes:
        stratum: 0 to 4, the fifth of the time to resolution (of all resolved contacts); -1 while not resolved.
        cases, offered, answered, satisfied: contacts and their first survey of satisfaction; satisfied in the top
            two of five.
    """

    pain: Pain
    need: str | None
    stratum: int
    hit: bool
    cases: int
    offered: int
    answered: int
    satisfied: int


@dataclass(frozen=True, slots=True)
class PainSize:
    """One pain over all contacts that could have been hit.

    Attributes:
        possible, hit: contacts that could have been hit, and that were; customers: those hit, each once.
        threshold: microseconds from which a wait is long; None for other pains. `by_target` when it was set.
        median: of those hit: microseconds of the wait (long waits, chases: from the first unanswered message to the
            answer; missed follow-ups: how late, None when none ever came), or handoffs (a count).
        teams: contacts hit by the team that held them then, most first, at most ten.
        owners: contacts hit by the owner of their cause.
        back: contacts hit, and not hit, that could be followed for 30 days, and those of them whose customer came back
            with the same need: (hit followed, hit back, others followed, others back).
    """

    pain: Pain
    possible: int
    hit: int
    customers: int
    threshold: int | None
    by_target: bool
    median: int | None
    teams: dict[str, int]
    owners: dict[str, int]
    back: tuple[int, int, int, int]
