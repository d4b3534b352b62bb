"""How long one queue must be watched: lengths by formula, checked by simulation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise

from cs_lib.experiment.experiment_plan.before_after.result import Length, Simulated
from cs_lib.methods.its.periods import DAYS_PER_WEEK
from cs_lib.methods.power.its import Expected, Shares, expected, in_unit, on_scale, simulate_steps
from cs_lib.methods.power.timeline import Past, Timeline, timeline
from cs_lib.params import BeforeAfterPlan
from cs_lib.results import Good

LEAST_WEEKS = 2
MOST_WEEKS = 104
USUAL_WEEKS_SHOWN = (2, 4, 8, 12, 16, 26, 39, 52, 78, MOST_WEEKS)
# Between these lengths the choice of days or weeks is read off, so that they are always simulated.
WEEKS_ALWAYS_SIMULATED = (8, 26)
POINTS_OF_CURVE = 16
SIMULATED_STUDIES = 400
# Lengths that differ by less than this share are not shown side by side.
ALIKE_WEEKS_SHARE = 0.1
# In so many runs chance can leave the simulated power this far below the wanted one.
CHANCE_SHORTFALL_OF_POWER = 0.03
MOST_LENGTHS_TRIED = 4


@dataclass(frozen=True, slots=True)
class Queue:
    """Everything that stays the same from length to length."""

    study: BeforeAfterPlan
    past: Past
    good: Good
    weeks_before: int
    horizon: int  # A case is followed for so many days.

    def line(self, weeks: int, before: int | None = None) -> Timeline:
        """The study of so many weeks after the change."""
        design = self.study.design
        return timeline(
            self.past,
            design.start,
            weeks_before=before or self.weeks_before,
            weeks_after=weeks,
            washout_days=design.washout_days,
            holidays=design.days_off,
        )

    def result_on(self, weeks: int) -> date:
        """The day on which every case of the study has been followed."""
        days = self.study.design.washout_days + DAYS_PER_WEEK * weeks + self.horizon
        return self.study.design.start + timedelta(days=days)

    @property
    def step(self) -> float:
        """The change worth acting on, on the model's scale."""
        return on_scale(self.study.rule.min_effect, self.past, self.good)

    def simulate(self, weeks: int) -> Simulated:
        """The study of this length, drawn and read many times; the draws are the same every time."""
        rule = self.study.rule
        steps = simulate_steps(self.line(weeks), self.past, runs=SIMULATED_STUDIES, seed=weeks)
        smallest = steps.smallest(rule.power, rule.alpha)
        return Simulated(
            SIMULATED_STUDIES,
            in_unit(smallest, self.past, self.good),
            steps.power(self.step, rule.alpha),
            steps.power(0.0, rule.alpha),
            steps.shares,
        )

    def length(
        self, weeks: int, shares: Shares, *, before: int | None = None, even: bool = False
    ) -> Length:
        """The study of this length by formula."""
        rule = self.study.rule
        precision = self.formula(weeks, shares, before)
        smallest = in_unit(precision.smallest(rule.power, rule.alpha), self.past, self.good)
        narrow = None
        if even and weeks <= self.weeks_before:
            alike = self.formula(weeks, shares, weeks)
            narrow = in_unit(alike.smallest(rule.power, rule.alpha), self.past, self.good)
        power = precision.power(self.step, rule.alpha)
        return Length(weeks, self.result_on(weeks), smallest, power, narrow)

    def formula(self, weeks: int, shares: Shares, before: int | None = None) -> Expected:
        """What the formula says of the study of this length."""
        return expected(self.line(weeks, before), self.past, shares=shares)


@dataclass(frozen=True, slots=True)
class Lengths:
    """Studies of several lengths, and the shortest that will do."""

    needed: Length | None
    limit: Length | None
    reference: Length
    options: tuple[Length, ...]
    curve: tuple[Length, ...]


