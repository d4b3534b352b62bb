"""What an A/B study found: records that the report reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from cs_lib.methods.ab.economics import Economics
from cs_lib.methods.ab.robust import Influence
from cs_lib.methods.ab.segments import Segments
from cs_lib.methods.ab.surveys import SurveyEffect
from cs_lib.methods.sequential.looks import Monitoring
from cs_lib.metrics import Metric
from cs_lib.params import PerkAbTest
from cs_lib.results import Check, Decision, Design, Effect, EffectAnswer, Good, Guardrail, Record
from cs_lib.sentences import Text

DAYS_A_MONTH = 365.25 / 12


@dataclass(frozen=True, slots=True)
class Account(Record):
    """One variant against control, in money per offered customer.

    `margin` - `discounts` - `unit_costs` is `net_value.effect` exactly, because each part is
    measured as the net value is: on the same customers, at the same look, adjusted for the same
    past. Every one of these estimators is linear in the outcome.
    """

    variant: str
    margin: float
    discounts: float
    unit_costs: float
    net_value: Effect
    adjusted: bool  # Whether what was known before assignment is taken out.


@dataclass(frozen=True, slots=True)
class Otherwise(Record):
    """The same question measured in another way, or why it cannot be; never what decides."""

    name: str
    metric: str
    effect: Effect | None
    reason: Text = ""
    relative: bool = False  # Whether the effect is a share of control.


@dataclass(frozen=True, slots=True)
class Explained(Record):
    """What stands beside one variant's effect: other measures, segments, the effect over time."""

    otherwise: tuple[Otherwise, ...] = ()
    survey: SurveyEffect | None = None
    influence: Influence | None = None  # Of the one customer who moves a deciding metric most.
    others: tuple[Influence, ...] = ()  # The same of every secondary metric and guardrail.
    segments: dict[str, Segments] = field(default_factory=dict)  # The segments by column.
    not_split: dict[str, Text] = field(default_factory=dict)  # By column, why it has no segments.
    stretches: Segments | None = None  # The effect by stretch of the period.
    sooner: tuple[Effect, ...] = ()  # The primary metric in rising windows.


@dataclass(frozen=True, slots=True)
class Comparison(Record):
    """One variant against control."""

    variant: str
    primary: Effect
    net_value: Effect | None
    guardrails: tuple[Guardrail, ...]
    secondary: tuple[Effect, ...]
    decision: Decision
    look: date | None = None  # The look it was read at.
    economics: Economics | None = None
    account: Account | None = None  # The net value taken apart.
    explained: Explained = Explained()


@dataclass(frozen=True, slots=True, repr=False)
class PerkResult(EffectAnswer):
    """What an A/B study found. `comparisons` is empty while the effect is withheld."""

    study: PerkAbTest
    metrics: dict[str, Metric]
    currency: str
    checks: tuple[Check, ...]
    comparisons: tuple[Comparison, ...]
    decision: Decision
    assigned: dict[str, int]
    observed: dict[str, int]
    observed_until: date
    monitoring: dict[str, Monitoring] = field(default_factory=dict)  # By variant, at planned looks.
    courses: dict[str, Course] = field(default_factory=dict)  # By variant, when no end is planned.
    absent: dict[str, Text] = field(default_factory=dict)  # By metric, why it has no number.

    @property
    def primary(self) -> Metric:
        """The metric that decides."""
        return self.metrics[self.study.measure.primary_metric]

    @property
    def running(self) -> bool:
        """Whether a test with several looks has not decided: an interval for one look would be read as final."""
        return self.study.looks is not None and any(
            c.decision.verdict == "keep_running" for c in self.comparisons
        )

    @property
    def best(self) -> Comparison:
        """The comparison that the overall decision speaks of; there must be one."""
        return ranked(self.comparisons, self.primary.good)[0]

    @property
    def design(self) -> Design:
        """Customers were assigned by chance."""
        return "randomised"

    @property
    def effect(self) -> Effect | None:
        """The deciding effect of the best variant; None while it is withheld."""
        return self.best.primary if self.comparisons else None

    @property
    def monthly_customers(self) -> float:
        """Customers assigned in an average month of the period, all variants together."""
        if self.study.design.period is None:
            return 0.0
        start, end = self.study.assigned_days
        days = (min(end, self.observed_until - timedelta(days=1)) - start).days + 1
        return sum(self.assigned.values()) / max(days, 1) * DAYS_A_MONTH

    @property
    def rails(self) -> tuple[Guardrail, ...]:
        """All guardrails, variant by variant."""
        return tuple(g for c in self.comparisons for g in c.guardrails)

    @property
    def deciding_rails(self) -> tuple[Guardrail, ...]:
        """The best variant's, and those of others that got worse than allowed."""
        if not self.comparisons:
            return ()
        best = self.best.guardrails
        return (*best, *(g for g in self.rails if g.outcome == "breached" and g not in best))

    @property
    def several(self) -> bool:
        """Whether more than one variant was compared with control."""
        return len(self.comparisons) > 1

    def unpaid(self, effect: Effect) -> bool:
        """Whether its p-value stands beside a test that runs on and no look has paid for it."""
        deciding = [e for c in self.comparisons for e in (c.primary, c.net_value)]
        return self.running and effect not in deciding

    def effects(self) -> tuple[Effect, ...]:
        """All effects, primary first, by variant."""
        rows: list[Effect] = []
        for c in self.comparisons:
            rows += [
                c.primary,
                *([c.net_value] if c.net_value and c.net_value.metric != c.primary.metric else []),
                *(g.effect for g in c.guardrails),
                *c.secondary,
            ]
        return tuple(rows)


@dataclass(frozen=True, slots=True)
class Course:
    """One variant's effect over its looks, oldest first, with the running interval."""

    days: tuple[date, ...]
    primary: tuple[Effect, ...]
    net_value: tuple[Effect, ...]  # It is empty when no money is counted.
    # By this look nothing is left of the running interval.
    contradicted: date | None = None


RANK_OF_VERDICT = {"ship": 0, "keep_running": 1, "inconclusive": 2, "stop": 3}


def ranked(comparisons: Sequence[Comparison], good: Good) -> list[Comparison]:
    """Comparisons in the order of their verdicts, within one the most hopeful first."""
    return sorted(
        comparisons, key=lambda c: (RANK_OF_VERDICT[c.decision.verdict], -_worth(c, good))
    )


def _worth(comparison: Comparison, good: Good) -> float:
    """Money when it is known, else the gain in the metric that decides."""
    if comparison.net_value:
        return comparison.net_value.effect
    return comparison.primary.effect if good == "up" else -comparison.primary.effect
