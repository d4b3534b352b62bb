"""From units to calendar days: how long a test runs at the observed intake, and what it can show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, inf

import numpy as np
from numpy.typing import NDArray

from cs_lib.methods.errors import CannotEstimate, or_else
from cs_lib.methods.power.ab import Design, Outcome, power_for, sample_size, smallest_effect
from cs_lib.results import Good, Record
from cs_lib.sentences import say

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Intake:
    """Units assigned per day over all arms, and the days until the outcome of one is known."""

    per_day: float
    window_days: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot fill a test.

        Raises:
            CannotEstimate: no intake, or a window below zero.
        """
        if not 0 < self.per_day < inf:
            raise CannotEstimate(say("Nobody is assigned per day, so the test never fills."))
        if self.window_days < 0:
            raise CannotEstimate(say("The outcome window cannot be shorter than zero days."))

    def days_for(self, total: int) -> int:
        """Calendar days until this many units in all arms have an outcome."""
        return ceil(total / self.per_day - 1e-9) + self.window_days

    def mature_after(self, days: float) -> int:
        """Units in all arms whose outcome is known after this many calendar days."""
        return max(floor((days - self.window_days) * self.per_day + 1e-9), 0)


@dataclass(frozen=True, slots=True)
class Plan(Record):
    """A test as planned: mature units, calendar days, and what it finds with the design's power.

    `n_treatment` is each treatment arm; `smallest_effect` a size in the metric's unit; `power`
    what `effect` has with these units; `level` that of one comparison; `inflation` and
    `variance_factor` what looks, covariates and clusters did to n.
    """

    effect: float
    n_control: int
    n_treatment: int
    n_total: int
    days: int
    smallest_effect: float
    power: float
    alpha: float
    level: float
    inflation: float
    variance_factor: float


@dataclass(frozen=True, slots=True)
class PowerCurve:
    """Power for one effect, and the smallest detectable effect, by calendar days of the test."""

    days: NDArray[np.int64]
    n_total: NDArray[np.int64]
    power: Floats
    smallest_effect: Floats
    effect: float


def plan_for_effect(outcome: Outcome, effect: float, design: Design, intake: Intake) -> Plan:
    """The smallest test that finds this effect with the design's power.

    Raises:
        CannotEstimate: no effect, or one that no feasible number of units would show.
    """
    control, treatment = sample_size(outcome, effect, design)
    total = control + design.arms * treatment
    return _plan(outcome, effect, design, (control, treatment), intake.days_for(total))


def plan_for_days(
    outcome: Outcome, effect: float, design: Design, intake: Intake, *, days: int
) -> Plan:
    """What a test of this many calendar days can show.

    Raises:
        CannotEstimate: too few days for two mature units, or two clusters, in each arm.
    """
    arms = _arms_after(days, design, intake)
    if not _enough(arms, design):
        raise CannotEstimate(say("In so few days no arm has two units with a known outcome."))
    return _plan(outcome, effect, design, arms, days)


def power_curve(
    outcome: Outcome, effect: float, design: Design, intake: Intake, *, days: Sequence[int]
) -> PowerCurve:
    """Power for the effect, and the smallest detectable effect, after each of these durations.

    Durations in which no arm has two mature units are left out; where not even the largest
    possible change of a share would be found, the smallest effect is infinite.

    Raises:
        CannotEstimate: none of the durations is long enough.
    """
    direction: Good = "up" if effect > 0 else "down"
    rows = []
    for day in sorted(set(days)):
        arms = _arms_after(day, design, intake)
        if _enough(arms, design):
            power = power_for(outcome, effect, arms[0], design)
            least = _smallest_or_inf(outcome, arms[0], design, direction)
            rows.append((day, intake.mature_after(day), power, least))
    if not rows:
        raise CannotEstimate(say("In so few days no arm has two units with a known outcome."))
    durations, units, powers, sizes = zip(*rows, strict=True)
    return PowerCurve(
        np.array(durations), np.array(units), np.array(powers), np.array(sizes), float(effect)
    )


def _plan(
    outcome: Outcome, effect: float, design: Design, arms: tuple[int, int], days: int
) -> Plan:
    direction: Good = "up" if effect > 0 else "down"
    return Plan(
        effect=effect,
        n_control=arms[0],
        n_treatment=arms[1],
        n_total=arms[0] + design.arms * arms[1],
        days=days,
        smallest_effect=smallest_effect(outcome, arms[0], design, direction=direction),
        power=power_for(outcome, effect, arms[0], design),
        alpha=design.alpha,
        level=design.level,
        inflation=design.inflation,
        variance_factor=design.variance_factor,
    )


def _arms_after(days: int, design: Design, intake: Intake) -> tuple[int, int]:
    """Mature units in control and in each treatment arm."""
    control = intake.mature_after(days) / (1 + design.arms * design.allocation)
    return floor(control + 1e-9), floor(control * design.allocation + 1e-9)


def _enough(arms: tuple[int, int], design: Design) -> bool:
    return min(arms) >= 2 * design.cluster_size


def _smallest_or_inf(outcome: Outcome, n: int, design: Design, direction: Good) -> float:
    return or_else(inf, lambda: smallest_effect(outcome, n, design, direction=direction))
