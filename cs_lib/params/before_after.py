"""Settings of notebooks/before_after.ipynb: a change to how we serve."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from cs_lib.language import later
from cs_lib.params.changes import OffPeriods, OtherChanges, Span, change_conflicts, spans
from cs_lib.params.days.off import DaysOff, Holidays, OfCalendar
from cs_lib.params.days.periods import Moving
from cs_lib.params.fields import Day, Period
from cs_lib.params.scope import Scope
from cs_lib.params.study import Conflict, Measure, Rule, Study, measure_conflicts

# What was measured before the periods may be looked at too.
YEARS_BEFORE = 3


class BeforeAfterDesign(DaysOff):
    """What changed, when, where."""

    intervention_date: Day = Field(description="the day the change went live")
    washout_days: Annotated[int, Field(ge=0, le=90)] = Field(
        default=0,
        description="days after it was switched on (or off) that are left out: ramp, training",
    )
    pre_period: Period = Field(
        description="first and last day before the change; last 26 weeks: those that end the day before it"
    )
    post_period: Period = Field(
        description="first and last day after the change; null as last day: up to as_of; or last 26 weeks"
    )
    scope: Scope = Field(
        default=Scope(), description="which contacts; a list left out or empty allows all"
    )
    shape: Literal["step", "slope"] = Field(
        default="step",
        description="what is looked for, said before: step, or slope for a step that grows or fades (12 weeks a side); "
        "a season grows and fades too, so that a slope takes more to be told",
    )
    off_periods: OffPeriods = Field(
        default=(),
        description="when it was off again after that day: [first, last] day without it, each time; null: still off",
    )
    also: OtherChanges = Field(
        default=(),
        description="other changes of this service in the periods: fitted together, or theirs is taken for ours",
    )
    teams: dict[str, Day | None] | None = Field(
        default=None,
        description="for a change that some teams got: the day each was changed, null for the others",
    )
    comparison: Scope | None = Field(
        default=None,
        description="a queue that was not changed: what moves both is taken out",
    )
    change_id: str | None = Field(
        default=None, description="the change in the change log (flow_changes), if logged"
    )
    calendar: OfCalendar = None
    holidays: Holidays = ()
    picked_for_bad_results: bool = Field(
        default=False, description="true when this queue was changed because its numbers were bad"
    )

    @property
    def years(self) -> tuple[int, int]:
        """From years before the periods to the year after them."""
        return self.pre_period[0].year - YEARS_BEFORE, self.post_period[1].year + 1

    @property
    def changed(self) -> Scope:
        """The contacts that the change concerns: with teams named, those of the changed ones."""
        if self.teams is None:
            return self.scope
        teams = tuple(team for team, day in self.teams.items() if day is not None)
        return self.scope.model_copy(update={"team_id": teams})

    @property
    def in_waves(self) -> bool:
        """Whether teams were changed on several dates."""
        return len({day for day in (self.teams or {}).values() if day}) > 1

    @property
    def one_step(self) -> bool:
        """Whether it is one change that stayed, read as a step."""
        return self.shape == "step" and not self.off_periods and not self.also

    @property
    def spans(self) -> tuple[Span, ...]:
        """When the change was on: first day on, first day off again (None when it stayed)."""
        return spans(self.intervention_date, self.off_periods, self.post_period[1])


class BeforeAfterMeasure(Measure):
    """What is measured, and how long a case is followed."""

    usual_guardrails: bool = Field(
        default=True,
        description="watch what speed is often bought with: satisfaction, reopening, the same problem again",
    )

    horizon_days: Annotated[int, Field(ge=1, le=90)] | None = Field(
        default=None,
        description="times are counted up to this many days, so that open contacts count too",
    )


class BeforeAfter(Study):
    """Settings of notebooks/before_after.ipynb."""

    kind: ClassVar[str] = later("Before/after study")
    measures: ClassVar[Literal["customers", "days"]] = "days"
    moving: ClassVar[dict[str, Moving]] = {
        "design.pre_period": Moving("design.intervention_date"),
        "design.post_period": Moving("as_of", since="design.intervention_date"),
        "design.off_periods": Moving("as_of", windows=False, each=True),
    }

    notebook: Literal["before_after"]
    design: BeforeAfterDesign
    measure: BeforeAfterMeasure
    rule: Rule

    @classmethod
    def conflicts(cls, draft: Any) -> list[Conflict]:
        """Contradictions of a before/after study."""
        design, found = draft.design, measure_conflicts(draft.measure)
        pre, post, day = design.pre_period, design.post_period, design.intervention_date
        if pre and post and post[0] <= pre[1]:
            found.append(
                (
                    "design.post_period",
                    f"starts {post[0]}, before the pre-period has ended ({pre[1]})",
                )
            )
        if day and pre and pre[1] >= day:
            found.append(
                ("design.pre_period", f"ends {pre[1]}, not before the intervention on {day}")
            )
        if day and post and post[0] < day:
            found.append(
                ("design.post_period", f"starts {post[0]}, before the intervention on {day}")
            )
        if post and draft.as_of and post[1] >= draft.as_of:
            message = f"ends {post[1]}, but only data before as_of {draft.as_of} count"
            found.append(("design.post_period", message))
        found += _comparison_conflicts(design) + _team_conflicts(design) + change_conflicts(design)
        if (
            day
            and post
            and design.washout_days
            and day + timedelta(days=design.washout_days) > post[1]
        ):
            found.append(
                (
                    "design.washout_days",
                    f"{design.washout_days} days leave nothing of the post-period",
                )
            )
        return found


def _comparison_conflicts(design: Any) -> list[Conflict]:
    """An unchanged queue must be another one."""
    if design.comparison is None or design.scope is None:
        return []
    lists = {
        c: (getattr(design.scope, c) or (), getattr(design.comparison, c) or ())
        for c in Scope.COLUMNS
    }
    if not any(theirs for _, theirs in lists.values()):
        return [("design.comparison", "must name which contacts were not changed")]
    apart = any(ours and theirs and not set(ours) & set(theirs) for ours, theirs in lists.values())
    if not apart:
        message = "holds contacts of design.scope too; name a queue that the change did not touch"
        return [("design.comparison", message)]
    return []


def _team_conflicts(design: Any) -> list[Conflict]:
    """Team by team: dates that agree with the periods, and nobody named twice."""
    if design.teams is None:
        return []
    found: list[Conflict] = []
    if design.scope is not None and design.scope.team_id:
        found.append(("design.scope", "leave team_id out: design.teams names the teams"))
    if design.comparison is not None:
        found.append(("design.comparison", "leave it out: teams without a day are compared with"))
    days = [day for day in design.teams.values() if day is not None]
    if not days:
        found.append(("design.teams", "no team has a day on which it was changed"))
    elif design.intervention_date and min(days) != design.intervention_date:
        message = f"is {design.intervention_date}, but the first team was changed on {min(days)}"
        found.append(("design.intervention_date", message))
    if design.post_period:
        found += [
            ("design.teams", f"{team} was changed on {day}, after the post-period")
            for team, day in design.teams.items()
            if day is not None and day > design.post_period[1]
        ]
    return found
