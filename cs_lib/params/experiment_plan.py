"""Settings of notebooks/experiment_plan.ipynb: an A/B test that has not begun."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from cs_lib.language import later
from cs_lib.params.before_after import BeforeAfterMeasure
from cs_lib.params.days.off import DaysOff, OfCalendar
from cs_lib.params.days.periods import Moving
from cs_lib.params.fields import Day, Days, Period, Share, Slug, SomeNames, Strict
from cs_lib.params.perk_ab_test import Money, PerkMeasure, method_conflicts, split_conflicts
from cs_lib.params.scope import Scope
from cs_lib.params.study import Conflict, Rule, Study, measure_conflicts, window_days

LONGEST_NAME = 60
# The longest study that is planned ends within so many years.
YEARS_AHEAD = 3


class PerkPlanDesign(Strict):
    """Who will be assigned to what, from when on, and which past days stand for the future."""

    experiment: Slug = Field(
        description="name the test will get; experiment_id in perk_assignments"
    )
    control: str = Field(description="the variant everything is compared with")
    arms: SomeNames = Field(description="the variants compared with control")
    split: dict[str, Share] = Field(
        min_length=2, description="planned share of every variant; sums to 1"
    )
    start: Day = Field(description="first day of assignment, not before as_of")
    history: Period = Field(
        description="first and last day of the data that stand for what is to come; null: up to as_of; or last 26 weeks"
    )
    cluster: Literal["agent_id", "team_id"] | None = Field(
        default=None,
        description="when all customers of an agent or team get the same variant; else each customer",
    )


class Population(Scope):
    """Whose contacts lead into the test; a customer enters once, when the first is resolved."""

    complaints_only: bool = Field(
        default=True, description="true: resolved complaints; false: any resolved contact"
    )


class PerkPlanRule(Rule):
    """What the test must be able to show, and how surely."""

    power: Annotated[float, Field(ge=0.5, le=0.99)] = Field(
        default=0.8, description="how often an effect of min_effect is to be found"
    )
    correction: Literal["holm", "dunnett"] = Field(
        default="holm",
        description="for several variants: holm, or dunnett, whose intervals hold together",
    )


class PlanLooks(Strict):
    """Looks at the running test, spread evenly over the customers observed."""

    spending: Literal["obrien_fleming", "pocock"] = Field(
        default="obrien_fleming",
        description="obrien_fleming is strict early and costs little; pocock is even",
    )
    count: Annotated[int, Field(ge=2, le=20)] = Field(
        description="how many looks, the last one included"
    )


class PerkPlan(Study):
    """Settings of notebooks/experiment_plan.ipynb."""

    fixed_once_seen: ClassVar[bool] = False  # plans are tried until one fits
    moving: ClassVar[dict[str, Moving]] = {"design.history": Moving("as_of")}
    kind: ClassVar[str] = later("Plan of an experiment")
    measures: ClassVar[Literal["customers", "days"]] = "customers"

    notebook: Literal["experiment_plan"]
    plans: Literal["perk_ab_test"] = Field(
        default="perk_ab_test",
        description="what is planned: perk_ab_test, or before_after for a change to how we serve",
    )
    design: PerkPlanDesign
    population: Population = Field(
        default=Population(), description="who will enter; leave out for all resolved complaints"
    )
    measure: PerkMeasure
    money: Money | None = Field(default=None, description="leave out when only behaviour counts")
    rule: PerkPlanRule
    looks: PlanLooks | None = Field(
        default=None, description="leave out to look once, at the planned size"
    )
    limit_days: Annotated[int, Field(ge=1, le=3650)] | None = Field(
        default=None, description="the most days the team is willing to wait for the result"
    )
    write: Slug | None = Field(
        default=None, description="name of the study to write; the experiment's name and _test"
    )

    @property
    def room(self) -> str:
        """The package of this kind of plan on the floors where the two kinds have one each."""
        return f"{self.notebook}.{self.plans}"

    @property
    def written_name(self) -> str:
        """Name of the study that the plan writes."""
        return self.write or f"{self.design.experiment}_test"

    @property
    def follow_up_days(self) -> int:
        """Days a customer is followed: the longest window the test names."""
        measure = self.measure
        named = (measure.primary_metric, *measure.guardrails, *measure.secondary)
        days = [window_days(name) or 0 for name in named]
        return max([*days, self.money.window_days if self.money else 0])

    @classmethod
    def conflicts(cls, draft: Any) -> list[Conflict]:
        """Contradictions of a plan."""
        found = measure_conflicts(draft.measure) + method_conflicts(draft)
        found += split_conflicts(draft.design) + _equal_shares(draft.design)
        return found + _day_conflicts(draft) + _name_conflicts(draft)


def _equal_shares(design: Any) -> list[Conflict]:
    """The formulas know one size for control and one for all other variants."""
    if not design.split or not design.arms:
        return []
    shares = [design.split[arm] for arm in design.arms if arm in design.split]
    if not shares or max(shares) - min(shares) < 1e-6:
        return []
    return [("design.split", "every variant but control must have the same share in a plan")]


def _day_conflicts(draft: Any) -> list[Conflict]:
    """The past must be known, and the test must not have begun."""
    start, history, as_of = draft.design.start, draft.design.history, draft.as_of
    found: list[Conflict] = []
    if as_of and start and start < as_of:
        found.append(("design.start", f"is {start}, before as_of {as_of}; plan for days to come"))
    if not (as_of and history):
        return found
    if history[1] >= as_of:
        message = f"ends {history[1]}, but only data before as_of {as_of} count"
        found.append(("design.history", message))
    days = window_days(draft.measure.primary_metric or "")
    if days and history[0] + timedelta(days=days) >= as_of:
        message = f"begins {history[0]}: before as_of {as_of} nobody was followed for {days} days"
        found.append(("design.history", message))
    return found


def _name_conflicts(draft: Any) -> list[Conflict]:
    """The written study needs a name of its own that can be a file's."""
    experiment, name = draft.design.experiment, draft.write
    if name is None and experiment and len(f"{experiment}_test") > LONGEST_NAME:
        return [("write", f"set it: '{experiment}_test' is longer than {LONGEST_NAME} letters")]
    if draft.study and draft.study == (name or f"{experiment}_test"):
        return [("write", f"'{draft.study}' is this plan itself; name the test otherwise")]
    return []


