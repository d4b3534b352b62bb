"""Settings of notebooks/experiment_plan.ipynb: a before/after study or a roll-out that has not begun."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from cs_lib.params.before_after import BeforeAfterMeasure, Scope
from cs_lib.params.fields import Day, Days, Period, Slug, SomeNames, Strict
from cs_lib.params.study import Conflict, Rule, Study, measure_conflicts

LONGEST_NAME = 60


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


class FlowPlanDesign(Strict):
    """What will change, when at the earliest, where, and which past days stand for the future."""

    change: Slug = Field(description="name of the change")
    start: Day = Field(description="the day on which the change can go live, not before as_of")
    history: Period = Field(
        description="first and last day of the data that stand for the days to come"
    )
    washout_days: Annotated[int, Field(ge=0, le=90)] = Field(
        default=0, description="days after the change to be left out: ramp, training"
    )
    scope: Scope = Field(default=Scope(), description="which contacts; leave out for all")
    rollout: Rollout | None = Field(
        default=None,
        description="for a change that goes from team to team; leave out when everything in scope changes",
    )
    holidays: Days = Field(
        default=(), description="days that never look like others, past and to come"
    )


class FlowPlanRule(Rule):
    """What the study must be able to show, and how surely."""

    power: Annotated[float, Field(ge=0.5, le=0.99)] = Field(
        default=0.8, description="how often a change of min_effect is to be found"
    )


class FlowPlan(Study):
    """Settings of notebooks/experiment_plan.ipynb for a change to how we serve."""

    fixed_once_seen: ClassVar[bool] = False  # plans are tried until one fits

    notebook: Literal["experiment_plan"]
    plans: Literal["before_after"] = Field(
        description="what is planned: perk_ab_test, or before_after for a change to how we serve"
    )
    design: FlowPlanDesign
    measure: BeforeAfterMeasure
    rule: FlowPlanRule
    limit_weeks: Annotated[int, Field(ge=2, le=104)] | None = Field(
        default=None, description="the most weeks after the change that the team is willing to wait"
    )
    write: Slug | None = Field(
        default=None, description="name of the study to write; the change's name and _study"
    )

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
        found = measure_conflicts(draft.measure) + _day_conflicts(draft)
        return found + _rollout_conflicts(draft.design) + _name_conflicts(draft)


def _day_conflicts(draft: Any) -> list[Conflict]:
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


def _name_conflicts(draft: Any) -> list[Conflict]:
    """The written study needs a name of its own that can be a file's."""
    change, name = draft.design.change, draft.write
    if name is None and change and len(f"{change}_study") > LONGEST_NAME:
        return [("write", f"set it: '{change}_study' is longer than {LONGEST_NAME} letters")]
    if draft.study and draft.study == (name or f"{change}_study"):
        return [("write", f"'{draft.study}' is this plan itself; name the study otherwise")]
    return []
