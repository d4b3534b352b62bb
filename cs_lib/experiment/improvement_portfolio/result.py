"""What a portfolio came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from cs_lib.methods.meta_analysis.calibration import HeldIntervals, PlannedAgainstFound
from cs_lib.methods.meta_analysis.chance_wins import ChanceWins
from cs_lib.methods.meta_analysis.held_up import HeldUp
from cs_lib.methods.meta_analysis.shrinkage import Pooled, ShrunkEffect, Total
from cs_lib.metrics.improvement_portfolio import PortfolioEvidence
from cs_lib.metrics.study_results import FailedRun, Kind, Unread
from cs_lib.params.improvement_portfolio import ImprovementPortfolio
from cs_lib.quantity import Quantity, Unit
from cs_lib.results import Answer, Check, Decision, Good, Record, Verdict
from cs_lib.sentences import Text

Place = Literal[
    "counted",  # in the sum
    "inside",  # went live, but another study speaks of the same cells
    "outside",  # went live, but outside the period, or without days or customers to weigh it by
    "not_live",  # decided against: in the fit, not in the sum
    "invalid",  # withheld: neither
    "unusable",  # no effect with an interval: neither
    "unknown",  # a metric of which nobody said which way is better: neither
]


@dataclass(frozen=True, slots=True, order=True)
class Kindred:
    """What can be seen together: one metric in one unit, measured by one design."""

    metric: str
    unit: Unit
    currency: str
    kind: Kind

    @property
    def quantity(self) -> Quantity:
        """What its numbers measure."""
        return Quantity(self.unit, self.currency)


@dataclass(frozen=True, slots=True, repr=False)
class Measured(Record):
    """One study, its effect on one metric, as it was measured.

    Attributes:
        study, question, notebook, verdict, as_of: as its page has them.
        of: what it can be seen together with.
        label: what the metric is called.
        good: which way of it is better.
        scope: by column the values that count; without one everything counts.
        source: which desk; empty where nobody knows.
        first, last: days of which the effect speaks; None where the page does not say.
        effect, se, low, high: in the unit of the metric. The error is half the interval over the normal's quantile, so
            that few degrees of freedom count.
        customers: offered in those days, of a randomised test.
        joint: whether other changes in its days were read together with it.
    """

    study: str
    question: str
    notebook: str
    verdict: Verdict
    as_of: date
    of: Kindred
    label: Text
    good: Good
    scope: Mapping[str, tuple[str, ...]]
    source: str
    first: date | None
    last: date | None
    effect: float
    se: float
    low: float
    high: float
    customers: int
    joint: bool

    @property
    def live(self) -> bool:
        """Whether what was studied is in use: shipped, or a change that was not taken back for its effect."""
        if self.of.kind == "randomised":
            return self.verdict == "ship"
        return self.verdict in ("improved", "no_clear_change", "not_enough_data", "worsened")

    @property
    def won(self) -> bool:
        """Whether its interval lies on the good side of no effect."""
        return self.low > 0 if self.good == "up" else self.high < 0


@dataclass(frozen=True, slots=True, repr=False)
class Entry(Record):
    """One study of the ledger.

    Attributes:
        measured: as it was measured; None where it has no effect that can be read.
        place: whether it counts in the sum, and if not why.
        days: of the period in which its effect is claimed.
        weight: what its effect counts with.
        inside_of: the study that speaks of the same cells.
        shrunk: its effect beside those it is seen together with; None with fewer than five.
        follow_up: the study that checked it again, and what came out; None where none did.
        why_not: why a follow-up that is there says nothing.
        due: from when on it should be checked again; None where that is not due, or was done.
    """

    study: str
    question: str
    notebook: str
    verdict: Verdict
    as_of: date
    measured: Measured | None
    place: Place
    days: tuple[tuple[date, date], ...]
    weight: float
    inside_of: str
    shrunk: ShrunkEffect | None
    follow_up: str
    held: HeldUp | None
    why_not: Text
    due: date | None
    plan_changed: bool
    change_id: str | None
    action: str | None
    owner: str | None
    also: tuple[str, ...]  # other pages of the same study


@dataclass(frozen=True, slots=True, repr=False)
class Family(Record):
    """Studies of one metric and one design, and what they add up to.

    Attributes:
        of, label, good: what they measure.
        pooled: seen together; None with fewer than five studies.
        total: the sum over what counts; None where it means nothing, and `why_no_total` says why.
        plain: the same as measured one by one.
        n, n_counted: studies that were seen together, and those in the sum.
        by_month: first days of months with the sum of what was in force, from the same studies.
        interval: 95 or whatever the settings say.
    """

    of: Kindred
    label: Text
    good: Good
    pooled: Pooled | None
    why_not_pooled: Text
    total: Total | None
    why_no_total: Text
    plain: Total | None
    n: int
    n_counted: int
    by_month: tuple[tuple[date, Total], ...]

    @property
    def adds_up(self) -> bool:
        """Whether the interval of the sum lies on the good side."""
        if self.total is None or self.pooled is None:
            return False
        return self.total.low > 0 if self.good == "up" else self.total.high < 0


@dataclass(frozen=True, slots=True, repr=False)
class TopDown(Record):
    """The headline's own movement beside what is claimed.

    Attributes:
        metric, label, good: of the headline.
        recent, before: first and last days of what is compared.
        a_year_apart: whether the same weeks of the year before are compared; else a season can be all there is to it.
        moved, low, high: the headline's movement.
        claimed, claimed_low, claimed_high: what studies say of the same weeks.
        rest, rest_low, rest_high: moved less claimed.
        weeks: whole weeks on each side.
    """

    metric: str
    label: Text
    good: Good
    unit: Unit
    recent: tuple[date, date]
    before: tuple[date, date]
    a_year_apart: bool
    level_before: float
    moved: float
    low: float
    high: float
    claimed: float
    claimed_low: float
    claimed_high: float
    rest: float
    rest_low: float
    rest_high: float
    weeks: int


@dataclass(frozen=True, slots=True, repr=False)
class Course(Record):
    """From a finding to a decision: days at which each came; None where nobody knows."""

    study: str
    action: str | None
    listed: date | None
    changed: date | None
    decided: date | None


@dataclass(frozen=True, slots=True, repr=False)
class Drawer(Record):
    """A study without a result: planned, still running, failed, or of a later day than is read."""

    study: str
    state: Literal["planned", "running", "failed", "later"]
    since: str
    why: str


@dataclass(frozen=True, slots=True, repr=False)
class PortfolioResult(Answer):
    """What improvements brought, what of it still holds, and what is not known."""

    study: ImprovementPortfolio
    metrics: dict[str, Any]
    currency: str
    checks: tuple[Check, ...]
    decision: Decision
    ledger: tuple[Entry, ...]
    families: tuple[Family, ...]  # the one that the page begins with first
    chance: ChanceWins | None
    planned: PlannedAgainstFound | None
    held_intervals: tuple[HeldIntervals, ...]
    top_down: TopDown | None
    why_no_top_down: Text
    courses: tuple[Course, ...]
    drawer: tuple[Drawer, ...]
    unread: tuple[Unread, ...]
    failed: tuple[FailedRun, ...]
    without_change: tuple[str, ...]  # studies without a logged change
    without_study: tuple[tuple[str, Text, date], ...]  # changes that no study asks about
    evidence: PortfolioEvidence

    @property
    def observed_until(self) -> date:
        """The first day that is not wholly observed: no result of a later day was read."""
        return self.study.as_of

    @property
    def main(self) -> Family | None:
        """The family that the page begins with."""
        return self.families[0] if self.families else None

    @property
    def no_longer(self) -> tuple[Entry, ...]:
        """What was measured again and faded."""
        return tuple(e for e in self.ledger if e.held is not None and e.held.standing == "faded")

    @property
    def due(self) -> tuple[Entry, ...]:
        """What should be checked again by now."""
        return tuple(e for e in self.ledger if e.due is not None)
