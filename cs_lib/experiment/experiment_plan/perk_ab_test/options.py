"""What a plan shows beside its size: what each choice costs, what the test could say, guardrails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from math import inf, isfinite, sqrt
from typing import Literal

from cs_lib.aggregates import Moments
from cs_lib.experiment.experiment_plan.perk_ab_test.history import outcome_of, usual_level
from cs_lib.experiment.experiment_plan.perk_ab_test.sizes import Sizing
from cs_lib.methods.errors import or_else, or_none, tried_each
from cs_lib.methods.power.ab import Design, Mean, Outcome, sample_size, smallest_effect
from cs_lib.methods.sequential.spending import boundaries, crossing
from cs_lib.metrics import Metric
from cs_lib.results import Record

ChoiceName = Literal["plain", "covariates", "looks", "correction", "split", "cluster", "plan"]
# Guardrails are read from the 95 % interval, whatever the plan's level.
GUARD_ALPHA = 0.05
# A margin missed by less than this factor counts as met.
MARGIN_TOLERANCE_RATIO = 1.02
# The true effects are multiples of the smallest worth acting on.
TRUE_EFFECT_MULTIPLES = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0)


@dataclass(frozen=True, slots=True)
class Choice(Record):
    """What the test would need with one choice alone (`plain`: none, `plan`: all of them).

    `factor` is customers in all over those of the plain test; infinite when none would do.
    """

    name: ChoiceName
    n_total: float
    days: float
    factor: float


@dataclass(frozen=True, slots=True)
class Chances(Record):
    """What the test would say, at some look, if the true effect were this one: probabilities.

    `above_zero`: the interval leaves out zero on the good side; `worth_it`: it lies wholly at or
    above the smallest effect worth acting on; `too_small`: wholly below it.
    """

    effect: float
    above_zero: float
    worth_it: float
    too_small: float


@dataclass(frozen=True, slots=True)
class GuardPlan(Record):
    """The loss of a guardrail that the planned test can rule out, if there is none in truth.

    `usual` and `margin` are in the metric's unit; `needed` is customers in control for the margin.
    """

    metric: str
    usual: float
    margin: float
    smallest_margin: float
    needed: float

    @property
    def holds(self) -> bool:
        """Whether the planned test is large enough; the past is not known to the last customer."""
        return self.smallest_margin <= self.margin * MARGIN_TOLERANCE_RATIO


def choices(sizing: Sizing) -> tuple[Choice, ...]:
    """The plain test, each choice that was made alone, and all together."""
    whole = sizing.design
    plain = replace(sizing, design=Design(alpha=whole.alpha, power=whole.power), clusters=None)
    made: list[tuple[ChoiceName, Sizing]] = [("plain", plain)]
    if whole.rho:
        made.append(("covariates", _with(plain, rho=whole.rho)))
    if len(whole.looks) > 1:
        made.append(("looks", _with(plain, looks=whole.looks, kind=whole.kind)))
    if whole.arms > 1:
        made.append(("correction", _with(plain, arms=whole.arms, correction=whole.correction)))
    if whole.allocation != 1:
        made.append(("split", _with(plain, allocation=whole.allocation)))
    if sizing.clusters is not None:
        made.append(
            ("cluster", replace(plain, clusters=sizing.clusters_unadjusted or sizing.clusters))
        )
    sizes = [(name, *_size_of(one)) for name, one in [*made, ("plan", sizing)]]
    base = sizes[0][1]
    return tuple(
        Choice(name, total, days, total / base if isfinite(base) else inf)
        for name, total, days in sizes
    )


def _with(sizing: Sizing, **changes: object) -> Sizing:
    return replace(sizing, design=replace(sizing.design, **changes))  # type: ignore[arg-type]


def _size_of(sizing: Sizing) -> tuple[float, float]:
    """Customers in all and days; infinite when none would do."""
    total = or_else(inf, lambda: sizing.total(*sizing.size()))
    if total == inf:
        return inf, inf
    days = or_else(inf, lambda: sizing.arrivals.days_for(total / sizing.share) + sizing.follow_up)
    return total, days


def chances(sizing: Sizing, n_control: int) -> tuple[Chances, ...]:
    """What a test with so many in control would say under several true effects.

    Normal, with repeated intervals at every look: their end passes a value when the standardised
    distance from that value crosses the boundary (Jennison & Turnbull 2000, chapter 9).
    """
    worth = abs(sizing.effect)
    sign = 1.0 if sizing.effect > 0 else -1.0
    design = sizing.design
    bounds = boundaries(design.looks, alpha=design.level, kind=design.kind)
    rows = []
    for times in TRUE_EFFECT_MULTIPLES:
        true = times * worth
        se = or_none(partial(sizing.standard_error, n_control, sign * true))
        if se is None:
            break  # A share cannot move so far.
        away = [true / se, (true - worth) / se, (worth - true) / se]
        rows.append(Chances(sign * true, *(float(crossing(bounds, z)[0].sum()) for z in away)))
    return tuple(rows)


def guard_plans(
    margins: Mapping[str, float],
    metrics: Mapping[str, Metric],
    moments: Mapping[str, Moments],
    sizing: Sizing,
    n_control: int,
) -> tuple[GuardPlan, ...]:
    """Every guardrail that varies in the history: what can be ruled out, without covariates."""
    design = Design(
        alpha=GUARD_ALPHA, power=sizing.design.power, allocation=sizing.design.allocation
    )
    groups = sizing.clusters_unadjusted or sizing.clusters
    at_size = replace(sizing, clusters=groups).design_at(n_control)
    design = replace(design, cluster_size=at_size.cluster_size, icc=at_size.icc)

    def plan(name: str) -> GuardPlan:
        outcome = _unmoved(outcome_of(metrics[name], moments[name]))
        smallest = smallest_effect(outcome, n_control, design)
        usual, margin = usual_level(metrics[name], moments[name]), margins[name]
        return GuardPlan(name, usual, margin, smallest, _needed(outcome, margin, design))

    plans, _ = tried_each((name for name in margins if name in moments), plan)
    return tuple(plans.values())


def _needed(outcome: Outcome, margin: float, design: Design) -> float:
    return or_else(inf, lambda: float(sample_size(outcome, margin, design)[0]))


def _unmoved(outcome: Outcome) -> Outcome:
    """The outcome when there is no effect in truth: its spread is control's in both variants."""
    if isinstance(outcome, Mean):
        return outcome
    return Mean(sqrt(outcome.control * (1 - outcome.control)))
