"""What a plan came to: small, frozen, no raw data."""

from __future__ import annotations

from dataclasses import dataclass

from cs_lib.experiment.experiment_plan.draft import Draft
from cs_lib.experiment.experiment_plan.perk_ab_test.options import Chances, Choice, GuardPlan
from cs_lib.experiment.experiment_plan.perk_ab_test.sizes import Option
from cs_lib.metrics.experiment_plan import PerkPlanEvidence
from cs_lib.params import PerkPlan
from cs_lib.results import Check, Decision, Record


@dataclass(frozen=True, slots=True)
class Past(Record):
    """The primary metric among the customers of the history, and what explains its variation."""

    followed: int
    level: float
    explained: float
    clusters: int = 0
    icc: float = 0.0
    icc_left: float | None = None  # Of what the covariates leave.


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Sized(Draft):
    """What the past says of a test, before anything is decided.

    Without `past` nothing could be estimated; without `planned` no test does.
    """

    study: PerkPlan
    evidence: PerkPlanEvidence
    past: Past | None = None
    planned: Option | None = None
    # What limit_days allows, when that is less than what is needed.
    within: Option | None = None
    options: tuple[Option, ...] = ()
    curve: tuple[Option, ...] = ()
    choices: tuple[Choice, ...] = ()
    chances: tuple[Chances, ...] = ()
    guardrails: tuple[GuardPlan, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class PerkPlanResult(Sized):
    """What a plan came to."""

    decision: Decision
    checks: tuple[Check, ...] = ()
    settings: str = ""  # The settings of the test as YAML.
