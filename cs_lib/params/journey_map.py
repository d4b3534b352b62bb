"""Settings of notebooks/journey_map.ipynb: where on the way from asking to solved it hurts."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from cs_lib.language import later
from cs_lib.params.days.hours import Hours
from cs_lib.params.days.off import DaysOff, Holidays, OfCalendar
from cs_lib.params.days.periods import Moving
from cs_lib.params.fields import Period, Positive, Share, Strict
from cs_lib.params.scope import Scope
from cs_lib.params.study import Conflict, Study

Waits = Literal["answer", "work", "third_party", "again"]


class JourneyDesign(DaysOff):
    """Which contacts, and from when on a wait is too long."""

    period: Period = Field(
        description="first and last day of contacts; null as last day: up to as_of; or last 26 weeks"
    )
    scope: Scope = Field(
        default=Scope(), description="which contacts; a list left out or empty allows all"
    )
    targets: dict[Waits, Positive] = Field(
        default={},
        description="hours that customers may wait: for an answer, in work, on a third_party, or again after"
        " reopening; without a target the longest tenth counts as long",
    )
    follow_up_days: Annotated[int, Field(ge=1, le=60)] = Field(
        default=7, description="days after a resolved complaint in which somebody should ask back"
    )
    calendar: OfCalendar = None
    holidays: Holidays = ()

    hours: Hours | None = Field(
        default=None,
        description="when teams are open; {} takes the calendars of the source; without it calendar time alone counts",
    )

    @property
    def years(self) -> tuple[int, int]:
        """The period's years."""
        return self.period[0].year, self.period[1].year


class JourneyRule(Strict):
    """When the evidence is enough."""

    alpha: Annotated[float, Field(gt=0, le=0.2)] = Field(
        default=0.05, description="two-sided error level"
    )
    smallest_gap: Share = Field(
        default=0.02,
        description="gap in the share of satisfied customers below which nothing is called a pain",
    )
    false_discoveries: Share = Field(
        default=0.1,
        description="share of false alarms allowed among pains and among what slow cases differ in",
    )
    smallest_cell: Annotated[int, Field(ge=1, le=1000)] = Field(
        default=10, description="groups of fewer contacts are not shown"
    )


class JourneyMap(Study):
    """Settings of notebooks/journey_map.ipynb."""

    kind: ClassVar[str] = later("Journey map")
    measures: ClassVar[Literal["customers", "days"]] = "days"
    fixed_once_seen: ClassVar[bool] = False
    moving: ClassVar[dict[str, Moving]] = {"design.period": Moving("as_of")}

    notebook: Literal["journey_map"]
    design: JourneyDesign
    rule: JourneyRule = Field(default=JourneyRule())

    @classmethod
    def conflicts(cls, draft: Any) -> list[Conflict]:
        """Contradictions of a study of the journey."""
        design = draft.design
        period = design.period
        if period and draft.as_of and period[1] >= draft.as_of:
            message = f"ends {period[1]}, but only data before as_of {draft.as_of} count"
            return [("design.period", message)]
        return []