def plan_lengths(queue: Queue, *, reference: int) -> Lengths:
    """Lengths to choose from; the shortest that will do by formula is made longer until simulation agrees.

    Raises:
        CannotEstimate: terms that cannot be told apart in such periods.
    """
    limit = queue.study.limit_weeks
    tried = {weeks: queue.simulate(weeks) for weeks in WEEKS_ALWAYS_SIMULATED}

    def shares(weeks: int) -> Shares:
        return Shares(
            _between({w: s.shares.by_week for w, s in tried.items()}, weeks),
            _between({w: s.shares.wandering for w, s in tried.items()}, weeks),
        )

    needed = _needed(queue, shares, tried)
    if limit is not None and limit not in tried and (needed is None or needed > limit):
        tried[limit] = queue.simulate(limit)
    own = [w for w in (needed, limit) if w]
    last = _last(needed, limit)
    usual = [
        w
        for w in USUAL_WEEKS_SHOWN
        if w <= last and all(abs(w - mine) > ALIKE_WEEKS_SHARE * w for mine in own)
    ]
    shown = sorted({*usual, *own, reference})

    def made(weeks: int, *, even: bool = False) -> Length:
        planned = queue.length(weeks, shares(weeks), even=even)
        return replace(planned, simulated=tried.get(weeks))

    grid = {
        round(LEAST_WEEKS + (last - LEAST_WEEKS) * k / POINTS_OF_CURVE)
        for k in range(POINTS_OF_CURVE + 1)
    }
    return Lengths(
        needed=made(needed) if needed else None,
        limit=made(limit) if limit else None,
        reference=queue.length(reference, shares(reference), before=reference),
        options=tuple(made(weeks, even=True) for weeks in shown),
        curve=tuple(made(weeks) for weeks in sorted(grid | set(own))),
    )


def _needed(
    queue: Queue, shares: Callable[[int], Shares], tried: dict[int, Simulated]
) -> int | None:
    """The fewest weeks that find the change worth acting on, by formula and then by simulation."""
    power, alpha = queue.study.rule.power, queue.study.rule.alpha

    def enough(weeks: int) -> bool:
        return queue.formula(weeks, shares(weeks)).power(queue.step, alpha) >= power

    if not enough(MOST_WEEKS):
        return None
    low, weeks = LEAST_WEEKS - 1, MOST_WEEKS
    while weeks - low > 1:
        middle = (low + weeks) // 2
        low, weeks = (low, middle) if enough(middle) else (middle, weeks)
    for _ in range(MOST_LENGTHS_TRIED):
        tried[weeks] = tried.get(weeks) or queue.simulate(weeks)
        if tried[weeks].found >= power - CHANCE_SHORTFALL_OF_POWER or weeks >= MOST_WEEKS:
            break
        weeks = min(weeks + max(1, round(0.08 * weeks)), MOST_WEEKS)
    return weeks


def _last(needed: int | None, limit: int | None) -> int:
    """How far lengths are shown: well beyond the one needed, or as far as anybody looks."""
    if needed is None:
        return max(52, min(2 * (limit or 26), MOST_WEEKS))
    return min(max(round(1.5 * needed), limit or 0, WEEKS_ALWAYS_SIMULATED[-1]), MOST_WEEKS)


def _between(known: dict[int, float], at: int) -> float:
    """Read off between the points known, flat beyond them."""
    points = sorted(known)
    if at <= points[0]:
        return known[points[0]]
    for low, high in pairwise(points):
        if at <= high:
            return known[low] + (known[high] - known[low]) * (at - low) / (high - low)
    return known[points[-1]]


def smallest_loss(past: Past, line: Timeline, *, good: Good, power: float, shares: Shares) -> float:
    """The loss of a guardrail that its one-sided 2.5 % interval rules out, if there is none in truth.

    Raises:
        CannotEstimate: terms that cannot be told apart in such periods.
    """
    step = expected(line, past, shares=shares).smallest(power, 0.05)
    return in_unit(step, past, "down" if good == "up" else "up")
