"""What the map of a journey draws: phases with ready-made texts and the few numbers that set lengths."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["long_wait", "left_in_the_dark", "missing_follow_up", "other"]


@dataclass(frozen=True, slots=True)
class Pain:
    """One pain of a phase: its kind sets the mark; its words and the customers it hits, ready made."""

    kind: Kind
    words: str
    hit: str
    worst: bool = False  # Of the whole map; its phase is outlined.


@dataclass(frozen=True, slots=True)
class Stay:
    """How long a phase takes, all phases in one unit: the parts of the median, and what the slowest tenth exceeds."""

    ours: float
    customer: float  # Waiting on the customer.
    third: float  # Waiting on somebody else.
    slow: float
    text: str  # The median in words.
    slow_text: str

    @property
    def median(self) -> float:
        """All parts together."""
        return self.ours + self.customer + self.third


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """A level with its interval, its text, and who answered at all."""

    value: float
    low: float
    high: float
    text: str
    answered: str


@dataclass(frozen=True, slots=True)
class Phase:
    """A column of the map. A text in place of a record says in a word why there is none."""

    name: str
    happens: Sequence[str]  # One to three short lines.
    share: float  # Of all contacts, 0 to 1; not a number draws no band.
    count: str
    share_text: str
    stay: Stay | str
    satisfaction: Satisfaction | str
    pains: Sequence[Pain]
    owner: str

    @property
    def worst(self) -> bool:
        """Whether the worst pain of the map lies here."""
        return any(pain.worst for pain in self.pains)


@dataclass(frozen=True, slots=True)
class Words:
    """What the lanes and the marks are called."""

    happens: str
    many: str
    long: str
    satisfied: str
    hurts: str
    owner: str
    ours: str
    customer: str
    third: str
    slow: str
    worst: str  # On the outlined phase.


@dataclass(frozen=True, slots=True)
class Journey:
    """Five to seven phases in order, the words, and how a level of satisfaction is said on its axis."""

    phases: Sequence[Phase]
    words: Words
    tick: Callable[[float], str]

    @property
    def stays(self) -> list[Stay]:
        """Those that are known."""
        return [p.stay for p in self.phases if isinstance(p.stay, Stay)]

    @property
    def longest(self) -> float:
        """The farthest that a bar or its line reaches."""
        return max((max(s.median, s.slow) for s in self.stays), default=1.0) or 1.0

    @property
    def span(self) -> tuple[float, float]:
        """The ends of the axis of satisfaction, with a little air."""
        known = [p.satisfaction for p in self.phases if isinstance(p.satisfaction, Satisfaction)]
        low = min((s.low for s in known), default=0.0)
        high = max((s.high for s in known), default=1.0)
        air = 0.12 * ((high - low) or 1.0)
        return low - air, high + air
