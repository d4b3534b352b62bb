"""What a before/after study found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from cs_lib.aggregates import LoggedChange
from cs_lib.experiment.before_after.team_panel import Rate
from cs_lib.language import later
from cs_lib.methods.did.bacon import Bacon
from cs_lib.methods.did.drift import Drift
from cs_lib.methods.did.pretrend import Pretrend
from cs_lib.methods.did.summaries import (
    Average,
    EffectProfile,
)
from cs_lib.methods.did.synthetic_choice import SyntheticChoice
from cs_lib.methods.its.first_days import FirstDays
from cs_lib.methods.its.level_change import LevelChange
from cs_lib.methods.its.mix import MixSplit
from cs_lib.methods.its.placebo import Placebo
from cs_lib.methods.its.placebo_test import PlaceboTest
from cs_lib.methods.its.stages import StageSplit
from cs_lib.methods.survival.by_day import WaitingByDay
from cs_lib.methods.survival.kaplan_meier import SurvivalCurve
from cs_lib.metrics import Metric
from cs_lib.params import BeforeAfter
from cs_lib.results import Check, Decision, Design, Effect, EffectAnswer, Guardrail, Record
from cs_lib.sentences import Text, say

WHY_DAYS_OR_WEEKS = {
    "clean": later("days, because nothing is left in their residuals"),
    "declared": later("as declared"),
    "short_noise": later("weeks, because daily values carry noise on top of their autocorrelation"),
    "weekday_pattern": later("weeks, because a weekday pattern is left in the days"),
    "autocorrelated": later("weeks, because the days are autocorrelated beyond the model"),
    "days_impossible": later("weeks, because days cannot be fitted"),
    "weeks_impossible": later("days, because there are too few whole weeks; read it with care"),
    "wandering_line": later(
        "weeks beside a straight line, because the level also moves slowly by itself, which can look "
        "like a step: the change was read beside a line and beside a slow curve, and the less certain "
        "of the two counts"
    ),
    "wandering_curve": later(
        "weeks beside a slow curve, because the level also moves slowly by itself, which can look "
        "like a step: the change was read beside a line and beside a slow curve, and the less certain "
        "of the two counts"
    ),
    "wandering_short": later(
        "weeks, because the level also moves slowly by itself; there are too few of them to "
        "follow it with a curve, so read it with care"
    ),
    "drift_without": later(
        "{periods}; because the change is not half-way, a slow drift of the level could look like it: it "
        "was read without and with such a drift, and the less certain of the two counts, here the one "
        "without"
    ),
    "drift_with": later(
        "{periods}; because the change is not half-way, a slow drift of the level could look like it: it "
        "was read without and with such a drift, and the less certain of the two counts, here the one "
        "with it"
    ),
    "slope_line": later(
        "{periods} beside a straight line; because a wave of the year, or a level that moves slowly by "
        "itself, can look like a change that grows, it was read beside these too, and the least certain counts"
    ),
    "slope_season": later(
        "{periods} beside a wave of one year, because such a wave can look like a change that grows: it was "
        "read beside a line, beside a wave and beside a slow curve, and the least certain counts"
    ),
    "slope_curve": later(
        "{periods} beside a slow curve, because a level that moves slowly by itself can look like a change "
        "that grows: it was read beside a line, beside a curve and beside a wave of one year where the model has "
        "none, and the least certain counts"
    ),
}
# The words to these name days or weeks themselves.
NAMING_PERIODS = ("drift_without", "drift_with", "slope_line", "slope_season", "slope_curve")


By = Literal["synthetic", "at_once", "in_waves"]


@dataclass(frozen=True, slots=True)
class Beside(Record):
    """The same change by other comparisons; None where a comparison is not asked for or cannot be had."""

    alone: Effect | None = None  # The step without the unchanged queue beside it.
    ignoring: Effect | None = None  # The step with the other changes left out of the model.
    forecast: Effect | None = None  # A second opinion, from a state-space forecast that can tell.
    too_wide: float | None = None  # One that cannot, by so many times the width that decides.
    season_left: Effect | None = None  # The step with the season of the years before left in.


@dataclass(frozen=True, slots=True)
class Found(Record):
    """What a before/after study shows once no check blocks it and its change can be read."""

    read: LevelChange | TeamStudy  # The change in one series, or team by team.
    guardrails: tuple[Guardrail, ...]
    secondary: tuple[Effect, ...]
    placebo: Placebo | None
    placebo_test: PlaceboTest | None
    first_days: FirstDays | None  # The effect beside that of the days from the third week on.
    mix: tuple[MixFinding, ...]
    beside: Beside
    curves: tuple[SurvivalCurve, ...]
    stages: StageSplit | None  # In which stage a time changed.
    waiting: WaitingByDay | None  # For a time, the cases opened before and after.


@dataclass(frozen=True, slots=True, repr=False)
class BeforeAfterResult(EffectAnswer):
    """What a before/after study came to. `found` is None while the effect is withheld."""

    study: BeforeAfter
    metrics: dict[str, Metric]
    currency: str
    checks: tuple[Check, ...]
    decision: Decision
    horizon: int
    observed_until: date
    found: Found | None
    # Other changes of the log that may touch these contacts.
    logged: tuple[LoggedChange, ...]
    team_lines: tuple[TeamLine, ...]  # What each team of a roll-out did.
    contacts_a_month: float = 0.0  # In scope after the change, by the median week.

    @property
    def change(self) -> LevelChange | None:
        """The change in one series; None while withheld, or when it is read team by team."""
        return self.found.read if self.found and isinstance(self.found.read, LevelChange) else None

    @property
    def teams(self) -> TeamStudy | None:
        """The change team by team; None while withheld, or when it is read in one series."""
        return self.found.read if self.found and isinstance(self.found.read, TeamStudy) else None

    @property
    def guardrails(self) -> tuple[Guardrail, ...]:
        """What must not get worse; nothing while withheld."""
        return self.found.guardrails if self.found else ()

    @property
    def design(self) -> Design:
        """Before and after, in one series or team by team."""
        return "by_team" if self.study.design.teams else "before_after"

    @property
    def rails(self) -> tuple[Guardrail, ...]:
        """All guardrails."""
        return self.guardrails

    @property
    def deciding_rails(self) -> tuple[Guardrail, ...]:
        """All guardrails."""
        return self.guardrails

    @property
    def several(self) -> bool:
        """There is one change to tell from nothing."""
        return False

    def unpaid(self, effect: Effect) -> bool:
        """A before/after study is read once."""
        return False

    @property
    def effect(self) -> Effect | None:
        """The deciding effect; None while it is withheld."""
        return self.found.read.effect if self.found else None

    @property
    def smallest_detectable(self) -> float | None:
        """The change that this study finds in 80 % of cases, in the metric's unit."""
        return self.found.read.smallest_detectable if self.found else None

    @property
    def primary(self) -> Metric:
        """The metric that decides."""
        return self.metrics[self.study.measure.primary_metric]

    def effects(self) -> tuple[Effect, ...]:
        """All effects, primary first."""
        if self.found is None:
            return ()
        rails = (g.effect for g in self.found.guardrails)
        return (self.found.read.effect, *rails, *self.found.secondary)

    @property
    def unit_choice(self) -> Text:
        """Days or weeks, and why."""
        if self.change is None:
            return ""
        why = WHY_DAYS_OR_WEEKS[self.change.reason]
        if self.change.reason not in NAMING_PERIODS:
            return say(why)
        return say(why, periods=say("days") if self.change.unit == "day" else say("weeks"))


