"""Settings of notebooks/needs_and_causes.ipynb: what brings customers to us and back, who owns the cause."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from cs_lib.language import later
from cs_lib.params.attribution import Attribution
from cs_lib.params.days.off import DaysOff, Holidays, OfCalendar
from cs_lib.params.days.periods import Moving
from cs_lib.params.fields import Period, Positive, Share, Strict
from cs_lib.params.scope import Scope
from cs_lib.params.study import Conflict, Study

Reply = Literal["remove", "simplify", "automate", "keep"]


class NeedsDesign(DaysOff):
    """Which contacts, and what was decided about needs."""

    period: Period = Field(
        description="first and last day of contacts; null as last day: up to as_of; or last 52 weeks"
    )
    scope: Scope = Field(
        default=Scope(), description="which contacts; a list left out or empty allows all"
    )
    replies: dict[str, Reply] = Field(
        default={},
        description="what was decided about a need: remove, simplify, automate, or keep (it is welcome)",
    )
    calendar: OfCalendar = None
    holidays: Holidays = ()

    @property
    def years(self) -> tuple[int, int]:
        """The period's years and the year before."""
        return self.period[0].year - 1, self.period[1].year


class NeedsMoney(Strict):
    """What work costs."""

    minute_cost: Positive = Field(description="cost of a minute of an agent's work")


class NeedsRule(Strict):
    """When the evidence is enough."""

    alpha: Annotated[float, Field(gt=0, le=0.2)] = Field(
        default=0.05, description="two-sided error level"
    )
    unknown_limit: Share = Field(
        default=0.2, description="share of contacts without a need from which it is measured first"
    )
    kappa_floor: Annotated[float, Field(ge=0, lt=1)] = Field(
        default=0.4,
        description="lower end of the agreement (kappa) of rules and people below which it is measured first",
    )
    false_discoveries: Share = Field(
        default=0.1, description="share of false alarms allowed among what is told as new"
    )
    smallest_cell: Annotated[int, Field(ge=1, le=1000)] = Field(
        default=10, description="groups of fewer contacts are not shown"
    )


class NeedsAndCauses(Study):
    """Settings of notebooks/needs_and_causes.ipynb."""

    kind: ClassVar[str] = later("Needs and causes")
    measures: ClassVar[Literal["customers", "days"]] = "days"
    fixed_once_seen: ClassVar[bool] = False
    moving: ClassVar[dict[str, Moving]] = {"design.period": Moving("as_of")}

    notebook: Literal["needs_and_causes"]
    design: NeedsDesign
    attribution: Attribution = Field(default=Attribution())
    money: NeedsMoney | None = Field(default=None)
    rule: NeedsRule = Field(default=NeedsRule())

    @classmethod
    def conflicts(cls, draft: Any) -> list[Conflict]:
        """Contradictions of a study of needs."""
        found: list[Conflict] = []
        design = draft.design
        period = design.period
        if period and draft.as_of and period[1] >= draft.as_of:
            message = f"ends {period[1]}, but only data before as_of {draft.as_of} count"
            found.append(("design.period", message))
        return found
