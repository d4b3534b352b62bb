"""What machines read of a portfolio: sums by metric and design, every study's place in them, what is due."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cs_lib.quantity import Unit


@dataclass(frozen=True, slots=True)
class SumFacts:
    """Studies of one metric and design: what they add up to, in the unit of the metric, money for a year."""

    metric: str
    unit: Unit
    currency: str
    kind: Literal["randomised", "before_after", "by_team"]
    k: int  # studies seen together
    counted: int  # of them in the sum
    sum: float | None  # None where it means nothing, or with fewer than five studies
    sum_ci_low: float | None
    sum_ci_high: float | None
    raw_sum: float | None  # the same as measured
    mean: float | None  # of true effects
    tau: float | None  # their standard deviation
    prediction_low: float | None  # where the true effect of a next study lies
    prediction_high: float | None


@dataclass(frozen=True, slots=True)
class StudyInSumFacts:
    """One study of the ledger."""

    study: str
    verdict: str
    metric: str | None
    place: Literal["counted", "inside", "outside", "not_live", "invalid", "unusable", "unknown"]
    inside_of: str
    weight: float
    effect: float | None
    shrunk: float | None
    shrunk_ci_low: float | None
    shrunk_ci_high: float | None
    follow_up: str
    held_up: Literal["holds", "faded", "not_shown"] | None
    plan_changed: bool


@dataclass(frozen=True, slots=True)
class DueFacts:
    """A gain that should be checked again."""

    study: str
    since: str


@dataclass(frozen=True, slots=True)
class TopDownFacts:
    """The headline's own movement beside what is claimed."""

    metric: str
    moved: float
    moved_ci_low: float
    moved_ci_high: float
    claimed: float
    claimed_ci_low: float
    claimed_ci_high: float
    not_explained: float
    not_explained_ci_low: float
    not_explained_ci_high: float