class Rollout(Strict):
    """Which teams can be changed, and how fast."""

    teams: SomeNames = Field(description="teams that can be changed; some stay as they are")
    teams_at_once: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="most teams that can be changed on one day"
    )
    most_teams: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="most teams that may be changed before the result is known"
    )
    weeks_between: Annotated[int, Field(ge=1, le=26)] = Field(
        default=2, description="weeks from one wave of teams to the next"
    )
    seed: Annotated[int, Field(ge=0)] = Field(
        default=0, description="of the lots that say which team is changed when"
    )


class BeforeAfterPlanDesign(DaysOff):
    """What will change, when at the earliest, where, and which past days stand for the future."""

    change: Slug = Field(description="name of the change")
    start: Day = Field(description="the day on which the change can go live, not before as_of")
    history: Period = Field(
        description="first and last day of the data that stand for what is to come; null: up to as_of; or last 26 weeks"
    )
    washout_days: Annotated[int, Field(ge=0, le=90)] = Field(
        default=0, description="days after the change to be left out: ramp, training"
    )
    scope: Scope = Field(default=Scope(), description="which contacts; leave out for all")
    rollout: Rollout | None = Field(
        default=None,
        description="for a change that goes from team to team; leave out when everything in scope changes",
    )
    calendar: OfCalendar = None
    holidays: Days = Field(
        default=(),
        description="days that never look like others, past and to come, beside those of the calendar",
    )

    @property
    def years(self) -> tuple[int, int]:
        """Those of the history and of the longest study."""
        return self.history[0].year, self.start.year + YEARS_AHEAD


