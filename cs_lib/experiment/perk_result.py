"""What an A/B study found: records that the report reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from cs_lib.experiment.looks import Monitoring
from cs_lib.experiment.nonresponse import SurveyEffect
from cs_lib.experiment.perk_account import Account
from cs_lib.experiment.perk_always import Course
from cs_lib.experiment.returns import Economics
from cs_lib.experiment.robust import Influence
from cs_lib.experiment.segments import Segments
from cs_lib.metrics import Metric
from cs_lib.params import PerkAbTest
from cs_lib.results import Answer, Check, Decision, Effect, Guardrail, Record


@dataclass(frozen=True, slots=True)
class Otherwise(Record):
    """The same question measured in another way, or why it cannot be; never what decides."""

    name: str
    metric: str
    effect: Effect | None
    reason: str = ""
    relative: bool = False  # the effect is a share of control


@dataclass(frozen=True, slots=True)
class Explained(Record):
    """What stands beside one variant's effect: other measures, segments, the effect over time."""

    otherwise: tuple[Otherwise, ...] = ()
    survey: SurveyEffect | None = None
    influence: Influence | None = None
    segments: dict[str, Segments] = field(default_factory=dict)  # by column
    not_split: dict[str, str] = field(default_factory=dict)  # columns without segments, why
    stretches: Segments | None = None  # by stretch of the period
    sooner: tuple[Effect, ...] = ()  # the primary metric in rising windows


@dataclass(frozen=True, slots=True)
class Comparison(Record):
    """One variant against control."""

    variant: str
    primary: Effect
    net_value: Effect | None
    guardrails: tuple[Guardrail, ...]
    secondary: tuple[Effect, ...]
    decision: Decision
    look: date | None = None  # the look it was read at
    economics: Economics | None = None
    account: Account | None = None  # the net value taken apart
    explained: Explained = Explained()


@dataclass(frozen=True, slots=True, repr=False)
class PerkResult(Answer):
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
    monitoring: dict[str, Monitoring] = field(default_factory=dict)  # by variant, planned looks
    courses: dict[str, Course] = field(default_factory=dict)  # by variant, no end planned
    absent: dict[str, str] = field(default_factory=dict)  # metrics without a number, why

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
        same = [c for c in self.comparisons if c.decision.because in self.decision.because]
        return same[0] if same else self.comparisons[0]

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
