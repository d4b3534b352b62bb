"""Sizes of a planned test: customers and days for an effect, and what so many days can show."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import ceil, floor, inf, nan, sqrt

from cs_lib import sentences as w
from cs_lib.experiment.experiment_plan.perk_ab_test.history import Arrivals, Clusters
from cs_lib.methods.errors import CannotEstimate, or_else
from cs_lib.methods.power.ab import (
    MOST_UNITS,
    Design,
    Outcome,
    power_for,
    sample_size,
    smallest_effect,
)
from cs_lib.results import Good, Record
from cs_lib.sentences import say

# Nobody runs a longer test.
LONGEST_DAYS = 3650


@dataclass(frozen=True, slots=True)
class Option(Record):
    """A test of some length and what it can show; sizes are customers with a known outcome.

    `days` run from the first day of assignment to the day of the result, `result_on`.
    `smallest_effect` is found with the plan's power, infinite when nothing would be; `power` is
    that for the plan's `min_effect`, not a number when there can be no such effect;
    `smallest_net_value` is in money per customer.
    """

    assigned_days: int
    days: int
    result_on: date
    n_control: int
    n_treatment: int
    n_total: int
    smallest_effect: float
    power: float
    smallest_net_value: float | None = None


@dataclass(frozen=True, slots=True)
class Sizing:
    """One way to run the test: everything that sizes and days follow from.

    `effect` is signed; `share` that of arriving customers who are in a compared variant.
    """

    outcome: Outcome
    effect: float
    good: Good
    design: Design
    variants: int
    arrivals: Arrivals
    follow_up: int
    share: float
    start: date
    clusters: Clusters | None = None
    clusters_unadjusted: Clusters | None = None  # The same before covariates took a part out.

    def total(self, n_control: int, n_treatment: int) -> int:
        """Customers in control and all other variants."""
        return n_control + self.variants * n_treatment

    def design_at(self, n_control: float) -> Design:
        """The design when control has so many: the groups are given, so each grows with the test."""
        if self.clusters is None:
            return self.design
        total = n_control * (1 + self.variants * self.design.allocation)
        size = total / (self.clusters.count * self.share) * self.clusters.unequal
        return replace(self.design, cluster_size=max(size, 1.0), icc=self.clusters.icc)

    def power(self, n_control: float) -> float:
        """Probability of finding the effect with so many in control; not a number for an impossible one."""
        return or_else(
            nan, lambda: power_for(self.outcome, self.effect, n_control, self.design_at(n_control))
        )

    def standard_error(self, n_control: float, effect: float) -> float:
        """Standard error of the difference with so many in control, under a true effect."""
        design = self.design_at(n_control)
        control, treatment = self.outcome.variances(effect)
        parts = control / n_control + treatment / (n_control * design.allocation)
        return sqrt(design.variance_factor * parts)

    def size(self) -> tuple[int, int]:
        """Customers in control and in each other variant that find the effect.

        Raises:
            CannotEstimate: no number of customers does.
        """
        if self.clusters is None:
            return sample_size(self.outcome, self.effect, self.design)
        # The more customers the larger each group, so that power rises towards a bound.
        if not self.power(MOST_UNITS) >= self.design.power:
            raise CannotEstimate(
                say("However long it runs, too few groups would be assigned to show this effect.")
            )
        low, high = 1, MOST_UNITS
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self.power(middle) >= self.design.power else (middle, high)
        return high, ceil(high * self.design.allocation - 1e-9)

    def smallest(self, n_control: int, *, outcome: Outcome | None = None) -> float:
        """Size of the smallest effect found; infinite when nothing would be."""
        design = self.design_at(n_control)
        return or_else(
            inf,
            lambda: smallest_effect(
                outcome or self.outcome, n_control, design, direction=self.good
            ),
        )

    def needed(self) -> Option:
        """The test that finds the effect.

        Raises:
            CannotEstimate: no test does, or so many customers would not come within ten years.
        """
        control, treatment = self.size()
        total = self.total(control, treatment)
        days = self.arrivals.days_for(total / self.share)
        if days + self.follow_up > LONGEST_DAYS:
            raise CannotEstimate(
                say(
                    "It needs {total}, who would not come within ten years.",
                    total=w.counted(total, "customer"),
                )
            )
        return self._option(days, control, treatment)

    def after(self, assigned_days: int) -> Option:
        """What is found when customers are assigned for so many days."""
        per_control = 1 + self.variants * self.design.allocation
        control = self.arrivals.expected(assigned_days) * self.share / per_control
        sizes = floor(control + 1e-9), floor(control * self.design.allocation + 1e-9)
        return self._option(assigned_days, *sizes)

    def _option(self, assigned_days: int, control: int, treatment: int) -> Option:
        days = assigned_days + self.follow_up
        enough = min(control, treatment) >= 2
        return Option(
            assigned_days=assigned_days,
            days=days,
            result_on=self.start + timedelta(days=days),
            n_control=control,
            n_treatment=treatment,
            n_total=self.total(control, treatment),
            smallest_effect=self.smallest(control) if enough else inf,
            power=self.power(control) if enough else 0.0,
        )
