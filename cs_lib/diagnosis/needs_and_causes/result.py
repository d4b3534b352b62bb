"""What a study of needs and causes came to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from cs_lib.diagnosis.from_evidence import FromEvidence
from cs_lib.methods.coding.agreement import Agreement
from cs_lib.methods.coding.corrected_shares import CorrectedShare
from cs_lib.methods.coding.rule_table import RuleTable
from cs_lib.methods.emerging.rising_counts import RisingCount
from cs_lib.methods.emerging.rising_terms import RisingTerm
from cs_lib.methods.ranking.rank_ranges import RankedTotal
from cs_lib.methods.recurrence.beyond_chance import Recurrence
from cs_lib.methods.recurrence.prizes import DAYS_A_YEAR, SECONDS_A_MINUTE, Prizes
from cs_lib.methods.topics.topic_map import Topic
from cs_lib.metrics.needs_and_causes import NeedsEvidence
from cs_lib.params.needs_and_causes import NeedsAndCauses, Reply
from cs_lib.results import Check, Decision, Record
from cs_lib.sentences import Text

UNKNOWN = "unknown"
Unit = Literal["minutes", "contacts"]


@dataclass(frozen=True, slots=True, repr=False)
class NeedFinding(Record):
    """One need.

    Attributes:
        need: its code.
        contacts, repeats: contacts in the period, and those of them that follow an earlier one within 30 days.
        place: its size a year, in minutes of work or in contacts, with the range of places it may have.
        owner, owner_share: who owns most of its contacts with a known owner, and which share; `unknown` without any.
        cause: the root cause of most of them; `unknown` without any.
        came_back: within 7 and 30 days, beyond chance; None where it cannot be had.
        prizes: what a year without its repeats, or without it, would save; None without recorded work.
        per_1000: orders with a contact of this need within 30 days, per 1,000 orders; None without orders.
        rising: how the last four weeks stand against the time before; None where that cannot be had.
    """

    need: str
    contacts: int
    repeats: int
    place: RankedTotal
    owner: str
    owner_share: float
    cause: str
    came_back: tuple[Recurrence | None, Recurrence | None]
    prizes: Prizes | None
    per_1000: float | None
    rising: RisingCount | None


@dataclass(frozen=True, slots=True, repr=False)
class Action(Record):
    """What to do about one need, as far as a change log and a study can begin with it.

    Attributes:
        id: the same in the action list, the change log and the study that follows.
        need, owner, cause: as found.
        reply: remove, simplify, automate or keep.
        metric: what a study of the change would measure.
        scope: the contacts that it would look at, by column.
        for_good, cause_gone: minutes a year with interval, and their price where a minute has one.
        certain: whether the need stands apart from those below it.
    """

    id: str
    need: str
    owner: str
    cause: str
    reply: Reply
    metric: str
    scope: dict[str, tuple[str, ...]]
    contacts: int
    unit: Unit
    size: float
    size_low: float
    size_high: float
    prizes: Prizes | None
    certain: bool


@dataclass(frozen=True, slots=True)
class Coding:
    """What a sample coded by people says: agreement and shares by `owner`, `need_code` and `root_cause`."""

    contacts: int
    people: int
    against: dict[str, Agreement]
    twice: dict[str, Agreement]
    shares: dict[str, tuple[CorrectedShare, ...]]
    why_not: dict[str, Text]


@dataclass(frozen=True, slots=True)
class News:
    """Every need tested; the names of those that rose and only follow a holiday; codes that began or ended of late.

    `since` has for each that rose the Monday of the first week above what was to be expected.
    """

    tested: tuple[RisingCount, ...] = ()
    holiday: frozenset[str] = frozenset()
    since: dict[str, date] = field(default_factory=dict)
    began: tuple[tuple[str, date], ...] = ()
    ended: tuple[tuple[str, date], ...] = ()
    why_not: Text = ""

    @property
    def rose(self) -> tuple[RisingCount, ...]:
        """Needs that rose and do not only follow a holiday, the strongest evidence first."""
        kept = [one for one in self.tested if one.found and one.name not in self.holiday]
        return tuple(sorted(kept, key=lambda one: (one.pvalue, one.name)))


@dataclass(frozen=True, slots=True)
class Written:
    """What texts say: words that rise, and a map of what nobody coded; `why_not` where they cannot be had.

    Attributes:
        rising: words in more texts than before; `examples` has a few texts of each.
        topics: groups of words in texts without a need; `quotes` a few texts of each.
        hidden: groups that do not come again in halves of the texts.
        mapped, read: texts of the groups shown, and texts with words in all.
    """

    rising: tuple[RisingTerm, ...] = ()
    examples: dict[str, tuple[str, ...]] = field(default_factory=dict)
    topics: tuple[Topic, ...] = ()
    quotes: tuple[tuple[str, ...], ...] = ()
    hidden: int = 0
    mapped: int = 0
    read: int = 0
    why_not: dict[str, Text] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, repr=False)
class NeedsResult(FromEvidence):
    """What to fix first. `evidence` holds what the figures draw."""

    study: NeedsAndCauses
    metrics: dict[str, Any]  # there are none; every answer has the field
    currency: str
    checks: tuple[Check, ...]
    decision: Decision
    needs: tuple[NeedFinding, ...]
    unit: Unit
    first: int  # so many needs stand apart at the top; 0 for none
    overall: tuple[Recurrence | None, Recurrence | None]
    owners: tuple[CorrectedShare, ...]
    owner_returns: dict[str, tuple[Recurrence | None, Recurrence | None]]
    coding: Coding | None
    rules: RuleTable | None
    news: News
    written: Written
    actions: tuple[Action, ...]
    small: int  # needs left out because they have too few contacts
    evidence: NeedsEvidence

    @property
    def unknown(self) -> int:
        """Contacts without a need."""
        return sum(cell.contacts for cell in self.evidence.cells if cell.need is None)

    @property
    def unknown_share(self) -> float:
        """The share of contacts without a need; not a number without contacts."""
        contacts = self.evidence.people.contacts
        return self.unknown / contacts if contacts else float("nan")

    @property
    def unknown_size(self) -> float:
        """What contacts without a need come to in a year, in the unit of the order."""
        return size_of(self.evidence, self.unit, without=True)

    @property
    def all_size(self) -> float:
        """What all contacts come to in a year, in the unit of the order."""
        return size_of(self.evidence, self.unit) + self.unknown_size


def days_of(evidence: NeedsEvidence) -> int:
    """Days of the study."""
    return (evidence.end - evidence.start).days + 1


def size_of(evidence: NeedsEvidence, unit: Unit, *, without: bool = False) -> float:
    """What contacts with a need, or those without one, come to in a year, in minutes or in contacts."""
    yearly = DAYS_A_YEAR / days_of(evidence)
    those = [cell for cell in evidence.cells if (cell.need is None) == without]
    if unit == "minutes":
        return sum(cell.seconds for cell in those) * yearly / SECONDS_A_MINUTE
    return sum(cell.contacts for cell in those) * yearly
