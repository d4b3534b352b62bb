"""What a plan of a before/after study came to: small, frozen, no raw data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import isfinite

from cs_lib import sentences as w
from cs_lib.experiment.before_after.team_panel import Rate
from cs_lib.experiment.experiment_plan.draft import Draft
from cs_lib.methods.its.noise import Noise
from cs_lib.methods.its.placebo import Placebo
from cs_lib.methods.its.placebo_test import PlaceboTest
from cs_lib.methods.its.season import Season
from cs_lib.methods.power.did import Placebos, Schedule
from cs_lib.methods.power.its import Shares
from cs_lib.metrics.experiment_plan import BeforeAfterPlanEvidence
from cs_lib.params import BeforeAfterPlan
from cs_lib.results import Check, Decision, Record
from cs_lib.sentences import Text, say


def worth(result: Drafted) -> Text:
    """The change worth acting on: `1.0 hours`."""
    return sized(result, result.study.rule.min_effect)


def way_words(way: Schedule) -> Text:
    """A roll-out in words: `4 teams changed on one date`, `2 teams changed in each of 3 waves`."""
    if not way.staggered:
        return say("{changed} changed on one date", changed=w.counted(way.changed, "team"))
    gap = w.counted(way.starts[1] - way.starts[0], "week")
    return say(
        "{teams} changed in each of {waves} waves, {gap} apart",
        teams=w.counted(way.sizes[0], "team"),
        waves=len(way.sizes),
        gap=gap,
    )


def sized(result: Drafted, value: float) -> Text:
    """A change in the unit of the deciding metric: `1.0 hours`."""
    if not isfinite(value):
        return say("no size")
    return w.size(value, result.primary.quantity)


@dataclass(frozen=True, slots=True)
class Simulated(Record):
    """The same study simulated, read by the notebook's own method."""

    runs: int
    smallest: float
    found: float  # How often the change worth acting on is found.
    false_alarms: float
    shares: Shares  # of runs that were read by weeks, and beside which curves


@dataclass(frozen=True, slots=True)
class Length(Record):
    """A study so many weeks long after the change, by formula, and by simulation where that was run.

    `smallest` is the change found with the power asked for, `even` the same with no more weeks
    before than after, `power` how often the change worth acting on is found.
    """

    weeks: int
    result_on: date
    smallest: float
    power: float
    even: float | None = None
    simulated: Simulated | None = None


@dataclass(frozen=True, slots=True)
class QueuePast(Record):
    """The primary metric in the history: its level and how it varies by itself."""

    level: float
    noise: Noise
    week_rho: float  # The correlation of neighbouring weeks.
    usable: int  # The number of usable days.
    log_scale: bool
    season: Season | None = (
        None  # Told by the years before the history; the study will take it out.
    )


@dataclass(frozen=True, slots=True)
class TeamOption(Record):
    """One way to roll out: the weeks it needs (None: too many), and what it finds in as many as the plan has."""

    schedule: Schedule
    weeks: int | None
    smallest: float
    power: float
    placebos: Placebos | None


@dataclass(frozen=True, slots=True)
class TeamPlan(Record):
    """A roll-out: how teams vary, the ways compared, the one recommended, and who is changed when."""

    level: float
    noise: Noise  # How a team's weeks vary beside the other teams'.
    weeks_known: int
    teams: tuple[str, ...]
    left_out: tuple[str, ...]
    shown_weeks: int
    options: tuple[TeamOption, ...]
    chosen: TeamOption | None
    dates: tuple[tuple[str, date | None], ...]  # Each team, and the day it is changed.
    rate: Rate | None = None  # Over whose orders a rate was read.


@dataclass(frozen=True, slots=True)
class GuardPlan(Record):
    """The loss of a guardrail that the study can rule out, if there is none in truth."""

    metric: str
    usual: float
    margin: float
    smallest_margin: float

    @property
    def holds(self) -> bool:
        """Whether the study is large enough for the margin."""
        return self.smallest_margin <= self.margin


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Drafted(Draft):
    """What the past says of a study, before anything is decided.

    Without `planned` no length does; `within` is what the limit allows then.
    """

    study: BeforeAfterPlan
    evidence: BeforeAfterPlanEvidence
    weeks_before: int = 0
    past: QueuePast | None = None
    teams: TeamPlan | None = None
    planned: Length | None = None
    within: Length | None = None
    # As many weeks after as before: eight, where there are so many.
    reference: Length | None = None
    options: tuple[Length, ...] = ()
    curve: tuple[Length, ...] = ()
    placebo: Placebo | None = None
    placebo_test: PlaceboTest | None = None
    guardrails: tuple[GuardPlan, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class BeforeAfterPlanResult(Drafted):
    """What a plan came to."""

    decision: Decision
    checks: tuple[Check, ...] = ()
    settings: str = ""  # The settings of the study as YAML.