class BeforeAfterPlanRule(Rule):
    """What the study must be able to show, and how surely."""

    power: Annotated[float, Field(ge=0.5, le=0.99)] = Field(
        default=0.8, description="how often a change of min_effect is to be found"
    )


class BeforeAfterPlan(Study):
    """Settings of notebooks/experiment_plan.ipynb for a change to how we serve."""

    fixed_once_seen: ClassVar[bool] = False  # plans are tried until one fits
    moving: ClassVar[dict[str, Moving]] = {"design.history": Moving("as_of")}
    kind: ClassVar[str] = later("Plan of a before/after study")
    measures: ClassVar[Literal["customers", "days"]] = "days"

    notebook: Literal["experiment_plan"]
    plans: Literal["before_after"] = Field(
        description="what is planned: perk_ab_test, or before_after for a change to how we serve"
    )
    design: BeforeAfterPlanDesign
    measure: BeforeAfterMeasure
    rule: BeforeAfterPlanRule
    limit_weeks: Annotated[int, Field(ge=2, le=104)] | None = Field(
        default=None, description="the most weeks after the change that the team is willing to wait"
    )
    write: Slug | None = Field(
        default=None, description="name of the study to write; the change's name and _study"
    )

    @property
    def room(self) -> str:
        """The package of this kind of plan on the floors where the two kinds have one each."""
        return f"{self.notebook}.{self.plans}"

    @property
    def written_name(self) -> str:
        """Name of the study that the plan writes."""
        return self.write or f"{self.design.change}_study"

    @property
    def scope(self) -> Scope:
        """The contacts that the plan reads: in a roll-out those of its teams."""
        rollout = self.design.rollout
        if rollout is None:
            return self.design.scope
        return self.design.scope.model_copy(update={"team_id": rollout.teams})

    @classmethod
    def conflicts(cls, draft: Any) -> list[Conflict]:
        """Contradictions of a plan."""
        found = measure_conflicts(draft.measure) + _change_day_conflicts(draft)
        return found + _rollout_conflicts(draft.design) + _change_name_conflicts(draft)


def _change_day_conflicts(draft: Any) -> list[Conflict]:
    """The past must be known, and the change must lie ahead of it."""
    start, history, as_of = draft.design.start, draft.design.history, draft.as_of
    found: list[Conflict] = []
    if as_of and start and start < as_of:
        found.append(("design.start", f"is {start}, before as_of {as_of}; plan for days to come"))
    if history and as_of and history[1] >= as_of:
        message = f"ends {history[1]}, but only data before as_of {as_of} count"
        found.append(("design.history", message))
    elif history and start and history[1] >= start:
        message = f"ends {history[1]}, not before the change on {start}"
        found.append(("design.history", message))
    return found


def _rollout_conflicts(design: Any) -> list[Conflict]:
    """Some team must stay as it is, and teams are named once."""
    rollout = design.rollout
    if rollout is None:
        return []
    found: list[Conflict] = []
    if design.scope is not None and design.scope.team_id:
        found.append(("design.scope", "leave team_id out: design.rollout names the teams"))
    teams, most, once = rollout.teams, rollout.most_teams, rollout.teams_at_once
    if teams and most and most >= len(teams):
        message = f"is {most} of {len(teams)} teams; one at least must stay as it is"
        found.append(("design.rollout.most_teams", message))
    if most and once and once > most:
        message = f"is {once}, more than most_teams ({most})"
        found.append(("design.rollout.teams_at_once", message))
    return found


def _change_name_conflicts(draft: Any) -> list[Conflict]:
    """The written study needs a name of its own that can be a file's."""
    change, name = draft.design.change, draft.write
    if name is None and change and len(f"{change}_study") > LONGEST_NAME:
        return [("write", f"set it: '{change}_study' is longer than {LONGEST_NAME} letters")]
    if draft.study and draft.study == (name or f"{change}_study"):
        return [("write", f"'{draft.study}' is this plan itself; name the study otherwise")]
    return []