@dataclass(frozen=True, slots=True)
class MixFinding(Record):
    """One column's split, and the step at the mix of before (None when it cannot be had)."""

    split: MixSplit
    at_old_mix: Effect | None
    moved: bool  # Whether the mix alone makes up enough to act on.


@dataclass(frozen=True, slots=True)
class TeamStudy(Record):
    """A roll-out as read: the deciding effect, other answers, the event study, the pre-trend."""

    effect: Effect
    by: By
    beside: tuple[tuple[Text, Effect], ...]
    profile: EffectProfile | None  # The effect by weeks since the change.
    waves: EffectProfile | None  # The effect by date of change, when dates differ.
    averages: tuple[Average, ...]  # The averages of the effects, when dates differ.
    pretrend: Pretrend | None
    drift: Drift | None
    synthetic: SyntheticChoice | None
    refused: Text  # Why there is no synthetic comparison.
    # The usual regression's number and its split, when dates differ.
    bacon: Bacon | None
    left_out: tuple[str, ...]
    smallest_detectable: float
    # If the one or two teams of the smaller side varied twice as much as the others.
    unlike: Effect | None = None
    weeks_left_out: int = 0  # Weeks with cases, but not in half of the teams.
    rate: Rate | None = None  # Over whose orders a rate was read.
    partly: tuple[
        str, ...
    ] = ()  # Teams that were not there all the time and count in the weeks they have.


@dataclass(frozen=True, slots=True)
class TeamLine(Record):
    """One team: its mean over cases before and after, not a number without cases.

    A team that was not changed is split at the first change of the roll-out.
    """

    team: str
    changed_on: date | None
    before: float
    after: float
    cases: int
